"""Words of messages for people."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 input``, ``2,000 inputs``.

    Args:
        number: How many.
        noun: One of them, in English with a regular plural.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
