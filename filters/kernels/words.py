"""Word borders and word hashes of folded text.

Borders are read off 64 bytes at a time, and words are hashed eight bytes at a time.

Reference: finaliser: Appleby, MurmurHash3 (``fmix64``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import plain
from filters.kernels.lanes import LANES, count_bits, filled_bytes, load_lane, trailing_zeros

__all__ = ["AT_ONCE", "BASE", "CLASS_BIT", "fmix64", "hash_part", "hash_words", "word_edges"]

CLASS_BIT = np.uint32(0x80000000)
"""Set in the hash of a word that holds a digit."""

BASE = np.uint64(0xD6E8FEB86659FD93)
"""Base of all polynomials: odd, bits evenly spread."""

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]

_ZERO, _ONE, _TWO = np.uint64(0), np.uint64(1), np.uint64(2)
_S33, _S63 = np.uint64(33), np.uint64(63)
_CLASS_BIT_64 = np.uint64(CLASS_BIT)
_BIT_5 = np.uint64(0x2020202020202020)
# Masks of the first and of the second eight bytes of a word of 0 .. 16 bytes.
_FIRST_BYTES = np.array([(1 << 8 * min(size, 8)) - 1 for size in range(17)], np.uint64)
_SECOND_BYTES = np.array([(1 << 8 * max(size - 8, 0)) - 1 for size in range(17)], np.uint64)
_M64A, _M64B = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
AT_ONCE = 8
"""Bits of a mask that are listed at once: how many there are is hard to foresee."""


@plain
def fmix64(value: np.uint64) -> np.uint64:
    """Finalise 64 bits (MurmurHash3): a bijection in which each bit depends on all."""
    value ^= value >> _S33
    value *= _M64A
    value ^= value >> _S33
    value *= _M64B
    return value ^ (value >> _S33)


@plain
def word_edges(folded: UInt8s, length: int, edges: Int64s) -> int:
    """Find where words start and end, 64 bytes at a time and without a branch per byte.

    Args:
        folded: The folded text, zeros behind it.
        length: Its bytes.
        edges: Receives start, end, start, end … in bytes, and anything in the eight behind.

    Returns:
        Number of words.
    """
    count = 0
    carry = _ZERO
    for block in range(0, length + 1, LANES):
        mask = filled_bytes(folded, block)
        turns = mask ^ (mask << _ONE | carry)
        carry = mask >> _S63
        end = count + count_bits(np.int64(turns))
        # Eight at once, also where there are fewer: how many there are is hard to foresee.
        while count < end:
            for place in range(count, count + AT_ONCE):
                edges[place] = block + trailing_zeros(turns)
                turns &= turns - _ONE
            count += AT_ONCE
        count = end
    return count // 2


@plain
def hash_words(folded: UInt8s, edges: Int64s, count: int, words: UInt32s, lanes: UInt64s) -> None:
    """Hash the words between the edges.

    Sixteen bytes hold nearly every word: these are loaded word by word and hashed by vectors.

    Args:
        folded: The folded text, 16 bytes or more behind it.
        edges: Start and end of each word.
        count: Number of words.
        words: Receives the hashes; the class bit is set where a byte is a digit.
        lanes: uint64[2 * count], receives the first eight bytes of each word, then the second.
    """
    longest = 0
    for index in range(count):
        at = edges[2 * index]
        size = edges[2 * index + 1] - at
        held = min(size, 16)
        longest = max(longest, size)
        lanes[index] = load_lane(folded, at) & _FIRST_BYTES[held]
        lanes[count + index] = load_lane(folded, at + 8) & _SECOND_BYTES[held]
    for index in range(count):
        first, second = lanes[index], lanes[count + index]
        words[index] = _packed(first + second * BASE, _digits(first) | _digits(second))
    if longest > 16:
        for index in range(count):
            at, stop = edges[2 * index], edges[2 * index + 1]
            if stop - at > 16:
                words[index] = _long_word(folded, at, stop)


@plain
def _packed(state: np.uint64, digits: np.uint64) -> np.uint32:
    """Finalise a hash to 31 bits under the class bit."""
    value = fmix64(state) >> _S33
    return np.uint32(value | (_CLASS_BIT_64 if digits else _ZERO))


@plain
def _long_word(folded: UInt8s, at: int, stop: int) -> np.uint32:
    """Hash a word of more than sixteen bytes."""
    digits = _ZERO
    for further in range(at, stop, 8):
        digits |= _digits(load_lane(folded, further) & _FIRST_BYTES[min(stop - further, 8)])
    value: np.uint32 = hash_part(folded, at, stop) | (CLASS_BIT if digits else np.uint32(0))
    return value


@plain
def hash_part(folded: UInt8s, at: int, stop: int) -> np.uint32:
    """Hash some bytes of a word as `hash_words` hashes a whole one, but without class bit."""
    held = min(stop - at, 16)
    first = load_lane(folded, at) & _FIRST_BYTES[held]
    second = load_lane(folded, at + 8) & _SECOND_BYTES[held]
    state = first + second * BASE
    for further in range(at + 16, stop, 8):
        value = load_lane(folded, further) & _FIRST_BYTES[min(stop - further, 8)]
        state = fmix64(state) * BASE + value
    return np.uint32(fmix64(state) >> _S33)


@plain
def _digits(value: np.uint64) -> np.uint64:
    """Mark the bytes 0x20 .. 0x3F: in folded text those are ASCII digits and `NUMBER_MARK`."""
    return value & ~(value >> _ONE) & ~(value >> _TWO) & _BIT_5
