"""Drug labels: the raw side reads what the parser reads, and tells what a text has lost."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

import curation
from curation.fidelity.comparison import compare
from curation.fidelity.files import form_of
from curation.fidelity.raw_spl import read_spl
from sources.items import Document, Resource
from sources.labels import Labels

SAMPLES = Path(__file__).parents[1] / "conformance" / "samples"
LABEL = SAMPLES / "labels" / "prescription.xml"


def text_of(data: bytes) -> str:
    """The label as a corpus has it."""
    (found,) = Labels().parse(Resource("x", "x", len(data), "x"), io.BytesIO(data))
    assert isinstance(found, Document)
    return f"# {found.title}\n\n{found.text}"


@pytest.mark.parametrize("name", ["prescription.xml", "otc.xml"])
def test_a_label_is_true_to_its_file(name: str) -> None:
    """Nothing is lost, changed, invented or out of order."""
    data = (SAMPLES / "labels" / name).read_bytes()
    found = compare(read_spl(data), text_of(data))
    assert (found.lost, found.changed, found.invented, found.moved) == (0, 0, 0, 0)
    assert found.atoms >= 6
    assert form_of(name, data) == "spl"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("12 (5.0)", "12 (50)"),
        ("^4 cells", "4 cells"),
        (" ± 1.6", ""),
        ("40 mg every other", "every other"),
    ],
)
def test_what_is_lost_or_changed_is_told(before: str, after: str) -> None:
    """A cell, an exponent, a number of a sentence, one of a footnote."""
    text = text_of(LABEL.read_bytes())
    assert before in text
    found = compare(read_spl(LABEL.read_bytes()), text.replace(before, after))
    assert found.lost + found.changed > 0


@pytest.mark.parametrize("data", [b"", b"<document", b"<html xmlns='urn:hl7-org:v3'/>"])
def test_other_bytes_are_refused_without_quoting_them(data: bytes) -> None:
    """As every raw reader does."""
    with pytest.raises(ValueError, match=r"not (well-formed XML \(line \d+\)|a document of SPL)"):
        read_spl(data)


def test_records_of_interfaces_are_no_faults(tmp_path: Path) -> None:
    """They are named as not compared, and a label beside them is compared."""
    from curation.fidelity.run import fidelity

    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "label.xml").write_bytes(LABEL.read_bytes())
    page = (SAMPLES / "trials" / "page.json").read_text(encoding="utf-8")
    (raw / "page.json").write_text(re.sub(r"\n\s*", " ", page), encoding="utf-8")
    file = tmp_path / "recipe.toml"
    file.write_text(
        'name = "x"\n[[sources]]\nuse = "labels"\npaths = ["raw/label.xml"]\n'
        '[[sources]]\nuse = "trials"\npaths = ["raw/page.json"]\n[quality]\nenabled = false\n'
        '[language]\nkeep = "any"\n[failures]\ntolerate = 9\n'
    )
    curation.build(file, tmp_path / "out", workers=1)
    report = fidelity(raw, tmp_path / "out")
    assert report["ok"]
    assert not report["faults"]
    notes = {item["source"]: (item["form"], item["note"]) for item in report["resources"]}
    assert notes["labels"] == ("spl", "")
    assert notes["trials"][0] is None
    assert "no text to compare" in notes["trials"][1]


def test_real_labels_are_true_to_their_files(real_data: Path) -> None:
    """Of real labels every atom is kept, in its order, and every cell of every table."""
    atoms = 0
    for path in sorted((real_data / "formats" / "dailymed-spl").glob("*.xml")):
        data = path.read_bytes()
        raw = read_spl(data)
        if not raw.blocks():
            continue
        found = compare(raw, text_of(data))
        assert (found.lost, found.changed, found.invented) == (0, 0, 0), path.name
        assert found.order >= 0.999
        assert not found.cells.faults
        atoms += found.atoms
    assert atoms >= 6_000
