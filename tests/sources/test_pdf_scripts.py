"""What becomes of raised characters once the whole document is known."""

from __future__ import annotations

import pytest

from sources.text.pdf_layout import Line
from sources.text.pdf_scripts import with_scripts
from sources.text.scripts import SUP_CLOSE, SUP_OPEN


def resolved(text: str, *others: str) -> str:
    """A line after the scripts of its document are resolved; ``<x>`` stands for a raised x."""
    marked = [t.replace("<", SUP_OPEN).replace(">", SUP_CLOSE) for t in (text, *others)]
    return with_scripts([[Line(t, 0, 0, 0, 10, 0.5, False) for t in marked]])[0][0].text


CITES = ("the first trial<1> and the second<2,3>", "were seen.<4>")


@pytest.mark.parametrize(
    ("text", "alone", "citing"),
    [
        ("in 2004<15> it", "in 2004^15 it", "in 2004 ^15 it"),
        ("a mean of 7.5<17> points", "a mean of 7.5^17 points", "a mean of 7.5 ^17 points"),
        ("3 x 10<8> cells", "3 x 10^8 cells", "3 x 10^8 cells"),
        ("10<-3> of it", "10^-3 of it", "10^-3 of it"),
        ("m<2> and mL<-1>", "m^2 and mL^-1", "m^2 and mL^-1"),
        ("up to 25%<5> of", "up to 25%^5 of", "up to 25% ^5 of"),
        ("group 1.<6> The", "group 1.^6 The", "group 1. ^6 The"),
    ],
)
def test_powers_and_citations(text: str, alone: str, citing: str) -> None:
    """Where a document cites by raised numbers, only ten is raised to a power."""
    assert resolved(text) == alone
    assert resolved(text, *CITES) == citing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 37 <o>C for", "at 37 °C for"),
        ("at 80<0> C for", "at 80° C for"),
        ("at 37 \u25e6C for", "at 37 °C for"),
        ("at 94 \ufffdC for", "at 94 °C for"),
        ("S25\u25e645", "S25°45"),
        ("2 \ufffd C", "2 \ufffd C"),
        ("10<0> cells", "10^0 cells"),
        ("4 \ufffdg of", "4 \ufffdg of"),
        ("\u25e6 first item", "\u25e6 first item"),
    ],
)
def test_degrees(text: str, expected: str) -> None:
    """Substitutes of the degree sign are read before the letter of a scale; nothing else is."""
    assert resolved(text) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("a capacitor is charged", "150 \ufffdF of"),
        ("the temperature was taken", "150 \u00b0F of"),
        ("it was kept at 98 \u00b0F", "150 \u00b0F of"),
        ("it was kept at 37 <o>C", "150 \u00b0F of"),
    ],
)
def test_unread_sign_before_f(other: str, expected: str) -> None:
    """It is a degree where the document has temperatures; else it may be micro, and stays."""
    assert resolved("150 \ufffdF of", other) == expected
