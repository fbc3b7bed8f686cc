"""Exact duplicates: documents whose final text has the same bytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["exact_duplicates"]


def exact_duplicates(
    content_hash: pa.FixedSizeBinaryArray,
    order: npt.NDArray[np.int64],
    eligible: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int64]:
    """Map each document to the first one in survivor order that has the same content hash.

    Args:
        content_hash: fixed_size_binary(16)[n], see `filters.duplicates.signatures.content_hash`;
            null where a document has no text, which equals nothing.
        order: int64[n], distinct: place in survivor order, smallest first.
        eligible: bool[n]; the others neither survive nor are dropped.

    Returns:
        int64[n], row of the document that stays; -1 where the document itself stays or is not
        eligible.

    Raises:
        ValueError: Where lengths differ, or the hash is not 16 bytes wide.
    """
    if content_hash.type != pa.binary(16):
        raise ValueError(f"content hash must be fixed_size_binary(16), not {content_hash.type}")
    if not len(content_hash) == len(order) == len(eligible):
        raise ValueError("content hashes, survivor order and eligibility differ in number")
    if len(np.unique(order)) != len(order):
        raise ValueError("survivor order holds equal places: it must be a total order")
    representative = np.full(len(order), -1, np.int64)
    known = eligible & np.asarray(content_hash.is_valid())
    rows = np.flatnonzero(known)
    if not len(rows):
        return representative
    last = content_hash.offset + len(content_hash)
    values = np.frombuffer(content_hash.buffers()[1], "<u8", count=2 * last).reshape(-1, 2)
    halves = values[content_hash.offset :][rows]
    sequence = np.lexsort((order[rows], halves[:, 1], halves[:, 0]))
    sorted_halves = halves[sequence]
    starts = np.ones(len(rows), np.bool_)
    starts[1:] = np.any(sorted_halves[1:] != sorted_halves[:-1], axis=1)
    # Each run of equal hashes begins with its survivor.
    survivors = rows[sequence][starts][np.cumsum(starts) - 1]
    representative[rows[sequence]] = np.where(starts, -1, survivors)
    return representative
