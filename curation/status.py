"""The step ``status``: what a record, its notices and its metadata say about using it at all.

Tombstones, cut-off and revisions come first, then what was taken back or replaced, then the
choices of the recipe: dates, publication types, species. Every rule is named in `RULES` with the
key that switches it; what a rule does not know (no date, no publication type) breaks it never.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.columns import DOCUMENT, TOMBSTONE
from curation.dates import Dates
from curation.notices import SAID, SHOWN, Notices
from curation.recipe import Recipe
from curation.revisions import Revisions
from curation.table import Ints, Mask, Works, each_part, one_array
from curation.verdicts import Verdicts

RULES: Final[Mapping[str, tuple[str, str]]] = {
    "tombstone": ("", ""),
    "deleted": ("status", "enabled"),
    "after_as_of": ("", "as_of"),
    "superseded": ("status", "enabled"),
    "withdrawn": ("status", "enabled"),
    "retracted": ("status", "enabled"),
    "retracted_work": ("status", "enabled"),
    "superseded_by": ("status", "superseded"),
    "past_review": ("status", "past_review"),
    "partly_retracted": ("status", "concern"),
    "concern": ("status", "concern"),
    "before_date_min": ("status", "date_min"),
    "after_date_max": ("status", "date_max"),
    "undated": ("status", "undated"),
    "publication_type_deny": ("status", "publication_types_deny"),
    "publication_type_allow": ("status", "publication_types_allow"),
    "animal_only": ("status", "animal_only"),
    "copy_of_retracted": ("duplicates", "enabled"),
}
"""Rules of the step in the order in which they decide, with the recipe's key that switches each;
the words that people read stand in `curation.reasons`."""

TAKEN_BACK: Final = ("withdrawn", "retracted", "retracted_work", "partly_retracted", "concern")
"""Rules whose documents are searched for copies; the last two only drop on demand."""

HUMANS, ANIMALS = "Humans", "Animals"
"""MeSH check tags. Indexers give both to a study of both, and ``Animals`` stands by itself on many
records that are about people as well: animal-only is ``Animals`` without ``Humans``.

