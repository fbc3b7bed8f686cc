"""Constructs of web pages: each fragment gives exactly the Markdown that was checked by hand.

A fragment is ``tests/golden/html/fragments/NAME.html``, what it becomes ``NAME.md``. After a wanted
change: ``python -m tests.sources.test_html_fragments`` writes the latter again; read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.text.html import extract_html

FOLDER = Path(__file__).parent.parent / "golden" / "html" / "fragments"
NAMES = sorted(path.stem for path in FOLDER.glob("*.html"))
BEFORE = (
    "Adults with newly found hypertension are seen again within four weeks, and the pressure is "
    "measured on both arms with a cuff that fits the arm."
)
AFTER = (
    "Children are weighed at every visit, and the dose is written down in milligrams, never as a "
    "number of spoons, by the one who gives it."
)


def markdown_of(fragment: str) -> str:
    """Text of a fragment between two ordinary paragraphs."""
    body = f"<article><p>{BEFORE}</p>{fragment}<p>{AFTER}</p></article>"
    head = "<meta charset='utf-8'><title>Care of hypertension</title>"
    text = extract_html(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>").text
    assert text.startswith(BEFORE)
    assert text.endswith(AFTER)
    return text.removeprefix(BEFORE).removesuffix(AFTER).strip("\n") + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_fragment(name: str) -> None:
    """The fragment, on a page, becomes its golden Markdown."""
    fragment = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    assert markdown_of(fragment) == (FOLDER / f"{name}.md").read_text(encoding="utf-8")


if __name__ == "__main__":
    for each in NAMES:
        source = (FOLDER / f"{each}.html").read_text(encoding="utf-8")
        (FOLDER / f"{each}.md").write_text(markdown_of(source), encoding="utf-8")
