"""Exact similarity of candidate pairs, from the stored word hashes alone, never from text.

Reference: Broder 1997, "On the resemblance and containment of documents" (w-shingling, Jaccard).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import types

from filters.kernels.compile import READ_INT64S, READ_UINT32S, compiled, plain
from filters.kernels.signature import shingle_hashes

__all__ = ["laid_out", "verify"]

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]

_PAIRS = types.Array(types.int64, 2, "C", readonly=True)


def verify(
    word_hashes: pa.LargeBinaryArray, pairs: Int64s, shingle: int = 5
) -> npt.NDArray[np.float64]:
    """Compute the exact Jaccard similarity of many pairs.

    Args:
        word_hashes: Column of the documents (uint32, little endian).
        pairs: int64[m, 2], rows. Pairs of one document behind each other, as the second of each,
            take a third of the time.
        shingle: Words in a shingle; a shorter document is one shingle.

    Returns:
        float64[m], shared distinct shingles over all distinct shingles of each pair, 0..1; 0 where
        both documents are empty.

    Raises:
        ValueError: Where word hashes are null or not whole 32-bit values, or pairs not int64[m, 2].
    """
    words, bounds, pairs = laid_out(word_hashes, pairs)
    sizes, firsts = np.diff(bounds), pairs[:, 0]
    uses = np.bincount(firsts, minlength=len(sizes))
    kept = np.where(uses > 1, sizes, 0)
    longest = int(sizes[pairs.ravel()].max(initial=1))
    places = np.cumsum(kept) - kept
    similarity = np.empty(len(pairs), np.float64)
    _jaccards(words, bounds, pairs, shingle, uses, places, int(kept.sum()), longest, similarity)
    return similarity


def laid_out(column: pa.LargeBinaryArray, pairs: Int64s) -> tuple[UInt32s, Int64s, Int64s]:
    """Lay documents and pairs out as a kernel reads them.

    Args:
        column: 32-bit values of the documents, little endian.
        pairs: int64[m, 2], rows.

    Returns:
        Values of the documents, uint32; their bounds in values, int64; the pairs.

    Raises:
        ValueError: Where values are null or not whole, or pairs not int64[m, 2] or not of rows.
    """
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype != np.int64:
        raise ValueError(f"pairs must be int64[m, 2], not {pairs.dtype}{list(pairs.shape)}")
    values, bounds = _values_of(column)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= len(bounds) - 1):
        raise ValueError("a pair names a row that does not exist")
    return values, bounds, np.ascontiguousarray(pairs)


def _values_of(column: pa.LargeBinaryArray) -> tuple[UInt32s, Int64s]:
    """View a column of word hashes as values and bounds (in words) without copying the values."""
    if column.null_count:
        raise ValueError("hashes of a document are null")
    _, offsets_buffer, values_buffer = column.buffers()
    if not len(column) or values_buffer is None:
        return np.empty(0, np.uint32), np.zeros(len(column) + 1, np.int64)
    offsets = np.frombuffer(offsets_buffer, np.int64)[column.offset :][: len(column) + 1]
    values = np.frombuffer(values_buffer, np.uint8)[offsets[0] : offsets[-1]]
    if np.any((offsets - offsets[0]) % 4):
        raise ValueError("hashes of a document are not whole 32-bit values")
    # A buffer that was sliced by bytes may start at any address.
    aligned = values if values.ctypes.data % 4 == 0 else values.copy()
    return aligned.view("<u4"), (offsets - offsets[0]) // 4


@compiled(
    READ_UINT32S, READ_INT64S, _PAIRS, types.int64, READ_INT64S, READ_INT64S, types.int64,
    types.int64, types.Array(types.float64, 1, "C"),
)  # fmt: skip
def _jaccards(
    words: UInt32s,
    bounds: Int64s,
    pairs: Int64s,
    shingle: int,
    uses: Int64s,
    places: Int64s,
    total: int,
    longest: int,
    out: npt.NDArray[np.float64],
) -> None:
    """Compute the similarity of each pair with one hash table.

    It holds the shingles of the second document for as many pairs as that is the same, and is never
    cleared: a slot that does not bear the number of the present one is free. Of documents that come
    first more than once (``uses``) the distinct shingles are kept, from ``places`` on, ``total`` in
    all. ``longest`` is the most words of any.
    """
    size = 64
    while size < 4 * longest:
        size *= 2
    # Made here: of arrays from outside the compiler cannot know that they are not the same.
    keys = np.empty(size, np.uint64)
    owners, seen = np.zeros(size, np.int64), np.zeros(size, np.int64)
    some, kept = np.empty(longest, np.uint64), np.empty(total, np.uint64)
    counts = np.empty(uses.shape[0], np.int64)
    for row in range(counts.shape[0]):
        counts[row] = -1
    stop = owner = second = 0
    mask = np.uint64(0)
    for pair in range(pairs.shape[0]):
        first = pairs[pair, 0]
        if pair == stop:
            row = pairs[pair, 1]
            most = 0
            while stop < pairs.shape[0] and pairs[stop, 1] == row:
                most = max(most, bounds[pairs[stop, 0] + 1] - bounds[pairs[stop, 0]])
                stop += 1
            # A mask that fits keeps the table of short documents in the nearest cache.
            used = 64
            while used < 2 * (most + bounds[row + 1] - bounds[row]):
                used *= 2
            mask = np.uint64(used - 1)
            count = shingle_hashes(words, bounds[row], bounds[row + 1], shingle, some)
            owner += 1
            second = _hold(some[:count], keys, owners, mask, owner)
        place = places[first]
        if counts[first] < 0:
            count = shingle_hashes(words, bounds[first], bounds[first + 1], shingle, some)
            # In place: what is written never overtakes what is read.
            own, both = _new(some[:count], keys, owners, seen, mask, owner, pair + 1)
            if uses[first] > 1:
                counts[first] = own
                for index in range(own):
                    kept[place + index] = some[index]
        else:
            own = counts[first]
            both = _shared(kept[place : place + own], keys, owners, mask, owner)
        distinct = own + second - both
        out[pair] = both / distinct if distinct else 0.0


@plain
def _hold(some: UInt64s, keys: UInt64s, owners: Int64s, mask: np.uint64, owner: int) -> int:
    """Put the shingles of a document into the table; return how many are distinct."""
    distinct = 0
    for key in some:
        slot = np.int64(key & mask)
        while owners[slot] == owner and keys[slot] != key:
            slot = np.int64(np.uint64(slot + 1) & mask)
        if owners[slot] != owner:
            owners[slot], keys[slot] = owner, key
            distinct += 1
    return distinct


@plain
def _new(
    some: UInt64s,
    keys: UInt64s,
    owners: Int64s,
    seen: Int64s,
    mask: np.uint64,
    owner: int,
    pair: int,
) -> tuple[int, int]:
    """Move the distinct shingles of a document to the front of ``some``.

    Returns:
        How many they are, and how many of them the table holds for its owner.
    """
    own = both = 0
    for index in range(some.shape[0]):
        key = some[index]
        slot = np.int64(key & mask)
        while (owners[slot] == owner or seen[slot] == pair) and keys[slot] != key:
            slot = np.int64(np.uint64(slot + 1) & mask)
        if seen[slot] != pair:
            both += owners[slot] == owner
            seen[slot], keys[slot] = pair, key
            some[own] = key
            own += 1
    return own, both


@plain
def _shared(some: UInt64s, keys: UInt64s, owners: Int64s, mask: np.uint64, owner: int) -> int:
    """Count the shingles that the table holds for its owner."""
    both = 0
    for key in some:
        slot = np.int64(key & mask)
        while owners[slot] == owner and keys[slot] != key:
            slot = np.int64(np.uint64(slot + 1) & mask)
        both += owners[slot] == owner
    return both
