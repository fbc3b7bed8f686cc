"""Recall of masking on the eight labelled sets, by entity and profile; no clock.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_pii_sets [--write]

Recall is by overlap: a label counts as found where a character of it is masked, whatever the
entity. It is given on the quarter of each set that no rule was written by, and on the whole set,
which is what the figures of the policy's prototype were measured on. Texts without labels are the
hard negatives: masks there are false, or personal data that the set does not label. ``--write``
puts the table into docs/pii.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filters.pii.score import Counts
from tests.benchmarks import pages
from tests.filters.pii_sets import SETS, records, score

PAGE = Path(__file__).parents[2] / "docs" / "pii.md"

ENTITIES = ("EMAIL", "PHONE", "ID", "RECORD", "CARD", "BANK", "IP", "URL", "VEHICLE",
            "NAME", "ADDRESS", "DATE", "AGE")  # fmt: skip
"""Those that the sets label; the last four are what rules can find only in part."""

MEASURED = {
    ("presidio_synth_v2", "PHONE"): "0.82",
    ("presidio_synth_v2", "EMAIL"): "1.00",
    ("presidio_synth_v2", "CARD"): "1.00",
    ("presidio_synth_v2", "BANK"): "1.00",
    ("presidio_synth_v2", "ID"): "1.00",
    ("presidio_synth_v2", "IP"): "1.00",
    ("meddocan", "EMAIL"): "0.995",
    ("meddocan", "PHONE"): "0.88",
    ("meddocan", "RECORD"): "0.970",
    ("asq_phi", "RECORD"): "0.915",
    ("asq_phi", "ID"): "0.97",
    ("asq_phi", "PHONE"): "0.98",
    ("eds_pseudo_templates", "EMAIL"): "0.98",
    ("eds_pseudo_templates", "PHONE"): "0.41 (0.95)",
    ("eds_pseudo_templates", "RECORD"): "0.35",
    ("eds_pseudo_templates", "ID"): "0.10",
    ("grascco_phi", "PHONE"): "0.88",
    ("grascco_phi", "RECORD"): "0.14",
}
"""Recall of the policy's prototype in ``default`` (section 9); in brackets in ``strict``."""

PROFILES = ("default", "strict")

Sums = dict[str, Counts]


def added(parts: list[Sums]) -> Sums:
    """Sums of the parts of a set."""
    total: Sums = {}
    for part in parts:
        for entity, counts in part.items():
            total.setdefault(entity, Counts()).add(counts)
    return total


def recall(sums: Sums, entity: str) -> str:
    """Share of the labels that are touched, or nothing where there are none."""
    counts = sums.get(entity)
    return f"{counts.touched / counts.labels:.3f}" if counts and counts.labels else ""


def masks(rows: list[dict[str, Any]], profile: str) -> int:
    """Masks on texts without a label."""
    return sum(counts.masks for counts in score(rows, profile)[0].values()) if rows else 0


def rows_of(folder: Path, name: str) -> Iterator[list[str]]:
    """Cells of a set: one row for each entity, one for the hard negatives."""
    judging, others = (records(folder, name, judging=part) for part in (True, False))
    quarter = {profile: score(judging, profile)[0] for profile in PROFILES}
    whole = {p: added([quarter[p], score(others, p)[0]]) for p in PROFILES}
    for entity in ENTITIES:
        counts = whole["default"].get(entity)
        if counts is None or not counts.labels:
            continue
        here = quarter["default"].get(entity, Counts()).labels
        figures = [recall(sums[p], entity) for p in PROFILES for sums in (quarter, whole)]
        measured = MEASURED.get((name, entity), "")
        yield [name, entity, f"{here} of {counts.labels}", *figures, measured]
    bare = [[row for row in rows if not row["spans"]] for rows in (judging, others)]
    if bare[0] or bare[1]:
        both = bare[0] + bare[1]
        figures = [str(masks(rows, p)) for p in PROFILES for rows in (bare[0], both)]
        yield [name, "none: masks", f"{len(bare[0])} of {len(both)} texts", *figures, ""]


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/pii.md")
    given = parser.parse_args()
    data = Path(os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA"))
    lines = [
        "| set | labelled | for judging, of all | default, judging | default, all "
        "| strict, judging | strict, all | policy's prototype |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [f"| {' | '.join(row)} |" for name in SETS for row in rows_of(data / "pii", name)]
    table = "\n".join(lines) + "\n"
    print(table)
    if given.write:
        pages.put(PAGE, "bench_pii_sets", table)


if __name__ == "__main__":
    main()
