"""Tables of JATS (XHTML model and OASIS model) to Markdown, with no cell lost.

Every row of the source is a line of the result, whatever its length. The content of a spanned cell
stands once, in its first cell; cells of a table head are repeated in all cells that they span, and
a row heading (``th`` in the body) in all rows that it spans, so that each line can be read alone.
The first head row stands above the rule that Markdown asks for, further ones below it; a table
without a head has its first row there. Rows and columns without any content are left out.

What is written is bounded by what is there: a table whose spans or empty cells would make it many
times its own size has its cells one after the other, each once.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from lxml import etree

CellText = Callable[[etree._Element], str]

_BAR = re.compile(r"(\\*)\|")
_MAX_SPAN = 200  # columns; wider spans in the wild are mistakes or attacks
# Characters that a written table may have: a share of its own, and an allowance for small ones.
_MAX_GROWTH, _ALLOWANCE = 50, 100_000
_CELL_MARKUP = len("<td></td>")
_CELL_FRAME = len(" | ")
_CELLS = ("td", "th")
_HEADING = ("caption", "title", "label")
_OASIS_PARTS = ("thead", "tbody", "tfoot")
_ENTRIES = ("entry", "entrytbl")


class _Cell(NamedTuple):
    """A cell of the source: its text, its extent, whether it heads a column or a row.

    A cell of 0 rows reaches to the end of its row group.
    """

    text: str
    columns: int = 1
    rows: int = 1
    row_head: bool = False
    start: int = -1  # column given by name (OASIS), else the next free one


class _Row(NamedTuple):
    """A row: the texts of its cells; the cells themselves where one is not plain.

    Rows of one section have the same `group`; no cell reaches beyond it.
    """

    texts: list[str]
    cells: list[_Cell] | None
    head: bool
    group: int


def render(
    table: etree._Element,
    cell_text: CellText,
    form: str = "markdown",
    stray: list[str] | None = None,
) -> str:
    """Return a table as Markdown, or as sentences.

    Args:
        table: ``table`` with rows of either model, or a ``tgroup``.
        cell_text: Gives the one-line text of a cell.
        form: ``markdown``, or ``sentences``: a line a row, "row label; column: value; …".
        stray: Takes what stands in the table outside of all cells, which the standard does not
            foresee: text, or elements other than those of a table, each as one line. HTML sets it
            before the table. Title, caption and label of the element are the caller's.

    Returns:
        Lines of one table per ``tgroup`` (one for XHTML), ``|`` escaped in Markdown; empty
        without content.
    """
    reader = _Reader(cell_text, [] if stray is None else stray)
    if table.tag == "tgroup":
        parts = [list(reader.oasis_rows(table, _HEADING))]
    elif groups := list(table.iterchildren("tgroup")):
        reader.others(table, ("tgroup", *_HEADING))
        parts = [list(reader.oasis_rows(group)) for group in groups]
    else:
        parts = [list(reader.xhtml_rows(table))]
    write = _sentences if form == "sentences" else _markdown
    return "\n\n".join(filter(None, map(write, parts)))


def of_texts(rows: Iterable[Sequence[str]]) -> str:
    """Return a table of plain cells as Markdown; the first row is its head.

    Args:
        rows: Texts, each one line; rows may differ in length.
    """
    return _markdown([_Row(list(row), None, number == 0, 0) for number, row in enumerate(rows)])


class _Reader:
    """Reads the rows of a table.

    Args:
        cell_text: Gives the one-line text of a cell.
        stray: Takes what stands outside of all cells.
    """

    def __init__(self, cell_text: CellText, stray: list[str]) -> None:
        self._cell_text = cell_text
        self._stray = stray

    def text(self, text: str) -> None:
        """Take text that stands straight in a table, a row or a part of a table."""
        if not text.isspace():
            self._stray.append(" ".join(text.split()))

    def other(self, element: etree._Element) -> None:
        """Take an element that is no part of a table; comments have no text."""
        if isinstance(element.tag, str):
            text = self._cell_text(element)
            if text:
                self._stray.append(text)

    def others(self, element: etree._Element, expected: Sequence[str]) -> None:
        """Take all in an element but the expected children, whose tails are taken."""
        if element.text:
            self.text(element.text)
        for child in element:
            if child.tag not in expected:
                self.other(child)
            if child.tail:
                self.text(child.tail)

    def xhtml_rows(self, table: etree._Element) -> Iterator[_Row]:
        """Rows of the XHTML model; ``tfoot`` may stand before the body and comes last."""
        feet: list[etree._Element] = []
        group = 0
        if table.text:
            self.text(table.text)
        for section in table:
            tag = section.tag
            if tag in ("thead", "tbody"):
                group += 1
                yield from self._section(section, tag == "thead", group)
                group += 1
            elif tag == "tfoot":
                feet.append(section)
            elif tag == "tr":
                yield self._xhtml_row(section, False, group)
            elif tag in _CELLS:
                yield self._lone_cell(section, False, group)
            elif tag not in _HEADING:
                self.other(section)
            if section.tail:
                self.text(section.tail)
        for section in feet:
            yield from self._section(section, False, group + 1)

    def _section(self, section: etree._Element, head: bool, group: int) -> Iterator[_Row]:
        """Rows of ``thead``, ``tbody`` or ``tfoot``."""
        if section.text:
            self.text(section.text)
        for row in section:
            if row.tag == "tr":
                yield self._xhtml_row(row, head, group)
            elif row.tag in _CELLS:
                yield self._lone_cell(row, head, group)
            else:
                self.other(row)
            if row.tail:
                self.text(row.tail)

    def _lone_cell(self, cell: etree._Element, head: bool, group: int) -> _Row:
        """A cell without a row is a row of its own."""
        return _Row([self._cell_text(cell)], None, head, group)

    def _xhtml_row(self, row: etree._Element, head: bool, group: int) -> _Row:
        """Cells of one ``tr``."""
        texts: list[str] = []
        cells: list[_Cell] | None = None
        if row.text:
            self.text(row.text)
        for cell in row:
            tag, tail = cell.tag, cell.tail
            if tag != "td" and tag != "th":
                self.other(cell)
                if tail:
                    self.text(tail)
                continue
            if tail and not tail.isspace():
                self.text(tail)
            text = self._cell_text(cell) if len(cell) else " ".join((cell.text or "").split())
            columns, rows = cell.get("colspan"), cell.get("rowspan")
            if (columns is not None and columns != "1") or (rows is not None and rows != "1"):
                if cells is None:
                    cells = [_Cell(before) for before in texts]
                to_end = rows is not None and rows.strip() == "0"
                extent = (_number(columns or "1"), 0 if to_end else _number(rows or "1"))
                cells.append(_Cell(text, *extent, row_head=tag == "th" and not head))
            elif cells is not None:
                cells.append(_Cell(text))
            texts.append(text)
        return _Row(texts, cells, head, group)

    def oasis_rows(self, group: etree._Element, read: Sequence[str] = ()) -> Iterator[_Row]:
        """Rows of an OASIS ``tgroup``; columns are named by ``colspec`` and ``spanspec``.

        Args:
            group: The ``tgroup``.
            read: Children that the caller reads.
        """
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
        self.others(group, (*_OASIS_PARTS, *read))
        parts = [p for s in _OASIS_PARTS for p in group.iterchildren(s)]
        for place, part in enumerate(parts):
            self.others(part, ("row", "colspec"))
            for row in part.iterchildren("row"):
                self.others(row, _ENTRIES)
                cells = [
                    _entry(entry, names, spans, self._cell_text)
                    for entry in row.iterchildren(*_ENTRIES)
                ]
                plain = all(c.columns == 1 and c.rows == 1 and c.start < 0 for c in cells)
                texts = [cell.text for cell in cells]
                yield _Row(texts, None if plain else cells, part.tag == "thead", place)


def _entry(
    entry: etree._Element,
    names: dict[str, int],
    spans: dict[str, tuple[str, str]],
    cell_text: CellText,
) -> _Cell:
    """One OASIS cell with its extent in columns and rows."""
    first, last = spans.get(
        entry.get("spanname", ""), (entry.get("namest", ""), entry.get("nameend", ""))
    )
    start = names.get(first, names.get(entry.get("colname", ""), -1))
    columns = min(max(names.get(last, start) - start + 1, 1), _MAX_SPAN)
    rows = _number(entry.get("morerows", "0"), least=0) + 1
    return _Cell(cell_text(entry), columns, rows, False, start)


def _number(value: str, least: int = 1) -> int:
    """A span as stated, between `least` and the limit; what is no number counts as `least`."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit()):
        return least
    return min(max(int(digits[:6]), least), _MAX_SPAN)


