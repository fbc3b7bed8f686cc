"""Language editions: one article in the national and in the English edition of a journal.

PubMed has a record of each, with a PMID, a DOI and an English abstract of its own and no link to
the other: 38 pairs in one of its files of 2021. The abstracts are translated or edited anew, so
that their Jaccard similarity goes down to 0.55, and what the clinical guard reads (units,
directions, substances) may be worded otherwise: it is not asked. What makes two records one work is

* the same words of the title in the same order, five or more;
* two languages of publication between them, so that sister papers, serial reports and articles that
  were entered twice in one language are none;
* exact Jaccard similarity of title and abstract of 0.5 and more;
* half or more of their numbers in common: a report of another year has others;
* no link between them: a correction or a reply bears the title of its article.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.forms import told
from curation.link import Links
from curation.relations import ABOUT
from curation.table import Ints, Mask, Works, one_array
from curation.write import gather
from filters.duplicates.titles import LONG
from filters.duplicates.verify import verify
from filters.kernels.words import CLASS_BIT

KIND: Final = "abstract"
SIMILARITY: Final = 0.5
"""Least Jaccard similarity of word 5-grams of title and abstract."""

NUMBERS: Final = 0.5
"""Least Jaccard similarity of the words that hold a digit."""

MOST: Final = 50
"""Documents of one title that one is compared with, those that come first in survivor order."""


@dataclass(frozen=True, slots=True)
class Editions:
    """What was found, by row of the works table.

    Attributes:
        representative: Row of the edition that stays, -1 for none; int64[n].
        similarity: Exact Jaccard similarity of the two, NaN for none; float64[n].
        cut: Comparisons that `MOST` left out.
    """

    representative: Ints
    similarity: npt.NDArray[np.float64]
    cut: int


def language_editions(works: Works, links: Links, candidates: Mask, order: Ints) -> Editions:
    """Find editions of one article in two languages.

    Args:
        works: All rows.
        links: Their works.
        candidates: Rows that may stay or go.
        order: Rank as a survivor, a total order.

    Returns:
        Each that goes was compared with the one that stays.
    """
    size = len(order)
    found = Editions(np.full(size, -1, np.int64), np.full(size, np.nan), 0)
    rows = _of_one_title(works, candidates, order)
    if len(rows) < 2:
        return found
    languages = _languages(works, rows)
    pairs, cut = _pairs(works.numbers("title_hash").astype(np.uint64)[rows], languages)
    pairs = pairs[~told(works, links).of(*rows[pairs].T)]
    if not len(pairs):
        return Editions(found.representative, found.similarity, cut)
    involved, local = np.unique(pairs, return_inverse=True)
    local = np.ascontiguousarray(local.reshape(-1, 2), np.int64)
    words = _word_hashes(works, rows[involved])
    similarity = verify(words, local)
    same = (similarity >= SIMILARITY) & _same_numbers(words, local)
    for edge in np.flatnonzero(same).tolist():
        stays, goes = rows[pairs[edge]].tolist()
        # Pairs come in survivor order: whoever joined another one is no longer there to be joined.
        if found.representative[stays] < 0 and found.representative[goes] < 0:
            found.representative[goes] = stays
            found.similarity[goes] = similarity[edge]
    return Editions(found.representative, found.similarity, cut)


def _of_one_title(works: Works, candidates: Mask, order: Ints) -> Ints:
    """Return the rows that share a title with another one, by title and in survivor order."""
    titles = works.numbers("title_hash").astype(np.uint64)
    mask = candidates & (titles & LONG > 0)
    mask &= np.asarray(pc.equal(works.column("kind"), KIND).fill_null(False))
    mask &= np.asarray(pc.equal(works.column("part"), ""))
    rows = np.flatnonzero(mask & ~_notices(works))
    _, inverse, counts = np.unique(titles[rows], return_inverse=True, return_counts=True)
    rows = rows[counts[inverse] > 1]
    result: Ints = rows[np.lexsort((order[rows], titles[rows]))]
    return result


def _notices(works: Works) -> Mask:
    """Mark notices, letters and replies, bool[n]."""
    relations = works.column("relations")
    types = pc.list_flatten(relations).field("type")
    about = np.asarray(pc.is_in(types, value_set=pa.array(ABOUT)))
    found = np.zeros(works.table.num_rows, np.bool_)
    found[np.asarray(pc.list_parent_indices(relations))[about]] = True
    return found


def _languages(works: Works, rows: Ints) -> list[frozenset[str]]:
    """Return the languages of publication that records declare (PubMed: ``languages``)."""
    paths = [part.path for part in works.parts]
    found = gather(paths, works.part[rows], works.row[rows], ["metadata"])["metadata"]
    declared = (json.loads(text or "{}").get("languages") for text in found.to_pylist())
    return [frozenset(value) if isinstance(value, list) else frozenset() for value in declared]


def _pairs(titles: npt.NDArray[np.uint64], languages: list[frozenset[str]]) -> tuple[Ints, int]:
    """Return pairs of one title and two languages, by the survivor order of the second.

    Args:
        titles: Hashes, equal ones together, in survivor order.
        languages: Languages of each.

    Returns:
        int64[m, 2], the document that comes first in survivor order first; and how many were left
        out.
    """
    starts = np.flatnonzero(np.append(True, titles[1:] != titles[:-1]))
    first = np.repeat(starts, np.diff(np.append(starts, len(titles))))
    pairs, cut = [], 0
    for later in range(len(titles)):
        reach = min(later, int(first[later]) + MOST)
        cut += later - reach
        pairs += [
            (earlier, later)
            for earlier in range(int(first[later]), reach)
            if len(languages[earlier] | languages[later]) > 1
        ]
    return np.array(pairs, np.int64).reshape(-1, 2), cut


def _word_hashes(works: Works, rows: Ints) -> pa.LargeBinaryArray:
    paths = [part.path for part in works.parts]
    table = gather(paths, works.part[rows], works.row[rows], ["word_hashes"])
    return one_array(table["word_hashes"])


def _same_numbers(words: pa.LargeBinaryArray, pairs: Ints) -> Mask:
    """Tell which pairs have half or more of their numbers in common, or none at all."""
    held = [np.frombuffer(value.as_py(), "<u4") for value in words]
    numbers = [values[values >= CLASS_BIT] for values in held]
    column = pa.array([values.tobytes() for values in numbers], pa.large_binary())
    none = np.array([not len(values) for values in numbers])
    same: Mask = verify(column, pairs, shingle=1) >= NUMBERS
    return same | none[pairs].all(axis=1)
