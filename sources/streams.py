"""Opening inputs: decompression, archive members, and every kind of damage as a `SourceError`.

Several decoders take a cut file for a normal end. Here each format is read in the way that tells:
gzip, bz2 and xz by their end markers, zstd by Arrow's reader (the zstandard package reports a cut
frame as end of file), tar by its closing zero block.
"""

from __future__ import annotations

import bz2
import errno
import io
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
from isal import isal_zlib

from sources import remote
from sources.files import ZIP_SUFFIXES, Input, is_archive, matches, strip_compression
from sources.items import Failure, Resource, SourceError

BLOCK = 4 << 20
"""Bytes read at a time from a compressed stream."""

BOMB_BYTES = 1 << 30
BOMB_RATIO = 200
"""A stream over 1 GiB that grew more than 200-fold is refused: XML and JSON pack about tenfold."""

TAR_BLOCK = 512
MEMBER_LIMIT = 5_000_000
"""Members read from one archive."""

ENCRYPTED = 0x1
"""Flag of a zip member that opens with a password (APPNOTE 4.4.4)."""

GZIP_INPUT = 64 << 10
"""Packed bytes read at a time."""

PIECE = 16 << 10
"""Bytes asked of a decoder at a time: what a call had decoded is lost where it meets damage."""

_DECODER_ERRORS: tuple[type[Exception], ...] = (
    EOFError,
    OSError,
    ValueError,
    tarfile.ReadError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    cast("type[Exception]", isal_zlib.error),
)


def open_input(
    item: Input, patterns: tuple[str, ...]
) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
    """Yield the resources of one physical file with their decompressed streams.

    A stream is valid until the next one is asked for. Damage found while reading raises
    `SourceError` from ``read``; damage of an archive itself comes as a `Failure` in place of a
    stream, under the archive's own path.

    Args:
        item: The file.
        patterns: Names of archive members that the source reads.

    Yields:
        Resource and stream, or resource and failure.
    """
    name = item.path.rsplit("/", 1)[-1]
    whole = Resource(item.path, strip_compression(name), item.size, item.file, item.facts)
    try:
        raw = item.raw or _open(item.file)
    except SourceError as error:
        yield whole, Failure(error.rule, f"{item.path}: {error}")
        return
    with raw:
        try:
            if item.size == 0 and is_archive(name):
                raise SourceError("empty", "an empty file")
            if name.lower().endswith(ZIP_SUFFIXES):
                yield from zip_members(item, raw, patterns)
            elif is_archive(name):
                yield from _tar_members(item, raw, patterns)
            else:
                yield whole, cast("BinaryIO", _decompressed(raw, name, item.size))
        except SourceError as error:
            yield whole, Failure(error.rule, f"{item.path}: {error}")


def _open(file: str) -> BinaryIO:
    if remote.is_address(file):
        return remote.read_large(file, Path(tempfile.gettempdir()))[0]
    return _open_regular(file)


def _open_regular(file: str) -> BinaryIO:
    """Open a file that must be regular; O_NONBLOCK so that a fifo cannot hang the build."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError("unreadable", f"{os.strerror(error.errno or errno.EIO)}") from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = "a folder, not a file" if stat.S_ISDIR(mode) else "not a regular file"
        raise SourceError("not_a_file", what)
    return os.fdopen(descriptor, "rb", buffering=1 << 20)


class _Guarded(io.RawIOBase):
    """A forward stream that turns decoder errors into `SourceError` and stops bombs.

    A decoder that meets damage drops what the same call had decoded already. So it is asked for
    pieces, what came before the damage is handed out, and the error follows with the next read.
    """

    def __init__(self, inner: BinaryIO, packed: int, what: str) -> None:
        self._packed, self._what, self._out = packed, what, 0
        self._piece = getattr(inner, "read1", None) or inner.read
        self._step = PIECE if packed else BLOCK
        self._error: SourceError | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(BLOCK), b""))
        pieces: list[bytes] = []
        missing = size
        while missing and self._error is None:
            try:
                data = self._piece(min(missing, self._step))
            except SourceError as error:
                self._error = error
                break
            except _DECODER_ERRORS as error:
                self._error = self._damage(error)
                break
            if not data:
                break
            pieces.append(data)
            missing -= len(data)
            self._out += len(data)
            if self._out > BOMB_BYTES and 0 < BOMB_RATIO * self._packed < self._out:
                self._error = SourceError("bomb", f"grows more than {BOMB_RATIO}-fold: refused")
        if self._error is not None and not pieces:
            raise self._error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _damage(self, error: Exception) -> SourceError:
        place = f"(after {self._out:,} bytes of content)"
        if isinstance(error, OSError) and error.errno in (errno.EIO, errno.EACCES, errno.ESTALE):
            return SourceError("unreadable", f"{os.strerror(error.errno)} {place}")
        if isinstance(error, EOFError | tarfile.ReadError) or "runcated" in str(error):
            advice = "ends before its end marker: fetch it again"
            return SourceError("truncated", f"{advice} {place}")
        advice = f"cannot be decompressed ({self._what}): fetch it again"
        return SourceError("damaged", f"{advice} {place}")

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


def _decompressed(raw: BinaryIO, name: str, size: int) -> io.RawIOBase:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - also names inside archives
    if suffix == ".gz" or name.lower().endswith(".tgz"):
        inner: BinaryIO = cast("BinaryIO", _Gunzip(raw))
    elif suffix == ".zst":
        inner = cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"))
    elif suffix in (".xz", ".txz"):
        inner = cast("BinaryIO", lzma.LZMAFile(raw))  # noqa: SIM115 - closes with the file
    elif suffix in (".bz2", ".tbz2"):
        inner = cast("BinaryIO", bz2.BZ2File(raw))
    else:
        inner, suffix = raw, ""
    if suffix and size == 0:
        raise SourceError("empty", "an empty file")
    return _Guarded(inner, size if suffix else 0, suffix or "as stored")


class _Gunzip:
    """Reads gzip members one after the other, and gives all that stands before a cut.

    The file classes of gzip and isal drop what the failing call had decoded.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._member, self._input = raw, _new_member(), b""
        self._begun = False

    def read1(self, size: int) -> bytes:
        """Return up to ``size`` bytes, at least one before the end."""
        while True:
            if not self._input:
                self._input = self._raw.read(GZIP_INPUT)
                if not self._input:
                    # The decoder may hold output that it had no room for.
                    rest: bytes = self._member.decompress(b"", size) if self._begun else b""
                    if self._begun and not rest and not self._member.eof:
                        raise EOFError
                    return rest
            if not self._begun:
                self._input = self._input.lstrip(b"\0")  # zero padding between members
                self._begun = bool(self._input)
                continue
            data: bytes = self._member.decompress(self._input, size)
            self._input = self._member.unconsumed_tail
            if self._member.eof:
                self._input = self._member.unused_data
                self._member, self._begun = _new_member(), False
            if data:
                return data

    read = read1


