"""Guidelines as they are found: web pages, PDF, Markdown, plain text, and JSON lines of these.

What a file is, is told by its first bytes; its name decides only between formats that look alike.
A page saved as ``.pdf`` is read as a page, a PDF saved as ``.html`` as a PDF.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, ClassVar, cast

from sources.base import Document, Failure, Item, Resource, Source, SourceError
from sources.jsonl import nested
from sources.text.declared import canonical_address
from sources.text.guidance import names_of, validity_of
from sources.text.html import extract_html, looks_like_html
from sources.text.jsonlines import Row, document, json_rows, license_of, record_id
from sources.text.page import Page
from sources.text.pdf import MAX_BYTES, extract_pdf
from sources.text.plain import extract_plain

HEAD = 4096
"""Bytes looked at to tell a format."""

_BLANK = b" \t\r\n\f\xef\xbb\xbf"
_TEXT_SUFFIXES = ("md", "markdown", "txt")
_BODIES = ("html", "markdown", "text")


class Guidelines(Source):
    """Guideline documents in the formats in which they are published.

    The id is the hash of the canonical address where the page or record names one, else of the
    path relative to the recipe: with an address a guideline keeps its id when its file moves.
    """

    name = "guidelines"
    kind = "guideline"
    summary = "guidelines as HTML, PDF, Markdown, plain text, or JSON lines of these"
    patterns: ClassVar[tuple[str, ...]] = (
        "*.html",
        "*.htm",
        "*.xhtml",
        "*.pdf",
        "*.md",
        "*.markdown",
        "*.txt",
        "*.jsonl",
        "*.ndjson",
    )
    version = 8
    libraries = (
        "trafilatura",
        "jusText",
        "lxml",
        "lxml_html_clean",
        "charset-normalizer",
        "pypdfium2",
    )

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the document of a file, or one a record of JSON lines; see `Source.parse`."""
        head = _read(stream, HEAD)
        if not head:
            raise SourceError("empty", "an empty file")
        form = sniff(head, resource.name)
        if form == "jsonl":
            yield from self._records(resource, stream, head)
            return
        data = head + _read(stream, MAX_BYTES)
        if form == "pdf":
            page = extract_pdf(data)
        elif form == "html":
            page = extract_html(data)
        else:
            page = extract_plain(data, markdown=form == "markdown")
        address = canonical_address(page.url) or canonical_address(resource.fact("url"))
        document = self._document(page, _hashed(address or resource.path), {"format": form})
        yield with_facts(document, resource)

    def _records(self, resource: Resource, stream: BinaryIO, head: bytes) -> Iterator[Item]:
        for row in json_rows(stream, head):
            item = row if isinstance(row, Failure) else self._record(resource, row)
            yield with_facts(item, resource) if isinstance(item, Document) else item

    def _record(self, resource: Resource, row: Row) -> Item:
        native_id = ""
        try:
            native_id = _hashed(_address(resource, row))
            return self._from_record(native_id, row.record)
        except SourceError as error:
            return Failure(error.rule, f"line {row.number:,}: {error}", native_id)

    def _from_record(self, native_id: str, record: Mapping[str, object]) -> Document:
        form = next((name for name in _BODIES if record.get(name) is not None), "")
        if not form:
            detail = f"none of the fields html, markdown, text{nested(record)}"
            raise SourceError("no_text_field", detail)
        body = record[form]
        if not isinstance(body, str):
            raise SourceError("bad_field", f"the field {form} is not text")
        rest = {k: v for k, v in record.items() if k not in _BODIES}
        # An `id` of the record's own names it among its file's records only. Not "record_id":
        # metadata are scanned behind their keys, and that is a label of persons' numbers.
        rest["source_key"] = rest.pop("id", None)
        if rest.get("license") is None:
            rest["license"] = rest.pop("licence", None)
        if not body.strip():
            page = Page("")
        elif form == "html":
            page = extract_html(body, cast("str | None", record.get("url")))
        else:
            page = extract_plain(body.encode("utf-8"), markdown=form == "markdown")
        stated = document(rest, native_id, page.text)
        merged = self._document(page, native_id, {"format": form})
        own = names_of(stated.url or merged.url, stated.doi, stated.pmid, stated.pmcid)
        validity = validity_of({**page.notes, **rest, **stated.metadata}, own)
        return replace(
            stated,
            text=page.text if not stated.title else stated.text,
            title=stated.title or merged.title,
            lang=stated.lang or merged.lang,
            date=stated.date or merged.date,
            url=stated.url or merged.url,
            license=stated.license or merged.license,
            license_evidence=stated.license_evidence or merged.license_evidence,
            metadata={**merged.metadata, **stated.metadata},
            undone=merged.undone,
            status=validity.status,
            status_date=validity.status_date,
            review_date=validity.review_date,
            relations=validity.relations,
        )

    def _document(self, page: Page, native_id: str, notes: Mapping[str, object]) -> Document:
        spdx, evidence = license_of(page.license, page.license_place)
        validity = validity_of(page.notes, names_of(page.url))
        return Document(
            native_id=native_id,
            text=page.text,
            title=page.title,
            lang=page.lang,
            license=spdx,
            license_evidence=evidence,
            date=page.date,
            url=page.url,
            metadata={**page.notes, **notes},
            undone=page.undone,
            status=validity.status,
            status_date=validity.status_date,
            review_date=validity.review_date,
            relations=validity.relations,
        )


