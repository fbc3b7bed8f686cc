"""The hash of a title: equal for equal words, and for nothing else."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.duplicates.titles import LONG, MIN_WORDS, title_hash

TITLE = "Outcomes of 5 mg examplin in invented adults"


def hashes(*titles: str) -> list[int]:
    """Return the hash of each title."""
    return [int(value) for value in title_hash(pa.array(titles, pa.large_string())).to_pylist()]


@pytest.mark.parametrize(
    "other",
    ["OUTCOMES of 5 mg Examplin: in (invented) adults.", "**Outcomes** of 5 mg\nexamplin in invented adults"],
)  # fmt: skip
def test_case_punctuation_and_markup_are_no_difference(other: str) -> None:
    """As for signatures."""
    assert len(set(hashes(TITLE, other))) == 1


@pytest.mark.parametrize(
    "other",
    [
        TITLE.replace("5", "50"),
        TITLE.replace("adults", "children"),
        TITLE.replace("invented adults", "adults invented"),
        f"{TITLE} again",
        f"Reply {TITLE}",
        TITLE.replace(" in ", " "),
    ],
)
def test_any_other_word_or_order_is_a_difference(other: str) -> None:
    """A number, a word more or less, the same words in another order."""
    assert len(set(hashes(TITLE, other))) == 2


def test_short_titles_are_marked() -> None:
    """Below five words a title heads many works; it has a hash, but one that says so."""
    words = [f"word{n}" for n in range(MIN_WORDS)]
    shorter = [" ".join(words[:count]) for count in range(1, MIN_WORDS)]
    long, empty, *short = hashes(" ".join(words), " - ", *shorter)
    assert long & int(LONG)
    assert empty == 0
    assert len({*short} - {0}) == MIN_WORDS - 1
    assert not any(value & int(LONG) for value in short)


@given(st.lists(st.text(max_size=40), max_size=6), st.integers(0, 6))
def test_neighbours_and_slices_leave_no_trace(titles: list[str], start: int) -> None:
    """Each title is hashed by itself, wherever it stands in a column."""
    whole = pa.array(titles, pa.large_string())
    alone = [hashes(title)[0] for title in titles]
    assert title_hash(whole).to_pylist() == alone
    assert title_hash(whole.slice(start)).to_pylist() == alone[start:]
