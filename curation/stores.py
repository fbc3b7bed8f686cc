"""Where a corpus stands: a folder of this machine, or an address that fsspec reads and writes.

Whatever reads a corpus goes through a `Store`, which is a folder with files named by POSIX paths.
Writing differs: a folder is published by a rename (`curation.storage`), an address by a conditional
PUT (`curation.publish`), and only an `ObjectStore` has what that needs.
"""

# ruff: noqa: D102 - the methods are described on `Store`

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from curation.addresses import remote_errors
from curation.errors import UsageError
from curation.storage import sha256_file, write_file
from sources import remote

if TYPE_CHECKING:
    from fsspec.spec import AbstractFileSystem

    from curation.ranges import Files

PIECE = 8 << 20
"""Bytes of a file hashed at a time."""

NAMELESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(/{1,2}|/{3}.*)")
"""A scheme without a bucket; ``s3:/b`` is a `Path` made of an address."""

WEB = ("http://", "https://", "ftp://")
"""Addresses of pages, which hold no corpus."""

CONFLICTS = 5
"""Times that a conditional PUT is sent again because another one of the file was under way."""


class Store(ABC):
    """A folder, wherever it stands; ``str`` of it is what messages and SQL name it by."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Its last part, ``v1``."""

    @property
    @abstractmethod
    def parent(self) -> Store:
        """The folder that it stands in."""

    @abstractmethod
    def at(self, name: str) -> Store:
        """Return a folder below it."""

    @abstractmethod
    def where(self, name: str) -> str:
        """Return what names a file below it in messages and in SQL."""

    @abstractmethod
    def anywhere(self) -> str:
        """Return what names it also where the working directory is another one."""

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether there is anything here."""

    @abstractmethod
    def is_file(self) -> bool:
        """Tell whether it is a file and no folder."""

    @abstractmethod
    def entries(self) -> list[str]:
        """Return the names of files and folders directly below, sorted; none where it is absent."""

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file below, by path relative to it, sorted."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return the bytes of a file, None where there is none."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            FileNotFoundError: There is none.
        """

    @abstractmethod
    def open(self, name: str) -> pa.NativeFile:
        """Open a file for reading at any place; only what is asked for is read.

        Raises:
            OSError: It cannot be read.
        """

    @abstractmethod
    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a file's bytes as hex."""

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all, in place of one that is there."""

    @property
    def files(self) -> AbstractFileSystem | None:
        """File system that DuckDB needs to read `where`; None for this machine's."""
        return None


