"""JATS articles to documents: one for the article, one for each translation, review or reply.

The parts of the work: `sources.text.jats_meta` (front matter), `sources.text.jats_body` (text),
`sources.text.jats_references` (reference list), `sources.text.jats_left_out` (what is not in the
text). The parts of books (BITS) share all but the names of the front matter.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from sources.items import Document, Relation
from sources.text import jats_meta, jats_references
from sources.text.jats_body import BodyReader
from sources.text.jats_flow import Style
from sources.text.jats_left_out import LeftOut, size
from sources.text.jats_meta import Front
from sources.text.markup import inline_text, printable, visible

# Abstracts of these types are the abstract; the others stand beside it under their own heading.
_MAIN_ABSTRACTS = frozenset({"", "normal", "abstract", "structured", "section", "sections"})
_ABSTRACT_NAMES = {"toc": "in brief", "precis": "in brief"}
_DUPLICATE = 0.9  # share of words in common from which two abstracts are one in two layouts
_NUMBER = re.compile(r"\d+(?:[.,·]\d+)*")
_PART = re.compile(r"[^A-Za-z0-9._-]+")
_DEFAULT = Style()


def parse_article(article: etree._Element, style: Style = _DEFAULT) -> list[Document]:
    """Read one article, or part of a book, with its sub-articles.

    Args:
        article: ``article`` of JATS or of the older NLM DTD, or ``book-part`` of BITS, in a
            namespace or without; its tags may be rewritten to local names.
        style: How it is to be written.

    Returns:
        The article first, then abstracts in other languages (``trans-abstract-1`` …), then
        sub-articles and responses (part = their id, else ``sa1`` …). Every document of a record
        has the record's ``native_id``; only the first carries its PMID and PMCID. Nothing for a
        part of a book that only holds other parts.
    """
    _local_names(article)
    front = jats_meta.read(article)
    native = front.pmcid or front.book_id or _content_hash(article)
    reader = _Reader(article, style)
    main = _main(article, front, native, reader)
    if not main.text and next(article.iterdescendants("book-part"), None) is not None:
        return []
    documents = [main, *_translated_abstracts(front, main, reader)]
    taken = Counter(document.part for document in documents)
    for number, element in enumerate(_sub_articles(article), start=1):
        part = _PART.sub("-", element.get("id") or "").strip("-")[:64] or f"sa{number}"
        taken[part] += 1
        if taken[part] > 1:
            part = f"{part}-{taken[part]}"
        documents.append(_sub_article(element, part, main, _Reader(element, style)))
    return documents


def _content_hash(article: etree._Element) -> str:
    """16 hexadecimal digits of the SHA-256 of the article's text and front matter.

    Back matter, most of it references, counts only where there is no body.
    """
    parts = [part for part in article if part.tag != "back"]
    digest = hashlib.sha256()
    for part in parts if article.find("body") is not None else article:
        digest.update(etree.tostring(part, encoding="utf-8", method="text", with_tail=False))
    return digest.hexdigest()[:16]


def _local_names(article: etree._Element) -> None:
    """Drop the JATS namespace (OAI envelopes); those of MathML and of tables stay."""
    if article.tag[0] == "{":
        namespace = article.tag.partition("}")[0] + "}"
        for element in article.iter(namespace + "*"):
            element.tag = element.tag[len(namespace) :]


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


class _Reader:
    """What reads the text of one document, and keeps the list of what is not in it."""

    def __init__(self, article: etree._Element, style: Style) -> None:
        self.style = style
        self._article = article
        self.left_out = self.fresh()

    def fresh(self) -> LeftOut:
        """Return an empty list."""
        return LeftOut(self.style.keep_citations, self._article)

    def text(self, abstracts: list[str], notes: list[etree._Element]) -> str:
        """Return abstracts, body, floats and back matter as Markdown."""
        article = self._article
        reader = BodyReader(self.style, self.left_out, _floats(article))
        blocks = list(abstracts)
        for body in article.iterchildren("body"):
            blocks += reader.read(body)
        appendix = []
        for back in article.iterchildren("back"):
            appendix = reader.back(back.iterchildren("*"))
        # Floats that only the appendix mentions were set there.
        blocks += reader.leftovers()
        return printable("\n\n".join(blocks + appendix + reader.back(notes)))

    def abstracts(self, front: Front, lang: str) -> list[str]:
        """Return blocks of the abstracts in the article's language, the main one first."""
        main: list[_Abstract] = []
        others: list[_Abstract] = []
        for element in front.abstracts:
            own = jats_meta.language(element)
            if element.tag == "trans-abstract" or (own and lang and own != lang):
                continue
            if "abstract" in self.style.choice.types:
                self.left_out.section(element, "", "section_type", size(element))
                continue
            blocks = BodyReader(self.style, self.left_out).read(element, 3)
            if not blocks:
                continue
            kind = (element.get("abstract-type") or "").strip().lower()
            title = next((inline_text(t) for t in element.iterchildren("title")), "")
            if kind in _MAIN_ABSTRACTS:
                self._add_unless_same(main, _Abstract(element, title or "Abstract", blocks))
            else:
                words = _ABSTRACT_NAMES.get(kind) or kind.replace("-", " ").replace("_", " ")
                others.append(_Abstract(element, title or words.capitalize(), blocks))
        return [line for a in main + others for line in (f"## {a.heading}", *a.blocks)]

    def _add_unless_same(self, found: list[_Abstract], new: _Abstract) -> None:
        """Add an abstract; of one in two layouts (plain and structured) keep the structured one."""
        for position, earlier in enumerate(found):
            if _same_words(earlier.blocks, new.blocks):
                if len(new.blocks) > len(earlier.blocks):
                    found[position], new = new, earlier
                chars = visible("".join(new.blocks))
                self.left_out.section(new.element, new.heading, "same_text", chars)
                return
        found.append(new)


