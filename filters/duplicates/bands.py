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
3. `buckets_of` sorts a partition into buckets, and `meetings` pairs the documents of each: one
   meets at most ``limit`` others, those that come first in survivor order, so the work is linear
   however large a bucket is. What is left out is counted.
4. `agreeing` keeps the pairs whose signatures agree in enough values.
5. `Twins.inheriting` gives the collapsed documents the pairs of the one that stands for them.

Steps 1 and 4 read signatures and are here, the others are in `filters.duplicates.buckets`.
No step depends on how documents and buckets were divided.

Reference: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4 (banding); Broder
1997, "On the resemblance and containment of documents" (the estimate).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import BOOLS, INT64S, READ_UINT32S, UINT64S, compiled, helper
from filters.kernels.signature import EMPTY
from filters.kernels.words import fmix64

__all__ = [
    "ESTIMATE_MARGIN",
    "MULTIPLIER",
    "agreeing",
    "keys_of",
    "least_agreement",
    "partitioned",
]

ESTIMATE_MARGIN = 0.10
"""How far below the threshold an estimate may lie for the pair to be verified. The standard
deviation of the estimate from 128 values is sqrt(J (1 - J) / 128) = 0.035 at J = 0.80, so the
margin is 2.8 of them and loses 0.2 % of the pairs that lie exactly on the threshold."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio, odd: base of polynomials."""

_HALF = np.uint64(32)

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_MATRIX = types.Array(types.uint32, 2, "C", readonly=True)
_UINT32S = types.Array(types.uint32, 1, "C")
_READ_BOOLS = types.Array(types.boolean, 1, "C", readonly=True)
_KEYS = types.Array(types.uint64, 2, "C", readonly=True)
_PAIRS = types.Array(types.uint32, 2, "C", readonly=True)


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
                bounds[np.int64(((keys[row, band] >> _HALF) * partitions) >> _HALF) + 1] += 1
    for partition in range(1, bounds.shape[0]):
        bounds[partition] += bounds[partition - 1]
    free = bounds[:-1].copy()
    for row in range(keys.shape[0]):
        if usable[row]:
            for band in range(keys.shape[1]):
                mine = np.int64(((keys[row, band] >> _HALF) * partitions) >> _HALF)
                sorted_keys[free[mine]] = keys[row, band]
                sorted_places[free[mine]] = places[row]
                free[mine] += 1


@helper
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
