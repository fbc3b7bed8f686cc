"""Look-alikes that must stay: medicine is full of numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from filters.pii import redact

TRAPS = [
    line
    for line in Path(__file__).with_name("pii_traps.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("## ")
]


def masked(texts: list[str]) -> list[str]:
    """Texts through the default profile."""
    return redact({"t": pa.array(texts, pa.large_string())}, "default").columns["t"].to_pylist()


def test_every_line_stays() -> None:
    """A line of medicine leaves the default profile as it came, alone and between others."""
    assert masked(TRAPS) == TRAPS
    joined = "\n".join(TRAPS)
    assert masked([joined]) == [joined]


def test_enough_traps() -> None:
    """The list above stays long."""
    assert len(set(TRAPS)) >= 380


@pytest.mark.real
def test_shared_traps_stay(real_data: Path) -> None:
    """None of the shared trap lines is masked in default (policy, section 8)."""
    lines = (real_data / "pii" / "traps.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert masked(texts) == texts
