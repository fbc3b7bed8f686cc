"""Read a PDF file to Markdown, in this process; `sources.text.pdf` does it in one with limits."""

from __future__ import annotations

import ctypes
import html
import logging
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from sources.items import SourceError
from sources.text.page import Page
from sources.text.pdf_furniture import page_furniture, without_line_numbers
from sources.text.pdf_gate import UNREAD, impossible_words, is_unreadable
from sources.text.pdf_hidden import shown_pieces
from sources.text.pdf_layout import Line, Row, page_rows, row_line
from sources.text.pdf_order import in_reading_order
from sources.text.pdf_paragraphs import paragraphs
from sources.text.pdf_pieces import Piece, page_pieces
from sources.text.pdf_scripts import with_scripts
from sources.text.pdf_title import page_title

logging.getLogger("pypdfium2").setLevel(logging.CRITICAL + 1)

MAX_PAGES = 20_000
"""Pages read of one file; more is a damaged page tree."""

SCAN_CHARS = 50
"""Characters of a page with less text than a scan's stamp; the nearest real page had 581."""

SCAN_IMAGE = 0.5
"""Share of a page that the picture of a scan covers at the least."""

_LITTLE_TEXT = 400
_PDF_DATE = re.compile(r"D:([12][0-9]{3})([01][0-9])?([0-3][0-9])?")


@dataclass(slots=True)
class _Pages:
    """What was read of the pages of a file."""

    lines: list[list[Line]] = field(default_factory=list)
    pictured: list[bool] = field(default_factory=list)
    broken: int = 0
    unreadable: int = 0
    hidden: Counter[str] = field(default_factory=Counter)


def read_pdf(data: bytes) -> Page:
    """Read one PDF file in this process, without limits; see `sources.text.pdf.extract_pdf`.

    Raises:
        SourceError: ``encrypted``, ``damaged``, ``no_text_layer`` or ``unreadable_text``.
    """
    with closing(_open(data)) as document:
        count = len(document)
        if not 0 < count <= MAX_PAGES:
            raise SourceError("damaged", f"a page tree of {_pages(count)}: fetch it again")
        read = _read_pages(document, count)
        declared, created = (
            _information(document, b"Title"),
            _information(document, b"CreationDate"),
        )
    if read.broken == count:
        raise SourceError("damaged", "no page can be read: fetch it again")
    lines, numbers = without_line_numbers(read.lines)
    pages = with_scripts(lines)
    furniture = page_furniture(pages)
    _refuse_unreadable(pages, read.unreadable)
    scanned = _refuse_scans(pages, furniture, read.pictured)
    title = page_title(html.unescape(declared), pages, furniture)
    text, undone = paragraphs(pages, furniture, skip=title)
    notes: dict[str, object] = {"pages": count}
    if read.hidden:
        notes["hidden_text"] = dict(read.hidden)
    if furniture:
        notes["furniture_lines"] = len(furniture)
    if numbers:
        notes["line_numbers"] = len(numbers)
    if left_out := _left_out(pages, furniture, numbers):
        notes["left_out"] = left_out
    if read.broken + read.unreadable:
        notes["pages_unreadable"] = read.broken + read.unreadable
    if scanned:
        notes["pages_scanned"] = scanned
    if date := _PDF_DATE.match(created):
        notes["pdf_date"] = "-".join(part for part in date.groups() if part)
    return Page(text, title, notes=notes, undone="mending" if undone else "")


def _left_out(
    pages: Sequence[Sequence[Line]], furniture: set[int], numbers: Sequence[int]
) -> list[dict[str, str | int]]:
    """What was taken off pages, in the form that `sources.text.jats_left_out` gives it."""
    heads = [line.text for lines in pages for line in lines if id(line) in furniture]
    taken = {"furniture": heads, "line_number": [str(number) for number in numbers]}
    return [
        {
            "what": "line" if why == "furniture" else "number",
            "title": "",
            "why": why,
            "chars": sum(len("".join(text.split())) for text in texts),
            "count": len(texts),
        }
        for why, texts in taken.items()
        if texts
    ]


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise SourceError(
                "encrypted", "protected by a password: fetch an open copy or decrypt it"
            ) from None
        raise SourceError("damaged", "cannot be opened as a PDF: fetch it again") from None


