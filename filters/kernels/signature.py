"""Text to word hashes to MinHash signature, in one compiled pass over an Arrow text buffer.

The hash of a word has 31 bits under a class bit that is set where the word holds a digit
(`filters.kernels.words`). A shingle is a polynomial over its word hashes modulo 2**64, mixed, of
which the low 32 bits are used. The signature is datasketch's ``affine32`` scheme, bit for bit: a
shingle hash h is mixed once by the 32-bit finaliser of MurmurHash3 and permuted by a * h + b modulo
2**32; the smallest value of each permutation is kept.

References: Broder 1997 (shingling, min-wise permutations); datasketch 2.0 ``MinHash``; FNV-1a:
draft-eastlake-fnv; finalisers: Appleby, MurmurHash3 (``fmix32``, ``fmix64``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit, types

from filters.kernels.compile import (
    INT64S,
    READ_BYTES,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT64S,
    compiled,
)
from filters.kernels.guard import guard_stream
from filters.kernels.lanes import LANES
from filters.kernels.words import BASE, fmix64, fold_text, hash_words, word_edges

__all__ = ["fmix32", "hash_ids", "minima", "permutations", "shingle_hashes", "sign_texts"]

EMPTY = np.uint32(0xFFFFFFFF)
"""Each value of the signature of a text without words."""

FNV_SEED = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_PAD = 32
_ZERO = np.uint64(0)
_S13, _S16 = np.uint32(13), np.uint32(16)
_M32A, _M32B = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


def permutations(num_perm: int, seed: int = 1) -> tuple[UInt32s, UInt32s]:
    """Draw the permutations of datasketch's ``affine32`` scheme.

    Args:
        num_perm: Number of permutations.
        seed: Seed of NumPy's legacy Mersenne Twister, whose stream is frozen.

    Returns:
        Factors (odd) and summands, uint32[num_perm] each.
    """
    generator = np.random.RandomState(seed)
    factors = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)


@njit(cache=True)
def fmix32(value: np.uint32) -> np.uint32:
    """Finalise 32 bits (MurmurHash3)."""
    # numba widens products of uint32 to 64 bits: each is cut again.
    value = np.uint32(np.uint32(value ^ (value >> _S16)) * _M32A)
    value = np.uint32(np.uint32(value ^ (value >> _S13)) * _M32B)
    return np.uint32(value ^ (value >> _S16))


@njit(cache=True)
def shingle_hashes(words: UInt32s, start: int, stop: int, shingle: int, out: UInt64s) -> int:
    """Hash each shingle: a polynomial over its words modulo 2**64, mixed.

    Fewer words than a shingle form one shingle; no words form none.

    Args:
        words: Word hashes.
        start: First word.
        stop: End of the words.
        shingle: Words in a shingle.
        out: Receives the hashes in order; at least max(1, stop - start) long.

    Returns:
        Number of shingles.
    """
    if stop == start:
        return 0
    shingle = min(shingle, stop - start)
    count = stop - start - shingle + 1
    # Starting from the number of words tells [0] from [0, 0].
    out[:count] = np.uint64(shingle)
    # Word by word over all shingles, not shingle by shingle: this loop becomes vector code.
    for place in range(start, start + shingle):
        for index in range(count):
            out[index] = out[index] * BASE + np.uint64(words[place + index])
    for index in range(count):
        out[index] = fmix64(out[index])
    return count


@njit(cache=True)
def _hash_stream(stream: UInt32s, start: int, stop: int) -> np.uint64:
    """Hash a guard stream in its order; 0 for an empty one."""
    state = _ZERO
    for index in range(start, stop):
        state = fmix64(state * BASE + np.uint64(stream[index]))
    return state


@njit(cache=True)
def minima(
    shingles: UInt32s, count: int, factors: UInt32s, summands: UInt32s, out: UInt32s
) -> None:
    """Take the minimum of each permutation over ``count`` mixed hashes, a multiple of 32.

    The inner loop runs over shingles with scalar minima: LLVM keeps them in vector registers. Four
    permutations share it, because folding a register of minima into one costs as much as the loop.
    """
    for at in range(0, factors.shape[0], 4):
        a0, a1, a2, a3 = factors[at], factors[at + 1], factors[at + 2], factors[at + 3]
        b0, b1, b2, b3 = summands[at], summands[at + 1], summands[at + 2], summands[at + 3]
        m0 = m1 = m2 = m3 = EMPTY
        for index in range(count):
            value = shingles[index]
            m0 = min(m0, np.uint32(np.uint32(value * a0) + b0))
            m1 = min(m1, np.uint32(np.uint32(value * a1) + b1))
            m2 = min(m2, np.uint32(np.uint32(value * a2) + b2))
            m3 = min(m3, np.uint32(np.uint32(value * a3) + b3))
        out[at], out[at + 1], out[at + 2], out[at + 3] = m0, m1, m2, m3


@compiled(
    READ_BYTES,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT32S,
    types.int64,
    READ_BYTES,
    READ_UINT32S,
    types.Array(types.uint32, 2, "C"),
    types.Array(types.uint32, 1, "C"),
    INT64S,
    READ_UINT32S,
    READ_UINT64S,
    READ_UINT64S,
    READ_UINT64S,
    types.Array(types.uint32, 1, "C"),
    INT64S,
    types.Array(types.uint64, 1, "C"),
)
def sign_texts(
    data: UInt8s,
    offsets: Int64s,
    factors: UInt32s,
    summands: UInt32s,
    shingle: int,
    props: UInt8s,
    folds: UInt32s,
    signatures: UInt32s,
    words: UInt32s,
    bounds: Int64s,
    keys: UInt32s,
    entries: UInt64s,
    stems: UInt64s,
    endings: UInt64s,
    streams: UInt32s,
    stream_bounds: Int64s,
    stream_hashes: UInt64s,
) -> None:
    """Sign n texts.

    Args:
        data: uint8[bytes], UTF-8.
        offsets: int64[n + 1], into ``data``.
        factors: uint32[num_perm], of the permutations.
        summands: uint32[num_perm], of the permutations.
        shingle: Words in a shingle.
        props: `filters.kernels.unicode.PROPS`.
        folds: `filters.kernels.unicode.FOLD`.
        signatures: uint32[n, num_perm], receives the signatures; all 2**32 - 1 without words.
        words: uint32[(bytes + n) / 2 + 1] or more, receives the word hashes of all texts.
        bounds: int64[n + 1], receives where in ``words`` each text starts.
        keys: Lexicon of the guard, see `filters.kernels.guard.guard_stream`.
        entries: Likewise.
        stems: Likewise.
        endings: Likewise.
        streams: uint32[bytes + n] or more, receives the guard streams of all texts.
        stream_bounds: int64[n + 1], receives where in ``streams`` each text starts.
        stream_hashes: uint64[n], receives a hash of the guard stream; 0 for an empty one.
    """
    capacity = -1
    folded = np.empty(0, np.uint8)
    marks = np.empty(0, np.uint8)
    edges = np.empty(0, np.int64)
    hashes = np.empty(0, np.uint64)
    mixed = np.empty(0, np.uint32)
    bounds[0] = stream_bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        size = offsets[row + 1] - offsets[row]
        if size > capacity:
            # Twice what is asked for, so that rising sizes do not allocate at every row. At most
            # 5 bytes are folded for 3, and a word takes two bytes (with what separates it).
            capacity = 2 * size
            folded = np.empty(2 * capacity + 4 * LANES, np.uint8)
            marks = np.empty(2 * capacity + 4 * LANES, np.uint8)
            edges = np.empty(capacity + 2, np.int64)
            hashes = np.empty(capacity + 2, np.uint64)
            mixed = np.empty(capacity // 2 + 1 + _PAD, np.uint32)
        length = fold_text(data, offsets[row], offsets[row + 1], props, folds, folded, marks)
        count = word_edges(folded, length, edges)
        start = bounds[row]
        stop = start + count
        bounds[row + 1] = stop
        hash_words(folded, edges, count, words, start, hashes)
        first = stream_bounds[row]
        last = guard_stream(
            folded, marks, edges, count, words, start, keys, entries, stems, endings, streams, first
        )
        stream_bounds[row + 1] = last
        stream_hashes[row] = _hash_stream(streams, first, last)
        used = shingle_hashes(words, start, stop, shingle, hashes)
        for index in range(used):
            mixed[index] = fmix32(np.uint32(hashes[index]))
        # Repeating a shingle changes no minimum and saves the vector loop its remainder.
        padded = (used + _PAD - 1) // _PAD * _PAD
        for index in range(used, padded):
            mixed[index] = mixed[used - 1]
        minima(mixed, padded, factors, summands, signatures[row])


@compiled(READ_BYTES, READ_INT64S, types.Array(types.uint64, 1, "C"))
def hash_ids(data: UInt8s, offsets: Int64s, out: UInt64s) -> None:
    """Hash n byte strings: FNV-1a over 64 bits, finalised by MurmurHash3's fmix64.

    Args:
        data: uint8[bytes].
        offsets: int64[n + 1], into ``data``.
        out: uint64[n], receives the hashes.
    """
    for row in range(offsets.shape[0] - 1):
        state = FNV_SEED
        for at in range(offsets[row], offsets[row + 1]):
            state = (state ^ np.uint64(data[at])) * FNV_PRIME
        out[row] = fmix64(state)
