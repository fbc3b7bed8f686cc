"""Drug labels: revisions of one work over both formats, tables once, and what damage costs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from sources.base import Document, Failure, Input, Item, Resource, SourceError
from sources.labels import Labels
from sources.text.openfda import read_record

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples" / "labels"
HL7 = "{urn:hl7-org:v3}"
WORD = re.compile(r"\w+")


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    return list(Labels().parse(Resource("label", "label", len(data), "label"), io.BytesIO(data)))


def label(data: bytes) -> Document:
    """The one label of a file."""
    (found,) = items(data)
    assert isinstance(found, Document)
    return found


def spl(section: str = "", set_id: str = "aa-1", version: str = "3") -> bytes:
    """A label with one section."""
    return (
        f'<document xmlns="urn:hl7-org:v3"><setId root="{set_id}"/>'
        f'<effectiveTime value="20300412"/><versionNumber value="{version}"/>'
        f"<component><structuredBody><component><section>{section}</section></component>"
        "</structuredBody></component></document>"
    ).encode()


def record(**fields: object) -> dict[str, object]:
    """A record of openFDA."""
    return {"set_id": "00000000-aaaa", "version": "3", "effective_time": "20300412", **fields}


def test_one_label_is_one_record_in_both_formats() -> None:
    """Same set id and version: of these SPL is the greater state, and a newer version in either."""
    written = label(spl("<text>A</text>", "00000000-AAAA"))
    flat = read_record(record(purpose=["A"]))
    assert (written.native_id, written.version) == (flat.native_id, flat.version)
    assert written.revision > flat.revision
    assert read_record(record(version="4")).version == 4


def test_a_subsection_is_said_once() -> None:
    """The text of a field that another holds does not come again; of two equal ones the first."""
    found = read_record(
        record(warnings=["Stop. Ask a doctor."], stop_use=["Stop."], when_using=["Stop."])
    )
    assert found.text == "## Warnings\n\nStop. Ask a doctor."
    twice = read_record(record(pregnancy=["No data."], lactation=["No data."]))
    assert twice.text == "## Pregnancy\n\nNo data."


def test_a_table_of_openfda_stands_in_the_place_of_its_words() -> None:
    """Words before and after it stay; one that is not found in the text stands behind it."""
    table = "<table><tr><td>Weight</td><td>Dose &lt; 5</td></tr><tr><td>40 kg</td><td>1</td></tr></table>"
    written = "| Weight | Dose < 5 |\n| --- | --- |\n| 40 kg | 1 |"
    found = read_record(
        record(
            dosage_and_administration=["Give Weight Dose < 5 40 kg 1 daily."],
            dosage_and_administration_table=[table],
        )
    )
    assert found.text == f"## Dosage and administration\n\nGive\n\n{written}\n\ndaily."
    apart = read_record(
        record(dosage_and_administration=["Give."], dosage_and_administration_table=[table])
    )
    assert apart.text.endswith(f"Give.\n\n{written}")
    assert apart.metadata["tables_apart"] == 1
    broken = read_record(
        record(
            dosage_and_administration=["Give 5."], dosage_and_administration_table=["<table><tr>"]
        )
    )
    assert broken.text.endswith("Give 5.")


def test_notes_of_a_table_stand_behind_it_and_keep_their_marks() -> None:
    """A note that is referred to again bears one mark; notes of the text stand at its end."""
    found = label(
        spl(
            '<text><paragraph>Before<footnote>of the text</footnote>.</paragraph><table><tr><td>1<footnote ID="n">first'
            '</footnote></td><td>2<footnoteRef IDREF="n"/></td><td>3<footnote>second</footnote></td></tr></table>'
            "after</text>"
        )
    )
    assert found.text.split("\n\n") == [
        "Before^†.",
        "| 1^† | 2^† | 3^‡ |\n| --- | --- | --- |",
        "^† first",
        "^‡ second",
        "after",
        "^† of the text",
    ]


def test_a_note_of_a_title_stands_under_it() -> None:
    """It is no part of the heading."""
    found = label(spl("<title>Uses<footnote>not in children</footnote></title><text>Fever.</text>"))
    assert found.text == "## Uses^†\n\n^† not in children\n\nFever."


def test_nobody_to_call_is_in_a_label() -> None:
    """Contact parties stand outside of the text and stay there."""
    (found,) = items((SAMPLES / "otc.xml").read_bytes())
    assert isinstance(found, Document)
    assert "555-010" not in repr(found)
    assert "@" not in repr(found)


def test_an_archive_of_archives_gives_every_label(tmp_path: Path) -> None:
    """DailyMed's releases hold a zip a label; one that is damaged costs one failure."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("label.xml", spl("<text>A</text>"))
        archive.writestr("carton.jpg", b"\xff\xd8")
    with zipfile.ZipFile(tmp_path / "release.zip", "w") as archive:
        archive.writestr("otc/1.zip", inner.getvalue())
        archive.writestr("otc/2.zip", inner.getvalue()[:-30])
        archive.writestr("bare.xml", spl("<text>B</text>", "aa-2"))
    item = Input("release.zip", str(tmp_path / "release.zip"), 1)
    found = []
    for resource, stream in Labels().resources(item):
        if isinstance(stream, Failure):
            found.append((resource.path, stream.rule))
        else:
            found += [
                (resource.path, d.text)
                for d in Labels().parse(resource, stream)
                if isinstance(d, Document)
            ]
    assert found == [
        ("release.zip::otc/1.zip::label.xml", "A"),
        ("release.zip::otc/2.zip", "damaged"),
        ("release.zip::bare.xml", "B"),
    ]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"<html><body>Sorry</body></html>", "not_spl"),
        (b'<document xmlns="urn:hl7-org:v3"/>', "not_spl"),
        (spl()[:-20], "truncated"),
        (b"\xff\xfe\x00garbage", "not_xml"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>', "entity"),
        (spl("<text>" + "<content>" * 300 + "</content>" * 300 + "</text>"), "too_deep"),
        (b'{"error": {"code": "NOT_FOUND", "message": "No matches found!"}}', "error_answer"),
        (b'{"meta": {}}', "not_a_label"),
        (b'{"results": [{"set_id": "00000000-aaaa"}', "truncated"),
        (b'{"results": [{"set_id" "00000000-aaaa"}]}', "bad_json"),
        (b'{"results": []} {"more": 1}', "bad_json"),
    ],
)
def test_what_is_no_label_says_so(data: bytes, rule: str) -> None:
    """Error pages, cut files, hostile XML and other answers end in one line with a rule."""
    with pytest.raises(SourceError) as error:
        items(data)
    assert error.value.rule == rule
    assert "\n" not in str(error.value)


