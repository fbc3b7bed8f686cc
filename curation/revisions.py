"""Revisions: which row of a record is current, which are replaced, which were deleted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from curation.columns import DOCUMENT, TOMBSTONE
from curation.stage import MANUSCRIPT
from curation.table import Ints, Mask, Works


@dataclass(frozen=True, slots=True)
class Revisions:
    """The state of every row.

    Attributes:
        deleted: Documents that a notice deletes, bool[n].
        superseded: Documents that a newer state replaces, bool[n].
        winner: Row that is current in the place of a superseded one, else -1; int64[n].
        current: Documents that are neither, nor set apart; bool[n].
    """

    deleted: Mask
    superseded: Mask
    winner: Ints
    current: Mask


def revise(works: Works, *, enabled: bool, apart: Mask | None = None) -> Revisions:
    """Find the current rows.

    Args:
        works: All rows.
        enabled: Whether versions, revisions and tombstones count. Without, only rows with the
            very same id compete, because an id can stand in a corpus once.
        apart: Rows that replace nothing and are not replaced, bool[n]: those after the cut-off.
    """
    documents = works.numbers("row_type") == DOCUMENT
    if apart is not None:
        documents = documents & ~apart
    deleted = deleted_rows(works) if enabled else np.zeros(len(documents), np.bool_)
    superseded, winner = superseded_rows(
        works, documents & ~deleted, by="base" if enabled else "id"
    )
    return Revisions(deleted, superseded, winner, documents & ~deleted & ~superseded)


def deleted_rows(works: Works) -> Mask:
    """Mark the documents that a later tombstone of their record and version deletes, bool[n]."""
    types = works.numbers("row_type")
    base, revision = works.ranks("base"), works.ranks("revision")
    version = works.numbers("version")
    last: dict[tuple[int, int], int] = {}
    notices = np.flatnonzero(types == TOMBSTONE)
    for row in notices.tolist():
        key = (int(base[row]), int(version[row]))
        last[key] = max(last.get(key, -1), int(revision[row]))
    deleted = np.zeros(len(types), np.bool_)
    for row in np.flatnonzero(np.isin(base, base[notices]) & (types == DOCUMENT)).tolist():
        deleted[row] = revision[row] < last.get((int(base[row]), int(version[row])), -1)
    return deleted


def superseded_rows(works: Works, alive: Mask, *, by: str) -> tuple[Mask, Ints]:
    """Mark the rows that a newer state of the same thing replaces.

    Args:
        works: All rows.
        alive: Documents that compete; deleted ones do not.
        by: ``base``: of all rows of a record the greatest (version, revision, resource) is
            current, with all its parts, an author manuscript behind any other (PMC numbers it and
            the published text as versions of one article); ``id``: only rows with the very same id
            compete.

    Returns:
        bool[n], and int64[n]: the row that is current in the place of a superseded one, else -1.
    """
    rows = np.flatnonzero(alive)
    superseded = np.zeros(len(alive), np.bool_)
    winner = np.full(len(alive), -1, np.int64)
    version = works.numbers("version").astype(np.int64)
    keys = (_published(works, version), version, works.ranks("revision"), works.ranks("resource"))
    states = [key[rows] for key in keys]
    position = works.numbers("position").astype(np.int64)[rows]
    group = works.ranks(by)[rows]
    # From old to new inside each group; of the newest state its first row stands for it.
    newest = _last(group, np.lexsort((-position, *states[::-1], group)))
    older = np.zeros(len(rows), np.bool_)
    for state in states:
        older |= state != state[newest]
    superseded[rows[older]] = True
    winner[rows[older]] = rows[newest[older]]
    # An id that stands twice in one state (a repeated line): the last one counts.
    left = np.flatnonzero(~older)
    ids = works.ranks("id")[rows[left]]
    last = _last(ids, np.lexsort((position[left], ids)))
    repeated = last != np.arange(len(left))
    superseded[rows[left[repeated]]] = True
    winner[rows[left[repeated]]] = rows[left[last[repeated]]]
    # The row that stands for the newest state may itself be such a repetition.
    further = winner[winner]
    winner = np.where((winner >= 0) & (further >= 0), further, winner)
    return superseded, winner


def _published(works: Works, version: Ints) -> Ints:
    """Return 0 for author manuscripts with all their parts, else 1; int64[n]."""
    record = works.ranks("base") * (int(version.max(initial=0)) + 1) + version
    manuscripts = record[works.numbers("stage") == MANUSCRIPT]
    return (~np.isin(record, manuscripts)).astype(np.int64)


def _last(group: Ints, order: Ints) -> Ints:
    """Return for each row the last row of its group in an order that keeps groups together."""
    ends = (
        np.append(group[order][1:] != group[order][:-1], True) if len(order) else np.empty(0, bool)
    )
    heads = order[ends]
    result = np.empty(len(group), np.int64)
    result[order] = heads[np.cumsum(ends) - ends]
    return result
