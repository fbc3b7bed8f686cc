"""What all checks ask of a number: its digits, its borders, dates, years, decimals."""

from __future__ import annotations

import re
from itertools import pairwise

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


_UNIT = re.compile(
    r"\s?(?:[%‰°±×€£]|\$(?![$\w])|(?:(?:[kMGmµμunpd]|c)?(?:g|m[23²³]?|[lL]|mol|Hz|V|A|W|Pa|Gy|Bq|Sv|J|s|eV)"
    r"|[mµμnp]M|mcg|mm[hH]g|[kM]hz|hz|kpa|cmH2O|bpm|bp|[kM]b|k?Da|m?IU|iu|U|kcal|h|hrs?|hours?|mins?"
    r"|minutes?|secs?|seconds?|ms|days?|weeks?|months?|yrs?|years?|degrees|bits?|bytes|USD|EUR)"
    r"(?![\w'’])(?<![\s\d][LVAWJU](?=[.] ?[A-Z])))"
)
"""A unit of the SI with its prefix, of medicine, money or time, as it stands behind a number."""
_SHARE = re.compile(
    r"\s?\(\d{1,3}(?:[.,]\d+)?\s?%|,? ?\bcontrols?\b"
    r"|\s(?:vs\b|versus\b|(?:of|out of|among) \d)"
)
_COUNTED = re.compile(
    r"(?i)\s(?:fälle|cases|casos|casi|patients|patienten|pacientes|pazienti|participants|subjects"
    r"|persons?|people|visits|enrollees|beneficiaries|claims|members|women|men|children|euros?|reads"
    r"|cells|copies|tests|households|deaths|births|samples|specimens|users|subscribers|points)\b"
)
"""What is counted."""


def is_measured(found: Found) -> bool:
    """Whether a unit stands behind a value."""
    return _UNIT.match(found.right) is not None


def is_counted(found: Found) -> bool:
    """Whether a share or the thing that is counted stands behind a value."""
    return _SHARE.match(found.right) is not None or _COUNTED.match(found.right) is not None


def is_next(found: Found) -> bool:
    """Whether a value may continue a list of numbers: no count, no measurement, no day."""
    return not (is_measured(found) or is_counted(found) or DATE.fullmatch(found.value))


def is_alike(one: str, other: str) -> bool:
    """Whether two values have digits and letters at the same places."""
    return _shape(one) == _shape(other)


def _shape(value: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", value))


def is_series(value: str) -> bool:
    """Whether groups of digits are a row of years, or four and more numbers that rise.

    Groups as those of a telephone number rise by chance: then all must be multiples of five.
    """
    groups = re.findall(r"\d+", value)
    if len(groups) > 1 and all(re.fullmatch(r"(?:1[89]|20)\d\d", group) for group in groups):
        return True
    numbers = [int(group) for group in groups]
    if len(groups) < 4 or max(map(len, groups)) > 4 or re.match(r"\D*0\d", value):
        return False
    even = len({len(group) for group in groups[1:]}) == 1 and len(groups[0]) <= len(groups[1])
    dialled = even and 7 <= sum(map(len, groups)) <= 11
    round_numbers = all(number % 5 == 0 for number in numbers)
    return all(a < b for a, b in pairwise(numbers)) and (round_numbers or not dialled)


def label_end(left: str) -> str:
    """What stands before a value, without Markdown, quotes and brackets directly before it."""
    return left.rstrip(" \t\n*_\"'“‘«„([")


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
