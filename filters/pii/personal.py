"""Checks behind the patterns of names, addresses, dates, ages, devices and vehicles."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from filters.pii import labels
from filters.pii.rule import Found
from filters.pii.shapes import YEARS, digits_of, is_counted

_EPONYM = re.compile(
    r"(?:Parkinson|Crohn|Hodgkin|Down|Alzheimer|Cushing|Kaposi|A(?:meric|fric|si)an|Arab)\b"
)
"""What is no name behind a title: diseases, and "Pan" before a part of the world."""
_CAPITAL = re.compile(r"[^\W\d_a-zß-ÿ]")
_NUMBER = re.compile(r"\b\d{1,4}[A-Za-z]?\b")
_POSTCODE = re.compile(
    r"\b(?:\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2})\b"
)
_SENTENCE = r"(?:(?<=[^\W\d_]{4})|(?<=\d))\. (?=[A-ZÀ-Þ])|https?:|www\."
"""End of the sentence of an address: no abbreviation of a street ("ul. Długa")."""
_STREET = re.compile(
    r"(?i)(?:\b(?:" + "|".join(labels.STREETS_BEHIND + labels.STREETS_BEFORE) + r")\b"
    r"|\bc/|\bav\.|stra(?:ß|ss)e\b|str\.|weg\b|gasse\b|platz\b|straat\b|laan\b)"
)


def name(found: Found) -> tuple[int, int] | None:
    """A name behind its label or title, without the full stop of the sentence."""
    value = found.value.rstrip(" .,'’-")
    if len(value) < 2 or _EPONYM.match(value) or re.search(r"\d-Mr\.? +$", found.left):
        return None
    return 0, len(value)


def labelled_name(found: Found) -> tuple[int, int] | None:
    """The same, without the next label: "Nachname: Müller Vorname: Hans"."""
    if re.match(r"[ *_]{0,3}:", found.right):
        found = replace(found, value=found.value.rpartition(" ")[0])
    return name(found)


_NO_NAME = re.compile(
    r"\b(?:not?|un(?:known|named|identified|specified|available|disclosed|recorded|clear)|none|nil"
    r"|blank|see|as|the|of|is|was|and|or|to|in|on|by|for|with\w*|here|above|below|removed|redacted"
    r"|anonym(?:ous|i[sz]ed)|deleted|masked|missing|given|known|available|applicable|recorded"
    r"|required|optional|please|print|first|last|family|middle|full|initials?|surname|name|age|sex"
    r"|gender|date|birth|hospital|ward|number|address|phone|signature|diagnosis|allerg(?:y|ies))\b",
    re.IGNORECASE,
)
"""What stands for a name that is not given, and the next word of a form."""


def patient_name(found: Found) -> tuple[int, int] | None:
    """A name behind "Patient name", in small letters too where nothing else stands on the line."""
    if found.value[0].islower() and not _CAPITAL.search(found.value):
        whole_field = re.match(r"[ \t*_`)\]\"'”>]*(?:$|[\n|,;])", found.right)
        return None if _NO_NAME.search(found.value) or not whole_field else (0, len(found.value))
    part = labelled_name(found)
    said = found.value[: part[1]] if part else ""
    return part if re.search(r"[^\W\d_]", _NO_NAME.sub("", said)) else None


def name_below(found: Found) -> tuple[int, int] | None:
    """The same on a line of its own below: at least two words, since forms go on with labels."""
    if not re.search(r"\w\W+\w", found.value) or _NO_NAME.search(found.value):
        return None
    return patient_name(found)


def address(found: Found) -> tuple[int, int] | None:
    """Behind a label: two of a number, a word for a street and a postcode (policy, section 3)."""
    if re.search(r"(?i)\b(?:e-?mail|ip|mac|web|url|internet)\W+\w*\W*$", found.left):
        return None
    value = re.split(_SENTENCE, found.value)[0].rstrip(" .,")
    signs = (_NUMBER.search(value), _STREET.search(value), _POSTCODE.search(value))
    return (0, len(value)) if sum(sign is not None for sign in signs) >= 2 else None


_STREET_NAME = re.compile(
    r"^\d|^..+?(?:\b[A-ZÀ-Þ][a-zà-ÿ]{2}|\bd(?:e|el|es|u|a|o|ella)\b)|^[^a-z=]+[A-ZÀ-Þ]{4}[^a-z=]*$"
)
"""A street word in front stands before a word with a capital, or a particle, or all is capitals."""


def street(found: Found) -> tuple[int, int] | None:
    """House number and street with a name, without a label (strict)."""
    value = found.value.rstrip(" ,")
    if re.search(r"[0-9][.,]$|[/-]$", found.left) or not _STREET_NAME.search(value):
        return None  # "an avenue for sensors with 0", "60 copies/uL (inputting 1"
    return 0, len(value)


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
        r"(?i)(?:[\d.,/–-]|\b(?:to|than|over|under|above|below|and|or|y|e|et|und|≥|>|<)(?: age)?"
        r"|\b(?:mean|median|average)[^.\d]{0,20}) ?$",
        found.left,
    )
    group = re.match(
        r"(?i)\+|%| ?[-–±] ?\d| (?:or|and|to|years? (?:or|and|to)) |[.,]\d", found.right
    )
    return None if around or group or is_counted(found) else (0, len(found.value))


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
