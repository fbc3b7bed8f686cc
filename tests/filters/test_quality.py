"""The quality measurements: definitions by hand, equality with the plain twin, robustness."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.kernels.quality import COLUMNS, byte_classes, measure_texts
from filters.kernels.unicode import PROPS
from filters.quality import QUALITY
from tests.filters.reference_quality import measure

FRAGMENTS = [
    *("a", "b", "the", "The", "of", "have", " ", "  ", "\n", "\n\n", "\t", "1", "12", "٣", "---"),
    *("|", "| ", " |", "| a | b |", "# ", "## a", "#", "- ", "* ", "• ", "```", "~~~", "x" * 40),
    *("...", "…", ".", "!", "?", ".)", '."', "。", "µ", "±", "<", "{", "^{", "_{", "}", "😀"),
    *("漢字", "ไทย", "か\u3099", "é", "e\u0301", "\u00a0", "\u2009", "\u200d"),
    *("javascript", "Lorem ipsum", "Terms of Use", "(uses cookies", "use", "privacy policy"),
    *("cookie policy", "a b c d e f g h i j"),
]
TEXTS = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join), st.text())
REPEATS = st.lists(st.sampled_from(["a ", "bb ", "c. ", "\n", "\n\n", "漢"]), max_size=200).map(
    "".join
)


def values(*texts: str) -> list[dict[str, float | None]]:
    """Measure texts with the compiled pass."""
    return pa.table(QUALITY.compute(pa.array(texts, pa.large_string()))).to_pylist()


def one(text: str) -> dict[str, float | None]:
    """Measure one text with the compiled pass."""
    return values(text)[0]


def assert_same(found: dict[str, float | None], expected: dict[str, float | None]) -> None:
    """Integers equal, floats within 1e-12: both divide the same integers."""
    assert set(found) == set(expected)
    for name, value in expected.items():
        if value is None or found[name] is None:
            assert found[name] == value, name
        else:
            assert math.isclose(found[name], value, rel_tol=0, abs_tol=1e-12), name


@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_equals_reference(texts: list[str]) -> None:
    """The kernel gives what the plain definitions give, for any batch of Unicode texts."""
    for found, text in zip(values(*texts), texts, strict=True):
        assert_same(found, measure(text))


@given(REPEATS)
@settings(max_examples=200, deadline=None)
def test_repetition_equals_reference(text: str) -> None:
    """Repetition is measured as defined where nearly everything repeats."""
    assert_same(one(text), measure(text))


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "word", "x" * 5000, "a " * 3000, "漢" * 500, "| 1 | 2 |\n|---|---|\n| 3 | 4 |"],
    ids=["empty", "blank", "newline", "word", "long word", "repeats", "unspaced", "table"],
)
def test_extremes_equal_reference(text: str) -> None:
    """Empty, very long and repeated texts are measured as defined."""
    assert_same(one(text), measure(text))


def test_counts_by_hand() -> None:
    """A small document gives the figures counted by hand."""
    text = (
        "# Trial of a drug\n\n"
        "We gave the drug to 12 patients (n = 12). It was safe, and that is good.\n\n"
        "| Arm | Dose |\n|---|---|\n| A | 5 mg |\n\n"
        "- First item of two\n- Second item ...\n\nFull lines\nof text."
    )
    found = one(text)
    assert found["words"] == 4 + 16 + 5 + 6 + 4
    assert found["chars"] == len(text)
    assert found["lines"] == 8
    assert found["sentences"] == 3  # "12).", "good." and "text."; "..." alone is no word
    assert found["stop_words"] == 5  # of the to and that
    assert found["bullet_lines"] == pytest.approx(2 / 5)
    assert found["terminal_lines"] == pytest.approx(3 / 5)
    assert found["ellipsis_lines"] == pytest.approx(1 / 5)
    assert found["short_lines"] == pytest.approx(4 / 5)
    assert found["ellipsis_ratio"] == pytest.approx(1 / 30)
    assert found["alpha_words"] == pytest.approx(28 / 30)
    assert found["hash_ratio"] == 0


def test_shares_of_few_lines_are_not_defined() -> None:
    """Whether the one line of an abstract ends in a full stop says nothing about the abstract."""
    names = ("bullet_lines", "ellipsis_lines", "terminal_lines", "short_lines")
    assert {one("a line\n" * 4)[name] for name in names} == {None}
    assert None not in {one("a line\n" * 5)[name] for name in names}


def test_ngrams_by_hand() -> None:
    """The shares of n-grams follow the published definitions, counted by hand."""
    found = one("aa bb cc aa bb dd aa bb")  # 16 visible characters, "aa bb" three times
    assert found["top_2gram"] == pytest.approx(3 * 4 / 16)
    assert found["top_3gram"] == 0  # nothing of three words stands twice
    found = one("a b c d e a b c d e f")
    assert found["dup_5gram"] == pytest.approx(5 / 11)
    assert found["dup_6gram"] == 0


def test_order_of_words_counts() -> None:
    """The same words in another order are another n-gram."""
    assert one("aa bb cc bb aa")["top_2gram"] == 0


def test_duplicate_lines_and_paragraphs_by_hand() -> None:
    """Repeated lines and paragraphs count from their second occurrence on."""
    found = one("aaa\nbbb\n\naaa\nbbb\n\nccc")
    assert found["dup_lines"] == pytest.approx(2 / 5)
    assert found["dup_line_chars"] == pytest.approx(6 / 15)
    assert found["dup_paragraphs"] == pytest.approx(1 / 3)
    assert found["dup_paragraph_chars"] == pytest.approx(6 / 15)


def test_table_leaves_shares_alone() -> None:
    """A table of numbers after a paragraph changes no share of the paragraph."""
    prose = "The patients of both arms were alike.\n"
    table = "\n| n | % |\n|---|---|\n" + "| 0 | 0 |\n" * 50
    before, after = one(prose), one(prose + table)
    same = [c.name for c in QUALITY.columns if pa.types.is_floating(c.type)]
    same.remove("newlines_per_word")  # the empty line between them
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_sentences_in_a_layout_table_count() -> None:
    """A page whose paragraphs stand in a table has sentences and stop words."""
    found = one("| The end of it. And that is that. |")
    assert found["sentences"] == 2
    assert found["stop_words"] == 4
    assert found["alpha_words"] is None


def test_lines_that_differ_in_a_symbol_are_not_duplicates() -> None:
    """``p < 5`` and ``p > 5`` are different lines although their words are alike."""
    assert one("p < 5\np > 5")["dup_lines"] == 0


def test_symbols_are_no_words() -> None:
    """Operators between blanks do not lower the share of alphabetic words."""
    assert one("age = old, dose < low")["alpha_words"] == 1.0


def test_braces_of_scripts_do_not_count() -> None:
    """Raised and lowered text is no program code."""
    assert one("10^{-3} and P6_{1}22 but { code }")["curly_braces"] == 1


def test_slices_are_measured_alone() -> None:
    """A sliced column gives the values of its own rows."""
    texts = pa.array(["skip me", "the one", "", "and two words"], pa.large_string())
    whole = pa.table(QUALITY.compute(texts)).to_pylist()
    assert pa.table(QUALITY.compute(texts[1:3])).to_pylist() == whole[1:3]


def test_columns_are_as_declared() -> None:
    """Names, order and types of the result are those of the declaration; so is an empty batch."""
    for texts in (["a b"], []):
        made = QUALITY.compute(pa.array(texts, pa.large_string()))
        declared = [(c.name, c.type) for c in QUALITY.columns]
        assert [(name, column.type) for name, column in made.items()] == declared


def test_limit_bounds_repeats() -> None:
    """Beyond the limit of words, repeats are neither looked for nor counted in the denominator."""
    data = np.frombuffer(b"a b a b c c c c c c", np.uint8)
    out = np.empty((len(COLUMNS), 1))
    offsets = np.array([0, len(data)])
    measure_texts(data, offsets, byte_classes(), PROPS, 4, out)
    assert out[COLUMNS.index("top_2gram"), 0] == 1.0
    assert out[COLUMNS.index("words"), 0] == 10


@given(st.binary(max_size=60), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_invalid_bytes_stay_inside(data: bytes, cut: int) -> None:
    """Bytes behind a document never change its values, whatever bytes it ends in."""
    alone, followed = np.empty((len(COLUMNS), 1)), np.empty((len(COLUMNS), 1))
    for out, behind in ((alone, b""), (followed, b"\xbf\xbf. a|`#"[cut:])):
        joined = np.frombuffer(data + behind, np.uint8)
        bounds = np.array([0, len(data)])
        measure_texts(joined, bounds, byte_classes(), PROPS, 1 << 20, out)
    np.testing.assert_array_equal(alone, followed)
