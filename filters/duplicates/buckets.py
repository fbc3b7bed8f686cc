"""Who meets whom: the documents of a bucket, linear however large a bucket is.

Documents are named by their place in survivor order. A pair is a *code*, a uint64 with the later
place in the high half and the earlier one in the low half: sorted codes are sorted by the later
document, then by the earlier one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import (
    BOOLS,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT64S,
    UINT64S,
    compiled,
)

__all__ = [
    "Buckets",
    "Twins",
    "buckets_of",
    "code",
    "collapsed",
    "distinct",
    "ends_of",
    "meetings",
]

HALF = np.uint64(32)
"""Bits of a place in a code."""

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]


def code(later: npt.ArrayLike, earlier: npt.ArrayLike) -> UInt64s:
    """Return the codes of pairs of places, ``uint64[m]``."""
    return (np.asarray(later, np.uint64) << HALF) | np.asarray(earlier, np.uint64)


def ends_of(codes: UInt64s) -> tuple[UInt32s, UInt32s]:
    """Return the later and the earlier places of codes, ``uint32[m]`` each."""
    return (codes >> HALF).astype(np.uint32), codes.astype(np.uint32)


def collapsed(fingerprints: UInt64s, usable: Bools) -> Twins:
    """Find documents that say what one before them says.

    The fingerprint has 64 mixed bits of the whole signature: among 10**8 documents an accidental
    match is expected 0.0003 times, and would be refuted by the exact check.

    Args:
        fingerprints: uint64[n], in survivor order.
        usable: bool[n]; the others are equal to nothing.

    Returns:
        The documents that are not the first of their group.
    """
    asked = np.flatnonzero(_repeated(fingerprints) & usable)
    _, first, inverse = np.unique(fingerprints[asked], return_index=True, return_inverse=True)
    leader = first[inverse.reshape(-1)]
    members = np.flatnonzero(leader != np.arange(len(asked)))
    members = members[np.argsort(leader[members], kind="stable")]
    return Twins(asked[members], asked[leader[members]])


class Buckets(NamedTuple):
    """Documents that share a band, bucket by bucket, in survivor order inside each.

    Attributes:
        places: uint32[m].
        bounds: int64[buckets + 1], where each bucket starts among them, and the end.
    """

    places: UInt32s
    bounds: Int64s

    def ranks(self, witnesses: int) -> tuple[Int64s, Int64s]:
        """Return for each place how many others and how many witnesses its bucket has before it.

        Args:
            witnesses: Places below this are witnesses; of these themselves nothing is said.
        """
        sizes = np.diff(self.bounds)
        before = np.append(0, np.cumsum(self.places < witnesses))
        shown = np.repeat(before[self.bounds[1:]] - before[self.bounds[:-1]], sizes)
        rank = np.arange(len(self.places)) - np.repeat(self.bounds[:-1], sizes) - shown
        return rank, shown

    def crowded(self, witnesses: int, few: int) -> Buckets:
        """Return the buckets in which a document has more than ``few`` others before it."""
        sizes = np.diff(self.bounds)
        if not len(sizes):
            return self
        others = np.add.reduceat(self.places >= witnesses, self.bounds[:-1], dtype=np.int64)
        some = others > few + 1
        bounds = np.append(0, np.cumsum(sizes[some]))
        return Buckets(self.places[np.repeat(some, sizes)], bounds)


def buckets_of(keys: UInt64s, places: UInt32s) -> Buckets:
    """Sort documents into buckets.

    Args:
        keys: uint64[m], band keys of whole buckets.
        places: uint32[m], the document's place in survivor order; distinct within a bucket.

    Returns:
        The buckets of more than one document.
    """
    # Most keys stand alone, and sorting is dear: only those that seem to stand twice are sorted.
    asked = np.flatnonzero(_repeated(keys))
    keys, places = keys[asked], places[asked]
    order = np.lexsort((places, keys))
    keys, places = keys[order], places[order]
    same = keys[1:] == keys[:-1]
    several = np.append(False, same) | np.append(same, False) if len(keys) else asked > 0
    starts = np.flatnonzero((several & np.append(True, ~same))[several]) if len(keys) else asked
    return Buckets(places[several], np.append(starts, several.sum()).astype(np.int64))


def meetings(
    buckets: Buckets,
    limit: int,
    witnesses: int = 0,
    shown_limit: int = 0,
    few: int = 0,
    asked: Bools | None = None,
) -> tuple[UInt64s, int, int]:
    """Pair the documents of each bucket with the first ``limit`` of that bucket.

    Witnesses, which only show what may not stay, are no competitors: each other document meets the
    first of them as well, and they do not meet each other.

    Args:
        buckets: See `buckets_of`.
        limit: How many others a document meets in one bucket, at least 1.
        witnesses: Places below this are witnesses.
        shown_limit: How many witnesses a document meets in one bucket.
        few: A document with no more others than this before it meets them all.
        asked: bool[m], which of the places meet others before them; None for all.

    Returns:
        Distinct codes, ``uint64[p]``, sorted; and how many meetings with others and how many with
        witnesses a limit left out, summed over the buckets. A pair left out in one may still meet
        in another.
    """
    if limit < 1:
        raise ValueError(f"bucket_limit must be at least 1, not {limit}")
    rank, shown = buckets.ranks(witnesses)
    meets = rank >= 0 if asked is None else (rank >= 0) & asked
    others = np.where(meets, np.where(rank <= few, rank, np.minimum(rank, limit)), 0)
    seen = np.where(meets, np.minimum(shown, shown_limit), 0)
    codes = np.empty(int(others.sum() + seen.sum()), np.uint64)
    _meet(*buckets, others, seen, shown, codes)
    codes.sort()
    cut = rank[meets].sum() - others.sum(), shown[meets].sum() - seen.sum()
    return distinct(codes), int(cut[0]), int(cut[1])


def distinct(codes: UInt64s) -> UInt64s:
    """Return sorted codes without repetitions."""
    keep = np.ones(len(codes), np.bool_)
    keep[1:] = codes[1:] != codes[:-1]
    return codes[keep]


class Twins(NamedTuple):
    """Documents that say what one before them says, the leader of their group.

    Attributes:
        members: int64[k], places, by leader, then by place.
        leaders: int64[k], the one that stands for each.
    """

    members: Int64s
    leaders: Int64s

    def groups(self) -> Buckets:
        """Return each leader with its members as a bucket."""
        firsts = np.flatnonzero(np.diff(self.leaders, prepend=-1))
        places = np.insert(self.members, firsts, self.leaders[firsts]).astype(np.uint32)
        return Buckets(places, np.append(firsts + np.arange(len(firsts)), len(places)))

    def led(self, start: int, stop: int) -> Twins:
        """Return those of which the leader has one of these places."""
        some = slice(*np.searchsorted(self.leaders, [start, stop]).tolist())
        return Twins(self.members[some], self.leaders[some])

    def inheriting(self, codes: UInt64s, most: int) -> Iterator[UInt64s]:
        """Give members the pairs of their leader in which the leader is the later one.

        Those are the documents that the leader may join; a member of its group must be able to
        join the same one. It gets them all, which are no more than limits left to the leader.

        Args:
            codes: uint64[m], sorted and distinct; all in which one of these leaders is the later.
            most: Pairs that are returned at once, about.

        Yields:
            Codes of some members, ``uint64[p]``, sorted.
        """
        starts = np.searchsorted(codes, code(self.leaders, 0))
        degrees = np.searchsorted(codes, code(self.leaders + 1, 0)) - starts
        steps = np.unique((np.cumsum(degrees) - degrees) // most, return_index=True)[1].tolist()
        for start, stop in itertools.pairwise([*steps, len(degrees)]):
            counts = degrees[start:stop]
            within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            _, earlier = ends_of(codes[np.repeat(starts[start:stop], counts) + within])
            found = code(np.repeat(self.members[start:stop], counts), earlier)
            found.sort()
            yield found


def _repeated(values: UInt64s) -> Bools:
    """Mark the values that occur more than once; an eighth of the others is marked as well."""
    found = np.empty(len(values), np.bool_)
    _mark_repeated(values, found)
    return found


@compiled(READ_UINT64S, BOOLS)
def _mark_repeated(values: UInt64s, out: Bools) -> None:
    """Mark values whose slot in a table of bits, eight for each value or more, is hit again."""
    words = 1
    while 8 * words < values.shape[0]:
        words *= 2
    once, again = np.zeros(words, np.uint64), np.zeros(words, np.uint64)
    # A partition has its high bits in common, so the low ones choose the slot.
    mask, six, low = np.uint64(words - 1), np.uint64(6), np.uint64(63)
    for value in values:
        word, bit = np.int64((value >> six) & mask), np.uint64(1) << (value & low)
        again[word] |= once[word] & bit
        once[word] |= bit
    for index in range(values.shape[0]):
        value = values[index]
        word, bit = np.int64((value >> six) & mask), np.uint64(1) << (value & low)
        out[index] = again[word] & bit != 0


@compiled(READ_UINT32S, READ_INT64S, READ_INT64S, READ_INT64S, READ_INT64S, UINT64S)
def _meet(
    places: UInt32s, bounds: Int64s, others: Int64s, seen: Int64s, shown: Int64s, codes: UInt64s
) -> None:
    """Write the codes of each document with the first of its bucket.

    Args:
        places: uint32[m], by bucket, in survivor order inside each.
        bounds: int64[buckets + 1].
        others: int64[m], how many that are no witnesses each meets.
        seen: int64[m], how many witnesses each meets.
        shown: int64[m], how many witnesses stand first in its bucket.
        codes: Receives the codes; exactly as long as they are many.
    """
    count = 0
    for bucket in range(bounds.shape[0] - 1):
        start = bounds[bucket]
        for later in range(start, bounds[bucket + 1]):
            high = np.uint64(places[later]) << HALF
            for earlier in range(start, start + seen[later]):
                codes[count] = high | np.uint64(places[earlier])
                count += 1
            first = start + shown[later]
            for earlier in range(first, first + others[later]):
                codes[count] = high | np.uint64(places[earlier])
                count += 1
