"""Dates of records, which are as precise as known: a year, a month or a day."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from curation.table import Ints, Mask

SPARE: Final = 1_000
"""One row in so many may be dated later than the date that rows reach: a choice, for slips of the
pen in large sources. Issues that are dated some months ahead are more, and no slip."""


def after(date: str, limit: str) -> bool:
    """Tell whether a date lies after another one, as far as the digits that both have say so.

    ``2023`` is not after ``2023-08-01``, and an unknown date (empty) is after nothing.
    """
    return bool(date) and date[: len(limit)] > limit[: len(date)]


def undecided(date: str, limit: str) -> bool:
    """Tell whether a date is unknown, or too vague to say on which side of another it lies."""
    return not date or (len(date) < len(limit) and limit.startswith(date))


class Dates:
    """A column of dates, compared once for each distinct value.

    Args:
        column: ``string[n]``; null and empty are unknown.
    """

    def __init__(self, column: pa.Array) -> None:
        encoded = column.fill_null("").dictionary_encode()
        self._values: list[str] = encoded.dictionary.to_pylist()
        self._codes: Ints = encoded.indices.to_numpy().astype(np.int64)

    def after(self, limit: str) -> Mask:
        """Mark the dates after a limit, bool[n]; none where the limit is empty."""
        return self._mask([bool(limit) and after(value, limit) for value in self._values])

    def before(self, limit: str) -> Mask:
        """Mark the dates before a limit, bool[n]; none where the limit is empty."""
        return self._mask([bool(v) and after(limit, v) for v in self._values])

    def undecided(self, limit: str) -> Mask:
        """Mark the dates that leave it open on which side of a limit they lie, bool[n]."""
        return self._mask([undecided(value, limit) for value in self._values])

    def reached(self, rows: Mask) -> str:
        """Return the newest date that several of some rows reach, empty where there is none.

        One row alone may be dated wrongly, and of many rows some are: the date is reached by at
        least two, and by one in `SPARE`.
        """
        counts: list[int] = np.bincount(self._codes[rows], minlength=len(self._values)).tolist()
        dated = sorted((v, n) for v, n in zip(self._values, counts, strict=True) if v and n)
        wanted = max(2, -(-sum(n for _, n in dated) // SPARE))
        for value, number in reversed(dated):
            wanted -= number
            if wanted <= 0:
                return value
        return ""

    def _mask(self, truths: list[bool]) -> Mask:
        if not truths:
            return np.zeros(len(self._codes), np.bool_)
        result: Mask = np.array(truths)[self._codes]
        return result
