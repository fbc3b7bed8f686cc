"""Every character of a body is in the text or on the list of what was left out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sources.text.jats import parse_article
from sources.text.jats_flow import Style

# What may stand in each element, foreseen by the standard or not.
CHILDREN = {
    "body": ("p", "list", "def-list", "table-wrap", "sec", "disp-quote", "boxed-text", "array"),
    "sec": ("title", "p", "list", "table-wrap"),
    "p": ("italic", "sup", "list", "def-list", "table-wrap", "named-content", "email", "graphic"),
    "list": ("list-item", "title", "p", "label", "list"),
    "list-item": ("label", "title", "p", "list", "def-list"),
    "def-list": ("title", "term-head", "def-head", "def-item", "p"),
    "def-item": ("label", "term", "def", "p"),
    "def": ("p", "list"),
    "table-wrap": ("label", "caption", "table", "table-wrap-foot", "object-id"),
    "caption": ("title", "p"),
    "table": ("caption", "thead", "tbody", "tfoot", "tr", "td", "p", "colgroup", "tgroup"),
    "array": ("tbody", "p"),
    "thead": ("tr", "th", "p"),
    "tbody": ("tr", "td", "p"),
    "tfoot": ("tr",),
    "tr": ("td", "th", "p", "italic"),
    "td": ("p", "italic", "list", "table"),
    "th": ("bold",),
    "tgroup": ("colspec", "otbody", "title"),
    "otbody": ("row", "p"),
    "row": ("entry", "p"),
    "entry": ("p",),
}


@st.composite
def anything(draw: st.DrawFn, tag: str = "body", depth: int = 6) -> str:
    """An element with text before, between and after children, each text a word of its own."""
    name = "tbody" if tag == "otbody" else tag
    kinds = CHILDREN.get(tag, ()) if depth else ()
    out = [draw(st.sampled_from(("", " ", "@")))]
    for _ in range(draw(st.integers(0, 3)) if kinds else 0):
        child = draw(st.sampled_from(kinds))
        comment = "<!-- no text -->" if draw(st.integers(0, 8)) == 0 else ""
        out.append(comment + draw(anything(child, depth - 1)))  # type: ignore[call-arg]
        out.append(draw(st.sampled_from(("", "\n", "@"))))
    attributes = ' list-type="alpha-lower"' if tag == "list" and draw(st.booleans()) else ""
    return f"<{name}{attributes}>{''.join(out)}</{name}>"


def numbered(xml: str) -> tuple[str, list[str]]:
    """Give every text a word that no other has."""
    words = [f" word{n:03}x " for n in range(xml.count("@"))]
    pieces = itertools.zip_longest(xml.split("@"), words, fillvalue="")
    return "".join(itertools.chain.from_iterable(pieces)), [word.strip() for word in words]


@pytest.mark.parametrize("form", ["markdown", "sentences"])
@settings(max_examples=200, deadline=None)
@given(anything())
def test_every_word_is_in_the_text_or_on_the_list(form: str, source: str) -> None:
    """However lists and tables are built, a word is written or its characters are listed."""
    xml, words = numbered(source)
    article = etree.fromstring(f"<article>{xml}</article>")
    document = parse_article(article, Style(tables=form))[0]
    missing = [word for word in words if word not in document.text]
    listed = sum(entry["chars"] for entry in document.metadata.get("left_out", []))
    assert sum(map(len, missing)) == listed, missing
    if form == "markdown":  # sentences name the column in every row
        assert all(document.text.count(word) <= 1 for word in words)
