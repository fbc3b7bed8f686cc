"""Pieces of text on a PDF page: what was drawn in one stroke, with place, size and colour.

pdfium answers questions about one character at a time, at half a microsecond each, and a dense page
has 7,000 characters. So only one question is asked of every character, which text object it belongs
to: all characters of an object share font, size, direction and baseline, and the rest is asked once
an object or once a piece.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from sources.text.pdf_gate import UNREAD, reads_as_language
from sources.text.pdf_symbols import CODED_FONT, font_symbols

SOFT_HYPHEN = "\ufffe"
"""What pdfium's plain text holds for a hyphen at a line's end; no line break follows it."""

TRUSTED_LETTERS = 100
"""Letters that characters without a map must have on a page before they are judged by language."""

_SUSPECT = frozenset("0123456789*#$%&<>=@^_`|~{}\\")
"""Characters asked one by one whether their font maps them: digits and ASCII symbols."""
_LIGATURES: dict[int, str] = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
    0x132: "IJ",
    0x133: "ij",
    0xA0: " ",
}
_FAR = 1e6  # points; a page has 14,400 at the most
_LEAST_SIZE = 0.1  # points
_MATH_LETTERS = re.compile("[\U0001d400-\U0001d7ff]")
_MEANINGLESS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U0010ffff]")
_BOLD = re.compile(rb"[Bb]old|Black|Heavy|Demi")
_PROTOTYPE = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)


@dataclass(frozen=True, slots=True)
class Style:
    """What the characters of a text object share.

    Attributes:
        size: Font size as drawn, in points: the font's operand times the scale of the matrix.
        cos: Cosine of the direction in which text runs on the stored page.
        sin: Sine of it.
        bold: Whether the font is a bold one, by its name.
        contrast: Contrast with white paper, 1 (white) to 21 (black), by WCAG 2.2.
        mapped: Whether the font says what its first character means.
        symbols: Characters by code where the font is a symbol font.
        codes: Whether letters and digits of the font are codes of symbols.
        painted: Whether it is drawn, filled or in outline.
    """

    size: float
    cos: float
    sin: float
    bold: bool
    contrast: float
    mapped: bool
    symbols: Mapping[int, str]
    codes: bool
    painted: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of one text object between breaks.

    Coordinates are in points and turned so that text runs to the right and up is up: landscape
    tables on upright pages would otherwise look like stairs of raised digits.

    Attributes:
        text: Characters, ligatures resolved, `UNREAD` for what no font gives a meaning;
            `SOFT_HYPHEN` at the end for a hyphen at a line's end.
        left: Origin of the first character along the line.
        right: End of the last character's advance along the line.
        base: Baseline.
        style: What it shares with its text object.
        gap: What pdfium found between the piece before and this one: "", a blank, or a line feed.
        place: Origin of the first character on the page as stored, before ``/Rotate``.
        codes: Where its first character has no map: the text with the codes of such characters.
    """

    text: str
    left: float
    right: float
    base: float
    style: Style
    gap: str
    place: tuple[float, float]
    codes: str = ""

    @property
    def size(self) -> float:
        """Font size as drawn, in points."""
        return self.style.size


def page_pieces(page: pdfium.PdfPage) -> list[Piece]:
    """Read the pieces of a page in the order they were drawn.

    Args:
        page: An open page.

    Returns:
        Pieces that hold at least one character that is not a blank.
    """
    with closing(page.get_textpage()) as textpage:
        count = int(raw.FPDFText_CountChars(textpage.raw))
        if count <= 0:
            return []
        return _trusted(_Reader(textpage, count).pieces())


class _Reader:
    """Asks pdfium about one page of text."""

    def __init__(self, textpage: pdfium.PdfTextPage, count: int) -> None:
        self._page = textpage.raw
        self._text = _characters(textpage, count)
        self._owners = _owners(self._page, count)
        self._styles: dict[int, Style] = {}
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._box = raw.FS_RECTF()

    def pieces(self) -> list[Piece]:
        """Cut at objects, at what pdfium generated, and after hyphens at line ends."""
        found: list[Piece] = []
        gap = ""
        for begin, end in self._stretches():
            text = self._text[begin:end]
            if not self._owners[begin]:
                gap = "\n" if "\n" in text or "\r" in text or gap == "\n" else " "
                continue
            stripped = text.strip()
            if not stripped:
                gap = gap or " "
                continue
            begin += len(text) - len(text.lstrip())
            last = begin + len(stripped)
            if text[0].isspace():
                gap = gap or " "
            found.append(self._piece(stripped, begin, last, gap))
            gap = " " if last < end else ""
        return found

    def _stretches(self) -> list[tuple[int, int]]:
        text, owners = self._text, self._owners
        cuts = [
            i
            for i in range(1, len(text))
            if owners[i] != owners[i - 1] or text[i - 1] == SOFT_HYPHEN
        ]
        return list(zip([0, *cuts], [*cuts, len(text)], strict=True))

    def _piece(self, text: str, begin: int, end: int, gap: str) -> Piece:
        owner = self._owners[begin]
        style = self._styles.get(owner)
        if style is None:
            style = self._styles[owner] = _style(self._page, begin)
        raw.FPDFText_GetCharOrigin(self._page, begin, self._x, self._y)
        x, y = _bounded(self._x.value), _bounded(self._y.value)
        left, base = x * style.cos + y * style.sin, y * style.cos - x * style.sin
        right = max(_bounded(self._end(end - 1, style)), left)
        codes = "" if style.mapped or style.symbols else _clean(text, style)
        text = _clean(self._checked(text, begin, style), style)
        return Piece(text, left, right, base, style, gap, (x, y), codes)

    def _checked(self, text: str, begin: int, style: Style) -> str:
        """Replace characters that are codes of glyphs without a name.

        Digits and signs are asked for one by one, and so is all of a piece that begins with one.
        """
        if style.codes:
            return "".join(UNREAD if c.isascii() and c.isalnum() else c for c in text)
        if style.mapped and _SUSPECT.isdisjoint(text):
            return text
        return "".join(
            style.symbols.get(ord(c), UNREAD)
            if (c in _SUSPECT or not style.mapped)
            and raw.FPDFText_HasUnicodeMapError(self._page, begin + n) == 1
            else c
            for n, c in enumerate(text)
        )

    def _end(self, index: int, style: Style) -> float:
        """End of a character along its line: the tight box is narrower than its advance."""
        if not raw.FPDFText_GetLooseCharBox(self._page, index, self._box):
            return -_FAR
        box = self._box
        x = box.right if style.cos >= 0 else box.left
        y = box.top if style.sin >= 0 else box.bottom
        return float(x * style.cos + y * style.sin)


