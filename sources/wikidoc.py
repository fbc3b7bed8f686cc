"""WikiDoc, and any other MediaWiki: pages from answers of its API (``api.php``), in JSON.

Reads ``action=parse`` (the whole page as HTML) and ``action=query`` with ``prop=extracts``, in both
``formatversion``s. Ask for ``parse``: extracts lack tables and formulae. Wikitext is not read.

The id is the number of the page, its revision the number of the revision. Redirects and pages
outside of the articles (templates, talk, categories) are rows without text. The licence is what the
wiki says of itself (``meta=siteinfo&siprop=rightsinfo``), else the policy of the source.

Left out are edit links, tables of contents, navigation boxes, marks and lists of references, and
the line with which WikiDoc names the editors of a page and their addresses.

Reference: MediaWiki, API:Parsing wikitext, API:Query, TextExtracts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, ClassVar
from urllib.parse import quote

from lxml.html import HtmlElement

from sources import licences
from sources.base import Document, Failure, Item, Resource, Source, SourceError, Tombstone
from sources.policy import POLICIES
from sources.text.declared import canonical_address, iso_date, primary_language
from sources.text.html import read_fragment
from sources.text.html_tags import HEADINGS
from sources.text.json_stream import Answer, field, objects, text
from sources.text.markup import printable, visible

SITE = "https://www.wikidoc.org/index.php/"
"""Where pages are found under their titles."""

# By class or id: what MediaWiki and its templates set around the text.
_FURNITURE = (
    "mw-editsection", "toc", "navbox", "vertical-navbox", "noprint", "catlinks", "mw-jump-link",
    "printfooter", "mw-empty-elt", "metadata", "ambox", "mw-cite-backlink",
)  # fmt: skip
_REFERENCES = ("reflist", "references", "mw-references-wrap")
_EDITORS = re.compile(
    r"[\W_]*(?:associate |assistant )?editors?(?:\(s\))?(?:-in-chief)?\s*:", re.IGNORECASE
)
_REDIRECT = re.compile(r"#redirect|redirect to:", re.IGNORECASE)


class WikiDoc(Source):
    """Pages of a MediaWiki.

    Recipe keys:

    * ``site``: address before the title of a page, where the answer names none.
    """

    name: ClassVar[str] = "wikidoc"
    kind: ClassVar[str] = "web"
    summary: ClassVar[str] = "WikiDoc or another MediaWiki: answers of its API (JSON)"
    patterns: ClassVar[tuple[str, ...]] = ("*.json",)
    options: ClassVar[Mapping[str, object]] = {"site": SITE}
    libraries: ClassVar[tuple[str, ...]] = ("lxml", "trafilatura")
    identifiers: ClassVar[frozenset[str]] = frozenset({"namespace", "page_id", "revision"})

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the pages of one answer.

        Raises:
            SourceError: As `json_stream.Answer` says; ``error_answer`` where the wiki reports an
                error; ``not_mediawiki`` for another answer.
        """
        answer = Answer(stream, "")
        for _ in answer.records():
            raise SourceError("not_mediawiki", f"{resource.path}: a list is no answer of the API")
        head = answer.head
        if "error" in head:
            code = text(head, "error", "code")
            said = code if re.fullmatch(r"[a-z-]{1,40}", code) else "an error"
            raise SourceError("error_answer", f"{resource.path}: the wiki answered {said}")
        rights = _rights(head, resource.fact("license"))
        if isinstance(field(head, "parse"), Mapping):
            page = field(head, "parse")
            assert isinstance(page, Mapping)
            yield self._page(page, _html(page, "text"), rights, "page")
            return
        pages = field(head, "query", "pages")
        if isinstance(pages, Mapping):
            pages = list(pages.values())
        if not isinstance(pages, list):
            if "batchcomplete" in head or "query" in head:
                return  # an answer without any page
            raise SourceError("not_mediawiki", f"{resource.path}: no parse and no pages")
        for number, page in enumerate(pages, 1):
            if isinstance(page, Mapping):
                yield self._page(page, _html(page, "extract"), rights, f"page {number:,}")
            else:
                yield Failure("bad_record", f"page {number:,}: not an object")

    def _page(
        self, page: Mapping[str, object], html: str | None, rights: licences.Licence, where: str
    ) -> Item:
        number = text(page, "pageid")
        if not (number.isdecimal() and len(number) <= 12 and int(number)):
            rule = "missing_page" if "missing" in page or "invalid" in page else "no_id"
            return Failure(rule, f"{where}: the wiki has no such page")
        if "missing" in page:
            return Tombstone(number, revision="9" * 12)
        if html is None:
            detail = f"{where}: neither text nor extract; ask for action=parse&prop=text"
            return Failure("no_text_field", detail, number)
        try:
            written, left_out = _read(html)
        except SourceError as error:
            return Failure(error.rule, f"{where}: {error}", number)
        return self._document(page, number, written, left_out, rights)

    def _document(
        self,
        page: Mapping[str, object],
        number: str,
        written: str,
        left_out: list[dict[str, object]],
        rights: licences.Licence,
    ) -> Document:
        name = text(page, "title")
        latest = next(iter(objects(page, "revisions")), {})
        revision = text(page, "revid") or text(latest, "revid") or text(page, "lastrevid")
        space = text(page, "ns")
        unread = space not in ("", "0") or "redirect" in page or _is_redirect(written)
        address = canonical_address(text(page, "fullurl"))
        site = str(self.config["site"])
        metadata = {
            "page_id": number,
            "revision": revision,
            "namespace": space if space != "0" else "",
            "redirect": unread and space in ("", "0"),
            "categories": [_category(c) for c in objects(page, "categories") if _category(c)],
            "left_out": left_out if not unread else [],
        }
        return Document(
            native_id=number,
            text="" if unread else written,
            title=_shown(text(page, "displaytitle")) or printable(" ".join(name.split())),
            kind="web",
            revision=f"{revision:0>12}" if revision.isdecimal() and len(revision) <= 12 else "",
            lang=primary_language(text(page, "pagelanguage")),
            license=rights.spdx,
            license_evidence=rights.evidence,
            date=iso_date(text(latest, "timestamp") or text(page, "touched")),
            url=address or (site + quote(name.replace(" ", "_"), safe="/:()',") if name else ""),
            metadata={key: value for key, value in metadata.items() if value},
        )


