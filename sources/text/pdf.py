"""PDF to Markdown with pdfium: text in the order it was drawn, lines joined to paragraphs.

Publishers draw text in reading order; rebuilding the order from geometry made columns and tables
worse on the articles measured. Geometry is used for what text alone does not tell: where a
paragraph ends, what is raised, and what stands in the margin of every page.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from sources.items import SourceError
from sources.text.page import Page
from sources.text.pdf_layout import Line, page_lines
from sources.text.pdf_paragraphs import page_furniture, paragraphs

logging.getLogger("pypdfium2").setLevel(logging.CRITICAL + 1)

MAX_BYTES = 512 << 20
"""Larger files are refused before they are read into memory."""

MAX_PAGES = 20_000
"""Pages read of one file; more is a damaged page tree."""

SCAN_CHARS = 50
"""A file with less text and an image on a page is a scan: a nearest real page had 581."""

_HEADER_WINDOW = 1024
_MAX_TITLE = 300
_MIN_TITLE = 12
_COVERS = 6
_FILE_NAME_TITLE = re.compile(
    r"(?:.{0,200}\.(?:docx?|pdf|indd|qxd|pptx?|tex|dvi|ps|rtf|p65|fm|xlsx?))|untitled.{0,20}|title"
    r"|(?:microsoft word|microsoft powerpoint|powerpoint).{0,200}|document ?[0-9]{0,3}|[\W0-9_]*"
    r"|doi:.{0,200}|.{0,12}",
    re.IGNORECASE,
)
_PDF_DATE = re.compile(r"D:([12][0-9]{3})([01][0-9])?([0-3][0-9])?")


def extract_pdf(data: bytes) -> Page:
    """Read one PDF file.

    Args:
        data: The file's bytes.

    Returns:
        Title and text; notes hold the number of pages (``pages``) and the file's own date
        (``pdf_date``), which is that of the file and not of the publication.

    Raises:
        SourceError: ``empty``, ``not_pdf``, ``too_large``, ``encrypted``, ``damaged`` or
            ``no_text_layer``.
    """
    if not data:
        raise SourceError("empty", "an empty file")
    if len(data) > MAX_BYTES:
        raise SourceError("too_large", f"a PDF of {len(data):,} bytes; the limit is {MAX_BYTES:,}")
    if b"%PDF-" not in data[:_HEADER_WINDOW]:
        raise SourceError("not_pdf", "no PDF header in the first 1,024 bytes")
    with closing(_open(data)) as document:
        count = len(document)
        if not 0 < count <= MAX_PAGES:
            raise SourceError("damaged", f"a page tree of {count:,} pages: fetch it again")
        pages, characters, images, broken = _read_pages(document, count)
        info = document.get_metadata_dict(skip_empty=True)
    if broken == count:
        raise SourceError("damaged", "no page can be read: fetch it again")
    if characters == 0 or (characters < SCAN_CHARS and images):
        raise SourceError(
            "no_text_layer",
            f"{count:,} pages without a text layer: if they are scans, run OCR on the file (for "
            "example ocrmypdf) and read its output",
        )
    furniture = page_furniture(pages)
    title = _title(html.unescape(str(info.get("Title", ""))), pages, furniture)
    text = paragraphs(pages, furniture, skip=title)
    notes: dict[str, object] = {"pages": count}
    if broken:
        notes["pages_unreadable"] = broken
    if date := _PDF_DATE.match(str(info.get("CreationDate", ""))):
        notes["pdf_date"] = "-".join(part for part in date.groups() if part)
    return Page(text, title, notes=notes)


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise SourceError(
                "encrypted", "protected by a password: fetch an open copy or decrypt it"
            ) from None
        raise SourceError("damaged", "cannot be opened as a PDF: fetch it again") from None


def _read_pages(document: pdfium.PdfDocument, count: int) -> tuple[list[list[Line]], int, int, int]:
    """Return lines by page, characters, pages with an image, and pages that cannot be read."""
    pages: list[list[Line]] = []
    characters = images = broken = 0
    for index in range(count):
        try:
            with closing(document[index]) as page:
                lines = page_lines(page)
                images += not lines and _has_image(page)
        except pdfium.PdfiumError:
            lines = []
            broken += 1
        characters += sum(len(line.text) for line in lines)
        pages.append(lines)
    return pages, characters, images, broken


def _has_image(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,))), None) is not None


def _title(declared: str, pages: list[list[Line]], furniture: set[int]) -> str:
    """Title by the metadata where its words stand in the text, else by the size of the lines.

    The metadata often hold the name of a file or of a template: they count only where their words
    stand on the first two pages. Else the largest lines of the first page with text are the title.
    """
    declared = " ".join(declared.split())
    first = [line for lines in pages[:2] for line in lines]
    if declared and not _FILE_NAME_TITLE.fullmatch(declared):
        seen = set(re.findall(r"\w+", " ".join(line.text for line in first).lower()))
        words = re.findall(r"\w+", declared.lower())
        if words and sum(word in seen for word in words) >= 0.8 * len(words):
            return declared[:_MAX_TITLE]
    heads = {line.text.lower() for lines in pages for line in lines if id(line) in furniture}
    return _largest(pages, furniture, " ".join(sorted(heads)))


def _largest(pages: list[list[Line]], furniture: set[int], heads: str) -> str:
    """Largest run of lines; one that stands in the running heads is the name of a journal."""
    common = _common_size([line for lines in pages for line in lines])
    for lines in [lines for lines in pages[:_COVERS] if lines][:2]:
        usable = [
            line
            for line in lines
            if id(line) not in furniture and sum(c.isalpha() for c in line.text) >= 3
        ]
        if not usable:
            continue
        found = []
        for size in sorted({line.size for line in usable if line.size > 1.15 * common})[:-4:-1]:
            text = " ".join(_run(usable, size))[:_MAX_TITLE]
            found.append(text)
            if text.lower() not in heads and len(text) >= _MIN_TITLE:
                return text
        if found:
            return found[0]
    return ""


def _run(lines: list[Line], size: float) -> Iterator[str]:
    """Text of the first run of neighbouring lines about as large as the largest."""
    started = False
    for line in lines:
        if 0.95 * size <= line.size <= 1.05 * size:
            started = True
            yield line.text
        elif started:
            return


def _common_size(lines: list[Line]) -> float:
    """Size that covers most characters."""
    weights: dict[float, int] = {}
    for line in lines:
        weights[round(line.size, 1)] = weights.get(round(line.size, 1), 0) + len(line.text)
    return max(weights, key=lambda size: (weights[size], -size), default=0.0)
