"""Units that need a closer look, as the clinical guard reads them: how often, and letter case."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import plain
from filters.kernels.guard_gaps import blanks, digit
from filters.kernels.guard_numbers import HOUR, YEAR, atom, pair
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

__all__ = ["MMHG", "special_unit"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

MMHG = 0x5EC0DE6
"""Value of a millimetre of mercury, which is one word or two."""

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
            return used
    if unit & VALUE == 0:
        return used
    state[TOKENS] += 1
    if not unit & np.uint64(IS_CASED):
        put(state, out, UNIT, unit)
        return used
    word, begin = _place(folded, marks, edges, number, glued)
    if used == word and _is_mercury(folded, marks, edges, count, word, begin):
        put(state, out, UNIT, np.uint64(MMHG))
        return int(word + 1)
    put(state, out, UNIT, unit)
    value = np.uint64(glued if glued else look_up(words[word], table)) & VALUE
    _put_case(state, folded, marks, edges, count, word, begin, value, out)
    return used


@plain
def _place(
    folded: UInt8s, marks: UInt8s, edges: Int64s, number: int, glued: int
) -> tuple[int, int]:
    """Return the word of the unit behind a number, and where it begins in it."""
    if glued:
        begin = edges[2 * number + 1]
        while not digit(folded[begin - 1]):
            begin -= 1
        return number, begin
    word = number + 1
    word += marks[edges[2 * word] - 1] == 60  # The name of a tag.
    return word, edges[2 * word]


@plain
def _is_mercury(
    folded: UInt8s, marks: UInt8s, edges: Int64s, count: int, word: int, begin: int
) -> bool:
    """Tell whether a unit is the first part of ``mm Hg``."""
    stop = edges[2 * word + 1]
    if stop - begin != 2 or folded[begin] != 109 or folded[begin + 1] != 109 or word + 1 == count:
        return False
    at = edges[2 * word + 2]
    metal = folded[at] == 104 and folded[at + 1] == 103 and folded[at + 2] == 0
    return bool(metal and blanks(marks, stop, at))


@plain
def _read_frequency(
    marks: UInt8s, edges: Int64s, count: int, words: UInt32s, word: int, table: UInt64s
) -> tuple[np.uint64, int]:
    """Find ``daily``, ``a day`` or ``/day`` behind the number of times that ends with a word.

    Returns:
        What the hash of the number is added to, 0 for none; the last word used.
    """
    behind, stop = word + 1, edges[2 * word + 1]
    if behind < count and marks[stop] == 47 and edges[2 * behind] == stop + 1:
        time = np.uint64(look_up(words[behind], table)) & VALUE
        if HOUR <= time <= YEAR:
            return time, behind
    elif behind < count and blanks(marks, stop, edges[2 * behind]):
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
    word: int,
    begin: int,
    value: np.uint64,
    out: UInt32s,
) -> None:
    """Tell units apart that differ in letter case alone: ``mM`` from ``mm``.

    A unit that letter case makes two of has in the low bits of its value the capitals of the one,
    above them those of the other. It is one of them if it is written exactly so, among letters of
    both cases: in a text in capitals, or in a title where each word has one, case says nothing.
    """
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
    """Tell whether a word behind a blank is written as in titles: a capital, two small letters."""
    if word >= count or edges[2 * word + 1] - edges[2 * word] < 3:
        return False
    at = edges[2 * word]
    if not blanks(marks, edges[2 * word - 1], at):
        return False
    return bool(65 <= marks[at] <= 90 and marks[at + 1] >= 97 and marks[at + 2] >= 97)
