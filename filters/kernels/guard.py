"""The guard stream of a text: what each sentence claims, as hashes in order.

A stream is one 32-bit header for each sentence, then its atoms in order. The header has class 0, a
22-bit minimum hash of the content words, by which the sentence is found again in a copy, and a
6-bit number of tokens. An atom has its class in the top four bits and a 28-bit hash under it.

Words come from `filters.kernels.words`, folded; what stands between them from the marks beside
them. Which words are atoms is data (`filters.duplicates.lexicon`). The walk goes from event to event
(`filters.kernels.guard_words`); the words between, most of a text, are passed over together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain
from filters.kernels.guard_gaps import (
    BREAKS,
    COLON,
    COMPARATOR_SHIFT,
    ENDS,
    FLAGS,
    GE,
    JOINED,
    LE,
    LESS,
    LINE,
    MORE,
    POINT,
    RIGHTS,
    SIGN,
    blanks,
    digit,
    gap,
    read_gaps,
)
from filters.kernels.guard_numbers import atom, pair, read_number, read_unit
from filters.kernels.guard_words import (
    ARM,
    COMPARATOR,
    DIRECTION,
    EVENTS,
    IDENTIFIER,
    IS_ABBREVIATION,
    IS_AT_LEAST,
    IS_AT_MOST,
    IS_COPYRIGHT,
    IS_DESIGNATOR,
    IS_ENTITY_LESS,
    IS_ENTITY_MORE,
    IS_GROUP,
    IS_LABEL,
    IS_LESS,
    IS_MARKUP,
    IS_MORE,
    IS_NUMBER,
    IS_OPENING,
    IS_P,
    IS_PART,
    IS_ROMAN,
    IS_STATE,
    IS_SIMPLE,
    IS_STATISTIC,
    IS_TAIL,
    IS_THAN,
    IS_UNIT,
    IS_VALUE,
    LOWEST,
    MEANT,
    NUMBER,
    P_VALUE,
    STATE,
    UNIT,
    VALUE,
    find_events,
    hash_part,
    look_up,
    meaningful,
)
from filters.kernels.words import BASE, CLASS_BIT, fmix64

__all__ = ["guard_stream"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_HYPER, _HYPO = 0x5EC0DE4, 0x5EC0DE5
_OPENING_WORDS, _STATE_WORDS = 4, 40
_COPYRIGHT_TOKENS = 40
"""A sentence that speaks of copyright and is longer is prose."""
_LABEL_WORDS = 6
_MAX_TOKENS = 63
_ATOM = np.uint64(0xFFFFFFFF)
"""Bits of an entry that are its atom."""
_P_WORDS = 3
"""Words between `p` and its value."""

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
"""The entry of the word before."""
LETTERS = 12
"""The hash of the word before if it is letters and no atom, else 0."""
SHORT = 13
"""Whether the word before is an abbreviation: a full stop behind it ends no sentence."""
STATE_SIZE = 14


@inlined
def _put(state: Int64s, out: UInt32s, kind: int, value: np.uint64) -> None:
    """Write an atom."""
    out[state[AT]] = atom(kind, value)
    state[AT] += 1


@inlined
def _drop(content: UInt32s, first: int, last: int) -> None:
    """Keep words out of the header of their sentence."""
    for word in range(first, last + 1):
        content[word] = LOWEST


@inlined
def _close(state: Int64s, content: UInt32s, word: int, out: UInt32s) -> None:
    """Write the header of the sentence that ends before a word, or drop a copyright line."""
    tokens = state[TOKENS]
    if tokens:
        if state[OWNED] >= 2 and tokens <= _COPYRIGHT_TOKENS:
            state[AT] = state[HEAD]
        else:
            lowest = LOWEST
            for place in range(state[FIRST], word):
                lowest = min(lowest, content[place])
            out[state[HEAD]] = lowest << np.uint32(6) | np.uint32(min(tokens, _MAX_TOKENS))
        state[HEAD] = state[AT]
        state[AT] += 1
    state[TOKENS] = state[OWNED] = state[PS] = state[BEFORE] = state[LETTERS] = 0
    state[FIRST] = word


@inlined
def _pass_over(state: Int64s, edges: Int64s, words: UInt32s, first: int, last: int) -> None:
    """Walk over words that are no events."""
    passed = last - first + 1
    state[TOKENS] += passed
    state[SEEN] += passed
    state[GAP] = edges[2 * last + 1]
    state[SHORT] = edges[2 * last + 1] == edges[2 * last] + 1
    state[LETTERS] = words[last]
    state[BEFORE] = state[PART] = state[COMPARED] = state[SIGNS] = 0


@inlined
def _pass_simple(
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
    elif meaningful(meant, begin):
        found = gap(marks, before, begin)
        state[SIGNS] |= found & FLAGS
        if found >> COMPARATOR_SHIFT:
            state[COMPARED] = found >> COMPARATOR_SHIFT


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
    _put(state, out, IDENTIFIER, name)
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
    """Read a number in words, ``twenty`` or ``twenty-four``: the hash of its value, its last word."""
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
        _put(state, out, COMPARATOR, np.uint64(state[COMPARED]))
    if not tail:
        _put(state, out, IDENTIFIER, pair(hashed, np.uint64(words[used])))
    elif named:
        _put(state, out, IDENTIFIER, pair(np.uint64(state[LETTERS]), hashed))
    elif state[PART]:
        _put(state, out, STATE, hashed)
    else:
        _put(state, out, P_VALUE if state[PS] else NUMBER, hashed)
        unit, used, end = read_unit(marks, edges, count, words, used, end, unit_entry, table)
        if unit:
            state[TOKENS] += 1
            _put(state, out, UNIT, unit)
    state[GAP] = end
    state[LETTERS] = state[COMPARED] = state[PS] = state[PART] = 0
    return used


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
            _put(state, out, STATE, np.uint64(entry))
            kind = -1
    if entry & IS_DESIGNATOR and word + 1 < count:
        if blanks(marks, edges[2 * word + 1], edges[2 * word + 2]):
            name = look_up(words[word + 1], table)
            single = edges[2 * word + 3] == edges[2 * word + 2] + 1
            if name & IS_ROMAN or (single and not words[word + 1] & CLASS_BIT):
                named = pair(np.uint64(words[word]), np.uint64(words[word + 1]))
                _put(state, out, ARM if entry & IS_GROUP else IDENTIFIER, named)
                used, kind = word + 1, -1
                state[LETTERS] = 0
    if kind > 0:
        _put(state, out, kind, np.uint64(entry))
    elif entry & IS_PART and state[SEEN] <= _STATE_WORDS and word + 1 < count:
        kind = -1
        roman = look_up(words[word + 1], table)
        state[PART] = 1
        if roman & IS_ROMAN:
            number = fmix64((np.uint64(roman) & VALUE) * BASE + np.uint64(1))
            _put(state, out, STATE, number)
            used = word + 1
            state[PART] = 0
    elif kind == 0:
        _hypo_or_hyper(state, folded, edges[2 * word], edges[2 * word + 1], out)
    if kind:
        _drop(content, word, used)
    if used > word:
        state[GAP] = edges[2 * used + 1]
    _compare_words(state, entry)
    return used


@inlined
def _hypo_or_hyper(state: Int64s, folded: UInt8s, begin: int, stop: int, out: UInt32s) -> None:
    """Write the direction that a long word begins with."""
    if stop - begin >= 8 and folded[begin] == 104 and folded[begin + 1] == 121:
        if folded[begin + 2] == 112 and folded[begin + 3] == 111:
            _put(state, out, DIRECTION, np.uint64(_HYPO))
        elif folded[begin + 3] == 101 and folded[begin + 4] == 114:
            _put(state, out, DIRECTION, np.uint64(_HYPER))


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
    tails: UInt32s,
    content: UInt32s,
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
        sieve: uint32, a bit for each word of the lexicon that is an event, see `sieve_place`.
        tails: uint32[2 ** TAIL_BITS], by the last three letters of a stem a bit for each letter
            that may stand before them, see `tail_place`.
        content: Scratch, uint32[count].
        kinds: Scratch, uint8[count + 1].
        meant: Scratch, uint64[length / 64 + 1].
        events: Scratch, int64[count + 1].
        found: Scratch, int64[count + 1].
        state: Scratch, int64[STATE_SIZE].
        out: Receives the stream; never more values than the text has bytes, and one.
        at: Place of the first.

    Returns:
        The place behind the last.
    """
    for word in range(count):
        kinds[word] = 0
    read_gaps(folded, marks, length, kinds, meant)
    last = find_events(
        folded, edges, count, words, lanes, table, stems, sieve, tails, content, kinds,
        meant, events, found,
    )  # fmt: skip
    events[last] = count
    found[last] = 0
    for slot in range(STATE_SIZE):
        state[slot] = 0
    state[HEAD], state[AT] = at, at + 1
    word = event = 0
    close = True  # Whether the next word must be looked at, event or not.
    while word < count:
        while events[event] < word:
            event += 1
        if not close:
            word, event = _pass_simple(state, edges, word, event, events, found, content, out)
            if word < events[event]:
                _pass_over(state, edges, words, word, events[event] - 1)
                word = events[event]
            if word == count:
                break
        known = events[event] == word
        entry = found[event] if known else look_up(words[word], table)
        # Only what stands before it counts, if anything.
        plain_word = entry & EVENTS == 0 and kinds[word] & MEANT == 0 and not state[PS]
        close = True
        if _skip(state, marks, edges, word, entry, content):
            word += 1
            continue
        _read_gap(state, marks, edges[2 * word], meant)
        signs = state[SIGNS]
        ends = signs & BREAKS != 0 or (signs & ENDS != 0 and not state[SHORT])
        if ends and state[TOKENS]:
            _close(state, content, word, out)
        if signs & RIGHTS:
            state[OWNED] += 2
        if entry & IS_LABEL and (state[TOKENS] == 0 or signs & LINE):
            behind = _label_end(marks, edges, count, words, word, table, meant)
            if behind > word:
                _drop(content, word, behind - 1)
                state[GAP] = edges[2 * behind - 1]
                state[SIGNS] = state[COMPARED] = 0
                word = behind
                continue
        if plain_word:
            _pass_over(state, edges, words, word, word)
            word += 1
            close = False
            continue
        used = _look(state, folded, marks, edges, count, words, word, entry, table, content, out)
        close = state[PS] != 0
        word = used + 1
    _close(state, content, count, out)
    return state[HEAD]


@inlined
def _look(
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
        _drop(content, word, used)
    elif digits:
        _drop(content, word, used)
    else:
        used = _letter_atoms(
            state, folded, marks, edges, count, words, word, entry, table, content, out
        )
    short = entry & IS_ABBREVIATION != 0 or edges[2 * word + 1] - edges[2 * word] == 1
    state[SHORT] = short and first < 0
    state[BEFORE] = entry
    state[SIGNS] = 0
    return used
