"""Our steps and our whole build against datatrove and dolma, on the same real abstracts.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_peers ENVIRONMENTS [--count 5000]

Each peer is installed, pinned, in an environment of its own below the folder ENVIRONMENTS, which a
second run uses again. Every filter looks at every document on both sides; all sides use the same
language model. Prints CPU seconds of one process (ours the median of several runs), documents a
second, and how many times as fast ours is; the build is a whole ``curation build`` with one worker,
from JSON lines to shards, of all English abstracts of 50 words or more.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from filters.duplicates.signatures import sign
from filters.language import Identifier, resolve_model
from filters.pii import redact
from filters.quality import QUALITY
from tests.benchmarks.bench_build import build
from tests.benchmarks.peers import DATATROVE, DOLMA
from tests.benchmarks.quality_documents import documents, table

QUALITY_OF_DATATROVE = """
from datatrove.data import Document
from datatrove.pipeline import filters as f
steps = [f.GopherQualityFilter(), f.GopherRepetitionFilter(), f.C4QualityFilter(),
         f.FineWebQualityFilter()]
def run(text):
    for step in steps:
        step.filter(Document(text=text, id="0"))
"""

CHAIN_OF_DATATROVE = """
from datatrove.data import Document
from datatrove.pipeline import filters as f
from datatrove.pipeline.dedup.minhash import MinhashDedupSignature
from datatrove.pipeline.formatters import PIIFormatter
from fasttext.FastText import _FastText
language = f.LanguageFilter(["en"])
language.model._model = _FastText({model!r})
steps = [language, f.GopherRepetitionFilter(), f.GopherQualityFilter(), f.C4QualityFilter(),
         f.FineWebQualityFilter()]
pii = PIIFormatter()
signature = MinhashDedupSignature({folder!r})
def run(text):
    document = Document(text=text, id="0")
    for step in steps:
        step.filter(document)
    if {masks}:
        document.text = pii.format(document.text)
    shingles = signature.get_shingles(document.text)
    if shingles.size:
        signature.get_signature(shingles)
"""

GOPHER_OF_DOLMA = """
from dolma.core.data_types import Document
from dolma.taggers.gopher import GopherTaggerV2
tagger = GopherTaggerV2()
def run(text):
    tagger.predict(Document(source="", version="", id="0", text=text))
"""

RUNS = 7
RECIPE = '[[sources]]\nuse = "jsonl"\nkind = "abstract"\npaths = [{path!r}]\n'

PASS = "quality pass"
CHAIN = "language, quality, PII, signature"
MILD = "the same without PII"
BUILD = "whole build, one worker, {count:,} abstracts"


def abstracts(data: Path) -> pa.LargeStringArray:
    """Return the English abstracts of 50 words or more."""
    found = table([text for text in documents(data) if text.set == "abstracts"])
    mask = pc.and_(pc.equal(found["lang"], "en"), pc.greater_equal(found["words"], 50))
    return found["text"].filter(mask).combine_chunks()


def seconds(work: Callable[[], object]) -> float:
    """Return the median CPU time of several runs after a first one."""
    work()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def steps(texts: pa.LargeStringArray) -> dict[str, float]:
    """CPU seconds of our steps."""
    identifier = Identifier(resolve_model(None))
    quality = seconds(lambda: QUALITY.compute(texts))
    masking = seconds(lambda: redact({"text": texts}, "default"))
    rest = seconds(lambda: identifier.identify(texts)) + seconds(lambda: sign(texts))
    return {PASS: quality, CHAIN: rest + quality + masking, MILD: rest + quality}


def building(texts: pa.LargeStringArray, folder: Path) -> float:
    """CPU seconds of a build of the texts, from JSON lines to shards, all its processes."""
    source = folder / "abstracts.jsonl"
    with source.open("w", encoding="utf-8") as stream:
        for row, text in enumerate(texts.to_pylist()):
            stream.write(json.dumps({"id": str(row), "text": text}) + "\n")
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(path=str(source)), "utf-8")
    build(recipe, folder / "warm", 1)
    return statistics.median(build(recipe, folder / "corpus", 1)[0] for _ in range(3))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", type=Path)
    parser.add_argument("--count", type=int, default=5000)
    given = parser.parse_args()
    data = os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA")
    everything = abstracts(Path(data))
    rows = sorted(random.Random(0).sample(range(len(everything)), given.count))
    texts = everything.take(pa.array(rows))
    megabytes = pc.sum(pc.binary_length(texts)).as_py() / 1e6
    ours = {name: given.count / used for name, used in steps(texts).items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = BUILD.format(count=len(everything))
        ours[whole] = len(everything) / building(everything, folder)
        model = str(resolve_model(None))
        chain = [
            CHAIN_OF_DATATROVE.format(model=model, folder=name, masks=masks)
            for masks in (True, False)
        ]
        listed = texts.to_pylist()
        compared = (
            ("dolma 1.2.1 gopher_v2", DOLMA, GOPHER_OF_DOLMA, (PASS,)),
            ("datatrove 0.10.1, four filters", DATATROVE, QUALITY_OF_DATATROVE, (PASS,)),
            ("datatrove 0.10.1", DATATROVE, chain[0], (CHAIN, whole)),
            ("datatrove 0.10.1", DATATROVE, chain[1], (MILD,)),
        )
        print(f"{given.count:,} abstracts, {megabytes:.1f} MB")
        print("| ours | documents/s | peer | documents/s | ours is |\n|---|---:|---|---:|---:|")
        for title, peer, code, mine in compared:
            rate = given.count / peer.run(given.environments, code, listed)["cpu_s"]
            for step in mine:
                times = ours[step] / rate
                print(f"| {step} | {ours[step]:,.0f} | {title} | {rate:,.0f} | {times:.0f} times |")


if __name__ == "__main__":
    main()
