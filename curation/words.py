"""Words of messages for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def first_of(lines: Sequence[str], most: int) -> str:
    """Return the first lines as one, and how many there are besides: ``a; b; and 5 more``.

    Args:
        lines: All lines.
        most: How many are named.
    """
    rest = len(lines) - most
    return "; ".join([*lines[:most], *([f"and {rest:,} more"] if rest > 0 else [])])


def alike(failures: Iterable[tuple[str, str]]) -> list[str]:
    """Return what failures say, those of one file that differ in figures alone as one line.

    Args:
        failures: Resource and line of each.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for resource, line in failures:
        found.setdefault((resource, re.sub(r"\d[\d,]*", "0", line)), []).append(line)
    return [
        first if not more else f"{first} (and {len(more):,} more like it)"
        for first, *more in found.values()
    ]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 input``, ``2,000 inputs``.

    Args:
        number: How many.
        noun: One of them, in English with a regular plural.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
