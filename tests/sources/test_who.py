"""IRIS: records in both forms, deletions, licences as stated, and other answers."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from sources.base import Document, Item, Resource, SourceError, Tombstone
from sources.who import Who

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "who"
OAI = "{http://www.openarchives.org/OAI/2.0/}"


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    return list(Who().parse(Resource("x", "x", len(data), "x"), io.BytesIO(data)))


def answer(inner: str) -> bytes:
    """An answer of the protocol."""
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inner}</OAI-PMH>'.encode()


def record(fields: str) -> Document:
    """One record in Dublin Core."""
    data = answer(
        "<GetRecord><record><header><identifier>oai:iris.who.int:10665/1</identifier>"
        "<datestamp>2030-01-01</datestamp></header><metadata>"
        '<d:dc xmlns:d="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{fields}</d:dc></metadata></record></GetRecord>'
    )
    (found,) = items(data)
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize(
    ("rights", "spdx"),
    [
        ("<dc:rights>CC BY-NC-SA 3.0 IGO</dc:rights>", "CC-BY-NC-SA-3.0-IGO"),
        ("<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>", "CC-BY-4.0"),
        ("<dc:rights>All rights reserved</dc:rights>", ""),
        ("<dc:date>2021</dc:date>", ""),
    ],
)
def test_the_licence_is_what_the_record_says(rights: str, spdx: str) -> None:
    """Also of a recent item nothing is assumed."""
    assert record(rights).license == spdx


def test_who_put_an_item_in_is_not_read() -> None:
    """Provenance names clerks and their addresses; page counts are no abstract."""
    found = record(
        "<dc:description>Made available in DSpace on 2030 by A Clerk (a@who.example)</dc:description>"
        "<dc:description>xii, 96 p. : ill.</dc:description><dc:description>An abstract.</dc:description>"
    )
    assert found.text == "An abstract."
    assert found.metadata["extent"] == "xii, 96 p. : ill."
    assert "@" not in repr(found)


def test_a_changed_record_is_a_revision_and_a_deleted_one_a_tombstone() -> None:
    """Both bear the datestamp, so the order of pages does not matter."""
    found = items((SAMPLES / "ListRecords.xml").read_bytes())
    assert isinstance(found[0], Document)
    assert found[0].revision == "2030-06-01T10:00:00Z"
    assert found[1] == Tombstone("10665/9999902", revision="2030-07-01T00:00:00Z")


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (answer('<error code="badResumptionToken">expired</error>'), "error_answer"),
        (answer("<Identify/>"), "not_records"),
        (b"<html><body>Maintenance</body></html>", "not_records"),
        (answer("<ListRecords><record><header>")[:-30], "truncated"),
    ],
)
def test_what_is_no_page_says_so(data: bytes, rule: str) -> None:
    """Errors of the protocol, other answers and cut pages end in one line with a rule."""
    with pytest.raises(SourceError) as error:
        items(data)
    assert error.value.rule == rule


def test_real_answers_balance(real_data: Path) -> None:
    """Each record of the recorded answers is a document, a tombstone or a failure of its own."""
    seen: Counter[str] = Counter()
    for path in sorted((real_data / "formats" / "oai-pmh").glob("*.xml")):
        try:
            found = items(path.read_bytes())
        except SourceError as error:
            seen[error.rule] += 1
            continue
        root = etree.parse(path).getroot()
        records = [e for e in root.iter(OAI + "record", "record") if e[0].tag.endswith("header")]
        assert len(found) == len(records), path.name
        seen.update(type(item).__name__ for item in found)
    assert seen["Document"] >= 7
    assert seen["Tombstone"] >= 5
    assert seen["error_answer"] >= 4
