"""The guard stream of whole texts: the compiled walk against the plain one, and its bounds."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.duplicates.lexicon import lexicon
from filters.duplicates.signatures import sign
from sources.items import Document, Resource
from sources.pubmed import PubMed
from tests.filters.compare import guard
from tests.filters.reference_guard import plain_stream
from tests.filters.test_guard import MADE, stream
from tests.filters.test_signatures import ALPHABET

# What the walk tells apart: words of the lists, figures with what is glued to them, and gaps.
LISTED = sorted(word for word, entry in lexicon().words.items() if entry >> 32)
NAMED = sorted(word for word, entry in lexicon().words.items() if not entry >> 32)
OTHER = ["brown", "a", "x", "zz", "Hypotension", "hyperfunction", "xyzmab", "éavir", "sevenolol"]
OTHER += ["nonsignificant", "nonsmokers", "nonmetformin", "NaCl", "Tris", "mM", "µM", "hg", "May"]
OTHER += ["CD4+", "CD4(-)", "CD4+CD25+", "ER+/PR-", "HER2-", "Ca<sup>2+</sup>", "Na⁺", "K⁻)"]
OTHER += [
    "m^2",
    "mm^3",
    "kg/m^2",
    "day^2",
    "CD4^+",
    "CD8^{−}",
    "CD4^+CD25^-",
    "Bcl-2^{-/-}",
    "Ca^{2+}",
    "mL^-1",
    "s^{-1}",
    "IC_50",
]
OTHER += [
    "mg/kg/day",
    "mL/h",
    "/day",
    "x/wk",
    "per day",
    "each week",
    "q.d.",
    "kg/m2",
    "stage IIIA",
    "350/µL",
    "10(9)/L",
    "10⁹/L",
    "10^{9}/L",
    "minus",
    "CI",
    "= - 5",
    "(- 5",
    "of - 2.5",
    "stages I to III",
    "grade I/II, or III",
    "types A and B",
    "NYHA II-III",
    "I",
    "IIIA",
    "b",
    "c",
    "and",
    "to",
    "or",
    "breaths/min",
    "80/h",
]
OTHER += ["in May", "b.i.d.", "T.I.D.", "every other day", "twice a day", "times daily", "a week"]
OTHER += ["extraordinarilylongword", "pneumonoultramicroscopicmab", "中", "ก\u0e34", "μ", "naïve"]
FIGURES = ["5", "0.05", "1,234", "1,52", ".5", "-3", "0·5", "10mg", "2years", "il6", "IL-6", "CD4"]
FIGURES += ["OR4.38", "95CI", "1.2.3", "1,234,567", "007", "3rd", "p0.05", "4a5", "٣", "²", "½"]
FIGURES += ["5mM", "0.1M", "5 mm", "80mm Hg", "5 Mg", "7 µM", "3times", "q8h", "q12hr", "q4"]
FIGURES += ["10 000", "1 234 567", "m2", "2x", "3x", "bpm"]
FIGURES += ["10e5", "12/15", "100000000.0010", "0.123456789012", "5μg", "twenty", "four"]
GAPS = [
    *" ,.;:-/()%<>=≤≥±~°‰©!?…–−·#|*&\n",
    "\n\n",
    ". ",
    ".\n",
    " +/- ",
    "+",
    "+ ",
    "+/",
    "+/-",
    ")/",
    "}/",
    "(-/-)",
    "-/",
    "(+) ",
    "(-)",
    "-.",
    "- ",
    "^+ ",
    "^-",
    "^{-} ",
    "^{-/-}",
    "^{+",
    "^{",
    "_",
    "_{",
    "**",
    "+** ",
    "*-*, ",
    "^",
    "$",
    "&lt;",
    "<sub>",
    "</sub>",
]
GAPS += ["<i>", "</i>", " < ", "<=", "。", "\u2028", "\u2009", "\r\n", "😀", "  ", "# ", " - "]
WORDS = st.one_of(*map(st.sampled_from, (LISTED, NAMED, OTHER, FIGURES)))
BETWEEN = st.one_of(st.just(" "), st.just(" "), st.sampled_from(GAPS))


def assert_equal(texts: list[str]) -> None:
    """Streams of a batch equal those of the plain walk."""
    signed = sign(pa.array(texts, pa.large_string()))["guard"]
    for row, text in enumerate(texts):
        found = np.frombuffer(signed[row].as_py(), "<u4").tolist()
        assert found == plain_stream(text), text


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(BETWEEN, WORDS, st.booleans()), max_size=40), BETWEEN)
def test_streams_of_phrases_equal_plain_walk(parts: list, end: str) -> None:
    """Any sequence of listed words, others, figures and gaps, in small and capital letters."""
    phrases = (gap + (word.upper() if capital else word) for gap, word, capital in parts)
    assert_equal(["".join(phrases) + end])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(ALPHABET + "pvs5x.<>&;/:?()+~|©°‰", max_size=200), max_size=3))
def test_streams_of_characters_equal_plain_walk(texts: list[str]) -> None:
    """Any sequence of characters, also across the blocks of the vector loops."""
    assert_equal(texts)


def test_nothing_is_read_behind_the_end() -> None:
    """A number that ends a text takes no unit from where the text before had one."""
    assert_equal(
        ["abcdefg% of them", ".1.2.3 ", "abcdefg> of them", "# x <b", "a 5\n", "a 5 mm", "b"]
    )


def test_a_word_that_makes_no_atom_may_still_name_a_number() -> None:
    """A unit without a number before thousands, and ``part`` as the last word."""
    assert_equal(["x h 2 350", "h%2 350 men", "y&lt;1 000", "5 mg 2 350", "part", "a part"])


def test_letters_of_a_text_before_are_not_read() -> None:
    """Whether a text has capitals is nothing that the one before it in the batch decides."""
    assert_equal(["ABCDEFGHIJ" * 20, "éééééééééééééé 5 mm", "中中中中中中中中 5 mm", "ñ 5 m"])


def test_longest_streams_have_room() -> None:
    """Of three bytes come four atoms at most: comparator, number, unit and its letter case."""
    text = "<5m" * 500
    found = stream(f"A {text}")
    assert found == plain_stream(f"A {text}")
    assert len(text) < len(found) <= 4 * (len(text) + 2) // 3 + 2


def test_streams_of_made_texts_equal_plain_walk() -> None:
    """Abstracts of invented trials, and all of them as one text."""
    assert_equal([*MADE, "\n\n".join(MADE)])


@pytest.mark.real
def test_streams_of_real_abstracts_equal_plain_walk(real_data: Path) -> None:
    """The first five hundred abstracts of a PubMed file."""
    path = real_data / "pubmed" / "pubmed21n1298.xml.gz"
    texts: list[str] = []
    with gzip.open(path) as stream_:
        for item in PubMed().parse(Resource(path.name, path.stem, -1, ""), stream_):
            if isinstance(item, Document) and item.text:
                texts.append(f"# {item.title}\n\n{item.text}")
            if len(texts) == 500:
                break
    assert_equal(texts)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(ALPHABET + "pvs5x.<>&;/:?()", max_size=200), min_size=1, max_size=4))
def test_streams_are_bounded_and_independent_of_batches(texts: list[str]) -> None:
    """A stream is hardly longer than its text, and the same alone and in a batch."""
    together = sign(pa.array(texts, pa.large_string()))["guard"]
    for row, text in enumerate(texts):
        found = np.frombuffer(together[row].as_py(), "<u4").tolist()
        assert found == stream(text)
        assert len(found) <= 4 * len(text.encode()) // 3 + 2
        assert guard(np.array(found, np.uint32), np.array(found, np.uint32), True) == 0
