"""Synthetic signatures of any number, with planted copies of known Jaccard similarity.

A document is a function of its number alone, so that parts are written one by one, by any process,
and what was planted can be told without them. It is `LENGTH` word hashes, signed by the kernels of
the build. Every tenth document is a copy of an earlier one in which up to four words are replaced
by words of its own: words never occur twice by chance, so with c of S shingles changed the
similarity is (S - c) / (S + c).

Members of one bucket are further documents, in parts of their own: they share it by chance
(``band``: the first eight values of their signatures are the same) or because they follow one
template (``template``: one other word each).
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

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

MEMBERS = 1 << 38
"""Number of the first member of the bucket."""

TEMPLATE = 1 << 39
"""Number of what they follow."""

PLAIN, COPY, MEMBER = 0, 1, 2


@njit
def _mix(seed, number, purpose):
    return fmix64(
        fmix64(np.uint64(seed) * np.uint64(1 << 40) + np.uint64(number)) + np.uint64(purpose)
    )


@njit
def _kind(number, seed):
    """Whether a document is in the bucket or a copy, and of which one."""
    if number >= MEMBERS:
        return MEMBER, number
    if number % 10 != 9:
        return PLAIN, number
    original = np.int64(_mix(seed, number, 2) % np.uint64(number))
    original -= original % 10 == 9
    return COPY, original


@njit
def _write_words(number, kind, original, seed, template, out):
    """Write the words of a document; return how many of its shingles are its own."""
    source = original
    if kind == MEMBER and template:
        source = TEMPLATE
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
def _sign(start, seed, template, words, signatures, streams, hashes, factors, summands):
    """Make documents ``start`` and the following."""
    shingles = np.empty(LENGTH, np.uint64)
    mixed = np.empty(SHINGLES, np.uint32)
    values = signatures.reshape(-1)
    for row in range(words.shape[0]):
        number = start + row
        kind, original = _kind(number, seed)
        _write_words(number, kind, original, seed, template, words[row])
        used = shingle_hashes(words[row], 0, LENGTH, SHINGLE, shingles)
        for index in range(used):
            mixed[index] = fmix32(np.uint32(shingles[index]))
        minima(mixed, used, factors, summands, values, row * PERMUTATIONS)
        if kind == MEMBER and not template:
            signatures[row, :8] = np.uint32(7)
        said = TEMPLATE if kind == MEMBER and template else original
        hashes[row] = _mix(seed, said, 5)
        for place in range(STREAM):
            atom = np.uint32(_mix(seed, said, 3_000 + place) & np.uint64(0x0FFFFFFF))
            streams[row, place] = atom | np.uint32((place % 5 > 0) << 28)


@njit
def _truth(seed, originals, changed):
    words = np.empty(LENGTH, np.uint32)
    for number in range(originals.shape[0]):
        kind, original = _kind(number, seed)
        originals[number] = original if kind == COPY else -1
        if kind == COPY:
            changed[number] = _write_words(number, kind, original, seed, False, words)


def truth(count: int, seed: int = 1) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return what each document is a copy of, -1 for none, and their similarity, NaN for none."""
    originals, changed = np.empty(count, np.int64), np.zeros(count, np.int64)
    _truth(seed, originals, changed)
    similarity = (SHINGLES - changed) / (SHINGLES + changed)
    return originals, np.where(originals >= 0, similarity, np.nan)


def documents(start: int, stop: int, seed: int = 1, template: bool = False) -> pa.Table:
    """Return documents ``start`` to ``stop`` as a part has them.

    Args:
        start: First number.
        stop: End of the numbers.
        seed: Other seeds make other documents.
        template: Whether members of the bucket follow a template, or share it by chance.
    """
    rows = stop - start
    words = np.empty((rows, LENGTH), np.uint32)
    signatures = np.empty((rows, PERMUTATIONS), np.uint32)
    streams, hashes = np.empty((rows, STREAM), np.uint32), np.empty(rows, np.uint64)
    _sign(start, seed, template, words, signatures, streams, hashes, *permutations(PERMUTATIONS))
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


def _write_part(task: tuple[Path, int, int, int, bool]) -> None:
    path, start, stop, seed, template = task
    temporary = path.with_suffix(".tmp")
    with pq.ParquetWriter(
        temporary, documents(0, 1).schema,
        compression="none", use_dictionary=False, write_statistics=False, write_page_checksum=True,
    ) as writer:  # fmt: skip
        for first in range(start, stop, BATCH_ROWS):
            table = documents(first, min(first + BATCH_ROWS, stop), seed, template)
            writer.write_table(table, row_group_size=2_048)
    temporary.rename(path)


def write_parts(
    folder: Path,
    count: int,
    *,
    first: int = 0,
    seed: int = 1,
    template: bool = False,
    workers: int = 1,
) -> list[Path]:
    """Write documents as parts of `PART_ROWS` rows; those that are there are left.

    Args:
        folder: Where they go.
        count: Documents.
        first: Number of the first one; `MEMBERS` for members of the bucket.
        seed: See `documents`.
        template: Likewise.
        workers: Processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tasks = []
    for at in range(0, count, PART_ROWS):
        stop = min(at + PART_ROWS, count)
        path = folder / f"part-{at:010d}-{stop:010d}.parquet"
        tasks.append((path, first + at, first + stop, seed, template))
    missing = [task for task in tasks if not task[0].exists()]
    if workers == 1 or len(missing) < 2:
        for task in missing:
            _write_part(task)
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            list(pool.map(_write_part, missing))
    return [task[0] for task in tasks]
