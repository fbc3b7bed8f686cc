"""Reference lists of JATS as structured metadata: they never stand in the text."""

from __future__ import annotations

import re

from lxml import etree

from sources.text import identifiers
from sources.text.markup import inline_text

_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_CITATIONS = ("element-citation", "mixed-citation", "citation", "nlm-citation")
_PLAIN_PMID = re.compile(r"[1-9][0-9]{0,11}")
_PLAIN_DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9._/-]*[A-Za-z0-9]")
_KEYS = dict.fromkeys(("article-title", "chapter-title", "data-title", "part-title"), "title")
_KEYS |= {"source": "journal", "year": "year", "label": "label"}


def read(article: etree._Element) -> list[dict[str, str]]:
    """Return the references of an article in their order.

    Args:
        article: ``article``; the lists of its sub-articles are not read.

    Returns:
        One record per cited work (a reference may hold several), with those of the keys ``id``,
        ``label``, ``title``, ``journal``, ``year``, ``pmid``, ``doi`` that are known. Names of
        people are left out.
    """
    references: list[dict[str, str]] = []
    for back in article.iterchildren("back"):
        for ref in back.iter("ref"):
            references += _works(ref)
    return references


def _works(ref: etree._Element) -> list[dict[str, str]]:
    """Works cited in one reference."""
    base: dict[str, str] = {}
    if name := ref.get("id"):
        base["id"] = name
    cited: list[etree._Element] = []
    for child in ref:
        tag = child.tag
        if tag == "label":
            if label := inline_text(child):
                base["label"] = label
        elif tag in _CITATIONS:
            cited.append(child)
        elif tag == "citation-alternatives":
            cited += sorted(child.iterchildren(*_CITATIONS), key=_is_printed)[:1]
    if len(cited) > 1 and {"element-citation", "mixed-citation"} <= {c.tag for c in cited}:
        # The same work as it is printed and in its parts, side by side.
        cited = [citation for citation in cited if not _is_printed(citation)]
    return [_work(base, citation) for citation in cited]


def _is_printed(citation: etree._Element) -> bool:
    """Whether a citation is in its printed form, the one with less in it."""
    return citation.tag != "element-citation"


def _work(base: dict[str, str], citation: etree._Element) -> dict[str, str]:
    """One cited work; names and pages are skipped unread."""
    record = base.copy()
    keys = _KEYS
    for child in citation:
        tag = child.tag
        if tag in keys:
            key = keys[tag]
            if key not in record or key == "label":
                text = inline_text(child) if len(child) else child.text
                if text and (text.isalnum() or (text := " ".join(text.split()))):
                    record[key] = text
        elif tag == "pub-id":
            _identifier(record, child.get("pub-id-type") or "", child.text or "")
        elif tag == "ext-link":
            _identifier(record, child.get("ext-link-type") or "", child.get(_XLINK_HREF) or "")
    return record


def _identifier(record: dict[str, str], kind: str, value: str) -> None:
    """Keep the first sound PMID and DOI; ids of other kinds may hold a DOI too."""
    kind = kind.lower()
    if kind == "pmid":
        pmid = value if _PLAIN_PMID.fullmatch(value) else identifiers.pmid(value)
        if pmid:
            record.setdefault("pmid", pmid)
    elif kind == "doi" and _PLAIN_DOI.fullmatch(value):
        record.setdefault("doi", value.lower())  # as nearly all are; the rest takes longer
    elif kind == "doi" or "10." in value:
        doi = identifiers.doi(value)
        if doi:
            record.setdefault("doi", doi)
