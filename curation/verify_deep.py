"""The checks of `verify --deep`: every byte of every file, and every text again."""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation import rescan
from curation.database import Database, name
from curation.errors import CurationError, UsageError
from curation.faults import EXAMPLES, FAULTS, Faults
from curation.storage import sha256_file
from curation.stores import Store
from curation.words import counted
from filters import normalise, pii, registry
from filters.base import Measurement
from filters.duplicates.signatures import content_hash
from filters.pii.entities import pairs
from filters.pii.recognisers import recogniser

BATCH_ROWS = 1_024

FIDELITY_FILES = 20
FIDELITY_BYTES = 32 << 20
"""Raw inputs compared at most, in files and in bytes as stored: less than a minute."""


def check_bytes(
    database: Database,
    folder: Store,
    content: Mapping[str, Any],
    shards: Sequence[str],
    faults: Faults,
) -> list[str]:
    """Compare checksums, then measure, normalise and scan all texts again.

    Args:
        database: Views of the version.
        folder: Folder of the version.
        content: Its manifest.
        shards: Its shards.
        faults: Where faults are added.

    Returns:
        Remarks: checks that could not be made with this version of the tool.
    """
    changed = [
        path
        for path, entry in sorted(content["files"].items())
        if folder.size(path) is not None and folder.sha256(path) != entry["sha256"]
    ]
    faults.add("file_checksum", changed)
    texts = _Texts(content)
    for shard in shards:
        try:
            texts.read(database, folder, shard)
        except (CurationError, pa.ArrowException, OSError):
            faults.add("unreadable", [shard], "the texts cannot be read")
    texts.report(faults)
    return texts.remarks


def check_fidelity(
    folder: Store, raw: Path, content: Mapping[str, Any], faults: Faults
) -> list[str]:
    """Compare a sample of the raw inputs with their texts, as `curation.fidelity` does.

    Args:
        folder: Folder of the version.
        raw: Folder of the recipe, to which the inputs of the manifest are relative.
        content: The manifest.
        faults: Where faults are added.

    Returns:
        Remarks: how many inputs of how many were compared, and which were not, by reason.
    """
    from curation.fidelity import fidelity

    inputs = [i for source in content["sources"].values() for i in source.get("inputs", ())]
    places: list[str] = []
    compared, left = 0, FIDELITY_BYTES
    aside: dict[str, list[str]] = {reason: [] for reason in NOT_COMPARED}
    for item in sorted(inputs, key=lambda i: hashlib.sha256(i["path"].encode()).digest()):
        file = raw / item["path"]
        if reason := _left_aside(file, item, compared, left):
            aside[reason].append(item["path"])
            continue
        try:
            result = fidelity(file, folder)
        except UsageError:  # nothing of it stays in the corpus
            aside["without_text"].append(item["path"])
            continue
        compared, left = compared + 1, left - item["bytes"]
        if not result["ok"]:
            places += [f"{f['resource']} {f['place']}: {f['kind']}" for f in result["faults"]]
    if inputs and not any((raw / item["path"]).is_file() for item in inputs):
        raise UsageError(f"{raw}: holds no input of {folder}; --raw is the recipe's folder")
    faults.add("fidelity", places)
    return [
        f"{compared:,} of {len(inputs):,} raw inputs compared with their texts",
        *(_not_compared(reason, paths) for reason, paths in aside.items() if paths),
    ]


NOT_COMPARED: Final = {
    "absent": "not in that folder",
    "changed": "with other bytes than the build read",
    "without_text": "of which the corpus holds nothing to compare",
    "large": "larger than the whole sample of {bytes:,} MB; `curation fidelity` compares each",
    "beyond": "beyond the sample of {files:,} files and {bytes:,} MB",
}
"""Why a raw input is not compared."""


def _left_aside(file: Path, item: Mapping[str, Any], compared: int, left: int) -> str:
    """Return why an input is not compared, empty where it is."""
    if not file.is_file():
        return "absent"
    if item["bytes"] > FIDELITY_BYTES:
        return "large"
    if compared == FIDELITY_FILES or item["bytes"] > left:
        return "beyond"
    return "" if sha256_file(file) == item["sha256"] else "changed"


def _not_compared(reason: str, paths: list[str]) -> str:
    """Return a remark about inputs that were not compared: the first by name."""
    named = ", ".join(sorted(paths)[:EXAMPLES]) + (" …" if len(paths) > EXAMPLES else "")
    said = NOT_COMPARED[reason].format(bytes=FIDELITY_BYTES >> 20, files=FIDELITY_FILES)
    return f"not compared: {counted(len(paths), 'input')} {said} ({named})"


