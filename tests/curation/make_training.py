"""Documents of two labels for tests of training."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

MEDICAL = [
    "patients",
    "dose",
    "fever",
    "trial",
    "placebo",
    "kidney",
    "liver",
    "serum",
    "tumour",
    "infusion",
    "biopsy",
]


OTHER = [
    "goal",
    "match",
    "price",
    "garden",
    "engine",
    "music",
    "ticket",
    "harbour",
    "bridge",
    "recipe",
    "holiday",
]


COMMON = ["the", "of", "and", "with", "in", "a", "was", "for", "at", "this", "that", "from"]


def text(seed: int, words: list[str], size: int = 60) -> str:
    """Return an invented text of a vocabulary and common words."""
    draw = random.Random(seed)
    return " ".join(draw.choices(words + COMMON, k=size)).capitalize() + f" {seed}."


def records(label: str, count: int = 120) -> list[dict[str, Any]]:
    """Return records of twelve sites."""
    words = MEDICAL if label == "medical" else OTHER
    start = 0 if label == "medical" else 100_000
    return [
        {
            "id": str(n),
            "text": text(start + n, words),
            "url": f"https://www.{label}{n % 12}.example/page/{n}",
            "source": f"{label}{n % 3}",
        }
        for n in range(count)
    ]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write JSON lines, compressed where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path
