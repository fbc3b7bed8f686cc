"""Values that stay: public help lines, and what a recipe lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

import phonenumbers

from filters.pii.network import written_out

PUBLIC_NUMBERS = frozenset(
    {
        "112",  # emergency, Europe
        "911",  # emergency, North America
        "999",  # emergency, United Kingdom
        "988",  # Suicide and Crisis Lifeline, US
        "116123",  # emotional support, European harmonised number
        "18002738255",  # Suicide Prevention Lifeline, US, the number before 988
        "18002221222",  # Poison Help, US
        "18007848669",  # quit line, US (1-800-QUIT-NOW)
        "18774487848",  # quit line of the National Cancer Institute, US
        "08001111",  # Childline, United Kingdom
    }
)
"""Policy, section 6, item 13."""

_NOT_DIGIT = re.compile(r"[^0-9]")

_ADDRESS = re.compile(r"[^\s@]*@[^\s@.]+(\.[^\s@.]+)+")
_NUMBER = re.compile(r"(?i)\+?\(?[0-9][0-9 ()./-]*[0-9](?: ?(?:x|ext\.?) ?[0-9]+)?|[0-9]")
_URL = re.compile(r"(?i)(?:https?://|ftp://|www\.)\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)+/\S*")
_LEAST_DIGITS = 3  # emergency numbers have three


def entry_problem(entry: str) -> str:
    """Say why an entry of a keep-list keeps nothing, or too much; empty for a good one.

    Args:
        entry: As the recipe has it.
    """
    text = entry.strip()
    if _ADDRESS.fullmatch(text) or _URL.fullmatch(text):
        return ""
    if _NUMBER.fullmatch(text):
        few = len(_NOT_DIGIT.sub("", text)) < _LEAST_DIGITS
        return f"{entry!r} has fewer than {_LEAST_DIGITS} digits" if few else ""
    return f"{entry!r} is no number, e-mail address, @domain.org or URL"


def _spellings(entry: str) -> set[str]:
    """Return the digits of a number as people dial it.

    One with a country code (``+49 30 19240``) is known by it, with ``00`` before it, with or
    without the zero of the trunk, and as it is dialled inside the country.
    """
    digits = _NOT_DIGIT.sub("", entry)
    if not entry.startswith("+"):
        return {digits}
    try:
        parsed = phonenumbers.parse(entry)
    except phonenumbers.NumberParseException:
        return {digits, f"00{digits}"}
    code, national = str(parsed.country_code), phonenumbers.national_significant_number(parsed)
    both = {f"{code}{national}", f"{code}0{national}"}
    return both | {f"00{number}" for number in both} | {national, f"0{national}"}


class Keep:
    """Whether a value is on the keep-list.

    Args:
        values: Exact values in any case; numbers may be written in any grouping, and with a country
            code stand for their national form too; ``@domain`` keeps every address of that domain.
    """

    def __init__(self, values: Sequence[str] = ()) -> None:
        folded = [value.strip().casefold() for value in values]
        self._values = frozenset(folded)
        self._domains = tuple(sorted(value for value in folded if value.startswith("@")))
        numbers = [_spellings(value) for value in folded if _NUMBER.fullmatch(value)]
        self._numbers = PUBLIC_NUMBERS.union(*numbers)

    def holds(self, entity: str, value: bytes) -> bool:
        """Whether a hit stays.

        Args:
            entity: Token without brackets.
            value: UTF-8 of the original text.
        """
        text = value.decode("utf-8").strip().casefold()
        if entity == "EMAIL" and (self._values or self._domains):
            text = written_out(text)
        if text in self._values:
            return True
        if entity == "EMAIL" and self._domains:
            return text.endswith(self._domains)
        if entity == "PHONE":
            number = _NOT_DIGIT.sub("", text)
            return number in self._numbers or "1" + number in self._numbers
        return False
