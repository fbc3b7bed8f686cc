"""JATS articles to documents: one for the article, one for each translation, review or reply.

The parts of the work: `sources.text.jats_meta` (front matter), `sources.text.jats_body` (text),
`sources.text.jats_references` (reference list).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import cast

from lxml import etree

from sources.items import Document, Relation
from sources.text import jats_meta, jats_references
from sources.text.jats_body import BodyReader
from sources.text.jats_meta import Front
from sources.text.markup import inline_text

_OASIS = "{http://www.niso.org/standards/z39-96/ns/oasis-exchange/table}"
# Abstracts of these types are the abstract; the others stand beside it under their own heading.
_MAIN_ABSTRACTS = frozenset({"", "normal", "abstract", "structured", "section", "sections"})
_ABSTRACT_NAMES = {"toc": "in brief", "precis": "in brief"}
_DUPLICATE = 0.9  # share of words in common from which two abstracts are one in two layouts
_UNTYPED = etree.XPath(".//xref[not(@ref-type)]")
_PART = re.compile(r"[^A-Za-z0-9._-]+")


def parse_article(article: etree._Element) -> list[Document]:
    """Read one article with its sub-articles.

    Args:
        article: ``article`` of JATS or of the older NLM DTD, in a namespace or without; its tags
            may be rewritten to local names.

    Returns:
        The article first, then abstracts in other languages (``trans-abstract-1`` …), then
        sub-articles and responses (part = their id, else ``sa1`` …). Every document of a record
        has the record's ``native_id``; only the first carries its PMID and PMCID.
    """
    native = "" if _pmcid(article) else _content_hash(article)
    _local_names(article)
    _mark_citations(article)
    front = jats_meta.read(article)
    native = front.pmcid or native
    documents = [_main(article, front, native)]
    documents += _translated_abstracts(front, documents[0])
    taken = Counter(document.part for document in documents)
    for number, element in enumerate(_sub_articles(article), start=1):
        part = _PART.sub("-", element.get("id") or "").strip("-")[:64] or f"sa{number}"
        taken[part] += 1
        if taken[part] > 1:
            part = f"{part}-{taken[part]}"
        documents.append(_sub_article(element, part, documents[0]))
    return documents


def _pmcid(article: etree._Element) -> bool:
    """Whether the article's own front matter brings a PMCID."""
    ids = article.iterfind("{*}front/{*}article-meta/{*}article-id")
    return any(
        (i.get("pub-id-type") or "") in ("pmc", "pmcid", "pmcid-ver", "pmc-uid") for i in ids
    )


def _content_hash(article: etree._Element) -> str:
    """16 hexadecimal digits of the SHA-256 of the article as XML, without what surrounds it."""
    data = etree.tostring(article, encoding="utf-8", with_tail=False)
    return hashlib.sha256(data).hexdigest()[:16]


def _local_names(article: etree._Element) -> None:
    """Drop the JATS namespace (OAI envelopes) and that of OASIS tables; MathML keeps its own."""
    namespace = article.tag.partition("}")[0] + "}" if article.tag[0] == "{" else ""
    for prefix in filter(None, (namespace, _OASIS)):
        for element in article.iter(prefix + "*"):
            element.tag = element.tag[len(prefix) :]


def _mark_citations(article: etree._Element) -> None:
    """Give cross references without a type that lead to a reference the type that they lack."""
    untyped = cast("list[etree._Element]", _UNTYPED(article))
    if untyped:
        ids = {ref.get("id") for ref in article.iter("ref")}
        for xref in untyped:
            if xref.get("rid") in ids:
                xref.set("ref-type", "bibr")


def _sub_articles(article: etree._Element) -> Iterator[etree._Element]:
    """Sub-articles and responses in document order, those inside others too."""
    for element in article.iterchildren("sub-article", "response"):
        yield element
        yield from _sub_articles(element)


def _floats(article: etree._Element) -> dict[str, etree._Element]:
    """Members of ``floats-group`` by id, in order; a made-up key where there is none."""
    floats: dict[str, etree._Element] = {}
    for group in article.iterchildren("floats-group", "floats-wrap"):
        for number, element in enumerate(group.iterchildren("*")):
            floats.setdefault(element.get("id") or f"\x00{number}", element)
            for inner in element.iterchildren("table-wrap", "fig"):
                # A group is set as a whole where its first member is mentioned.
                floats.pop(inner.get("id") or "", None)
    return floats


def _text(article: etree._Element, abstracts: list[str], notes: list[etree._Element]) -> str:
    """Abstracts, body, floats and back matter as Markdown."""
    reader = BodyReader(_floats(article))
    blocks = list(abstracts)
    for body in article.iterchildren("body"):
        blocks += reader.read(body)
    appendix = []
    for back in article.iterchildren("back"):
        appendix = reader.back(back.iterchildren("*"))
    # Floats that only the appendix mentions were set there.
    blocks += reader.leftovers()
    return "\n\n".join(blocks + appendix + reader.back(notes))


