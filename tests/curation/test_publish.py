"""Publishing at a store: whole or absent, whoever races and whatever call fails."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from curation import manifest
from curation.corpus import resolve
from curation.errors import CurationError, LockedError, UsageError
from curation.publish import check_writer, publish, work_folder
from curation.ranges import Files
from curation.storage import HIDDEN, locked
from curation.stores import FolderStore, ObjectStore, Store
from tests.stores import Memory

SHARED = b"the same in every version " * 40


def staged(folder: Path, mark: str) -> tuple[Path, dict[str, Any]]:
    """Write what a build would publish; return the staging folder and its checksums."""
    staging = folder / HIDDEN / "staging"
    for name, data in {
        "README.md": SHARED,
        "data/a/train-00000-of-00001.parquet": f"shard of {mark}".encode(),
        f"ledger/a/of-{mark}": f"rows of {mark}".encode(),
    }.items():
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).write_bytes(data)
    return staging, manifest.checksums(staging)


def send(store: Store, work: Path, mark: str) -> str:
    """Publish a version that bears a mark."""
    with locked(work):
        staging, files = staged(work, mark)
        return publish(store, work, manifest.latest(store), staging, {"mark": mark}, files)


def whole(store: Store) -> dict[str, str]:
    """Check that every version holds what its manifest says; return the mark of each."""
    marks = {}
    for name in manifest.versions(store):
        version = store.at(name)
        content = manifest.read(version)
        assert content["version"] == name
        sizes = version.sizes()
        del sizes[manifest.NAME]
        assert sizes == {file: entry["bytes"] for file, entry in content["files"].items()}
        for file, entry in content["files"].items():
            assert version.sha256(file) == entry["sha256"]
        marks[name] = content["mark"]
        shard = version.read("data/a/train-00000-of-00001.parquet")
        assert shard == f"shard of {content['mark']}".encode()
    return marks


def test_versions_follow_each_other_and_share_what_is_equal(tmp_path: Path) -> None:
    """What did not change is copied inside the store; nothing of a build stays beside the versions."""
    memory = Memory()
    store = memory.at("/corpus")
    assert [send(store, tmp_path / m, m) for m in "abc"] == ["v1", "v2", "v3"]
    assert whole(store) == {"v1": "a", "v2": "b", "v3": "c"}
    assert store.entries() == ["latest", "v1", "v2", "v3"]
    assert store.read("latest") == b"v3\n"
    sent: list[str] = []
    plain = memory.put_file
    memory.put_file = lambda lpath, rpath, **more: (sent.append(rpath), plain(lpath, rpath))[0]
    send(store, tmp_path / "d", "d")
    assert [name.rpartition("/")[2] for name in sorted(sent)] == [
        "train-00000-of-00001.parquet",
        "of-d",
    ]


@pytest.mark.parametrize("writers", [2, 5])
def test_racing_builders_get_a_version_each(tmp_path: Path, writers: int) -> None:
    """All look before any has published: one gets v2, the others the numbers behind, all whole."""
    memory = Memory()
    store = memory.at("/corpus")
    send(store, tmp_path / "first", "first")
    together = threading.Barrier(writers)
    plain = memory.put_file

    def slow(lpath: str, rpath: str, **more: Any) -> None:
        if rpath.endswith(".parquet"):
            together.wait(20)
        plain(lpath, rpath)

    memory.put_file = slow
    with ThreadPoolExecutor(writers) as pool:
        names = list(pool.map(lambda n: send(store, tmp_path / str(n), str(n)), range(writers)))
    assert sorted(names) == [f"v{n}" for n in range(2, writers + 2)]
    assert whole(store) == {"v1": "first", **{name: str(n) for n, name in enumerate(names)}}
    assert store.read("latest") == f"v{writers + 1}\n".encode()


def test_the_same_number_is_published_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where claims were deleted by hand, the manifest decides: the loser is told, and changed nothing."""
    store = Memory().at("/corpus")
    plain = ObjectStore.create

    def overtaken(self: ObjectStore, name: str, data: bytes) -> None:
        if name == manifest.NAME:
            plain(self, name, b'{"version": "v1", "mark": "of another", "files": {}}')
        plain(self, name, data)

    monkeypatch.setattr(ObjectStore, "create", overtaken)
    with pytest.raises(LockedError, match="published it meanwhile; nothing was published") as told:
        send(store, tmp_path, "mine")
    assert told.value.exit_code == 4
    assert json.loads(store.at("v1").read(manifest.NAME))["mark"] == "of another"


