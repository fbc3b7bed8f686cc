"""Lines of a PDF page: text as pdfium reads it, with place, size, and raised digits marked."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from sources.text.scripts import SUB_CLOSE, SUB_OPEN, SUP_CLOSE, SUP_OPEN, resolve

SOFT_HYPHEN = "\ufffe"
"""What pdfium writes for a hyphen at a line's end, without the line break after it."""

_LIGATURES: dict[int, str | None] = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
    **dict.fromkeys(c for c in range(32) if c not in b"\t\n\r"),
}
_RAISED_LEVEL, _BASE_LEVEL, _LOWERED_LEVEL = 1, 0, -1
_MARKS = {
    _RAISED_LEVEL: (SUP_OPEN, SUP_CLOSE),
    _BASE_LEVEL: ("", ""),
    _LOWERED_LEVEL: (SUB_OPEN, SUB_CLOSE),
}
_DIGITS = re.compile(r"(?<=\S)[-+\u2212\u2013]?[0-9]+(?:[,\u2013-][0-9]+)*[-+\u2212]?")

# Measured on exponents of 25 articles: 0.63 to 0.77 of the base size, raised by 0.36 to 0.46.
_SMALL = 0.86
_RAISED = 0.18
_LOWERED = -0.06
_RAISED_FULL_SIZE = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a page.

    Attributes:
        text: Without space at its ends; raised and lowered digits marked, ligatures resolved.
        left: X of the first character's origin in points.
        right: X of the last character's origin in points.
        y: Baseline of the first character in points, upward.
        size: Font size of the first character in points.
        height: Share of the page's height at which it stands, 0 bottom to 1 top.
        hyphen: Whether it ended with a hyphen at the line's end, taken off ``text``.
    """

    text: str
    left: float
    right: float
    y: float
    size: float
    height: float
    hyphen: bool


class _Characters:
    """Geometry of characters by their place in the text of a page.

    Coordinates are turned so that text runs to the right: landscape tables on upright pages would
    otherwise look like stairs of raised digits.
    """

    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self._page = textpage.raw
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._matrix = raw.FS_MATRIX()
        self._cos, self._sin = 1.0, 0.0

    def face(self, position: int) -> None:
        """Turn the coordinates to the direction in which a character is set."""
        self._cos, self._sin = 1.0, 0.0
        if raw.FPDFText_GetMatrix(self._page, self._index(position), self._matrix):
            length = math.hypot(self._matrix.a, self._matrix.b)
            if length > 0:
                self._cos, self._sin = self._matrix.a / length, self._matrix.b / length

    @property
    def turned(self) -> bool:
        """Whether text runs up or down the page."""
        return abs(self._sin) > abs(self._cos)

    def _index(self, position: int) -> int:
        return int(raw.FPDFText_GetCharIndexFromTextIndex(self._page, position))

    def origin(self, position: int) -> tuple[float, float]:
        """Origin of a character along and across its line, in points."""
        x, y = self.place(position)
        return x * self._cos + y * self._sin, y * self._cos - x * self._sin

    def place(self, position: int) -> tuple[float, float]:
        """Origin of a character on the page as stored, in points."""
        raw.FPDFText_GetCharOrigin(self._page, self._index(position), self._x, self._y)
        return self._x.value, self._y.value

    def size(self, position: int) -> float:
        """Font size as drawn: the operand of the font times the scale of the text matrix."""
        index = self._index(position)
        size = float(raw.FPDFText_GetFontSize(self._page, index))
        if raw.FPDFText_GetMatrix(self._page, index, self._matrix):
            size *= math.hypot(self._matrix.c, self._matrix.d)
        return size


def page_lines(page: pdfium.PdfPage) -> list[Line]:
    """Read the lines of a page in the order they were drawn.

    Args:
        page: An open page.

    Returns:
        Lines that hold more than space.
    """
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range(errors="replace")
        if not text.strip():
            return []
        box, quarter_turns = page.get_bbox(), page.get_rotation() // 90
        characters = _Characters(textpage)
        # Text positions count UTF-16 units; characters beyond the first plane would shift them.
        measured = characters if all(ord(c) < 0x10000 for c in text) else None
        lines = []
        position = 0
        for part in _split(text):
            line = _line(part, position, measured, box, quarter_turns)
            position += len(part)
            if line is not None:
                lines.append(line)
        return lines
    finally:
        textpage.close()


def _split(text: str) -> list[str]:
    """Cut after each line break and each line-end hyphen; nothing is dropped."""
    return re.findall(r"[^\n\ufffe]*(?:\ufffe[\r\n]*|\n|\Z)", text)


def _line(
    part: str,
    position: int,
    characters: _Characters | None,
    box: tuple[float, float, float, float],
    quarter_turns: int,
) -> Line | None:
    body = part.rstrip("\r\n" + SOFT_HYPHEN)
    stripped = body.strip()
    if not stripped:
        return None
    hyphen = SOFT_HYPHEN in part[len(body) :]
    if stripped[-1] in "-\u00ad\u2010" and len(stripped) > 1 and stripped[-2].isalnum():
        hyphen, stripped = True, stripped[:-1]
    if characters is None:
        return Line(_clean(stripped), 0.0, 0.0, 0.0, 10.0, 0.5, hyphen)
    start = position + len(body) - len(body.lstrip())
    characters.face(start)
    left, y = characters.origin(start)
    right, _ = characters.origin(start + len(stripped) - 1)
    height = _height(characters, start, box, quarter_turns)
    text = _mark_scripts(stripped, start, characters)
    return Line(text, left, right, y, characters.size(start), height, hyphen)


def _height(
    characters: _Characters, start: int, box: tuple[float, float, float, float], turns: int
) -> float:
    """Height on the page as a reader sees it; the middle for text that runs across the page."""
    if characters.turned != (turns % 2 == 1):
        return 0.5
    x, y = characters.place(start)
    left, bottom, right, top = box
    low, extent = (left, right - left) if turns % 2 else (bottom, top - bottom)
    share = ((x if turns % 2 else y) - low) / extent if extent > 0 else 0.5
    return 1 - share if turns in (1, 2) else share


def _mark_scripts(text: str, start: int, characters: _Characters) -> str:
    """Mark digits that stand higher or lower than what they follow (``10^4``, ``word^{12}``)."""
    out: list[str] = []
    done = 0
    for match in _DIGITS.finditer(text):
        base = match.start() - 1
        characters.face(start + match.end() - 1)  # pdfium joins upright and turned text at times
        base_y, base_size = characters.origin(start + base)[1], characters.size(start + base)
        for level, begin, end in _levels(match, start, characters, base_y, base_size):
            opening, closing = _MARKS[level]
            out.extend((_clean(text[done:begin]), opening, text[begin:end], closing))
            done = end
    out.append(_clean(text[done:]))
    return resolve("".join(out))


def _clean(text: str) -> str:
    """Resolve ligatures and drop control characters, among them those of `resolve`."""
    return text.translate(_LIGATURES)


def _levels(
    match: re.Match[str], start: int, characters: _Characters, base_y: float, base_size: float
) -> list[tuple[int, int, int]]:
    """Cut a run of digits and signs into pieces of one level: level, begin, end."""
    pieces: list[tuple[int, int, int]] = []
    y, size = base_y, base_size
    for index in range(match.start(), match.end()):
        here_y, here_size = characters.origin(start + index)[1], characters.size(start + index)
        level = _level(here_y - y, here_size, size)
        if level == _BASE_LEVEL:
            y, size = here_y, here_size
        if pieces and pieces[-1][0] == level:
            pieces[-1] = (level, pieces[-1][1], index + 1)
        else:
            pieces.append((level, index, index + 1))
    return pieces


def _level(rise: float, size: float, base: float) -> int:
    if base <= 0 or abs(rise) > base:
        return _BASE_LEVEL  # Another line, or a base that is itself raised.
    if size < _SMALL * base:
        if rise > _RAISED * base:
            return _RAISED_LEVEL
        return _LOWERED_LEVEL if rise < _LOWERED * base else _BASE_LEVEL
    full_size = rise > _RAISED_FULL_SIZE * base and size < 1.1 * base
    return _RAISED_LEVEL if full_size else _BASE_LEVEL
