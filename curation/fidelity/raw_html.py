"""Web pages: all that a browser shows, with navigation apart.

What the main text of a page is, is a matter of choice: only what is changed or invented is a
fault, and the share of atoms that was kept is reported. Each line of headers, footers and menus,
and the title of the window, may be absent.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from curation.fidelity.blocks import Block, Cell, Raw, Table, Unit
from curation.fidelity.formulae import formula, local
from curation.fidelity.marks import LOWER, LOWER_END, RAISE, RAISE_END, fold

_UNSEEN = frozenset({
    "script", "style", "template", "head", "svg", "iframe", "object", "link", "meta",
})  # fmt: skip
_FRAME = frozenset({"noscript", "nav", "header", "footer", "aside", "button", "select"})
_FRAME_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "center",
})  # fmt: skip
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)


def read_html(data: bytes | str) -> Raw:
    """Return the page as one document.

    Args:
        data: The page as stored, or decoded.

    Raises:
        ValueError: The parser finds no element in it.
    """
    text = data if isinstance(data, str) else decoded(data)
    parser = HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    try:
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise ValueError("no HTML element in it") from None
    reader = _Reader()
    for element in root.iter("title", "meta"):
        name = (element.get("name") or element.get("property") or "").lower()
        shown = "".join(map(str, element.itertext()))
        value = shown if element.tag == "title" else element.get("content") or ""
        if element.tag == "title" or name.endswith(("title", "citation_title")):
            reader.declared(value)
    reader.read(root)
    return reader.raw


def decoded(data: bytes) -> str:
    """Decode a page by UTF-8, its declared charset, or as Windows' superset of Latin-1."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    found = _CHARSET.search(data[:2048])
    for name in ("utf-8-sig", found[1].decode("ascii") if found else ""):
        try:
            if name:
                return data.decode("cp1252" if name.lower() in ("iso-8859-1", "latin1") else name)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", "replace")


class _Reader:
    """Walks over the tree without recursion into Python's limit: pages nest deeply."""

    def __init__(self) -> None:
        self.raw = Raw()
        self._unit = Unit()
        self._pieces: list[str] = []
        self._place = ""
        self._cells: list[Table] = []
        self._frames = 0

    def declared(self, text: str) -> None:
        """Add a title that the page declares and may not show."""
        if fold(text):
            block = Block(fold(text), "<title>")
            self.raw.units.append(Unit([block], movable=True, reason="declared title"))

    def read(self, root: etree._Element) -> None:
        """Read the page: an explicit stack of what to open and what to close."""
        self._open(Unit())
        stack: list[tuple[etree._Element, bool]] = [(root, False)]
        while stack:
            element, done = stack.pop()
            if done:
                self._leave(element)
                if element is not root:
                    self._pieces.append(element.tail or "")
                continue
            tag = local(element)
            hidden = element.get("hidden") is not None or tag in _UNSEEN or not tag
            if hidden:
                if element is not root:
                    self._pieces.append(element.tail or "")
                continue
            stack.append((element, True))
            if tag == "math":
                self._pieces.append(formula(element))
                continue
            self._enter(element, tag)
            stack += [(child, False) for child in reversed(element)]
        self._flush()

    def _open(self, unit: Unit) -> None:
        self._flush()
        self._unit = unit
        self.raw.units.append(unit)

    def _flush(self) -> None:
        text = fold("".join(self._pieces))
        self._pieces = []
        if text and self._frames:  # each line of a frame may be there or not
            block = Block(text, self._place, cell=bool(self._cells))
            self._open(Unit([block], reason="frame of the page"))
            self._open(Unit())
        elif text:
            self._unit.blocks.append(Block(text, self._place, cell=bool(self._cells)))

    def _enter(self, element: etree._Element, tag: str) -> None:
        if tag in ("sup", "sub"):
            self._pieces.append(RAISE if tag == "sup" else LOWER)
        elif tag in ("td", "th") and self._cells:
            self._flush()
            self._place = _place(element)
        elif self._cells and tag not in ("table", "tr", "thead", "tbody", "tfoot"):
            self._pieces.append("" if tag in _INLINE else " ")
        elif tag == "table":
            self._flush()
            self._cells.append(Table(place=_place(element)))
            if len(self._cells) == 1:
                self.raw.tables.append(self._cells[0])
        elif tag == "tr" and len(self._cells) == 1:
            self._cells[0].rows.append([])
        elif tag not in _INLINE:
            self._flush()
            self._place = _place(element)
            self._frames += _is_frame(element, tag)
        self._pieces.append(element.text or "")

    def _leave(self, element: etree._Element) -> None:
        tag = local(element)
        if tag in ("sup", "sub"):
            self._pieces.append(RAISE_END if tag == "sup" else LOWER_END)
        elif tag in ("td", "th") and self._cells:
            self._cell(element, tag)
        elif tag == "table" and self._cells:
            self._flush()
            self._cells.pop()
        elif self._cells:
            self._pieces.append("" if tag in _INLINE else " ")
        elif tag not in _INLINE:
            self._flush()
            self._frames -= _is_frame(element, tag)

    def _cell(self, element: etree._Element, tag: str) -> None:
        text = fold("".join(self._pieces))
        self._flush()
        if len(self._cells) == 1 and self._cells[0].rows:
            spans = 1
            for name in ("colspan", "rowspan"):
                value = (element.get(name) or "").strip()
                spans *= int(value[:3]) if value.isascii() and value.isdigit() else 1
            head = tag == "th" or next(element.iterancestors("thead"), None) is not None
            self._cells[0].rows[-1].append(Cell(text, max(spans, 1), head))


def _is_frame(element: etree._Element, tag: str) -> bool:
    return tag in _FRAME or (element.get("role") or "").lower() in _FRAME_ROLES


def _place(element: etree._Element) -> str:
    return f"line {element.sourceline} <{local(element)}>"
