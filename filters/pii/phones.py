"""Checks behind the patterns of telephone numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import phonenumbers

from filters.pii.rule import Found
from filters.pii.shapes import (
    DATE,
    YEARS,
    digits_of,
    is_bordered,
    is_count,
    is_counted,
    is_decimal,
    is_measured,
    is_series,
    whole,
)

_EXTENDED = re.compile(r"(?i),? ?(?:x|ext|durchwahl|dw|kl|poste|interno|ramal|toestel|wew)")
"""Where the extension of a number begins."""


def _balanced(value: str, end: int) -> tuple[int, int]:
    start = 1 if value.startswith("(") and ")" not in value[:end] else 0
    return start, end


def labelled_phone(found: Found) -> tuple[int, int] | None:
    """6-16 digits behind a label, whatever their shape, but no years and no statistics."""
    value = _first_number(found.value)
    count = len(digits_of(_EXTENDED.split(value)[0]))
    dialled = value[0] in "0(+" and count >= 8
    if not 6 <= count <= 16 or YEARS.fullmatch(value) or (is_decimal(value) and not dialled):
        return None
    if found.left[-3:].lower() == "gsm":
        return None  # a sample of GEO, "GSM234567"
    if is_series(value) and re.search(r"(?i)\bgsm\W*$", found.left):
        return None  # its bands
    counted = is_count(value) and is_counted(found)
    measured = len(value) == len(found.value) and (counted or is_measured(found))
    if re.fullmatch(r"\d{4,}\.\d+|\d+\.\d{1,3}", value):
        return None  # a section of a law, "1910.132"
    if measured or max(map(len, re.findall(r"\d+", value))) < 2:
        return None
    return _balanced(value, len(value))


def weakly_labelled_phone(found: Found) -> tuple[int, int] | None:
    """The same behind a word of ordinary use: no count ("Emergency: 12 345 678 visits").

    With nothing but a blank between ("Handy 0171 5550142") only a number as one dials it.
    """
    dialled = found.value[0] in "0(+" and len(digits_of(found.value)) >= 9
    said = re.search(
        r"(?:[:=#°º.]|\b(?:n[or]|number|num|is|ist|est|es|è|é|at|on)|\])[ \t*_]*$",
        found.left.lower(),
    )
    if not said and not (dialled and _telephonic(found.value)):
        return None
    verb = re.search(r"[a-z]{3,} (?:is|ist|est|es|è|é)[ \t]+$", found.left.lower())
    verb = verb if verb and not re.search(r"\bnum(?:ber)? is", verb[0]) else None
    abbreviated = re.search(r"[.] {1,2}$", found.left)  # "cell. 335 555 0142"
    if abbreviated and not (_telephonic(found.value) or re.fullmatch(r"[03]\d{8,10}", found.value)):
        return None
    if (
        is_counted(found)
        or is_series(found.value)
        or (verb and not (dialled and _telephonic(found.value)))
    ):
        return None
    counted = is_count(found.value) and re.match(r" (?:[a-z]|[A-Z]{3}\b)", found.right)
    return None if counted else labelled_phone(found)


def _first_number(value: str) -> str:
    """Of two numbers with a dash between blanks ("917 277 336 - 606 409 021") the first."""
    first, dash, second = value.partition(" - ")
    both = len(digits_of(first)) >= 7 and len(digits_of(second)) >= 7
    return first if dash and both else value


def short_phone(found: Found) -> tuple[int, int] | None:
    """Internal numbers of 4-5 digits behind a label (strict); not a year."""
    return None if re.fullmatch(r"(?:1[89]|20)\d\d", found.value) else whole(found)


def phone_before_label(found: Found) -> tuple[int, int] | None:
    """A number with its label behind it ("... office"): groups of a telephone number."""
    if re.match(r"[-, (]*[a-z]+[ \t]+[a-z]", found.right.lower()):
        return None  # "1 234 567 mobile users"
    return labelled_phone(found)


_ACCOUNT = re.compile(r"\b[A-Za-z]{2}\d{2}(?: [A-Za-z0-9]{4})* $")
"""The beginning of an IBAN, of which "0044 0532 0130" is a part."""


def international_phone(found: Found) -> tuple[int, int] | None:
    """``+`` or ``00`` and a country code; trailing groups are left out until it is possible."""
    value = found.value
    if found.left and (found.left[-1].isalnum() or found.left[-1] in ").,-+^_/"):
        return None
    if is_decimal(value) or _ACCOUNT.search(found.left):
        return None
    body = _EXTENDED.split(value)[0]
    ends = [len(value)] if len(body) < len(value) else []
    ends += [match.end() for match in reversed(list(re.finditer(r"\d+", body)))]
    for position, end in enumerate(ends):
        number = re.sub(r"\(0\)", "", value[:end] if end <= len(body) else body)
        number = digits_of(number)
        number = number.removeprefix("00") if not value.lstrip("(").startswith("+") else number
        if not 8 <= len(number) <= 15:
            continue
        if position == 0 and re.match(r"\w|[.,][0-9]", found.right):
            continue
        try:
            parsed = phonenumbers.parse("+" + number)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_possible_number(parsed):
            return _balanced(value, end)
    return None


def nanp_phone(found: Found) -> tuple[int, int] | None:
    """North American shape without a label: valid for ``phonenumbers`` in the US."""
    if not is_bordered(found):
        return None
    try:
        parsed = phonenumbers.parse(digits_of(found.value), "US")
    except phonenumbers.NumberParseException:
        return None
    return whole(found) if phonenumbers.is_valid_number(parsed) else None


def _grouped(value: str) -> bool:
    """Whether groups of digits are those of a telephone number, not of a count or a series.

    Three groups of two to four digits and more, no thousands (three digits behind one or two), no
    series that rises.
    """
    groups = re.findall(r"\d+", value)
    if len(groups) < 3 or not all(2 <= len(group) <= 4 for group in groups):
        return False
    thousands = " " in value and all(len(group) == 3 for group in groups[1:])
    if thousands and (len(groups[0]) < 3 or groups[-1] == "000"):
        return False
    numbers = [int(group) for group in groups]
    return not all(a < b for a, b in pairwise(numbers))


def _telephonic(value: str) -> bool:
    """Whether a number has the shape of a national telephone number: seven to fifteen digits.

    It begins with a zero or a bracket, as numbers are dialled, or is grouped as they are.
    """
    if not 7 <= len(digits_of(value)) <= 15 or YEARS.search(value) or is_decimal(value):
        return False
    if DATE.fullmatch(value) or re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", value):
        return False
    dialled = value[0] in "0(+" and not value.startswith("000")
    return (dialled and len(digits_of(value)) >= 8) or _grouped(value)


_PAIRS = re.compile(r"0[1-9]([ .-])[0-9]{2}(?:\1[0-9]{2}){3}")
"""A French number as it is written."""


def phone_in_talk(found: Found) -> tuple[int, int] | None:
    """A number in the shape of a telephone number, in a sentence that speaks of calls.

    The blank before five pairs with their zero may be missing ("est le01.99.00.12.34").
    """
    if _PAIRS.fullmatch(found.value) and not found.left[-1:].isdigit():
        found = replace(found, left=found.left + " ")
    if not is_bordered(found) or is_measured(found) or not _telephonic(found.value):
        return None
    return _balanced(found.value, len(found.value))


def phone_of_person(found: Found) -> tuple[int, int] | None:
    """A number that begins as one dials, directly behind a title and a name."""
    return phone_in_talk(found) if found.value[0] in "0(+" else None


def national_phone(found: Found) -> tuple[int, int] | None:
    """Any grouped shape of 7-12 digits (strict), outside tables, years and statistics."""
    value = found.value
    if not 7 <= len(digits_of(value)) <= 12 or not is_bordered(found):
        return None
    groups = re.findall(r"\d+", value)
    if value.count("(") != value.count(")") or "000" in groups or DATE.fullmatch(value):
        return None
    if not (_telephonic(value) or _pair(value, groups)):
        return None
    if "/" in value and (value[0] not in "0(" or re.search(r"-|/(?:19|20)\d\d$", value)):
        return None  # fractions, pressures, months, numbers of a year
    if value[0] not in "0(" and _RANGE.search(value):
        return None
    in_table = "|" in found.left.rpartition("\n")[2] or "|" in found.right.partition("\n")[0]
    listed = re.search(r"(?:\b(?:19|20)\d\d[a-z]?\)?[;:,]|\bvol\b)[^\n]{0,40}$", found.left.lower())
    return None if in_table or listed else _balanced(value, len(value))


_TRUNK_REGIONS = ("FR", "GB", "NL", "BE")
"""Where ten or eleven digits that begin with one zero are a whole number, as one dials it."""


def trunk_phone(found: Found) -> tuple[int, int] | None:
    """A number with its trunk zero (strict): in one run, or in the five pairs of French numbers.

    Letters that are read for zeros count as such ("O1.42 …"). The plan of numbers of a region
    must hold it (``phonenumbers``), and pairs must not rise like the weeks of a table.
    """
    value = found.value.upper().replace("O", "0")
    pairs = re.split(r"[ .-]", value)
    if len(set(re.findall(r"[ .-]", value))) > 1 or re.search(r"[0-9][ .-]$", found.left):
        return None
    if re.match(r"[-.,:/][0-9]", found.right) or "|" in found.left.rpartition("\n")[2]:
        return None
    if len(pairs) > 1 and all(int(a) < int(b) for a, b in pairwise(pairs)):
        return None
    for region in _TRUNK_REGIONS if len(pairs) == 1 else ("FR",):
        try:
            parsed = phonenumbers.parse(digits_of(value), region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return whole(found)
    return None


_RANGE = re.compile(r"\.\d+ ?- ?\d|-\d+\.\d|^\d{1,3} \d{3}\.\d{1,2}$|^\d{3} \d{3}-\d{3} \d{3}$")
"""Ranges of decimals and of thousands, and a thousand with decimals."""


def _pair(value: str, groups: list[str]) -> bool:
    """Whether two groups are an area and a number, or the halves of a number.

    Two and six digits, three and four, four and four (with a blank: with a hyphen these are
    pages), or an area in brackets or with a zero.
    """
    if len(groups) != 2 or is_decimal(value) or YEARS.search(value):
        return False
    first, second = map(len, groups)
    if re.fullmatch(r"(?:1[89]|20)\d\d", groups[0]) or re.fullmatch(r"(?:1[89]|20)\d\d", groups[1]):
        return False
    if value[0] in "0(":
        return first >= 2 and second >= 4
    if not re.fullmatch(r"\d+[ -]\d+", value):
        return False
    if "-" in value:  # most are ranges, which end with more than they begin, but not with much more
        many = int(groups[1]) > 12 * int(groups[0]) and not groups[1].endswith("00")
        return (first, second) == (3, 4) and (groups[1][0] == "0" or many)
    return (first, second) in ((2, 6), (3, 4), (4, 4))
