"""Speed of the atom gate: ``python -m tests.benchmarks.bench_atoms``.

The kernel's MB/s (CPU time, median of some runs) over made-up abstracts, and over the abstracts of
the real PubMed files where ``CURATION_TEST_DATA`` names them; a plain ``bytes.split`` of the same
texts stands beside it, because absolute figures follow the machine.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from filters.atoms import fingerprints
from sources.files import Input
from sources.pubmed import PubMed
from tests.benchmarks.bench_quality import texts

RUNS = 7


def speed(work: Callable[[], object], size: int) -> float:
    """MB/s of CPU time, median of some runs."""
    work()
    spent = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return size / statistics.median(spent) / 1e6


def real(folder: Path) -> pa.Array:
    """The texts of both real files."""
    columns = []
    for path in sorted(folder.glob("*.xml.gz")):
        source = PubMed()
        for resource, stream in source.resources(Input(path.name, str(path), path.stat().st_size)):
            columns += [batch.columns["text"] for batch in source.read(resource, stream)]
    return pa.concat_arrays(columns)


def main() -> None:
    """Print a line for each set of texts."""
    sets = {"made-up abstracts": pa.array(texts(20_000), pa.large_string())}
    data = os.environ.get("CURATION_TEST_DATA")
    if data:
        sets["real abstracts"] = real(Path(data) / "pubmed")
    for name, column in sets.items():
        whole = b" ".join(text.encode() for text in column.to_pylist())
        gate = speed(lambda column=column: fingerprints(column), len(whole))
        split = speed(whole.split, len(whole))
        print(f"{name}: {len(whole) / 1e6:.0f} MB, gate {gate:.0f} MB/s (asked: >= 200), ", end="")
        print(f"bytes.split {split:.0f} MB/s")


if __name__ == "__main__":
    main()
