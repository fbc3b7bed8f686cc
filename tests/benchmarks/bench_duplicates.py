"""Speed of the global stage of near-duplicates, step by step.

Run it as a script; figures are CPU seconds of one process::

    python tests/benchmarks/bench_duplicates.py [--signatures 200000]

From text to signature: `bench_signatures`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.duplicates.bands import candidate_pairs
from filters.duplicates.clusters import star
from filters.duplicates.guard import guards
from filters.duplicates.signatures import sign
from filters.duplicates.verify import verify
from filters.kernels import warm_all


def planted(
    count: int,
) -> tuple[npt.NDArray[np.uint32], pa.LargeBinaryArray, pa.LargeBinaryArray]:
    """Sign ``count`` documents, a tenth edited copies: signatures, word hashes, guard streams."""
    draw = np.random.default_rng(3)
    vocabulary = np.array([f"w{index}" if index % 20 else f"{index}" for index in range(50_000)])
    originals = draw.integers(0, 50_000, (count - count // 10, 60))
    copies = originals[draw.integers(0, len(originals), count // 10)].copy()
    for row in copies[: len(copies) * 9 // 10]:
        row[draw.integers(0, 60)] = draw.integers(0, 50_000)
    columns = []
    for start in range(0, count, 20_000):
        rows = np.concatenate([originals, copies])[start : start + 20_000]
        texts = pa.array([" ".join(row) for row in vocabulary[rows]], pa.large_string())
        columns.append(sign(texts))
    signatures = np.concatenate(
        [np.frombuffer(part["signature"].buffers()[1], "<u4").reshape(-1, 128) for part in columns]
    )
    words, streams = (
        pa.concat_arrays([part[name] for part in columns]) for name in ("word_hashes", "guard")
    )
    return signatures, words, streams


def bench_global(count: int) -> None:
    """Print the cost of the global stage, step by step."""
    signatures, words, streams = planted(count)
    draw = np.random.default_rng(5)
    order = draw.permutation(count).astype(np.int64)
    candidate_pairs(signatures[:10], order=order[:10].argsort().argsort())
    start = time.process_time()
    pairs, cut = candidate_pairs(signatures, order=order)
    proposed = time.process_time()
    verify(words.slice(0, 2), np.array([[0, 1]])), guards(streams.slice(0, 2), np.array([[0, 1]]))
    compiled = time.process_time()
    similarity = verify(words, pairs)
    verified = time.process_time()
    apart = guards(streams, pairs) > 0
    guarded = time.process_time()
    everyone = np.ones(count, np.bool_)
    clusters = star(order, pairs, similarity, apart, everyone)
    done = time.process_time()
    each = max(len(pairs), 1) / 1e6
    print(f"\n{count} signatures, {len(pairs)} candidate pairs, {cut} meetings cut")
    print(f"bands   {proposed - start:7.2f} s")
    print(f"verify  {verified - compiled:7.2f} s   {(verified - compiled) / each:.2f} us a pair")
    print(f"guard   {guarded - verified:7.2f} s   {(guarded - verified) / each:.2f} us a pair")
    print(f"star    {done - guarded:7.2f} s   {(clusters.representative >= 0).sum()} joined")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signatures", type=int, default=200_000)
    arguments = parser.parse_args()
    warm_all()
    bench_global(arguments.signatures)


if __name__ == "__main__":
    main()
