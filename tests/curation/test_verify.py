"""Verify finds what is wrong: each kind of damage gives the fault of its name."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation import manifest, verify_deep
from curation.errors import UsageError
from curation.faults import FAULTS
from curation.verify import verify
from tests.curation.make_version import (
    dropped,
    edit,
    kept,
    make_version,
    refresh_manifest,
    set_value,
    standard_rows,
    unlock,
)


@pytest.fixture
def folder(tmp_path):
    """A fresh, writable copy of the standard version."""
    made = make_version(tmp_path / "corpus")
    unlock(made)
    return made


def found(folder, *, deep=False):
    """Names of the faults of a version; what they say is checked on the way."""
    result = verify(folder, deep=deep)
    names = {fault["fault"] for fault in result["faults"]}
    assert names <= set(FAULTS)
    assert result["ok"] == (not names)
    for fault in result["faults"]:
        assert fault["detail"]
        assert fault["count"] >= max(1, len(fault["places"]))
        assert "fictional" not in json.dumps(fault)
    return names


def ledger_file(folder, source="pubmed"):
    """The only ledger file of a source."""
    return next((folder / "ledger" / source).iterdir())


def shard_file(folder, source="pubmed"):
    """The shard of a source with most rows."""
    paths = sorted((folder / "data" / source).iterdir())
    return max(paths, key=lambda path: pq.read_metadata(path).num_rows)


def set_in_ledger(folder, document, source="pubmed", **values):
    """Change cells of one ledger row and let the manifest agree."""

    def change(table):
        row = table["id"].to_pylist().index(document)
        for column, value in values.items():
            table = set_value(table, column, row, value)
        return table

    edit(ledger_file(folder, source), change)
    refresh_manifest(folder)


@pytest.mark.parametrize("deep", [False, True])
def test_a_whole_version_has_no_fault(folder, deep):
    """An untouched version is fine, and everything in it was looked at."""
    result = verify(folder, deep=deep)
    assert result["faults"] == []
    assert result["checked"] == {"files": 8, "rows": 14, "documents": 7}
    assert verify(folder.parent, deep=deep)["ok"]


def test_a_relative_path_is_checked_alike(folder, monkeypatch):
    """Paths of files are compared relative to the version, wherever one stands."""
    monkeypatch.chdir(folder)
    from pathlib import Path

    assert verify(Path(), deep=True)["faults"] == []
    monkeypatch.chdir(folder.parent)
    assert verify(Path("v1"))["ok"]


def test_no_version_is_wrong_usage(tmp_path):
    """What is no version is no fault of one."""
    with pytest.raises(UsageError):
        verify(tmp_path / "nothing")


def test_manifest_damage(folder):
    """A missing manifest, one that is no JSON, one of another version."""
    path = folder / manifest.NAME
    content = path.read_text()
    path.unlink()
    assert found(folder) == {"manifest_missing"}
    for broken in ("{", "[]", "{}", '{"version": "v1", "files": []}'):
        path.write_text(broken)
        assert found(folder) == {"manifest_damaged"}
    path.write_text(content.replace('"version": "v1"', '"version": "v7"'))
    assert found(folder) == {"manifest_version"}


def test_latest_pointer(folder):
    """The pointer must be there and name the newest version."""
    pointer = folder.parent / "latest"
    pointer.unlink()
    assert found(folder) == {"latest"}
    pointer.write_text("v9\n")
    assert found(folder) == {"latest"}


def test_files_that_go_come_or_grow(folder):
    """Sizes and names of files are those of the manifest."""
    (folder / "README.md").unlink()
    assert found(folder) == {"file_missing"}
    (folder / "README.md").write_text("# Made by another hand\n")
    (folder / "notes.txt").write_text("x")
    assert found(folder) == {"file_size", "file_extra"}


@pytest.mark.parametrize("kind", ["shard", "ledger"])
def test_a_flipped_byte_is_found_deep(folder, kind):
    """Every byte counts for --deep, also one that leaves the file readable."""
    path = shard_file(folder) if kind == "shard" else ledger_file(folder)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x40
    path.write_bytes(bytes(data))
    assert "file_checksum" in found(folder, deep=True)


@pytest.mark.parametrize("cut", [0, 10, 0.5])
@pytest.mark.parametrize("kind", ["shard", "ledger"])
def test_a_cut_file_is_a_fault_not_a_crash(folder, kind, cut):
    """Files that are empty or end early are named."""
    path = shard_file(folder) if kind == "shard" else ledger_file(folder)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut) if cut < 1 else int(cut)])
    names = found(folder, deep=True)
    assert {"file_size", "unreadable"} <= names


def test_another_schema(folder):
    """A shard that lost a column is named, and checked no further."""
    edit(shard_file(folder), lambda table: table.drop_columns(["url"]))
    refresh_manifest(folder)
    assert "schema" in found(folder)


def test_a_deleted_ledger_row(folder):
    """A document without its ledger row, and counts that do not balance."""

    def change(table):
        return table.filter(pa.array([i != "pubmed:2" for i in table["id"].to_pylist()]))

    edit(ledger_file(folder), change)
    refresh_manifest(folder)
    assert found(folder) == {"counts", "document_without_ledger", "attribution"}


def test_a_deleted_failed_row(folder):
    """Not even a failed input can vanish."""
    edit(ledger_file(folder), lambda table: table.slice(1))
    refresh_manifest(folder)
    assert found(folder) == {"counts"}


def test_a_deleted_document(folder):
    """A kept row whose document is gone."""
    edit(shard_file(folder), lambda table: table.slice(0, table.num_rows - 1))
    refresh_manifest(folder)
    assert found(folder) == {"kept_without_document"}


def test_swapped_documents(folder):
    """Two documents in each other's place: order, place and ledger are all wrong."""
    edit(shard_file(folder), lambda t: t.take([*range(1, t.num_rows), 0]))
    refresh_manifest(folder)
    assert found(folder) == {"shard_order", "kept_without_document", "document_without_ledger"}


