"""Matches of an expression in a column, against one search a text."""

from __future__ import annotations

import pyarrow as pa
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.search import matching_rows

EXPRESSIONS = ("dose", "(?im)^é?dose", r"(?m)dose$", r"dose\s+dose", "(?i)a|é")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(["dose", "DOSE", "é", "a", " ", "\n"])).map("".join)),
    st.sampled_from(EXPRESSIONS),
    st.integers(0, 2),
)
def test_rows_are_those_of_single_searches(texts: list[str], expression: str, start: int) -> None:
    """As many as each text has matches, whatever stands beside it; slices too."""
    compiled = re2.compile(expression)
    column = pa.array(texts, pa.large_string()).slice(start)
    expected = [
        row for row, text in enumerate(texts[start:]) for _ in compiled.finditer(text.encode())
    ]
    assert matching_rows(column, compiled).tolist() == expected
