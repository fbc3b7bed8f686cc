"""Alignment of two sequences by their longest common subsequence, exactly and with bit vectors.

One row of the dynamic-programming table is one Python integer: its zero bits are the columns where
the length grows. A row costs as many machine words as there are columns over 64, so two sequences
of 100,000 items take seconds. For the alignment itself the rows are kept; where they would take
too much memory, the longer sequence is split in half where the two halves' lengths add up best.

Reference: H. Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA 2004; D. S. Hirschberg,
Communications of the ACM 18(6), 1975.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

_MEMORY_BITS = 8 * 64 * 2**20
"""Rows kept at a time for tracing back, in bits: 64 MB."""

Keys = Sequence[Hashable]
Pairs = list[tuple[int, int]]


def lcs_length(first: Keys, second: Keys) -> int:
    """Return the length of the longest common subsequence."""
    start, ends = _trimmed(first, second)
    ours, theirs = first[start : ends[0]], second[start : ends[1]]
    common = start + len(first) - ends[0]
    if not ours or not theirs:
        return common
    last = _last_row(ours, theirs)
    return common + len(theirs) - last.bit_count()


def align(first: Keys, second: Keys) -> Pairs:
    """Return pairs of indices of one longest common subsequence, both ascending."""
    start, ends = _trimmed(first, second)
    pairs = [(index, index) for index in range(start)]
    _between(first[start : ends[0]], second[start : ends[1]], start, start, pairs)
    shift = ends[1] - ends[0]
    pairs += [(index, index + shift) for index in range(ends[0], len(first))]
    return pairs


def _trimmed(first: Keys, second: Keys) -> tuple[int, tuple[int, int]]:
    """Return the length of the common beginning, and where the common endings begin."""
    shorter = min(len(first), len(second))
    start = 0
    while start < shorter and first[start] == second[start]:
        start += 1
    end = 0
    while end < shorter - start and first[-1 - end] == second[-1 - end]:
        end += 1
    return start, (len(first) - end, len(second) - end)


def _between(first: Keys, second: Keys, left: int, right: int, pairs: Pairs) -> None:
    """Append the pairs of two sequences that begin at `left` and `right` of the whole."""
    if not first or not second:
        return
    if len(first) * len(second) <= _MEMORY_BITS or len(first) == 1:
        pairs += [(left + i, right + j) for i, j in _traced(first, second)]
        return
    middle = len(first) // 2
    before = _growth(_last_row(first[:middle], second), len(second))
    behind = _growth(_last_row(first[middle:][::-1], second[::-1]), len(second))[::-1]
    cut = int(np.argmax(before + behind))
    _between(first[:middle], second[:cut], left, right, pairs)
    _between(first[middle:], second[cut:], left + middle, right + cut, pairs)


def _masks(keys: Keys) -> dict[Hashable, int]:
    """Return for each key the bits of its places."""
    places: dict[Hashable, list[int]] = {}
    for index, key in enumerate(keys):
        places.setdefault(key, []).append(index)
    size = (len(keys) + 7) // 8
    masks = {}
    for key, indices in places.items():
        bits = bytearray(size)
        for index in indices:
            bits[index >> 3] |= 1 << (index & 7)
        masks[key] = int.from_bytes(bits, "little")
    return masks


def _last_row(rows: Keys, columns: Keys) -> int:
    masks, full = _masks(columns), (1 << len(columns)) - 1
    row = full
    for key in rows:
        mask = masks.get(key)
        if mask is not None:
            hit = row & mask
            row = ((row + hit) | (row - hit)) & full
    return row


def _growth(row: int, columns: int) -> npt.NDArray[np.int64]:
    """Return the length for every number of columns, ``int64[columns + 1]``."""
    packed = np.frombuffer(row.to_bytes((columns + 7) // 8, "little"), np.uint8)
    zeros = 1 - np.unpackbits(packed, bitorder="little")[:columns].astype(np.int64)
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(zeros)))


def _traced(rows: Keys, columns: Keys) -> Pairs:
    """Keep all rows and walk back through them.

    A zero bit stays where it is unless a match moves it: a column that is zero in a row and in the
    row above was not matched by that row.
    """
    masks, full = _masks(columns), (1 << len(columns)) - 1
    row = full
    kept = []
    for key in rows:
        hit = row & masks.get(key, 0)
        row = ((row + hit) | (row - hit)) & full
        kept.append(row)
    pairs = []
    i, j = len(rows), len(columns)
    while i and j:
        if kept[i - 1] >> (j - 1) & 1:
            j -= 1
        elif i > 1 and not kept[i - 2] >> (j - 1) & 1:
            i -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    pairs.reverse()
    return pairs
