"""Labels that a list counts its items with: numbers, letters, Roman numerals.

Reference: NISO Z39.96 (JATS), ``@list-type``.
"""

from __future__ import annotations

from collections.abc import Callable

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def letters(number: int) -> str:
    """Return a number from 1 on as letters: ``a`` to ``z``, then ``aa`` and so on."""
    out = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        out = chr(ord("a") + rest) + out
    return out


def roman(number: int) -> str:
    """Return a number from 1 on as a Roman numeral in small letters."""
    out = ""
    for value, digits in _ROMAN:
        count, number = divmod(number, value)
        out += digits * count
    return out


NUMERALS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(("order", "ordered", "number", "arabic"), str),
    **dict.fromkeys(("alpha-lower", "lower-alpha", "lower-latin"), letters),
    **dict.fromkeys(("alpha-upper", "upper-alpha", "upper-latin"), lambda n: letters(n).upper()),
    **dict.fromkeys(("roman-lower", "lower-roman"), roman),
    **dict.fromkeys(("roman-upper", "upper-roman"), lambda n: roman(n).upper()),
}
"""How a list of each ``list-type`` counts its items."""
