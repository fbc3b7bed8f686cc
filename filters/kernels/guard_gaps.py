"""What stands between two words, as the clinical guard reads it.

Nearly every gap is a blank, or a comma or bracket beside one. `read_gaps` looks at a whole text, 64
bytes at a time, for the marks that mean something; only gaps that hold one are read byte by byte.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
from filters.kernels.fold import (
    AT_LEAST,
    AT_MOST,
    COPYRIGHT,
    FULL_STOP,
    MIDDLE_DOT,
    PLUS_MINUS,
)
from filters.kernels.guard_words import HEAVY
from filters.kernels.lanes import LANES, byte_sets, count_bits, filled_bytes

__all__ = ["behind_stroke", "blank", "blanks", "digit", "gap", "read_gaps"]

UInt8s = npt.NDArray[np.uint8]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

# What a gap holds.
ENDS, BREAKS, COLON, LINE, SIGN, POINT, JOINED, RIGHTS = 1, 2, 4, 8, 16, 32, 64, 128
DASH = 256  # A minus, if a word before it says so: `of - 2.5`.
FLAGS, COMPARATOR_SHIFT = 0xFFF, 12
LESS, MORE, LE, GE, EQUAL, PM, ABOUT = 1, 2, 3, 4, 5, 6, 7

_ONE, _S63 = np.uint64(1), np.uint64(63)
_marks_of = byte_sets(
    # Of these an end of a sentence, a line, a copyright sign or a sign behind a word is made, or a
    # unit of the word behind: line feed ! " # + . / ? |
    "0A 21-23 2B 2E-2F 3F 7C 84-85",
    # All that `gap` tells from a blank, and a stroke: also - / : < = > ^ _ } ~ and what stands for
    # marks above ASCII.
    "0A 21-23 2D-2F 3A 3C-3F 5E-5F 7C-7E 80-85",
    span=LANES,
)


@inlined
def _carried(gaps: np.uint64, found: np.uint64, carry: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Move marks to the starts of the words behind their gaps; return those, and a carry.

    Gaps are runs of ones: adding a bit of a run carries into the first place behind it, and only
    there, whatever other bits of the run are added.
    """
    once = gaps + found
    twice = once + carry
    over = np.uint64(once < gaps) | np.uint64(twice < once)
    return twice & ~gaps, over


