"""Write: ledger and shards from the cached parts and the verdicts.

Parts and shards are both sorted by the hash of the id, so a shard is merged from the same
stretch of every part. Text is read once, stripe by stripe, and memory is bounded by the stripe.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.columns import SHARD_SCHEMA
from curation.storage import temporary_name
from curation.table import open_part

GROUP_BYTES = 16 << 20
"""Text of a row group, about."""

STRIPE_BYTES = 32 << 20
"""Text that is in memory at a time, about; more parts than fit raise it (see `stripe_bytes`)."""

PART_GROUP_BYTES = 2 << 20
"""Text that reading one row group of a part brings along, about."""

WRITER = {
    "compression": "zstd",
    "compression_level": 3,
    "write_page_index": True,
    "use_dictionary": [
        "source",
        "kind",
        "lang",
        "license",
        "journal",
        "year",
        "repeats",
        "tokens",
        "date",
        "mesh.list.element",
        "publication_types.list.element",
    ],
}
"""Settings of every shard; text is stored plain, what repeats in a dictionary."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One shard to write.

    Attributes:
        path: Final file inside the staging folder.
        source: Name of the source.
        parts: Cached parts that hold its rows.
        part: Index into ``parts`` of each row, int64[n], in shard order.
        row: Row inside that part, int64[n].
        text_bytes: Bytes of text of each row, int64[n].
        work: Work of each row.
        cluster: Cluster of each row, null for none.
        license: Licence after linking.
        scratch: Folder for the unfinished file, outside of what is published; empty for the one
            of the shard.
    """

    path: str
    source: str
    parts: tuple[str, ...]
    part: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    text_bytes: npt.NDArray[np.int64]
    work: pa.Array
    cluster: pa.Array
    license: pa.Array
    scratch: str = ""


def stripe_bytes(parts: int) -> int:
    """Return how much text to hold at a time, so that no row group of a part is read often."""
    return max(STRIPE_BYTES, parts * PART_GROUP_BYTES)


def write_shard(task: ShardTask) -> int:
    """Write one shard; it has its name when it is whole.

    Args:
        task: Rows in the order they are to stand in.

    Returns:
        Rows written.
    """
    groups = _cuts(task.text_bytes, GROUP_BYTES)
    per_stripe = max(1, stripe_bytes(len(task.parts)) // GROUP_BYTES)
    path = Path(task.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(task.scratch or path.parent) / temporary_name(path.name)
    with pq.ParquetWriter(unfinished, SHARD_SCHEMA, **WRITER) as writer:
        for first in range(0, len(groups) - 1, per_stripe):
            bounds = groups[first : first + per_stripe + 1]
            stripe = _read(task, bounds[0], bounds[-1])
            for start, stop in itertools.pairwise(bounds):
                chunk = stripe.slice(start - bounds[0], stop - start).combine_chunks()
                writer.write_table(chunk, row_group_size=max(1, len(chunk)))
    unfinished.replace(path)
    return len(task.row)


def _cuts(sizes: npt.NDArray[np.int64], limit: int) -> list[int]:
    """Return row numbers at which groups of about ``limit`` bytes begin, and the end."""
    total = np.cumsum(sizes)
    numbers = (total - sizes) // limit
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return [*starts.tolist(), len(sizes)]


def _read(task: ShardTask, start: int, stop: int) -> pa.Table:
    """Read rows ``start`` to ``stop`` of the shard from their parts, in shard order."""
    columns = [c for c in SHARD_SCHEMA.names if c not in _MADE]
    whole = gather(task.parts, task.part[start:stop], task.row[start:stop], columns)
    size = stop - start
    years = pc.utf8_slice_codeunits(whole["date"], 0, 4)
    year = pc.if_else(pc.match_substring_regex(years, "^[0-9]{4}$"), years, None)
    made = {
        "source": pa.array([task.source]).take(pa.array(np.zeros(size, np.int64))),
        "license": task.license.slice(start, size),
        "year": year.cast(pa.int32()),
        "work": task.work.slice(start, size),
        "cluster": task.cluster.slice(start, size),
        "tokens": pa.nulls(size, pa.int64()),
        "repeats": pa.array(np.ones(size, np.int32)),
    }
    arrays = [made[f.name] if f.name in made else whole[f.name] for f in SHARD_SCHEMA]
    cast = [a.cast(f.type) for a, f in zip(arrays, SHARD_SCHEMA, strict=True)]
    return pa.table(cast, schema=SHARD_SCHEMA)


_MADE = frozenset({"source", "license", "year", "work", "cluster", "tokens", "repeats"})


def gather(
    paths: Sequence[str | Path],
    part: npt.NDArray[np.int64],
    row: npt.NDArray[np.int64],
    columns: Sequence[str],
) -> pa.Table:
    """Read rows that lie in several parts.

    Args:
        paths: The parts.
        part: Index into ``paths`` of each row, int64[n], n at least 1.
        row: Row inside that part, int64[n].
        columns: Columns to read.

    Returns:
        Table with the rows in the order asked for.
    """
    tables, places = [], []
    for index in np.unique(part).tolist():
        mine = np.flatnonzero(part == index)
        with open_part(paths[index]) as reader:
            tables.append(read_rows(reader, row[mine], columns))
        places.append(mine)
    order = np.empty(len(row), np.int64)
    order[np.concatenate(places)] = np.arange(len(row))
    return pa.concat_tables(tables).take(pa.array(order))


def read_rows(
    reader: pq.ParquetFile, rows: npt.NDArray[np.int64], columns: Sequence[str]
) -> pa.Table:
    """Read rows of one Parquet file by number, touching only the row groups they are in.

    Args:
        reader: Open file.
        rows: Row numbers, int64[n], in any order.
        columns: Columns to read.

    Returns:
        Table with the rows in the order asked for.
    """
    meta = reader.metadata
    ends = np.cumsum([meta.row_group(i).num_rows for i in range(meta.num_row_groups)])
    groups = np.searchsorted(ends, rows, side="right")
    wanted = np.unique(groups)
    table = reader.read_row_groups(wanted.tolist(), columns=list(columns), use_threads=False)
    starts = np.append(0, ends)[:-1]
    sizes = (ends - starts)[wanted]
    offset = np.zeros(len(ends), np.int64)
    offset[wanted] = np.append(0, np.cumsum(sizes))[:-1]
    return table.take(pa.array(rows - starts[groups] + offset[groups]))


def shard_count(text_bytes: int, size_mb: float, previous: int) -> int:
    """Return the number of shards: a power of two that keeps each below the limit.

    Kept from version to version until it must double, so that documents stay in their files.

    Args:
        text_bytes: Bytes of kept text of the source.
        size_mb: Limit of the recipe.
        previous: Number in the version before, 0 for none.
    """
    needed = 1
    while needed * size_mb * 1_000_000 < text_bytes:
        needed *= 2
    return max(needed, previous)
