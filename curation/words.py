"""Words of messages for people."""

from __future__ import annotations

from collections.abc import Sequence


def first_of(lines: Sequence[str], most: int) -> str:
    """Return the first lines as one, and how many there are besides: ``a; b; and 5 more``.

    Args:
        lines: All lines.
        most: How many are named.
    """
    rest = len(lines) - most
    return "; ".join([*lines[:most], *([f"and {rest:,} more"] if rest > 0 else [])])


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 input``, ``2,000 inputs``.

    Args:
        number: How many.
        noun: One of them, in English with a regular plural.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