def test_a_put_whose_answer_was_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library sends it again and is told that the file is there: that is our own version."""
    store = Memory().at("/corpus")
    plain = ObjectStore.create

    def twice(self: ObjectStore, name: str, data: bytes) -> None:
        plain(self, name, data)
        if name == manifest.NAME:
            plain(self, name, data)

    monkeypatch.setattr(ObjectStore, "create", twice)
    assert send(store, tmp_path, "mine") == "v1"
    assert whole(store) == {"v1": "mine"}


@pytest.mark.parametrize("forever", [False, True])
def test_whatever_write_fails(tmp_path: Path, forever: bool) -> None:
    """At each call in turn: what can be seen is whole, and the next build publishes the same number."""
    at = 1
    while True:
        memory = Memory()
        store = memory.at("/corpus")
        send(store, tmp_path / "first", "first")
        memory.calls, memory.fail_at, memory.forever = 0, at, forever
        try:
            send(store, tmp_path / "work", "new")
            failed = False
        except CurationError as error:
            assert error.exit_code == 5
            assert "the store answered with an error" in str(error)
            failed = True
        memory.fail_at = 0
        marks = whole(store)
        assert marks in ({"v1": "first"}, {"v1": "first", "v2": "new"})
        assert failed or "v2" in marks
        if failed:
            assert resolve(store).name in marks
            name = send(store, tmp_path / "work", "again")
            assert name == f"v{len(marks) + 1}"
            assert whole(store) == {**marks, name: "again"}
            assert store.read("latest") == f"{name}\n".encode()
        if at > memory.calls or not failed:
            break
        at += 1
    assert at > 6


def test_what_another_machine_left_is_not_touched(tmp_path: Path) -> None:
    """Its claim or its files may be those of a build that still runs: the next number is taken."""
    store = Memory().at("/corpus")
    store.create(f"{HIDDEN}/claims/v1", b"another work folder")
    store.write("v1/README.md", b"half")
    store.write("v2/README.md", b"half, and its claim is gone")
    assert send(store, tmp_path, "mine") == "v3"
    assert whole(store) == {"v3": "mine"}
    assert store.read("v1/README.md") == b"half"
    assert store.read("v2/README.md") == b"half, and its claim is gone"
    assert store.read(f"{HIDDEN}/claims/v1") == b"another work folder"
    assert store.at(HIDDEN).at("claims").entries() == ["v1"]


def test_a_copy_of_a_work_folder_is_another_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a cache is restored on several machines; and so is the same one after a restart."""
    memory = Memory()
    store = memory.at("/corpus")
    plain = memory.put_file

    def killed(lpath: str, rpath: str, **more: Any) -> None:
        plain(lpath, rpath)
        raise KeyboardInterrupt

    memory.put_file = killed
    with pytest.raises(KeyboardInterrupt):
        send(store, tmp_path / "work", "killed")
    memory.put_file = plain
    left = store.at("v1").sizes()
    assert left
    shutil.copytree(tmp_path / "work", tmp_path / "copy")
    assert send(store, tmp_path / "copy", "of the copy") == "v2"
    (tmp_path / "boot").write_text("another start of the machine")
    with monkeypatch.context() as patch:
        patch.setattr("curation.publish.BOOT", tmp_path / "boot")
        assert send(store, tmp_path / "work", "after a restart") == "v3"
    assert store.at("v1").sizes() == left
    assert set(whole(store)) == {"v2", "v3"}


