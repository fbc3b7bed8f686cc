"""What a guideline says about its own validity, in records, front matter and web pages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.base import Document, Relation
from sources.text.guidance import Validity, names_of, validity_of
from tests.sources.test_guidelines import HTML, SENTENCE, only
from tests.sources.test_jsonl import one

NEW = "https://example.org/2024"
OWN = names_of("https://example.org/own#top", "10.1000/own")


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({}, "current"),
        ({"status": "Withdrawn"}, "withdrawn"),
        ({"status": " superseded "}, "superseded"),
        ({"status": "obsolete"}, "superseded"),
        ({"status": "published"}, "current"),
        ({"status": "under review"}, "current"),
        ({"status": ["withdrawn"]}, "current"),
        ({"status": None, "superseded_by": NEW}, "superseded"),
        ({"status": "withdrawn", "superseded_by": NEW}, "withdrawn"),
        ({"superseded_by": None}, "current"),
        ({"superseded_by": "none"}, "current"),
        ({"superseded_by": "N/A", "supersedes": "unknown"}, "current"),
        ({"superseded_by": "https://example.org/own"}, "current"),
        ({"superseded_by": "https://doi.org/10.1000/OWN"}, "current"),
        ({"superseded_by": ["https://example.org/own", NEW]}, "superseded"),
        ({"superseded_by": "the new edition by Dr Invented"}, "current"),
        ({"supersedes": NEW}, "current"),
        ({"superseded_by": "NG-136"}, "superseded"),
        *(({"superseded_by": word}, "current") for word in ("none", "No", "N/A", "false", "-")),
        ({"superseded_by": "unknown"}, "current"),
    ],
)
def test_the_state(record: dict[str, object], status: str) -> None:
    """Known words and a named successor count; no page replaces itself; the rest says nothing."""
    assert validity_of(record, OWN).status == status


def test_successors_are_ids_and_addresses() -> None:
    """DOI, PMID, PMCID, address without fragment, nothing else: that could be private."""
    values = [
        "https://doi.org/10.1000/New",
        "pmid:77",
        "PMC12",
        f"{NEW}#top",
        "NG-136",
        "a@b.org",
        5,
    ]
    values += ["https://example.org/?mail=a@b.org", "call 555 0100 for it"]
    found = validity_of({"superseded_by": values, "status_date": "2024-02-01"}, ())
    assert [r.target for r in found.relations] == [
        "doi:10.1000/new", "pmid:77", "pmcid:PMC12", f"url:{NEW}",
    ]  # fmt: skip
    assert {(r.type, r.date) for r in found.relations} == {("superseded_by", "2024-02-01")}


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-06-30", "2024-06-30"),
        ("2024", "2024"),
        ("2019-01-01/2022-12-31", "2022-12-31"),
        ("start=2019-01-01; end=2022-12", "2022-12"),
        ("05/2026", "2026-05"),
        ("13/05/2026", "2026-05-13"),
        ("12/05/2026", "2026"),
        ("next spring", ""),
        ("/2022-12-31", "2022-12-31"),
        (2024, ""),
    ],
)
def test_review_dates(value: object, date: str) -> None:
    """A date or the end of a period; words are no date."""
    assert validity_of({"review_date": value}, ()).review_date == date


@given(st.dictionaries(st.sampled_from(["status", "status_date", "superseded_by", "supersedes",
                                        "review_date"]),
                       st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()))))  # fmt: skip
def test_any_record_is_read(record: dict[str, object]) -> None:
    """No value makes it fail, and no target holds an address of a person."""
    found = validity_of(record, ())
    assert all("@" not in relation.target for relation in found.relations)


def test_records_of_guidelines() -> None:
    """A record's own fields; they stay in the metadata as evidence."""
    record = {"url": "https://example.org/2015", "text": SENTENCE, "superseded_by": NEW,
              "review_date": "2018-05", "status": "superseded", "status_date": "2024-01"}  # fmt: skip
    found = only((json.dumps(record) + "\n").encode(), "a.jsonl")
    assert (found.status, found.status_date, found.review_date) == (
        "superseded", "2024-01", "2018-05",
    )  # fmt: skip
    assert found.relations == (Relation("superseded_by", f"url:{NEW}", "2024-01"),)
    assert found.metadata["superseded_by"] == NEW


@pytest.mark.parametrize(
    ("head", "status", "review"),
    [
        ("<meta name='govuk:withdrawn' content='withdrawn'>", "withdrawn", ""),
        (f"<meta name='DCTERMS.isReplacedBy' content='{NEW}'>", "superseded", ""),
        (f"<link rel='successor-version' href='{NEW}'>", "superseded", ""),
        ("<meta name='review_date' content='2021-03-09'>", "current", "2021-03-09"),
        ("<meta name='DC.date.valid' content='2019/2021-03'>", "current", "2021-03"),
        ("<meta http-equiv='expires' content='2001-01-01'>", "current", ""),
        ("<meta name='last-reviewed' content='2001-01-01'>", "current", ""),
        ("<meta name='status' content='published'>", "current", ""),
    ],
)
def test_web_pages(head: str, status: str, review: str) -> None:
    """Metadata and links of a page; the cache's expiry and a past review are no end of validity."""
    found = only(HTML.format(head).encode(), "a.html")
    assert (found.status, found.review_date) == (status, review)
    assert [r.target for r in found.relations] == ([f"url:{NEW}"] if NEW in head else [])


def test_front_matter() -> None:
    """Markdown says it before its text."""
    text = f"---\ntitle: Pressure\nstatus: withdrawn\nreview_date: 2020-02\n---\n\n{SENTENCE}\n"
    found = only(text.encode(), "a.md")
    assert (found.status, found.review_date) == ("withdrawn", "2020-02")


@pytest.mark.parametrize(
    ("kind", "status", "wanted"),
    [
        ("guideline", "withdrawn", "withdrawn"),
        ("trial", "withdrawn", "current"),
        (None, "superseded", "current"),
        ("abstract", "retracted", "retracted"),
    ],
)
def test_plain_records(kind: str | None, status: str, wanted: str) -> None:
    """Of other kinds only a retraction counts: a trial can be withdrawn and its record be good."""
    found = one({"id": "1", "text": "Text.", "kind": kind, "status": status})
    assert isinstance(found, Document)
    assert found.status == wanted
    assert found.metadata["status"] == status


def test_nothing_said_is_current() -> None:
    """A record without any of the fields has no state but the ordinary one."""
    assert validity_of({"title": "x"}, OWN) == Validity()