def test_a_document_in_the_wrong_shard(folder):
    """Two shards with each other's names."""
    one, other = sorted((folder / "data" / "pubmed").iterdir())
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    refresh_manifest(folder)
    assert "shard_place" in found(folder)


def test_a_missing_shard_number(folder):
    """Shards are numbered without a gap, a power of two of them."""
    one, _ = sorted((folder / "data" / "guide").iterdir())
    one.rename(one.with_name("train-00000-of-00003.parquet"))
    refresh_manifest(folder)
    assert "shard_count" in found(folder)


@pytest.mark.parametrize(
    ("document", "values", "fault"),
    [
        ("pubmed:5", {"outcome": "lost"}, "outcome_unknown"),
        ("pubmed:5", {"outcome": None}, "outcome_unknown"),
        ("pubmed:5", {"step": "mood"}, "step_unknown"),
        ("pubmed:2", {"step": "quality"}, "step_unknown"),
        ("pubmed:5", {"rule": None}, "reason_missing"),
        ("pubmed:5", {"position": 6}, "ledger_key_twice"),
        ("pubmed:5", {"id": "pubmed:9"}, "ledger_order"),
        ("pubmed:5", {"id": "guide:5"}, "source_prefix"),
        ("pubmed:2", {"id": None}, "id_missing"),
        ("pubmed:2", {"id": "pubmed:1"}, "id_kept_twice"),
        ("pubmed:2", {"shard": None, "row": None}, "placement"),
        ("pubmed:5", {"shard": "data/pubmed/train-00000-of-00002.parquet", "row": 0}, "placement"),
        ("pubmed:2", {"row": 77}, "kept_without_document"),
        ("pubmed:2", {"row": 77}, "document_without_ledger"),
        ("pubmed:2", {"lang": "fr"}, "ledger_disagrees"),
        ("pubmed:2", {"license": "CC0-1.0"}, "ledger_disagrees"),
        ("pubmed:2", {"words": 51}, "ledger_disagrees"),
        ("pubmed:6", {"representative": "pubmed:404"}, "representative_missing"),
        ("pubmed:6", {"representative": None}, "representative_missing"),
        ("pubmed:6", {"representative": "pubmed:5"}, "representative_gone"),
        ("pubmed:6", {"representative": "pubmed:8"}, "representative_gone"),
        ("pubmed:6", {"representative": "pubmed:6"}, "representative_gone"),
        ("pubmed:6", {"rule": "similar_in_against", "representative": "v1/a:1"}, "against"),
        ("pubmed:6", {"cluster": "pubmed:5"}, "cluster_head"),
        ("pubmed:6", {"cluster": None}, "cluster_head"),
        ("pubmed:6", {"similarity": 0.7}, "similarity"),
        ("pubmed:6", {"similarity": None}, "similarity"),
        ("pubmed:6", {"threshold": 0.5}, "similarity"),
        ("pubmed:8", {"similarity": 0.99}, "similarity"),
    ],
)
def test_an_edited_ledger(folder, document, values, fault):
    """A careful forger who fixes the manifest's checksums is still found out."""
    set_in_ledger(folder, document, **values)
    assert fault in found(folder)


