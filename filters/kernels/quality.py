"""All quality measurements in one compiled pass over Arrow text buffers.

`filters.quality` defines each measurement. A document is read once, line by line
(`filters.kernels.tally`); word hashes are kept for the n-grams, line and paragraph hashes for the
duplicates, and `filters.kernels.repeats` counts them; `filters.kernels.letters` judges a sample of
the words. Scratch is allocated once a batch, for the longest document in it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import (
    BYTES,
    INT32S,
    INT64S,
    READ_BYTES,
    READ_INT64S,
    READ_UINT64S,
    UINT64S,
    compiled,
    plain,
)
from filters.kernels.letters import FUNCTION_WORDS, JUDGE_ALL, LEAST_WORDS
from filters.kernels.lines import PROSE
from filters.kernels.repeats import SHARES, mix, ngram_chars, repeats
from filters.kernels.tally import (
    ALPHAS,
    BLOCK_CHARS,
    BLOCK_LINES,
    BREAKS,
    BULLETS,
    CITATIONS,
    COMPARED,
    COUNTS,
    DIGITS,
    ELLIPSES,
    KNOWN,
    LETTERED,
    MARKS,
    MENU,
    MISREAD,
    NAMES,
    NON_ASCII,
    NOTICES,
    ODDS,
    PARAGRAPHS,
    PROSES,
    REFERENCES,
    RUNNING,
    SHORTS,
    SPACED,
    SPACED_CHARS,
    STOPS,
    STORED,
    STORED_LINES,
    STRANGES,
    TERMINALS,
    TORN,
    TRAILING,
    VERDICTS,
    VISIBLE,
    WORDS,
    read_line,
)
from filters.kernels.tokens import byte_classes

__all__ = ["COLUMNS", "byte_classes", "measure_texts", "scratch_for"]

COLUMNS: Final = (
    "words",
    "chars",
    "lines",
    "sentences",
    "stop_words",
    "max_word_length",
    "curly_braces",
    "javascript_lines",
    "policy_lines",
    "lorem_ipsum",
    "mean_word_length",
    "alpha_words",
    "hash_ratio",
    "ellipsis_ratio",
    "digits",
    "non_ascii",
    "newlines_per_word",
    "bullet_lines",
    "ellipsis_lines",
    "terminal_lines",
    "short_lines",
    "dup_lines",
    "dup_line_chars",
    "dup_paragraphs",
    "dup_paragraph_chars",
    "top_2gram",
    "top_3gram",
    "top_4gram",
    "dup_5gram",
    "dup_6gram",
    "dup_7gram",
    "dup_8gram",
    "dup_9gram",
    "dup_10gram",
    "dup_3gram",
    "table_words",
    "menu_words",
    "name_lines",
    "boilerplate_lines",
    "reference_lines",
    "citation_marks",
    "odd_words",
    "strange_words",
    "garbled_words",
)
"""Rows of the result, in order."""

FEW_LINES: Final = 5
"""With fewer prose lines a share of them says nothing: of one line it is 0 or 1."""

_FIRST_NGRAM: Final = COLUMNS.index("top_2gram")
_FIRST_REPEAT: Final = COLUMNS.index("dup_5gram")
_ZERO = np.uint64(0)

Bytes = npt.NDArray[np.uint8]


@plain
def _share(part, whole):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return part / whole if whole > 0 else 0.0


@plain
def _share_of(part, whole, least):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return part / whole if whole >= least else np.nan


class Scratch(NamedTuple):
    """Memory of the pass for documents up to a size; a kernel makes none itself.

    Attributes:
        table: Keys, counts, first places and stamps of the hash table of `repeats`.
        words: Hashes, ends, grams, places, slots and sieve of `ngram_chars`.
        lines: Hashes and characters of lines.
        paragraphs: The same of paragraphs.
        found: Results of `ngram_chars`.
        counts: Of one document, see the names above.
    """

    table: tuple[npt.NDArray[Any], ...]
    words: tuple[npt.NDArray[Any], ...]
    lines: tuple[npt.NDArray[Any], ...]
    paragraphs: tuple[npt.NDArray[Any], ...]
    found: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


def scratch_for(offsets: npt.NDArray[np.int64], limit: int) -> Scratch:
    """Allocate for the longest document of a batch.

    Args:
        offsets: Bounds of the documents, int64[n + 1].
        limit: Words, and lines, of a document in which repeats are looked for.
    """
    # Of two words at least one has a byte besides its own: a blank, or it is not ASCII.
    room = min(int(np.diff(offsets).max(initial=0)) // 2 + 1, limit)
    size = 16
    while size < 2 * room:
        size *= 2
    hashes, numbers = ((room,), np.uint64), ((room,), np.int64)
    return Scratch(
        (
            np.empty(size, np.uint64),
            np.empty(size, np.int32),
            np.empty(size, np.int32),
            np.zeros(size, np.int64),
        ),
        (
            np.empty(*hashes),
            np.zeros(room + 1, np.int64),
            np.empty(*hashes),
            np.empty(*numbers),
            np.empty(*numbers),
            np.empty(16 * size, np.uint8),
        ),
        (np.empty(*hashes), np.empty(*numbers)),
        (np.empty(*hashes), np.empty(*numbers)),
        np.zeros(SHARES, np.int64),
        np.zeros(COUNTS, np.int64),
    )


@plain
def _close_line(kind, line_hash, words, visible, last, block, limit, lines, paragraphs, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Store a line of prose, and the paragraph that ends with it; return the open paragraph."""
    line_hashes, line_chars = lines
    paragraph_hashes, paragraph_chars = paragraphs
    prose = words > 0 and kind == PROSE
    if prose:
        if counts[STORED_LINES] < limit:
            line_hashes[counts[STORED_LINES]] = line_hash
            line_chars[counts[STORED_LINES]] = visible
            counts[STORED_LINES] += 1
        block = mix(block, line_hash)
        counts[BLOCK_CHARS] += visible
        counts[BLOCK_LINES] += 1
    if counts[BLOCK_LINES] > 0 and (not prose or last):
        if counts[PARAGRAPHS] < limit:
            paragraph_hashes[counts[PARAGRAPHS]] = block
            paragraph_chars[counts[PARAGRAPHS]] = counts[BLOCK_CHARS]
            counts[PARAGRAPHS] += 1
        block = _ZERO
        counts[BLOCK_CHARS] = counts[BLOCK_LINES] = 0
    return block


