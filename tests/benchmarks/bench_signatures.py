"""Text to signature against datasketch and rensa, on real abstracts.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_signatures
        [--texts 5000] [--rensa FOLDER] [--write docs/signatures.md]

Every side starts from texts and ends with 128 values a text; ours also makes the word hashes and,
where it says so, the guard stream. Each is run in turn, several times; what counts is the median of
CPU seconds, and ratios are taken inside one run. datasketch is used in its fastest form: one batch a
text, xxh32, shared permutations. rensa runs in an environment of its own, which is made in
``FOLDER`` (left out without one); its shingles are made in Python, as its users do, and once more
before the clock starts.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import random
import re
import statistics
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pyarrow as pa
import xxhash
from datasketch import MinHash

from filters.duplicates.signatures import content_hash, sign
from filters.kernels import warm_all
from sources.items import Document, Resource
from sources.pubmed import PubMed
from tests.benchmarks import pages
from tests.benchmarks.peers import Peer

FILES = ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz")
WORDS = re.compile(r"\w+")
ROUNDS = 5
PASSES = 20
"""Times that a process signs all texts where two run side by side."""

RENSA = Peer("rensa", ("rensa==0.5.0",))
SHINGLES = """
import re
from rensa import RMinHash
WORDS = re.compile(r"\\w+")
def shingles(text):
    words = WORDS.findall(text.lower())
    return [" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)]
"""
FROM_TEXT = (
    SHINGLES
    + """
def run(text):
    signature = RMinHash(128, 1)
    signature.update(shingles(text))
    return len(signature.digest())
"""
)
FROM_SHINGLES = (
    SHINGLES
    + """
import json, sys
READY = {text: shingles(text) for text in json.load(open(sys.argv[1], encoding="utf-8"))}
def run(text):
    signature = RMinHash(128, 1)
    signature.update(READY[text])
    return len(signature.digest())
"""
)


def abstracts(folder: Path, count: int) -> list[str]:
    """Draw abstracts of 50 words or more evenly from two PubMed files, as a build composes them."""
    drawn = []
    for name in FILES:
        with gzip.open(folder / name) as stream:
            found = [
                f"# {item.title}\n\n{item.text}"
                for item in PubMed().parse(Resource(name, name, -1, ""), stream)
                if isinstance(item, Document) and not item.part and len(item.text.split()) >= 50
            ]
        drawn += random.Random(0).sample(found, count // len(FILES))
    return drawn


def with_datasketch(texts: list[str], shared: MinHash) -> None:
    """Sign texts with datasketch."""
    for text in texts:
        words = WORDS.findall(text.lower())
        shingles = [" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)]
        signature = MinHash(
            128,
            hashfunc=xxhash.xxh32_intdigest,
            permutations=shared.permutations,
            scheme="affine32",
        )
        signature.update_batch(shingles)


def cpu(call: Callable[[], object], passes: int = 1) -> float:
    """CPU seconds of a call."""
    start = time.process_time()
    for _ in range(passes):
        call()
    return (time.process_time() - start) / passes


def measure(texts: list[str], rensa: Path | None) -> dict[str, float]:
    """Run every side in turn; return median microseconds of CPU a text."""
    column = pa.array(texts, pa.large_string())
    shared = MinHash(128, scheme="affine32")
    some = texts[:: max(1, len(texts) // 1000)]
    sides: dict[str, tuple[int, Callable[[], float]]] = {
        "signature, word hashes": (len(texts), lambda: cpu(lambda: sign(column, guard=False), 5)),
        "signature, word hashes, guard stream": (len(texts), lambda: cpu(lambda: sign(column), 5)),
        "datasketch": (len(some), lambda: cpu(lambda: with_datasketch(some, shared))),
        "content hash": (len(texts), lambda: cpu(lambda: content_hash(column))),
    }
    if rensa:
        for name, code in (("rensa", FROM_TEXT), ("rensa, ready shingles", FROM_SHINGLES)):
            sides[name] = (
                len(some),
                lambda code=code: RENSA.run(rensa, code, some)["cpu_s"],  # type: ignore[misc]
            )
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, (count, call) in sides.items():
            taken[name].append(call() / count * 1e6)
    return {name: statistics.median(values) for name, values in taken.items()}


def _repeat(texts: list[str], start: Barrier, result: multiprocessing.Queue[float]) -> None:
    """Sign texts in a process beside others; report CPU seconds a pass."""
    column = pa.array(texts, pa.large_string())
    sign(column)
    start.wait()
    result.put(cpu(lambda: sign(column), PASSES))


def side_by_side(texts: list[str], processes: int) -> float:
    """Return the mean CPU seconds of a pass in processes that run at the same time."""
    context = multiprocessing.get_context("spawn")
    start, result = context.Barrier(processes), context.Queue()
    running = [
        context.Process(target=_repeat, args=(texts, start, result)) for _ in range(processes)
    ]
    for process in running:
        process.start()
    taken = [result.get() for _ in running]
    for process in running:
        process.join()
    return statistics.mean(taken)


def table(texts: list[str], taken: dict[str, float], speedup: float) -> str:
    """Write the figures as Markdown."""
    ours, guarded = list(taken)[:2]
    size = sum(len(text.encode()) for text in texts) / len(texts)
    lines = [
        f"{len(texts):,} abstracts of {size:,.0f} bytes; median CPU time of {ROUNDS} rounds.",
        "",
        "| | µs a text | of ours | of ours with the guard stream |",
        "|---|---:|---:|---:|",
    ]
    for name, value in taken.items():
        lines.append(
            f"| {name} | {value:.2f} | {value / taken[ours]:.1f} | {value / taken[guarded]:.1f} |"
        )
    lines += [
        "",
        f"Two processes sign {speedup:.2f} times as many texts as one in the same CPU time each.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=5_000)
    parser.add_argument("--rensa", type=Path, help="folder for rensa's environment")
    parser.add_argument("--write", type=Path, help="page whose table is replaced")
    given = parser.parse_args()
    warm_all()
    texts = abstracts(Path(os.environ["CURATION_TEST_DATA"]) / "pubmed", given.texts)
    taken = measure(texts, given.rensa)
    alone, both = side_by_side(texts, 1), side_by_side(texts, 2)
    written = table(texts, taken, 2 * alone / both)
    print(written)
    if given.write:
        pages.put(given.write, "measured", written)


if __name__ == "__main__":
    main()
