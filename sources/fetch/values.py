"""Values of options and limits: what each must be, told by the default that it replaces."""

from __future__ import annotations

import math

MOST = 1e9
"""Largest number with a fraction: in seconds 31 years, and still a time that a system can wait. Its
inverse is the smallest, for rates."""

MOST_CONNECTIONS = 256
"""Connections to one host, at most: each is a thread."""


def problem(key: str, value: object, default: object) -> str:
    """Return what a value must be and is not, or an empty text.

    Args:
        key: Its key.
        value: As parsed.
        default: What it replaces; of its type it must be.
    """
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(default, float):
        good = is_number(value) and 1 / MOST <= float(value) <= MOST  # type: ignore[arg-type]
        return "" if good else f"a number above 0, at most {MOST:,.0f}"
    if isinstance(default, int):
        whole = isinstance(value, int) and not isinstance(value, bool) and value > 0
        if key == "connections":
            good = whole and int(value) <= MOST_CONNECTIONS  # type: ignore[call-overload]
            return "" if good else f"a whole number from 1 to {MOST_CONNECTIONS}"
        return "" if whole else "a whole number above 0"
    if isinstance(default, list):
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return "" if good else "a list of texts"
    if isinstance(default, dict):
        good = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        return "" if good else "a table of texts"
    return "" if isinstance(value, str) else "a text"


def is_number(value: object) -> bool:
    """Tell whether a value is a number, and one that can be compared."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