@plain
def _finish(counts, every, out, row):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Write what the counts give, in the order of `COLUMNS` up to the n-grams, repeats aside."""
    stops, held = counts[STOPS], np.int64(0)
    while stops > 0:
        held += stops & 1
        stops >>= 1
    running, visible, prose = counts[RUNNING], counts[VISIBLE], counts[PROSES]
    for place in range(10):
        out[place, row] = counts[place]
    out[STOPS, row] = held
    spaced = counts[SPACED] if 2 * counts[SPACED] >= running else np.int64(0)
    out[10, row] = _share_of(counts[SPACED_CHARS], spaced, 1)
    out[11, row] = _share_of(counts[ALPHAS], running, 1)
    out[12, row], out[13, row] = _share(counts[MARKS], running), _share(counts[ELLIPSES], running)
    out[14, row], out[15, row] = _share(counts[DIGITS], visible), _share(counts[NON_ASCII], visible)
    out[16, row] = _share(counts[BREAKS], running)
    out[17, row] = _share_of(counts[BULLETS], prose, FEW_LINES)
    out[18, row] = _share_of(counts[TRAILING], prose, FEW_LINES)
    out[19, row] = _share_of(counts[TERMINALS], prose, FEW_LINES)
    out[20, row] = _share_of(counts[SHORTS], prose, FEW_LINES)
    out[35, row] = _share(counts[WORDS] - running, counts[WORDS])
    out[36, row] = _share_of(counts[MENU], running, 1) if prose >= FEW_LINES else np.nan
    out[37, row] = _share_of(counts[NAMES], prose, FEW_LINES)
    out[38, row] = _share_of(counts[NOTICES], prose, FEW_LINES)
    out[39, row] = _share_of(counts[REFERENCES], prose, FEW_LINES)
    out[40, row] = _share(counts[CITATIONS], running)
    # Torn words are counted all, the others as they were drawn.
    torn = counts[TORN] / every
    judged = counts[VERDICTS] + torn
    spoken = judged >= LEAST_WORDS and counts[KNOWN] >= FUNCTION_WORDS * counts[LETTERED]
    out[41, row] = (counts[ODDS] + torn) / judged if spoken else np.nan
    out[42, row] = (counts[STRANGES] + torn) / judged if judged >= LEAST_WORDS else np.nan
    out[43, row] = _share(counts[MISREAD], counts[LETTERED])


@compiled(
    READ_BYTES,
    READ_INT64S,
    READ_BYTES,
    READ_BYTES,
    READ_BYTES,
    READ_BYTES,
    READ_BYTES,
    READ_UINT64S,
    types.Tuple((UINT64S, INT32S, INT32S, INT64S)),
    types.Tuple((UINT64S, INT64S, UINT64S, INT64S, INT64S, BYTES)),
    types.Tuple((UINT64S, INT64S)),
    types.Tuple((UINT64S, INT64S)),
    INT64S,
    INT64S,
    types.int64,
    types.Array(types.float64, 2, "C"),
    allocates=False,
)
def measure_texts(
    data: Any,
    offsets: Any,
    classes: Any,
    props: Any,
    bases: Any,
    rare: Any,
    numbers: Any,
    functions: Any,
    table: Any,
    words: Any,
    lines: Any,
    paragraphs: Any,
    found: Any,
    counts: Any,
    limit: Any,
    out: Any,
) -> None:
    """Measure every document of a batch.

    Args:
        data: UTF-8 bytes of all documents.
        offsets: Bounds of the documents, int64[n + 1].
        classes: `byte_classes`.
        props: `filters.kernels.unicode.PROPS`.
        bases: See `filters.kernels.letters.Letters`, as the three that follow.
        rare: Bits of trigrams.
        numbers: Slots of function words.
        functions: Function words.
        table: See `Scratch`, as the five that follow.
        words: Words.
        lines: Lines.
        paragraphs: Paragraphs.
        found: Repeats.
        counts: Counts.
        limit: Words, and lines, of a document in which repeats are looked for; bounds memory.
        out: Receives the values in the order of `COLUMNS`, float64[44, n]; NaN where a
            measurement is not defined.
    """
    tables = (classes, props, bases, rare, numbers, functions)
    hashes, ends, grams, places, slots, sieve = words
    generation = np.int64(1)
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        counts[:] = 0
        block = _ZERO
        every = 1 + (end - i) // JUDGE_ALL
        while i < end:
            i, kind, line_hash, line_words, visible = read_line(
                data, i, end, every, tables, limit, hashes, ends, counts
            )
            block = _close_line(
                kind, line_hash, line_words, visible, i >= end, block, limit, lines, paragraphs,
                counts,
            )  # fmt: skip
        _finish(counts, every, out, row)
        visible = counts[VISIBLE]
        stored_lines, stored = counts[STORED_LINES], counts[STORED]
        again, repeated = repeats(lines[0], lines[1], stored_lines, table, generation)
        out[21, row], out[22, row] = _share(again, stored_lines), _share(repeated, visible)
        again, repeated = repeats(
            paragraphs[0], paragraphs[1], counts[PARAGRAPHS], table, generation + 1
        )
        out[23, row], out[24, row] = _share(again, counts[PARAGRAPHS]), _share(repeated, visible)
        ngram_chars(hashes, ends, stored, table, grams, places, slots, sieve, generation + 2, found)
        generation += 2 + SHARES
        compared = visible if stored < limit else counts[COMPARED]
        for index in range(SHARES):
            out[_FIRST_NGRAM + index, row] = min(_share(found[index], compared), 1.0)
        if 2 * counts[SPACED] < counts[RUNNING]:  # a run of letters is none of words
            for index in range(_FIRST_REPEAT, _FIRST_NGRAM + SHARES):
                out[index, row] = np.nan
