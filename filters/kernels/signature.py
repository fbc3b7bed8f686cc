"""Text to word hashes to MinHash signature, in one compiled pass over an Arrow text buffer.

Words are maximal runs of letters and digits, folded; everything else separates. In scripts that
write no blanks between words each character is a word. The hash of a word is FNV-1a over its folded
code points (not bytes, so that no table of folded UTF-8 is needed), finalised to 31 bits, under a
class bit that is set where the word holds a digit.

The signature is datasketch's ``affine32`` scheme, bit for bit: a shingle hash h is mixed once by
the 32-bit finaliser of MurmurHash3 and permuted by a * h + b modulo 2**32; the smallest value of
each permutation is kept.

References: Broder 1997 (shingling, min-wise permutations); datasketch 2.0 ``MinHash``; FNV-1a:
draft-eastlake-fnv; finalisers: Appleby, MurmurHash3 (``fmix32``, ``fmix64``).
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from numba import njit, types

from filters.kernels.compile import INT64S, READ_BYTES, READ_INT64S, READ_UINT32S, compiled
from filters.kernels.unicode import (
    ALPHA,
    DIGIT,
    UNSPACED,
    WORD,
    decode,
    fold_of,
    props_of,
)

__all__ = [
    "CLASS_BIT",
    "ascii_classes",
    "fmix32",
    "fmix64",
    "hash_ids",
    "permutations",
    "shingle_hashes",
    "sign_texts",
]

CLASS_BIT = np.uint32(0x80000000)
"""Set in the hash of a word that holds a digit."""

FNV_SEED = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)
ROLL = np.uint64(0xD6E8FEB86659FD93)
"""Base of the rolling polynomial over the words of a shingle: odd, bits evenly spread."""

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_PAD = 32
_ASCII_DIGIT = np.uint8(0x80)
_ASCII_CHARACTER = np.uint8(0x7F)
_ZERO, _ONE = np.uint64(0), np.uint64(1)
_LOW_31 = np.uint64(0x7FFFFFFF)
_S31, _S33 = np.uint64(31), np.uint64(33)
_M64A, _M64B = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
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


@functools.cache
def ascii_classes() -> UInt8s:
    """Tabulate ASCII: uint8[128], the folded character, plus 128 for a digit; 0 for a separator."""
    table = np.zeros(128, np.uint8)
    for code in range(128):
        if chr(code).isalnum():
            table[code] = ord(chr(code).lower()) | (0x80 if chr(code).isdigit() else 0)
    return table


@njit(cache=True)
def fmix64(value: np.uint64) -> np.uint64:
    """Finalise 64 bits (MurmurHash3): a bijection in which each bit depends on all."""
    value ^= value >> _S33
    value *= _M64A
    value ^= value >> _S33
    value *= _M64B
    return value ^ (value >> _S33)


@njit(cache=True)
def fmix32(value: np.uint32) -> np.uint32:
    """Finalise 32 bits (MurmurHash3)."""
    # numba widens products of uint32 to 64 bits: each is cut again.
    value = np.uint32(np.uint32(value ^ (value >> _S16)) * _M32A)
    value = np.uint32(np.uint32(value ^ (value >> _S13)) * _M32B)
    return np.uint32(value ^ (value >> _S16))


@njit(cache=True)
def shingle_hashes(words: UInt32s, start: int, stop: int, shingle: int, out: UInt64s) -> int:
    """Hash the shingles of the words ``start`` to ``stop`` with a rolling polynomial, mixed.

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
    state = _ZERO
    for index in range(start, min(stop, start + shingle)):
        state = state * ROLL + np.uint64(words[index])
    out[0] = fmix64(state)
    leaving = _ONE
    for _ in range(shingle):
        leaving *= ROLL
    for index in range(start + shingle, stop):
        gone = np.uint64(words[index - shingle]) * leaving
        state = state * ROLL + np.uint64(words[index]) - gone
        out[index - start - shingle + 1] = fmix64(state)
    return max(1, stop - start - shingle + 1)


@njit(cache=True)
def _numeric(prop: int, code: int) -> bool:
    """Tell whether a word character above ASCII is a digit, power, fraction or other number."""
    if prop & DIGIT:
        return True
    if prop & ALPHA:
        return False
    return 0xB2 <= code <= 0xBE or 0x2070 <= code <= 0x209C or 0x2150 <= code <= 0x218B


@njit(cache=True)
def _with_marks(
    data: UInt8s, at: int, stop: int, props: UInt8s, state: np.uint64
) -> tuple[np.uint64, int]:
    """Add to a word of one character the vowel signs and other marks that follow it."""
    while at < stop and data[at] >= 128:
        code, after = decode(data, at, stop)
        prop = props_of(props, code)
        if not prop & WORD or prop & (ALPHA | DIGIT):
            break
        state = (state ^ np.uint64(code)) * FNV_PRIME
        at = after
    return state, at


