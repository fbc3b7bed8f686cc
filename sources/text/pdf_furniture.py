"""What stands on a page for the printer or the editor: running heads, page and line numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from sources.text.pdf_layout import Line

MARGIN = 0.12
"""Share of the page's height at top and bottom where running heads and page numbers stand."""

REPEATS = 3
"""Pages on which a marginal line stands before it counts as furniture."""

SHORT = 5
"""Pages below which a file is too short for that: two pages do, at the very same height."""

NUMBERED_LINES = 5
"""Lines of a page of text, numbered or not."""

MIN_NUMBERS = 3
"""Line numbers that such a page shows at the least: a page has 25 lines and more, every fifth or
tenth of which may be numbered."""

REGULAR = 0.9
"""Share of neighbouring line numbers that count on by the same step."""

MOST_LINES = 0.7
"""Share of the lines between the first and the last number that are counted; scripts, notes and
formulas make lines that are not."""

_STEPS = (1, 5, 10)
_NEAR = (-1, 0, 1)
_DIGITS = re.compile(r"[0-9]+")


def page_furniture(pages: Sequence[Sequence[Line]]) -> set[int]:
    """Find running heads, running feet and page numbers.

    A line is furniture where it stands in the upper or lower `MARGIN` and the same line, digits
    aside, stands there on `REPEATS` pages, or on two of a `SHORT` file. A line of digits alone must
    count up with the pages, else it may be the cell of a table.

    Args:
        pages: Lines by page.

    Returns:
        ``id`` of each line of furniture.
    """
    short = len(pages) < SHORT
    least = 2 if short else REPEATS
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    offsets: dict[int, set[int]] = defaultdict(set)
    marginal: list[tuple[int, Line, tuple[str, int]]] = []
    for number, lines in enumerate(pages):
        for line in lines:
            if MARGIN < line.height < 1 - MARGIN:
                continue
            # Two pages may begin alike by chance, but not at the very same height.
            key = _DIGITS.sub("#", line.text.lower()), round(200 * line.height) if short else 0
            marginal.append((number, line, key))
            seen[key].add(number)
            if line.text.isdigit() and len(line.text) < 6:
                offsets[int(line.text) - number].add(number)
    found = set()
    for number, line, key in marginal:
        if line.text.isdigit():
            repeated = len(line.text) < 6 and len(offsets[int(line.text) - number]) >= least
        else:
            named = any(c.isalpha() for c in key[0]) or ("#" in key[0] and len(key[0]) <= 8)
            repeated = named and len(seen[key]) >= least
        if repeated:
            found.add(id(line))
    return found


def without_line_numbers(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Take off the numbers that count the lines of a manuscript.

    They stand in the margin, on one edge, count on by 1, 5 or 10 from line to line, and do so on
    most pages of text, two at the least; at a step of 1 nearly every line has one. The numbers of a
    list stand before items of several lines, and those of a table on a page or two.

    Args:
        pages: Lines by page.

    Returns:
        The lines without those numbers; lines that were nothing else are gone.
    """
    for end in (0, 1):
        columns = [_number_column(lines, end) for lines in pages]
        with_text = sum(len(lines) >= NUMBERED_LINES for lines in pages)
        if sum(map(bool, columns)) >= max(2, with_text / 2):
            edges = {round(edge) + step for column in columns for edge in column for step in _NEAR}
            return [_without(lines, end, edges) for lines in pages]
    return list(pages)


def _without(lines: list[Line], end: int, edges: set[int]) -> list[Line]:
    """Take off numbers on the edges, of pages with few lines too."""
    out = []
    for line in lines:
        number = line.margins[end]
        if number is None or round(number.edge) not in edges:
            out.append(line)
        elif number.rest is not None:
            out.append(number.rest)
    return out


def _number_column(lines: list[Line], end: int) -> list[float]:
    """Edges of the numbers of a page that number its lines, or an empty list."""
    found = [(line, number) for line in lines if (number := line.margins[end]) is not None]
    edges = Counter(round(number.edge) for _, number in found)
    if not edges:
        return []
    edge, _ = max(edges.items(), key=lambda item: (item[1], -item[0]))
    column = [(line.y, n.value, n.edge) for line, n in found if abs(n.edge - edge) <= line.size]
    if len(column) < MIN_NUMBERS:
        return []
    column.sort(reverse=True)
    numbers = [value for _, value, _ in column]
    heights = [y for y, _, _ in column]
    between = {round(line.y) for line in lines if heights[-1] - 1 <= line.y <= heights[0] + 1}
    return [edge for _, _, edge in column] if _counts_lines(numbers, len(between)) else []


def _counts_lines(numbers: list[int], lines: int) -> bool:
    """Whether numbers count the lines among which they stand."""
    steps = Counter(after - before for before, after in pairwise(numbers))
    step, count = max(steps.items(), key=lambda item: (item[1], -item[0]))
    regular = count >= REGULAR * (len(numbers) - 1)
    return step in _STEPS and regular and len(numbers) * step >= MOST_LINES * lines
