"""Raw files, archives and folders: what is in them, as decompressed bytes; and telling formats."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

MAX_BYTES = 1 << 30
"""A resource that is read as a whole may have so many bytes; PubMed files are streamed."""

_PACKED = (".gz", ".bz2", ".xz", ".zst")
_ZIPS = (".zip", ".meca")
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", *_ZIPS)
_DAMAGE = (
    OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile,
    RuntimeError,  # an encrypted member of a zip archive, or a method that Python lacks
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RawFile:
    """One raw file, or one member of an archive.

    Attributes:
        file: Path of the physical file.
        member: Name inside an archive, else empty.
    """

    file: Path
    member: str = ""

    @property
    def shown(self) -> str:
        """Path as the ledger would name it."""
        return f"{self.file}::{self.member}" if self.member else str(self.file)

    def parts(self) -> list[str]:
        """Components of path and member, for comparing endings."""
        return [*self.file.absolute().parts, *filter(None, self.member.split("/"))]


def raw_files(path: Path) -> list[Path]:
    """Return the regular files that a path stands for, sorted; hidden ones are left out.

    A pipe or device would be waited for without end.
    """
    if not path.is_dir():
        return [path] if path.is_file() else []
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(folder) / name for name in sorted(names) if not name.startswith(".")]
    return [file for file in found if file.is_file()]


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is an archive."""
    return path.name.lower().endswith(_ARCHIVES)


def contents(path: Path) -> Iterator[tuple[RawFile, BinaryIO]]:
    """Yield what a file holds: itself, or the members of an archive, each decompressed.

    A stream is valid until the next one is asked for.

    Raises:
        ValueError: The archive is damaged.
    """
    try:
        if path.name.lower().endswith(_ZIPS):
            yield from _zip_members(path)
        elif is_archive(path):
            yield from _tar_members(path)
        else:
            with path.open("rb") as raw, _unpacked(raw, path.name) as stream:
                yield RawFile(path), stream
    except _DAMAGE as error:
        raise ValueError(f"cannot be read ({type(error).__name__})") from None


def _tar_members(path: Path) -> Iterator[tuple[RawFile, BinaryIO]]:
    with (
        path.open("rb") as raw,
        _unpacked(raw, _as_tar(path.name)) as packed,
        tarfile.open(fileobj=packed, mode="r|") as archive,
    ):
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None and not Path(member.name).name.startswith("."):
                inner = _unpacked(cast("BinaryIO", stream), member.name)
                yield RawFile(path, member.name), inner


def _as_tar(name: str) -> str:
    low = name.lower()
    for short, suffix in ((".tgz", ".gz"), (".tbz2", ".bz2"), (".txz", ".xz")):
        if low.endswith(short):
            return name + suffix
    return name


def _zip_members(path: Path) -> Iterator[tuple[RawFile, BinaryIO]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir() and not Path(member.filename).name.startswith("."):
                with archive.open(member) as stream:
                    inner = _unpacked(cast("BinaryIO", stream), member.filename)
                    yield RawFile(path, member.filename), inner


def _unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    low = name.lower()
    if low.endswith(".gz"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if low.endswith(".bz2"):
        return cast("BinaryIO", bz2.BZ2File(stream))
    if low.endswith(".xz"):
        return cast("BinaryIO", lzma.LZMAFile(stream))
    if low.endswith(".zst"):
        import pyarrow as pa

        return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))
    return stream


def whole(stream: BinaryIO) -> bytes:
    """Read a stream that must not be larger than `MAX_BYTES`.

    Raises:
        ValueError: It is larger, or it cannot be decompressed.
    """
    try:
        data = stream.read(MAX_BYTES + 1)
    except _DAMAGE as error:
        raise ValueError(f"cannot be read ({type(error).__name__})") from None
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES >> 20} MB")
    return data


def form_of(name: str, head: bytes) -> str:
    """Tell the format of a resource by its first bytes, and its name where those leave a choice.

    Args:
        name: Of the file or member, perhaps with a suffix of compression.
        head: First bytes, decompressed.

    Returns:
        ``pubmed``, ``jats``, ``spl``, ``pdf``, ``html``, ``jsonl``, ``parquet``, ``text`` or, where
        the bytes are of none of these, ``""``.
    """
    base = name.lower()
    while base.endswith(_PACKED):
        base = base.rpartition(".")[0]
    suffix = base.rpartition(".")[2]
    if head.startswith(b"PAR1"):
        return "parquet"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    start = head[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{") and (suffix in ("jsonl", "ndjson") or b'"' in start[1:16]):
        return "jsonl"
    if not start.startswith(b"<"):
        return (
            ""
            if b"\0" in head[:1024] and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
            else "text"
        )
    if b'"urn:hl7-org:v3"' in start[:4096] and b"<document" in start[:4096]:
        return "spl"
    for mark in (b"<Pubmed", b"<MedlineCitation", b"pubmed_", b"<PubMed"):
        if mark in start:
            return "pubmed"
    for mark in (b"<article ", b"<article>", b":article", b"<pmc-articleset", b"JATS", b"NLM//DTD"):
        if mark in start and b"<html" not in start[:2048].lower():
            return "jats"
    return "html" if suffix not in ("md", "markdown", "txt") else "text"


def buffered(stream: BinaryIO, size: int = 65536) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a forward stream, and a stream that still has them.

    Raises:
        ValueError: The bytes cannot be decompressed.
    """
    reader = io.BufferedReader(_Forward(stream), size)
    try:
        return reader.peek(size)[:size], reader
    except _DAMAGE as error:
        raise ValueError(f"cannot be read ({type(error).__name__})") from None


class _Forward(io.RawIOBase):
    """A stream that is read in order, for `io.BufferedReader`."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        data = self._inner.read(len(view))
        view[: len(data)] = data
        return len(data)
