"""One parsed PubMed record to documents: the abstract, and each further abstract as a part."""

from __future__ import annotations

from lxml import etree

from sources.items import Document, Status, Tombstone
from sources.text import identifiers
from sources.text.iso639 import two_letters
from sources.text.pubmed_readers import Other, Record, fill, version_of

LICENSE = "LicenseRef-NLM-PubMed"
"""NLM's terms: it claims no copyright, but abstracts may be their publishers'.

Source: NLM, "Terms and conditions" of databases/download.html, reviewed 2018-01-30.
"""


NOTICE = "CopyrightInformation: "
"""Place of the publisher's notice, before its words in the evidence of the licence."""


class NoPmidError(ValueError):
    """A record without a PMID of its own."""


def parser() -> etree.XMLParser:
    """Return a parser for `record_element`; one serves for many records."""
    return etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # the stubs know lxml 4
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def record_element(data: bytes, reader: etree.XMLParser) -> etree._Element:
    """Parse one record.

    Args:
        data: Bytes of the record, as `sources.text.pubmed_slices` cuts them.
        reader: Made by `parser`.

    Raises:
        etree.XMLSyntaxError: It is not well-formed.
    """
    root = etree.fromstring(data, reader)
    # The element that carries the prefixes of the root.
    return root[0] if root.tag == "set" else root


def documents(root: etree._Element, place: str, key: str) -> list[Document]:
    """Return the documents of one record, the main one first; it may be without text.

    Args:
        root: ``PubmedArticle``, ``PubmedBookArticle`` or a bare ``MedlineCitation``.
        place: First part of the revision: the file's place in the year.
        key: Last part of it: path and number of the record.

    Raises:
        NoPmidError: The record has no PMID of digits.
    """
    record = Record()
    fill(record, root)
    if not record.pmid:
        raise NoPmidError
    day = record.revised.replace("-", "") or "00000000"
    return _documents(record, f"{place}.{day}.{key}")


def tombstones(root: etree._Element, revision: str) -> list[Tombstone]:
    """Return one tombstone per PMID of a ``DeleteCitation`` or ``DeleteDocument``.

    Args:
        root: The element.
        revision: Key that sorts behind every record of the same file.
    """
    found = []
    for child in root:
        number = identifiers.pmid(child.text or "") if child.tag == "PMID" else ""
        if number:
            found.append(Tombstone(number, version_of(child), revision))
    return found


def _documents(record: Record, revision: str) -> list[Document]:
    if record.translated and not record.title:
        record.title, record.translated = record.vernacular, False
    if "Retracted Publication" in record.types:
        record.retracted = True
    status: Status = "retracted" if record.retracted else "current"
    metadata = record.metadata
    if record.languages:
        metadata["languages"] = record.languages
    if record.revised:
        metadata["date_revised"] = record.revised
    if record.vernacular:
        metadata["vernacular_title"] = record.vernacular
    if record.translated:
        metadata["translated_title"] = True
    authors, mesh = tuple(record.authors), tuple(record.mesh)
    types, keywords = tuple(record.types), tuple(dict.fromkeys(record.keywords))
    relations = tuple(record.relations)
    url = f"https://pubmed.ncbi.nlm.nih.gov/{record.pmid}/"

    own = notice_of(record.copyright)

    def document(text: str, title: str, part: str, lang: str, more: Other | None) -> Document:
        # By position: for 50,000 records keywords alone would cost a tenth of a second.
        return Document(
            record.pmid, text, title, record.kind, part, record.version, revision, status, "",
            lang, LICENSE, notice_of(more.copyright) if more else own, record.date, url,
            record.pmid, record.pmcid, record.doi, record.journal, authors, mesh, types, keywords,
            relations, _part_metadata(more, record.languages) if more else metadata,
        )  # fmt: skip

    # The language of a record is that of the paper: a Russian paper has an English abstract.
    lang = "en" if record.languages == ["eng"] else ""
    found = [document(record.text, record.title, "", lang, None)]
    for number, other in enumerate(record.others, 1):
        lang = two_letters(other.language)
        title = record.title if lang == "en" else record.vernacular or record.title
        found.append(document(other.text, title, f"other-abstract-{number}", lang, other))
    return found


def notice_of(words: str) -> str:
    """Return the words of ``CopyrightInformation`` behind their place; empty for none."""
    return NOTICE + words if words else ""


def _part_metadata(other: Other, languages: list[str]) -> dict[str, object]:
    metadata: dict[str, object] = {"abstract_type": other.type} if other.type else {}
    if other.language:
        metadata["abstract_language"] = other.language
    if languages:
        metadata["languages"] = languages
    return metadata
