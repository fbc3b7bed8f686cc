"""Retraction Watch's table: what its rows say of papers, and what damage costs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sources.base import Document, Failure, Item, Relation, Resource, SourceError
from sources.retraction_watch import RetractionWatch

SAMPLE = Path("tests/conformance/samples/retraction_watch/notices.csv")


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    resource = Resource("notices.csv", "notices.csv", len(data), "notices.csv")
    return list(RetractionWatch().parse(resource, io.BytesIO(data)))


def said(data: bytes) -> dict[str, tuple[Relation, ...]]:
    """Relations by record."""
    return {i.native_id: i.relations for i in items(data) if isinstance(i, Document)}


def test_rows_say_what_happened_to_a_paper() -> None:
    """By both of its ids, in normal form, with the date in either spelling."""
    assert said(SAMPLE.read_bytes()) == {
        "90001": (
            Relation("retraction_of", "pmid:99000031", "2030-06-01"),
            Relation("retraction_of", "doi:10.9999/fiction.p1", "2030-06-01"),
        ),
        "90002": (Relation("concern_about", "doi:10.9999/fiction.p2", "2031-02-03"),),
        "90003": (
            Relation("reinstatement_of", "pmid:99000031", "2031-07-09"),
            Relation("reinstatement_of", "doi:10.9999/fiction.p1", "2031-07-09"),
        ),
        "90004": (),
    }


def test_rows_that_are_no_utf8_keep_their_ids() -> None:
    """A byte of Latin-1 or a null in a title, and a mark at the beginning of the file."""
    data = SAMPLE.read_bytes().replace(b"trial of examplin", b"\xe9tude\0")
    assert said(b"\xef\xbb\xbf" + data) == said(SAMPLE.read_bytes())


def test_damaged_rows_are_failures_with_their_line() -> None:
    """A row broken off, and one whose id is none; the others stand."""
    lines = SAMPLE.read_bytes().splitlines(keepends=True)
    found = items(b"".join([lines[0], b"90009,Only a title\n", b"x" + lines[1], lines[1]]))
    assert [type(item) for item in found] == [Failure, Failure, Document]
    assert [item.detail.split(":")[0] for item in found[:2] if isinstance(item, Failure)] == [
        "line 2",
        "line 3",
    ]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "not_retraction_watch"),
        (b"id,text\n1,a\n", "not_retraction_watch"),
        (SAMPLE.read_bytes() + b'90005,"' + b"x" * 200_000 + b'"\n', "not_csv"),
    ],
    ids=["empty", "another table", "a cell without end"],
)
def test_another_file_is_refused(data: bytes, rule: str) -> None:
    """One line that says why."""
    with pytest.raises(SourceError) as caught:
        items(data)
    assert caught.value.rule == rule


def test_the_published_header_is_read(real_data: Path) -> None:
    """The header as the file has it, with made rows behind it."""
    [path] = (real_data / "formats/retraction-watch").glob("*.csv")
    found = said(path.read_bytes())
    assert set(found) == {"1", "2", "3", "4"}
    # The made DOIs have too short a prefix to be any.
    assert not any(found.values())
