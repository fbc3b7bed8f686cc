"""fastText's model files with hierarchical softmax, read into the arrays that kernels work on.

`filters.kernels.label_tree` predicts with them. Models of other forms are read here too, and scored
in `filters.kernels.classify`.

Reference: fastText 0.9.2, ``src/fasttext.cc``, ``dictionary.cc``, ``productquantizer.cc``;
compressed models: arXiv 1612.03651.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

MAGIC, VERSION = 793712314, 12
HIERARCHICAL_SOFTMAX = 1
SOFTMAX = 3
SUPERVISED = 3
CENTROIDS = 256
"""Codes of a product quantiser are one byte."""

END_OF_LINE = b"</s>"

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the kernel reads it.

    Attributes:
        labels: Names without ``__label__``, by index.
        rows: float32[words + n-grams, dim], input vectors.
        bucket_row: int32[bucket], row of an n-gram's hash bucket, -1 where it was pruned.
        filled: uint8[bucket / 8], a bit for each bucket that has a row, the lowest first.
        slots: int32[power of two], open-addressing table of word ids by hash, -1 empty.
        word_hashes: uint32[words].
        word_bounds: int64[words + 1] into ``word_bytes``.
        word_bytes: uint8, the words one after the other.
        left: int32[2 * labels - 1], tree of the labels; -1 at a leaf.
        right: Likewise.
        parent: int32[2 * labels - 1], the node above; -1 at the root.
        output: float32[labels, dim], vectors of the inner nodes.
        lengths: int32[3]: shortest and longest n-gram, id of the end-of-line word.
        run: Longest run of words that has a row of its own.
    """

    labels: tuple[str, ...]
    rows: Floats
    bucket_row: Ints
    filled: Bytes
    slots: Ints
    word_hashes: npt.NDArray[np.uint32]
    word_bounds: Longs
    word_bytes: Bytes
    left: Ints
    right: Ints
    parent: Ints
    output: Floats
    lengths: Ints
    run: int


class UnsupportedModelError(ValueError):
    """The file is a fastText model of a form that the kernel does not read, or none at all."""


