"""Small values of a PubMed record: text, titles, dates, people, links.

Every function takes an element and walks its direct children once: with lxml that is faster than
``find`` or XPath per field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml import etree

from sources.items import Relation
from sources.text import identifiers
from sources.text.markup import inline_text

_MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_MONTH_NAME = re.compile(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b")

RELATIONS = {
    "RetractionIn": "retracted_by",
    "RetractionOf": "retraction_of",
    # The paper stays, parts of it do not: no retraction of the work.
    "PartialRetractionIn": "partially_retracted_by",
    "PartialRetractionOf": "partial_retraction_of",
    # Its target is the new version, which must not count as retracted.
    "RetractedandRepublishedIn": "republished_in",
    "RetractedandRepublishedFrom": "republication_of",
    "CorrectedandRepublishedIn": "republished_in",
    "CorrectedandRepublishedFrom": "republication_of",
    "RepublishedIn": "republished_in",
    "RepublishedFrom": "republication_of",
    "ReprintIn": "republished_in",
    "ReprintOf": "republication_of",
    "ErratumIn": "corrected_by",
    "ErratumFor": "correction_of",
    "ExpressionOfConcernIn": "concern_by",
    "ExpressionOfConcernFor": "concern_about",
    "CommentIn": "commented_by",
    "CommentOn": "comment_on",
    "UpdateIn": "updated_by",
    "UpdateOf": "update_of",
    "SummaryForPatientsIn": "summarised_by",
    "OriginalReportIn": "summary_of",
    "AssociatedPublication": "related",
    "AssociatedDataset": "related",
}
"""`CommentsCorrections/@RefType` to the types of `Relation`; ``Cites`` is a reference, not here."""

_TAKEN_BACK = frozenset({"RetractionIn", "RetractedandRepublishedIn"})
# "J Clin Invest. 1991 Jun 2;87(6):2261": the date of what the link leads to.
_DATE_IN_SOURCE = re.compile(
    r"\b((?:1[5-9]|20)\d\d)"
    r"(?: (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*(?:-[A-Z][a-z]+)?(?: (\d\d?))?)?"
    r"(?=[;:. ]|$)"
)
_DOI_IN_SOURCE = re.compile(r"\bdoi:?\s*(10\.\d{4,9}/\S+)", re.IGNORECASE)

# Titles that NLM writes where there is none in English.
_NO_TITLE = frozenset({"not available", "in process citation"})


def text_of(element: etree._Element) -> str:
    """Return the text of an element as one line, its inline markup resolved.

    Text that was escaped twice at its origin (``&amp;lt;``) is unescaped once more, for ``lt``,
    ``gt`` and ``amp`` only; a tag that comes to light stays as the characters it is.

    Args:
        element: Any element with mixed content.
    """
    if len(element):
        text = inline_text(element)
    else:
        raw = element.text
        if raw is None:
            return ""
        # Most text is clean already, and looking is cheaper than splitting.
        if (
            raw.isascii()
            and "\n" not in raw
            and "  " not in raw
            and "\t" not in raw
            and raw[0] != " "
            and raw[-1] != " "
        ):
            text = raw
        else:
            text = " ".join(raw.split())
    return unescaped(text) if "&" in text else text


def attribute_of(element: etree._Element, name: str) -> str:
    """Return the value of an attribute with its blanks collapsed; empty where it is absent."""
    value = element.get(name)
    return " ".join(value.split()) if value else ""


def unescaped(text: str) -> str:
    """Return a text whose ``lt``, ``gt`` and ``amp`` are resolved once more; see `text_of`."""
    if ";" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def title_of(element: etree._Element) -> tuple[str, bool]:
    """Return a title and whether it is a translation: `split_title` of ``ArticleTitle``."""
    return split_title(text_of(element))


def split_title(title: str) -> tuple[str, bool]:
    """Return a title and whether it is a translation, which PubMed sets in square brackets.

    Only a bracket that opens the title and closes it is taken off, with the full stop behind it:
    ``[18F]FDG`` stays as it is.

    Args:
        title: Text of ``ArticleTitle``.
    """
    if not title.startswith("["):
        return title, False
    inner = title.removesuffix(".").rstrip()
    if not inner.endswith("]"):
        return title, False
    inner = inner[1:-1]
    depth = 0
    for bracket in re.findall(r"[\[\]]", inner):
        depth += 1 if bracket == "[" else -1
        if depth < 0:
            return title, False
    inner = inner.strip()
    return ("" if inner.lower() in _NO_TITLE else inner), True


@lru_cache(maxsize=8192)
def label_of(label: str) -> str:
    """Return the label of a section as it is printed; empty for none.

    Args:
        label: ``AbstractText/@Label``.
    """
    shown = " ".join(label.split()).rstrip(": ")
    return "" if shown.upper() == "UNLABELLED" else shown


@lru_cache(maxsize=8192)
def iso_date(year: str, month: str, day: str) -> str:
    """Return a date as precise as known.

    Args:
        year: Four digits; anything else gives an empty date.
        month: ``Jan``, ``01`` or ``1``; anything else (a season) is left out.
        day: One or two digits; left out where the month is.
    """
    if not (len(year) == 4 and year.isascii() and year.isdigit()):
        return ""
    if month.isascii() and month.isdigit():
        number = month.zfill(2)[-2:] if 1 <= int(month[:4]) <= 12 else ""
    else:
        number = _MONTHS.get(month[:3].lower(), "")
    if not number:
        return year
    if day.isascii() and day.isdigit() and 1 <= int(day[:4]) <= 31:
        return f"{year}-{number}-{day.zfill(2)[-2:]}"
    return f"{year}-{number}"


@lru_cache(maxsize=8192)
def medline_date(text: str) -> str:
    """Return the first year of a free date, with the month where one alone is named.

    ``1998 Dec-1999 Jan`` and ``2019 Jan-Feb`` give the year, ``2019 Jan 3-10`` gives ``2019-01``.

    Args:
        text: Content of ``MedlineDate``.
    """
    years = _YEAR.findall(text)
    if not years:
        return ""
    months = set(_MONTH_NAME.findall(text.lower()))
    if len(months) == 1 and len(set(years)) == 1:
        return f"{years[0]}-{_MONTHS[months.pop()]}"
    return str(years[0])


def date_of(element: etree._Element) -> str:
    """Return the date in ``PubDate``, ``ArticleDate``, ``DateRevised`` and their like."""
    year = month = day = ""
    for child in element:
        tag = child.tag
        text = " ".join((child.text or "").split())
        if not text:
            continue
        if tag == "Year":
            year = text
        elif tag == "Month":
            month = text
        elif tag == "Day":
            day = text
        elif tag == "MedlineDate":
            return medline_date(text)
    return iso_date(year, month, day)


def authors_of(element: etree._Element) -> list[str]:
    """Return names as ``Family Given`` and collective names, in their order.

    Names that NLM marks as wrong (``ValidYN="N"``, beside the right one) are left out.

    Args:
        element: ``AuthorList``.
    """
    names = []
    for author in element:
        if attribute_of(author, "ValidYN") == "N":
            continue
        family = given = suffix = ""
        for child in author:
            tag = child.tag
            if tag == "LastName" or tag == "CollectiveName":
                family = text_of(child)
            elif tag == "ForeName":
                given = text_of(child) or given
            elif tag == "Initials":
                given = given or text_of(child)
            elif tag == "Suffix":
                suffix = text_of(child)
            elif tag == "AffiliationInfo" or tag == "Identifier":
                break  # The names come first: what follows need not be walked.
        name = f"{family} {given}" if given else family
        if suffix:
            name = f"{name} {suffix}"
        if name:
            names.append(name)
    return names


def heading_of(element: etree._Element) -> tuple[str, str]:
    """Return the descriptor of a MeSH heading, and the heading where it says more than that.

    ``Liver/*drug effects/metabolism``: MEDLINE's notation, a star marks a major topic, a slash
    opens a qualifier. Empty for a heading that is the bare descriptor.

    Args:
        element: ``MeshHeading``.
    """
    name = line = ""
    for child in element:
        text = text_of(child)
        if not text:
            continue
        starred = f"*{text}" if attribute_of(child, "MajorTopicYN") == "Y" else text
        if name:
            line = f"{line}/{starred}"
        else:
            name, line = text, starred
    return name, "" if line == name else line


def substance_of(element: etree._Element) -> str:
    """Return the name in a ``Chemical``."""
    for child in element:
        if child.tag == "NameOfSubstance":
            return text_of(child)
    return ""


def relations_of(element: etree._Element) -> tuple[list[Relation], bool]:
    """Return the links to other records, and whether one says that this one was retracted.

    Args:
        element: ``CommentsCorrectionsList``.
    """
    links = []
    for link in element:
        number = source = ""
        for child in link:
            if child.tag == "PMID":
                number = child.text or ""
            elif child.tag == "RefSource":
                source = text_of(child)
        links.append((attribute_of(link, "RefType"), number, source))
    return relations_from(links)


def relations_from(links: Sequence[tuple[str, str, str]]) -> tuple[list[Relation], bool]:
    """The same from the values of the links.

    Args:
        links: ``RefType``, PMID and ``RefSource`` of each; the DOI in the latter counts where there
            is no PMID. The source of a notice (``RetractionIn``) bears its date; that of the work
            that a notice is about (``RetractionOf``) does not say when it was given.
    """
    relations: list[Relation] = []
    for kind, number, source in links:
        if kind not in RELATIONS:
            continue
        pmid = identifiers.pmid(number)
        target = f"pmid:{pmid}" if pmid else ""
        if not target and (found := _DOI_IN_SOURCE.search(source)):
            doi = identifiers.doi(found[1])
            target = f"doi:{doi}" if doi else ""
        if target:
            date = _date_of_source(source) if kind.endswith("In") else ""
            relations.append(Relation(RELATIONS[kind], target, date))
    taken_back = any(kind in _TAKEN_BACK for kind, _, _ in links)
    return list(dict.fromkeys(relations)), taken_back


def _date_of_source(source: str) -> str:
    """Return ``1991-06-02`` of a citation as MEDLINE writes it, as precise as it is; else empty."""
    found = _DATE_IN_SOURCE.search(source)
    if not found:
        return ""
    year, month, day = found.groups()
    parts = [year, _MONTHS[month.lower()] if month else "", f"{int(day):02d}" if day else ""]
    return "-".join(filter(None, parts))
