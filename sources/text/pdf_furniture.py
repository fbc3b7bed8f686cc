"""What stands on a page for the printer or the editor: running heads, page and line numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from sources.text.pdf_layout import Line, MarginNumber

MARGIN = 0.12
"""Share of the page's height at top and bottom where running heads and page numbers stand."""

REPEATS = 3
"""Pages on which a marginal line stands before it counts as furniture."""

SHORT = 5
"""Pages below which a file is too short for that: two pages do, at the very same height."""

OTHER_SIZE = 0.05
"""Share of the size of the text by which another size differs."""

SAME_HEIGHT = 0.005
"""Share of the page's height by which parts of one line may differ: a third of a small size."""

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

PROSE_CHARS = 35
"""Characters of a usual line behind line numbers: print sets 45 to 75 in a line, and 35 and more in
narrow columns; the rows of a table of doses and ages are shorter."""

FLOWS = 1 / 3
"""Share of lines that go on in the middle of a sentence: three of four lines of prose do, half of
those of notes and references, and no item of a list."""

_STEPS = (1, 5, 10)
_NEAR = (-1, 0, 1)
_DIGITS = re.compile(r"[0-9]+")
_MEASURED = re.compile(
    r"[0-9]\s?(?:[mk\u00b5\u03bcn]?g|mcg|[mkd\u00b5\u03bc]?[lL]|[m\u00b5\u03bcn]?mol|[mk]?I?U|iu"
    r"|mm ?Hg|[mc]m|kcal|kJ|h|\u00b0 ?[CF]|[mk\u00b5\u03bc]?g/\w+|%"
    r"|(?:unit|hour|day|week|month|year|time|dose|tablet|capsule|drop|puff|min|minute)s?)(?!\w)"
)
"""A number with the unit of a dose, a value or a time."""


def page_furniture(pages: Sequence[Sequence[Line]]) -> set[int]:
    """Find running heads, running feet and page numbers.

    A line is furniture where it stands in the upper or lower `MARGIN`, apart from the text or in
    another size, and the same line stands so on `REPEATS` pages, or on two of a `SHORT` file. Its
    digits are the same too, but for numbers that count up with the pages; a line of such a number
    alone need not stand apart.

    What may be said for the reader stays where it stands first: a measured value and a sentence in
    the size of the text.

    Args:
        pages: Lines by page.

    Returns:
        ``id`` of each line of furniture.
    """
    least = 2 if len(pages) < SHORT else REPEATS
    copies = {
        key: lines
        for key, lines in _copies(pages, short=len(pages) < SHORT).items()
        if len({page for page, _ in lines}) >= least
    }
    repeated = {id(line) for lines in copies.values() for _, line in lines}
    body = _body_size(pages)
    apart = [_apart(lines, repeated) for lines in pages]
    found: set[int] = set()
    for (bare, numbers, _), lines in copies.items():
        off_text = sum(
            abs(line.size - body) > OTHER_SIZE * body or id(line) in apart[page]
            for page, line in lines
        )
        if bare != "#" and off_text < len(lines) / 2:
            continue
        _, line = lines[0]
        sentence = _is_sentence(line.text) and line.size > (1 - OTHER_SIZE) * body
        counts = any(counting for counting, _ in numbers)
        said = _MEASURED.search(line.text) or (sentence and not counts)
        found.update(id(line) for _, line in lines[1 if said else 0 :])
    return found


_Numbers = tuple[tuple[bool, int], ...]
"""Numbers of a line: whether each counts up with the pages, and its value or the offset."""


def _copies(
    pages: Sequence[Sequence[Line]], *, short: bool
) -> dict[tuple[str, _Numbers, int], list[tuple[int, Line]]]:
    """Gather marginal lines, with their pages, that are the same but for counting numbers."""
    alike: dict[tuple[str, int], list[tuple[int, Line]]] = defaultdict(list)
    for page, lines in enumerate(pages):
        for line in lines:
            if not MARGIN < line.height < 1 - MARGIN and _may_repeat(line.text):
                # Two pages may begin alike by chance, but not at the very same height.
                place = round(200 * line.height) if short else 0
                alike[_DIGITS.sub("#", line.text.lower()), place].append((page, line))
    out: dict[tuple[str, _Numbers, int], list[tuple[int, Line]]] = defaultdict(list)
    for (bare, place), found in alike.items():
        for item, numbers in zip(found, _numbers(bare, found), strict=True):
            out[bare, numbers, place].append(item)
    return out