@plain
def read_gaps(folded: UInt8s, marks: UInt8s, length: int, kinds: UInt8s, meant: UInt64s) -> None:
    """Find the words behind gaps that mean something.

    Args:
        folded: The folded text.
        marks: Its separators, see `filters.kernels.fold.fold_text`.
        length: Its bytes.
        kinds: uint8[words], zeros; receives `HEAVY` where marks before a word may end a sentence
            or belong to the word before them.
        meant: uint64[length / 64 + 1], receives a bit for each byte that starts a word behind a gap
            that `gap` must read.
    """
    started = 0
    inside = heavy_carry = some_carry = np.uint64(0)
    for block in range(0, length + 1, LANES):
        held = filled_bytes(folded, block)
        heavy, some = _marks_of(marks, block)
        starts = held & ~(held << _ONE | inside)
        inside = held >> _S63
        # A hyphen, as most of these, stands right before a word; another one may be a minus.
        heavy |= some & ~(held >> _ONE)
        heavy, heavy_carry = _carried(~held, heavy & ~held, heavy_carry)
        some, some_carry = _carried(~held, some & ~held, some_carry)
        meant[block // LANES] = some
        while heavy:
            before = starts & (heavy ^ (heavy - _ONE)) >> _ONE
            kinds[started + count_bits(np.int64(before))] = HEAVY
            heavy &= heavy - _ONE
        started += count_bits(np.int64(starts))


@plain
def digit(byte: int) -> bool:
    """Tell whether a byte is an ASCII digit."""
    return 48 <= byte <= 57


@plain
def blank(byte: int) -> bool:
    """Tell whether a byte is white space."""
    return byte == 32 or 9 <= byte <= 13


@plain
def blanks(marks: UInt8s, at: int, stop: int) -> bool:
    """Tell whether nothing but blanks, or one hyphen, stands between two words."""
    if stop - at == 1:
        return bool(blank(marks[at]) or marks[at] == 45)
    for place in range(at, stop):  # noqa: SIM110  numba knows no all() of a generator
        if not blank(marks[place]):
            return False
    return True


@inlined
def behind_stroke(marks: UInt8s, edges: Int64s, word: int) -> bool:
    """Tell whether a word may be the unit of the one before: ``cigarettes/day``, not ``kg/m^2``."""
    at = edges[2 * word] - 1
    stroke = word and marks[at] == 47 and edges[2 * word - 1] == at
    return bool(stroke and marks[edges[2 * word + 1]] != 94)


@plain
def _spaced_minus(marks: UInt8s, at: int, stop: int) -> int:
    """Tell what a dash before the blanks at the end of a gap may be: `SIGN`, `DASH` or nothing."""
    place = stop - 1
    while place > at and blank(marks[place]):
        place -= 1
    if place == at or marks[place] != 45:
        return 0
    place -= 1
    while place > at and blank(marks[place]):
        place -= 1
    mark = marks[place]
    if blank(mark):
        return DASH
    return SIGN if mark in (40, 60, 61, 62, 91, AT_MOST, AT_LEAST) else 0


@plain
def gap(marks: UInt8s, at: int, stop: int) -> int:
    """Read what stands between two words, ``at`` to ``stop``: flags, comparator above them."""
    flags, comparator, lines = 0, 0, 0
    dot, plus = False, False
    for place in range(at, stop):
        mark = marks[place]
        if blank(mark):
            if dot:
                flags |= ENDS
            dot = False
            if mark == 10:
                lines += 1
                flags |= LINE
                if lines > 1:
                    flags |= BREAKS
            continue
        if mark == 46 or mark == 33 or mark == 63:
            dot = True
        elif mark == FULL_STOP:
            flags |= ENDS
        elif mark == 35 or mark == 124:  # A heading, or a row of a table.
            if lines:
                flags |= BREAKS
        elif mark == 58:
            flags |= COLON
            dot = False
        elif mark == 44 or mark == 59:
            dot = False
        elif mark == 60:
            comparator = LESS
        elif mark == 62:
            comparator = MORE
        elif mark == 61:
            comparator = LE if comparator == LESS else GE if comparator == MORE else EQUAL
        elif mark == AT_MOST:
            comparator = LE
        elif mark == AT_LEAST:
            comparator = GE
        elif mark == PLUS_MINUS:
            comparator = PM
        elif mark == 126:
            comparator = ABOUT
        elif mark == COPYRIGHT:
            flags |= RIGHTS
        elif mark == 43:
            plus = True
        elif mark == 45 and plus and place and marks[place - 1] == 47:
            comparator = PM
        lines = 0 if mark != 62 and mark != 42 else lines
    size = stop - at
    if size > 1:
        last = marks[stop - 1]
        before = marks[stop - 2]
        if last == 45 and comparator != PM:
            flags |= SIGN
        elif blank(last):
            flags |= _spaced_minus(marks, at, stop)
        elif last == 46 or last == MIDDLE_DOT:
            flags |= POINT
            if before == 45 and size > 2:
                flags |= SIGN
    elif size == 1 and at == 0:  # Nothing stands before it.
        flags |= SIGN if marks[0] == 45 else POINT if marks[0] == 46 else 0
    elif size == 1 and marks[at] == 45:
        flags |= JOINED
    if size and (marks[at] == 94 or marks[at] == 95):  # Raised or lowered: IC_50, Ca^{2+}, mL^-1.
        after = at + 1
        after += marks[after] == 123
        after += marks[after] == 45 and marks[at] == 94
        if after == stop:
            flags |= JOINED
    return flags | comparator << COMPARATOR_SHIFT
