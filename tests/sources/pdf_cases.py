"""PDF files in which one thing at a time goes wrong for a reader of text; all texts are invented.

Run ``python tests/sources/pdf_cases.py`` to write each as ``tests/golden/pdf/NAME.pdf``, with what
our reader makes of it: ``NAME.md``, or ``NAME.failure`` with rule and message. Review the diff.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.sources import pdf_script_cases  # noqa: F401 - they register
from tests.sources.make_pdf import Font, Text, codes, lines, make, picture
from tests.sources.pdf_case import CASES, case, width

GOLDEN = Path(__file__).parents[1] / "golden" / "pdf"


LEFT = (
    "Adults with a new fever are seen on the",
    "same day. The temperature is taken twice,",
    "and a sample of blood is sent where it is",
    "above the limit of the clinic. A nurse asks",
    "about travel in the last four weeks, about",
    "animals at home, and about the work that",
    "the patient does. Whoever was abroad is",
    "seen by a second doctor, who looks for a",
    "rash and for swollen glands. The findings",
    "are written into the note of the visit.",
)


RIGHT = (
    "Children are weighed before any medicine",
    "is given, since the dose depends on it. The",
    "parents hear how often it may be repeated",
    "and when they should come back. A leaflet",
    "in their language is handed out as well.",
    "Small babies stay in the clinic for a night",
    "if they drink badly. Their fluids are noted",
    "by the hour, and the doctor on call looks",
    "after them in the evening. They go home",
    "after a meal that was taken in full.",
)


FULL = "Adults with newly found high blood pressure are seen again within four weeks and"


def columns() -> tuple[list[Text], list[Text]]:
    """Two columns of ten lines."""
    return lines(*LEFT, x=60, y=600), lines(*RIGHT, x=320, y=600)


@case
def case_two_columns() -> bytes:
    """Columns drawn one after the other, under a title that spans both."""
    left, right = columns()
    return make([[Text(60, 720, "Care of fever at home", 20), *left, *right]])


@case
def case_across_the_gutter() -> bytes:
    """The same columns, drawn row by row."""
    left, right = columns()
    rows = [text for pair in zip(left, right, strict=True) for text in pair]
    return make([[Text(60, 720, "Care of fever at home", 20), *rows]])


@case
def case_bottom_up() -> bytes:
    """The same columns, drawn from the foot of the page."""
    left, right = columns()
    return make([[*left[::-1], *right[::-1], Text(60, 720, "Care of fever at home", 20)]])


@case
def case_at_random() -> bytes:
    """The same lines in no order at all."""
    left, right = columns()
    both = left + right
    return make(
        [[Text(60, 720, "Care of fever at home", 20), *(both[i * 7 % 20] for i in range(20))]]
    )


@case
def case_hyphens() -> bytes:
    """Hyphens at line ends: divided words, compounds, ranges, half a word before a note."""
    return make(
        [
            [
                *lines(FULL + " hyper-", "tension is treated. Hypertension is common, and", y=720),
                *lines(
                    FULL + " an anti-",
                    "inflammatory drug is an anti-inflammatory drug. Give 10-",
                    y=690,
                ),
                Text(72, 666, "20 mg daily, and for HIV-"),
                Text(72, 654, "positive adults the beta-"),
                Text(72, 642, "2 agonist. The heart muscle, that is the myo-"),
                Text(72, 630, "cardium, was seen in a third-party-"),
                Text(72, 618, "owned scanner. All of it was well docu-"),
                Text(72, 100, "* The authors have nothing to declare.", 7),
                *lines(
                    "mented in the note of the visit, and",
                    "kept in the clinic for a year.",
                    x=320,
                    y=720,
                ),
            ]
        ]
    )


@case
def case_ligatures() -> bytes:
    """Ligatures with a name are resolved; one without is restored where it makes one word."""
    named = Font(
        "Serif", {**{ord(c): c for c in "abcdeghijklmnopqrstuvwxyz .ST"}, 1: "\ufb01", 2: "\ufb04"}
    )
    nameless = {ord(c): c for c in "abcdefghijklmnopqrstuvwxyz .SI,0123456789"}
    return make(
        [
            [
                "BT 0 g /F3 10 Tf 72 700 Td (The signi\\001cant e\\002uent was seen.) Tj ET\n",
                codes(
                    72, 680, "Some *ndings were signi*cant, and 5 *g was given in *rst week.", "F4"
                ),
                codes(72, 660, "*e mean was 3. *ey agreed.", "F5"),
            ]
        ],
        {
            "F3": Font(named.name, {**named.unicode, ord("T"): "T", ord("h"): "h"}),
            "F4": Font("Serif", nameless, coded=True),
            "F5": Font("Serif", nameless, coded=True),
        },
    )


@case
def case_hidden_digits() -> bytes:
    """A table pads numbers with noughts in white and in the grey of its cells."""
    rows: list[Text | str] = [*lines(FULL, "the share is given in a table.")]
    for n, (name, share) in enumerate(
        [("Clinics", "96,43"), ("Wards", "11,95"), ("Homes", "100,00")]
    ):
        y = 600 - 14 * n
        rows.append(Text(72, y, name))
        padded = len(share) < 6
        rows += [Text(300, y, "0", grey=0.91 if n else 1)] if padded else []
        rows.append(Text(305.56 if padded else 300, y, share, grey=0.1))
    rows += [
        "0.2 g 60 540 400 14 re f\n",
        Text(72, 544, "2 of 30 white words on a dark ground", grey=1),
    ]
    return make([rows])


@case
def case_drawn_twice() -> bytes:
    """A paragraph drawn over itself, four points off, with another sign for micro."""
    body = lines(f"{FULL} 5 \u00b5g", "are given in the evening of that day.")
    again = [Text(t.x + 2, t.y - 4, t.text, t.size) for t in body]
    return make([[*body, *again, *lines("The next paragraph is drawn once only.", y=640)]])


@case
def case_running_heads() -> bytes:
    """Heads, page numbers and a foot on four pages; the words of the head stay in the text."""
    return make(
        [
            [
                Text(72, 800, "Example Guideline 2021", 8),
                *lines(f"{FULL} page {n} of Example Guideline 2021 here.", y=600),
                Text(290, 30, str(n), 8),
                Text(400, 30, f"Version of 3 May, page {n} of 10", 8),
            ]
            for n in range(7, 11)
        ]
    )


@case
def case_line_numbers() -> bytes:
    """A manuscript of two pages with double leading and a number before every line."""
    pages, number = [], 0
    for texts in (LEFT, RIGHT):
        page: list[Text | str] = []
        for row, text in enumerate(texts):
            number += 1
            page.append(Text(62 - width(str(number), 8), 700 - 26 * row, str(number), 8))
            page.append(Text(80, 700 - 26 * row, text))
        pages.append(page)
    return make(pages)


@case
def case_numbered_list() -> bytes:
    """Numbers of a list and of a table's rows are no line numbers."""
    items = [
        Text(72, 700 - 12 * n, f"{n}. Item {n} of the list, kept as it is.") for n in range(1, 9)
    ]
    cells = [
        Text(x, 500 - 12 * n, text)
        for n in range(1, 9)
        for x, text in ((72, str(n)), (120, f"Ward {n}"), (220, str(40 - n)))
    ]
    return make([[*items, *cells]])


