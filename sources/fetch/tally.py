"""How many different records the pages of a list name, in eight bytes a record."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable

import numpy as np


class Tally:
    """Names of records, each kept as a hash of 64 bits."""

    def __init__(self) -> None:
        self._seen = array("Q")

    def add(self, names: Iterable[str]) -> None:
        """Take the records of a page."""
        self._seen.extend(
            int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
            for name in names
        )

    @property
    def different(self) -> int:
        """How many records there were, each counted once."""
        return len(np.unique(np.frombuffer(self._seen, np.uint64))) if self._seen else 0

    @property
    def again(self) -> int:
        """How many came once more."""
        return len(self._seen) - self.different
