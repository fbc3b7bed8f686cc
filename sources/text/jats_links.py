"""Links of a JATS article to other works, and the state that they and its title imply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from sources.items import Relation, Status
from sources.text import identifiers

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

# What `related-article-type` says about this document (JATS tag library, PMC tagging guidelines).
_RELATIONS = {
    "retracted-article": "retraction_of",
    "retraction-forward": "retracted_by",
    "retracted": "retracted_by",
    "retraction": "retracted_by",
    "partial-retraction": "partial_retraction_of",
    "corrected-article": "correction_of",
    "correction-forward": "corrected_by",
    "correction": "corrected_by",
    "addended-article": "correction_of",
    "addendum": "corrected_by",
    "object-of-concern": "concern_about",
    "concern-forward": "concern_by",
    "expression-of-concern": "concern_by",
    "commentary-article": "comment_on",
    "commentary": "commented_by",
    "peer-reviewed-article": "comment_on",
    "letter": "commented_by",
    "reply": "commented_by",
    "preprint": "has_preprint",
    "published-article": "preprint_of",
    "translated-article": "translation_of",
    "alt-language": "has_translation",
}
# A notice is not what it takes back: a link that says so was meant the other way round.
_FROM_NOTICE = {
    "retracted_by": "retraction_of",
    "corrected_by": "correction_of",
    "concern_by": "concern_about",
}
# Notices about another work: their own title may begin with "Retracted".
_NOTICES = frozenset({
    "retraction", "partial-retraction", "correction", "expression-of-concern", "addendum",
    "editorial", "reinstatement",
})  # fmt: skip
# Headings under which journals print such notices, whatever article type they declare.
_NOTICE_HEADINGS = {
    "correction": "correction", "corrections": "correction", "author correction": "correction",
    "publisher correction": "correction", "corrigendum": "correction", "corrigenda": "correction",
    "erratum": "correction", "errata": "correction", "published erratum": "correction",
    "addendum": "addendum", "retraction": "retraction", "retractions": "retraction",
    "retraction note": "retraction", "retraction notice": "retraction",
    "retracted article": "retracted-article", "expression of concern": "expression-of-concern",
    "editorial expression of concern": "expression-of-concern",
}  # fmt: skip
_MARKED = re.compile(
    r"[\[(]?(retracted|withdrawn)(?: (?:article|paper|manuscript))?[\])]?\s*[:\-–—\])]"
)


def in_front(article: etree._Element) -> Iterator[etree._Element]:
    """Yield the ``related-article`` elements outside the text, which its reader meets itself."""
    for part in article:
        if part.tag not in ("body", "back", "floats-group", "sub-article", "response"):
            yield from part.iter("related-article")


def relations(elements: Iterable[etree._Element], article_type: str) -> Iterator[Relation]:
    """Yield what ``related-article`` elements say; those that name no work are passed over.

    Args:
        elements: The elements.
        article_type: Of the article they stand in: a notice that takes back a part of a paper
            links to it as ``retracted-article`` too.
    """
    partial = article_type.lower() == "partial-retraction"
    for element in elements:
        target = _target(element)
        if target:
            kind = (element.get("related-article-type") or "").strip().lower()
            type_ = _RELATIONS.get(kind, "related")
            if article_type.lower() in _NOTICES:
                type_ = _FROM_NOTICE.get(type_, type_)
            yield Relation(
                "partial_retraction_of" if partial and type_ == "retraction_of" else type_, target
            )


def _target(element: etree._Element) -> str:
    """``doi:…``, ``pmid:…`` or ``pmcid:…`` of a link; empty where it names none of them."""
    kind = (element.get("ext-link-type") or "").strip().lower()
    for value in (element.get(XLINK_HREF) or "", *map(str, element.itertext())):
        if doi := identifiers.doi(value):
            return f"doi:{doi}"
        if kind in ("pubmed", "pmid") and (pmid := identifiers.pmid(value)):
            return f"pmid:{pmid}"
        if kind.startswith("pmc") or value.strip().upper().startswith("PMC"):
            pmcid = identifiers.pmcid(value)[0]
            if pmcid:
                return f"pmcid:{pmcid}"
    return ""


def notice_type(subjects: Iterable[str]) -> str:
    """Return the article type that a heading such as "Corrigendum" stands for; else empty."""
    headings = (subject.strip(" .:").lower() for subject in subjects)
    return next(filter(None, map(_NOTICE_HEADINGS.get, headings)), "") or ""


def status(article_type: str, title: str, links: Iterable[Relation]) -> Status:
    """Return the state that a record itself declares.

    An article is retracted by its own type, by its marked title or by a link to the notice. A
    notice (``article-type="retraction"``) is about another work and is current.
    """
    kind = article_type.lower()
    if kind in _NOTICES:
        return "current"
    if kind in ("retracted-article", "retracted"):
        return "retracted"
    marked = _MARKED.match(title[:60].lower())
    if marked:
        return "withdrawn" if marked[1] == "withdrawn" else "retracted"
    if any(link.type == "retracted_by" for link in links):
        return "retracted"
    return "current"
