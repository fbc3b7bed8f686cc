"""Lines as keys of 64 bits, and which of them stand in a table, over Arrow buffers.

A key holds, from the top: 48 bits of a hash of the line and of the site, 13 bits of length,
3 bits of kind. Equal lines of one site have equal keys, so that length and kind need no column.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import types

from filters.kernels.compile import (
    INT64S,
    READ_BYTES,
    READ_INT64S,
    READ_UINT64S,
    UINT64S,
    compiled,
    plain,
)
from filters.kernels.lanes import load_lane, trailing_zeros
from filters.kernels.lines import HEADING, MARKUP, TABLE, line_kind

__all__ = ["FIXED", "KIND_BITS", "LENGTH_BITS", "LONGEST", "line_keys", "match_lines"]

KIND_BITS: Final = 3
LENGTH_BITS: Final = 13

LONGEST: Final = (1 << LENGTH_BITS) - 1
"""Characters of a line that count at most: eight pages without a line end."""

FIXED: Final = 7
"""Kind of a line that is never shared: a row of a table, or code. 1 to 6 are the levels of
headings, 0 is every other line."""

_HASHED = ~np.uint64((1 << (KIND_BITS + LENGTH_BITS)) - 1)
_SEED = np.uint64(0xCBF29CE484222325)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, odd
_FIRST_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SECOND_MIX = np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(33)
_ONES = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)
_NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
_ALL = ~np.uint64(0)
_LAST = np.uint64(56)


@plain
def _mixed(value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """MurmurHash3's fmix64: every bit depends on all."""
    value = (value ^ (value >> _HALF)) * _FIRST_MIX
    value = (value ^ (value >> _HALF)) * _SECOND_MIX
    return value ^ (value >> _HALF)


@plain
def _continuing(lane):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count the bytes of a lane that continue a code point: 10xxxxxx."""
    marks = lane & ~(lane << np.uint64(1)) & _TOPS
    return np.int64(((marks >> np.uint64(7)) * _ONES) >> _LAST)


@plain
def _read_line(data, i, end, state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Hash a line eight bytes at a time, zeros behind it: (hash, code points, its end)."""
    chars = 0
    while True:
        if i + 8 <= data.shape[0]:
            lane = load_lane(data, i)
        else:
            lane = np.uint64(0)
            for k in range(data.shape[0] - i):
                lane |= np.uint64(data[i + k]) << np.uint64(8 * k)
        other = lane ^ _NEWLINES
        found = (other - _ONES) & ~other & _TOPS  # its lowest bit is that of the first line feed
        size = 8 if found == 0 else trailing_zeros(found) >> 3
        size = min(size, end - i)
        if size < 8:
            lane &= ~(_ALL << np.uint64(8 * size))
        if size:
            state = (state ^ lane) * _MULTIPLIER
            state ^= state >> _HALF
            chars += size - _continuing(lane)
        i += size
        if size < 8:
            return state, chars, i


@compiled(READ_BYTES, READ_INT64S, READ_UINT64S, UINT64S, INT64S, allocates=False)
def line_keys(data: Any, offsets: Any, sites: Any, keys: Any, bounds: Any) -> None:
    """Make the keys of the lines of n texts.

    Args:
        data: uint8[bytes], UTF-8.
        offsets: int64[n + 1], into ``data``.
        sites: uint64[n], folded into the hashes.
        keys: uint64[lines], receives the keys of lines that are not blank, in order; a first line
            that begins with ``# `` is the title and has none.
        bounds: int64[n + 1], receives the bounds of the texts in ``keys``.
    """
    at = np.int64(0)
    bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        seed = _mixed(sites[row]) ^ _SEED
        if i + 1 < end and data[i] == 0x23 and data[i + 1] == 0x20:
            while i < end and data[i] != 0x0A:
                i += 1
        fence = np.uint8(0)
        while i < end:
            if data[i] <= 0x20:
                i += 1
                continue
            kind, _, _ = line_kind(data, i, end)
            mark = data[i]
            fixed = kind == TABLE or fence != 0
            if kind == MARKUP and (fence == 0 or mark == fence):
                fence = mark if fence == 0 else np.uint8(0)
                fixed = True
            level = 0
            if kind == HEADING:
                while i + level < end and data[i + level] == 0x23:
                    level += 1
            value, chars, i = _read_line(data, i, end, seed)
            value = np.uint64(0) if fixed else _mixed(value) & _HASHED
            low = (min(chars, LONGEST) << KIND_BITS) | (FIXED if fixed else level)
            keys[at] = value | np.uint64(low)
            at += 1
        bounds[row + 1] = at


@compiled(
    READ_UINT64S, READ_INT64S, READ_UINT64S, types.Array(types.float64, 1, "C"), INT64S, INT64S,
    allocates=False,
)  # fmt: skip
def match_lines(keys: Any, bounds: Any, shared: Any, shares: Any, heads: Any, feet: Any) -> None:
    """Find the lines of n texts that stand in a table.

    Args:
        keys: From `line_keys`.
        bounds: int64[n + 1] into ``keys``.
        shared: Keys of shared lines, uint64[m], sorted.
        shares: float64[n], receives the characters in shared lines among those of all lines; NaN
            for a text without lines.
        heads: int64[n], receives the number of lines up to the first that is not shared.
        feet: int64[n], receives the number of lines behind the last that is not shared; 0 where
            all are.
    """
    size = shared.shape[0]
    for row in range(bounds.shape[0] - 1):
        total: Any = 0
        inside: Any = 0
        run = 0
        head: Any = -1
        for place in range(bounds[row], bounds[row + 1]):
            key = keys[place]
            low: Any = 0
            high: Any = size
            while low < high:
                middle = (low + high) >> 1
                if shared[middle] < key:
                    low = middle + 1
                else:
                    high = middle
            chars = np.int64(key >> np.uint64(KIND_BITS)) & LONGEST
            total += chars
            if low < size and shared[low] == key:
                inside += chars
                run += 1
            else:
                if head < 0:
                    head = run
                run = 0
        shares[row] = inside / total if total else np.nan
        heads[row] = run if head < 0 else head
        feet[row] = 0 if head < 0 else run
