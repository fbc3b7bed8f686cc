"""Web pages to Markdown: decoding, metadata, main text, and the pages that are none.

A page is read as blocks (`sources.text.html_blocks`), those of its main text are chosen with the
help of trafilatura (`sources.text.html_select`) and written by `sources.text.html_markdown`. Dates
and titles are read from what the page declares, never guessed: a guess would depend on the day of
the run.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura.utils import repair_faulty_html

from sources.items import SourceError
from sources.text.declared import canonical_address, iso_date, primary_language
from sources.text.guidance import LINKS, META
from sources.text.html_blocks import read_blocks
from sources.text.html_decode import decode_page
from sources.text.html_errors import refuse_error_page
from sources.text.html_markdown import to_markdown
from sources.text.html_select import main_text
from sources.text.html_tree import flatten_depth
from sources.text.page import Page

# These loggers quote the page; nothing of a document may reach a log.
for _name in ("trafilatura", "htmldate", "courlan", "justext"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

MAX_BYTES = 64 << 20
"""Larger pages are refused: the largest real page seen has 2 MB."""

# Control characters and the private planes 15 and 16 have no place in a text, and are marks in the
# modules below; U+FFFE and U+FFFF are no characters. They come as bytes of UTF-8 or as references.
_CONTROLS = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\n\r\f")
_FORM_FEEDS = bytes.maketrans(b"\f", b" ")  # blanks in HTML, and no characters of XML
_FORM_FEED_REFERENCE = re.compile(rb"&#(?:0*12(?![0-9])|[xX]0*[cC](?![0-9a-fA-F]));?")
_UNWANTED = re.compile(rb"\xf3[\xb0-\xbf][\x80-\xbf]{2}|\xf4[\x80-\xbf]{3}|\xef\xbf[\xbe\xbf]")
_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|11|1[4-9]|2[0-9]|3[01]|127|6553[45]|98[3-9][0-9]{3}|99[0-9]{4}"
    rb"|1[01][0-9]{5})(?![0-9])"
    rb"|[xX]0*(?:[0-8bBeEfF]|1[0-9a-fA-F]|7[fF]|[fF]{3}[eEfF]|[fF][0-9a-fA-F]{4}|10[0-9a-fA-F]{4})"
    rb"(?![0-9a-fA-F]))"
    rb";?"
)
_SERVER_NOISE = (
    "Error processing SSI file",
    "[an error occurred while processing this directive]",
)
_TAG = re.compile(r"<(?:!--|!doctype|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_WRAPPER = re.compile(
    r"</?(?:div|span|font|center|section|article|main|aside|header|footer|nav|b|i|em|strong|u|big"
    r"|small|blockquote|form|fieldset|a|tt|code|ins|label)(?=[\s/>])[^<>]{0,2000}>",
    re.IGNORECASE,
)

_DATE_NAMES = (
    "citation_publication_date",
    "citation_date",
    "article:published_time",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dc.date.created",
    "dcterms.date",
    "date",
)


def extract_html(data: bytes | str, url: str | None = None) -> Page:
    """Read one web page.

    Args:
        data: Page as stored, or a text already decoded; a fragment of HTML is accepted.
        url: Address it came from where known; helps the extractor, never fetched.

    Returns:
        Title, text and what the page declares. The text is empty where a page holds no main text.

    Raises:
        SourceError: ``empty``, ``too_large``, ``not_html``, ``too_deep``, ``error_page`` or
            ``extractor_failed``.
    """
    source, bad_bytes = _decode(data)
    tree, deep = _parse(source)
    lang, date = _language(tree), _date(tree)
    page_url, (licence, place) = _address(tree), _license(tree)
    deep = flatten_depth(tree) or deep
    blocks, hidden = read_blocks(tree)
    headings = [block.text for block in blocks if block.kind == "head" and block.level == 1]
    title, named = _title(tree, headings)
    main = main_text(blocks, tree, url)
    text = _drop_title(to_markdown(main.blocks), title)
    refuse_error_page(title, text or "\n".join(block.text for block in blocks))
    notes: dict[str, object] = {}
    if main.origin:
        notes["text_from"] = main.origin
    if bad_bytes:
        notes["bad_bytes"] = bad_bytes
    if deep:
        notes["html_flattened"] = True
    if named:
        notes["title_from"] = named
    if seen := {how: chars for how, chars in hidden.items() if chars > 0}:
        notes["hidden_text"] = seen
    notes |= _validity(tree)
    return Page(text, title, lang, date, page_url, licence, notes, license_place=place)


def read_fragment(source: str, prune: Callable[[HtmlElement], None]) -> str:
    """Read a piece of HTML that an interface gives without the page around it, all of it.

    Args:
        source: HTML, with or without a ``body``.
        prune: Takes elements that are no text out of the tree.

    Returns:
        Markdown, without a title.

    Raises:
        SourceError: ``too_large``, ``not_html`` or ``too_deep``.
    """
    tree, _ = _parse(_decode(f"<div>{source}</div>")[0])
    prune(tree)
    flatten_depth(tree)
    return to_markdown(read_blocks(tree)[0])


def looks_like_html(text: str) -> bool:
    """Tell whether the beginning of a text holds an HTML tag or declaration."""
    return bool(_TAG.search(text[:4096]))


def _decode(data: bytes | str) -> tuple[str, int]:
    """Return a page as text, and how many of its bytes did not fit its charset."""
    bad_bytes = 0
    if not data or not data.strip():
        raise SourceError("empty", "an empty page")
    if len(data) > MAX_BYTES:
        raise SourceError("too_large", f"a page of {len(data):,} bytes; the limit is {MAX_BYTES:,}")
    if isinstance(data, str):
        text = data.removeprefix("\ufeff")
    elif b"\0" in data[:1024] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise SourceError("not_html", "binary content in place of a web page")
    else:
        text, bad_bytes = decode_page(data)
    for noise in _SERVER_NOISE:
        text = text.replace(noise, "")  # The page around it is good.
    if not _TAG.search(text):
        raise SourceError("not_html", "no HTML tag: plain text is read under the name .txt")
    return str(repair_faulty_html(text, text[:50].lower())), bad_bytes


def _parser() -> HTMLParser:
    # As trafilatura's own, but huge_tree lifts the depth limit from 256 to 2,048 levels.
    return HTMLParser(
        collect_ids=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )


def _parse(source: str) -> tuple[HtmlElement, bool]:
    """Parse a page; below its deepest level the parser drops the rest and only logs it."""
    tree, too_deep = _parse_once(_clean(source))
    if not too_deep:
        return tree, False
    tree, too_deep = _parse_once(_clean(_WRAPPER.sub(" ", source)))
    if too_deep:
        raise SourceError("too_deep", "nested deeper than the HTML parser's 2,048 levels")
    return tree, True


def _clean(source: str) -> bytes:
    data = source.encode("utf-8", "replace").translate(_FORM_FEEDS, _CONTROLS)
    if b"\xf3" in data or b"\xf4" in data or b"\xef\xbf" in data:
        data = _UNWANTED.sub(b"", data)
    if b"&#" in data:
        data = _REFERENCE.sub(b"", _FORM_FEED_REFERENCE.sub(b" ", data))
    return data


def _parse_once(source: bytes) -> tuple[HtmlElement, bool]:
    parser = _parser()
    try:
        tree = document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise SourceError("not_html", "the HTML parser finds no element") from None
    too_deep = any("depth" in entry.message.lower() for entry in parser.error_log)
    return tree, too_deep


def _squeeze(text: str | None) -> str:
    return unicodedata.normalize("NFC", " ".join((text or "").split()))


def _meta(tree: HtmlElement) -> dict[str, str]:
    """First content of each meta element by its lower-case name or property."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("http-equiv") or ""
        content = _squeeze(element.get("content"))
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _title(tree: HtmlElement, headings: list[str]) -> tuple[str, str]:
    """Title and where it stood: citation metadata, a heading, Open Graph, the title element.

    A heading of the first level wins over the title element, which carries the site's name; it must
    be the only one, or be named in the title element, and not be the name of the site. Where the
    metadata say the same as a heading, the heading is taken: it has raised text marked.
    """
    meta = _meta(tree)
    for name in ("citation_title", "dc.title", "dcterms.title"):
        if name in meta:
            same = (text for text in headings if _letters(text) == _letters(meta[name]))
            return next(same, meta[name]), name
    declared = _squeeze("".join(tree.xpath("string((//head/title|//title)[1])")))
    og_title, site = meta.get("og:title", ""), meta.get("og:site_name", "").lower()
    headings = [text for text in headings if 3 <= len(text) <= 400 and text.lower() != site]
    for text in headings:
        if _letters(text) in _letters(declared) or _letters(text) in _letters(og_title):
            return text, "h1"
    if len(headings) == 1:
        return headings[0], "h1"
    if og_title:
        return og_title, "og:title"
    return declared[:400], "title" if declared else ""


