"""Tables: where spans end, and how large a written table may be."""

from __future__ import annotations

import pytest
from lxml import etree

from sources.text.markup import inline_text
from sources.text.tables import render


def written(xml: str, form: str = "markdown") -> str:
    """A table as it is written."""
    return render(etree.fromstring(xml), inline_text, form)


@pytest.mark.parametrize("rowspan", ["0", "9"])
def test_a_span_ends_with_its_group(rowspan: str) -> None:
    """A row heading covers the rows of its own body and none of the next."""
    xml = f"""<table><thead><tr><th>Drug</th><th>mg</th></tr></thead>
      <tbody><tr><th rowspan="{rowspan}">A</th><td>1</td></tr><tr><td>2</td></tr></tbody>
      <tbody><tr><td>B</td><td>3</td></tr></tbody></table>"""
    lines = written(xml).splitlines()
    assert lines == ["| Drug | mg |", "| --- | --- |", "| A | 1 |", "| A | 2 |", "| B | 3 |"]


def test_a_span_of_the_head_ends_with_the_head() -> None:
    """A cell of the head that claims more rows than the head has leaves the body alone."""
    xml = """<table><thead><tr><th rowspan="0">A</th><th>B</th></tr></thead>
      <tbody><tr><td>1</td><td>2</td></tr></tbody></table>"""
    assert written(xml).splitlines()[-1] == "| 1 | 2 |"


LONG_ROW = "<tr>" + "<td>x</td>" * 5000 + "</tr>"
BOMB = '<tr><th colspan="200" rowspan="200">a heading with words</th></tr>'
HOSTILE = {
    "one long row": f"<table>{LONG_ROW}{'<tr><td>y</td></tr>' * 5000}</table>",
    "spans": f"<table><thead>{BOMB * 100}</thead><tr><td>z</td></tr></table>",
    "heading of all rows": (
        f"<table><tr><th rowspan='0'>{'w' * 20_000}</th><td>1</td></tr>"
        f"{'<tr><td>2</td></tr>' * 5000}</table>"
    ),
    "long head": (
        f"<table><thead><tr><th>{'w' * 20_000}</th></tr></thead>"
        f"{'<tr><td>2</td></tr>' * 5000}</table>"
    ),
}


@pytest.mark.parametrize("form", ["markdown", "sentences"])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_written_table_is_bounded(case: str, form: str) -> None:
    """What is written is at most 50 times the source and 100,000 characters; no cell is lost."""
    xml = HOSTILE[case]
    text = written(xml, form)
    assert len(text) <= 50 * len(xml) + 100_000
    cells = [str(cell) for cell in etree.fromstring(xml).itertext()]
    for cell in set(cells):
        # Of a head in sentences, each name is said once at least.
        assert text.count(cell) >= (cells.count(cell) if form == "markdown" else 1)
