"""What all checks ask of a number: its digits, its borders, dates, years, decimals."""

from __future__ import annotations

import re

from filters.pii.rule import Found

_NOT_DIGIT = re.compile(r"[^0-9]")
YEARS = re.compile(r"\(?(?:1[89]|20)\d\d(?: ?[-/] ?|\)? )\(?(?:1[89]|20)?\d\d\)?")
DATE = re.compile(
    r"\d{1,2}[./ -]{1,2}\d{1,2}[./ -]{1,2}(?:1[89]|20)\d\d|(?:1[89]|20)\d\d(?:[./-]\d{1,2}){2}"
)
_ONE_POINT = re.compile(r"(?:^|[ (+/-])\d{1,2}\.\d{1,4}(?:$|[ )/-])")


def digits_of(value: str) -> str:
    """The ASCII digits of a value."""
    return _NOT_DIGIT.sub("", value)


def whole(found: Found) -> tuple[int, int]:
    """The value as it stands."""
    return 0, len(found.value)


def is_decimal(value: str) -> bool:
    """Whether a run of digits holds a decimal number, as intervals and means do."""
    return value.count(".") > 0 and _ONE_POINT.search(value) is not None


def is_count(value: str) -> bool:
    """Whether digits are grouped as counts are: "12 345", "1 234 567", but not "123 456 789"."""
    return re.fullmatch(r"\d{1,3} \d{3}|\d{1,2}(?: \d{3})+", value) is not None


def is_bordered(found: Found) -> bool:
    """Whether an unlabelled number stands alone: no digit, letter or sign glued to it."""
    if found.left and (found.left[-1].isalnum() or found.left[-1] in "+-./_#:^"):
        return False
    if re.search(r"[0-9][ ]$", found.left) is not None:
        return False
    return re.match(r"[\w/^]|[-.,:][0-9A-Za-z]| [0-9]|\|", found.right) is None
