"""PDF files with raised and lowered characters; all texts are invented."""

from __future__ import annotations

from tests.sources.make_pdf import Text, make
from tests.sources.pdf_case import case, lowered, raised, width


@case
def case_exponents() -> bytes:
    """Powers; citations after words and after numbers; ordinals; a degree sign made of an o."""
    return make(
        [
            [
                *raised(
                    700, "Counts above 10", "4", " per ml and below 3 x 10", "-3", " fell by half"
                ),
                *raised(
                    688, "in one trial", "2", " and in a later one", "3,4", " of the same group."
                ),
                *raised(
                    676,
                    "A third trial",
                    "5",
                    " closed in 2004",
                    "6",
                    " at a mean of 7.5",
                    "7",
                    " points.",
                ),
                *raised(
                    664, "On the 31", "st", " day the bath was held at 37 ", "o", "C for 2 hours."
                ),
            ]
        ]
    )


@case
def case_raised_in_full_size() -> bytes:
    """Digits raised in the size of the line: an exponent touches its base, a cell stands apart.

    The mark of a citation behind an exponent is told from it where no power is so large.
    """
    counts: list[Text] = []
    for y, power, mark in ((700, "6", "2"), (688, "1", "2")):
        x = 72.0
        for text, up in (("Counts above 10", 0.0), (power, 4.0), (mark, 4.0), (" per ml", 0.0)):
            counts.append(Text(x, y + up, text))
            x += width(text, 10)
    cells = [
        Text(x, y, text)
        for row in range(4)
        for x, y, text in (
            (72.0, 600.0 - 24 * row, f"Ward {'ABCD'[row]}, all adults"),
            (240.0, 606.0 - 24 * row, f"4{row}"),
            (300.0, 606.0 - 24 * row, f"2{row} - 6{row}"),
        )
    ]
    return make([[*counts, *cells]])


@case
def case_subscripts() -> bytes:
    """Formulas are glued, other lowered text is marked."""
    return make(
        [
            [
                *lowered(
                    700,
                    "The CO",
                    "2",
                    " in expired air and the H",
                    "2",
                    "O of the filter were taken",
                ),
                *lowered(
                    688,
                    "with the C",
                    "max",
                    " of the drug and its LC",
                    "50",
                    " in fish, a mean of 3.",
                ),
            ]
        ]
    )
