"""Preprints: versions of one work, records beside full texts, and archives of both."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from sources.base import Document, Failure, Input, Item, Relation, Resource, SourceError
from sources.preprints import Preprints

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "preprints"


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    return list(Preprints().parse(Resource("x", "x", len(data), "x"), io.BytesIO(data)))


def row(**fields: object) -> Document:
    """One row of the API."""
    record = {"doi": "10.1101/1", "version": "1", **fields}
    (found,) = items(json.dumps({"messages": [], "collection": [record]}).encode())
    assert isinstance(found, Document)
    return found


def test_a_record_and_a_full_text_are_two_documents_of_one_work() -> None:
    """They share the DOI, not the id: the record alone may know where the work was published."""
    (full,) = items((SAMPLES / "99999901.xml").read_bytes())
    records = items((SAMPLES / "details.json").read_bytes())
    assert isinstance(full, Document)
    same = [r for r in records if isinstance(r, Document) and r.doi == full.doi]
    assert len(same) == 2
    assert all(r.native_id != full.native_id for r in same)
    assert [r.version for r in same] == [1, 2]
    assert same[1].relations == (Relation("preprint_of", "doi:10.9999/fiction.p1"),)


@pytest.mark.parametrize(
    ("code", "spdx"),
    [
        ("cc_by", "LicenseRef-CC-BY"),
        ("cc_by_nc_nd", "LicenseRef-CC-BY-NC-ND"),
        ("cc0", "CC0-1.0"),
        ("cc_no", ""),
    ],
)
def test_the_licence_is_that_of_the_preprint(code: str, spdx: str) -> None:
    """What is not understood, and ``cc_no``, is unknown."""
    assert row(license=code).license == spdx


def test_marks_of_markup_leave_an_abstract() -> None:
    """Headings and items become Markdown, figures go, small capitals lose their marks."""
    text = "O_ST_ABSAimC_ST_ABSTo test. O_LIone C_LIO_LI two (<5%) C_LI O_FIG x.gif C_FIG O_SCPLOWE.C_SCPLOW coli"
    assert row(abstract=text).text == "## Aim\n\nTo test.\n- one\n- two (<5%)\nE. coli"
    assert row(abstract="LOW_LIGHT and O_2 at 5 &lt; 6").text == "LOW_LIGHT and O_2 at 5 < 6"
    assert row(abstract="NA").text == ""


def test_whom_to_write_to_is_not_read() -> None:
    """Corresponding authors stand in fields of their own."""
    records = items((SAMPLES / "details.json").read_bytes()) + items(
        (SAMPLES / "99999901.xml").read_bytes()
    )
    assert "Corresponding" not in repr(records)
    assert "clinic.example" not in repr(records)


def test_an_archive_gives_its_article_and_damage_is_told(tmp_path: Path) -> None:
    """Of a MECA archive the files about it are no articles; a cut archive is one failure."""
    whole = SAMPLES / "99999905.meca"
    names = [r.path for r, _ in Preprints().resources(Input("a.meca", str(whole), 1))]
    assert names == ["a.meca::content/99999905.xml"]
    (tmp_path / "b.meca").write_bytes(whole.read_bytes()[:-40])
    ((_, stream),) = list(Preprints().resources(Input("b.meca", str(tmp_path / "b.meca"), 1)))
    assert isinstance(stream, Failure)
    assert stream.rule == "damaged"
    assert zipfile.is_zipfile(whole)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b'{"error": "no posts found"}', "not_preprints"),
        (b'{"messages": [{"status": "ok"}], "collection": [{"doi": "10.1101/1"', "truncated"),
        (b"<html><body/></html>", "not_jats"),
    ],
)
def test_what_is_no_answer_says_so(data: bytes, rule: str) -> None:
    """Error pages and cut answers end in one line with a rule."""
    with pytest.raises(SourceError) as error:
        items(data)
    assert error.value.rule == rule


def test_a_page_without_preprints_is_empty() -> None:
    """The API answers a query without results with messages alone."""
    assert items(b'{"messages": [{"status": "no posts found"}]}') == []


def test_real_preprints_have_their_doi(real_data: Path) -> None:
    """Each article of real files is one document with text, DOI and licence; so is a real page."""
    count = 0
    with tarfile.open(real_data / "jats" / "biorxiv.tar.gz") as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member)
            assert stream is not None
            (found,) = items(stream.read())
            assert isinstance(found, Document)
            assert found.native_id == found.doi
            assert found.doi.startswith("10.1101/")
            assert found.license == "CC-BY-4.0"
            assert len(found.text) > 40_000
            count += 1
    assert count == 5
    (page,) = items((real_data / "formats" / "biorxiv" / "details-EXAMPLE-MADE.json").read_bytes())
    assert isinstance(page, Document)
    assert page.version == 2
    assert page.text == "Background: 10^4 cells."
