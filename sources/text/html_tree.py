"""Repairs of an HTML tree before main-text extraction.

Each one undoes a construct that the extractor drops or runs together: lists inside table cells,
spans over columns and rows, footnotes with the class ``caption``, lists behind a wrapper,
citation links that make a list look like navigation, raised and lowered text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

from sources.text.scripts import SUB_CLOSE, SUB_OPEN, SUP_CLOSE, SUP_OPEN, resolve

SAFE_DEPTH = 150
"""Deepest element the extractor gets; it recurses, and gives up silently at 256 levels."""

MAX_CELLS = 200_000
"""Cells of one table after spans are written out; larger tables lose their spans."""

MAX_SPAN = 100
"""Columns or rows a cell may span; browsers stop at 1,000, real tables far below."""

_UNWRAPPED = "unwrapped"
"""Tag of elements to unwrap: one at a time costs the square of their number in a paragraph."""

_MAX_SCRIPT = 60
_INLINE = ("b", "i", "em", "strong", "span", "a", "font", _UNWRAPPED)
_CELLS = ("td", "th")
_FRAMED_CHARS, _FRAMED_SHARE = 1000, 0.8
_CELL_BLOCKS = frozenset(
    ("p", "div", "ul", "ol", "li", "dl", "dt", "dd", "br", "pre", "blockquote", "center", "section")
)
_LAYOUT = "h1|h2|h3|h4|table|form"
_CITATION = re.compile(r"[\[(]?\s*[0-9]{1,4}(?:\s*[,;\u2013-]\s*[0-9]{1,4}){0,40}\s*[\])]?")
_SERVER_NOISE = (
    "Error processing SSI file",
    "[an error occurred while processing this directive]",
)


def prepare(tree: HtmlElement) -> None:
    """Apply all repairs, in place.

    Args:
        tree: Parsed page, changed in place.
    """
    _drop_server_noise(tree)
    _write_scripts(tree)
    _unwrap_citations(tree)
    _free_captions(tree)
    _unwrap_lists(tree)
    for table in list(tree.iter("table")):
        if _lays_out_page(table):
            _table_to_divisions(table)
        elif _is_data_table(table):
            _flatten_cells(table)
            _write_out_spans(table)
    etree.strip_tags(tree, _UNWRAPPED)


def flatten_depth(tree: HtmlElement, limit: int = SAFE_DEPTH) -> bool:
    """Bring a tree to at most ``limit`` levels by unwrapping elements, losing no text.

    Wrappers that hold nothing but one element go first, since they carry no structure; what is
    still too deep loses its tags, not its text.

    Args:
        tree: Parsed page, changed in place.
        limit: Levels that remain.

    Returns:
        Whether anything had to be unwrapped.
    """
    if _depth(tree) <= limit:
        return False
    for element in list(tree.iter("div", "span", "font", "center", "section", "b", "i", "em")):
        only = len(element) == 1 and not _has_text(element.text) and not _has_text(element[0].tail)
        if only and element.getparent() is not None:
            element.tag = _UNWRAPPED
    etree.strip_tags(tree, _UNWRAPPED)
    for element, depth in list(_with_depth(tree)):
        if depth > limit and element.getparent() is not None and isinstance(element.tag, str):
            element.tail = " " + (element.tail or "")
            element.tag = _UNWRAPPED
    etree.strip_tags(tree, _UNWRAPPED)
    return True


def _with_depth(tree: HtmlElement) -> Iterator[tuple[HtmlElement, int]]:
    stack = [(tree, 1)]
    while stack:
        element, depth = stack.pop()
        yield element, depth
        stack.extend((child, depth + 1) for child in element)


def _depth(tree: HtmlElement) -> int:
    return max(depth for _, depth in _with_depth(tree))


def _has_text(text: str | None) -> bool:
    return bool(text and text.strip())


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _drop_server_noise(tree: HtmlElement) -> None:
    """Take the web server's own error lines out of text; the page around them is good."""
    for element in tree.iter():
        for noise in _SERVER_NOISE:
            if element.text and noise in element.text and isinstance(element.tag, str):
                element.text = element.text.replace(noise, "")
            if element.tail and noise in element.tail:
                element.tail = element.tail.replace(noise, "")


