"""Inputs at addresses: listed by the rules of local paths, read whole, told apart by their store."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from sources import remote
from sources.files import Input, Listing, locate
from sources.remote import RemoteError, filesystem, is_address, normal, read_large, read_small
from sources.streams import open_input

PATTERNS = ("*.xml", "*.jsonl")

FILES = {
    "raw/a.xml": b"<a/>",
    "raw/b.xml.gz": gzip.compress(b"<b/>", mtime=0),
    "raw/deep/er/c.jsonl": b"{}\n",
    "raw/deep/d.tar": b"",
    "raw/notes.txt": b"no",
    "raw/.hidden/x.xml": b"<x/>",
    "raw/deep/.x.xml": b"<x/>",
    "raw/corpus/v1/manifest.json": b"{}",
    "raw/corpus/v1/data/s/train.jsonl": b"{}\n",
    "raw/corpus/v2/half.jsonl": b"{}\n",
    "raw/v2/e.xml": b"<e/>",
    "empty/notes.txt": b"no",
    "pinned/all.0001.snapshot": b"{}\n",
}


@pytest.fixture
def store() -> Iterator[Any]:
    """Fsspec's store in memory, with `FILES`."""
    files = fsspec.filesystem("memory")
    for name, data in FILES.items():
        files.pipe_file(f"/bucket/{name}", data)
    yield files
    files.rm("/bucket", recursive=True)


def names(listing: Listing) -> list[str]:
    """Return what was found, without the root."""
    return [item.path.removeprefix("memory://bucket/") for item in listing.inputs]


ALL = ["raw/a.xml", "raw/b.xml.gz", "raw/corpus/v2/half.jsonl", "raw/deep/d.tar",
       "raw/deep/er/c.jsonl", "raw/v2/e.xml"]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "found", "skipped"),
    [
        ("raw", ALL, ["raw/notes.txt"]),
        ("raw/", ALL, ["raw/notes.txt"]),
        ("raw/**", ALL, ["raw/notes.txt"]),
        ("raw/*", ALL, ["raw/notes.txt"]),
        ("raw/*.xml*", ["raw/a.xml", "raw/b.xml.gz"], []),
        ("raw/**/*.xml", ["raw/a.xml", "raw/v2/e.xml"], []),
        ("raw/**/*.jsonl", ["raw/corpus/v2/half.jsonl", "raw/deep/er/c.jsonl"], []),
        ("raw/notes.txt", ["raw/notes.txt"], []),
        ("raw/note?.txt", ["raw/notes.txt"], []),
        ("raw/deep/.x.xml", ["raw/deep/.x.xml"], []),
        ("raw/de*", ["raw/deep/d.tar", "raw/deep/er/c.jsonl"], []),
    ],
)
def test_listing(store: Any, path: str, found: list[str], skipped: list[str]) -> None:
    """Files, folders and globs; hidden files and published versions are none, others left aside."""
    listing = locate([f"memory://bucket/{path}"], Path("/recipe"), PATTERNS)
    assert names(listing) == found
    assert [name.removeprefix("memory://bucket/") for name in listing.skipped] == skipped
    assert listing.problems == ()
    for item in listing.inputs:
        assert item.file == item.path
        assert item.size == len(FILES[item.path.removeprefix("memory://bucket/")])
        assert item.validator.startswith("created:")


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("absent.xml", "missing"),
        ("absent/*.xml", "missing"),
        ("empty", "empty_folder"),
        ("pinned/all.0001.snapshot", "unreadable"),
    ],
)
def test_what_is_not_there(store: Any, path: str, rule: str) -> None:
    """Becomes a failed row of the ledger, as with local paths."""
    listing = locate([f"memory://bucket/{path}"], Path("/recipe"), PATTERNS)
    assert listing.inputs == ()
    [problem] = listing.problems
    assert (problem.path, problem.rule) == (f"memory://bucket/{path}", rule)


