"""Object stores for tests: moto's server on loopback, and one in memory that can be made to fail."""

# ruff: noqa: D102 - the methods are those of fsspec

from __future__ import annotations

import errno
import os
import threading
from typing import Any

from fsspec.implementations.memory import MemoryFileSystem

from curation.ranges import Files
from curation.stores import ObjectStore


class Memory(MemoryFileSystem):
    """A store in memory: each write is one step under a lock, as a real store has it.

    Attributes:
        fail_at: Number of the writing call that fails, from 1; 0 for none.
        forever: Whether every later one fails as well.
        calls: Writing calls so far.
        ignores: Whether it overwrites where a file must be new.
    """

    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.store: dict[str, Any] = {}
        self.pseudo_dirs = [""]
        self.lock = threading.RLock()
        self.fail_at = self.calls = 0
        self.forever = self.ignores = False

    def _count(self) -> None:
        self.calls += 1
        if self.fail_at and (
            self.calls == self.fail_at or (self.forever and self.calls > self.fail_at)
        ):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        with self.lock:
            self._count()
            super().pipe_file(path, value, "overwrite" if self.ignores else mode)

    def put_file(self, lpath: str, rpath: str, **kwargs: Any) -> None:
        with open(lpath, "rb") as stream:
            data = stream.read()
        with self.lock:
            self._count()
            super().pipe_file(rpath, data)

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        with self.lock:
            self._count()
            super().cp_file(path1, path2)

    def rm_file(self, path: str) -> None:
        with self.lock:
            self._count()
            path = self._strip_protocol(path)
            if path not in self.store:
                raise FileNotFoundError(path)
            del self.store[path]

    def at(self, path: str, *, conditional: bool = True) -> ObjectStore:
        """Return a folder of it as a corpus."""
        return ObjectStore(Files(self, "memory"), "memory", path, conditional=conditional)
