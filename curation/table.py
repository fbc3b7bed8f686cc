"""The works table: the columns of all documents, without text, in canonical order.

Canonical order is (source, resource, position): nothing that is decided depends on which slice a
document came in, or on which worker was first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.columns import documents_schema
from curation.errors import CurationError
from filters import registry
from filters.base import Column
from filters.shared import COLUMN

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DECIDED_ON = (
    "row_type",
    "id",
    "id_hash",
    "base",
    "part",
    "version",
    "revision",
    "resource",
    "position",
    "rule",
    "detail",
    "status",
    "status_date",
    "review_date",
    "relations",
    "declared_lang",
    "kind",
    "lang",
    "lang_score",
    "lang_share",
    "lang_parts",
    "license",
    "date",
    "pmid",
    "pmcid",
    "doi",
    "pii_fault",
    "content_hash",
    "shingle_words",
    "guard_hash",
    "title_hash",
    "stage",
    "text_bytes",
    "no_text",
    "undone",
    "pii",
    "masks",
    "removed",
)
"""Columns that decisions read, besides the measurements."""


@dataclass(frozen=True, slots=True)
class PartFile:
    """One cached part, and which of its rows belong to this build.

    Attributes:
        path: Parquet file.
        source: Prefix of its ids.
        inputs: Physical input paths whose rows count; None means all.
        replaced: Rows in whose place those of another part count, sorted; None means none.
        shared: The measurement `filters.shared.COLUMN` of all rows, NaN for none; None where it is
            what the part says.
    """

    path: Path
    source: str
    inputs: frozenset[str] | None
    replaced: npt.NDArray[np.int64] | None = None
    shared: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Works:
    """All rows of a build.

    Attributes:
        table: `DECIDED_ON`, measurements, ``source`` and ``order`` (rank of the source in the
            recipe), in canonical order.
        part: Index into `parts` of each row, int64[n].
        row: Row inside that part, int64[n].
        parts: The part files.
        measured: Measurements that the parts hold.
    """

    table: pa.Table
    part: Ints
    row: Ints
    parts: tuple[PartFile, ...]
    measured: tuple[Column, ...]

    def column(self, name: str) -> pa.Array:
        """Return a column as one array."""
        return one_array(self.table[name])

    def numbers(self, name: str) -> npt.NDArray[np.generic]:
        """Return a column without nulls as NumPy."""
        found: npt.NDArray[np.generic] = self.table[name].to_numpy()
        return found

    def ranks(self, name: str) -> Ints:
        """Return for each row the rank of its value among the distinct ones, by bytes."""
        return ranks(self.column(name))


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a chunked column as one array."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def ranks(column: pa.Array) -> Ints:
    """Return ``int64[n]``: rank of each value among the distinct values in byte order; null -1."""
    encoded = column.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order) + 1, np.int64)
    place[order] = np.arange(len(order))
    place[len(order)] = -1
    codes = encoded.indices.fill_null(len(order)).to_numpy(zero_copy_only=False)
    result: Ints = place[codes.astype(np.int64)]
    return result


def open_part(path: str | Path) -> pq.ParquetFile:
    """Open a cached part; its pages are compared with their checksums as they are read."""
    return pq.ParquetFile(path, page_checksum_verification=True)


@contextlib.contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Say which folder to remove where reading a part finds damage.

    Raises:
        CurationError: The part is damaged.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise CurationError(
            f"{path.parent}: the cached slice is damaged; remove this folder and build again"
        ) from error


def _read_part(path: Path, columns: Sequence[str], measured: tuple[Column, ...]) -> pa.Table:
    with damage_named(path), open_part(path) as reader:
        # The footer has no checksum, and a column under another name is left out silently.
        if not reader.schema_arrow.equals(documents_schema(measured)):
            raise pa.ArrowInvalid("another schema than that of a part")
        return reader.read(columns=list(columns), use_threads=False)


def load_works(
    parts: Sequence[PartFile], sources: Sequence[str], trained: tuple[Column, ...] = ()
) -> Works:
    """Read the columns of all parts and put the rows in canonical order.

    Args:
        parts: Cached parts.
        sources: Names of the sources in the recipe's order.
        trained: Columns of the recipe's classifiers.

    Returns:
        The works table.

    Raises:
        CurationError: A part is damaged.
    """
    measured = (*registry.columns(), *trained)
    names = [column.name for column in measured]
    tables, where, rows = [], [], []
    for index, part in enumerate(parts):
        table = _read_part(part.path, [*DECIDED_ON, *names], measured)
        keep = np.arange(table.num_rows)
        if part.inputs is not None:
            origin = _read_part(part.path, ["input"], measured)["input"]
            mask = pc.is_in(origin, value_set=pa.array(sorted(part.inputs)))
            keep = np.flatnonzero(mask.to_numpy())
        if part.replaced is not None:
            keep = np.setdiff1d(keep, part.replaced, assume_unique=True)
        if part.shared is not None:
            place = table.schema.get_field_index(COLUMN.name)
            shares = pa.array(part.shared, from_pandas=True)
            table = table.set_column(place, table.schema.field(place), shares)
        if len(keep) < table.num_rows:
            table = table.take(keep)
        name = pa.array([part.source]).dictionary_encode()
        source = name.take(pa.array(np.zeros(len(keep), np.int64)))
        order = pa.array(np.full(len(keep), sources.index(part.source), np.int64))
        tables.append(table.append_column("source", source).append_column("order", order))
        where.append(np.full(len(keep), index, np.int64))
        rows.append(keep.astype(np.int64))
    part_index, row_index = np.concatenate(where), np.concatenate(rows)
    keys = (
        _stacked(tables, "position").to_numpy(),
        ranks(one_array(_stacked(tables, "resource"))),
        _stacked(tables, "order").to_numpy(),
    )
    order = np.lexsort(keys)
    return Works(
        reordered(tables, order),
        part_index[order],
        row_index[order],
        tuple(parts),
        measured,
    )


def each_part(works: Works, columns: Sequence[str]) -> Iterator[tuple[Ints, pa.Table]]:
    """Read further columns of all rows, part by part: memory is bounded by the part.

    Args:
        works: All rows.
        columns: Columns of the documents table that `DECIDED_ON` lacks.

    Yields:
        Rows of the works table, int64[m], and their columns, m rows.
    """
    order = np.argsort(works.part, kind="stable")
    bounds = np.searchsorted(works.part[order], np.arange(len(works.parts) + 1))
    for index, part in enumerate(works.parts):
        rows = order[bounds[index] : bounds[index + 1]]
        if len(rows):
            yield (
                rows,
                _read_part(part.path, columns, works.measured).take(pa.array(works.row[rows])),
            )


def _stacked(tables: Sequence[pa.Table], name: str) -> pa.ChunkedArray:
    """Return one column of all tables."""
    return pa.chunked_array([chunk for table in tables for chunk in table[name].chunks])


def reordered(tables: list[pa.Table], order: npt.NDArray[np.int64]) -> pa.Table:
    """Return the rows of all tables in another order, which empties ``tables``.

    Column by column, each dropped as soon as it is copied: the rows are in memory once.

    Args:
        tables: Tables of one schema, at least one.
        order: Rows of the tables, counted through, int64[n].

    Returns:
        Table with one chunk a column.
    """
    schema, where = tables[0].schema, pa.array(order)
    columns = []
    for field in schema:
        stacked = _stacked(tables, field.name)
        if pa.types.is_dictionary(stacked.type):
            stacked = stacked.unify_dictionaries()
        tables[:] = [table.drop_columns(field.name) for table in tables]
        # Rows are taken from one chunk much faster than from many.
        columns.append(one_array(stacked).take(where))
    pa.default_memory_pool().release_unused()
    return pa.table(columns, schema=schema)