def _new_member() -> Any:
    return isal_zlib.decompressobj(wbits=31)


class _TarTail(io.RawIOBase):
    """Remembers the last block that went through, to tell a whole tar from a cut one."""

    def __init__(self, inner: io.RawIOBase) -> None:
        self._inner, self.tail = inner, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._inner.read(size) or b""
        self.tail = (self.tail + data)[-TAR_BLOCK:]
        return data


def _tar_members(
    item: Input, raw: BinaryIO, patterns: tuple[str, ...]
) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
    """Stream regular members in their order; nothing is ever extracted to disk."""
    names = _Names(item)
    outer = _TarTail(_decompressed(raw, item.path.rsplit("/", 1)[-1], item.size))
    whole = Resource(item.path, item.path.rsplit("/", 1)[-1], item.size, item.file)
    try:
        with tarfile.open(fileobj=cast("BinaryIO", outer), mode="r|", bufsize=BLOCK) as archive:
            for count, member in enumerate(archive):
                if count >= MEMBER_LIMIT:
                    raise SourceError("too_many", f"more than {MEMBER_LIMIT:,} members: refused")
                base = member.name.rsplit("/", 1)[-1]
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is None or base.startswith(".") or not matches(base, patterns):
                    continue
                resource = names.member(member.name, base, member.size)
                yield resource, _member_stream(cast("BinaryIO", stream), base, member.size)
            while outer.read(BLOCK):
                pass  # The closing blocks lie behind what tarfile reads.
    except tarfile.TarError as error:
        cut = "end of data" in str(error) or "truncated" in str(error)
        rule = "truncated" if cut else "damaged"
        yield whole, Failure(rule, f"{item.path}: not a whole tar archive: fetch it again")
        return
    if len(outer.tail) < TAR_BLOCK or any(outer.tail):
        detail = f"{item.path}: the archive ends without its closing block: fetch it again"
        yield whole, Failure("truncated", detail)


def zip_members(
    item: Input, raw: BinaryIO, patterns: tuple[str, ...]
) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
    """Yield the members of a zip archive; see `open_input`.

    Args:
        item: The archive; its path goes before the names of its members.
        raw: Its bytes, from which can be read anywhere.
        patterns: Names of members that the source reads.

    Raises:
        SourceError: ``damaged`` or ``too_many``.
    """
    try:
        archive = zipfile.ZipFile(raw)
    # A directory that names places outside of the file makes seeks fail (OSError, ValueError).
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise SourceError("damaged", "not a whole zip archive: fetch it again") from None
    names = _Names(item)
    with archive:
        if len(archive.infolist()) > MEMBER_LIMIT:
            raise SourceError("too_many", f"more than {MEMBER_LIMIT:,} members: refused")
        for info in archive.infolist():
            base = info.filename.rsplit("/", 1)[-1]
            if info.is_dir() or base.startswith(".") or not matches(base, patterns):
                continue
            resource = names.member(info.filename, base, info.file_size)
            if info.flag_bits & ENCRYPTED:
                detail = f"{resource.path}: this member opens with a password only"
                yield resource, Failure("encrypted", detail)
                continue
            try:
                stream = archive.open(info)
            except (zipfile.BadZipFile, NotImplementedError, ValueError):
                detail = f"{resource.path}: this member is damaged, or packed by an unknown method"
                yield resource, Failure("damaged", detail)
                continue
            with stream:
                bounded = _Guarded(cast("BinaryIO", stream), info.compress_size, "zip")
                yield resource, _member_stream(cast("BinaryIO", bounded), base, info.file_size)


class _Names:
    """Names the members of one archive; a name that comes again is numbered."""

    def __init__(self, item: Input) -> None:
        self._item = item
        self._seen: dict[str, int] = {}

    def member(self, name: str, base: str, size: int) -> Resource:
        """Return the resource of a member with this name."""
        count = self._seen[name] = self._seen.get(name, 0) + 1
        path = f"{self._item.path}::{name}" + (f"::{count}" if count > 1 else "")
        return Resource(path, strip_compression(base), size, self._item.file, self._item.facts)


def _member_stream(stream: BinaryIO, base: str, size: int) -> BinaryIO | Failure:
    try:
        return cast("BinaryIO", _decompressed(stream, base, size))
    except SourceError as error:
        return Failure(error.rule, f"{base}: {error}")
