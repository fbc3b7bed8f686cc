"""The quality measurements: definitions by hand, equality with the plain twin, robustness."""

from __future__ import annotations

import gzip
import json
import math
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.kernels.letters import LETTERS
from filters.kernels.quality import COLUMNS, byte_classes, measure_texts, scratch_for
from filters.kernels.unicode import PROPS
from filters.quality import QUALITY
from tests.benchmarks.quality_bad import KINDS
from tests.filters.reference_quality import measure

FRAGMENTS = [
    *("a", "b", "the", "The", "of", "have", " ", "  ", "\n", "\n\n", "\t", "1", "12", "٣", "---"),
    *("|", "| ", " |", "| a | b |", "# ", "## a", "#", "- ", "* ", "• ", "```", "~~~", "x" * 40),
    *("...", "…", ".", "!", "?", ".)", '."', "。", "µ", "±", "<", "{", "^{", "_{", "}", "😀"),
    *("漢字", "ไทย", "か\u3099", "é", "e\u0301", "\u00a0", "\u2009", "\u200d"),
    *("javascript", "Lorem ipsum", "Terms of Use", "(uses cookies", "use", "privacy policy"),
    *("cookie policy", "a b c d e f g h i j"),
    *(
        "skip to",
        "© ",
        "All rights reserved",
        "Smith AB",
        "(2015).",
        "2015;64(43):1215-20",
        "12(3),",
    ),
    *(
        "10.1000/x",
        "64:12\u201319",
        "pat|ent",
        "w1th ",
        "zxqv ",
        "qxkw, ",
        "caf\u00c3\u00a9",
        "perch? e",
    ),
    *(
        "&#233;",
        "&eacute;",
        "=E9",
        "\\u00e9",
        "%C3%A9",
        "\ufffd",
        "na\u221a\u00afve",
        "http://a?b",
        "mRNA",
    ),
    *("the of and that is to be", "the quick brown fox jumps over it ", "phosphorylation ", "กขค "),
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


@pytest.mark.real
def test_real_documents_equal_reference(real_data: Path) -> None:
    """The kernel gives what the definitions give on real texts of many languages, whole and hurt."""
    draw = random.Random(1)
    with gzip.open(real_data / "text/e3c-clinical.jsonl.gz", "rt", encoding="utf-8") as stream:
        whole = [json.loads(line)["text"] for line in draw.sample(list(stream), 60)]
    with gzip.open(real_data / "general/labelled-good-bad.jsonl.gz", "rt") as stream:
        whole += [json.loads(line)["text"] for line in draw.sample(list(stream), 60)]
    texts = whole + [recipe(draw, whole) for recipe in KINDS.values() for _ in range(6)]
    for found, text in zip(values(*texts), texts, strict=True):
        assert_same(found, measure(text))


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
    same.remove("table_words")
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


SENTENCE = "The patients of this trial were treated with the same dose and had fewer relapses. "


def test_odd_words_by_hand() -> None:
    """Of 42 judged words two are damaged: one by letters that never meet, one by a sign."""
    whole = SENTENCE * 3
    assert one(whole)["odd_words"] == 0
    hurt = whole.replace("patients", "pqtxents", 1).replace("relapses", "relap|es", 1)
    assert one(hurt)["odd_words"] == pytest.approx(2 / 42)


@pytest.mark.parametrize("word", ["homosexual", "hyperexcitation", "hyperexcitability", "x"])
def test_long_words_are_judged_like_short_ones(word: str) -> None:
    """What stands in the middle of a long word is no end of it."""
    text = SENTENCE * 3 + word
    for name in ("odd_words", "strange_words"):
        assert one(text)[name] == pytest.approx(measure(text)[name])


def test_words_that_follow_no_spelling_are_not_judged() -> None:
    """Symbols of genes, formulas, units, addresses and words of other scripts are no damage."""
    names = "p53 mRNA HbA1c CD4+ 5-HT2A mg/kg IL-6 www.nih.gov/x?a=b α-Synuclein лечение 10mg"
    assert one(SENTENCE * 3 + names)["odd_words"] == 0
    assert one(SENTENCE * 3 + names)["garbled_words"] == 0


def test_other_languages_are_not_judged_by_the_seven() -> None:
    """Odd is not defined for a text with none of the function words; strange is."""
    found = one("Umuntu ngumuntu ngabantu futhi inyanga yelapha izifo ezahlukene kakhulu. " * 5)
    assert found["odd_words"] is None
    assert found["strange_words"] is not None


@pytest.mark.parametrize("codec", ["latin-1", "cp1252", "mac-roman"])
def test_wrong_decoding_is_seen(codec: str) -> None:
    """UTF-8 read by another code page leaves a trace in every accented word."""
    text = "El corazón del niño está más débil según la evaluación médica."
    read = text.encode().decode(codec, "replace")
    assert one(text)["garbled_words"] == 0
    assert one(read)["garbled_words"] >= 5 / 10


@pytest.mark.parametrize(
    "word",
    ["d?veloppement", "?tudes", "caf\ufffd", "caf&#233;", "caf&eacute;", "caf=E9", "caf%C3%A9"],
)
def test_lost_letters_are_seen(word: str) -> None:
    """A mark or escape in place of a letter is a trace of wrong decoding."""
    assert one(f"le {word} rouge")["garbled_words"] == pytest.approx(1 / 3)


def test_good_signs_are_no_wrong_decoding() -> None:
    """Signs that stand beside accented letters in good text are none."""
    good = "« É » NÃO Ângulo café’s 5 µg ±2 °C ¿Qué? x² 300Å² santé¹ ß²-M 5×µg naïve— Straße» R&D p<0.05 n=98 what? Yes"
    assert one(good)["garbled_words"] == 0


def test_references_by_hand() -> None:
    """Entries of a bibliography have a mark; years, ratios, times and doses in prose have none."""
    entries = (
        "Kim A. On X. Gut. 2015;64(43):1215-20.\nIto B (2014). On Y. Chest, 12(3), 45-67.\n"
        "Haas C. doi:10.1000/x1\nLopez D. Gut 9:12-19.\nNo mark here.\n"
    )
    assert one(entries)["reference_lines"] == pytest.approx(4 / 5)
    prose = "In 2015 (n = 12; 2:1) at 10:30, 5(1) of 10.5/12 had 20-30 mg (2014) twice.\n" * 5
    assert one(prose)["citation_marks"] == 0


def test_page_furniture_by_hand() -> None:
    """Menu lines, notices and lists of names are counted by line or word."""
    found = one("Home\nAbout us\nSkip to content\n© 2019 A Press\nWe gave the drug to all of them.")
    assert found["boilerplate_lines"] == pytest.approx(3 / 5)
    assert found["menu_words"] == pytest.approx(9 / 17)
    assert one("Ann Lee\nJohn van Dam\nWe saw nothing.\nKim AB\nx")["name_lines"] == 3 / 5


def test_filled_in_forms_repeat_three_words() -> None:
    """A form of short runs repeats no five words, and most of its three."""
    towns = ("Ribe", "Lund", "Graz", "Ghent", "Turku", "Vigo")
    found = one("".join(f"Doctors in {t} are good. Ask {t} about it, {t}. " for t in towns))
    assert found["dup_5gram"] == 0
    assert found["dup_3gram"] > 0.2


def test_scripts_without_blanks_are_not_harmed() -> None:
    """Word length is of scripts with blanks alone, lines are wide, Thai sentences end in a blank."""
    found = one("患者は三十名であり、全員が同じ治療を受けて回復した。\n" * 5)
    assert found["mean_word_length"] is None
    assert found["short_lines"] == 0
    assert one("ผู้ป่วยหายดี แพทย์ตรวจซ้ำ")["sentences"] == 2


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
    measure_texts(data, offsets, byte_classes(), PROPS, *LETTERS, *scratch_for(offsets, 4), 4, out)
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
        measure_texts(
            joined, bounds, byte_classes(), PROPS, *LETTERS, *scratch_for(bounds, 99), 99, out
        )
    np.testing.assert_array_equal(alone, followed)
