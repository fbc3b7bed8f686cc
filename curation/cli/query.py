"""``curation query``."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from curation.cli.common import CORPUS, json_option, patience, remark, table

if TYPE_CHECKING:
    from pyarrow import RecordBatchReader

TEXT_ROWS = 1_000
"""Rows that the text form prints; it lays out a table and needs all of them at once."""

CELL = 60
"""Characters of a cell of the text form."""


@click.command("query")
@CORPUS
@click.argument("sql")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
def command(corpus: str, sql: str, as_json: bool, as_csv: bool) -> None:
    """Run one SQL statement (DuckDB's dialect) over a version.

    The tables are documents (what was kept, with its text), ledger (every
    input) and attribution. The statement can only read these. --json prints
    one object a line, --csv a header and rows: both stream.

    \b
    curation query corpus "DESCRIBE ledger"
    curation query corpus "SELECT journal, count(*) AS n, sum(words)
      FROM documents GROUP BY ALL ORDER BY n DESC LIMIT 10"
    curation query corpus "SELECT id, step FROM ledger
      WHERE outcome = 'dropped'" --csv > dropped.csv

    \b
    Exit codes: 0 done · 2 no such corpus, or SQL that cannot be run
    """
    from curation.corpus import Corpus

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    with patience("running the statement", quiet=as_json or as_csv):
        reader = Corpus(corpus).query(sql)
    if as_json:
        for row in _rows(reader):
            named = dict(zip(reader.schema.names, row, strict=True))
            click.echo(json.dumps(named, ensure_ascii=False, default=str))
    elif as_csv:
        for row in itertools.chain([tuple(reader.schema.names)], _rows(reader)):
            click.echo(_csv_line(row))
    else:
        _print_table(reader)


def _rows(reader: RecordBatchReader) -> Iterator[tuple[object, ...]]:
    """Yield rows by position: two columns of a result may have the same name."""
    for batch in reader:
        columns = [column.to_pylist() for column in batch.columns]
        for index, field in enumerate(reader.schema):
            if str(field.type).startswith("map<"):
                columns[index] = [v if v is None else dict(v) for v in columns[index]]
        yield from zip(*columns, strict=True)


def _csv_line(row: tuple[object, ...]) -> str:
    """Return a row as RFC 4180 values; lists, maps and structures as JSON."""
    plain = [
        json.dumps(value, ensure_ascii=False, default=str)
        if isinstance(value, list | dict | tuple)
        else value
        for value in row
    ]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(plain)
    return buffer.getvalue()


def _print_table(reader: RecordBatchReader) -> None:
    """Print the first rows as a table, texts on one line each."""
    rows = list(itertools.islice(_rows(reader), TEXT_ROWS + 1))
    cells = [[_cell(value) for value in row] for row in rows[:TEXT_ROWS]]
    # Years and ids are integers as well: they stand as they are, to be copied.
    numbers = [
        name
        for index, name in enumerate(reader.schema.names)
        if all(isinstance(row[index], int | float | None) for row in cells)
    ]
    plain = [[str(v) if type(v) is int else v for v in row] for row in cells]
    click.echo(table(reader.schema.names, plain, right=numbers))
    if len(rows) > TEXT_ROWS:
        remark(f"the first {TEXT_ROWS:,} rows; --csv and --json print all")


def _cell(value: object) -> object:
    if isinstance(value, list | dict | tuple):
        value = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str):
        line = " ".join(value[: 4 * CELL].split())
        return line if len(line) <= CELL else line[: CELL - 1] + "…"
    return value
