"""The walk over one JATS article or part of one: elements to blocks, units and tables.

Text of elements that begin a line of their own is a block; all other elements are part of a line.
Floats and footnotes are units that may stand elsewhere, sections of `curation.fidelity.sections`
units that may be absent. A spanned cell stands once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from curation.fidelity.atoms import count_atoms
from curation.fidelity.blocks import Block, Cell, Raw, Table, Unit
from curation.fidelity.citations import grown, is_citation
from curation.fidelity.formulae import formula, local
from curation.fidelity.marks import (
    CITE,
    CITE_END,
    LABEL,
    LABEL_END,
    LOWER,
    LOWER_END,
    RAISE,
    RAISE_END,
    fold,
)
from curation.fidelity.sections import own_title, reason_of, type_of

_BLOCKS = frozenset({
    "p", "title", "label", "caption", "ref", "ref-list", "sec", "list", "list-item",
    "def-list", "def-item", "def",
    "term", "disp-quote", "verse-group", "verse-line", "preformat", "code", "boxed-text",
    "statement", "speech", "speaker", "attrib", "table-wrap-foot", "fn-group", "fn", "app",
    "app-group", "glossary", "notes", "ack", "fig-group", "table-wrap-group", "disp-formula-group",
    "array", "question", "answer", "explanation", "subtitle", "article-title", "chem-struct-wrap",
    "floats-group", "treatment-sec", "taxon-treatment", "nomenclature", "treatment-meta",
    "sec-meta",
})  # fmt: skip
_FLOATS = frozenset({
    "fig", "table-wrap", "supplementary-material", "boxed-text", "media", "chem-struct-wrap",
})  # fmt: skip
_OUT = {
    "contrib-group": "authors", "aff": "affiliations",
    "author-notes": "notes about authors", "bio": "authors", "permissions": "licence",
    "alt-text": "description of a picture", "long-desc": "description of a picture",
    "object-id": "identifier", "email": "address", "phone": "address", "fax": "address",
    "kwd-group": "keywords", "sub-article": "", "response": "", "front-stub": "", "graphic": "",
    "inline-graphic": "", "institution-id": "identifier", "contrib-id": "identifier",
    "processing-meta": "", "index-term": "index", "private-char": "", "ali:free_to_read": "",
}  # fmt: skip
_REFERENCES = frozenset({"element-citation", "nlm-citation", "person-group", "name"})
_SECTIONS = frozenset({"sec", "notes", "ack", "fn", "app", "glossary", "ref-list"})
_FORMULAE = frozenset({"inline-formula", "disp-formula", "math", "tex-math", "alternatives"})
_NOTE_MARKS = frozenset({"fn", "table-fn", "author-notes", "corresp"})
_TITLES = ("article-title", "subtitle", "trans-title")  # a note on a title is about the paper
_ABOUT_AUTHORS = frozenset({"aff", "corresp", "author-notes", "contrib"})


LeftOut = frozenset[tuple[str, str, bool]]
"""Element, title and whether by default, as `curation.fidelity.sections.left_out` gives them."""


class Reader:
    """Walks over one document and collects its units.

    Args:
        raw: Filled.
        references: Ids of the reference list: a cross reference to one is a citation.
        left_out: Element and title of further sections that may be absent.
    """

    def __init__(self, raw: Raw, references: set[str | None], left_out: LeftOut) -> None:
        self.raw = raw
        self._references = references
        self._left_out = left_out
        self._pieces: list[str] = []
        self._place = ""
        self._quoted = 0
        self._cells = 0
        self._unit = Unit()
        self.open(Unit())

    def open(self, unit: Unit) -> None:
        """Begin a unit."""
        self._flush()
        self._unit = unit
        self.raw.units.append(unit)

    def _flush(self) -> None:
        if self._cells:
            self._pieces.append(" ")
            return
        if self._pieces:
            text = fold(grown("".join(self._pieces)))
            self._pieces = []
            if text:
                self._unit.blocks.append(Block(text, self._place, quoted=self._quoted > 0))

    def unit(self, element: etree._Element, unit: Unit) -> None:
        """Read an element into a unit of its own; what follows goes on as before."""
        before = self._unit
        self.open(unit)
        self.block(element)
        self.open(Unit(movable=before.movable, reason=before.reason))

    def block(self, element: etree._Element) -> None:
        """Read an element into the unit in hand."""
        self._flush()
        self._place = _place(element)
        quoted = element.tag in ("disp-quote", "boxed-text")
        self._quoted += quoted
        self._content(element)
        self._flush()
        self._quoted -= quoted

    def _content(self, element: etree._Element) -> None:
        if element.text:
            self._pieces.append(element.text)
        for child in element:
            self._node(child)
            if child.tail:
                if not self._pieces:
                    self._place = _place(element)
                self._pieces.append(child.tail)

    def leave_out(self, element: etree._Element, reason: str) -> None:
        """Count the atoms of an element that is out of scope; without a reason it has none."""
        if reason:
            count = count_atoms(fold(" ".join(map(str, element.itertext()))))
            self.raw.out_of_scope[reason] += count

    def _node(self, element: etree._Element) -> None:
        tag = local(element)
        if not tag:
            return
        if tag in _OUT:
            self.leave_out(element, _OUT[tag])
        elif tag in ("sup", "sub"):
            opening, closing = (RAISE, RAISE_END) if tag == "sup" else (LOWER, LOWER_END)
            self._pieces.append(opening)
            self._content(element)
            self._pieces.append(closing)
        elif tag == "xref":
            self._xref(element)
        elif tag in _FORMULAE and next(element.iter("table"), None) is None:
            self._formula(element, tag)
        elif tag in ("table", "tgroup"):
            self._table(element)
        elif tag in _FLOATS and not self._cells:
            reason = reason_of(element) if tag == "boxed-text" else ""
            self.unit(element, Unit(movable=True, reason=reason))
        elif tag in _SECTIONS and self._whole(element):
            pass
        elif tag == "label" and local(element.getparent()) == "fn":  # type: ignore[arg-type]
            self._content(element)
            self._pieces.append(" ")
        elif tag == "fn" and self._inside_line(element):
            self._pieces.append(" (")
            self._cells += 1  # its paragraphs stay in the line, as those of a cell do
            self._content(element)
            self._cells -= 1
            self._pieces.append(") ")
        elif self._is_label(element, tag):
            self._pieces.append(LABEL)
            self._content(element)
            self._pieces.append(f"{LABEL_END} ")
            if tag == "title":
                self._flush()
        elif tag == "p" and self._after_label(element):
            self._content(element)
            self._flush()
        elif tag in _BLOCKS:
            self.block(element)
        elif tag in ("break", "hr"):
            self._pieces.append(" ")
        elif tag in ("given-names", "suffix") or self._in_reference(element):
            self._pieces.append(" ")
            self._content(element)
        else:
            self._content(element)

    def _is_label(self, element: etree._Element, tag: str) -> bool:
        """Whether an element names what holds it: number of an item, head of an abstract."""
        parent = element.getparent()
        inside = local(parent) if parent is not None else ""
        return (tag, inside) in (
            ("label", "list-item"), ("title", "abstract"), ("title", "trans-abstract"),
        )  # fmt: skip

    def _in_reference(self, element: etree._Element) -> bool:
        """Whether an element is one of the parts of a reference, which stand without blanks."""
        parent = element.getparent()
        return parent is not None and parent.tag in _REFERENCES

    def _after_label(self, element: etree._Element) -> bool:
        """Whether a paragraph goes on in the line that the label of its note begins."""
        parent, before = element.getparent(), element.getprevious()
        if parent is None or before is None:
            return False
        return parent.tag == "fn" and before.tag == "label"

    def _whole(self, element: etree._Element) -> bool:
        """Read a section or note that may be absent, or a note that may stand elsewhere."""
        if self._cells:
            return False
        reason, outer = reason_of(element), self._unit
        named = (str(element.tag), own_title(element))
        if (*named, False) in self._left_out:
            reason = "left out by the recipe"
        elif (*named, True) in self._left_out:
            reason = reason or type_of(element)  # of a title that the closed list does not know
        group = element.getparent()
        note = element.tag == "fn" and group is not None and group.tag == "fn-group"
        if not reason and outer.reason and group is not None and _is_titled(element):
            # Publishers file whole declarations, ethics with them, under one declared type.
            reason = outer.reason if _is_titled(group) or group.tag == "ack" else ""
        elif not (reason or note):
            return False
        else:
            reason = reason or outer.reason
        self.unit(element, Unit(movable=outer.movable or note, reason=reason))
        return True

    def _inside_line(self, element: etree._Element) -> bool:
        parent = element.getparent()
        return self._cells > 0 or (
            parent is not None and parent.tag not in ("fn-group", "table-wrap-foot", "back", "sec")
        )

    def _xref(self, element: etree._Element) -> None:
        kind = element.get("ref-type")
        if kind in ("bibr", "ref") or (kind is None and element.get("rid") in self._references):
            before, self._pieces = self._pieces, []
            self._content(element)
            shown = "".join(self._pieces)
            inner = re.sub(r"[()\[\]\x05\x06]", " ", shown)
            marked = [CITE, inner, CITE_END] if is_citation(shown) else [shown]
            self._pieces = [*before, *marked]
        elif kind in _NOTE_MARKS and next(element.iterancestors(*_TITLES), None) is not None:
            self._pieces.append(LABEL)
            self._content(element)
            self._pieces.append(LABEL_END)
        elif kind in _ABOUT_AUTHORS:
            self.leave_out(element, "notes about authors")
        elif kind in _NOTE_MARKS and self._touches() and not _is_raised(element):
            self._pieces.append(RAISE)
            self._content(element)
            self._pieces.append(RAISE_END)
        else:
            self._content(element)

    def _touches(self) -> bool:
        """Whether the mark of a note stands against a word without being raised."""
        before = next((piece for piece in reversed(self._pieces) if piece), "")
        return bool(before) and not before[-1].isspace() and before[-1] not in "\x01\x03"

    def _formula(self, element: etree._Element, tag: str) -> None:
        text = formula(element)
        if tag == "disp-formula":
            self._flush()
            self._place = _place(element)
        if text:
            self._pieces.append(text)
            for label in element.iterchildren("label"):
                self._pieces.append(" ")
                self._content(label)
        else:
            self._content(element)
        if tag == "disp-formula":
            self._flush()

    def _table(self, element: etree._Element) -> None:
        if self._cells:
            for cell in element.iter("td", "th", "entry"):
                self._flush()
                self._content(cell)
                self._flush()
            return
        self._flush()
        table = Table(place=_place(element))
        for row, head in _rows(element):
            cells = [cell for cell in row if local(cell) in ("td", "th", "entry")]
            table.rows.append([self._cell(cell, head) for cell in cells])
        self.raw.tables.append(table)

    def _cell(self, element: etree._Element, head: bool) -> Cell:
        before, self._pieces = self._pieces, []
        self._cells += 1
        self._content(element)
        self._cells -= 1
        text = fold(grown("".join(self._pieces)))
        self._pieces = before
        if text:
            self._unit.blocks.append(Block(text, _place(element), cell=True))
        spans = _number(element.get("colspan")) * _number(element.get("rowspan"))
        if element.tag == "entry":
            # Columns that an OASIS cell spans are named; their number is not needed exactly.
            spans = _number(element.get("morerows"), 0) + 1
            spans *= 60 if element.get("nameend") or element.get("spanname") else 1
        return Cell(text, spans, head or element.tag == "th")


def _is_raised(element: etree._Element) -> bool:
    """Whether an element is raised already, as a whole or in a tag inside it."""
    inside = next(element.iter("sup"), None) is not None
    return inside or next(element.iterancestors("sup"), None) is not None


def _is_titled(element: etree._Element) -> bool:
    title = next(element.iterchildren("title"), None)
    return title is not None and bool("".join(map(str, title.itertext())).strip())


def _rows(table: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Yield rows with whether they are head rows; the foot comes last, wherever it stands."""
    feet = []
    for row in table.iter("tr", "row"):
        parent, own = row.getparent(), next(row.iterancestors("table", "tgroup"), None)
        inner = own is not None and own is not table and local(own) != "tgroup"
        if inner and table.tag != "tgroup":
            continue  # a row of a table inside a cell
        section = local(parent) if parent is not None else ""
        if section == "tfoot":
            feet.append((row, False))
        else:
            yield row, section == "thead"
    yield from feet


def _number(value: str | None, default: int = 1) -> int:
    digits = (value or "").strip()
    return max(int(digits[:4]), default) if digits.isascii() and digits.isdigit() else default


def _place(element: etree._Element) -> str:
    name = f" id={element.get('id')}" if element.get("id") else ""
    return f"line {element.sourceline} <{local(element)}{name}>"
