"""The clinical guard: whether two similar documents make different claims, sentence by sentence.

It reads the guard streams that signing stored (`filters.kernels.guard`), never text:

1. States before the title ("Retracted:", "Reply:", "Part 2") must be the same.
2. Sentences with equal header and equal atoms say the same; where they stand is no difference,
   unless two of the same words and other atoms changed places and left their neighbours: what they
   say is then of another arm, which a sentence before them names.
3. If the rest is the same in sequence, only its division into sentences differs.
4. Sentences of the rest with the same minimum hash are one sentence in two versions. They claim
   different things if both have atoms of one class that the other lacks, if one says how often and
   the other has another unit, if one has a negation more, if a substance or arm took the place of
   another, if one word in place of another (the number of tokens is the same) made one of these, a
   unit, direction, population, side, frequency or month appear, or if the same atoms stand in
   another order: arms or their values were swapped. The end of a document that was cut off is no
   difference.
5. What is left has no partner, and counts only if both sides have atoms of one class that the other
   lacks.

Strictly, any atom on one side alone counts. The letter case of a unit (`mM`, `mm`) counts only
where both sides tell it: a copy in capitals has none.

Which of two documents comes first is no difference: the smaller stream is always the first.

Not covered are open classes: diseases, genes, organisms, methods; two substances that neither a
list nor a stem knows; and other languages than English, but for numbers, units and signs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import types

from filters.duplicates.verify import laid_out
from filters.kernels.compile import BYTES, READ_INT64S, READ_UINT32S, compiled, helper
from filters.kernels.words import BASE, fmix64

__all__ = ["DIFFERENCES", "guards"]

DIFFERENCES: Final = (
    "",
    "another number",
    "another unit",
    "another comparator",
    "another p-value",
    "another direction",
    "another population",
    "another body side",
    "a negation on one side",
    "another arm",
    "another substance",
    "another identifier",
    "another state before the title",
    "another frequency",
    "another month",
    "another unit",
    "values or arms in another order",
)
"""What a verdict of `guards` means, by its number; 0 is no difference."""

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_UNIT, _NEGATION, _ARM, _SUBSTANCE, _STATE, _FREQUENCY, _CASE = 2, 8, 9, 10, 12, 13, 15
_REPLACED = (10, 2, 5, 6, 7, 9, 13, 14)
"""Classes of which one word in place of another counts on one side alone, the surest first:
substance, unit, direction, population, side, arm, frequency, month."""
_ORDER = 16
_CLASSES = 16
_CUT_TOKENS = 3
"""A sentence shorter by as many tokens than the one that it begins was cut off."""
_MOST_TOKENS = np.uint32(63)
_CLASS = np.uint32(28)
_MINIMUM = np.uint32(6)
_PAIRS = types.Array(types.int64, 2, "C", readonly=True)


def guards(
    streams: pa.LargeBinaryArray, pairs: Int64s, strict: bool = False
) -> npt.NDArray[np.uint8]:
    """Apply the guard to many pairs.

    Args:
        streams: Column of the documents (uint32, little endian).
        pairs: int64[m, 2], rows.
        strict: Whether any atom on one side alone counts.

    Returns:
        uint8[m], index into `DIFFERENCES`; 0 where the documents make the same claims.

    Raises:
        ValueError: Where streams are null or not whole 32-bit values, or pairs not int64[m, 2].
    """
    found = np.empty(len(pairs), np.uint8)
    _compare(*laid_out(streams, pairs), strict, found)
    return found


@helper
def _sentences(streams: UInt32s, start: int, stop: int, places: Int64s) -> int:
    """Write where each sentence starts, and the end behind the last; return their number."""
    count = 0
    for place in range(start, stop):
        if streams[place] >> _CLASS == 0:
            places[count] = place
            count += 1
    places[count] = stop
    return count


@helper
def _hashes(streams: UInt32s, places: Int64s, count: int) -> UInt64s:
    """Hash header and atoms of each sentence."""
    hashes = np.empty(count, np.uint64)
    for index in range(count):
        state = np.uint64(0)
        for place in range(places[index], places[index + 1]):
            state = fmix64(state * BASE + np.uint64(streams[place]) + np.uint64(1))
        hashes[index] = state
    return hashes


@helper
def _order(values: Any) -> Int64s:
    """Return the places of values in ascending order, of equal ones the first before (Shell 1959).

    NumPy's sorts take seconds to compile, and sentences and their atoms are few.
    """
    order = np.arange(values.shape[0])
    gap = 1
    while 3 * gap < values.shape[0]:
        gap = 3 * gap + 1
    while gap > 0:
        for stop in range(gap, values.shape[0]):
            item, at = order[stop], stop
            while at >= gap:
                other = order[at - gap]
                if values[other] < values[item] or (values[other] == values[item] and other < item):
                    break
                order[at] = other
                at -= gap
            order[at] = item
        gap //= 3
    return order


@helper
def _strike(left: UInt64s, right: UInt64s, done_a: Bools, done_b: Bools) -> Int64s:
    """Mark sentences that both sides have, each as often as both have it.

    Returns:
        int64[left], which sentence of the right is the same one, -1 for none.
    """
    # Stable: of equal sentences the first is the first one of the other side.
    order_a, order_b = _order(left), _order(right)
    same = np.full(left.shape[0], -1, np.int64)
    a = b = 0
    while a < left.shape[0] and b < right.shape[0]:
        one, other = left[order_a[a]], right[order_b[b]]
        if one == other:
            done_a[order_a[a]] = done_b[order_b[b]] = True
            same[order_a[a]] = order_b[b]
            a += 1
            b += 1
        elif one < other:
            a += 1
        else:
            b += 1
    return same


@helper
def _beside(hashes: UInt64s, place: int) -> np.uint64:
    """Return the hash of a sentence, 0 where there is none."""
    return hashes[place] if 0 <= place < hashes.shape[0] else np.uint64(0)


@helper
def _exchanged(
    streams: UInt32s, places: Int64s, left: UInt64s, right: UInt64s, same: Int64s
) -> bool:
    """Tell whether sentences of the same words and other atoms changed places, each by itself.

    Args:
        streams: All streams.
        places: Where the sentences of one side start.
        left: Hashes of its sentences.
        right: Hashes of those of the other side.
        same: Which of these each is, -1 for none.
    """
    headers = np.empty(left.shape[0], np.uint32)
    last, ordered = -1, True
    for index in range(left.shape[0]):
        headers[index] = streams[places[index]]
        if same[index] >= 0:
            ordered = ordered and same[index] > last
            last = same[index]
    if ordered:
        return False
    order = _order(headers)
    furthest = -1
    for step in range(order.shape[0]):
        index = order[step]
        if step == 0 or headers[index] != headers[order[step - 1]]:
            furthest = -1
        other = same[index]
        # One of a section that was moved still has a neighbour that it had.
        if (
            other < 0
            or _beside(left, index - 1) == _beside(right, other - 1)
            or _beside(left, index + 1) == _beside(right, other + 1)
        ):
            continue
        if other < furthest:
            return True
        furthest = other
    return False


@helper
def _states_differ(streams: UInt32s, a: int, end_a: int, b: int, end_b: int) -> bool:
    """Walk through the states of both documents in step."""
    while True:
        while a < end_a and streams[a] >> _CLASS != _STATE:
            a += 1
        while b < end_b and streams[b] >> _CLASS != _STATE:
            b += 1
        if a >= end_a or b >= end_b:
            return a < end_a or b < end_b
        if streams[a] != streams[b]:
            return True
        a += 1
        b += 1


@helper
def _rest(streams: UInt32s, places: Int64s, count: int, done: Bools, out: UInt32s) -> int:
    """Write the atoms of sentences that are not struck; return their number."""
    used = 0
    for index in range(count):
        if not done[index]:
            for place in range(places[index] + 1, places[index + 1]):
                out[used] = streams[place]
                used += 1
    return used


@helper
def _tally(one: UInt32s, other: UInt32s, mine: Int64s, theirs: Int64s) -> int:
    """Count by class the atoms that one side alone has; return how many both share."""
    mine[:] = 0
    theirs[:] = 0
    order_a, order_b = _order(one), _order(other)
    a = b = shared = 0
    while a < one.shape[0] and b < other.shape[0]:
        left, right = one[order_a[a]], other[order_b[b]]
        if left == right:
            shared += 1
        if left < right:
            mine[left >> _CLASS] += 1
        elif right < left:
            theirs[right >> _CLASS] += 1
        a += left <= right
        b += right <= left
    for place in range(a, one.shape[0]):
        mine[one[order_a[place]] >> _CLASS] += 1
    for place in range(b, other.shape[0]):
        theirs[other[order_b[place]] >> _CLASS] += 1
    return shared


@helper
def _both(mine: Int64s, theirs: Int64s, strict: bool) -> int:
    """Return the first class of which both sides (strictly: one side) have atoms of their own.

    Arms and substances are of one class here, and how often something is done is measured in units.
    """
    for kind in range(1, _CLASSES):
        if mine[kind] and theirs[kind]:
            return kind
    if mine[_ARM] + mine[_SUBSTANCE] and theirs[_ARM] + theirs[_SUBSTANCE]:
        return _SUBSTANCE
    # `5 mg/day` and `5 mg/48 h`, `three times daily` and `every 6 hours`.
    if (mine[_FREQUENCY] and theirs[_UNIT]) or (mine[_UNIT] and theirs[_FREQUENCY]):
        return _FREQUENCY
    if strict:
        for kind in range(1, _CASE):
            if mine[kind] or theirs[kind]:
                return kind
    return 0


@helper
def _begins(short: UInt32s, long: UInt32s) -> bool:
    """Tell whether atoms are the beginning of others, but for the last one, which may be cut."""
    if short.shape[0] > long.shape[0]:
        return False
    for index in range(short.shape[0] - 1):  # noqa: SIM110  numba knows no all() of a generator
        if short[index] != long[index]:
            return False
    return True


@helper
def _cut(
    streams: UInt32s, a: int, end_a: int, b: int, end_b: int, last_a: bool, last_b: bool
) -> bool:
    """Tell whether one of two sentences is the other, cut off at the end of its document."""
    tokens_a = np.int64(streams[a] & _MOST_TOKENS)
    tokens_b = np.int64(streams[b] & _MOST_TOKENS)
    one, other = streams[a + 1 : end_a], streams[b + 1 : end_b]
    if last_a and tokens_b >= tokens_a + _CUT_TOKENS:
        return bool(_begins(one, other))
    return bool(last_b and tokens_a >= tokens_b + _CUT_TOKENS and _begins(other, one))


@helper
def _versions(
    streams: UInt32s,
    a: int,
    end_a: int,
    b: int,
    end_b: int,
    strict: bool,
    mine: Int64s,
    theirs: Int64s,
) -> int:
    """Compare two versions of one sentence."""
    one, other = streams[a + 1 : end_a], streams[b + 1 : end_b]
    _tally(one, other, mine, theirs)
    kind: int = _both(mine, theirs, strict)
    if kind:
        return kind
    tokens_a = np.int64(streams[a] & _MOST_TOKENS)
    tokens_b = np.int64(streams[b] & _MOST_TOKENS)
    if mine[_NEGATION] != theirs[_NEGATION] and abs(tokens_a - tokens_b) <= _CUT_TOKENS:
        return _NEGATION
    if tokens_a == tokens_b:
        for kind in _REPLACED:
            if mine[kind] or theirs[kind]:
                return kind
    if one.shape[0] != other.shape[0] or mine.any():
        return 0
    for index in range(one.shape[0]):
        if one[index] != other[index]:
            return _ORDER
    return 0


@helper
def _pair_up(
    streams: UInt32s,
    in_a: Int64s,
    in_b: Int64s,
    count_a: int,
    count_b: int,
    done_a: Bools,
    done_b: Bools,
    strict: bool,
    by_minimum: bool,
) -> int:
    """Compare sentences that are versions of each other and strike them.

    Those with the same minimum hash are, the most similar ones first; else those in the same place
    of the rest, if the number of tokens is the same.
    """
    mine, theirs = np.empty(_CLASSES, np.int64), np.empty(_CLASSES, np.int64)
    following = 0
    for a in range(count_a):
        if done_a[a]:
            continue
        header = streams[in_a[a]]
        partner, best = -1, 0
        for b in range(following, count_b):
            if done_b[b]:
                continue
            if not by_minimum:
                following = b + 1
                if streams[in_b[b]] & _MOST_TOKENS == header & _MOST_TOKENS:
                    partner = b
                break
            if streams[in_b[b]] >> _MINIMUM != header >> _MINIMUM:
                continue
            shared = _tally(
                streams[in_a[a] + 1 : in_a[a + 1]],
                streams[in_b[b] + 1 : in_b[b + 1]],
                mine,
                theirs,
            )
            # Sentences may have the minimum of a common word: versions of one are of like length.
            tokens = np.int64(streams[in_b[b]] & _MOST_TOKENS)
            score = 2 * shared - abs(tokens - np.int64(header & _MOST_TOKENS))
            if partner < 0 or score > best:
                partner, best = b, score
        if partner < 0:
            continue
        ends = in_a[a], in_a[a + 1], in_b[partner], in_b[partner + 1]
        last_a, last_b = a == count_a - 1, partner == count_b - 1
        done_a[a] = done_b[partner] = True
        if not strict and _cut(streams, *ends, last_a, last_b):
            continue
        found: int = _versions(streams, *ends, strict, mine, theirs)
        if found:
            return found
    return 0


@helper
def _strike_cut(
    streams: UInt32s,
    in_a: Int64s,
    in_b: Int64s,
    count_a: int,
    count_b: int,
    done_a: Bools,
    done_b: Bools,
) -> None:
    """Strike the last sentence of b if it is the beginning of one of a."""
    b = count_b - 1
    if b < 0 or done_b[b]:
        return
    for a in range(count_a):
        if not done_a[a] and _cut(streams, in_a[a], in_a[a + 1], in_b[b], in_b[b + 1], False, True):
            done_a[a] = done_b[b] = True
            return


@helper
def _comes_behind(streams: UInt32s, a: int, end_a: int, b: int, end_b: int) -> bool:
    """Tell whether one stream is greater than another, value by value."""
    while a < end_a and b < end_b:
        if streams[a] != streams[b]:
            return bool(streams[a] > streams[b])
        a += 1
        b += 1
    return a < end_a


@helper
def _difference(
    streams: UInt32s, start_a: int, stop_a: int, start_b: int, stop_b: int, strict: bool
) -> int:
    """Compare two documents, the one of the smaller stream first."""
    if _comes_behind(streams, start_a, stop_a, start_b, stop_b):
        start_a, stop_a, start_b, stop_b = start_b, stop_b, start_a, stop_a
    if _states_differ(streams, start_a, stop_a, start_b, stop_b):
        return _STATE
    in_a = np.empty(stop_a - start_a + 1, np.int64)
    in_b = np.empty(stop_b - start_b + 1, np.int64)
    count_a = _sentences(streams, start_a, stop_a, in_a)
    count_b = _sentences(streams, start_b, stop_b, in_b)
    done_a, done_b = np.zeros(count_a, np.bool_), np.zeros(count_b, np.bool_)
    left, right = _hashes(streams, in_a, count_a), _hashes(streams, in_b, count_b)
    if _exchanged(streams, in_a, left, right, _strike(left, right, done_a, done_b)):
        return _ORDER
    rest_a = np.empty(stop_a - start_a, np.uint32)
    rest_b = np.empty(stop_b - start_b, np.uint32)
    used_a = _rest(streams, in_a, count_a, done_a, rest_a)
    used_b = _rest(streams, in_b, count_b, done_b, rest_b)
    if used_a == used_b and np.all(rest_a[:used_a] == rest_b[:used_b]):
        return 0
    for by_minimum in (True, False):
        found: int = _pair_up(
            streams, in_a, in_b, count_a, count_b, done_a, done_b, strict, by_minimum
        )
        if found:
            return found
        if by_minimum and not strict:
            _strike_cut(streams, in_a, in_b, count_a, count_b, done_a, done_b)
            _strike_cut(streams, in_b, in_a, count_b, count_a, done_b, done_a)
    used_a = _rest(streams, in_a, count_a, done_a, rest_a)
    used_b = _rest(streams, in_b, count_b, done_b, rest_b)
    mine, theirs = np.empty(_CLASSES, np.int64), np.empty(_CLASSES, np.int64)
    _tally(rest_a[:used_a], rest_b[:used_b], mine, theirs)
    kind: int = _both(mine, theirs, strict)
    return kind


@compiled(READ_UINT32S, READ_INT64S, _PAIRS, types.boolean, BYTES)
def _compare(
    streams: UInt32s, bounds: Int64s, pairs: Int64s, strict: bool, out: npt.NDArray[np.uint8]
) -> None:
    """Compare the documents of each pair."""
    for index in range(pairs.shape[0]):
        a, b = pairs[index, 0], pairs[index, 1]
        out[index] = _difference(
            streams, bounds[a], bounds[a + 1], bounds[b], bounds[b + 1], strict
        )
