"""What steps take out of texts, told apart from the texts: rule, place and size, never the words.

`filters.hidden` and `filters.boilerplate` remove characters and passages before anything is
measured. Each removal is one entry of the column ``removed``; sums of them are columns beside the
measurements, so that rules and reports can use them. They cannot be measured again on what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from filters.base import Column

__all__ = ["BOILERPLATE", "COLUMNS", "HIDDEN", "REMOVED", "Removal", "Removals", "removal_columns"]

BOILERPLATE, HIDDEN = "boilerplate", "hidden"
"""Steps that remove."""

REMOVED = pa.list_(
    pa.struct(
        [
            ("step", pa.string()),
            ("rule", pa.string()),
            ("line", pa.int32()),
            ("chars", pa.int64()),
            ("words", pa.int64()),
        ]
    )
)
"""Type of the column ``removed``: the fields of `Removal`."""


class Removal(NamedTuple):
    """One thing that was taken out of a text.

    Attributes:
        step: `BOILERPLATE` or `HIDDEN`.
        rule: Name of the rule, or kind of hidden text.
        line: Line that it stood on, from 1, in the normalised text with its title line, before
            anything was removed (of shared lines: before they were); None where it has no place
            there.
        chars: Code points.
        words: Runs without white space; 0 for single characters.
    """

    step: str
    rule: str
    line: int | None
    chars: int
    words: int


Removals = Mapping[int, Sequence[Removal]]
"""Row to what was removed from it; rows from which nothing was removed are absent."""

COLUMNS = (
    Column(
        "boilerplate_removed",
        pa.int64(),
        "passages",
        "Passages of boilerplate that were removed.",
        "this project",
    ),
    Column(
        "boilerplate_chars",
        pa.int64(),
        "code points",
        "Length of the boilerplate that was removed.",
        "this project",
    ),
    Column(
        "hidden_chars",
        pa.int64(),
        "code points",
        "Invisible characters, and text that a reader of the page does not see, removed.",
        "this project",
    ),
)
"""Sums of the removals of a document."""


def removal_columns(size: int, *parts: Removals) -> dict[str, pa.Array]:
    """Lay removals out as columns.

    Args:
        size: Rows of the batch.
        parts: Removals of the steps, in the order in which a document lists them.

    Returns:
        ``removed``, of type `REMOVED`, and `COLUMNS`; all of ``size`` rows without nulls.
    """
    offsets = np.zeros(size + 1, np.int32)
    entries: list[Removal] = []
    sums = np.zeros((3, size), np.int64)
    for row in sorted({row for part in parts for row in part}):
        mine = [entry for part in parts for entry in part.get(row, ())]
        entries += mine
        offsets[row + 1] = len(mine)
        cut = [entry.chars for entry in mine if entry.step == BOILERPLATE]
        unseen = sum(entry.chars for entry in mine if entry.step == HIDDEN)
        sums[:, row] = len(cut), sum(cut), unseen
    np.cumsum(offsets, out=offsets)
    fields = [
        pa.array([entry[place] for entry in entries], field.type)
        for place, field in enumerate(REMOVED.value_type)
    ]
    structs = pa.StructArray.from_arrays(fields, fields=list(REMOVED.value_type))
    made: dict[str, pa.Array] = {
        "removed": pa.ListArray.from_arrays(pa.array(offsets), structs, type=REMOVED)
    }
    made |= {column.name: pa.array(values) for column, values in zip(COLUMNS, sums, strict=True)}
    return made
