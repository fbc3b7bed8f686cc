"""Forms of one work under ids of their own: preprints and translations, by the links of records.

A preprint has a DOI and a PMID of its own and says little of its article in the same words (in the
one pair of the real files the Jaccard similarity is 0.23): only a link tells. PubMed links it as
``UpdateOf``, which also leads from a Cochrane review to the one before it, or to a letter; so
such a link counts only where its older end is a preprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.components import components
from curation.relations import ABOUT, DERIVED, UPDATES
from curation.stage import PREPRINT
from curation.table import Ints, Mask, Works

if TYPE_CHECKING:
    from curation.link import Links


def joined_forms(
    works: Works, labels: Ints, keys: list[pa.Array], speaks: Mask
) -> tuple[Ints, Mask, list[int]]:
    """Join works to the preprints and translations that they have in the corpus.

    What would join two works that are neither, over a preprint that claims both, joins nothing.

    Args:
        works: All rows.
        labels: Work of each row by its ids, the smallest of its rows; int64[n].
        keys: Ids that join, ``string[n]`` (``pmid:1``) with nulls, one array a kind.
        speaks: Rows whose links count, bool[n].

    Returns:
        The joined works, int64[n]; rows that are derived from another of their work, bool[n]; and a
        row of each work that claims more than one.
    """
    edges, derived = _edges(works, labels, keys, speaks)
    if not len(edges):
        return labels, np.zeros(len(labels), np.bool_), []
    ends, local = np.unique(edges, return_inverse=True)
    local = local.reshape(-1, 2)
    each = np.repeat(np.arange(len(local)), 2)
    component = components(len(ends), [(local.ravel(), each)])
    is_derived = np.isin(ends, derived)
    originals = np.bincount(component[~is_derived], minlength=len(ends))
    refused = originals[component] > 1
    joined = np.where(refused, ends, ends[component])
    place = np.searchsorted(ends, labels)
    hit = (place < len(ends)) & (ends[np.minimum(place, len(ends) - 1)] == labels)
    result = labels.copy()
    result[hit] = joined[place[hit]]
    behind = np.zeros(len(labels), np.bool_)
    behind[hit] = (is_derived & ~refused & (originals[component] == 1))[place[hit]]
    return result, behind, ends[refused & is_derived].tolist()


@dataclass(frozen=True, slots=True)
class Told:
    """Which records are notices, letters or replies about which works.

    Attributes:
        group: Number of the work of each row, int64[n].
        codes: Row of the record times n plus the number of the work, sorted; int64[m].
    """

    group: Ints
    codes: Ints

    def of(self, first: Ints, second: Ints) -> Mask:
        """Tell which pairs of rows hold a record and something that is about it, bool[k]."""
        size = len(self.group)
        found: Mask = np.isin(first * size + self.group[second], self.codes)
        return found | np.isin(second * size + self.group[first], self.codes)


def told(works: Works, links: Links) -> Told:
    """Collect what records say they are about.

    Args:
        works: All rows.
        links: Their works.
    """
    size = len(links.group)
    everybody = np.ones(size, np.bool_)
    rows, _, bearers = _links(works, links.keys, ABOUT, everybody)
    return Told(links.group, np.unique(rows * size + links.group[bearers]))


def _edges(works: Works, labels: Ints, keys: list[pa.Array], speaks: Mask) -> tuple[Ints, Ints]:
    """Return pairs of works that a link joins, int64[m, 2], and the derived ones, int64[k]."""
    preprints = np.unique(labels[(works.numbers("stage") == PREPRINT) & speaks])
    edges, derived = [], set()
    rows, types, bearers = _links(works, keys, [*DERIVED, *UPDATES], speaks)
    works_of = zip(labels[rows].tolist(), labels[bearers].tolist(), strict=True)
    for type_, pair in zip(types.to_pylist(), works_of, strict=True):
        ends = DERIVED.get(type_) or UPDATES[type_]
        if pair[0] == pair[1]:
            continue
        mine = [label for label, is_one in zip(pair, ends, strict=True) if is_one]
        if type_ in UPDATES and not np.isin(mine, preprints).all():
            continue
        edges.append(pair)
        derived.update(mine)
    derived.update(set(preprints.tolist()) & {label for pair in edges for label in pair})
    return (
        np.array(sorted(set(edges)), np.int64).reshape(-1, 2),
        np.array(sorted(derived), np.int64),
    )


def _links(
    works: Works, keys: Sequence[pa.Array], types: Sequence[str], speaks: Mask
) -> tuple[Ints, pa.Array, Ints]:
    """Return row, type and a row of the target of links of some types, those of rows that speak."""
    relations = works.column("relations")
    flat = pc.list_flatten(relations)
    wanted = np.asarray(pc.is_in(flat.field("type"), value_set=pa.array(types)))
    parents = pc.list_parent_indices(relations).to_numpy()
    places = np.flatnonzero(wanted & speaks[parents])
    targets = flat.field("target").take(pa.array(places))
    found = [pc.index_in(targets, value_set=key).fill_null(-1).to_numpy() for key in keys]
    bearers = np.concatenate(found).astype(np.int64)
    borne = bearers >= 0
    each = np.tile(places, len(keys))[borne]
    return parents[each], flat.field("type").take(pa.array(each)), bearers[borne]
