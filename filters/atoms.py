"""The gate of every step that changes text: clinical atoms in, the same clinical atoms out.

An atom is a token (characters between white space) that holds a digit of any script or one of the
signs ``< > = ~ ^ ± × − ≈ ≠ ≤ ≥``, or that turns a statement round (*no*, *not*, *without*, ``n't``,
``non-…``, ``…-free``), together with the token behind it on the same line: its unit, or what it
denies. So numbers, signs, comparators, ranges, ratios, p-values, exponents, isotopes, formulas,
names of genes and variants, units and negations are all covered, each with its neighbour.

White space of any kind is a border of tokens, characters that normalisation lists as carrying no
text (`filters.normalise`) are passed over, and texts are compared in normal form C: these are the
changes that normalisation is allowed. Whatever else changes the multiset of atoms is a fault of the
step; it is undone for that text, and the ledger says so.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.kernels.buffers import text_views

VERSION = 1
"""Raised whenever another set of tokens counts as atoms."""


def fingerprints(
    texts: pa.LargeStringArray, *, lines: bool = True
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Fingerprint the multiset of atoms of each text.

    Args:
        texts: ``large_string[n]`` without nulls.
        lines: Whether the end of a line parts an atom from the token behind it.

    Returns:
        Sum of the atoms' hashes, ``uint64[n]``, and their number, ``int64[n]``. Two texts with the
        same multiset of atoms have the same two values; others share them by chance only.
    """
    from filters.kernels.atoms import fingerprint
    from filters.kernels.unicode import PROPS

    data, offsets = text_views(texts)
    sums, counts = np.zeros(len(texts), np.uint64), np.zeros(len(texts), np.int64)
    fingerprint(data, offsets, PROPS, lines, sums, counts)
    return sums, counts


def keep_atoms(
    before: pa.LargeStringArray, after: pa.LargeStringArray, *, lines: bool = True
) -> tuple[pa.LargeStringArray, npt.NDArray[np.bool_]]:
    """Undo a step where it changed the atoms of a text.

    Args:
        before: Texts that the step was given, ``large_string[n]`` without nulls.
        after: What it made of them.
        lines: Whether the step kept the lines of a text; see `fingerprints`.

    Returns:
        ``after``, where atoms changed with the text of ``before`` without what carries no text, and
        without line ends where the step takes those away; and these rows, ``bool[n]``.
    """
    undone = np.zeros(len(after), np.bool_)
    rows = np.flatnonzero(np.asarray(pc.not_equal(before, after)))
    if not len(rows):
        return after, undone
    where = pa.array(rows)
    # Dropped first: between a letter and its accent they keep form C from joining the two.
    visible = pc.replace_substring_regex(before.take(where), _invisible(), "")
    former = pc.utf8_normalize(visible, form="NFC")
    old, new = (fingerprints(texts, lines=lines) for texts in (former, after.take(where)))
    changed = np.flatnonzero((old[0] != new[0]) | (old[1] != new[1]))
    if not len(changed):
        return after, undone
    undone[rows[changed]] = True
    stays = visible.take(pa.array(changed))
    if not lines:
        stays = pa.array([" ".join(text.split()) for text in stays.to_pylist()], stays.type)
    return pc.replace_with_mask(after, pa.array(undone), stays), undone


@functools.cache
def _invisible() -> str:
    """RE2 class of the characters that carry no text (`filters.kernels.unicode.REMOVE`)."""
    from filters.kernels.unicode import PROPS, REMOVE

    marked = np.flatnonzero(PROPS & REMOVE)
    marked = marked[(marked < 0xD800) | (marked > 0xDFFF)]  # no UTF-8 holds surrogates
    breaks = np.flatnonzero(np.diff(marked) > 1)
    firsts = [marked[0], *marked[breaks + 1]]
    lasts = [*marked[breaks], marked[-1]]
    spans = (rf"\x{{{a:x}}}-\x{{{b:x}}}" for a, b in zip(firsts, lasts, strict=True))
    return f"[{''.join(spans)}]"
