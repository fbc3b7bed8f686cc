"""Lines, order, furniture and the gate, for pages of any content: properties."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.text.pdf_furniture import page_furniture, without_line_numbers
from sources.text.pdf_gate import UNREAD, impossible_words, is_unreadable, reads_as_language
from sources.text.pdf_layout import Line
from sources.text.pdf_reading import read_pdf
from tests.sources.make_pdf import Text, lines, make
from tests.sources.pdf_case import width
from tests.sources.pdf_cases import FULL, GOLDEN, LEFT, RIGHT, shifted

ENGLISH = " ".join(LEFT + RIGHT) * 2
WORDS = st.lists(st.sampled_from(ENGLISH.split()), min_size=3, max_size=9).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=30))
def test_words_in_words_out(texts: list[str]) -> None:
    """Every word drawn comes out once, in order, whatever the lines; none is split or glued."""
    text = read_pdf(make([lines(*texts)])).text
    assert re.findall(r"[\w.,]+", text) == re.findall(r"[\w.,]+", " ".join(texts))


@pytest.mark.parametrize("seed", range(12))
def test_shuffled_columns_are_read_in_order(seed: int) -> None:
    """Columns drawn in no order are read as columns."""
    drawn = lines(*LEFT * 2, x=60, y=700) + lines(*RIGHT * 2, x=320, y=700)
    straight = read_pdf(make([drawn])).text
    random.Random(seed).shuffle(drawn)
    assert read_pdf(make([drawn])).text == straight


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_order_as_drawn_stays(columns: int) -> None:
    """Columns, notes and captions drawn in reading order are left as they are."""
    drawn: list[Text] = []
    for column in range(columns):
        drawn += lines(*LEFT, x=60 + 240 * column, y=700, size=8)
    drawn += [Text(60, 400, "Figure 1. What was seen in the clinic.", 8)]
    drawn += lines(*RIGHT, x=60, y=380, size=8)
    text = read_pdf(make([drawn])).text
    found = [text.find(piece.text[:30]) for piece in drawn if piece.text not in LEFT]
    assert found == sorted(found)
    assert text.count(LEFT[0][:30]) == columns


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Drug number {0} is given by mouth", "at a dose of {0} mg twice daily"),
        ("the tablet number {0} is given by mouth", "at a dose of {0} mg twice daily"),
        ("Drug number {0} is given by mouth", "Give a dose of {0} mg twice daily"),
    ],
)
def test_table_of_prose_is_read_row_by_row(left: str, right: str) -> None:
    """Cells of prose stay beside the cells of their row."""
    rows = [(left.format(n), right.format(5 * n)) for n in range(1, 13)]
    drawn = [
        Text(x, 740 - 14 * n, cell)
        for n, row in enumerate(rows)
        for x, cell in zip((60, 320), row, strict=True)
    ]
    page = read_pdf(make([drawn]))
    text = f"{page.title}\n{page.text}".replace("\n", " ")
    found = [text.find(f"{one} {other}") for one, other in rows]
    assert -1 not in found
    assert found == sorted(found)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(2, 99),
    st.integers(1, 9),
    st.floats(0.6, 0.8),
    st.floats(0.3, 0.45),
    st.sampled_from(["Helvetica"]),
)
def test_exponents_are_never_flattened(
    base: int, power: int, size: float, rise: float, font: str
) -> None:
    """A raised digit after a number is marked for every size and height that print uses."""
    before = f"a count of {base}"
    x = 72 + width(before, 11)
    page = [Text(72, 700, before, 11), Text(x, 700 + 11 * rise, str(power), 11 * size)]
    assert f"{base}^{power}" in read_pdf(make([page])).text


@pytest.mark.parametrize(
    ("gap", "rise", "size", "expected"),
    [
        (0, 3.5, 7, "10^6 ^2 cells"),  # as one number it would be no power
        (1.5, 3.5, 7, "10^6 ^2 cells"),
        (2, 3.5, 7, "10^6 ^2 cells"),
        (0, 4.5, 7, "10^6 ^2 cells"),
        (0, 3.5, 5.5, "10^6 ^2 cells"),
    ],
)
def test_note_beside_an_exponent(gap: float, rise: float, size: float, expected: str) -> None:
    """Raised digits apart, at another height, in another size or too many are another script."""
    x = 72 + width("counts above 10", 10)
    page = [
        Text(72, 700, "counts above 10"),
        Text(x, 703.5, "6", 7),
        Text(x + width("6", 7) + gap, 700 + rise, "2", size),
        Text(x + 14, 700, "cells of it"),
    ]
    assert expected in read_pdf(make([page])).text


@settings(max_examples=25, deadline=None)
@given(st.floats(0.9, 1.0), st.floats(-0.1, 0.1))
def test_full_size_digits_on_the_line_are_not_raised(size: float, rise: float) -> None:
    """Digits in another font of about the size are digits."""
    x = 72 + width("a count of 10", 11)
    page = [Text(72, 700, "a count of 10", 11), Text(x, 700 + 11 * rise, "4", 11 * size)]
    assert "104" in read_pdf(make([page])).text


@pytest.mark.parametrize("step", [1, 5])
def test_line_numbers_go_and_numbers_stay(step: int) -> None:
    """Numbers in the margin go, also on a short last page; numbers that begin a line stay."""
    texts = [*LEFT, "20 mg were given on day 3.", *RIGHT[:9]] * 2
    pages: list[list[Text]] = [[], [], []]
    for index, text in enumerate(texts, 1):
        page = pages[min((index - 1) // 18, 2)]
        y = 700 - 30 * (len([t for t in page if t.x == 90]))
        if index % step == 0:
            page.append(Text(70 - width(str(index), 8), y, str(index), 8))
        page.append(Text(90, y, text))
    text = read_pdf(make(pages)).text
    assert text.count("20 mg were given on day 3.") == 2
    assert re.findall("[0-9]+", text) == ["20", "3"] * 2


def numbered(rows: list[str], x: float = 72, start: int = 1) -> bytes:
    """Two pages of rows with numbers that count on before them, as a table or list has."""
    half = len(rows) // 2
    return make(
        [
            [
                text
                for place, row in enumerate(page)
                for text in (
                    Text(x, 740 - 20 * place, str(start + begin + place)),
                    Text(x + 30, 740 - 20 * place, row),
                )
            ]
            for begin, page in ((0, rows[:half]), (half, rows[half:]))
        ]
    )


@pytest.mark.parametrize(
    ("start", "row"),
    [
        (5, "{0} mg twice a day for children"),
        (1, "{0} mg twice a day for children"),
        (1, "one tablet of {0} mg twice a day for all small children"),
        (1, "Ward {0} is asked about the number of its beds every day."),
        (1, "tablets, {0}"),
    ],
)
def test_first_column_of_a_table_stays(start: int, row: str) -> None:
    """Weights, ages and items that count on over two pages are content with their rows."""
    rows = [row.format(7 * n) for n in range(60)]
    page = read_pdf(numbered(rows, start=start))
    text = f"{page.title}\n{page.text}"
    for place, own in enumerate(rows):
        assert f"{start + place} {own}" in text


def repeated(head: list[str], size: float = 10, y: float = 800, gap: float = 12) -> str:
    """Text of pages that each begin, or end, with a line."""
    return read_pdf(
        make(
            [
                [
                    Text(72, y, own, size),
                    *lines(
                        *(f"{text} {page}" for text in LEFT),
                        y=y - gap if y > 400 else y + gap + 12 * (len(LEFT) - 1),
                    ),
                ]
                for page, own in enumerate(head)
            ]
        )
    ).text


@pytest.mark.parametrize("gap", [12, 40])
@pytest.mark.parametrize("y", [800, 40])
@pytest.mark.parametrize(
    "heads",
    [
        [f"Maximum dose: {n} mg daily" for n in (5, 10, 200, 40)],
        [f"Maximum dose: {n} mg daily" for n in (5, 6, 7, 8)],
        [f"Stop above {n} mg." for n in (3, 8, 20)],
        [f"See table {n} for the doses" for n in (3, 8, 20)],
    ],
)
def test_lines_that_differ_in_a_number_stay(heads: list[str], y: float, gap: float) -> None:
    """Lines at the edge of pages are the same where their numbers are, or are page numbers."""
    text = repeated(heads, y=y, gap=gap)
    assert all(head in text for head in heads)


@pytest.mark.parametrize("y", [800, 40])
def test_lines_of_the_text_are_no_heads(y: float) -> None:
    """A line that stands with the text, in its size, is text however often it is repeated."""
    assert repeated(["Do not give to children"] * 3, y=y).count("Do not give to children") == 3


@pytest.mark.parametrize("head", ["Pregnancy; dose above 5 mg.", "Do not give to children."])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_what_is_said_for_the_reader_stands_once(head: str, count: int) -> None:
    """Sentences and doses that stand apart on every page are kept where they stand first."""
    assert repeated([head] * count, gap=40).count(head) == 1


@pytest.mark.parametrize(
    ("heads", "size", "gap"),
    [
        (["Example Guideline 2021"] * 3, 10, 40),  # apart
        (["Example Guideline 2021"] * 3, 8, 12),  # in another size
        ([f"Vol. 12, page {n} of 40" for n in (7, 8, 9)], 8, 40),
        ([f"{n} Example Guideline, 3 May 2021, {n}" for n in (7, 8, 9)], 10, 40),
        ([f"- {n} -" for n in (7, 8, 9)], 10, 40),
    ],
)
def test_running_heads_go(heads: list[str], size: float, gap: float) -> None:
    """Heads apart from the text or in another size go, with page numbers, dates and volumes."""
    text = repeated(heads, size=size, gap=gap)
    assert not any(head in text for head in heads)


def test_number_of_lines_taken_off_is_noted() -> None:
    """The notes say how many lines were taken for heads and page numbers."""
    head = [[Text(72, 800, "Example Guideline", 8), *lines(FULL)] for _ in range(4)]
    assert read_pdf(make(head)).notes["furniture_lines"] == 4
    assert "furniture_lines" not in read_pdf(make([lines(FULL)])).notes


def test_line_numbers_taken_off_are_counted() -> None:
    """Numbers and furniture are on the list of what was left out, as a JATS article has it."""
    notes = read_pdf((GOLDEN / "line_numbers.pdf").read_bytes()).notes
    assert notes["line_numbers"] == 20
    digits = sum(len(str(number)) for number in range(1, 21))
    entry = {"what": "number", "title": "", "why": "line_number", "chars": digits, "count": 20}
    assert notes["left_out"] == [entry]
    head = [[Text(72, 800, "Example Guideline", 8), *lines(FULL)] for _ in range(4)]
    entry = {"what": "line", "title": "", "why": "furniture", "chars": 4 * 16, "count": 4}
    assert read_pdf(make(head)).notes["left_out"] == [entry]
    assert "left_out" not in read_pdf(make([lines(FULL)])).notes


def line(text: str, y: float, height: float) -> Line:
    """A line of a page."""
    return Line(text, 72.0, 200.0, y, 10.0, height, False)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab 12", min_size=1, max_size=6), min_size=1, max_size=6))
def test_middle_of_the_page_is_never_furniture(texts: list[str]) -> None:
    """Only what stands in the margin can be a running head, however often it is repeated."""
    pages = [[line(text, 400, 0.5) for text in texts] for _ in range(5)]
    assert page_furniture(pages) == set()
    assert without_line_numbers(pages) == (pages, [])


def test_page_numbers_must_count() -> None:
    """Digits at the foot that count with the pages go; digits that do not stay."""
    counting = [[line(str(7 + n), 30, 0.04)] for n in range(4)]
    values = [[line(str(n), 30, 0.04)] for n in (812, 40, 377, 5)]
    assert len(page_furniture(counting)) == 4
    assert page_furniture(values) == set()


def test_gate_counts_unread_characters() -> None:
    """A few icons are borne, a font without meaning is not."""
    assert not is_unreadable(["Adults are seen again", UNREAD * 3])
    assert not is_unreadable([ENGLISH, UNREAD * 12])
    assert is_unreadable([ENGLISH, UNREAD * 40])
    assert not is_unreadable([])


POLISH = "Pacjenci z nowym nadciśnieniem są badani ponownie po czterech tygodniach przez lekarza "
CZECH = "Dospělí s vysokým krevním tlakem jsou vyšetřeni znovu do čtyř týdnů a zapíše se to "
TURKISH = "Yüksek tansiyonu olan yetişkinler dört hafta içinde yeniden görülür ve not edilir "
VIETNAMESE = "Người lớn bị tăng huyết áp được khám lại trong vòng bốn tuần và ghi vào hồ sơ bệnh "
RUSSIAN = "Взрослые с повышенным давлением осматриваются повторно в течение четырёх недель "


@pytest.mark.parametrize("text", [ENGLISH, POLISH, CZECH, TURKISH, VIETNAMESE, RUSSIAN])
def test_languages_pass_the_gate(text: str) -> None:
    """Texts of languages with other letters and shares are possible."""
    assert impossible_words([text] * 20) == ""


def test_impossible_words() -> None:
    """Shifted letters, one script in the codes of another, and single letters are refused."""
    assert "shares" in impossible_words([shifted(ENGLISH.lower())] * 2)
    assert "script" in impossible_words([RUSSIAN.encode("cp1251").decode("latin-1")] * 30)
    assert "single" in impossible_words([" ".join(ENGLISH)] * 2)
    assert impossible_words([shifted("few words")]) == ""


def test_reading_as_language_needs_enough_letters() -> None:
    """Little text is not trusted."""
    assert reads_as_language(ENGLISH, 100)
    assert not reads_as_language("so few", 100)
    assert not reads_as_language(shifted(ENGLISH.lower()), 100)


def test_full_line_is_kept() -> None:
    """The fixture of the other tests holds what they suppose: one line of print."""
    assert read_pdf(make([lines(FULL)])).text == FULL


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 1e-9, 0.5, 10.0, 1e5, 1e30]),
            st.sampled_from([-1e38, -1e5, 0.0, 72.0, 1e9, 3e38]),
            st.sampled_from([-1e38, 0.0, 700.0, 1e12]),
            st.sampled_from(["1 0 0 1", "0 0 0 0", "1e30 0 0 1e30", "-1 0 0 1", "1 0.3 -2 1e-20"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_impossible_places_are_read(strokes: list[tuple[float, float, float, str]]) -> None:
    """Sizes, places and matrices that no page has do no harm to the text of the others."""
    drawn = "".join(
        f"BT /F1 {size:f} Tf {matrix} {x:f} {y:f} Tm (10 mg) Tj ET\n"
        for size, x, y, matrix in strokes
    )
    assert FULL in read_pdf(make([[drawn], lines(FULL)])).text
