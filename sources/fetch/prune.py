"""What only older snapshots name is removed, with those snapshots.

A year of PubMed that another one replaced, a revised article, a page that is gone: their files
stay, so that an older snapshot can be built from, until somebody asks for the room.
"""

from __future__ import annotations

from dataclasses import dataclass

from sources.fetch import snapshot
from sources.fetch.state import State


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


def older(state: State) -> Older:
    """Return what `prune` would remove."""
    return Older(max(len(snapshot.numbered(state.home)) - 1, 0), *state.older_totals())


def prune(state: State) -> Older:
    """Remove it; the newest snapshot and its files stay.

    Args:
        state: What is there; all of it stands in the newest snapshot.

    Returns:
        What was removed.
    """
    found = older(state)
    # Snapshots first: where this is stopped, none is left that names what is not there.
    for file in list(snapshot.numbered(state.home).values())[:-1]:
        file.unlink()
    folders = set()
    for name in state.older():
        file = state.home / name
        file.unlink(missing_ok=True)
        folders.add(file.parent)
    state.pruned()
    for folder in folders:
        while folder != state.home and folder.exists() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
    return found
