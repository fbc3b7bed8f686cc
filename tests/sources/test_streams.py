"""Opening inputs: every kind of damage is a `SourceError` or `Failure`, and nothing good is lost."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from sources.files import Input
from sources.items import Failure, SourceError
from sources.streams import open_input

CONTENT = b"".join(b"line %06d of an invented file\n" % n for n in range(40_000))


def pack(name: str, data: bytes = CONTENT) -> bytes:
    """Compress by the suffix of a name."""
    if name.endswith(".gz"):
        return gzip.compress(data, mtime=0)
    if name.endswith(".bz2"):
        return bz2.compress(data)
    if name.endswith(".xz"):
        return lzma.compress(data)
    if name.endswith(".zst"):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(data)
        return bytes(sink.getvalue())
    return data


def write(folder: Path, name: str, data: bytes) -> Input:
    """Write a file and return it as an input."""
    path = folder / name
    path.write_bytes(data)
    return Input(name, str(path), len(data))


def read_all(item: Input, patterns: tuple[str, ...] = ("*",)) -> list[tuple[str, bytes | str]]:
    """Read every resource: (path, bytes) or (path, 'rule') where it fails."""
    found: list[tuple[str, bytes | str]] = []
    for resource, stream in open_input(item, patterns):
        if isinstance(stream, Failure):
            found.append((resource.path, stream.rule))
            continue
        try:
            found.append((resource.path, stream.read()))
        except SourceError as error:
            found.append((resource.path, error.rule))
    return found


def tar_of(members: dict[str, bytes]) -> bytes:
    """Make an uncompressed tar."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.bz2", "a.txt.xz", "a.txt.zst"])
def test_whole_files_come_back(tmp_path: Path, name: str) -> None:
    """Whatever the compression, the bytes are those that went in."""
    assert read_all(write(tmp_path, name, pack(name))) == [(name, CONTENT)]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.bz2", "a.txt.xz", "a.txt.zst"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_cut_files_are_truncated(tmp_path: Path, name: str, share: float) -> None:
    """A compressed file that ends early is never taken for a whole one."""
    packed = pack(name)
    item = write(tmp_path, name, packed[: int(len(packed) * share)])
    assert read_all(item) == [(name, "truncated")]


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.bz2", "a.txt.xz", "a.txt.zst"])
def test_noise_is_damaged(tmp_path: Path, name: str) -> None:
    """A file that is not what its suffix says is one clear failure."""
    [(_, rule)] = read_all(write(tmp_path, name, b"no such format " * 50))
    assert rule in ("damaged", "truncated")


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.zst", "a.txt.xz"])
def test_empty_compressed_files_are_empty(tmp_path: Path, name: str) -> None:
    """Zero bytes are an empty file, which several decoders report as a normal end."""
    assert read_all(write(tmp_path, name, b"")) == [(name, "empty")]


def test_several_gzip_members_are_read_as_one(tmp_path: Path) -> None:
    """Concatenated gzip members, which bgzip and log rotation write, all count."""
    data = gzip.compress(b"first ", mtime=0) + gzip.compress(b"second", mtime=0)
    assert read_all(write(tmp_path, "a.gz", data)) == [("a.gz", b"first second")]


