"""Extract: what a slice gives does not depend on how many rows are worked on at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation import extract
from curation.task import InputFile, Parameters, SliceTask
from filters.pii import Masking

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "pubmed" / "pubmed90n0001.xml.gz"


def extracted(folder: Path) -> pa.Table:
    """The documents table of the sample's PubMed file, which comes as columns."""
    parameters = Parameters("pubmed", "pubmed", "abstract", "", {}, Masking("default"), "", {})
    item = InputFile(SAMPLE.name, str(SAMPLE), SAMPLE.stat().st_size, "x")
    extract.extract_slice(SliceTask(str(folder), (item,), parameters))
    return pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("part-*.parquet")))


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_rows_at_a_time_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """A batch that is cut gives the same rows, their lists and masks included."""
    expected = extracted(tmp_path / "whole")
    assert expected.num_rows > 20
    assert any(expected["mesh"].to_pylist())
    monkeypatch.setattr(extract, "BATCH_ROWS", rows)
    assert extracted(tmp_path / "cut").equals(expected)


def test_two_attempts_at_once_give_one_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker taken for lost goes on beside its successor, maybe with the same process number."""
    expected = extracted(tmp_path / "alone/slice")
    started = Barrier(2)
    plain = extract._rows

    def together(task: SliceTask, *more: Any) -> Iterator[object]:
        started.wait(60)
        yield from plain(task, *more)
        started.wait(60)  # both have their files before either publishes

    monkeypatch.setattr(extract, "_rows", together)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(extracted, [tmp_path / "twice/slice"] * 2))
    assert all(table.equals(expected) for table in both)
    assert [path.name for path in (tmp_path / "twice").iterdir()] == ["slice"]
    files = {path.name: path.read_bytes() for path in (tmp_path / "twice/slice").iterdir()}
    assert files == {p.name: p.read_bytes() for p in (tmp_path / "alone/slice").iterdir()}
