"""fastText inference for hierarchical-softmax models such as lid.176, over Arrow buffers.

Models of other forms are read here too, and scored in `filters.kernels.classify`.

Same mathematics as fastText's C++ (Joulin et al. 2016, arXiv 1607.01759; compressed models: arXiv
1612.03651): words and character n-grams hash to rows, the hidden vector is their mean, the label
is the most probable leaf of a Huffman tree. Only the way through memory differs: rows are
decompressed once when the model is loaded, and no string object is made. Single precision and the
order of sums are kept, so labels and scores equal those of the library (see the tests, which use
it as the oracle).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numba import njit, types

from filters.kernels.compile import READ_BYTES, READ_INT64S, compiled

MAGIC, VERSION = 793712314, 12
HIERARCHICAL_SOFTMAX = 1
SOFTMAX = 3
SUPERVISED = 3
CENTROIDS = 256
"""Codes of a product quantiser are one byte."""

END_OF_LINE = b"</s>"

LABEL = np.frombuffer(b"__label__", np.uint8)

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_INTS = types.Array(types.int32, 1, "C")
_READ_INTS = types.Array(types.int32, 1, "C", readonly=True)
_ROWS = types.Array(types.float32, 2, "C")
_READ_WORDS = types.Array(types.uint32, 1, "C", readonly=True)


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the kernel reads it.

    Attributes:
        labels: Names without ``__label__``, by index.
        rows: float32[words + n-grams, dim], input vectors.
        bucket_row: int32[bucket], row of an n-gram's hash bucket, -1 where it was pruned.
        slots: int32[power of two], open-addressing table of word ids by hash, -1 empty.
        word_hashes: uint32[words].
        word_bounds: int64[words + 1] into ``word_bytes``.
        word_bytes: uint8, the words one after the other.
        left: int32[2 * labels - 1], tree of the labels; -1 at a leaf.
        right: Likewise.
        output: float32[labels, dim], vectors of the inner nodes.
        lengths: int32[3]: shortest and longest n-gram, id of the end-of-line word.
        run: Longest run of words that has a row of its own.
    """

    labels: tuple[str, ...]
    rows: Floats
    bucket_row: Ints
    slots: Ints
    word_hashes: npt.NDArray[np.uint32]
    word_bounds: Longs
    word_bytes: Bytes
    left: Ints
    right: Ints
    output: Floats
    lengths: Ints
    run: int


class UnsupportedModelError(ValueError):
    """The file is a fastText model of a form that the kernel does not read, or none at all."""


