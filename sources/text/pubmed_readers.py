"""The walk over one parsed PubMed record: which element is read, and into what.

Each level of a record has a table from the name of an element to its reader, and is walked once.
Elements that are in no table (affiliations, histories, grants, reference lists) are not read.

Reference: NLM, pubmed_250101.dtd and "MEDLINE/PubMed XML element descriptions"; the older forms
(``MedlineCitation`` alone, before 2017) as the files of 2016 have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from sources.items import Relation
from sources.text import identifiers
from sources.text.pubmed_fields import (
    attribute_of,
    authors_of,
    date_of,
    heading_of,
    label_of,
    relations_of,
    substance_of,
    text_of,
    title_of,
)

_PMC = re.compile(r"PMC\d{1,12}\b")
# Written by NLM where a publisher keeps the abstract to itself: no text of any paper.
PLACEHOLDER = "Abstract available from the publisher."


@dataclass(slots=True)
class Other:
    """One ``OtherAbstract``."""

    text: str
    type: str
    language: str
    copyright: str


@dataclass(slots=True)
class Record:
    """Values of a record while it is walked; lists hold what may repeat."""

    pmid: str = ""
    version: int = 1
    kind: str | None = None
    title: str = ""
    translated: bool = False
    vernacular: str = ""
    text: str = ""
    copyright: str = ""
    date: str = ""
    revised: str = ""
    journal: str = ""
    doi: str = ""
    pmcid: str = ""
    retracted: bool = False
    authors: list[str] = field(default_factory=list)
    mesh: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    metadata: dict[str, object] = field(default_factory=dict)


Reader = Callable[[Record, etree._Element], None]
"""Reads one element into a record."""


def fill(record: Record, root: etree._Element) -> None:
    """Walk a record.

    Args:
        record: Filled.
        root: ``PubmedArticle``, ``PubmedBookArticle`` or a bare ``MedlineCitation``.
    """
    if root.tag == "MedlineCitation":
        _citation(record, root)
    else:
        _walk(record, root, _TOP)


def _walk(record: Record, element: etree._Element, readers: dict[str, Reader]) -> None:
    for child in element:
        reader = readers.get(child.tag)
        if reader is not None:
            reader(record, child)


def _into(readers: dict[str, Reader]) -> Reader:
    """A reader that goes one level down."""

    def read(record: Record, element: etree._Element) -> None:
        for child in element:
            reader = readers.get(child.tag)
            if reader is not None:
                reader(record, child)

    return read


def _meta(key: str) -> Reader:
    """A reader of a text into the metadata."""

    def read(record: Record, element: etree._Element) -> None:
        text = text_of(element)
        if text:
            record.metadata[key] = text

    return read


def version_of(element: etree._Element) -> int:
    """Return ``PMID/@Version``, 1 where it is absent or no number."""
    text = attribute_of(element, "Version")
    if text in ("", "1"):
        return 1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _pmid(record: Record, element: etree._Element) -> None:
    record.pmid = identifiers.pmid(element.text or "")
    record.version = version_of(element)


def _citation(record: Record, element: etree._Element) -> None:
    status = attribute_of(element, "Status")
    if status:
        record.metadata["status"] = status
    _walk(record, element, CITATION)


def _revised(record: Record, element: etree._Element) -> None:
    record.revised = date_of(element)


def _title(record: Record, element: etree._Element) -> None:
    record.title, record.translated = title_of(element)


def _vernacular(record: Record, element: etree._Element) -> None:
    record.vernacular = text_of(element)


def sections(element: etree._Element) -> tuple[str, str]:
    """Return the text of an abstract and its copyright line, which is no text of it.

    Sections are paragraphs, each with its label as printed before it.

    Args:
        element: ``Abstract`` or ``OtherAbstract``.
    """
    paragraphs, notice = [], ""
    for child in element:
        tag = child.tag
        if tag == "AbstractText":
            text = text_of(child)
            if not text or text == PLACEHOLDER:
                continue
            label = label_of(child.get("Label") or "")
            paragraphs.append(f"{label}: {text}" if label else text)
        elif tag == "CopyrightInformation":
            notice = text_of(child)
    return paragraphs[0] if len(paragraphs) == 1 else "\n\n".join(paragraphs), notice


def _abstract(record: Record, element: etree._Element) -> None:
    record.text, record.copyright = sections(element)


def _other_abstract(record: Record, element: etree._Element) -> None:
    text, notice = sections(element)
    kind, language = element.get("Type") or "", element.get("Language") or ""
    record.others.append(Other(text, kind, language, notice))


def _elocation(record: Record, element: etree._Element) -> None:
    if attribute_of(element, "ValidYN") == "N":
        return
    kind, value = attribute_of(element, "EIdType"), " ".join((element.text or "").split())
    if kind == "doi" and value and not record.doi:
        record.doi = identifiers.doi(value)
    elif kind == "pii" and value:
        record.metadata["pii"] = value


def _article_id(record: Record, element: etree._Element) -> None:
    kind, value = attribute_of(element, "IdType"), " ".join((element.text or "").split())
    if not value or kind in ("", "pubmed"):
        return
    if kind == "doi":
        record.doi = record.doi or identifiers.doi(value)
    elif kind == "pmc":
        record.pmcid = record.pmcid or identifiers.pmcid(value)[0]
    elif kind not in ("pmcid", "medline"):  # the same again, and a number withdrawn in 2004
        record.metadata.setdefault("nlm_id" if kind == "bookaccession" else kind, value)


def _other_id(record: Record, element: etree._Element) -> None:
    """Ids of the form before 2017, where a PMCID may carry a remark: ``PMC1 [Available on …]``."""
    found = _PMC.match(element.text or "")
    if found and not record.pmcid:
        record.pmcid = found[0]


def _language(record: Record, element: etree._Element) -> None:
    if language := " ".join((element.text or "").split()):
        record.languages.append(language)


def _journal_title(record: Record, element: etree._Element) -> None:
    record.journal = text_of(element)


def _pub_date(record: Record, element: etree._Element) -> None:
    record.date = record.date or date_of(element)


def _contribution_date(record: Record, element: etree._Element) -> None:
    # A chapter's own date; the book's is that of its first edition.
    record.date = date_of(element) or record.date


def _article_date(record: Record, element: etree._Element) -> None:
    date = date_of(element)
    if date:
        record.metadata["article_date"] = date


def _start_page(record: Record, element: etree._Element) -> None:
    text = text_of(element)
    if text:
        record.metadata.setdefault("pages", text)


def _authors(record: Record, element: etree._Element) -> None:
    if attribute_of(element, "Type") != "editors":
        record.authors += authors_of(element)


def _publication_type(record: Record, element: etree._Element) -> None:
    if kind := text_of(element):
        record.types.append(kind)


def _keywords(record: Record, element: etree._Element) -> None:
    record.keywords += [text for child in element if (text := text_of(child))]


def _mesh(record: Record, element: etree._Element) -> None:
    headings = [heading_of(heading) for heading in element]
    record.mesh = [name for name, _ in headings if name]
    if lines := [line for _, line in headings if line]:
        record.metadata["mesh_headings"] = lines


def _chemicals(record: Record, element: etree._Element) -> None:
    if found := [name for chemical in element if (name := substance_of(chemical))]:
        record.metadata["chemicals"] = found


def _relations(record: Record, element: etree._Element) -> None:
    record.relations, record.retracted = relations_of(element)


def _data_banks(record: Record, element: etree._Element) -> None:
    """Trial registrations and deposits, as ``ClinicalTrials.gov/NCT00000000``."""
    found = []
    for bank in element:
        name = ""
        for child in bank:
            if child.tag == "DataBankName":
                name = text_of(child)
            elif child.tag == "AccessionNumberList":
                found += [f"{name}/{text}" for number in child if (text := text_of(number))]
    if found:
        record.metadata["data_banks"] = found


def _book(record: Record, element: etree._Element) -> None:
    record.kind = "book"
    _walk(record, element, _BOOK_DOCUMENT)
    if not record.title:
        record.title = str(record.metadata.get("book", ""))


_IDS: dict[str, Reader] = {"ArticleId": _article_id}
_ISSUE: dict[str, Reader] = {
    "Volume": _meta("volume"),
    "Issue": _meta("issue"),
    "PubDate": _pub_date,
}
ARTICLE: dict[str, Reader] = {
    "Journal": _into(
        {"ISSN": _meta("issn"), "JournalIssue": _into(_ISSUE), "Title": _journal_title}
    ),
    "ArticleTitle": _title,
    "Pagination": _into({"MedlinePgn": _meta("pages"), "StartPage": _start_page}),
    "ELocationID": _elocation,
    "Abstract": _abstract,
    "AuthorList": _authors,
    "Language": _language,
    "DataBankList": _data_banks,
    "PublicationTypeList": _into({"PublicationType": _publication_type}),
    "VernacularTitle": _vernacular,
    "ArticleDate": _article_date,
}
CITATION: dict[str, Reader] = {
    "PMID": _pmid,
    "DateRevised": _revised,
    "Article": _into(ARTICLE),
    "MedlineJournalInfo": _into({"NlmUniqueID": _meta("nlm_id")}),
    "ChemicalList": _chemicals,
    "CommentsCorrectionsList": _relations,
    "MeshHeadingList": _mesh,
    "OtherID": _other_id,
    "OtherAbstract": _other_abstract,
    "KeywordList": _keywords,
}
_BOOK_DOCUMENT: dict[str, Reader] = {
    "PMID": _pmid,
    "ArticleIdList": _into(_IDS),
    "Book": _into({"BookTitle": _meta("book"), "PubDate": _pub_date}),
    "ArticleTitle": _title,
    "VernacularTitle": _vernacular,
    "Language": _language,
    "AuthorList": _authors,
    "PublicationType": _publication_type,
    "Abstract": _abstract,
    "KeywordList": _keywords,
    "ContributionDate": _contribution_date,
    "DateRevised": _revised,
}
_DATA: dict[str, Reader] = {
    "PublicationStatus": _meta("publication_status"),
    "ArticleIdList": _into(_IDS),
}
_TOP: dict[str, Reader] = {
    "MedlineCitation": _citation,
    "PubmedData": _into(_DATA),
    "BookDocument": _book,
    "PubmedBookData": _into(_DATA),
}
