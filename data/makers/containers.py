"""Gzip, tar and zip files whose bytes depend on nothing but their content.

Compressed bytes differ between versions of zlib, so members are *stored* (deflate block type 0 in
gzip, method 0 in zip): any reader accepts that, and every machine writes the same file.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

STORED_BLOCK = 0xFFFF
"""Longest stored block of deflate, bytes (RFC 1951, 3.2.4)."""


def gzip_stored(data: bytes) -> bytes:
    """Wrap bytes as a gzip member without compression, time stamp or file name.

    Args:
        data: Any bytes.

    Returns:
        A gzip file (RFC 1952) with modification time 0 and unknown operating system.
    """
    header = b"\x1f\x8b\x08\x00" + struct.pack("<I", 0) + b"\x00\xff"
    trailer = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return header + b"".join(_stored_blocks(data)) + trailer


def _stored_blocks(data: bytes) -> Iterator[bytes]:
    starts = range(0, len(data), STORED_BLOCK) or range(1)
    for start in starts:
        block = data[start : start + STORED_BLOCK]
        last = start + STORED_BLOCK >= len(data)
        yield struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block


def tar_gz(members: Mapping[str, bytes]) -> bytes:
    """Pack members into a ``.tar.gz`` in the order of their names.

    Args:
        members: Name to content.

    Returns:
        The archive; owner 0, mode 644, time 0 for every member.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(members):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(members[name]), 0o644, 0
            archive.addfile(entry, io.BytesIO(members[name]))
    return gzip_stored(buffer.getvalue())


def zip_stored(members: Mapping[str, bytes]) -> bytes:
    """Pack members into a ``.zip`` without compression, in the order of their names.

    Args:
        members: Name to content.

    Returns:
        The archive; every member dated 1980-01-01, the earliest that the format can say.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every system
            archive.writestr(entry, members[name])
    return buffer.getvalue()
