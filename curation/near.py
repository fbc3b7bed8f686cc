"""Near-duplicates of a build: signatures and hashes from the cache, verdicts by row.

Signatures are read for all documents that are still in, word hashes and guard streams for
candidates only. Texts of documents taken back take part: a copy of a retracted paper must not stay,
and they never stay themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.forms import Told, told
from curation.link import Links
from curation.pair_tasks import ANOTHER_TITLE, TEMPLATES
from curation.pairs import Documents, Pairs, Search, Similar, Stage, similar_pairs
from curation.recipe import Recipe
from curation.table import Ints, Mask, Works
from filters.duplicates.clusters import Edges, star
from filters.duplicates.guard import DIFFERENCES

NOTICE = ANOTHER_TITLE + 1
"""What keeps a notice and its target apart, beside the differences of the guard."""

_WORDS = {
    **dict(enumerate(DIFFERENCES)),
    ANOTHER_TITLE: "another title",
    NOTICE: "one is a notice or reply about the other",
}


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
    works: Works,
    links: Links,
    candidates: Mask,
    witness: Mask,
    order: Ints,
    recipe: Recipe,
    stage: Stage,
) -> Near:
    """Find near-duplicates among the rows that are still in.

    Args:
        works: All rows.
        links: Their works: a notice is no copy of what it is about.
        candidates: Rows that may stay or go.
        witness: Rows taken back: whoever is similar to one goes.
        order: Rank as a survivor, a total order.
        recipe: Threshold, bands, guard.
        stage: Runs the search.

    Returns:
        Representatives, similarities and remarks.
    """
    size = len(order)
    result = Near(np.full(size, -1, np.int64), np.full(size, np.nan), {}, [])
    words = works.numbers("shingle_words").astype(np.int64)
    long_enough = words >= recipe.number("duplicates", "min_words")
    rows = np.flatnonzero((candidates | witness) & long_enough)
    if len(rows) < 2:
        return result
    guard = recipe.get("duplicates", "guard")
    # Equal signatures are searched once: not those of a text taken back, whose pairs all count,
    # and for the guard not those of texts with other claims.
    identity = witness[rows].astype(np.uint64)
    if guard:
        identity += works.numbers("guard_hash").astype(np.uint64)[rows] * np.uint64(2)
    kinds = works.column("kind").take(pa.array(rows))
    documents = Documents(
        [part.path for part in works.parts],
        works.part[rows],
        works.row[rows],
        _places(order[rows] + ~witness[rows] * size, 2 * size),
        words[rows],
        identity,
        int(witness[rows].sum()),
    )
    search = Search(
        int(recipe.number("duplicates", "bands")),
        int(recipe.number("duplicates", "rows")),
        int(recipe.number("duplicates", "bucket_limit")),
        recipe.number("duplicates", "threshold"),
        "" if not guard else "strict" if guard == "strict" else "on",
        bool(pc.any(pc.is_in(kinds, pa.array(TEMPLATES))).as_py()),
    )
    with similar_pairs(documents, search, stage) as found:
        if found.cut:
            result.notes.append(
                f"{found.cut:,} comparisons were left out by the bucket limit of the search for "
                "near-duplicates"
            )
        if found.count:
            by_place = np.empty(len(rows), np.int64)
            by_place[documents.order] = rows
            pairs = _WithNotices(found, told(works, links), by_place)
            _clusters(result, by_place, pairs, witness[by_place])
    return result


def _places(order: Ints, end: int) -> Ints:
    """Return the place of each of some distinct values below ``end`` among them, int64[n]."""
    taken = np.zeros(end, np.bool_)
    taken[order] = True
    places: Ints = (np.cumsum(taken) - 1)[order]
    return places


@dataclass(frozen=True, slots=True)
class _WithNotices:
    """Similar pairs, of which those of a notice or reply with its target are apart.

    Attributes:
        found: The pairs.
        told: What records are about.
        rows: By place in survivor order.
    """

    found: Similar
    told: Told
    rows: Ints

    def __iter__(self) -> Iterator[Pairs]:
        """Read the pairs, some at a time."""
        for pairs in self.found:
            notice = self.told.of(self.rows[pairs.later], self.rows[pairs.earlier])
            yield pairs._replace(apart=np.where(notice, NOTICE, pairs.apart).astype(np.uint8))


def _clusters(result: Near, rows: Ints, found: Iterable[Pairs], taken: Mask) -> None:
    """Drop copies of witnesses first, then form star clusters among the rest.

    Args:
        result: Receives what is found.
        rows: By place in survivor order.
        found: Similar pairs.
        taken: Witnesses, by place.
    """
    eligible = ~taken
    if taken.any():
        _copies(result, rows, found, taken, eligible)
    clusters = star(map(_joining, found), eligible)
    gone = np.flatnonzero(clusters.representative >= 0)
    result.representative[rows[gone]] = rows[clusters.representative[gone]]
    result.similarity[rows[gone]] = clusters.similarity[gone]
    for pairs in found:
        _guarded(result, rows, pairs)


def _copies(result: Near, rows: Ints, found: Iterable[Pairs], taken: Mask, eligible: Mask) -> None:
    """Give each copy of a witness the witness that it is most similar to."""
    edges = [
        (pairs.earlier[some], pairs.later[some], pairs.similarity[some])
        for pairs in found
        for some in [(pairs.apart == 0) & (taken[pairs.earlier] != taken[pairs.later])]
    ]
    first, second, similarity = (np.concatenate(ends) for ends in zip(*edges, strict=True))
    for edge in np.argsort(-similarity, kind="stable").tolist():
        copy, source = int(first[edge]), int(second[edge])
        if taken[copy]:
            copy, source = source, copy
        if eligible[copy]:
            eligible[copy] = False
            result.representative[rows[copy]] = rows[source]
            result.similarity[rows[copy]] = similarity[edge]


def _joining(pairs: Pairs) -> Edges:
    """Return the pairs that nothing keeps apart."""
    some = pairs.apart == 0
    return Edges(pairs.later[some], pairs.earlier[some], pairs.similarity[some])


def _guarded(result: Near, rows: Ints, pairs: Pairs) -> None:
    """Note whom the guard kept, by the most similar of those that stay; of any where none does."""
    edges = np.flatnonzero(pairs.apart > 0)
    ends = rows[np.stack([pairs.later[edges], pairs.earlier[edges]])]
    mine, other = ends.ravel(), ends[::-1].ravel()
    stays = result.representative[other] < 0
    similarity = np.tile(pairs.similarity[edges], 2)
    apart = np.tile(pairs.apart[edges], 2)
    order = np.lexsort((-other, similarity, stays, mine))
    order = order[result.representative[mine[order]] < 0]
    last = order[np.append(np.diff(mine[order]) > 0, True)] if len(order) else order
    for row, twin, share, difference in zip(
        mine[last].tolist(),
        other[last].tolist(),
        similarity[last].tolist(),
        apart[last].tolist(),
        strict=True,
    ):
        known = result.guarded.get(row)
        rank = (result.representative[twin] < 0, share, -twin)
        if known is None or rank > (result.representative[known[0]] < 0, known[1], -known[0]):
            result.guarded[row] = (twin, share, _WORDS[difference])
