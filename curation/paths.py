"""Names of input files without personal data: what the ledger, the manifest and every message say.

A file can be called after a person (``jane@example.org.html``). It is opened by its real path, and
named everywhere by the masked one; two that read the same after masking get a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from curation.leaves import Leaves, rebuilt
from filters.pii import Masking, locate
from sources.columns import strings

_SUFFIXES = re.compile(
    r"(?i)(?:\.(?:nxml|xml|xhtml|html?|md|markdown|txt|jsonl|ndjson|json|pdf|parquet|[ct]sv|docx?"
    r"|snapshot))?(?:\.(?:gz|zst|xz|bz2|zip|tar|t[gbx]z2?|meca))*$"
)
"""What says how a file is read: no part of what is masked."""


class CleanNames:
    """Masks the names of files and of members of archives.

    Args:
        masking: What the recipe asks for; with the profile ``off`` names stay.
    """

    def __init__(self, masking: Masking) -> None:
        self._masking = masking
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def __call__(self, paths: Sequence[str]) -> list[str]:
        """Return the names of paths, different ones for different paths, in their order."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self._given]
        if not self._masking.on:
            return list(paths)
        bare = [_SUFFIXES.sub("", path) for path in fresh]
        # In names of files "_" stands for a blank.
        texts = strings([text.replace("_", " ") for text in bare])
        found = locate(pa.array(texts, pa.large_string()), "default", self._masking.keep)
        for path, stem, masks in zip(fresh, bare, found, strict=True):
            name, at = "", 0
            for mask in masks if masks is not None else ():
                name += f"{stem[at : mask.start]}[{mask.entity}]"
                at = mask.end
            name += stem[at:] if masks is not None else "[ID]"  # what cannot be scanned is no name
            # Only what holds a token can meet another name; millions of members do not.
            if name != stem or "[" in stem:
                self._given[path] = self._apart(name, path[len(stem) :])
        return [self._given.get(path, path) for path in paths]

    def within(self, values: Mapping[str, Any]) -> Any:
        """Return what a recipe says, with the names of files in it masked.

        Args:
            values: Keys and values as they are written as JSON.
        """
        leaves = Leaves()
        leaves.add(0, values)
        return rebuilt(dict(values), iter(self(leaves.texts)))

    def _apart(self, stem: str, suffix: str) -> str:
        """Return a name that no other path has."""
        name, number = stem + suffix, 1
        while name in self._taken:
            number += 1
            name = f"{stem}~{number}{suffix}"
        self._taken.add(name)
        return name
