"""Markdown and plain text: decoding, title, front matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.items import SourceError
from sources.text.plain import extract_plain, without_title


def test_markdown_title_and_front_matter() -> None:
    """Front matter is read and removed; another heading than its title stays in the text."""
    source = (
        b"---\ntitle: 'Fever: a guide'\nlicence: CC BY 4.0\ndate: 2020-05-07\nlang: en-GB\n"
        b"url: https://example.org/f\ntags:\n  - a\nauthor: Example Office\n---\n\n"
        b"# Fever in children\n\nText.\n"
    )
    page = extract_plain(source, markdown=True)
    assert (page.title, page.license, page.date) == ("Fever: a guide", "CC BY 4.0", "2020-05-07")
    assert (page.lang, page.url) == ("en", "https://example.org/f")
    assert page.notes == {"author": "Example Office"}
    assert page.text == "# Fever in children\n\nText."


@pytest.mark.parametrize(
    ("source", "title", "text"),
    [
        ("# Fever #\n\nText.\n", "Fever", "Text."),
        ("\n\n# Fever\nText.", "Fever", "Text."),
        ("Fever\n=====\n\nText.", "Fever", "Text."),
        ("## Fever\n\nText.", "", "## Fever\n\nText."),
        ("Text.\n\n# Fever", "", "Text.\n\n# Fever"),
        ("#Fever\n\nText.", "", "#Fever\n\nText."),
        ("---\n\nText after a rule: it stays.\n\n---\n", "", None),
        ("---\nkey: never closed\n", "", None),
    ],
)
def test_leading_heading(source: str, title: str, text: str | None) -> None:
    """Only a first heading of level one is the title; rules are no front matter."""
    page = extract_plain(source.encode(), markdown=True)
    assert page.title == title
    assert page.text == (source.rstrip() if text is None else text)


def test_same_heading_as_title_is_not_repeated() -> None:
    """Front matter and heading that agree leave one title."""
    page = extract_plain(b"---\ntitle: Fever\n---\n# Fever\n\nText.", markdown=True)
    assert (page.title, page.text) == ("Fever", "Text.")


def test_plain_text_stays() -> None:
    """Plain text has no title and keeps its lines."""
    page = extract_plain(b"# no heading\r\nline two\r\n", markdown=False)
    assert (page.title, page.text) == ("", "# no heading\nline two")


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("Fièvre 39 °C".encode(), "Fièvre 39 °C", None),
        (b"\xef\xbb\xbfFever", "Fever", None),
        ("Fièvre – 39 °C".encode("cp1252"), "Fièvre – 39 °C", "cp1252"),
        (b"a\x81b", "a\x81b", "latin-1"),
        ("Fever".encode("utf-16"), "Fever", "utf-16-le"),
        ("Fever".encode("utf-16-be").join((b"\xfe\xff", b"")), "Fever", "utf-16-be"),
    ],
)
def test_decoding(data: bytes, text: str, encoding: str | None) -> None:
    """Each encoding gives the letters, and every other than UTF-8 is recorded."""
    page = extract_plain(data, markdown=False)
    assert page.text == text
    assert page.notes.get("encoding") == encoding


@pytest.mark.parametrize(
    ("data", "rule"),
    [(b"", "empty"), (b"\n \n", "empty"), (b"a\0b", "not_text"), (b"\xff\xfea", "not_text")],
)
def test_no_text(data: bytes, rule: str) -> None:
    """Binary and empty files have their reasons."""
    with pytest.raises(SourceError) as error:
        extract_plain(data, markdown=True)
    assert error.value.rule == rule


def test_without_title() -> None:
    """Only a heading that repeats the title is taken off."""
    assert without_title("# Fever, at home\n\nText", "Fever at home") == "Text"
    assert without_title("# Other\n\nText", "Fever") == "# Other\n\nText"


@given(st.text(min_size=1).filter(lambda text: "\0" not in text and text.strip()))
def test_plain_text_loses_nothing(source: str) -> None:
    """Apart from line ends and outer blank lines, plain text comes out as it went in."""
    page = extract_plain(source.encode("utf-8", "ignore") or b"x", markdown=False)
    wanted = source.encode("utf-8", "ignore").decode().removeprefix("\ufeff")
    wanted = wanted.replace("\r\n", "\n").replace("\r", "\n")
    assert page.text == wanted.strip("\n").rstrip()
