r"""The extractor's body tree as Markdown.

Written here and not by the extractor, whose Markdown escapes ordinary characters (``P\<0.05``,
``5\_6``), sets spaces into words and marks emphasis that carries nothing for a corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_BREAK = "\n"
_INLINE = frozenset({"hi", "ref", "del", "lb", "graphic", "code", "span"})


def to_markdown(body: _Element) -> str:
    """Write a body of ``head p list item table row cell quote code lb`` as Markdown.

    Args:
        body: As `trafilatura.bare_extraction` gives it for XML output without formatting; the
            parser has removed comments.

    Returns:
        Blocks separated by an empty line, without trailing space.
    """
    return "\n\n".join(block for block in _blocks(body) if block)


def _blocks(element: _Element) -> Iterator[str]:
    loose = [element.text or ""]
    for child in element:
        if child.tag in _INLINE and not (child.tag == "code" and _BREAK in (child.text or "")):
            loose.append(_inline(child))
        else:
            yield _tidy("".join(loose))
            loose = []
            yield from _block(child)
        loose.append(child.tail or "")
    yield _tidy("".join(loose))


def _block(element: _Element) -> Iterator[str]:
    if element.tag == "head":
        text = _tidy(_inline(element)).replace(_BREAK, " ")
        yield f"{'#' * _level(element)} {text}" if text else ""
    elif element.tag == "list":
        yield "\n".join(_list_lines(element, ""))
    elif element.tag == "table":
        yield "\n".join(_table_lines(element))
    elif element.tag == "code":
        yield f"```\n{_raw(element).strip(_BREAK)}\n```"
    elif element.tag == "quote":
        quoted = "\n\n".join(block for block in _blocks(element) if block)
        yield "\n".join(f"> {line}".rstrip() for line in quoted.split(_BREAK)) if quoted else ""
    else:
        yield from _blocks(element)


def _level(head: _Element) -> int:
    rend = (head.get("rend") or "h2")[-1:]
    return int(rend) if rend in "123456" else 2


def _raw(element: _Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(_BREAK if child.tag == "lb" else _raw(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _inline(element: _Element) -> str:
    """Text of an element and all it holds; line breaks stay as U+2028 until `_tidy`."""
    if element.tag == "lb":
        return "\u2028"
    parts = [element.text or ""]
    for child in element:
        separate = child.tag not in _INLINE
        parts.append(f" {_inline(child)} " if separate else _inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _tidy(text: str) -> str:
    lines = (_SPACE.sub(" ", line).strip() for line in text.split("\u2028"))
    return _BREAK.join(line for line in lines if line)


def _list_lines(element: _Element, indent: str) -> Iterator[str]:
    number = 0
    for child in element:
        if child.tag == "list":
            yield from _list_lines(child, indent + "  ")
        elif child.tag == "item":
            number += 1
            rend = child.get("rend") or ""
            if rend.startswith("dd"):
                marker = "  "
            else:
                marker = f"{number}. " if element.get("rend") == "ol" else "- "
            yield from _item_lines(child, indent, marker)
        else:
            yield from (f"{indent}{line}" for line in _tidy(_inline(child)).split(_BREAK) if line)


def _item_lines(item: _Element, indent: str, marker: str) -> Iterator[str]:
    """One item: its first line with the marker, everything else indented below it."""
    inner = indent + " " * len(marker)
    first = True
    for kind, lines in _item_parts(item, inner):
        for line in lines:
            if first and kind == "text":
                yield f"{indent}{marker}{line}"
            else:
                yield line if kind == "list" else f"{inner}{line}"
            first = False


def _item_parts(item: _Element, inner: str) -> Iterator[tuple[str, list[str]]]:
    loose = [item.text or ""]
    for child in item:
        if child.tag in _INLINE:
            loose.append(_inline(child))
        else:
            yield "text", _lines("".join(loose))
            loose = []
            if child.tag == "list":
                yield "list", list(_list_lines(child, inner))
            elif child.tag == "table":
                yield "text", list(_table_lines(child))
            else:
                yield "text", _lines(_inline(child))
        loose.append(child.tail or "")
    yield "text", _lines("".join(loose))


def _lines(text: str) -> list[str]:
    return [line for line in _tidy(text).split(_BREAK) if line]


def _table_lines(table: _Element) -> Iterator[str]:
    """A table with its first row as head; cells on one line, bars in them escaped."""
    rows = []
    for row in table.iter("row"):
        cells = [_cell(cell) for cell in row if cell.tag == "cell"]
        if any(cells):
            rows.append(cells)
    width = max((len(row) for row in rows), default=0)
    while width > 1 and not any(row[width - 1] for row in rows if len(row) >= width):
        width -= 1
    if width == 1:
        yield from ("\n\n".join(row[0] for row in rows)).split(_BREAK)
        return
    for index, texts in enumerate(rows):
        padded = [*texts[:width], *[""] * (width - len(texts))]
        yield "| " + " | ".join(padded) + " |"
        if index == 0:
            yield "|" + " --- |" * width


def _cell(cell: _Element) -> str:
    return _tidy(_inline(cell)).replace(_BREAK, " ").replace("|", "\\|")
