"""Rows and lines of a PDF page: pieces that stand on one baseline, with scripts marked.

Thresholds are shares of the font size. In print a raised or lowered character is set at 58 to 80 %
of the size of its base and moved by 20 to 50 % of it; a new line is moved by 100 % or more.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sources.text.pdf_pieces import SOFT_HYPHEN, Piece, Style
from sources.text.scripts import SPLIT, SUB_CLOSE, SUB_OPEN, SUP_CLOSE, SUP_OPEN

Row = list[Piece]
"""Pieces of one baseline in the order drawn, never empty."""

SMALL = 0.86
"""A script is smaller than this share of its line's size."""
RAISED, LOWERED = 0.18, -0.06
"""Least move of a small character, as a share of the line's size."""
RAISED_FULL_SIZE = 0.25
"""Least move of a digit of full size; it touches its base besides."""
NEXT_LINE = 0.7
"""A piece moved by more of the line's size belongs to another line."""
ONE_SCRIPT = 0.05
"""Size and height of the digits of one script differ by less of the line's size."""
INITIAL = 1.8
"""An initial is larger than its paragraph by this factor: it reaches over two lines at least."""
THIN_SPACE = 0.11
"""Least width of a blank as a share of the size; kerning moves letters by less than a tenth."""
CELL_GAP = 1.5
"""Least distance of two cells of a table, as a share of the size: of lines of prose in 25 articles,
none were two in succession with such a gap."""
APART = 0.5
"""Least distance of a line number from its line, or a cell from a word, as a share of the size."""
VISIBLE, INVISIBLE = 3.0, 1.5
"""Contrast with paper: WCAG 2.2 asks for 3 at the least, and light print has less than 1.5."""

LARGEST_POWER = 30
"""Exponent of ten that the prefixes of the SI end with (quetta, 2022); what is raised beyond it
holds the mark of a note."""

_RAISED_TEXT = re.compile(
    r"(?!.*[^\W\d_]{4})"
    r"[\w ,;.()/+\-\u2010-\u2013\u2212\u00b1*\u2217\u2032\u2020\u2021\u00a7\u00b6#]{1,30}"
)
_LOWERED_TEXT = re.compile(r"[\w+\u2212\u2013,/.=-]{1,8}")
_MARKS = {1: (SUP_OPEN, SUP_CLOSE), 0: ("", ""), -1: (SUB_OPEN, SUB_CLOSE)}
_TEN = re.compile(r"(?<![0-9.,])10\Z")
_POWER = re.compile(r"[0-9]+\Z")
_HYPHENS = "-\u00ad\u2010"
_PARALLEL = 0.998  # cosine of 3.6 degrees


@dataclass(frozen=True, slots=True, eq=False)
class MarginNumber:
    """A plain number at an end of a line, apart from its text: a line number, or a cell.

    Attributes:
        value: The number.
        edge: X of the edge on which such numbers are set flush, in points.
        rest: The line without it; None where it stands alone.
    """

    value: int
    edge: float
    rest: Line | None


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a page.

    Attributes:
        text: Without space at its ends; scripts between the marks of `sources.text.scripts` until
            they are resolved.
        left: X of the first character's origin in points.
        right: X of the last character's end in points.
        y: Baseline in points, upward.
        size: Font size that covers most of it, in points.
        height: Share of the page's height at which it stands, 0 bottom to 1 top.
        hyphen: Whether it ended with a hyphen at the line's end, taken off ``text``.
        bold: Whether all of it is set in bold.
        cells: Parts of it that stand apart by `CELL_GAP`.
        margins: Numbers at its left and right end.
    """

    text: str
    left: float
    right: float
    y: float
    size: float
    height: float
    hyphen: bool
    bold: bool = False
    cells: int = 1
    margins: tuple[MarginNumber | None, MarginNumber | None] = (None, None)


def page_rows(pieces: Sequence[Piece]) -> list[Row]:
    """Gather pieces to rows; drop what cannot be seen and what is drawn a second time.

    Args:
        pieces: Pieces of a page in the order drawn.

    Returns:
        Rows in the order drawn.
    """
    rows: list[Row] = []
    for piece in _visible(pieces):
        if rows and _same_row(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return _drawn_once(rows)


def row_size(row: Row) -> float:
    """Largest font size that covers a quarter of a row's characters, in points."""
    weights: Counter[float] = Counter()
    for piece in row:
        weights[piece.size] += len(piece.text)
    total = sum(weights.values())
    covered = 0
    for size in sorted(weights, reverse=True):
        covered += weights[size]
        if covered >= total / 4:
            return size
    return row[0].size


