"""Normalisation: what it changes, what it never changes, and that it is a fixed point."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.kernels.unicode import PROPS, REMOVE, SPACE
from filters.normalise import normalise, normalise_line

FRAGMENTS = [
    *("a", "e", "1", ".", "-", "- ", "* ", "+ ", "1. ", "2) ", "#", "|", "`", "```", "~~~", "é"),
    *(" ", "  ", "\t", "\n", "\n\n", "\n\n\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"),
    *("\u00a0", "\u2009", "\u3000", "\u00ad", "\u200b", "\ufeff", "\u200d", "\x00", "\x1f"),
    *("\u0301", "\u0323", "\u1fef", "\u212b", "\u1100", "\u1161", "\u0958", "\ufdd0", "x²", "µ"),
]
TEXTS = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join), st.text())


def clean(*texts: str) -> list[str]:
    """Normalise texts."""
    result = normalise(pa.array(texts, pa.large_string()))
    assert result.type == pa.large_string()
    result.validate(full=True)
    return result.to_pylist()


@given(st.lists(TEXTS, max_size=4))
@settings(max_examples=500, deadline=None)
def test_fixed_point(texts: list[str]) -> None:
    """Normalising twice gives the same as once."""
    once = clean(*texts)
    assert clean(*once) == once


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_only_white_space_and_invisible_characters_change(text: str) -> None:
    """Apart from these, the text is the normal form C of what came in."""
    dropped = "".join(char for char in text if not PROPS[ord(char)] & REMOVE)
    expected = "".join(char for char in dropped if not PROPS[ord(char)] & SPACE)
    found = "".join(char for char in clean(text)[0] if char not in " \t\n")
    # Comparing the composed forms of both, because a blank that went may have parted them.
    assert unicodedata.normalize("NFC", found) == unicodedata.normalize("NFC", expected)
    if "\u200b" not in text:
        assert unicodedata.is_normalized("NFC", clean(text)[0])


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_layout(text: str) -> None:
    """No blank ends a line, no empty line stands at either end, white space is plain."""
    result = clean(text)[0]
    assert result == result.strip("\n").rstrip(" \t")
    if not any(mark in result for mark in "-*+.)"):
        assert result == result.lstrip(" \t")  # only a list item may be indented
    assert not any(line != line.rstrip(" \t") for line in result.split("\n"))
    if "```" not in result and "~~~" not in result:
        assert "\n\n\n" not in result
    assert not any(PROPS[ord(c)] & SPACE and c not in " \t\n" for c in result)
    assert not any(PROPS[ord(c)] & REMOVE for c in result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("dose\u00a0of 1\u2009000\u202fmg", "dose of 1 000 mg"),
        ("two  blanks\tand a tab   \n end ", "two blanks and a tab\nend"),
        ("a\n\n\n\n\nb\n \n\t\nc", "a\n\nb\n\nc"),
        ("soft\u00adhyphen\ufeff \u200bzero", "softhyphen zero"),
        ("nul\x00bell\x07del\x7fc1\x9f", "nulbelldelc1"),
        ("Cafe\u0301 \u212b", "Café Å"),
        ("e\u00ad\u0301", "é"),
        ("5 < 6 > 4 ± 2 µg x² α β CO₂ ½ ﬁ ™", "5 < 6 > 4 ± 2 µg x² α β CO₂ ½ ﬁ ™"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("", ""),
        (" \n\t\n ", ""),
    ],
    ids=[
        "line ends", "blanks", "runs", "empty lines", "invisible", "controls", "composed",
        "composed behind a dropped one", "never rewritten", "non-joiner", "empty", "only blanks",
    ],
)  # fmt: skip
def test_by_hand(text: str, expected: str) -> None:
    """Each change, and what must never change, by example."""
    assert clean(text) == [expected]


def test_list_nesting_is_kept() -> None:
    """Indentation of list items and of the lines that belong to them means something."""
    text = "- a\n  - b\n    more of  b\n\n    1. c\n\t- d\n- e"
    assert clean(text) == ["- a\n  - b\n    more of b\n\n    1. c\n\t- d\n- e"]


def test_indentation_of_paragraphs_goes() -> None:
    """Pretty-printed text does not become code, and a list's reach ends with the list."""
    assert clean("    indented\n  text\n\n- item\n\nend\n  of it") == [
        "indented\ntext\n\n- item\n\nend\nof it"
    ]


def test_fenced_code_is_kept() -> None:
    """Inside a fence, blanks, tabs and empty lines stay; outside they do not."""
    text = "a  b\n```\nx  =  1\n\n\n\n\ty\n```\n\n\nc  d"
    assert clean(text) == ["a b\n```\nx  =  1\n\n\n\n\ty\n```\n\nc d"]


def test_code_in_a_line_opens_no_fence() -> None:
    """Back ticks that close in the same line leave the following lines alone."""
    assert clean("```x``` is\n\n\n\na  name") == ["```x``` is\n\na name"]


def test_compatibility_back_tick_opens_no_fence_later() -> None:
    """U+1FEF becomes a back tick in normal form C; the layout already knows."""
    once = clean("\u1fef\u1fef\u1fef\na  b")
    assert clean(*once) == once


def test_clean_rows_are_not_copied() -> None:
    """A column that needs nothing is returned as it is."""
    texts = pa.array(["# Title\n\nclean text", "α and µ"], pa.large_string())
    assert normalise(texts) is texts


def test_slices() -> None:
    """A sliced column gives its own rows, dirty, unstable and clean ones side by side."""
    texts = pa.array(["x ", "a  b", "clean", "e\u0301", "y "], pa.large_string())
    assert normalise(texts[1:4]).to_pylist() == ["a b", "clean", "é"]
    assert normalise(texts[:0]).to_pylist() == []


def test_rejects_nulls_and_other_types() -> None:
    """Texts are large strings without nulls."""
    with pytest.raises(ValueError, match="null"):
        normalise(pa.array(["a", None], pa.large_string()))
    with pytest.raises(TypeError, match="large_string"):
        normalise(pa.array(["a"], pa.string()))


def test_invalid_bytes_are_dropped() -> None:
    """Bytes that are no UTF-8, surrogates among them, go; the text around them stays."""
    data = b"a\xffb\xed\xa0\x80c\xe2\x82"
    texts = pa.LargeStringArray.from_buffers(
        1, pa.array([0, len(data)], pa.int64()).buffers()[1], pa.py_buffer(data)
    )
    assert normalise(texts).to_pylist() == ["abc"]


@given(st.lists(st.none() | TEXTS, max_size=4))
@settings(max_examples=200, deadline=None)
def test_lines(values: list[str | None]) -> None:
    """A one-line field has no line end and no two blanks in a row; nulls stay; it is fixed."""
    result = normalise_line(pa.array(values, pa.string()))
    assert [v is None for v in result.to_pylist()] == [v is None for v in values]
    for line in filter(None, result.to_pylist()):
        assert line == line.strip()
        assert "  " not in line
        assert not set(line) & set("\n\r\t")
    assert normalise_line(result).equals(result)


def test_line_by_hand() -> None:
    """Line ends of a title are blanks."""
    assert normalise_line(pa.array([" A\r\n  title\u2009of\n\n two\tlines "])).to_pylist() == [
        "A title of two lines"
    ]
