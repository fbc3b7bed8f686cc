"""Exact similarity of candidate pairs, from the stored word hashes alone, never from text.

Reference: Broder 1997, "On the resemblance and containment of documents" (w-shingling, Jaccard).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import types

from filters.kernels.compile import READ_INT64S, READ_UINT32S, compiled
from filters.kernels.signature import shingle_hashes

__all__ = ["jaccard", "laid_out", "verify"]

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]

_PAIRS = types.Array(types.int64, 2, "C", readonly=True)


def jaccard(words_a: UInt32s, words_b: UInt32s, shingle: int = 5) -> float:
    """Compute the Jaccard similarity of the shingle sets of two documents.

    Args:
        words_a: uint32[a], word hashes in order.
        words_b: uint32[b], likewise.
        shingle: Words in a shingle; a shorter document is one shingle.

    Returns:
        Shared distinct shingles over all distinct shingles, 0..1; 0 where a document is empty.
    """
    similarity = np.empty(1, np.float64)
    _jaccards(*_two(words_a, words_b), shingle, similarity)
    return float(similarity[0])


def verify(
    word_hashes: pa.LargeBinaryArray, pairs: Int64s, shingle: int = 5
) -> npt.NDArray[np.float64]:
    """Compute the exact Jaccard similarity of many pairs.

    Args:
        word_hashes: Column of the documents (uint32, little endian).
        pairs: int64[m, 2], rows.
        shingle: Words in a shingle.

    Returns:
        float64[m], 0..1, see `jaccard`.

    Raises:
        ValueError: Where word hashes are null or not whole 32-bit values, or pairs not int64[m, 2].
    """
    similarity = np.empty(len(pairs), np.float64)
    _jaccards(*laid_out(word_hashes, pairs), shingle, similarity)
    return similarity


def _two(words_a: UInt32s, words_b: UInt32s) -> tuple[UInt32s, Int64s, Int64s]:
    """Lay two documents out as the kernels read them."""
    words = np.concatenate([words_a, words_b]).astype(np.uint32, copy=False)
    bounds = np.array([0, len(words_a), len(words)], np.int64)
    return words, bounds, np.array([[0, 1]], np.int64)


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
    values, bounds = _views(column)
    if len(pairs) and (pairs.min() < 0 or pairs.max() >= len(bounds) - 1):
        raise ValueError("a pair names a row that does not exist")
    return values, bounds, np.ascontiguousarray(pairs)


def _views(column: pa.LargeBinaryArray) -> tuple[UInt32s, Int64s]:
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


@compiled(READ_UINT32S, READ_INT64S, _PAIRS, types.int64, types.Array(types.float64, 1, "C"))
def _jaccards(
    words: UInt32s, bounds: Int64s, pairs: Int64s, shingle: int, out: npt.NDArray[np.float64]
) -> None:
    """Compute the similarity of each pair with one hash table.

    It is never cleared: a slot that does not bear the number of the present pair is free.
    """
    longest = 1
    for pair in range(pairs.shape[0]):
        for side in range(2):
            row = pairs[pair, side]
            longest = max(longest, bounds[row + 1] - bounds[row])
    size = 64
    while size < 4 * longest:
        size *= 2
    keys = np.empty(size, np.uint64)
    generations = np.zeros(size, np.int64)
    shared = np.zeros(size, np.bool_)
    left = np.empty(longest, np.uint64)
    right = np.empty(longest, np.uint64)
    for pair in range(pairs.shape[0]):
        a, b = pairs[pair, 0], pairs[pair, 1]
        count_a = shingle_hashes(words, bounds[a], bounds[a + 1], shingle, left)
        count_b = shingle_hashes(words, bounds[b], bounds[b + 1], shingle, right)
        # A mask that fits this pair keeps the table of short documents in the nearest cache.
        used = 64
        while used < 2 * (count_a + count_b):
            used *= 2
        mask = np.uint64(used - 1)
        distinct = 0
        both = 0
        for index in range(count_a + count_b):
            key = left[index] if index < count_a else right[index - count_a]
            slot = np.int64(key & mask)
            while generations[slot] == pair + 1 and keys[slot] != key:
                slot = np.int64(np.uint64(slot + 1) & mask)
            if generations[slot] != pair + 1:
                generations[slot] = pair + 1
                keys[slot] = key
                # A shingle of the second document alone must not be counted as shared later.
                shared[slot] = index >= count_a
                distinct += 1
            elif index >= count_a and not shared[slot]:
                shared[slot] = True
                both += 1
        out[pair] = both / distinct if distinct else 0.0
