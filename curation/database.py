"""SQL over Parquet files: one in-memory DuckDB connection that can read these files and no others.

What a user's SQL may do: one statement that reads (``SELECT``, ``WITH``, ``FROM``, ``DESCRIBE``,
``SHOW``, ``SUMMARIZE``). It cannot write, attach, load extensions, see other files or change the
settings.
"""

# ruff: noqa: S608 - names are quoted, values are bound; SQL of users can only read.

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from curation.errors import CurationError, UsageError

if TYPE_CHECKING:
    from fsspec.spec import AbstractFileSystem

BATCH_ROWS = 2_048
"""Rows of a record batch: full papers of 40 KB make 80 MB."""

UNREADABLE = "a file of the version cannot be read; `curation verify` says which"

_SAYS_WHERE = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.PermissionException,
)
"""Errors whose message speaks of the query, never of the values in the tables."""


def literal(text: str) -> str:
    """Return a text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Return a text as a quoted SQL name."""
    return '"' + text.replace('"', '""') + '"'


class Database:
    """Views over Parquet files.

    Args:
        views: Name of a view to its files; all files of a view have the same columns. A view
            without files is left out.
        remote: What reads them where they are addresses.
        positions: Whether the views also have the columns ``filename`` (absolute) and
            ``file_row_number``.
    """

    def __init__(
        self,
        views: Mapping[str, Sequence[str]],
        remote: AbstractFileSystem | None = None,
        *,
        positions: bool = False,
    ) -> None:
        spill = Path(tempfile.gettempdir()) / f"curation-duckdb-{os.getpid()}"
        self._root = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "temp_directory": str(spill),
            },
        )
        if remote is not None:
            self._root.register_filesystem(remote)
        files = [path for paths in views.values() for path in paths]
        self._root.execute(f"SET allowed_paths = {_list(files)}")
        extra = ", filename = true, file_row_number = true" if positions else ""
        for view, paths in views.items():
            if paths:
                listed = _list(paths)
                try:
                    self._root.execute(
                        f"CREATE VIEW {name(view)} AS SELECT * FROM read_parquet({listed}{extra})"
                    )
                except duckdb.Error:
                    raise CurationError(UNREADABLE) from None
        self._root.execute("SET enable_external_access = false")
        self._root.execute("SET lock_configuration = true")

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run SQL of the toolkit itself and return all rows.

        Raises:
            UsageError: The SQL, or a part of it that a user gave, cannot be run.
        """
        try:
            found: list[tuple[Any, ...]] = (
                self._root.cursor().execute(sql, list(parameters)).fetchall()
            )
        except duckdb.Error as error:
            raise explained(error) from None
        return found

    def records(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Run SQL of the toolkit itself and return all rows as dictionaries."""
        try:
            cursor = self._root.cursor().execute(sql, list(parameters))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            raise explained(error) from None

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> pa.RecordBatchReader:
        """Run one reading statement and return its result batch by batch.

        Args:
            sql: One statement, also one that a user wrote.
            parameters: Values of its ``?``.

        Raises:
            UsageError: It is no single reading statement, or it cannot be run.
        """
        self.check(sql)
        try:
            relation = self._root.cursor().sql(sql, params=list(parameters) or None)
            # The older name of the method warns in DuckDB 2; the newer is missing in DuckDB 1.
            read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
            reader = read(BATCH_ROWS)
        except duckdb.Error as error:
            raise explained(error) from None
        return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader))

    def check(self, sql: str) -> None:
        """Refuse everything but one reading statement.

        Raises:
            UsageError: It is something else, or no SQL.
        """
        try:
            statements = self._root.extract_statements(sql)
        except duckdb.Error as error:
            raise explained(error) from None
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError(
                "the query must be one statement that reads: SELECT, WITH, FROM, DESCRIBE or "
                "SUMMARIZE; a corpus cannot be changed"
            )

    def columns(self, view: str) -> dict[str, str]:
        """Return the columns of a view: name to SQL type, in order; empty for no such view."""
        found = self.rows(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = ? ORDER BY ordinal_position",
            [view],
        )
        return dict(found)

    def close(self) -> None:
        """Close the connection."""
        self._root.close()


def unknown_column(column: str, known: Sequence[str]) -> UsageError:
    """Return the error for a column that is not there, with the nearest names."""
    near = difflib.get_close_matches(column, known, 3, cutoff=0.5)
    lists = "`curation query DIR 'DESCRIBE ledger'` (or documents) lists them"
    hint = f"did you mean {' or '.join(near)}?" if near else lists
    return UsageError(f"no column {column!r}; {hint}")


def explained(error: duckdb.Error) -> CurationError:
    """Return an error of DuckDB as one line, without any value of the tables."""
    text = str(error)
    if isinstance(error, _SAYS_WHERE):
        said = re.split(r"\n\s*LINE \d+:", text)[0].strip()
        if table := re.match(r"Catalog Error: Table with name (.+) does not exist", said):
            return UsageError(f"SQL: no table {table[1]!r}; `curation query --help` names them")
        return UsageError("SQL: " + re.sub(r"\s+", " ", said))
    if isinstance(error, duckdb.OutOfMemoryException):
        return CurationError("the query needs more memory than there is; narrow it")
    # Damage in a file has no class of its own: a missing end is InvalidInput, a broken page a bare
    # Error.
    broken = isinstance(error, duckdb.IOException | duckdb.SerializationException)
    if broken or type(error) is duckdb.Error or "parquet" in text.lower():
        return CurationError(UNREADABLE)
    kind = type(error).__name__.removesuffix("Exception")
    return UsageError(
        f"SQL: {kind} error while the query ran: a value does not fit the expression; "
        "try_cast gives null instead of an error"
    )


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, duckdb.Error):
            raise explained(error) from None
        if _is_damage(str(error).lower()):
            raise CurationError(UNREADABLE) from None
        raise UsageError(
            "SQL: an error while the query ran: a value does not fit the expression, or a file "
            "cannot be read; try_cast gives null instead of an error"
        ) from None


def _is_damage(message: str) -> bool:
    """Tell whether an error that came through the Arrow stream, which has no class, is a file's."""
    signs = ("parquet", "magic bytes", "io error", "decompress", "zstd", "file is")
    return "conversion error" not in message and any(sign in message for sign in signs)


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(literal(text) for text in texts) + "]::VARCHAR[]"