def test_local_paths_and_addresses_stand_side_by_side(store: Any, tmp_path: Path) -> None:
    """In one list, in the order of their names; ``file://`` is a path of this machine."""
    (tmp_path / "z.xml").write_bytes(b"<z/>")
    paths = ["memory://bucket/raw/a.xml", "z.xml", f"file://{tmp_path}/z.xml"]
    listing = locate(paths, tmp_path, PATTERNS)
    assert [item.path for item in listing.inputs] == ["memory://bucket/raw/a.xml", "z.xml"]
    assert listing.inputs[1].validator == ""


@pytest.mark.parametrize("prefix", ["", "/tmp/", "C:/", "./", "a:b/", "~/"])
def test_paths_are_no_addresses(prefix: str) -> None:
    """Only a scheme of two characters or more before a slash makes an address."""
    assert not is_address(f"{prefix}raw/*.xml")


def test_forms_of_an_address() -> None:
    """One form for each: it names inputs in the ledger."""
    assert normal("S3://Bucket/x/") == "s3://Bucket/x"
    assert normal("s3:/bucket/x") == "s3://bucket/x"
    assert normal("file:///srv/x") == "/srv/x"
    assert normal("srv/x/") == "srv/x/"


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("s3://me:p4ss@bucket/x", "in the environment"),
        ("https://example.org/x", "no web pages"),
        ("nothing://bucket/x", "no reader for nothing://"),
        ("gs://bucket/x", "pip install 'gcsfs'"),
        ("webhdfs://127.0.0.1:1/x", "not supported"),
    ],
)
def test_addresses_that_cannot_be_used(address: str, line: str) -> None:
    """One line without secrets, and the user's to mend."""
    with pytest.raises(RemoteError, match=line) as told:
        filesystem(address)
    assert told.value.usage
    assert "p4ss" not in str(told.value)


def test_reading(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones together, large ones piece by piece with their checksum; nothing is left behind."""
    sizes = {f"memory://bucket/{name}": len(data) for name, data in FILES.items()}
    assert read_small(sizes) == {f"memory://bucket/{n}": data for n, data in FILES.items()}
    assert read_small({}) == {}
    monkeypatch.setattr(remote, "PIECE", 7)
    data = FILES["raw/b.xml.gz"]
    stream, checksum = read_large("memory://bucket/raw/b.xml.gz", tmp_path)
    with stream:
        assert stream.read() == data
        assert list(tmp_path.iterdir()) == []
    assert checksum == hashlib.sha256(data).hexdigest()


def test_what_changed_meanwhile_ends_the_build(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two halves of different files are never parsed as one; nor is what is gone a failed row."""
    with pytest.raises(RemoteError, match="gone since it was listed"):
        read_small({"memory://bucket/raw/absent": 3})
    with pytest.raises(RemoteError, match="gone since it was listed"):
        read_large("memory://bucket/raw/absent", tmp_path)
    with pytest.raises(RemoteError, match="changed since it was listed"):
        read_small({"memory://bucket/raw/a.xml": 3})
    monkeypatch.setattr(remote, "PIECE", 2)
    plain = type(store).cat_file

    def changing(self: Any, path: str, **bounds: Any) -> bytes:
        found: bytes = plain(self, path, **bounds)
        self.pipe_file(path, b"<c/>")
        return found

    monkeypatch.setattr(type(store), "cat_file", changing)
    with pytest.raises(RemoteError, match="changed while it was read"):
        read_large("memory://bucket/raw/a.xml", tmp_path)


def test_streams(store: Any) -> None:
    """An address is opened like a file, decompressed by its name."""
    item = Input("memory://bucket/raw/b.xml.gz", "memory://bucket/raw/b.xml.gz", 24)
    [(resource, stream)] = [
        (resource, stream.read()) for resource, stream in open_input(item, PATTERNS)
    ]
    assert (resource.path, resource.name, stream) == (item.path, "b.xml", b"<b/>")
