"""Reading parts of files at an address: what Parquet readers ask for, and a little ahead.

fsspec's own files ask for the size again with each opening, and read up to 50 MB ahead.
"""

from __future__ import annotations

import datetime
from typing import Any

from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from curation.addresses import remote_errors
from sources.remote import told

AHEAD = 64 << 10
"""Bytes fetched behind what was asked for. Readers of Parquet ask for whole columns of a row group,
and for the end of the file in small pieces."""

_UNCHANGED = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Files(AbstractFileSystem):  # type: ignore[misc] # fsspec is untyped
    """A file system seen for reading only, which remembers the sizes of its files.

    Files of a version never change; DuckDB is given this one.

    Args:
        inner: The file system.
        scheme: Scheme by which DuckDB knows it.
    """

    cachable = False

    def __init__(self, inner: AbstractFileSystem, scheme: str) -> None:
        super().__init__()
        self.inner, self.protocol = inner, (scheme,)
        self.known: dict[str, int] = {}

    def _strip_protocol(self, path: str) -> str:
        # Without the slash that some begin with: DuckDB would see another name than it was given.
        return str(self.inner._strip_protocol(path)).lstrip("/")

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
        """List a folder, as the file system does."""
        return self.inner.ls(path, detail=detail, **kwargs)

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        """Return name, size and type of a file."""
        path = self._strip_protocol(path)
        if path not in self.known:
            self.known[path] = int(self.inner.info(path)["size"])
        return {"name": path, "size": self.known[path], "type": "file"}

    def modified(self, path: str) -> datetime.datetime:
        """Return always the same time."""
        return _UNCHANGED

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> RangedFile:
        return RangedFile(
            self, path, mode, AHEAD, cache_type="readahead", size=self.info(path)["size"]
        )


class RangedFile(AbstractBufferedFile):  # type: ignore[misc] # fsspec is untyped
    """A file of `Files`, open for reading."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        with remote_errors(), told(f"{self.fs.protocol[0]}://{self.path}"):
            data: bytes = self.fs.inner.cat_file(self.path, start=start, end=end)
        return data
