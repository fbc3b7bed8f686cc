"""Finding the files of a source: paths, folders, globs and archives, relative to the recipe.

What begins with a scheme (``s3://``) is listed by `sources.remote`.

Nothing is opened here. What is found is a list of physical files in the order of their path's
bytes; what a recipe names and cannot be used becomes a problem that ends as a ledger row.
"""

from __future__ import annotations

import fnmatch
import glob
import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sources.fetch.snapshot import entries, folder_of, is_snapshot
from sources.items import SourceError

COMPRESSION_SUFFIXES = (".gz", ".zst", ".xz", ".bz2")
RELATIVE = "paths are relative to the recipe"

AGAIN = "it is not as {} pins it: run `curation fetch` again"

CORPUS_MARK = ".curation"
"""Folder by which a corpus that a build wrote is known."""

ZIP_SUFFIXES = (".zip", ".meca")
"""Names of zip archives; ``.meca`` are those of manuscripts (NISO RP-30)."""

ARCHIVE_SUFFIXES = (".tar", ".tgz", ".txz", ".tbz2", *ZIP_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Input:
    """One physical file of a source.

    Attributes:
        path: POSIX path relative to the recipe's folder, or an address: its name in the ledger.
        file: Absolute path on this machine, or its address.
        size: Bytes.
        sha256: Checksum that a snapshot pins; empty where none does.
        facts: What the source says of the file, as the snapshot has it.
        validator: What the store says of its bytes (`sources.remote.validator`); empty for a file
            of this machine.
        raw: The open file, where it was read already; else it is opened by `file`.
    """

    path: str
    file: str
    size: int
    sha256: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    validator: str = ""
    raw: BinaryIO | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a recipe names that cannot be read: one failed row of the ledger.

    Attributes:
        path: As `Input.path`.
        rule: Reason code (``missing``, ``unreadable``, ``not_a_file``, ``empty_folder``; of a
            snapshot ``not_as_pinned``, ``not_a_snapshot``, ``truncated``).
        detail: One line for people.
    """

    path: str
    rule: str
    detail: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of another kind than the source reads, met in a folder or by a glob.

    Attributes:
        path: As `Input.path`.
    """

    path: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What `locate` found, each part sorted by path.

    Attributes:
        inputs: Files to read.
        problems: What cannot be read.
        skipped: Paths of files that the source does not read; hidden ones are not named.
    """

    inputs: tuple[Input, ...]
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...] = ()


_OUTSIDE = (
    "a link that leads outside its folder; name that place in the recipe, or copy the file here"
)


def strip_compression(name: str) -> str:
    """Return ``name`` without one compression suffix (``a.xml.gz`` gives ``a.xml``)."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - names inside archives are no paths
    return stem if suffix.lower() in COMPRESSION_SUFFIXES else name


def is_archive(name: str) -> bool:
    """Tell whether a file name is that of a tar or zip archive."""
    lowered = name.lower()
    return lowered.endswith(ARCHIVE_SUFFIXES) or strip_compression(lowered).endswith(".tar")


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Tell whether a base name, compression suffix aside, fits one of the patterns."""
    bare = strip_compression(name).lower()
    return any(fnmatch.fnmatchcase(bare, pattern) for pattern in patterns)


def locate(paths: Sequence[str], root: Path, patterns: Sequence[str]) -> Listing:
    """List the files that recipe paths stand for.

    A named file is read whatever its name; a named snapshot stands for the files that it pins. A
    folder is walked without following links to folders, and gives the files that fit ``patterns``
    and the archives. A glob gives what it matches; where its last part is ``*`` or ``**`` the
    patterns apply as in a folder.

    Args:
        paths: Paths and globs of the recipe, relative to ``root`` or absolute, and addresses.
        root: The recipe's folder.
        patterns: Shell patterns of the source.

    Returns:
        Inputs and problems, each once, sorted by the bytes of their path.
    """
    found: dict[str, Input] = {}
    problems: dict[str, Problem] = {}
    skipped: set[str] = set()
    for text in paths:
        for item in _expand(text, root, patterns):
            if isinstance(item, Input):
                found[item.path] = item
            elif isinstance(item, Problem):
                problems[item.path] = item
            else:
                skipped.add(item.path)
    return Listing(
        tuple(found[key] for key in sorted(found, key=os.fsencode)),
        tuple(problems[key] for key in sorted(problems, key=os.fsencode)),
        tuple(sorted(skipped - found.keys(), key=os.fsencode)),
    )


def _expand(text: str, root: Path, patterns: Sequence[str]) -> Iterator[Input | Problem | Skipped]:
    from sources import remote  # which builds on this module

    if remote.is_address(text):
        yield from remote.locate(text, patterns)
        return
    full = os.path.join(root, os.path.expanduser(remote.normal(text)))  # noqa: PTH111, PTH118 - globs are no paths
    if not glob.has_magic(text):
        yield from _one(full, root, patterns, named=True)
        return
    hits = sorted(glob.glob(full, recursive=True, include_hidden=False), key=os.fsencode)  # noqa: PTH207
    if not hits:
        yield Problem(text, "missing", f"{text}: no file fits this pattern; {RELATIVE}")
    named = Path(text).name not in ("*", "**")
    for hit in hits:
        if _in_corpus(hit, root):
            continue
        if os.path.islink(hit) and not _inside(hit, root):  # noqa: PTH114
            name = _relative(hit, root)
            yield Problem(name, "not_a_file", f"{name}: a link that leads outside; name its target")
        elif is_snapshot(hit) and not named:
            yield Skipped(_relative(hit, root))
        elif named or Path(hit).is_dir() or matches(Path(hit).name, patterns) or is_archive(hit):
            yield from _one(hit, root, patterns, named=named)
        else:
            yield Skipped(_relative(hit, root))


def _one(
    full: str, root: Path, patterns: Sequence[str], *, named: bool
) -> Iterator[Input | Problem | Skipped]:
    name = _relative(full, root)
    try:
        info = os.stat(full)  # noqa: PTH116
    except FileNotFoundError:
        advice = "run `curation fetch` first" if is_snapshot(name) else RELATIVE
        yield Problem(name, "missing", f"{name}: no such file or folder; {advice}")
        return
    except OSError as error:
        yield Problem(name, "unreadable", f"{name}: {error.strerror}; check its permissions")
        return
    if stat.S_ISDIR(info.st_mode):
        yield from _walk(full, root, patterns, report_empty=named)
    elif not stat.S_ISREG(info.st_mode):
        yield Problem(name, "not_a_file", f"{name}: neither a file nor a folder; left out")
    elif not os.access(full, os.R_OK):
        yield Problem(name, "unreadable", f"{name}: permission denied; check its permissions")
    elif is_snapshot(name):
        yield from _pinned(Path(full), name, root, patterns)
    else:
        yield Input(name, str(Path(full).absolute()), info.st_size)


def _pinned(
    snapshot: Path, name: str, root: Path, patterns: Sequence[str]
) -> Iterator[Input | Problem]:
    """Yield the files that a snapshot pins and the source reads, under their paths in the source.

    Only sizes are compared here; whoever reads the bytes compares the checksums.
    """
    try:
        folder = folder_of(snapshot)
        for entry in entries(snapshot):
            base = entry.path.rsplit("/", 1)[-1]
            if not (matches(base, patterns) or is_archive(base)):
                continue
            path = _relative(str(folder / entry.path), root)
            file = folder / entry.file
            try:
                size = file.stat().st_size if file.is_file() else -1
            except OSError:
                size = -1
            if size == entry.size:
                yield Input(path, str(file.absolute()), size, entry.sha256, entry.facts)
            else:
                said = "is not there" if size < 0 else "has another size"
                yield Problem(path, "not_as_pinned", f"{path}: {said}; {AGAIN.format(name)}")
    except SourceError as error:
        yield Problem(name, error.rule, f"{name}: {error}")


def _walk(
    folder: str, root: Path, patterns: Sequence[str], *, report_empty: bool
) -> Iterator[Input | Problem | Skipped]:
    errors: list[OSError] = []
    count = 0
    for parent, folders, files in os.walk(folder, onerror=errors.append):
        if CORPUS_MARK in folders:
            folders[:] = []  # a corpus that lies among the inputs is none of them
            continue
        folders[:] = sorted((f for f in folders if not f.startswith(".")), key=os.fsencode)
        for base in sorted(files, key=os.fsencode):
            if base.startswith("."):
                continue
            full = os.path.join(parent, base)  # noqa: PTH118
            if not (matches(base, patterns) or is_archive(base)):
                yield Skipped(_relative(full, root))
                continue
            count += 1
            if os.path.islink(full) and not _inside(full, Path(folder)):  # noqa: PTH114
                name = _relative(full, root)
                yield Problem(name, "not_a_file", f"{name}: {_OUTSIDE}")
            else:
                yield from _one(full, root, patterns, named=True)
    for error in errors:
        name = _relative(str(error.filename), root)
        yield Problem(name, "unreadable", f"{name}: {error.strerror}; check its permissions")
    if not count and not errors and report_empty:
        name = _relative(folder, root)
        wanted = " ".join(patterns)
        detail = f"{name}: no file in this folder fits {wanted} (compressed or not)"
        yield Problem(name, "empty_folder", detail)


def _relative(full: str, root: Path) -> str:
    path = Path(os.path.relpath(full, root)).as_posix()
    # A name that is no UTF-8 stays readable; the file itself is opened by its own bytes.
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _in_corpus(path: str, root: Path) -> bool:
    """Tell whether a file lies in a corpus that a build wrote below the recipe's folder."""
    parents = itertools.takewhile(lambda p: p != root, Path(path).parents)
    return any((parent / CORPUS_MARK).is_dir() for parent in parents)


def _inside(link: str, folder: Path) -> bool:
    return Path(link).resolve().is_relative_to(folder.resolve())
