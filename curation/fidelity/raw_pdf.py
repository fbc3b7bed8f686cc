"""PDF: the characters that pdfium reads from its pages, in the order in which they are drawn.

They say nothing about what is raised, so only numbers are compared, as if all were on the line. A
parser that mends what the characters hide (a prime that the font calls 9, digits in the colour of
the page) is reported here as one that changed a number: look at the page.

pdfium runs in a process of its
own, which a broken file may kill and which ends after `SECONDS`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from curation.engines.lean import same_modules
from curation.fidelity.blocks import Block, Raw, Unit
from curation.fidelity.marks import fold

SECONDS = 300
"""Limit for one file."""

_HYPHEN = "\ufffe"  # pdfium's mark of a hyphen at the end of a line


def read_pdf(data: bytes) -> Raw:
    """Return the file as one document, a unit a page.

    Raises:
        ValueError: pdfium cannot read it.
    """
    command = [sys.executable, "-m", "curation.fidelity.raw_pdf"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, the file on its standard input
            command,
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, **same_modules()},
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"pdfium takes more than {SECONDS} s") from None
    if done.returncode:
        raise ValueError("pdfium cannot read it")
    raw = Raw()
    for number, text in enumerate(json.loads(done.stdout), 1):
        lines = fold(text.replace(_HYPHEN, "-"))
        if lines:
            raw.units.append(Unit([Block(lines, f"page {number}")]))
    return raw


def _main() -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    pages = [page.get_textpage().get_text_range() for page in document]
    sys.stdout.write(json.dumps(pages))


if __name__ == "__main__":
    _main()
