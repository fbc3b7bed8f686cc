"""What of a PDF page nobody sees: text beside the page, too small to read, or drawn without ink.

Text drawn without ink is how programs for OCR lay the words over the picture of a scan, so it is
text wherever a page shows a picture. White text is left in: it may stand on a dark ground.

Reference: ISO 32000-1, 9.3.6 (text rendering mode 3) and 14.11.2 (page boundaries).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from sources.text.pdf_pieces import Piece

MIN_SIZE = 1.0
"""Points; the smallest print of the law has 4, that of micrography under a glass 1."""

MIN_ADVANCE = 0.5
"""Points a character, at the least: some fonts state a size that is not theirs."""


def shown_pieces(page: pdfium.PdfPage, pieces: Sequence[Piece]) -> tuple[list[Piece], Counter[str]]:
    """Leave out what is hidden.

    Args:
        page: The open page.
        pieces: Its pieces.

    Returns:
        The pieces that can be seen, and the characters without white space of the others, by how
        they are hidden (`sources.text.page.HIDDEN_TEXT`).
    """
    hidden: Counter[str] = Counter()
    shown: list[Piece] = []
    box = page.get_bbox()
    pictured = all(piece.style.painted for piece in pieces) or _has_picture(page)
    for piece in pieces:
        how = _how_hidden(piece, box, pictured)
        if how:
            hidden[how] += len("".join(piece.text.split()))
        else:
            shown.append(piece)
    return shown, hidden


def _how_hidden(piece: Piece, box: tuple[float, float, float, float], pictured: bool) -> str:
    style, length = piece.style, piece.right - piece.left
    if style.size < MIN_SIZE and length < MIN_ADVANCE * len(piece.text):
        return "zero_size"
    if not style.painted and not pictured:
        return "unpainted"
    left, bottom, right, top = box
    x, y = piece.place
    ends = (x, x + length * style.cos), (y, y + length * style.sin)
    if max(ends[0]) < left or min(ends[0]) > right or max(ends[1]) < bottom or min(ends[1]) > top:
        return "off_page"
    return ""


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,))), None) is not None
