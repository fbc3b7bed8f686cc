"""Web pages to Markdown: decoding, metadata, main text, and the pages that are none.

The main text is found by trafilatura on a repaired tree (`sources.text.html_tree`) and written by
`sources.text.html_markdown`. Dates and titles are read from what the page declares, never guessed:
a guess would depend on the day of the run.
"""

from __future__ import annotations

import logging
import re

import trafilatura
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura.utils import decode_file, repair_faulty_html

from sources.items import SourceError
from sources.text.declared import canonical_address, iso_date, primary_language
from sources.text.html_markdown import to_markdown
from sources.text.html_tree import flatten_depth, prepare
from sources.text.page import Page

# These loggers quote the page; nothing of a document may reach a log.
for _name in ("trafilatura", "htmldate", "courlan", "justext"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

MAX_BYTES = 64 << 20
"""Larger pages are refused: the largest real page seen has 2 MB."""

ERROR_PAGE_CHARS = 1500
"""An error page is shorter; no real page among 548 had both the words and so little text."""

_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_TAG = re.compile(r"<(?:!--|!doctype|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_WRAPPER = re.compile(
    r"</?(?:div|span|font|center|section|article|main|aside|header|footer|nav|b|i|em|strong|u|big"
    r"|small|blockquote|form|fieldset|a|tt|code|ins|del|label)(?=[\s/>])[^<>]{0,2000}>",
    re.IGNORECASE,
)
_ERROR_TITLE = re.compile(
    r"\b(?:not found|timed? ?out|access denied|forbidden|unavailable|captcha|server error"
    r"|bad gateway|bad request|too many requests|service error|error [45][0-9][0-9]"
    r"|[45][0-9][0-9] error|just a moment|attention required)\b|^\s*[45][0-9][0-9]\b",
    re.IGNORECASE,
)
_ERROR_TEXT = re.compile(
    r"(?:page|file|url|resource|document|site|server|request|connection|session|service|access"
    r"|address)[^.\n]{0,40}\b(?:not found|not be found|timed out|no longer exists?|denied"
    r"|(?:temporarily |currently )?unavailable|not available|does not exist|was rejected)\b"
    r"|\b(?:captcha|verify (?:that )?you are (?:a )?human|are you a robot|internal server error"
    r"|bad gateway|gateway time-?out|too many requests|enable javascript)\b"
    r"|\b(?:http|error|status)[ :]{1,3}[45][0-9][0-9]\b",
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
    source = _decode(data)
    tree, deep = _parse(source)
    title, named = _title(tree)
    lang, date = _language(tree), _date(tree)
    page_url, license_url = _address(tree), _license(tree)
    deep = flatten_depth(tree) or deep
    prepare(tree)
    text = _drop_title(_main_text(tree, url), title)
    _refuse_error_page(title, text or tree.text_content())
    notes: dict[str, object] = {}
    if deep:
        notes["html_flattened"] = True
    if named:
        notes["title_from"] = named
    return Page(text, title, lang, date, page_url, license_url, notes)


def looks_like_html(text: str) -> bool:
    """Tell whether the beginning of a text holds an HTML tag or declaration."""
    return bool(_TAG.search(text[:4096]))


def _decode(data: bytes | str) -> str:
    if not data or not data.strip():
        raise SourceError("empty", "an empty page")
    if len(data) > MAX_BYTES:
        raise SourceError("too_large", f"a page of {len(data):,} bytes; the limit is {MAX_BYTES:,}")
    if isinstance(data, bytes) and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    elif isinstance(data, bytes) and b"\0" in data[:1024]:
        raise SourceError("not_html", "binary content in place of a web page")
    elif isinstance(data, bytes):
        text = _declared_text(data) or str(decode_file(data))
    else:
        text = data
    text = text.removeprefix("\ufeff")
    if not _TAG.search(text):
        raise SourceError("not_html", "no HTML tag: plain text is read under the name .txt")
    return str(repair_faulty_html(text, text[:50].lower()))


def _declared_text(data: bytes) -> str:
    """Decode by UTF-8, else by the declared charset; empty where neither fits."""
    declared = _CHARSET.search(data[:2048])
    for name in ("utf-8", declared.group(1).decode("ascii") if declared else ""):
        # Browsers read Latin-1 as its superset of Windows.
        encoding = "cp1252" if name.lower() in ("iso-8859-1", "latin1", "us-ascii") else name
        try:
            if encoding:
                return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return ""


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
    tree, too_deep = _parse_once(source)
    if not too_deep:
        return tree, False
    tree, too_deep = _parse_once(_WRAPPER.sub(" ", source))
    if too_deep:
        raise SourceError("too_deep", "nested deeper than the HTML parser's 2,048 levels")
    return tree, True


def _parse_once(source: str) -> tuple[HtmlElement, bool]:
    parser = _parser()
    try:
        tree = document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise SourceError("not_html", "the HTML parser finds no element") from None
    too_deep = any("depth" in entry.message.lower() for entry in parser.error_log)
    return tree, too_deep


def _main_text(tree: HtmlElement, url: str | None) -> str:
    try:
        document = trafilatura.bare_extraction(
            tree,
            url=url,
            output_format="xml",
            include_comments=False,
            include_tables=True,
            include_formatting=False,
        )
    except Exception as error:
        # Whatever third-party heuristics raise on a strange page costs this page alone.
        name = type(error).__name__
        raise SourceError("extractor_failed", f"main-text extraction raised {name}") from None
    return to_markdown(document.body) if document is not None else ""


def _squeeze(text: str | None) -> str:
    return " ".join((text or "").split())


def _meta(tree: HtmlElement) -> dict[str, str]:
    """First content of each meta element by its lower-case name or property."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("http-equiv") or ""
        content = _squeeze(element.get("content"))
        if name and content:
            found.setdefault(name.strip().lower(), content)
    return found


def _title(tree: HtmlElement) -> tuple[str, str]:
    """Title and where it stood: citation metadata, a heading, Open Graph, the title element.

    A heading wins over the title element, which carries the site's name; it must be the only one
    of its level, or be named in the title element, and not be the name of the site.
    """
    meta = _meta(tree)
    for name in ("citation_title", "dc.title", "dcterms.title"):
        if name in meta:
            return meta[name], name
    declared = _squeeze("".join(tree.xpath("string((//head/title|//title)[1])")))
    og_title, site = meta.get("og:title", ""), meta.get("og:site_name", "").lower()
    headings = [_squeeze(heading.text_content()).rstrip("¶ ") for heading in tree.iter("h1")]
    headings = [text for text in headings if 3 <= len(text) <= 400 and text.lower() != site]
    for text in headings:
        if text.lower() in declared.lower() or text.lower() in og_title.lower():
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


def _license(tree: HtmlElement) -> str:
    for link in tree.iter("link", "a"):
        if "license" in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href")).strip()
    meta = _meta(tree)
    for name in ("dc.rights", "dcterms.license", "dcterms.rights", "citation_license", "license"):
        if name in meta:
            return meta[name]
    return ""


def _drop_title(text: str, title: str) -> str:
    """Remove the first heading or line among the first blocks that only repeats the title."""
    if not title:
        return text
    wanted = _plain(title)
    blocks = text.split("\n\n", 6)
    for index, block in enumerate(blocks[:6]):
        is_title = _plain(block.lstrip("# ")) == wanted
        if is_title and (index == 0 or block.startswith("# ")):
            del blocks[index]
            return "\n\n".join(blocks)
    return text


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def _refuse_error_page(title: str, text: str) -> None:
    """Raise for a server's error message stored in place of a page (title or first lines)."""
    if len(text) >= ERROR_PAGE_CHARS:
        return
    if _ERROR_TITLE.search(title[:200]) or _ERROR_TEXT.search(text[:300]):
        raise SourceError(
            "error_page", "an error message of the server, not a page: fetch it again"
        )
