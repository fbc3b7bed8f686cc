"""Europe PMC: abstracts with bare signs, both forms of an answer, licences by record."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.base import Document, Item, Resource, SourceError
from sources.europepmc import EuropePmc
from sources.text import abstract_html

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "europepmc"


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    return list(EuropePmc().parse(Resource("x", "x", len(data), "x"), io.BytesIO(data)))


def record(**fields: object) -> Document:
    """One record of an answer."""
    one = {"id": "1", "source": "MED", **fields}
    (found,) = items(json.dumps({"resultList": {"result": [one]}}).encode())
    assert isinstance(found, Document)
    return found


def test_signs_are_no_tags() -> None:
    """Comparison signs, also before letters that begin a tag's name, stay; known tags go."""
    assert abstract_html.blocks(
        "n<b, p <.01, <1 year.<h4>Aim</h4><b>x</b><i>E. coli</i> a<sup>2</sup>"
    ) == [
        "n<b, p <.01, <1 year.",
        "Aim: xE. coli a^2",
    ]
    assert abstract_html.blocks("<h4>Only</h4><h4>Heads</h4>") == ["Only", "Heads"]
    assert abstract_html.blocks("p&lt;0.05 &amp; x<br/>y<sup>1<p>2</sup>") == [
        "p<0.05 & x",
        "y^1",
        "2",
    ]
    assert abstract_html.line("CO<sub>2</sub> <p>in</p> air") == "CO2 in air"


@given(st.text(st.sampled_from("ab<>/ 12.&;\x02h4supliet\n"), max_size=60))
def test_any_text_is_read(text: str) -> None:
    """Whatever the tags do: no mark of our own is left, and words outside of tags stay."""
    written = "\n".join(abstract_html.blocks(text))
    assert not any(ord(c) < 32 and c != "\n" for c in written)
    if "<" not in text and "&" not in text:
        assert written.split() == text.replace("\x02", "").split()


def test_xml_and_json_say_the_same() -> None:
    """A record of one form is that of the other."""
    (from_xml,) = items((SAMPLES / "search.xml").read_bytes())
    from_json = record(
        id="99000105",
        pmid="99000105",
        doi="10.9999/fiction.e5",
        title="From XML.",
        authorList={"author": [{"fullName": "Doe J"}]},
        journalInfo={"volume": "1", "journal": {"title": "Journal of Fiction"}},
        pubYear="2031",
        language="eng",
        abstractText="<h4>Aim</h4>To read (p < 0.05).",
        pubTypeList={"pubType": ["Journal Article"]},
        meshHeadingList={"meshHeading": [{"descriptorName": "Fever"}]},
        license="cc0",
    )
    assert from_xml == from_json


def test_a_licence_is_never_assumed() -> None:
    """Silence means what NLM distributes for PubMed, unknown for others; odd words are unknown."""
    assert record().license == "LicenseRef-NLM-PubMed"
    assert record(license="cc by").license == "LicenseRef-CC-BY"
    assert record(license="author's own").license == ""
    assert record(source="PPR", id="PPR1").license == ""


def test_affiliations_and_addresses_are_not_read() -> None:
    """Names of authors stay, where they work and write from does not come in."""
    (first, *_) = items((SAMPLES / "search.json").read_bytes())
    assert isinstance(first, Document)
    assert first.authors == ("Doe J", "Fever Group")
    assert "clinic.example" not in repr(first)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b'{"errCode": 404, "errMsg": "no such page"}', "error_answer"),
        (b"<errorBean><errCode>0</errCode><errMsg>closed</errMsg></errorBean>", "error_answer"),
        (b'{"result": [{"id": "1"}]}', "not_europepmc"),
        (b'{"hello": 1}', "not_europepmc"),
        (b"<responseWrapper><version>6</version></responseWrapper>", "not_europepmc"),
        (b"<responseWrapper><resultList><result><id>1", "truncated"),
        (b"<html><body/></html>", "not_jats"),
    ],
)
def test_what_is_no_answer_says_so(data: bytes, rule: str) -> None:
    """Error answers, cut ones and other pages end in one line with a rule."""
    with pytest.raises(SourceError) as error:
        items(data)
    assert error.value.rule == rule


def test_real_answers_balance(real_data: Path) -> None:
    """Every record of the recorded answers is a document; those of both forms agree."""
    folder = real_data / "formats" / "europepmc"
    seen: Counter[str] = Counter()
    for path in sorted(folder.glob("*.json")):
        expected = json.loads(path.read_bytes())["resultList"]["result"]
        found = items(path.read_bytes())
        assert len(found) == len(expected)
        for raw, item in zip(expected, found, strict=True):
            assert isinstance(item, Document)
            assert bool(item.text) == bool(raw.get("abstractText"))
            assert "<h4>" not in item.text
            assert "@" not in repr(item.authors)
            seen["text"] += bool(item.text)
            seen["all"] += 1
    assert seen["all"] >= 100
    assert seen["text"] >= 20
    assert items((folder / "search_cancer.xml").read_bytes()) == items(
        (folder / "search_cancer.json").read_bytes()
    )
