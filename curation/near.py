"""Near-duplicates of a build: signatures and hashes from the cache, verdicts by row.

Signatures are read for all documents that are still in, word hashes and guard streams for
candidates only. Texts of documents taken back take part: a copy of a retracted paper must not stay,
and they never stay themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.forms import told
from curation.link import Links
from curation.pair_search import Documents, Pairs, Search, Stage
from curation.pair_tasks import ANOTHER_TITLE, NOTICE, TEMPLATES
from curation.pairs import similar_pairs
from curation.recipe import Recipe
from curation.table import Ints, Mask, Works
from filters.duplicates.clusters import Edges, star
from filters.duplicates.guard import DIFFERENCES

_WORDS = {
    **dict(enumerate(DIFFERENCES)),
    ANOTHER_TITLE: "another title",
    NOTICE: "one is a notice or reply about the other",
}


UInt32s = npt.NDArray[np.uint32]


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
    retracted: Mask,
    known: Mask,
    order: Ints,
    recipe: Recipe,
    stage: Stage,
) -> Near:
    """Find near-duplicates among the rows that are still in.

    Args:
        works: All rows.
        links: Their works: a notice is no copy of what it is about.
        candidates: Rows that may stay or go.
        retracted: Rows taken back: whoever is similar to one goes, for that reason first.
        known: Rows of another corpus: whoever is similar to one of them goes.
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
    rows = np.flatnonzero((candidates | retracted | known) & long_enough)
    if len(rows) < 2:
        return result
    # Witnesses first: in a full bucket a text taken back is met before one that is known.
    rank = np.where(retracted[rows], 0, np.where(known[rows], 1, 2))
    places = _places(order[rows] + rank * size, 3 * size)
    search = _search(recipe, works.column("kind").take(pa.array(rows)))
    documents = _documents(works, rows, places, rank < 2, search.guard)
    by_place = np.empty(len(rows), np.int64)
    by_place[places] = rows
    about = told(works, links)

    def apart(later: UInt32s, earlier: UInt32s) -> Mask:
        return about.of(by_place[later], by_place[earlier])

    with similar_pairs(documents, search, stage, apart) as found:
        if found.cut:
            result.notes.append(
                f"{found.cut:,} comparisons were left out by the bucket limit of the search for "
                "near-duplicates"
            )
        _clusters(result, by_place, found, np.bincount(rank, minlength=3)[:2].tolist())
    return result


def _search(recipe: Recipe, kinds: pa.ChunkedArray) -> Search:
    """Return what is searched among documents of these kinds."""
    guard = recipe.get("duplicates", "guard")
    return Search(
        int(recipe.number("duplicates", "bands")),
        int(recipe.number("duplicates", "rows")),
        int(recipe.number("duplicates", "bucket_limit")),
        recipe.number("duplicates", "threshold"),
        "" if not guard else "strict" if guard == "strict" else "on",
        bool(pc.any(pc.is_in(kinds, pa.array(TEMPLATES))).as_py()),
    )


def _documents(works: Works, rows: Ints, places: Ints, witness: Mask, guard: str) -> Documents:
    """Return the documents of some rows."""
    # Equal signatures are searched once: not those of a text taken back, whose pairs all count,
    # and for the guard not those of texts with other claims, or of templates with other titles.
    claims = np.zeros(len(rows), np.uint64)
    if guard:
        claims = works.numbers("guard_hash").astype(np.uint64)[rows]
        template = np.asarray(pc.is_in(works.column("kind"), pa.array(TEMPLATES)))[rows]
        claims[template] += works.numbers("title_hash").astype(np.uint64)[rows[template]]
    two, one = np.uint64(2), np.uint64(1)
    identity = np.where(witness, two * places.astype(np.uint64) + one, two * claims)
    return Documents(
        [part.path for part in works.parts],
        works.part[rows],
        works.row[rows],
        places,
        works.numbers("shingle_words").astype(np.int64)[rows],
        identity,
        int(witness.sum()),
    )


