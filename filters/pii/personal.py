"""Checks behind the patterns of names, addresses, dates, ages, devices and vehicles."""

from __future__ import annotations

import re
from datetime import date

from filters.pii import labels
from filters.pii.rule import Found
from filters.pii.shapes import YEARS, digits_of

_EPONYM = re.compile(r"(?:Parkinson|Crohn|Hodgkin|Down|Alzheimer|Cushing|Kaposi)\b")
_NUMBER = re.compile(r"\b\d{1,4}[A-Za-z]?\b")
_POSTCODE = re.compile(
    r"\b(?:\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2})\b"
)
_STREET = re.compile(
    r"(?i)(?:\b(?:" + "|".join(labels.STREETS_BEHIND + labels.STREETS_BEFORE) + r")\b"
    r"|stra(?:ß|ss)e\b|str\.|weg\b|gasse\b|platz\b|straat\b|laan\b)"
)


def name(found: Found) -> tuple[int, int] | None:
    """A name behind its label or title, without the full stop of the sentence."""
    value = found.value.rstrip(".'’-")
    if len(value) < 2 or _EPONYM.match(value):
        return None
    return 0, len(value)


def address(found: Found) -> tuple[int, int] | None:
    """Behind a label: two of a number, a word for a street and a postcode (policy, section 3)."""
    if re.search(r"(?i)\b(?:e-?mail|ip|mac|web|url|internet)\W+\w*\W*$", found.left):
        return None
    value = re.split(r"\. (?=[A-ZÀ-Þ])|https?:|www\.", found.value)[0].rstrip(" .,")
    signs = (_NUMBER.search(value), _STREET.search(value), _POSTCODE.search(value))
    return (0, len(value)) if sum(sign is not None for sign in signs) >= 2 else None


def street(found: Found) -> tuple[int, int] | None:
    """House number and street without a label (strict); not behind a comma of decimals."""
    if re.search(r"[0-9][.,]$", found.left):
        return None
    return 0, len(found.value.rstrip(" ,"))


def day(found: Found) -> tuple[int, int] | None:
    """A day of the calendar, in either order of day and month."""
    parts = [int(part) for part in re.findall(r"\d+", found.value)]
    if len(parts) != 3:
        return 0, len(found.value)
    first, second, third = parts
    orders = (
        ((first, second, third),)
        if first > 31
        else ((third, second, first), (third, first, second))
    )
    for year, month, number in orders:
        try:
            date(year if year > 99 else 2000 + year, month, number)
        except ValueError:
            continue
        return 0, len(found.value)
    return None


def age(found: Found) -> tuple[int, int] | None:
    """The age of one person over 89, not the end of a range or the bound of a group."""
    around = re.search(
        r"(?i)(?:[\d.,/–-]|\b(?:to|than|over|under|above|below|and|or|≥|>|<)) ?$", found.left
    )
    return None if around else (0, len(found.value))


def device(found: Found) -> tuple[int, int] | None:
    """A serial number behind its label: four digits and more; no bare year, no decimal."""
    value = found.value.rstrip("./-")
    if len(digits_of(value)) < 4 or YEARS.fullmatch(value) or re.fullmatch(r"\d+\.\d+", value):
        return None
    return 0, len(value)


def plate(found: Found) -> tuple[int, int] | None:
    """A plate behind its label: letters and digits."""
    value = found.value
    good = re.search(r"\d", value) and re.search(r"[A-Z]", value) and len(value) >= 4
    return (0, len(value)) if good else None


def labelled_vin(found: Found) -> tuple[int, int] | None:
    """Seventeen characters behind "VIN": the check digit is not used in all countries."""
    return (0, len(found.value)) if len(digits_of(found.value)) >= 3 else None


_VALUES = {
    char: int(code)
    for char, code in zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True)
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(found: Found) -> tuple[int, int] | None:
    """A vehicle identification number (ISO 3779) with the check digit of 49 CFR 565.15."""
    value = found.value.upper()
    if value.isdigit() or value.isalpha():
        return None
    codes = (int(char) if char.isdigit() else _VALUES[char] for char in value)
    check = sum(code * weight for code, weight in zip(codes, _WEIGHTS, strict=True)) % 11
    return (0, 17) if value[8] == "0123456789X"[check] else None
