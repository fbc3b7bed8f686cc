"""A small version folder written by hand, for tests of everything that reads one.

Fictional documents of two sources: kept ones, drops by several steps, a chain of duplicates,
revisions of one id, failures without an id, personal data as counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation import manifest
from curation.columns import SHARD_SCHEMA, ledger_schema
from curation.storage import publish_folder
from filters import registry
from filters.duplicates.signatures import id_hash

SENTENCE = (
    "Patients in the fictional {of} trial number {n} received the made up drug for {n} weeks. "
)

Row = dict[str, Any]


def text_of(number: int, source: str) -> str:
    """Return a fictional text of its own."""
    return f"# Trial {number}\n\n" + (SENTENCE.format(n=number, of=source) * 3).strip()


def kept(native: str, source: str = "pubmed", **values: Any) -> Row:
    """Return a kept document; ``text`` is the only value that is not a column of both tables."""
    number = int(re.sub(r"\D", "", native) or 0)
    row: Row = {
        "id": f"{source}:{native}",
        "source": source,
        "kind": "abstract" if source == "pubmed" else "guideline",
        "resource": f"{source}/file1.xml",
        "position": number,
        "outcome": "kept",
        "split": "train",
        "text": text_of(number, source),
        "title": f"Trial {number}",
        "license": "CC-BY-4.0",
        "date": "2020-05-17",
        "lang": "en",
        "lang_score": 0.97,
        "work": f"{source}:{native}",
        "pii": [],
        "journal": "Journal of Fiction" if source == "pubmed" else None,
        "mesh": ["Humans", "Fiction"] if source == "pubmed" else [],
    }
    return row | values


def dropped(native: str, step: str, rule: str, source: str = "pubmed", **values: Any) -> Row:
    """Return a dropped document."""
    return kept(native, source, outcome="dropped", step=step, rule=rule, split=None, **values)


def failed(resource: str, rule: str, source: str = "pubmed", **values: Any) -> Row:
    """Return a failed input: no id, no text."""
    row: Row = {
        "source": source,
        "kind": "",
        "resource": resource,
        "position": -1,
        "outcome": "failed",
        "step": "parse",
        "rule": rule,
        "detail": f"{resource}: the file ends early",
        "date": "",
        "license": "NOASSERTION",
        "pii": [],
    }
    return row | values


def standard_rows() -> list[Row]:
    """Return the rows that most tests use: 14 rows, 7 kept, 5 dropped, 2 failed."""
    return [
        kept("1", pii=[("EMAIL", 2), ("PHONE", 1)], cluster="pubmed:1"),
        kept("2", date="2021", journal="Annals of Nothing"),
        kept("3", license="CC0-1.0", lang="de", date=""),
        kept("4", resource="pubmed/file2.xml", pii=[("EMAIL", 1)], work="pmid:4"),
        kept("7@2", position=17, resource="pubmed/file2.xml", work="pmid:7"),
        dropped(
            "7", "status", "superseded", representative="pubmed:7@2", work="pmid:7", position=7
        ),
        dropped("5", "quality", "words_min", value=4.0, threshold=20.0, text="Too short a text."),
        dropped(
            "6", "near", "similar", representative="pubmed:1", similarity=0.9, value=0.9,
            threshold=0.8, cluster="pubmed:1",
        ),
        dropped(
            "8", "exact", "same_text", representative="pubmed:6", similarity=1.0,
            cluster="pubmed:1",
        ),
        failed("pubmed/broken.xml.gz", "truncated"),
        kept("a1", "guide", kind="guideline", date="2019"),
        kept("a2", "guide", kind="guideline", work="pmid:4", journal=None),
        dropped("a3", "licence", "purpose", "guide", license="LicenseRef-No",
                detail="LicenseRef-No (no-training) may not enter a private corpus"),
        failed("guide/pages.tar.gz::deep/page.html", "empty", "guide"),
    ]  # fmt: skip


def make_version(
    corpus: Path,
    rows: list[Row] | None = None,
    name: str = "v1",
    *,
    shards: int = 2,
    recipe: Mapping[str, Any] | None = None,
    quality: Mapping[str, Mapping[str, object]] | None = None,
    pii_profile: str = "off",
) -> Path:
    """Write a version and publish it.

    Args:
        corpus: Corpus folder.
        rows: Rows from `kept`, `dropped`, `failed`.
        name: ``vN``.
        shards: Shards of each source, a power of two.
        recipe: Replacements in the recipe's values, by table.
        quality: Changes of the quality rules, as a manifest keeps them.
        pii_profile: Profile that the manifest names.

    Returns:
        The folder of the version.
    """
    rows = [dict(row) for row in (standard_rows() if rows is None else rows)]
    _measure(rows)
    staging = corpus / ".curation" / "made"
    staging.mkdir(parents=True)
    sources = sorted({row["source"] for row in rows})
    for source in sources:
        mine = [row for row in rows if row["source"] == source]
        _write_shards(staging, source, [r for r in mine if r["outcome"] == "kept"], shards)
        _write_ledger(staging, source, mine)
    _write_attribution(staging, rows)
    (staging / "README.md").write_text("# Made by hand\n")
    described = _described(rows, sources, recipe or {}, pii_profile, quality or {})
    manifest.write(staging, described, manifest.checksums(staging), name)
    publish_folder(staging, corpus / name)
    (corpus / "latest").write_text(f"{name}\n")
    return corpus / name


def unlock(folder: Path) -> None:
    """Make the files of a version writable, so that a test can damage them."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o644)


