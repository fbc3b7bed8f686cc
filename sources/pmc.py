"""PubMed Central: full text as JATS, one article a file or many in an envelope.

Reads the files of the PMC Cloud Service, of Europe PMC, of publishers (PLOS, eLife, SciELO …), the
answers of ``efetch`` (``pmc-articleset``) and OAI-PMH, and chapters of books in BITS (Bookshelf).
Articles are read one after the other as the bytes come in, and released at once.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, ClassVar, cast

from lxml import etree

from sources.base import Source
from sources.items import Failure, Item, Resource, SourceError
from sources.text import entities
from sources.text.jats import parse_article
from sources.text.jats_choice import GROUPS, Choice
from sources.text.jats_flow import Style

MAX_BYTES = 64 * 1024 * 1024
"""Largest article, in bytes of XML. The largest in PubMed Central have about 30 MB."""

_CHUNK = 1024 * 1024
_SMALL = 4 * _CHUNK  # bytes up to which a resource is parsed in one go
_TYPES = etree.ErrorTypes
# After these the parser goes on with text missing, so what it hands out then is not whole.
_ENTITY = frozenset(
    {
        _TYPES.ERR_UNDECLARED_ENTITY,
        _TYPES.WAR_UNDECLARED_ENTITY,
        _TYPES.ERR_ENTITY_LOOP,
        _TYPES.ERR_UNPARSED_ENTITY,
        _TYPES.ERR_ENTITY_IS_EXTERNAL,
        _TYPES.ERR_ENTITY_IS_PARAMETER,
    }
)
_ENTITY_FAULT = "an entity that expands without end, comes from outside or has no definition"
_RESOURCE_LIMIT = 114  # XML_ERR_RESOURCE_LIMIT, without a name in lxml
# Entities of the document itself only, nothing from outside, the parser's own limits.
_SAFE: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


_WORDS = {"tables": ("markdown", "sentences"), "citations": ("remove", "keep")}
_TAGS = ("{*}article", "{*}book-part")


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
    version: ClassVar[int] = 6
    options: ClassVar[Mapping[str, object]] = {
        "tables": "markdown",
        "citations": "remove",
        "leave_out": list(GROUPS),
        "leave_out_titles": [],
        "keep_titles": [],
    }
    libraries: ClassVar[tuple[str, ...]] = ("lxml", "google-re2")

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
        for article in _articles(stream, resource.path):
            articles += 1
            line = article.sourceline
            try:
                documents = parse_article(article, self._style)
            except RecursionError:
                detail = f"{resource.path}, line {line}: elements nested too deeply to be read"
                yield Failure("too_deep", detail)
                continue
            yield from documents
        if not articles:
            raise SourceError(
                "not_jats", f"{resource.path}: XML without an <article> or <book-part> element"
            )


def _articles(stream: BinaryIO, path: str) -> Iterator[etree._Element]:
    """Hand out the articles of a resource, each once it is complete."""
    head = entities.read(stream, _SMALL)
    root = _whole(head) if len(head) < _SMALL else None
    if root is not None:
        yield from list(root.iter(*_TAGS)) if _local(root) != "article" else [root]
        return
    # Also where parsing failed: piece by piece it gives what is whole, and the reason.
    yield from _streamed(entities.chunks(stream, _CHUNK, head), path)


def _whole(data: bytes) -> etree._Element | None:
    """Parse a document in one go; None where that fails."""
    try:
        return etree.fromstring(data, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError:
        if not entities.used_in(data):
            return None
    # A name that nothing declares: its standard meaning may do.
    declared = b"".join(entities.chunks(io.BytesIO(data), _SMALL))
    try:
        return etree.fromstring(declared, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError:
        return None


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _streamed(chunks: Iterable[bytes], path: str) -> Iterator[etree._Element]:
    """Parse incrementally: twice the time of parsing in one go, but memory for one article."""
    parser = etree.XMLPullParser(events=("end",), tag=_TAGS, **_SAFE)
    pending = 0  # bytes since the last complete article
    total = 0
    for chunk in chunks:
        total += len(chunk)
        pending += len(chunk)
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            failure = _failure(error, path, cut=False)
            if failure.rule == "not_xml":
                yield from _complete(parser)
            raise failure from None
        # A name without definition stops the parser only at the end: the text lacks it until then.
        for entry in parser.feed_error_log:
            if entry.type in _ENTITY:
                raise SourceError("entity", f"{path}, line {entry.line}: {_ENTITY_FAULT}")
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
        failure = _failure(error, path, cut=True)
        if failure.rule in ("not_xml", "truncated"):
            yield from _complete(parser)
        raise failure from None


def _failure(error: etree.XMLSyntaxError, path: str, cut: bool) -> SourceError:
    """Say what a parser error means.

    Args:
        error: As raised; its message can hold names of the document and is not passed on.
        path: Resource.
        cut: Whether it came at the end of the input: what was open there is then unfinished.
    """
    code: int = getattr(error, "code", 0)  # the stubs do not know it
    message = error.msg or ""
    line = error.position[0] if error.position else 0
    where = f"{path}, line {line}"
    if code in _ENTITY or (code == _RESOURCE_LIMIT and "amplification" in message):
        return SourceError("entity", f"{where}: {_ENTITY_FAULT}")
    if code == _RESOURCE_LIMIT and "depth" in message:
        return SourceError("too_deep", f"{where}: more than 256 levels of elements")
    if code == _RESOURCE_LIMIT:
        return SourceError("too_large", f"{where}: a single text of more than 10 MB")
    if cut and code != _TYPES.ERR_DOCUMENT_EMPTY:
        return SourceError("truncated", f"{where}: the file ends inside an element; fetch it again")
    return SourceError("not_xml", f"{where}: not well-formed XML (parser code {code})")


def _complete(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    """Hand out the articles read so far, and release each afterwards."""
    for _, found in parser.read_events():
        article = cast("etree._Element", found)
        yield article
        article.clear()
        if _local(article) != "article":
            continue  # what stands before a part of a book belongs to the book
        parent = article.getparent()
        while parent is not None and article.getprevious() is not None:
            del parent[0]
