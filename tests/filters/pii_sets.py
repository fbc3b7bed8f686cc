"""The labelled sets that ``CURATION_TEST_DATA`` names, in two parts: to develop on, and to judge.

A quarter of each set, chosen by a hash of the text, is for judging alone: no rule was written while
looking at it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from filters.pii import locate
from filters.pii.labels import TOKENS
from filters.pii.score import Counts, Fault, Label, agreement

SEED = "judging-1"

SETS = (
    "presidio_synth_v2", "presidio_generated_large", "asq_phi", "meddocan", "grascco_phi",
    "pl_pii_bench", "pii_syn_nano", "eds_pseudo_templates",
)  # fmt: skip

SIX = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "BANK",
    "US_SSN": "ID",
    "IP_ADDRESS": "IP",
}
"""The six pattern entities of presidio-research (policy, section 8)."""


def is_for_judging(text: str) -> bool:
    """Whether a text belongs to the quarter that rules are judged by."""
    return hashlib.sha256(f"{SEED}\n{text}".encode()).digest()[0] < 64


def records(folder: Path, name: str, judging: bool) -> list[dict[str, Any]]:
    """One part of a set.

    Args:
        folder: Of the sets.
        name: One of :data:`SETS`.
        judging: Which part.
    """
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    return [row for row in rows if is_for_judging(row["text"]) == judging]


def labels_of(row: dict[str, Any], six: bool) -> list[Label]:
    """Labels of a record: of the six entities alone, or all that the policy has a token for."""
    found = []
    for span in row["spans"]:
        entity = SIX.get(span["label"], "") if six else span["norm"]
        found.append(Label(span["start"], span["end"], entity if entity in TOKENS else ""))
    return found


def score(
    rows: list[dict[str, Any]], profile: str, six: bool = False
) -> tuple[dict[str, Counts], list[tuple[int, Fault]]]:
    """Scores by entity, and faults with the number of their record."""
    texts = pa.array([row["text"] for row in rows], pa.large_string())
    sums: dict[str, Counts] = {}
    faults = []
    for number, (row, masks) in enumerate(zip(rows, locate(texts, profile), strict=True)):
        assert masks is not None
        found = agreement(labels_of(row, six), masks)
        for entity, counts in found.counts.items():
            sums.setdefault(entity, Counts()).add(counts)
        faults += [(number, fault) for fault in found.faults]
    return sums, faults


def pooled(sums: dict[str, Counts]) -> Counts:
    """All entities together."""
    total = Counts()
    for counts in sums.values():
        total.add(counts)
    return total
