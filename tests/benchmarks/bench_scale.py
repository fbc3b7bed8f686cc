"""What all of PubMed and PMC open access would take, derived from rates measured here.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_scale [--doc docs/scale.md]

Builds the two PubMed files, then the JATS archives, one task after the other in this process, and
notes CPU seconds of each stage, bytes read and written, and memory of the works table. The rate of
the search for near-duplicates is that of the largest run in ``docs/duplicates.md``
(``bench_global.py``). Everything is then multiplied by the number of documents; deciding by rows and
publishing by bytes at the rates of PubMed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import curation.copies
import curation.pipeline
from curation.progress import Progress
from curation.recipe import load
from curation.table import Works
from curation.warm import ensure_kernels
from tests.benchmarks import pages
from tests.corpora import Inline

ROOT = Path(__file__).parents[2]
RECIPE = (
    'name = "scale"\n[failures]\ntolerate = 1_000\n[[sources]]\nuse = "{use}"\npaths = {paths}\n'
)
SOURCES = {
    "PubMed": ("pubmed", "pubmed/*.xml.gz", 40_000_000),
    "PMC": ("pmc", "jats/*.tar.gz", 7_000_000),
}
PARALLEL = ("extract", "write")
CORES, NODES = 16, 10


class Clock(Progress):
    """Notes the CPU seconds of each stage."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.spent: dict[str, float] = {}
        self._stage, self._since = "", 0.0

    def stage(self, name: str, total: int) -> None:
        """Begin a stage."""
        now = time.process_time()
        if self._stage:
            self.spent[self._stage] = self.spent.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = name, now


class Rates(NamedTuple):
    """What one source took, each for one document.

    Attributes:
        documents: Documents measured.
        packed: Bytes of input as it is stored.
        text: Bytes of text.
        cache: Bytes of the cache.
        version: Bytes of the version.
        table: Bytes of the works table.
        cpu: Stage to CPU seconds; ``near`` is taken out of ``decide``.
    """

    documents: int
    packed: float
    text: float
    cache: float
    version: float
    table: float
    cpu: dict[str, float]


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measured(use: str, inputs: list[Path]) -> Rates:
    """Build a corpus of one source."""
    clock, spent, seen = Clock(), {"near": 0.0}, []
    near, loaded = curation.copies.near_duplicates, curation.pipeline.load_works

    def timed(*given: Any) -> Any:
        start = time.process_time()
        found = near(*given)
        spent["near"] += time.process_time() - start
        return found

    def kept(*given: Any) -> Works:
        seen.append(loaded(*given))
        return seen[-1]

    with (
        tempfile.TemporaryDirectory() as name,
        patch.object(curation.copies, "near_duplicates", timed),
        patch.object(curation.pipeline, "load_works", kept),
    ):
        folder = Path(name)
        recipe = folder / "recipe.toml"
        recipe.write_text(RECIPE.format(use=use, paths=[str(path) for path in inputs]))
        done = curation.pipeline.build(load(recipe), folder / "corpus", Inline(), clock)
        clock.stage("", 0)
        cache, version = (
            size_of(folder / "corpus" / part) for part in (".curation/cache", done.version)
        )
    works = seen[0]
    count = works.table.num_rows
    cpu = {**clock.spent, **spent, "decide": clock.spent["decide"] - spent["near"]}
    return Rates(
        count,
        sum(path.stat().st_size for path in inputs) / count,
        int(works.numbers("text_bytes").sum()) / count,
        cache / count,
        version / count,
        works.table.nbytes / count,
        {stage: seconds / count for stage, seconds in cpu.items()},
    )


def search_rate() -> tuple[int, float, float]:
    """Return signatures, CPU seconds each, and bytes each of the caller, of the largest run."""
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (ROOT / "docs" / "duplicates.md").read_text().splitlines()
        if line.startswith("| copies planted")
    ]
    count, cpu, caller = max(
        (int(row[1].replace(",", "")), float(row[2]), float(row[6])) for row in rows
    )
    return count, cpu / count, caller * 2**30 / count