@case
def case_turned_table() -> bytes:
    """A table set sideways on an upright page: its rows are rows and its digits no exponents."""
    table = [
        Text(300 + 14 * row, 200 + 90 * column, text, 9, turn=1)
        for row, cells in enumerate(
            (("Group", "Year", "Seen"), ("A", "2016", "40 of 250"), ("B", "2017", "9 of 80"))
        )
        for column, text in enumerate(cells)
    ]
    return make([[*lines(FULL, "the table gives the numbers."), *table]])


@case
def case_turned_page() -> bytes:
    """Pages stored sideways and turned by the reader lose their heads too."""
    pages = [
        [
            Text(30, 300, "Example Guideline", 8, turn=1),
            *(
                Text(200 + 12 * n, 100, text, turn=1)
                for n, text in enumerate((FULL, f"come back in week {page}."))
            ),
        ]
        for page in range(3)
    ]
    return make(pages, page_keys="/Rotate 90")


@case
def case_symbols() -> bytes:
    """Private-use codes of a symbol font are read; codes of a pi font are not taken for digits."""
    symbol = Font("Symbol", {ord("m"): "\uf06d", ord("b"): "\uf062", 0xB7: "\uf0b7"})
    return make(
        [
            [
                Text(72, 700, "The dose of 5 "),
                Text(134, 700, "m", font="F3"),
                Text(140, 700, "g of the "),
                Text(180, 700, "b", font="F3"),
                Text(186, 700, "-blocker was given, p "),
                Text(286, 700, "5", font="F4"),
                Text(295, 700, "0.03 for all of the groups."),
                Text(72, 660, "\u00b7", font="F3"),
                Text(84, 660, "The first item of a list"),
            ]
        ],
        {"F3": symbol, "F4": Font("MathematicalPi-One")},
    )


