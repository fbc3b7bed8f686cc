"""What a filter is: measurements are functions on columns, rules are data.

A measurement maps the Arrow columns of a batch of documents to new columns. A rule compares one
measurement with a threshold for some kinds of documents. Measuring never drops anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a measurement makes.

    Attributes:
        name: Column name in the ledger and, with ``_min`` or ``_max``, rule name in recipes.
        type: Arrow type (``pa.int64()``, ``pa.float64()`` …).
        unit: Unit or range (``words``, ``share 0..1``, ``code points``).
        meaning: Definition in one sentence.
        reference: Where the definition comes from (paper and section, or implementation).
    """

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    reference: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """A named, versioned function from a batch to columns.

    Attributes:
        name: Unique name, snake case.
        version: Raised whenever the same text gives other values.
        columns: What it makes, in order.
        compute: ``large_string[n]`` of final texts to ``{column name: Array[n]}``. Pure, without
            nulls in, deterministic, independent of how rows are batched.
    """

    name: str
    version: int
    columns: tuple[Column, ...]
    compute: Callable[[pa.LargeStringArray], Mapping[str, pa.Array]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold on a measurement.

    Attributes:
        measurement: Column name.
        comparison: ``min`` (drop when smaller) or ``max`` (drop when larger).
        threshold: The limit; a value equal to it is kept.
        reason: Sentence for people, true of a dropped document.
        reference: Where the threshold comes from.
        languages: Languages (codes as in the column ``lang``) of the texts that it applies to;
            empty for all.
    """

    measurement: str
    comparison: str
    threshold: float
    reason: str
    reference: str
    languages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name in recipes and in the ledger, ``words_min``."""
        return f"{self.measurement}_{self.comparison}"

    @overload
    def broken_by(self, value: float) -> bool: ...

    @overload
    def broken_by(self, value: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]: ...

    def broken_by(self, value: Any) -> Any:
        """Tell of a value, or of each of an array, whether it drops its document."""
        return value < self.threshold if self.comparison == "min" else value > self.threshold