class FolderStore(Store, os.PathLike[str]):
    """A folder of this machine.

    Args:
        folder: Its path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    def __fspath__(self) -> str:
        return str(self.folder)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def parent(self) -> FolderStore:
        return FolderStore(self.folder.parent)

    def at(self, name: str) -> FolderStore:
        return FolderStore(self.folder / name)

    def where(self, name: str) -> str:
        return str(self.folder / name)

    def anywhere(self) -> str:
        return str(self.folder.absolute())

    def exists(self) -> bool:
        return self.folder.exists()

    def is_file(self) -> bool:
        return self.folder.is_file()

    def entries(self) -> list[str]:
        return sorted(os.listdir(self.folder)) if self.folder.is_dir() else []  # noqa: PTH208

    def sizes(self) -> dict[str, int]:
        return {
            path.relative_to(self.folder).as_posix(): path.stat().st_size
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def size(self, name: str) -> int | None:
        path = self.folder / name
        return path.stat().st_size if path.is_file() else None

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def open(self, name: str) -> pa.NativeFile:
        return pa.OSFile(str(self.folder / name))

    def sha256(self, name: str) -> str:
        return sha256_file(self.folder / name)

    def write(self, name: str, data: bytes) -> None:
        write_file(self.folder / name, data)


class ObjectStore(Store):
    """A folder at an address.

    Args:
        files: The file system, with what is known of its files.
        scheme: Scheme of the address.
        path: Path in the file system.
        conditional: Whether `create` relies on the store's own condition; without, on a look
            before, which is right for a single writer only.
    """

    def __init__(self, files: Files, scheme: str, path: str, *, conditional: bool = True) -> None:
        self._files, self._scheme, self._path = files, scheme, path.lstrip("/")
        self.conditional = conditional

    def __str__(self) -> str:
        return f"{self._scheme}://{self._path}"

    @property
    def name(self) -> str:
        return self._path.rpartition("/")[2]

    @property
    def parent(self) -> ObjectStore:
        above = self._path.rpartition("/")[0]
        return self._other(above) if above else self  # a bucket stands in nothing

    def at(self, name: str) -> ObjectStore:
        return self._other(self._key(name))

    def where(self, name: str) -> str:
        return f"{self}/{name}"

    def anywhere(self) -> str:
        return str(self)

    def exists(self) -> bool:
        with _told(self):
            return bool(self._files.inner.exists(self._path))

    def is_file(self) -> bool:
        with _told(self):
            return bool(self._files.inner.isfile(self._path))

    def entries(self) -> list[str]:
        with _told(self):
            try:
                found = self._files.inner.ls(self._path, detail=False)
            except FileNotFoundError:
                return []
        return sorted({path.rstrip("/").rpartition("/")[2] for path in found} - {""})

    def sizes(self) -> dict[str, int]:
        with _told(self):
            found = self._files.inner.find(self._path, detail=True)
        start = len(self._path) + 1
        known = {path.lstrip("/"): int(info["size"]) for path, info in sorted(found.items())}
        self._files.known.update(known)
        return {path[start:]: size for path, size in known.items()}

    def size(self, name: str) -> int | None:
        with _told(self):
            try:
                info = self._files.inner.info(self._key(name))
            except FileNotFoundError:
                return None
        return int(info["size"]) if info["type"] == "file" else None

    def read(self, name: str) -> bytes:
        with _told(self):
            data: bytes = self._files.inner.cat_file(self._key(name))
        return data

    def open(self, name: str) -> pa.NativeFile:
        with _told(self):
            return pa.PythonFile(self._files.open(self._key(name), "rb"), mode="r")

    def sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        with _told(self), self._files.open(self._key(name), "rb") as stream:
            while block := stream.read(PIECE):
                digest.update(block)
        return digest.hexdigest()

    def write(self, name: str, data: bytes) -> None:
        with _told(self):
            self._files.inner.pipe_file(self._key(name), data)

    def create(self, name: str, data: bytes) -> None:
        """Write a file that must not be there yet: one conditional PUT.

        Raises:
            FileExistsError: It is there, and keeps its bytes.
        """
        with _told(self):
            if not self.conditional:
                if self._files.inner.exists(self._key(name)):
                    raise FileExistsError(name)
                self._files.inner.pipe_file(self._key(name), data)
                return
            for last in (False,) * CONFLICTS + (True,):
                try:
                    self._files.inner.pipe_file(self._key(name), data, mode="create")
                except Exception as error:
                    code = remote.error_code(error)
                    if isinstance(error, FileExistsError) or code in ("PreconditionFailed", "412"):
                        raise FileExistsError(name) from None
                    if last or code != "ConditionalRequestConflict":
                        raise
                else:
                    return

    def has(self, name: str, data: bytes) -> bool:
        """Tell whether a file is there and holds these bytes."""
        try:
            return self.read(name) == data
        except FileNotFoundError:
            return False

    def upload(self, name: str, path: Path) -> None:
        """Write a file with the bytes of one of this machine."""
        with _told(self):
            self._files.inner.put_file(str(path), self._key(name))

    def copy(self, source: ObjectStore, old: str, name: str) -> None:
        """Write a file with the bytes of another one, inside the store."""
        with _told(self):
            self._files.inner.cp_file(source._key(old), self._key(name))

    def delete(self, names: Iterable[str]) -> None:
        """Remove files; one that is absent is no error."""
        for name in names:
            with _told(self):
                try:
                    self._files.inner.rm_file(self._key(name))
                except FileNotFoundError:
                    continue

    def can_create(self) -> bool:
        """Tell whether the store's file system has a create of its own, not a look before."""
        from fsspec.asyn import AsyncFileSystem
        from fsspec.spec import AbstractFileSystem

        kind = type(self._files.inner)
        if issubclass(kind, AsyncFileSystem):
            return kind._pipe_file is not AsyncFileSystem._pipe_file
        return bool(kind.pipe_file is not AbstractFileSystem.pipe_file)

    @property
    def files(self) -> AbstractFileSystem:
        return self._files

    def _key(self, name: str) -> str:
        return f"{self._path}/{name}"

    def _other(self, path: str) -> ObjectStore:
        return ObjectStore(self._files, self._scheme, path, conditional=self.conditional)


def place(where: str | Path | Store, *, conditional: bool = True) -> Store:
    """Return the store at a path or an address.

    Args:
        where: ``corpus``, ``s3://bucket/corpus``; a store is returned as it is.
        conditional: As for `ObjectStore`.

    Raises:
        UsageError: The address cannot be used, or its extra is not installed.
    """
    if isinstance(where, Store):
        return where
    text = str(where)
    if (nameless := NAMELESS.fullmatch(text)) and nameless[1].lower() not in ("file", "local"):
        raise UsageError(f"{text}: names no bucket; write {nameless[1]}://BUCKET/FOLDER")
    if not remote.is_address(text):
        folder = Path(remote.normal(text))
        # A shell leaves --out=~/corpus as it is.
        return FolderStore(folder.expanduser() if text.startswith("~/") else folder)
    address = remote.normal(text)
    if address.startswith(WEB):
        raise UsageError(
            f"{text}: a corpus stands in a folder or a store (s3://BUCKET/FOLDER), not on the web"
        )
    with remote_errors():
        fs, path = remote.filesystem(address)
    from curation.ranges import Files  # imports fsspec, which a folder does not need

    scheme = address.partition("://")[0]
    return ObjectStore(Files(fs, scheme), scheme, path, conditional=conditional)


@contextlib.contextmanager
def _told(store: ObjectStore) -> Iterator[None]:
    with remote_errors(), remote.told(str(store)):
        yield
