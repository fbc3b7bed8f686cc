"""Units that need a closer look, as the clinical guard reads them: how often, and letter case."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import plain
from filters.kernels.guard_gaps import blanks, digit
from filters.kernels.guard_numbers import atom, pair
from filters.kernels.guard_state import AT, CAPITALS, TOKENS, put
from filters.kernels.guard_words import (
    CASE,
    FREQUENCY,
    IS_CASED,
    IS_EVERY,
    IS_PER,
    IS_TIMES,
    UNIT,
    VALUE,
    look_up,
)
from filters.kernels.words import BASE, fmix64

__all__ = ["special_unit"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_FORM = np.uint64(15)
_NEAR = 64
"""Bytes before a unit among which there must be a small letter if it begins with a capital."""


@plain
def special_unit(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    number: int,
    glued: int,
    unit: np.uint64,
    used: int,
    table: UInt64s,
    out: UInt32s,
) -> int:
    """Write the unit behind a number, or what says how often in the place of both.

    Args:
        state: Of the walk.
        folded: The folded text.
        marks: Separators, and ASCII letters as they were written.
        edges: Start and end of each word.
        count: Number of words.
        words: Word hashes.
        number: Last word of the number, whose atom is written.
        glued: Entry of the unit if it is of the same word, else 0.
        unit: Value of the unit and flags, 0 for a number of times.
        used: Last word of the unit.
        table: Of the lexicon.
        out: Receives the atoms.

    Returns:
        The last word used.
    """
    if unit == 0 or unit & np.uint64(IS_TIMES):
        often, used = _read_frequency(marks, edges, count, words, used, table)
        if often:
            written = np.uint64(out[state[AT] - 1])
            out[state[AT] - 1] = atom(FREQUENCY, written + often)
            state[TOKENS] += used - number
            unit = np.uint64(0)
    if unit & VALUE:
        state[TOKENS] += 1
        put(state, out, UNIT, unit)
    if unit & np.uint64(IS_CASED):
        _put_case(state, folded, marks, edges, count, words, number, glued, table, out)
    return used


@plain
def _read_frequency(
    marks: UInt8s, edges: Int64s, count: int, words: UInt32s, word: int, table: UInt64s
) -> tuple[np.uint64, int]:
    """Find ``daily`` or ``a day`` behind the number of times that ends with a word.

    Returns:
        What the hash of the number is added to, 0 for none; the last word used.
    """
    behind = word + 1
    if behind < count and blanks(marks, edges[2 * word + 1], edges[2 * behind]):
        entry = look_up(words[behind], table)
        if entry >> 28 & 15 == FREQUENCY:
            return (np.uint64(entry) & VALUE) - fmix64(BASE + np.uint64(1)), behind
        if entry & (IS_PER | IS_EVERY) and behind + 1 < count:
            time = look_up(words[behind + 1], table)
            near = blanks(marks, edges[2 * behind + 1], edges[2 * behind + 2])
            if near and time >> 28 & 15 == UNIT:
                return np.uint64(time) & VALUE, behind + 1
    return np.uint64(0), word


@plain
def _put_case(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    number: int,
    glued: int,
    table: UInt64s,
    out: UInt32s,
) -> None:
    """Tell units apart that differ in letter case alone: ``mM`` from ``mm``.

    A unit that letter case makes two of has in the low bits of its value the capitals of the one,
    above them those of the other. It is one of them if it is written exactly so, among letters of
    both cases: in a text in capitals, or in a title where each word has one, case says nothing.
    """
    word, entry = number, glued
    begin = edges[2 * word + 1]
    if glued:
        while not digit(folded[begin - 1]):
            begin -= 1
    else:
        word += 1
        word += marks[edges[2 * word] - 1] == 60  # The name of a tag.
        begin = edges[2 * word]
        entry = look_up(words[word], table)
    value = np.uint64(entry) & VALUE
    capitals, place = np.uint64(0), np.uint64(0)
    for at in range(begin, edges[2 * word + 1]):
        if folded[at] < 128:
            capitals |= np.uint64(marks[at] != folded[at]) << place
            place += np.uint64(1)
    if capitals != value & _FORM and capitals != value >> np.uint64(4) & _FORM:
        return
    if capitals == 0:
        spoken = _has_capitals(marks, edges[2 * count - 1], state)
    elif capitals & np.uint64(1):
        spoken = _small_before(marks, begin) and not _titled(marks, edges, count, word + 1)
    else:
        spoken = True
    if spoken:
        put(state, out, CASE, pair(value, capitals))


@plain
def _has_capitals(marks: UInt8s, length: int, state: Int64s) -> bool:
    """Tell whether a text has capitals; looked for once."""
    if state[CAPITALS] == 0:
        state[CAPITALS] = -1
        for at in range(length):
            if 65 <= marks[at] <= 90:
                state[CAPITALS] = 1
                break
    return bool(state[CAPITALS] > 0)


@plain
def _small_before(marks: UInt8s, begin: int) -> bool:
    """Tell whether there is a small letter shortly before a place."""
    for at in range(begin - 1, max(begin - _NEAR, 0) - 1, -1):  # noqa: SIM110  see `blanks`
        if 97 <= marks[at] <= 122:
            return True
    return False


@plain
def _titled(marks: UInt8s, edges: Int64s, count: int, word: int) -> bool:
    """Tell whether a word is written as in titles: a capital and two small letters or more."""
    if word >= count or edges[2 * word + 1] - edges[2 * word] < 3:
        return False
    at = edges[2 * word]
    return bool(65 <= marks[at] <= 90 and marks[at + 1] >= 97 and marks[at + 2] >= 97)
