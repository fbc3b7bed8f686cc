"""Text to word hashes: folding, word borders and hashes over an Arrow text buffer.

Words are maximal runs of letters, digits, other numbers and marks, folded; everything else
separates. In scripts that write no blanks between words each character is a word, with the marks
that follow it. A text is first written with its words folded and every separator as a zero byte;
then borders are read off 64 bytes at a time, and words are hashed eight bytes at a time.

Reference: finaliser: Appleby, MurmurHash3 (``fmix64``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from filters.kernels.lanes import LANES, filled_bytes, load_lane, trailing_zeros
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
    "BASE",
    "CLASS_BIT",
    "COPYRIGHT",
    "DEGREE",
    "FULL_STOP",
    "MIDDLE_DOT",
    "NUMBER_MARK",
    "PER_MILLE",
    "PLUS_MINUS",
    "fmix64",
    "fold_text",
    "hash_words",
    "word_edges",
]

CLASS_BIT = np.uint32(0x80000000)
"""Set in the hash of a word that holds a digit."""

NUMBER_MARK = 0x20
"""Written before a digit or number above ASCII in folded text. No other byte of folded text but
the ASCII digits lies in 0x20 .. 0x3F."""

MIDDLE_DOT, AT_MOST, AT_LEAST, PLUS_MINUS = 0x80, 0x81, 0x82, 0x83
FULL_STOP, COPYRIGHT, DEGREE, PER_MILLE, OTHER = 0x84, 0x85, 0x86, 0x87, 0x88
"""Separators above ASCII, as one byte each; the rest stand as the ASCII one that means the same."""

BASE = np.uint64(0xD6E8FEB86659FD93)
"""Base of all polynomials: odd, bits evenly spread."""

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_SMALLEST_BLOCK, _LARGEST_BLOCK = 64, 2048
_ZERO, _ONE, _TWO = np.uint64(0), np.uint64(1), np.uint64(2)
_S33, _S63 = np.uint64(33), np.uint64(63)
_CLASS_BIT_64 = np.uint64(CLASS_BIT)
_BIT_5 = np.uint64(0x2020202020202020)
# Masks of the first and of the second eight bytes of a word of 0 .. 16 bytes.
_FIRST_BYTES = np.array([(1 << 8 * min(size, 8)) - 1 for size in range(17)], np.uint64)
_SECOND_BYTES = np.array([(1 << 8 * max(size - 8, 0)) - 1 for size in range(17)], np.uint64)
_M64A, _M64B = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)


@njit(cache=True)
def fmix64(value: np.uint64) -> np.uint64:
    """Finalise 64 bits (MurmurHash3): a bijection in which each bit depends on all."""
    value ^= value >> _S33
    value *= _M64A
    value ^= value >> _S33
    value *= _M64B
    return value ^ (value >> _S33)


@njit(cache=True)
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
    code, at = decode(data, at, stop)
    prop = props_of(props, code)
    if not prop & WORD:
        out[end] = 0
        if marks.shape[0]:
            marks[end] = _mark(code, bool(prop & SPACE))
        return at, end + 1
    if prop & UNSPACED:
        out[end] = 0
        if marks.shape[0]:
            marks[end] = OTHER
        end = _encode(fold_of(folds, code), out, end + 1)
        # Vowel signs and other marks belong to the character before them.
        while at < stop and data[at] >= 128:
            code, after = decode(data, at, stop)
            prop = props_of(props, code)
            if not prop & WORD or prop & (ALPHA | DIGIT) or _numeric(code):
                break
            at, end = after, _encode(code, out, end)
        out[end] = 0
        if marks.shape[0]:
            marks[end] = OTHER
        return at, end + 1
    if prop & DIGIT or (not prop & ALPHA and _numeric(code)):
        out[end] = NUMBER_MARK
        end += 1
    return at, _encode(fold_of(folds, code), out, end)


@njit(cache=True)
def _numeric(code: int) -> bool:
    """Tell whether a word character that is no letter is a power, fraction or other number."""
    if code < 0x2070:
        return 0xB2 <= code <= 0xBE
    return code <= 0x209C or 0x2150 <= code <= 0x218B or 0x2460 <= code <= 0x249B


@njit(cache=True)
def _mark(code: int, space: bool) -> int:
    """Return the byte that stands for a separator above ASCII in what the guard reads."""
    if space:
        return 0x0A if code == 0x2028 or code == 0x2029 or code == 0x85 else 0x20
    if 0x2010 <= code <= 0x2013 or code == 0x2212 or code == 0xFE63 or code == 0xFF0D:
        return 0x2D
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


@njit(cache=True)
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


@njit(cache=True)
def _fold_ascii(byte: np.uint8) -> np.uint8:
    """Fold an ASCII letter or digit; 0 for a separator. In 8 bits, so that it becomes vector code.

    A table would be read byte by byte: this is 40 times as fast.
    """
    lower = np.uint8(byte | np.uint8(0x20))
    letter = np.uint8(lower - np.uint8(97)) < np.uint8(26)
    digit = np.uint8(byte - np.uint8(48)) < np.uint8(10)
    return lower if letter else (byte if digit else np.uint8(0))


@njit(cache=True)
def _fold_block(source: UInt8s, target: UInt8s) -> bool:
    """Fold a block as if it were ASCII; tell whether it was."""
    high = np.uint8(0)
    for index in range(source.shape[0]):
        high = np.uint8(high | source[index])
        target[index] = _fold_ascii(source[index])
    return bool(high < np.uint8(128))


@njit(cache=True)
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

    ``out`` is padded with zeros for the readers that follow. ``marks``, unless it is empty,
    receives at the place of each separator the byte that stands for it; other places are undefined.
    """
    at, end = start, 0
    block = _LARGEST_BLOCK
    while at < stop:
        limit = min(stop, at + block)
        if _fold_block(data[at:limit], out[end : end + limit - at]):
            if marks.shape[0]:
                marks[end : end + limit - at] = data[at:limit]
            end += limit - at
            at = limit
            block = min(2 * block, _LARGEST_BLOCK)
            continue
        # Where other characters are near each other, large blocks would be folded in vain.
        block = max(block // 4, _SMALLEST_BLOCK)
        # What stands before the first other character is folded already.
        while data[at] < 128:
            if marks.shape[0]:
                marks[end] = data[at]
            at += 1
            end += 1
        while at < stop and data[at] >= 128:
            at, end = _fold_character(data, at, stop, props, folds, out, marks, end)
    out[end : end + 2 * LANES] = 0
    return end


@njit(cache=True)
def word_edges(folded: UInt8s, length: int, edges: Int64s) -> int:
    """Find where words start and end, 64 bytes at a time and without a branch per byte.

    Args:
        folded: The folded text, zeros behind it.
        length: Its bytes.
        edges: Receives start, end, start, end … in bytes.

    Returns:
        Number of words.
    """
    count = 0
    carry = _ZERO
    for block in range(0, length + 1, LANES):
        mask = filled_bytes(folded, block)
        turns = mask ^ (mask << _ONE | carry)
        carry = mask >> _S63
        while turns:
            edges[count] = block + trailing_zeros(turns)
            count += 1
            turns &= turns - _ONE
    return count // 2


@njit(cache=True)
def hash_words(
    folded: UInt8s, edges: Int64s, count: int, words: UInt32s, start: int, states: UInt64s
) -> None:
    """Hash the words between the edges into ``words`` from ``start`` on.

    Eight bytes at a time; sixteen hold nearly every word, so there is no branch below that.

    Args:
        folded: The folded text, 16 bytes or more behind it.
        edges: Start and end of each word.
        count: Number of words.
        words: Receives the hashes; the class bit is set where a byte is a digit.
        start: Index of the first.
        states: Scratch, uint64[2 * count].
    """
    for index in range(count):
        at, stop = edges[2 * index], edges[2 * index + 1]
        held = np.uint64(min(stop - at, 16))
        first = load_lane(folded, at) & _FIRST_BYTES[held]
        second = load_lane(folded, at + 8) & _SECOND_BYTES[held]
        state = first + second * BASE
        digits = _digits(first) | _digits(second)
        for further in range(at + 16, stop, 8):
            held = np.uint64(min(stop - further, 8))
            value = load_lane(folded, further) & _FIRST_BYTES[held]
            state = fmix64(state) * BASE + value
            digits |= _digits(value)
        states[index] = state
        states[count + index] = digits
    for index in range(count):
        value = fmix64(states[index]) >> _S33
        class_bit = _CLASS_BIT_64 if states[count + index] else _ZERO
        words[start + index] = np.uint32(value | class_bit)


@njit(cache=True)
def _digits(value: np.uint64) -> np.uint64:
    """Mark the bytes 0x20 .. 0x3F: in folded text those are ASCII digits and `NUMBER_MARK`."""
    return value & ~(value >> _ONE) & ~(value >> _TWO) & _BIT_5
