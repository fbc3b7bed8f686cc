"""Datasets of the hub: local folders, splits, and trouble that ends in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.base import Document, Failure, Item, SourceError
from sources.hub import Hub


def read(root: Path, **options: object) -> list[Item]:
    """Locate and parse as a build does."""
    source = Hub(**options)
    listing = source.locate([], root)
    assert not listing.problems, listing.problems
    found: list[Item] = []
    for item in listing.inputs:
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure)
            found += source.parse(resource, stream)
    return found


def ids(items: list[Item]) -> list[str]:
    """Ids of the documents."""
    return [item.native_id for item in items if isinstance(item, Document)]


def test_local_folder_by_split(tmp_path: Path) -> None:
    """Only files of the split are read, Parquet and JSON lines alike, with mapped fields."""
    data = tmp_path / "set" / "data"
    data.mkdir(parents=True)
    table = pa.table({"id": ["p1"], "body": ["one"]})
    pq.write_table(table, data / "train-00000-of-00001.parquet")
    (data / "train.jsonl").write_text(json.dumps({"id": "j1", "body": "two"}) + "\n")
    (data / "test.jsonl").write_text(json.dumps({"id": "x1", "body": "three"}) + "\n")
    fields = {"text": "body"}
    assert ids(read(tmp_path, dataset="set", fields=fields)) == ["p1", "j1"]
    assert ids(read(tmp_path, dataset="set", fields=fields, split="test")) == ["x1"]


def test_folder_without_splits(tmp_path: Path) -> None:
    """Where no name tells a split, all files are read; rows without an id count by file."""
    (tmp_path / "set").mkdir()
    for name in ("a", "b"):
        (tmp_path / "set" / f"{name}.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    found = ids(read(tmp_path, dataset="set"))
    assert found == ["a.jsonl-1", "a.jsonl-2", "b.jsonl-1", "b.jsonl-2"]


def test_bad_row_costs_one_failure(tmp_path: Path) -> None:
    """A row without text is one failure; the next one is read."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.jsonl").write_text('{"id": "1"}\n{"id": "2", "text": "two"}\n')
    bad, good = read(tmp_path, dataset="set")
    assert isinstance(bad, Failure)
    assert (bad.rule, bad.native_id) == ("no_text_field", "1")
    assert isinstance(good, Document)


def test_saved_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset of `save_to_disk` is read through the library; rows are numbered."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    rows = datasets.Dataset.from_dict({"text": ["one", "two"]})
    datasets.DatasetDict({"train": rows}).save_to_disk(str(tmp_path / "saved"))
    found = read(tmp_path, dataset="saved")
    assert ids(found) == ["1", "2"]
    assert [item.text for item in found if isinstance(item, Document)] == ["one", "two"]


def test_offline_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset that cannot be reached is one clear line, without a traceback."""
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    datasets = pytest.importorskip("datasets")

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("a long story\nover lines")

    monkeypatch.setattr(datasets, "load_dataset", unreachable)
    with pytest.raises(SourceError, match="check the name") as error:
        read(tmp_path, dataset="nobody/nothing", revision="abc")
    assert error.value.rule == "hub_unreachable"
    assert "\n" not in str(error.value)
    assert "nobody/nothing" in str(error.value)


def test_rows_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, config, split and revision are handed on, and never code to run."""
    datasets = pytest.importorskip("datasets")
    seen: list[object] = []

    def load(*args: object, **options: object) -> list[dict[str, object]]:
        seen.append((args, options))
        return [{"id": 5, "text": "five", "score": float("inf")}]

    monkeypatch.setattr(datasets, "load_dataset", load)
    (item,) = read(tmp_path, dataset="some/set", config="en", revision="abc")
    assert isinstance(item, Document)
    assert (item.native_id, item.text, item.metadata) == ("5", "five", {})
    options = {"split": "train", "revision": "abc", "streaming": True}
    assert seen == [(("some/set", "en"), options)]


@pytest.mark.parametrize("dataset", ["", "empty"])
def test_nothing_to_read_is_a_problem(tmp_path: Path, dataset: str) -> None:
    """No dataset named, or a folder without data, is a problem of the recipe."""
    (tmp_path / "empty").mkdir()
    listing = Hub(dataset=dataset).locate([], tmp_path)
    assert not listing.inputs
    assert len(listing.problems) == 1


def test_missing_split_is_a_problem(tmp_path: Path) -> None:
    """A split that no file belongs to is a problem, not an empty success."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "train.jsonl").write_text('{"id": "1", "text": "one"}\n')
    assert Hub(dataset="set", split="test").locate([], tmp_path).problems
