"""The scan before publishing: every string that was written is looked through once more.

Masking is a fixed point, so the same functions on the finished files (`curation.masking`) must find
nothing. What they find is a fault of this project or of a machine: nothing is published then. A
file that is, byte for byte, one of the version before was scanned for that.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation import manifest
from curation.columns import RELATIONS, TEXTS
from curation.errors import CheckError
from curation.leaves import Leaves
from curation.masking import INTERNAL, LINES, mask
from curation.paths import CleanNames
from curation.storage import canonical_json
from curation.words import first_of
from filters.pii import Masking
from sources import registry
from sources.columns import LISTS, TEXT, encode_json

if TYPE_CHECKING:
    from curation.engines.base import Engine

SHOWN = 5
"""Places that an error names."""


@dataclass(frozen=True, slots=True)
class ScanTask:
    """One written file to look through.

    Attributes:
        folder: The version's.
        name: Path in it.
        source: Prefix of its ids; empty for a table of several sources.
        identifiers: Metadata keys that hold identifiers by construction.
        masking: What was asked for.
    """

    folder: str
    name: str
    source: str
    identifiers: frozenset[str]
    masking: Masking


@dataclass(frozen=True, slots=True)
class Left:
    """Something personal that still stands in a row; never what.

    Attributes:
        row: In its file, from 0.
        column: Where.
        entity: Token without brackets; empty where the row cannot be scanned.
        rule: What found it, or why the row cannot be scanned.
    """

    row: int
    column: str
    entity: str
    rule: str


def scan_key(masking: Masking, versions: Mapping[str, str]) -> str:
    """Return what a scan depends on besides the files, 16 hex digits.

    Args:
        masking: What the recipe asks for.
        versions: As in the manifest.
    """
    names = ("pii", "library:google-re2", "library:phonenumbers", "library:python-stdnum")
    parts = [masking.key(), [versions.get(name, "") for name in names]]
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:16]


def check(
    staging: Path,
    files: Mapping[str, Mapping[str, Any]],
    uses: Mapping[str, str],
    masking: Masking,
    key: str,
    before: Mapping[str, Any],
    engine: Engine,
    described: Mapping[str, Any],
) -> None:
    """Scan the files of a version that is to be published.

    Args:
        staging: Its folder.
        files: Name to ``sha256`` and the like.
        uses: Name of each source to its registered one.
        masking: What the recipe asks for; nothing is scanned under ``off``.
        key: From `scan_key`.
        before: Manifest of the version before, empty for none.
        engine: Runs the scans.
        described: What its manifest will say, besides checksums.

    Raises:
        CheckError: Something personal is left; the message names files, rows and columns.
    """
    if not masking.on:
        return
    known = before.get("files", {}) if before.get("pii_scan") == key else {}
    tasks = [
        ScanTask(str(staging), name, source, identifiers_of(uses.get(source, "")), masking)
        for name in sorted(files)
        if name.endswith(".parquet")
        if known.get(name, {}).get("sha256") != files[name]["sha256"]
        for source in [name.split("/")[1] if "/" in name else ""]
    ]
    found = {task.name: left for task, left in engine.run(scan_file, tasks) if left}
    found |= _described(staging, described, masking)
    if not found:
        return
    places = [f"{name} {place(one)}" for name in sorted(found) for one in found[name]]
    raise CheckError(
        f"the scan before publishing found personal data, nothing was published: "
        f"{first_of(places, SHOWN)}"
    )


def place(left: Left) -> str:
    """Return where and by which rule, for people."""
    said = f"{left.entity} by {left.rule}" if left.entity else left.rule
    return f"row {left.row} {left.column}: {said}"


def identifiers_of(use: str) -> frozenset[str]:
    """Return the metadata keys that a source declares as identifiers, none of an unknown one."""
    try:
        return registry.get(use).identifiers
    except registry.UnknownSourceError:
        return frozenset()


def scan_file(task: ScanTask) -> list[Left]:
    """Scan one file.

    Returns:
        What is left, in the order of rows.
    """
    found: list[Left] = []
    start = 0
    with pq.ParquetFile(Path(task.folder) / task.name) as reader:
        wanted = [name for name in reader.schema_arrow.names if name in _SCANNED]
        for number in range(reader.num_row_groups):
            rows = reader.read_row_group(number, columns=wanted, use_threads=False)
            for batch in rows.combine_chunks().to_batches():
                left = left_in(batch, task.source, task.identifiers, task.masking)
                found += [replace(one, row=start + one.row) for one in left]
                start += len(batch)
    return found


def _described(
    staging: Path, described: Mapping[str, Any], masking: Masking
) -> dict[str, list[Left]]:
    """Scan what a version says of itself, line by line, by the rules of `default` as names are."""
    said: dict[str, list[str]] = {"README.md": (staging / "README.md").read_text().splitlines()}
    for name, values in (
        ("croissant.json", json.loads((staging / "croissant.json").read_text())),
        (manifest.NAME, json.loads(manifest.text(described, {}, ""))),
    ):
        leaves = Leaves()
        leaves.add(0, values)
        said[name] = [text for text in leaves.texts if not _COUNT_OR_HASH.fullmatch(text)]
    found = {}
    for name, lines in said.items():
        scan = masking.ids({"line": pa.array(lines, TEXT)})
        left = [
            Left(row, "line", one.entity, one.rule) for row in scan.masks for one in scan.masks[row]
        ]
        left += [Left(row, "line", "", reason) for row, reason in scan.reasons.items()]
        if left:
            found[name] = left
    return found


_COUNT_OR_HASH = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|[0-9a-f]{16}|(urn:sha256:)?[0-9a-f]{64}")
"""Figures and checksums of our own."""

_SCANNED = frozenset({"id", "resource", "text", "metadata", *LINES, *INTERNAL, *LISTS})


def left_in(
    batch: pa.RecordBatch, source: str, identifiers: frozenset[str], masking: Masking
) -> Iterator[Left]:
    """Scan some rows of a shard, of the ledger or of the attribution table.

    Args:
        batch: Rows; columns that are not there count as empty.
        source: Prefix of the ids, empty where they have several.
        identifiers: Metadata keys that hold identifiers by construction.
        masking: What was asked for.
    """
    size = len(batch)
    given = {name: batch.column(name) for name in batch.schema.names}
    blank = pa.repeat(pa.scalar("", TEXT), size)
    lines = {
        name: given[name].cast(TEXT).fill_null("") if name in given else blank
        for name in ("text", "metadata", *LINES, *INTERNAL)
    }
    lists = {name: _own(given[name]) if name in given else _empty(size) for name in LISTS}
    relations = pa.array([[]] * size, RELATIONS)
    free = _free(lines["metadata"], identifiers) if "metadata" in given else blank
    made, audit = mask({**lines, **lists, "relations": relations}, free, masking)
    for row, reason in sorted(audit.faults.items()):
        yield Left(row, "text", "", reason)
    for row, masks in sorted(audit.masks.items()):
        for one in masks:
            yield Left(row, one.field, one.entity, one.rule)
    # The title is counted in the text, where there is one; a table may have it alone.
    for row in np.flatnonzero(np.asarray(pc.not_equal(made["title"], lines["title"]))).tolist():
        if row not in audit.masks:
            yield Left(row, "title", "", "it would be masked")
    yield from _names(given, source, masking)


def _names(given: Mapping[str, pa.Array], source: str, masking: Masking) -> Iterator[Left]:
    """Scan ids behind the prefix of their source, and names of files."""
    if "id" in given:
        ids = given["id"].cast(TEXT).fill_null("")
        natives = pc.replace_substring_regex(ids, r"^[^:]*:" if not source else f"^{source}:", "")
        for row, masks in masking.ids({"id": natives}).masks.items():
            yield from (Left(row, "id", one.entity, one.rule) for one in masks)
    if "resource" in given:
        paths = given["resource"].dictionary_encode()
        members = [path.split("::") for path in paths.dictionary.to_pylist()]
        names = list(dict.fromkeys(itertools.chain.from_iterable(members)))
        bad = {p for p, n in zip(names, CleanNames(masking)(names), strict=True) if p != n}
        named = pa.array([not bad.isdisjoint(parts) for parts in members], pa.bool_())
        for row in np.flatnonzero(named.take(paths.indices)).tolist():
            yield Left(row, "resource", "", "the name of a file would be masked")


def _free(whole: pa.Array, identifiers: frozenset[str]) -> pa.Array:
    """Return the part of metadata that is no identifier, empty for none.

    Most metadata of PubMed is identifiers alone: a pattern tells that in a fifth of the time.
    """
    if not identifiers:
        return whole
    alone = pc.match_substring_regex(whole, _of_keys(identifiers))
    rows = np.flatnonzero(~(np.asarray(alone) | np.asarray(pc.equal(whole, ""))))
    texts = []
    for text in whole.take(pa.array(rows)).to_pylist():
        kept = {k: v for k, v in json.loads(text).items() if k not in identifiers}
        texts.append(encode_json(kept) if kept else "")
    mixed = np.zeros(len(whole), np.bool_)
    mixed[rows] = True
    none = pa.repeat(pa.scalar("", TEXT), len(whole))
    return pc.replace_with_mask(none, pa.array(mixed), pa.array(texts, TEXT))


_PLAIN = r'(?:"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|true|false|null)'
"""A string, number, truth value or null of JSON."""


def _of_keys(keys: frozenset[str]) -> str:
    """Return a pattern of JSON objects without other keys, of plain values and lists of such."""
    named = "|".join(re.escape(key) for key in sorted(keys))
    member = rf'"(?:{named})": (?:{_PLAIN}|\[(?:{_PLAIN}(?:, {_PLAIN})*)?\])'
    return rf"^\{{{member}(?:, {member})*\}}$"


def _own(column: pa.ListArray) -> pa.ListArray:
    """Return a list column with values of its own, from offset 0; null counts as empty."""
    lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(column) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), column.flatten(), type=TEXTS)


def _empty(size: int) -> pa.ListArray:
    return pa.ListArray.from_arrays(
        pa.array(np.zeros(size + 1, np.int32)), pa.array([], pa.string())
    )
