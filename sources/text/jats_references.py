"""Reference lists of JATS as structured metadata: they never stand in the text."""

from __future__ import annotations

from lxml import etree

from sources.text import identifiers
from sources.text.markup import inline_text

_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_CITATIONS = frozenset({"element-citation", "mixed-citation", "citation", "nlm-citation"})
_TITLES = ("article-title", "chapter-title", "data-title", "part-title")
# The selection runs inside lxml: names and pages never become Python objects.
_READ = ("pub-id", "ext-link", "source", "year", "label", *_TITLES)


def read(article: etree._Element) -> list[dict[str, str]]:
    """Return the references of an article in their order.

    Args:
        article: ``article``; the lists of its sub-articles are not read.

    Returns:
        One record per cited work (a reference may hold several), with those of the keys ``id``,
        ``label``, ``title``, ``journal``, ``year``, ``pmid``, ``doi`` that are known. Names of
        people are left out.
    """
    references = []
    for back in article.iterchildren("back"):
        for ref in back.iter("ref"):
            base = {"id": ref.get("id") or ""}
            for child in ref:
                tag = child.tag
                if tag == "label":
                    base["label"] = inline_text(child)
                elif tag == "citation-alternatives":
                    # The same work in several forms: the structured one is read.
                    works = [c for c in child if c.tag in _CITATIONS]
                    works.sort(key=lambda work: work.tag != "element-citation")
                    references += [_work(base, work) for work in works[:1]]
                elif tag in _CITATIONS:
                    references.append(_work(base, child))
    return references


def _work(base: dict[str, str], citation: etree._Element) -> dict[str, str]:
    """One cited work; names and pages are skipped unread."""
    record = dict(base)
    for child in citation.iterchildren(*_READ):
        tag = child.tag
        if tag == "pub-id":
            _identifier(record, child.get("pub-id-type") or "", child.text or "")
        elif tag == "ext-link":
            _identifier(record, child.get("ext-link-type") or "", child.get(_XLINK_HREF) or "")
        elif tag in _TITLES:
            record.setdefault("title", inline_text(child))
        elif tag == "source":
            record.setdefault("journal", inline_text(child))
        elif tag == "year":
            record.setdefault("year", inline_text(child))
        elif tag == "label":
            record["label"] = inline_text(child)
    return {key: value for key, value in record.items() if value}


def _identifier(record: dict[str, str], kind: str, value: str) -> None:
    """Keep the first sound PMID and DOI; ids of other kinds may hold a DOI too."""
    kind = kind.lower()
    if kind == "pmid":
        record.setdefault("pmid", identifiers.pmid(value))
    elif kind == "doi" or "10." in value:
        doi = identifiers.doi(value)
        if doi:
            record.setdefault("doi", doi)
