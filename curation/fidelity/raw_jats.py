"""JATS (and the older NLM format): what a reader of an article reads, in scope.

In scope are title, abstracts, body, floats, appendices, sections and notes of the back matter.
Sub-articles, responses and abstracts in another language are documents of their own. Citation
markers are optional. Sections, notes and footnotes about thanks, money, interests and authors may
be absent as a whole (`curation.fidelity.sections`). Everything else of the front and back matter is
out of scope and counted by its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from curation.fidelity.arrange import letters
from curation.fidelity.blocks import Raw, Unit
from curation.fidelity.formulae import local
from curation.fidelity.jats_reader import LeftOut, Reader
from curation.fidelity.sections import reason_of

_FRONT = {
    "kwd-group": "keywords", "article-categories": "subjects", "article-id": "identifier",
    "contrib-group": "authors", "aff": "affiliations", "author-notes": "notes about authors",
    "pub-date": "dates", "history": "dates", "permissions": "licence", "funding-group": "funding",
    "custom-meta-group": "metadata", "self-uri": "link", "counts": "metadata",
    "product": "reviewed product", "conference": "conference", "supplement": "metadata",
    "volume": "metadata", "issue": "metadata", "fpage": "metadata", "lpage": "metadata",
    "elocation-id": "metadata", "related-article": "link", "copyright-statement": "licence",
    "license": "licence", "copyright-year": "licence", "trans-title-group": "translated title",
    "supplementary-material": "metadata",
}  # fmt: skip
# Entities of the document itself only, nothing from outside.
_SAFE: dict[str, Any] = {
    "resolve_entities": "internal",
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,  # libxml2's own limits against bombs
    "remove_comments": True,
    "remove_pis": True,
}
_DECLARED = re.compile(rb"<!ENTITY\s+([A-Za-z][A-Za-z0-9.]{1,31})\s")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9.]{1,31});")
_SAME_ABSTRACT = 0.8  # share of the runs of the shorter of two abstracts
_RUN = 12  # letters


def read_jats(data: bytes, left_out: LeftOut = frozenset()) -> Iterator[Raw]:
    """Yield the documents of a file: of each article itself, its translated abstracts, its parts.

    Args:
        data: XML, perhaps with several articles in an envelope.
        left_out: Element and title of sections that a recipe had left out.

    Raises:
        ValueError: The bytes are no well-formed XML; the message quotes none of them.
    """
    parser = etree.XMLParser(**_SAFE)
    try:
        root = etree.fromstring(_with_characters(data), parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise ValueError(f"not well-formed XML (line {line})") from None
    for element in root.iter():
        if isinstance(element.tag, str) and "MathML" not in element.tag:
            element.tag = local(element)
    articles = [root] if root.tag == "article" else list(root.iter("article"))
    try:
        for article in articles:
            yield from _article(article, left_out)
    except RecursionError:
        raise ValueError("elements nested too deeply") from None


def _with_characters(data: bytes) -> bytes:
    """Put characters for the named entities that only a DTD elsewhere defines."""
    if b"&" not in data:
        return data
    from html.entities import html5

    known = {b"amp", b"lt", b"gt", b"quot", b"apos", *_DECLARED.findall(data)}

    def character(match: re.Match[bytes]) -> bytes:
        if match[1] in known:
            return match[0]
        value = html5.get(f"{match[1].decode()};")
        return "".join(f"&#{ord(c)};" for c in value).encode() if value else match[0]

    return _ENTITY.sub(character, data)


def _article(article: etree._Element, left_out: LeftOut) -> Iterator[Raw]:
    record = ""
    ids = set()
    for own in article.iterfind("front/article-meta/article-id"):
        if own.get("pub-id-type") in ("pmid", "doi"):
            value = (own.text or "").strip().lower()
            ids.add(value[max(value.find("10."), 0) :])  # a DOI without its resolver
        if (own.get("pub-id-type") or "") in ("pmc", "pmcid", "pmc-uid", "pmcid-ver"):
            digits = re.search(r"\d+", own.text or "")
            record = record or (f"PMC{digits[0]}" if digits else "")
    lang = _language(article)
    references = {ref.get("id") for ref in article.iter("ref")}
    main = Raw(record, "", record, ids=frozenset(ids - {""}))
    yield _read(Reader(main, references, left_out), article, lang)
    for number, element in enumerate(_translated(article, lang), 1):
        raw = Raw(record, f"trans-abstract-{number}", f"{record} trans-abstract {number}".strip())
        titles = list(article.iterfind("front/article-meta/title-group//trans-title"))
        yield _read_abstract(Reader(raw, references, left_out), element, titles)
    for number, element in enumerate(article.iter("sub-article", "response"), 1):
        name = element.get("id") or f"sa{number}"
        raw = Raw(record, f"sub-article {name}", f"{record} {name}".strip())
        yield _read(Reader(raw, references, left_out), element, _language(element) or lang)


def _language(element: etree._Element) -> str:
    value = element.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return value.lower().partition("-")[0]


def _front(article: etree._Element) -> list[etree._Element]:
    """Return the elements of the front matter that hold title and abstracts."""
    found = [*article.iterfind("front/article-meta"), *article.iterfind("front-stub")]
    return [child for meta in found for child in meta]


def _is_translated(element: etree._Element, lang: str) -> bool:
    own = _language(element)
    return element.tag == "trans-abstract" or bool(own and lang and own != lang)


def _translated(article: etree._Element, lang: str) -> Iterator[etree._Element]:
    for child in _front(article):
        if child.tag in ("abstract", "trans-abstract") and _is_translated(child, lang):
            yield child


def _read(reader: Reader, article: etree._Element, lang: str) -> Raw:
    """Read an article or a part of one."""
    abstracts: list[etree._Element] = []
    for child in _front(article):
        if child.tag == "title-group":
            for title in child:
                if title.tag in ("article-title", "subtitle"):
                    reader.block(title)
                else:
                    reader.leave_out(title, "translated or short title")
        elif child.tag in ("abstract", "trans-abstract"):
            if not _is_translated(child, lang):
                abstracts.append(child)
        elif local(child):
            reader.leave_out(child, _FRONT.get(child.tag, "front matter"))
    twins = _twins(abstracts)
    for number, element in enumerate(abstracts):
        reason = "the same abstract in another layout" if number in twins else ""
        reader.unit(element, Unit(movable=True, reason=reason, repeats=bool(reason)))
    for path in ("front/notes", "front/article-meta/notes"):
        for notes in article.iterfind(path):
            reason = reason_of(notes) or "front matter"
            reader.unit(notes, Unit(movable=True, reason=reason))
    for tag in ("body", "back", "floats-group", "floats-wrap"):
        for child in article.iterchildren(tag):
            reader.open(Unit())
            reader.block(child)
    return reader.raw


def _read_abstract(reader: Reader, element: etree._Element, titles: list[etree._Element]) -> Raw:
    """Read one abstract as a document; a title in its language may stand before it."""
    for title in titles:
        reader.unit(title, Unit(reason="translated or short title"))
    reader.block(element)
    return reader.raw


def _twins(abstracts: list[etree._Element]) -> set[int]:
    """Return the numbers of abstracts whose words stand in another one too, with more sections."""
    runs = []
    for element in abstracts:
        text = letters("".join(map(str, element.itertext())))
        runs.append({text[i : i + _RUN] for i in range(len(text) - _RUN + 1)})
    found: set[int] = set()
    for number, own in enumerate(runs):
        for other in range(number):
            least = min(len(own), len(runs[other]))
            if least and len(own & runs[other]) >= _SAME_ABSTRACT * least:
                size = [
                    (len(list(abstracts[n].iter("sec"))), len(runs[n])) for n in (other, number)
                ]
                found.add(number if size[0] >= size[1] else other)
    return found
