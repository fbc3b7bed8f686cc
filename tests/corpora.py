"""Small inputs and recipes for tests of builds; every text is made from an invented vocabulary."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pyarrow.parquet as pq

WORDS = [
    "the",
    "of",
    "and",
    "in",
    "with",
    "patients",
    "dose",
    "fever",
    "invented",
    "imaginary",
    "clinic",
    "trial",
    "group",
    "mean",
    "change",
    "week",
    "treatment",
    "examplin",
    "placebo",
    "adults",
    "score",
    "response",
    "tablet",
    "kidney",
    "liver",
    "blood",
    "level",
    "daily",
    "outcome",
    "follow",
    "risk",
    "events",
    "reported",
    "after",
    "before",
    "during",
    "between",
    "observed",
    "measured",
    "baseline",
    "study",
]


def prose(seed: int, words: int = 120) -> str:
    """Return sentences that no other seed shares."""
    draw = random.Random(seed)
    out = []
    while sum(len(s) for s in out) < words:
        sentence = ["the", *(draw.choice(WORDS) for _ in range(draw.randint(8, 16))), "of"]
        sentence.insert(draw.randint(2, 6), "with")
        sentence.insert(draw.randint(2, 6), f"finding{draw.randint(0, 10**9)}")
        out.append(sentence)
    return " ".join(" ".join(s).capitalize() + "." for s in out)


def notes(folder: Path, count: int = 60, name: str = "notes.jsonl", first: int = 0) -> Path:
    """Write a JSON-lines file with plain notes, every fifth of which repeats the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    lines = []
    for n in range(first, first + count):
        seed = n - 1 if n % 5 == 4 else n
        lines.append(
            json.dumps(
                {"id": f"n{n}", "title": f"Note {seed}", "text": prose(seed), "license": "CC0-1.0"}
            )
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def recipe(folder: Path, paths: str = '["notes*.jsonl"]', extra: str = "") -> Path:
    """Write a recipe with one jsonl source that needs no language model."""
    path = folder / "recipe.toml"
    path.write_text(
        f'name = "test"\n{extra}\n[language]\nkeep = "any"\n'
        f'[[sources]]\nuse = "jsonl"\nname = "notes"\npaths = {paths}\n'
    )
    return path


def run(
    *arguments: str | Path, code: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own and check its exit code."""
    import os

    command = [sys.executable, "-m", "curation", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


Call = Callable[..., tuple[int, str, str]]
"""The fixture ``call``: runs the program in this process."""


class Inline:
    """An engine that runs every task in this process, one after the other."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def require(self, files: Sequence[Path]) -> None:
        """There are no workers that could miss one."""

    def run(
        self, function: Callable[[Any], Any], tasks: Sequence[Any], on_crash: object = None
    ) -> Iterator[tuple[Any, Any]]:
        """Run a function over tasks."""
        for task in tasks:
            yield task, function(task)


def rows_of(version: Path, folder: str = "ledger") -> list[dict[str, Any]]:
    """Return the rows of the ledger, or of the shards (``data``), of a version."""
    return [
        row
        for path in sorted((version / folder).rglob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]


def digest(version: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a version."""
    return {
        path.relative_to(version).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(version.rglob("*"))
        if path.is_file()
    }
