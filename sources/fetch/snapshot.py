"""Snapshots: the file that pins what a fetch got, and that a build reads instead of the network.

``NAME.snapshot`` lies beside the folder ``NAME`` of the files. It is JSON lines: a header, a line
for each file by its path, a line for each file that the snapshot before had and this one has not,
and a line for each file that could not be had. `docs/fetching.md` names the fields.

Reading one needs nothing but the standard library: builds never load the client.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.items import SourceError

FORMAT = 1
"""Raised when older readers would misread the file."""

SUFFIX = ".snapshot"

FIELDS = frozenset({"snapshot", "name", "number", "objects", "gone", "failed"})
"""Fields that every header has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One pinned file.

    Attributes:
        path: Path in the source.
        file: Where it lies, relative to the source's folder.
        size: Bytes.
        sha256: Checksum as hex.
        facts: What the source says of it, sorted by name.
    """

    path: str
    file: str
    size: int
    sha256: str
    facts: tuple[tuple[str, str], ...]


def is_snapshot(name: str) -> bool:
    """Tell whether a file name is that of a snapshot."""
    return name.endswith(SUFFIX) and name != SUFFIX


def header(file: Path) -> dict[str, Any]:
    """Read the header of a snapshot.

    Raises:
        SourceError: ``not_a_snapshot``.
    """
    with file.open("rb") as stream:
        return _header(stream.readline(), file.name)


def entries(file: Path) -> Iterator[Entry]:
    """Yield the files that a snapshot pins, by their path.

    Raises:
        SourceError: ``not_a_snapshot``, or ``truncated``: it does not hold what its header says.
    """
    with file.open("rb") as stream:
        head = _header(stream.readline(), file.name)
        counts = {"objects": 0, "gone": 0, "failed": 0}
        for number, line in enumerate(stream, 2):
            try:
                record = json.loads(line)
                kind = next((kind for kind in ("gone", "failed") if kind in record), "objects")
                counts[kind] += 1
                if kind == "objects":
                    yield _entry(record)
            except (ValueError, KeyError, TypeError, AttributeError):
                said = f"line {number:,} cannot be read; fetch again"
                raise SourceError("not_a_snapshot", said) from None
    if any(head[kind] != count for kind, count in counts.items()):
        raise SourceError("truncated", "holds other lines than its header says; fetch again")


def folder_of(file: Path) -> Path:
    """Return the folder of the files that a snapshot pins.

    Raises:
        SourceError: ``not_a_snapshot``.
    """
    return file.parent / str(header(file)["name"])


def numbered(home: Path) -> dict[int, Path]:
    """Return the snapshots of a folder of files by their numbers, in this order."""
    name = re.compile(re.escape(home.name) + r"\.(\d{4,})" + re.escape(SUFFIX))
    found = {
        int(match[1]): home.with_name(path.name)
        for path in home.parent.glob(f"*{SUFFIX}")
        if (match := name.fullmatch(path.name))
    }
    return dict(sorted(found.items()))


def write(home: Path, head: Mapping[str, object], records: Iterator[Mapping[str, object]]) -> Path:
    """Write a snapshot beside a folder of files, in one step.

    Args:
        home: The folder.
        head: The header; ``number`` names the file that stays, ``NAME.0003.snapshot``.
        records: The lines below it.

    Returns:
        ``NAME.snapshot``, which is the same file.
    """
    own = home.with_name(f"{home.name}.{head['number']:04d}{SUFFIX}")
    latest = home.with_name(home.name + SUFFIX)
    temporary = home.with_name(f".{home.name}{SUFFIX}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            for record in _first(head, records):
                stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(own)
        os.link(own, temporary)
        temporary.replace(latest)
    finally:
        temporary.unlink(missing_ok=True)  # what did not come to its end
    sync_folder(home.parent)
    return latest


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _first(
    head: Mapping[str, object], records: Iterator[Mapping[str, object]]
) -> Iterator[Mapping[str, object]]:
    yield head
    yield from records


def _header(line: bytes, name: str) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except ValueError:
        head = None
    if not isinstance(head, dict) or not head.keys() >= FIELDS:
        raise SourceError("not_a_snapshot", f"{name} is no snapshot that `curation fetch` wrote")
    if head["snapshot"] != FORMAT:
        said = f"{name} has the format {head['snapshot']}, which this version cannot read"
        raise SourceError("not_a_snapshot", said)
    if "/" in str(head["name"]) or str(head["name"]).startswith("."):
        raise SourceError("not_a_snapshot", f"{name} names no folder beside it")
    return head


def _entry(record: Mapping[str, Any]) -> Entry:
    facts = record.get("facts", {})
    file = str(record.get("file", record["path"]))
    if file.startswith("/") or ".." in file.split("/"):
        raise ValueError(file)
    pairs = tuple(sorted((str(key), str(value)) for key, value in facts.items()))
    return Entry(str(record["path"]), file, int(record["size"]), str(record["sha256"]), pairs)
