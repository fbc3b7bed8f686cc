"""Values that stay: public help lines, and what a recipe lists."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


class Keep:
    """Whether a value is on the keep-list.

    Args:
        values: Exact values in any case; numbers may be written in any grouping; ``@domain``
            keeps every address of that domain.
    """

    def __init__(self, values: Sequence[str] = ()) -> None:
        folded = [value.strip().casefold() for value in values]
        self._values = frozenset(folded)
        self._domains = tuple(sorted(value for value in folded if value.startswith("@")))
        numbers = {_NOT_DIGIT.sub("", value) for value in folded if not re.search("[a-z@]", value)}
        self._numbers = frozenset(number for number in numbers if number) | PUBLIC_NUMBERS

    def holds(self, entity: str, value: bytes) -> bool:
        """Whether a hit stays.

        Args:
            entity: Token without brackets.
            value: UTF-8 of the original text.
        """
        text = value.decode("utf-8").strip().casefold()
        if text in self._values:
            return True
        if entity == "EMAIL" and self._domains:
            return text.endswith(self._domains)
        if entity == "PHONE":
            number = _NOT_DIGIT.sub("", text)
            return number in self._numbers or "1" + number in self._numbers
        return False
