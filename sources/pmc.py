"""PubMed Central: full text as JATS, one article a file or many in an envelope.

Reads the files of the PMC Cloud Service, of Europe PMC, of publishers (PLOS, eLife, SciELO …), the
answers of ``efetch`` (``pmc-articleset``) and OAI-PMH, and chapters of books in BITS (Bookshelf).
Articles are read one after the other as the bytes come in, and released at once.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, ClassVar, cast

from lxml import etree

from sources.base import Source
from sources.items import Document, Failure, Item, Resource, SourceError
from sources.licences import PMC_TDM, evidence, from_words, strictest
from sources.text import entities
from sources.text.jats import parse_article
from sources.text.jats_choice import GROUPS, Choice
from sources.text.jats_flow import Style
from sources.text.safe_xml import ENTITY, ENTITY_FAULTS, SAFE, failure, local_name

MAX_BYTES = 64 * 1024 * 1024
"""Largest article, in bytes of XML. The largest in PubMed Central have about 30 MB."""

_CHUNK = 1024 * 1024
_SMALL = 4 * _CHUNK  # bytes up to which a resource is parsed in one go
_WORDS = {"tables": ("markdown", "sentences"), "citations": ("remove", "keep")}


class Pmc(Source):
    """Articles in JATS or in the older NLM format.

    Yields one document an article and one for each sub-article, response and abstract in another
    language. The id is the PMCID (``NBK…`` of a chapter), else 16 hexadecimal digits of the hash
    of its text.

    Recipe keys:

    * ``tables``: ``markdown``, or ``sentences`` (a line a row, "row label; column: value").
    * ``citations``: ``remove`` the markers with their punctuation, or ``keep`` them.
    * ``leave_out``: what does not go into the text: groups of `sources.text.jats_choice.GROUPS`,
      values of ``sec-type``, names of elements (``abstract``, ``app``, ``fn-group`` …).
    * ``leave_out_titles``: RE2 patterns, found in a section's title regardless of case: left out.
    * ``keep_titles``: the same: what they find stays, whatever the other keys say.

    Where a snapshot pins the file, the licence code and the mark of retraction that PubMed Central
    gives beside it (`sources.fetch.remotes.pmc`) count too.

    ``metadata["left_out"]`` of a document lists what is not in its text; see
    `sources.text.jats_left_out`.
    """

    name: ClassVar[str] = "pmc"
    kind: ClassVar[str] = "article"
    summary: ClassVar[str] = (
        "full-text articles in JATS XML (PubMed Central, Europe PMC, publishers)"
    )
    identifiers: ClassVar[frozenset[str]] = frozenset(
        {"isbn", "issn", "issue", "manuscript", "pages", "publisher_id", "volume"}
    )
    patterns: ClassVar[tuple[str, ...]] = ("*.xml", "*.nxml")
    version: ClassVar[int] = 7
    options: ClassVar[Mapping[str, object]] = {
        "tables": "markdown",
        "citations": "remove",
        "leave_out": list(GROUPS),
        "leave_out_titles": [],
        "keep_titles": [],
    }
    libraries: ClassVar[tuple[str, ...]] = ("lxml", "google-re2")
    tags: ClassVar[tuple[str, ...]] = ("{*}article", "{*}book-part")
    """Elements that are read as articles; of those inside others each by itself."""

    def __init__(self, **options: object) -> None:
        """Check the options.

        Raises:
            SourceError: ``bad_option``: an unknown word or a pattern that RE2 cannot read.
        """
        super().__init__(**options)
        for key, known in _WORDS.items():
            if self.config[key] not in known:
                words = " or ".join(map(repr, known))
                raise SourceError("bad_option", f"{key} must be {words}, not {self.config[key]!r}")
        self._style = Style(
            Choice.of(self.config),
            str(self.config["tables"]),
            self.config["citations"] == "keep",
        )

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the documents of every article of a resource, in its order.

        Raises:
            SourceError: ``empty`` (no byte), ``not_xml``, ``truncated`` (the end of the root is
                missing; whole articles before the cut are yielded), ``entity`` (bomb, entity from
                outside, or a name that nothing defines), ``too_large`` (an article above
                `MAX_BYTES`, or a text node above 10 MB), ``too_deep`` (256 levels), ``not_jats``
                (XML without an article).
        """
        articles = 0
        for article in _articles(stream, resource.path, self.tags):
            articles += 1
            line = article.sourceline
            try:
                documents = self.documents(article)
            except RecursionError:
                detail = f"{resource.path}, line {line}: elements nested too deeply to be read"
                yield Failure("too_deep", detail)
                continue
            yield from (_with_facts(document, resource) for document in documents)
        if not articles:
            raise SourceError(
                "not_jats", f"{resource.path}: XML without an <article> or <book-part> element"
            )

    def documents(self, article: etree._Element) -> list[Document]:
        """Return the documents of one article; its elements may be renamed."""
        return parse_article(article, self._style)


