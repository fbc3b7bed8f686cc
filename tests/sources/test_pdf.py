"""PDF: order, paragraphs, hyphens, raised digits, page furniture, and files without text."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.items import SourceError
from sources.text.pdf import extract_pdf

Piece = tuple[float, float, float, str]  # x, y, font size, text


def make_pdf(
    pages: list[list[Piece]], title: str = "", page_keys: str = "", trailer: str = "", raw: str = ""
) -> bytes:
    """Write a PDF of text pieces in Helvetica, drawn in the order given; A4, points."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", f"<</Title({title})>>"]
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    kids = []
    for pieces in pages:
        content = raw + "".join(
            f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in pieces
        )
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>"
            f"/Contents {len(objects)} 0 R{page_keys}>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R/Info 3 0 R{trailer}>>\n".encode()
    out += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def lines(*texts: str, y: float = 700, x: float = 72, size: float = 10) -> list[Piece]:
    """Lines below one another with a leading of 12 points."""
    return [(x, y - 12 * n, size, text) for n, text in enumerate(texts)]


FULL = "Adults with newly found high blood pressure are seen again within four weeks and"


def test_lines_become_a_paragraph() -> None:
    """Lines of one paragraph are joined by a blank, a short end and a gap start a new one."""
    body = lines(
        FULL, "the pressure is measured on both arms with a cuff.", FULL, "a note is kept."
    )
    result = extract_pdf(make_pdf([body]))
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
    text = extract_pdf(make_pdf([body])).text
    assert expected in text


def test_raised_and_lowered_digits_are_marked() -> None:
    """Exponents and reference numbers are marked, formulas glued, plain digits left alone."""
    body: list[Piece] = [
        (72, 700, 10, "Counts above 10"),
        (147, 704, 6.5, "4"),
        (155, 700, 10, "per ml and CO"),
        (220, 698, 6.5, "2"),
        (226, 700, 10, " at 42 of 100 patients."),
    ]
    text = extract_pdf(make_pdf([body])).text
    assert "10^4 per ml and CO2 at 42 of 100 patients." in text


def test_turned_text_has_no_raised_digits() -> None:
    """Digits of a table set sideways are no exponents."""
    turned = "BT /F1 9 Tf 0 1 -1 0 300 200 Tm (Group 2016 has 40 of 250 patients) Tj ET\n"
    text = extract_pdf(make_pdf([lines(FULL)], raw=turned)).text
    assert "Group 2016 has 40 of 250 patients" in text


def test_page_furniture_goes() -> None:
    """Running heads and page numbers on three pages go; the same words in the text stay."""
    pages = [
        [
            (72, 800, 8, "Example Guideline 2021"),
            *lines(f"{FULL} page {n} of Example Guideline 2021 here.", y=600),
            (290, 30, 8, str(n)),
        ]
        for n in range(7, 11)
    ]
    text = extract_pdf(make_pdf(pages)).text
    assert text.count("Example Guideline 2021") == 4
    assert not any(line.strip().isdigit() for line in text.split("\n"))


def test_numbers_at_the_foot_of_a_table_stay() -> None:
    """Digits at a page's foot that do not count with the pages are content."""
    pages = [[*lines(FULL, y=600), (290, 60, 10, str(n))] for n in (812, 40, 377)]
    text = extract_pdf(make_pdf(pages)).text
    assert all(str(n) in text for n in (812, 40, 377))


def test_paragraph_goes_on_over_a_page() -> None:
    """A sentence cut by the page's end is joined."""
    text = extract_pdf(make_pdf([lines(FULL, y=100), lines("then the dose is halved.")])).text
    assert text == f"{FULL} then the dose is halved."


def test_title_and_headings_by_size() -> None:
    """The largest lines are the title and stand once; larger short lines are headings."""
    page: list[Piece] = [
        (72, 780, 22, "Fever in children"),
        (72, 740, 14, "Assessment"),
        *lines(FULL, "the temperature is taken.", y=700),
    ]
    result = extract_pdf(make_pdf([page]))
    assert result.title == "Fever in children"
    assert result.text == f"## Assessment\n\n{FULL} the temperature is taken."


@pytest.mark.parametrize("title", ["guideline_v3.docx", "Microsoft Word - draft", "Another paper"])
def test_useless_titles_are_not_taken(title: str) -> None:
    """Names of files and titles that the text does not bear out are passed over."""
    page = [(72, 780, 22, "Fever in children"), *lines(FULL, FULL, y=700)]
    assert extract_pdf(make_pdf([page], title=title)).title == "Fever in children"


def test_declared_title_is_taken() -> None:
    """A title of the metadata that stands in the text wins over the size of lines."""
    page = [(72, 800, 30, "EXAMPLE JOURNAL"), *lines("Care of fever at home", FULL, y=700)]
    result = extract_pdf(make_pdf([page], title="Care of Fever at Home"))
    assert result.title == "Care of Fever at Home"


def test_scan_is_said() -> None:
    """Pages that are images only are a failure with advice, never an empty success."""
    image = "q 500 0 0 700 40 60 cm BI /W 1 /H 1 /CS /G /BPC 8 ID a EI Q\n"
    with pytest.raises(SourceError, match="OCR") as error:
        extract_pdf(make_pdf([[], []], raw=image))
    assert error.value.rule == "no_text_layer"


def test_empty_page_has_no_text_layer() -> None:
    """A file whose pages hold no character at all is refused with advice, image or not."""
    with pytest.raises(SourceError) as error:
        extract_pdf(make_pdf([[]]))
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
        (make_pdf([lines(FULL)])[:300], "damaged"),
        (make_pdf([lines(FULL)], trailer=ENCRYPTED), "encrypted"),
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
            extract_pdf(make_pdf([lines(FULL)]))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.binary(max_size=20))
def test_damage_is_read_or_refused(position: int, junk: bytes) -> None:
    """Whatever bytes are overwritten, the file is read or refused with a reason."""
    data = bytearray(make_pdf([lines(FULL, "10 mg")], title="Fever"))
    data[position : position + len(junk)] = junk
    try:
        text = extract_pdf(bytes(data)).text
    except SourceError as error:
        assert str(error)
    else:
        assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.real
def test_real_pairs(real_data: Path) -> None:
    """Words of paragraphs printed in an article come out whole, its exponents marked."""
    folder = real_data / "pdf" / "pairs"
    text = extract_pdf((folder / "PMC4945999.pdf").read_bytes()).text
    assert "10^6" in text
    assert "105" not in text.split()
    scores = [len(extract_pdf(path.read_bytes()).text) for path in sorted(folder.glob("*.pdf"))[:5]]
    assert min(scores) > 5000
