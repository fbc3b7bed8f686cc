"""Candidate pairs of near-duplicates: banded locality-sensitive hashing over stored signatures.

Two signatures of true Jaccard similarity J agree in one value with probability J, in all ``rows``
values of a band with J**rows, and share at least one of ``bands`` buckets with probability
1 - (1 - J**rows)**bands: 0.95 at J = 0.80 and 0.994 at 0.85 for the default 16 x 8. The bands only
propose; `filters.duplicates.verify` computes the exact similarity of each pair proposed here.

The search is cut into steps that each see a share of the documents or of the buckets, so that
nothing has to hold all signatures (`curation.pairs` runs them):

1. `keys_of` turns signatures into a key a band, `partitioned` sorts the keys into partitions: a
   bucket lies in one of them, whole.
2. `collapsed` finds documents with equal signatures; one of each group takes part from here on.
3. `meetings` pairs the documents of each bucket of a partition: each meets at most ``limit``
   others, those that come first in survivor order, so the work is linear however large a bucket
   is. What is left out is counted.
4. `agreeing` keeps the pairs whose signatures agree in enough values.
5. `inherited` gives the collapsed documents the pairs of the one that stands for them.

Documents are named by their place in survivor order. A pair is a *code*, a uint64 with the later
place in the high half and the earlier one in the low half: sorted codes are sorted by the later
document, then by the earlier one. No step depends on how documents and buckets were divided.

Reference: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4 (banding); Broder
1997, "On the resemblance and containment of documents" (the estimate).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, types

from filters.kernels.compile import (
    BOOLS,
    INT64S,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT64S,
    UINT64S,
    compiled,
)
from filters.kernels.words import fmix64

__all__ = [
    "ESTIMATE_MARGIN",
    "agreeing",
    "code",
    "collapsed",
    "ends_of",
    "inherited",
    "keys_of",
    "least_agreement",
    "meetings",
    "partitioned",
]

ESTIMATE_MARGIN = 0.10
"""How far below the threshold an estimate may lie for the pair to be verified. The standard
deviation of the estimate from 128 values is sqrt(J (1 - J) / 128) = 0.035 at J = 0.80, so the
margin is 2.8 of them and loses 0.2 % of the pairs that lie exactly on the threshold."""

EMPTY = np.uint32(0xFFFFFFFF)
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_MATRIX = types.Array(types.uint32, 2, "C", readonly=True)
_UINT32S = types.Array(types.uint32, 1, "C")
_READ_BOOLS = types.Array(types.boolean, 1, "C", readonly=True)
_KEYS = types.Array(types.uint64, 2, "C", readonly=True)
_PAIRS = types.Array(types.uint32, 2, "C", readonly=True)


def code(later: npt.ArrayLike, earlier: npt.ArrayLike) -> UInt64s:
    """Return the codes of pairs of places, ``uint64[m]``."""
    return (np.asarray(later, np.uint64) << HALF) | np.asarray(earlier, np.uint64)


def ends_of(codes: UInt64s) -> tuple[UInt32s, UInt32s]:
    """Return the later and the earlier places of codes, ``uint32[m]`` each."""
    return (codes >> HALF).astype(np.uint32), codes.astype(np.uint32)


def least_agreement(threshold: float, num_perm: int) -> int:
    """Return in how many values two signatures must agree for the pair to be verified."""
    return int(np.ceil(round((threshold - ESTIMATE_MARGIN) * num_perm, 6)))


def keys_of(
    signatures: npt.NDArray[np.uint32], bands: int, rows: int
) -> tuple[UInt64s, UInt64s, Bools]:
    """Hash the bands of some signatures, and each signature as a whole.

    Args:
        signatures: uint32[n, num_perm], C-contiguous.
        bands: Number of bands; ``bands * rows`` must not exceed num_perm.
        rows: Values in a band.

    Returns:
        Band keys, ``uint64[n, bands]``: equal values in different bands have different keys.
        Fingerprints of whole signatures, ``uint64[n]``. And ``bool[n]``: False for a signature of
        an empty text (all values 2**32 - 1), which is like no other.

    Raises:
        ValueError: Where shapes, dtypes or numbers do not fit together.
    """
    if signatures.ndim != 2 or signatures.dtype != np.uint32:
        raise ValueError(f"signatures must be uint32[n, num_perm], not {signatures.dtype}")
    if bands < 1 or rows < 1 or bands * rows > signatures.shape[1]:
        raise ValueError(f"{bands} x {rows} does not fit {signatures.shape[1]} permutations")
    count = len(signatures)
    keys, fingerprints = np.empty((count, bands), np.uint64), np.empty(count, np.uint64)
    usable = np.empty(count, np.bool_)
    _hash_bands(signatures, rows, keys, fingerprints, usable)
    return keys, fingerprints, usable


def partitioned(
    keys: UInt64s, usable: Bools, places: UInt32s, partitions: int
) -> tuple[UInt64s, UInt32s, Int64s]:
    """Sort band keys into partitions.

    Args:
        keys: uint64[n, bands], see `keys_of`.
        usable: bool[n]; the others are left out.
        places: uint32[n], place of each document in survivor order.
        partitions: Their number, at most 2**32.

    Returns:
        Keys and places, ``uint64[m]`` and ``uint32[m]``, and where each partition starts among
        them, ``int64[partitions + 1]``.
    """
    counts = np.zeros(partitions + 1, np.int64)
    total = int(usable.sum()) * keys.shape[1]
    sorted_keys, sorted_places = np.empty(total, np.uint64), np.empty(total, np.uint32)
    _scatter(keys, usable, places, counts, sorted_keys, sorted_places)
    return sorted_keys, sorted_places, counts


def collapsed(fingerprints: UInt64s, usable: Bools) -> tuple[Int64s, Int64s]:
    """Find documents that say what one before them says.

    The fingerprint has 64 mixed bits of the whole signature: among 10**8 documents an accidental
    match is expected 0.0003 times, and would be refuted by the exact check.

    Args:
        fingerprints: uint64[n], in survivor order.
        usable: bool[n]; the others are equal to nothing.

    Returns:
        Members, ``int64[k]``, sorted places of documents that are not the first of their group;
        and the first of the group of each, ``int64[k]``.
    """
    asked = np.flatnonzero(_repeated(fingerprints) & usable)
    _, first, inverse = np.unique(fingerprints[asked], return_index=True, return_inverse=True)
    leader = first[inverse.reshape(-1)]
    members = np.flatnonzero(leader != np.arange(len(asked)))
    return asked[members], asked[leader[members]]


def meetings(keys: UInt64s, places: UInt32s, limit: int, witnesses: int = 0) -> tuple[UInt64s, int]:
    """Pair the documents of each bucket with the first ``limit`` of that bucket.

    Witnesses, which only show what may not stay, are no competitors: each other document meets the
    first ``limit`` of them as well, and they do not meet each other.

    Args:
        keys: uint64[m], band keys of whole buckets.
        places: uint32[m], the document's place in survivor order; distinct within a bucket.
        limit: How many others a document meets in one bucket, at least 1.
        witnesses: Places below this are witnesses.

    Returns:
        Distinct codes, ``uint64[p]``, sorted; and the number of meetings left out, summed over the
        buckets. A pair left out in one may still meet in another.
    """
    if limit < 1:
        raise ValueError(f"bucket_limit must be at least 1, not {limit}")
    # Most keys stand alone, and sorting is dear: only those that seem to stand twice are sorted.
    asked = np.flatnonzero(_repeated(keys))
    keys, places = keys[asked], places[asked]
    order = np.lexsort((places, keys))
    keys, places = keys[order], places[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else asked
    bounds = np.append(starts, len(keys)).astype(np.int64)
    before = np.append(0, np.cumsum(places < witnesses))
    shown = before[bounds[1:]] - before[bounds[:-1]]
    sizes = np.diff(bounds) - shown
    met = np.where(
        sizes <= limit, sizes * (sizes - 1) // 2, sizes * limit - limit * (limit + 1) // 2
    )
    met += sizes * np.minimum(shown, limit)
    codes = np.empty(int(met.sum()), np.uint64)
    _meet(places, bounds, shown, limit, codes)
    codes.sort()
    return distinct(codes), int((sizes * (sizes - 1) // 2 + sizes * shown - met).sum())


def distinct(codes: UInt64s) -> UInt64s:
    """Return sorted codes without repetitions."""
    keep = np.ones(len(codes), np.bool_)
    keep[1:] = codes[1:] != codes[:-1]
    return codes[keep]


def agreeing(
    signatures: npt.NDArray[np.uint32], pairs: npt.NDArray[np.uint32], minimum: int
) -> Bools:
    """Tell which pairs of signatures agree in at least ``minimum`` values, ``bool[m]``.

    Args:
        signatures: uint32[n, num_perm].
        pairs: uint32[m, 2], rows.
        minimum: See `least_agreement`.
    """
    agree = np.empty(len(pairs), np.bool_)
    _agree(signatures, pairs, minimum, agree)
    return agree


def inherited(codes: UInt64s, members: Int64s, leaders: Int64s, limit: int) -> tuple[UInt64s, int]:
    """Give collapsed documents the pairs of their leader in which the leader is the later one.

    Those are the documents that the leader may join; a member of its group must be able to join
    the same one. The pair with the leader itself comes with them.

    Args:
        codes: uint64[m], sorted and distinct; all in which one of these leaders is the later one.
        members: int64[k], see `collapsed`.
        leaders: int64[k], likewise.
        limit: Pairs that a member gets at most.

    Returns:
        Codes of the members, ``uint64[p]``; and how many the limit left out.
    """
    starts = np.searchsorted(codes, code(leaders, 0), side="left")
    degrees = np.searchsorted(codes, code(leaders + 1, 0), side="left") - starts
    counts = np.minimum(degrees, limit - 1)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    _, earlier = ends_of(codes[np.repeat(starts, counts) + within])
    with_others = code(np.repeat(members, counts), earlier)
    return np.concatenate([code(members, leaders), with_others]), int((degrees - counts).sum())


def _repeated(values: UInt64s) -> Bools:
    """Mark the values that occur more than once; an eighth of the others is marked as well."""
    found = np.empty(len(values), np.bool_)
    _mark_repeated(values, found)
    return found


@compiled(_MATRIX, types.int64, types.Array(types.uint64, 2, "C"), UINT64S, BOOLS)
def _hash_bands(
    signatures: npt.NDArray[np.uint32],
    rows: int,
    keys: UInt64s,
    fingerprints: UInt64s,
    usable: Bools,
) -> None:
    """Hash the first ``rows`` values, the next ones, and so on, and all of them together."""
    for row in range(signatures.shape[0]):
        whole = np.uint64(0)
        some = False
        for column in range(signatures.shape[1]):
            value = signatures[row, column]
            some |= value != EMPTY
            whole = whole * MULTIPLIER + np.uint64(value)
        fingerprints[row] = fmix64(whole)
        usable[row] = some
        for band in range(keys.shape[1]):
            state = np.uint64(band + 1)
            for column in range(band * rows, (band + 1) * rows):
                state = state * MULTIPLIER + np.uint64(signatures[row, column])
            keys[row, band] = fmix64(state)


@compiled(_KEYS, _READ_BOOLS, READ_UINT32S, INT64S, UINT64S, _UINT32S)
def _scatter(
    keys: UInt64s,
    usable: Bools,
    places: UInt32s,
    bounds: Int64s,
    sorted_keys: UInt64s,
    sorted_places: UInt32s,
) -> None:
    """Sort by partition, which is the high half of the key scaled to their number.

    Args:
        keys: uint64[n, bands].
        usable: bool[n].
        places: uint32[n].
        bounds: int64[partitions + 1], zeros; receives where each partition starts.
        sorted_keys: uint64[m], receives the keys.
        sorted_places: uint32[m], receives the places.
    """
    partitions = np.uint64(bounds.shape[0] - 1)
    for row in range(keys.shape[0]):
        if usable[row]:
            for band in range(keys.shape[1]):
                bounds[np.int64(((keys[row, band] >> HALF) * partitions) >> HALF) + 1] += 1
    for partition in range(1, bounds.shape[0]):
        bounds[partition] += bounds[partition - 1]
    free = bounds[:-1].copy()
    for row in range(keys.shape[0]):
        if usable[row]:
            for band in range(keys.shape[1]):
                mine = np.int64(((keys[row, band] >> HALF) * partitions) >> HALF)
                sorted_keys[free[mine]] = keys[row, band]
                sorted_places[free[mine]] = places[row]
                free[mine] += 1


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


@compiled(READ_UINT32S, READ_INT64S, READ_INT64S, types.int64, UINT64S)
def _meet(places: UInt32s, bounds: Int64s, witnesses: Int64s, limit: int, codes: UInt64s) -> None:
    """Write the code of each document of a bucket with the first ``limit`` before it.

    Args:
        places: uint32[m], by bucket, in survivor order inside each.
        bounds: int64[buckets + 1].
        witnesses: int64[buckets], how many stand first in each and meet no other before them.
        limit: Most meetings of one document with witnesses, and with others.
        codes: Receives the codes; exactly as long as they are many.
    """
    count = 0
    for bucket in range(bounds.shape[0] - 1):
        start = bounds[bucket]
        first = start + witnesses[bucket]
        for later in range(first, bounds[bucket + 1]):
            for earlier in range(start, min(first, start + limit)):
                codes[count] = (np.uint64(places[later]) << HALF) | np.uint64(places[earlier])
                count += 1
            for earlier in range(first, min(later, first + limit)):
                codes[count] = (np.uint64(places[later]) << HALF) | np.uint64(places[earlier])
                count += 1


@njit(cache=True)
def _agreement(signatures: npt.NDArray[np.uint32], left: int, right: int) -> int:
    """Count the values in which two signatures agree."""
    equal = 0
    for column in range(signatures.shape[1]):
        equal += signatures[left, column] == signatures[right, column]
    return equal


@compiled(_MATRIX, _PAIRS, types.int64, BOOLS)
def _agree(
    signatures: npt.NDArray[np.uint32],
    pairs: npt.NDArray[np.uint32],
    minimum: int,
    out: Bools,
) -> None:
    """Compare the signatures of each pair."""
    for pair in range(pairs.shape[0]):
        left, right = np.int64(pairs[pair, 0]), np.int64(pairs[pair, 1])
        out[pair] = _agreement(signatures, left, right) >= minimum