def _limit(rows: list[_Row]) -> int:
    """Characters that a table may have when written, from those of its source."""
    source = sum(
        len(text) + _CELL_MARKUP for row in rows for text in itertools.chain(row.texts, ("",))
    )
    return _MAX_GROWTH * source + _ALLOWANCE


def _laid_out(rows: list[_Row]) -> tuple[list[list[str]], int]:
    """Lay the rows out on a grid, without rows and columns that hold nothing.

    Returns:
        One list of texts a row, and how many of them are of the head. The rows are of one length,
        but for a table that would be too large so: its rows are as they are, none is of the head.
    """
    grid = _grid(rows)
    heads = next((n for n, row in enumerate(rows) if not row.head), len(rows))
    lines = [line for line in grid if any(line)]
    heads = sum(any(line) for line in grid[:heads])
    if not lines:
        return [], 0
    width = max(map(len, lines))
    missing = sum(width - len(line) for line in lines)
    if missing and missing * _CELL_FRAME > _limit(rows):
        return lines, 0
    for line in lines:
        if len(line) < width:
            line.extend([""] * (width - len(line)))
    used = [any(column) for column in zip(*lines, strict=True)]
    if not all(used):
        lines = [list(itertools.compress(line, used)) for line in lines]
    return lines, heads


def _markdown(rows: list[_Row]) -> str:
    """Write a table as Markdown."""
    lines, _ = _laid_out(rows)
    if not lines:
        return ""
    bar = " | "
    written = [
        f"| {bar.join(line)} |"
        if "|" not in "".join(line)
        else f"| {bar.join(map(_escaped, line))} |"
        for line in lines
    ]
    written.insert(1, "|" + " --- |" * len(lines[0]))
    return "\n".join(written)