def _information(document: pdfium.PdfDocument, key: bytes) -> str:
    """An entry of the information dictionary; what is no text in it is replaced."""
    size = int(raw.FPDF_GetMetaText(document.raw, key, None, 0))
    buffer = ctypes.create_string_buffer(size)
    raw.FPDF_GetMetaText(document.raw, key, buffer, size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _read_pages(document: pdfium.PdfDocument, count: int) -> _Pages:
    """Read all pages; one that cannot be read is counted and left empty."""
    read = _Pages()
    for index in range(count):
        lines: list[Line] = []
        pictured = False
        try:
            with closing(document[index]) as page:
                pieces, hidden = shown_pieces(page, page_pieces(page))
                read.hidden.update(hidden)
                if is_unreadable([piece.text for piece in pieces]):
                    read.unreadable += 1
                else:
                    lines = _lines(page, in_reading_order(page_rows(pieces)))
                little = sum(len(piece.text) for piece in pieces) < _LITTLE_TEXT
                pictured = little and _image_share(page) >= SCAN_IMAGE
        except pdfium.PdfiumError:
            read.broken += 1
        read.lines.append(lines)
        read.pictured.append(pictured)
    return read


def _lines(page: pdfium.PdfPage, rows: Sequence[Row]) -> list[Line]:
    """Write rows as lines; one that holds nothing readable is none."""
    box, turns = page.get_bbox(), max(0, int(raw.FPDFPage_GetRotation(page.raw))) % 4
    lines = (row_line(row, _height(row[0], box, turns)) for row in rows)
    return [line for line in lines if line.text.strip(UNREAD + " ")]


def _height(piece: Piece, box: tuple[float, float, float, float], turns: int) -> float:
    """Share of the page's height; the middle for text that runs up or down the page."""
    turned = abs(piece.style.sin) > abs(piece.style.cos)
    if turned != (turns % 2 == 1):
        return 0.5
    left, bottom, right, top = box
    low, extent = (left, right - left) if turns % 2 else (bottom, top - bottom)
    share = (piece.place[turns % 2 == 0] - low) / extent if extent > 0 else 0.5
    return 1 - share if turns in (1, 2) else share


def _image_share(page: pdfium.PdfPage) -> float:
    """Share of the page that its largest picture covers."""
    left, bottom, right, top = page.get_bbox()
    area = (right - left) * (top - bottom)
    largest = 0.0
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,)):
        x0, y0, x1, y1 = item.get_bounds()
        largest = max(largest, abs(x1 - x0) * abs(y1 - y0))
    return largest / area if area > 0 else 0.0


def _refuse_scans(
    pages: Sequence[Sequence[Line]], furniture: set[int], pictured: Sequence[bool]
) -> int:
    """Return the number of scanned pages, or raise where most of a file are such."""
    chars = [sum(len(x.text) for x in lines if id(x) not in furniture) for lines in pages]
    scanned = sum(map(lambda few, image: few < SCAN_CHARS and image, chars, pictured))
    if sum(chars) == 0 or scanned > len(pages) / 2:
        raise SourceError(
            "no_text_layer",
            f"{_pages(len(pages))} without a text layer: if they are scans, run OCR on the file "
            "(for example ocrmypdf) and read its output",
        )
    return scanned


def _refuse_unreadable(pages: Sequence[Sequence[Line]], unreadable: int) -> None:
    """Raise where the fonts of a file give its characters no meaning, or a wrong one."""
    readable = sum(map(bool, pages))
    advice = "run OCR on pictures of the pages (for example ocrmypdf --force-ocr)"
    if unreadable > readable / 2:
        raise SourceError(
            "unreadable_text",
            f"the fonts of {_pages(unreadable)} do not say what their characters mean: {advice}",
        )
    if reason := impossible_words([line.text for lines in pages for line in lines]):
        raise SourceError("unreadable_text", f"{reason}: {advice}")


def _pages(count: int) -> str:
    return f"{count:,} page" if count == 1 else f"{count:,} pages"
