"""Scores of fastText softmax classifiers over words and runs of words, from Arrow buffers.

fastText's model is linear up to the softmax: the hidden vector is the mean of the rows of a text's
words and runs, and each label's logit is the product of that mean with an output vector (Joulin et
al. 2016, arXiv:1607.01759). So every row is multiplied with the output vectors once, when the model
is loaded, and a text costs one addition a label, word and run, whatever the dimension. Sums are
kept in double precision; the library's single precision differs in the sixth digit.

Texts are folded first (`filters.kernels.fold`): words in lower case, anything else a blank, each
character a word in scripts without blanks. Every digit, power or fraction of any script becomes 0,
so that a model learns that there is a number and never which one. The same folded bytes are what a
model is trained on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import (
    BYTES,
    INT64S,
    READ_BYTES,
    READ_INT64S,
    READ_UINT32S,
    compiled,
    helper,
)
from filters.kernels.fold import NUMBER_MARK, fold_text
from filters.kernels.lanes import LANES

__all__ = ["fold", "fold_texts", "known_word", "next_word", "room", "score_texts"]

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_BLANK = np.uint8(32)
_ZERO, _NINE = np.uint8(48), np.uint8(57)
_THREE_BYTES, _FOUR_BYTES = np.uint8(0xE0), np.uint8(0xF0)  # First bytes of UTF-8 from here on.
_SEED, _PRIME = np.uint32(2166136261), np.uint32(16777619)
_END_HASH = np.uint32(3617362777)
"""Hash of the word that ends a line, ``</s>``."""

_RUN_FACTOR = np.uint64(116049371)
"""Of the hash of a run of words (fastText, ``Dictionary::addWordNgrams``)."""

_READ_INTS = types.Array(types.int32, 1, "C", readonly=True)


def room(size: int) -> int:
    """Return the bytes that a text of ``size`` bytes needs at most when it is folded."""
    # At most 5 bytes are folded for 3, and whole lanes of zeros stand behind.
    return 2 * size + 4 * LANES


@helper
def fold(data: Bytes, start: int, stop: int, props: Bytes, folds: Words, out: Bytes) -> int:
    """Fold one text into ``out``: separators as blanks, digits as 0; return its length."""
    length: int = fold_text(data, start, stop, props, folds, out, out)
    marks = 0
    for index in range(length):
        marks += out[index] == NUMBER_MARK
    if marks:
        length = _without_marks(out, length)
    for index in range(length):
        byte = out[index]
        if byte == 0:
            out[index] = _BLANK
        elif _ZERO < byte <= _NINE:
            out[index] = _ZERO
    return length


@helper
def _without_marks(out: Bytes, length: int) -> int:
    """Write 0 for each number above ASCII and the mark before it; return the new length."""
    index = end = 0
    while index < length:
        byte = out[index]
        index += 1
        if byte == NUMBER_MARK:  # what is behind it has two bytes or more
            index += 2 + (out[index] >= _THREE_BYTES) + (out[index] >= _FOUR_BYTES)
            byte = _ZERO
        out[end] = byte
        end += 1
    return end


@helper
def next_word(folded: Bytes, place: int, length: int) -> tuple[int, int, np.uint32]:
    """Find the next word of folded text from ``place`` on; return start, stop and its hash.

    Behind the last word start and stop are both ``length``.
    """
    while place < length and folded[place] == _BLANK:
        place += 1
    first = place
    value = _SEED
    while place < length and folded[place] != _BLANK:
        wide = np.uint32(folded[place])
        if wide >= np.uint32(128):
            wide |= np.uint32(0xFFFFFF00)  # fastText takes bytes as signed
        value = np.uint32(np.uint32(value ^ wide) * _PRIME)
        place += 1
    return first, place, value


@helper
def known_word(
    folded: Bytes,
    first: int,
    stop: int,
    value: np.uint32,
    slots: Ints,
    word_hashes: Words,
    word_bounds: Longs,
    word_bytes: Bytes,
) -> int:
    """Look a word up in a table of `filters.kernels.fasttext.word_table`; -1 where it is not."""
    mask = slots.shape[0] - 1
    slot = np.int64(value) & mask
    while slots[slot] >= 0:
        word = np.int64(slots[slot])
        at = word_bounds[word]
        if word_hashes[word] == value and word_bounds[word + 1] - at == stop - first:
            k = 0
            while k < stop - first and word_bytes[at + k] == folded[first + k]:
                k += 1
            if k == stop - first:
                return int(word)
        slot = (slot + 1) & mask
    return -1


@compiled(READ_BYTES, READ_INT64S, READ_BYTES, READ_UINT32S, BYTES, INT64S)
def fold_texts(
    data: Bytes, offsets: Longs, props: Bytes, folds: Words, out: Bytes, bounds: Longs
) -> None:
    """Fold n texts, one after the other.

    Args:
        data: uint8[bytes], UTF-8.
        offsets: int64[n + 1], into ``data``.
        props: `filters.kernels.unicode.PROPS`.
        folds: `filters.kernels.unicode.FOLD`.
        out: uint8[`room` of all bytes or more], receives the folded texts.
        bounds: int64[n + 1], receives where each starts in ``out``.
    """
    bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        length = fold(data, offsets[row], offsets[row + 1], props, folds, out[bounds[row] :])
        bounds[row + 1] = bounds[row] + length


@helper
def _add(sums: Doubles, logits: Floats, row: int) -> None:
    """Add a row of logits to the sums."""
    for label in range(sums.shape[0]):
        sums[label] += logits[row, label]


@helper
def _softmax(sums: Doubles, count: int, out: Doubles) -> None:
    """Write the softmax of the means of ``count`` rows; the sums become the means."""
    highest = -np.inf
    for label in range(sums.shape[0]):
        sums[label] /= count
        highest = max(highest, sums[label])
    total = 0.0
    for label in range(sums.shape[0]):
        out[label] = np.exp(sums[label] - highest)
        total += out[label]
    for label in range(sums.shape[0]):
        out[label] /= total


@compiled(
    READ_BYTES, READ_INT64S, READ_BYTES, READ_UINT32S, types.Array(types.float32, 2, "C"),
    _READ_INTS, _READ_INTS, READ_UINT32S, READ_INT64S, READ_BYTES, types.int64, types.int64,
    types.Array(types.float64, 2, "C"),
)  # fmt: skip
def score_texts(
    data: Bytes,
    offsets: Longs,
    props: Bytes,
    folds: Words,
    logits: Floats,
    bucket_row: Ints,
    slots: Ints,
    word_hashes: Words,
    word_bounds: Longs,
    word_bytes: Bytes,
    end_word: int,
    run: int,
    scores: Doubles,
) -> None:
    """Score n texts.

    Args:
        data: uint8[bytes], UTF-8.
        offsets: int64[n + 1], into ``data``.
        props: `filters.kernels.unicode.PROPS`.
        folds: `filters.kernels.unicode.FOLD`.
        logits: float32[rows, labels], each input vector times the output vectors.
        bucket_row: As in `filters.kernels.fasttext.Model`, like the four that follow.
        slots: Table of word ids.
        word_hashes: Hashes of the words.
        word_bounds: Bounds of the words.
        word_bytes: Bytes of the words.
        end_word: Id of the end-of-line word, -1 for none.
        run: Longest run of words.
        scores: float64[n, labels], receives the probabilities; NaN for a text without words.
    """
    buckets = np.uint64(bucket_row.shape[0])
    folded = np.empty(0, np.uint8)
    sums = np.empty(logits.shape[1], np.float64)
    runs = np.empty(max(run - 1, 1), np.uint64)
    for row in range(offsets.shape[0] - 1):
        size = offsets[row + 1] - offsets[row]
        if 2 * size + 4 * LANES > folded.shape[0]:
            # Twice what is asked for, so that rising sizes do not allocate at every row.
            folded = np.empty(4 * size + 4 * LANES, np.uint8)
        length = fold(data, offsets[row], offsets[row + 1], props, folds, folded)
        sums[:] = 0.0
        added = held = place = 0
        worded = ended = False
        while not ended:
            first, place, value = next_word(folded, place, length)
            ended = place == first
            if ended:
                # The line end is a word too, of the last runs as well.
                value, word = _END_HASH, end_word
            else:
                worded = True
                word = known_word(
                    folded, first, place, value, slots, word_hashes, word_bounds, word_bytes
                )
            if word >= 0:
                _add(sums, logits, word)
                added += 1
            # The hash is signed 32 bits wide and grows to 64: runs of all lengths that end here.
            signed = np.uint64(np.int64(np.int32(value)))
            for back in range(held):
                runs[back] = runs[back] * _RUN_FACTOR + signed
                found = bucket_row[np.int64(runs[back] % buckets)]
                if found >= 0:
                    _add(sums, logits, found)
                    added += 1
            if run > 1:
                held = min(held + 1, run - 1)
                for back in range(held - 1, 0, -1):
                    runs[back] = runs[back - 1]
                runs[0] = signed
        if worded:
            _softmax(sums, max(added, 1), scores[row])
        else:
            scores[row, :] = np.nan