class _Reader:
    """Reads little-endian values off a model file."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.place = data, 0

    def values(self, form: str) -> tuple[int | float | bool, ...]:
        found = struct.unpack_from("<" + form, self.data, self.place)
        self.place += struct.calcsize("<" + form)
        return found

    def integer(self, form: str) -> int:
        return int(self.values(form)[0])

    def array(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        found = np.frombuffer(self.data, kind, count, self.place)
        self.place += found.nbytes
        return found

    def text(self) -> bytes:
        end = self.data.find(b"\0", self.place)
        if end < 0:
            raise ValueError("a name without an end")
        found, self.place = self.data[self.place : end], end + 1
        return found


def load(path: Path, loss: int = HIERARCHICAL_SOFTMAX, run: int = 1) -> Model:
    """Read a model file.

    Args:
        path: A ``.ftz`` or ``.bin`` file.
        loss: The loss that the model must have been trained with.
        run: Longest run of words that the caller can look up.

    Returns:
        The model, input vectors decompressed.

    Raises:
        UnsupportedModelError: Not a supervised model with this loss and runs of words.
        OSError: The file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            # Mapped: a large model of a form that is not read costs nothing but its header.
            reader = _Reader(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            return _load(reader, loss, run)
    except (struct.error, ValueError, IndexError) as error:
        raise UnsupportedModelError(
            f"{path}: not a model that the kernel reads ({error})"
        ) from None


def _load(reader: _Reader, wanted: int, longest_run: int) -> Model:
    magic, version = reader.values("ii")
    if (magic, version) != (MAGIC, VERSION):
        raise UnsupportedModelError("unknown magic number or version")
    settings = reader.values("12i")
    reader.values("d")
    run, loss, kind = (int(v) for v in settings[5:8])
    bucket, shortest, longest = (int(v) for v in settings[8:11])
    if (loss, kind) != (wanted, SUPERVISED) or run > longest_run:
        raise UnsupportedModelError("another loss, word n-grams, or unsupervised")
    size, words, label_count = (int(v) for v in reader.values("3i"))
    _, pruned = (int(v) for v in reader.values("qq"))
    entries = [(reader.text(), reader.integer("q"), reader.integer("b")) for _ in range(size)]
    bucket_row = np.full(max(bucket, 1), -1, np.int32)
    if pruned >= 0:
        pairs = reader.array("<i4", 2 * pruned).reshape(-1, 2)
        bucket_row[pairs[:, 0]] = words + pairs[:, 1]
    else:
        bucket_row[:] = words + np.arange(len(bucket_row))
    rows = _matrix(reader, quantised=bool(reader.integer("?")))
    output = _matrix(reader, quantised=bool(reader.integer("?")))
    texts = [entry[0] for entry in entries[:words]]
    labels = entries[words:]
    left, right, parent = _tree([count for _, count, _ in labels])
    slots, hashes = word_table(texts)
    bounds = np.zeros(words + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=bounds[1:])
    end = texts.index(END_OF_LINE) if END_OF_LINE in texts else -1
    return Model(
        tuple(name.decode().removeprefix("__label__") for name, _, _ in labels[:label_count]),
        rows,
        bucket_row,
        np.packbits(bucket_row >= 0, bitorder="little"),
        slots,
        hashes,
        bounds,
        np.frombuffer(b"".join(texts) or b"\0", np.uint8),
        left,
        right,
        parent,
        output,
        np.array([shortest, longest, end], np.int32),
        run,
    )


def _matrix(reader: _Reader, *, quantised: bool) -> Floats:
    """Read a dense or product-quantised matrix as float32[m, n]."""
    if not quantised:
        height, width = (int(v) for v in reader.values("qq"))
        dense = reader.array("<f4", height * width).reshape(height, width)
        return np.array(dense, np.float32)
    normed = bool(reader.integer("?"))
    height, width = (int(v) for v in reader.values("qq"))
    codes = reader.array("<u1", reader.integer("i")).reshape(height, -1)
    parts = _quantiser(reader)
    result = np.empty((height, width), np.float32)
    column = 0
    for index, centroids in enumerate(parts):
        step = centroids.shape[1]
        result[:, column : column + step] = centroids[codes[:, index]]
        column += step
    if normed:
        norm_codes = reader.array("<u1", height)
        [norms] = _quantiser(reader)
        result *= norms[norm_codes]
    return result


def _quantiser(reader: _Reader) -> list[Floats]:
    """Read a product quantiser: float32[256, width] of each sub-vector."""
    width, count, step, last = (int(v) for v in reader.values("4i"))
    values = reader.array("<f4", width * CENTROIDS).astype(np.float32)
    parts = []
    for index in range(count):
        size = last if index == count - 1 else step
        start = index * CENTROIDS * step
        parts.append(values[start : start + CENTROIDS * size].reshape(CENTROIDS, size))
    return parts


def _tree(counts: list[int]) -> tuple[Ints, Ints, Ints]:
    """Build the Huffman tree of the labels, which stand by falling count, as fastText does."""
    leaves = len(counts)
    weight = [*counts, *([10**15] * (leaves - 1))]
    left = np.full(2 * leaves - 1, -1, np.int32)
    right = np.full(2 * leaves - 1, -1, np.int32)
    above = np.full(2 * leaves - 1, -1, np.int32)
    leaf, node = leaves - 1, leaves
    for parent in range(leaves, 2 * leaves - 1):
        chosen = []
        for _ in range(2):
            if leaf >= 0 and weight[leaf] < weight[node]:
                chosen.append(leaf)
                leaf -= 1
            else:
                chosen.append(node)
                node += 1
        left[parent], right[parent] = chosen
        above[chosen] = parent
        weight[parent] = weight[chosen[0]] + weight[chosen[1]]
    return left, right, above


def word_table(words: list[bytes]) -> tuple[Ints, npt.NDArray[np.uint32]]:
    """Lay words out in an open-addressing table by fastText's hash, a 32-bit FNV-1a.

    Args:
        words: Distinct words.

    Returns:
        int32[power of two], index of a word or -1; uint32[words], their hashes.
    """
    size = 1 << max(4, (2 * len(words)).bit_length())
    slots = np.full(size, -1, np.int32)
    hashes = np.empty(max(len(words), 1), np.uint32)
    for index, word in enumerate(words):
        value = 2166136261
        for byte in word:
            value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
        hashes[index] = value
        slot = value & (size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = index
    return slots, hashes
