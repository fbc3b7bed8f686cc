"""Looking at the first bytes of a stream that can be read forward only."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from sources.text.entities import read

_BLANK = b"\xef\xbb\xbf \t\r\n"


def peek(stream: BinaryIO, size: int = 4096) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a stream, and a stream that begins with them.

    Args:
        stream: Read by the returned stream from now on.
        size: How many bytes; fewer where there are no more.
    """
    head = read(stream, size)
    return head, cast("BinaryIO", _Joined(head, stream))


def is_json(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a JSON object or list."""
    return head.lstrip(_BLANK).startswith((b"{", b"["))


class _Joined(io.RawIOBase):
    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            head, self._head = self._head, b""
            return head + self._rest.read()
        head, self._head = self._head[:size], self._head[size:]
        return head
