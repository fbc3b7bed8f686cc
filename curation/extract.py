"""Extract: one slice of input to cached Parquet parts. The only stage that touches text.

Everything expensive happens here, once: parse, normalise, redact, identify the language, measure,
sign. Nothing is decided. A part is sorted by the hash of its ids, so that the write stage can
merge parts into shards without another sort.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation.columns import documents_schema
from curation.documents import Placed, Row, placed_batch, placed_rows, table_of
from curation.engines.lean import give_memory_back
from curation.paths import CleanNames
from curation.plan import LARGE_BYTES
from curation.storage import publish_folder, remove_tree, temporary_name, write_file
from curation.table import reordered
from curation.task import InputFile, SliceTask
from filters import classifier
from filters import registry as filter_registry
from filters.pii import Masking
from sources import registry as source_registry
from sources.base import Document, Failure, Input, Item, Resource, Source, SourceError
from sources.columns import Batch, slices
from sources.files import strip_compression
from sources.remote import is_address, read_large, read_small

BATCH_ROWS = 4_096
BATCH_CHARS = 8_000_000
"""A batch is measured when it holds either; bounds memory whatever the documents' size."""

PART_BYTES = 64 << 20
"""Text in one part; a part is sorted in memory."""

PART_ROWS = 100_000
"""Rows in one part; records without text cost memory too."""

GROUP_ROWS = 2_048
"""Rows of a row group of a part: what the write stage reads at a time."""

HASHES = frozenset({"signature", "word_hashes", "content_hash", "line_keys"})
"""Columns of a part that hold random bytes."""


def extract_slice(task: SliceTask) -> str:
    """Extract one slice into its cache folder; an existing folder is left as it is.

    Args:
        task: Inputs and parameters.

    Returns:
        The folder, which holds ``part-NNNNN.parquet`` files and ``done.json``.
    """
    final = Path(task.folder)
    if (final / "done.json").exists():
        return task.folder
    staging = final.with_name(temporary_name(final.name))
    staging.mkdir(parents=True)
    measured = (*filter_registry.columns(), *classifier.columns(task.parameters.classifiers))
    parts = _PartWriter(staging, documents_schema(measured))
    checksums: dict[str, str] = {}
    collecting = gc.isenabled()
    # Records are many small objects without cycles: the cyclic collector would cost a third.
    gc.disable()
    try:
        for placed in _batches(_rows(task, staging, checksums), task.parameters.use):
            parts.add(table_of(placed, task.parameters))
        parts.close()
    finally:
        if collecting:
            gc.enable()
    marker = {
        "inputs": [item.identity() for item in task.inputs],
        "files": {path.name: path.stat().st_size for path in sorted(staging.iterdir())},
        "checksums": checksums,
    }
    give_memory_back()
    write_file(staging / "done.json", json.dumps(marker, sort_keys=True).encode())
    with contextlib.suppress(FileExistsError):  # Another worker was first: same key, same bytes.
        publish_folder(staging, final)
    remove_tree(staging)
    return task.folder


def _rows(task: SliceTask, folder: Path, checksums: dict[str, str]) -> Iterator[Row | Placed]:
    """Yield the rows of all inputs; the checksums of those that come from a store are added."""
    parameters = task.parameters
    source = source_registry.get(parameters.use)(**parameters.options)
    stored = [
        item for item in task.inputs if is_address(item.file) and item.path not in task.crashed
    ]
    small = read_small({item.file: item.size for item in stored if item.size < LARGE_BYTES})
    for item in task.inputs:
        if item.path in task.crashed:
            detail = f"{item.path}: reading it killed the worker process; look at this file alone"
            yield Row(item.path, item.path, -1, Failure("crashed", detail))
        elif item in stored:
            data = small.pop(item.file, None)
            if data is None:
                raw, checksums[item.path] = read_large(item.file, folder)
            else:
                raw, checksums[item.path] = io.BytesIO(data), hashlib.sha256(data).hexdigest()
            with raw:
                yield from _file_rows(source, item, parameters.pii, raw)
        else:
            yield from _file_rows(source, item, parameters.pii)


def _file_rows(
    source: Source, item: InputFile, masking: Masking, raw: BinaryIO | None = None
) -> Iterator[Row | Placed]:
    found, members = False, CleanNames(masking)
    given = Input(item.path, item.file, item.size, item.sha256, item.facts, item.validator, raw)
    for resource, stream in source.resources(given):
        found = True
        resource = _clean(resource, item, members)
        if isinstance(stream, Failure):
            yield Row(item.path, resource.path, -1, _named(resource, stream))
            continue
        yield from _resource_rows(source, item.path, resource, stream)
    if not found:
        wanted = " ".join(source.patterns)
        detail = f"{item.path}: no member of this archive fits {wanted}"
        yield Row(item.path, item.path, -1, Failure("empty_archive", detail))