class _Texts:
    """Checks texts batch by batch and remembers the ids with a fault."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.remarks: list[str] = []
        self._bad: dict[str, list[str]] = {}
        self._columns: dict[str, None] = {}
        self._hashes: list[npt.NDArray[np.void]] = []
        values = content["recipe"]["values"]
        made = content["versions"]
        self._masking = self._masked_by(content)
        self._uses = {name: str(s.get("use", "")) for name, s in content["sources"].items()}
        self._unique = bool(values.get("duplicates", {}).get("enabled", False))
        self._measurements = [m for m in registry.measurements() if self._known(m, made)]
        self._normalise = made.get("normalise", str(normalise.VERSION)) == str(normalise.VERSION)
        if not self._normalise:
            self.remarks.append("normalised by another version of the tool: not checked again")

    def _masked_by(self, content: Mapping[str, Any]) -> pii.Masking:
        """Return what the version was masked by, `off` where that is not to be had."""
        made, asked = content["versions"], content["recipe"]["values"].get("pii", {})
        off = pii.Masking("off")
        if made.get("pii", str(pii.RULES_VERSION)) != str(pii.RULES_VERSION):
            self.remarks.append("masked by other rules than those of this tool: not scanned again")
            return off
        mapped = pairs(asked.get("recogniser_entities", ()), "recogniser_entities")
        found = []
        for asked_for in asked.get("recognisers", ()):
            wanted = made.get(f"recogniser:{asked_for}")
            try:
                one = recogniser(asked_for, mapped)
            except pii.RecogniserError as error:
                self.remarks.append(f"{error}: not asked again")
                continue
            if (one.version or "none") == wanted:
                found.append(one)
            else:
                self.remarks.append(f"recogniser {asked_for}: of another version, not asked again")
        return pii.Masking(str(content["pii_profile"]), tuple(asked.get("keep", ())), tuple(found))

    def _known(self, measurement: Measurement, made: Mapping[str, str]) -> bool:
        """Return whether a measurement of this tool is the one that the version was made with."""
        known = made.get(f"measurement:{measurement.name}") == str(measurement.version)
        if not known:
            self.remarks.append(f"measurement {measurement.name}: of another version, not checked")
        return known

    def read(self, database: Database, folder: Store, relative: str) -> None:
        """Check all texts of one shard."""
        start, source = 0, relative.split("/")[1]
        identifiers = rescan.identifiers_of(self._uses.get(source, ""))
        with folder.open(relative) as stream, pq.ParquetFile(stream) as reader:
            for batch in reader.iter_batches(BATCH_ROWS):
                ids = batch["id"]
                texts = batch["text"].fill_null("").cast(pa.large_string())
                self._measure(database, relative, start, ids, texts)
                if self._normalise:
                    self._mark("not_normalised", ids, normalise.normalise(texts), texts)
                if self._masking.on:
                    left = rescan.left_in(batch, source, identifiers, self._masking)
                    rows = dict.fromkeys(one.row for one in left)
                    self._bad.setdefault("personal_data", []).extend(
                        ids[row].as_py() or "" for row in rows
                    )
                if self._unique:
                    self._hashes.append(
                        np.asarray(content_hash(texts).to_pylist(), dtype="V16").reshape(-1)
                    )
                start += len(ids)

    def _measure(
        self,
        database: Database,
        relative: str,
        start: int,
        ids: pa.StringArray,
        texts: pa.LargeStringArray,
    ) -> None:
        """Compare measurements with the ledger's rows of the same shard."""
        columns = [column.name for m in self._measurements for column in m.columns]
        there = set(database.columns("ledger"))
        columns = [column for column in columns if column in there]
        if not columns or not len(ids):
            return
        listed = ", ".join(name(column) for column in columns)
        stored = database.stream(
            f"SELECT {listed} FROM ledger WHERE shard = ? AND row >= ? AND row < ? "
            "AND outcome = 'kept' ORDER BY row",
            [relative, start, start + len(ids)],
        ).read_all()
        if stored.num_rows != len(ids):
            return  # reported by the checks on rows
        for measurement in self._measurements:
            for column, values in measurement.compute(texts).items():
                if column in there:
                    old = stored[column].combine_chunks().cast(values.type)
                    if self._mark("measurement", ids, values, old):
                        self._columns[column] = None

    def _mark(self, fault: str, ids: pa.StringArray, new: pa.Array, old: pa.Array) -> bool:
        """Remember the ids of rows whose values differ; null equals null, NaN equals NaN."""
        if new.equals(old):
            return False
        differ = pc.invert(pc.fill_null(pc.equal(new, old), False))
        both = pc.and_(pc.is_null(new, nan_is_null=True), pc.is_null(old, nan_is_null=True))
        bad = ids.filter(pc.and_not(differ, both)).fill_null("").to_pylist()
        self._bad.setdefault(fault, []).extend(bad)
        return bool(bad)

    def report(self, faults: Faults) -> None:
        """Add what was found to the faults."""
        for fault, ids in sorted(self._bad.items()):
            named = f"{FAULTS[fault]}: {', '.join(self._columns)}" if fault == "measurement" else ""
            faults.add(fault, dict.fromkeys(ids), named)
        if self._hashes:
            every = np.concatenate(self._hashes)
            twice = len(every) - len(np.unique(every))
            if twice:
                faults.count("same_text_twice", twice, [])
