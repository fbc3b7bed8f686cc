"""Reading order of the rows of a page: as drawn, or by columns where that is implausible.

Publishers draw text in reading order, and rebuilding it from geometry makes columns, tables and
side bars worse. Geometry is for pages whose order as drawn no reader could follow: line after line
climbs the page, or rows run across the gutter of two columns of prose. A table whose cells hold
prose stays as drawn: row by row.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from sources.text.pdf_layout import NEXT_LINE, Row, parallel, row_size
from sources.text.pdf_pieces import Piece

MIN_ROWS = 8
"""Rows of prose that a page must have before its order is judged."""

PROSE_LETTERS = 20
"""Letters of a row of prose: a few words; labels of figures have fewer."""

BOTTOM_UP = 2 / 3
"""Share of steps between rows of prose that go up the page where it is drawn from the bottom up. In
reading order only the step to the next column, box or cell does; a cell has two lines at least, or
it is a row, so that half of the steps go up at the most."""

AT_RANDOM = 1 / 4, 2 / 5
"""Heights of the page travelled for each row, and share of steps that go up, from which on rows are
drawn at random: a third and a half are expected of random order. Columns cost two heights each."""

MAX_ACROSS = 1 / 2
"""Share of rows of prose that may run over the same gutter."""

FLOWS = 1 / 3
"""Share of the lines of a column that go on in the middle of a sentence: of prose three of four do,
and of the cells of a table few."""

GUTTER = 1.0
"""Least width of a gutter, as a share of the font size: blanks of justified text are narrower."""

MAX_ROWS = 2_000
"""Rows of a page beyond which it is no page of text, and its order is left alone."""

_NUMBER = re.compile(r"[0-9]+")


def in_reading_order(rows: list[Row]) -> list[Row]:
    """Return the rows of a page in the order in which they are read.

    Args:
        rows: Rows in the order drawn.

    Returns:
        The same list where the order is plausible, else its rows by columns, cut at gutters.
    """
    if not rows:
        return rows
    main = max(rows, key=_letters)
    level = [row for row in rows if parallel(row[0].style, main[0].style)]
    prose = [row for row in level if _letters(row) >= PROSE_LETTERS]
    if not MIN_ROWS <= len(prose) <= MAX_ROWS or not (_jumps(prose) or _runs_across(prose)):
        return rows
    parts = [part for row in level for part in _cut_at_gaps(row)]
    turned = [row for row in rows if not parallel(row[0].style, main[0].style)]
    return _by_columns(parts) + turned


def _letters(row: Row) -> int:
    return sum(c.isalpha() for piece in row for c in piece.text)


def _jumps(prose: Sequence[Row]) -> bool:
    """Tell whether the rows are drawn from the bottom up or at random."""
    bases = [row[0].base for row in prose]
    extent = max(bases) - min(bases)
    steps = len(prose) - 1
    up = sum(
        after - before > NEXT_LINE * row_size(row)
        for (before, after), row in zip(pairwise(bases), prose[1:], strict=True)
    )
    if up > BOTTOM_UP * steps:
        return True
    travel, share = AT_RANDOM
    moved = sum(abs(after - before) for before, after in pairwise(bases))
    return moved > travel * steps * extent and up > share * steps


def _runs_across(prose: Sequence[Row]) -> bool:
    """Tell whether most rows are halves of prose, the second ones on one left edge.

    Each half goes on in the next row below it; the cells of a table begin anew in each row.
    """
    cut = [_cut_at_gaps(row) for row in prose]
    halves = [
        parts
        for parts in cut
        if len(parts) > 1 and all(_letters(part) >= PROSE_LETTERS for part in parts)
    ]
    if len(halves) < max(MIN_ROWS, MAX_ACROSS * len(prose)):
        return False
    edges = sorted(parts[1][0].left for parts in halves)
    middle, size = edges[len(edges) // 2], row_size(prose[0])
    aligned = sum(abs(edge - middle) < size for edge in edges) >= MAX_ACROSS * len(prose)
    return aligned and all(_goes_on([parts[side] for parts in halves]) for side in (0, 1))


def _goes_on(rows: Sequence[Row]) -> bool:
    """Tell whether rows below one another go on in the middle of a sentence."""
    texts = [_NUMBER.sub("#", "".join(p.gap + p.text for p in row).strip()) for row in rows]
    flowing = sum(
        before != after and before[-1] not in ".;:!?" and not after[0].isupper()
        for before, after in pairwise(texts)
    )
    return flowing >= FLOWS * (len(texts) - 1)


def _cut_at_gaps(row: Row) -> list[Row]:
    """Cut a row where a gutter may run through it."""
    size = row_size(row)
    parts: list[Row] = [[row[0]]]
    for before, after in pairwise(row):
        if after.left - before.right >= GUTTER * size:
            parts.append([after])
        else:
            parts[-1].append(after)
    return parts


def _extent(row: Row) -> tuple[float, float]:
    return min(piece.left for piece in row), max(piece.right for piece in row)


def _by_columns(rows: list[Row]) -> list[Row]:
    """Order rows by columns, and by height inside a column.

    Rows that lie across the gutter (titles, wide tables) divide the page into bands; each band is
    read column by column. Columns are divided again as long as they have a gutter.
    """
    gutter = _gutter(rows)
    if gutter is None:
        return _by_height(rows)
    ordered = sorted(rows, key=lambda row: -row[0].base)
    sides = [(_side(row, gutter), row) for row in ordered]
    out: list[Row] = []
    for wide, group in groupby(sides, key=lambda pair: pair[0] == 0):
        band = list(group)
        if wide:
            out.extend(_by_height([row for _, row in band]))
            continue
        for side in (-1, 1):
            column = [row for own, row in band if own == side]
            out.extend(_by_columns(column) if column else [])
    return out


def _side(row: Row, gutter: float) -> int:
    left, right = _extent(row)
    return -1 if right <= gutter else 1 if left >= gutter else 0


def _gutter(rows: list[Row]) -> float | None:
    """Middle of the widest white stripe with a quarter of the rows on each side and few across."""
    if len(rows) < MIN_ROWS:
        return None
    extents = [_extent(row) for row in rows]
    lefts, rights = sorted(left for left, _ in extents), sorted(right for _, right in extents)
    size = sorted(row_size(row) for row in rows)[len(rows) // 2]
    best: tuple[int, float, float] | None = None
    for before, stop in enumerate(rights, 1):
        place = bisect_left(lefts, stop)
        behind = len(lefts) - place
        if behind == 0 or lefts[place] - stop < GUTTER * size:
            continue
        across = len(rows) - before - behind
        if min(before, behind) < len(rows) / 4 or across > len(rows) / 4:
            continue
        candidate = (-across, lefts[place] - stop, (stop + lefts[place]) / 2)
        best = max(best, candidate) if best else candidate
    return best[2] if best else None


def _by_height(rows: list[Row]) -> list[Row]:
    """Order rows from the top down; those on one baseline become one row again."""
    lines: list[tuple[float, float, list[Piece]]] = []
    for row in sorted(rows, key=lambda row: -row[0].base):
        base, size = row[0].base, row_size(row)
        if lines and abs(lines[-1][0] - base) < 0.3 * min(size, lines[-1][1]):
            lines[-1][2].extend([replace(row[0], gap=" "), *row[1:]])
        else:
            lines.append((base, size, [replace(row[0], gap=" "), *row[1:]]))
    return [sorted(pieces, key=lambda piece: piece.left) for _, _, pieces in lines]