def _text_before(element: HtmlElement) -> str:
    """Text right before an element in its parent, as far as it is plain there."""
    previous = element.getprevious()
    if previous is not None:
        own = previous.tail or ""
        return own or str(previous.text_content() if isinstance(previous.tag, str) else "")[-40:]
    parent = element.getparent()
    if parent is None:
        return ""
    if parent.text or parent.tag not in _INLINE:
        return parent.text or ""
    return _text_before(parent)


def _text_after(element: HtmlElement) -> str:
    if element.tail:
        return str(element.tail)[:3]
    following = element.getnext()
    if following is None or following.tag in ("sup", "sub"):
        return ""
    return str(following.text_content())[:3] if isinstance(following.tag, str) else ""


def _write_scripts(tree: HtmlElement) -> None:
    """Write raised and lowered text as characters, so that no later step can flatten it."""
    for element in list(tree.iter("sup", "sub")):
        following = element.getnext()
        if following is not None and following.tag == element.tag and not element.tail:
            following.text = element.text_content() + (following.text or "")
            element.getparent().remove(element)
            continue
        content = _squeeze(element.text_content())
        if len(content) > _MAX_SCRIPT or element.getparent() is None:
            element.tag = _UNWRAPPED  # A whole raised sentence is layout.
            continue
        raised = element.tag == "sup"
        written = _script(raised, content, _text_before(element), _text_after(element))
        for child in list(element):
            element.remove(child)
        element.text = written
        element.tag = _UNWRAPPED


def _script(raised: bool, content: str, before: str, after: str) -> str:
    """Resolve one script between the characters that touch it."""
    left = before[-40:].split()[-1] if before and not before[-1].isspace() else ""
    right = after[:3].split()[0] if after and not after[0].isspace() else ""
    marks = (SUP_OPEN, SUP_CLOSE) if raised else (SUB_OPEN, SUB_CLOSE)
    line = resolve(f"{left}{marks[0]}{content}{marks[1]}{right}")
    return line[len(left) : len(line) - len(right)]


def _unwrap_citations(tree: HtmlElement) -> None:
    """Lists full of ``[8]`` links look like navigation to a measure of link density."""
    for link in list(tree.iter("a")):
        text = _squeeze(link.text_content()).lstrip("^{").rstrip("}")
        if len(text) <= 60 and _CITATION.fullmatch(text) and link.getparent() is not None:
            link.tag = _UNWRAPPED


def _free_captions(tree: HtmlElement) -> None:
    """Keep paragraphs of the class ``caption``, and a table's own caption as a paragraph."""
    for element in tree.iter("p"):
        names = (element.get("class") or "").split()
        if any("caption" in name.lower() for name in names):
            kept = [name for name in names if "caption" not in name.lower()]
            element.set("class", " ".join(kept))
    for caption in list(tree.iter("caption")):
        table = caption.getparent()
        if table is None or table.tag != "table" or table.getparent() is None:
            continue
        table.remove(caption)
        caption.tail, caption.tag = None, "p"
        table.addprevious(caption)


def _unwrap_lists(tree: HtmlElement) -> None:
    """``li > div > ul`` becomes ``li > ul``."""
    for division in list(tree.iter("div")):
        parent = division.getparent()
        if parent is not None and parent.tag == "li" and len(division.xpath("./ul|./ol")):
            division.tag = _UNWRAPPED


