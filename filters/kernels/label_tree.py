"""fastText inference for models with a tree of labels such as lid.176, over Arrow buffers.

Same mathematics as fastText's C++ (Joulin et al. 2016, arXiv 1607.01759): words and character
n-grams hash to rows, the hidden vector is their mean, the label is the most probable leaf of a
Huffman tree. Only the way through memory differs: rows are decompressed once when the model is
loaded (`filters.kernels.fasttext`), and no string object is made. Single precision and the
order of sums are kept, so labels and scores equal those of the library (see the tests, which use
it as the oracle).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import READ_BYTES, READ_INT64S, compiled, helper, inlined
from filters.kernels.fasttext import Model

SMALL = 16
"""Numbers of a vector of lid.176."""

LABEL = np.frombuffer(b"__label__", np.uint8)

_INTS = types.Array(types.int32, 1, "C")
_READ_INTS = types.Array(types.int32, 1, "C", readonly=True)
_FLOATS = types.Array(types.float32, 1, "C")
_ROWS = types.Array(types.float32, 2, "C")
_READ_WORDS = types.Array(types.uint32, 1, "C", readonly=True)

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def predict(
    model: Model, data: Bytes, starts: Longs, ends: Longs, bounds: Longs
) -> tuple[Ints, Floats, Floats]:
    """Predict the most probable label of each document.

    Args:
        model: See `filters.kernels.fasttext.load`.
        data: uint8, UTF-8 text of all documents.
        starts: int64[m], first byte of each stretch that is read.
        ends: int64[m], byte behind its last; a stretch's end parts words.
        bounds: int64[n + 1], the stretches of document i are ``bounds[i]`` to ``bounds[i + 1]``.

    Returns:
        int32[n] indexes of labels, -1 for a document without a word; float32[n] their
        probabilities; float32[m], how probable each stretch alone makes its document's label.
    """
    count = len(bounds) - 1
    best, score = np.empty(count, np.int32), np.empty(count, np.float32)
    support = np.zeros(len(starts), np.float32)
    _predict(
        data, starts, ends, bounds, model.rows, model.bucket_row, model.filled, model.slots,
        model.word_hashes, model.word_bounds, model.word_bytes, model.left, model.right,
        model.parent, model.output, model.lengths, best, score, support,
    )  # fmt: skip
    return best, score, support


@inlined
def _step(value: np.uint32, byte: np.uint8) -> np.uint32:
    """FNV-1a of one byte, which fastText takes as signed."""
    wide = np.uint32(byte)
    if byte >= 128:
        wide |= np.uint32(0xFFFFFF00)
    return np.uint32(np.uint32(value ^ wide) * np.uint32(16777619))


@inlined
def _blank(byte: np.uint8) -> bool:
    """Characters that part words for fastText."""
    return bool(byte == 32 or (9 <= byte <= 13) or byte == 0)


@helper
def _is_label(data: Bytes, start: int, stop: int) -> bool:
    """Tell whether a word begins as a label of training data does; the library leaves it out."""
    if stop - start < LABEL.shape[0]:
        return False
    for k in range(LABEL.shape[0]):  # noqa: SIM110 - numba compiles no generator
        if data[start + k] != LABEL[k]:
            return False
    return True


@inlined
def _add(hidden: Any, rows: Any, row: Any) -> None:
    """Add a row; 16 numbers, as lid.176 has, without a loop."""
    if hidden.shape[0] == SMALL:
        for d in range(SMALL):
            hidden[d] += rows[row, d]
    else:
        for d in range(hidden.shape[0]):
            hidden[d] += rows[row, d]


@helper
def _known_word(  # type: ignore[no-untyped-def]  # noqa: ANN202
    data: Any, first: Any, length: Any, value: Any,
    slots: Any, word_hashes: Any, word_bounds: Any, word_bytes: Any,
):  # fmt: skip
    """Return the row of a word of the vocabulary, -1 for any other."""
    mask = slots.shape[0] - 1
    slot = np.int64(value) & mask
    while slots[slot] >= 0:
        word = slots[slot]
        begin = word_bounds[word]
        if word_hashes[word] == value and word_bounds[word + 1] - begin == length:
            same = True
            for k in range(length):
                if word_bytes[begin + k] != data[first + k]:
                    same = False
                    break
            if same:
                return word
        slot = (slot + 1) & mask
    return np.int32(-1)


@helper
def _read(  # type: ignore[no-untyped-def]  # noqa: ANN202
    data: Any, place: Any, stop: Any, rows: Any, bucket_row: Any, filled: Any, slots: Any,
    word_hashes: Any, word_bounds: Any, word_bytes: Any, shortest: Any, longest: Any, hidden: Any,
):  # fmt: skip
    """Add the vectors of a stretch's words and n-grams; return how many, and whether words are."""
    buckets = np.uint32(bucket_row.shape[0])
    added = 0
    worded = False
    while place < stop:
        if _blank(data[place]):
            place += 1
            continue
        first = place
        wide = False
        value = np.uint32(2166136261)
        while place < stop and not _blank(data[place]):
            value = _step(value, data[place])
            wide |= data[place] >= 128
            place += 1
        worded = True
        if _is_label(data, first, place):
            continue
        length = place - first
        # A known word has a row of its own, which comes before those of its n-grams.
        word = _known_word(data, first, length, value, slots, word_hashes, word_bounds, word_bytes)
        if word >= 0:
            _add(hidden, rows, word)
            added += 1
        # N-grams of "<word>": index -1 stands for "<", the word's length for ">".
        for i in range(-1, length + 1):
            if wide and 0 <= i < length and (data[first + i] & 0xC0) == 0x80:
                continue
            gram = np.uint32(2166136261)
            j = i
            n = 1
            while j <= length and n <= longest:
                byte = np.uint8(62)
                if j < length:
                    byte = np.uint8(60) if j < 0 else data[first + j]
                gram = _step(gram, byte)
                j += 1
                if wide:
                    while 0 < j < length and (data[first + j] & 0xC0) == 0x80:
                        gram = _step(gram, data[first + j])
                        j += 1
                if n >= shortest and not (n == 1 and (i == -1 or j == length + 1)):
                    bucket = gram % buckets
                    # Most n-grams have no row: a bit tells it without touching the large table.
                    if filled[bucket >> np.uint32(3)] >> (bucket & np.uint32(7)) & np.uint8(1):
                        _add(hidden, rows, bucket_row[bucket])
                        added += 1
                n += 1
    return added, worded


