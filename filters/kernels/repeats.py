"""Repetition inside one document: shares of repeated n-grams, lines and paragraphs.

Everything works on hashes of 64 bits in one open-addressing table that all documents of a batch
share. It is emptied by a *generation stamp*: a slot whose stamp is not the present one is empty.
The part of the table in use follows the document, so that small ones stay in the first cache.

An n-gram can occur twice only where both (n-1)-grams inside it do: from n to n + 1 only such places
are looked at, and most abstracts are done after a few.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from filters.kernels.compile import plain

SHORT: Final = 2
"""Smallest n of the n-grams."""

LONG: Final = 10
"""Largest n."""

WALKED: Final = 5
"""From this n on the share of repeats is taken, below it that of the most frequent n-gram."""

TEMPLATE: Final = 3
"""For this n the share of repeats is taken too: where blanks of a form are filled in, runs of three
words stay the same, and longer ones do not."""

SHARES: Final = LONG - SHORT + 2
"""Results: one for each n, in order, and the repeats of `TEMPLATE` words."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, odd
_SHIFT = np.uint64(32)


@plain
def mix(state, value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Combine a running hash with the next one; the order matters."""
    state = state * _MULTIPLIER + value
    return state ^ (state >> _SHIFT)


@plain
def _slot(key, keys, counts, firsts, stamps, generation, mask, place):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count a key and return its slot; a new key remembers the place where it stood first."""
    slot = np.int64((key * _MULTIPLIER) >> _SHIFT) & mask
    while stamps[slot] == generation and keys[slot] != key:
        slot = (slot + 1) & mask
    if stamps[slot] != generation:
        stamps[slot] = generation
        keys[slot] = key
        counts[slot] = 0
        firsts[slot] = place
    counts[slot] += 1
    return slot


@plain
def _mask(count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return size - 1 of a table for so many keys: a power of two, at most half full."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size - 1


@plain
def repeats(hashes, chars, count, table, generation):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Count elements seen before.

    Args:
        hashes: uint64[>= count].
        chars: Characters of each, int64[>= count].
        count: Number of elements.
        table: Keys, counts, first places and stamps of the hash table.
        generation: A stamp not used before.

    Returns:
        Number of elements that occurred earlier, and their characters together.
    """
    keys, counts, firsts, stamps = table
    mask = _mask(count)
    again = repeated = np.int64(0)
    for place in range(count):
        slot = _slot(hashes[place], keys, counts, firsts, stamps, generation, mask, place)
        if counts[slot] > 1:
            again += 1
            repeated += chars[place]
    return again, repeated


@plain
def ngram_chars(hashes, ends, count, table, grams, places, slots, sieve, generation, found):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Measure the characters in repeated n-grams, n = `SHORT` .. `LONG`.

    Args:
        hashes: Word hashes, uint64[>= count].
        ends: Characters of the words before each, int64[>= count + 1].
        count: Number of words.
        table: Keys, counts, first places and stamps of the hash table.
        grams: Scratch, uint64[>= count].
        places: Scratch, int64[>= count].
        slots: Scratch, int64[>= count].
        sieve: Scratch, uint8[>= 32 * count], at least 64.
        generation: The first of `SHARES` stamps not used before.
        found: Receives the characters for each n, int64[SHARES]: below `WALKED` those of all
            occurrences of the most frequent n-gram that occurs at least twice (the first seen
            wins a tie), from there on, and at the end for `TEMPLATE`, those of repeats on a walk
            that jumps over each repeat.
    """
    keys, counts, firsts, stamps = table
    found[:] = 0
    active = _sieved(hashes, count, sieve, grams, places)
    for n in range(SHORT, LONG + 1):
        if active < 2:
            return
        mask = _mask(active)
        best, best_count = np.int64(-1), np.int64(1)
        for index in range(active):
            place = places[index]
            if n > SHORT:
                grams[place] = mix(grams[place], hashes[place + n - 1])
            slot = _slot(grams[place], keys, counts, firsts, stamps, generation, mask, place)
            slots[index] = slot
            times = counts[slot]
            if times > best_count or (times == best_count > 1 and firsts[slot] < firsts[best]):
                best, best_count = slot, times
        if best < 0:
            return
        if n < WALKED:
            first = firsts[best]
            found[n - SHORT] = best_count * (ends[first + n] - ends[first])
            if n == TEMPLATE:
                found[SHARES - 1] = _walk(places, slots, active, counts, firsts, ends, n)
        else:
            found[n - SHORT] = _walk(places, slots, active, counts, firsts, ends, n)
        generation += 1
        active = _narrow(places, slots, active, counts, count - n)


@plain
def _sieved(hashes, count, sieve, grams, places):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Hash all 2-grams; list the places of those that may repeat, and of a few others.

    Each 2-gram marks one byte; where two mark the same, both stay. A byte a 2-gram costs far less
    than a slot of the table, and most 2-grams stand alone.
    """
    mask = np.uint64(64 - 1)
    while mask + np.uint64(1) < np.uint64(16 * count):
        mask = mask * np.uint64(2) + np.uint64(1)
    sieve[: np.int64(mask) + 1] = 0
    for place in range(count - 1):
        gram = mix(hashes[place], hashes[place + 1])
        grams[place] = gram
        cell = gram & mask
        sieve[cell] += 1 - (sieve[cell] >> 1)
    active = 0
    for place in range(count - 1):
        places[active] = place
        active += sieve[grams[place] & mask] >> 1
    return active


@plain
def _walk(places, slots, active, counts, firsts, ends, n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Sum the characters of repeats, greedily from the left, none counted twice."""
    after = total = np.int64(0)
    for index in range(active):
        place, slot = places[index], slots[index]
        if place < after or counts[slot] < 2:
            continue
        if firsts[slot] < 0:  # marked by an earlier visit: seen
            total += ends[place + n] - ends[place]
            after = place + n
        else:
            firsts[slot] = -1
    return total


@plain
def _narrow(places, slots, active, counts, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Keep the places where this n-gram and the next one both repeat and one more word follows."""
    kept = 0
    for index in range(active):
        places[kept] = places[index]
        kept += counts[slots[index]] > 1
    narrowed = 0
    for index in range(kept - 1):
        place = places[index]
        places[narrowed] = place
        narrowed += (places[index + 1] == place + 1) & (place < limit)
    return narrowed
