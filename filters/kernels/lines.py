"""What a line of Markdown is, and small questions about its bytes, for compiled loops.

All helpers stay between the indices they are given and cope with bytes that are not valid UTF-8.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
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
BOILERPLATE: Final = 8
"""Bits of `phrases`."""

_NEWLINE = 0x0A

_CLOSING_ASCII = (0x22, 0x27, 0x29, 0x2A, 0x5D, 0x5F)  # " ' ) * ] _
_CLOSING = (0x2019, 0x201D, 0xBB, 0x300D, 0x300F, 0xFF09)  # ’ ” » 」 』 ）


_PHRASES = {
    JAVASCRIPT: ("javascript",),
    LOREM: ("lorem ipsum",),
    POLICY: (
        *("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies"),
        "use cookies",
    ),
    BOILERPLATE: (
        *("skip to", "skip navigation", "all rights reserved", "copyright", "click here"),
        *("log in", "sign in", "sign up", "subscribe", "unsubscribe", "share this", "back to top"),
        *("read more", "learn more", "view all", "add to cart", "contact us", "about us"),
        *("site map", "follow us", "terms and conditions", "powered by", "your cart"),
        *(
            "accept cookies",
            "accept all cookies",
            "enable cookies",
            "my account",
            "forgot password",
        ),
    ),
}


def _packed() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Lay the phrases in one array, with the bounds and the bit of each, sorted."""
    listed = sorted((text.encode(), bit) for bit, texts in _PHRASES.items() for text in texts)
    bounds = np.cumsum([0, *(len(text) for text, _ in listed)])
    joined = np.frombuffer(b"".join(text for text, _ in listed), np.uint8)
    return joined, bounds, np.array([bit for _, bit in listed])


_TEXT, _BOUNDS, _BITS = _packed()
_FIRST = np.searchsorted(_TEXT[_BOUNDS[:-1]], np.arange(0x61, 0x7C))
_PREFIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, odd
_SIX = np.uint64(0xFFFFFFFFFFFF)
_SMALL = np.uint64(0x202020202020)
_CELLS = np.uint64(52)


def _beginnings() -> npt.NDArray[np.bool_]:
    """Mark the hashes of the first six bytes of the phrases, ``bool[4096]``."""
    table = np.zeros(1 << 12, np.bool_)
    for begun in _BOUNDS[:-1].tolist():
        six = int.from_bytes(_TEXT[begun : begun + 6].tobytes(), "little")
        table[(six * int(_PREFIX) & (1 << 64) - 1) >> int(_CELLS)] = True
    return table


_BEGINS = _beginnings()


@plain
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


@plain
def _gap(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return i >= end or data[i] == 0x20 or data[i] == 0x09 or data[i] == _NEWLINE


@plain
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


@plain
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


@plain
def ends_in_ellipsis(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a word ends in three points or U+2026."""
    if stop - start < 3:
        return False
    one, two, three = data[stop - 3], data[stop - 2], data[stop - 1]
    return (one == 0x2E and two == 0x2E and three == 0x2E) or (
        one == 0xE2 and two == 0x80 and three == 0xA6
    )


_BLANKS = np.uint64(0x2020202020202020)
_EIGHTH = np.uint64(61)
_STOPPING = np.uint64(0xB252517E638FE40D)  # found by trial: no two stop words share one of 8 slots


def _stop_words() -> npt.NDArray[np.uint64]:
    """Put each of Gopher's eight stop words in its slot: eight bytes, blanks behind it."""
    table = np.zeros(8, np.uint64)
    for word in ("the", "be", "to", "of", "and", "that", "have", "with"):
        lane = int.from_bytes(word.ljust(8).encode(), "little")
        table[(lane * int(_STOPPING) & (1 << 64) - 1) >> int(_EIGHTH)] = lane
    return table


_STOP_WORDS = _stop_words()


@inlined
def stop_word(lane):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the bit of one of Gopher's eight stop words (any case), 0 for other words.

    Args:
        lane: The first eight bytes of the word, zeros behind it. Without a branch: one word in
            three has two to four letters, and no processor expects which.
    """
    word = lane | _BLANKS
    slot = (word * _STOPPING) >> _EIGHTH
    return np.int64(_STOP_WORDS[slot] == word) << np.int64(slot)


@inlined
def may_begin_phrase(lane):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell cheaply that no phrase begins at a letter: nearly all begin with six other bytes.

    Args:
        lane: Eight bytes from the first ASCII letter of a word on, whatever they belong to.
    """
    return _BEGINS[((lane & _SIX | _SMALL) * _PREFIX) >> _CELLS]


@plain
def phrases(data, i, stop, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return bits of the phrases that begin at the first ASCII letter of the word ``i .. stop``."""
    while i < stop and not 0x61 <= (data[i] | 0x20) <= 0x7A:
        if data[i] == 0xC2 and i + 1 < stop and data[i + 1] == 0xA9:  # ©
            return BOILERPLATE
        i += 1
    bits = 0
    if i >= stop:
        return bits
    letter = (data[i] | 0x20) - 0x61
    for index in range(_FIRST[letter], _FIRST[letter + 1]):
        begun, size = _BOUNDS[index], _BOUNDS[index + 1] - _BOUNDS[index]
        k = 0
        while k < size and i + k < end:
            byte = data[i + k]
            if 0x41 <= byte <= 0x5A:
                byte |= 0x20
            if byte != _TEXT[begun + k]:
                break
            k += 1
        if k == size:
            bits |= _BITS[index]
    return bits


@plain
def citation_mark(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a word with digits belongs to an entry of a reference list.

    A DOI; a year in brackets with a point or colon behind it (``(2015).``); a year with a semicolon
    (``2015;64``); an issue with a comma or colon (``12(3),``); a volume with a range of pages
    (``64:1215-20``).
    """
    for i in range(start, stop):
        byte, left = data[i], stop - i
        if byte == 0x28:
            k = _digits(data, i + 1, stop)
            if k + 1 < stop and data[k] == 0x29 and k > i + 1:
                behind = data[k + 1]
                if k - i == 5 and i == start and (behind == 0x2E or behind == 0x3A):
                    return True
                if i > start and _digit(data[i - 1]) and (behind == 0x2C or behind == 0x3A):
                    return True
        elif byte == 0x3B:
            if i - start >= 4 and left > 1 and _digits(data, i - 4, i) == i and _digit(data[i + 1]):
                return True
        elif byte == 0x3A:
            if i > start and _digit(data[i - 1]):
                k = _digits(data, i + 1, stop)
                if k > i + 1 and k + 1 < stop and (data[k] == 0x2D or data[k] == 0xE2):
                    return True
        elif byte == 0x31 and left > 8 and data[i + 1] == 0x30 and data[i + 2] == 0x2E:
            k = _digits(data, i + 3, stop)
            if k - i >= 7 and k < stop and data[k] == 0x2F:
                return True
    return False


@plain
def _digit(byte):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return 0x30 <= byte <= 0x39


@plain
def _digits(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return the index behind a run of ASCII digits."""
    while i < end and _digit(data[i]):
        i += 1
    return i


@plain
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
