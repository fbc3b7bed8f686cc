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

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import (
    BYTES,
    INT64S,
    READ_BYTES,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT64S,
    UINT32S,
    UINT64S,
    compiled,
    plain,
)
from filters.kernels.fold import fold_text
from filters.kernels.guard import guard_stream
from filters.kernels.guard_state import STATE_SIZE
from filters.kernels.lanes import GROUP, LANES, group_minima
from filters.kernels.words import BASE, fmix64, hash_words, word_edges

__all__ = [
    "fmix32",
    "hash_ids",
    "minima",
    "permutations",
    "scratch",
    "shingle_hashes",
    "sign_texts",
]

EMPTY = np.uint32(0xFFFFFFFF)
"""Each value of the signature of a text without words."""

FNV_SEED = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

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


@plain
def fmix32(value: np.uint32) -> np.uint32:
    """Finalise 32 bits (MurmurHash3)."""
    # numba widens products of uint32 to 64 bits: each is cut again.
    value = np.uint32(np.uint32(value ^ (value >> _S16)) * _M32A)
    value = np.uint32(np.uint32(value ^ (value >> _S13)) * _M32B)
    return np.uint32(value ^ (value >> _S16))


@plain
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


@plain
def _hash_stream(stream: UInt32s, start: int, stop: int) -> np.uint64:
    """Hash a guard stream in its order; 0 for an empty one."""
    state = _ZERO
    for index in range(start, stop):
        state = fmix64(state * BASE + np.uint64(stream[index]))
    return state


@plain
def minima(
    shingles: UInt32s, count: int, factors: UInt32s, summands: UInt32s, out: UInt32s, at: int
) -> None:
    """Write the minimum of each permutation over ``count`` mixed hashes to ``out`` from ``at`` on.

    The permutations are a multiple of `GROUP`. Without hashes all minima are `EMPTY`.
    """
    if count == 0:
        for place in range(at, at + factors.shape[0]):
            out[place] = EMPTY
        return
    for first in range(0, factors.shape[0], GROUP):
        group_minima(shingles, count, factors, summands, first, out, at + first)


class Scratch(NamedTuple):
    """Room for one text, in the order in which `sign_texts` takes it."""

    folded: UInt8s
    marks: UInt8s
    edges: Int64s
    hashes: UInt64s
    mixed: UInt32s
    content: UInt32s
    tails: UInt32s
    kinds: UInt8s
    meant: UInt64s
    events: Int64s
    found: Int64s
    state: Int64s


def scratch(size: int) -> Scratch:
    """Reserve room for texts of up to ``size`` bytes."""
    # At most 5 bytes are folded for 3, and a word takes two bytes (with what separates it).
    words = size // 2 + 1
    return Scratch(
        np.empty(2 * size + 4 * LANES, np.uint8),
        np.empty(2 * size + 4 * LANES, np.uint8),
        np.empty(size + 10, np.int64),
        np.empty(size + 2, np.uint64),
        np.empty(words, np.uint32),
        np.empty(words + 16, np.uint32),
        np.empty(words, np.uint32),
        np.empty(words + LANES, np.uint8),
        np.empty(2 * size // LANES + 2, np.uint64),
        np.empty(words + 8, np.int64),
        np.empty(words + 1, np.int64),
        np.empty(STATE_SIZE, np.int64),
    )


@compiled(
    READ_BYTES,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT32S,
    types.int64,
    READ_BYTES,
    READ_UINT32S,
    UINT32S,
    UINT32S,
    INT64S,
    types.boolean,
    READ_UINT64S,
    READ_UINT64S,
    READ_UINT32S,
    READ_UINT32S,
    UINT32S,
    INT64S,
    UINT64S,
    BYTES,
    BYTES,
    INT64S,
    UINT64S,
    UINT32S,
    UINT32S,
    UINT32S,
    BYTES,
    UINT64S,
    INT64S,
    INT64S,
    INT64S,
    allocates=False,
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
    guarded: bool,
    table: UInt64s,
    stems: UInt64s,
    sieve: UInt32s,
    endings: UInt32s,
    streams: UInt32s,
    stream_bounds: Int64s,
    stream_hashes: UInt64s,
    folded: UInt8s,
    marks: UInt8s,
    edges: Int64s,
    hashes: UInt64s,
    mixed: UInt32s,
    content: UInt32s,
    tails: UInt32s,
    kinds: UInt8s,
    meant: UInt64s,
    events: Int64s,
    found: Int64s,
    state: Int64s,
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
        signatures: uint32[n * num_perm], receives the signatures; all 2**32 - 1 without words.
        words: uint32[(bytes + n) / 2 + 1] or more, receives the word hashes of all texts.
        bounds: int64[n + 1], receives where in ``words`` each text starts.
        guarded: Whether guard streams are made; without them all that follow are empty.
        table: Lexicon of the guard, see `filters.kernels.guard.guard_stream`.
        stems: Likewise.
        sieve: Likewise.
        endings: Likewise.
        streams: uint32[4 / 3 * bytes + 2 * n + 1] or more, receives the guard streams of all texts.
        stream_bounds: int64[n + 1], receives where in ``streams`` each text starts.
        stream_hashes: uint64[n], receives a hash of the guard stream; 0 for an empty one.
        folded: Scratch for the longest text, see `scratch`, like all that follow.
        marks: Separators.
        edges: Borders of words.
        hashes: Bytes of words, then shingles.
        mixed: Mixed shingles.
        content: See `filters.kernels.guard.guard_stream`, like the six that follow.
        tails: Likewise.
        kinds: Likewise.
        meant: Likewise.
        events: Likewise.
        found: Likewise.
        state: Likewise.
    """
    bounds[0] = stream_bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        length = fold_text(data, offsets[row], offsets[row + 1], props, folds, folded, marks)
        count = word_edges(folded, length, edges)
        start = bounds[row]
        stop = start + count
        bounds[row + 1] = stop
        held = words[start:]
        hash_words(folded, edges, count, held, hashes)
        first = stream_bounds[row]
        last = first
        if guarded:
            last = guard_stream(
                folded, marks, length, edges, count, held, hashes, table, stems, sieve, endings,
                content, tails, kinds, meant, events, found, state, streams, first,
            )  # fmt: skip
        stream_bounds[row + 1] = last
        stream_hashes[row] = _hash_stream(streams, first, last)
        used = shingle_hashes(words, start, stop, shingle, hashes)
        for index in range(used):
            mixed[index] = fmix32(np.uint32(hashes[index]))
        minima(mixed, used, factors, summands, signatures, row * factors.shape[0])


@compiled(READ_BYTES, READ_INT64S, UINT64S)
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
