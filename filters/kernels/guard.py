"""The guard stream of a text: what each sentence claims, as hashes in order.

A stream is one 32-bit header for each sentence, then its atoms in order. The header has class 0, a
22-bit minimum hash of the content words, by which the sentence is found again in a copy, and a
6-bit number of tokens. An atom has its class in the top four bits and a 28-bit hash under it.

Words come from `filters.kernels.words`, folded; what stands between them from the marks beside
them. Which words are atoms is data (`filters.duplicates.lexicon`). The walk goes from event to
event (`filters.kernels.guard_words`); the words between, most of a text, are passed over together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
from filters.kernels.guard_atoms import look
from filters.kernels.guard_gaps import (
    BREAKS,
    COLON,
    COMPARATOR_SHIFT,
    ENDS,
    FLAGS,
    JOINED,
    LESS,
    LINE,
    MORE,
    POINT,
    RIGHTS,
    SIGN,
    behind_stroke,
    gap,
    read_gaps,
)
from filters.kernels.guard_special import BRACE, MARKUP, put_sign
from filters.kernels.guard_state import (
    AT,
    COMPARED,
    GAP,
    HEAD,
    OWNED,
    PS,
    SHORT,
    SIGNS,
    STATE_SIZE,
    TOKENS,
    close,
    drop,
    pass_over,
    pass_simple,
)
from filters.kernels.guard_words import (
    EVENTS,
    HEAVY,
    IS_ENTITY_LESS,
    IS_ENTITY_MORE,
    IS_LABEL,
    IS_MARKUP,
    IS_UNIT,
    LOWEST,
    MEANT,
    find_events,
    look_up,
    meaningful,
)
from filters.kernels.lanes import LANES

__all__ = ["guard_stream"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]


_LABEL_WORDS = 6
_SIGNS = 40, 43, 45, BRACE, *MARKUP
"""Marks that `put_sign` looks at: ( + and -, and what may stand before them."""


@inlined
def _skip(
    state: Int64s, marks: UInt8s, edges: Int64s, word: int, entry: int, content: UInt32s
) -> bool:
    """Skip the name of a tag, or an entity for a comparator; tell whether it was one."""
    begin, stop = edges[2 * word], edges[2 * word + 1]
    size = begin - state[GAP]
    if size == 0:
        return False
    if entry & IS_MARKUP and marks[stop] == 62:
        tag = 1 if marks[begin - 1] == 60 else 0
        if size > 1 and marks[begin - 1] == 47 and marks[begin - 2] == 60:
            tag = 2
        if tag:
            found = gap(marks, state[GAP], begin - tag)
            state[SIGNS] |= found & FLAGS & ~(SIGN | POINT | JOINED)
            if found >> COMPARATOR_SHIFT:
                state[COMPARED] = found >> COMPARATOR_SHIFT
            state[GAP] = stop + 1
            content[word] = LOWEST
            return True
    if entry & (IS_ENTITY_LESS | IS_ENTITY_MORE) and marks[begin - 1] == 38:
        state[SIGNS] |= gap(marks, state[GAP], begin - 1) & (ENDS | BREAKS)
        state[COMPARED] = LESS if entry & IS_ENTITY_LESS else MORE
        state[GAP] = stop  # With the semicolon, so that a number behind it is not joined.
        content[word] = LOWEST
        return True
    return False


@inlined
def _read_gap(state: Int64s, marks: UInt8s, begin: int, meant: UInt64s) -> None:
    """Read what stands before a word."""
    before = state[GAP]
    if before == begin:
        state[SIGNS] |= JOINED
    elif begin == before + 2 and marks[before] == 46 and marks[before + 1] == 32:
        state[SIGNS] |= ENDS
    elif meaningful(meant, begin):
        found = gap(marks, before, begin)
        state[SIGNS] |= found & FLAGS
        if found >> COMPARATOR_SHIFT:
            state[COMPARED] = found >> COMPARATOR_SHIFT


@inlined
def _end_sentence(state: Int64s, content: UInt32s, word: int, out: UInt32s) -> None:
    """End the sentence before a word if the gap says so."""
    signs = state[SIGNS]
    ends = signs & BREAKS != 0 or (signs & ENDS != 0 and not state[SHORT])
    if ends and state[TOKENS]:
        close(state, content, word, out)
    if signs & RIGHTS:
        state[OWNED] += 2


@inlined
def _pass_label(state: Int64s, edges: Int64s, content: UInt32s, word: int, behind: int) -> None:
    """Leave a section label out, from its first word to the one behind it."""
    drop(content, word, behind - 1)
    state[GAP] = edges[2 * behind - 1]
    state[SIGNS] = state[COMPARED] = 0


@inlined
def _label_end(
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    word: int,
    table: UInt64s,
    meant: UInt64s,
) -> int:
    """Return the word behind the section label that begins at a word; the word itself without."""
    for behind in range(word + 1, min(count, word + _LABEL_WORDS + 1)):
        flags = 0
        if meaningful(meant, edges[2 * behind]):
            flags = gap(marks, edges[2 * behind - 1], edges[2 * behind])
        if flags & (COLON | LINE):
            return behind
        if not look_up(words[behind], table) & IS_LABEL or flags & ENDS:
            break
    return word


@plain
def guard_stream(
    folded: UInt8s,
    marks: UInt8s,
    length: int,
    edges: Int64s,
    count: int,
    words: UInt32s,
    lanes: UInt64s,
    table: UInt64s,
    stems: UInt64s,
    sieve: UInt32s,
    endings: UInt32s,
    content: UInt32s,
    tails: UInt32s,
    kinds: UInt8s,
    meant: UInt64s,
    events: Int64s,
    found: Int64s,
    state: Int64s,
    out: UInt32s,
    at: int,
) -> int:
    """Write the guard stream of one text.

    Args:
        folded: The folded text.
        marks: Separators, see `filters.kernels.fold.fold_text`.
        length: Its bytes.
        edges: Start and end of each word.
        count: Number of words.
        words: Word hashes.
        lanes: First eight bytes of each word.
        table: uint64, the lexicon: buckets of four keys (word hashes without class bit, 0 where a
            slot is free) and their entries (value, class and flags), and the factor that spreads
            keys over buckets.
        stems: uint64[power of two], keys of the stems, open addressing.
        sieve: uint32, a bit for each word of the lexicon that is an event, by the low bits of its
            hash.
        endings: uint32[2 ** TAIL_BITS], by the last three letters of a stem a bit for each letter
            that may stand before them, see `tail_place`.
        content: Scratch, uint32[count + 16].
        tails: Scratch, uint32[count].
        kinds: Scratch, uint8[count + 64].
        meant: Scratch, uint64[length / 64 + 1].
        events: Scratch, int64[count + 8].
        found: Scratch, int64[count + 1].
        state: Scratch, int64[STATE_SIZE].
        out: Receives the stream; never more values than 4 / 3 of the bytes of the text, and two.
        at: Place of the first.

    Returns:
        The place behind the last.
    """
    for word in range(count + LANES):
        kinds[word] = 0
    read_gaps(folded, marks, length, kinds, meant)
    last = find_events(
        folded, edges, count, words, lanes, table, stems, sieve, endings, content, tails,
        kinds, meant, events, found,
    )  # fmt: skip
    events[last] = count
    found[last] = 0
    state[:STATE_SIZE] = 0
    state[HEAD], state[AT] = at, at + 1
    word = event = 0
    halt = True  # Whether the next word must be looked at, event or not.
    while word < count:
        while events[event] < word:
            event += 1
        if not halt:
            word, event = pass_simple(state, edges, word, event, events, found, content, out)
            if word < events[event]:
                pass_over(state, edges, words, word, events[event] - 1)
                word = events[event]
            if word == count:
                break
        known = events[event] == word
        entry = found[event] if known else look_up(words[word], table)
        # Only what stands before it counts, if anything.
        plain_word = entry & EVENTS == 0 and kinds[word] & MEANT == 0 and not state[PS]
        if plain_word and entry & IS_UNIT:
            plain_word = not behind_stroke(marks, edges, word)
        halt = True
        if kinds[word] & HEAVY and marks[state[GAP]] in _SIGNS:
            put_sign(state, folded, marks, edges, word, out)
        if _skip(state, marks, edges, word, entry, content):
            word += 1
            continue
        _read_gap(state, marks, edges[2 * word], meant)
        _end_sentence(state, content, word, out)
        if entry & IS_LABEL and (state[TOKENS] == 0 or state[SIGNS] & LINE):
            behind = _label_end(marks, edges, count, words, word, table, meant)
            if behind > word:
                _pass_label(state, edges, content, word, behind)
                word = behind
                continue
        if plain_word:
            pass_over(state, edges, words, word, word)
            word += 1
            halt = False
            continue
        used = look(state, folded, marks, edges, count, words, word, entry, table, content, out)
        halt = state[PS] != 0
        word = used + 1
    put_sign(state, folded, marks, edges, count, out)
    close(state, content, count, out)
    end: int = state[HEAD]
    return end
