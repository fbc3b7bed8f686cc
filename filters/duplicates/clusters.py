"""Star clusters: every document that goes has a verified similarity to one that stays.

Documents are taken in survivor order. Each joins the first survivor that it is similar enough to
and that the guard accepts; if there is none, it becomes a survivor itself. Unlike the transitive
closure, a chain A ~ B ~ C without A ~ C loses B only: C has nothing to do with what stays of B.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import INT64S, READ_UINT32S, compiled

__all__ = ["Clusters", "Edges", "settled", "star"]

Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]
Float64s = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ALL_KNOWN = np.uint32(0xFFFFFFFF)
"""No pair of a document is missing."""

_STAYS, _GOES, _OPEN = 0, 1, 2

_UINT8S = types.Array(types.uint8, 1, "C")
_FLOAT64S = types.Array(types.float64, 1, "C")
_READ_FLOAT64S = types.Array(types.float64, 1, "C", readonly=True)
_READ_BOOLS = types.Array(types.boolean, 1, "C", readonly=True)


class Edges(NamedTuple):
    """Pairs of documents of which one may stand for the other, by their places in survivor order.

    Attributes:
        later: uint32[m], the document that comes later.
        earlier: uint32[m], the other one.
        similarity: float64[m], their verified similarity.
    """

    later: UInt32s
    earlier: UInt32s
    similarity: Float64s


class Clusters(NamedTuple):
    """What becomes of each of n documents, by their places in survivor order.

    Attributes:
        representative: int64[n], the survivor that the document joins; -1 where it stays.
        similarity: float64[n], Jaccard similarity with that survivor; NaN where it stays.
    """

    representative: Int64s
    similarity: Float64s


def star(edges: Iterable[Edges], eligible: Bools) -> Clusters:
    """Form star clusters in survivor order.

    Args:
        edges: Pairs that are similar enough and not kept apart, sorted by the later document, then
            by the earlier one, over all chunks: memory is bounded by the chunk.
        eligible: bool[n]; the others (retracted, dropped by a rule) neither survive nor join.

    Returns:
        The clusters.

    Raises:
        ValueError: Where pairs are not sorted, or not from a later to an earlier document.
    """
    representative = np.full(len(eligible), -1, np.int64)
    similarity = np.full(len(eligible), np.nan, np.float64)
    last = -1
    for chunk in edges:
        last = _join(*chunk, last, eligible, representative, similarity)
        if last == -2:
            raise ValueError("pairs must be sorted by the later, then by the earlier document")
    return Clusters(representative, similarity)


def settled(edges: Iterable[Edges], known: UInt32s, witnesses: int) -> Bools:
    """Tell of which documents it is known what becomes of them, whatever else they are similar to.

    Of each document the pairs with the first that it may join are known, and perhaps not all with
    those behind. What joins a survivor among the first joins none behind it.

    Args:
        edges: Pairs that are similar enough and not kept apart, sorted as for `star`.
        known: uint32[n], the place up to which all pairs of each document with earlier ones that
            are no witnesses are there; 2**32 - 1 where all are. Those with witnesses are there.
        witnesses: Places below this are witnesses: who is similar to one goes.

    Returns:
        bool[n].
    """
    fate = np.where(known == ALL_KNOWN, _STAYS, _OPEN).astype(np.uint8)
    current = np.array([-1, _OPEN], np.int64)
    for later, earlier, _ in edges:
        _settle(later, earlier, known, witnesses, current, fate)
    done: Bools = (fate != _OPEN) | (known == ALL_KNOWN)
    return done


@compiled(
    READ_UINT32S,
    READ_UINT32S,
    _READ_FLOAT64S,
    types.int64,
    _READ_BOOLS,
    INT64S,
    _FLOAT64S,
)
def _join(
    later: UInt32s,
    earlier: UInt32s,
    similarity: Float64s,
    last: int,
    eligible: Bools,
    representative: Int64s,
    similarities: Float64s,
) -> int:
    """Let each document join the first survivor; return the last later document, -2 for disorder.

    What became of the earlier document is settled, because all pairs in which it is the later one
    came before.
    """
    before = np.int64(-1)
    for edge in range(later.shape[0]):
        mine, other = np.int64(later[edge]), np.int64(earlier[edge])
        if mine < last or other >= mine or (mine == last and other < before):
            return -2
        last, before = int(mine), other
        if (
            eligible[mine]
            and eligible[other]
            and representative[mine] < 0
            and representative[other] < 0
        ):
            representative[mine] = other
            similarities[mine] = similarity[edge]
    return last


@compiled(READ_UINT32S, READ_UINT32S, READ_UINT32S, types.int64, INT64S, _UINT8S)
def _settle(
    later: UInt32s,
    earlier: UInt32s,
    known: UInt32s,
    witnesses: int,
    current: Int64s,
    fate: npt.NDArray[np.uint8],
) -> None:
    """Follow each document through its pairs.

    Args:
        later: uint32[m], sorted.
        earlier: uint32[m], sorted for each later one.
        known: uint32[n].
        witnesses: Places below this are witnesses.
        current: The document under way, and whether a pair before leaves it open (1) or not (0).
        fate: uint8[n], as far as it is known: `_STAYS`, `_GOES` or `_OPEN`.
    """
    for pair in range(later.shape[0]):
        mine, other = np.int64(later[pair]), np.int64(earlier[pair])
        if mine != current[0]:
            current[0], current[1] = mine, 0
        if fate[mine] == _GOES or current[1]:
            continue
        if other < witnesses or (other <= known[mine] and fate[other] == _STAYS):
            fate[mine] = _GOES
        elif other > known[mine] or fate[other] == _OPEN:
            fate[mine] = _OPEN
            current[1] = 1
