"""PDF: order, paragraphs, hyphens, raised digits, page furniture, and files without text."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.items import SourceError
from sources.text.pdf import extract_pdf
from tests.sources.make_pdf import Text, lines, make, picture

FULL = "Adults with newly found high blood pressure are seen again within four weeks and"


def test_lines_become_a_paragraph() -> None:
    """Lines of one paragraph are joined by a blank, a short end and a gap start a new one."""
    body = lines(
        FULL, "the pressure is measured on both arms with a cuff.", FULL, "a note is kept."
    )
    result = extract_pdf(make([body]))
    assert result.text == (
        f"{FULL} the pressure is measured on both arms with a cuff.\n\n{FULL} a note is kept."
    )
    assert result.notes["pages"] == 1


@pytest.mark.parametrize(
    ("left", "right", "rest", "expected"),
    [
        ("the hyper-", "tension of adults", "hypertension", "the hypertension of adults"),
        ("an anti-", "inflammatory drug", "an anti-inflammatory drug", "an anti-inflammatory drug"),
        ("give 10-", "20 mg daily", "", "give 10-20 mg daily"),
        ("the beta-", "2 agonist", "", "the beta-2 agonist"),
        ("a long-", "term study", "a long term plan", "a long-term study"),
        ("the myo-", "cardium was seen", "", "the myocardium was seen"),
    ],
)
def test_hyphens_at_line_ends(left: str, right: str, rest: str, expected: str) -> None:
    """A divided word is joined, a real hyphen stays, and nothing is joined next to a digit."""
    body = lines(f"{FULL} {left}", right, y=700) + lines(f"In other words: {rest}.", y=500)
    text = extract_pdf(make([body])).text
    assert expected in text


def test_raised_and_lowered_digits_are_marked() -> None:
    """Exponents and reference numbers are marked, formulas glued, plain digits left alone."""
    body: list[Text] = [
        Text(72, 700, "Counts above 10", 10),
        Text(147, 704, "4", 6.5),
        Text(155, 700, "per ml and CO", 10),
        Text(220, 698, "2", 6.5),
        Text(226, 700, " at 42 of 100 patients.", 10),
    ]
    text = extract_pdf(make([body])).text
    assert "10^4 per ml and CO2 at 42 of 100 patients." in text


def test_turned_text_has_no_raised_digits() -> None:
    """Digits of a table set sideways are no exponents."""
    turned = "BT /F1 9 Tf 0 1 -1 0 300 200 Tm (Group 2016 has 40 of 250 patients) Tj ET\n"
    text = extract_pdf(make([[turned, *lines(FULL)]])).text
    assert "Group 2016 has 40 of 250 patients" in text


def test_page_furniture_goes() -> None:
    """Running heads and page numbers on three pages go; the same words in the text stay."""
    pages = [
        [
            Text(72, 800, "Example Guideline 2021", 8),
            *lines(f"{FULL} page {n} of Example Guideline 2021 here.", y=600),
            Text(290, 30, str(n), 8),
        ]
        for n in range(7, 11)
    ]
    text = extract_pdf(make(pages)).text
    assert text.count("Example Guideline 2021") == 4
    assert not any(line.strip().isdigit() for line in text.split("\n"))


def test_numbers_at_the_foot_of_a_table_stay() -> None:
    """Digits at a page's foot that do not count with the pages are content."""
    pages = [[*lines(FULL, y=600), Text(290, 60, str(n), 10)] for n in (812, 40, 377)]
    text = extract_pdf(make(pages)).text
    assert all(str(n) in text for n in (812, 40, 377))


def test_paragraph_goes_on_over_a_page() -> None:
    """A sentence cut by the page's end is joined."""
    text = extract_pdf(make([lines(FULL, y=100), lines("then the dose is halved.")])).text
    assert text == f"{FULL} then the dose is halved."


