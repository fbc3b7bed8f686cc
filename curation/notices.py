"""Notices: what takes a work back, doubts it or replaces it, who says so and when.

A record says it of itself, a link to a notice says it, or the notice names the work. Whatever is
said of one form of a work holds for all its forms and parts; only being superseded is said of an
edition, a record with its parts, because editions can share the ids of a work. Only current rows
have a say; with a knowledge cut-off, what was said after it is kept apart: it was not known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.dates import after
from curation.editions import replaced
from curation.link import Links
from curation.relations import SAYS
from curation.table import Ints, Mask, Works, each_part, one_array

OWN: Final = ("retracted", "withdrawn", "superseded")
"""States that a record declares of itself; all but the last are those of its whole work."""

TAKEN_BACK: Final = ("retracted", "withdrawn", "partly_retracted", "concern")
"""What a reinstatement ends."""

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

_NEVER: Final = "9999"
"""After every date."""


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
        circles: Editions that claim to replace each other, a row for each, first the one that is
            taken to be current.
    """

    found: tuple[Notice, ...]
    rows: tuple[Ints, ...]
    later: tuple[bool, ...]
    size: int
    circles: tuple[tuple[int, ...], ...]

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
    """What was collected about one work or edition: dates, names and rows."""

    dates: set[str]
    by: set[str]
    rows: set[int]

    def notice(self, said: str) -> Notice:
        """Return it as one notice."""
        first = min(self.rows, default=-1)
        return Notice(said, min(self.dates, default=""), tuple(sorted(self.by)), first)


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing that one row says.

    Attributes:
        of: Number of the work, of an edition where it is superseded.
        said: A key of `SAID`.
        date: When, empty for unknown.
        by: Who, empty for its own record.
        row: Row of the notice or of the newer edition, -1 where it is not in the corpus.
        about: A row of what it is said of.
    """

    of: int
    said: str
    date: str
    by: str
    row: int
    about: int


def find_notices(works: Works, links: Links, current: Mask, apart: Mask, as_of: str) -> Notices:
    """Collect what is said of every work and edition.

    Args:
        works: All rows.
        links: Their works.
        current: Rows whose ids joined them, bool[n]; they have a say.
        apart: Rows after the cut-off, bool[n]; they have a say about what came later.
        as_of: Knowledge cut-off, empty for none. A notice without a date counts as known.

    Returns:
        Notices by row.
    """
    speaks = current | apart
    editions = _editions(works)
    keys = _keys(works, links, apart)
    entries = [*_own(works, links, editions, speaks)]
    entries += _related(works, links, editions, keys, speaks)
    claims = [entry for entry in entries if entry.said == "superseded"]
    claims += _spread(claims, links, editions, speaks)
    of_works = _collected(_in_force((e for e in entries if e.said != "superseded"), as_of))
    of_editions, circles = _current(works, editions, claims, speaks, as_of)
    found: list[Notice] = []
    rows: list[Ints] = []
    for collected, group in ((of_works, links.group), (of_editions, editions)):
        members = _members(group, {of for of, _ in collected})
        for (of, said), sayings in sorted(collected.items()):
            found.append(sayings.notice(said))
            rows.append(members[of])
    later = tuple(bool(as_of) and after(notice.date, as_of) for notice in found)
    return Notices(tuple(found), tuple(rows), later, works.table.num_rows, circles)


_Collected = dict[tuple[int, str], _Sayings]


def _collected(entries: Iterable[_Said]) -> _Collected:
    """Collect what is said of one thing."""
    result: _Collected = {}
    for entry in entries:
        sayings = result.setdefault((entry.of, entry.said), _Sayings(set(), set(), set()))
        sayings.dates |= {entry.date} - {""}
        sayings.by |= {entry.by} - {""}
        sayings.rows |= {entry.row} - {-1}
    return result


def _in_force(entries: Iterable[_Said], as_of: str) -> list[_Said]:
    """Leave out what was said of a work before it was reinstated, and the reinstatements.

    Each ends what was said until its date and leaves a later retraction alone; one without a date
    ends all, and one after the cut-off was not known yet. A date that differs from another in how
    precise it is alone is not later, so the work is in again. Of what was said before the cut-off
    and again after it, only the first counts.
    """
    every = list(entries)
    ended: dict[int, list[str]] = {}
    for entry in every:
        if entry.said == "reinstated" and not after(entry.date, as_of or _NEVER):
            ended.setdefault(entry.of, []).append(entry.date or _NEVER)
    left = [
        entry
        for entry in every
        if entry.said != "reinstated"
        and (
            entry.said not in TAKEN_BACK
            or all(after(entry.date, end) for end in ended.get(entry.of, ()))
        )
    ]
    late = [bool(as_of) and after(entry.date, as_of) for entry in left]
    known = {
        (e.of, e.said) for e, is_late in zip(left, late, strict=True) if e.date and not is_late
    }
    return [
        entry
        for entry, is_late in zip(left, late, strict=True)
        if not is_late or (entry.of, entry.said) not in known
    ]


def _editions(works: Works) -> Ints:
    """Return the number of each row's edition, int64[n]: its record with all versions and parts."""
    base = works.ranks("base")
    return np.where(base < 0, len(base) + np.arange(len(base)), base)


