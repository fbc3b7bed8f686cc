"""NCBI Bookshelf: chapters of books and guidelines from the open-access subset (LitArch), in BITS.

A package is a tar archive with a file a chapter (``.nxml``); WHO's guidelines come this way as XML,
which has all that their PDFs lose. What is read and how is the business of `sources.pmc`: here a
chapter gets its place in its book. Forewords, appendices and other parts with text are chapters
too; a table of contents holds no text.

The id is the chapter's NBK number, else the book's id and the chapter's in it
(``statpearls/article-17``), which both stay when it is revised; the date of its last update, where
it names one, is its date and its revision. Licences differ by book: that of the chapter counts,
else that of its book, and nothing is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, ClassVar

from lxml import etree

from sources.items import Document, Item, Resource, SourceError
from sources.pmc import Pmc
from sources.text.jats_meta import best_date
from sources.text.markup import inline_text
from sources.text.safe_xml import local_name

_PARTS = ("front-matter-part", "foreword", "preface", "book-app", "dedication")
_NBK = re.compile(r"NBK[0-9]{1,9}")
_ID = re.compile(r"[A-Za-z0-9._-]{1,120}")
_UPDATES = frozenset({"updated", "revised", "update", "rev-recd"})
_CONTENTS = "toc.nxml"


class Bookshelf(Pmc):
    """Chapters of books; the recipe keys are those of `sources.pmc.Pmc`."""

    name: ClassVar[str] = "bookshelf"
    kind: ClassVar[str] = "book"
    summary: ClassVar[str] = "NCBI Bookshelf: books and guidelines by chapter (LitArch, BITS XML)"
    patterns: ClassVar[tuple[str, ...]] = ("*.nxml", "*.xml")
    version: ClassVar[int] = 1
    identifiers: ClassVar[frozenset[str]] = Pmc.identifiers | {"book_id"}
    tags: ClassVar[tuple[str, ...]] = (
        "{*}article", "{*}book-part", *("{*}" + part for part in _PARTS)
    )  # fmt: skip

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the chapters of one file; see `sources.pmc.Pmc.parse`.

        The table of contents of a package gives one document without text.
        """
        found = False
        try:
            for item in super().parse(resource, stream):
                found = True
                yield item
        except SourceError as error:
            if error.rule != "not_jats" or resource.name.lower() != _CONTENTS or found:
                raise
            folder = re.split(r"[/:]+", resource.path)[-2:-1]
            yield Document(native_id="/".join([*folder, "toc"]), text="", kind="book")

    def documents(self, article: etree._Element) -> list[Document]:
        """Return the documents of one chapter with its place in its book."""
        kind = local_name(article)
        if kind in _PARTS:
            article.tag = "book-part"
            article.set("book-part-type", kind)
            for body in article.iterchildren("{*}named-book-part-body"):
                body.tag = "body"
        book = _book_id(article)
        native, updated = _native_id(article, book), _updated(article)
        return [
            replace(
                document,
                native_id=native or document.native_id,
                revision=updated,
                date=max(document.date, updated),
                url=document.url or _address(native),
                metadata={**document.metadata, **({"book_id": book} if book else {})},
            )
            for document in super().documents(article)
        ]


def _book_id(article: etree._Element) -> str:
    """Id of the book around a chapter: its NBK number, else the name that Bookshelf gives it."""
    found = [
        inline_text(element)
        for book in article.iterancestors()
        for meta in book.iterchildren("{*}book-meta")
        for element in meta.iterchildren("{*}book-id")
    ]
    numbers = [value for value in found if _NBK.fullmatch(value)]
    return next(iter(numbers), next((value for value in found if _ID.fullmatch(value)), ""))


def _native_id(article: etree._Element, book: str) -> str:
    """NBK number of a chapter, else its id in the book; empty where it has neither."""
    own = [
        inline_text(element)
        for meta in article.iterchildren("{*}book-part-meta")
        for element in meta.iterchildren("{*}book-part-id")
    ]
    for value in own:
        if _NBK.fullmatch(value):
            return value
    named = (value for value in (*own, article.get("id") or "") if _ID.fullmatch(value))
    inside = next(named, "")
    return f"{book}/{inside}" if book and inside else ""


def _address(native: str) -> str:
    """Where a reader finds a chapter that has no number."""
    book, _, inside = native.partition("/")
    if not inside or _NBK.fullmatch(book):
        return ""
    return f"https://www.ncbi.nlm.nih.gov/books/n/{book}/{inside}/"


def _updated(article: etree._Element) -> str:
    """Date of the last update that a chapter names; empty for none."""
    dates = [
        best_date([element])
        for meta in article.iterchildren("{*}book-part-meta")
        for element in meta.iter("{*}date", "{*}pub-date")
        if (element.get("date-type") or "").lower() in _UPDATES
    ]
    return max(dates, default="")