def row_line(row: Row, height: float) -> Line:
    """Write a row as a line.

    Args:
        row: Pieces of one baseline.
        height: Share of the page's height at which it stands.
    """
    size = row_size(row)
    line = _line(row, size, height)
    first, last = row[0], row[-1]
    margins: list[MarginNumber | None] = [None, None]
    # Numbers are set flush right at the left of the text, and flush left at its right.
    if _is_number(first) and (len(row) == 1 or row[1].left - first.right >= APART * size):
        rest = _line(row[1:], size, height) if len(row) > 1 else None
        margins[0] = MarginNumber(int(first.text), first.right, rest)
    if _is_number(last) and (len(row) == 1 or last.left - row[-2].right >= APART * size):
        rest = _line(row[:-1], size, height) if len(row) > 1 else None
        margins[1] = MarginNumber(int(last.text), last.left, rest)
    return replace(line, margins=(margins[0], margins[1])) if any(margins) else line


def _is_number(piece: Piece) -> bool:
    return piece.text.isascii() and piece.text.isdigit() and len(piece.text) <= 5


def _line(row: Row, size: float, height: float) -> Line:
    text = "".join(_written(row, size)).strip()
    hyphen = text.endswith(SOFT_HYPHEN)
    text = text.rstrip(SOFT_HYPHEN + " ")
    if text[-1:] in _HYPHENS and text[-2:-1].isalnum():
        hyphen, text = True, text[:-1]
    text = text.replace(SOFT_HYPHEN, "-")
    base = next((piece.base for piece in row if piece.size >= SMALL * size), row[0].base)
    return Line(
        " ".join(text.split()),
        min(piece.left for piece in row),
        max(piece.right for piece in row),
        base,
        size,
        height,
        hyphen,
        bold=all(piece.style.bold for piece in row),
        cells=1 + sum(b.left - a.right >= CELL_GAP * size for a, b in pairwise(row)),
    )


def parallel(one: Style, other: Style) -> bool:
    """Whether two pieces run in the same direction."""
    return one.cos * other.cos + one.sin * other.sin > _PARALLEL


def _same_row(row: Row, piece: Piece) -> bool:
    """Tell whether a piece stands on the row's baseline or beside it as a script."""
    last = row[-1]
    if last.text.endswith(SOFT_HYPHEN) or not parallel(last.style, piece.style):
        return False
    if len(row) == 1 == len(last.text) and last.text.isalpha() and last.size > INITIAL * piece.size:
        return False
    anchor = last if last.size >= piece.size else piece
    size = max(row_size(row) if len(row) < 8 else row[0].size, anchor.size)
    base = next((p.base for p in reversed(row) if p.size >= SMALL * size), last.base)
    move = abs(piece.base - base)
    if piece.left < last.left - size and not _stacked(last, piece):
        return False  # back to the left: another column, a note set beside
    if piece.gap == "\n":
        # pdfium breaks turned text, and at raised text at times; it goes on where the line ended.
        script = piece.size < SMALL * size or last.size < SMALL * size
        reach = 0.6 if move > 0.05 * size else 1.0
        goes_on = -0.3 < (piece.left - last.right) / size < reach
        return goes_on and move < (0.5 if script else 0.05) * size
    return move < NEXT_LINE * size


def _stacked(last: Piece, piece: Piece) -> bool:
    """Whether a script stands below or above another one, as in isotopes."""
    return abs(piece.left - last.left) < piece.size and last.size < 1.2 * piece.size


