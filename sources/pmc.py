"""PubMed Central: full text as JATS, one article a file or many in an envelope.

Reads the files of the PMC Cloud Service, of Europe PMC, of publishers (PLOS, eLife, SciELO …), the
answers of ``efetch`` (``pmc-articleset``) and OAI-PMH. Articles are read one after the other as the
bytes come in, and released at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, ClassVar

from lxml import etree

from sources.base import Item, Resource, Source, SourceError
from sources.text import entities
from sources.text.jats import parse_article

MAX_BYTES = 64 * 1024 * 1024
"""Largest article, in bytes of XML. The largest in PubMed Central have about 30 MB."""

_CHUNK = 1024 * 1024
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
_RESOURCE_LIMIT = 114  # XML_ERR_RESOURCE_LIMIT, without a name in lxml


class Pmc(Source):
    """Articles in JATS or in the older NLM format.

    Yields one document an article and one for each sub-article, response and abstract in another
    language. The id is the PMCID, else 16 hexadecimal digits of the article's content hash.
    """

    name: ClassVar[str] = "pmc"
    kind: ClassVar[str] = "article"
    summary: ClassVar[str] = "full-text articles in JATS XML (PubMed Central, Europe PMC, publishers)"
    patterns: ClassVar[tuple[str, ...]] = ("*.xml", "*.nxml")
    version: ClassVar[int] = 1
    libraries: ClassVar[tuple[str, ...]] = ("lxml",)

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
            yield from parse_article(article)
        if not articles:
            raise SourceError("not_jats", f"{resource.path}: XML without an <article> element")


def _articles(stream: BinaryIO, path: str) -> Iterator[etree._Element]:
    """Parse incrementally and hand out each article once it is complete."""
    parser = etree.XMLPullParser(
        events=("end",),
        tag="{*}article",
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    feed = entities.Declared(stream, _CHUNK)
    pending = 0  # bytes since the last complete article
    tail = b""
    for chunk in feed:
        tail = (tail + chunk)[-_TAIL:]
        pending += len(chunk)
        try:
            parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            failure = _failure(error, path, stream, tail)
            if failure.rule in ("not_xml", "truncated"):
                yield from _complete(parser)
            raise failure from None
        for article in _complete(parser):
            pending = 0
            yield article
        if pending > MAX_BYTES:
            raise SourceError("too_large", f"{path}: an article above {MAX_BYTES} bytes")
    if not tail:
        raise SourceError("empty", f"{path}: the file has no content")
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        raise _failure(error, path, stream, tail) from None


def _complete(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    """Hand out the articles read so far, and release each afterwards."""
    for _, article in parser.read_events():
        yield article
        article.clear(keep_tail=False)
        parent = article.getparent()
        while parent is not None and article.getprevious() is not None:
            del parent[0]
