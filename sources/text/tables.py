"""Tables of JATS (XHTML model and OASIS model) to Markdown, with no cell lost.

Every row of the source is a line of the result, whatever its length. The content of a spanned cell
stands once, in its first cell; cells of a table head are repeated in all cells that they span, and
a row heading (``th`` in the body) in all rows that it spans, so that each line can be read alone.
The first head row stands above the rule that Markdown asks for, further ones below it; a table
without a head has its first row there. Rows and columns without any content are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

CellText = Callable[[etree._Element], str]

_MAX_SPAN = 200  # columns; wider spans in the wild are mistakes or attacks
_MAX_CELLS = 2_000_000  # of a grid; beyond it spans are ignored, no content is lost


class _Cell(NamedTuple):
    """A cell of the source: its text, its extent, whether it heads a column or a row."""

    text: str
    columns: int
    rows: int
    head: bool
    row_head: bool
    start: int = -1  # column given by name (OASIS), else the next free one


def render(table: etree._Element, cell_text: CellText) -> str:
    """Return a table as Markdown.

    Args:
        table: ``table`` with rows of either model, or a ``tgroup``.
        cell_text: Gives the one-line text of a cell.

    Returns:
        Lines of one table per ``tgroup`` (one for XHTML), ``|`` escaped; empty without content.
    """
    groups = list(table.iter("tgroup"))
    if groups:
        rendered = [_markdown(list(_oasis_rows(group, cell_text))) for group in groups]
        return "\n\n".join(filter(None, rendered))
    return _markdown(list(_xhtml_rows(table, cell_text)))


def _xhtml_rows(table: etree._Element, cell_text: CellText) -> Iterator[list[_Cell]]:
    """Rows of the XHTML model; ``tfoot`` may stand before the body and comes last."""
    feet: list[etree._Element] = []
    for section in table:
        if section.tag == "tr":
            yield _xhtml_row(section, cell_text, False)
        elif section.tag == "tfoot":
            feet += section
        elif section.tag in ("thead", "tbody"):
            for row in section:
                if row.tag == "tr":
                    yield _xhtml_row(row, cell_text, section.tag == "thead")
    for row in feet:
        if row.tag == "tr":
            yield _xhtml_row(row, cell_text, False)


def _xhtml_row(row: etree._Element, cell_text: CellText, head: bool) -> list[_Cell]:
    """Cells of one ``tr``."""
    cells = []
    for cell in row:
        tag = cell.tag
        if tag == "td" or tag == "th":
            columns, rows = cell.get("colspan"), cell.get("rowspan")
            cells.append(
                _Cell(
                    _escape(cell_text(cell)),
                    1 if columns is None or columns == "1" else _number(columns),
                    1 if rows is None or rows == "1" else _number(rows),
                    head,
                    tag == "th" and not head,
                )
            )
    return cells


def _oasis_rows(group: etree._Element, cell_text: CellText) -> Iterator[list[_Cell]]:
    """Rows of an OASIS ``tgroup``; columns are named by ``colspec`` and ``spanspec``."""
    names: dict[str, int] = {}
    spans: dict[str, tuple[str, str]] = {}
    number = 0
    for spec in group:
        if spec.tag == "colspec":
            given = spec.get("colnum")
            number = _number(given) if given else number + 1
            names[spec.get("colname") or str(number)] = number - 1
        elif spec.tag == "spanspec":
            spans[spec.get("spanname", "")] = (spec.get("namest", ""), spec.get("nameend", ""))
    for section in ("thead", "tbody", "tfoot"):
        for part in group.iterchildren(section):
            for row in part.iterchildren("row"):
                yield [
                    _entry(entry, names, spans, cell_text, section == "thead")
                    for entry in row.iterchildren("entry", "entrytbl")
                ]


def _entry(
    entry: etree._Element,
    names: dict[str, int],
    spans: dict[str, tuple[str, str]],
    cell_text: CellText,
    head: bool,
) -> _Cell:
    """One OASIS cell with its extent in columns and rows."""
    first, last = spans.get(
        entry.get("spanname", ""), (entry.get("namest", ""), entry.get("nameend", ""))
    )
    start = names.get(first, names.get(entry.get("colname", ""), -1))
    columns = min(max(names.get(last, start) - start + 1, 1), _MAX_SPAN)
    rows = _number(entry.get("morerows", "0"), least=0) + 1
    return _Cell(_escape(cell_text(entry)), columns, rows, head, False, start)


def _number(value: str, least: int = 1) -> int:
    """A span as stated, between `least` and the limit; what is no number counts as `least`."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit()):
        return least
    return min(max(int(digits[:6]), least), _MAX_SPAN)


def _escape(text: str) -> str:
    return text.replace("|", "\\|") if "|" in text else text


def _markdown(rows: list[list[_Cell]]) -> str:
    """Lay the rows out on a grid and write it."""
    lines = [line for line in _grid(rows) if any(line)]
    if not lines:
        return ""
    width = max(map(len, lines))
    for line in lines:
        line.extend([""] * (width - len(line)))
    used = [column for column in range(width) if any(line[column] for line in lines)]
    if len(used) < width:
        lines = [[line[column] for column in used] for line in lines]
    written = [f"| {' | '.join(line)} |" for line in lines]
    written.insert(1, "|" + " --- |" * len(used))
    return "\n".join(written)


def _grid(rows: list[list[_Cell]]) -> list[list[str]]:
    """Put every cell at its place.

    Returns:
        One list of texts a row; rows may differ in length.
    """
    extent = sum(cell.columns * min(cell.rows, len(rows)) for row in rows for cell in row)
    spanning = extent <= _MAX_CELLS
    if extent == sum(map(len, rows)) and all(cell.start < 0 for row in rows for cell in row):
        return [[cell.text for cell in row] for row in rows]  # no spans: most tables
    lines: list[list[str]] = []
    pending: dict[int, tuple[int, str]] = {}  # column: rows still covered, text to repeat
    for position, row in enumerate(rows):
        line: list[str] = []
        below: dict[int, tuple[int, str]] = {}
        for cell in row:
            while len(line) in pending or len(line) < cell.start:
                line.append(_covered(pending, below, len(line)))
            columns = cell.columns if spanning else 1
            # A head cell never reaches into the body, whatever its rowspan says.
            reach = min(cell.rows if spanning else 1, len(rows) - position)
            start = len(line)
            line.append(cell.text)
            line.extend([cell.text if cell.head else ""] * (columns - 1))
            if reach > 1:
                repeat = cell.head or cell.row_head
                for offset in range(columns):
                    text = cell.text if repeat and (cell.head or not offset) else ""
                    below[start + offset] = (reach - 1, text)
        for column in sorted(pending):
            text = _covered(pending, below, column)
            if column >= len(line):  # else a cell of this row overlaps it, against the model
                line.extend([""] * (column - len(line)))
                line.append(text)
        if position + 1 < len(rows) and _is_head(row) and not _is_head(rows[position + 1]):
            below = {}
        pending = below
        lines.append(line)
    return lines


def _is_head(row: list[_Cell]) -> bool:
    return bool(row) and row[0].head


def _covered(
    pending: dict[int, tuple[int, str]], below: dict[int, tuple[int, str]], column: int
) -> str:
    """Text of a cell that a cell further up covers; books what it still covers below."""
    left, text = pending.pop(column, (0, ""))
    if left > 1:
        below[column] = (left - 1, text)
    return text
