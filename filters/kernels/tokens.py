"""Words and symbols of a line, for the quality pass: where each ends and what it is made of.

Nearly every word is ASCII and shorter than `SPAN` bytes. Its bytes are compared with the sets that
matter all at once; the first blank bounds it, and what it holds is read off the bits, without a
loop or a branch that no processor could expect. All other words are read byte by byte.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
from filters.kernels.lanes import SPAN, byte_sets, count_bits, load_lane, trailing_zeros
from filters.kernels.letters import capital_inside
from filters.kernels.lines import ends_in_ellipsis, ends_sentence, may_begin_phrase
from filters.kernels.unicode import ALPHA, DIGIT, PROPS, SPACE, UNSPACED, WORD, decode

__all__ = ["byte_classes", "read_token", "sentence_end"]

STOP: Final = 128
"""The byte needs more than a look at its class: white space, ``# . { |``, not ASCII."""

UPPER: Final = 8
"""Property of a byte or word: an ASCII or Latin capital."""

APART: Final = 16
"""Property of a byte or word: neither letter nor the punctuation that stands beside words."""

_HASH, _POINT, _BRACE, _PIPE = 0x23, 0x2E, 0x7B, 0x7C
_ELLIPSIS: Final = 0x2026
_ROOM: Final = SPAN + 8
"""Bytes that the quick way may read from the first of a word on."""

_byte_sets = byte_sets(
    "41-5A 61-7A",  # letters
    "41-5A",  # capitals
    "30-39",  # digits
    "22 27-29 2C-2E 30-3B 41-5A 61-7A",  # letters, digits and what stands beside words
    "2E",  # points
    "28 2F 3A-3B",  # ( / : ; of references
    "0-20",  # blanks and controls
    "0-9 B-1F 23 7B-7C 80-FF",  # what needs the long way: controls, # { | and what is not ASCII
)


def byte_classes() -> npt.NDArray[np.uint8]:
    """Return the properties of bytes that the hot loop needs, ``uint8[256]``."""
    table = np.full(256, STOP, np.uint8)
    table[:128] = PROPS[:128] & (SPACE | ALPHA | WORD | DIGIT)
    for byte in range(128):
        char = chr(byte)
        if table[byte] & SPACE or char in "#.{|":
            table[byte] |= STOP
        if char.isupper():
            table[byte] |= UPPER
        if not char.isalnum() and char not in " .,;:()'\"-":
            table[byte] |= APART
    return table