def _visible(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Drop digits in the colour of the paper that are glued to digits in the colour of print.

    Tables pad numbers with hidden zeros so that they line up. Only digits next to digits go: white
    words may stand on a dark ground.
    """
    carried = ""
    for index, piece in enumerate(pieces):
        if piece.style.contrast < INVISIBLE and piece.text.isdigit():
            before = pieces[index - 1] if index and piece.gap == "" else None
            after = pieces[index + 1] if index + 1 < len(pieces) else None
            after = after if after is not None and after.gap == "" else None
            if (before and _printed_digit(before, -1)) or (after and _printed_digit(after, 0)):
                carried = carried or piece.gap
                continue
        if carried:
            piece = replace(piece, gap=piece.gap or carried)
            carried = ""
        yield piece


def _printed_digit(piece: Piece, place: int) -> bool:
    return piece.style.contrast >= VISIBLE and (
        piece.text[place].isdigit() or piece.text[place] in ".,"
    )


def _drawn_once(rows: list[Row]) -> list[Row]:
    """Drop rows that stand on an earlier row with the same letters.

    Two lines of print cannot stand on each other. Writers that draw a text again over an old one
    move it by a few points and change a sign here and there, so letters and digits are compared.
    """
    seen: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
    kept: list[Row] = []
    for row in rows:
        key = _letters("".join(piece.text for piece in row))
        step = NEXT_LINE * max(row[0].size, 1.0)
        x, y = int(row[0].left // step), int(row[0].base // step)
        near = ((key, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        if key and any(_overlaps(row, other) for place in near for other in seen.get(place, ())):
            continue
        kept.append(row)
        seen[key, x, y].append(row)
    return kept


def _letters(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if c.isalnum())


def _overlaps(row: Row, other: Row) -> bool:
    one, two = row[0], other[0]
    size = max(one.size, two.size)
    return (
        parallel(one.style, two.style)
        and abs(one.base - two.base) < NEXT_LINE * size
        and abs(one.left - two.left) < NEXT_LINE * size
    )


def _written(row: Row, size: float) -> Iterator[str]:
    """Text of a row with its scripts between marks."""
    before: Piece | None = None
    open_level = 0
    base = power = ""  # what stands before a raised run, and the run so far
    for level, piece in zip(_levels(row, size), row, strict=True):
        split = before is not None and level == open_level == 1 and _split(before, piece, size)
        split = split or (power != "" and level == 1 and _is_beyond_powers(base, power, piece.text))
        base, power = (base, power + piece.text) if level == 1 else (piece.text, "")
        if level != open_level or split:
            yield _MARKS[open_level][1]
        script = level != open_level and level != 0
        if split:
            yield SPLIT
        elif before is not None and _blank(before, piece, size, script=script):
            yield " "
        if level != open_level or split:
            yield _MARKS[level][0]
            open_level = level
        yield piece.text
        before = piece
    yield _MARKS[open_level][1]


def _split(before: Piece, piece: Piece, size: float) -> bool:
    """Tell whether raised digits are an exponent and the mark of a note, not one number.

    They differ in size or height, or stand apart: what is set as one number does not.
    """
    if not (before.text[-1].isdigit() and piece.text[0].isdigit()):
        return False
    return (
        abs(before.size - piece.size) > ONE_SCRIPT * size
        or abs(before.base - piece.base) > ONE_SCRIPT * size
        or _blank(before, piece, size, script=False)
    )


def _is_beyond_powers(base: str, power: str, text: str) -> bool:
    """Tell whether a power of ten would become impossible with the digits of the next piece.

    In ``10`` with a raised 6 and a raised 2 of one size, drawn in two strokes, the 2 is a mark:
    there is no 10^62. A number may be drawn in two strokes too, so the 2 of 10^12 is none.
    """
    whole = _POWER.search(power)
    if whole is None or not text[0].isdigit() or _TEN.search(base) is None:
        return False
    digits = re.match("[0-9]+", text)
    return int(whole[0]) <= LARGEST_POWER < int(whole[0] + (digits[0] if digits else ""))


def _blank(before: Piece, piece: Piece, size: float, *, script: bool) -> bool:
    """Tell whether a blank stands between two pieces of a row.

    pdfium sees blanks well on a baseline, but for thin ones (an eighth of the size; kerning moves
    letters by less than a tenth); before a script, and where it saw a new line, the place decides.
    Letters set apart one by one are one word, and thin blanks that group digits are no blanks.
    """
    if before.text[-1] == SOFT_HYPHEN:
        return False
    width = piece.left - before.right
    if script or piece.gap == "\n":
        return width > 1.5 * THIN_SPACE * size
    if piece.gap or len(before.text) == 1 == len(piece.text):
        return piece.gap != ""
    digits = before.text[-1].isdigit() and piece.text[0].isdigit()
    return width > (2 if digits else 1) * THIN_SPACE * size


def _levels(row: Row, size: float) -> list[int]:
    """Raised (1), on the baseline (0) or lowered (-1), for each piece of a row."""
    base = next((piece.base for piece in row if piece.size >= SMALL * size), row[0].base)
    levels = []
    before: Piece | None = None
    for piece in row:
        level = _level(
            piece, base, size, touches=before is not None and _touches(before, piece, size)
        )
        levels.append(level)
        before = piece
        if level == 0 and piece.size >= SMALL * size:
            base = piece.base
    return levels


def _touches(before: Piece, piece: Piece, size: float) -> bool:
    return piece.left - before.right < APART * size


def _level(piece: Piece, base: float, size: float, *, touches: bool) -> int:
    """Level of one piece; digits of full size are raised only against what they are raised on.

    Those that stand apart are a cell of a table whose cells stand at different heights.
    """
    rise = (piece.base - base) / size if size > 0 else 0.0
    if piece.size < SMALL * size:
        if rise > RAISED and _RAISED_TEXT.fullmatch(piece.text):
            return 1
        return -1 if rise < LOWERED and _LOWERED_TEXT.fullmatch(piece.text) else 0
    full_size = (
        touches
        and rise > RAISED_FULL_SIZE
        and re.fullmatch(r"[-+\u2212\u2013]?[0-9,]+", piece.text)
    )
    return 1 if full_size else 0
