"""Fidelity and CPU time of our PDF text beside that of raw pypdfium2, file by file and over all.

Run: ``CURATION_TEST_DATA=… python tests/benchmarks/bench_pdf.py [NAME…]``. The folder ``pdf/pairs``
holds articles as PDF and as JATS. CPU time is that of reading in this process, without the start of
a child; raw text is timed in the same run. The columns are those of ``pdf_measures.Score``:

kept    share of the numbers of the body kept beside a neighbour, and their count
flat    powers that became plain numbers; marked: powers found as such, of those of the XML (the rest
        are citations after a number, which are set apart)
join    neighbouring numbers written as one; pad: numbers with hidden noughts
glue    words with digits stuck on that the XML does not have (addresses and DOIs among them)
LCS     longest common subsequence with the words of the body, as a share of these
order   five-word runs in increasing order
split   words left divided by a hyphen; fuse: compounds that lost theirs; lig: ligatures left
lines   line numbers left
rows    neighbouring cells of tables that are neighbours in the text, %
prec    words found that are anywhere in the XML, %
ms/p    CPU milliseconds a page
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from pdf_measures import Score, articles, reference, score

from sources.text.page import Page
from sources.text.pdf_reading import read_pdf

HEAD = (
    f"{'':24}{'kept':>16}{'flat':>5}{'marked':>7}{'join':>5}{'pad':>4}{'glue':>5}{'LCS':>8}"
    f"{'order':>8}{'split':>6}{'fuse':>5}{'lig':>4}{'lines':>6}{'rows':>6}{'prec':>6}{'ms/p':>7}"
)


def raw(data: bytes) -> Page:
    """Plain text as pdfium gives it."""
    with pypdfium2.PdfDocument(data) as document:
        pages = [page.get_textpage().get_text_range(errors="replace") for page in document]
        return Page("\n".join(pages), notes={"pages": len(pages)})


def share(part: int, whole: int) -> float:
    """Part of a whole; of nothing, all."""
    return part / whole if whole else 1.0


def line(name: str, got: Score, ms: float) -> str:
    """One row of the table."""
    marked = f"{got.marked}/{got.exponents}"
    kept = f"{100 * share(got.kept, got.atoms):6.2f} {got.kept}/{got.atoms}"
    return (
        f"{name:24}{kept:>16}{got.flattened:5}{marked:>7}{got.joined:5}{got.padded:4}"
        f"{got.glued:5}{share(got.common, got.words):8.4f}{share(got.ordered, got.grams):8.4f}"
        f"{got.split:6}{got.fused:5}{got.ligatures:4}{got.line_numbers:6}"
        f"{100 * share(got.rows, got.cells):6.1f}{100 * share(got.known, got.found):6.1f}{ms:7.1f}"
    )


def main(names: list[str]) -> None:
    """Print one table each for raw text and for ours."""
    folder = Path(os.environ["CURATION_TEST_DATA"]) / "pdf" / "pairs"
    readers: dict[str, Callable[[bytes], Page]] = {"raw pypdfium2": raw, "ours": read_pdf}
    rows: dict[str, list[str]] = {title: [] for title in readers}
    totals = dict.fromkeys(readers, Score())
    spent, pages = dict.fromkeys(readers, 0.0), 0
    for name, pdf, xml in articles(folder):
        if names and name not in names:
            continue
        against, data = reference(xml), pdf.read_bytes()
        count = 0
        for title, reader in readers.items():
            start = time.process_time()
            page = reader(data)
            seconds = time.process_time() - start
            count = int(str(page.notes["pages"]))
            got = score(f"{page.title}\n{page.text}", against)
            totals[title] += got
            spent[title] += seconds
            rows[title].append(line(name, got, 1000 * seconds / count))
        pages += count
    for title in readers:
        print(f"{title}\n{HEAD}", *rows[title], sep="\n")
        print(line(f"all, {pages} pages", totals[title], 1000 * spent[title] / pages), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
