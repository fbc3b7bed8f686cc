"""Bookshelf: chapters keep their id, take the licence of their book, and come one by one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sources import pmc
from sources.base import Document, Item, Resource, SourceError
from sources.bookshelf import Bookshelf

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "bookshelf"


def items(data: bytes, path: str = "litarch/book.nxml") -> list[Item]:
    """Parse bytes as one file."""
    resource = Resource(path, path.rsplit("/", 1)[-1], len(data), path)
    return list(Bookshelf().parse(resource, io.BytesIO(data)))


def chapter(meta: str, attributes: str = "", book: str = "<book-id>demo</book-id>") -> Document:
    """A chapter with this front matter."""
    data = (
        f"<book-part-wrapper><book-meta>{book}</book-meta><book-part {attributes}>"
        f"<book-part-meta>{meta}</book-part-meta><body><p>Text.</p></body></book-part>"
        "</book-part-wrapper>"
    )
    (found,) = items(data.encode())
    assert isinstance(found, Document)
    return found


def test_a_chapter_keeps_its_id() -> None:
    """Its NBK number, else its name in the book; only without both the hash of its text."""
    number = "<book-part-id>ch1</book-part-id><book-part-id>NBK12</book-part-id>"
    assert chapter(number, 'id="x"').native_id == "NBK12"
    assert chapter("<book-part-id>ch1</book-part-id>", 'id="x"').native_id == "demo/ch1"
    assert chapter("", 'id="x"').native_id == "demo/x"
    assert chapter("", 'id="x"', "<book-id>NBK1</book-id>").native_id == "NBK1/x"
    assert len(chapter("").native_id) == 16


def test_an_update_is_a_newer_revision_of_the_same() -> None:
    """The last date of an update counts, and the date of the chapter follows it."""
    dated = "<pub-history><date date-type='{}'><year>{}</year></date></pub-history>".format
    old, new = (chapter(dated("updated", year), 'id="x"') for year in (2020, 2021))
    assert old.native_id == new.native_id
    assert old.revision < new.revision
    assert new.date == "2021"
    assert chapter(dated("received", 2021), 'id="x"').revision == ""


@pytest.mark.parametrize("file", ["book.nxml", "fever_ch2.nxml"])
def test_a_large_book_is_read_like_a_small_one(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Piece by piece the same chapters come out, whatever is inside what."""
    data = (SAMPLES / file).read_bytes()
    whole = items(data)
    monkeypatch.setattr(pmc, "_SMALL", 0)
    assert sorted(items(data), key=repr) == sorted(whole, key=repr)


def test_editors_are_not_in_a_chapter() -> None:
    """Who edits the book, and their address, is not read."""
    (found,) = items((SAMPLES / "fever_ch2.nxml").read_bytes())
    assert "Redactor" not in repr(found)
    assert "@" not in repr(found).replace("license/@xlink", "")


def test_contents_hold_no_text_and_other_files_are_told() -> None:
    """A table of contents is a row without text; XML of another kind is a failure."""
    contents = (SAMPLES / "TOC.nxml").read_bytes()
    (found,) = items(contents, "a.tar.gz::demo_NBK1/TOC.nxml")
    assert isinstance(found, Document)
    assert (found.native_id, found.text) == ("demo_NBK1/toc", "")
    with pytest.raises(SourceError) as error:
        items(contents, "a.tar.gz::demo_NBK1/ch1.nxml")
    assert error.value.rule == "not_jats"
