"""Plan: finished slices are found again, file by file; only what is new is extracted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curation import plan
from curation.extract import extract_slice
from curation.plan import SourcePlan, plan_source, read_marker
from curation.recipe import load
from curation.task import Parameters
from filters.pii import Masking
from tests.corpora import notes, recipe


def planned(folder: Path, **changes: object) -> SourcePlan:
    """Plan the one source of a folder's recipe."""
    loaded = load(folder / "recipe.toml")
    values = {
        "source": "notes", "use": "jsonl", "kind": "other", "license": "", "options": {},
        "pii": Masking("default"), "language_model": "", "versions": {"a": "1"},
    }  # fmt: skip
    parameters = Parameters(**{**values, **changes})
    return plan_source(loaded, loaded.sources[0], parameters, folder / "corpus")


def extract(folder: Path, **changes: object) -> SourcePlan:
    """Plan and extract what is to do."""
    made = planned(folder, **changes)
    for task in made.todo:
        extract_slice(task)
    return made


def files(made: SourcePlan) -> tuple[list[str], list[str]]:
    """Return the paths that come from the cache, and those to extract."""
    done = sorted(path for _, paths in made.done for path in paths)
    return done, sorted(item.path for task in made.todo for item in task.inputs)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with three files, extracted."""
    for n in range(3):
        notes(tmp_path, 2, f"notes-{n}.jsonl", first=10 * n)
    recipe(tmp_path)
    extract(tmp_path)
    return tmp_path


NAMES = ["notes-0.jsonl", "notes-1.jsonl", "notes-2.jsonl"]


def test_nothing_changed_means_nothing_to_do(three: Path) -> None:
    """All files come from the one slice that they were extracted in."""
    made = planned(three)
    assert files(made) == (NAMES, [])
    assert len(made.done) == 1


def test_a_new_file_is_a_new_slice(three: Path) -> None:
    """What stood together stays together."""
    notes(three, 2, "notes-1b.jsonl", first=50)
    assert files(planned(three)) == (NAMES, ["notes-1b.jsonl"])


def test_a_removed_file_leaves_the_others_in_the_cache(three: Path) -> None:
    """The slice is used for what is still there; its other rows do not count."""
    (three / "notes-1.jsonl").unlink()
    assert files(planned(three)) == (["notes-0.jsonl", "notes-2.jsonl"], [])


def test_a_changed_file_is_extracted_again(three: Path) -> None:
    """Other bytes under the same name, even of the same size."""
    path = three / "notes-1.jsonl"
    path.write_text(path.read_text().replace("n10", "n99"))
    assert files(planned(three)) == (["notes-0.jsonl", "notes-2.jsonl"], ["notes-1.jsonl"])
    extract(three)
    assert files(planned(three)) == (NAMES, [])


def test_a_renamed_file_is_another_input(three: Path) -> None:
    """The ledger names paths: rows of the old name would be wrong."""
    (three / "notes-1.jsonl").rename(three / "notes-7.jsonl")
    assert files(planned(three))[1] == ["notes-7.jsonl"]


def test_a_file_in_two_slices_is_taken_once(three: Path) -> None:
    """Changed and changed back, a file stands in two slices; one of them counts."""
    path = three / "notes-1.jsonl"
    before = path.read_text()
    path.write_text(before.replace("n10", "n99"))
    extract(three)
    path.write_text(before)
    extract(three)
    assert files(planned(three)) == (NAMES, [])


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "web"},
        {"license": "CC0-1.0"},
        {"options": {"fields": {"text": "body"}}},
        {"pii": Masking("strict")},
        {"pii": Masking("default", ("112",))},
        {"versions": {"a": "2"}},
        {"source": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed_parameters_extract_all_again(three: Path, change: dict[str, object]) -> None:
    """Whatever the text depends on is part of the key; coming back finds the old slices."""
    assert files(planned(three, **change)) == ([], NAMES)
    extract(three, **change)
    assert files(planned(three)) == (NAMES, [])


def test_the_place_of_the_model_is_no_part_of_the_key(three: Path) -> None:
    """Its checksum is, among the versions."""
    assert files(planned(three, language_model="/elsewhere/lid.176.ftz")) == (NAMES, [])


def test_small_files_share_a_slice_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number and by bytes; every file is in exactly one slice, in order."""
    for n in range(9):
        notes(tmp_path, 1, f"notes-{n}.jsonl", first=n)
    recipe(tmp_path)
    sizes = {p.name: p.stat().st_size for p in tmp_path.glob("notes-*")}
    monkeypatch.setattr(plan, "SLICE_FILES", 4)
    groups = [[item.path for item in task.inputs] for task in planned(tmp_path).todo]
    assert sorted(map(len, groups)) == [1, 4, 4]
    assert sorted(path for group in groups for path in group) == sorted(sizes)
    assert all(group == sorted(group) for group in groups)
    monkeypatch.setattr(plan, "SLICE_FILES", 100)
    monkeypatch.setattr(plan, "SLICE_BYTES", 2 * max(sizes.values()))
    for task in planned(tmp_path).todo:
        assert sum(item.size for item in task.inputs) <= 2 * max(sizes.values())