@njit(cache=True)
def _raw_words(
    data: UInt8s,
    start: int,
    stop: int,
    classes: UInt8s,
    props: UInt8s,
    folds: UInt32s,
    out: UInt64s,
) -> int:
    """Split the bytes ``start`` to ``stop`` into words.

    ASCII goes through a loop without data-dependent branches: the running hash is stored at every
    byte, and only the index advances at the end of a word. A branch there would be mispredicted
    once a word, which costs more than the whole word.

    Returns:
        Number of words; ``out`` holds their FNV states, bit 0 replaced by "holds a digit".
    """
    count = 0
    state = FNV_SEED
    digit = _ZERO
    inside = 0
    at = start
    while at < stop:
        if data[at] < 128:
            entry = classes[data[at]]
            word = 1 if entry else 0
            out[count] = (state & ~_ONE) | digit
            count += inside & (1 - word)
            grown = (state ^ np.uint64(entry & _ASCII_CHARACTER)) * FNV_PRIME
            state = grown if word else FNV_SEED
            digit = (digit | np.uint64(entry >> np.uint8(7))) if word else _ZERO
            inside = word
            at += 1
            continue
        code, at = decode(data, at, stop)
        prop = props_of(props, code)
        alone = (prop & UNSPACED) != 0
        if inside and (alone or not prop & WORD):
            out[count] = (state & ~_ONE) | digit
            count += 1
            state, digit, inside = FNV_SEED, _ZERO, 0
        if not prop & WORD:
            continue
        state = (state ^ np.uint64(fold_of(folds, code))) * FNV_PRIME
        digit |= _ONE if _numeric(prop, code) else _ZERO
        inside = 1
        if alone:
            state, at = _with_marks(data, at, stop, props, state)
            out[count] = state & ~_ONE
            count += 1
            state, inside = FNV_SEED, 0
    if inside:
        out[count] = (state & ~_ONE) | digit
        count += 1
    return count


@njit(cache=True)
def _minima(
    shingles: UInt32s, count: int, factors: UInt32s, summands: UInt32s, out: UInt32s
) -> None:
    """Take the minimum of each permutation over ``count`` mixed hashes, a multiple of 32.

    The inner loop runs over shingles with a scalar minimum: LLVM keeps it in vector registers.
    """
    for permutation in range(factors.shape[0]):
        factor = factors[permutation]
        summand = summands[permutation]
        least = np.uint32(0xFFFFFFFF)
        for index in range(count):
            value = np.uint32(np.uint32(shingles[index] * factor) + summand)
            least = min(least, value)
        out[permutation] = least


@compiled(
    READ_BYTES,
    READ_INT64S,
    READ_UINT32S,
    READ_UINT32S,
    types.int64,
    READ_BYTES,
    READ_BYTES,
    READ_UINT32S,
    types.Array(types.uint32, 2, "C"),
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
    classes: UInt8s,
    props: UInt8s,
    folds: UInt32s,
    signatures: UInt32s,
    words: UInt32s,
    bounds: Int64s,
    numbers: UInt64s,
) -> None:
    """Sign n texts.

    Args:
        data: uint8[bytes], UTF-8.
        offsets: int64[n + 1], into ``data``.
        factors: uint32[num_perm], of the permutations.
        summands: uint32[num_perm], of the permutations.
        shingle: Words in a shingle.
        classes: See `ascii_classes`.
        props: `filters.kernels.unicode.PROPS`.
        folds: `filters.kernels.unicode.FOLD`.
        signatures: uint32[n, num_perm], receives the signatures; all 2**32 - 1 without words.
        words: uint32[(bytes + n) / 2 + 1] or more, receives the word hashes of all texts.
        bounds: int64[n + 1], receives where in ``words`` each text starts.
        numbers: uint64[n], receives a hash of the words with a digit in order; 0 without any.
    """
    raw = np.empty(0, np.uint64)
    mixed = np.empty(0, np.uint32)
    bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        most = (offsets[row + 1] - offsets[row]) // 2 + 2 + _PAD
        if most > raw.shape[0]:
            raw = np.empty(2 * most, np.uint64)
            mixed = np.empty(2 * most, np.uint32)
        count = _raw_words(data, offsets[row], offsets[row + 1], classes, props, folds, raw)
        start = bounds[row]
        bounds[row + 1] = start + count
        seen = _ZERO
        for index in range(count):
            digit = raw[index] & _ONE
            word = (fmix64(raw[index]) & _LOW_31) | (digit << _S31)
            words[start + index] = np.uint32(word)
            if digit:
                seen = fmix64(seen * ROLL + word)
        numbers[row] = seen
        used = shingle_hashes(words, start, start + count, shingle, raw)
        for index in range(used):
            mixed[index] = fmix32(np.uint32(raw[index]))
        if used:
            # Repeating a shingle changes no minimum and saves the vector loop its remainder.
            padded = (used + _PAD - 1) // _PAD * _PAD
            mixed[used:padded] = mixed[used - 1]
            used = padded
        _minima(mixed, used, factors, summands, signatures[row])


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
