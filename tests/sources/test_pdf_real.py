"""Fidelity on real articles that exist as PDF and as JATS; the full run is ``bench_pdf.py``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sources.text.pdf import extract_pdf
from tests.benchmarks.pdf_measures import Score, articles, reference, score

SEED, SHARE = 13, 8


@pytest.mark.real
def test_articles(real_data: Path) -> None:
    """On a share of the articles, drawn by seed, the floors of fidelity hold."""
    every = list(articles(real_data / "pdf" / "pairs"))
    total = Score()
    for name, pdf, xml in sorted(random.Random(SEED).sample(every, SHARE)):
        page = extract_pdf(pdf.read_bytes())
        got = score(f"{page.title}\n{page.text}", reference(xml))
        assert got.kept >= 0.98 * got.atoms, name
        total += got
    assert total.kept >= 0.994 * total.atoms
    assert total.common >= 0.995 * total.words
    assert total.ordered >= 0.999 * total.grams
    assert (total.flattened, total.joined, total.padded, total.line_numbers) == (0, 0, 0, 0)
    assert total.glued <= 10
    assert total.split <= 10
    assert total.fused <= 25
    assert total.exponents > 0
