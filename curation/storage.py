"""Files that are whole or absent: temporary name, fsync, rename, fsync of the folder.

The order follows what crash-safe stores do: data first, then the manifest, the pointer last. All
writing of the toolkit to a corpus goes through here.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import itertools
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from curation.errors import LockedError

HIDDEN = ".curation"
"""Folder of a corpus that holds cache, lock and unfinished work; may be deleted at any time."""


def sha256_file(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes as hex."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_text(text: str) -> str:
    """Return the SHA-256 of a text as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys and no blanks, the form that keys are hashed over."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def temporary_name(name: str) -> str:
    """Return a name for unfinished work that no other attempt has, on whatever machine it runs.

    Numbers of processes would not do: two machines that share a folder have the same ones.
    """
    return f".{name}.{uuid.uuid4().hex}.tmp"


@contextlib.contextmanager
def named_whole(path: Path) -> Iterator[Path]:
    """Yield a temporary name; what is written there gets its own name at the end.

    Nothing half-written stays, also after an interrupt.
    """
    temporary = path.with_name(temporary_name(path.name))
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a file in one step: a reader sees the old bytes or the new ones, never a part."""
    with named_whole(path) as temporary, temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Force a file's bytes to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync_file
"""Force a folder's entries to disk; the same call as for a file."""


def sync_tree(folder: Path) -> None:
    """Force every file and folder below ``folder`` to disk, and make the files read-only.

    Versions share bytes through hard links: an edit in place would change all of them.
    """
    for parent, _, files in os.walk(folder):
        for name in sorted(files):
            path = Path(parent) / name
            sync_file(path)
            path.chmod(0o444)
        sync_folder(Path(parent))


def publish_folder(staging: Path, final: Path) -> None:
    """Give a finished folder its name; fails where that name is taken.

    Raises:
        FileExistsError: The name is taken, also by an empty folder (which a plain rename would
            silently replace).
    """
    if os.path.lexists(final):
        raise FileExistsError(str(final))
    sync_tree(staging)
    try:
        staging.rename(final)
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:  # another one was first in the meantime
            raise FileExistsError(str(final)) from None
        raise
    sync_folder(final.parent)


def remove_tree(folder: Path) -> None:
    """Remove a folder of this toolkit, read-only files included; absent is no error."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


@contextlib.contextmanager
def made(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; at the end remove what was made here and is empty."""
    missing = list(itertools.takewhile(lambda path: not path.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for path in missing:
            try:
                path.rmdir()
            except OSError:  # it holds something, and so do those above it
                break


@contextlib.contextmanager
def locked(corpus: Path) -> Iterator[None]:
    """Hold the corpus for one build.

    The lock is an ``flock`` of this process, which the system drops when the process dies, so
    there are no stale locks. On a network share where locks are local to a machine two hosts
    could both get it; publishing still refuses a taken version number. Where the build leaves
    nothing else, because it was refused or only planned, its folders and the lock go as well.

    Raises:
        LockedError: Another process holds it; the message says which.
    """
    folder = corpus / HIDDEN
    fresh = not folder.exists()
    with made(folder), _lock(corpus, folder / "lock") as stream:
        stream.truncate(0)
        stream.write(f"process {os.getpid()} on {os.uname().nodename}")
        stream.flush()
        os.fsync(stream.fileno())  # workers on other machines know the corpus by it
        try:
            yield
        finally:
            stream.truncate(0)
            if fresh and [path.name for path in folder.glob("*")] == ["lock"]:
                (folder / "lock").unlink()


def _lock(corpus: Path, path: Path) -> TextIO:
    """Open and lock a file; not one that whoever held it has removed meanwhile."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            stream = path.open("a+")
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with stream:
                    stream.seek(0)
                    holder = stream.read().strip() or "an unknown process"
                raise LockedError(
                    f"{corpus}: locked by another build ({holder}); wait for it or stop it"
                ) from None
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), os.fstat(stream.fileno())):
                    return stream
            stream.close()
