"""What masking found in the documents of a batch: ``pii``, ``masks`` and ``pii_fault``."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa

from curation.columns import PII
from filters.pii import MASKS, PREEXISTING, Place, Redaction

Item = TypeVar("Item")


@dataclass(slots=True)
class Audit:
    """What masking found in the rows of a batch; most have nothing.

    Attributes:
        size: Rows.
        counts: Row to masks by entity, and masks that stood in the source.
        masks: Row to its masks.
        faults: Row to why it could not be scanned.
    """

    size: int
    counts: dict[int, Counter[str]] = field(default_factory=dict)
    masks: dict[int, list[Place]] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)

    def add(
        self,
        scan: Redaction,
        place: Callable[[int, Place], tuple[int, Place]] | None = None,
        *,
        own: bool = False,
    ) -> None:
        """Add what a scan found.

        Args:
            scan: Of the rows of the batch, or of values that belong to them.
            place: From a row of the scan and a mask in it to the row of the batch and what is said
                of it; None where the rows are the same.
            own: Whether masks that stood in what was scanned are ours, and counted already.
        """
        lengths = np.diff(np.asarray(scan.counts.offsets))
        for index in np.flatnonzero(lengths).tolist():
            row = index if place is None else place(index, _NOWHERE)[0]
            for entity, number in scan.counts[index].as_py():
                if own and entity == PREEXISTING:
                    continue
                self.counts.setdefault(row, Counter())[entity] += number
        for index, masks in scan.masks.items():
            for mask in masks:
                row, said = (index, mask) if place is None else place(index, mask)
                self.masks.setdefault(row, []).append(said)
        for index, reason in scan.reasons.items():
            row = index if place is None else place(index, _NOWHERE)[0]
            self.faults.setdefault(row, reason)

    def merge(self, other: Audit) -> None:
        """Add what another found in the same rows."""
        for row, counts in other.counts.items():
            self.counts.setdefault(row, Counter()).update(counts)
        for row, masks in other.masks.items():
            self.masks.setdefault(row, []).extend(masks)
        self.faults = other.faults | self.faults

    def columns(self) -> dict[str, pa.Array]:
        """Return ``pii``, ``masks`` and ``pii_fault``, a row a document."""
        counts = {row: sorted(found.items()) for row, found in self.counts.items()}
        entries, offsets = _laid_out(counts, self.size)
        masks, bounds = _laid_out(self.masks, self.size)
        structs = pa.array([mask._asdict() for mask in masks], MASKS.value_type)
        rows = sorted(self.faults)
        index = np.full(self.size, -1, np.int64)
        index[rows] = np.arange(len(rows))
        faults = pa.array([self.faults[row] for row in rows], pa.string())
        return {
            "pii": pa.MapArray.from_arrays(
                offsets,
                pa.array([entity for entity, _ in entries], PII.key_type),
                pa.array([number for _, number in entries], PII.item_type),
            ),
            "masks": pa.ListArray.from_arrays(bounds, structs, type=MASKS),
            "pii_fault": faults.take(pa.array(index, mask=index < 0)),
        }


_NOWHERE = Place("", None, None, None, "", "")


def _laid_out(found: Mapping[int, Sequence[Item]], size: int) -> tuple[list[Item], pa.Array]:
    """Lay the lists of some rows out: all items, and ``int32[size + 1]``."""
    lengths = np.zeros(size + 1, np.int32)
    rows = sorted(found)
    lengths[[row + 1 for row in rows]] = [len(found[row]) for row in rows]
    flat = list(itertools.chain.from_iterable(found[row] for row in rows))
    return flat, pa.array(np.cumsum(lengths, dtype=np.int32))
