"""Front matter of JATS: ids, dates, people, licence, links, status, references.

Reads ``article-meta`` and ``front-stub`` child by child; nothing here reaches the text of a
document except the title.

Reference: NISO Z39.96 (JATS 1.0 to 1.4, archiving and publishing), NLM DTD 2.0 to 3.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lxml import etree

from sources import licences
from sources.items import Relation, Status
from sources.text import identifiers, jats_links
from sources.text.jats_links import XLINK_HREF
from sources.text.markup import inline_text, printable
from sources.text.mathml import text_of

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# ISO 639-2 codes met in place of two letters.
_LANGUAGES = {
    "eng": "en", "por": "pt", "spa": "es", "fre": "fr", "fra": "fr", "ger": "de", "deu": "de",
    "ita": "it", "dut": "nl", "nld": "nl", "rus": "ru", "chi": "zh", "zho": "zh", "jpn": "ja",
    "kor": "ko", "pol": "pl", "tur": "tr", "swe": "sv", "nor": "no", "dan": "da", "fin": "fi",
    "hun": "hu", "cze": "cs", "ces": "cs", "ara": "ar", "heb": "he", "per": "fa", "fas": "fa",
}  # fmt: skip
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
# Dates that are not the publication: deposit in PMC, submission of a manuscript, later notices.
_OTHER_DATES = frozenset({
    "pmc-release", "nihms-submitted", "aam", "nlm-ta", "retracted", "corrected", "update",
    "updated", "correction", "retraction", "archival-date", "received", "accepted", "rev-recd",
    "corrected-typeset", "release",
})  # fmt: skip
# The mark of a footnote behind a title.
_NOTE_MARK = re.compile(r"\s?\^?(?:\*{1,3}|[†‡§¶]{1,3})\Z")
_BOOK_ID = re.compile(r"NBK\d{1,9}")
# Numbers of author manuscripts in PMC and Europe PMC; systems of publishers number others.
_MANUSCRIPT = re.compile(r"(?:NIHMS|NIHPA|HHSPA|EMS|UKMS|CAMS)\d{1,12}", re.IGNORECASE)
_VERSION = re.compile(r"(\d{1,3})(?:\.\d{1,3})?")


@dataclass(slots=True)
class Front:
    """What the front matter of an article or sub-article says; fields as in ``Document``."""

    title: str = ""
    translated_titles: dict[str, str] = field(default_factory=dict)
    pmid: str = ""
    pmcid: str = ""
    doi: str = ""
    version: int = 1
    date: str = ""
    journal: str = ""
    publisher: str = ""
    issn: list[str] = field(default_factory=list)
    volume: str = ""
    issue: str = ""
    pages: str = ""
    article_type: str = ""
    notice: str = ""  # article type by the heading, where that is one of a notice
    lang: str = ""
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    subjects: list[str] = field(default_factory=list)
    license: str = ""
    license_evidence: str = ""
    relations: tuple[Relation, ...] = ()
    status: Status = "current"
    abstracts: list[etree._Element] = field(default_factory=list)
    notes: list[etree._Element] = field(default_factory=list)
    publisher_id: str = ""
    manuscript: str = ""  # number of an author manuscript
    funding: list[dict[str, str]] = field(default_factory=list)
    book: str = ""
    book_id: str = ""
    isbn: list[str] = field(default_factory=list)


def language(element: etree._Element) -> str:
    """``xml:lang`` of an element as ISO 639-1 in lower case; empty where none is given."""
    code = (element.get(_LANG) or "").strip().lower().replace("_", "-").partition("-")[0]
    return _LANGUAGES.get(code, code) if code.isalpha() and len(code) <= 3 else ""


def read(article: etree._Element) -> Front:
    """Read the front matter of an ``article``, ``sub-article``, ``response`` or ``book-part``.

    Links in the text are not known yet: see `add_links`.
    """
    front = Front(lang=language(article))
    front.article_type = (article.get("article-type") or article.get("response-type") or "").strip()
    for part in article.iterchildren("front", "front-stub", "book-part-meta"):
        if part.tag != "front":
            _article_meta(front, part)
            continue
        for child in part:
            if child.tag == "journal-meta":
                _journal_meta(front, child)
            elif child.tag == "article-meta":
                _article_meta(front, child)
            elif child.tag == "notes":
                front.notes.append(child)
    front.notice = jats_links.notice_type(front.subjects)
    if article.tag == "book-part":
        front.article_type = (article.get("book-part-type") or "").strip()
        front.book = "untitled"
        for book in article.iterancestors():
            for meta in book.iterchildren("book-meta"):
                _book_meta(front, meta)
    else:
        add_links(front, jats_links.in_front(article))
    return front


def add_links(front: Front, elements: Iterable[etree._Element]) -> None:
    """Add what ``related-article`` elements say: links to other works, and the state they imply."""
    kind = front.notice or front.article_type
    found = jats_links.relations(elements, kind)
    front.relations = tuple(dict.fromkeys([*front.relations, *found]))
    front.status = jats_links.status(kind, front.title, front.relations)


def _book_meta(front: Front, meta: etree._Element) -> None:
    """Take from the book what its part does not say of itself."""
    for title in meta.iter("book-title"):
        front.book = inline_text(title)
    for name in meta.iter("publisher-name"):
        front.publisher = front.publisher or inline_text(name)
    front.isbn = list(dict.fromkeys(filter(None, map(inline_text, meta.iter("isbn")))))
    front.date = front.date or best_date(meta.iter("pub-date"))
    if not front.license:
        found = _licence(meta)
        front.license, front.license_evidence = found.spdx, found.evidence


def _journal_meta(front: Front, meta: etree._Element) -> None:
    for element in meta.iter("journal-title"):
        front.journal = front.journal or inline_text(element)
    for element in meta.iter("issn"):
        text = inline_text(element)
        if text and text not in front.issn:
            front.issn.append(text)
    for element in meta.iter("publisher-name"):
        front.publisher = front.publisher or inline_text(element)


def _article_meta(front: Front, meta: etree._Element) -> None:
    """Fill `front` from ``article-meta`` or ``front-stub``, one look at each child."""
    dates: list[etree._Element] = []
    keywords: list[etree._Element] = []
    pages = ["", ""]
    authors: list[str] = []
    for child in meta:
        tag = child.tag
        if tag == "article-id":
            _article_id(front, child, child.get("pub-id-type"))
        elif tag == "book-part-id":
            _article_id(front, child, child.get("book-part-id-type"))
        elif tag == "title-group":
            _titles(front, child)
        elif tag == "contrib-group":
            authors += _authors(child)
        elif tag == "pub-date":
            dates.append(child)
        elif tag in ("abstract", "trans-abstract"):
            front.abstracts.append(child)
        elif tag == "kwd-group":
            keywords.append(child)
        elif tag == "article-categories":
            front.subjects = list(dict.fromkeys(map(inline_text, child.iter("subject"))))
        elif tag == "volume":
            front.volume = inline_text(child)
        elif tag == "issue":
            front.issue = inline_text(child)
        elif tag in ("fpage", "lpage", "elocation-id"):
            pages[tag == "lpage"] = inline_text(child)
        elif tag in ("article-version", "article-version-alternatives"):
            _version(front, child)
        elif tag == "funding-group":
            front.funding += _funding(child)
        elif tag == "pub-history":
            dates += child.iter("pub-date")
    front.pages = "-".join(filter(None, dict.fromkeys(pages)))
    front.date = best_date(dates)
    front.authors = tuple(authors)
    front.keywords = _keywords(keywords, front.lang)
    found = _licence(meta)
    front.license, front.license_evidence = found.spdx, found.evidence


def _article_id(front: Front, element: etree._Element, kind: str | None) -> None:
    kind = (kind or "").strip().lower()
    value = inline_text(element)
    if _BOOK_ID.fullmatch(value):
        front.book_id = front.book_id or value
    elif kind == "pmid":
        front.pmid = front.pmid or identifiers.pmid(value)
    elif kind in ("pmc", "pmcid", "pmc-uid", "pmcid-ver"):
        pmcid, version = identifiers.pmcid(value)
        front.pmcid = front.pmcid or pmcid
        front.version = max(front.version, version)
    elif kind == "doi":
        front.doi = front.doi or identifiers.doi(value)
    elif kind.startswith("manuscript") and _MANUSCRIPT.fullmatch(value):
        front.manuscript = front.manuscript or value
    elif kind == "publisher-id":
        front.publisher_id = front.publisher_id or value


def _version(front: Front, element: etree._Element) -> None:
    """Version number from ``article-version``; words such as "Version of Record" give none."""
    for text in element.itertext():
        match = _VERSION.fullmatch(str(text).strip())
        if match:
            front.version = max(front.version, int(match[1]))


def _funding(group: etree._Element) -> Iterable[dict[str, str]]:
    """Who paid, with the number of the award; recipients are people and are left out."""
    for award in group.iterchildren("award-group"):
        sources = [inline_text(source) for source in award.iter("funding-source", "institution")]
        numbers = [inline_text(number) for number in award.iterchildren("award-id")]
        record = {
            "source": next(filter(None, reversed(sources)), ""),
            "award": ", ".join(dict.fromkeys(filter(None, numbers))),
        }
        if any(record.values()):
            yield {key: value for key, value in record.items() if value}


def _titles(front: Front, group: etree._Element) -> None:
    subtitles = [inline_text(element) for element in group.iterchildren("subtitle")]
    for element in group.iterchildren("article-title", "title"):
        title = _NOTE_MARK.sub("", printable(inline_text(element)))
        front.title = ": ".join(filter(None, [title, *subtitles]))
        break
    for trans in group.iterchildren("trans-title-group"):
        for element in trans.iterchildren("trans-title"):
            front.translated_titles[language(trans) or language(element)] = inline_text(element)
    for element in group.iterchildren("trans-title"):
        front.translated_titles[language(element)] = inline_text(element)


def _authors(group: etree._Element) -> list[str]:
    """Names of the authors of a ``contrib-group``, ``Family Given``; groups by their name."""
    names = []
    for contrib in group.iterchildren("contrib"):
        if (contrib.get("contrib-type") or "author").strip().lower() != "author":
            continue
        name = next(contrib.iter("name", "string-name", "collab"), None)
        text = _person(name) if name is not None else ""
        if text:
            names.append(text)
    return names


def _person(name: etree._Element) -> str:
    if name.tag == "collab":
        pieces = [name.text or ""]
        for child in name:
            if child.tag not in ("contrib-group", "contrib", "xref", "address", "email", "aff"):
                pieces.append(text_of(child))
            pieces.append(child.tail or "")
        return " ".join("".join(pieces).split())
    found = {str(child.tag): child.text or "" for child in name}
    parts = [found.get(tag, "") for tag in ("surname", "given-names", "suffix")]
    # A string-name without parts is printed as it stands.
    return " ".join(" ".join(parts).split()) or inline_text(name)


def _keywords(groups: list[etree._Element], lang: str) -> tuple[str, ...]:
    """Author keywords in the language of the article; all where none is marked so."""
    groups = [g for g in groups if "abbrev" not in (g.get("kwd-group-type") or "").lower()]
    own = [g for g in groups if not lang or language(g) in ("", lang)] or groups
    words = [
        inline_text(kwd).rstrip(";.,")
        for group in own
        for kwd in group.iter("kwd", "compound-kwd-part")
    ]
    return tuple(dict.fromkeys(filter(None, words)))


def best_date(dates: Iterable[etree._Element]) -> str:
    """Return the earliest date of publication, as precise as known.

    Of two dates that agree as far as both go, the more precise wins: an electronic date
    2019-08-26 over a collection 2019. Deposit, release and correction dates count only where
    there is no other.
    """
    chosen, fallback = "", ""
    for element in dates:
        date = _date(element)
        kinds = {element.get(name, "").lower() for name in ("pub-type", "date-type")}
        if not date:
            continue
        if kinds & _OTHER_DATES:
            fallback = _earlier(fallback, date)
        else:
            chosen = _earlier(chosen, date)
    return chosen or fallback


def _earlier(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    common = min(len(one), len(other))
    if one[:common] == other[:common]:
        return max(one, other, key=len)
    return min(one, other)


def _date(element: etree._Element) -> str:
    """``2019``, ``2019-08`` or ``2019-08-26`` of a date element; empty without a sound year."""
    iso = element.get("iso-8601-date", "")[:10]
    parts = {child.tag: inline_text(child) for child in element if isinstance(child.tag, str)}
    year, month, day = (parts.get(name, "") for name in ("year", "month", "day"))
    if not year and re.fullmatch(r"\d{4}(?:-\d\d){0,2}", iso):
        year, month, day = (*iso.split("-"), "", "")[:3]
    if not re.fullmatch(r"(?:1[4-9]|20)\d\d", year):
        return ""
    number = (
        int(month) if month.isascii() and month.isdigit() else _MONTHS.get(month[:3].lower(), 0)
    )
    if not 1 <= number <= 12:
        return year
    if not (day.isascii() and day.isdigit() and 1 <= int(day[:3]) <= 31):
        return f"{year}-{number:02}"
    return f"{year}-{number:02}-{int(day):02}"


def _licence(meta: etree._Element) -> licences.Licence:
    """Combine every statement about the article as a whole; those of figures stand elsewhere."""
    urls: list[tuple[str, str]] = []
    words: list[tuple[str, str]] = []
    holders = [*meta.iterchildren("permissions"), meta]
    for holder in holders:
        for licence in holder.iterchildren("license"):
            urls.append(("license/@xlink:href", licence.get(XLINK_HREF) or ""))
            for element in licence.iter():
                tag = str(element.tag)
                if tag.endswith("}license_ref"):
                    urls.append(("license/ali:license_ref", element.text or ""))
                elif tag in ("ext-link", "uri"):
                    urls.append((f"license//{tag}", element.get(XLINK_HREF) or ""))
            words.append(("license", inline_text(licence)))
            words.append(("license/@license-type", licence.get("license-type") or ""))
        statements = holder.iterchildren("copyright-statement")
        words += [("copyright-statement", inline_text(element)) for element in statements]
    return licences.resolve(urls, words)
