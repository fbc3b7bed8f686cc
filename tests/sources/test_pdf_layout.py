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
from tests.sources.pdf_cases import FULL, LEFT, RIGHT, shifted, width

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


def line(text: str, y: float, height: float) -> Line:
    """A line of a page."""
    return Line(text, 72.0, 200.0, y, 10.0, height, False)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab 12", min_size=1, max_size=6), min_size=1, max_size=6))
def test_middle_of_the_page_is_never_furniture(texts: list[str]) -> None:
    """Only what stands in the margin can be a running head, however often it is repeated."""
    pages = [[line(text, 400, 0.5) for text in texts] for _ in range(5)]
    assert page_furniture(pages) == set()
    assert without_line_numbers(pages) == pages


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
