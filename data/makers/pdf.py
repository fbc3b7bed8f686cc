"""Small PDF files written object by object, without a PDF library.

The layout is that of a printed leaflet: one column, a running head and a page number on every page,
words broken at line ends, raised exponents. Content streams are not compressed, so the bytes are
the same everywhere. Format: PDF 32000-1:2008, chapters 7 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PAGE = (595, 842)
"""Width and height of A4, points."""
MARGIN, LEADING, LINES, WIDTH = 72, 17, 38, 70
"""Left margin and line distance in points; lines of a page; characters of a line."""
SOFT = "\\-"
"""Where a word may be broken (as in TeX)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: its words with marks ``^{…}``, and whether it is a heading."""

    text: str
    heading: bool = False


def leaflet(source: str) -> bytes:
    r"""Set a text as a PDF of several pages.

    Args:
        source: First line ``# title``; ``## `` begins a heading; paragraphs are separated by blank
            lines; ``\-`` marks where a word may break, ``^{…}`` raised text; Latin-1 only.

    Returns:
        The PDF file.
    """
    lines = list(_lines(source))
    pages = [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
    head = source.splitlines()[0].removeprefix("# ")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    # Objects: fonts first, then a page and its stream in turn; the catalogue comes last.
    objects = [font % b"Helvetica", font % b"Helvetica-Bold"]
    resources = b"<< /Font << /F1 1 0 R /F2 2 0 R >> >>"
    contents = [_page(page, number, head) for number, page in enumerate(pages, 1)]
    return _file(objects, contents, resources)


def scan(pages: int) -> bytes:
    """Return a PDF of pictures of text, as a scanner without text recognition makes it.

    Args:
        pages: Number of pages.

    Returns:
        The PDF file; each page is one bilevel image of 160 by 226 pixels, drawn over the page.
    """
    width, height = 160, 226
    image = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
        b"/BitsPerComponent 1 /Filter /ASCIIHexDecode /Length %d >>\nstream\n%s\nendstream"
    )
    raster = _raster(width, height).hex().encode() + b">"
    objects = [image % (width, height, len(raster), raster)]
    draw = b"q %d 0 0 %d 0 0 cm /Im1 Do Q" % PAGE
    return _file(objects, [draw] * pages, b"<< /XObject << /Im1 1 0 R >> >>")


def _raster(width: int, height: int) -> bytes:
    # White page, dark bars with gaps: lines of words seen from afar. 1 is white.
    rows = []
    for y in range(height):
        row = bytearray(b"\xff" * (width // 8))
        if 20 <= y < height - 20 and y % 8 < 3:
            for x in range(2, width // 8 - 2):
                if (x * 7 + y // 8 * 5) % 6:
                    row[x] = 0x03
        rows.append(bytes(row))
    return b"".join(rows)


def _lines(source: str) -> Iterator[Line]:
    for block in re.split(r"\n\s*\n", source.strip()):
        folded = " ".join(block.split())
        heading = folded.startswith("#")
        if heading:
            yield Line("")
        for text in _wrap(folded.lstrip("# ").split()):
            yield Line(text, heading)
        if not heading:
            yield Line("")


def _wrap(words: Sequence[str]) -> Iterator[str]:
    line = ""
    for word in words:
        pieces = word.split(SOFT)
        while True:
            gap = " " if line else ""
            if _width(line + gap + "".join(pieces)) <= WIDTH:
                line += gap + "".join(pieces)
                break
            fitting = [
                cut
                for cut in range(1, len(pieces))
                if _width(line + gap + "".join(pieces[:cut])) < WIDTH
            ]
            if fitting:
                yield line + gap + "".join(pieces[: fitting[-1]]) + "-"
                pieces = pieces[fitting[-1] :]
            else:
                yield line
            line = ""
    yield line


def _width(text: str) -> int:
    return len(re.sub(r"\^\{([^}]*)\}", r"\1", text))


def _page(lines: Sequence[Line], number: int, head: str) -> bytes:
    top = PAGE[1] - 90
    out = [_show("F1", 8, MARGIN, PAGE[1] - 40, head)]
    for index, line in enumerate(lines):
        if line.text:
            font, size = ("F2", 13) if line.heading else ("F1", 12)
            out.append(_show(font, size, MARGIN, top - index * LEADING, line.text))
    out.append(_show("F1", 8, PAGE[0] // 2, 30, str(number)))
    return b"\n".join(out)


def _show(font: str, size: int, x: int, y: int, text: str) -> bytes:
    parts = [f"BT /{font} {size} Tf {x} {y} Td"]
    for index, piece in enumerate(re.split(r"\^\{([^}]*)\}", text)):
        if index % 2:  # raised: seven tenths of the size, a third of it above the baseline
            parts.append(f"/{font} {size * 0.7:g} Tf {size / 3:.2f} Ts ({_escape(piece)}) Tj")
            parts.append(f"/{font} {size} Tf 0 Ts")
        elif piece:
            parts.append(f"({_escape(piece)}) Tj")
    return (" ".join(parts) + " ET").encode("cp1252")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(shared: Sequence[bytes], contents: Sequence[bytes], resources: bytes) -> bytes:
    objects = list(shared)
    tree = len(shared) + 2 * len(contents) + 1
    kids = []
    for content in contents:
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        kids.append(b"%d 0 R" % (len(objects) + 1))
        objects.append(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Resources %s /Contents %d 0 R >>"
            % (tree, *PAGE, resources, len(objects))
        )
    objects.append(b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids)))
    objects.append(b"<< /Type /Catalog /Pages %d 0 R >>" % tree)
    return _assemble(objects)


def _assemble(objects: Sequence[bytes]) -> bytes:
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root %d 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(objects), len(data))
    )