def _language(tree: HtmlElement) -> str:
    meta = _meta(tree)
    declared = tree.get("lang") or tree.get("xml:lang") or meta.get("content-language") or ""
    return primary_language(declared)


def _date(tree: HtmlElement) -> str:
    """The first date declared in the order of `_DATE_NAMES`, as precise as any that agrees."""
    meta = _meta(tree)
    dates = [date for name in _DATE_NAMES if (date := iso_date(meta.get(name, "")))]
    agreeing = [date for date in dates if date.startswith(dates[0])]
    return max(agreeing, key=len, default="")


def _address(tree: HtmlElement) -> str:
    for link in tree.iter("link"):
        canonical = "canonical" in (link.get("rel") or "").lower().split()
        if canonical and (address := canonical_address(link.get("href") or "")):
            return address
    return canonical_address(_meta(tree).get("og:url", ""))


def _validity(tree: HtmlElement) -> dict[str, object]:
    """What the page declares about being current; see `sources.text.guidance`."""
    meta = _meta(tree)
    found: dict[str, object] = {}
    for name, field in META.items():
        if name in meta:
            found.setdefault(field, meta[name])
    for link in tree.iter("link"):
        for word in (link.get("rel") or "").lower().split():
            if word in LINKS and link.get("href"):
                found.setdefault(LINKS[word], str(link.get("href")).strip())
    return found


def _license(tree: HtmlElement) -> tuple[str, str]:
    """Statement of the licence, and the place where it stands."""
    for link in tree.iter("link", "a"):
        if "license" in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href")).strip(), f"{link.tag} rel=license"
    meta = _meta(tree)
    for name in ("dc.rights", "dcterms.license", "dcterms.rights", "citation_license", "license"):
        if name in meta:
            return meta[name], f"meta {name}"
    return "", ""


def _drop_title(text: str, title: str) -> str:
    """Remove the first heading or line among the first blocks that only repeats the title."""
    if not title:
        return text
    wanted = _letters(title)
    blocks = text.split("\n\n", 6)
    for index, block in enumerate(blocks[:6]):
        is_title = _letters(block) == wanted
        if is_title and (index == 0 or block.startswith("# ")):
            del blocks[index]
            return "\n\n".join(blocks)
    return text


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()