def _characters(textpage: pdfium.PdfTextPage, count: int) -> str:
    """One UTF-16 unit for each of pdfium's characters, surrogates apart.

    That is its plain text, where the two agree in length.
    """
    units = str(textpage.get_text_range(errors="surrogatepass"))
    if any(c > "\uffff" for c in set(units)):
        units = "".join(map(chr, memoryview(units.encode("utf-16-le", "surrogatepass")).cast("H")))
    if len(units) != count:
        units = "".join(_unit(textpage.raw, index) for index in range(count))
    return units


def _unit(page: object, index: int) -> str:
    code = int(raw.FPDFText_GetUnicode(page, index))
    if raw.FPDFText_IsHyphen(page, index) == 1:
        return SOFT_HYPHEN
    return chr(code) if code <= 0xFFFF else UNREAD


def _bounded(value: float) -> float:
    """A length in points; what overflows or is no number is nought."""
    return value if -_FAR < value < _FAR else 0.0


def _owners(page: object, count: int) -> list[int]:
    """Address of each character's text object, 0 for characters that pdfium generated."""
    address = ctypes.cast(raw.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
    owner = cast("Callable[[int, int], int | None]", _PROTOTYPE(address))
    handle = ctypes.cast(page, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
    return [owner(handle, index) or 0 for index in range(count)]


def _style(page: object, index: int) -> Style:
    matrix = raw.FS_MATRIX()
    size, cos, sin = abs(float(raw.FPDFText_GetFontSize(page, index))), 1.0, 0.0
    if raw.FPDFText_GetMatrix(page, index, matrix):
        size *= math.hypot(matrix.c, matrix.d)
        length = math.hypot(matrix.a, matrix.b)
        if 0 < length < _FAR:
            cos, sin = matrix.a / length, matrix.b / length
    bold, symbols, codes = _face(_font_name(page, index))
    return Style(
        size=max(_bounded(size), _LEAST_SIZE),
        cos=cos,
        sin=sin,
        bold=bold,
        contrast=_contrast(page, index),
        mapped=raw.FPDFText_HasUnicodeMapError(page, index) != 1,
        symbols=symbols,
        codes=codes,
        painted=_is_painted(page, index),
    )


def _is_painted(page: object, index: int) -> bool:
    """Tell text that is drawn from text that is only there, or only bounds a picture."""
    mode = raw.FPDFTextObj_GetTextRenderMode(raw.FPDFText_GetTextObject(page, index))
    return mode not in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)


@lru_cache(maxsize=1024)
def _face(name: bytes) -> tuple[bool, Mapping[int, str], bool]:
    """What a font's name says: bold, characters of symbols by code, letters that are codes."""
    return (
        _BOLD.search(name) is not None,
        font_symbols(name),
        CODED_FONT.search(name) is not None,
    )


def _contrast(page: object, index: int) -> float:
    """Contrast of a character's fill with white; black where pdfium knows no fill."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFText_GetFillColor(page, index, red, green, blue, alpha):
        return _contrast_of(0, 0, 0)
    return _contrast_of(red.value, green.value, blue.value)


@lru_cache(maxsize=1024)
def _contrast_of(red: int, green: int, blue: int) -> float:
    """Contrast of a colour with white, 1 to 21.

    Reference:
        WCAG 2.2, relative luminance and contrast ratio.
    """
    shares = [channel / 255 for channel in (red, green, blue)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def _font_name(page: object, index: int) -> bytes:
    name = ctypes.create_string_buffer(128)
    length = raw.FPDFText_GetFontInfo(page, index, name, len(name), None)
    return bytes(name.value) if 0 < length <= len(name) else b""


def _clean(text: str, style: Style) -> str:
    """Resolve ligatures and symbols; controls and private use become `UNREAD`."""
    if text.isascii() and text.isprintable():
        return text
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _MATH_LETTERS.sub(_plain, text.translate(_LIGATURES))
    text = "".join(c if " " <= c <= "~" else style.symbols.get(ord(c), c) for c in text)
    return _MEANINGLESS.sub(UNREAD, text)


def _plain(letter: re.Match[str]) -> str:
    """A letter set in a mathematical face is the letter: the mu of micrograms among them."""
    return unicodedata.normalize("NFKC", letter[0])


def _trusted(pieces: list[Piece]) -> list[Piece]:
    """Take the codes of characters without a map for the characters, where they read as language.

    They do in the text fonts of old TeX files. Elsewhere a few of them stand between mapped
    characters, and are symbols (``p 5 0.05`` for an equals sign).
    """
    codes = "".join(piece.codes for piece in pieces)
    if not codes or not reads_as_language(codes, TRUSTED_LETTERS):
        return pieces
    return [replace(piece, text=piece.codes) if piece.codes else piece for piece in pieces]