def test_what_was_read_before_the_damage_is_kept(tmp_path: Path) -> None:
    """The stream hands out the good part before it raises."""
    packed = pack("a.gz")
    [(_, stream)] = list(open_input(write(tmp_path, "a.gz", packed[: len(packed) // 2]), ("*",)))[
        :1
    ]
    del stream
    good = b""
    for _, stream in open_input(Input("a.gz", str(tmp_path / "a.gz"), 1000), ("*",)):
        assert not isinstance(stream, Failure)
        with pytest.raises(SourceError):
            while block := stream.read(1000):
                good += block
    assert len(good) > 100_000
    assert CONTENT.startswith(good)


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tar.xz", "a.tar.zst"])
def test_members_of_tar_archives(tmp_path: Path, name: str) -> None:
    """Members stand under the archive's path; what fits no pattern is passed over."""
    data = tar_of(
        {"x/one.xml": b"<a/>", "x/two.jpg": b"no", "y/three.xml.gz": pack("g.gz", b"<b/>")}
    )
    found = read_all(write(tmp_path, name, pack(name, data)), ("*.xml",))
    assert found == [(f"{name}::x/one.xml", b"<a/>"), (f"{name}::y/three.xml.gz", b"<b/>")]


@pytest.mark.parametrize("blocks", range(1, 8))
def test_a_tar_cut_at_a_block_border_is_truncated(tmp_path: Path, blocks: int) -> None:
    """Tarfile takes such a cut for a normal end; the good members still come."""
    data = tar_of({f"{n}.xml": b"x" * 600 for n in range(4)})
    found = read_all(write(tmp_path, "a.tar", data[: 512 * blocks]))
    assert found[-1] == ("a.tar", "truncated")
    assert all(len(content) == 600 for _, content in found[:-1] if isinstance(content, bytes))


def test_links_and_devices_in_a_tar_are_passed_over(tmp_path: Path) -> None:
    """Only regular members are read; names that climb out of the folder are just names."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        link = tarfile.TarInfo("link.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
        fifo = tarfile.TarInfo("fifo.xml")
        fifo.type = tarfile.FIFOTYPE
        archive.addfile(fifo)
        info = tarfile.TarInfo("../../up.xml")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"<u/>"))
    found = read_all(write(tmp_path, "a.tar", sink.getvalue()))
    assert found == [("a.tar::../../up.xml", b"<u/>")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tar"]


def test_members_of_zip_archives(tmp_path: Path) -> None:
    """Zip members are read in their order; a cut zip is one failure."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.xml", CONTENT)
        archive.writestr("a.xml", b"<a/>")
    whole = sink.getvalue()
    found = read_all(write(tmp_path, "a.zip", whole))
    assert found == [("a.zip::b.xml", CONTENT), ("a.zip::a.xml", b"<a/>")]
    assert read_all(write(tmp_path, "b.zip", whole[:-200])) == [("b.zip", "damaged")]


def test_an_encrypted_zip_member_is_named_as_such(tmp_path: Path) -> None:
    """By the flag of its entry; it fails alone."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("locked.xml", b"<locked/>")
        archive.writestr("good.xml", b"<good/>")
    data = bytearray(sink.getvalue())
    data[data.index(b"PK\1\2") + 8] |= 1  # the first entry of the directory
    found = read_all(write(tmp_path, "a.zip", bytes(data)))
    assert found == [("a.zip::locked.xml", "encrypted"), ("a.zip::good.xml", b"<good/>")]


def test_a_damaged_zip_member_fails_alone(tmp_path: Path) -> None:
    """A wrong checksum costs its member, not the archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("bad.xml", b"<bad>" + b"z" * 500)
        archive.writestr("good.xml", b"<good/>")
    data = sink.getvalue().replace(b"zzzz", b"zzzy", 1)
    found = read_all(write(tmp_path, "a.zip", data))
    assert found == [("a.zip::bad.xml", "damaged"), ("a.zip::good.xml", b"<good/>")]


def test_a_fifo_does_not_hang(tmp_path: Path) -> None:
    """Something that is no regular file is refused at once."""
    os.mkfifo(tmp_path / "pipe.xml")
    [(_, rule)] = read_all(Input("pipe.xml", str(tmp_path / "pipe.xml"), 0))
    assert rule == "not_a_file"


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that grows out of proportion ends as a failure, not as a full memory."""
    monkeypatch.setattr("sources.streams.BOMB_BYTES", 1 << 20)
    item = write(tmp_path, "a.gz", gzip.compress(bytes(8 << 20), mtime=0))
    with pytest.raises(SourceError) as caught:
        for _, stream in open_input(item, ("*",)):
            while not isinstance(stream, Failure) and stream.read(1 << 16):
                pass
    assert caught.value.rule == "bomb"