def _lays_out_page(table: HtmlElement) -> bool:
    """Tell a table that only frames a text: one cell holds nearly all of it, in paragraphs."""
    rows = _own_rows(table)
    cells = [cell for row in rows for cell in row if cell.tag in _CELLS]
    lengths = [len(_squeeze(cell.text_content())) for cell in cells]
    longest = max(lengths, default=0)
    if longest < _FRAMED_CHARS or longest < _FRAMED_SHARE * sum(lengths):
        return False
    cell = cells[lengths.index(longest)]
    return len(cell.xpath(".//p|.//h1|.//h2|.//h3|.//h4|.//ul|.//ol|.//br|.//table")) >= 3


def _own_rows(table: HtmlElement) -> list[HtmlElement]:
    return list(table.xpath("./tr|./tbody/tr|./thead/tr|./tfoot/tr"))


def _table_to_divisions(table: HtmlElement) -> None:
    for row in _own_rows(table):
        for element in (*row, row):
            element.tag = "div"
    for group in table.xpath("./tbody|./thead|./tfoot"):
        group.tag = "div"
    table.tag = "div"


def _is_data_table(table: HtmlElement) -> bool:
    """Tell tables of data from tables that lay out a page."""
    return not table.xpath(" | ".join(f".//{tag}" for tag in _LAYOUT.split("|"))) and bool(
        table.xpath("count(.//tr)") > 1 or table.xpath("count(.//tr/*)") > 1
    )


def _flatten_cells(table: HtmlElement) -> None:
    """Write paragraphs and lists inside cells as one line of text, list items with a dash."""
    for cell in table.iter(*_CELLS):
        blocks = [child for child in cell.iterdescendants() if child.tag in _CELL_BLOCKS]
        for block in reversed(blocks):
            if block.tag == "li":
                block.text = "- " + (block.text or "").lstrip()
            block.text = " " + (block.text or "")
            block.tail = " " + (block.tail or "")
            block.tag = _UNWRAPPED


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    if not (value.isascii() and value.isdigit()) or len(value) > 4:
        return 1
    return min(max(int(value), 1), MAX_SPAN)


def _rows(table: HtmlElement) -> list[list[HtmlElement]]:
    return [[cell for cell in row if cell.tag in _CELLS] for row in table.iter("tr")]


def _write_out_spans(table: HtmlElement) -> None:
    """Give every row all its columns: spanned content once, header cells repeated."""
    rows = _rows(table)
    if not any(cell.get("colspan") or cell.get("rowspan") for row in rows for cell in row):
        return
    if sum(_span(cell, "colspan") * _span(cell, "rowspan") for r in rows for cell in r) > MAX_CELLS:
        for cell in (cell for row in rows for cell in row):
            cell.attrib.pop("colspan", None)
            cell.attrib.pop("rowspan", None)
        return
    hanging: dict[int, int] = {}  # column -> rows that a cell above still covers
    for row in rows:
        column = 0
        for cell in row:
            column = _fill_hanging(hanging, column, cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for name in ("colspan", "rowspan"):
                cell.attrib.pop(name, None)
            for offset in range(across):
                if down > 1:
                    hanging[column + offset] = down - 1
            heading = len(row) == 1 and column == 0
            for _ in range(across - 1):
                cell.addnext(_twin(cell, repeat=not heading))
            column += across
        if row:
            _fill_row_end(hanging, column, row[0].getparent())


def _twin(cell: HtmlElement, *, repeat: bool) -> HtmlElement:
    """Cell for a further column of a span; a heading over all columns stands once."""
    twin = cell.makeelement(cell.tag)
    if cell.tag == "th" and repeat:
        twin.text = _squeeze(cell.text_content())
    return twin


def _fill_hanging(hanging: dict[int, int], column: int, cell: HtmlElement) -> int:
    while hanging.get(column, 0) > 0:
        hanging[column] -= 1
        cell.addprevious(cell.makeelement("td"))
        column += 1
    return column


def _fill_row_end(hanging: dict[int, int], column: int, row: HtmlElement | None) -> None:
    while row is not None and hanging.get(column, 0) > 0:
        hanging[column] -= 1
        row.append(row.makeelement("td"))
        column += 1