def _may_repeat(text: str) -> bool:
    """Whether a line may be a head or a page number: it has letters, or little but a number."""
    if text.isdigit():
        return len(text) < 6
    return any(c.isalpha() for c in text) or (
        _DIGITS.search(text) is not None and len(_DIGITS.sub("#", text)) <= 8
    )


def _numbers(bare: str, found: Sequence[tuple[int, Line]]) -> list[_Numbers]:
    """Numbers of lines that differ in nothing else; each counts where more copies bear that out."""
    # Of long numbers the end is enough.
    values = [[int(n[0][-9:]) for n in _DIGITS.finditer(line.text)] for _, line in found]
    offsets = [[v - page for v in own] for own, (page, _) in zip(values, found, strict=True)]
    same = [Counter(column) for column in zip(*values, strict=True)]
    counting = [Counter(column) for column in zip(*offsets, strict=True)]
    out = []
    for (_, line), own, beyond in zip(found, values, offsets, strict=True):
        fixed = _MEASURED.search(line.text) is not None
        out.append(
            tuple(
                (True, offset)
                if bare == "#" or (not fixed and counting[place][offset] > same[place][value])
                else (False, value)
                for place, (value, offset) in enumerate(zip(own, beyond, strict=True))
            )
        )
    return out


def _is_sentence(text: str) -> bool:
    return text.endswith((".", "!")) and text.count(" ") >= 2


def _body_size(pages: Sequence[Sequence[Line]]) -> float:
    """Font size of most characters, in points."""
    weights: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            weights[round(line.size, 1)] += len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)


def _spacing(lines: Sequence[Line]) -> float:
    """Largest distance of two lines of one text on a page, as a share of its height.

    Half as much again as is usual on the page.
    """
    heights = sorted({round(line.height, 4) for line in lines})
    steps = sorted(after - before for before, after in pairwise(heights))
    return 1.5 * steps[len(steps) // 2] if len(steps) > 1 else 0.0


def _apart(lines: Sequence[Line], repeated: set[int]) -> set[int]:
    """Lines that stand, alone or with repeated lines next to them, further off than the text's.

    Args:
        lines: All lines of a page.
        repeated: ``id`` of the lines that other pages have too.

    Returns:
        ``id`` of such lines.
    """
    spacing = _spacing(lines)
    found: set[int] = set()
    for upper in (True, False):  # away from the middle: upwards, then downwards
        ordered = sorted(lines, key=lambda line: line.height, reverse=not upper)
        inner, free, here, all_repeated = None, True, True, True
        for line in ordered:
            if inner is None or abs(line.height - inner) >= SAME_HEIGHT:
                free = here and all_repeated  # what stands further in is no text
                here = inner is None or free or abs(line.height - inner) > spacing
                inner, all_repeated = line.height, True
            all_repeated &= id(line) in repeated
            if here and (line.height > 0.5) is upper:
                found.add(id(line))
    return found


def without_line_numbers(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], list[int]]:
    """Take off the numbers that count the lines of a manuscript.

    They stand in the margin, on one edge outside all text, count on by 1, 5 or 10 from line to line
    and from page to page, and do so on most pages and lines of the document; at a step of 1 nearly
    every line has one. What they count are full lines of prose. The numbers of a list stand before
    items, and those of a table before rows, which are no lines of prose.

    Args:
        pages: Lines by page.

    Returns:
        The lines without those numbers, lines that were nothing else being gone, and the numbers.
    """
    for end in (0, 1):
        columns = [_number_column(lines, end) for lines in pages]
        if _counts_document(pages, columns, end):
            edges = {
                round(number.edge) + step
                for column in columns
                for _, number in column
                for step in _NEAR
            }
            numbers: list[int] = []
            return [_without(lines, end, edges, numbers) for lines in pages], numbers
    return list(pages), []


def _without(lines: list[Line], end: int, edges: set[int], taken: list[int]) -> list[Line]:
    """Take off numbers on the edges, of pages with few lines too; `taken` receives them."""
    out = []
    for line in lines:
        number = line.margins[end]
        if number is None or round(number.edge) not in edges:
            out.append(line)
            continue
        taken.append(number.value)
        if number.rest is not None:
            out.append(number.rest)
    return out


_Column = list[tuple[Line, MarginNumber]]
"""Numbers on one edge of a page with their lines, from the top down."""


