"""Storage: files and versions that are whole or absent, one build at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from curation.errors import LockedError
from curation.storage import (
    canonical_json,
    locked,
    publish_folder,
    remove_tree,
    sha256_file,
    write_file,
)


def test_write_file_replaces_whole(tmp_path: Path) -> None:
    """New bytes stand under the name, nothing else stands beside them."""
    path = tmp_path / "latest"
    for data in (b"v1\n", b"a longer text than before\n", b""):
        write_file(path, data)
        assert path.read_bytes() == data
        assert list(tmp_path.iterdir()) == [path]


def test_write_file_leaves_links_of_the_old_bytes_alone(tmp_path: Path) -> None:
    """Another version that shares the file keeps its bytes."""
    path, shared = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"old")
    os.link(path, shared)
    write_file(path, b"new")
    assert shared.read_bytes() == b"old"


def test_publish_gives_the_name_and_makes_files_read_only(tmp_path: Path) -> None:
    """A published file can be read by all and written by none."""
    staging = tmp_path / "staging"
    (staging / "data/a").mkdir(parents=True)
    (staging / "data/a/x").write_bytes(b"1")
    publish_folder(staging, tmp_path / "v1")
    assert not staging.exists()
    assert (tmp_path / "v1/data/a/x").read_bytes() == b"1"
    assert stat.S_IMODE((tmp_path / "v1/data/a/x").stat().st_mode) == 0o444


@pytest.mark.parametrize("taken", ["folder", "empty folder", "file", "dangling link"])
def test_publish_refuses_a_taken_name(tmp_path: Path, taken: str) -> None:
    """Also an empty folder, which a plain rename would replace without a word."""
    final = tmp_path / "v1"
    if taken == "file":
        final.write_text("x")
    elif taken == "dangling link":
        final.symlink_to(tmp_path / "nowhere")
    else:
        final.mkdir()
    if taken == "folder":
        (final / "x").write_text("x")
    (tmp_path / "staging").mkdir()
    with pytest.raises(FileExistsError):
        publish_folder(tmp_path / "staging", final)
    assert (tmp_path / "staging").is_dir()


def test_publish_refuses_a_name_that_is_taken_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers publish the same slice: the second is told, whichever check it had passed."""
    for name in ("staging", "v1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text(name)
    monkeypatch.setattr(os.path, "lexists", lambda path: False)
    with pytest.raises(FileExistsError):
        publish_folder(tmp_path / "staging", tmp_path / "v1")
    assert (tmp_path / "v1/x").read_text() == "v1"


def test_remove_tree_takes_read_only_files_and_minds_no_absence(tmp_path: Path) -> None:
    """What was published into the cache can be removed again, twice."""
    folder = tmp_path / "slice"
    folder.mkdir()
    (folder / "x").write_text("x")
    (folder / "x").chmod(0o444)
    remove_tree(folder)
    remove_tree(folder)
    assert not folder.exists()


def test_checksums_and_canonical_json(tmp_path: Path) -> None:
    """Known values; the order of keys leaves no trace, the order of lists does."""
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_file(tmp_path / "x") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert canonical_json({"b": [2, 1], "a": "ä"}) == '{"a":"ä","b":[2,1]}'
    assert json.loads(canonical_json({"b": 1, "a": 2})) == {"a": 2, "b": 1}
    assert hashlib.sha256(canonical_json({"x": 1, "y": 2}).encode()) != ""


def test_one_holder_at_a_time_and_free_afterwards(tmp_path: Path) -> None:
    """The second one is told who holds it; leaving, also by an error, frees it."""
    with locked(tmp_path):
        message = f"process {os.getpid()} on "
        with pytest.raises(LockedError, match=message) as caught, locked(tmp_path):
            pass
        assert caught.value.exit_code == 4
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        (tmp_path / ".curation/cache").mkdir()
    assert (tmp_path / ".curation/lock").read_text() == ""


def test_a_lock_that_nothing_came_of_is_removed(tmp_path: Path) -> None:
    """With the folders that were made for it; whoever had opened it meanwhile takes a new one."""
    with locked(tmp_path / "a/b"):
        assert (tmp_path / "a/b/.curation/lock").exists()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".curation").mkdir()
    with locked(tmp_path):
        pass
    assert (tmp_path / ".curation/lock").exists()


def test_a_lock_that_was_removed_under_the_hand_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking the holder may remove the file: it is opened again."""
    real, removed = fcntl.flock, []

    def flock(stream: TextIO, how: int) -> None:
        if not removed:
            removed.append(Path(stream.name))
            removed[0].unlink()
        real(stream, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    (tmp_path / ".curation").mkdir()
    with locked(tmp_path):
        assert removed[0].read_text().startswith(f"process {os.getpid()}")


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    """There are no stale locks: killing the holder is enough."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom curation.storage import locked\n"
        f"with locked(Path({str(tmp_path)!r})):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    with pytest.raises(LockedError, match=f"process {child.pid} on "), locked(tmp_path):
        pass
    child.kill()
    child.wait()
    child.stdout.close()
    with locked(tmp_path):
        assert str(child.pid) not in (tmp_path / ".curation/lock").read_text()
