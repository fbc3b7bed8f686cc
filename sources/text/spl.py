"""Drug labels in HL7 Structured Product Labeling (SPL), as DailyMed distributes them, to documents.

Sections keep their order and titles. What stands between them is read by the JATS reader, whose
elements SPL's have other names for: `_rename` gives them those. Footnotes stand behind the table or
text that they belong to, and their marks are set where DailyMed sets them. The product data
(strengths, forms, packages) are codes and go into the metadata.

Reference: HL7 Version 3 SPL, release 8 (``urn:hl7-org:v3``), section 2.2; FDA, SPL Implementation
Guide with Validation Procedures.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from lxml import etree

from sources.items import Document, Relation, SourceError
from sources.text.declared import iso_date, primary_language
from sources.text.jats_body import BodyReader
from sources.text.jats_flow import Blocks, Style
from sources.text.jats_left_out import LeftOut
from sources.text.markup import inline_text, printable, visible
from sources.text.safe_xml import SAFE, local_name
from sources.text.spl_products import NAMESPACE, attribute, name_of, products_of, spaced

HIGHLIGHTS = "Highlights of prescribing information"
"""Heading of the excerpts, which DailyMed prints before the sections."""

_NAMES = {
    "paragraph": "p", "item": "list-item", "linkHtml": "ext-link", "content": "styled-content",
    "renderMultiMedia": "fig",
}  # fmt: skip
# Numbering of lists by styleCode, in the words of JATS.
_LISTS = {
    "arabic": "order", "littleroman": "roman-lower", "bigroman": "roman-upper",
    "littlealpha": "alpha-lower", "bigalpha": "alpha-upper",
}  # fmt: skip
_MARKS = "†‡§¶#"
_MAX_LEVEL = 6
_UNCLASSIFIED = "42229-5"
_STYLE = Style()


def read_label(root: etree._Element) -> Document:
    """Read one label.

    Args:
        root: ``document`` of SPL; its elements may be renamed.

    Returns:
        The label. Files without a section of text (indexes of substances, registrations of
        establishments) give a document without text.

    Raises:
        SourceError: ``not_spl``: another root element, or no id.
    """
    if root.tag != NAMESPACE + "document":
        raise SourceError("not_spl", "no <document> of HL7 SPL (urn:hl7-org:v3)")
    own, set_id = attribute(root, "id", "root"), attribute(root, "setId", "root")
    if not (set_id or own):
        raise SourceError("not_spl", "the document has neither a setId nor an id")
    products = products_of(root)
    effective = attribute(root, "effectiveTime", "value")
    name = name_of(products)
    said = _title(root)
    reader = _Label(root)
    blocks = reader.read()
    if blocks and name and said and _letters(said) != _letters(name):
        blocks.insert(0, said)
    metadata = {
        "set_id": set_id.lower(),
        "document_id": own,
        "labeler": _labeler(root),
        "products": products,
        "left_out": reader.left_out.entries(),
    }
    return Document(
        native_id=(set_id or own).lower(),
        text=printable("\n\n".join(blocks)),
        title=printable(name or said),
        kind="label",
        version=_version(attribute(root, "versionNumber", "value")),
        revision=revision(effective, structured=True),
        lang=primary_language(attribute(root, "languageCode", "code")),
        date=iso_date(hyphened(effective)),
        url=address(set_id) if set_id else "",
        publication_types=tuple(filter(None, [attribute(root, "code", "displayName")])),
        relations=tuple(_replaced(root, set_id)),
        metadata={key: value for key, value in metadata.items() if value},
    )


def address(set_id: str) -> str:
    """Return where a reader finds the current version of a label."""
    return f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={set_id.lower()}"


def revision(effective: str, *, structured: bool) -> str:
    """Return the sortable key of a label's state.

    Args:
        effective: Date from which it holds, ``20140113``.
        structured: Whether it was read from SPL, which has the tables; of one version that wins.
    """
    digits = "".join(filter(str.isdigit, effective))[:8]
    return f"{digits:0<8}.{int(structured)}"


def hyphened(date: str) -> str:
    """Return the beginning of a date in HL7's form (``20140113``) in ISO form."""
    return "-".join(filter(None, (date[:4], date[4:6], date[6:8])))


