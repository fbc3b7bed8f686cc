"""False alarms on real texts: abstracts, JATS papers, guideline pages; each mask is judged."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from filters.pii import redact
from filters.pii.rules import RULES
from tests.filters.pii_alarms import LIST, VERDICTS, judged, places
from tests.filters.pii_real import KINDS, texts


@pytest.mark.real
@pytest.mark.parametrize("source", sorted(KINDS))
def test_masking_masked_texts_changes_nothing(real_data: Path, source: str) -> None:
    """On every real text, with what strict masks too."""
    texts_ = pa.array([text for _, text in texts(real_data, source)], pa.large_string())
    once = redact({"t": texts_}, "strict")
    assert len(once.masks) > 10
    assert not once.reasons
    again = redact(once.columns, "strict")
    assert again.masks == {}
    assert again.columns["t"].equals(once.columns["t"])


@pytest.mark.real
@pytest.mark.parametrize("source", sorted(KINDS))
def test_every_mask_is_listed_and_judged(real_data: Path, source: str) -> None:
    """No mask that was not read, none in the list that is no more, at most one false per MB."""
    size = sum(len(text.encode()) for _, text in texts(real_data, source))
    assert size > 5_000_000
    verdicts = {place: said for place, said in judged().items() if place.source == source}
    found = list(places(real_data, source))
    assert [place for place in found if place not in verdicts] == []
    assert set(verdicts) == set(found)
    assert sum(said == "false" for said in verdicts.values()) / (size / 1e6) <= 1


def test_the_list_is_in_order() -> None:
    """Every line names a source, a rule and a verdict that exist, once, and no value."""
    verdicts = judged()
    lines = LIST.read_text("utf-8").splitlines()[1:]
    assert lines == [place.line(said) for place, said in sorted(verdicts.items())]
    assert {place.source for place in verdicts} == set(KINDS)
    assert set(verdicts.values()) <= set(VERDICTS)
    assert {place.rule for place in verdicts} <= {rule.name for rule in RULES}
    masked = redact({"t": pa.array(lines, pa.large_string())}, "default")
    assert masked.masks == {}
