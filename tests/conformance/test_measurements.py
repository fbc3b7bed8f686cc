"""What every measurement must hold; a new one is picked up by being there."""

from __future__ import annotations

import pyarrow as pa
import pytest

from filters import registry
from filters.base import Measurement

TEXTS = pa.array(
    [
        "",
        "# A fictional title\n\nOne sentence about an invented drug. Another, with 5 mg (p < 0.05).",
        "word " * 300,
        "Ein erfundener Befund über Fieber und Müdigkeit – ohne Folgen.\n\n- eins\n- zwei",
        "これは架空の文書です。薬は一日二回五ミリグラム服用します。",
        "| dose | n |\n|---|---|\n| 5 mg | 12 |\n| 10 mg | 13 |",
        "…",
        "A fictional sentence of the trial, with the dose of 5 mg, and more to be had.\n" * 9,
    ],
    pa.large_string(),
)

PROSE = 7
"""The text above that has enough words and lines for every measurement."""

ALL = registry.measurements()


@pytest.mark.parametrize("measurement", ALL, ids=lambda m: m.name)
def test_makes_what_it_declares(measurement: Measurement) -> None:
    """Columns have the declared names, types and length, without nulls; each is documented."""
    made = measurement.compute(TEXTS)
    assert list(made) == [column.name for column in measurement.columns]
    for column in measurement.columns:
        assert made[column.name].type == column.type
        assert len(made[column.name]) == len(TEXTS)
        # A share of nothing is null; a text of several sentences leaves nothing undefined.
        assert made[column.name][PROSE].is_valid
        assert column.unit
        assert column.meaning
        assert column.reference


@pytest.mark.parametrize("measurement", ALL, ids=lambda m: m.name)
def test_does_not_depend_on_the_batch(measurement: Measurement) -> None:
    """A row's values are the same alone, in a slice, and in another order."""
    whole = measurement.compute(TEXTS)
    for start in range(len(TEXTS)):
        part = measurement.compute(TEXTS.slice(start, 2))
        for name, column in part.items():
            assert column.equals(whole[name].slice(start, 2)), name
    order = pa.array(range(len(TEXTS) - 1, -1, -1))
    for name, column in measurement.compute(TEXTS.take(order)).items():
        assert column.equals(whole[name].take(order)), name


@pytest.mark.parametrize("measurement", ALL, ids=lambda m: m.name)
def test_measures_nothing_of_nothing(measurement: Measurement) -> None:
    """An empty batch gives empty columns."""
    assert all(len(c) == 0 for c in measurement.compute(TEXTS.slice(0, 0)).values())
