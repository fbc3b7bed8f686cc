"""Faults of the disk: at whichever call it fails, nothing half-written is ever visible."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from curation import manifest
from curation.errors import CurationError
from curation.extract import extract_slice
from curation.storage import publish_folder, remove_tree, write_file
from curation.table import PartFile, Works, load_works, open_part
from curation.task import InputFile, Parameters, SliceTask
from curation.warm import ensure_kernels
from curation.write import ShardTask, write_shard
from filters.pii import Masking
from tests.corpora import digest, notes, recipe, run


class Faulty:
    """Fails at the N-th call that changes or forces something on the disk.

    Args:
        monkeypatch: Takes the patches away again.
        at: Number of the call, from 1.
        code: The error.
        forever: Whether every later call fails as well.
    """

    NAMES = ("open", "fsync", "replace", "rename", "chmod")

    def __init__(self, at: int, code: int, forever: bool) -> None:
        self.at, self.code, self.forever = at, code, forever
        self.calls = 0

    def count(self) -> None:
        """Count a call, and fail where it is its turn."""
        self.calls += 1
        if self.calls == self.at or (self.forever and self.calls > self.at):
            raise OSError(self.code, os.strerror(self.code))

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put the counter before the calls."""
        for name in self.NAMES:
            patch.setattr(os, name, self.wrapped(getattr(os, name)))
        plain = io.open

        def opened(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
            if "w" not in mode:
                return plain(file, mode, *rest, **more)
            self.count()
            return Stream(plain(file, mode, *rest, **more), self)

        patch.setattr(io, "open", opened)

    def wrapped(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts first."""

        def counted(*args: Any, **more: Any) -> Any:
            self.count()
            return function(*args, **more)

        return counted


class Stream:
    """A file that writes half of what it is given before it fails."""

    def __init__(self, stream: Any, faulty: Faulty) -> None:
        self.stream, self.faulty = stream, faulty

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *error: object) -> None:
        self.stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, data: bytes) -> int:
        """Write; half of it where the call fails."""
        self.stream.write(data[: len(data) // 2])
        self.faulty.count()
        return int(self.stream.write(data[len(data) // 2 :])) + len(data) // 2

    def flush(self) -> None:
        """Flush; a full disk is often seen only here."""
        self.faulty.count()
        self.stream.flush()


def faults(action: Callable[[], object], check: Callable[[bool], None]) -> Iterator[int]:
    """Run an action with a fault at call 1, 2, … until one run is clean; check after each.

    Yields:
        The number of calls that each clean run made.
    """
    for code in (errno.ENOSPC, errno.EIO):
        for forever in (False, True):
            at = 1
            while True:
                faulty = Faulty(at, code, forever)
                with pytest.MonkeyPatch.context() as patch:
                    faulty.install(patch)
                    failed = False
                    try:
                        action()
                    except OSError as error:
                        assert error.errno == code
                        failed = True
                check(failed)
                if not failed:
                    yield faulty.calls
                    break
                at += 1


def test_write_file_is_old_or_new(tmp_path: Path) -> None:
    """Whatever call fails, a reader sees all of the old or all of the new bytes."""
    path = tmp_path / "latest"
    old, new = b"old " * 50, b"new and longer " * 50
    path.write_bytes(old)

    def check(failed: bool) -> None:
        assert path.read_bytes() in ((old, new) if failed else (new,))
        assert list(tmp_path.iterdir()) == [path]
        write_file(path, old)
        assert path.read_bytes() == old

    calls = list(faults(lambda: write_file(path, new), check))
    # open, write, flush, fsync, rename, and open and fsync of the folder
    assert set(calls) == {7}


def test_a_version_is_whole_or_absent(tmp_path: Path) -> None:
    """Publishing fails at every call in turn: what can be seen is always a corpus."""
    corpus = tmp_path / "corpus"
    staging = corpus / ".curation/staging"
    parts = {"data/a/x.parquet": b"shard " * 99, "ledger/y.parquet": b"ledger", "README.md": b"r"}

    def prepare() -> None:
        remove_tree(staging)
        for name, data in parts.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).write_bytes(data)

    def publish() -> None:
        number = manifest.next_number(corpus)
        write_file(staging / "manifest.json", b"{}")
        publish_folder(staging, corpus / f"v{number}")
        write_file(corpus / "latest", b"v%d\n" % number)

    def whole() -> list[str]:
        names = sorted(p.name for p in corpus.iterdir() if p.name.startswith("v"))
        for name in names:
            files = {
                p.relative_to(corpus / name).as_posix(): p.read_bytes()
                for p in (corpus / name).rglob("*")
                if p.is_file()
            }
            assert files == {**parts, "manifest.json": b"{}"}
        assert sorted(manifest.versions(corpus)) == names
        if (corpus / "latest").exists():
            assert (corpus / "latest").read_text().strip() in names
        return names

    def check(failed: bool) -> None:
        before = whole()
        prepare()
        publish()
        after = whole()
        assert len(after) == len(before) + 1
        newest = manifest.versions(corpus)[-1]
        assert (corpus / "latest").read_text() == f"{newest}\n"
        for name in after:
            if name != newest:
                remove_tree(corpus / name)  # the next round need not read it again
        prepare()

    prepare()
    for calls in faults(publish, check):
        assert calls > 20


@pytest.fixture(scope="module")
def slice_(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A finished slice of notes, and the shard written from it."""
    folder = tmp_path_factory.mktemp("slice")
    path = notes(folder, 30)
    item = InputFile("notes.jsonl", str(path), path.stat().st_size, "0" * 64)
    parameters = Parameters("notes", "jsonl", "other", "", {}, Masking("default"), "", {})
    extract_slice(SliceTask(str(folder / "slice"), (item,), parameters))
    part = folder / "slice/part-00000.parquet"
    part.chmod(0o644)
    write_shard(task_of(load_works([PartFile(part, "notes", None)], ["notes"]), folder / "right"))
    return part, folder / "right"


def task_of(works: Works, path: Path) -> ShardTask:
    """Return the task that writes all rows as they stand."""
    rows = np.arange(works.table.num_rows)
    return ShardTask(
        str(path),
        "notes",
        tuple(str(part.path) for part in works.parts),
        works.part[rows],
        works.row[rows],
        works.numbers("text_bytes").astype(np.int64),
        works.column("id"),
        works.column("id"),
        works.column("license"),
    )


def test_a_flipped_bit_in_the_cache_is_never_wrong_output(
    slice_: tuple[Path, Path], tmp_path: Path
) -> None:
    """Sizes are the same, so only checksums tell: an error, or the right bytes all the same."""
    part, right = slice_
    data = part.read_bytes()
    found = 0
    for place in range(5, len(data), max(1, len(data) // 150)):
        part.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
        try:
            works = load_works([PartFile(part, "notes", None)], ["notes"])
            write_shard(task_of(works, tmp_path / "shard"))
            with open_part(part) as reader:
                reader.read()  # what the search for duplicates reads besides
        except CurationError as error:
            assert "damaged" in str(error)
            found += 1
            continue
        except (OSError, ValueError):
            found += 1
            continue
        assert (tmp_path / "shard").read_bytes() == right.read_bytes(), place
    part.write_bytes(data)
    assert found > 100


def limited(size: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program where no file can grow beyond a size, as on a full disk."""
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "from curation.cli import main; main(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    [line] = [text for text in done.stderr.splitlines() if text.startswith("curation: ")]
    assert "free some space" in line
    return done


def test_a_full_disk_costs_no_version(tmp_path: Path) -> None:
    """While extracting and while writing: exit code 5, one clear line, and the next build is fine."""
    notes(tmp_path)
    out = tmp_path / "corpus"
    ensure_kernels(lambda line: None)
    limited(5_000, "build", recipe(tmp_path), "--out", out, "--workers", "1")
    assert not list(out.glob("v*"))
    run("build", recipe(tmp_path), "--out", out, "--workers", "1")
    before = digest(out / "v1")
    recipe(tmp_path, extra='purpose = "non-commercial"')
    limited(3_000, "build", tmp_path / "recipe.toml", "--out", out, "--workers", "1")
    assert sorted(p.name for p in out.glob("v*")) == ["v1"]
    assert (out / "latest").read_text() == "v1\n"
    assert digest(out / "v1") == before
    run("build", tmp_path / "recipe.toml", "--out", out, "--workers", "1")
    assert (out / "latest").read_text() == "v2\n"
    run("verify", out, "--deep")


def test_a_damaged_cache_ends_with_one_line(tmp_path: Path) -> None:
    """The build says which folder to remove; without it the corpus is what it was."""
    notes(tmp_path)
    out = tmp_path / "corpus"
    run("build", recipe(tmp_path), "--out", out, "--workers", "1")
    [part] = (out / ".curation/cache").rglob("part-*.parquet")
    data = part.read_bytes()
    part.chmod(0o644)
    # In the middle of the texts: deciding does not read them, writing does.
    group = pq.read_metadata(part).row_group(0)
    columns = [group.column(n) for n in range(group.num_columns)]
    [texts] = [column for column in columns if column.path_in_schema == "text"]
    place = texts.data_page_offset + texts.total_compressed_size // 2
    part.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    done = run("build", tmp_path / "recipe.toml", "--out", out, "--workers", "1", code=5)
    assert "damaged; remove this folder and build again" in done.stderr
    assert (out / "latest").read_text() == "v1\n"
    remove_tree(out / ".curation/cache")
    run("build", tmp_path / "recipe.toml", "--out", out, "--workers", "1")
    one, two = digest(out / "v1"), digest(out / "v2")
    assert {k: v for k, v in one.items() if k != "manifest.json"} == {
        k: v for k, v in two.items() if k != "manifest.json"
    }


def killed_writer(task: ShardTask) -> int:
    """Die as a worker does that is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_a_killed_writer_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed while shards are written: exit code 5, and nothing is published."""
    from curation import pipeline, version_files
    from curation.engines.local import LocalEngine
    from curation.progress import Progress
    from curation.recipe import load

    notes(tmp_path, 3)
    loaded = load(recipe(tmp_path))

    monkeypatch.setattr(version_files, "write_shard", killed_writer)
    with Progress(quiet=True) as progress, pytest.raises(CurationError, match="fewer --workers"):
        pipeline.build(loaded, tmp_path / "corpus", LocalEngine(1), progress)
    assert not list((tmp_path / "corpus").glob("v*"))
