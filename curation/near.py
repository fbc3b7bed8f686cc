"""Near-duplicates of a build: signatures and hashes from the cache, verdicts by row.

Signatures are read for all documents that are still in, word hashes and guard streams for
candidates only. Texts of documents taken back take part: a copy of a retracted paper must not stay,
and they never stay themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.forms import told
from curation.link import Links
from curation.recipe import Recipe
from curation.table import Ints, Mask, Works, one_array, open_part
from curation.write import gather, read_rows
from filters.duplicates.bands import candidate_pairs
from filters.duplicates.clusters import star
from filters.duplicates.guard import DIFFERENCES, guards
from filters.duplicates.signatures import sign, signature_matrix
from filters.duplicates.verify import verify

PERMUTATIONS = 128

TEMPLATES = ("question", "label")
"""Kinds of documents that are written to a template: only their titles say what they are about."""

TITLE_SIMILARITY = 0.80
"""Jaccard similarity of the words of two titles below which they ask something else: it separates
98.7 % of the similar answers to different questions of MedQuAD."""

READ_ROWS = 8_192
"""Signatures read from a part at a time, four row groups: they are in memory twice meanwhile."""

_TITLE = len(DIFFERENCES)
_NOTICE = _TITLE + 1
_WORDS = (*DIFFERENCES, "another title", "one is a notice or reply about the other")


@dataclass(frozen=True, slots=True)
class Near:
    """What the search found, by row of the works table.

    Attributes:
        representative: Row that a document is similar to and that decides over it, -1 for none.
        similarity: Exact Jaccard similarity of the two, NaN for none.
        guarded: Rows that the guard kept, to the row they are similar to, how much, and what they
            differ in.
        notes: Lines for the summary.
    """

    representative: Ints
    similarity: npt.NDArray[np.float64]
    guarded: dict[int, tuple[int, float, str]]
    notes: list[str]


def near_duplicates(
    works: Works, links: Links, candidates: Mask, witness: Mask, order: Ints, recipe: Recipe
) -> Near:
    """Find near-duplicates among the rows that are still in.

    Args:
        works: All rows.
        links: Their works: a notice is no copy of what it is about.
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
    # and for the guard not those of texts with other claims.
    apart_from = witness[rows].astype(np.uint64)
    if guard:
        apart_from += works.numbers("guard_hash").astype(np.uint64)[rows] * np.uint64(2)
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
    similarity = verify(_Fetched(works, rows, "word_hashes"), pairs)
    apart = np.zeros(len(pairs), np.uint8)
    close = np.flatnonzero(similarity >= threshold)
    apart[close[told(works, links).of(*rows[pairs[close]].T)]] = _NOTICE
    if guard and len(close):
        differences = guards(_Fetched(works, rows, "guard"), pairs[close], guard == "strict")
        apart[close] = np.where(apart[close] > 0, apart[close], differences)
        _other_titles(works, rows, pairs, close, apart)
    return _clusters(empty, rows, place, pairs, similarity, apart, witness, threshold)


def _other_titles(
    works: Works, rows: Ints, pairs: Ints, close: Ints, apart: npt.NDArray[np.uint8]
) -> None:
    """Keep apart what was written to one template under another title."""
    kinds = works.column("kind").take(pa.array(rows))
    template = np.asarray(pc.is_in(kinds, pa.array(TEMPLATES)))
    asked = close[template[pairs[close]].all(axis=1) & (apart[close] == 0)]
    if not len(asked):
        return
    involved, inverse = np.unique(pairs[asked], return_inverse=True)
    titles = _Fetched(works, rows, "title")(involved).cast(pa.large_string())
    local = np.ascontiguousarray(inverse.reshape(-1, 2), np.int64)
    words = sign(titles.fill_null(""))
    known = np.asarray(words["shingle_words"])[local].all(axis=1)
    same = verify(words["word_hashes"], local, shingle=1) >= TITLE_SIMILARITY
    apart[asked[known & ~same]] = _TITLE


def _clusters(
    result: Near,
    rows: Ints,
    place: Ints,
    pairs: Ints,
    similarity: npt.NDArray[np.float64],
    apart: npt.NDArray[np.uint8],
    witness: Mask,
    threshold: float,
) -> Near:
    """Drop copies of witnesses first, then form star clusters among the rest."""
    taken = witness[rows]
    joined = (similarity >= threshold) & (apart == 0)
    copies = np.flatnonzero(joined & (taken[pairs[:, 0]] != taken[pairs[:, 1]]))
    eligible = ~taken
    for edge in copies[np.argsort(-similarity[copies], kind="stable")].tolist():
        first, second = pairs[edge].tolist()
        copy, source = (first, second) if taken[second] else (second, first)
        if eligible[copy]:
            eligible[copy] = False
            result.representative[rows[copy]] = rows[source]
            result.similarity[rows[copy]] = similarity[edge]
    clusters = star(place, pairs, similarity, apart > 0, eligible, threshold)
    gone = np.flatnonzero(clusters.representative >= 0)
    result.representative[rows[gone]] = rows[clusters.representative[gone]]
    result.similarity[rows[gone]] = clusters.similarity[gone]
    for edge in np.flatnonzero((similarity >= threshold) & (apart > 0)).tolist():
        for mine, other in (pairs[edge].tolist(), pairs[edge].tolist()[::-1]):
            if result.representative[rows[mine]] < 0:
                result.guarded[int(rows[mine])] = (
                    int(rows[other]),
                    float(similarity[edge]),
                    _WORDS[apart[edge]],
                )
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


class _Fetched:
    """Fetches a column of rows of the candidate list from the parts."""

    def __init__(self, works: Works, rows: Ints, name: str) -> None:
        self._works, self._rows, self._name = works, rows, name

    def __call__(self, wanted: Ints) -> pa.Array:
        rows = self._rows[wanted]
        paths = [part.path for part in self._works.parts]
        table = gather(paths, self._works.part[rows], self._works.row[rows], [self._name])
        return one_array(table[self._name])