def _shown(title: str) -> str:
    """The title as the page shows it, which is HTML, as one line."""
    return " ".join(read_fragment(title, lambda tree: None).split()) if title.strip() else ""


def _rights(head: Mapping[str, object], fetched: str) -> licences.Licence:
    """Licence that the wiki states in the answer or when it was fetched, else the policy's."""
    address = text(head, "query", "rightsinfo", "url") or fetched
    words = text(head, "query", "rightsinfo", "text") or fetched
    found = licences.resolve([("rightsinfo", address)], [("rightsinfo", words)])
    if found.evidence:
        return found
    policy = POLICIES["wikidoc"]
    return licences.Licence(policy.licence, licences.evidence("policy", policy.evidence))


def _html(page: Mapping[str, object], key: str) -> str | None:
    """HTML of a page in either format version; None where the answer has none."""
    found = field(page, key)
    if isinstance(found, Mapping):
        found = found.get("*")
    return found if isinstance(found, str) else None


def _category(entry: Mapping[str, object]) -> str:
    """Name of a category: ``*`` or ``category`` of a parse, ``title`` of a query."""
    name = text(entry, "*") or text(entry, "category") or text(entry, "title")
    return name.removeprefix("Category:").replace("_", " ")


def _is_redirect(written: str) -> bool:
    return bool(_REDIRECT.match(written.lstrip("- 1.*")))


def _read(html: str) -> tuple[str, list[dict[str, object]]]:
    """Text of a page, and what is not in it."""
    chars: dict[str, int] = {}

    def prune(tree: HtmlElement) -> None:
        for element in list(tree.iter()):
            why = _why_not(element)
            # What stands inside another thing that goes has gone with it.
            if why and element.getparent() is not None and _below(element, tree):
                for part in (element, *_heading_of(element)) if why == "references" else (element,):
                    chars[why] = chars.get(why, 0) + visible(str(part.text_content()))
                    part.drop_tree()

    if not html.strip():
        return "", []
    written = read_fragment(html, prune)
    return written, [
        {"what": why, "title": "", "why": why, "chars": size} for why, size in chars.items() if size
    ]


def _heading_of(element: HtmlElement) -> Iterator[HtmlElement]:
    """The heading right before an element, which would stand above nothing without it."""
    before = element.getprevious()
    names = "" if before is None else before.get("class") or ""
    heads = before is not None and (before.tag in HEADINGS or "mw-heading" in names)
    if before is not None and heads and not (before.tail or "").strip():
        yield before


def _below(element: HtmlElement, tree: HtmlElement) -> bool:
    return any(ancestor is tree for ancestor in element.iterancestors())


def _why_not(element: HtmlElement) -> str:
    """Reason for which an element is no text of the page; empty where it is."""
    if not isinstance(element.tag, str):
        return ""
    names = {*(element.get("class") or "").split(), element.get("id") or ""}
    if element.tag == "sup" and "reference" in names:
        return "citation"
    if not names.isdisjoint(_REFERENCES):
        return "references"
    if not names.isdisjoint(_FURNITURE):
        return "navigation"
    if element.tag in ("p", "div", "dd", "li") and not len(element.xpath("./p|./div|./ul|./table")):
        return "person" if _EDITORS.match(str(element.text_content())[:200].lstrip()) else ""
    return ""
