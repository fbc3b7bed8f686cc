"""What every store must hold: a folder, an S3 server, and the store in memory of the tests."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curation.stores import FolderStore, ObjectStore, Store, place
from tests.stores import Memory

BYTES = random.Random(1).randbytes(3 << 20)


@pytest.fixture(params=["folder", "s3", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind."""
    if request.param == "folder":
        return FolderStore(tmp_path / "corpus")
    if request.param == "memory":
        return Memory().at("/corpus")
    request.getfixturevalue("s3")
    return place("s3://bucket/corpus")


@pytest.fixture(params=["s3", "memory"])
def objects(request: pytest.FixtureRequest) -> ObjectStore:
    """An empty object store of each kind."""
    if request.param == "memory":
        return Memory().at("/corpus")
    request.getfixturevalue("s3")
    found = place("s3://bucket/corpus")
    assert isinstance(found, ObjectStore)
    return found


def fill(store: Store, files: dict[str, bytes]) -> None:
    """Write files; a folder needs its folders first."""
    for name, data in files.items():
        if isinstance(store, FolderStore):
            (store.folder / name).parent.mkdir(parents=True, exist_ok=True)
        store.write(name, data)


def test_nothing_there(store: Store) -> None:
    """An absent folder has no files and no entries, and reading says that there is none."""
    assert not store.exists()
    assert not store.is_file()
    assert store.entries() == []
    assert store.sizes() == {}
    assert store.size("latest") is None
    with pytest.raises(FileNotFoundError):
        store.read("latest")


def test_what_is_written_is_read(store: Store) -> None:
    """Bytes, sizes, checksums and listings agree, and a second write replaces the first."""
    files = {
        "latest": b"v1\n",
        "v1/data/a/x.parquet": BYTES,
        "v1/manifest.json": b"{}",
        "v1/e": b"",
    }
    fill(store, {"latest": b"something longer than that", **files})
    fill(store, files)
    assert store.exists()
    assert store.entries() == ["latest", "v1"]
    assert store.sizes() == {name: len(data) for name, data in sorted(files.items())}
    version = store.at("v1")
    assert (version.name, str(version.parent)) == ("v1", str(store))
    assert version.where("e") == f"{store}/v1/e"
    assert version.entries() == ["data", "e", "manifest.json"]
    assert version.sizes()["data/a/x.parquet"] == len(BYTES)
    assert store.at("latest").is_file()
    assert not version.is_file()
    for name, data in files.items():
        assert store.read(name) == data
        assert store.size(name) == len(data)
        assert store.sha256(name) == hashlib.sha256(data).hexdigest()
    assert store.size("v1") is None
    assert store.size("v1/data") is None


def test_parts_of_a_file(store: Store) -> None:
    """An open file gives the bytes of any place, as Parquet readers ask for them."""
    fill(store, {"x": BYTES})
    with store.open("x") as stream:
        assert stream.size() == len(BYTES)
        for start, count in ((len(BYTES) - 8, 8), (0, 4), (1_000_000, 2_000_000), (5, 0)):
            stream.seek(start)
            assert stream.read(count) == BYTES[start : start + count]


def test_an_absent_file_cannot_be_opened(store: Store) -> None:
    """Readers of Parquet take it for what it is."""
    fill(store, {"x": b"x"})
    with pytest.raises((OSError, pa.ArrowException)):
        store.open("y")


def test_create_is_once(objects: ObjectStore) -> None:
    """The second one is told, and the bytes of the first stay; a plain write replaces them."""
    objects.create("v1/manifest.json", b"first")
    with pytest.raises(FileExistsError):
        objects.create("v1/manifest.json", b"second")
    assert objects.read("v1/manifest.json") == b"first"
    objects.write("v1/manifest.json", b"third")
    assert objects.read("v1/manifest.json") == b"third"


def test_a_single_writer_looks_before(objects: ObjectStore) -> None:
    """Without conditions of the store, create still keeps what is there."""
    alone = ObjectStore(objects.files, *str(objects).split("://"), conditional=False)
    assert not alone.at("v1").parent.conditional
    alone.create("x", b"first")
    with pytest.raises(FileExistsError):
        alone.create("x", b"second")
    assert alone.read("x") == b"first"


def test_upload_copy_and_delete(objects: ObjectStore, tmp_path: Path) -> None:
    """A file of this machine, a copy inside the store, and removal; twice is no error."""
    (tmp_path / "x").write_bytes(BYTES)
    one, two = objects.at("v1"), objects.at("v2")
    one.upload("data/x", tmp_path / "x")
    two.copy(one, "data/x", "data/y")
    assert two.sha256("data/y") == hashlib.sha256(BYTES).hexdigest()
    one.delete(["data/x", "data/never"])
    one.delete(["data/x"])
    assert one.sizes() == {}
    assert two.sizes() == {"data/y": len(BYTES)}


@pytest.mark.parametrize(
    ("given", "kind", "shown"),
    [
        ("corpus", FolderStore, "corpus"),
        (Path("corpus/v1"), FolderStore, "corpus/v1"),
        ("file:///srv/corpus", FolderStore, "/srv/corpus"),
        ("memory://corpus/v1/", ObjectStore, "memory://corpus/v1"),
        (Path("memory://corpus/v1"), ObjectStore, "memory://corpus/v1"),
    ],
)
def test_places(given: Any, kind: type[Store], shown: str) -> None:
    """Paths are paths, addresses are addresses, also where a Path has eaten a slash."""
    found = place(given)
    assert isinstance(found, kind)
    assert str(found) == shown
    assert place(found) is found
