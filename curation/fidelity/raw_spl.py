"""SPL (drug labels of HL7): what a reader of a label reads.

In scope are the titles and texts of sections, the excerpts first, as they are printed, with the
titles of their sections. The title of the document, names of products, figures and footnotes may
stand elsewhere. Descriptions of pictures and the product data are out of scope.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from lxml import etree

from curation.fidelity.blocks import Raw, Unit
from curation.fidelity.formulae import local
from curation.fidelity.jats_reader import Reader

# What the elements of SPL are called in JATS, whose reader reads them.
_SAME = {
    "paragraph": "p", "item": "list-item", "renderMultiMedia": "fig", "linkHtml": "ext-link",
    "br": "break",
}  # fmt: skip
_SAFE: dict[str, Any] = {
    "resolve_entities": "internal",
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_SIGNS = "†‡§¶#"


def read_spl(data: bytes) -> Raw:
    """Read one label.

    Raises:
        ValueError: The bytes are no well-formed XML, or no label; the message quotes none of them.
    """
    try:
        root = etree.fromstring(data, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise ValueError(f"not well-formed XML (line {line})") from None
    if local(root) != "document":
        raise ValueError("not a document of SPL")
    for element in root.iter(etree.Element):
        element.tag = _SAME.get(local(element), local(element))
    raw = Raw(place="label")
    reader = Reader(raw, set(), frozenset())
    for title in root.iterchildren("title"):
        reader.unit(title, Unit(movable=True, reason="title of the document"))
    for product in root.iter("manufacturedProduct", "manufacturedMedicine"):
        for name in (
            *product.iterchildren("name"),
            *product.iterfind("asEntityWithGeneric/*/name"),
        ):
            _spaced(name)
            reader.unit(name, Unit(movable=True, reason="name of a product"))
    try:
        for section in root.iter("section"):
            _excerpt(reader, section)
        for section in root.iter("section"):
            _section(reader, section)
    except RecursionError:
        raise ValueError("elements nested too deeply") from None
    return raw


def _excerpt(reader: Reader, section: etree._Element) -> None:
    """Read what a section gives to the highlights, under its title."""
    for excerpt in section.iterchildren("excerpt"):
        for title in section.iterchildren("title"):
            reader.open(Unit(reason="title of an excerpt"))
            reader.block(copy.deepcopy(title))
        for text in excerpt.iter("text"):
            _text(reader, text, Unit())


def _section(reader: Reader, section: etree._Element) -> None:
    """Read title and text of a section; those inside it follow by themselves."""
    for child in section:
        tag = local(child)
        if tag in ("title", "text"):
            _text(reader, child, Unit())
        elif tag == "component":
            for media in child.iterchildren("observationMedia"):
                for text in media.iterchildren("text"):
                    reader.leave_out(text, "description of a picture")


def _spaced(name: etree._Element) -> None:
    """Set a blank before the suffix of a name."""
    for part in name:
        part.text = f" {part.text or ''}"


def _text(reader: Reader, text: etree._Element, unit: Unit) -> None:
    notes = list(_notes(text))
    for caption in list(text.iterfind(".//table/caption")):
        table = caption.getparent()
        assert table is not None
        caption.tag, caption.tail = "p", None
        table.addprevious(caption)
    reader.unit(text, unit)
    for note in notes:
        reader.unit(note, Unit(movable=True))


def _notes(text: etree._Element) -> Iterator[etree._Element]:
    """Take footnotes out of a text; raised signs stand in their places, a series a table."""
    series: dict[Any, Iterator[str]] = {}
    known: dict[str | None, str] = {}
    for element in list(text.iter("footnote", "footnoteRef")):
        if element.tag == "footnote":
            table = next(element.iterancestors("table"), None)
            signs = series.setdefault(table, (s * n for n in itertools.count(1) for s in _SIGNS))
            sign = known[element.get("ID")] = next(signs)
        else:
            sign = known.get(element.get("IDREF"), _SIGNS[0])
        mark = etree.Element("sup")
        mark.text, mark.tail = sign, element.tail
        element.tail = None
        holder = element.getparent()
        assert holder is not None
        holder.replace(element, mark)
        if element.tag == "footnote":
            lead = etree.Element("sup")
            lead.text, lead.tail = sign, " " + (element.text or "")
            element.text = None
            element.insert(0, lead)
            yield element
