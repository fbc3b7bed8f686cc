"""`--against`: what another corpus has is left out, by work, by text and by likeness, and named."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import curation
from curation.errors import CurationError
from curation.storage import sha256_file
from tests.corpora import digest, prose, rows_of, run
from tests.curation.make_works import TAIL, reworded

Record = dict[str, Any]


def record(native: str, text: str | int, **fields: Any) -> Record:
    """Return a record of a JSON-lines file."""
    body = prose(text) if isinstance(text, int) else text
    return {"id": native, "text": body, "license": "CC0-1.0", **fields}


def written(folder: Path, records: list[Record], *, name: str = "notes", extra: str = "") -> Path:
    """Write records and a recipe for them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    path = folder / "recipe.toml"
    path.write_text(
        f'name = "{folder.name}"\n{extra}\n[language]\nkeep = "any"\n[quality]\nenabled = false\n'
        f'[[sources]]\nuse = "jsonl"\nname = "{name}"\npaths = ["{name}.jsonl"]\n'
    )
    return path


ABSTRACT = {"kind": "abstract", "title": "Imaginary outcomes of examplin in invented adults"}
OLD = [
    record("p1", 1, pmid="101", doi="10.1000/A(1)x"),
    record("p2", 2, pmcid="PMC7", kind="article"),
    record("p3", 3, pmid="103", kind="abstract", metadata={"languages": ["spa"]},
           title="Imaginary outcomes of examplin in invented adults"),
    record("p4", 4),
    record("p5", 5),
    record("p6", 6, pmid="106"),
    record("full", 7, pmcid="PMC8", doi="10.1000/8", kind="article"),
    record("abstract", 8, pmid="108", doi="10.1000/8", kind="abstract"),
    record("same-name", 9),
]  # fmt: skip
NEW = [
    record("n1", 11, doi="https://doi.org/10.1000/a(1)X"),
    record("n2", 12, pmcid="PMC7"),
    record("n3", prose(3) + TAIL, pmid="903", kind="abstract", metadata={"languages": ["eng"]},
           title="Imaginary outcomes of examplin in invented adults"),
    record("n4", 4),
    record("n4b", 4, pmid="904"),
    record("n5", prose(5) + TAIL),
    record("n5b", reworded(5, 8)),
    record("n6", 16, pmid="106", kind="article"),
    record("n6b", 17, pmid="106", doi="10.1000/6"),
    record("n8", 18, pmid="108", kind="abstract"),
    record("same-name", 19),
    record("conflict", 21, pmid="999", doi="10.1000/8"),
    record("fresh", 20, pmid="120"),
]  # fmt: skip
EXPECTED = {
    "notes:n1": ("identity", "work_in_against", "v1/notes:p1"),
    "notes:n2": ("identity", "work_in_against", "v1/notes:p2"),
    "notes:n3": ("identity", "work_in_against", "v1/notes:p3"),
    "notes:n4": ("exact", "text_in_against", "v1/notes:p4"),
    "notes:n4b": ("exact", "text_in_against", "v1/notes:p4"),
    "notes:n5": ("near", "similar_in_against", "v1/notes:p5"),
    "notes:n5b": (None, None, None),
    "notes:n6": ("identity", "work_in_against", "v1/notes:p6"),
    "notes:n6b": ("identity", "work_in_against", "v1/notes:p6"),
    "notes:n8": ("identity", "work_in_against", "v1/notes:full"),
    "notes:same-name": ("identity", "work_in_against", "v1/notes:same-name"),
    "notes:conflict": (None, None, None),
    "notes:fresh": (None, None, None),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus, and one built against it."""
    folder = tmp_path_factory.mktemp("against")
    curation.build(written(folder / "old", OLD), folder / "a", 1)
    curation.build(written(folder / "new", NEW), folder / "b", 1, against=folder / "a")
    return folder


def test_what_the_other_corpus_has_is_left_out(built: Path) -> None:
    """Work by id or edition, text, likeness; the guard and conflicting ids keep apart as ever."""
    ledger = {r["id"]: r for r in rows_of(built / "b/v1")}
    found = {name: (r["step"], r["rule"], r["representative"]) for name, r in ledger.items()}
    assert found == EXPECTED
    for name, row in ledger.items():
        if row["rule"]:
            assert row["detail"] == "already in old v1", name
            assert row["cluster"] is None
    assert 0.8 <= ledger["notes:n5"]["similarity"] < 1
    assert ledger["notes:n4"]["similarity"] == 1
    assert 0.5 <= ledger["notes:n3"]["similarity"] < 1
    assert "v1/notes:p5; the guard keeps it: " in ledger["notes:n5b"]["detail"]


def test_the_manifest_names_the_other_version(built: Path) -> None:
    """By name, version and checksum of its manifest, never by its place on this machine."""
    content = json.loads((built / "b/v1/manifest.json").read_text())
    sha = sha256_file(built / "a/v1/manifest.json")
    assert content["against"] == {"name": "old", "version": "v1", "sha256": sha}
    assert "against" not in json.loads((built / "a/v1/manifest.json").read_text())
    assert content["counts"] == {"kept": 3, "dropped": 10, "failed": 0}
    assert str(built) not in (built / "b/v1/manifest.json").read_text()


def test_the_version_verifies_and_explains_itself(built: Path) -> None:
    """Nothing dangles, and the sentence says where the document is."""
    assert curation.open(built / "b").verify(deep=True)["ok"]
    said = run("explain", built / "b", "notes:n5").stdout
    assert "v1/notes:p5" not in said
    assert said.count("notes:p5 of old v1") == 2  # in the sentence, and as what stays
    assert "already in" not in said


def test_same_bytes_again(built: Path, tmp_path: Path) -> None:
    """By the command line with other workers and no cache, and from the cache, which then goes."""
    recipe = built / "new/recipe.toml"
    out = tmp_path / "c"
    run("build", recipe, "--out", out, "--against", built / "a/v1", "--workers", "2")
    assert digest(out / "v1") == digest(built / "b/v1")
    parts = {p: p.stat().st_mtime_ns for p in (out / ".curation/against").iterdir()}
    curation.build(recipe, out, 1, against=built / "a")
    assert {p: p.stat().st_mtime_ns for p in parts} == parts
    one, two = digest(out / "v1"), digest(out / "v2")
    assert {k for k in one if one[k] != two[k]} <= {"manifest.json"}
    curation.build(recipe, out, 1)
    assert not (out / ".curation/against").exists()
    assert len([r for r in rows_of(out / "v3") if r["outcome"] == "kept"]) > 3


def test_against_itself_leaves_nothing_and_is_no_alarm(built: Path, tmp_path: Path) -> None:
    """All of it stays where it is: no loss."""
    corpus = curation.build(built / "old/recipe.toml", tmp_path / "c", 1, against=built / "a")
    assert {alarm["alarm"] for alarm in corpus.manifest["alarms"]} == {"nothing_stays"}
    found = rows_of(tmp_path / "c/v1")
    assert {r["outcome"] for r in found} == {"dropped"}
    assert {r["step"] for r in found} == {"identity"}
    assert corpus.verify()["ok"]


def test_ids_of_another_source_are_no_works(built: Path, tmp_path: Path) -> None:
    """`note 4` of another set is another note, unless the recipe reads the same source."""
    recipe = written(tmp_path / "new", [record("same-name", 30), record("p4", 4)], name="other")
    curation.build(recipe, tmp_path / "c", 1, against=built / "a")
    ledger = {r["id"]: (r["step"], r["representative"]) for r in rows_of(tmp_path / "c/v1")}
    assert ledger == {"other:same-name": (None, None), "other:p4": ("exact", "v1/notes:p4")}


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ("[identity]\nenabled = false", {"n1", "n2", "n6", "n6b", "n8", "same-name"}),
        ("[identity]\neditions = false\n[duplicates]\nenabled = false", {"n3", "n4", "n4b", "n5"}),
        ("[duplicates]\nguard = false", set()),
    ],
    ids=["no identity", "no duplicates", "no guard"],
)
def test_switches_hold_here_too(built: Path, tmp_path: Path, extra: str, kept: set[str]) -> None:
    """A step that is off leaves in what only it would have found."""
    recipe = written(tmp_path / "new", NEW, extra=extra)
    curation.build(recipe, tmp_path / "c", 1, against=built / "a")
    found = {r["id"].split(":")[1] for r in rows_of(tmp_path / "c/v1") if r["outcome"] == "kept"}
    assert found == kept | {"fresh", "conflict"} | ({"n5b"} if "guard" not in extra else set())


@pytest.mark.parametrize("wrong", ["nowhere", "new", "a/v7"])
def test_no_version_there_is_wrong_usage(built: Path, tmp_path: Path, wrong: str) -> None:
    """One line, exit code 2, and no folder is made."""
    done = run(
        "build", built / "new/recipe.toml", "--out", tmp_path / "c", "--against", built / wrong,
        code=2,
    )  # fmt: skip
    assert len(done.stderr.strip().splitlines()) == 1
    assert wrong in done.stderr
    assert not (tmp_path / "c").exists()


def test_a_damaged_shard_is_named(built: Path, tmp_path: Path) -> None:
    """A shard that its manifest does not know is not believed."""
    shutil.copytree(built / "a", tmp_path / "a")
    [shard] = (tmp_path / "a/v1/data").rglob("*.parquet")
    shard.chmod(0o644)
    shard.write_bytes(shard.read_bytes() + b"x")
    recipe = built / "new/recipe.toml"
    with pytest.raises(CurationError, match=re.escape(f"{shard}: damaged")):
        curation.build(recipe, tmp_path / "c", 1, against=tmp_path / "a")


def test_what_is_left_out_is_no_loss_for_the_alarms(tmp_path: Path) -> None:
    """Where the other corpus has nearly all, one bad new record stops no build."""
    old = [record(f"o{n}", 100 + n) for n in range(12)]
    curation.build(written(tmp_path / "old", old), tmp_path / "a", 1)
    alarms = "[alarms]\nmin_documents = 1\n[quality]\nwords_min = 20"
    path = written(tmp_path / "new", [*old, record("bad", "")])
    path.write_text(path.read_text().replace("[quality]\nenabled = false", alarms))
    curation.build(path, tmp_path / "b", 1, against=tmp_path / "a")
    outcomes = [r["outcome"] for r in rows_of(tmp_path / "b/v1")]
    assert outcomes == ["dropped"] * 13
