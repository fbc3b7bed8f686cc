"""Figures of a classifier against their definitions, counted in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.training.metrics import SOURCES, auc, calibration, confusion, figures, of_label

PAIRS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0])),
    min_size=1,
    max_size=40,
)


def arrays(pairs: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and scores."""
    return np.array([t for t, _ in pairs]), np.array([s for _, s in pairs])


@settings(deadline=None)
@given(PAIRS)
def test_auc_is_the_share_of_pairs_in_order(pairs: list[tuple[bool, float]]) -> None:
    """Every document with the label against every one without; a tie counts half."""
    positive = [s for t, s in pairs if t]
    negative = [s for t, s in pairs if not t]
    found = auc(*arrays(pairs))
    if not positive or not negative:
        assert np.isnan(found)
        return
    won = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    assert found == pytest.approx(won / (len(positive) * len(negative)))


@settings(deadline=None)
@given(PAIRS)
def test_calibration_is_the_weighted_distance(pairs: list[tuple[bool, float]]) -> None:
    """Bin by bin; every document stands in one bin, 1.0 in the last."""
    error, table = calibration(*arrays(pairs))
    assert sum(entry["documents"] for entry in table) == len(pairs)
    expected = 0.0
    for index in range(10):
        mine = [(t, s) for t, s in pairs if min(int(s * 10), 9) == index]
        if mine:
            distance = abs(sum(t for t, _ in mine) - sum(s for _, s in mine))
            expected += distance / len(pairs)
            [entry] = [e for e in table if e["low"] == index / 10]
            assert entry["documents"] == len(mine)
            assert entry["true"] == pytest.approx(sum(t for t, _ in mine) / len(mine), abs=1e-5)
    assert error == pytest.approx(expected)


def test_a_perfect_and_a_useless_model() -> None:
    """Figures of the two ends."""
    truth = np.array([True] * 50 + [False] * 50)
    perfect = of_label(truth, truth.astype(float), truth)
    assert (perfect["precision"], perfect["recall"], perfect["auc"]) == (1.0, 1.0, 1.0)
    assert perfect["calibration_error"] == 0
    useless = of_label(truth, np.full(100, 0.5), np.zeros(100, np.bool_))
    assert (useless["precision"], useless["recall"], useless["auc"]) == (None, 0.0, 0.5)
    sure = of_label(truth, np.ones(100), np.ones(100, np.bool_))
    assert sure["calibration_error"] == 0.5


@settings(deadline=None)
@given(PAIRS)
def test_thresholds_keep_what_they_say(pairs: list[tuple[bool, float]]) -> None:
    """`keeping` is the largest limit of four decimals that keeps its share, `thresholds` as given."""
    truth, scores = arrays(pairs)
    found = of_label(truth, scores, scores >= 0.5)
    for entry in [*found["keeping"], *found["thresholds"]]:
        kept = scores >= entry["min"]
        if truth.any():
            assert entry["recall"] == pytest.approx((kept & truth).sum() / truth.sum(), abs=1e-5)
        if not truth.all():
            others = (kept & ~truth).sum() / (~truth).sum()
            assert entry["others_kept"] == pytest.approx(others, abs=1e-5)
    for entry in found["keeping"]:
        assert entry["recall"] >= entry["share"] - 1e-9
        next_one = scores >= entry["min"] + 1e-4
        assert (next_one & truth).sum() / truth.sum() < entry["share"] or entry["min"] >= 1 - 1e-9


def test_confusion_counts_every_document() -> None:
    """Largest sources first, the rest together by label, no document twice."""
    truth = np.array([0] * 60 + [1] * 40)
    chosen = np.array([0] * 50 + [1] * 50)
    sources = ["big"] * 60 + [f"small{n:02d}" for n in range(40)]
    rows = confusion(truth, chosen, ["a", "b"], sources)
    assert rows[0] == {
        "source": "big",
        "label": "a",
        "documents": 60,
        "predicted": {"a": 50, "b": 10},
        "right": 0.83333,
    }
    assert len(rows) == SOURCES + 1
    assert rows[-1]["source"] == "(others)"
    assert sum(row["documents"] for row in rows) == 100


def test_figures_of_three_labels() -> None:
    """Each label against the others; accuracy over all."""
    truth = np.array([0, 1, 2, 2])
    scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
    found = figures(truth, scores, ["a", "b", "c"], ["s"] * 4)
    assert found["documents"] == 4
    assert found["accuracy"] == 0.75
    assert found["labels"]["a"]["precision"] == 0.5
    assert found["labels"]["a"]["recall"] == 1.0
    assert found["labels"]["c"]["recall"] == 0.5
    assert found["labels"]["c"]["auc"] == 1.0