class _Reader:
    """Reads little-endian values off a model file."""

    def __init__(self, data: bytes) -> None:
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
        end = self.data.index(b"\0", self.place)
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
    reader = _Reader(path.read_bytes())
    try:
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
    left, right = _tree([count for _, count, _ in labels])
    slots, hashes = word_table(texts)
    bounds = np.zeros(words + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=bounds[1:])
    end = texts.index(END_OF_LINE) if END_OF_LINE in texts else -1
    return Model(
        tuple(name.decode().removeprefix("__label__") for name, _, _ in labels[:label_count]),
        rows,
        bucket_row,
        slots,
        hashes,
        bounds,
        np.frombuffer(b"".join(texts) or b"\0", np.uint8),
        left,
        right,
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


def _tree(counts: list[int]) -> tuple[Ints, Ints]:
    """Build the Huffman tree of the labels, which stand by falling count, as fastText does."""
    leaves = len(counts)
    weight = [*counts, *([10**15] * (leaves - 1))]
    left = np.full(2 * leaves - 1, -1, np.int32)
    right = np.full(2 * leaves - 1, -1, np.int32)
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
        weight[parent] = weight[chosen[0]] + weight[chosen[1]]
    return left, right


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


def predict(
    model: Model, data: Bytes, starts: Longs, ends: Longs, bounds: Longs
) -> tuple[Ints, Floats]:
    """Predict the most probable label of each document.

    Args:
        model: See `load`.
        data: uint8, UTF-8 text of all documents.
        starts: int64[m], first byte of each stretch that is read.
        ends: int64[m], byte behind its last; a stretch's end parts words.
        bounds: int64[n + 1], the stretches of document i are ``bounds[i]`` to ``bounds[i + 1]``.

    Returns:
        int32[n] indexes of labels, -1 for a document without a word, and float32[n] their
        probabilities.
    """
    count = len(bounds) - 1
    best, score = np.empty(count, np.int32), np.empty(count, np.float32)
    _predict(
        data, starts, ends, bounds, model.rows, model.bucket_row, model.slots, model.word_hashes,
        model.word_bounds, model.word_bytes, model.left, model.right, model.output, model.lengths,
        best, score,
    )  # fmt: skip
    return best, score


@njit(inline="always")
def _step(value: np.uint32, byte: np.uint8) -> np.uint32:
    """FNV-1a of one byte, which fastText takes as signed."""
    wide = np.uint32(byte)
    if byte >= 128:
        wide |= np.uint32(0xFFFFFF00)
    return np.uint32(np.uint32(value ^ wide) * np.uint32(16777619))


@njit(inline="always")
def _blank(byte: np.uint8) -> bool:
    """Characters that part words for fastText."""
    return bool(byte == 32 or (9 <= byte <= 13) or byte == 0)


@njit
def _is_label(data: Bytes, start: int, stop: int) -> bool:
    """Tell whether a word begins as a label of training data does; the library leaves it out."""
    if stop - start < LABEL.shape[0]:
        return False
    for k in range(LABEL.shape[0]):  # noqa: SIM110 - numba compiles no generator
        if data[start + k] != LABEL[k]:
            return False
    return True


@compiled(
    READ_BYTES, READ_INT64S, READ_INT64S, READ_INT64S, _ROWS, _READ_INTS, _READ_INTS, _READ_WORDS,
    READ_INT64S, READ_BYTES, _READ_INTS, _READ_INTS, _ROWS, _READ_INTS, _INTS,
    types.Array(types.float32, 1, "C"),
)  # fmt: skip
def _predict(
    data: Bytes,
    starts: Longs,
    ends: Longs,
    bounds: Longs,
    rows: Floats,
    bucket_row: Ints,
    slots: Ints,
    word_hashes: npt.NDArray[np.uint32],
    word_bounds: Longs,
    word_bytes: Bytes,
    left: Ints,
    right: Ints,
    output: Floats,
    lengths: Ints,
    best: Ints,
    score: Floats,
) -> None:
    dim = rows.shape[1]
    leaves = output.shape[0]
    buckets = np.uint32(bucket_row.shape[0])
    mask = slots.shape[0] - 1
    shortest, longest, end_word = lengths[0], lengths[1], lengths[2]
    hidden = np.empty(dim, np.float32)
    stack_node = np.empty(2 * leaves, np.int32)
    stack_score = np.empty(2 * leaves, np.float32)
    for document in range(best.shape[0]):
        hidden[:] = np.float32(0.0)
        added = 0
        worded = False
        for stretch in range(bounds[document], bounds[document + 1]):
            place, stop = starts[stretch], ends[stretch]
            while place < stop:
                if _blank(data[place]):
                    place += 1
                    continue
                first = place
                value = np.uint32(2166136261)
                while place < stop and not _blank(data[place]):
                    value = _step(value, data[place])
                    place += 1
                worded = True
                if _is_label(data, first, place):
                    continue
                # A known word has a row of its own, which comes before those of its n-grams.
                slot = np.int64(value) & mask
                while slots[slot] >= 0:
                    word = slots[slot]
                    size = word_bounds[word + 1] - word_bounds[word]
                    if word_hashes[word] == value and size == place - first:
                        same = True
                        for k in range(size):
                            if word_bytes[word_bounds[word] + k] != data[first + k]:
                                same = False
                                break
                        if same:
                            for d in range(dim):
                                hidden[d] += rows[word, d]
                            added += 1
                            break
                    slot = (slot + 1) & mask
                # N-grams of "<word>": index -1 stands for "<", the word's length for ">".
                length = place - first
                for i in range(-1, length + 1):
                    if 0 <= i < length and (data[first + i] & 0xC0) == 0x80:
                        continue
                    gram = np.uint32(2166136261)
                    j = i
                    n = 1
                    while j <= length and n <= longest:
                        byte = np.uint8(60) if j == -1 else np.uint8(62)
                        if 0 <= j < length:
                            byte = data[first + j]
                        gram = _step(gram, byte)
                        j += 1
                        while j < length and j > 0 and (data[first + j] & 0xC0) == 0x80:
                            gram = _step(gram, data[first + j])
                            j += 1
                        if n >= shortest and not (n == 1 and (i == -1 or j == length + 1)):
                            row = bucket_row[gram % buckets]
                            if row >= 0:
                                for d in range(dim):
                                    hidden[d] += rows[row, d]
                                added += 1
                        n += 1
        if not worded:
            best[document], score[document] = -1, 0.0
            continue
        if end_word >= 0:
            for d in range(dim):
                hidden[d] += rows[end_word, d]
            added += 1
        if added > 0:
            share = np.float32(1.0 / added)
            for d in range(dim):
                hidden[d] *= share
        best[document], score[document] = -1, np.float32(-np.inf)
        depth = 1
        stack_node[0], stack_score[0] = 2 * leaves - 2, np.float32(0.0)
        while depth > 0:
            depth -= 1
            node, so_far = stack_node[depth], stack_score[depth]
            if so_far < score[document]:
                continue
            if left[node] < 0:
                best[document], score[document] = node, so_far
                continue
            product = np.float32(0.0)
            for d in range(dim):
                product += output[node - leaves, d] * hidden[d]
            right_share = np.float32(1.0 / (1.0 + np.exp(np.float32(-product))))
            other = np.float32(np.log(np.float64(np.float32(1.0) - right_share) + 1e-5))
            mine = np.float32(np.log(np.float64(right_share) + 1e-5))
            # The likelier branch is taken first, which cuts off most of the tree.
            if other > mine:
                stack_node[depth], stack_score[depth] = right[node], so_far + mine
                stack_node[depth + 1], stack_score[depth + 1] = left[node], so_far + other
            else:
                stack_node[depth], stack_score[depth] = left[node], so_far + other
                stack_node[depth + 1], stack_score[depth + 1] = right[node], so_far + mine
            depth += 2
        score[document] = np.float32(np.exp(score[document]))
