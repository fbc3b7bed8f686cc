"""Lists of pages: sitemaps, feeds, plain lists and pages of links, told by their bytes.

Reference: sitemaps.org protocol 0.9 with Google's news extension (2009), RFC 4287 (Atom), RSS 2.0
and 1.0. Names are compared without their namespace, because sites mistype it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from sources.fetch.content import looks_like_page
from sources.fetch.html_page import read_page
from sources.text.safe_xml import SAFE

INDEX, PAGES, LINKS = "index", "pages", "links"
"""What a list names: further lists; pages; or whatever a page of links leads to."""

_GZIP = b"\x1f\x8b"
_ROOTS = ("sitemapindex", "urlset", "rss", "RDF", "feed")
_DATES = ("lastmod", "updated", "pubDate", "date", "publication_date", "published")
"""Elements that say when a page changed, the best first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a list.

    Attributes:
        address: As written.
        version: When it changed, as written; empty where the list does not say.
    """

    address: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class PageList:
    """One list.

    Attributes:
        kind: `INDEX`, `PAGES` or `LINKS`.
        entries: What it names, in its order.
        held_back: Links that it asks robots not to follow.
        base: Address against which its links are read; empty for its own.
    """

    kind: str
    entries: tuple[Listed, ...]
    held_back: int = 0
    base: str = ""


def read_list(body: bytes, max_bytes: int, robots_tag: str = "") -> PageList:
    """Read a list of pages.

    Args:
        body: As served, packed by gzip or not.
        max_bytes: Bytes that it may unpack to.
        robots_tag: X-Robots-Tag of the answer.

    Raises:
        ValueError: It is none, or is cut; the message says which.
    """
    if body.startswith(_GZIP):
        body = _unpacked(body, max_bytes)
    head = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise ValueError("an empty list")
    if looks_like_page(head):
        page = read_page(body, robots_tag)
        links = tuple(Listed(link) for link in page.links)
        return PageList(LINKS, links, page.held_back, page.base)
    if head.startswith(b"<"):
        return _xml(head)
    lines = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines()]
    entries = tuple(Listed(line) for line in lines if line)
    if not all(entry.address.lower().startswith(("http://", "https://")) for entry in entries):
        raise ValueError("neither a sitemap, a feed, a list of addresses nor a web page")
    return PageList(PAGES, entries)


def _unpacked(body: bytes, max_bytes: int) -> bytes:
    """Unpack gzip members, within a size."""
    found = bytearray()
    rest = body
    while rest.startswith(_GZIP):
        member = zlib.decompressobj(31)
        try:
            found += member.decompress(rest, max_bytes + 1 - len(found))
        except zlib.error:
            raise ValueError("a packed list that cannot be unpacked") from None
        if len(found) > max_bytes:
            raise ValueError(f"a packed list of more than {max_bytes:,} bytes")
        if not member.eof:
            raise ValueError("a packed list without its end")
        rest = member.unused_data.lstrip(b"\0")
    return bytes(found)


def _xml(body: bytes) -> PageList:
    try:
        root = etree.fromstring(body, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"a list in XML that is cut or damaged (line {error.lineno})") from None
    kind = _name(root)
    if kind not in _ROOTS:
        raise ValueError(f"XML with the root {kind!r:.40}, which is no list of pages")
    inner = {"sitemapindex": ("sitemap",), "urlset": ("url",), "feed": ("entry",)}
    wanted = inner.get(kind, ("item",))
    entries = (e for e in root.iter(etree.Element) if _name(e) in wanted)
    found = tuple(Listed(a, _version(e)) for e in entries if (a := _address(e, kind)))
    return PageList(INDEX if kind == "sitemapindex" else PAGES, found)


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _address(entry: etree._Element, kind: str) -> str:
    """Return the address of an entry; in sitemaps also where it stands without ``loc``."""
    if kind == "feed":
        links = [e for e in entry if _name(e) == "link" and e.get("href")]
        own = [e for e in links if e.get("rel", "alternate") == "alternate"]
        pages = [e for e in own if e.get("type") == "text/html"]
        return str((pages or own)[0].get("href")) if own else ""
    name = "loc" if kind in ("sitemapindex", "urlset") else "link"
    place = etree.QName(entry).namespace
    for element in entry:
        # <image:loc> is the address of a picture.
        if _name(element) == name and etree.QName(element).namespace == place:
            return (element.text or "").strip()
    return (entry.text or "").strip()


def _version(entry: etree._Element) -> str:
    """Return when an entry changed, by the best of the dates that it has."""
    found: dict[str, str] = {}
    for element in _elements(entry):
        found.setdefault(_name(element), (element.text or "").strip())
    return next((found[name] for name in _DATES if found.get(name)), "")


def _elements(entry: etree._Element) -> Iterator[etree._Element]:
    return (element for element in entry.iter(etree.Element))