def refresh_manifest(folder: Path) -> None:
    """Let the manifest agree with the files as they stand, as a careful forger would."""
    path = folder / manifest.NAME
    content = json.loads(path.read_text())
    path.unlink()
    content["files"] = manifest.checksums(folder)
    path.write_text(json.dumps(content))


def edit(path: Path, change: Any) -> None:
    """Rewrite one Parquet file through ``change(table) -> table``."""
    table = change(pq.read_table(path))
    pq.write_table(table, path, write_page_index=True)


def set_value(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    """Replace one cell."""
    values = table[column].to_pylist()
    values[row] = value
    index = table.schema.get_field_index(column)
    field = table.schema.field(index)
    return table.set_column(index, field, pa.array(values, field.type))


def _measure(rows: list[Row]) -> None:
    documents = [row for row in rows if row["outcome"] != "failed"]
    texts = pa.array([row["text"] for row in documents], pa.large_string())
    for measurement in registry.measurements():
        for column, values in measurement.compute(texts).items():
            for row, value in zip(documents, values.to_pylist(), strict=True):
                row.setdefault(column, value)
    for row in documents:
        if not registry.measurements():
            row.setdefault("words", len(row["text"].split()))
            row.setdefault("chars", len(row["text"]))


def _write_shards(staging: Path, source: str, rows: list[Row], count: int) -> None:
    hashes = id_hash(pa.array([row["id"] for row in rows], pa.string()))
    folder = staging / "data" / source
    folder.mkdir(parents=True)
    shift = 64 - (count.bit_length() - 1)
    for number in range(count):
        relative = f"data/{source}/train-{number:05d}-of-{count:05d}.parquet"
        inside = [
            int(i)
            for i in np.argsort(hashes, kind="stable")
            if count == 1 or int(hashes[i]) >> shift == number
        ]
        for place, index in enumerate(inside):
            rows[index] |= {"shard": relative, "row": place}
        mine = [rows[index] for index in inside]
        for row in mine:
            row["year"] = int(row["date"][:4]) if row["date"][:4] else None
            row["repeats"] = 1
        columns = [pa.array([r.get(f.name) for r in mine], f.type) for f in SHARD_SCHEMA]
        pq.write_table(pa.table(columns, schema=SHARD_SCHEMA), staging / relative)


def _write_ledger(staging: Path, source: str, rows: list[Row]) -> None:
    schema = ledger_schema(registry.columns())
    rows = sorted(rows, key=lambda r: (r.get("id") or "", r["resource"], r["position"]))
    folder = staging / "ledger" / source
    folder.mkdir(parents=True)
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    pq.write_table(pa.table(columns, schema=schema), folder / "ledger-00000-of-00001.parquet")


def _write_attribution(staging: Path, rows: list[Row]) -> None:
    chosen = sorted((row for row in rows if row["outcome"] == "kept"), key=lambda row: row["id"])
    table = pa.table(
        {
            "id": pa.array([row["id"] for row in chosen], pa.string()),
            "license": pa.array([row["license"] for row in chosen], pa.string()),
            "license_evidence": pa.array(["stated in the file"] * len(chosen), pa.string()),
        }
    )
    pq.write_table(table, staging / "attribution.parquet")


def _described(
    rows: list[Row],
    sources: list[str],
    recipe: Mapping[str, Any],
    pii_profile: str,
    quality: Mapping[str, Mapping[str, object]],
) -> dict[str, Any]:
    values: dict[str, dict[str, Any]] = {
        "top": {"name": "fiction", "purpose": "private", "as_of": ""},
        "duplicates": {"enabled": True, "threshold": 0.8},
        "pii": {"profile": pii_profile, "keep": []},
    }
    for table, settings in recipe.items():
        values[table] = values.get(table, {}) | settings

    def counts(mine: list[Row]) -> dict[str, int]:
        return {o: sum(r["outcome"] == o for r in mine) for o in ("kept", "dropped", "failed")}

    drops: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if row["outcome"] != "kept":
            key = (row["source"], row["step"], row["rule"])
            drops[key] = drops.get(key, 0) + 1
    by_source = {}
    for source in sources:
        mine = [row for row in rows if row["source"] == source]
        stays = [row for row in mine if row["outcome"] == "kept"]
        by_source[source] = {
            "use": {"guide": "guidelines"}.get(source, source),
            "paths": [],
            "counts": counts(mine),
            "words": sum(row["words"] for row in stays),
            "chars": sum(row["chars"] for row in stays),
            "inputs": [],
        }
    return {
        "name": "fiction",
        "recipe": {
            "file": "recipe.toml",
            "sha256": "0" * 64,
            "values": values,
            "quality": quality,
        },
        "tool": {"name": "medical-corpus-curation", "version": "0.1.0"},
        "versions": {f"measurement:{m.name}": str(m.version) for m in registry.measurements()},
        "seed": 1,
        "pii_profile": pii_profile,
        "counts": counts(rows),
        "drops": [
            {"source": s, "step": t, "rule": r, "rows": n}
            for (s, t, r), n in sorted(drops.items(), key=lambda item: (-item[1], *item[0]))
        ],
        "sources": by_source,
    }
