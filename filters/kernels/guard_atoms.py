"""Atoms of a word, and of those behind it that belong to it, as the clinical guard reads them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined
from filters.kernels.guard_gaps import GE, JOINED, LE, LESS, MORE, POINT, SIGN, blanks, digit
from filters.kernels.guard_numbers import pair, read_number, read_unit
from filters.kernels.guard_state import (
    BEFORE,
    COMPARED,
    GAP,
    LETTERS,
    OWNED,
    PART,
    PS,
    SEEN,
    SHORT,
    SIGNS,
    TOKENS,
    drop,
    put,
)
from filters.kernels.guard_words import (
    ARM,
    COMPARATOR,
    DIRECTION,
    IDENTIFIER,
    IS_ABBREVIATION,
    IS_AT_LEAST,
    IS_AT_MOST,
    IS_COPYRIGHT,
    IS_DESIGNATOR,
    IS_GROUP,
    IS_LESS,
    IS_MORE,
    IS_NUMBER,
    IS_OPENING,
    IS_P,
    IS_PART,
    IS_ROMAN,
    IS_STATE,
    IS_STATISTIC,
    IS_TAIL,
    IS_THAN,
    IS_UNIT,
    IS_VALUE,
    NUMBER,
    P_VALUE,
    STATE,
    UNIT,
    VALUE,
    look_up,
)
from filters.kernels.words import BASE, CLASS_BIT, fmix64, hash_part

__all__ = ["look"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]


_P_WORDS = 3
"""Words between `p` and its value."""
_OPENING_WORDS, _STATE_WORDS = 4, 40
_HYPER, _HYPO = 0x5EC0DE4, 0x5EC0DE5


@inlined
def _identify(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
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
    if first < stop:
        prefix = hash_part(folded, begin, first)
        hashed, last, end, fraction = read_number(folded, marks, edges, count, word, first, False)
        if end == edges[2 * last + 1]:
            statistic = look_up(prefix, table)
            if statistic & IS_STATISTIC and (fraction or first > begin + 1):
                state[SIGNS] &= ~(SIGN | POINT | JOINED)
                if statistic & IS_P:
                    state[PS] = _P_WORDS
                return first, word
            name, used = pair(np.uint64(prefix), hashed), last
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
def _number_atoms(
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
        hashed, used, end, _ = read_number(folded, marks, edges, count, word, first, point)
        rest = edges[2 * used + 1]
        if end < rest:
            unit_entry = look_up(hash_part(folded, end, rest), table)
            tail = unit_entry & (IS_UNIT | IS_TAIL) != 0
            unit_entry = unit_entry if unit_entry & IS_UNIT else 0
            end = rest
    if signs & SIGN:
        hashed = fmix64(hashed)
    named = not tail or (signs & JOINED != 0 and state[LETTERS] != 0 and first >= 0)
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
        unit, used, end = read_unit(marks, edges, count, words, used, end, unit_entry, table)
        if unit:
            state[TOKENS] += 1
            put(state, out, UNIT, unit)
    state[GAP] = end
    state[LETTERS] = state[COMPARED] = state[PS] = state[PART] = 0
    last: int = used
    return last


@inlined
def _letter_atoms(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    entry: int,
    table: UInt64s,
    content: UInt32s,
    out: UInt32s,
) -> int:
    """Write the atoms of a word without a digit, and keep it from the header if it has any.

    Returns:
        The last word used.
    """
    kind = entry >> 28 & 15
    used = word
    state[PART] = 0
    if state[PS] and not entry & (IS_VALUE | IS_THAN | IS_LESS | IS_MORE):
        state[PS] -= 1
    state[LETTERS] = 0 if kind else words[word]
    if entry & (IS_OPENING | IS_STATE):
        limit = _OPENING_WORDS if entry & IS_OPENING else _STATE_WORDS
        if state[SEEN] <= limit:
            put(state, out, STATE, np.uint64(entry))
            kind = -1
    beside = word + 1 < count and blanks(marks, edges[2 * word + 1], edges[2 * word + 2])
    if entry & IS_DESIGNATOR and beside:
        name = look_up(words[word + 1], table)
        single = edges[2 * word + 3] == edges[2 * word + 2] + 1
        if name & IS_ROMAN or (single and not words[word + 1] & CLASS_BIT):
            named = pair(np.uint64(words[word]), np.uint64(words[word + 1]))
            put(state, out, ARM if entry & IS_GROUP else IDENTIFIER, named)
            used, kind = word + 1, -1
            state[LETTERS] = 0
    if kind > 0:
        put(state, out, kind, np.uint64(entry))
    elif entry & IS_PART and state[SEEN] <= _STATE_WORDS and word + 1 < count:
        kind = -1
        roman = look_up(words[word + 1], table)
        state[PART] = 1
        if roman & IS_ROMAN:
            number = fmix64((np.uint64(roman) & VALUE) * BASE + np.uint64(1))
            put(state, out, STATE, number)
            used = word + 1
            state[PART] = 0
    elif kind == 0:
        _hypo_or_hyper(state, folded, edges[2 * word], edges[2 * word + 1], out)
    if kind:
        drop(content, word, used)
    if used > word:
        state[GAP] = edges[2 * used + 1]
    _compare_words(state, entry)
    return used


@inlined
def _hypo_or_hyper(state: Int64s, folded: UInt8s, begin: int, stop: int, out: UInt32s) -> None:
    """Write the direction that a long word begins with."""
    if stop - begin >= 8 and folded[begin] == 104 and folded[begin + 1] == 121:
        if folded[begin + 2] == 112 and folded[begin + 3] == 111:
            put(state, out, DIRECTION, np.uint64(_HYPO))
        elif folded[begin + 3] == 101 and folded[begin + 4] == 114:
            put(state, out, DIRECTION, np.uint64(_HYPER))


@inlined
def _compare_words(state: Int64s, entry: int) -> None:
    """Leave to the next word what one without a digit says of it."""
    state[COMPARED] = 0
    if entry & IS_THAN:
        if state[BEFORE] & IS_LESS:
            state[COMPARED] = LESS
        elif state[BEFORE] & IS_MORE:
            state[COMPARED] = MORE
    elif entry & IS_AT_LEAST:
        state[COMPARED] = GE
    elif entry & IS_AT_MOST:
        state[COMPARED] = LE
    if entry & IS_P:
        state[PS] = _P_WORDS
    if entry & IS_COPYRIGHT:
        state[OWNED] += 1


@inlined
def look(
    state: Int64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    entry: int,
    table: UInt64s,
    content: UInt32s,
    out: UInt32s,
) -> int:
    """Write the atoms of a word, and of those behind it that belong to it; return the last."""
    state[GAP] = edges[2 * word + 1]
    state[TOKENS] += 1
    state[SEEN] += 1
    used, first = word, -1
    digits = words[word] & CLASS_BIT != 0
    if digits:
        first, used = _identify(state, folded, marks, edges, count, words, word, table, out)
    if first >= 0 or entry & IS_NUMBER:
        used = _number_atoms(
            state, folded, marks, edges, count, words, word, first, entry, table, out
        )
        drop(content, word, used)
    elif digits:
        drop(content, word, used)
    else:
        used = _letter_atoms(
            state, folded, marks, edges, count, words, word, entry, table, content, out
        )
    short = entry & IS_ABBREVIATION != 0 or edges[2 * word + 1] - edges[2 * word] == 1
    state[SHORT] = short and first < 0
    state[BEFORE] = entry
    state[SIGNS] = 0
    return used