def test_counts_of_the_manifest(folder):
    """The manifest's counts are those of the ledger: rows, words, reasons, sources."""
    path = folder / manifest.NAME
    content = json.loads(path.read_text())
    for change in (
        lambda c: c["counts"].update(kept=8),
        lambda c: c["sources"]["pubmed"]["counts"].update(dropped=3),
        lambda c: c["sources"]["pubmed"].update(words=1),
        lambda c: c["drops"].pop(),
        lambda c: c["sources"].pop("guide"),
    ):
        copy = json.loads(json.dumps(content))
        change(copy)
        path.write_text(json.dumps(copy))
        assert found(folder) == {"counts"}


def test_attribution_names_what_was_kept(folder):
    """A document that nobody is named for is a fault."""
    edit(folder / "attribution.parquet", lambda table: table.slice(1))
    refresh_manifest(folder)
    assert found(folder) == {"attribution"}


def test_a_changed_text_does_not_fit_its_measurements(folder):
    """A text that was rewritten in place is found by measuring it, though all checksums agree."""
    edit(shard_file(folder), lambda t: set_value(t, "text", 0, "Short and new."))
    refresh_manifest(folder)
    assert found(folder) == set()
    assert found(folder, deep=True) == {"measurement"}


def test_a_text_that_is_not_normalised(tmp_path):
    """Blanks and control characters that normalising would remove."""
    folder = make_version(tmp_path / "c", [kept("1", text="Odd  spaces \u200bhere. ")], shards=1)
    assert found(folder, deep=True) == {"not_normalised"}


def test_personal_data_that_was_not_masked(tmp_path):
    """An address that the scan would mask is a fault under a profile, and not under `off`."""
    text = "Write to anna.example@clinic-fiction.org for the fictional protocol."
    masked = "Write to [EMAIL] for the fictional protocol."
    off = make_version(tmp_path / "off", [kept("1", text=text)], shards=1)
    assert found(off, deep=True) == set()
    bad = make_version(tmp_path / "on", [kept("1", text=text)], shards=1, pii_profile="default")
    assert found(bad, deep=True) == {"personal_data"}
    good = make_version(tmp_path / "ok", [kept("1", text=masked)], shards=1, pii_profile="default")
    assert found(good, deep=True) == set()


def test_the_same_text_twice(tmp_path):
    """Two kept documents with the same text are a fault where duplicates are removed."""
    rows = [kept("1", text="One text for two."), kept("2", text="One text for two.")]
    assert found(make_version(tmp_path / "on", rows), deep=True) == {"same_text_twice"}
    off = make_version(tmp_path / "off", rows, recipe={"duplicates": {"enabled": False}})
    assert found(off, deep=True) == set()


def test_a_chain_ends_at_what_stays(folder, tmp_path):
    """Exact after near is a chain that holds; a near duplicate of a near duplicate is none."""
    rows = standard_rows()
    extra = dropped("9", "near", "similar", representative="pubmed:6", similarity=0.85,
                    value=0.85, threshold=0.8, cluster="pubmed:1")  # fmt: skip
    assert "representative_gone" in found(make_version(tmp_path / "c", [*rows, extra]))


def test_copies_of_retracted_works_may_represent_exact_copies(tmp_path):
    """A copy of a retracted paper goes late, in the near-duplicate search; its copies go before."""
    rows = [
        dropped("1", "status", "retracted"),
        dropped("2", "status", "copy_of_retracted", representative="pubmed:1", similarity=0.9,
                threshold=0.8, cluster="pubmed:2"),
        dropped("3", "exact", "same_text", representative="pubmed:2", similarity=1.0,
                cluster="pubmed:2"),
        kept("4"),
    ]  # fmt: skip
    assert found(make_version(tmp_path / "c", rows)) == set()


