"""Options and output that the verbs share."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import textwrap
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sources.policy import Policy

NARROWEST = 8
"""Columns to which a text column of a table shrinks at most."""

SILENT_S = 2.0
"""Seconds of work before the first word about it."""

Function = TypeVar("Function", bound=Callable[..., Any])

CORPUS = click.argument("corpus", metavar="DIR", type=click.Path(path_type=str, readable=False))
"""A corpus (its latest version) or one of its versions, DIR/vN: a folder or an address."""


CONTACT = click.option(
    "--contact",
    default="",
    envvar="CURATION_CONTACT",
    metavar="WHO",
    help="Mail or web address sent with requests, in place of the recipe's.",
)
"""Whom operators can write to: a shipped recipe names nobody."""


def json_option(function: Function) -> Function:
    """Add ``--json``: one JSON object on stdout instead of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def quiet_option(function: Function) -> Function:
    """Add ``--quiet``: nothing on stderr but errors."""
    return click.option("-q", "--quiet", is_flag=True, help="Only errors on stderr.")(function)


def print_json(value: object) -> None:
    """Print one JSON object to stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def remark(line: str, *, quiet: bool = False) -> None:
    """Print a line on stderr; on a terminal it goes on below, between words.

    Elsewhere, as in a log, a remark is one line, whatever its length.

    Args:
        line: What to say.
        quiet: Say nothing.
    """
    if quiet:
        return
    if sys.stderr.isatty():
        indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
        line = textwrap.fill(
            line,
            terminal_width(),
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    click.echo(line, err=True)


@contextlib.contextmanager
def patience(what: str, *, quiet: bool = False) -> Iterator[None]:
    """Show on a terminal what is being done, once it has taken two seconds.

    Args:
        what: "reading the texts".
        quiet: Say nothing, as with ``--json``.
    """
    if quiet or not sys.stderr.isatty():
        yield
        return
    with contextlib.ExitStack() as shown:

        def show() -> None:
            from rich.console import Console  # costs more than most verbs take

            shown.enter_context(Console(stderr=True).status(f"{what} …"))

        timer = threading.Timer(SILENT_S, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


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
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    width: int | None = None,
    right: Sequence[str] = (),
    wrap: bool = False,
) -> str:
    """Lay out a plain text table; numbers to the right, long texts cut with ``…``.

    Args:
        headers: Column names.
        rows: Cells; integers get thousands separators, floats three significant places.
        width: Columns of the terminal; the widest text column gives way.
        right: Columns of texts that stand to the right all the same.
        wrap: Whether the last column goes on in further lines instead of being cut.

    Returns:
        Lines without trailing blanks.
    """
    given = [list(row) for row in rows]
    cells = [[_cell(value) for value in row] for row in given]
    numeric = [
        bool(given) and all(isinstance(row[i], int | float | None) for row in given)
        for i in range(len(headers))
    ]
    widths = [
        max(_columns(text) for text in [header, *(row[i] for row in cells)])
        for i, header in enumerate(headers)
    ]
    limit = width or terminal_width()
    aligned = [numeric[i] or header in right for i, header in enumerate(headers)]
    while sum(widths) + 2 * (len(widths) - 1) > limit:
        widest = max(range(len(widths)), key=lambda i: (not aligned[i], widths[i]))
        if widths[widest] <= NARROWEST or aligned[widest]:
            break
        widths[widest] -= 1
    lines = []
    for row in [list(headers), *cells]:
        last = textwrap.wrap(row[-1], max(widths[-1], NARROWEST)) if wrap else []
        for number, row_line in enumerate([row, *([""] * len(row) for _ in last[1:])]):
            texts: list[str] = [*row_line[:-1], last[number]] if last else row_line
            shown = [
                " " * (w - _columns(text)) + text if to_right else _fitted(text, w)
                for text, w, to_right in zip(texts, widths, aligned, strict=True)
            ]
            lines.append("  ".join(shown).rstrip())
    lines.insert(1, "  ".join("─" * w for w in widths))
    return "\n".join(lines)


def granted(policy: Policy) -> str:
    """Return what the operator of a source or site permits, and when that was looked up."""
    unread = "" if policy.confirmed else "; not confirmed"
    licence = f"licence {policy.licence}, " if policy.licence else ""
    training, passing = (g.replace("_", " ") for g in (policy.training, policy.redistribution))
    return (
        f"terms ({policy.checked}{unread}): {licence}training {training}, redistribution {passing}"
    )


def bar(share: float, width: int) -> str:
    """Return a bar of block characters, in eighths; the smallest share above 0 shows a sliver.

    Args:
        share: 0 to 1.
        width: Characters of a share of 1.
    """
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _columns(text: str) -> int:
    """Return the columns of a terminal that a text takes: wide characters two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _fitted(text: str, width: int) -> str:
    """Return a text cut or filled up to a number of columns."""
    if _columns(text) <= width:
        return text + " " * (width - _columns(text))
    cut = text
    while _columns(cut) > width - 1:
        cut = cut[:-1]
    return cut + "…" + " " * (width - 1 - _columns(cut))


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
