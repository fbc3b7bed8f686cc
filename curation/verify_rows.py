"""The checks of `verify` on rows: the ledger in itself, with the shards, with the manifest."""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.database import Database, literal
from curation.errors import CurationError
from curation.faults import EXAMPLES, Faults
from curation.known import KNOWN_RULES
from curation.stores import Store
from curation.verdicts import STEPS
from filters.duplicates.signatures import id_hash

_STEPS = "[" + ", ".join(literal(step) for step in STEPS) + "]"

_KNOWN = f"coalesce(rule IN ({', '.join(map(literal, KNOWN_RULES))}), false)"
"""Rows of what the corpus has that this one was built against: its ids stand in no row here."""

_PLACE = "coalesce(id, resource || ' record ' || position)"

_RANK = (
    f"CASE WHEN outcome = 'kept' THEN 100 WHEN rule = 'copy_of_retracted' THEN "
    f"list_position({_STEPS}, 'near') ELSE list_position({_STEPS}, step) END"
)
"""How far a row came: 100 for kept, else the number of the step that dropped it. Copies of
retracted documents are found by the near-duplicate search, late, and belong to `status`."""

_SAME = (
    "source", "kind", "lang", "lang_score", "license", "date", "work", "words", "chars", "tokens",
    "cluster",
)  # fmt: skip
"""Columns that a shard and the ledger both hold."""


def check_rows(
    database: Database, folder: Store, content: Mapping[str, Any], faults: Faults
) -> dict[str, int]:
    """Run all checks on rows.

    Args:
        database: Views with positions.
        folder: Folder of the version.
        content: Its manifest.
        faults: Where faults are added.

    Returns:
        ``rows`` of the ledger and ``documents`` of the shards.
    """
    for fault, sql in _checks(folder, content, bool(database.columns("attribution"))):
        try:
            rows = database.rows(
                f"SELECT place, count(*) OVER () FROM ({sql}) AS bad(place) "
                f"ORDER BY place LIMIT {EXAMPLES}"
            )
        except CurationError:
            faults.add("unreadable", [f"while checking {fault}"])
            continue
        if rows:
            faults.count(fault, rows[0][1], [str(row[0]) for row in rows])
    try:
        _counts(database, content, faults)
        sizes = [database.rows(f"SELECT count(*) FROM {v}")[0][0] for v in ("ledger", "documents")]
        _shard_order(folder, content, faults)
        _ledger_order(folder, content, faults)
    except (CurationError, pa.ArrowException, OSError):
        faults.add("unreadable", ["while counting rows"])
        sizes = [0, 0]
    return {"rows": sizes[0], "documents": sizes[1]}


