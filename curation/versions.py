"""Versions of a corpus: the list of them, and what changed between two."""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from curation import manifest
from curation.corpus import VIEWS, Corpus, resolve
from curation.database import Database
from curation.errors import UsageError
from curation.stores import Store, place

_SHOWN = (
    "title, source, kind, lang, license, date, url, pmid, pmcid, doi, work, journal, authors, "
    "mesh, publication_types, keywords, metadata"
)
"""Columns of a shard that describe a document besides its text."""

_STATE = (
    "SELECT coalesce(id, resource || ' record ' || position) AS id, CASE "
    "WHEN bool_or(outcome = 'kept') THEN 'kept' "
    # Revisions that gave way say nothing of the document while another row of it does.
    "WHEN bool_or(rule <> 'superseded') THEN string_agg(DISTINCT outcome || ': ' || step || '.' || "
    "rule, ', ' ORDER BY outcome || ': ' || step || '.' || rule) FILTER (rule <> 'superseded') "
    "ELSE 'dropped: status.superseded' END AS state FROM {view} GROUP BY 1"
)


def listed(path: str | Path) -> dict[str, Any]:
    """List the versions of a corpus, oldest first.

    Args:
        path: The corpus, or one of its versions.

    Returns:
        The object that ``curation versions --json`` prints: ``latest`` and ``versions`` with
        counts, ``bytes``, and ``new_bytes``: what no earlier version holds already.

    Raises:
        UsageError: There is no version.
    """
    corpus = _corpus(path)
    names = manifest.versions(corpus)
    if not names:
        resolve(path)  # raises: says what is there instead
    rows = []
    seen: set[str] = set()
    for name in names:
        content = manifest.read(corpus.at(name))
        files = content["files"].values()
        fresh = {entry["sha256"]: entry["bytes"] for entry in files if entry["sha256"] not in seen}
        seen.update(fresh)
        rows.append(
            {
                "version": name,
                **content["counts"],
                "words": sum(source["words"] for source in content["sources"].values()),
                "bytes": sum(entry["bytes"] for entry in files),
                "new_bytes": sum(fresh.values()),
                "recipe": content["recipe"]["file"],
                "recipe_sha256": content["recipe"]["sha256"],
                "tool": content["tool"]["version"],
            }
        )
    said = manifest.latest_name(corpus)
    return {"latest": said if said in names else names[-1], "versions": rows}


def _corpus(path: str | Path) -> Store:
    """Return the corpus folder of a path that may be a version."""
    store = place(path)
    named = re.fullmatch(r"v[1-9]\d*", store.name)
    return store.parent if named and store.size(manifest.NAME) is not None else store


def pick(path: str | Path, version: str) -> Corpus:
    """Open a version by name or number.

    Args:
        path: The corpus.
        version: ``v2``, ``2``, or ``latest``.

    Raises:
        UsageError: There is no such version; the message lists those there are.
    """
    corpus = _corpus(path)
    if version == "latest":
        return Corpus(corpus)
    name = f"v{version}" if version.isdecimal() else version
    names = manifest.versions(corpus)
    if not names:
        resolve(path)
    if name not in names:
        raise UsageError(f"{corpus}: no version {version!r}; there is {', '.join(names)}")
    return Corpus(corpus.at(name))


