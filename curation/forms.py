"""Forms of one work under ids of their own: preprints and translations, by the links of records.

A preprint has a DOI and a PMID of its own and says little of its article in the same words (in the
one pair of the real files the Jaccard similarity is 0.23): only a link tells. PubMed links it as
``UpdateOf``, which also leads from a Cochrane review to the one before it, or to a letter; so
such a link counts only where its older end is a preprint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.stage import PREPRINT
from curation.table import Ints, Mask, Works

if TYPE_CHECKING:
    from curation.link import Links

ABOUT: Final = (
    "retraction_of",
    "partial_retraction_of",
    "withdrawal_of",
    "reinstatement_of",
    "concern_about",
    "correction_of",
    "comment_on",
)
"""Relations by which a record says that it is a notice, a letter or a reply about another work."""

DERIVED: Final = {
    "preprint_of": (True, False),
    "has_preprint": (False, True),
    "translation_of": (True, False),
    "has_translation": (False, True),
}
"""Types of relations to which end is derived: the record itself, its target."""

UPDATES: Final = {"update_of": (False, True), "updated_by": (True, False)}
"""The same for updates: it must be a preprint."""


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
    component = _components(len(ends), local)
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


def told_of(works: Works, links: Links, pairs: Ints) -> Mask:
    """Tell which pairs hold a record and a notice, letter or reply that it is the target of.

    Args:
        works: All rows.
        links: Their works.
        pairs: Rows, int64[m, 2].

    Returns:
        bool[m].
    """
    size = len(links.group)
    # There are millions of comments: links and ids of all other works are passed over.
    near = np.isin(links.group, links.group[pairs])
    keys = [pc.if_else(pa.array(near), key, None) for key in links.keys]
    said = (
        row * size + int(links.group[other]) for row, _, other in _links(works, keys, ABOUT, near)
    )
    codes = np.array(sorted(said), np.int64)
    one, other = pairs[:, 0], pairs[:, 1]
    found: Mask = np.isin(one * size + links.group[other], codes)
    return found | np.isin(other * size + links.group[one], codes)


def _components(size: int, edges: Ints) -> Ints:
    """Return for each end the smallest that it is joined with, int64[size]."""
    labels = np.arange(size)
    while True:
        before = labels.copy()
        smallest = labels[edges].min(axis=1)
        for side in (0, 1):
            np.minimum.at(labels, edges[:, side], smallest)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels


def _edges(works: Works, labels: Ints, keys: list[pa.Array], speaks: Mask) -> tuple[Ints, Ints]:
    """Return pairs of works that a link joins, int64[m, 2], and the derived ones, int64[k]."""
    preprints = np.unique(labels[(works.numbers("stage") == PREPRINT) & speaks])
    edges, derived = [], set()
    for row, type_, bearer in _links(works, keys, [*DERIVED, *UPDATES], speaks):
        pair = (int(labels[row]), int(labels[bearer]))
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
) -> Iterator[tuple[int, str, int]]:
    """Yield row, type and a row of the target of links of some types, those of rows that speak."""
    relations = works.column("relations")
    flat = pc.list_flatten(relations)
    wanted = np.asarray(pc.is_in(flat.field("type"), value_set=pa.array(types)))
    parents = pc.list_parent_indices(relations).to_numpy()
    places = np.flatnonzero(wanted & speaks[parents])
    if not len(places):
        return
    targets = flat.field("target").take(pa.array(places))
    said = flat.field("type").take(pa.array(places)).to_pylist()
    for key in keys:
        bearers = pc.index_in(targets, value_set=key)
        found = zip(parents[places].tolist(), said, bearers.to_pylist(), strict=True)
        yield from ((row, type_, bearer) for row, type_, bearer in found if bearer is not None)
