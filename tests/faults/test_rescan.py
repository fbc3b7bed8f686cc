"""The scan before publishing: whatever went wrong before it, nothing personal is published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curation import rescan, write
from curation.columns import SHARD_SCHEMA
from curation.errors import CheckError
from curation.pipeline import Summary, build
from curation.progress import Progress
from curation.recipe import load
from filters.pii import Masking
from tests.corpora import Inline, notes, prose, recipe

PLANTED = "jane.doe@example.org"


def built(folder: Path) -> Summary:
    """Build the recipe of a folder."""
    with Progress(quiet=True) as progress:
        return build(load(folder / "recipe.toml"), folder / "c", Inline(), progress)


def shard(**values: Any) -> pa.RecordBatch:
    """Two rows of a shard, the second with some values of its own."""
    blank = {"id": "notes:n1", "text": "Nothing personal.", "metadata": '{"volume": "3"}'}
    rows = [{f.name: (blank | more).get(f.name) for f in SHARD_SCHEMA} for more in ({}, values)]
    return pa.RecordBatch.from_pylist(rows, SHARD_SCHEMA)


def found(batch: pa.RecordBatch, *identifiers: str, profile: str = "default") -> list[str]:
    """What is left, for people."""
    left = rescan.left_in(batch, "notes", frozenset(identifiers), Masking(profile))
    return [rescan.place(one) for one in left]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"text": f"é\n{PLANTED}"}, "row 1 text: EMAIL by email"),
        ({"title": f"A note of {PLANTED}"}, "row 1 title: it would be masked"),
        ({"id": f"notes:{PLANTED}"}, "row 1 id: EMAIL by email"),
        ({"url": f"https://example.org/?m={PLANTED}"}, "row 1 url: URL by url_query"),
        ({"license": PLANTED}, "row 1 license: EMAIL by email"),
        ({"doi": f"10.5555/{PLANTED}"}, "row 1 doi: EMAIL by email"),
        ({"journal": f"Annals of {PLANTED}"}, "row 1 journal: EMAIL by email"),
        ({"authors": ["Doe J", f"Roe {PLANTED}"]}, "row 1 authors: EMAIL by email"),
        ({"keywords": [f"Tel: 555-0142-77 {PLANTED}"]}, "row 1 keywords: PHONE by phone_label"),
        ({"metadata": json.dumps({"a": {"b": [PLANTED]}})}, "row 1 metadata.a: EMAIL by email"),
        ({"metadata": json.dumps({"volume": PLANTED})}, "row 1 metadata.volume: EMAIL by email"),
        ({"metadata": '{"n": "a\\nMRN: 00998874"}'}, "row 1 metadata.n: RECORD by record_label"),
        ({"metadata": '{"n": "a\\tDNI 12345678"}'}, "row 1 metadata.n: ID by id_es.dni_label"),
        (
            {"metadata": '{"patientName": "Anna Exempel"}'},
            "row 1 metadata.patientName: NAME by name_patient",
        ),
        ({"metadata": '{"phone": 6175550143}'}, "row 1 metadata.phone: PHONE by phone_label"),
        (
            {"metadata": '{"patient": {"ids": ["A99887766"]}}'},
            "row 1 metadata.patient: RECORD by record_qualified",
        ),
    ],
)
def test_every_column_is_looked_through(values: dict[str, Any], said: str) -> None:
    """The message names row, column, entity and rule, and no value."""
    lines = found(shard(**values), "volume")
    assert said in lines
    assert PLANTED not in " ".join(lines)


def test_nothing_is_found_where_nothing_is() -> None:
    """Identifiers, masks and numbers of literature are no finds."""
    metadata = json.dumps({"manuscript": "+44 20 7946 0958", "note": "MRN: [RECORD]"})
    row = {"text": "Write to [EMAIL].", "metadata": metadata, "doi": "10.5555/1.2", "pmid": "31"}
    assert found(shard(**row), "manuscript") == []
    assert found(shard(**row)) == ["row 1 metadata.manuscript: PHONE by phone_international"]


def test_what_strict_looks_for_in_texts_alone_is_no_find_elsewhere() -> None:
    """Authors with a title, addresses of pages and volumes stay; a day of a life does not."""
    kept = {"authors": ["Dr Jane Exempel"], "url": "https://clinic.example.org/fever"}
    assert found(shard(**kept), profile="strict") == []
    born = json.dumps({"note": "She was born on 3 March 1931."})
    assert found(shard(metadata=born), profile="strict") == [
        "row 1 metadata.note: DATE by date_of_life"
    ]


def test_names_of_files_and_lines_of_the_ledger() -> None:
    """Its columns are those of no shard."""
    rows = pa.RecordBatch.from_pydict(
        {
            "id": ["notes:n1", None],
            "resource": [f"a.tar::{PLANTED}.txt", "b.tar::b.txt"],
            "detail": [None, f"b.txt: {PLANTED}"],
        }
    )
    assert found(rows) == [
        "row 1 detail: EMAIL by email",
        "row 0 resource: the name of a file would be masked",
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Notes and their recipe."""
    notes(tmp_path, 12)
    recipe(tmp_path)
    return tmp_path