def test_a_bad_record_costs_itself() -> None:
    """Good records before and after stay; one nested without end is named."""
    deep: object = "x"
    for _ in range(150):
        deep = [deep]
    results = [
        record(purpose=["A"]),
        {"x": 1},
        5,
        record(purpose=deep),
        record(set_id="00000000-bbbb", purpose=["B"]),
    ]
    found = items(json.dumps({"results": results}).encode())
    assert [getattr(i, "rule", None) or getattr(i, "text", None) for i in found] == [
        "## Purpose\n\nA",
        "not_a_label",
        "bad_record",
        "bad_json",
        "## Purpose\n\nB",
    ]


def test_records_before_a_cut_are_kept() -> None:
    """A bulk file that ends early gives what was whole, then says so."""
    data = json.dumps({"results": [record(purpose=["A"]), record(purpose=["B"])]}).encode()[:-40]
    found: list[object] = []
    with pytest.raises(SourceError, match="fetch it again"):
        found.extend(Labels().parse(Resource("x", "x", 1, "x"), io.BytesIO(data)))
    assert len(found) == 1


def test_real_labels_lose_no_word(real_data: Path) -> None:
    """Every word of the sections of real SPL files is in the text, but for those that scripts join."""
    files = sorted((real_data / "formats" / "dailymed-spl").glob("*.xml"))
    assert len(files) >= 5
    texts = 0
    for path in files:
        raw: Counter[str] = Counter()
        for element in etree.parse(path).getroot().iter(HL7 + "text", HL7 + "title"):
            parent = element.getparent()
            if parent is None or parent.tag in (HL7 + "observationMedia", HL7 + "document"):
                continue
            raw.update(WORD.findall(" ".join(map(str, element.itertext()))))
        found = label(path.read_bytes())
        texts += bool(found.text)
        lost = raw - Counter(WORD.findall(found.text))
        assert lost.total() <= 0.002 * raw.total(), (path.name, lost)
    assert texts >= 4


def test_real_answers_of_openfda_balance(real_data: Path) -> None:
    """Each record of a recorded answer is a label or a failure; errors of the service are told."""
    seen: Counter[str] = Counter()
    for path in sorted((real_data / "formats" / "openfda").glob("*.json")):
        expected = json.loads(path.read_bytes()).get("results", [])
        try:
            found = items(path.read_bytes())
        except SourceError as error:
            seen[error.rule] += 1
            continue
        assert len(found) == len(expected)
        seen.update("label" if isinstance(item, Document) else "other" for item in found)
    assert seen["label"] >= 3
    assert seen["error_answer"] >= 1