def table_blocks(markup: str) -> Blocks:
    """Read one table of SPL, with its caption and footnotes.

    Args:
        markup: The ``table`` element as text.

    Returns:
        Its blocks; nothing where it is not well-formed.
    """
    try:
        table = etree.fromstring(f"<text>{markup}</text>".encode(), etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError:
        return []
    return _Label(table).text(table, 3)


class _Label:
    """Reads the sections of one label."""

    def __init__(self, root: etree._Element) -> None:
        self.left_out = LeftOut(False, root)
        self._root = root
        self._reader = BodyReader(_STYLE, self.left_out)

    def read(self) -> Blocks:
        """Return all blocks: highlights, then the sections."""
        blocks: Blocks = []
        highlights: Blocks = []
        path = "/".join(NAMESPACE + n for n in ("component", "structuredBody", "component"))
        for component in self._root.iterfind(path):
            for section in component.iterchildren(NAMESPACE + "section"):
                self._section(section, 2, blocks, highlights)
        if highlights:
            highlights.insert(0, f"## {HIGHLIGHTS}")
        return highlights + blocks

    def _section(
        self, section: etree._Element, level: int, out: Blocks, highlights: Blocks
    ) -> None:
        """Read a section with those inside it; its excerpt goes to the highlights."""
        content: Blocks = []
        titles = ""
        for title in section.findall(NAMESPACE + "title"):
            notes = _Notes(title)
            titles = " ".join(filter(None, (titles, self._line(title))))
            content += notes.blocks(self._line)
        heading = titles or _displayed(section)
        below = level + 1 if heading else level
        for child in section:
            name = local_name(child)
            if name == "text":
                content += self.text(child, below)
            elif name == "excerpt":
                excerpt: Blocks = []
                for text in child.iterfind(f"{NAMESPACE}highlight/{NAMESPACE}text"):
                    excerpt += self.text(text, 4)
                if excerpt:
                    highlights += [f"### {heading}", *excerpt] if heading else excerpt
            elif name == "component":
                for inner in child:
                    if local_name(inner) == "section":
                        self._section(inner, below, content, highlights)
                    elif local_name(inner) == "observationMedia":
                        for words in inner.iterchildren(NAMESPACE + "text"):
                            chars = visible("".join(map(str, words.itertext())))
                            self.left_out.leave_out(inner, "picture_description", chars)
        if heading and (content or titles):
            out.append(f"{'#' * min(level, _MAX_LEVEL)} {heading}")
        out += content

    def text(self, text: etree._Element, level: int) -> Blocks:
        """Return the blocks of a ``text`` element."""
        notes = _Notes(text)
        _rename(text)
        blocks: Blocks = []
        self._reader.flow(text, level, blocks)
        return [*blocks, *notes.blocks(self._line)]

    def _line(self, element: etree._Element) -> str:
        _rename(element)
        return self._reader.line(element)


class _Notes:
    """Footnotes of one text: marks in their places, the notes behind their table or the text.

    Args:
        text: The ``text`` element; notes in tables are moved behind the table, all others out.
    """

    def __init__(self, text: etree._Element) -> None:
        self._rest: list[tuple[str, etree._Element]] = []
        marks: dict[str, str] = {}
        count: dict[etree._Element | None, Iterator[str]] = {}
        for element in [e for e in text.iter() if local_name(e) == "footnote"]:
            table = next((a for a in element.iterancestors() if local_name(a) == "table"), None)
            if table is not None and not _inside(table, text):
                table = None
            mark = next(count.setdefault(table, _marks()))
            if name := element.get("ID"):
                marks[name] = mark
            _replace(element, mark)
            if table is None:
                self._rest.append((mark, element))
            else:
                _place_behind(table, mark, element)
        for element in [e for e in text.iter() if local_name(e) == "footnoteRef"]:
            _replace(element, marks.get(element.get("IDREF") or "", _MARKS[0]))

    def blocks(self, line: Callable[[etree._Element], str]) -> Blocks:
        """Return the notes that belong to no table."""
        return [f"^{mark} {line(element)}" for mark, element in self._rest]


def _marks() -> Iterator[str]:
    """Marks of notes in their order: the signs, then each of them twice, and so on."""
    return (mark * size for size in itertools.count(1) for mark in _MARKS)


def _inside(table: etree._Element, text: etree._Element) -> bool:
    return any(ancestor is text for ancestor in table.iterancestors())


def _replace(element: etree._Element, mark: str) -> None:
    """Set a raised mark in the place of a note; what follows it stays."""
    sup = etree.Element("sup")
    sup.text, sup.tail = mark, element.tail
    element.tail = None
    parent = element.getparent()
    assert parent is not None
    parent.replace(element, sup)


def _place_behind(table: etree._Element, mark: str, note: etree._Element) -> None:
    """Set a note behind its table, after those already there."""
    place = table
    while (after := place.getnext()) is not None and after.tag == "fn":
        place = after
    note.tag = "fn"
    label = etree.Element("label")
    sup = etree.SubElement(label, "sup")
    sup.text = mark
    paragraph = etree.Element("p")
    paragraph.text, note.text = note.text, None
    paragraph.extend(list(note))
    note.extend([label, paragraph])
    # What follows the table follows the note then.
    note.tail, place.tail = place.tail, None
    place.addnext(note)


def _rename(element: etree._Element) -> None:
    """Give the elements inside the names that JATS has for them."""
    for inner in element.iter(etree.Element):
        name = local_name(inner)
        if name == "list":
            style = (inner.get("styleCode") or "").lower()
            ordered = (inner.get("listType") or "").lower() == "ordered"
            inner.set("list-type", _LISTS.get(style, "order" if ordered else "bullet"))
        elif name == "caption" and (parent := inner.getparent()) is not None:
            holder = local_name(parent)
            name = {"list": "title", "item": "label", "list-item": "label"}.get(holder, name)
        inner.tag = _NAMES.get(name, name)


def _displayed(section: etree._Element) -> str:
    """Name of an untitled section by its code, in sentence case."""
    code = section.find(NAMESPACE + "code")
    if code is None or code.get("code") == _UNCLASSIFIED:
        return ""
    name = (code.get("displayName") or "").strip()
    words = (
        name.removeprefix("OTC - ")
        .removesuffix("SECTION")
        .removesuffix("section")
        .replace(".", ": ")
    )
    return " ".join(words.split()).capitalize()


def _title(root: etree._Element) -> str:
    """Title of the document, which may hold lines and raised signs, as one line."""
    title = root.find(NAMESPACE + "title")
    if title is None:
        return ""
    _rename(title)
    return printable(inline_text(title))


def _labeler(root: etree._Element) -> str:
    """Name of the organisation whose label it is."""
    path = "/".join(NAMESPACE + n for n in ("author", "assignedEntity", "representedOrganization"))
    return spaced(root.find(f"{path}/{NAMESPACE}name"))


def _replaced(root: etree._Element, set_id: str) -> Iterator[Relation]:
    """Labels under other set ids that this one replaces."""
    for related in root.iterchildren(NAMESPACE + "relatedDocument"):
        inner = related.find(NAMESPACE + "relatedDocument")
        other = "" if inner is None else attribute(inner, "setId", "root")
        if related.get("typeCode") == "RPLC" and other and other.lower() != set_id.lower():
            yield Relation("supersedes", f"url:{address(other)}")


def _version(value: str) -> int:
    return max(1, int(value[:6])) if value.isascii() and value.isdigit() else 1


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