def lines_of(rates: dict[str, Rates]) -> Iterator[str]:
    """Yield the tables."""
    stages = ("locate", "extract", "decide", "near", "write", "publish")
    yield "| measured, for a document | " + " | ".join(rates) + " |"
    yield "|---|" + "---:|" * len(rates)
    yield "| documents built | " + " | ".join(f"{r.documents:,}" for r in rates.values()) + " |"
    for field, label in (
        ("packed", "input as stored"),
        ("text", "text"),
        ("cache", "cache: text, metadata, measurements, hashes"),
        ("version", "version: shards and ledger"),
        ("table", "works table in memory"),
    ):
        cells = " | ".join(f"{getattr(r, field):,.0f}" for r in rates.values())
        yield f"| {label}, bytes | {cells} |"
    for stage in stages:
        cells = " | ".join(f"{r.cpu[stage] * 1e6:,.0f}" for r in rates.values())
        yield f"| {stage}, µs of CPU | {cells} |"
    for label, unit in (("packed", "packed input"), ("text", "text")):
        cells = " | ".join(
            f"{getattr(r, label) / r.cpu['extract'] / 1e6:.1f}" for r in rates.values()
        )
        yield f"| extract, MB/s of {unit} a core | {cells} |"
    yield ""
    totals = {name: SOURCES[name][2] for name in rates}
    count, search, caller = search_rate()
    everything = sum(totals.values())

    def whole(field: str) -> float:
        return sum(getattr(r, field) * totals[name] for name, r in rates.items())

    def seconds(stage: str) -> float:
        # Of few documents the fixed costs are seen, so these two have the rates of the many.
        many = max(rates.values(), key=lambda r: r.documents)
        if stage == "near":
            return search * everything
        if stage == "decide":
            return many.cpu[stage] * everything
        if stage == "publish":
            return many.cpu[stage] / many.version * whole("version")
        return sum(r.cpu[stage] * totals[name] for name, r in rates.items())

    yield "| derived | " + " | ".join(f"{name}, {totals[name]:,}" for name in rates) + " | both |"
    yield "|---|" + "---:|" * (len(rates) + 1)
    for field, label in (
        ("packed", "input, GB"),
        ("text", "text, GB"),
        ("cache", "cache, GB"),
        ("version", "version, GB"),
        ("table", "works table, GB of memory"),
    ):
        cells = [getattr(r, field) * totals[name] / 1e9 for name, r in rates.items()]
        yield f"| {label} | " + " | ".join(f"{cell:,.0f}" for cell in [*cells, sum(cells)]) + " |"
    yield (
        f"| search for near-duplicates, GB of memory in the caller | | | {caller * everything / 1e9:.0f} |"
    )
    for stage in stages:
        yield f"| {stage}, CPU hours | | | {seconds(stage) / 3600:,.1f} |"
    yield ""
    yield f"| hours | one machine, {CORES} cores | {NODES} nodes of {CORES} cores |"
    yield "|---|---:|---:|"
    sums = [0.0, 0.0]
    for stage in stages:
        shared = stage in (*PARALLEL, "near")
        hours = [
            seconds(stage) / 3600 / (cores if shared else 1) for cores in (CORES, CORES * NODES)
        ]
        sums = [total + more for total, more in zip(sums, hours, strict=True)]
        said = "all cores" if shared else "one core"
        yield f"| {stage} ({said}) | {hours[0]:.2f} | {hours[1]:.2f} |"
    yield f"| sum | {sums[0]:.1f} | {sums[1]:.1f} |"
    yield ""
    moved = whole("packed") * 2 + whole("cache") * 2 + whole("version") * 2
    yield (
        f"Read and written in all: about {moved / 1e12:.1f} TB. Search rate: {search * 1e6:.1f} µs a "
        f"signature over {count:,}."
    )


def main() -> None:
    """Measure, derive, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--doc", type=Path)
    given = parser.parse_args()
    data = Path(os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA"))
    ensure_kernels(print)
    rates = {}
    for name, (use, pattern, _) in SOURCES.items():
        inputs = sorted(data.glob(pattern))
        measured(use, inputs[:1])  # loads libraries and kernels
        rates[name] = measured(use, inputs)
    text = "\n".join(lines_of(rates))
    print(text)
    if given.doc:
        pages.put(given.doc, "bench_scale", text)


if __name__ == "__main__":
    main()
