"""What a web page says to robots: links, where it truly stands, what it does not want.

Reference: HTML Living Standard (``base``, ``rel``), robots meta element as Google documents it,
RFC 6596 (canonical), TDMRep (W3C community group, 2024) for ``tdm-reservation``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from sources.fetch.limits import PRODUCT
from sources.fetch.robots import OPT_OUT_WORDS
from sources.text.html_decode import decode_page

_UNSEEN = ("script", "style", "noscript", "template")
_VALUED = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_WORD = re.compile(r"\w+")

NOINDEX = frozenset({"noindex", "none"})
"""Words by which an answer asks not to be indexed."""


@dataclass(frozen=True, slots=True)
class WebPage:
    """One page.

    Attributes:
        title: Its title.
        text: What it shows, blanks squeezed.
        links: Addresses of its links, as written; those that robots shall not follow aside.
        held_back: How many of these there are.
        base: Address against which they are read; empty for its own.
        canonical: Address that it names as its own, as written; empty for none.
        noindex: Whether it asks not to be indexed.
        reserves: What it reserves for mining, in its words; empty for nothing.
        whole: Whether it ends as a page does.
    """

    title: str
    text: str
    links: tuple[str, ...]
    held_back: int
    base: str
    canonical: str
    noindex: bool
    reserves: str
    whole: bool

    def words(self) -> frozenset[str]:
        """Return the different words that it shows."""
        return frozenset(_WORD.findall(self.text.lower()))


def read_page(body: bytes, robots_tag: str = "") -> WebPage:
    """Read a page.

    Args:
        body: As served.
        robots_tag: X-Robots-Tag of the answer.

    Raises:
        ValueError: It is no page.
    """
    source = decode_page(body)[0]
    try:
        tree = document_fromstring(source.encode("utf-8", "replace"), parser=_parser())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise ValueError("a page without any element") from None
    meta = _meta(tree)
    words = asked(robots_tag, meta)
    links = [str(e.get("href")) for e in tree.iter("a", "area") if e.get("href") and not _held(e)]
    held = sum(1 for e in tree.iter("a", "area") if e.get("href") and _held(e))
    if words & {"nofollow", "none"}:
        links, held = [], held + len(links)
    bases = [str(e.get("href")) for e in tree.iter("base") if e.get("href")]
    canonical = next((str(e.get("href")) for e in tree.iter("link") if _is_canonical(e)), "")
    title = " ".join(str(tree.xpath("string((//title)[1])")).split())
    return WebPage(
        title=title,
        text=_shown(tree),
        links=tuple(links),
        held_back=held,
        base=bases[0] if bases else "",
        canonical=canonical.strip(),
        noindex=bool(words & NOINDEX),
        reserves=_reserves(meta, words),
        whole=bool(re.search(r"</(?:html|body)\s*>", source[-4096:], re.IGNORECASE)),
    )


def _parser() -> HTMLParser:
    return HTMLParser(
        collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )


def _meta(tree: HtmlElement) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = (element.get("name") or "").strip().lower()
        if name and element.get("content"):
            found.setdefault(name, []).append(str(element.get("content")).strip())
    return found


def asked(robots_tag: str, meta: Mapping[str, list[str]] = MappingProxyType({})) -> frozenset[str]:
    """Return the words that an answer says to all robots or to this one.

    Args:
        robots_tag: Its X-Robots-Tag.
        meta: What the page in it says in its ``meta`` elements, by their names.
    """
    said = [*meta.get("robots", ()), *meta.get(PRODUCT, ())]
    ours = True
    for rule in robots_tag.split(","):
        agent, colon, word = rule.partition(":")
        name = agent.strip().lower()
        if colon and name not in _VALUED:  # "otherbot: noindex, nofollow" is for that one
            ours, rule = name == PRODUCT, word
        said += [rule] if ours else []
    return frozenset(word.strip().lower() for text in said for word in re.split(r"[,\s]+", text))


def _held(link: HtmlElement) -> bool:
    return "nofollow" in (link.get("rel") or "").lower().split()


def _is_canonical(link: HtmlElement) -> bool:
    return "canonical" in (link.get("rel") or "").lower().split() and bool(link.get("href"))


def _reserves(meta: Mapping[str, list[str]], asked: frozenset[str]) -> str:
    said = [f"meta robots: {word}" for word in sorted(asked & set(OPT_OUT_WORDS))]
    for name in ("tdm-reservation", "tdm-policy"):
        said += [f"meta {name}: {value}" for value in meta.get(name, ())]
    return "" if said == ["meta tdm-reservation: 0"] else "; ".join(said)[:500]


def _shown(tree: HtmlElement) -> str:
    """Return the text that a page shows; what is not shown is taken out of the tree."""
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    body = tree.find("body")
    pieces = (body if body is not None else tree).itertext()
    return " ".join(" ".join(pieces).split())
