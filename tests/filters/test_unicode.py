"""The packaged Unicode tables and the UTF-8 decoder of the kernels."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

import filters.kernels
from filters.kernels import build_unicode, unicode
from filters.kernels.unicode import FOLD, PROPS, UNSTABLE, decode


@njit
def decoded(data, end):
    """Decode ``data[:end]`` with the kernels' decoder."""
    points = [np.int64(0)]
    i = 0
    while i < end:
        point, i = decode(data, i, end)
        points.append(point)
    return points[1:]


def points_of(data: bytes, end: int | None = None) -> list[int]:
    """Decode bytes to code points."""
    return list(decoded(np.frombuffer(data, np.uint8), len(data) if end is None else end))


def test_decoder_knows_every_character() -> None:
    """All code points but surrogates come back as they were encoded."""
    points = [cp for cp in range(1, 0x110000) if not 0xD800 <= cp <= 0xDFFF]
    assert points_of("".join(map(chr, points)).encode()) == points


@given(st.binary(max_size=12))
@settings(max_examples=1000, deadline=None)
def test_decoder_on_any_bytes(data: bytes) -> None:
    """Valid bytes decode as Python decodes them; others always give the replacement character."""
    points = points_of(data)
    try:
        assert points == [ord(char) for char in data.decode()]
    except UnicodeDecodeError:
        assert unicode.REPLACEMENT in points
        assert len(points) <= len(data)


@given(st.text(min_size=1, max_size=3), st.integers(1, 3))
@settings(deadline=None)
def test_decoder_stops_at_the_end(text: str, cut: int) -> None:
    """What lies behind the end is not read, even where it would complete a character."""
    data = text.encode()
    end = max(len(data) - cut, 0)
    assert points_of(data, end) == points_of(data[:end])


@pytest.mark.parametrize(
    ("char", "bits"),
    [
        ("a", unicode.ALPHA | unicode.WORD),
        ("µ", unicode.ALPHA | unicode.WORD),
        ("7", unicode.DIGIT | unicode.WORD),
        ("²", unicode.WORD),
        ("\u0301", unicode.WORD),
        (".", unicode.PUNCT | unicode.TERMINAL),
        (",", unicode.PUNCT),
        ("…", unicode.PUNCT),
        ("<", 0),
        ("±", 0),
        ("漢", unicode.ALPHA | unicode.WORD | unicode.UNSPACED),
        ("ไ", unicode.ALPHA | unicode.WORD | unicode.UNSPACED),
        ("한", unicode.ALPHA | unicode.WORD),
        ("。", unicode.PUNCT | unicode.TERMINAL),
        ("\n", unicode.SPACE),
        ("\u00a0", unicode.SPACE),
        ("\u200b", unicode.REMOVE),
        ("\u200d", 0),
        ("\x00", unicode.REMOVE),
        ("\ufffe", unicode.REMOVE),
    ],
)
def test_properties_by_hand(char: str, bits: int) -> None:
    """Examples of each property, and of characters that must not have one."""
    assert PROPS[ord(char)] == bits


@pytest.mark.parametrize(
    ("char", "folded"),
    [
        ("A", "a"),
        ("Σ", "σ"),
        ("ς", "σ"),
        ("µ", "μ"),
        ("ẞ", "ß"),
        ("ß", "ß"),
        ("İ", "İ"),
        ("<", "<"),
    ],
)
def test_folding_by_hand(char: str, folded: str) -> None:
    """Simple folding maps one code point to one and leaves what has no case."""
    assert chr(FOLD[ord(char)]) == folded


@given(st.text(st.characters(max_codepoint=0x2FFFF, exclude_categories=["Cs", "Cn"])))
@settings(max_examples=500, deadline=None)
def test_stable_characters_are_in_normal_form(text: str) -> None:
    """A text without unstable characters is in normal form C."""
    stable = "".join(char for char in text if not UNSTABLE[ord(char)])
    assert unicodedata.is_normalized("NFC", stable)


@pytest.mark.skipif(
    unicodedata.unidata_version != build_unicode.VERSION,
    reason=f"the tables are built under Unicode {build_unicode.VERSION}",
)
def test_package_holds_what_the_script_builds() -> None:
    """The packaged tables are those that the documented command writes."""
    with np.load(Path(filters.kernels.__file__).with_name("unicode.npz")) as packaged:
        assert sorted(packaged) == ["moves", "props", "unstable"]
        np.testing.assert_array_equal(packaged["props"], build_unicode.properties())
        np.testing.assert_array_equal(packaged["moves"], build_unicode.folding())
        np.testing.assert_array_equal(packaged["unstable"], build_unicode.unstable())
