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

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from trafilatura.utils import decode_file, repair_faulty_html

from sources.items import SourceError
from sources.text.declared import canonical_address, iso_date, primary_language
from sources.text.html_blocks import read_blocks
from sources.text.html_markdown import to_markdown
from sources.text.html_select import main_text
from sources.text.html_tree import flatten_depth
from sources.text.page import Page

# These loggers quote the page; nothing of a document may reach a log.
for _name in ("trafilatura", "htmldate", "courlan", "justext"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

MAX_BYTES = 64 << 20
"""Larger pages are refused: the largest real page seen has 2 MB."""

ERROR_PAGE_CHARS = 1500
"""An error page is shorter; no real page among 850 had both the words and so little text."""

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
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_TAG = re.compile(r"<(?:!--|!doctype|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_WRAPPER = re.compile(
    r"</?(?:div|span|font|center|section|article|main|aside|header|footer|nav|b|i|em|strong|u|big"
    r"|small|blockquote|form|fieldset|a|tt|code|ins|del|label)(?=[\s/>])[^<>]{0,2000}>",
    re.IGNORECASE,
)
# Words of web servers, of networks that guard them, and of sites that miss a page, in the languages
# of western Europe.
_ERROR_TITLE = re.compile(
    r"\b(?:not found|timed? ?out|access denied|forbidden|unavailable|captcha|server error"
    r"|bad gateway|bad request|too many requests|service error|error [45][0-9][0-9]"
    r"|[45][0-9][0-9] error|just a moment|attention required|site maintenance"
    r"|nicht gefunden|introuvable|no encontrad[ao]|n[aã]o encontrad[ao]|non trovat[ao]"
    r"|niet gevonden|ikke funnet|ikke fundet|hittades inte)\b|^\s*[45][0-9][0-9]\b",
    re.IGNORECASE,
)
_ERROR_TEXT = re.compile(
    r"(?:page|file|url|resource|document|site|server|request|connection|session|service|access"
    r"|address)[^.\n]{0,40}\b(?:not found|not be found|timed out|no longer exists?|denied"
    r"|(?:temporarily |currently )?unavailable|not available|does(?: not|n.t) exist|was rejected"
    r"|(?:has|have|was|were) (?:been )?(?:moved|removed|deleted)|down for maintenance)\b"
    r"|\b(?:could(?: not|n.t)|can(?:not|.t)|unable to) (?:find|locate) (?:the|that|this) "
    r"(?:page|file|document)\b"
    r"|\b(?:captcha|verify (?:that )?you are (?:a )?human|are you a robot|internal server error"
    r"|bad gateway|gateway time-?out|too many requests|enable javascript)\b"
    r"|\b(?:seite|page|p[aá]gina|pagina|siden|sidan)[^.\n]{0,40}\b(?:nicht gefunden|introuvable"
    r"|no encontrad[ao]|n[aã]o encontrad[ao]|non trovat[ao]|niet gevonden|ikke funnet|ikke fundet"
    r"|hittades inte)\b"
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
    lang, date = _language(tree), _date(tree)
    page_url, license_url = _address(tree), _license(tree)
    deep = flatten_depth(tree) or deep
    blocks = read_blocks(tree)
    headings = [block.text for block in blocks if block.kind == "head" and block.level == 1]
    title, named = _title(tree, headings)
    main = main_text(blocks, tree, url)
    text = _drop_title(to_markdown(main.blocks), title)
    _refuse_error_page(title, text or "\n".join(block.text for block in blocks))
    notes: dict[str, object] = {}
    if main.origin:
        notes["text_from"] = main.origin
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
    for noise in _SERVER_NOISE:
        text = text.replace(noise, "")  # The page around it is good.
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


def _refuse_error_page(title: str, text: str) -> None:
    """Raise for a server's error message stored in place of a page (title or first lines)."""
    if len(text) >= ERROR_PAGE_CHARS:
        return
    if _ERROR_TITLE.search(title[:200]) or _ERROR_TEXT.search(text[:300]):
        raise SourceError(
            "error_page", "an error message of the server, not a page: fetch it again"
        )
