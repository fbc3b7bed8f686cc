"""Synthetic signatures of any number, with planted copies of known Jaccard similarity.

A document is a function of its number alone, so that parts are written one by one, by any process,
and what was planted can be told without them. It is `LENGTH` word hashes, signed by the kernels of
the build. Every tenth document is a copy of an earlier one in which up to four words are replaced
by words of its own: words never occur twice by chance, so with c of S shingles changed the
similarity is (S - c) / (S + c).

Some documents may be put into one bucket: by chance (``band``: the first eight values of their
signatures are the same) or because they follow one template (``template``: one other word each).
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from numba import njit

from filters.kernels.signature import fmix32, minima, permutations, shingle_hashes
from filters.kernels.words import fmix64

LENGTH, SHINGLE, PERMUTATIONS, STREAM = 100, 5, 128, 25
SHINGLES = LENGTH - SHINGLE + 1
PART_ROWS, BATCH_ROWS = 100_000, 20_000

PLAIN, COPY, MEMBER = 0, 1, 2


class Plan(NamedTuple):
    """What is made.

    Attributes:
        count: Documents.
        seed: Other seeds make other documents.
        bucket: Documents in one bucket, about.
        kind: Of the bucket: ``band`` or ``template``.
    """

    count: int
    seed: int = 1
    bucket: int = 0
    kind: str = "band"


@njit
def _mix(seed, number, purpose):
    return fmix64(
        fmix64(np.uint64(seed) * np.uint64(1 << 40) + np.uint64(number)) + np.uint64(purpose)
    )


@njit
def _kind(number, count, seed, bucket):
    """Whether a document is in the bucket or a copy, and of which one."""
    if _mix(seed, number, 1) % np.uint64(count) < np.uint64(bucket):
        return MEMBER, number
    if number % 10 != 9:
        return PLAIN, number
    original = np.int64(_mix(seed, number, 2) % np.uint64(number))
    original -= original % 10 == 9
    if _mix(seed, original, 1) % np.uint64(count) < np.uint64(bucket):
        return PLAIN, number
    return COPY, original


@njit
def _write_words(number, kind, original, seed, template, out):
    """Write the words of a document; return how many of its shingles are its own."""
    source = original
    if kind == MEMBER and template:
        source = 1 << 39
    for place in range(LENGTH):
        out[place] = np.uint32(_mix(seed, source, 16 + place) & np.uint64(0x7FFFFFFF))
    edits = 0
    if kind == COPY:
        edits = np.int64(_mix(seed, number, 3) % np.uint64(17)) // 4
    elif kind == MEMBER and template:
        edits = 1
    changed = np.zeros(SHINGLES, np.bool_)
    for edit in range(edits):
        place = np.int64(_mix(seed, number, 4 + edit) % np.uint64(LENGTH))
        out[place] = np.uint32(_mix(seed, number, 1_000 + place) & np.uint64(0x7FFFFFFF))
        changed[max(0, place - SHINGLE + 1) : place + 1] = True
    return changed.sum()


@njit
def _sign(
    first,
    count,
    seed,
    bucket,
    kind_template,
    start,
    words,
    signatures,
    streams,
    hashes,
    factors,
    summands,
):
    """Make documents ``start`` and the following."""
    shingles = np.empty(LENGTH, np.uint64)
    mixed = np.empty(SHINGLES + 32 - SHINGLES % 32, np.uint32)
    for row in range(words.shape[0]):
        number = start + row
        kind, original = _kind(number, count, seed, bucket)
        _write_words(number, kind, original, seed, kind_template, words[row])
        used = shingle_hashes(words[row], 0, LENGTH, SHINGLE, shingles)
        for index in range(mixed.shape[0]):
            mixed[index] = fmix32(np.uint32(shingles[min(index, used - 1)]))
        minima(mixed, mixed.shape[0], factors, summands, signatures[row])
        if kind == MEMBER and not kind_template:
            signatures[row, :8] = first
        said = 1 << 39 if kind == MEMBER and kind_template else original
        hashes[row] = _mix(seed, said, 5)
        for place in range(STREAM):
            atom = np.uint32(_mix(seed, said, 3_000 + place) & np.uint64(0x0FFFFFFF))
            streams[row, place] = atom | np.uint32((place % 5 > 0) << 28)


@njit
def _truth(count, seed, bucket, originals, changed):
    words = np.empty(LENGTH, np.uint32)
    for number in range(count):
        kind, original = _kind(number, count, seed, bucket)
        originals[number] = original if kind == COPY else -1
        if kind == COPY:
            changed[number] = _write_words(number, kind, original, seed, False, words)


def truth(plan: Plan) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return what each document is a copy of, -1 for none, and their similarity, NaN for none."""
    originals, changed = np.empty(plan.count, np.int64), np.zeros(plan.count, np.int64)
    _truth(plan.count, plan.seed, plan.bucket, originals, changed)
    similarity = (SHINGLES - changed) / (SHINGLES + changed)
    return originals, np.where(originals >= 0, similarity, np.nan)


def documents(plan: Plan, start: int, stop: int) -> pa.Table:
    """Return documents ``start`` to ``stop`` as a part has them."""
    rows = stop - start
    words, signatures = (
        np.empty((rows, LENGTH), np.uint32),
        np.empty((rows, PERMUTATIONS), np.uint32),
    )
    streams, hashes = np.empty((rows, STREAM), np.uint32), np.empty(rows, np.uint64)
    _sign(
        np.uint32(7), plan.count, plan.seed, plan.bucket, plan.kind == "template", start,
        words, signatures, streams, hashes, *permutations(PERMUTATIONS),
    )  # fmt: skip
    return pa.table(
        {
            "signature": pa.FixedSizeBinaryArray.from_buffers(
                pa.binary(4 * PERMUTATIONS), rows, [None, pa.py_buffer(signatures)]
            ),
            "word_hashes": _binary(words),
            "guard": _binary(streams),
            "guard_hash": pa.array(hashes),
        }
    )


def _binary(values: npt.NDArray[np.uint32]) -> pa.Array:
    bounds = np.arange(len(values) + 1, dtype=np.int64) * (4 * values.shape[1])
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(values), [None, pa.py_buffer(bounds), pa.py_buffer(values)]
    )


def part_path(folder: Path, number: int) -> Path:
    """Return the path of a part."""
    return folder / f"part-{number:05d}.parquet"


def _write_part(task: tuple[Plan, Path, int]) -> None:
    plan, folder, number = task
    start, end = number * PART_ROWS, min((number + 1) * PART_ROWS, plan.count)
    schema = documents(plan, 0, 1).schema
    with pq.ParquetWriter(
        part_path(folder, number), schema,
        compression="none", use_dictionary=False, write_statistics=False, write_page_checksum=True,
    ) as writer:  # fmt: skip
        for first in range(start, end, BATCH_ROWS):
            table = documents(plan, first, min(first + BATCH_ROWS, end))
            writer.write_table(table, row_group_size=2_048)


def write_parts(plan: Plan, folder: Path, workers: int = 1) -> list[Path]:
    """Write all documents as parts of `PART_ROWS` rows."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(-(-plan.count // PART_ROWS))
    tasks = [(plan, folder, number) for number in numbers]
    if workers == 1:
        for task in tasks:
            _write_part(task)
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_write_part, tasks))
    return [part_path(folder, number) for number in numbers]
