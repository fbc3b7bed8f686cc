"""Write: shards in the order of the id hash, the same bytes however their rows are read."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curation import write
from curation.columns import SHARD_SCHEMA
from curation.table import Works
from curation.write import ShardTask, read_rows, shard_count, write_shard
from filters.duplicates.signatures import id_hash
from tests.corpora import digest
from tests.curation.make_works import Entry, doc, works_of


@pytest.mark.parametrize(
    ("text_bytes", "size_mb", "previous", "count"),
    [
        (0, 256, 0, 1),
        (256_000_000, 256, 0, 1),
        (256_000_001, 256, 0, 2),
        (600_000_000, 256, 0, 4),
        (600_000_000, 256, 4, 4),
        (100_000_000, 256, 4, 4),
        (1_100_000_000, 256, 4, 8),
        (5_000, 0.001, 2, 8),
    ],
)
def test_shard_count(text_bytes: int, size_mb: float, previous: int, count: int) -> None:
    """A power of two that holds the text, kept from version to version until it must double."""
    assert shard_count(text_bytes, size_mb, previous) == count


def test_the_count_never_falls() -> None:
    """A corpus that shrinks keeps its documents in their files."""
    count = 0
    for size in (10, 5_000, 40, 9_000, 0):
        grown = shard_count(size, 0.001, count)
        assert grown >= count
        assert grown & (grown - 1) == 0
        assert grown * 1_000 >= size
        count = grown


def task_of(works: Works, path: Path) -> ShardTask:
    """Return the task that writes all rows of one source."""
    hashes = works.numbers("id_hash").astype(np.uint64)
    rows = np.argsort(hashes, kind="stable")
    where = pa.array(rows)
    ids = works.column("id").take(where)
    return ShardTask(
        str(path),
        "notes",
        tuple(str(part.path) for part in works.parts),
        works.part[rows],
        works.row[rows],
        works.numbers("text_bytes")[rows].astype(np.int64),
        ids,
        pa.nulls(len(rows), pa.string()),
        works.column("license").take(where),
    )


def entries(count: int = 40) -> list[Entry]:
    """Return documents of very different lengths."""
    return [
        doc(
            f"n{n}", position=n, text="word " * (3 + n * n % 97), title=f"Note {n}",
            date=["2019-08-26", "2020", "", "Spring"][n % 4], authors=("A B",) * (n % 3),
        )
        for n in range(count)
    ]  # fmt: skip


def test_rows_stand_in_the_order_of_the_hash_of_their_ids(tmp_path: Path) -> None:
    """A shard is shuffled already, and nothing depends on the order of arrival."""
    works = works_of(*entries(), slices=3)
    assert write_shard(task_of(works, tmp_path / "data/notes/x.parquet")) == 40
    table = pq.read_table(tmp_path / "data/notes/x.parquet", partitioning=None)
    assert table.schema.equals(SHARD_SCHEMA)
    hashes = id_hash(table["id"].combine_chunks())
    assert (hashes[1:] > hashes[:-1]).all()
    assert table["id"].to_pylist() != sorted(table["id"].to_pylist())
    by_id = {row["id"]: row for row in table.to_pylist()}
    row = by_id["notes:n4"]
    assert row["text"].startswith("# Note 4\n\nword word")
    assert (row["title"], row["source"], row["year"], row["repeats"]) == (
        "Note 4",
        "notes",
        2019,
        1,
    )
    assert by_id["notes:n5"]["year"] == 2020
    assert by_id["notes:n6"]["year"] is None
    assert by_id["notes:n7"]["year"] is None
    assert by_id["notes:n2"]["authors"] == ["A B", "A B"]


def test_row_groups_hold_about_so_much_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group ends where its text reaches the limit; no row is lost between groups."""
    monkeypatch.setattr(write, "GROUP_BYTES", 1_000)
    works = works_of(*entries())
    task = task_of(works, tmp_path / "x.parquet")
    write_shard(task)
    meta = pq.read_metadata(tmp_path / "x.parquet")
    sizes = [meta.row_group(n).num_rows for n in range(meta.num_row_groups)]
    assert sum(sizes) == 40
    starts = np.cumsum([0, *sizes])
    texts = [int(task.text_bytes[a:b].sum()) for a, b in itertools.pairwise(starts.tolist())]
    largest = int(task.text_bytes.max())
    assert all(size <= 1_000 + largest for size in texts)
    assert len(texts) <= 2 * -(-sum(texts) // 1_000)
    assert len(texts) >= sum(texts) // (1_000 + largest)


@pytest.mark.parametrize("slices", [1, 2, 7])
@pytest.mark.parametrize("stripe", [1, 2_500, 10**9])
def test_stripes_and_parts_leave_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slices: int, stripe: int
) -> None:
    """The bytes are those of one stripe over one part."""
    monkeypatch.setattr(write, "GROUP_BYTES", 1_000)
    monkeypatch.setattr(write, "PART_GROUP_BYTES", 1)
    write_shard(task_of(works_of(*entries()), tmp_path / "a/x.parquet"))
    monkeypatch.setattr(write, "STRIPE_BYTES", stripe)
    shuffled = entries()[::-1]
    write_shard(task_of(works_of(*shuffled, slices=slices), tmp_path / "b/x.parquet"))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_two_attempts_at_once_give_one_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker taken for lost goes on beside its successor; nothing unfinished has a shard's name."""
    monkeypatch.setattr(write, "GROUP_BYTES", 1_000)
    monkeypatch.setattr(write, "STRIPE_BYTES", 2_000)
    works = works_of(*entries())
    write_shard(task_of(works, tmp_path / "alone/x.parquet"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    task = replace(task_of(works, tmp_path / "twice/x.parquet"), scratch=str(scratch))
    together = Barrier(2)
    plain = write._read

    def read(*args: Any) -> pa.Table:
        assert not list((tmp_path / "twice").iterdir())
        together.wait(60)
        return plain(*args)

    monkeypatch.setattr(write, "_read", read)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(write_shard, [task] * 2)) == [40, 40]
    assert digest(tmp_path / "twice") == digest(tmp_path / "alone")
    assert not list(scratch.iterdir())


def test_an_empty_shard_has_all_columns(tmp_path: Path) -> None:
    """A shard that no document falls into can be read like the others."""
    nothing = np.empty(0, np.int64)
    empty = pa.array([], pa.string())
    task = ShardTask(
        str(tmp_path / "x.parquet"), "notes", (), nothing, nothing, nothing, empty, empty, empty
    )
    assert write_shard(task) == 0
    table = pq.read_table(tmp_path / "x.parquet")
    assert (table.num_rows, table.schema) == (0, SHARD_SCHEMA)


def test_more_parts_raise_the_stripe() -> None:
    """Memory is bounded by the stripe, and no row group of a part is read over and over."""
    assert write.stripe_bytes(1) == write.STRIPE_BYTES
    assert write.stripe_bytes(1_000) == 1_000 * write.PART_GROUP_BYTES


@pytest.mark.parametrize(
    "rows",
    [[0], [9], [3, 4], [9, 0, 5], [2, 2, 2], [8, 1, 8, 0], list(range(10)), list(range(9, -1, -1))],
)
def test_read_rows_in_any_order(tmp_path: Path, rows: list[int]) -> None:
    """Rows come in the order asked for, repeated where asked twice."""
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"n": range(10), "m": range(10)}), path, row_group_size=3)
    with pq.ParquetFile(path) as reader:
        table = read_rows(reader, np.array(rows, np.int64), ["n"])
    assert table.to_pydict() == {"n": rows}
