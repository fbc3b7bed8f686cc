"""Verify: prove that a version is whole, that its counts balance, and that nothing was changed.

Without ``deep`` only columns are read; with it also every byte (`curation.verify_deep`). Each
check is one aggregate that DuckDB streams; one that cannot run because a file is damaged is
itself a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from curation import manifest
from curation.columns import SHARD_SCHEMA, ledger_schema
from curation.corpus import resolve
from curation.database import Database
from curation.errors import CurationError, UsageError
from curation.faults import Faults
from curation.stores import Store, place
from curation.verify_rows import check_rows


def verify(
    path: str | Path | Store, *, deep: bool = False, raw: Path | None = None
) -> dict[str, Any]:
    """Check a version.

    Args:
        path: ``corpus`` (its latest version) or ``corpus/v3``; a folder or an address.
        deep: Read all bytes: checksums of files; texts are measured, normalised and scanned again.
        raw: With ``deep``: folder of the recipe, whose raw inputs are compared with their texts.

    Returns:
        The object that ``curation verify --json`` prints: ``version``, ``deep``, ``ok``,
        ``checked`` (files, rows, documents), ``faults`` and ``remarks``.

    Raises:
        UsageError: There is no version at that path.
    """
    faults = Faults()
    folder = _folder(path)
    result: dict[str, Any] = {"folder": str(folder), "version": folder.name, "deep": deep}
    checked = {"files": 0, "rows": 0, "documents": 0}
    remarks: list[str] = []
    content = _manifest(folder, faults)
    if content:
        result["version"] = content["version"]
        _latest(folder, content["version"], faults)
        checked["files"] = _files(folder, content["files"], faults)
        shards, ledgers = _tables(folder, content["files"], faults)
        attribution = [n for n in ("attribution.parquet",) if _readable(folder, n, faults)]
        _numbered(content["files"], faults)
        if ledgers and shards:
            views = {
                view: [folder.where(name) for name in names]
                for view, names in (
                    ("documents", shards), ("ledger", ledgers), ("attribution", attribution)
                )
            }  # fmt: skip
            database = Database(views, folder.files, positions=True)
            checked |= check_rows(database, folder, content, faults)
            if deep:
                from curation.verify_deep import check_bytes, check_fidelity

                remarks += check_bytes(database, folder, content, shards, faults)
                if raw is not None:
                    remarks += check_fidelity(folder, raw, content, faults)
            database.close()
    return {
        **result,
        "ok": not faults.found,
        "checked": checked,
        "faults": faults.found,
        "remarks": remarks,
    }


def _folder(path: str | Path | Store) -> Store:
    """Return the version to look at; one that lost its manifest counts as well."""
    store = place(path)
    named = re.fullmatch(r"v[1-9]\d*", store.name)
    if named and store.exists() and not store.is_file():
        return store
    return resolve(path)


def _manifest(folder: Store, faults: Faults) -> Mapping[str, Any]:
    """Read the manifest; empty where it is no use."""
    try:
        content = manifest.read(folder)
    except UsageError:
        faults.add("manifest_missing", [manifest.NAME])
        return {}
    except CurationError:
        faults.add("manifest_damaged", [manifest.NAME])
        return {}
    wanted = {"version": str, "files": dict, "counts": dict, "sources": dict, "recipe": dict}
    if not isinstance(content, dict) or not all(
        isinstance(content.get(key), kind) for key, kind in wanted.items()
    ):
        faults.add("manifest_damaged", [manifest.NAME])
        return {}
    return content


def _latest(folder: Store, version: str, faults: Faults) -> None:
    """Check the folder's name and, inside a corpus, the pointer to the newest version."""
    if not re.fullmatch(r"v[1-9]\d*", folder.name):
        return  # a copy of a version outside a corpus
    if version != folder.name:
        faults.add("manifest_version", [manifest.NAME], f"the manifest is that of {version}")
    newest = (manifest.versions(folder.parent) or [folder.name])[-1]
    said = manifest.latest_name(folder.parent)
    if said != newest:
        detail = f"`latest` names {said!r}" if said else "there is no file `latest`"
        faults.add("latest", ["latest"], f"{detail}, the newest version is {newest}")


def _files(folder: Store, listed: Mapping[str, Any], faults: Faults) -> int:
    """Compare the files with the manifest; return how many there are."""
    there = folder.sizes()
    there.pop(manifest.NAME, None)
    faults.add("file_missing", sorted(set(listed) - set(there)))
    faults.add("file_extra", sorted(set(there) - set(listed)))
    faults.add(
        "file_size", [n for n in sorted(listed) if n in there and there[n] != listed[n]["bytes"]]
    )
    return len(there)


def _tables(
    folder: Store, listed: Mapping[str, Any], faults: Faults
) -> tuple[list[str], list[str]]:
    """Return the shards and the ledger files that can be read and have the right columns."""
    fixed = ledger_schema(())
    shards, ledgers = [], []
    odd: list[str] = []
    first: pa.Schema | None = None
    for name in sorted(listed):
        if not name.endswith(".parquet") or not name.startswith(("data/", "ledger/")):
            continue
        schema = _readable(folder, name, faults)
        if schema is None:
            continue
        if name.startswith("data/"):
            right = schema.equals(SHARD_SCHEMA)
            shards += [name] if right else []
        else:
            first = first or schema
            right = schema.equals(first) and pa.schema(list(schema)[: len(fixed)]).equals(fixed)
            ledgers += [name] if right else []
        odd += [] if right else [name]
    faults.add("schema", odd)
    return shards, ledgers


def _readable(folder: Store, name: str, faults: Faults) -> pa.Schema | None:
    """Return the schema of a Parquet file, None where there is none to read."""
    if folder.size(name) is None:
        return None  # reported as missing already
    try:
        with folder.open(name) as stream:
            return pq.read_schema(stream)
    except (pa.ArrowException, OSError):
        faults.add("unreadable", [name])
        return None


def _numbered(listed: Mapping[str, Any], faults: Faults) -> None:
    """Check that the shards of each source are a power of two and numbered without a gap."""
    faults.add("shard_count", [folder for folder, good in _numbering(listed) if not good])


def _numbering(listed: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    numbers: dict[str, list[tuple[int, int]]] = {}
    for name in sorted(listed):
        found = re.fullmatch(r"(data/[^/]+)/[a-z]+-(\d+)-of-(\d+)\.parquet", name)
        if found:
            numbers.setdefault(found[1], []).append((int(found[2]), int(found[3])))
    for folder, pairs in numbers.items():
        count = len(pairs)
        whole = pairs == [(index, count) for index in range(count)]
        yield folder, whole and count & (count - 1) == 0
