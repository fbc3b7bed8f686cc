"""PubMed XML: title, abstract and further abstracts of every record, as a reader reads them.

In scope are ``ArticleTitle``, ``Abstract`` with its labels, and each ``OtherAbstract`` as a
document of its own. ``VernacularTitle`` belongs to the metadata of a record and may be absent from
a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from lxml import etree

from curation.fidelity.blocks import Block, Raw, Unit
from curation.fidelity.formulae import formula, local
from curation.fidelity.marks import LOWER, LOWER_END, RAISE, RAISE_END, fold

# Entities of the document itself only, nothing from outside, libxml2's own limits against bombs.
_SAFE: dict[str, Any] = {
    "resolve_entities": "internal",
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation")
_BLOCKS = frozenset({"p", "AbstractText", "list", "listitem", "DispFormula"})
_UNLABELLED = frozenset({"", "UNLABELLED", "UNASSIGNED"})
_PLACEHOLDER = "Abstract available from the publisher."


def read_pubmed(stream: BinaryIO) -> Iterator[Raw]:
    """Yield the documents of every record, one record in memory at a time.

    Args:
        stream: XML of NLM's files or of E-utilities.

    Raises:
        ValueError: The stream is no well-formed XML; records long before that place were yielded.
    """
    events = etree.iterparse(stream, tag=_RECORDS, **_SAFE)
    try:
        for _, found in events:
            record = cast("etree._Element", found)
            parent = record.getparent()
            inner = parent is not None and parent.tag == "PubmedArticle"
            if record.tag == "MedlineCitation" and inner:
                continue  # read as part of it
            yield from _record(record)
            record.clear()
            while parent is not None and record.getprevious() is not None:
                del parent[0]
    except RecursionError:
        raise ValueError("elements nested too deeply") from None
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise ValueError(f"not well-formed XML (line {line})") from None


def _record(root: etree._Element) -> Iterator[Raw]:
    citation = root if root.tag == "MedlineCitation" else root.find("MedlineCitation")
    holder = citation if citation is not None else root.find("BookDocument")
    if holder is None:
        return
    number = holder.find("PMID")
    if number is None:
        return
    version = number.get("Version") or "1"
    record = (number.text or "").strip() + (f"@{version}" if version != "1" else "")
    article = holder.find("Article") if citation is not None else holder
    titles = _titles(article) if article is not None else []
    place = f"PMID {record}"
    abstract = article.find("Abstract") if article is not None else None
    blocks = _abstract(abstract) if abstract is not None else []
    yield Raw(record, "", place, [*titles, Unit(blocks)])
    for index, other in enumerate(holder.iterchildren("OtherAbstract"), 1):
        optional = [
            Unit(unit.blocks, reason=unit.reason or "title of the record") for unit in titles
        ]
        part = f"other-abstract-{index}"
        yield Raw(record, part, f"{place} {part}", [*optional, Unit(_abstract(other))])


def _titles(article: etree._Element) -> list[Unit]:
    """Title and vernacular title; a title may be that of the book where the chapter has none."""
    units = []
    own = article.find("ArticleTitle")
    book = article.find("Book/BookTitle")
    if book is not None and (own is None or not fold(_text(own))):
        units.append(Unit([Block(fold(_text(book)), "BookTitle")]))
    for tag, reason in (("ArticleTitle", ""), ("VernacularTitle", "vernacular title (metadata)")):
        found = article.find(tag)
        text = fold(_text(found)) if found is not None else ""
        if text.strip("[]. ").lower() in ("not available", "in process citation"):
            continue
        if text:
            units.append(Unit([Block(text, tag)], movable=bool(reason), reason=reason))
    return units


def _abstract(element: etree._Element) -> list[Block]:
    blocks = []
    for child in element.iterchildren("AbstractText"):
        text = fold(_text(child))
        label = " ".join((child.get("Label") or "").split())
        if text == _PLACEHOLDER or not text:
            continue
        if label.upper() not in _UNLABELLED:
            text = f"{fold(label).rstrip(': ')}: {text}"
        blocks.append(Block(text, "AbstractText"))
    return blocks


def _text(element: etree._Element) -> str:
    """Return marked text of an element with inline markup."""
    if not len(element):
        return element.text or ""
    pieces: list[str] = []
    _collect(element, pieces)
    return "".join(pieces)


def _collect(element: etree._Element, pieces: list[str]) -> None:
    pieces.append(element.text or "")
    for child in element:
        tag = local(child)
        if tag in ("sup", "sub"):
            pieces.append(RAISE if tag == "sup" else LOWER)
            _collect(child, pieces)
            pieces.append(RAISE_END if tag == "sup" else LOWER_END)
        elif tag == "math":
            pieces.append(formula(child))
        elif tag in _BLOCKS:
            pieces.append(" ")
            _collect(child, pieces)
            pieces.append(" ")
        elif tag:
            _collect(child, pieces)
        pieces.append(child.tail or "")