def _number_column(lines: list[Line], end: int) -> _Column:
    """Numbers of a page that number its lines, or an empty list."""
    found = [(line, number) for line in lines if (number := line.margins[end]) is not None]
    edges = Counter(round(number.edge) for _, number in found)
    if not edges:
        return []
    edge, _ = max(edges.items(), key=lambda item: (item[1], -item[0]))
    column = [(line, n) for line, n in found if abs(n.edge - edge) <= line.size]
    if len(column) < MIN_NUMBERS:
        return []
    column.sort(key=lambda item: (item[0].y, item[1].value), reverse=True)
    top, foot = column[0][0].y + 1, column[-1][0].y - 1
    between = {round(line.y) for line in lines if foot <= line.y <= top}
    return column if _counts_lines([n.value for _, n in column], len(between)) else []


def _step(numbers: list[int]) -> tuple[int, int]:
    """Most frequent step between neighbouring numbers, and how often it is made."""
    steps = Counter(after - before for before, after in pairwise(numbers))
    return max(steps.items(), key=lambda item: (item[1], -item[0]))


def _counts_lines(numbers: list[int], lines: int) -> bool:
    """Whether numbers count the lines among which they stand."""
    step, count = _step(numbers)
    regular = count >= REGULAR * (len(numbers) - 1)
    return step in _STEPS and regular and len(numbers) * step >= MOST_LINES * lines


def _counts_document(pages: Sequence[list[Line]], columns: Sequence[_Column], end: int) -> bool:
    """Whether the numbers of the pages together count the lines of a manuscript."""
    counted = sum(map(bool, columns))
    with_text = sum(len(lines) >= NUMBERED_LINES for lines in pages)
    if counted < max(2, with_text / 2):
        return False
    steps = Counter(_step([n.value for _, n in column])[0] for column in columns if column)
    step, count = max(steps.items(), key=lambda item: (item[1], -item[0]))
    numbers = sum(map(len, columns))
    if count < REGULAR * counted or numbers * step < MOST_LINES / 2 * sum(map(len, pages)):
        return False
    texts = [
        _numbered_texts(lines, column, end)
        for lines, column in zip(pages, columns, strict=True)
        if column
    ]
    return _counts_on(pages, columns, step) and _outside(pages, columns, end) and _is_prose(texts)


def _counts_on(pages: Sequence[list[Line]], columns: Sequence[_Column], step: int) -> bool:
    """Whether the numbers start anew on every page, or go on from page to page.

    No number is larger than the lines up to it allow.
    """
    firsts = [column[0][1].value for column in columns if column]
    if all(first <= step for first in firsts):
        return True
    before, last = 0, 0
    for lines, column in zip(pages, columns, strict=True):
        before += len(lines)
        if not column:
            continue
        if not last < column[0][1].value or column[-1][1].value > step + before + MIN_NUMBERS:
            return False
        last = column[-1][1].value
    return True


def _outside(pages: Sequence[list[Line]], columns: Sequence[_Column], end: int) -> bool:
    """Whether the numbers stand outside all text of their pages, marginal lines aside."""
    inside = outside = 0
    for lines, column in zip(pages, columns, strict=True):
        if not column:
            continue
        edge = column[0][1].edge
        numbered = {id(line): number.rest for line, number in column}
        for line in lines:
            text = numbered.get(id(line), line)
            if text is None or not MARGIN < line.height < 1 - MARGIN:
                continue
            within = text.right <= edge if end else text.left >= edge
            inside += within
            outside += not within
    return inside >= REGULAR * (inside + outside)


def _numbered_texts(lines: list[Line], column: _Column, end: int) -> list[str]:
    """Text of the lines among which the numbers stand, one for each baseline, top down."""
    edges = {round(number.edge) for _, number in column}
    top, foot = column[0][0].y + 1, column[-1][0].y - 1
    rows: dict[int, list[str]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: -line.y):
        number = line.margins[end]
        taken = number is not None and round(number.edge) in edges
        text = number.rest if number is not None and taken else line
        if text is not None and text.text and foot <= line.y <= top:
            rows[round(line.y)].append(text.text)
    return [" ".join(row) for row in rows.values()]


def _is_prose(pages: Sequence[Sequence[str]]) -> bool:
    """Whether lines are long, differ from one another, and go on in the middle of a sentence."""
    lengths = sorted(len(text) for texts in pages for text in texts)
    if not lengths or lengths[len(lengths) // 2] < PROSE_CHARS:
        return False
    different = sum(len({_DIGITS.sub("#", text) for text in texts}) for texts in pages)
    pairs = [pair for texts in pages for pair in pairwise(texts)]
    flowing = sum(
        before[-1] not in ".;:!?" and after[0].isalpha() and not after[0].isupper()
        for before, after in pairs
    )
    return different >= REGULAR * len(lengths) and flowing >= FLOWS * len(pairs)
