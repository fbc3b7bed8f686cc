"""Cutting many pairs of documents into batches whose documents fit into memory together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import BOOLS, READ_INT64S, compiled

__all__ = ["batch_starts"]

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def batch_starts(pairs: Int64s, sizes: Int64s, limit: int, most: int) -> Int64s:
    """Find where to cut a list of pairs, so that the distinct documents of a batch stay small.

    Args:
        pairs: int64[m, 2], C-contiguous; two documents by their index into ``sizes``.
        sizes: int64[n], bytes of each document.
        limit: Bytes of a batch; a pair that is larger is a batch of its own.
        most: Pairs of a batch.

    Returns:
        ``int64[batches]``, the first pair of each batch.
    """
    starts = np.zeros(len(pairs), np.bool_)
    _mark_starts(pairs, sizes, limit, most, starts)
    return np.flatnonzero(starts)


@compiled(
    types.Array(types.int64, 2, "C", readonly=True), READ_INT64S, types.int64, types.int64, BOOLS
)
def _mark_starts(pairs: Int64s, sizes: Int64s, limit: int, most: int, starts: Bools) -> None:
    """Add up the documents that the present batch has not had, and begin anew at a limit."""
    batch_of = np.zeros(sizes.shape[0], np.int64)
    batch = used = start = 0
    for pair in range(pairs.shape[0]):
        one, other = pairs[pair, 0], pairs[pair, 1]
        more = sizes[one] * (batch_of[one] != batch) + sizes[other] * (batch_of[other] != batch)
        if pair == 0 or used + more > limit or pair - start == most:
            starts[pair] = True
            batch += 1
            used, start = 0, pair
            more = sizes[one] + sizes[other]
        used += more
        batch_of[one] = batch_of[other] = batch
