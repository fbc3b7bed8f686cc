"""What only older snapshots name is removed, with those snapshots.

A year of PubMed that another one replaced, a revised article, a page that is gone: their files
stay, so that an older snapshot can be built from, until somebody asks for the room.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sources.fetch import snapshot
from sources.fetch.errors import FetchError
from sources.fetch.state import State
from sources.items import SourceError


@dataclass(frozen=True, slots=True)
class Older:
    """What is on disk and not in the newest snapshot.

    Attributes:
        snapshots: Older snapshots.
        files: Files that only they name.
        size: Their bytes.
    """

    snapshots: int = 0
    files: int = 0
    size: int = 0


def older(state: State, kept: Collection[Path]) -> Older:
    """Return what `prune` would remove.

    Raises:
        FetchError: A snapshot that is to stay cannot be read.
    """
    snapshots, pinned = _parted(state, kept)
    return Older(len(snapshots), *state.older_totals(pinned))


def prune(state: State, kept: Collection[Path]) -> Older:
    """Remove it; the newest snapshot and its files stay.

    Args:
        state: What is there; all of it stands in the newest snapshot.
        kept: Older snapshots that stay as well, with their files.

    Returns:
        What was removed.

    Raises:
        FetchError: A snapshot that is to stay cannot be read; nothing was removed.
    """
    snapshots, pinned = _parted(state, kept)
    found = Older(len(snapshots), *state.older_totals(pinned))
    # Snapshots first: where this is stopped, none is left that names what is not there.
    for file in snapshots:
        file.unlink()
    folders = set()
    for name in state.older():
        if name in pinned:
            continue
        file = state.home / name
        file.unlink(missing_ok=True)
        folders.add(file.parent)
    state.pruned(pinned)
    for folder in folders:
        while folder != state.home and folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
    return found


def _parted(state: State, kept: Collection[Path]) -> tuple[list[Path], frozenset[str]]:
    """Return the older snapshots that may go, and where the files lie of those that stay."""
    before = list(snapshot.numbered(state.home).values())[:-1]
    staying = [file for file in before if file.resolve() in kept]
    try:
        pinned = frozenset(entry.file for file in staying for entry in snapshot.entries(file))
    except SourceError as error:
        said = f"{state.home.name}: of a snapshot that the recipe names: {error}"
        raise FetchError(error.rule, said) from None
    return [file for file in before if file not in staying], pinned
