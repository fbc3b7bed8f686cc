"""Numbers and units, as the clinical guard reads them: by value, not by typography."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
from filters.kernels.fold import DEGREE, MIDDLE_DOT, PER_MILLE
from filters.kernels.guard_gaps import blank, blanks, digit
from filters.kernels.guard_words import (
    IS_CASED,
    IS_MARKUP,
    IS_PER,
    IS_TIMES,
    IS_UNIT,
    VALUE,
    look_up,
)
from filters.kernels.lanes import leading_zeros, load_lane, trailing_zeros
from filters.kernels.words import BASE, fmix64

__all__ = ["atom", "may_precede_unit", "pair", "read_number", "read_unit"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_TENS = np.array([10**size for size in range(8)], np.uint64)
_ZEROS = np.uint64(0x3030303030303030)
_ABOVE_NINE = np.uint64(0x7676767676767676)
_TOP_BITS = np.uint64(0x8080808080808080)

# Values of units that are signs, not words.
PERCENT, _DEGREE, _MILLE = 0x5EC0DE1, 0x5EC0DE2, 0x5EC0DE3
# Values of times in which something is done so often: `5 mg/day` is `5 mg daily`.
HOUR, DAY, WEEK, FORTNIGHT, MONTH, YEAR = range(0x5EC0E10, 0x5EC0E16)


@plain
def atom(kind: int, value: np.uint64) -> np.uint32:
    """Return the atom of a class and a value."""
    return np.uint32(np.uint64(kind) << np.uint64(28) | (np.uint64(value) & VALUE))


@plain
def pair(first: np.uint64, second: np.uint64) -> np.uint64:
    """Return the value of two things together."""
    return np.uint64(fmix64(np.uint64(first) * BASE + np.uint64(second)))


@inlined
def figures(lane: np.uint64) -> int:
    """Count the ASCII digits that eight bytes begin with."""
    off = lane ^ _ZEROS
    count: int = trailing_zeros((off | off + _ABOVE_NINE) & _TOP_BITS) >> 3
    return count


@inlined
def figures_value(lane: np.uint64, size: int) -> np.uint64:
    """Return the number that the first digits of eight bytes write, 7 at most."""
    # Moved to the end of the lane, zeros before them; then pairs, fours and eights at once.
    value = ((lane ^ _ZEROS) << np.uint64(8)) << np.uint64(56 - 8 * size)
    value = (value * np.uint64(10 * 2**8 + 1)) >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF)
    value = (value * np.uint64(100 * 2**16 + 1)) >> np.uint64(16) & np.uint64(0x0000FFFF0000FFFF)
    return (value * np.uint64(10_000 * 2**32 + 1)) >> np.uint64(32)


@inlined
def zeros_behind(lane: np.uint64, size: int) -> int:
    """Count the zeros at the end of the first digits of eight bytes, 7 at most."""
    value = ((lane ^ _ZEROS) << np.uint64(8)) << np.uint64(56 - 8 * size)
    zeros: int = leading_zeros(value) >> 3
    return min(zeros, size)


@plain
def _long_figures(
    folded: UInt8s, at: int, fraction: bool, mantissa: np.uint64, scale: int
) -> tuple[np.uint64, int, int]:
    """Read digits of any number: value modulo 2**64, digits of the fraction, end."""
    zeros = 0
    while digit(folded[at]):
        figure = np.uint64(folded[at] - 48)
        if fraction and figure == 0:
            zeros += 1
        else:
            for _ in range(zeros):
                mantissa *= np.uint64(10)
            mantissa = mantissa * np.uint64(10) + figure
            if fraction:
                scale += zeros + 1
            zeros = 0
        at += 1
    return mantissa, scale, at


@plain
def read_number(
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    word: int,
    at: int,
    point: bool,
    spaced: bool,
) -> tuple[np.uint64, int, int, bool]:
    """Read the number whose digits begin at ``at`` in a word.

    ``point``: a decimal point stands before them. ``spaced``: a blank may stand before thousands.

    Returns:
        Hash of its value, its last word, the end of its digits, and whether it has a fraction.
    """
    mantissa, scale, digits = np.uint64(0), 0, 0
    fraction, grouped = point, np.uint8(0)
    last = word
    while True:
        stop = edges[2 * last + 1]
        lane = load_lane(folded, at)
        size = figures(lane)
        if size < 8:
            used = size
            if fraction:  # Zeros at its end do not count.
                used -= zeros_behind(lane, size)
                scale += used
            mantissa = mantissa * _TENS[used] + figures_value(lane, used)
            at += size
        else:
            size = -at
            mantissa, scale, at = _long_figures(folded, at, fraction, mantissa, scale)
            size += at
        digits += size
        if at < stop or last + 1 >= count or edges[2 * last + 2] != stop + 1:
            break
        run = figures(load_lane(folded, stop + 1))
        mark = marks[stop]
        if run == 0 or fraction:
            break
        if spaced and mark == 10:
            mark = np.uint8(32)
        grouping = mark == 44 or (spaced and mark == 32)
        thousands = grouping and run == 3 and mantissa != 0
        thousands &= grouped == mark or (not grouped and digits <= 3)
        if thousands and edges[2 * last + 3] == stop + 4:
            grouped = mark
        elif mark == 46 or mark == 44 or mark == MIDDLE_DOT:
            fraction = True
        else:
            break
        last += 1
        at = edges[2 * last]
    return fmix64(mantissa * BASE + np.uint64(scale + 1)), last, at, fraction


@inlined
def may_precede_unit(mark: int) -> bool:
    """Tell whether there may be a unit or the sign of one behind a mark, as seldom there is."""
    if mark == 32 or mark == 37 or mark == 45 or mark == 60:
        return True
    return bool(9 <= mark <= 13 or mark in (DEGREE, PER_MILLE))


@inlined
def _find_unit(
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    stop: int,
    table: UInt64s,
) -> tuple[int, int, int]:
    """Find a unit, or the sign of one, behind a number that ends at ``stop`` in a word.

    Returns:
        Entry of the unit, the value of a sign, 0 for none; its word; its end.
    """
    place = stop + 1 if marks[stop] == 32 else stop
    end = edges[2 * word + 2] if word + 1 < count else stop + 2
    if place < end:
        if marks[place] == 37:
            return PERCENT, word, place + 1
        if marks[place] == PER_MILLE:
            return _MILLE, word, place + 1
    if word + 1 >= count:
        return 0, word, stop
    plain, degree = True, False
    behind = word + 1
    begin, end = stop, edges[2 * behind]
    tag = marks[end - 1] == 60 and marks[edges[2 * behind + 1]] == 62
    if tag and behind + 1 < count and look_up(words[behind], table) & IS_MARKUP:
        plain = blanks(marks, stop, end - 1)
        begin = edges[2 * behind + 1] + 1
        behind += 1
        end = edges[2 * behind]
    for place in range(begin, end):
        mark = marks[place]
        degree |= mark == DEGREE
        plain &= blank(mark) or mark == 45 or mark == DEGREE
        if not plain:
            break
    entry = look_up(words[behind], table) if plain else 0
    if entry & IS_UNIT:
        return entry, behind, edges[2 * behind + 1]
    return _DEGREE if degree else 0, word, stop


@inlined
def _power(
    marks: UInt8s, edges: Int64s, count: int, words: UInt32s, word: int, stop: int, part: np.uint64
) -> tuple[np.uint64, int, int]:
    """Read the raised figure behind a unit, if one is there: ``m^2``, which is ``m2``.

    Returns:
        Value of the unit, its last word, its end.
    """
    begin = stop + 1
    if marks[stop] != 94 or word + 1 >= count or edges[2 * word + 2] != begin:
        return part, word, stop
    if edges[2 * word + 3] != begin + 1 or not digit(marks[begin]):
        return part, word, stop
    figure = fmix64(np.uint64(marks[begin] - 48) * BASE + np.uint64(1))
    return pair(np.uint64(words[word]), figure), word + 1, begin + 1


@plain
def read_unit(
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    stop: int,
    entry: int,
    table: UInt64s,
) -> tuple[np.uint64, np.uint64, int, int]:
    """Find the unit behind a number that ends at ``stop`` in a word.

    ``entry`` is that of a unit glued to the number, 0 without.

    Returns:
        Value of the unit, 0 without one, and the flags of its entry that `special_unit` reads; the
        unit of time in which there is so much, 0 without; the last word used; the end of what was
        used.
    """
    glued = entry != 0
    # Behind a stroke a unit says of how much the number is one: 350/µL, 10(9)/L, 10^{9}/L.
    unread, stroke = stop, stop + (marks[stop] == 41 or marks[stop] == 125)
    opened = not glued and marks[stroke] == 47
    if opened:
        stop = stroke
    elif not glued:
        entry, word, stop = _find_unit(marks, edges, count, words, word, stop, table)
    value = np.uint64(entry) & VALUE
    flags = np.uint64(entry & (IS_CASED | IS_TIMES))
    if entry & IS_UNIT and not glued:
        unit = word
        value, word, stop = _power(marks, edges, count, words, word, stop, value)
        value &= VALUE
        flags = flags if word == unit else np.uint64(0)
    compound = opened or entry & (IS_UNIT | IS_TIMES) == IS_UNIT
    time = np.uint64(0)
    # What follows behind a stroke or `per`: mg/kg/day, mg per day.
    while compound and word + 1 < count and stop < edges[2 * word + 2]:
        behind = word + 1
        if blanks(marks, stop, edges[2 * behind]):
            if not look_up(words[behind], table) & IS_PER or behind + 1 >= count:
                break
            behind += 1
        elif marks[stop] != 47 or edges[2 * behind] != stop + 1:
            break
        further = look_up(words[behind], table)
        if not further & IS_UNIT:
            break
        part, word, stop = _power(
            marks, edges, count, words, behind, edges[2 * behind + 1], np.uint64(further) & VALUE
        )
        if time == 0 and HOUR <= part <= YEAR:
            time = part
        else:
            value = pair(value, part & VALUE) & VALUE
    if opened and value == 0 and time == 0:
        stop = unread
    return value | flags, time, word, stop
