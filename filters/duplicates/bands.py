"""Candidate pairs of near-duplicates: banded locality-sensitive hashing over stored signatures.

Two signatures of true Jaccard similarity J agree in one value with probability J, in all ``rows``
values of a band with J**rows, and share at least one of ``bands`` buckets with probability
1 - (1 - J**rows)**bands: 0.95 at J = 0.80 and 0.994 at 0.85 for the default 16 x 8. The bands only
propose; `filters.duplicates.verify` computes the exact similarity of each pair proposed here.

The work is linear in the number of documents, however large a bucket is: documents with equal
signatures are collapsed into one, and each of the rest meets at most ``bucket_limit`` others of its
bucket, those that come first in survivor order. What is left out is counted.

Memory: one band at a time, 24 bytes a document beside the signatures, which may be a memory map.

Reference: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4 (banding); Broder
1997, "On the resemblance and containment of documents" (the estimate).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, types

from filters.kernels.compile import READ_INT64S, compiled
from filters.kernels.words import fmix64

__all__ = ["ESTIMATE_MARGIN", "Candidates", "candidate_pairs"]

ESTIMATE_MARGIN = 0.10
"""How far below the threshold an estimate may lie for the pair to be verified. The standard
deviation of the estimate from 128 values is sqrt(J (1 - J) / 128) = 0.035 at J = 0.80, so the
margin is 2.8 of them and loses 0.2 % of the pairs that lie exactly on the threshold."""

EMPTY = np.uint32(0xFFFFFFFF)
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]

_MATRIX = types.Array(types.uint32, 2, "C", readonly=True)
_UINT64S = types.Array(types.uint64, 1, "C")


class Candidates(NamedTuple):
    """Pairs of documents that may be near-duplicates.

    Attributes:
        pairs: int64[m, 2], rows of the signature matrix; the document that comes first in survivor
            order stands first. Distinct, sorted by the survivor order of the second, then of the
            first document.
        cut: Meetings left out because of ``bucket_limit``, summed over the bands. A pair left out
            in one band may still have met in another.
    """

    pairs: Int64s
    cut: int


def candidate_pairs(
    signatures: npt.NDArray[np.uint32],
    bands: int = 16,
    rows: int = 8,
    *,
    order: Int64s,
    bucket_limit: int = 50,
    threshold: float = 0.80,
    include: npt.NDArray[np.bool_] | None = None,
    identity: UInt64s | None = None,
) -> Candidates:
    """Find pairs that share a band and whose estimated similarity is near the threshold or above.

    Which pairs come out depends on the documents and their survivor order alone, not on the order
    of the rows.

    Args:
        signatures: uint32[n, num_perm], C-contiguous; may be memory-mapped. Signatures of empty
            texts (all values 2**32 - 1) never pair.
        bands: Number of bands; ``bands * rows`` must not exceed num_perm.
        rows: Values in a band.
        order: int64[n], distinct: the document's place in survivor order, smallest first. Documents
            that cannot survive should come after all that can, because a group of equal signatures
            is represented by its first document.
        bucket_limit: How many others a document meets in one bucket, at least 1.
        threshold: Similarity from which pairs count as duplicates, 0..1; pairs estimated below it
            by more than `ESTIMATE_MARGIN` are left out.
        include: bool[n]; documents that take part, default all.
        identity: uint64[n]; documents are collapsed only if this is equal as well. Give the stored
            ``guard_hash`` where the guard is on, so that a long text with another dose, whose
            signature can be equal, is not hidden behind its twin.

    Returns:
        The candidates. A collapsed document is paired with its representative and with whatever
        that one is paired with before it.

    Raises:
        ValueError: Where shapes, dtypes or numbers do not fit together.
    """
    _check(signatures, bands, rows, order, bucket_limit)
    by_order = np.argsort(order, kind="stable")
    if np.any(np.diff(order[by_order]) == 0):
        raise ValueError("survivor order holds equal places: it must be a total order")
    fingerprints = np.empty(len(signatures), np.uint64)
    usable = np.empty(len(signatures), np.bool_)
    _fingerprint(signatures, fingerprints, usable)
    if identity is not None:
        fingerprints ^= np.asarray(identity, np.uint64) * MULTIPLIER
    if include is not None:
        usable &= include
    places = by_order[usable[by_order]]
    leader = _collapse(fingerprints[places])
    leaders = np.flatnonzero(leader == np.arange(len(places)))
    minimum = int(np.ceil(round((threshold - ESTIMATE_MARGIN) * signatures.shape[1], 6)))
    codes, cut = _banded(signatures, places[leaders], bands, rows, bucket_limit, minimum)
    first, second = leaders[_high(codes)], leaders[_low(codes)]
    extra_first, extra_second, dropped = _expand(leader, first, second, bucket_limit)
    first, second = np.concatenate([first, extra_first]), np.concatenate([second, extra_second])
    sequence = np.lexsort((first, second))
    pairs = np.stack([places[first[sequence]], places[second[sequence]]], axis=1)
    return Candidates(np.ascontiguousarray(pairs, np.int64), cut + dropped)


def _check(
    signatures: npt.NDArray[np.uint32], bands: int, rows: int, order: Int64s, bucket_limit: int
) -> None:
    """Refuse input that the kernels would misread."""
    if signatures.ndim != 2 or signatures.dtype != np.uint32:
        raise ValueError(f"signatures must be uint32[n, num_perm], not {signatures.dtype}")
    if order.shape != (len(signatures),):
        raise ValueError(f"{len(signatures)} signatures, but a survivor order of {order.shape}")
    if bands < 1 or rows < 1 or bands * rows > signatures.shape[1]:
        raise ValueError(f"{bands} x {rows} does not fit {signatures.shape[1]} permutations")
    if bucket_limit < 1:
        raise ValueError(f"bucket_limit must be at least 1, not {bucket_limit}")
    if len(signatures) >= 2**32:
        raise ValueError("at most 2**32 documents in one call")


def _high(codes: UInt64s) -> Int64s:
    """First of the two indexes that a code holds."""
    return (codes >> HALF).astype(np.int64)


def _low(codes: UInt64s) -> Int64s:
    """Second of the two indexes that a code holds."""
    return (codes & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _collapse(fingerprints: UInt64s) -> Int64s:
    """Map each document to the first with the same fingerprint.

    The fingerprint has 64 mixed bits of the whole signature: among 10**8 documents an accidental
    match is expected 0.0003 times, and would be refuted by the exact check.
    """
    _, first, inverse = np.unique(fingerprints, return_index=True, return_inverse=True)
    return np.asarray(first[inverse], np.int64)


def _banded(
    signatures: npt.NDArray[np.uint32],
    documents: Int64s,
    bands: int,
    rows: int,
    bucket_limit: int,
    minimum: int,
) -> tuple[UInt64s, int]:
    """Pair the documents band by band; codes hold two indexes into ``documents``, sorted."""
    known = np.empty(0, np.uint64)
    keys = np.empty(len(documents), np.uint64)
    cut = 0
    for band in range(bands):
        _band_keys(signatures, documents, band * rows, rows, keys)
        # Stable: within a bucket the survivor order of ``documents`` is kept.
        sequence = np.argsort(keys, kind="stable")
        fresh, left_out = _bucket_pairs(
            signatures, documents, keys, sequence, bucket_limit, minimum
        )
        known = np.union1d(known, fresh)
        cut += int(left_out)
    return known, cut


def _expand(
    leader: Int64s, first: Int64s, second: Int64s, limit: int
) -> tuple[Int64s, Int64s, int]:
    """Give collapsed documents the pairs of their leader in which the leader stands second.

    Those are the documents that the leader may join; a member of its group must be able to join
    the same one. The pair with the leader itself comes with them.

    Returns:
        First and second documents of the new pairs, and how many the limit left out.
    """
    members = np.flatnonzero(leader != np.arange(len(leader)))
    grouped = np.lexsort((first, second))
    starts = np.searchsorted(second[grouped], leader[members], side="left")
    degrees = np.searchsorted(second[grouped], leader[members], side="right") - starts
    counts = np.minimum(degrees, limit - 1)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    inherited = first[grouped[np.repeat(starts, counts) + within]]
    firsts = np.concatenate([leader[members], inherited])
    seconds = np.concatenate([members, np.repeat(members, counts)])
    return firsts, seconds, int((degrees - counts).sum())


@compiled(_MATRIX, _UINT64S, types.Array(types.boolean, 1, "C"))
def _fingerprint(
    signatures: npt.NDArray[np.uint32], out: UInt64s, usable: npt.NDArray[np.bool_]
) -> None:
    """Hash each whole signature to 64 bits and mark those that are not of an empty text."""
    for row in range(signatures.shape[0]):
        state = np.uint64(0)
        some = False
        for column in range(signatures.shape[1]):
            value = signatures[row, column]
            some |= value != EMPTY
            state = state * MULTIPLIER + np.uint64(value)
        out[row] = fmix64(state)
        usable[row] = some


@compiled(_MATRIX, READ_INT64S, types.int64, types.int64, _UINT64S)
def _band_keys(
    signatures: npt.NDArray[np.uint32], documents: Int64s, first: int, rows: int, out: UInt64s
) -> None:
    """Hash ``rows`` values from column ``first`` on to a 64-bit key a document."""
    for index in range(documents.shape[0]):
        row = documents[index]
        state = np.uint64(0)
        for column in range(first, first + rows):
            state = state * MULTIPLIER + np.uint64(signatures[row, column])
        out[index] = fmix64(state)


@njit(cache=True)
def _agreement(signatures: npt.NDArray[np.uint32], left: int, right: int) -> int:
    """Count the values in which two signatures agree."""
    equal = 0
    for column in range(signatures.shape[1]):
        equal += signatures[left, column] == signatures[right, column]
    return equal


@compiled(_MATRIX, READ_INT64S, _UINT64S, READ_INT64S, types.int64, types.int64)
def _bucket_pairs(
    signatures: npt.NDArray[np.uint32],
    documents: Int64s,
    keys: UInt64s,
    sequence: Int64s,
    limit: int,
    minimum: int,
) -> tuple[UInt64s, int]:
    """Compare each document of a bucket with the first ``limit`` of that bucket.

    Args:
        signatures: uint32[n, num_perm].
        documents: int64[m], rows in survivor order.
        keys: uint64[m], band keys.
        sequence: int64[m], indexes into ``documents``, stably sorted by key.
        limit: Most comparisons of one document.
        minimum: Agreeing values from which a pair is kept.

    Returns:
        uint64 codes (first index in the high half, second in the low half), and the number of
        comparisons left out.
    """
    found = np.empty(1024, np.uint64)
    count = 0
    cut = 0
    start = 0
    while start < sequence.shape[0]:
        stop = start + 1
        while stop < sequence.shape[0] and keys[sequence[stop]] == keys[sequence[start]]:
            stop += 1
        for later in range(start + 1, stop):
            reach = min(later, start + limit)
            cut += later - reach
            for earlier in range(start, reach):
                left, right = sequence[earlier], sequence[later]
                if _agreement(signatures, documents[left], documents[right]) < minimum:
                    continue
                if count == found.shape[0]:
                    grown = np.empty(2 * count, np.uint64)
                    grown[:count] = found
                    found = grown
                found[count] = (np.uint64(left) << HALF) | np.uint64(right)
                count += 1
        start = stop
    return found[:count].copy(), cut
