"""Atoms of a word, and of those behind it that belong to it, as the clinical guard reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
from filters.kernels.guard_amounts import P_WORDS, identify, number_atoms
from filters.kernels.guard_gaps import GE, LE, LESS, MORE, behind_stroke, blank, blanks
from filters.kernels.guard_numbers import HOUR, YEAR, pair
from filters.kernels.guard_special import SHORTEST, begun, time_atoms
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
    put_once,
)
from filters.kernels.guard_words import (
    ARM,
    FOUR_BYTES,
    IDENTIFIER,
    IS_ABBREVIATION,
    IS_AT_LEAST,
    IS_AT_MOST,
    IS_COPYRIGHT,
    IS_DESIGNATOR,
    IS_EVERY,
    IS_GROUP,
    IS_LATIN,
    IS_LESS,
    IS_MAY,
    IS_MORE,
    IS_NUMBER,
    IS_OPENING,
    IS_P,
    IS_PART,
    IS_ROMAN,
    IS_STATE,
    IS_STATISTIC,
    IS_THAN,
    IS_UNIT,
    IS_VALUE,
    STATE,
    THREE_BYTES,
    UNIT,
    VALUE,
    look_up,
)
from filters.kernels.lanes import load_lane
from filters.kernels.words import BASE, CLASS_BIT, fmix64

__all__ = ["look"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]


_OPENING_WORDS, _STATE_WORDS = 4, 40
_NO_JOINT = 255
_TO = np.uint64(int.from_bytes(b"to\0", "little"))
_OR = np.uint64(int.from_bytes(b"or\0", "little"))
_AND = np.uint64(int.from_bytes(b"and\0", "little"))


@plain
def _joint(marks: UInt8s, at: int, stop: int) -> int:
    """Return the mark that stands alone among blanks between two words, 0 for blanks only.

    A paragraph, or a dash at the beginning of a line, is as several marks: no joint.
    """
    lines = 0
    found: Any = 0
    for place in range(at, stop):
        mark = marks[place]
        if blank(mark):
            lines += mark == 10
        elif found or (mark == 45 and lines):
            return _NO_JOINT
        else:
            found = np.int64(mark)
    joint: int = _NO_JOINT if lines > 1 else found
    return joint


@plain
def _names(
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    table: UInt64s,
) -> tuple[np.uint64, int]:
    """Read letters or Roman numbers behind a word: ``type II``, ``grades I to III``, ``A or B``.

    A list is one name, so one that goes on further is another; so is a range (``I-III``).

    Returns:
        Value of all, the last word of them, which is the word itself where there are none.
    """
    name, last = np.uint64(words[word]), word
    roman = ranged = worded = False
    following = word + 1
    while following < count:
        glued = edges[2 * following] == edges[2 * last + 1] + 1
        if last > word:
            mark = _joint(marks, edges[2 * last + 1], edges[2 * following])
            lane = load_lane(folded, edges[2 * following]) & FOUR_BYTES
            ranged = lane & THREE_BYTES == _TO
            listed = lane & THREE_BYTES == _OR or lane == _AND
            worded = (mark == 0 or mark == 44) and (ranged or listed)
            if worded:
                following += 1
                if following == count:
                    break
                mark = _joint(marks, edges[2 * following - 1], edges[2 * following])
            if mark != 0 if worded else mark not in (38, 44, 45, 47):
                break
            ranged = ranged if worded else mark == 45
            # An article is no letter of a list, nor a symbol: `grade B and a`, `type B, p < 0.05`.
            single = folded[edges[2 * following]] != 97 or (glued and mark != 44 and not worded)
        elif blanks(marks, edges[2 * word + 1], edges[2 * following]):
            single = True
        else:
            break
        entry = look_up(words[following], table)
        single &= edges[2 * following + 1] == edges[2 * following] + 1
        single &= words[following] & CLASS_BIT == 0
        if last == word:
            roman = entry & IS_ROMAN != 0
        elif roman != (entry & IS_ROMAN != 0) or (not roman and entry & IS_STATISTIC != 0):
            break
        if not (roman or single):
            break
        name = pair(name + np.uint64(ranged), np.uint64(words[following]))
        last = following
        following += 1
    return name, last


@inlined
def _part(state: Int64s, words: UInt32s, word: int, table: UInt64s, out: UInt32s) -> bool:
    """Read ``part`` before a number; tell whether a Roman one is written."""
    roman = look_up(words[word + 1], table)
    state[PART] = not roman & IS_ROMAN
    if roman & IS_ROMAN:
        put(state, out, STATE, fmix64((np.uint64(roman) & VALUE) * BASE + np.uint64(1)))
    return bool(roman & IS_ROMAN)


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
    if entry & IS_DESIGNATOR:
        name, last = _names(folded, marks, edges, count, words, word, table)
        if last > word:
            put(state, out, ARM if entry & IS_GROUP else IDENTIFIER, name)
            state[LETTERS] = 0
            state[TOKENS] += last - word - 1
            used, kind = last, -1
    elif entry & (IS_EVERY | IS_LATIN | IS_MAY):
        last = time_atoms(state, folded, marks, edges, count, words, word, entry, table, out)
        if last >= 0:
            state[TOKENS] += last - word
            state[LETTERS] = 0
            used, kind = last, -1
    elif entry & IS_UNIT and (kind == 0 or kind == UNIT) and behind_stroke(marks, edges, word):
        if HOUR <= (np.uint64(entry) & VALUE) <= YEAR:
            put_once(state, out, np.uint64(entry))
        else:
            put(state, out, UNIT, np.uint64(entry))
        kind = -1
    if kind > 0:
        put(state, out, kind, np.uint64(entry))
    elif entry & IS_PART and state[SEEN] <= _STATE_WORDS and word + 1 < count:
        if _part(state, words, word, table, out):
            used = word + 1
        kind = -1
    elif kind == 0 and edges[2 * word + 1] - edges[2 * word] >= SHORTEST:
        begun(state, folded, edges, word, entry, table, content, out)
    if kind:
        drop(content, word, used)
    if used > word:
        state[GAP] = edges[2 * used + 1]
    _compare_words(state, entry)
    return used


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
        state[PS] = P_WORDS
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
        first, used = identify(state, folded, marks, edges, count, words, word, entry, table, out)
    if first >= 0 or entry & IS_NUMBER:
        used = number_atoms(
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
