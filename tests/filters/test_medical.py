"""Medical-term density against a plain count, and what it says of real text."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.medical import MEDICAL_TERMS, TERMS
from tests.filters.test_signatures import ALPHABET, plain_words

WORDS = TERMS.read_text().split()


def density(*texts: str) -> list[float | None]:
    """Measure some texts."""
    found: list[float | None] = MEDICAL_TERMS.compute(pa.array(texts, pa.large_string()))[
        "medical_terms"
    ].to_pylist()
    return found


def plain(text: str) -> float | None:
    """Measure in plain Python."""
    # A blank marks a number above ASCII in the words.
    words = [re.sub(" .|[0-9]", "0", w.decode(), flags=re.DOTALL) for w in plain_words(text)]
    words = [word for word in words if not word.startswith("0")]
    inside = sum(len(word) for word in words if word in set(WORDS))
    total = sum(map(len, words))
    return inside / total if total else None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([*WORDS[:40], "Insulin", "PATIENTS", "the", "5", "50mg", "über"]),
            st.text(st.sampled_from(ALPHABET), max_size=12),
        ),
        max_size=30,
    )
)
def test_equals_a_plain_count(words: list[str]) -> None:
    """Terms in any case, numbers, other scripts and marks."""
    text = " ".join(words)
    assert density(text) == [pytest.approx(plain(text))]


def test_examples() -> None:
    """Letters count, not words; digits are no words; nothing of nothing."""
    assert density("insulin", "zzz", "insulin zzz 5 mg", "", "5 10", "(Insulin)") == [
        1.0,
        0.0,
        pytest.approx(7 / 12),
        None,
        None,
        1.0,
    ]


def test_the_list_is_as_its_script_says() -> None:
    """Sorted, distinct, plain letters, of a size that ships; the words that everybody expects."""
    assert sorted(set(WORDS)) == WORDS
    assert all(word.isascii() and word.isalpha() and word.islower() for word in WORDS)
    assert TERMS.stat().st_size < 1_000_000
    assert {"insulin", "carcinoma", "patients", "serum", "hypertension"} <= set(WORDS)
    assert not {"the", "time", "house", "price", "music", "free"} & set(WORDS)


def test_tells_medical_answers_from_messages(real_data: Path) -> None:
    """Case reports in English have several times the density of messages: the middle of each."""
    with gzip.open(real_data / "text/e3c-clinical.jsonl.gz") as stream:
        reports = [r["text"] for r in map(json.loads, stream) if r["lang"] == "en"]
    with gzip.open(real_data / "general/sms-spam-collection.tsv.gz", "rt") as stream:
        messages = [line.partition("\t")[2] for line in stream]
    medical = sorted(v for v in density(*reports) if v is not None)
    other = sorted(v for v in density(*messages) if v is not None)
    assert medical[len(medical) // 20] > other[len(other) * 9 // 10]
    assert medical[len(medical) // 2] > 0.1