@case
def case_mathematical_letters() -> bytes:
    """Letters of a mathematical face beyond the first plane are the letters."""
    face = Font("Math", {ord("m"): "\U0001d707", ord("a"): "\U0001d6fc"})
    return make(
        [
            [
                Text(72, 700, "A concentration of 20 "),
                Text(173, 700, "m", font="F3"),
                Text(179, 700, "M of TNF-"),
                Text(225, 700, "a", font="F3"),
                Text(236, 700, "was seen in 10"),
                Text(302, 703.5, "4", 7),
                Text(310, 700, "cells."),
            ]
        ],
        {"F3": face},
    )


@case
def case_thin_spaces() -> bytes:
    """Blanks of an eighth of the size are blanks; letters set apart are one word."""
    first, second = "after 3", "h at 0.88"
    x = 72 + width(first, 10) + 1.3
    page = [
        Text(72, 700, first),
        Text(x, 700, second),
        Text(x + width(second, 10) + 1.3, 700, "mg of it."),
    ]
    spaced, x = [], 72.0
    for letter in "METHOD":
        spaced.append(Text(x, 660, letter))
        x += width(letter, 10) + 1.3
    return make([[*page, *spaced]])


@case
def case_headings() -> bytes:
    """Bold lines and large lines are headings, an initial belongs to its word."""
    return make(
        [
            [
                Text(72, 760, "Care of fever at", 20),
                Text(72, 738, "home and abroad", 20),
                Text(72, 700, "Assessment", 10, "F2"),
                *lines(FULL, "the temperature is taken.", y=684),
                Text(72, 640, "2.1 Treatment of", 14),
                Text(72, 624, "small children", 14),
                Text(72, 568, "C", 34),
                Text(100, 582, "ells in the sample are counted by hand, and then"),
                Text(100, 570, "once more by a second person."),
            ]
        ]
    )


@case
def case_scan() -> bytes:
    """Pictures of pages, each with a stamp."""
    return make(
        [[picture(20, 20, 550, 800), Text(40, 10, f"Scanned, sheet {n}", 6)] for n in range(3)]
    )


@case
def case_garbage_font() -> bytes:
    """Text in a font that says nothing about its characters."""
    return make(
        [[codes(72, 700 - 12 * n, scrambled(t, 900), "F3") for n, t in enumerate(LEFT)]],
        {"F3": Font("Gibberish", coded=True)},
    )


@case
def case_wrong_map() -> bytes:
    """Text in a font whose map to Unicode is shifted: letters, but no words."""
    page = [Text(72, 700 - 12 * n, shifted(t)) for n, t in enumerate((LEFT + RIGHT) * 2)]
    return make([page])


def scrambled(text: str, by: int) -> str:
    """Codes that are no characters of the text."""
    return "".join(chr(ord(c) + by) for c in text)


def shifted(text: str) -> str:
    """Letters moved on by three in the alphabet."""
    return "".join(chr((ord(c) - 94) % 26 + 97) if "a" <= c <= "z" else c for c in text)


def results() -> Iterator[tuple[str, bytes, str, str]]:
    """Yield name, file, suffix of the result and result of each case."""
    from sources.items import SourceError
    from sources.text.pdf import extract_pdf

    for name, function in CASES.items():
        data = function()
        try:
            page = extract_pdf(data)
        except SourceError as error:
            yield name, data, "failure", f"{error.rule}: {error}\n"
        else:
            yield (
                name,
                data,
                "md",
                f"# {page.title}\n\n{page.text}\n" if page.title else f"{page.text}\n",
            )


def main() -> None:
    """Write all cases and what is made of them."""
    GOLDEN.mkdir(exist_ok=True)
    for name, data, suffix, text in results():
        (GOLDEN / f"{name}.pdf").write_bytes(data)
        (GOLDEN / f"{name}.{suffix}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