def _abstracts(front: Front, lang: str) -> list[str]:
    """Blocks of the abstracts in the article's language, the main one first."""
    reader = BodyReader()
    main: list[tuple[list[str], list[str]]] = []  # heading and blocks
    others: list[tuple[list[str], list[str]]] = []
    for element in front.abstracts:
        own = jats_meta.language(element)
        if element.tag == "trans-abstract" or (own and lang and own != lang):
            continue
        blocks = reader.read(element, 3)
        if not blocks:
            continue
        kind = (element.get("abstract-type") or "").strip().lower()
        title = next((inline_text(t) for t in element.iterchildren("title")), "")
        if kind in _MAIN_ABSTRACTS:
            _add_unless_same(main, title or "Abstract", blocks)
        else:
            words = _ABSTRACT_NAMES.get(kind) or kind.replace("-", " ").replace("_", " ")
            heading = title or words.capitalize()
            others.append(([heading], blocks))
    found = main + others
    return [line for heading, blocks in found for line in (f"## {heading[0]}", *blocks)]


def _add_unless_same(
    found: list[tuple[list[str], list[str]]], title: str, blocks: list[str]
) -> None:
    """Add an abstract; of one in two layouts (plain and structured) keep the structured one."""
    for position, (_, earlier) in enumerate(found):
        if _same_words(earlier, blocks):
            if len(blocks) > len(earlier):
                found[position] = ([title], blocks)
            return
    found.append(([title], blocks))


def _same_words(one: list[str], other: list[str]) -> bool:
    """Whether the shorter of two texts has its words in the longer one."""
    counts = [Counter(" ".join(blocks).lower().split()) for blocks in (one, other)]
    common = (counts[0] & counts[1]).total()
    return common >= _DUPLICATE * min(counts[0].total(), counts[1].total())


def _main(article: etree._Element, front: Front, native: str) -> Document:
    """The article itself."""
    metadata = {
        "publisher": front.publisher,
        "publisher_id": front.publisher_id,
        "issn": front.issn,
        "volume": front.volume,
        "issue": front.issue,
        "pages": front.pages,
        "subjects": front.subjects,
        "translated_titles": front.translated_titles,
        "references": jats_references.read(article),
    }
    return Document(
        native_id=native,
        text=_text(article, _abstracts(front, front.lang), front.notes),
        title=front.title,
        kind="article",
        version=front.version,
        status=front.status,
        lang=front.lang,
        license=front.license,
        license_evidence=front.license_evidence,
        date=front.date,
        url=_address(front),
        pmid=front.pmid,
        pmcid=front.pmcid,
        doi=front.doi,
        journal=front.journal,
        authors=front.authors,
        publication_types=(front.article_type,) if front.article_type else (),
        keywords=front.keywords,
        relations=front.relations,
        metadata={key: value for key, value in metadata.items() if value},
    )


def _address(front: Front) -> str:
    """Where a reader finds the article."""
    if front.pmcid:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{front.pmcid}/"
    return f"https://doi.org/{front.doi}" if front.doi else ""


def _link(main: Document, kind: str) -> tuple[Relation, ...]:
    """Link of a part to its article."""
    for target in (main.pmcid and f"pmcid:{main.pmcid}", main.doi and f"doi:{main.doi}"):
        if target:
            return (Relation(kind, target),)
    return ()


def _translated_abstracts(front: Front, main: Document) -> list[Document]:
    """One document for each abstract in another language."""
    found: list[Document] = []
    for element in front.abstracts:
        lang = jats_meta.language(element)
        if element.tag != "trans-abstract" and (not lang or not main.lang or lang == main.lang):
            continue
        blocks = BodyReader().read(element, 2)
        if not blocks:
            continue
        found.append(
            Document(
                native_id=main.native_id,
                part=f"trans-abstract-{len(found) + 1}",
                text="\n\n".join(blocks),
                title=front.translated_titles.get(lang, "") if lang else "",
                kind="abstract",
                version=main.version,
                status=main.status,
                lang=lang,
                license=main.license,
                license_evidence=main.license_evidence,
                date=main.date,
                url=main.url,
                journal=main.journal,
                publication_types=main.publication_types,
                relations=_link(main, "translation_of"),
            )
        )
    return found


def _sub_article(element: etree._Element, part: str, main: Document) -> Document:
    """A translation, decision letter, review or reply."""
    front = jats_meta.read(element)
    translation = front.article_type.lower() == "translation"
    lang = front.lang or ("" if translation else main.lang)
    own = bool(front.license)
    return Document(
        native_id=main.native_id,
        part=part,
        text=_text(element, _abstracts(front, lang), front.notes),
        title=front.title,
        kind="article",
        version=main.version,
        status=main.status if translation or front.status == "current" else front.status,
        lang=lang,
        license=front.license if own else main.license,
        license_evidence=front.license_evidence if own else main.license_evidence,
        date=front.date or main.date,
        url=main.url,
        doi=front.doi if front.doi != main.doi else "",
        journal=main.journal,
        authors=front.authors,
        publication_types=(front.article_type,) if front.article_type else (),
        keywords=front.keywords,
        relations=(*_link(main, "translation_of" if translation else "part_of"), *front.relations),
    )
