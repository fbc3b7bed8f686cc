"""Folding: a text with its words in folded letters and every separator as a zero byte.

Words are maximal runs of letters, digits, other numbers and marks; everything else separates. In
scripts that write no blanks between words each character is a word, with the marks that follow it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import plain
from filters.kernels.lanes import LANES, fold_bytes, trailing_zeros
from filters.kernels.unicode import (
    ALPHA,
    DIGIT,
    SPACE,
    UNSPACED,
    WORD,
    decode,
    fold_of,
    props_of,
)

__all__ = [
    "AT_LEAST",
    "AT_MOST",
    "COPYRIGHT",
    "DEGREE",
    "FULL_STOP",
    "MIDDLE_DOT",
    "NUMBER_MARK",
    "PER_MILLE",
    "PLUS_MINUS",
    "fold_text",
]

NUMBER_MARK = 0x20
"""Written before a digit or number above ASCII in folded text. No other byte of folded text but
the ASCII digits lies in 0x20 .. 0x3F."""

MIDDLE_DOT, AT_MOST, AT_LEAST, PLUS_MINUS = 0x80, 0x81, 0x82, 0x83
FULL_STOP, COPYRIGHT, DEGREE, PER_MILLE, OTHER = 0x84, 0x85, 0x86, 0x87, 0x88
"""Separators above ASCII, as one byte each; the rest stand as the ASCII one that means the same."""

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]


@plain
def _fold_character(
    data: UInt8s,
    at: int,
    stop: int,
    props: UInt8s,
    folds: UInt32s,
    out: UInt8s,
    marks: UInt8s,
    end: int,
) -> tuple[int, int]:
    """Fold one character above ASCII into ``out`` at ``end``; return the new ``at`` and ``end``."""
    first = end
    code, at = decode(data, at, stop)
    prop = props_of(props, code)
    if not prop & WORD:
        marks[end] = _mark(code, bool(prop & SPACE))
        out[end] = 0
        return at, end + 1
    if prop & UNSPACED:
        marks[end] = OTHER
        out[end] = 0
        end = _encode(fold_of(folds, code), out, end + 1)
        # Vowel signs and other marks belong to the character before them.
        while at < stop and data[at] >= 128:
            code, after = decode(data, at, stop)
            prop = props_of(props, code)
            if not prop & WORD or prop & (ALPHA | DIGIT) or _numeric(code):
                break
            at, end = after, _encode(code, out, end)
        _copy(out, marks, first + 1, end)
        marks[end] = OTHER
        out[end] = 0
        return at, end + 1
    if prop & DIGIT or (not prop & ALPHA and _numeric(code)):
        out[end] = NUMBER_MARK
        end += 1
    end = _encode(fold_of(folds, code), out, end)
    _copy(out, marks, first, end)
    return at, end


@plain
def _copy(out: UInt8s, marks: UInt8s, start: int, stop: int) -> None:
    """Let a word have the same bytes in ``marks`` as in ``out``."""
    for place in range(start, stop):
        marks[place] = out[place]


@plain
def _numeric(code: int) -> bool:
    """Tell whether a word character that is no letter is a power, fraction or other number."""
    if code < 0x2070:
        return 0xB2 <= code <= 0xBE
    return code <= 0x209C or 0x2150 <= code <= 0x218B or 0x2460 <= code <= 0x249B


@plain
def _mark(code: int, space: bool) -> int:
    """Return the byte that stands for a separator above ASCII in what the guard reads."""
    if space:
        return 0x0A if code == 0x2028 or code == 0x2029 or code == 0x85 else 0x20
    if 0x2010 <= code <= 0x2013 or code == 0x2212 or code == 0xFE63 or code == 0xFF0D:
        return 0x2D
    if code == 0x207A or code == 0x207B:  # Superscripts of `+` and `-`.
        return 0x2B if code == 0x207A else 0x2D
    if code == 0xB7 or code == 0x2219 or code == 0x22C5:
        return MIDDLE_DOT
    if code == 0x2264 or code == 0x2266 or code == 0x2A7D:
        return AT_MOST
    if code == 0x2265 or code == 0x2267 or code == 0x2A7E:
        return AT_LEAST
    if code == 0xB1:
        return PLUS_MINUS
    if code == 0xA9:
        return COPYRIGHT
    if code == 0xB0 or code == 0xBA:
        return DEGREE
    if code == 0x2030:
        return PER_MILLE
    if code == 0x2248 or code == 0x2243 or code == 0x223C:
        return 0x7E
    if code == 0x3002 or code == 0x964:
        return FULL_STOP
    if 0xFF01 <= code <= 0xFF5E:  # Full-width forms.
        return code - 0xFEE0
    return OTHER


@plain
def _encode(code: int, out: UInt8s, end: int) -> int:
    """Write a code point as UTF-8 and return the new end."""
    if code < 0x80:
        out[end] = code
        return end + 1
    if code < 0x800:
        out[end] = 0xC0 | code >> 6
    else:
        if code < 0x10000:
            out[end] = 0xE0 | code >> 12
        else:
            out[end] = 0xF0 | code >> 18
            end += 1
            out[end] = 0x80 | (code >> 12 & 0x3F)
        end += 1
        out[end] = 0x80 | (code >> 6 & 0x3F)
    out[end + 1] = 0x80 | (code & 0x3F)
    return end + 2


@plain
def _fold_byte(byte: int) -> int:
    """Fold an ASCII letter or digit; 0 for a separator."""
    lower = byte | 0x20
    if 0x61 <= lower <= 0x7A:
        return lower
    return byte if 0x30 <= byte <= 0x39 else 0


@plain
def fold_text(
    data: UInt8s,
    start: int,
    stop: int,
    props: UInt8s,
    folds: UInt32s,
    out: UInt8s,
    marks: UInt8s,
) -> int:
    """Write a text with words folded and every separator as 0; return the length written.

    ``marks`` receives at the place of each separator the byte that stands for it, and at that of a
    letter or digit itself: an ASCII one as it was written, others folded. Where nobody reads it, it
    may be ``out`` itself. Both are padded with zeros for the readers that follow, and need room for
    twice the text and 4 `LANES`.
    """
    at, end = start, 0
    whole = data.shape[0] - LANES
    while at < stop:
        if at > whole:  # The last bytes of a buffer, one by one.
            if data[at] < 128:
                marks[end] = data[at]
                out[end] = _fold_byte(np.int64(data[at]))
                at += 1
                end += 1
            else:
                at, end = _fold_character(data, at, stop, props, folds, out, marks, end)
            continue
        plain_bytes = min(trailing_zeros(fold_bytes(data, at, out, marks, end)), stop - at)
        at += plain_bytes
        end += plain_bytes
        while at < stop and data[at] >= 128:
            at, end = _fold_character(data, at, stop, props, folds, out, marks, end)
    _clear(marks, end)
    _clear(out, end)
    return end


@plain
def _clear(out: UInt8s, end: int) -> None:
    for place in range(end, end + 2 * LANES):
        out[place] = 0
