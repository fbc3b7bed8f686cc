"""CPU time of the PMC source against a bare parse of the same bytes.

Run: ``CURATION_TEST_DATA=… python tests/benchmarks/bench_jats.py [ROUNDS]``. Every file of ``jats/``
is read into memory first. In each round every file is parsed bare (``etree.fromstring``) and by the
source in turn, so that a busy machine is busy for both; the ratio is that of the best rounds.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import tarfile
import time
from collections import defaultdict
from pathlib import Path

from lxml import etree

from sources.items import Document, Resource
from sources.pmc import Pmc


def files(folder: Path) -> dict[str, list[bytes]]:
    """Bytes of every article, by set."""
    sets = {}
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as tar:
            streams = [tar.extractfile(member) for member in tar]
            sets[archive.name.removesuffix(".tar.gz")] = [s.read() for s in streams if s]
    return sets


def bare(data: bytes) -> float:
    """Seconds of CPU of a parse that keeps nothing."""
    start = time.process_time()
    etree.fromstring(data)
    return time.process_time() - start


def ours(data: bytes) -> float:
    """Seconds of CPU of the source, all documents of the file."""
    source, resource = Pmc(), Resource("a.xml", "a.xml", len(data), "a.xml")
    start = time.process_time()
    count = sum(isinstance(item, Document) for item in source.parse(resource, io.BytesIO(data)))
    seconds = time.process_time() - start
    assert count
    return seconds


def main(rounds: int) -> None:
    """Print the best of some rounds for each set, and the ratio of the sums."""
    gc.disable()  # as the build does around this loop
    sets = files(Path(os.environ["CURATION_TEST_DATA"]) / "jats")
    best: dict[str, list[float]] = defaultdict(lambda: [float("inf"), float("inf")])
    for _ in range(rounds):
        for name, articles in sets.items():
            pairs = [(bare(data), ours(data)) for data in articles]
            for side, seconds in enumerate(map(sum, zip(*pairs, strict=True))):
                best[name][side] = min(best[name][side], seconds)
    for name, (first, second) in best.items():
        size = sum(map(len, sets[name])) / 1e6
        print(
            f"{name:<24} {len(sets[name]):>3} files {size:6.2f} MB  bare {first:6.3f} s", end="  "
        )
        print(f"source {second:6.3f} s  {second / first:5.2f}x")
    first, second = (sum(pair[side] for pair in best.values()) for side in (0, 1))
    print(f"all: bare {first:.3f} s, source {second:.3f} s, {second / first:.2f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
