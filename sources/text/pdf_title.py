"""The title of a PDF: by its metadata where the text bears them out, else by the size of lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sources.text.pdf_layout import Line

MAX_TITLE = 300
"""Characters kept of a title."""

_MIN_TITLE = 12
_COVERS = 6
_HEADS = 3  # pages with a head that make it one of the journal
_FILE_NAME_TITLE = re.compile(
    r"(?:.{0,200}\.(?:docx?|pdf|indd|qxd|pptx?|tex|dvi|ps|rtf|p65|fm|xlsx?))|untitled.{0,20}|title"
    r"|(?:microsoft word|microsoft powerpoint|powerpoint).{0,200}|document ?[0-9]{0,3}|[\W0-9_]*"
    r"|doi:.{0,200}|.{0,12}",
    re.IGNORECASE,
)


def page_title(declared: str, pages: list[list[Line]], furniture: set[int]) -> str:
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
            return declared[:MAX_TITLE]
    heads = Counter(x.text.lower() for lines in pages for x in lines if id(x) in furniture)
    often = sorted(head for head, count in heads.items() if count >= _HEADS)
    return _largest(pages, furniture, " ".join(often))


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
            text = " ".join(_run(usable, size))[:MAX_TITLE]
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
