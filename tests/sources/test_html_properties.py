"""Properties of the text of any page: words, cells, characters, and that reading ends."""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sources.items import SourceError
from sources.text.html import extract_html
from tests.sources.test_html_fragments import AFTER, BEFORE, markdown_of

GOLDEN = Path(__file__).parent.parent / "golden" / "html"
INLINE = (
    "b",
    "i",
    "em",
    "strong",
    "span",
    "u",
    "small",
    "a",
    "font",
    "code",
    "abbr",
    "cite",
    "mark",
)
MUTATIONS = 250

WORDS = st.text(st.sampled_from("abcXYZ019µé,.-"), min_size=1, max_size=6).filter(str.isalnum)


@st.composite
def marked_lines(draw: st.DrawFn) -> tuple[str, str]:
    """A line of words, and the same with inline elements opened and closed anywhere in it."""
    line = " ".join(draw(st.lists(WORDS, min_size=3, max_size=8)))
    out, opened = [], []
    for character in line:
        for _ in range(draw(st.integers(0, 2))):
            if opened and draw(st.booleans()):
                out.append(f"</{opened.pop()}>")
            else:
                opened.append(draw(st.sampled_from(INLINE)))
                out.append(f"<{opened[-1]}>")
        out.append(
            draw(st.sampled_from((" ", "\n", "  ", "\t"))) if character == " " else character
        )
    return line, "".join(out) + "".join(f"</{tag}>" for tag in reversed(opened))


@settings(max_examples=80, deadline=None)
@given(marked_lines())
def test_inline_markup_neither_glues_nor_splits(lines: tuple[str, str]) -> None:
    """Any nesting of inline markup in a paragraph leaves its words as they are."""
    line, marked = lines
    assert markdown_of(f"<p>{marked}</p>") == f"{line}\n"


CELL = st.text(st.sampled_from("ab9|<&>*_#µ "), min_size=1, max_size=8).filter(lambda s: s.strip())


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=2, max_size=5)
    )
)
def test_tables_give_their_cells_back(grid: list[list[str]]) -> None:
    """Parsing the Markdown of a table gives the cells of the page, in order."""
    escaped = [[cell.replace("&", "&amp;").replace("<", "&lt;") for cell in row] for row in grid]
    rows = ["".join(f"<td><p>{cell}</p></td>" for cell in row) for row in escaped]
    text = markdown_of(f"<table><tr>{'</tr><tr>'.join(rows)}</tr></table>")
    lines = text.strip("\n").split("\n")
    assert set(lines.pop(1)) == set("| -")
    read = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in lines]
    wanted = [[" ".join(cell.split()) for cell in row] for row in grid]
    assert [[cell.replace("\\|", "|") for cell in row] for row in read] == wanted


TAGS = st.sampled_from(
    ["div", "p", "ul", "ol", "li", "table", "tr", "td", "th", "sup", "sub", "a", "span", "br", "h2"]
    + ["dl", "dt", "dd", "pre", "b", "caption", "html", "body", "math", "msup", "mn", "blockquote"]
    + ["noscript", "form", "dialog", "details", "nav", "script", "aside", "figure", "hr", "thead"]
)
PIECE = st.one_of(
    st.builds("<{}>".format, TAGS),
    st.builds("</{}>".format, TAGS),
    st.builds("<td colspan={} rowspan={}>".format, st.integers(-2, 9999), st.integers(-2, 9999)),
    st.builds("<ol start={} type={}>".format, st.integers(-2, 9999), st.sampled_from("aAiI1x")),
    st.builds("&#{};".format, st.integers(0, 0x110000)),
    st.text(max_size=12),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECE, max_size=40))
@example(["&#65534;", "\uffff", "&#xFFFE;"])
@example(["a&#12;b", "\f", "&#x0C;"])
@example(["<pre>", "a&#1;<sup>", "\x85&#133;"])
def test_any_markup_is_read_or_refused(pieces: list[str]) -> None:
    """No markup raises anything but `SourceError`; text is NFC, without control characters."""
    try:
        result = extract_html(f"<html><p>{BEFORE}</p>" + "".join(pieces) + f"<p>{AFTER}</p>")
    except SourceError:
        return
    for text in (result.text, result.title):
        text.encode("utf-8")
        assert text == text.strip("\n")
        assert unicodedata.is_normalized("NFC", text)
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert not [c for c in text if c >= "\U000f0000"]


def mutated(data: bytes, draw: random.Random) -> bytes:
    """A page with a few tags dropped, doubled or swapped, bytes changed, or its end cut off."""
    for _ in range(draw.randint(1, 4)):
        tags = [match.span() for match in re.finditer(rb"<[^>]*>", data)]
        kind = draw.randrange(6)
        if kind == 0 or not tags:
            data = data[: draw.randint(0, len(data))] or b"<"
            continue
        start, end = draw.choice(tags)
        if kind == 1:
            data = data[:start] + data[end:]
        elif kind == 2:
            data = data[:end] + data[start:end] * draw.choice((1, 3, 400)) + data[end:]
        elif kind == 3:
            other = draw.choice(tags)
            data = data[:start] + data[other[0] : other[1]] + data[end:]
        elif kind == 4:
            place = draw.randrange(len(data))
            data = data[:place] + bytes([draw.randrange(256)]) * draw.randint(1, 5) + data[place:]
        else:
            data = (
                data[:start]
                + draw.choice((b"&#0;", b"&bogus;", b"<!--", b"<![CDATA["))
                + data[start:]
            )
    return data


@pytest.mark.parametrize("seed", range(5))
def test_mutated_pages_end_in_a_page_or_a_reason(seed: int) -> None:
    """A damaged page gives a text or one reason, and the same one each time."""
    draw = random.Random(seed)
    pages = [path.read_bytes() for path in sorted(GOLDEN.rglob("*.html"))]
    for _ in range(MUTATIONS // 5):
        data = mutated(draw.choice(pages), draw)
        outcomes = []
        for _ in range(2):
            try:
                outcomes.append(extract_html(data).text)
            except SourceError as error:
                outcomes.append(error.rule)
        assert outcomes[0] == outcomes[1]