def _clean(resource: Resource, item: InputFile, members: CleanNames) -> Resource:
    """Mask what is personal in the name of a member of an archive; a file's own is clean."""
    file = item.path if resource.path.startswith(item.path) else ""
    member = resource.path.removeprefix(file)
    path = file + members([member])[0] if member else file
    if path == resource.path:
        return resource
    return replace(resource, path=path, name=strip_compression(re.split("::|/", path)[-1]))


def _resource_rows(
    source: Source, origin: str, resource: Resource, stream: BinaryIO
) -> Iterator[Row | Placed]:
    position = 0
    try:
        for item in source.read(resource, stream):
            if isinstance(item, Batch):
                for some in slices(item, BATCH_ROWS):
                    yield placed_batch(some, origin, resource.path, position)
                    position += len(some)
                continue
            yield Row(origin, resource.path, position, _named(resource, item))
            position += 1
    except SourceError as error:
        failure = _named(resource, Failure(error.rule, str(error)))
        yield Row(origin, resource.path, -1 if position == 0 else position, failure)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:
        # The message may hold text of the document: only the type is kept.
        name = type(error).__name__
        detail = f"{resource.path}: the source stopped at record {position + 1} ({name})"
        failure = Failure("source_error", detail)
        yield Row(origin, resource.path, -1 if position == 0 else position, failure)
    else:
        if position == 0 and not source.may_be_empty:
            detail = f"{resource.path}: holds no record"
            yield Row(origin, resource.path, -1, Failure("no_records", detail))


def _named(resource: Resource, item: Item) -> Item:
    """Return the item; a failure's line begins with the resource's path."""
    if not isinstance(item, Failure) or item.detail.startswith(resource.path):
        return item
    return Failure(item.rule, f"{resource.path}: {item.detail}", item.native_id)


def _batches(rows: Iterator[Row | Placed], use: str) -> Iterator[Placed]:
    """Gather rows to batches of a bounded size; what comes as columns is a batch of its own."""
    batch: list[Row] = []
    chars = 0
    for row in rows:
        if isinstance(row, Placed):
            if batch:
                yield placed_rows(batch, use)
                batch, chars = [], 0
            yield row
            continue
        batch.append(row)
        chars += _chars(row.item)
        if len(batch) >= BATCH_ROWS or chars >= BATCH_CHARS:
            yield placed_rows(batch, use)
            batch, chars = [], 0
    if batch:
        yield placed_rows(batch, use)


def _chars(item: Item) -> int:
    return len(item.text) if isinstance(item, Document) else 0


def _compression(schema: pa.Schema) -> dict[str, str]:
    """Return the compression of each Parquet column: none for hashes, which no codec makes smaller.

    Parquet names columns by their path, which for lists and maps goes on behind the field's name.
    """
    empty = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), empty)
    columns = pq.ParquetFile(empty.getvalue()).schema
    paths = [columns.column(index).path for index in range(len(columns))]
    return {path: "none" if path in HASHES else "lz4" for path in paths}


def part_writer(where: Path | pa.NativeFile, schema: pa.Schema) -> pq.ParquetWriter:
    """Open a part for writing.

    Args:
        where: File or stream.
        schema: `documents_schema`.
    """
    return pq.ParquetWriter(
        where,
        schema,
        compression=_compression(schema),
        use_dictionary=False,
        write_statistics=["id_hash"],
        write_page_checksum=True,
    )


class _PartWriter:
    """Collects batches and writes a part, sorted by id hash, each time one is full."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder = folder
        self._schema = schema
        self._tables: list[pa.Table] = []
        self._bytes = self._rows = self._count = 0

    def add(self, table: pa.Table) -> None:
        self._tables.append(table)
        self._bytes += table.nbytes
        self._rows += table.num_rows
        if self._bytes >= 2 * PART_BYTES or self._rows >= PART_ROWS:
            self._write()

    def close(self) -> None:
        if self._tables or not self._count:
            self._write()

    def _write(self) -> None:
        tables, self._tables = self._tables or [self._schema.empty_table()], []
        hashes = np.concatenate([table["id_hash"].to_numpy() for table in tables])
        positions = np.concatenate([table["position"].to_numpy() for table in tables])
        table = reordered(tables, np.lexsort((positions, hashes)))
        with part_writer(self._folder / f"part-{self._count:05d}.parquet", self._schema) as writer:
            for start in range(0, table.num_rows, GROUP_ROWS):
                writer.write_table(table.slice(start, GROUP_ROWS), row_group_size=GROUP_ROWS)
        self._bytes = self._rows = 0
        self._count += 1