def diff(old: Corpus, new: Corpus, top: int | None = None) -> dict[str, Any]:
    """Compare two versions, document by document.

    Shards that both versions share (the same bytes) are not read.

    Args:
        old: The version before.
        new: The version after.
        top: Ids named in each list; None for all.

    Returns:
        The object that ``curation diff --json`` prints: ``counts``, ``moves`` (from and to what,
        how many, ids) and ``changed`` (``text`` and ``description``: how many, ids).
    """
    database = _both(old, new)
    limit = "" if top is None else f"[:{top}]"
    moves = database.records(
        f"WITH a AS ({_STATE.format(view='old_ledger')}), "
        f"b AS ({_STATE.format(view='new_ledger')}), "
        "moved AS (SELECT coalesce(a.state, 'absent') AS before, coalesce(b.state, 'absent') "
        "AS after, coalesce(a.id, b.id) AS id FROM a FULL JOIN b ON a.id = b.id "
        "WHERE a.state IS DISTINCT FROM b.state), "
        f"counted AS (SELECT before, after, count(*) AS documents, list(id ORDER BY id){limit} "
        "AS ids FROM moved GROUP BY before, after) SELECT * FROM counted "
        "ORDER BY (before = 'kept' OR after = 'kept') DESC, documents DESC, before, after"
    )
    changed = _changed(database, limit)
    counts = {
        "added": sum(m["documents"] for m in moves if m["after"] == "kept"),
        "removed": sum(m["documents"] for m in moves if m["before"] == "kept"),
        "other_moves": sum(
            m["documents"] for m in moves if "kept" not in (m["before"], m["after"])
        ),
        "text_changed": changed["text"]["documents"],
        "description_changed": changed["description"]["documents"],
    }
    before, after = old.manifest["counts"]["kept"], new.manifest["counts"]["kept"]
    counts["unchanged"] = after - counts["added"] - sum(c["documents"] for c in changed.values())
    database.close()
    return {
        "old": old.version,
        "new": new.version,
        "kept": {"old": before, "new": after},
        "counts": counts,
        "moves": moves,
        "changed": changed,
        "recipe_changed": _recipe_changes(old.manifest, new.manifest),
        "versions_changed": _changes(old.manifest["versions"], new.manifest["versions"]),
    }


def _both(old: Corpus, new: Corpus) -> Database:
    """Open both ledgers, and the shards that differ."""
    files = {id(old): old.manifest["files"], id(new): new.manifest["files"]}
    views = {}
    for side, mine, other in (("old", old, new), ("new", new, old)):
        views[f"{side}_ledger"] = mine.files(VIEWS["ledger"])
        here, there = files[id(mine)], files[id(other)]
        views[f"{side}_documents"] = [
            mine.folder.where(name)
            for name in mine.names(VIEWS["documents"])
            if here[name]["sha256"] != there.get(name, {}).get("sha256")
        ]
    return Database(views, new.folder.files)


def _changed(database: Database, limit: str) -> dict[str, dict[str, Any]]:
    """Return documents kept in both versions whose text, or only whose description, changed."""
    kinds: dict[str, dict[str, Any]] = {
        kind: {"documents": 0, "ids": []} for kind in ("text", "description")
    }
    if not (database.columns("old_documents") and database.columns("new_documents")):
        return kinds
    # Hashes instead of texts in the join: 64 bits are enough to compare the two texts of one id.
    side = "(SELECT id, hash(text) AS text, hash(({shown})) AS shown FROM {view})"
    found = database.rows(
        "SELECT CASE WHEN a.text <> b.text THEN 'text' ELSE 'description' END AS kind, count(*), "
        f"list(a.id ORDER BY a.id){limit} "
        f"FROM {side.format(view='old_documents', shown=_SHOWN)} a "
        f"JOIN {side.format(view='new_documents', shown=_SHOWN)} b ON a.id = b.id "
        "WHERE a.text <> b.text OR a.shown <> b.shown GROUP BY kind"
    )
    for kind, documents, ids in found:
        kinds[kind] = {"documents": documents, "ids": ids}
    return kinds


def _recipe_changes(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the recipe's settings that differ, as ``table.key`` with both values."""
    return _changes(_flat(old["recipe"]), _flat(new["recipe"]))


def _flat(recipe: dict[str, Any]) -> dict[str, Any]:
    values = {
        f"{table}.{key}".removeprefix("top."): value
        for table, settings in recipe["values"].items()
        for key, value in settings.items()
    }
    rules = {
        f"quality.{kind}.{key}": value
        for kind, settings in recipe["quality"].items()
        for key, value in settings.items()
    }
    trained = {
        f"classifiers.{name}.{key}": value
        for name, settings in recipe.get("classifiers", {}).items()
        for key, value in settings.items()
    }
    return values | rules | trained


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "old": old.get(key), "new": new.get(key)}
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
