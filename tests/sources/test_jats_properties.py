"""What must hold for any JATS: nothing glued, nothing split, nothing that indentation changes."""

from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sources.text.jats import parse_article
from sources.text.markup import inline_text
from sources.text.tables import render

INLINE = (
    "italic",
    "bold",
    "sup",
    "sub",
    "named-content",
    "underline",
    "sc",
    "xref",
    "styled-content",
)
MARKS = re.compile(r"[\^_{}]")
PIECES = st.text(alphabet="abXZ019éµ.,-+%()", min_size=1, max_size=5)


@st.composite
def mixed(draw: st.DrawFn, depth: int = 3) -> str:
    """Words and blanks with inline markup of any nesting round any part of them."""
    out = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 3))
        if kind == 0:
            out.append(" ")
        elif kind == 1 and depth:
            tag = draw(st.sampled_from(INLINE))
            inner = draw(mixed(depth - 1))  # type: ignore[call-arg]
            out.append(f"<{tag}>{inner}</{tag}>")
        else:
            out.append(escape(draw(PIECES)))
    return "".join(out)


def words(text: str) -> list[str]:
    """Words of a text without the marks of raised and lowered parts."""
    return MARKS.sub("", text).split()


@settings(max_examples=300, deadline=None)
@given(mixed())
def test_markup_neither_glues_nor_splits_words(source: str) -> None:
    """The words of a paragraph are those of its plain text, whatever the markup in it."""
    element = etree.fromstring(f"<p>{source}</p>")
    assert words(inline_text(element)) == "".join(map(str, element.itertext())).split()


BLOCKS = st.deferred(
    lambda: st.lists(st.one_of(PARAGRAPHS, LISTS, TABLES, SECTIONS), min_size=1, max_size=3)
)
PARAGRAPHS = st.tuples(st.just("p"), mixed(2))
LISTS = st.tuples(st.just("list"), st.lists(mixed(1), min_size=1, max_size=3))
TABLES = st.tuples(
    st.just("table"), st.lists(st.lists(mixed(1), min_size=1, max_size=3), max_size=3)
)
SECTIONS = st.tuples(st.just("sec"), st.tuples(mixed(1), BLOCKS))


def written(blocks: list[tuple[str, object]], indent: str, blank: str, depth: int = 1) -> str:
    """Blocks as XML; ``indent`` stands between elements, ``blank`` in place of each blank."""
    gap = "\n" + indent * depth if indent else ""

    def text(value: object) -> str:
        return str(value).replace(" ", blank + indent * depth)

    out = []
    for kind, content in blocks:
        if kind == "p":
            out.append(f"<p>{text(content)}</p>")
        elif kind == "list":
            items = (f"<list-item>{gap}<p>{text(i)}</p>{gap}</list-item>" for i in content)  # type: ignore[attr-defined]
            out.append(f"<list>{gap}{gap.join(items)}{gap}</list>")
        elif kind == "table":
            rows = (
                "<tr>" + gap + gap.join(f"<td>{text(cell)}</td>" for cell in row) + gap + "</tr>"
                for row in content  # type: ignore[attr-defined]
            )
            table = f"<table>{gap}<tbody>{gap}{gap.join(rows)}{gap}</tbody>{gap}</table>"
            out.append(f"<table-wrap>{gap}{table}{gap}</table-wrap>")
        else:
            title, inner = content  # type: ignore[misc]
            inside = written(inner, indent, blank, depth + 1)
            out.append(f"<sec>{gap}<title>{text(title)}</title>{gap}{inside}{gap}</sec>")
    return gap.join(out)


def body(blocks: list[tuple[str, object]], indent: str = "", blank: str = " ") -> str:
    """Text of an article with these blocks."""
    xml = f"<article><body>{written(blocks, indent, blank)}</body></article>"
    return parse_article(etree.fromstring(xml))[0].text


@settings(max_examples=150, deadline=None)
@given(BLOCKS, st.sampled_from(["  ", "\t", " \r\n "]), st.sampled_from(["\n", "  ", " \t\n"]))
def test_indentation_changes_nothing(
    blocks: list[tuple[str, object]], indent: str, blank: str
) -> None:
    """The text is the same however the XML is indented and its lines are broken."""
    assert body(blocks, indent, blank) == body(blocks)


@settings(max_examples=150, deadline=None)
@given(BLOCKS)
def test_text_is_in_normal_form_without_controls(blocks: list[tuple[str, object]]) -> None:
    """What is in normal form C stays so, and no mark of the parser's own is left behind."""
    text = body(blocks)
    assert unicodedata.is_normalized("NFC", text)
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in text)


def test_control_characters_of_the_source_go() -> None:
    """Windows characters by number mean what people meant; other controls vanish."""
    xml = "<article><body><p>5&#150;10&#x80;&#x81;&#x9d;&#127; mg</p></body></article>"
    assert parse_article(etree.fromstring(xml))[0].text == "5–10€ mg"
    wrong = "5–10 °C, naïve, a†".encode().decode("latin-1")
    xml = f"<article><body><p>{wrong}</p></body></article>"
    assert parse_article(etree.fromstring(xml))[0].text == "5–10 Â°C, naÃ¯ve, a†"


def test_accents_of_formulae_are_in_normal_form() -> None:
    """A letter with an accent that has a character of its own becomes that character."""
    math = "<math><mover><mi>a</mi><mo>¯</mo></mover></math>"
    assert inline_text(etree.fromstring(f"<p>{math}</p>")) == "ā"


CELLS = st.text(alphabet="ab1 |\\-^", max_size=6).map(lambda text: " ".join(text.split()))


def cells_of(markdown: str) -> list[list[str]]:
    """Read a Markdown table back: a bar is escaped, and so are backslashes before a bar."""
    rows = []
    for number, line in enumerate(markdown.split("\n")):
        if number == 1:
            assert set(line) <= set("| -")
            continue
        cells = [cell.strip() for cell in re.findall(r"((?:\\.|[^|\\])*)\|", line[1:])]
        rows.append(
            [re.sub(r"(\\*)\\\|", lambda m: m[1][: len(m[1]) // 2] + "|", c) for c in cells]
        )
    return rows


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_tables_can_be_read_back(rows: list[list[str]]) -> None:
    """The cells of the Markdown are the cells of the source, bars and backslashes too."""
    xml = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    text = render(etree.fromstring(f"<table>{xml}</table>"), inline_text)
    kept = [row for row in rows if any(row)]
    if not kept:
        assert text == ""
        return
    width = max(map(len, kept))
    padded = [row + [""] * (width - len(row)) for row in kept]
    used = [column for column in range(width) if any(row[column] for row in padded)]
    assert cells_of(text) == [[row[column] for column in used] for row in padded]
