"""Exact similarity of candidate pairs, and the guard that keeps other numbers apart.

Both read the stored word hashes only, never text. A word hash has its top bit set where the word
holds a digit, so that the numbers of a document are the subsequence of hashes with that bit.

What the guard covers: numbers, in the order in which they stand: doses, values, p-values, counts,
years, and words with a digit such as ``il6``. Two texts that differ in one number, or in which two
numbers are swapped, are kept apart although they share 96 % of their shingles. What it does not
cover: units, comparators (punctuation is not part of a word), negation, direction, population, body
side and substances. Texts that differ in those alone are merged at a high similarity.
A change of typography that moves a number across a word border (``2years`` for ``two years``) keeps
true copies apart: a wrong "apart" costs a duplicate, a wrong merge loses a claim.

Reference: Broder 1997, "On the resemblance and containment of documents" (w-shingling, Jaccard).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit, types

from filters.kernels.compile import BOOLS, READ_INT64S, READ_UINT32S, compiled
from filters.kernels.signature import shingle_hashes
from filters.kernels.words import CLASS_BIT

__all__ = ["WordHashes", "guard", "guards", "jaccard", "verify"]

CHUNK_PAIRS = 65_536
"""Pairs verified at once; bounds the word hashes in memory to those of 131,072 documents."""

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]

WordHashes: TypeAlias = pa.LargeBinaryArray | Callable[[Int64s], pa.LargeBinaryArray]
"""Word hashes of all documents (uint32, little endian), or a function that fetches them: it takes
sorted distinct rows, int64[k], and returns large_binary[k]."""

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


def guard(words_a: UInt32s, words_b: UInt32s, strict: bool = False) -> bool:
    """Decide whether two documents must be kept apart because their numbers differ.

    Args:
        words_a: uint32[a], word hashes in order.
        words_b: uint32[b], likewise.
        strict: Any difference counts. Otherwise one sequence of numbers may be the beginning of
            the other, as where a tail was cut off or a copyright line added.

    Returns:
        True to keep them apart.
    """
    apart = np.empty(1, np.bool_)
    _guards(*_two(words_a, words_b), strict, apart)
    return bool(apart[0])


def verify(word_hashes: WordHashes, pairs: Int64s, shingle: int = 5) -> npt.NDArray[np.float64]:
    """Compute the exact Jaccard similarity of many pairs.

    Args:
        word_hashes: Column of all documents, or a function that fetches rows.
        pairs: int64[m, 2], rows.
        shingle: Words in a shingle.

    Returns:
        float64[m], 0..1, see `jaccard`.

    Raises:
        ValueError: Where word hashes are null or not whole 32-bit values, or pairs not int64[m, 2].
    """
    similarity = np.empty(len(pairs), np.float64)
    for start, words, bounds, local in _chunks(word_hashes, pairs):
        _jaccards(words, bounds, local, shingle, similarity[start : start + len(local)])
    return similarity


def guards(word_hashes: WordHashes, pairs: Int64s, strict: bool = False) -> npt.NDArray[np.bool_]:
    """Apply the guard to many pairs.

    Args:
        word_hashes: Column of all documents, or a function that fetches rows.
        pairs: int64[m, 2], rows.
        strict: See `guard`.

    Returns:
        bool[m], True where the documents must be kept apart.

    Raises:
        ValueError: As `verify`.
    """
    apart = np.empty(len(pairs), np.bool_)
    for start, words, bounds, local in _chunks(word_hashes, pairs):
        _guards(words, bounds, local, strict, apart[start : start + len(local)])
    return apart


def _two(words_a: UInt32s, words_b: UInt32s) -> tuple[UInt32s, Int64s, Int64s]:
    """Lay two documents out as the kernels read them."""
    words = np.concatenate([words_a, words_b]).astype(np.uint32, copy=False)
    bounds = np.array([0, len(words_a), len(words)], np.int64)
    return words, bounds, np.array([[0, 1]], np.int64)


def _chunks(
    word_hashes: WordHashes, pairs: Int64s
) -> Iterator[tuple[int, UInt32s, Int64s, Int64s]]:
    """Yield start, word hashes, bounds and renumbered pairs of one chunk after the other."""
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype != np.int64:
        raise ValueError(f"pairs must be int64[m, 2], not {pairs.dtype}{list(pairs.shape)}")
    for start in range(0, len(pairs), CHUNK_PAIRS):
        chunk = np.ascontiguousarray(pairs[start : start + CHUNK_PAIRS])
        if callable(word_hashes):
            rows, inverse = np.unique(chunk, return_inverse=True)
            words, bounds = _views(word_hashes(rows))
            if len(bounds) != len(rows) + 1:
                raise ValueError(f"{len(rows)} rows asked for, {len(bounds) - 1} fetched")
            chunk = np.ascontiguousarray(inverse.reshape(chunk.shape), np.int64)
        else:
            words, bounds = _views(word_hashes)
        if chunk.min() < 0 or chunk.max() >= len(bounds) - 1:
            raise ValueError("a pair names a row that does not exist")
        yield start, words, bounds, chunk


def _views(column: pa.LargeBinaryArray) -> tuple[UInt32s, Int64s]:
    """View a column of word hashes as values and bounds (in words) without copying the values."""
    if column.null_count:
        raise ValueError("word hashes are null")
    _, offsets_buffer, values_buffer = column.buffers()
    if not len(column) or values_buffer is None:
        return np.empty(0, np.uint32), np.zeros(len(column) + 1, np.int64)
    offsets = np.frombuffer(offsets_buffer, np.int64)[column.offset :][: len(column) + 1]
    values = np.frombuffer(values_buffer, np.uint8)[offsets[0] : offsets[-1]]
    if np.any((offsets - offsets[0]) % 4):
        raise ValueError("word hashes are not whole 32-bit values")
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


@njit(cache=True)
def _next_number(words: UInt32s, index: int, stop: int) -> int:
    """Return the index of the first word with a digit from ``index`` on, or ``stop``."""
    while index < stop and not words[index] & CLASS_BIT:
        index += 1
    return index


@compiled(READ_UINT32S, READ_INT64S, _PAIRS, types.boolean, BOOLS)
def _guards(
    words: UInt32s, bounds: Int64s, pairs: Int64s, strict: bool, out: npt.NDArray[np.bool_]
) -> None:
    """Walk through the numbers of both documents of each pair in step."""
    for pair in range(pairs.shape[0]):
        a, b = pairs[pair, 0], pairs[pair, 1]
        end_a, end_b = bounds[a + 1], bounds[b + 1]
        at_a = _next_number(words, bounds[a], end_a)
        at_b = _next_number(words, bounds[b], end_b)
        while at_a < end_a and at_b < end_b and words[at_a] == words[at_b]:
            at_a = _next_number(words, at_a + 1, end_a)
            at_b = _next_number(words, at_b + 1, end_b)
        if strict:
            out[pair] = at_a < end_a or at_b < end_b
        else:
            out[pair] = at_a < end_a and at_b < end_b