def _places(order: Ints, end: int) -> Ints:
    """Return the place of each of some distinct values below ``end`` among them, int64[n]."""
    taken = np.zeros(end, np.bool_)
    taken[order] = True
    places: Ints = (np.cumsum(taken) - 1)[order]
    return places


def _clusters(result: Near, rows: Ints, found: Iterable[Pairs], shown: tuple[int, int]) -> None:
    """Drop copies of witnesses first, then form star clusters among the rest.

    Args:
        result: Receives what is found.
        rows: By place in survivor order.
        found: Similar pairs.
        shown: How many were taken back, and how many are known: they stand first.
    """
    eligible = np.arange(len(rows)) >= sum(shown)
    if sum(shown):
        _copies(result, rows, found, shown, eligible)
    clusters = star(map(_joining, found), eligible)
    gone = np.flatnonzero(clusters.representative >= 0)
    result.representative[rows[gone]] = rows[clusters.representative[gone]]
    result.similarity[rows[gone]] = clusters.similarity[gone]
    for pairs in found:
        _guarded(result, rows, pairs)


def _copies(
    result: Near, rows: Ints, found: Iterable[Pairs], shown: tuple[int, int], eligible: Mask
) -> None:
    """Give each copy of a witness the one that decides over it.

    In the order of the steps: what was taken back comes before what is known; of each the most
    similar one, of equally similar ones the first.
    """
    retracted, witnesses = shown[0], sum(shown)
    decides = np.full(len(rows), -1, np.int64)
    for pairs in found:
        shows = (pairs.earlier < witnesses) & (pairs.later >= witnesses)
        some = np.flatnonzero(shows & (pairs.apart == 0))
        copy, source = pairs.later[some], pairs.earlier[some].astype(np.int64)
        similarity = pairs.similarity[some]
        order = np.lexsort((source, -similarity, source >= retracted, copy))
        best = order[np.diff(copy[order], prepend=-1) > 0]
        copy, source, similarity = copy[best].astype(np.int64), source[best], similarity[best]
        # The pairs of one document may come in two pieces; of equals the first piece has the first.
        before, alike = decides[copy], result.similarity[rows[copy]]
        kinds = source >= retracted, before >= retracted
        better = (before < 0) | (kinds[0] < kinds[1])
        better |= (kinds[0] == kinds[1]) & (similarity > alike)
        decides[copy[better]] = source[better]
        result.similarity[rows[copy[better]]] = similarity[better]
    copies = np.flatnonzero(decides >= 0)
    eligible[copies] = False
    result.representative[rows[copies]] = rows[decides[copies]]


def _joining(pairs: Pairs) -> Edges:
    """Return the pairs that nothing keeps apart."""
    some = pairs.apart == 0
    return Edges(pairs.later[some], pairs.earlier[some], pairs.similarity[some])


def _guarded(result: Near, rows: Ints, pairs: Pairs) -> None:
    """Note whom the guard kept beside whom, by the most similar of those that stay."""
    ends = rows[np.stack([pairs.later, pairs.earlier])]
    edges = np.flatnonzero((pairs.apart > 0) & (result.representative[ends] < 0).all(axis=0))
    mine, other = ends[:, edges].ravel(), ends[::-1, edges].ravel()
    similarity = np.tile(pairs.similarity[edges], 2)
    apart = np.tile(pairs.apart[edges], 2)
    order = np.lexsort((-other, similarity, mine))
    last = order[np.append(np.diff(mine[order]) > 0, True)] if len(order) else order
    for row, twin, share, difference in zip(
        mine[last].tolist(),
        other[last].tolist(),
        similarity[last].tolist(),
        apart[last].tolist(),
        strict=True,
    ):
        known = result.guarded.get(row)
        if known is None or (share, -twin) > (known[1], -known[0]):
            result.guarded[row] = (twin, share, _WORDS[difference])
