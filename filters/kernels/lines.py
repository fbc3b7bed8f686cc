"""What a line of Markdown is, and small questions about its bytes, for compiled loops.

All helpers stay between the indices they are given and cope with bytes that are not valid UTF-8.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from filters.kernels.unicode import SPACE, TERMINAL, decode

PROSE: Final = 0
"""A paragraph or list item: the lines that the published line measures were made for."""

HEADING: Final = 1
"""One to six ``#`` and a blank."""

TABLE: Final = 2
"""A row of a table: begins and ends with ``|``."""

MARKUP: Final = 3
"""A code fence: no text of its own."""

JAVASCRIPT: Final = 1
POLICY: Final = 2
LOREM: Final = 4
"""Bits of `phrases`."""

_NEWLINE = 0x0A

_CLOSING_ASCII = (0x22, 0x27, 0x29, 0x2A, 0x5D, 0x5F)  # " ' ) * ] _
_CLOSING = (0x2019, 0x201D, 0xBB, 0x300D, 0x300F, 0xFF09)  # ’ ” » 」 』 ）


def _phrase(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text.encode(), np.uint8)


_SCRIPT = _phrase("javascript")
_IPSUM = _phrase("lorem ipsum")
_TERMS = _phrase("terms of use")
_PRIVACY = _phrase("privacy policy")
_COOKIE = _phrase("cookie policy")
_USES = _phrase("uses cookies")
_USE_OF = _phrase("use of cookies")
_USE = _phrase("use cookies")


@njit
def line_kind(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Classify the line whose first visible byte is at ``i``.

    Returns:
        The kind, the index where its text begins (behind heading and list marks), and whether it
        is a list item (``-``, ``*``, ``+`` and a blank, or U+2022).
    """
    byte = data[i]
    if byte == 0x23:
        after = i
        while after < end and data[after] == 0x23:
            after += 1
        if after - i <= 6 and _gap(data, after, end):
            return HEADING, after, False
    elif byte == 0x7C:
        last = stop = i + 1
        while stop < end and data[stop] != _NEWLINE:
            stop += 1
            if data[stop - 1] > 0x20:
                last = stop
        if last > i + 1 and data[last - 1] == 0x7C:
            return TABLE, i, False
    elif byte == 0x60 or byte == 0x7E:
        if _is_fence(data, i, end):
            return MARKUP, i, False
    elif byte == 0x2D or byte == 0x2A or byte == 0x2B:
        if _gap(data, i + 1, end):
            return PROSE, i + 1, True
    elif byte == 0xE2 and i + 2 < end and data[i + 1] == 0x80 and data[i + 2] == 0xA2:
        return PROSE, i + 3, True
    return PROSE, i, False


@njit
def _gap(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return i >= end or data[i] == 0x20 or data[i] == 0x09 or data[i] == _NEWLINE


@njit
def _is_fence(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell a code fence from code inside a line, which has back ticks further on."""
    mark, after = data[i], i
    while after < end and data[after] == mark:
        after += 1
    if after - i < 3:
        return False
    while after < end and data[after] != _NEWLINE:
        if mark == 0x60 and data[after] == 0x60:
            return False
        after += 1
    return True


@njit
def ends_sentence(data, start, stop, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a word ends in a terminal mark, closing quotes, brackets and emphasis aside."""
    while stop > start:
        byte = data[stop - 1]
        if byte < 0x80:
            if byte not in _CLOSING_ASCII:
                return props[byte] & TERMINAL != 0
            stop -= 1
            continue
        lead = stop - 1
        while lead > start and data[lead] & 0xC0 == 0x80:
            lead -= 1
        cp, _ = decode(data, lead, stop)
        if cp not in _CLOSING:
            return props[cp] & TERMINAL != 0
        stop = lead
    return False


@njit
def ends_in_ellipsis(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a word ends in three points or U+2026."""
    if stop - start < 3:
        return False
    one, two, three = data[stop - 3], data[stop - 2], data[stop - 1]
    return (one == 0x2E and two == 0x2E and three == 0x2E) or (
        one == 0xE2 and two == 0x80 and three == 0xA6
    )


@njit
def stop_word(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the bit of one of Gopher's eight stop words (any case), 0 for other words."""
    word = np.int64(0)
    for i in range(start, stop):
        word = word << 8 | np.int64(data[i] | 0x20)
    bit = 0
    if word == 0x746865:  # the
        bit = 1
    elif word == 0x6265:  # be
        bit = 2
    elif word == 0x746F:  # to
        bit = 4
    elif word == 0x6F66:  # of
        bit = 8
    elif word == 0x616E64:  # and
        bit = 16
    elif word == 0x74686174:  # that
        bit = 32
    elif word == 0x68617665:  # have
        bit = 64
    elif word == 0x77697468:  # with
        bit = 128
    return bit


@njit
def _matches(data, i, end, phrase):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if i + phrase.shape[0] > end:
        return False
    for k in range(phrase.shape[0]):
        byte = data[i + k]
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        if byte != phrase[k]:
            return False
    return True


@njit
def may_begin_phrase(data, i, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell cheaply that no phrase begins in a word: most begin with two other letters."""
    one = data[i] | 0x20
    if not 0x61 <= one <= 0x7A:
        return True  # leading punctuation: look closer
    if i + 2 >= stop:
        return False
    two = data[i + 1] | 0x20
    return (
        (one == 0x75 and two == 0x73)  # us
        or (one == 0x63 and two == 0x6F)  # co
        or (one == 0x70 and two == 0x72)  # pr
        or (one == 0x74 and two == 0x65)  # te
        or (one == 0x6C and two == 0x6F)  # lo
        or one == 0x6A  # j
    )


@njit
def phrases(data, i, stop, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return bits of the phrases that begin at the first ASCII letter of the word ``i .. stop``."""
    while i < stop and not 0x61 <= (data[i] | 0x20) <= 0x7A:
        i += 1
    if i >= stop:
        return 0
    first = data[i] | 0x20
    bits = 0
    if first == 0x6A:
        bits = JAVASCRIPT if _matches(data, i, end, _SCRIPT) else 0
    elif first == 0x6C:
        bits = LOREM if _matches(data, i, end, _IPSUM) else 0
    elif first == 0x74:
        bits = POLICY if _matches(data, i, end, _TERMS) else 0
    elif first == 0x70:
        bits = POLICY if _matches(data, i, end, _PRIVACY) else 0
    elif first == 0x63:
        bits = POLICY if _matches(data, i, end, _COOKIE) else 0
    elif first == 0x75:
        used = (
            _matches(data, i, end, _USES)
            or _matches(data, i, end, _USE_OF)
            or _matches(data, i, end, _USE)
        )
        bits = POLICY if used else 0
    return bits


@njit
def visible_from(data, i, end, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Skip white space but line feeds: (index of the next other byte, code points skipped)."""
    skipped = 0
    while i < end and data[i] != _NEWLINE:
        if 0x20 < data[i] < 0x80:
            break
        cp, after = decode(data, i, end)
        if props[cp] & SPACE == 0:
            break
        i = after
        skipped += 1
    return i, skipped
