"""Tables of web pages: which hold data, which lay out a page, and what heads them.

A table that holds a table of data, or nearly all of a text in one cell, or that is no grid at all
is read as the blocks in its cells, in order; every other one becomes a Markdown table
(`sources.text.tables`).
"""

from __future__ import annotations

from itertools import takewhile

from lxml.html import HtmlElement

from sources.text.html_tags import integer

CELLS = ("td", "th")

_FRAMED_CHARS, _FRAMED_SHARE = 1000, 0.8
_SPREAD, _SPREAD_CHARS = 20, 50_000  # what spans may multiply a table by, and what is always let be
_LAYOUT = "self::h1 or self::h2 or self::h3 or self::h4 or self::form"
_PARTS = frozenset(("tr", "thead", "tbody", "tfoot", "caption", "colgroup", "col"))


def data_tables(tree: HtmlElement) -> frozenset[HtmlElement]:
    """Return the tables of a page that hold data, apart from those that lay out the page.

    Args:
        tree: Parsed page.
    """
    found: set[HtmlElement] = set()
    holders: set[HtmlElement] = set()  # tables around a table of data
    for table in reversed(list(tree.iter("table"))):
        if table not in holders and _is_data(table):
            found.add(table)
            holders.update(table.iterancestors("table"))
    return frozenset(found)


def mark_head(table: HtmlElement) -> None:
    """Put leading rows that hold only ``th`` into a ``thead`` where the table has none."""
    rows = own_rows(table)
    if table.find("thead") is not None:
        return
    leading = list(takewhile(lambda row: all(cell.tag == "th" for cell in row), rows))
    if not leading or len(leading) == len(rows):
        return
    head = table.makeelement("thead")
    table.insert(0, head)
    head.extend(leading)


def bound_spans(table: HtmlElement) -> None:
    """Take the spans off a table that claims far more places than its cells could fill.

    A head is written in all places that it spans: a small page could ask for gigabytes.
    """
    rows = own_rows(table)
    chars = spread = 0
    for cell in (cell for row in rows for cell in row if cell.tag in CELLS):
        own = 1 + len(cell.text_content())
        columns, lines = (max(integer(cell.get(name), 1), 1) for name in ("colspan", "rowspan"))
        chars += own
        spread += own * columns * min(lines, len(rows))
    if spread > _SPREAD_CHARS and spread > _SPREAD * chars:
        for cell in (cell for row in rows for cell in row):
            cell.attrib.pop("colspan", None)
            cell.attrib.pop("rowspan", None)


def own_rows(table: HtmlElement) -> list[HtmlElement]:
    """Return the rows of a table, without those of tables inside it."""
    return list(table.xpath("./tr|./tbody/tr|./thead/tr|./tfoot/tr"))


def _is_data(table: HtmlElement) -> bool:
    rows = own_rows(table)
    grid = [[cell for cell in row if cell.tag in CELLS] for row in rows]
    if len(rows) < 2 or max(map(len, grid)) < 2 or not _is_regular(table, rows, grid):
        return False
    if any(cell.tag == "th" for row in grid for cell in row) or table.find("caption") is not None:
        return True
    if (table.get("role") or "").lower() in ("presentation", "none"):
        return False
    return not _frames_text(grid) and not table.xpath(f"boolean(.//*[{_LAYOUT}])")


def _is_regular(table: HtmlElement, rows: list[HtmlElement], grid: list[list[HtmlElement]]) -> bool:
    """Tell whether all text of a table stands in cells of its rows: else a grid would lose some."""
    cells = (cell for cell in table.iter(*CELLS) if next(cell.iterancestors("table")) is table)
    if sum(1 for _ in cells) != sum(map(len, grid)):
        return False
    parts = [table, *(part for part in table if part.tag != "caption"), *rows]
    if any(isinstance(part.tag, str) and part.tag not in _PARTS for part in table):
        return False
    return not any(
        _is_text(part.text) or any(_is_text(child.tail) for child in part) for part in parts
    )


def _is_text(text: str | None) -> bool:
    return bool(text and not text.isspace())


def _frames_text(grid: list[list[HtmlElement]]) -> bool:
    """Tell a table that only frames a text: one cell holds nearly all of it, in paragraphs."""
    cells = [cell for row in grid for cell in row]
    lengths = [len(" ".join(cell.text_content().split())) for cell in cells]
    longest = max(lengths)
    if longest < _FRAMED_CHARS or longest < _FRAMED_SHARE * sum(lengths):
        return False
    inner = cells[lengths.index(longest)].iterdescendants("p", "h1", "h2", "h3", "li", "br", "tr")
    return sum(1 for _ in inner) >= 3
