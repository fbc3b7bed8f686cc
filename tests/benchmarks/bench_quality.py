"""Speed of normalisation and of the quality pass: ``python -m tests.benchmarks.bench_quality``.

Text is made here, so that the figures need no files: sentences of random words with the word
lengths, repeated words and share of non-ASCII characters of English abstracts. The pass is compared
with its plain twin on the same texts in the same run, because absolute figures follow the machine.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import pyarrow as pa

from filters.normalise import normalise
from filters.quality import QUALITY
from tests.filters.reference_quality import measure

LETTERS = "etaoinshrdlcumwfgypbvk"
ABSTRACTS = 20_000
TWIN = 40


def texts(count: int, seed: int = 0) -> list[str]:
    """Make texts of about 180 words in eight sentences from a Zipf-like vocabulary."""
    draw = random.Random(seed)
    stems = [
        "".join(draw.choices(LETTERS, k=draw.choice((2, 3, 4, 6, 8, 9, 11)))) for _ in range(4000)
    ]
    stems += ["µg", "α-chain", "±", "<", "(n=12)", "95%", "P", "the", "of", "and", "in", "to"] * 12
    weights = [1 / (rank + 10) for rank in range(len(stems))]
    made = []
    for _ in range(count):
        words = draw.choices(stems, weights, k=draw.randint(100, 260))
        made.append(" ".join(w + ". " if k % 22 == 21 else w for k, w in enumerate(words)) + ".")
    return made


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the least CPU time of several runs."""
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print the figures as JSON."""
    raw = pa.array(texts(ABSTRACTS), pa.large_string())
    start = time.process_time()
    clean = normalise(raw)
    QUALITY.compute(clean[:1])
    compile_s = time.process_time() - start
    megabytes = clean.nbytes / 1e6
    few = clean[:TWIN].to_pylist()
    pass_s = seconds(lambda: QUALITY.compute(clean))
    twin_s = seconds(lambda: [measure(text) for text in few], times=1) / TWIN * ABSTRACTS
    figures = {
        "megabytes": round(megabytes, 1),
        "warm_s": round(compile_s, 2),
        "normalise_dirty_mb_s": round(megabytes / seconds(lambda: normalise(raw)), 1),
        "normalise_clean_mb_s": round(megabytes / seconds(lambda: normalise(clean)), 1),
        "quality_mb_s": round(megabytes / pass_s, 1),
        "quality_times_plain_twin": round(twin_s / pass_s),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