def _spread(claims: list[_Said], links: Links, editions: Ints, speaks: Mask) -> list[_Said]:
    """Return what holds for the other forms of a replaced edition.

    Where the newer edition is another work, ids tell the editions apart, and what bears those of
    the old one is the old one. Where both are one work, or the newer one is not in the corpus,
    nothing tells which edition another form is.
    """
    named = {claim.of for claim in claims} | {
        int(editions[claim.row]) for claim in claims if claim.row >= 0
    }
    across = [c for c in claims if c.row >= 0 and links.group[c.row] != links.group[c.about]]
    members = _members(links.group, {int(links.group[claim.about]) for claim in across})
    found: dict[tuple[int, _Said], _Said] = {}
    for claim in across:
        for row in members[int(links.group[claim.about])].tolist():
            edition = int(editions[row])
            if speaks[row] and edition not in named:
                found.setdefault((edition, claim), replace(claim, of=edition, about=row))
    return [*found.values()]


def _current(
    works: Works, editions: Ints, claims: list[_Said], speaks: Mask, as_of: str
) -> tuple[_Collected, tuple[tuple[int, ...], ...]]:
    """Return what is said of the editions that are replaced, and the circles among the claims.

    With a cut-off the claims that were known then are followed by themselves.
    """
    collected = _collected(claims)
    late: set[int] = set()
    known = claims
    if as_of:
        late = {of for (of, _), s in collected.items() if after(min(s.dates, default=""), as_of)}
        known = [c for c in claims if c.of not in late and not after(c.date, as_of)]
    members = _members(editions, {e for c in claims for e in (c.of, _newer(c, editions)) if e >= 0})
    ids, dates, part = (works.column(name) for name in ("id", "date", "part"))
    row_of: dict[int, int] = {}
    newest: dict[int, str] = {}
    for edition, rows in members.items():
        mine = rows[speaks[rows]].tolist()
        row_of[edition] = min(mine, key=lambda row: (part[row].as_py() != "", row))
        newest[edition] = max(dates[row].as_py() or "" for row in mine)
    by_id = sorted(members, key=lambda edition: (ids[row_of[edition]].as_py() or "", edition))
    order = sorted(by_id, key=lambda edition: newest[edition], reverse=True)
    rank = {edition: place for place, edition in enumerate(order)}
    now, circles = replaced(*_graph(known, editions), rank)
    ever, _ = replaced(*_graph(claims, editions), rank)
    left = {key: s for key, s in collected.items() if key[0] in (ever if key[0] in late else now)}
    return left, tuple(tuple(row_of[edition] for edition in circle) for circle in circles)


def _newer(claim: _Said, editions: Ints) -> int:
    """Return the edition that replaces, -1 where it is not in the corpus."""
    return int(editions[claim.row]) if claim.row >= 0 else -1


def _graph(claims: list[_Said], editions: Ints) -> tuple[dict[int, set[int]], set[int]]:
    """Return edition to the editions that replace it, and those that say so of themselves."""
    newer: dict[int, set[int]] = {}
    for claim in claims:
        if claim.by:
            newer.setdefault(claim.of, set()).add(_newer(claim, editions))
    return newer, {claim.of for claim in claims if not claim.by}


def _own(works: Works, links: Links, editions: Ints, speaks: Mask) -> Iterator[_Said]:
    """Yield what records say of themselves."""
    status = works.column("status")
    declared = np.asarray(pc.is_in(status, value_set=pa.array(OWN))) & speaks
    rows = pa.array(np.flatnonzero(declared))
    dates = works.column("status_date").take(rows).to_pylist()
    for row, said, date in zip(rows.to_pylist(), status.take(rows).to_pylist(), dates, strict=True):
        of = editions if said == "superseded" else links.group
        yield _Said(int(of[row]), said, date or "", "", -1, row)


def _keys(works: Works, links: Links, apart: Mask) -> list[pa.Array]:
    """Return the ids of the rows that have a say, ``string[n]`` a kind, null for none."""
    keys = []
    for name, joining in zip(("pmid", "pmcid", "doi"), links.keys, strict=True):
        value = works.column(name)
        own = pc.if_else(pc.and_(pa.array(apart), pc.not_equal(value, "")), value, None)
        keys.append(pc.coalesce(joining, pc.binary_join_element_wise(name, own, ":")))
    return keys


def _related(
    works: Works, links: Links, editions: Ints, keys: list[pa.Array], speaks: Mask
) -> Iterator[_Said]:
    """Yield what relations say of their own work or edition, or of their target's."""
    relations = works.column("relations")
    flat = pc.list_flatten(relations)
    wanted = np.asarray(pc.is_in(flat.field("type"), value_set=pa.array([*SAYS])))
    parents = pc.list_parent_indices(relations).to_numpy()
    wanted &= speaks[parents]
    places = pa.array(np.flatnonzero(wanted))
    types = flat.field("type").take(places).to_pylist()
    targets = flat.field("target").take(places)
    dates = flat.field("date").take(places).to_pylist()
    holders = _holders(works, keys, targets, speaks)
    ids, published, files = (works.column(name) for name in ("id", "date", "resource"))

    def name(row: int) -> str:
        return str(ids[row].as_py() or files[row].as_py())

    rows = parents[places.to_numpy()].tolist()
    for row, type_, target, date in zip(rows, types, targets.to_pylist(), dates, strict=True):
        said, of_target = SAYS[type_]
        group = editions if said == "superseded" else links.group
        bearers = holders.get(target, [])
        named = [other for other in bearers if group[other] != group[row]]
        if said == "superseded" and bearers and not named:
            continue  # what replaces itself is not replaced
        if of_target:
            for other in named:
                when = date or published[row].as_py() or ""
                yield _Said(int(group[other]), said, when, name(row), row, other)
            continue
        mine = int(group[row])
        if not named:
            yield _Said(mine, said, date or "", target.removeprefix("url:"), -1, row)
        for other in named:
            when = date or published[other].as_py() or ""
            yield _Said(mine, said, when, name(other), other, row)


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