class _Abstract(NamedTuple):
    """An abstract with its heading and blocks."""

    element: etree._Element
    heading: str
    blocks: list[str]


def _same_words(one: list[str], other: list[str]) -> bool:
    """Whether the shorter of two texts has its words in the longer one, and all numbers agree."""
    texts = [" ".join(blocks).lower() for blocks in (one, other)]
    numbers = [Counter(_NUMBER.findall(text)) for text in texts]
    if numbers[0] != numbers[1]:
        return False
    counts = [Counter(text.split()) for text in texts]
    common = (counts[0] & counts[1]).total()
    return common >= _DUPLICATE * min(counts[0].total(), counts[1].total())


def _main(article: etree._Element, front: Front, native: str, reader: _Reader) -> Document:
    """The article itself."""
    text = reader.text(reader.abstracts(front, front.lang), front.notes)
    jats_meta.add_links(front, reader.left_out.links)
    metadata = {
        "publisher": front.publisher,
        "publisher_id": front.publisher_id,
        "manuscript": front.manuscript,
        "issn": front.issn,
        "isbn": front.isbn,
        "book": front.book,
        "volume": front.volume,
        "issue": front.issue,
        "pages": front.pages,
        "subjects": front.subjects,
        "funding": front.funding,
        "translated_titles": front.translated_titles,
        "references": jats_references.read(article),
        "left_out": reader.left_out.entries(),
    }
    return Document(
        native_id=native,
        text=text,
        title=front.title,
        kind="book" if front.book else "article",
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
        publication_types=_types(front),
        keywords=front.keywords,
        relations=front.relations,
        metadata={key: value for key, value in metadata.items() if value},
    )


def _types(front: Front) -> tuple[str, ...]:
    """Article type as declared, and before it the one that the heading says."""
    return tuple(filter(None, dict.fromkeys((front.notice, front.article_type))))


def _address(front: Front) -> str:
    """Where a reader finds the article."""
    if front.pmcid:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{front.pmcid}/"
    if front.book_id.startswith("NBK"):
        return f"https://www.ncbi.nlm.nih.gov/books/{front.book_id}/"
    return f"https://doi.org/{front.doi}" if front.doi else ""


def _link(main: Document, kind: str) -> tuple[Relation, ...]:
    """Link of a part to its article."""
    for target in (main.pmcid and f"pmcid:{main.pmcid}", main.doi and f"doi:{main.doi}"):
        if target:
            return (Relation(kind, target),)
    return ()


def _translated_abstracts(front: Front, main: Document, reader: _Reader) -> list[Document]:
    """One document for each abstract in another language."""
    found: list[Document] = []
    for element in front.abstracts:
        lang = jats_meta.language(element)
        if element.tag != "trans-abstract" and (not lang or not main.lang or lang == main.lang):
            continue
        left_out = reader.fresh()
        blocks = BodyReader(reader.style, left_out).read(element, 2)
        if not blocks:
            continue
        found.append(
            Document(
                native_id=main.native_id,
                part=f"trans-abstract-{len(found) + 1}",
                text=printable("\n\n".join(blocks)),
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
                metadata=_listed(left_out),
            )
        )
    return found


def _listed(left_out: LeftOut) -> dict[str, object]:
    """Metadata of a part: what it leaves out."""
    entries = left_out.entries()
    return {"left_out": entries} if entries else {}


def _sub_article(element: etree._Element, part: str, main: Document, reader: _Reader) -> Document:
    """A translation, decision letter, review or reply."""
    front = jats_meta.read(element)
    translation = front.article_type.lower() == "translation"
    lang = front.lang or ("" if translation else main.lang)
    own = bool(front.license)
    text = reader.text(reader.abstracts(front, lang), front.notes)
    jats_meta.add_links(front, reader.left_out.links)
    return Document(
        native_id=main.native_id,
        part=part,
        text=text,
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
        publication_types=_types(front),
        keywords=front.keywords,
        relations=(*_link(main, "translation_of" if translation else "part_of"), *front.relations),
        metadata=_listed(reader.left_out),
    )
