"""Text that a page or PDF hides from its readers is left out and counted."""

from __future__ import annotations

import pytest

from sources.text.html import extract_html
from sources.text.page import HIDDEN_TEXT
from sources.text.pdf import extract_pdf
from tests.sources.make_pdf import Text, lines, make, picture

FILLER = (
    "<p>Adults with newly found hypertension are seen again within four weeks, and the pressure "
    "is measured on both arms with a cuff that fits the arm.</p>"
)
SECRET = "Secret words for machines"
CHARS = len(SECRET.replace(" ", ""))


def page(body: str) -> str:
    """A page with enough visible text around a body."""
    return f"<html><body><h1>Care</h1>{FILLER * 3}{body}{FILLER}</body></html>"


HIDDEN = {
    "display:none": "not_displayed",
    "color:red; DISPLAY : none": "not_displayed",
    "position:absolute; left:-9999px": "off_page",
    "top: -999em; position: fixed": "off_page",
    "position:absolute;clip:rect(0 0 0 0)": "zero_size",
    "position:absolute;clip: rect(1px, 1px, 1px, 1px)": "zero_size",
    "height:0;width:0;overflow:hidden": "zero_size",
    "font-size:0": "zero_size",
    "font-size: 0px !important; color: black": "zero_size",
    "font-size:1px": "zero_size",
}
SHOWN = (
    "visibility:hidden",  # shown by scripts while one scrolls
    "opacity:0",
    "text-indent:-9999px",  # the same words stand there as a picture
    "position:absolute;left:-20px",
    "margin-left:-9999px;padding-left:9999px",
    "position:relative;left:-100px",
    "font-size:0.9em",
    "font-size:10px",
    "height:0",
    "height:10px;width:0.5em;overflow:hidden",
    "max-height:0;overflow:hidden",
    "display:inline",
)


@pytest.mark.parametrize("style", HIDDEN)
def test_hidden_by_style(style: str) -> None:
    """The words are not in the text; how many there were is noted by kind."""
    for tag in ("p", "span", "div"):
        found = extract_html(page(f'<{tag} style="{style}">{SECRET}</{tag}>'))
        assert "Secret" not in found.text
        assert found.notes["hidden_text"] == {HIDDEN[style]: CHARS}
        assert set(HIDDEN.values()) <= HIDDEN_TEXT


@pytest.mark.parametrize("style", SHOWN)
def test_shown_for_all_its_style(style: str) -> None:
    """Styles that hide nothing, or only until a script runs."""
    found = extract_html(page(f'<p style="{style}">{SECRET}</p>'))
    assert SECRET in found.text
    assert "hidden_text" not in found.notes


def test_a_box_without_letters_may_hold_boxes_with_them() -> None:
    """Size 0 around boxes takes away the gaps between them; they state sizes of their own."""
    found = extract_html(page(f'<div style="font-size:0"><p class="big">{SECRET}</p></div>'))
    assert SECRET in found.text


def test_what_a_control_opens_is_text() -> None:
    """An accordion is closed at first and is read all the same."""
    panel = f'<button aria-controls="a">More</button><div id="a" hidden><p>{SECRET}</p></div>'
    found = extract_html(page(panel))
    assert SECRET in found.text
    assert "hidden_text" not in found.notes


def test_nested_and_scripts_count_once() -> None:
    """What hides in something hidden counts once, scripts not at all."""
    inner = f'<p hidden>{SECRET}</p><script>var x = "{SECRET}";</script>'
    found = extract_html(page(f'<div style="display:none">{inner}</div>'))
    assert found.notes["hidden_text"] == {"not_displayed": CHARS}


@pytest.mark.parametrize(
    ("table", "chars"),
    [
        ("<tr hidden><td>C</td><td>old-7</td></tr>", 6),
        ("<tr style='display:none'><td>C</td><td><b>old-7</b></td></tr>", 6),
        ("<tbody style='display:none'><tr hidden><td>C</td><td>old-7</td></tr></tbody>", 6),
        ("<tfoot hidden><tr><td>C</td><td>old-7</td></tr></tfoot>", 6),
    ],
)
def test_hidden_rows_of_a_table(table: str, chars: int) -> None:
    """Rows and parts of a table that are not shown are no rows, and count once."""
    head = "<tr><th>Drug</th><th>Dose</th></tr><tr><td>A</td><td>5 mg</td></tr>"
    found = extract_html(page(f"<table>{head}{table}</table>"))
    assert "| A | 5 mg |" in found.text
    assert "old-7" not in found.text
    assert found.notes["hidden_text"] == {"not_displayed": chars}


def test_letters_with_a_size_inside_a_box_without() -> None:
    """Only what stands straight in the box of size 0 is unseen."""
    inner = 'Secret <b>x</b> <span style="font-size:14px">is 8 mg</span> tail'
    found = extract_html(page(f'<p style="font-size:0">&nbsp;{inner}</p>'))
    assert "is 8 mg" in found.text
    assert "Secret" not in found.text
    assert "tail" not in found.text
    assert found.notes["hidden_text"] == {"zero_size": len("Secretxtail")}


VISIBLE = lines("Adults with high blood pressure are seen again within four weeks.", "They rest.")


def invisible(text: str) -> str:
    """Text drawn without ink, as programs for OCR lay it over a picture."""
    return f"BT 3 Tr /F1 10 Tf 1 0 0 1 72 500 Tm ({text}) Tj ET 0 Tr\n"


@pytest.mark.parametrize(
    ("item", "how"),
    [
        (Text(72, 500, SECRET, 0.4), "zero_size"),
        (Text(72, -200, SECRET), "off_page"),
        (Text(-900, 500, SECRET), "off_page"),
        (Text(72, 3000, SECRET), "off_page"),
        (invisible(SECRET), "unpainted"),
    ],
)
def test_hidden_in_a_pdf(item: Text | str, how: str) -> None:
    """Too small, beside the page, or drawn without ink: left out and counted."""
    found = extract_pdf(make([[*VISIBLE, item]]))
    assert found.text == " ".join(line.text for line in VISIBLE)
    assert found.notes["hidden_text"] == {how: CHARS}


def test_an_ocr_layer_is_text() -> None:
    """Text without ink over the picture of a scan is what the picture says."""
    found = extract_pdf(make([[picture(0, 0, 612, 792), invisible(f"{SECRET} " * 4)]]))
    assert SECRET in found.text
    assert "hidden_text" not in found.notes


def test_text_in_a_small_size_is_read() -> None:
    """Small print and text that runs over the edge are text."""
    body = [*VISIBLE, Text(72, 500, SECRET, 4), Text(580, 400, "Edge of the page", 10)]
    found = extract_pdf(make([body]))
    assert SECRET in found.text
    assert "hidden_text" not in found.notes
