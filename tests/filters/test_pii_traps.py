"""Look-alikes that must stay: medicine is full of numbers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from filters.pii import redact

LINES = Path(__file__).with_name("pii_traps.txt").read_text("utf-8").splitlines()
TRAPS = [line for line in LINES if line and not line.startswith("## ")]

VETOES = [str(number) for number in range(1, 14)]
"""Numbers of the veto list of the policy (section 6)."""
LANGUAGES = ["es", "fr", "de", "pt", "it", "nl", "pl"]
"""All of the policy's but English, in which the other lines are."""


def masked(texts: list[str]) -> list[str]:
    """Texts through the default profile."""
    return redact({"t": pa.array(texts, pa.large_string())}, "default").columns["t"].to_pylist()


def test_every_line_stays() -> None:
    """A line of medicine leaves the default profile as it came, alone and between others."""
    assert masked(TRAPS) == TRAPS
    joined = "\n".join(TRAPS)
    assert masked([joined]) == [joined]


def test_enough_traps() -> None:
    """The list stays long, and has lines for each number of the veto list and each language."""
    assert len(set(TRAPS)) >= 450
    found: Counter[str] = Counter()
    heading = ""
    for line in LINES:
        if line.startswith("## "):
            heading = line.split()[1]
        elif line:
            found[heading] += 1
    assert min(found[number] for number in VETOES) >= 4
    assert min(found[language] for language in LANGUAGES) >= 10


@pytest.mark.real
def test_shared_traps_stay(real_data: Path) -> None:
    """None of the shared trap lines is masked in default (policy, section 8)."""
    lines = (real_data / "pii" / "traps.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert masked(texts) == texts
