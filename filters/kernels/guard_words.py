"""What the clinical guard's lexicon says of words, and which words of a text it has to look at.

An entry of the lexicon (`filters.duplicates.lexicon`) has a value in its 28 low bits, a class of
atoms in the four above and flags above those. Three words of four are in no list, have no digit and
follow no full stop: `find_events` sifts them out before the guard walks through a text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import READ_BYTES, READ_UINT32S, UINT32S, compiled, inlined, plain
from filters.kernels.fold import fold_text
from filters.kernels.lanes import (
    BUCKET,
    LANES,
    count_bits,
    filled_bytes,
    held_in_bucket,
    load_lane,
    trailing_zeros,
)
from filters.kernels.words import AT_ONCE, CLASS_BIT, fmix64, hash_words, word_edges

__all__ = [
    "find_events",
    "lexicon_hashes",
    "look_up",
    "meaningful",
    "tail_place",
]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

# Classes, top four bits of an atom. Other modules name them by their place in this order.
NUMBER, UNIT, COMPARATOR, P_VALUE, DIRECTION, POPULATION, SIDE = 1, 2, 3, 4, 5, 6, 7
NEGATION, ARM, SUBSTANCE, IDENTIFIER, STATE = 8, 9, 10, 11, 12
FREQUENCY, MONTH, CASE = 13, 14, 15

# Flags of a word of the lexicon, above the 28 bits of its value and the four of its class.
IS_UNIT, IS_NUMBER, IS_LABEL, IS_ABBREVIATION = 1 << 32, 1 << 33, 1 << 34, 1 << 35
IS_STATISTIC, IS_DESIGNATOR, IS_MARKUP, IS_OPENING = 1 << 36, 1 << 37, 1 << 38, 1 << 39
IS_COPYRIGHT, IS_TAIL, IS_ROMAN, IS_LESS = 1 << 40, 1 << 41, 1 << 42, 1 << 43
IS_MORE, IS_THAN, IS_P, IS_VALUE = 1 << 44, 1 << 45, 1 << 46, 1 << 47
IS_PART, IS_PER, IS_AT_LEAST, IS_AT_MOST = 1 << 48, 1 << 49, 1 << 50, 1 << 51
IS_ENTITY_LESS, IS_ENTITY_MORE, IS_STATE, IS_GROUP = 1 << 52, 1 << 53, 1 << 54, 1 << 55
IS_TIMES, IS_EVERY, IS_LATIN, IS_MAY = 1 << 56, 1 << 57, 1 << 58, 1 << 59
IS_BEFORE_MAY, IS_CASED = 1 << 60, 1 << 61

CLASS_BITS = 15 << 28
NAMES = IS_UNIT | IS_LABEL | IS_STATISTIC | IS_TAIL | IS_ROMAN | IS_VALUE | IS_PER | IS_CASED
NAMES |= IS_BEFORE_MAY | IS_TIMES
"""Flags that count only beside another word, which then looks for them: no event by themselves."""

IS_SIMPLE_BIT = 62
IS_SIMPLE = 1 << IS_SIMPLE_BIT
"""Set by `find_events`: the word is an atom, and nothing else about it or before it counts."""

EVENTS = CLASS_BITS | (IS_SIMPLE - IS_UNIT) & ~NAMES
"""What makes an entry one that the guard must look at."""

NOT_SIMPLE = EVENTS & ~(CLASS_BITS | IS_LESS | IS_MORE)
"""Flags of entries that mean more than an atom."""

SIEVE_BITS, TAIL_BITS, TAIL_FACTOR = 17, 11, 0x9E3779B1
LOWEST = np.uint32(0x3FFFFF)
"""Minimum hash of a sentence without content words."""

# Why a word is an event whatever the lexicon says; see `find_events`.
HEAVY, MEANT, TAILED, LISTED = 1, 2, 4, 8

VALUE = np.uint64(0xFFFFFFF)
"""Bits of an entry that hold its value."""

_WORD_BITS = np.uint32(0x7FFFFFFF)
_S42, _S48, _S56 = np.uint64(42), np.uint64(48), np.uint64(56)
_THREE_LETTERS = np.uint64(1 << 24)
FOUR_BYTES, HYPO = np.uint64(0xFFFFFFFF), np.uint64(int.from_bytes(b"hypo", "little"))
# Any third letter, as it always was: no word but these begins like that.
ALL_BUT_THIRD, HYPER = np.uint64(0xFFFF00FFFF), np.uint64(int.from_bytes(b"hy\0er", "little"))
THREE_BYTES, NON = np.uint64(0xFFFFFF), np.uint64(int.from_bytes(b"non", "little"))
_TAIL_FACTOR = np.uint32(TAIL_FACTOR)
_SIEVE, _LETTER = np.uint32((1 << SIEVE_BITS) - 1), np.uint32(31)
_SIX_BYTES = np.uint64(1 << 40)
_LONGEST_STEM = 8


@inlined
def tail_place(tail: np.uint32) -> np.uint32:
    """Return the slot of the last three of four bytes, of which the first is the lowest."""
    return np.uint32((tail >> np.uint32(8)) * _TAIL_FACTOR) >> np.uint32(32 - TAIL_BITS)


@inlined
def look_up(word: np.uint32, table: UInt64s) -> int:
    """Return the entry of a word, 0 for a word that is not in the lexicon."""
    key = np.uint64(word & _WORD_BITS)
    last = table.shape[0] - 1
    bucket = np.int64(key * table[last] >> np.uint64(32)) & (last // (2 * BUCKET) - 1)
    entry: int = np.int64(held_in_bucket(table, 2 * BUCKET * bucket, key))  # type: ignore[assignment]
    return entry


@inlined
def meaningful(meant: UInt64s, begin: int) -> bool:
    """Tell whether the gap before the word that begins at a byte holds more than plain marks."""
    return bool(meant[begin >> 6] >> np.uint64(begin & 63) & np.uint64(1))


@plain
def _is_stem(folded: UInt8s, at: int, stop: int, stems: UInt64s) -> bool:
    """Tell whether a word of six bytes or more ends in a stem."""
    mask = np.uint64(stems.shape[0] - 1)
    key = np.uint64(0)
    # Letter by letter from the end: the key of a stem is its letters, the last one lowest.
    for size in range(1, min(stop - at - 1, _LONGEST_STEM) + 1):
        key |= np.uint64(folded[stop - size]) << np.uint64(8 * (size - 1))
        if size < 3:
            continue
        slot = fmix64(key) & mask
        while stems[slot]:
            if stems[slot] == key:
                return True
            slot = (slot + np.uint64(1)) & mask
    return False


@plain
def find_events(
    folded: UInt8s,
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
) -> int:
    """List the words that the guard must look at.

    Args:
        folded: The folded text.
        edges: Start and end of each word.
        count: Number of words.
        words: Word hashes.
        lanes: First eight bytes of each word.
        table: See `filters.kernels.guard.guard_stream`, like the three that follow.
        stems: Stems.
        sieve: Sieve of the lexicon.
        endings: Sieve of the stems.
        content: uint32[count], receives the hash of each word of four bytes or more and without
            digit of which a sentence's header has the minimum; `LOWEST` for others.
        tails: Scratch, uint32[count].
        kinds: uint8[count], zeros in 64 behind it; bit `HEAVY` is set behind marks that may end a
            sentence or belong to the word before them.
        meant: See `filters.kernels.guard_gaps.read_gaps`.
        events: Receives the words in order.
        found: Receives their entries.

    Returns:
        Number of words found.
    """
    _content(count, words, lanes, content)
    _meant(count, words, lanes, kinds)
    _last_bytes(folded, edges, count, tails)
    _sift(count, words, lanes, tails, sieve, endings, kinds)
    listed = _list(count, kinds, events)
    kept: int = _known(folded, edges, listed, words, table, stems, kinds, meant, events, found)
    return kept


@plain
def _content(count: int, words: UInt32s, lanes: UInt64s, content: UInt32s) -> None:
    """Mix the hash of each word that may be in a header."""
    for index in range(count):
        word, lane = words[index], lanes[index]
        mixed = np.uint32(fmix64(np.uint64(word)) >> _S42)
        counts = (lane >= _THREE_LETTERS) & (word < CLASS_BIT)
        content[index] = mixed if counts else LOWEST


@plain
def _meant(count: int, words: UInt32s, lanes: UInt64s, kinds: UInt8s) -> None:
    """Mark words with a digit, and long ones that begin with ``hypo``, ``hyper`` or ``non``."""
    for index in range(count):
        lane = lanes[index]
        hypo = (lane & FOUR_BYTES == HYPO) | (lane & ALL_BUT_THIRD == HYPER)
        non = (lane & THREE_BYTES == NON) & (lane >> _S48 != np.uint64(0))
        meant = (words[index] >= CLASS_BIT) | (hypo & (lane >> _S56 != np.uint64(0))) | non
        kinds[index] |= np.uint8(MEANT) if meant else np.uint8(0)


@plain
def _last_bytes(folded: UInt8s, edges: Int64s, count: int, tails: UInt32s) -> None:
    """Load the last four bytes of each word."""
    for index in range(count):
        tails[index] = np.uint32(load_lane(folded, max(edges[2 * index + 1] - 4, 0)))


@plain
def _sift(
    count: int,
    words: UInt32s,
    lanes: UInt64s,
    tails: UInt32s,
    sieve: UInt32s,
    endings: UInt32s,
    kinds: UInt8s,
) -> None:
    """Mark words that pass the sieve of the lexicon or, from six bytes on, that of the stems."""
    for index in range(count):
        tail = tails[index]
        tailed = endings[tail_place(tail)] >> (tail & _LETTER) & np.uint32(1)
        tailed = tailed if lanes[index] >= _SIX_BYTES else np.uint32(0)
        place = words[index] & _SIEVE
        listed = sieve[place >> np.uint32(5)] >> (place & np.uint32(31)) & np.uint32(1)
        kinds[index] |= np.uint8(tailed * np.uint32(TAILED) | listed * np.uint32(LISTED))


@plain
def _list(count: int, kinds: UInt8s, events: Int64s) -> int:
    """List the words that are marked, 64 at a time; return their number."""
    listed = 0
    for block in range(0, count, LANES):
        marked = filled_bytes(kinds, block)
        end = listed + count_bits(np.int64(marked))
        while listed < end:
            for place in range(listed, listed + AT_ONCE):
                events[place] = block + trailing_zeros(marked)
                marked &= marked - np.uint64(1)
            listed += AT_ONCE
        listed = end
    return listed


@plain
def _known(
    folded: UInt8s,
    edges: Int64s,
    listed: int,
    words: UInt32s,
    table: UInt64s,
    stems: UInt64s,
    kinds: UInt8s,
    meant: UInt64s,
    events: Int64s,
    found: Int64s,
) -> int:
    """Look listed words up and leave those that are events; return their number."""
    kept = 0
    for place in range(listed):
        index = events[place]
        word, kind = words[index], kinds[index]
        entry = look_up(word, table)
        unknown = kind & TAILED and entry == 0 and word < CLASS_BIT
        if unknown and _is_stem(folded, edges[2 * index], edges[2 * index + 1], stems):
            entry = SUBSTANCE << 28 | int(np.uint64(word) & VALUE)
        marked = int(kind & (HEAVY | MEANT))
        begin = edges[2 * index]
        before = np.int64(meant[begin >> 6] >> np.uint64(begin & 63) & np.uint64(1))
        # Arithmetic, because a branch here would be hard to foresee.
        simple = (entry & CLASS_BITS != 0) & ((entry & NOT_SIMPLE) | marked | before == 0)
        events[kept] = index
        found[kept] = entry | np.int64(simple) << IS_SIMPLE_BIT
        kept += int((marked | (entry & EVENTS)) != 0)
    return kept


@compiled(
    READ_BYTES,
    READ_BYTES,
    READ_UINT32S,
    UINT32S,
)
def lexicon_hashes(data: UInt8s, props: UInt8s, folds: UInt32s, out: UInt32s) -> int:
    """Hash the words of a list, separated by anything that separates words.

    Args:
        data: uint8[bytes], UTF-8.
        props: `filters.kernels.unicode.PROPS`.
        folds: `filters.kernels.unicode.FOLD`.
        out: uint32[bytes], receives a hash a word.

    Returns:
        Number of words.
    """
    size = data.shape[0]
    folded = np.empty(2 * size + 4 * LANES, np.uint8)
    edges = np.empty(size + 10, np.int64)
    length = fold_text(data, 0, size, props, folds, folded, folded)
    count: int = word_edges(folded, length, edges)
    hash_words(folded, edges, count, out, np.empty(2 * count + 2, np.uint64))
    return count
