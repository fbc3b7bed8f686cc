"""Speed of the duplicate steps: text to signature against datasketch, and the global stage.

Run it as a script; figures are CPU seconds of one process, ratios are taken inside one run::

    python tests/benchmarks/bench_duplicates.py [--signatures 200000] [--texts 5000]

Both sides of the first ratio start from the same Arrow column and end with the signature of every
text; ours also makes the word hashes
and the guard stream. Texts are synthetic.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash
from datasketch import MinHash

from filters.duplicates.bands import candidate_pairs
from filters.duplicates.clusters import star
from filters.duplicates.guard import guards
from filters.duplicates.signatures import content_hash, sign
from filters.duplicates.verify import verify
from filters.kernels import warm_all

WORDS = re.compile(r"\w+")
LETTERS = np.array(list("etaoinshrdlcumwfgypbvkjxqz"))


def synthetic_texts(count: int, accents: float = 0.25) -> list[str]:
    """Make abstracts of about 180 words; a share of them holds characters beyond ASCII."""
    draw = np.random.default_rng(7)
    weights = 1 / np.arange(2.0, 28.0)
    weights /= weights.sum()
    vocabulary = [
        "".join(draw.choice(LETTERS, size, p=weights)) for size in 2 + draw.poisson(5, 20_000)
    ]
    frequency = 1 / np.arange(10.0, 20_010.0)
    frequency /= frequency.sum()
    texts = []
    for _ in range(count):
        words = [vocabulary[index] for index in draw.choice(20_000, 176, p=frequency)]
        for place in draw.integers(0, len(words), 10):
            words[place] = f"{draw.integers(1, 500) / 10} mg"
        for place in range(14, len(words), 15):
            words[place] += f".\n{words[place].capitalize()}"
        if draw.random() < accents:
            for place in draw.integers(0, len(words), 4):
                words[place] += " ≥ 5 µg"
        texts.append("# " + " ".join(words))
    return texts


def with_datasketch(texts: list[str], shared: MinHash) -> npt.NDArray[np.uint32]:
    """Sign texts with datasketch in its fastest form: batches, xxh32, shared permutations."""
    rows = []
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
        rows.append(signature.hashvalues)
    return np.stack(rows)


def cpu(call: Callable[[], object], repeats: int = 5) -> float:
    """Median CPU seconds of a call."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def bench_signatures(count: int) -> None:
    """Print the ratio of text to signature."""
    texts = synthetic_texts(count)
    column = pa.array(texts, pa.large_string())
    size = sum(len(text.encode()) for text in texts) / 1e6
    shared = MinHash(128, scheme="affine32")
    ours = cpu(lambda: sign(column), 11)
    peer = cpu(lambda: with_datasketch(texts, shared), 3)
    hashed = cpu(lambda: content_hash(column))
    print(f"{count} texts, {size:.1f} MB, {size * 1e6 / count:.0f} bytes each")
    print(f"signature   {ours / count * 1e6:8.2f} us a text   {size / ours:7.1f} MB/s")
    print(f"datasketch  {peer / count * 1e6:8.2f} us a text   ratio {peer / ours:.1f}")
    print(f"contenthash {hashed / count * 1e6:8.2f} us a text   {size / hashed:7.1f} MB/s")


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
    """Run both benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signatures", type=int, default=200_000)
    parser.add_argument("--texts", type=int, default=5_000)
    arguments = parser.parse_args()
    warm_all()
    bench_signatures(arguments.texts)
    bench_global(arguments.signatures)


if __name__ == "__main__":
    main()
