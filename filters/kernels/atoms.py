"""Fingerprints of what must not change in a text, in one compiled pass over UTF-8 bytes.

What an atom is stands in `filters.atoms`. A fingerprint is the sum of the hashes of all
atoms, so it does not depend on their order, and counts each as often as it occurs.

Reference: hash of tokens: Fowler, Noll and Vo, FNV-1a, 64 bits; finaliser: MurmurHash3 ``fmix64``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import types

from filters.kernels.compile import INT64S, READ_BYTES, READ_INT64S, compiled, helper
from filters.kernels.unicode import DIGIT, REMOVE, REPLACEMENT, SPACE, decode
from filters.kernels.words import fmix64

__all__ = ["NEGATIONS", "fingerprint"]

NEGATIONS: Final = (
    "no", "not", "non", "nor", "none", "never", "neither", "nothing", "nobody", "nowhere",
    "without", "cannot", "cant", "wont", "didnt", "doesnt", "dont", "wasnt", "werent", "isnt",
    "arent", "hasnt", "havent", "hadnt", "couldnt", "shouldnt", "wouldnt",
)  # fmt: skip
"""Words, as their ASCII letters in lower case, that turn a statement round."""

_PRIME = np.uint64(0x100000001B3)
_SEED = np.uint64(0xCBF29CE484222325)
_PAIR = np.uint64(0x9E3779B97F4A7C15)
_COMPARATORS = (0xB1, 0xD7, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265)  # ± × − ≈ ≠ ≤ ≥
# Of single bytes: makes an atom, a letter of every negation (n, and w for "without"), a dash, needs
# a closer look.
_ATOM, _N, _LOOK, _DASH = 1, 2, 4, 8
_KIND = np.zeros(256, np.uint8)
_KIND[:0x21] = _LOOK
_KIND[0x7F:] = _LOOK
_KIND[[*range(0x30, 0x3A), *map(ord, "<=>~^")]] = _ATOM
_KIND[[*map(ord, "nNwW")]] = _N
_KIND[ord("-")] = _DASH
_PLACES = 64


def _hash(word: str) -> int:
    value = int(_SEED)
    for byte in word.encode():
        value = ((value ^ byte) * int(_PRIME)) & (2**64 - 1)
    return value


def _negations() -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Lay the hashes of the words out by their last bits, colliding ones in the next place."""
    table = np.zeros(_PLACES, np.uint64)
    for word in NEGATIONS:
        at = _hash(word) % _PLACES
        while table[at]:
            at = (at + 1) % _PLACES
        table[at] = _hash(word)
    return table


_NEGATIONS = _negations()
_LONGEST = max(map(len, NEGATIONS))
_ROOM = _LONGEST + 8  # bytes of such a word with an apostrophe, brackets and a full stop


@helper
def _negates(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether the letters of a token are a word of the list."""
    letters, size = _SEED, 0
    for place in range(start, stop):
        byte = data[place]
        if 97 <= (byte | 32) <= 122:
            letters = (letters ^ np.uint64(byte | 32)) * _PRIME
            size += 1
        elif byte >= 0x80 and byte != 0xE2 and byte != 0x80 and byte != 0x99:
            return False  # letters beyond ASCII; the three are those of an apostrophe
    if size < 2 or size > _LONGEST:
        return False
    at = np.int64(letters & np.uint64(_PLACES - 1))
    while _NEGATIONS[at]:
        if _NEGATIONS[at] == letters:
            return True
        at = (at + 1) & (_PLACES - 1)
    return False


@helper
def _lacks(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a token is ``non-…`` or ``…-free``, punctuation around it left out."""
    while stop > start and not 97 <= (data[stop - 1] | 32) <= 122:
        stop -= 1
    while start < stop and not 97 <= (data[start] | 32) <= 122:
        start += 1
    if stop - start < 5:
        return False
    if data[start + 3] == 45 and (data[start] | 32) == 110:
        return (data[start + 1] | 32) == 111 and (data[start + 2] | 32) == 110
    if data[stop - 5] != 45 or (data[stop - 4] | 32) != 102:
        return False
    return (data[stop - 3] | 32) == 114 and data[stop - 2] == 101 and data[stop - 1] == 101


@helper
def _token(data, start, stop, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Hash a token without the characters in it that carry no text."""
    token = _SEED
    place = start
    while place < stop:
        if data[place] < 0x80 and props[data[place]] & REMOVE == 0:
            token = (token ^ np.uint64(data[place])) * _PRIME
            place += 1
            continue
        cp, after = decode(data, place, stop)
        if props[cp] & REMOVE == 0 and not (cp == REPLACEMENT and after == place + 1):
            for byte in range(place, after):
                token = (token ^ np.uint64(data[byte])) * _PRIME
        place = after
    return token


@compiled(
    READ_BYTES, READ_INT64S, READ_BYTES, types.boolean, types.Array(types.uint64, 1, "C"), INT64S
)
def fingerprint(data: Any, offsets: Any, props: Any, lines: Any, sums: Any, counts: Any) -> None:
    """Sum the hashes of the atoms of each row.

    Args:
        data: UTF-8 bytes of all rows.
        offsets: Bounds of the rows, int64[n + 1].
        props: `filters.kernels.unicode.PROPS`.
        lines: Whether a line end comes between an atom and the token behind it.
        sums: Receives the sums, uint64[n].
        counts: Receives the number of atoms, int64[n].
    """
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        total, count = np.uint64(0), 0
        start, stop, kinds = np.int64(-1), np.int64(-1), 0
        waiting, pending = False, np.uint64(0)
        while i <= end:
            newline, after = True, i + 1
            if i < end:
                kind = _KIND[data[i]]
                if kind & _LOOK == 0:
                    if start < 0:
                        start = i
                    while kind & _LOOK == 0:
                        kinds |= kind
                        i += 1
                        kind = _KIND[data[i]] if i < end else np.uint8(_LOOK)
                    stop = i
                    continue
                cp, after = decode(data, i, end)
                prop = props[cp]
                if prop & REMOVE or (cp == REPLACEMENT and after == i + 1):
                    i = after
                    continue
                if prop & SPACE == 0:
                    if start < 0:
                        start = i
                    if prop & DIGIT or cp in _COMPARATORS:
                        kinds |= _ATOM
                    i = after
                    stop = i
                    continue
                newline = lines and (0x0A <= cp <= 0x0D or cp in (0x85, 0x2028, 0x2029))
            if start >= 0:
                atom = kinds & _ATOM != 0
                if kinds & _N and not atom and stop - start <= _ROOM:
                    atom = _negates(data, start, stop)
                if kinds & _DASH and not atom:
                    atom = _lacks(data, start, stop)
                if waiting or atom:
                    token = _token(data, start, stop, props)
                    if waiting:
                        total += fmix64(pending * _PAIR + token)
                        count += 1
                    waiting, pending = atom, token
                start, kinds = np.int64(-1), 0
            if newline and waiting:
                total += fmix64(pending)
                count += 1
                waiting = False
            i = after
        sums[row] = total
        counts[row] = count
