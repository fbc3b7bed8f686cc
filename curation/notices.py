"""Notices: what takes a work back, doubts it or replaces it, who says so and when.

A record says it of itself, a link to a notice says it, or the notice names the work. Whatever is
said of one form of a work holds for all its forms and parts. Only current rows have a say; with a
knowledge cut-off, what was said after it is kept apart: it was not known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.dates import after
from curation.link import Links
from curation.table import Ints, Mask, Works, each_part, one_array

OWN: Final = ("retracted", "withdrawn", "superseded")
"""States that a record declares of itself, which its whole work shares."""

RELATIONS: Final[Mapping[str, tuple[str, bool]]] = {
    "retracted_by": ("retracted", False),
    "retraction_of": ("retracted", True),
    "withdrawn_by": ("withdrawn", False),
    "withdrawal_of": ("withdrawn", True),
    "partially_retracted_by": ("partly_retracted", False),
    "partial_retraction_of": ("partly_retracted", True),
    "concern_by": ("concern", False),
    "concern_about": ("concern", True),
    "superseded_by": ("superseded", False),
    "supersedes": ("superseded", True),
}
"""Type of a relation to what it says, and whether it says so of its target."""

SAID: Final[Mapping[str, str]] = {
    "retracted": "retracted",
    "withdrawn": "withdrawn",
    "partly_retracted": "retracted in part",
    "concern": "under an expression of concern",
    "superseded": "superseded",
}
"""What is said, in words."""

SHOWN: Final = 3
"""Notices of a work that are named."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is known of one thing said of a work.

    Attributes:
        said: A key of `SAID`.
        date: Earliest date known, empty for none.
        by: Ids of the notices, or of the newer edition; empty where only the record itself says so.
        row: Row of one of them, -1 where none is in the corpus.
    """

    said: str
    date: str
    by: tuple[str, ...]
    row: int

    @property
    def words(self) -> str:
        """One line for people: ``retracted by pmid:9 (2021-05)``."""
        shown = ", ".join(self.by[:SHOWN]) + (" …" if len(self.by) > SHOWN else "")
        line = SAID[self.said] + (f" by {shown}" if shown else ", as its own record says")
        return f"{line} ({self.date or 'no date known'})"


@dataclass(frozen=True, slots=True)
class Notices:
    """What is said of works. Few works have any, so that rows are kept and not columns.

    Attributes:
        found: All notices, those of one work and kind as one.
        rows: Rows of each of them, int64[m].
        later: Which of them are dated after the cut-off.
        size: Rows of the works table.
    """

    found: tuple[Notice, ...]
    rows: tuple[Ints, ...]
    later: tuple[bool, ...]
    size: int

    def of(self, said: str, *, later: bool = False) -> Ints:
        """Return for each row its notice as a place in `found`, -1 for none; int64[n].

        Args:
            said: A key of `SAID`.
            later: Notices after the cut-off instead of those that were known.
        """
        result = np.full(self.size, -1, np.int64)
        for place, notice in enumerate(self.found):
            if notice.said == said and self.later[place] is later:
                result[self.rows[place]] = place
        return result


@dataclass(slots=True)
class _Sayings:
    """What was collected about one work: dates, names and rows."""

    dates: set[str]
    by: set[str]
    rows: set[int]


def find_notices(works: Works, links: Links, current: Mask, apart: Mask, as_of: str) -> Notices:
    """Collect what is said of every work.

    Args:
        works: All rows.
        links: Their works.
        current: Rows whose ids joined them, bool[n]; they have a say.
        apart: Rows after the cut-off, bool[n]; they have a say about what came later.
        as_of: Knowledge cut-off, empty for none. A notice without a date counts as known.

    Returns:
        Notices by row.
    """
    collected: dict[tuple[int, str], _Sayings] = {}

    def add(label: int, said: str, date: str, by: str, row: int) -> None:
        sayings = collected.setdefault((label, said), _Sayings(set(), set(), set()))
        sayings.dates |= {date} - {""}
        sayings.by |= {by} - {""}
        sayings.rows |= {row} - {-1}

    speaks = current | apart
    keys = _keys(works, links, apart)
    for entry in (*_own(works, links, speaks), *_related(works, links, keys, speaks)):
        add(*entry)
    found: list[Notice] = []
    rows: list[Ints] = []
    members = _members(links.group, {label for label, _ in collected})
    for (label, said), sayings in sorted(collected.items()):
        found.append(
            Notice(
                said,
                min(sayings.dates, default=""),
                tuple(sorted(sayings.by)),
                min(sayings.rows, default=-1),
            )
        )
        mine = members[label]
        if said == "superseded":  # a newer edition may be a form of the same work
            mine = mine[~np.isin(mine, sorted(sayings.rows))]
        rows.append(mine)
    later = tuple(bool(as_of) and after(notice.date, as_of) for notice in found)
    return Notices(tuple(found), tuple(rows), later, works.table.num_rows)


_Entry = tuple[int, str, str, str, int]
"""Number of the work, what is said of it, date, who says it, and that row (-1 for none)."""


def _own(works: Works, links: Links, speaks: Mask) -> Iterator[_Entry]:
    """Yield what records say of themselves."""
    status = works.column("status")
    declared = np.asarray(pc.is_in(status, value_set=pa.array(OWN))) & speaks
    rows = pa.array(np.flatnonzero(declared))
    dates = works.column("status_date").take(rows).to_pylist()
    for row, said, date in zip(rows.to_pylist(), status.take(rows).to_pylist(), dates, strict=True):
        yield int(links.group[row]), said, date or "", "", -1


def _keys(works: Works, links: Links, apart: Mask) -> list[pa.Array]:
    """Return the ids of the rows that have a say, ``string[n]`` a kind, null for none."""
    keys = []
    for name, joining in zip(("pmid", "pmcid", "doi"), links.keys, strict=True):
        value = works.column(name)
        own = pc.if_else(pc.and_(pa.array(apart), pc.not_equal(value, "")), value, None)
        keys.append(pc.coalesce(joining, pc.binary_join_element_wise(name, own, ":")))
    return keys


def _related(works: Works, links: Links, keys: list[pa.Array], speaks: Mask) -> Iterator[_Entry]:
    """Yield what relations say of their own work or of their target's."""
    relations = works.column("relations")
    flat = pc.list_flatten(relations)
    wanted = np.asarray(pc.is_in(flat.field("type"), value_set=pa.array([*RELATIONS])))
    parents = pc.list_parent_indices(relations).to_numpy()
    wanted &= speaks[parents]
    places = pa.array(np.flatnonzero(wanted))
    types = flat.field("type").take(places).to_pylist()
    targets = flat.field("target").take(places)
    dates = flat.field("date").take(places).to_pylist()
    holders = _holders(works, keys, targets, speaks)
    ids, published = works.column("id"), works.column("date")
    rows = parents[places.to_numpy()].tolist()
    for row, type_, target, date in zip(rows, types, targets.to_pylist(), dates, strict=True):
        said, of_target = RELATIONS[type_]
        label = int(links.group[row])
        named = [
            other
            for other in holders.get(target, ())
            if links.group[other] != label or (said == "superseded" and other != row)
        ]
        if of_target:
            for other in named:
                when = date or published[row].as_py() or ""
                yield int(links.group[other]), said, when, ids[row].as_py(), row
            continue
        if not named:
            yield label, said, date or "", target.removeprefix("url:"), -1
        for other in named:
            yield label, said, date or published[other].as_py() or "", ids[other].as_py(), other


