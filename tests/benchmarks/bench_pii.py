"""Speed of PII redaction on real abstracts, CPU time of one process.

    CURATION_TEST_DATA=… python tests/benchmarks/bench_pii.py [--runs 5]

Prints MB/s, seconds for 40 MB and masks per MB for each profile, and the share of the gate.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from lxml import etree

from filters.pii import gate, redact

FILES = ("pubmed21n1298.xml.gz", "pubmed20n0014.xml.gz")


def abstracts(folder: Path) -> pa.LargeStringArray:
    """Abstracts of the shared PubMed files."""
    texts = []
    for name in FILES:
        with gzip.open(folder / "pubmed" / name) as stream:
            for _, element in etree.iterparse(stream, tag="Abstract"):
                # Copyright notices hold publishers' addresses and are not part of the text.
                parts = ("".join(part.itertext()) for part in element.iterfind("AbstractText"))
                texts.append("\n\n".join(parts))
                element.clear()
    return pa.array(texts, pa.large_string())


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    texts = abstracts(Path(os.environ["CURATION_TEST_DATA"]))
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[: len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2], np.uint8)
    size = int(offsets[-1]) / 1e6
    print(f"{len(texts)} abstracts, {size:.1f} MB")
    for profile in ("default", "strict"):
        redact({"t": texts[:2000]}, profile)  # compile, load metadata
        total, first = [], []
        for _ in range(runs):
            start = time.process_time()
            result = redact({"t": texts}, profile)
            total.append(time.process_time() - start)
            start = time.process_time()
            gate.marks(data, offsets, profile == "strict")
            first.append(time.process_time() - start)
        seconds = statistics.median(total)
        print(
            f"{profile}: {size / seconds:.1f} MB/s, {40 * seconds / size:.2f} s for 40 MB "
            f"(gate {40 * statistics.median(first) / size:.2f} s), "
            f"{sum(result.rules.values()) / size:.2f} masks per MB {result.rules}"
        )


if __name__ == "__main__":
    main()
