"""Both ends of a file: what it is, and whether it is whole."""

from __future__ import annotations

from pathlib import Path

from sources.fetch.limits import HEAD_BYTES, TAIL_BYTES

PDF_BYTES = 1 << 10
"""Bytes in front of a PDF within which it says that it is one (ISO 32000-1, annex H)."""


def head(file: Path) -> bytes:
    """Return the first bytes."""
    with file.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def is_pdf(file: Path) -> bool:
    """Tell whether a file begins as a PDF."""
    return b"%PDF-" in head(file)[:PDF_BYTES]


def is_whole(file: Path) -> bool:
    """Tell whether a PDF has its end."""
    with file.open("rb") as stream:
        stream.seek(max(file.stat().st_size - TAIL_BYTES, 0))
        return b"%%EOF" in stream.read()
