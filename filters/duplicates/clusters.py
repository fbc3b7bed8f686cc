"""Star clusters: every document that goes has a verified similarity to one that stays.

Documents are taken in survivor order. Each joins the first survivor that it is similar enough to
and that the guard accepts; if there is none, it becomes a survivor itself. Unlike the transitive
closure, a chain A ~ B ~ C without A ~ C loses B only: C has nothing to do with what stays of B.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import INT64S, READ_INT64S, compiled

__all__ = ["Clusters", "star"]

Int64s = npt.NDArray[np.int64]
Float64s = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Clusters(NamedTuple):
    """What becomes of each of n documents.

    Attributes:
        representative: int64[n], row of the survivor that the document joins; -1 where it stays.
        similarity: float64[n], Jaccard similarity with that survivor; NaN where it stays.
        cluster: int64[n], row of the survivor of its cluster; its own row where it stays.
    """

    representative: Int64s
    similarity: Float64s
    cluster: Int64s


def star(
    order: Int64s,
    pairs: Int64s,
    similarity: Float64s,
    apart: Bools,
    eligible: Bools,
    threshold: float = 0.80,
) -> Clusters:
    """Form star clusters in survivor order.

    The result depends on the documents, their order and their similarities alone, not on the order
    of rows or pairs.

    Args:
        order: int64[n], distinct: place in survivor order, smallest first.
        pairs: int64[m, 2], rows in any direction; a pair may occur more than once.
        similarity: float64[m], verified Jaccard similarity of each pair.
        apart: bool[m], True where the guard keeps the two documents apart.
        eligible: bool[n]; the others (retracted, dropped by a rule) neither survive nor join.
        threshold: Smallest similarity that joins, 0..1.

    Returns:
        The clusters.

    Raises:
        ValueError: Where shapes do not fit or places in the order are equal.
    """
    _check(order, pairs, similarity, apart, eligible)
    count = len(order)
    by_order = np.argsort(order, kind="stable")
    place = np.empty(count, np.int64)
    place[by_order] = np.arange(count)
    joins = (similarity >= threshold) & ~apart & eligible[pairs].all(axis=1)
    joins &= pairs[:, 0] != pairs[:, 1]
    ends = np.sort(place[pairs[joins]], axis=1)
    # Edges into one document lie together, its candidates in survivor order.
    sequence = np.lexsort((ends[:, 0], ends[:, 1]))
    joined = np.full(count, -1, np.int64)
    _join(np.ascontiguousarray(ends[sequence, 0]), np.ascontiguousarray(ends[sequence, 1]), joined)
    edges = np.flatnonzero(joins)[sequence]
    representative = np.full(count, -1, np.int64)
    similarities = np.full(count, np.nan, np.float64)
    chosen = joined >= 0
    representative[by_order[chosen]] = by_order[ends[sequence[joined[chosen]], 0]]
    similarities[by_order[chosen]] = similarity[edges[joined[chosen]]]
    cluster = np.where(representative >= 0, representative, np.arange(count))
    return Clusters(representative, similarities, cluster)


def _check(
    order: Int64s, pairs: Int64s, similarity: Float64s, apart: Bools, eligible: Bools
) -> None:
    """Refuse input that does not fit together."""
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"pairs must be int64[m, 2], not {list(pairs.shape)}")
    if len({len(pairs), len(similarity), len(apart)}) > 1:
        raise ValueError("pairs, similarities and guard flags differ in number")
    if len(order) != len(eligible):
        raise ValueError(f"{len(order)} places, but {len(eligible)} flags of eligibility")
    if len(np.unique(order)) != len(order):
        raise ValueError("survivor order holds equal places: it must be a total order")


@compiled(READ_INT64S, READ_INT64S, INT64S)
def _join(earlier: Int64s, later: Int64s, joined: Int64s) -> None:
    """Store for each document the first edge to a survivor.

    Args:
        earlier: int64[m], place of the document that comes first.
        later: int64[m], place of the other; edges are sorted by it, then by ``earlier``.
        joined: int64[n], -1 throughout; receives the index of the edge at each place that joins.
    """
    for edge in range(earlier.shape[0]):
        if joined[later[edge]] < 0 and joined[earlier[edge]] < 0:
            joined[later[edge]] = edge