def test_title_and_headings_by_size() -> None:
    """The largest lines are the title and stand once; larger short lines are headings."""
    page: list[Text] = [
        Text(72, 780, "Fever in children", 22),
        Text(72, 740, "Assessment", 14),
        *lines(FULL, "the temperature is taken.", y=700),
    ]
    result = extract_pdf(make([page]))
    assert result.title == "Fever in children"
    assert result.text == f"## Assessment\n\n{FULL} the temperature is taken."


@pytest.mark.parametrize(
    "title",
    [
        "guideline_v3.docx",
        "Microsoft Word - draft",
        "(Microsoft Word - Fever in children)",
        "Microsoft Word - Fever in children",
        "Another paper",
        "Another paper about children with fever",
        "children in Fever",
        "untitled-1",
        "PowerPoint Presentation",
        "Fever.qxp_Layout 1",
        "example12345 1..7",
        "Article template for authors",
        "Original Research Article",
        "Annals of Examples, Vol. 3",
    ],
)
def test_useless_titles_are_not_taken(title: str) -> None:
    """Names of files, and titles that no print of a title's size bears out, are passed over."""
    scattered = "Another sick child, or a paper about many children with a Microsoft fever, in Word"
    page = [
        Text(72, 825, "Annals of Examples, Vol. 3", 7),
        Text(72, 800, "Original Research Article", 22),
        Text(72, 775, "Fever in children", 22),
        *lines(FULL, scattered, y=700),
    ]
    assert extract_pdf(make([page], title=title)).title == "Fever in children"


def test_declared_title_is_taken() -> None:
    """A title of the metadata that stands in the text wins over the size of lines."""
    page = [Text(72, 800, "EXAMPLE JOURNAL", 30), *lines("Care of fever at home", FULL, y=700)]
    result = extract_pdf(make([page], title="Care of Fever at Home"))
    assert result.title == "Care of Fever at Home"


def test_scan_is_said() -> None:
    """Pages that are pictures only are a failure with advice, never an empty success."""
    with pytest.raises(SourceError, match="OCR") as error:
        extract_pdf(make([[picture(40, 60, 500, 700)]] * 2))
    assert error.value.rule == "no_text_layer"


def test_one_picture_is_no_scan() -> None:
    """A cover without text and a page of print make a document that says how many are pictures."""
    page = extract_pdf(make([[picture(0, 0, 595, 842)], lines(FULL, FULL), lines(FULL, FULL)]))
    assert page.text.startswith(FULL)
    assert page.notes["pages_scanned"] == 1


def test_small_picture_is_no_scan() -> None:
    """A short page with a logo is a short page."""
    assert (
        extract_pdf(make([[picture(40, 700, 60, 60), *lines("See page 3.")]])).text == "See page 3."
    )


def test_empty_page_has_no_text_layer() -> None:
    """A file whose pages hold no character at all is refused with advice, image or not."""
    with pytest.raises(SourceError) as error:
        extract_pdf(make([[]]))
    assert error.value.rule == "no_text_layer"


ENCRYPTED = (
    "/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]"
    f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'41' * 32}>/U<{'42' * 32}>/P -4>>"
)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"<html><body>Not found</body></html>", "not_pdf"),
        (b"%PDF-1.7\nnothing behind the header", "damaged"),
        (make([lines(FULL)])[:300], "damaged"),
        (make([lines(FULL)], trailer=ENCRYPTED), "encrypted"),
    ],
)
def test_no_pdf(data: bytes, rule: str) -> None:
    """Each kind of unreadable file has its reason."""
    with pytest.raises(SourceError) as error:
        extract_pdf(data)
    assert error.value.rule == rule


def test_handles_are_closed() -> None:
    """Reading many files warns of nothing left open."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(20):
            extract_pdf(make([lines(FULL)]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.binary(max_size=20))
def test_damage_is_read_or_refused(position: int, junk: bytes) -> None:
    """Whatever bytes are overwritten, the file is read or refused with a reason."""
    data = bytearray(make([lines(FULL, "10 mg")], title="Fever"))
    data[position : position + len(junk)] = junk
    try:
        text = extract_pdf(bytes(data)).text
    except SourceError as error:
        assert str(error)
    else:
        assert text.encode("utf-8").decode("utf-8") == text