def _with_facts(document: Document, resource: Resource) -> Document:
    """Add what PubMed Central says of an article beside its XML.

    Of the licence in the XML and the code beside it the stricter holds. What PubMed Central has and
    does not count as open access is there for mining, whatever else is said of it.
    """
    if resource.fact("retracted") and document.status == "current":
        document = replace(document, status="retracted")
    code = resource.fact("license")
    beside = {from_words(code): evidence("license_code", code)}
    if resource.fact("open_access") == "no":
        beside.setdefault(PMC_TDM, evidence("is_pmc_openaccess", "false"))
    licence = strictest((document.license, *beside))
    if licence == document.license:
        return document
    return replace(document, license=licence, license_evidence=beside[licence])


def _articles(stream: BinaryIO, path: str, tags: tuple[str, ...]) -> Iterator[etree._Element]:
    """Hand out the articles of a resource, each once it is complete."""
    head = entities.read(stream, _SMALL)
    root = _whole(head) if len(head) < _SMALL else None
    if root is not None:
        yield from list(root.iter(*tags)) if local_name(root) != "article" else [root]
        return
    # Also where parsing failed: piece by piece it gives what is whole, and the reason.
    yield from _streamed(entities.chunks(stream, _CHUNK, head), path, tags)


def _whole(data: bytes) -> etree._Element | None:
    """Parse a document in one go; None where that fails."""
    try:
        return etree.fromstring(data, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError:
        if not entities.used_in(data):
            return None
    # A name that nothing declares: its standard meaning may do.
    declared = b"".join(entities.chunks(io.BytesIO(data), _SMALL))
    try:
        return etree.fromstring(declared, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError:
        return None


def _streamed(
    chunks: Iterable[bytes], path: str, tags: tuple[str, ...]
) -> Iterator[etree._Element]:
    """Parse incrementally: twice the time of parsing in one go, but memory for one article."""
    parser = etree.XMLPullParser(events=("end",), tag=tags, **SAFE)
    pending = 0  # bytes since the last complete article
    total = 0
    for chunk in chunks:
        total += len(chunk)
        pending += len(chunk)
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            fault = failure(error, path, cut=False)
            if fault.rule == "not_xml":
                yield from _complete(parser)
            raise fault from None
        # A name without definition stops the parser only at the end: the text lacks it until then.
        for entry in parser.feed_error_log:
            if entry.type in ENTITY_FAULTS:
                raise SourceError("entity", f"{path}, line {entry.line}: {ENTITY}")
        for article in _complete(parser):
            pending = 0
            yield article
        if pending > MAX_BYTES:
            raise SourceError("too_large", f"{path}: no article ends within {MAX_BYTES} bytes")
    if not total:
        raise SourceError("empty", f"{path}: the file has no content")
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        fault = failure(error, path, cut=True)
        if fault.rule in ("not_xml", "truncated"):
            yield from _complete(parser)
        raise fault from None


def _complete(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    """Hand out the articles read so far, and release each afterwards."""
    for _, found in parser.read_events():
        article = cast("etree._Element", found)
        yield article
        article.clear()
        if local_name(article) != "article":
            continue  # what stands before a part of a book belongs to the book
        parent = article.getparent()
        while parent is not None and article.getprevious() is not None:
            del parent[0]