def test_a_hit_publishes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fault wrote into a shard after masking is found; the next build is whole."""
    real = write._read

    def faulty(task: write.ShardTask, start: int, stop: int) -> pa.Table:
        table = real(task, start, stop)
        texts = table["text"].to_pylist()
        texts[3] += f" Write to {PLANTED}."
        return table.set_column(1, SHARD_SCHEMA.field("text"), pa.array(texts, pa.string()))

    monkeypatch.setattr(write, "_read", faulty)
    with pytest.raises(CheckError) as caught:
        built(folder)
    assert str(caught.value) == (
        "the scan before publishing found personal data, nothing was published: "
        "data/notes/train-00000-of-00001.parquet row 3 text: EMAIL by email"
    )
    assert not (folder / "c/v1").exists()
    monkeypatch.undo()
    assert built(folder).version == "v1"


def test_a_scan_that_fails_publishes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that stops while the finished files are scanned is no clean scan."""
    real = rescan.left_in

    def failing(batch: pa.RecordBatch, *rest: Any) -> Iterator[rescan.Left]:
        with monkeypatch.context() as patch:
            patch.setattr("filters.pii.scan._windows", lambda text, marks: 1 / 0)
            yield from real(batch, *rest)

    monkeypatch.setattr(rescan, "left_in", failing)
    text = json.dumps({"id": "m", "text": f"{prose(1)} Mail [EMAIL] about it."})
    (folder / "notes.jsonl").write_text(text + "\n")
    with pytest.raises(CheckError, match="row 0 text: a rule stopped with ZeroDivisionError"):
        built(folder)
    assert not (folder / "c/v1").exists()


def test_files_that_were_scanned_are_not_scanned_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless something else is asked for; a version says what it was scanned by."""
    scanned: list[str] = []
    real = rescan.scan_file

    def counted(task: rescan.ScanTask) -> list[rescan.Left]:
        scanned.append(task.name)
        return real(task)

    monkeypatch.setattr(rescan, "scan_file", counted)
    built(folder)
    assert sorted(scanned) == [
        "attribution.parquet",
        "data/notes/train-00000-of-00001.parquet",
        "ledger/notes/ledger-00000-of-00001.parquet",
    ]
    scanned.clear()
    assert built(folder).version == "v2"
    assert scanned == []
    recipe(folder, extra='[pii]\nkeep = ["116 123"]')
    assert built(folder).version == "v3"
    assert len(scanned) == 3
    keys = [
        json.loads((folder / f"c/v{n}/manifest.json").read_text())["pii_scan"] for n in (1, 2, 3)
    ]
    assert keys[0] == keys[1] != keys[2]


def test_what_a_version_says_of_itself_is_scanned(folder: Path) -> None:
    """A name in the card, or in a path of the manifest that was not masked, publishes nothing."""
    recipe(folder)
    text = (folder / "recipe.toml").read_text()
    name = text.partition('name = "')[2].partition('"')[0]
    (folder / "recipe.toml").write_text(text.replace(name, f"notes of {PLANTED}", 1))
    with pytest.raises(CheckError) as caught:
        built(folder)
    for file in ("README.md", "croissant.json"):
        assert f"{file} row" in str(caught.value)
    assert PLANTED not in str(caught.value)
    (folder / "recipe.toml").write_text(text.replace("notes*.jsonl", f"{PLANTED}.jsonl"))
    (folder / "notes.jsonl").rename(folder / f"{PLANTED}.jsonl")
    assert built(folder).version == "v1"
    content = json.loads((folder / "c/v1/manifest.json").read_text())
    assert content["sources"]["notes"]["paths"] == ["[EMAIL].jsonl"]


def test_off_is_not_scanned(folder: Path) -> None:
    """It masks nothing, and the manifest says so."""
    recipe(folder, extra='[pii]\nprofile = "off"\npublish_unmasked = true')
    line = json.dumps({"id": "m", "text": f"Write to {PLANTED} about the invented fever. " * 4})
    (folder / "notes.jsonl").write_text(line + "\n")
    built(folder)
    content = json.loads((folder / "c/v1/manifest.json").read_text())
    assert (content["pii_profile"], content["pii_scan"]) == ("off", None)
    assert "unmasked" in [alarm["alarm"] for alarm in content["alarms"]]
