"""Rows of the works table that another corpus holds (``--against``): marked, and taken out."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

import numpy as np
import pyarrow as pa

from curation.table import Mask, Works
from curation.verdicts import Verdicts

SOURCE: Final = "/"
"""What stands for the name of a source; none can be called so."""

KNOWN: Final = 3
"""``row_type`` of a document of the other corpus."""

WORK_KNOWN, TEXT_KNOWN, SIMILAR_KNOWN = "work_in_against", "text_in_against", "similar_in_against"
"""Rules of the steps ``identity``, ``exact`` and ``near`` for what the other corpus has."""

KNOWN_RULES: Final = (WORK_KNOWN, TEXT_KNOWN, SIMILAR_KNOWN)


def known_rows(works: Works) -> Mask:
    """Mark the rows of the other corpus, bool[n]."""
    known: Mask = works.numbers("row_type") == KNOWN
    return known


def without_known(works: Works, verdicts: Verdicts, line: str) -> tuple[Works, Verdicts]:
    """Take out the rows of the other corpus.

    Args:
        works: All rows, its own last.
        verdicts: What was decided.
        line: What the ledger says of a document that it has.

    Returns:
        Rows of the build; of representatives in the other corpus the ids are left.
    """
    size = int((~known_rows(works)).sum())
    if size == works.table.num_rows:
        return works, verdicts
    ids = works.column("id")
    heads = verdicts.representative[:size]
    outside = np.flatnonzero(heads >= size).tolist()
    cut = {
        field.name: getattr(verdicts, field.name)[:size]
        for field in fields(verdicts)
        if isinstance(getattr(verdicts, field.name), np.ndarray | pa.Array)
    }
    cut["representative"] = np.where(heads >= size, -1, heads)
    left = replace(
        verdicts,
        **cut,
        detail={row: line for row, line in verdicts.detail.items() if row < size},
        elsewhere={row: ids[int(heads[row])].as_py() for row in outside},
    )
    rules = [left.rules.index(rule) for rule in KNOWN_RULES if rule in left.rules]
    rows = np.flatnonzero(np.isin(left.rule, rules))
    left.say(rows, [line] * len(rows))
    ours = replace(
        works, table=works.table.slice(0, size), part=works.part[:size], row=works.row[:size]
    )
    return ours, left
