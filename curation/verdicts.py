"""Verdicts: what became of each row, filled in by the steps one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curation.table import Ints, Mask

STEPS = (
    "parse",
    "takedown",
    "status",
    "licence",
    "language",
    "quality",
    "pii",
    "identity",
    "exact",
    "near",
    "decontamination",
    "mixture",
)
"""The closed list of ``step`` in the ledger, in the order in which they decide."""

OUTSIDE = len(STEPS)
"""Step of rows that are not of this build: nothing decides on them."""


@dataclass(slots=True)
class Verdicts:
    """What became of each row, in the order of the works table.

    Attributes:
        step: Index into `STEPS`, -1 where nothing was decided; int64[n].
        rule: Index into `rules`, -1 for none; int64[n].
        rules: Names of rules.
        value: Measured value, NaN for none; float64[n].
        threshold: Threshold it was compared with, NaN for none; float64[n].
        detail: Rows to one line for people; sparse.
        representative: Row that stays in place of this one, -1 for none; int64[n].
        similarity: Verified Jaccard similarity to it, NaN for none; float64[n].
        work: Name of the work, ``string[n]``.
        license: Licence after linking, ``string[n]``.
        lender: Row whose licence covers this one, -1 for none; int64[n].
        order: Rank as a survivor, smaller stays; int64[n].
        notes: Lines for the summary.
        elsewhere: Rows to the id of a document of the other corpus that stays in their place
            (``--against``); sparse.
        unused: Entries without wildcard of the recipe's lists that fit no document: table, key and
            entry.
    """

    step: Ints
    rule: Ints
    rules: list[str]
    value: npt.NDArray[np.float64]
    threshold: npt.NDArray[np.float64]
    detail: dict[int, str]
    representative: Ints
    similarity: npt.NDArray[np.float64]
    work: pa.Array
    license: pa.Array
    lender: Ints
    order: Ints
    notes: list[str]
    elsewhere: dict[int, str]
    unused: list[tuple[str, str, str]]

    @property
    def open(self) -> Mask:
        """Rows that nothing has dropped yet."""
        result: Mask = self.step < 0
        return result

    def drop(
        self,
        mask: Mask,
        step: str,
        rule: str,
        *,
        value: npt.ArrayLike | None = None,
        threshold: npt.ArrayLike | None = None,
        representative: Ints | None = None,
    ) -> Ints:
        """Drop the open rows of a mask; array arguments have one entry per row of the table.

        Returns:
            The rows that were dropped here.
        """
        if rule not in self.rules:
            self.rules.append(rule)
        rows: Ints = np.flatnonzero(mask & self.open)
        self.step[rows] = STEPS.index(step)
        self.rule[rows] = self.rules.index(rule)
        for target, given in ((self.value, value), (self.threshold, threshold)):
            if given is not None:
                target[rows] = np.broadcast_to(np.asarray(given, np.float64), mask.shape)[rows]
        if representative is not None:
            self.representative[rows] = representative[rows]
        return rows

    def say(self, rows: Ints, lines: Sequence[str]) -> None:
        """Say a line for people of some rows, before what is said of them already."""
        for row, line in zip(rows.tolist(), lines, strict=True):
            said = self.detail.get(row)
            self.detail[row] = f"{line}; {said}" if said else line

    def remark(self, row: int, line: str) -> None:
        """Add a line to what is said of a row."""
        said = self.detail.get(row)
        self.detail[row] = f"{said}; {line}" if said else line


def undecided(works_license: pa.Array, work: pa.Array) -> Verdicts:
    """Return verdicts before the first step.

    Args:
        works_license: Licence of each row.
        work: Name of its work.
    """
    size = len(work)
    return Verdicts(
        step=np.full(size, -1, np.int64),
        rule=np.full(size, -1, np.int64),
        rules=[],
        value=np.full(size, np.nan),
        threshold=np.full(size, np.nan),
        detail={},
        representative=np.full(size, -1, np.int64),
        similarity=np.full(size, np.nan),
        work=work,
        license=works_license,
        lender=np.full(size, -1, np.int64),
        order=np.zeros(size, np.int64),
        notes=[],
        elsewhere={},
        unused=[],
    )