def _checks(folder: Store, content: Mapping[str, Any], attribution: bool) -> list[tuple[str, str]]:
    """Return pairs of fault and the SQL that lists its places."""
    start = len(folder.where("data")) - len("data") + 1  # paths as DuckDB got them
    documents = f"(SELECT *, substr(filename, {start}) AS file FROM documents)"
    kept = "(SELECT * FROM ledger WHERE outcome = 'kept')"
    at = "d.file = k.shard AND d.file_row_number = k.row AND d.id = k.id"
    differs = " OR ".join(f"d.{column} IS DISTINCT FROM k.{column}" for column in _SAME)
    checks = [
        (
            "outcome_unknown",
            f"SELECT {_PLACE} FROM ledger WHERE outcome IS NULL "
            "OR outcome NOT IN ('kept', 'dropped', 'failed')",
        ),
        (
            "step_unknown",
            f"SELECT {_PLACE} FROM ledger WHERE (outcome = 'kept' AND step IS NOT NULL) OR "
            f"(outcome <> 'kept' AND coalesce(list_position({_STEPS}, step), 0) = 0)",
        ),
        ("reason_missing", f"SELECT {_PLACE} FROM ledger WHERE outcome <> 'kept' AND rule IS NULL"),
        (
            "ledger_key_twice",
            "SELECT resource || ' record ' || position FROM ledger "
            "GROUP BY source, resource, position HAVING count(*) > 1",
        ),
        (
            "source_prefix",
            f"SELECT {_PLACE} FROM ledger WHERE NOT starts_with(id, source || ':') "
            f"OR split_part(substr(filename, {start}), '/', 2) <> source",
        ),
        ("id_missing", f"SELECT {_PLACE} FROM {kept} WHERE id IS NULL"),
        ("id_kept_twice", f"SELECT id FROM {kept} GROUP BY id HAVING count(*) > 1"),
        (
            "placement",
            f"SELECT {_PLACE} FROM ledger WHERE (outcome = 'kept') <> (shard IS NOT NULL) "
            "OR (outcome = 'kept') <> (row IS NOT NULL)",
        ),
        (
            "kept_without_document",
            f"SELECT k.id FROM {kept} k ANTI JOIN {documents} d ON {at}",
        ),
        (
            "document_without_ledger",
            f"SELECT d.file || ' row ' || d.file_row_number FROM {documents} d "
            f"ANTI JOIN {kept} k ON {at}",
        ),
        (
            "ledger_disagrees",
            f"SELECT k.id FROM {kept} k JOIN {documents} d ON {at} WHERE {differs}",
        ),
        *_duplicate_checks(content["recipe"]["values"]["duplicates"]["threshold"]),
        (
            "against",
            f"SELECT {_PLACE} FROM ledger WHERE {_KNOWN} AND (NOT {'against' in content} "
            "OR representative IS NULL OR NOT regexp_matches(representative, '^v[1-9][0-9]*/'))",
        ),
    ]
    if attribution:
        one = f"SELECT id, license, 1 AS side FROM {kept}"
        other = "SELECT id, license, 2 AS side FROM attribution"
        checks.append(
            (
                "attribution",
                f"SELECT id FROM ({one} UNION ALL {other}) GROUP BY id, license "
                "HAVING count(*) FILTER (side = 1) <> count(*) FILTER (side = 2)",
            )
        )
    return checks


def _duplicate_checks(threshold: float) -> list[tuple[str, str]]:
    """Return the checks of duplicates: each stands for a document that stays, or goes later."""
    gone = f"(SELECT * FROM ledger WHERE step IN ('identity', 'exact', 'near') AND NOT {_KNOWN})"
    # An id can stand in several rows: the row that came furthest is the one that was compared.
    fates = f"(SELECT id, max({_RANK}) AS rank FROM ledger WHERE id IS NOT NULL GROUP BY id)"
    return [
        (
            "representative_missing",
            f"SELECT g.id FROM {gone} g LEFT JOIN {fates} f ON f.id = g.representative "
            "WHERE f.id IS NULL",
        ),
        (
            "representative_gone",
            f"SELECT g.id FROM {gone} g JOIN {fates} f ON f.id = g.representative "
            f"WHERE f.rank <= list_position({_STEPS}, g.step)",
        ),
        (
            "cluster_head",
            f"SELECT l.id FROM ledger l LEFT JOIN {fates} f ON f.id = l.cluster "
            "LEFT JOIN (SELECT DISTINCT id FROM ledger WHERE id = cluster) h ON h.id = l.cluster "
            "WHERE (l.cluster IS NOT NULL AND (h.id IS NULL OR "
            f"coalesce(f.rank, 0) < list_position({_STEPS}, 'near'))) "
            f"OR (l.cluster IS NULL AND l.step IN ('exact', 'near') AND NOT {_KNOWN})",
        ),
        (
            "similarity",
            "SELECT id FROM ledger WHERE "
            "(step = 'near' AND NOT coalesce(similarity BETWEEN threshold AND 1, false)) OR "
            f"(step = 'near' AND threshold IS DISTINCT FROM {float(threshold)!r}) OR "
            "(step = 'exact' AND similarity IS DISTINCT FROM 1)",
        ),
    ]