@helper
def _right_share(output: Any, node: Any, hidden: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Return how probable the right branch of an inner node is."""
    product = np.float32(0.0)
    for d in range(hidden.shape[0]):
        product += output[node, d] * hidden[d]
    return np.float32(1.0 / (1.0 + np.exp(np.float32(-product))))


@helper
def _likeliest(left: Any, right: Any, output: Any, hidden: Any, nodes: Any, scores: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Return the most probable leaf and its logarithm; ``nodes`` and ``scores`` are scratch."""
    leaves = output.shape[0]
    best, score = np.int32(-1), np.float32(-np.inf)
    depth = 1
    nodes[0], scores[0] = 2 * leaves - 2, np.float32(0.0)
    while depth > 0:
        depth -= 1
        node, so_far = nodes[depth], scores[depth]
        if so_far < score:
            continue
        if left[node] < 0:
            best, score = node, so_far
            continue
        share = _right_share(output, node - leaves, hidden)
        other = np.float32(np.log(np.float64(np.float32(1.0) - share) + 1e-5))
        mine = np.float32(np.log(np.float64(share) + 1e-5))
        # The likelier branch is taken first, which cuts off most of the tree.
        if other > mine:
            nodes[depth], scores[depth] = right[node], so_far + mine
            nodes[depth + 1], scores[depth + 1] = left[node], so_far + other
        else:
            nodes[depth], scores[depth] = left[node], so_far + other
            nodes[depth + 1], scores[depth + 1] = right[node], so_far + mine
        depth += 2
    return best, score


@helper
def _probability(leaf: Any, right: Any, parent: Any, output: Any, hidden: Any):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Return the probability of one leaf."""
    leaves = output.shape[0]
    share = np.float32(1.0)
    node = leaf
    while parent[node] >= 0:
        above = parent[node]
        branch = _right_share(output, above - leaves, hidden)
        share *= branch if right[above] == node else np.float32(1.0) - branch
        node = above
    return share


@compiled(
    READ_BYTES, READ_INT64S, READ_INT64S, READ_INT64S, _ROWS, _READ_INTS, READ_BYTES, _READ_INTS,
    _READ_WORDS, READ_INT64S, READ_BYTES, _READ_INTS, _READ_INTS, _READ_INTS, _ROWS, _READ_INTS,
    _INTS, _FLOATS, _FLOATS,
)  # fmt: skip
def _predict(
    data: Bytes,
    starts: Longs,
    ends: Longs,
    bounds: Longs,
    rows: Floats,
    bucket_row: Ints,
    filled: Bytes,
    slots: Ints,
    word_hashes: npt.NDArray[np.uint32],
    word_bounds: Longs,
    word_bytes: Bytes,
    left: Ints,
    right: Ints,
    parent: Ints,
    output: Floats,
    lengths: Ints,
    best: Ints,
    score: Floats,
    support: Floats,
) -> None:
    dim = rows.shape[1]
    leaves = output.shape[0]
    shortest, longest, end_word = lengths[0], lengths[1], lengths[2]
    most = 1
    for document in range(best.shape[0]):
        most = max(most, bounds[document + 1] - bounds[document])
    parts = np.empty((most, dim), np.float32)
    hidden = np.empty(dim, np.float32)
    counts = np.empty(most, np.int64)
    nodes, scores = np.empty(2 * leaves, np.int32), np.empty(2 * leaves, np.float32)
    for document in range(best.shape[0]):
        begin, total = bounds[document], bounds[document + 1] - bounds[document]
        added, worded = 0, False
        hidden[:] = np.float32(0.0)
        for k in range(total):
            parts[k, :] = np.float32(0.0)
            counts[k], some = _read(
                data, starts[begin + k], ends[begin + k], rows, bucket_row, filled, slots,
                word_hashes, word_bounds, word_bytes, shortest, longest, parts[k],
            )  # fmt: skip
            worded |= some
            added += counts[k]
            for d in range(dim):
                hidden[d] += parts[k, d]
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
        leaf, logarithm = _likeliest(left, right, output, hidden, nodes, scores)
        best[document], score[document] = leaf, np.float32(np.exp(logarithm))
        if total == 1:
            support[begin] = score[document]
            continue
        for k in range(total):
            if counts[k] == 0:
                continue
            for d in range(dim):
                hidden[d] = parts[k, d] / np.float32(counts[k])
            support[begin + k] = _probability(leaf, right, parent, output, hidden)