def test_large_files_and_archives_stand_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large ones first, so that the last worker waits least."""
    monkeypatch.setattr(plan, "LARGE_BYTES", 3_000)
    notes(tmp_path, 20, "notes-big.jsonl")
    for n in range(3):
        notes(tmp_path, 1, f"notes-{n}.jsonl", first=100 + n)
    (tmp_path / "notes-a.tar.gz").write_bytes(b"no archive")
    (tmp_path / "notes-b.zip").write_bytes(b"no archive")
    recipe(tmp_path, '["notes*"]')
    groups = [[item.path for item in task.inputs] for task in planned(tmp_path).todo]
    assert groups[0] == ["notes-big.jsonl"]
    assert {tuple(group) for group in groups[1:]} == {
        ("notes-a.tar.gz",),
        ("notes-b.zip",),
        tuple(NAMES),
    }


def test_problems_are_listed_and_not_extracted(tmp_path: Path) -> None:
    """A path that is not there is no input."""
    notes(tmp_path, 1)
    recipe(tmp_path, '["notes.jsonl", "missing.jsonl"]')
    made = planned(tmp_path)
    assert [problem.path for problem in made.problems] == ["missing.jsonl"]
    assert files(made) == ([], ["notes.jsonl"])


def slice_folder(three: Path) -> Path:
    """Return the folder of the one finished slice."""
    [folder] = [Path(folder) for folder, _ in planned(three).done]
    return folder


def unlock(folder: Path) -> None:
    """Make a slice writable, so that a test can damage it."""
    for path in folder.iterdir():
        path.chmod(0o644)


DAMAGE = {
    "part cut": lambda folder: _cut(folder / "part-00000.parquet"),
    "part missing": lambda folder: (folder / "part-00000.parquet").unlink(),
    "marker missing": lambda folder: (folder / "done.json").unlink(),
    "marker cut": lambda folder: _cut(folder / "done.json"),
    "marker empty": lambda folder: (folder / "done.json").write_text("{}"),
    "marker a list": lambda folder: (folder / "done.json").write_text("[]"),
    "marker without inputs": lambda folder: (folder / "done.json").write_text('{"files": {}}'),
    "marker without files": lambda folder: (folder / "done.json").write_text(
        '{"files": {}, "inputs": [["notes-0.jsonl", 1, "x"]]}'
    ),
    "inputs no list": lambda folder: (folder / "done.json").write_text(
        json.dumps({"files": _sizes(folder), "inputs": 5})
    ),
}


def _sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.glob("part-*")}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_slice_is_extracted_again(three: Path, how: str) -> None:
    """Damage is seen before the slice is used; afterwards the cache is as it was."""
    folder = slice_folder(three)
    before = (folder / "part-00000.parquet").read_bytes()
    unlock(folder)
    DAMAGE[how](folder)
    assert files(planned(three)) == ([], NAMES)
    extract(three)
    assert files(planned(three)) == (NAMES, [])
    assert read_marker(folder)
    assert (folder / "part-00000.parquet").read_bytes() == before


def test_what_a_killed_worker_left_is_not_used(three: Path) -> None:
    """A folder under a temporary name is no slice, even where it looks whole."""
    folder = slice_folder(three)
    folder.rename(folder.with_name(f".{folder.name}.123"))
    assert files(planned(three)) == ([], NAMES)