def _counts(database: Database, content: Mapping[str, Any], faults: Faults) -> None:
    """Compare the counts of the manifest with those of the ledger."""
    found: dict[str, dict[str, int]] = {}
    for source, outcome, rows, words, chars in database.rows(
        "SELECT source, outcome, count(*), sum(words), sum(chars) FROM ledger GROUP BY ALL"
    ):
        mine = found.setdefault(source, {"words": 0, "chars": 0})
        mine[outcome] = rows
        if outcome == "kept":
            mine["words"], mine["chars"] = int(words or 0), int(chars or 0)
    wrong = []
    for source in sorted({*found, *content["sources"]}):
        said = content["sources"].get(source)
        mine = found.get(source, {})
        if said is None or any(
            mine.get(key, 0) != value
            for key, value in [
                *said["counts"].items(), ("words", said["words"]), ("chars", said["chars"]),
            ]
        ):  # fmt: skip
            wrong.append(source)
    outcomes = ("kept", "dropped", "failed")
    sums = {o: sum(mine.get(o, 0) for mine in found.values()) for o in outcomes}
    if sums != dict(content["counts"]):
        wrong.append("all sources")
    drops = {
        (source, step, rule): rows
        for source, step, rule, rows in database.rows(
            "SELECT source, step, rule, count(*) FROM ledger WHERE outcome <> 'kept' GROUP BY ALL"
        )
    }
    said_drops = {(d["source"], d["step"], d["rule"]): d["rows"] for d in content["drops"]}
    if drops != said_drops:
        keys = [k for k in {*drops, *said_drops} if drops.get(k) != said_drops.get(k)]
        wrong += sorted("/".join(map(str, key)) for key in keys)
    faults.add("counts", wrong)


def _shard_order(folder: Store, content: Mapping[str, Any], faults: Faults) -> None:
    """Check each shard's rows against the hash of their ids: order, and the shard itself."""
    unsorted, misplaced = [], []
    for name in sorted(content["files"]):
        found = re.fullmatch(r"data/[^/]+/[a-z]+-(\d+)-of-(\d+)\.parquet", name)
        if not found or folder.size(name) is None:
            continue
        number, count = int(found[1]), int(found[2])
        last = np.uint64(0)
        with folder.open(name) as stream, pq.ParquetFile(stream) as reader:
            for batch in reader.iter_batches(columns=["id"]):
                hashes = id_hash(batch["id"].drop_null())
                if not len(hashes):
                    continue
                if (hashes[1:] < hashes[:-1]).any() or hashes[0] < last:
                    unsorted.append(name)
                last = hashes[-1]
                shift = np.uint64(64 - (count.bit_length() - 1))
                if count > 1 and ((hashes >> shift) != number).any():
                    misplaced.append(name)
    faults.add("shard_order", dict.fromkeys(unsorted))
    faults.add("shard_place", dict.fromkeys(misplaced))


def _ledger_order(folder: Store, content: Mapping[str, Any], faults: Faults) -> None:
    """Check that the ledger of each source is sorted by id, rows without one first."""
    unsorted = []
    last: dict[str, str] = {}
    for name in sorted(n for n in content["files"] if n.startswith("ledger/")):
        if folder.size(name) is None:
            continue
        source = name.split("/")[1]
        with folder.open(name) as stream, pq.ParquetFile(stream) as reader:
            for batch in reader.iter_batches(columns=["id"]):
                ids = batch["id"].fill_null("")
                before = pa.concat_arrays([pa.array([last.get(source, "")]), ids[:-1]])
                if len(ids) and pc.any(pc.less(ids, before)).as_py():
                    unsorted.append(name)
                last[source] = ids[-1].as_py() if len(ids) else last.get(source, "")
    faults.add("ledger_order", dict.fromkeys(unsorted))