def with_facts(document: Document, resource: Resource) -> Document:
    """Add what the entry of its site says of a page: address, licence and what that rests on.

    What the page says of itself goes before.
    """
    stated = document.license or document.license_evidence
    about = {name: resource.fact(name) for name in ("site", "page")}
    return replace(
        document,
        url=document.url or resource.fact("url"),
        license=document.license if stated else resource.fact("license"),
        license_evidence=(
            document.license_evidence if stated else resource.fact("license_evidence")
        ),
        metadata={**document.metadata, **{name: said for name, said in about.items() if said}},
    )


def sniff(head: bytes, name: str) -> str:
    """Tell the format of a file from its first bytes, and its name where those leave a choice.

    Args:
        head: The first bytes.
        name: Base name without compression suffix.

    Returns:
        ``pdf``, ``html``, ``jsonl``, ``markdown`` or ``text``.
    """
    suffix = name.lower().rsplit(".", 1)[-1]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    start = head.lstrip(_BLANK)
    beginning = start[:1024].lower()
    if start.startswith((b"<!doctype html", b"<!DOCTYPE html", b"<html", b"<HTML")):
        return "html"
    if start.startswith(b"{") and (suffix in ("jsonl", "ndjson") or b'"' in start[1:16]):
        return "jsonl"
    if start.startswith(b"<") and suffix not in _TEXT_SUFFIXES:
        return "html" if looks_like_html(beginning.decode("latin-1")) else suffix_form(suffix)
    return suffix_form(suffix)


def suffix_form(suffix: str) -> str:
    """Return the format that a file name's suffix stands for."""
    if suffix in ("md", "markdown"):
        return "markdown"
    if suffix in ("jsonl", "ndjson"):
        return "jsonl"
    if suffix == "pdf":
        return "pdf"
    return "html" if suffix in ("html", "htm", "xhtml") else "text"


def _read(stream: BinaryIO, size: int) -> bytes:
    """Read up to ``size`` bytes from a stream that may give fewer at a time."""
    data = io.BytesIO()
    while data.tell() < size and (block := stream.read(size - data.tell())):
        data.write(block)
    return data.getvalue()


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _address(resource: Resource, row: Row) -> str:
    url = row.record.get("url")
    if isinstance(url, str) and url.strip():
        return canonical_address(url) or url.strip()
    if row.record.get("id") is not None:
        return f"{resource.path}#{record_id(row.record)}"
    return f"{resource.path}#{row.number}"
