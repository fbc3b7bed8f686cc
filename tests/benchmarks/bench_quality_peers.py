"""Our quality pass against datatrove's filters and dolma's tagger on the same real abstracts.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_quality_peers ENVIRONMENTS [--count 5000]

Each peer is installed, pinned, in an environment of its own below the folder ENVIRONMENTS, which a
second run uses again. Every filter looks at every document on both sides. Prints a table: CPU
seconds of one process, megabytes a second, and how many times as fast the pass is.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from filters.quality import QUALITY
from tests.benchmarks.quality_documents import documents, table

DATATROVE = """
from datatrove.data import Document
from datatrove.pipeline import filters as f
work = [f.GopherQualityFilter(), f.GopherRepetitionFilter(), f.C4QualityFilter(),
        f.FineWebQualityFilter()]
def run(text):
    for step in work:
        step.filter(Document(text=text, id="0"))
"""

DOLMA = """
from dolma.core.data_types import Document
from dolma.taggers.gopher import GopherTaggerV2
tagger = GopherTaggerV2()
def run(text):
    tagger.predict(Document(source="", version="", id="0", text=text))
"""

TIMED = """
import json, sys, time
texts = json.load(open(sys.argv[1]))
run(texts[0])
start = time.process_time()
for text in texts:
    run(text)
print(time.process_time() - start)
"""

PEERS = {
    "datatrove 0.10.1: Gopher quality and repetition, C4, FineWeb": (
        "datatrove",
        ("datatrove[processing]==0.10.1", "spacy==3.8.18"),
        DATATROVE,
    ),
    "dolma 1.2.1: gopher_v2": ("dolma", ("dolma==1.2.1", "boto3==1.40.0"), DOLMA),
}


def interpreter(folder: Path, packages: tuple[str, ...]) -> str:
    """Return the Python of an environment, made where it is not there yet."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "ready").touch()
    return str(python)


def abstracts(data: Path, count: int) -> pa.LargeStringArray:
    """Draw English abstracts of 50 words or more."""
    found = table([text for text in documents(data) if text.set == "abstracts"])
    mask = pc.and_(pc.equal(found["lang"], "en"), pc.greater_equal(found["words"], 50))
    texts = found["text"].filter(mask).combine_chunks()
    rows = sorted(random.Random(0).sample(range(len(texts)), count))
    return texts.take(pa.array(rows))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", type=Path)
    parser.add_argument("--count", type=int, default=5000)
    given = parser.parse_args()
    data = os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA")
    texts = abstracts(Path(data), given.count)
    megabytes = pc.sum(pc.binary_length(texts)).as_py() / 1e6
    ours = float("inf")
    for _ in range(7):
        start = time.process_time()
        QUALITY.compute(texts)
        ours = min(ours, time.process_time() - start)
    print("| pass | CPU s | MB/s | ours is |\n|---|---:|---:|---:|")
    print(f"| ours: all measurements | {ours:.3f} | {megabytes / ours:.1f} | |")
    with tempfile.TemporaryDirectory() as name:
        listed = Path(name) / "texts.json"
        listed.write_text(json.dumps(texts.to_pylist()), "utf-8")
        for title, (folder, packages, code) in PEERS.items():
            python = interpreter(given.environments / folder, packages)
            done = subprocess.run(
                [python, "-c", code + TIMED, str(listed)],
                check=True,
                capture_output=True,
                text=True,
            )
            used = float(done.stdout.split()[-1])
            print(f"| {title} | {used:.1f} | {megabytes / used:.2f} | {used / ours:.0f} times |")


if __name__ == "__main__":
    main()
