"""Words that are no atom by themselves, as the clinical guard reads them.

Of ``may``, ``every`` and ``b.i.d.`` their neighbours decide, of ``nonsmokers`` and ``hypotension``
the beginning of the word, of ``HER2+`` the sign behind it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import plain
from filters.kernels.guard_gaps import blanks, digit
from filters.kernels.guard_numbers import DAY, pair
from filters.kernels.guard_state import AT, GAP, HEAD, LETTERS, TOKENS, put, put_once
from filters.kernels.guard_words import (
    ALL_BUT_THIRD,
    CLASS_BITS,
    DIRECTION,
    FOUR_BYTES,
    FREQUENCY,
    HYPER,
    HYPO,
    IDENTIFIER,
    IS_BEFORE_MAY,
    IS_EVERY,
    IS_LATIN,
    IS_MAY,
    IS_NUMBER,
    IS_PER,
    LOWEST,
    MONTH,
    NEGATION,
    NON,
    THREE_BYTES,
    UNIT,
    VALUE,
    look_up,
)
from filters.kernels.lanes import load_lane
from filters.kernels.words import BASE, CLASS_BIT, fmix64, hash_part

__all__ = ["SHORTEST", "begun", "put_sign", "time_atoms"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

SHORTEST = 7
"""Letters of a word that `begun` looks at."""
HYPER_VALUE, HYPO_VALUE = 0x5EC0DE4, 0x5EC0DE5
"""Values of these beginnings, which may be words: `hypo-osmolar`."""
POSITIVE, NEGATIVE = 0x5EC0DE7, 0x5EC0DE8
"""Values of what the signs of `HER2+` and `HER2-` say."""
_FIVE_BYTES, _LATIN = np.uint64(2**40 - 1), np.uint64(int.from_bytes(b"\0i\0d\0", "little"))
"""What stands behind the first letter of `b.i.d.`, folded."""
_ONCE = np.uint64(int.from_bytes(b"q\0d\0", "little"))
"""`q.d.`, folded."""
BRACE, RAISED = 123, 94
"""`{` and `^`, with which `sources.text.markup` writes what is raised: `CD8^-`, `CD34^{+}`."""
MARKUP = RAISED, 36, 42, 95
"""Marks of raised text, of formulae and of emphasis: before a sign, or behind it."""


@plain
def time_atoms(
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
) -> int:
    """Write the month of ``in May``, or how often ``b.i.d.`` or ``every other day`` are.

    Returns:
        The last word used, -1 where the word says nothing of that kind.
    """
    begin, stop, behind = edges[2 * word], edges[2 * word + 1], word + 1
    following = edges[2 * behind] if behind < count else stop
    if entry & IS_MAY:
        dated = following > stop and following <= stop + 2 and words[behind] & CLASS_BIT != 0
        if not dated and word and blanks(marks, edges[2 * word - 1], begin):
            dated = look_up(words[word - 1], table) & IS_BEFORE_MAY != 0
        if dated:
            put(state, out, MONTH, np.uint64(entry))
        return word if dated else -1
    latin = load_lane(folded, begin + 1) & _FIVE_BYTES == _LATIN
    if entry & IS_LATIN and latin and marks[stop] == 46 and marks[stop + 2] == 46:
        times = 2 + (folded[begin] == 116) + 2 * (folded[begin] == 113)  # b, t, q
        put(state, out, FREQUENCY, fmix64(np.uint64(times) * BASE + np.uint64(1)) + np.uint64(DAY))
        return word + 2
    once = load_lane(folded, begin) & FOUR_BYTES == _ONCE
    if once and marks[stop] == 46 and marks[stop + 2] == 46:
        put_once(state, out, np.uint64(DAY))
        return behind
    if not entry & IS_EVERY or following == stop or not blanks(marks, stop, following):
        return -1
    time = look_up(words[behind], table)
    if time >> 28 & 15 == UNIT:
        put_once(state, out, np.uint64(time))
        return behind
    if entry & IS_PER or words[behind] & CLASS_BIT or time & IS_NUMBER or behind + 1 >= count:
        return -1
    time = look_up(words[behind + 1], table)
    near = blanks(marks, edges[2 * behind + 1], edges[2 * behind + 2])
    if not near or time >> 28 & 15 != UNIT:
        return -1
    put(state, out, FREQUENCY, pair(np.uint64(words[behind]), np.uint64(time) & VALUE))
    return behind + 1


@plain
def begun(
    state: Int64s,
    folded: UInt8s,
    edges: Int64s,
    word: int,
    entry: int,
    table: UInt64s,
    content: UInt32s,
    out: UInt32s,
) -> None:
    """Write what the beginning of a long word says: a direction, or a negation.

    ``nonsmokers`` is read as ``non-smokers`` is: a negation, and the word behind it.
    """
    begin, stop = edges[2 * word], edges[2 * word + 1]
    lane = load_lane(folded, begin)
    if stop - begin >= 8 and lane & FOUR_BYTES == HYPO:
        put(state, out, DIRECTION, np.uint64(HYPO_VALUE))
    elif stop - begin >= 8 and lane & ALL_BUT_THIRD == HYPER:
        put(state, out, DIRECTION, np.uint64(HYPER_VALUE))
    elif stop - begin >= SHORTEST and lane & THREE_BYTES == NON and entry == 0:
        put(state, out, NEGATION, np.uint64(look_up(hash_part(folded, begin, begin + 3), table)))
        rest = hash_part(folded, begin + 3, stop)
        stem = look_up(rest, table)
        content[word] = np.uint32(fmix64(np.uint64(rest)) >> np.uint64(42))
        if stem & CLASS_BITS:
            put(state, out, stem >> 28 & 15, np.uint64(stem))
            content[word] = LOWEST
        state[TOKENS] += 1


@plain
def put_sign(
    state: Int64s, folded: UInt8s, marks: UInt8s, edges: Int64s, word: int, out: UInt32s
) -> None:
    """Write what a sign says that is glued to the word before: ``HER2+``, ``CD34(-)``, ``ER-/PR-``.

    It is no sign behind a number (``2+``), and no plus in ``+/-`` nor, but for names with figures
    (``CD4+CD25+``), right before another word. Nor is a minus before a blank, which may be a hyphen
    whose word was torn off. A raised sign (``CD8^-``) is one, but no power (``s^-1``, ``e^{-x}``).

    The name is an atom too: so ``ER- and PR+`` is not ``ER+ and PR-``, where only a plus is read.
    """
    at = state[GAP]
    raised = braced = False
    while marks[at] == BRACE or marks[at] in MARKUP:
        raised |= marks[at] == RAISED
        braced |= marks[at] == BRACE
        at += 1
    held = marks[at] == 40
    at += held
    mark, place = marks[at], at + 1
    if (mark != 43 and mark != 45) or not word or not state[TOKENS]:
        return
    while marks[place] == 125 or marks[place] in MARKUP:
        place += 1
    behind = marks[place]
    last = state[AT] - 1
    named = last > state[HEAD] and out[last] >> np.uint32(28) == IDENTIFIER
    if mark == 43 and marks[at + 1] == 47 and marks[at + 2] == 45:
        read = False
    elif held:
        read = marks[at + 1] == 41 or marks[at + 1] == 47
    elif raised:
        read = not digit(folded[at + 1]) and not (braced and folded[at + 1])
    elif mark == 43:
        read = named or not folded[place]
    elif behind == 46:
        read = not folded[place + 1]
    elif behind == 60:
        read = marks[place + 1] == 47
    else:
        read = behind == 0 or behind in (41, 44, 47, 59, 93)
    # Figures above ASCII begin with a byte below these.
    if read and (named or folded[edges[2 * word - 2]] > 57):
        if state[LETTERS]:
            put(state, out, IDENTIFIER, np.uint64(state[LETTERS]))
        put(state, out, DIRECTION, np.uint64(POSITIVE if mark == 43 else NEGATIVE))
