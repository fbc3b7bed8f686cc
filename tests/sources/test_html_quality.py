"""Quality gate: text of real pages, on a seeded share of those that the benchmark reads in full.

``tests/golden/html/floors.json`` holds the share and the seed, the checksums of the files, and the
floors: what was measured on them, less half a point. The full run is `tests.benchmarks.bench_html`.
``python -m tests.sources.test_html_quality`` writes floors again; it never lowers one.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from sources.items import SourceError
from sources.text.html import extract_html
from tests.benchmarks import bench_html as bench

FLOORS = Path(__file__).parent.parent / "golden" / "html" / "floors.json"
MARGIN = 0.005
FILES = (
    "extraction/pages.tar.xz",
    "extraction/ground-truth.jsonl.gz",
    "guidelines/cdc-pcd-2024-html.tar.xz",
    "guidelines/ngc-commentaries-syntheses-html.tar.xz",
    "guidelines/nci-pdq.jsonl.gz",
)


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of the files that the figures come from."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def measured(folder: Path, share: float, seed: int) -> dict[str, float]:
    """Figures between 0 and 1 on a share of the pages, and the lead over trafilatura."""
    pages = bench.drawn(bench.annotated(folder / "extraction"), share, seed)
    rows = bench.score(pages)
    ours = rows["this project"]
    best = max(rows[name]["f1"] for name in ("trafilatura text", "trafilatura Markdown"))
    figures = {
        "annotated: token F1 over trafilatura": ours["f1"] - best,
        "annotated: token F1": ours["f1"],
        "annotated: atoms": ours["atoms"],
    }
    for name, some in bench.guidelines(folder / "guidelines"):
        totals = bench.fidelity(bench.drawn(some, share, seed))["this project"]
        wanted = ("atoms", "atoms in place", "paragraphs", "cells (td)", "whole rows in order")
        figures |= {f"{name}: {key}": totals[key][0] / totals[key][1] for key in wanted}
    return figures


@pytest.mark.real
def test_figures_stay_above_their_floors(real_data: Path) -> None:
    """No figure on the real pages falls below what was reached once."""
    pinned = json.loads(FLOORS.read_text(encoding="utf-8"))
    folder = real_data / "html"
    assert checksums(folder) == pinned["sha256"], "other files than the floors were measured on"
    figures = measured(folder, pinned["share"], pinned["seed"])
    assert figures.keys() == pinned["floors"].keys()
    assert not {k: (v, pinned["floors"][k]) for k, v in figures.items() if v < pinned["floors"][k]}


@pytest.mark.real
def test_saved_error_pages_are_refused(real_data: Path) -> None:
    """Error pages that a site saved in place of guidelines are refused, each of them."""
    stubs = bench.members(real_data / "html" / "guidelines" / "ngc-error-stubs-html.tar.xz")
    assert stubs
    for _, data in stubs:
        with pytest.raises(SourceError) as error:
            extract_html(data)
        assert error.value.rule == "error_page"


@pytest.mark.real
def test_articles_of_a_journal_state_what_they_are(real_data: Path) -> None:
    """Pages of a journal give title, date and language, and none of the server's own errors."""
    pages = bench.members(real_data / "html" / "guidelines" / "cdc-pcd-2024-html.tar.xz")
    for _, data in [one for one in pages if "_TOC" not in one[0]][:10]:
        result = extract_html(data)
        assert result.title
        assert result.date[:3] == "202"
        assert result.lang == "en"
        assert "Error processing SSI file" not in result.text


if __name__ == "__main__":
    root = Path(os.environ["CURATION_TEST_DATA"]) / "html"
    old = json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    part, number = old.get("share", 0.12), old.get("seed", 0)
    floors = {
        key: max(round(value - MARGIN, 4), old.get("floors", {}).get(key, -1.0))
        for key, value in measured(root, part, number).items()
    }
    found = {"share": part, "seed": number, "sha256": checksums(root), "floors": floors}
    FLOORS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
