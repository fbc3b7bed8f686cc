"""The state of the guard's walk through a text, and the steps that change nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined
from filters.kernels.guard_numbers import atom
from filters.kernels.guard_words import FREQUENCY, IS_SIMPLE, LOWEST, VALUE
from filters.kernels.lanes import least
from filters.kernels.words import BASE, fmix64

__all__ = ["close", "drop", "pass_over", "pass_simple", "put", "put_once"]

UInt32s = npt.NDArray[np.uint32]
Int64s = npt.NDArray[np.int64]


_ATOM = np.uint64(0xFFFFFFFF)
"""Bits of an entry that are its atom."""
_COPYRIGHT_TOKENS = 40
"""A sentence that speaks of copyright and is longer is prose."""
_MAX_TOKENS = 63

# The state of a walk, by place in an int64 array: the text so far …
AT = 0
"""Where the next atom is written."""
HEAD = 1
"""Where the header of the sentence will be written."""
SEEN = 2
"""Words of the text so far."""
# … the sentence so far …
TOKENS = 3
FIRST = 4
"""The first word."""
OWNED = 5
"""How often it speaks of copyright; a sign counts twice."""
# … and what the words before leave to the next one.
GAP = 6
"""Where the gap before it begins."""
SIGNS = 7
"""Flags of the gap."""
COMPARED = 8
"""The comparator before it, 0 for none."""
PS = 9
"""Words that may still stand between `p` and its value."""
PART = 10
"""Whether the word before is `part`."""
BEFORE = 11
"""The entry of the word before; `PASSED` of one that was passed over, which may have one too."""
PASSED = 1
"""Of the bits of an entry one that is no flag."""
LETTERS = 12
"""The hash of the word before if it is letters and no atom, else 0."""
SHORT = 13
"""Whether the word before is an abbreviation: a full stop behind it ends no sentence."""
CAPITALS = 14
"""Whether the text has any: 1 if so, -1 if not, 0 as long as nobody looked."""
STATE_SIZE = 15


@inlined
def put(state: Int64s, out: UInt32s, kind: int, value: np.uint64) -> None:
    """Write an atom."""
    out[state[AT]] = atom(kind, value)
    state[AT] += 1


@inlined
def put_once(state: Int64s, out: UInt32s, time: np.uint64) -> None:
    """Write that something is done once in a unit of time."""
    put(state, out, FREQUENCY, fmix64(BASE + np.uint64(1)) + (time & VALUE))


@inlined
def drop(content: UInt32s, first: int, last: int) -> None:
    """Keep words out of the header of their sentence."""
    for word in range(first, last + 1):
        content[word] = LOWEST


@inlined
def close(state: Int64s, content: UInt32s, word: int, out: UInt32s) -> None:
    """Write the header of the sentence that ends before a word, or drop a copyright line."""
    tokens = state[TOKENS]
    if tokens:
        if state[OWNED] >= 2 and tokens <= _COPYRIGHT_TOKENS:
            state[AT] = state[HEAD]
        else:
            lowest = min(least(content, state[FIRST], word), LOWEST)
            out[state[HEAD]] = lowest << np.uint32(6) | np.uint32(min(tokens, _MAX_TOKENS))
        state[HEAD] = state[AT]
        state[AT] += 1
    state[TOKENS] = state[OWNED] = state[PS] = state[BEFORE] = state[LETTERS] = 0
    state[FIRST] = word


@inlined
def pass_over(state: Int64s, edges: Int64s, words: UInt32s, first: int, last: int) -> None:
    """Walk over words that are no events."""
    passed = last - first + 1
    state[TOKENS] += passed
    state[SEEN] += passed
    state[GAP] = edges[2 * last + 1]
    state[SHORT] = edges[2 * last + 1] == edges[2 * last] + 1
    state[LETTERS] = words[last]
    state[BEFORE] = PASSED
    state[PART] = state[COMPARED] = state[SIGNS] = 0


@inlined
def pass_simple(
    state: Int64s,
    edges: Int64s,
    word: int,
    event: int,
    events: Int64s,
    found: Int64s,
    content: UInt32s,
    out: UInt32s,
) -> tuple[int, int]:
    """Write the atoms of simple events, as many as follow each other; return word and event."""
    first, at = word, state[AT]
    entry = 0
    while found[event] & IS_SIMPLE:
        entry = found[event]
        word = events[event]
        out[at] = np.uint32(np.uint64(entry) & _ATOM)
        at += 1
        content[word] = LOWEST
        word += 1
        event += 1
    if word > first:
        state[AT] = at
        state[TOKENS] += word - first
        state[SEEN] += word - first
        state[GAP] = edges[2 * word - 1]
        state[SHORT] = edges[2 * word - 1] == edges[2 * word - 2] + 1
        state[BEFORE] = entry
        state[LETTERS] = state[PART] = state[COMPARED] = state[SIGNS] = 0
    return word, event