@plain
def _long_token(data, i, end, in_table, classes, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Read the word or symbol that begins at ``i``.

    A letter of an unspaced script begins a new one, except behind leading punctuation, and so does
    a letter or digit behind it. In a table row ``|`` separates.

    Returns:
        Index behind it; code points; properties of its characters, or-ed; decimal digits; code
        points above 127; number of ``#``, of ellipses and of braces that mark no script (``^{`` and
        ``_{`` raise and lower text).
    """
    start, length = i, 0
    flags, digits, foreign, hashes, ellipses, braces = 0, 0, 0, 0, 0, 0
    dots = i  # points before it belong to an ellipsis that was counted
    unspaced = False
    while i < end:
        run = i
        while i < end and not unspaced:  # the hot loop
            kind = classes[data[np.uint64(i)]]  # no index counts from the end
            if kind & STOP:
                break
            flags |= kind
            i += 1
        length += i - run
        if i >= end:
            break
        byte = data[i]
        after = i + 1
        if byte < 0x80:
            kind = classes[byte]
            if kind & SPACE or (in_table and byte == _PIPE):
                break
            if unspaced and kind & (ALPHA | DIGIT):
                break
            if byte == _HASH:
                hashes += 1
            elif byte == _BRACE:
                # A word's first byte has no mark of script before it.
                braces += not (i > start and (data[i - 1] == 0x5E or data[i - 1] == 0x5F))
            elif byte == _POINT and i >= dots and ends_in_ellipsis(data, i, min(i + 3, end)):
                ellipses += 1
                dots = i + 3
        else:
            cp, after = decode(data, i, end)
            kind = props[cp] & (SPACE | ALPHA | WORD | UNSPACED | DIGIT)
            if kind & SPACE:
                break
            if kind & UNSPACED:
                if flags & WORD:
                    break
                unspaced = True
            elif unspaced and kind & (ALPHA | DIGIT):
                break
            foreign += 1
            ellipses += cp == _ELLIPSIS
            digits += (kind & DIGIT) != 0
        length += 1
        flags |= kind
        i = after
    if flags & DIGIT:
        for k in range(start, i):
            digits += 0x30 <= data[k] <= 0x39
    return i, length, flags, digits, foreign, hashes, ellipses, braces


@inlined
def _marks(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Compare the bytes from ``i`` on with the sets; tell whether they hold a whole simple word."""
    letters = capitals = digits = usual = dividers = inside = np.int64(0)
    simple = False
    if i + _ROOM <= data.shape[0]:
        letters, capitals, digits, usual, points, dividers, blanks, special = _byte_sets(data, i)
        blanks |= np.int64(1) << min(end - i, SPAN)
        special |= np.int64(1) << SPAN  # a word without an end
        fence = blanks & -blanks
        inside = fence - 1
        points &= inside
        simple = (special & (inside | fence)) | (points & points >> 1 & points >> 2) == 0
    return simple, inside, letters & inside, capitals & inside, digits & inside, usual, dividers


@inlined
def read_token(data, i, end, in_table, classes, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Read the word or symbol that begins at ``i``.

    Returns:
        Index behind it; code points; whether it is a word; whether it has letters; whether those
        stand with other than usual punctuation; the same or digits; whether it has capitals or is
        not ASCII; whether a capital stands behind its first letter; decimal digits; code points
        above 127; number of ``#``; of ellipses; of braces; whether it is of an unspaced script;
        whether something may stand alone between two letters; whether it may be of a reference;
        whether a phrase may begin in it.
    """
    simple, inside, letters, capitals, digits, usual, dividers = _marks(data, i, end)
    none = np.int64(0)
    if simple:
        length = count_bits(inside)
        lettered = letters != 0
        apart = (inside & ~usual) != 0
        first = trailing_zeros(np.uint64(letters | np.int64(1) << SPAN - 1))
        return (
            i + length,
            length,
            (letters | digits) != 0,
            lettered,
            apart,
            lettered & (apart | (digits != 0)),
            capitals != 0,
            (capitals & letters & (letters - 1)) != 0,
            count_bits(digits),
            none,
            none,
            none,
            none,
            False,
            (letters << 1 & letters >> 1 & ~letters) != 0,
            (dividers & (digits << 1 | digits >> 1)) != 0,
            lettered & may_begin_phrase(load_lane(data, i + first)),
        )
    stop, length, flags, numerals, foreign, hashes, ellipses, braces = _long_token(
        data, i, end, in_table, classes, props
    )
    lettered = flags & ALPHA != 0
    apart = (flags & APART != 0) | (foreign > 0)
    capital = flags & UPPER != 0
    return (
        stop,
        length,
        flags & WORD != 0,
        lettered,
        apart,
        lettered & (apart | (flags & DIGIT != 0)),
        capital | (foreign > 0),
        capital and capital_inside(data, i, stop),
        numerals,
        foreign,
        hashes,
        ellipses,
        braces,
        flags & UNSPACED != 0,
        True,
        True,
        True,
    )


def _bits(chars: str, start: int) -> int:
    """Return a set of 64 characters from a code point on as bits."""
    return sum(1 << ord(char) - start for char in chars)


_TERMINALS = np.int64(_bits("!.?", 0x20))
_CLOSERS = np.int64(_bits("\"')*", 0x20))


@inlined
def sentence_end(data, start, stop, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Do what `ends_sentence` does, without a branch for most words."""
    last = np.int64(data[stop - 1])
    mark = np.int64(1) << (last & 31) if 0x20 <= last < 0x40 else np.int64(0)
    if last >= 0x80 or last == 0x5D or last == 0x5F or mark & _CLOSERS:
        return ends_sentence(data, start, stop, props)
    return mark & _TERMINALS != 0