def test_a_put_that_meets_another_is_sent_again(tmp_path: Path) -> None:
    """The store asks for it; the one that comes second is then told that the file is there."""
    memory = Memory()
    store = memory.at("/corpus")
    plain, asked = memory.pipe_file, []

    def busy(path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        asked.append(mode)
        if mode == "create" and len(asked) % 3:
            conflict = ValueError()
            conflict.response = {"Error": {"Code": "ConditionalRequestConflict"}}
            raise OSError(5, "conflict") from conflict
        plain(path, value, mode)

    memory.pipe_file = busy
    store.create("x", b"first")
    assert asked == ["create"] * 3
    with pytest.raises(FileExistsError):
        store.create("x", b"second")
    assert store.read("x") == b"first"


def test_a_store_that_drops_what_it_is_given(tmp_path: Path) -> None:
    """What stands there is compared with what was sent before anything is published."""
    memory = Memory()
    memory.put_file = lambda lpath, rpath, **more: None
    store = memory.at("/corpus")
    with pytest.raises(CurationError, match="does not hold what was sent"):
        send(store, tmp_path, "lost")
    assert manifest.versions(store) == []


def test_latest_is_repaired_until_it_fits() -> None:
    """A build that publishes between looking and writing is not forgotten."""
    memory = Memory()
    store = memory.at("/corpus")
    store.write("v1/manifest.json", b"{}")
    plain, writes = memory.pipe_file, []

    def raced(path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        if path.endswith("latest") and not writes:
            plain("/corpus/v2/manifest.json", b"{}")
        writes.append(value)
        plain(path, value, mode)

    memory.pipe_file = raced
    manifest.repair_latest(store)
    assert store.read("latest") == b"v2\n"
    assert writes == [b"v1\n", b"v2\n"]


def ignoring() -> ObjectStore:
    """A store that overwrites where a file must be new."""
    memory = Memory()
    memory.ignores = True
    return memory.at("/corpus")


def looking() -> ObjectStore:
    """A store whose library looks before it writes, which is two steps."""
    return ObjectStore(Files(LocalFileSystem(), "file"), "file", "/nowhere")


@pytest.mark.parametrize("make", [ignoring, looking])
def test_a_store_that_cannot_keep_builds_apart_is_refused(make: Callable[[], ObjectStore]) -> None:
    """With one clear line that names the way out; the probe leaves nothing."""
    store: ObjectStore = make()
    with pytest.raises(UsageError, match=r"ignores the condition .* --single-writer") as told:
        check_writer(store)
    assert told.value.exit_code == 2
    assert store.sizes() == {}


def test_a_single_writer_needs_no_conditions(tmp_path: Path) -> None:
    """The build looks before it writes: versions follow each other, and none is written twice."""
    memory = Memory()
    memory.ignores = True
    store = memory.at("/corpus", conditional=False)
    check_writer(store)
    assert [send(store, tmp_path, mark) for mark in "ab"] == ["v1", "v2"]
    assert whole(store) == {"v1": "a", "v2": "b"}


def test_a_good_store_is_accepted_without_a_trace(tmp_path: Path) -> None:
    """The probe is removed; a folder of this machine needs none."""
    store = Memory().at("/corpus")
    check_writer(store)
    assert store.sizes() == {}
    check_writer(FolderStore(tmp_path / "corpus"))
    assert not (tmp_path / "corpus").exists()


def test_work_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus of this machine holds its own work; one at an address has a folder of its own."""
    local = FolderStore(tmp_path / "corpus")
    assert work_folder(local, None) == tmp_path / "corpus"
    with pytest.raises(UsageError, match="--work"):
        work_folder(local, tmp_path)
    memory = Memory()
    monkeypatch.setenv("CURATION_CACHE", str(tmp_path))
    one, two = (work_folder(memory.at(path), None) for path in ("/a", "/b"))
    assert one != two
    assert one.parent == two.parent == tmp_path / "corpora"
    assert work_folder(memory.at("/a"), tmp_path / "w") == tmp_path / "w"
