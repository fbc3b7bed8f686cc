"""Atoms of numbers, as the clinical guard reads them, and of units and the like behind them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined
from filters.kernels.guard_gaps import DASH, JOINED, POINT, SIGN, blank, blanks, digit
from filters.kernels.guard_numbers import (
    may_precede_unit,
    pair,
    read_number,
    read_unit,
)
from filters.kernels.guard_state import (
    BEFORE,
    COMPARED,
    GAP,
    LETTERS,
    PART,
    PASSED,
    PS,
    SIGNS,
    TOKENS,
    put,
    put_once,
)
from filters.kernels.guard_units import special_unit
from filters.kernels.guard_words import (
    COMPARATOR,
    IDENTIFIER,
    IS_BEFORE_MAY,
    IS_DESIGNATOR,
    IS_EVERY,
    IS_NUMBER,
    IS_P,
    IS_STATISTIC,
    IS_TAIL,
    IS_TIMES,
    IS_UNIT,
    NUMBER,
    P_VALUE,
    STATE,
    UNIT,
    VALUE,
    look_up,
)
from filters.kernels.lanes import load_lane
from filters.kernels.words import BASE, fmix64, hash_part

__all__ = ["P_WORDS", "identify", "number_atoms"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]


_SIX_BYTES = np.uint64(2**48 - 1)
_MINUS = np.uint64(int.from_bytes(b"minus\0", "little"))

P_WORDS = 3
"""Words between `p` and its value."""


@inlined
def identify(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    entry: int,
    table: UInt64s,
    out: UInt32s,
) -> tuple[int, int]:
    """Read a word with a digit: a number, perhaps with a statistic before it, or an identifier.

    Returns:
        Where the digits of a number begin, -1 for an identifier, which is written; the last word.
    """
    begin, stop = edges[2 * word], edges[2 * word + 1]
    first = begin
    while first < stop and not digit(folded[first]):
        first += 1
    if first == begin:
        return first, word
    name, used = np.uint64(words[word]), word
    if entry & IS_UNIT:  # m2, however the power is written.
        name = np.uint64(entry) & VALUE
    elif first < stop:
        prefix = hash_part(folded, begin, first)
        hashed, last, end, fraction = read_number(
            folded, marks, edges, count, word, first, False, False
        )
        if end == edges[2 * last + 1]:
            statistic = look_up(prefix, table)
            if statistic & IS_STATISTIC and (fraction or first > begin + 1):
                state[SIGNS] &= ~(SIGN | POINT | JOINED)
                if statistic & IS_P:
                    state[PS] = P_WORDS
                return first, word
            name, used = pair(np.uint64(prefix), hashed), last
        elif (
            last == word
            and look_up(prefix, table) & IS_EVERY
            and look_up(hash_part(folded, end, stop), table) & IS_UNIT
        ):  # q8h
            state[SIGNS] &= ~(SIGN | POINT | JOINED)
            return first, word
    put(state, out, IDENTIFIER, name)
    state[GAP] = edges[2 * used + 1]
    state[LETTERS] = state[COMPARED] = 0
    return -1, used


@inlined
def _written_number(
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    entry: int,
    table: UInt64s,
) -> tuple[np.uint64, int]:
    """Read a number in words, ``twenty-four``: return the hash of its value and its last word."""
    amount = np.uint64(entry) & VALUE
    used = word
    if (
        20 <= amount < 100
        and word + 1 < count
        and blanks(marks, edges[2 * word + 1], edges[2 * word + 2])
    ):
        ones = look_up(words[word + 1], table)
        if ones & IS_NUMBER and 0 < (np.uint64(ones) & VALUE) < 10:
            amount += np.uint64(ones) & VALUE
            used = word + 1
    return fmix64(amount * BASE + np.uint64(1)), used


@inlined
def _may_be_spaced(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    word: int,
    first: int,
    table: UInt64s,
) -> bool:
    """Tell whether a blank may stand before the thousands of a number: ``10 000``.

    Not where it names what is before it (``IL-6 100 pg``, ``type 2 250 men``), nor behind another.
    """
    joined = state[SIGNS] & JOINED != 0 and state[LETTERS] != 0
    before = state[BEFORE]
    if before == PASSED:
        before = look_up(np.uint32(state[LETTERS]), table)
    if joined or before & (IS_DESIGNATOR | IS_UNIT):
        return False
    begin = edges[2 * word]
    if first > begin:
        return False
    row = word and edges[2 * word - 1] == begin - 1 and digit(folded[begin - 2])
    return not (row and blank(marks[begin - 1]))


@inlined
def _is_negative(
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    words: UInt32s,
    word: int,
    signs: int,
    table: UInt64s,
) -> bool:
    """Tell whether the word before a number makes it negative: ``minus 2.5``, ``of - 2.5``."""
    if signs & DASH:
        return bool(look_up(words[word - 1], table) & (IS_BEFORE_MAY | IS_STATISTIC) != 0)
    minus = load_lane(folded, edges[2 * word - 2]) & _SIX_BYTES == _MINUS
    return bool(minus and blanks(marks, edges[2 * word - 1], edges[2 * word]))


@inlined
def number_atoms(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    first: int,
    entry: int,
    table: UInt64s,
    out: UInt32s,
) -> int:
    """Write the atoms of a number whose digits begin at ``first``, -1 for one in words.

    Returns:
        The last word used.
    """
    unit_entry, tail, signs = 0, True, state[SIGNS]
    if first < 0:
        hashed, used = _written_number(marks, edges, count, words, word, entry, table)
        end = edges[2 * used + 1]
    else:
        point = signs & POINT != 0 and first == edges[2 * word]
        spaced = _may_be_spaced(state, folded, marks, edges, word, first, table)
        hashed, used, end, _ = read_number(folded, marks, edges, count, word, first, point, spaced)
        rest = edges[2 * used + 1]
        if end < rest:
            unit_entry = look_up(hash_part(folded, end, rest), table)
            tail = unit_entry & (IS_UNIT | IS_TAIL) != 0
            entry |= unit_entry & IS_TIMES if tail else 0  # 2x
            unit_entry = unit_entry if unit_entry & IS_UNIT else 0
            end = rest
    if not signs & SIGN and word and _is_negative(folded, marks, edges, words, word, signs, table):
        signs |= SIGN
    joined = signs & JOINED != 0 and state[LETTERS] != 0 and first >= 0
    if signs & SIGN and not joined:  # Both of `mL^-1`, which is `mL-1`.
        hashed = fmix64(hashed)
    named = not tail or joined
    if state[COMPARED] and (named or not state[PART]):
        put(state, out, COMPARATOR, np.uint64(state[COMPARED]))
    if not tail:
        put(state, out, IDENTIFIER, pair(hashed, np.uint64(words[used])))
    elif named:
        put(state, out, IDENTIFIER, pair(np.uint64(state[LETTERS]), hashed))
    elif state[PART]:
        put(state, out, STATE, hashed)
    else:
        put(state, out, P_VALUE if state[PS] else NUMBER, hashed)
    if not tail or not (named or state[PART]):
        number, unit, time = used, np.uint64(0), np.uint64(0)
        # Of `10⁹/L` and `2x/day` only the one has a unit behind its stroke.
        stroke = marks[end] in (41, 47, 125) and not entry & IS_TIMES
        if unit_entry or stroke or (tail and may_precede_unit(marks[end])):
            unit, time, used, end = read_unit(
                marks, edges, count, words, used, end, unit_entry, table
            )
        if unit > VALUE or entry & IS_TIMES:
            used = special_unit(
                state,
                folded,
                marks,
                edges,
                count,
                words,
                number,
                unit_entry,
                unit,
                used,
                table,
                out,
            )
            end = edges[2 * used + 1]
        elif unit:
            state[TOKENS] += 1
            put(state, out, UNIT, unit)
        if time:
            put_once(state, out, time)
    state[GAP] = end
    state[LETTERS] = state[COMPARED] = state[PS] = state[PART] = 0
    last: int = used
    return last
