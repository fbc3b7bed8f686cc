"""Checks behind the patterns of national ids, cards and accounts: checksums."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ch_ssn
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.iso7064 import mod_11_2
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import nip, pesel, regon
from stdnum.pt import cc as pt_cc
from stdnum.pt import nif as pt_nif
from stdnum.us import ssn

from filters.pii.rule import Check, Found
from filters.pii.shapes import (
    YEARS,
    digits_of,
    is_bordered,
    is_count,
    is_decimal,
    is_measured,
    is_series,
    label_end,
    whole,
)


def us_ssn(found: Found) -> tuple[int, int] | None:
    """Unlabelled SSN: areas, groups and serials that SSA issues (POMS RM 10201.035)."""
    return whole(found) if is_bordered(found) and ssn.is_valid(found.value) else None


def orcid(found: Found) -> tuple[int, int] | None:
    """Four groups of four with the check character of ISO 7064 mod 11-2."""
    value = found.value.replace("-", "").replace(" ", "").upper()
    glued = found.left[-1:].isalnum() or found.left[-1:] == "-" or re.match(r"[\w-]", found.right)
    return whole(found) if not glued and mod_11_2.is_valid(value) else None


def personnummer_valid(value: str) -> bool:
    """Swedish number: Luhn over ten digits and a calendar date.

    python-stdnum reads the clock to guess the century, which the result must not depend on.
    """
    number = digits_of(value)[-10:]
    month, day = int(number[2:4]), int(number[4:6])
    return 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91) and luhn.is_valid(number)


def belgian_valid(value: str) -> bool:
    """Belgian national number: 97 minus remainder, births from 2000 with a 2 before.

    python-stdnum compares the birth date with the clock; the checksum alone is used here.
    """
    number = digits_of(value)
    if len(number) != 11:
        return False
    body, check = int(number[:9]), int(number[9:])
    return check in (97 - body % 97, 97 - (2_000_000_000 + body) % 97)


_PROVINCES = frozenset(
    str(code)
    for first, last in (
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 82),
    )
    for code in range(first, last + 1)
)


def chinese_valid(value: str) -> bool:
    """Chinese number (GB 11643): province, birth date, check character of ISO 7064 mod 11-2.

    python-stdnum asks for the county too, of which its list lacks some that were dissolved.
    """
    if len(value) != 18 or value[:2] not in _PROVINCES or not mod_11_2.is_valid(value):
        return False
    year, month, day = int(value[6:10]), int(value[10:12]), int(value[12:14])
    return 1850 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


NATIONAL: dict[str, Callable[[str], bool]] = {
    "gb.nhs": nhs.is_valid,
    "nl.bsn": bsn.is_valid,
    "pl.pesel": pesel.is_valid,
    "pl.nip": nip.is_valid,
    "pl.regon": regon.is_valid,
    "pt.cc": pt_cc.is_valid,
    "pt.nif": pt_nif.is_valid,
    "se.personnummer": personnummer_valid,
    "de.idnr": idnr.is_valid,
    "be.nn": belgian_valid,
    "ca.sin": sin.is_valid,
    "in_.aadhaar": aadhaar.is_valid,
    "br.cpf": cpf.is_valid,
    "fr.nir": nir.is_valid,
    "es.dni": dni.is_valid,
    "es.nie": nie.is_valid,
    "it.codicefiscale": codicefiscale.is_valid,
    "fi.hetu": hetu.is_valid,
    "ch.ssn": ch_ssn.is_valid,
    "cn.ric": chinese_valid,
}
"""Checksum of each national number, by the name of its python-stdnum module."""


def national(module: str, near: str | None = None) -> Check:
    """A check for one national number.

    Args:
        module: Key of :data:`NATIONAL`.
        near: Pattern of the names of which one must stand within 60 characters; None where shape
            and checksum are enough.
    """
    valid = NATIONAL[module]
    name = re.compile(near, re.IGNORECASE) if near is not None else None

    def check(found: Found) -> tuple[int, int] | None:
        if not is_bordered(found):
            return None
        compact = re.sub(r"[ .]", "", found.value).upper()
        if module == "es.nie" or module == "es.dni":
            compact = compact.replace("-", "")
        if name is not None and not (
            name.search(found.left[-60:]) or name.search(found.right[:60])
        ):
            return None
        return whole(found) if valid(compact) else None

    return check


_LEAST_DIGITS = {
    "gb.nhs": 9, "nl.bsn": 8, "pl.pesel": 5, "pl.nip": 5, "pl.regon": 5, "pt.cc": 8, "pt.nif": 8,
    "se.personnummer": 9, "de.idnr": 9, "be.nn": 10, "ca.sin": 9, "in_.aadhaar": 11, "br.cpf": 10,
    "fr.nir": 10, "es.dni": 7, "es.nie": 6, "it.codicefiscale": 6, "fi.hetu": 9, "ch.ssn": 12,
    "cn.ric": 15,
}  # fmt: skip
"""Digits that a number must have behind its label, one less than it is long where typing may lose
one: any checksum goes, but not any count ("NIR 700-900 nm")."""


def labelled_number(found: Found) -> tuple[int, int] | None:
    """A personal number directly behind its label: at least five digits, any checksum."""
    return _personal(found, 5)


def registered_number(found: Found) -> tuple[int, int] | None:
    """A passport, licence or register of professions behind its label: at least four digits."""
    return None if found.left.rstrip().endswith("=") else _personal(found, 4)


def _personal(found: Found, least: int) -> tuple[int, int] | None:
    # Words of the sentence that stand behind the number ("12-345-678 for") are no part of it.
    value = re.sub(r"(?:[ ./-]+[A-Za-z]{2,}|[ ][A-Za-z])+(?:[ ./-].*)?$", "", found.value)
    if re.search(r"[0-9][a-z] ", value):
        return None  # "117m 12 345"
    glued = len(value) == len(found.value) and re.match(r"\w", found.right)
    if len(digits_of(value)) < least or glued or is_decimal(value) or YEARS.fullmatch(value):
        return None
    if re.fullmatch(r"[0-9]+\.[0-9]+", value):
        return None  # what has decimals measures
    if is_measured(replace(found, value=value, right=found.value[len(value) :] + found.right)):
        return None
    named = re.search(
        r"(?:[:#°º№.]|\b(?:n[or]s?|num\w*|id|is|code))$", label_end(found.left).lower()
    )
    if not named and (len(digits_of(value)) < 5 or is_count(value) or value[0].islower()):
        return None  # "GMC 1465" is a concentration
    return None if re.fullmatch(r"(?:1[89]|20)\d\d", value) else (0, len(value))


def behind_label(module: str) -> Check:
    """A check of what stands behind the name of a national number.

    "PESEL-204…" with nothing but a hyphen between is a code of its own, hence only masked where
    the checksum is right.
    """
    valid = NATIONAL[module]

    def check(found: Found) -> tuple[int, int] | None:
        part = labelled_number(found)
        # Letters that are read for digits count as such: "79O3O835344".
        read = len(re.findall(r"[0-9OoIl]", found.value[: part[1]])) if part else 0
        if part is None or read < _LEAST_DIGITS[module] or is_series(found.value[: part[1]]):
            return None
        if not re.search(r"[^\W\d_]-$", found.left):
            return part
        return part if valid(re.sub(r"[ .-]", "", found.value[: part[1]])) else None

    return check


def card(found: Found) -> tuple[int, int] | None:
    """Unlabelled card number: Luhn, alone, no row of years."""
    value = found.value
    number = digits_of(value)
    if re.search(r"(?i)\bimei\W*$", found.left):
        return None  # fifteen digits with the same check
    if not is_bordered(found) or len(set(number)) < 2:
        return None
    if number[0] == "2" and not 2221 <= int(number[:4]) <= 2720:
        return None  # the second range of one issuer, ISO/IEC 7812 register
    return whole(found) if luhn.is_valid(number) else None


def nir_behind_label(found: Found) -> tuple[int, int] | None:
    """A French number on the line of its label or the next: 13 digits or 15, with any key."""
    good = len(digits_of(found.value)) in (13, 15)
    return whole(found) if good and is_bordered(found) else None


_FRENCH_PERSON = re.compile(
    r"(?i)\b(?:née?|patiente?|assurée?|sécu|m|mr|mme|mlle|monsieur|madame|enfant)\b"
)


def nir_of_person(found: Found) -> tuple[int, int] | None:
    """The seven groups of a French number with any key, behind words for a person.

    Months over 12 stand for births of which the month is not known (20, 30-42, 50-99).
    """
    month = int(found.value[5:7])
    good = 1 <= month <= 12 or month == 20 or 30 <= month <= 42 or month >= 50
    return whole(found) if good and _FRENCH_PERSON.search(found.left) else None


def austrian(found: Found) -> tuple[int, int] | None:
    """An Austrian insurance number behind its label: four digits, then day, month and year.

    Months 13 to 15 are given where the numbers of a day are used up.
    """
    day, month = (int(digits_of(found.value)[at : at + 2]) for at in (4, 6))
    return whole(found) if 1 <= day <= 31 and 1 <= month <= 15 else None


def labelled_card(found: Found) -> tuple[int, int] | None:
    """12-19 digits behind a card word."""
    good = 12 <= len(digits_of(found.value)) <= 19 and not re.match(r"[0-9]", found.right)
    return whole(found) if good else None


def iban(found: Found) -> tuple[int, int] | None:
    """Checksum and country structure; trailing groups are left out until it is valid."""
    value = found.value
    ends = [match.start() for match in re.finditer(r"[ -]", value)]
    for end in (len(value), *reversed(ends)):
        if len(value[:end].replace(" ", "").replace("-", "")) < 15:
            return None
        if stdnum_iban.is_valid(value[:end]):
            return 0, end
    return None


def labelled_iban(found: Found) -> tuple[int, int] | None:
    """Behind the word IBAN: the shape is enough; digits must be the greater part."""
    valid = iban(found)
    if valid is not None:
        return valid
    # The last group of letters alone is a word of the sentence ("... 5432 10 from my account").
    value = re.sub(r"(?: [A-Za-z]+)+$", "", found.value)
    return (0, len(value)) if len(digits_of(value)) >= 8 else None