Reference: NLM's check tags; Cochrane's search strategy for trials in MEDLINE excludes animals by
the same ``exp animals/ not humans.sh.``.
"""


def revisions_decided(
    works: Works, revisions: Revisions, after: Mask, as_of: str, verdicts: Verdicts
) -> None:
    """Drop tombstones, deleted and replaced rows, and those after the cut-off.

    Args:
        works: All rows.
        revisions: Their state, in which rows after the cut-off replace nothing.
        after: Rows after the cut-off, bool[n].
        as_of: The cut-off.
        verdicts: Changed in place.
    """
    # A tombstone is no document, and of rows with one id only one can stay, whatever is off.
    verdicts.drop(works.numbers("row_type") == TOMBSTONE, "status", "tombstone")
    rows = verdicts.drop(revisions.deleted, "status", "deleted")
    verdicts.say(rows, ["deleted at the source by a later notice"] * len(rows))
    rows = verdicts.drop(after, "status", "after_as_of")
    dates = works.column("date").take(pa.array(rows)).to_pylist()
    verdicts.say(rows, [f"dated {date}, after {as_of}" for date in dates])
    verdicts.drop(revisions.superseded, "status", "superseded", representative=revisions.winner)


def status_decided(works: Works, notices: Notices, recipe: Recipe, verdicts: Verdicts) -> None:
    """Apply the rules of ``[status]`` to what is open.

    Args:
        works: All rows.
        notices: What is said of works.
        recipe: Its switches.
        verdicts: Changed in place.
    """
    if recipe.flag("status", "enabled"):
        _taken_back(works, notices, verdicts)
        _guidance(works, notices, recipe, verdicts)
        _doubted(notices, recipe, verdicts)
    _dates(works, recipe, verdicts)
    if recipe.flag("status", "enabled"):
        _types(works, recipe, verdicts)
        _species(works, recipe, verdicts)
        _later(notices, recipe, verdicts)


def _taken_back(works: Works, notices: Notices, verdicts: Verdicts) -> None:
    """Drop what its own record, another form of its work or a notice takes back."""
    own = works.column("status")
    verdicts.drop(np.asarray(pc.equal(own, "deleted")), "status", "deleted")
    for said in ("withdrawn", "retracted"):
        known = notices.of(said)
        declared = np.asarray(pc.equal(own, said)) & (known >= 0)
        _noticed(verdicts, verdicts.drop(declared, "status", said), notices, known)
    for said in ("withdrawn", "retracted"):
        known = notices.of(said)
        _noticed(verdicts, verdicts.drop(known >= 0, "status", "retracted_work"), notices, known)


def _guidance(works: Works, notices: Notices, recipe: Recipe, verdicts: Verdicts) -> None:
    """Leave the current edition: what is replaced goes, and what is past its review date."""
    known = notices.of("superseded")
    rows = _rule(recipe, verdicts, "superseded_by", known >= 0, _newer(notices, known))
    _noticed(verdicts, rows, notices, known)
    _circles(works, notices, verdicts)
    reviewed = works.column("review_date")
    if not pc.any(pc.not_equal(reviewed, "")).as_py():
        return
    today, origin = recipe.text("", "as_of"), "the cut-off of the recipe"
    if not today:
        today, source = _today(works, recipe, verdicts)
        origin = f"the newest date that several documents of {source} reach"
        verdicts.notes.append(
            f"review dates are compared with {today}, {origin}; set as_of to say otherwise"
            if today
            else "review dates are not compared: no source has two documents with a date; set as_of"
        )
    if today:
        past = Dates(reviewed).before(today)
        rows = _rule(recipe, verdicts, "past_review", past)
        dates = reviewed.take(pa.array(rows)).to_pylist()
        verdicts.say(
            rows, [f"its review was due {date}, before {today}, {origin}" for date in dates]
        )


def _today(works: Works, recipe: Recipe, verdicts: Verdicts) -> tuple[str, str]:
    """Return a date that the corpus is not older than, and the source that shows it.

    A record that is dated wrongly must not make guidance overdue. The sources are asked one by one,
    because the newest date of a small one means as much as that of a large one.
    """
    dates, order = Dates(works.column("date")), works.numbers("order")
    whole = verdicts.open & (works.numbers("row_type") == DOCUMENT)
    whole &= np.asarray(pc.equal(works.column("part"), ""))
    names = [spec.name for spec in recipe.sources]
    found = [(dates.reached(whole & (order == n)), name) for n, name in enumerate(names)]
    return max(found, key=lambda entry: entry[0], default=("", ""))


def _circles(works: Works, notices: Notices, verdicts: Verdicts) -> None:
    """Say where editions claim to replace each other: the newest is taken to be the current one."""
    ids = works.column("id")
    for first, *others in notices.circles:
        named = ", ".join(str(ids[row]) for row in others[:SHOWN])
        named += " …" if len(others) > SHOWN else ""
        line = f"it and {named} claim to replace each other; it is taken to be the current edition"
        verdicts.remark(first, line)
    if notices.circles:
        stay = [str(ids[first]) for first, *_ in notices.circles]
        shown = ", ".join(stay[:SHOWN]) + (" …" if len(stay) > SHOWN else "")
        verdicts.notes.append(
            f"{len(stay):,} times editions claim to replace each other; of each circle the newest "
            f"is taken to be the current one: {shown}"
        )


def _newer(notices: Notices, known: Ints) -> Ints:
    """Return the row of the newer edition of each row, -1 where it is not in the corpus."""
    rows = np.array([*(notice.row for notice in notices.found), -1], np.int64)
    result: Ints = rows[known]
    return result


def _doubted(notices: Notices, recipe: Recipe, verdicts: Verdicts) -> None:
    for said in ("partly_retracted", "concern"):
        known = notices.of(said)
        rows = _rule(recipe, verdicts, said, known >= 0)
        _noticed(verdicts, rows, notices, known)


def _dates(works: Works, recipe: Recipe, verdicts: Verdicts) -> None:
    limits = [recipe.text("", "as_of")]
    dates = Dates(works.column("date"))
    if recipe.flag("status", "enabled"):
        first, last = recipe.text("status", "date_min"), recipe.text("status", "date_max")
        limits += [first, last]
        for limit, rule, mask in (
            (first, "before_date_min", dates.before),
            (last, "after_date_max", dates.after),
        ):
            rows = verdicts.drop(mask(limit), "status", rule) if limit else np.empty(0, np.int64)
            said = works.column("date").take(pa.array(rows)).to_pylist()
            verdicts.say(rows, [f"dated {date}; {rule[-8:]} is {limit}" for date in said])
    vague = np.zeros(len(verdicts.step), np.bool_)
    for limit in filter(None, limits):
        vague |= dates.undecided(limit)
    rows = np.flatnonzero(vague & verdicts.open)
    if not len(rows):
        return
    wanted = " or ".join(filter(None, dict.fromkeys(limits)))
    if recipe.flag("status", "enabled") and recipe.text("status", "undated") == "drop":
        rows = verdicts.drop(vague, "status", "undated")
        said = works.column("date").take(pa.array(rows)).to_pylist()
        verdicts.say(
            rows,
            [f"dated {date or 'never'}, which cannot be compared with {wanted}" for date in said],
        )
        return
    verdicts.notes.append(
        f"{len(rows):,} documents without a date, or with one too vague to compare with {wanted}, "
        'stay; set [status] undated = "drop" to drop them'
    )


def _types(works: Works, recipe: Recipe, verdicts: Verdicts) -> None:
    """Drop by publication type: a denied one goes, then what has types and no allowed one."""
    keys = ("publication_types_deny", "publication_types_allow")
    lists = {key: _texts(recipe, key) for key in keys}
    if not any(lists.values()):
        return
    size = len(verdicts.step)
    fits = {key: np.zeros(size, np.bool_) for key in keys}
    seen: set[str] = set()
    typed = np.zeros(size, np.bool_)
    for rows, table in each_part(works, ["publication_types"]):
        parents, names, codes = _flat(rows, table["publication_types"])
        typed[parents] = True
        seen.update(names)
        for key, patterns in lists.items():
            hits = np.array([_fits(name, patterns) for name in names], np.bool_)
            fits[key][parents[hits[codes]]] = True
    for key, patterns in lists.items():
        verdicts.unused += [
            ("status", key, entry)
            for entry, pattern in zip(_entries(recipe, key), patterns, strict=True)
            if "*" not in entry and not any(_fits(name, [pattern]) for name in seen)
        ]
    denied, allowed = (fits[key] for key in keys)
    wrong = [(keys[0], denied)] if lists[keys[0]] else []
    wrong += [(keys[1], typed & ~allowed)] if lists[keys[1]] else []
    dropped = [
        verdicts.drop(mask, "status", key.replace("_types_", "_type_")) for key, mask in wrong
    ]
    _name_types(works, np.concatenate(dropped), verdicts)


def _name_types(works: Works, rows: Ints, verdicts: Verdicts) -> None:
    """Say of dropped documents which publication types they have."""
    dropped = np.zeros(len(verdicts.step), np.bool_)
    dropped[rows] = True
    for part_rows, table in each_part(works, ["publication_types"]):
        mine = np.flatnonzero(dropped[part_rows])
        types = table["publication_types"].take(pa.array(mine)).to_pylist()
        verdicts.say(part_rows[mine], [f"publication types: {', '.join(t)}" for t in types])


def _flat(rows: Ints, column: pa.ChunkedArray) -> tuple[Ints, list[str], Ints]:
    """Return for each value of a list column its row, and the distinct values with codes."""
    lists = one_array(column)
    parents: Ints = rows[pc.list_parent_indices(lists).to_numpy()]
    encoded = pc.list_flatten(lists).dictionary_encode()
    codes: Ints = encoded.indices.to_numpy().astype(np.int64)
    return parents, encoded.dictionary.to_pylist(), codes


def _species(works: Works, recipe: Recipe, verdicts: Verdicts) -> None:
    if recipe.text("status", "animal_only") != "drop":
        return
    tagged = {name: np.zeros(len(verdicts.step), np.bool_) for name in (HUMANS, ANIMALS)}
    for rows, table in each_part(works, ["mesh"]):
        parents, names, codes = _flat(rows, table["mesh"])
        for name, mask in tagged.items():
            if name in names:
                mask[parents[codes == names.index(name)]] = True
    dropped = verdicts.drop(tagged[ANIMALS] & ~tagged[HUMANS], "status", "animal_only")
    verdicts.say(dropped, [f"MeSH terms: {ANIMALS}, not {HUMANS}"] * len(dropped))


def _later(notices: Notices, recipe: Recipe, verdicts: Verdicts) -> None:
    """Say of what is kept which notices came after the cut-off."""
    as_of = recipe.text("", "as_of")
    counts = {}
    for said in SAID:
        later = notices.of(said, later=True)
        rows = np.flatnonzero(verdicts.open & (later >= 0))
        counts[said] = len(rows)
        for row in rows.tolist():
            verdicts.remark(row, f"later {notices.found[later[row]].words}")
    gone = counts["retracted"] + counts["withdrawn"]
    if gone:
        verdicts.notes.append(
            f"{gone:,} documents that are in as of {as_of} were taken back later: rows of the "
            "ledger with 'later retracted' or 'later withdrawn' in detail"
        )


def _rule(
    recipe: Recipe, verdicts: Verdicts, rule: str, mask: Mask, representative: Ints | None = None
) -> Ints:
    """Drop by a rule whose key says ``drop``; return its open rows, dropped or not."""
    if recipe.text(*RULES[rule]) == "drop":
        return verdicts.drop(mask, "status", rule, representative=representative)
    rows: Ints = np.flatnonzero(mask & verdicts.open)
    return rows


def _noticed(verdicts: Verdicts, rows: Ints, notices: Notices, known: Ints) -> None:
    """Say for some rows what is known: who says it, and when."""
    verdicts.say(rows, [notices.found[index].words for index in known[rows].tolist()])


def _entries(recipe: Recipe, key: str) -> list[str]:
    value = recipe.get("status", key)
    assert isinstance(value, list)
    return value


def _texts(recipe: Recipe, key: str) -> list[str]:
    return [_plain(text) for text in _entries(recipe, key)]


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(_plain(name), pattern) for pattern in patterns)


def _plain(name: str) -> str:
    """Return a type as it is compared: PubMed's ``Case Reports`` is JATS' ``case-reports``."""
    return " ".join(name.replace("-", " ").split()).casefold()
