"""Share of a text that listed words make up, over Arrow buffers."""

from __future__ import annotations

import numpy as np
from numba import types

from filters.kernels.classify import (
    Bytes,
    Doubles,
    Ints,
    Longs,
    Words,
    fold,
    known_word,
    next_word,
)
from filters.kernels.compile import READ_BYTES, READ_INT64S, READ_UINT32S, compiled
from filters.kernels.lanes import LANES

__all__ = ["term_shares"]

_LAST_DIGIT = np.uint8(57)
"""In folded text a word whose first byte is no greater begins with a digit."""


@compiled(
    READ_BYTES, READ_INT64S, READ_BYTES, READ_UINT32S, types.Array(types.int32, 1, "C"),
    READ_UINT32S, READ_INT64S, READ_BYTES, types.Array(types.float64, 1, "C"),
)  # fmt: skip
def term_shares(
    data: Bytes,
    offsets: Longs,
    props: Bytes,
    folds: Words,
    slots: Ints,
    word_hashes: Words,
    word_bounds: Longs,
    word_bytes: Bytes,
    shares: Doubles,
) -> None:
    """Measure n texts.

    Args:
        data: uint8[bytes], UTF-8.
        offsets: int64[n + 1], into ``data``.
        props: `filters.kernels.unicode.PROPS`.
        folds: `filters.kernels.unicode.FOLD`.
        slots: Table of the listed words, `filters.kernels.fasttext.word_table`.
        word_hashes: Their hashes.
        word_bounds: int64[words + 1] into ``word_bytes``.
        word_bytes: The words, one after the other.
        shares: float64[n], receives the code points in listed words over those in all words that
            do not begin with a digit; NaN for a text without such words.
    """
    folded = np.empty(0, np.uint8)
    for row in range(offsets.shape[0] - 1):
        size = offsets[row + 1] - offsets[row]
        if 2 * size + 4 * LANES > folded.shape[0]:
            folded = np.empty(4 * size + 4 * LANES, np.uint8)
        length = fold(data, offsets[row], offsets[row + 1], props, folds, folded)
        inside = total = place = 0
        while True:
            first, place, value = next_word(folded, place, length)
            if place == first:
                break
            if folded[first] <= _LAST_DIGIT:
                continue
            points = 0
            for at in range(first, place):
                points += (folded[at] & 0xC0) != 0x80
            total += points
            word = known_word(
                folded, first, place, value, slots, word_hashes, word_bounds, word_bytes
            )
            if word >= 0:
                inside += points
        shares[row] = inside / total if total else np.nan