def _escaped(cell: str) -> str:
    """Bars escaped, and backslashes before a bar, so that none of them ends the cell."""
    return _BAR.sub(r"\1\1\\|", cell)


def _sentences(rows: list[_Row]) -> str:
    """Write a table as a line a row: "row label; column: value; column: value."."""
    lines, heads = _laid_out(rows)
    if not lines:
        return ""
    columns = [", ".join(dict.fromkeys(filter(None, c))) for c in zip(*lines[:heads], strict=True)]
    if sum(map(len, columns)) * (len(lines) - heads) > _limit(rows):
        columns, heads = [], 0  # names too long to be said in every row
    said: set[str] = set()
    written = []
    for line in lines[heads:]:
        parts = []
        for name, cell in zip(itertools.chain(columns, itertools.repeat("")), line, strict=False):
            if cell:
                parts.append(f"{name}: {cell}" if name and name != cell else cell)
                said.add(name)
        written.append(_stopped("; ".join(parts)))
    silent = [name for name in dict.fromkeys(columns) if name and name not in said]
    if silent:
        written.insert(0, _stopped("; ".join(silent)))
    return "\n".join(written)


def _stopped(line: str) -> str:
    return line if line.endswith((".", "?", "!")) else line + "."


def _grid(rows: list[_Row]) -> list[list[str]]:
    """Put every cell at its place.

    Returns:
        One list of texts a row; rows may differ in length.
    """
    if all(row.cells is None for row in rows):
        return [row.texts for row in rows]  # no spans: most tables
    ends = [len(rows)] * len(rows)  # where the group of each row ends
    for position in range(len(rows) - 2, -1, -1):
        if rows[position].group == rows[position + 1].group:
            ends[position] = ends[position + 1]
        else:
            ends[position] = position + 1
    room = _limit(rows)
    lines: list[list[str]] = []
    pending: dict[int, tuple[int, str]] = {}  # column: rows still covered, text to repeat
    widest = 0  # columns up to the last in which a cell begins
    for position, row in enumerate(rows):
        if row.cells is None and not pending:
            lines.append(row.texts)
            widest = max(widest, len(row.texts))
            continue
        line: list[str] = []
        below: dict[int, tuple[int, str]] = {}
        for cell in row.cells if row.cells is not None else map(_Cell, row.texts):
            while len(line) in pending or len(line) < cell.start:
                line.append(_covered(pending, below, len(line)))
            columns = cell.columns
            reach = ends[position] - position
            if cell.rows:
                reach = min(cell.rows, reach)
            start = len(line)
            widest = max(widest, start + 1)
            line.append(cell.text)
            line.extend([cell.text if row.head else ""] * (columns - 1))
            if reach > 1:
                repeat = row.head or cell.row_head
                for offset in range(columns):
                    text = cell.text if repeat and (row.head or not offset) else ""
                    below[start + offset] = (reach - 1, text)
        for column in sorted(pending):
            text = _covered(pending, below, column)
            if column >= len(line):  # else a cell of this row overlaps it, against the model
                line.extend([""] * (column - len(line)))
                line.append(text)
        pending = below
        lines.append(line)
        room -= sum(map(len, line)) + _CELL_FRAME * len(line)
        if room < 0:
            return [row.texts for row in rows]
    # A head may claim more columns than there are: its text is not repeated there.
    return [line[:widest] for line in lines]


def _covered(
    pending: dict[int, tuple[int, str]], below: dict[int, tuple[int, str]], column: int
) -> str:
    """Text of a cell that a cell further up covers; books what it still covers below."""
    left, text = pending.pop(column, (0, ""))
    if left > 1:
        below[column] = (left - 1, text)
    return text