def test_another_version_of_a_measurement_is_a_remark(folder):
    """Texts are not measured again with another definition; the reader is told."""
    path = folder / manifest.NAME
    content = json.loads(path.read_text())
    content["versions"] = dict.fromkeys(content["versions"], "0")
    path.write_text(json.dumps(content))
    result = verify(folder, deep=True)
    assert result["ok"]
    assert len(result["remarks"]) == len(content["versions"])


def test_raw_inputs_that_say_something_else(tmp_path):
    """With --raw, the inputs of the manifest are compared with their texts, if unchanged."""
    raw = tmp_path / "recipe"
    raw.mkdir()
    (raw / "note.md").write_text("# Note\n\nGive 5 mg at noon.\n")
    true = kept("1", resource="note.md", position=0, text="# Note\n\nGive 5 mg at noon.")
    for number, (text, names) in enumerate(((true["text"], set()), ("Give 50 mg.", {"fidelity"}))):
        folder = make_version(tmp_path / f"c{number}", [true | {"text": text}], shards=1)
        unlock(folder)
        content = json.loads((folder / manifest.NAME).read_text())
        entry = {"path": "note.md", **manifest.checksum(raw / "note.md")}
        content["sources"]["pubmed"] |= {"use": "guidelines", "inputs": [entry]}
        (folder / manifest.NAME).write_text(json.dumps(content))
        result = verify(folder, deep=True, raw=raw)
        assert {fault["fault"] for fault in result["faults"]} == names
        assert "1 of 1 raw inputs compared with their texts" in result["remarks"]
    (raw / "note.md").write_text("Another text of other 7 mg.")
    result = verify(folder, deep=True, raw=raw)
    assert result["ok"]
    assert "0 of 1 raw inputs compared with their texts" in result["remarks"]
    [why] = [line for line in result["remarks"] if line.startswith("not compared")]
    assert why == "not compared: 1 input with other bytes than the build read (note.md)"


def test_raw_inputs_that_are_not_compared_are_named(tmp_path, monkeypatch):
    """By reason, the first ones by name: a sample has bounds in files and in bytes."""
    monkeypatch.setattr(verify_deep, "FIDELITY_FILES", 2)
    monkeypatch.setattr(verify_deep, "FIDELITY_BYTES", 1 << 20)
    raw = tmp_path / "recipe"
    raw.mkdir()
    rows, inputs = [], [{"path": "gone.md", "bytes": 1, "sha256": ""}]
    for n in range(9):
        (raw / f"n{n}.md").write_text(f"# Note\n\nGive {n} mg at noon.\n")
        text = f"# Note\n\nGive {n} mg at noon."
        rows.append(kept(str(n), resource=f"n{n}.md", position=0, text=text))
        inputs.append({"path": f"n{n}.md", **manifest.checksum(raw / f"n{n}.md")})
    (raw / "big.md").write_bytes(b"x" * (2 << 20))
    inputs.append({"path": "big.md", **manifest.checksum(raw / "big.md")})
    folder = make_version(tmp_path / "c", rows, shards=1)
    unlock(folder)
    content = json.loads((folder / manifest.NAME).read_text())
    content["sources"]["pubmed"] |= {"use": "guidelines", "inputs": inputs}
    (folder / manifest.NAME).write_text(json.dumps(content))
    remarks = verify(folder, deep=True, raw=raw)["remarks"]
    assert "2 of 11 raw inputs compared with their texts" in remarks
    assert "not compared: 1 input not in that folder (gone.md)" in remarks
    [large] = [line for line in remarks if "larger than the whole sample of 1 MB" in line]
    assert large.startswith("not compared: 1 input ")
    assert large.endswith("`curation fidelity` compares each (big.md)")
    [beyond] = [line for line in remarks if "beyond the sample of 2 files and 1 MB" in line]
    assert beyond.startswith("not compared: 7 inputs ")
    assert beyond.count(".md") == 5
    assert beyond.endswith(" …)")


def test_every_fault_can_be_found():
    """Each fault of the closed list is the outcome of some test of this file."""
    from pathlib import Path

    text = Path(__file__).read_text()
    assert [fault for fault in FAULTS if f'"{fault}"' not in text] == []
