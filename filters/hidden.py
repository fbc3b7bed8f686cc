"""Text that a reader does not see, and text that is meant for machines.

**Hidden characters** are removed and counted by kind (`strip_hidden`), before normalisation:

* ``tags``: U+E0000 to U+E007F, invisible copies of ASCII. Those of a regional flag do not count.
* ``variation_selectors``: all of a run of two or more, which can spell any bytes behind one emoji;
  and one alone where it can choose no form: behind a blank or an ASCII letter, and of the
  supplement (U+E0100 and up) behind anything but a letter of a script such as Han.
* ``zero_width``: U+200B, U+2060 to U+2064, U+180E, U+FEFF; and the joiners U+200C and U+200D where
  no spelling or emoji needs them: between ASCII characters, and in runs of more than three. A byte
  order mark does not count, nor does U+200B alone beside a letter of Thai, Khmer and other scripts
  from U+0E00 up, where it parts words.
* ``direction``: marks, embeddings, overrides and isolates of the bidirectional algorithm. In
  Arabic or Hebrew they are ordinary; what they change is the order on the screen, not the text.

Normalisation would drop most of these too; here they are told apart and counted.

**Hidden passages** (set to ``display: none``, of no size, off the page …) are left out by the
readers of the formats, which say how many characters they saw (``hidden_text`` in the metadata).

**Instructions to machines** are counted and stay (`INSTRUCTIONS`, rules in ``hidden.toml``).

Reference: Unicode 14.0, 23.2 to 23.4 (layout controls, variation selectors), 23.9 (tags); Unicode
technical report 36, 3.5 to 3.7 (deletion of code points, joiners).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2

from filters.base import Column, Measurement
from filters.kernels.buffers import text_array, text_views
from filters.removals import HIDDEN, Removal, Removals
from filters.search import matching_rows

__all__ = ["INSTRUCTIONS", "VERSION", "instruction_rules", "strip_hidden"]

VERSION = 1
"""Raised whenever the same text gives another one or other counts."""

_MAY_HIDE = (
    r"[\x{61c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}"
    r"\x{fe00}-\x{fe0f}\x{feff}\x{e0000}-\x{e007f}\x{e0100}-\x{e01ef}]"
)


def strip_hidden(texts: pa.LargeStringArray) -> tuple[pa.LargeStringArray, Removals]:
    r"""Remove the characters that show nothing and that no spelling needs.

    Args:
        texts: ``large_string[n]`` without nulls, before normalisation.

    Returns:
        The texts, the array itself where there is nothing to remove; and by row how many characters
        of each kind were dropped.

    Example:
        >>> shown, found = strip_hidden(pa.array(["5\U000e0041 mg"], pa.large_string()))
        >>> shown.to_pylist(), found[0][0].rule, found[0][0].chars
        (['5 mg'], 'tags', 1)
    """
    rows = np.flatnonzero(pc.invert(pc.string_is_ascii(texts)))  # a tenth of the expression's time
    rows = rows[pc.match_substring_regex(texts.take(pa.array(rows)), _MAY_HIDE)]
    if not len(rows):
        return texts, {}
    from filters.kernels.hidden import KINDS, strip
    from filters.kernels.unicode import PROPS

    data, offsets = text_views(texts.take(pa.array(rows)))
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    bounds = np.empty(len(rows) + 1, np.int64)
    counts = np.zeros((len(rows), len(KINDS)), np.int64)
    strip(data, offsets, PROPS, out, bounds, counts)
    mask = np.zeros(len(texts), np.bool_)
    mask[rows] = True
    shown = pc.replace_with_mask(texts, pa.array(mask), text_array(out[: bounds[-1]], bounds))
    return shown, {
        int(rows[row]): tuple(
            Removal(HIDDEN, kind, None, int(number), 0)
            for kind, number in zip(KINDS, counts[row], strict=True)
            if number
        )
        for row in np.flatnonzero(counts.any(axis=1))
    }


@functools.cache
def instruction_rules() -> Mapping[str, Mapping[str, str]]:
    """Return the rules for instructions to machines, each with pattern, reason and reference."""
    rules: Mapping[str, Mapping[str, str]] = tomllib.loads(
        (files("filters") / "hidden.toml").read_text("utf-8")
    )
    return rules


def _instructions(texts: pa.LargeStringArray) -> Mapping[str, pa.Array]:
    found = np.bincount(matching_rows(texts, _instruction()), minlength=len(texts))
    return {"machine_instructions": pa.array(found, pa.int64())}


@functools.cache
def _instruction() -> Any:
    patterns = "|".join(rule["pattern"] for rule in instruction_rules().values())
    return re2.compile(f"(?i)(?:{patterns})")


INSTRUCTIONS = Measurement(
    "hidden",
    1,
    (
        Column(
            "machine_instructions",
            pa.int64(),
            "passages",
            "Passages that give a program instructions (set yours aside, praise this text), and "
            "marks of a chat.",
            "OWASP Top 10 for LLM applications 2025, LLM01",
        ),
    ),
    _instructions,
)
"""Instructions to machines in the text as it is kept."""
