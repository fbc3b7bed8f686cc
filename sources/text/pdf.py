"""PDF to Markdown with pdfium, in a process of its own with limits of memory and time.

The text is read from the characters that a page draws: ``pdf_pieces`` asks pdfium about them,
``pdf_layout`` gathers them to lines and tells what is raised, ``pdf_order`` looks after the order,
``pdf_furniture`` takes off what belongs to the page, and ``pdf_paragraphs`` joins lines and mends
hyphens. ``pdf_gate`` refuses what cannot be read.
"""

from __future__ import annotations

from sources.items import SourceError
from sources.text.page import Page
from sources.text.pdf_process import own_process

MAX_BYTES = 512 << 20
"""Larger files are refused before they are read into memory."""

_HEADER_WINDOW = 1024


def extract_pdf(data: bytes) -> Page:
    """Read one PDF file.

    Args:
        data: The file's bytes.

    Returns:
        Title and text; notes hold the number of pages (``pages``), of those left out because they
        cannot be read (``pages_unreadable``) or are pictures (``pages_scanned``), of running heads,
        feet and page numbers taken off (``furniture_lines``), of line numbers taken off
        (``line_numbers``), both with their characters as a list (``left_out``, as of JATS), and the
        file's own date (``pdf_date``), which is that of the file and not of the publication.

    Raises:
        SourceError: ``empty``, ``not_pdf``, ``too_large``, ``encrypted``, ``damaged``,
            ``no_text_layer``, ``unreadable_text``, ``timeout``, ``memory_limit`` or ``crashed``.
    """
    if not data:
        raise SourceError("empty", "an empty file")
    if len(data) > MAX_BYTES:
        raise SourceError("too_large", f"a PDF of {len(data):,} bytes; the limit is {MAX_BYTES:,}")
    if b"%PDF-" not in data[:_HEADER_WINDOW]:
        raise SourceError("not_pdf", "no PDF header in the first 1,024 bytes")
    return own_process().read(data)
