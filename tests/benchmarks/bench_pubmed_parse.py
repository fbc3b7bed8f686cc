"""CPU time of the PubMed source against a bare ``iterparse`` loop, both reading the .gz.

Run: ``CURATION_TEST_DATA=… python tests/benchmarks/bench_pubmed_parse.py [ROUNDS]``. Both loops are
run in turn, so that a busy machine is busy for both; the ratio is that of the best rounds.
"""

from __future__ import annotations

import gc
import gzip
import os
import sys
import time
from pathlib import Path

import pyarrow.compute as pc
from lxml import etree

from sources.columns import DOCUMENT, Batch, row_type
from sources.items import Resource
from sources.pubmed import PubMed

FILES = ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz")


def bare(path: Path) -> tuple[float, int]:
    """Seconds of CPU and records of a loop that keeps nothing."""
    start, count = time.process_time(), 0
    with gzip.open(path) as stream:
        for _, element in etree.iterparse(stream, tag="PubmedArticle"):
            count += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return time.process_time() - start, count


def ours(path: Path) -> tuple[float, int]:
    """Seconds of CPU and main documents of the source, all fields, as the build takes them."""
    start, count = time.process_time(), 0
    resource = Resource(path.name, path.name.removesuffix(".gz"), -1, str(path))
    with gzip.open(path) as stream:
        for item in PubMed().read(resource, stream):
            if isinstance(item, Batch):
                main = pc.and_(
                    pc.equal(item.columns["row_type"], DOCUMENT),
                    pc.equal(item.columns["part"], ""),
                )
                count += pc.sum(main).as_py()
            else:
                count += row_type(item) == DOCUMENT and not item.part
    return time.process_time() - start, count


def main(rounds: int) -> None:
    """Print the best of some rounds for each file, and the ratio of the sums."""
    folder = Path(os.environ["CURATION_TEST_DATA"]) / "pubmed"
    gc.disable()  # as the build does around this loop
    ours(folder / "small" / "pubmed21n0001-sample.xml.gz")  # loads the compiled loops
    totals = [0.0, 0.0]
    for name in FILES:
        times = [(bare(folder / name), ours(folder / name)) for _ in range(rounds)]
        first, second = (min(column)[0] for column in zip(*times, strict=True))
        records = times[0][0][1]
        assert all(count == records for pair in times for _, count in pair)
        totals = [totals[0] + first, totals[1] + second]
        print(f"{name}: {records:,} records, bare {first:.2f} s, source {second:.2f} s,", end=" ")
        print(f"{second / first:.2f}x, {records / second:,.0f} records/s")
    print(f"both: {totals[1] / totals[0]:.2f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
