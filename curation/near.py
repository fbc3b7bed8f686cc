"""Near-duplicates of a build: signatures and word hashes from the cache, verdicts by row.

Signatures are read for all documents that are still in, word hashes for candidates only. Texts
of documents taken back take part: a copy of a retracted paper must not stay, and they never stay
themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curation.recipe import Recipe
from curation.table import Ints, Mask, Works, one_array, open_part
from curation.write import gather, read_rows
from filters.duplicates.bands import candidate_pairs
from filters.duplicates.clusters import star
from filters.duplicates.signatures import signature_matrix
from filters.duplicates.verify import guards, verify

PERMUTATIONS = 128

READ_ROWS = 8_192
"""Signatures read from a part at a time, four row groups: they are in memory twice meanwhile."""


@dataclass(frozen=True, slots=True)
class Near:
    """What the search found, by row of the works table.

    Attributes:
        representative: Row that a document is similar to and that decides over it, -1 for none.
        similarity: Exact Jaccard similarity of the two, NaN for none.
        guarded: Rows that the guard kept, to the row they are similar to and how much.
        notes: Lines for the summary.
    """

    representative: Ints
    similarity: npt.NDArray[np.float64]
    guarded: dict[int, tuple[int, float]]
    notes: list[str]


def near_duplicates(
    works: Works, candidates: Mask, witness: Mask, order: Ints, recipe: Recipe
) -> Near:
    """Find near-duplicates among the rows that are still in.

    Args:
        works: All rows.
        candidates: Rows that may stay or go.
        witness: Rows taken back: whoever is similar to one goes.
        order: Rank as a survivor, a total order.
        recipe: Threshold, bands, guard.

    Returns:
        Representatives, similarities and remarks.
    """
    size = len(order)
    empty = Near(np.full(size, -1, np.int64), np.full(size, np.nan), {}, [])
    words = works.numbers("shingle_words").astype(np.int64)
    long_enough = words >= recipe.number("duplicates", "min_words")
    rows = np.flatnonzero((candidates | witness) & long_enough)
    if len(rows) < 2:
        return empty
    # Rows that cannot stay come last in the order, so that none of them leads a bucket.
    place = np.argsort(np.argsort(order[rows] + witness[rows] * size)).astype(np.int64)
    threshold = recipe.number("duplicates", "threshold")
    guard = recipe.get("duplicates", "guard")
    # Equal signatures are searched once: not those of a text taken back, whose pairs all count,
    # and for the guard not those of texts with other numbers.
    apart_from = witness[rows].astype(np.uint64)
    if guard:
        apart_from += works.numbers("numbers_hash").astype(np.uint64)[rows] * np.uint64(2)
    found = candidate_pairs(
        _signatures(works, rows),
        int(recipe.number("duplicates", "bands")),
        int(recipe.number("duplicates", "rows")),
        order=place,
        bucket_limit=int(recipe.number("duplicates", "bucket_limit")),
        threshold=threshold,
        identity=apart_from,
    )
    if found.cut:
        empty.notes.append(
            f"{found.cut:,} comparisons were left out by the bucket limit of the search for "
            "near-duplicates"
        )
    pairs = found.pairs
    if not len(pairs):
        return empty
    fetched = _WordHashes(works, rows)
    similarity = verify(fetched, pairs)
    apart = np.zeros(len(pairs), np.bool_)
    close = np.flatnonzero(similarity >= threshold)
    if guard:
        apart[close] = guards(fetched, pairs[close], guard == "strict")
    return _clusters(empty, rows, place, pairs, similarity, apart, witness, threshold)


def _clusters(
    result: Near,
    rows: Ints,
    place: Ints,
    pairs: Ints,
    similarity: npt.NDArray[np.float64],
    apart: Mask,
    witness: Mask,
    threshold: float,
) -> Near:
    """Drop copies of witnesses first, then form star clusters among the rest."""
    taken = witness[rows]
    joined = (similarity >= threshold) & ~apart
    copies = np.flatnonzero(joined & (taken[pairs[:, 0]] != taken[pairs[:, 1]]))
    eligible = ~taken
    for edge in copies[np.argsort(-similarity[copies], kind="stable")].tolist():
        first, second = pairs[edge].tolist()
        copy, source = (first, second) if taken[second] else (second, first)
        if eligible[copy]:
            eligible[copy] = False
            result.representative[rows[copy]] = rows[source]
            result.similarity[rows[copy]] = similarity[edge]
    clusters = star(place, pairs, similarity, apart, eligible, threshold)
    gone = np.flatnonzero(clusters.representative >= 0)
    result.representative[rows[gone]] = rows[clusters.representative[gone]]
    result.similarity[rows[gone]] = clusters.similarity[gone]
    for edge in np.flatnonzero((similarity >= threshold) & apart).tolist():
        for mine, other in (pairs[edge].tolist(), pairs[edge].tolist()[::-1]):
            if result.representative[rows[mine]] < 0:
                result.guarded[int(rows[mine])] = (int(rows[other]), float(similarity[edge]))
    return result


def _signatures(works: Works, rows: Ints) -> npt.NDArray[np.uint32]:
    """Read the signatures of some rows, ``uint32[len(rows), 128]``, part by part into place."""
    result = np.empty((len(rows), PERMUTATIONS), np.uint32)
    part = works.part[rows]
    for index in np.unique(part).tolist():
        mine = np.flatnonzero(part == index)
        mine = mine[np.argsort(works.row[rows[mine]], kind="stable")]
        with open_part(works.parts[index].path) as reader:
            for start in range(0, len(mine), READ_ROWS):
                some = mine[start : start + READ_ROWS]
                table = read_rows(reader, works.row[rows[some]], ["signature"])
                result[some] = signature_matrix(one_array(table["signature"]))
    return result


class _WordHashes:
    """Fetches the word hashes of rows of the candidate list from the parts."""

    def __init__(self, works: Works, rows: Ints) -> None:
        self._works, self._rows = works, rows

    def __call__(self, wanted: Ints) -> pa.LargeBinaryArray:
        rows = self._rows[wanted]
        paths = [part.path for part in self._works.parts]
        table = gather(paths, self._works.part[rows], self._works.row[rows], ["word_hashes"])
        return one_array(table["word_hashes"])
