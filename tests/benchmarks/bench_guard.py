"""The clinical guard on real abstracts: claims kept apart, true copies merged; cost of its stream.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_guard [--texts 1500] [--show TYPE]

Abstracts of ``pubmed21n1298`` of 100 to 420 words, one change each (``tests/filters/claims.py``). A
pair counts if its Jaccard similarity is 0.80 or more (claims), 0.82 or more (copies). Bars: claims
kept apart 0.98 (substance 0.90), copies merged 0.98 (OCR noise is reported).
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import re
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from filters.duplicates.guard import DIFFERENCES, guards
from filters.duplicates.signatures import sign
from filters.duplicates.verify import verify
from filters.kernels import warm_all
from sources.items import Document, Resource
from sources.pubmed import PubMed
from tests.filters.claims import CLAIMS, COPIES, Generator

Column = list[tuple[str, str, int, int]]

FILE = "pubmed21n1298.xml.gz"


def abstracts(path: Path, count: int) -> list[str]:
    """Return abstracts as a build composes them, drawn evenly over a PubMed file."""
    found = []
    with gzip.open(path) as stream:
        for item in PubMed().parse(Resource(path.name, path.stem, -1, ""), stream):
            if isinstance(item, Document) and item.text and not item.part:
                text = f"# {item.title}\n\n{item.text}"
                if 100 <= len(re.findall(r"\w+", text)) <= 420:
                    found.append(text)
    return random.Random(1).sample(found, min(count, len(found)))


def judge(texts: list[str], generator: Generator, least: float, name: str) -> tuple[int, Column]:
    """Change each text once; return how many changed, and what the guard says of the similar."""
    draw = random.Random(name)
    made = [(text, generator(text, draw)) for text in texts]
    pairs = [(text, other) for text, other in made if other is not None and other != text]
    if not pairs:
        return 0, []
    signed = sign(pa.array([text for pair in pairs for text in pair], pa.large_string()))
    places = np.arange(2 * len(pairs)).reshape(-1, 2)
    similar = verify(signed["word_hashes"], places) >= least
    found = guards(signed["guard"], places), guards(signed["guard"], places, True)
    rows = np.flatnonzero(similar).tolist()
    return len(pairs), [(*pairs[row], int(found[0][row]), int(found[1][row])) for row in rows]


def show(judged: Column, copies: bool, limit: int) -> None:
    """Print pairs that the guard got wrong: where they differ, and what it said."""
    wrong = [row for row in judged if (row[2] > 0) == copies]
    for one, other, found, _ in wrong[:limit]:
        at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
        print(f"    {DIFFERENCES[found] or 'no difference'}")
        for text in (one, other):
            print(f"      {text[max(0, at - 70) : at + 90]!r}")


def cost(texts: list[str]) -> None:
    """Print what signing costs and what a stream takes."""
    column = pa.array(texts, pa.large_string())
    taken = []
    for _ in range(15):
        start = time.process_time()
        signed = sign(column)
        taken.append(time.process_time() - start)
    each = sorted(taken)[7] / len(texts) * 1e6
    size = signed["guard"].nbytes / len(texts) - 8
    print(f"signing with the guard stream {each:.1f} us a text; stream {size:.0f} bytes a text")


def main() -> None:
    """Print shares by type."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--show", help="a type: print pairs that the guard got wrong")
    parser.add_argument("--file", default=FILE)
    given = parser.parse_args()
    warm_all()
    texts = abstracts(Path(os.environ["CURATION_TEST_DATA"]) / "pubmed" / given.file, given.texts)
    cost(texts)
    print(f"\n{len(texts)} texts\n{'':32} {'n':>5} {'J high':>7} {'apart':>7} {'strict':>7}")
    for table, least, copies in ((CLAIMS, 0.80, False), (COPIES, 0.82, True)):
        for name, generator in table.items():
            made, judged = judge(texts, generator, least, name)
            if not judged:
                continue
            apart, strict = (np.mean([row[n] > 0 for row in judged]) for n in (2, 3))
            print(
                f"{name:32} {made:5} {len(judged) / made:7.1%} {apart:7.1%} {strict:7.1%}",
                flush=True,
            )
            if given.show in (name, "all"):
                show(judged, copies, 12)


if __name__ == "__main__":
    main()
