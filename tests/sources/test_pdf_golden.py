"""PDF files made for one difficulty each, against what a person reads on them."""

from __future__ import annotations

import pytest

from tests.sources.pdf_cases import CASES, GOLDEN, results

RESULTS = {name: (data, suffix, text) for name, data, suffix, text in results()}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    """Each file is read, or refused, as its golden file says."""
    _, suffix, text = RESULTS[name]
    assert text == (GOLDEN / f"{name}.{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_file_is_the_one_written(name: str) -> None:
    """The stored file is what the script writes, so that the golden text belongs to it."""
    assert RESULTS[name][0] == (GOLDEN / f"{name}.pdf").read_bytes()


def test_no_file_is_left_over() -> None:
    """Every golden file belongs to a case, and every case has two."""
    expected = {f"{name}.{ending}" for name in CASES for ending in ("pdf", RESULTS[name][1])}
    assert {path.name for path in GOLDEN.iterdir()} == expected


def test_the_order_drawn_does_not_matter_where_it_is_impossible() -> None:
    """The same two columns give the same text in whatever impossible order they are drawn."""
    texts = {RESULTS[n][2] for n in ("two_columns", "across_the_gutter", "bottom_up", "at_random")}
    assert len(texts) == 1
