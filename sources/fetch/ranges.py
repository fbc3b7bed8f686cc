"""Files of records whose numbers stand next to each other, with names that stay."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence


def ranges(
    numbers: Sequence[int], bits: int, most: int, *, first: int = 0
) -> Iterator[tuple[int, int, Sequence[int]]]:
    """Yield first and last number of each range, and those of ``numbers`` that are in it.

    A range has a power of two as its size and begins at a multiple of it, and one that holds too
    many is halved. So a range stays the same when others fill, and a file of each keeps its name.

    Args:
        numbers: Sorted, each once, from ``first`` to below ``first`` plus two to the ``bits``.
        bits: Of the size of the whole.
        most: Numbers of a range, at most.
        first: Where the whole begins.
    """
    if not numbers:
        return
    if len(numbers) <= most or not bits:
        yield first, first + (1 << bits) - 1, numbers
        return
    middle = first + (1 << (bits - 1))
    place = bisect_left(numbers, middle)
    yield from ranges(numbers[:place], bits - 1, most, first=first)
    yield from ranges(numbers[place:], bits - 1, most, first=middle)
