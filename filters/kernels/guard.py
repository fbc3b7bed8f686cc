"""The guard stream of a text: what each sentence claims, as hashes in order.

A stream is one 32-bit header for each sentence, then its atoms in order. The header has class 0, a
22-bit minimum hash of the content words, by which the sentence is found again in a copy, and a
6-bit number of tokens. An atom has its class in the top four bits and a 28-bit hash under it.

Words come from `filters.kernels.words`, folded; what stands between them from the marks beside
them. Which words are atoms is data (`filters.duplicates.lexicon`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import READ_BYTES, READ_UINT32S, compiled, plain
from filters.kernels.fold import (
    AT_LEAST,
    AT_MOST,
    COPYRIGHT,
    DEGREE,
    FULL_STOP,
    MIDDLE_DOT,
    PER_MILLE,
    PLUS_MINUS,
    fold_text,
)
from filters.kernels.lanes import LANES
from filters.kernels.words import BASE, CLASS_BIT, fmix64, hash_words, word_edges

__all__ = ["guard_stream", "lexicon_hashes"]

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

# Classes, top four bits of an atom. Other modules name them by their place in this order.
NUMBER, UNIT, COMPARATOR, P_VALUE, DIRECTION, POPULATION, SIDE = 1, 2, 3, 4, 5, 6, 7
NEGATION, ARM, SUBSTANCE, IDENTIFIER, STATE = 8, 9, 10, 11, 12

# Flags of a word of the lexicon, above the 28 bits of its value and the four of its class.
IS_UNIT, IS_NUMBER, IS_LABEL, IS_ABBREVIATION = 1 << 32, 1 << 33, 1 << 34, 1 << 35
IS_STATISTIC, IS_DESIGNATOR, IS_MARKUP, IS_OPENING = 1 << 36, 1 << 37, 1 << 38, 1 << 39
IS_COPYRIGHT, IS_TAIL, IS_ROMAN, IS_LESS = 1 << 40, 1 << 41, 1 << 42, 1 << 43
IS_MORE, IS_THAN, IS_P, IS_VALUE = 1 << 44, 1 << 45, 1 << 46, 1 << 47
IS_PART, IS_PER, IS_AT_LEAST, IS_AT_MOST = 1 << 48, 1 << 49, 1 << 50, 1 << 51
IS_ENTITY_LESS, IS_ENTITY_MORE, IS_STATE, IS_GROUP = 1 << 52, 1 << 53, 1 << 54, 1 << 55

# What a gap between words holds.
_ENDS, _BREAKS, _COLON, _LINE, _SIGN, _POINT, _JOINED = 1, 2, 4, 8, 16, 32, 64
_RIGHTS = 128
_LESS, _MORE, _LE, _GE, _EQUAL, _PM, _ABOUT = 1, 2, 3, 4, 5, 6, 7

_VALUE = np.uint64(0xFFFFFFF)
_WORD_BITS = np.uint32(0x7FFFFFFF)
_LOWEST = np.uint32(0x3FFFFF)
PERCENT = 0x5EC0DE1
_DEGREE = 0x5EC0DE2
_MILLE = 0x5EC0DE3
_HYPER, _HYPO = 0x5EC0DE4, 0x5EC0DE5
_OPENING_WORDS, _STATE_WORDS = 4, 40
_COPYRIGHT_TOKENS = 40
"""A sentence that speaks of copyright and is longer is prose."""
_LABEL_WORDS = 6
_MAX_TOKENS = 63


@plain
def _digit(byte: int) -> bool:
    return 48 <= byte <= 57


@plain
def _blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@plain
def _blanks(marks: UInt8s, at: int, stop: int) -> bool:
    """Tell whether nothing but blanks, or one hyphen, stands between two words."""
    if stop - at == 1:
        return bool(_blank(marks[at]) or marks[at] == 45)
    for place in range(at, stop):  # noqa: SIM110  numba knows no all() of a generator
        if not _blank(marks[place]):
            return False
    return True


@plain
def _look_up(word: np.uint32, keys: UInt32s, entries: UInt64s) -> int:
    """Return the entry of a word, 0 for a word that is not in the lexicon."""
    mask = keys.shape[0] - 1
    key = word & _WORD_BITS
    slot = np.int64(key) & mask
    # Keys alone fit the nearest cache.
    while keys[slot]:
        if keys[slot] == key:
            entry: int = np.int64(entries[slot])  # type: ignore[assignment]
            return entry
        slot = (slot + 1) & mask
    return 0


@plain
def _is_stem(folded: UInt8s, at: int, stop: int, stems: UInt64s, endings: UInt64s) -> bool:
    """Tell whether a word of six letters or more ends in a stem."""
    if stop - at < 6:
        return False
    a, b, c = folded[stop - 3] - 97, folded[stop - 2] - 97, folded[stop - 1] - 97
    if not (0 <= a < 26 and 0 <= b < 26 and 0 <= c < 26):
        return False
    ending = np.int64(a) << 10 | np.int64(b) << 5 | np.int64(c)
    if not endings[ending >> 6] >> np.uint64(ending & 63) & np.uint64(1):
        return False
    mask = stems.shape[0] - 1
    key = np.uint64(0)
    # Letter by letter from the end: the key of a stem is its letters, the last one lowest.
    for size in range(1, min(stop - at - 1, 8) + 1):
        key |= np.uint64(folded[stop - size]) << np.uint64(8 * (size - 1))
        if size < 3:
            continue
        slot = np.int64(fmix64(key) & np.uint64(mask))
        while stems[slot]:
            if stems[slot] == key:
                return True
            slot = (slot + 1) & mask
    return False


@plain
def _gap(marks: UInt8s, at: int, stop: int) -> int:
    """Read what stands between two words, ``at`` to ``stop``: flags, comparator from bit 12 on."""
    flags, comparator, lines = 0, 0, 0
    dot, plus = False, False
    for place in range(at, stop):
        mark = marks[place]
        if _blank(mark):
            if dot:
                flags |= _ENDS
            dot = False
            if mark == 10:
                lines += 1
                flags |= _LINE
                if lines > 1:
                    flags |= _BREAKS
            continue
        if mark == 46 or mark == 33 or mark == 63:
            dot = True
        elif mark == FULL_STOP:
            flags |= _ENDS
        elif mark == 35 or mark == 124:  # A heading, or a row of a table.
            if lines:
                flags |= _BREAKS
        elif mark == 58:
            flags |= _COLON
            dot = False
        elif mark == 44 or mark == 59:
            dot = False
        elif mark == 60:
            comparator = _LESS
        elif mark == 62:
            comparator = _MORE
        elif mark == 61:
            comparator = _LE if comparator == _LESS else _GE if comparator == _MORE else _EQUAL
        elif mark == AT_MOST:
            comparator = _LE
        elif mark == AT_LEAST:
            comparator = _GE
        elif mark == PLUS_MINUS:
            comparator = _PM
        elif mark == 126:
            comparator = _ABOUT
        elif mark == COPYRIGHT:
            flags |= _RIGHTS
        elif mark == 43:
            plus = True
        elif mark == 45 and plus and place and marks[place - 1] == 47:
            comparator = _PM
        lines = 0 if mark != 62 and mark != 42 else lines
    size = stop - at
    if size > 1:
        last = marks[stop - 1]
        before = marks[stop - 2]
        if last == 45 and comparator != _PM:
            flags |= _SIGN
        elif last == 46 or last == MIDDLE_DOT:
            flags |= _POINT
            if before == 45 and size > 2:
                flags |= _SIGN
    elif size == 1 and at == 0:  # Nothing stands before it.
        flags |= _SIGN if marks[0] == 45 else _POINT if marks[0] == 46 else 0
    elif size == 1 and marks[at] == 45:
        flags |= _JOINED
    return flags | comparator << 12


@plain
def _number(
    folded: UInt8s, marks: UInt8s, edges: Int64s, count: int, word: int, at: int, point: bool
) -> tuple[np.uint64, int, int, bool]:
    """Read the number whose digits begin at ``at`` in a word.

    Returns:
        Hash of its value, its last word, the end of its digits, and whether it has a fraction.
    """
    mantissa, scale, zeros, digits = np.uint64(0), 0, 0, 0
    fraction, grouped = point, False
    last = word
    while True:
        stop = edges[2 * last + 1]
        while at < stop and _digit(folded[at]):
            digit = np.uint64(folded[at] - 48)
            if fraction and digit == 0:
                zeros += 1
            else:
                for _ in range(zeros):
                    mantissa *= np.uint64(10)
                mantissa = mantissa * np.uint64(10) + digit
                if fraction:
                    scale += zeros + 1
                zeros = 0
            digits += 1
            at += 1
        if at < stop or last + 1 >= count or edges[2 * last + 2] != stop + 1:
            break
        run = 0
        while _digit(folded[stop + 1 + run]):
            run += 1
        mark = marks[stop]
        if run == 0 or fraction:
            break
        thousands = mark == 44 and run == 3 and mantissa != 0 and (grouped or digits <= 3)
        if thousands and edges[2 * last + 3] == stop + 4:
            grouped = True
        elif mark == 46 or mark == 44 or mark == MIDDLE_DOT:
            fraction = True
        else:
            break
        last += 1
        at = edges[2 * last]
    return fmix64(mantissa * BASE + np.uint64(scale + 1)), last, at, fraction


@plain
def _hash_part(folded: UInt8s, at: int, stop: int) -> np.uint32:
    """Hash some bytes of a word as `filters.kernels.words.hash_words` would, without class bit."""
    first, second = np.uint64(0), np.uint64(0)
    for place in range(at, min(stop, at + 8)):
        first |= np.uint64(folded[place]) << np.uint64(8 * (place - at))
    for place in range(at + 8, min(stop, at + 16)):
        second |= np.uint64(folded[place]) << np.uint64(8 * (place - at - 8))
    state = first + second * BASE
    for further in range(at + 16, stop, 8):
        value = np.uint64(0)
        for place in range(further, min(stop, further + 8)):
            value |= np.uint64(folded[place]) << np.uint64(8 * (place - further))
        state = fmix64(state) * BASE + value
    return np.uint32(fmix64(state) >> np.uint64(33))


@plain
def _atom(kind: int, value: np.uint64) -> np.uint32:
    return np.uint32(np.uint64(kind) << np.uint64(28) | (np.uint64(value) & _VALUE))


@plain
def _pair(first: np.uint64, second: np.uint64) -> np.uint64:
    return np.uint64(fmix64(np.uint64(first) * BASE + np.uint64(second)))


@plain
def _unit(
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    start: int,
    word: int,
    stop: int,
    found: int,
    keys: UInt32s,
    entries: UInt64s,
) -> tuple[np.uint64, int, int]:
    """Find the unit behind a number that ends at ``stop`` in a word.

    ``found`` is the entry of a unit glued to the number, 0 without.

    Returns:
        Value of the unit, 0 without one; the last word used; the end of what was used.
    """
    value = np.uint64(found) & _VALUE
    if not found:
        place = stop + 1 if marks[stop] == 32 else stop
        end = edges[2 * word + 2] if word + 1 < count else stop + 2
        if place < end:
            if marks[place] == 37:
                return np.uint64(PERCENT), word, place + 1
            if marks[place] == PER_MILLE:
                return np.uint64(_MILLE), word, place + 1
    if found == 0 and word + 1 < count:
        plain, degree = True, False
        behind = word + 1
        begin, end = stop, edges[2 * behind]
        tag = marks[end - 1] == 60 and marks[edges[2 * behind + 1]] == 62
        if (
            tag
            and behind + 1 < count
            and _look_up(words[start + behind], keys, entries) & IS_MARKUP
        ):
            plain = _blanks(marks, stop, end - 1)
            begin = edges[2 * behind + 1] + 1
            behind += 1
            end = edges[2 * behind]
        for place in range(begin, end):
            mark = marks[place]
            degree |= mark == DEGREE
            plain &= _blank(mark) or mark == 45 or mark == DEGREE
            if not plain:
                break
        entry = _look_up(words[start + behind], keys, entries) if plain else 0
        if entry & IS_UNIT:
            word = behind
            value = np.uint64(entry) & _VALUE
            stop = edges[2 * word + 1]
        elif degree:
            return np.uint64(_DEGREE), word, stop
    if value == 0:
        return value, word, stop
    # What follows behind a stroke or `per`: mg/kg/day, mg per day.
    while word + 1 < count and stop < edges[2 * word + 2]:
        behind = word + 1
        if _blanks(marks, stop, edges[2 * behind]):
            if not _look_up(words[start + behind], keys, entries) & IS_PER or behind + 1 >= count:
                break
            behind += 1
        elif marks[stop] != 47 or edges[2 * behind] != stop + 1:
            break
        entry = _look_up(words[start + behind], keys, entries)
        if not entry & IS_UNIT:
            break
        value = _pair(value, np.uint64(entry) & _VALUE) & _VALUE
        word, stop = behind, edges[2 * behind + 1]
    return value, word, stop


@plain
def _label_end(
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    start: int,
    word: int,
    keys: UInt32s,
    entries: UInt64s,
) -> int:
    """Return the word behind the section label that begins at a word; the word itself without."""
    for behind in range(word + 1, min(count, word + _LABEL_WORDS + 1)):
        flags = _gap(marks, edges[2 * behind - 1], edges[2 * behind])
        if flags & (_COLON | _LINE):
            return behind
        if not _look_up(words[start + behind], keys, entries) & IS_LABEL or flags & _ENDS:
            break
    return word


@plain
def guard_stream(
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    count: int,
    words: UInt32s,
    start: int,
    keys: UInt32s,
    entries: UInt64s,
    stems: UInt64s,
    endings: UInt64s,
    out: UInt32s,
    at: int,
) -> int:
    """Write the guard stream of one text.

    Args:
        folded: The folded text.
        marks: Separators, see `filters.kernels.words.fold_text`.
        edges: Start and end of each word.
        count: Number of words.
        words: Word hashes.
        start: Place of the first in ``words``.
        keys: uint32[power of two], word hashes of the lexicon without class bit, open addressing; 0
            where a slot is free.
        entries: uint64 beside them: value, class and flags.
        stems: uint64[power of two], keys of the stems, open addressing.
        endings: uint64[512], a bit for each last three letters that a stem has.
        out: Receives the stream; never more values than the text has bytes, and one.
        at: Place of the first.

    Returns:
        The place behind the last.
    """
    head, at = at, at + 1
    tokens, seen, rights = 0, 0, 0
    lowest = _LOWEST
    comparator, p_words, part = 0, 0, False
    before = 0  # Entry of the word before.
    letters = np.uint32(0)  # Hash of the word before if it is letters and no atom.
    abbreviated = False
    flags = 0
    gap = np.int64(0)
    word = 0
    while word < count:
        begin, stop = edges[2 * word], edges[2 * word + 1]
        value = words[start + word]
        entry = _look_up(value, keys, entries)
        size = begin - gap
        if entry & IS_MARKUP and size and marks[stop] == 62:
            tag = 1 if marks[begin - 1] == 60 else 0
            if size > 1 and marks[begin - 1] == 47 and marks[begin - 2] == 60:
                tag = 2
            if tag:
                found = _gap(marks, gap, begin - tag)
                flags |= found & ~(_SIGN | _POINT | _JOINED) & 0xFFF
                comparator = found >> 12 if found >> 12 else comparator
                gap = stop + 1
                word += 1
                continue
        if entry & (IS_ENTITY_LESS | IS_ENTITY_MORE) and size and marks[begin - 1] == 38:
            flags |= _gap(marks, gap, begin - 1) & (_ENDS | _BREAKS)
            comparator = _LESS if entry & IS_ENTITY_LESS else _MORE
            gap = stop  # With the semicolon, so that a number behind it is not joined.
            word += 1
            continue
        if size != 1 or marks[gap] != 32:
            found = _gap(marks, gap, begin)
            if size == 0:
                found = _JOINED
            comparator = found >> 12 if found >> 12 else comparator
            flags |= found & 0xFFF
        if (flags & _BREAKS or (flags & _ENDS and not abbreviated)) and tokens:
            if rights >= 2 and tokens <= _COPYRIGHT_TOKENS:
                at = head + 1
            else:
                out[head] = lowest << np.uint32(6) | np.uint32(min(tokens, _MAX_TOKENS))
                head, at = at, at + 1
            tokens, rights, lowest = 0, 0, _LOWEST
            letters, p_words, before = np.uint32(0), 0, 0
        if flags & _RIGHTS:
            rights += 2
        if entry & IS_LABEL and (tokens == 0 or flags & _LINE):
            behind = _label_end(marks, edges, count, words, start, word, keys, entries)
            if behind > word:
                gap = edges[2 * behind - 1]
                word, flags, comparator = behind, 0, 0
                continue
        gap = stop
        tokens += 1
        seen += 1
        used = word
        first = begin
        numeric = False
        if value & CLASS_BIT:
            while first < stop and not _digit(folded[first]):
                first += 1
            if first == begin:
                numeric = True
            elif first < stop:
                prefix = _hash_part(folded, begin, first)
                hashed, used, end, fraction = _number(
                    folded, marks, edges, count, word, first, False
                )
                statistic = _look_up(prefix, keys, entries)
                if (
                    statistic & IS_STATISTIC
                    and (fraction or first > begin + 1)
                    and (end == edges[2 * used + 1])
                ):
                    numeric = True
                    flags &= ~(_SIGN | _POINT | _JOINED)
                    if statistic & IS_P:
                        p_words = 3
                elif end == edges[2 * used + 1]:
                    out[at] = _atom(IDENTIFIER, _pair(np.uint64(prefix), hashed))
                    at += 1
                else:
                    used = word
                    out[at] = _atom(IDENTIFIER, np.uint64(value))
                    at += 1
            else:
                out[at] = _atom(IDENTIFIER, np.uint64(value))
                at += 1
            if not numeric:
                gap = edges[2 * used + 1]
                letters, comparator = np.uint32(0), 0
        word_number = entry & IS_NUMBER and not numeric
        if numeric or word_number:
            unit_entry = 0
            tail = True
            if word_number:
                amount = np.uint64(entry) & _VALUE
                # Twenty-four.
                if (
                    20 <= amount < 100
                    and word + 1 < count
                    and _blanks(marks, stop, edges[2 * word + 2])
                ):
                    ones = _look_up(words[start + word + 1], keys, entries)
                    if ones & IS_NUMBER and 0 < (np.uint64(ones) & _VALUE) < 10:
                        amount += np.uint64(ones) & _VALUE
                        used = word + 1
                end = edges[2 * used + 1]
                hashed = fmix64(amount * BASE + np.uint64(1))
            else:
                point = flags & _POINT != 0 and first == begin
                hashed, used, end, fraction = _number(
                    folded, marks, edges, count, word, first, point
                )
                rest = edges[2 * used + 1]
                if end < rest:
                    unit_entry = _look_up(_hash_part(folded, end, rest), keys, entries)
                    tail = unit_entry & (IS_UNIT | IS_TAIL) != 0
                    if not unit_entry & IS_UNIT:
                        unit_entry = 0
                    end = rest
            if flags & _SIGN:
                hashed = fmix64(hashed)
            named = not tail or (flags & _JOINED and letters and numeric)
            if comparator and (named or not part):
                out[at] = _atom(COMPARATOR, np.uint64(comparator))
                at += 1
            if not tail:
                out[at] = _atom(IDENTIFIER, _pair(hashed, np.uint64(words[start + used])))
                at += 1
                gap = end
            elif named:
                out[at] = _atom(IDENTIFIER, _pair(np.uint64(letters), hashed))
                at += 1
                gap = end
            elif part:
                out[at] = _atom(STATE, hashed)
                at += 1
                gap = end
            else:
                out[at] = _atom(P_VALUE if p_words else NUMBER, hashed)
                at += 1
                unit, used, end = _unit(
                    marks, edges, count, words, start, used, end, unit_entry, keys, entries
                )
                if unit:
                    tokens += 1
                    out[at] = _atom(UNIT, unit)
                    at += 1
                gap = end
            letters, comparator, p_words, part = np.uint32(0), 0, 0, False
        elif not value & CLASS_BIT:
            kind = entry >> 28 & 15
            part = False
            if p_words and not entry & (IS_VALUE | IS_THAN | IS_LESS | IS_MORE):
                p_words -= 1
            letters = np.uint32(0) if kind else value
            if entry & (IS_OPENING | IS_STATE):
                limit = _OPENING_WORDS if entry & IS_OPENING else _STATE_WORDS
                if seen <= limit:
                    out[at] = _atom(STATE, np.uint64(entry))
                    at += 1
                    kind = -1
            if (
                entry & IS_DESIGNATOR
                and word + 1 < count
                and _blanks(marks, stop, edges[2 * word + 2])
            ):
                name = _look_up(words[start + word + 1], keys, entries)
                single = edges[2 * word + 3] == edges[2 * word + 2] + 1
                if name & IS_ROMAN or (single and not words[start + word + 1] & CLASS_BIT):
                    out[at] = _atom(
                        ARM if entry & IS_GROUP else IDENTIFIER,
                        _pair(np.uint64(value), np.uint64(words[start + word + 1])),
                    )
                    at += 1
                    used, kind, letters = word + 1, -1, np.uint32(0)
                    gap = edges[2 * used + 1]
            if kind > 0:
                out[at] = _atom(kind, np.uint64(entry))
                at += 1
            elif entry & IS_PART and seen <= _STATE_WORDS and word + 1 < count:
                roman = _look_up(words[start + word + 1], keys, entries)
                part = True
                if roman & IS_ROMAN:
                    out[at] = _atom(
                        STATE, fmix64((np.uint64(roman) & _VALUE) * BASE + np.uint64(1))
                    )
                    at += 1
                    used, part = word + 1, False
                    gap = edges[2 * used + 1]
            elif kind == 0:
                if entry == 0 and _is_stem(folded, begin, stop, stems, endings):
                    out[at] = _atom(SUBSTANCE, np.uint64(value))
                    at += 1
                    letters = np.uint32(0)
                elif stop - begin >= 4:
                    mixed = np.uint32(fmix64(np.uint64(value)) >> np.uint64(42))
                    lowest = min(lowest, mixed)
                    if stop - begin >= 8 and folded[begin] == 104 and folded[begin + 1] == 121:
                        if folded[begin + 2] == 112 and folded[begin + 3] == 111:
                            out[at] = _atom(DIRECTION, np.uint64(_HYPO))
                            at += 1
                        elif folded[begin + 3] == 101 and folded[begin + 4] == 114:
                            out[at] = _atom(DIRECTION, np.uint64(_HYPER))
                            at += 1
            comparator = 0
            if entry & IS_THAN:
                if before & IS_LESS:
                    comparator = _LESS
                elif before & IS_MORE:
                    comparator = _MORE
            elif entry & IS_AT_LEAST:
                comparator = _GE
            elif entry & IS_AT_MOST:
                comparator = _LE
            if entry & IS_P:
                p_words = 3
            if entry & IS_COPYRIGHT:
                rights += 1
        abbreviated = (entry & IS_ABBREVIATION != 0 or stop - begin == 1) and not numeric
        before = entry
        flags = 0
        word = used + 1
    if tokens and not (rights >= 2 and tokens <= _COPYRIGHT_TOKENS):
        out[head] = lowest << np.uint32(6) | np.uint32(min(tokens, _MAX_TOKENS))
        return at
    return head


@compiled(
    READ_BYTES,
    READ_BYTES,
    READ_UINT32S,
    types.Array(types.uint32, 1, "C"),
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
    hash_words(folded, edges, count, out, 0, np.empty(2 * count + 2, np.uint64))
    return count
