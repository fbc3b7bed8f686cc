"""Recall on labelled sets, on the quarter that no rule was written by; floors, not figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.filters.pii_sets import SETS, is_for_judging, pooled, records, score

SIX_FLOORS = {"default": 0.90, "strict": 0.98}
"""Pooled overlap recall over the six pattern entities of presidio-research."""

FLOORS = {
    "asq_phi": {"RECORD": 0.915, "PHONE": 0.98, "ID": 0.97},
    "meddocan": {"EMAIL": 0.995, "PHONE": 0.88, "RECORD": 0.97},
    "grascco_phi": {"RECORD": 0.14},
    "eds_pseudo_templates": {"EMAIL": 0.98, "PHONE": 0.41, "RECORD": 0.35},
}
"""Overlap recall in ``default``: what the policy's prototype reached on whole sets (section 9)
where a quarter holds ten labels and more."""


@pytest.mark.real
@pytest.mark.parametrize("profile", sorted(SIX_FLOORS))
@pytest.mark.parametrize("name", ["presidio_synth_v2", "presidio_generated_large"])
def test_six_entities(real_data: Path, name: str, profile: str) -> None:
    """The six pattern entities, pooled."""
    sums, _ = score(records(real_data / "pii", name, judging=True), profile, six=True)
    total = pooled({entity: counts for entity, counts in sums.items() if counts.labels})
    assert total.labels >= 50
    assert total.touched / total.labels >= SIX_FLOORS[profile]
    assert total.true_masks == total.masks


@pytest.mark.real
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_other_sets(real_data: Path, name: str) -> None:
    """No entity that the policy measured is found less often."""
    sums, _ = score(records(real_data / "pii", name, judging=True), "default")
    for entity, floor in FLOORS[name].items():
        counts = sums[entity]
        assert counts.touched / counts.labels >= floor, entity


@pytest.mark.real
def test_texts_without_a_label_stay(real_data: Path) -> None:
    """Hard negatives of all sets: in ``default`` nothing is masked where nothing is labelled."""
    for name in SETS:
        rows = [row for row in records(real_data / "pii", name, judging=True) if not row["spans"]]
        if rows:
            assert not score(rows, "default")[0], name


def test_the_split_holds() -> None:
    """The part of a text depends on the text alone, and a quarter is for judging."""
    parts = [is_for_judging(f"text {number}") for number in range(4000)]
    assert 900 < sum(parts) < 1100
    assert is_for_judging("text 1") is is_for_judging("text 1")
