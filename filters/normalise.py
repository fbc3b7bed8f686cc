"""Normalise text: one form of the same characters, clean white space, nothing else.

What is done, in this order:

1. Dropped: control characters, bytes that are not valid UTF-8, noncharacters, soft hyphens,
   zero-width and direction marks, byte order marks, tags (property ``REMOVE`` of
   `filters.kernels.unicode`). U+200C and U+200D stay: spelling needs them.
2. Line ends (CR, CR LF, VT, FF, U+0085, U+2028, U+2029) become line feeds. Other white space (tab,
   no-break, thin, figure and ideographic blanks …) becomes a blank, never nothing: a thin blank in
   ``1 000`` stays a blank.
3. Normal form C (UAX 15), which never changes what a character means. Compatibility forms stay:
   ``x²`` is not ``x2``, and ``µ``, ``±``, ``<`` and Greek letters are not rewritten.
4. Runs of blanks become one, blanks at the ends of lines go, more than one empty line becomes one,
   empty lines and blanks at either end of the text go. Blanks that Markdown reads stay: the
   indentation of list items and of the lines that belong to them, and all inside fenced code.

The result is a fixed point: normalising it again changes nothing. Most rows need nothing; a scan
finds them and they are not copied.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.kernels.buffers import text_array, text_views

__all__ = ["VERSION", "normalise", "normalise_line"]

VERSION = 1
"""Raised whenever the same text gives another one."""


def normalise(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    r"""Normalise Markdown texts as the module describes.

    Args:
        texts: ``large_string[n]`` without nulls; may be a slice.

    Returns:
        ``large_string[n]``; the array itself where nothing is to be done.

    Raises:
        TypeError: Another type than ``large_string``.
        ValueError: A text is null.

    Example:
        >>> normalise(pa.array(["1\u2009000 g  "], pa.large_string())).to_pylist()
        ['1 000 g']
    """
    from filters.kernels.clean import DIRTY, UNSTABLE_FORM

    flags = _scan(texts)
    if not flags.any():
        return texts
    unstable = np.flatnonzero(flags & UNSTABLE_FORM)
    cleaned = _clean(texts, flags) if (flags & DIRTY).any() else texts
    if not len(unstable):
        return cleaned
    # After cleaning, because a dropped character may have stood between a letter and its accent;
    # and cleaned again, because normal form C may give a character that layout depends on.
    composed = pc.utf8_normalize(cleaned.take(pa.array(unstable)), form="NFC")
    composed = _clean(composed, _scan(composed))
    mask = np.zeros(len(texts), np.bool_)
    mask[unstable] = True
    return pc.replace_with_mask(cleaned, pa.array(mask), composed)


def normalise_line(values: pa.Array) -> pa.LargeStringArray:
    """Normalise one-line fields such as titles: as `normalise`, with line ends as blanks.

    Args:
        values: ``string[n]`` or ``large_string[n]``; nulls stay null.

    Returns:
        ``large_string[n]`` without line feeds and without blanks at either end.
    """
    texts = values.cast(pa.large_string())
    valid = texts.is_valid() if texts.null_count else None
    lines = normalise(texts.fill_null("") if valid is not None else texts)
    if _has_blanks_to_join(lines):
        # A line feed as a blank may join two blanks (an indented list item): the runs count too.
        lines = pc.replace_substring_regex(lines, r"[ \t]*\n[ \t\n]*", " ")
        lines = pc.replace_substring_regex(lines, r"[ \t]{2,}|\t", " ")
    lines = pc.utf8_trim_whitespace(lines)
    return lines if valid is None else pc.if_else(valid, lines, pa.scalar(None, pa.large_string()))


def _has_blanks_to_join(texts: pa.LargeStringArray) -> bool:
    """Tell whether any text may hold a line feed, a tab or two blanks; cheap, for all at once."""
    data, offsets = text_views(texts)
    data = data[offsets[0] : offsets[-1]]
    # Two blanks may also meet where one text ends and the next begins: then too much is looked at.
    return bool(
        ((data == ord("\n")) | (data == ord("\t"))).any()
        or ((data[1:] == ord(" ")) & (data[:-1] == ord(" "))).any()
    )


def _scan(texts: pa.LargeStringArray) -> npt.NDArray[np.uint8]:
    from filters.kernels.clean import scan
    from filters.kernels.unicode import PROPS, UNSTABLE

    data, offsets = text_views(texts)
    flags = np.zeros(len(texts), np.uint8)
    scan(data, offsets, PROPS, UNSTABLE, flags)
    return flags


def _clean(texts: pa.LargeStringArray, flags: npt.NDArray[np.uint8]) -> pa.LargeStringArray:
    from filters.kernels.clean import clean
    from filters.kernels.unicode import PROPS

    data, offsets = text_views(texts)
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    bounds = np.empty(len(texts) + 1, np.int64)
    clean(data, offsets, flags, PROPS, out, bounds)
    return text_array(out[: bounds[-1]], bounds)
