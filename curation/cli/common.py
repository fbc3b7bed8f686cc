"""Options and output that the verbs share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

CORPUS = click.argument("corpus", metavar="DIR", type=click.Path(path_type=str))
"""A corpus folder (its latest version) or one of its versions, DIR/vN."""


def json_option(function: Function) -> Function:
    """Add ``--json``: one JSON object on stdout instead of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def quiet_option(function: Function) -> Function:
    """Add ``--quiet``: no progress and no remarks on stderr."""
    return click.option("-q", "--quiet", is_flag=True, help="No progress, no remarks.")(function)


def print_json(value: object) -> None:
    """Print one JSON object to stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def terminal_width() -> int:
    """Return the columns to write for: ``COLUMNS``, else the terminal's, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size().columns or 80
    except OSError:
        return 80


def table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, width: int | None = None
) -> str:
    """Lay out a plain text table; numbers to the right, long texts cut with ``…``.

    Args:
        headers: Column names.
        rows: Cells; integers get thousands separators, floats three significant places.
        width: Columns of the terminal; the widest text column gives way.

    Returns:
        Lines without trailing blanks.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [
        all(isinstance(row[i], int | float) or row[i] is None for row in list(rows))
        if isinstance(rows, list)
        else False
        for i in range(len(headers))
    ]
    widths = [
        max(len(h), *(len(r[i]) for r in cells), 0) if cells else len(h)
        for i, h in enumerate(headers)
    ]
    limit = width or terminal_width()
    while sum(widths) + 2 * (len(widths) - 1) > limit:
        widest = max(range(len(widths)), key=lambda i: (not numeric[i], widths[i]))
        if widths[widest] <= 8:
            break
        widths[widest] -= 1
    lines = []
    for row in [list(headers), *cells]:
        shown = [
            text.rjust(w) if right else _cut(text, w).ljust(w)
            for text, w, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(shown).rstrip())
    lines.insert(1, "  ".join("─" * w for w in widths))
    return "\n".join(lines)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)