def _holders(
    works: Works, keys: list[pa.Array], targets: pa.Array, speaks: Mask
) -> dict[str, list[int]]:
    """Return for each target the rows that bear this id or address."""
    found: dict[str, list[int]] = {}
    if not len(targets):
        return found
    asked = pc.unique(targets)
    for key in keys:
        hit = np.flatnonzero(np.asarray(pc.is_in(key, value_set=asked).fill_null(False)))
        for row, target in zip(hit.tolist(), key.take(pa.array(hit)).to_pylist(), strict=True):
            found.setdefault(target, []).append(row)
    if pc.any(pc.starts_with(asked, "url:")).as_py():
        # Addresses are read only where somebody names one.
        for rows, table in each_part(works, ["url"]):
            named = pc.binary_join_element_wise(
                "url", pc.replace_substring_regex(table["url"], "#.*", ""), ":"
            )
            hit = np.flatnonzero(np.asarray(pc.is_in(named, value_set=asked)) & speaks[rows])
            names = one_array(named.take(pa.array(hit))).to_pylist()
            for row, target in zip(rows[hit].tolist(), names, strict=True):
                found.setdefault(target, []).append(row)
    return {target: sorted(rows) for target, rows in found.items()}


def _members(group: Ints, labels: set[int]) -> dict[int, Ints]:
    """Return the rows of some works."""
    wanted = np.array(sorted(labels), np.int64)
    rows = np.flatnonzero(np.isin(group, wanted))
    order = rows[np.argsort(group[rows], kind="stable")]
    bounds = np.searchsorted(group[order], wanted)
    ends = np.searchsorted(group[order], wanted, side="right")
    return {
        int(label): order[start:stop]
        for label, start, stop in zip(wanted, bounds, ends, strict=True)
    }
