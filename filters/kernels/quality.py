"""All quality measurements in one compiled pass over Arrow text buffers.

`filters.quality` defines each measurement. A document is read once, byte by byte; word hashes are
kept for the n-grams, line and paragraph hashes for the duplicates, and `filters.kernels.repeats`
counts them. Scratch is allocated once a batch, for the longest document in it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numba import njit, types

from filters.kernels.compile import READ_BYTES, READ_INT64S, compiled
from filters.kernels.lines import (
    JAVASCRIPT,
    LOREM,
    MARKUP,
    POLICY,
    PROSE,
    TABLE,
    ends_in_ellipsis,
    ends_sentence,
    line_kind,
    may_begin_phrase,
    phrases,
    stop_word,
    visible_from,
)
from filters.kernels.repeats import SHARES, mix, ngram_chars, repeats
from filters.kernels.unicode import ALPHA, DIGIT, PROPS, SPACE, UNSPACED, WORD, decode

__all__ = ["COLUMNS", "STOP", "byte_classes", "measure_texts"]

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
)
"""Rows of the result, in order."""

_FIRST_SHARE: Final = COLUMNS.index("mean_word_length")
_FIRST_NGRAM: Final = COLUMNS.index("top_2gram")

STOP: Final = 128
"""The byte needs more than hashing: white space, ``# . { |``, not ASCII."""

SHORT_LINE: Final = 30
"""Code points up to which a line is short (FineWeb, Penedo et al. 2024, section 3.6)."""

FEW_LINES: Final = 5
"""With fewer prose lines a share of them says nothing: of one line it is 0 or 1."""

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_ZERO = np.uint64(0)
_NEWLINE, _HASH, _POINT, _BRACE, _PIPE = 0x0A, 0x23, 0x2E, 0x7B, 0x7C
_ELLIPSIS: Final = 0x2026

Bytes = npt.NDArray[np.uint8]


def byte_classes() -> Bytes:
    """Return the properties of bytes that the hot loop needs, ``uint8[256]``."""
    table = np.full(256, STOP, np.uint8)
    table[:128] = PROPS[:128] & (SPACE | ALPHA | WORD | DIGIT)
    for byte in range(128):
        if table[byte] & SPACE or chr(byte) in "#.{|":
            table[byte] |= STOP
    return table


@njit(inline="always")
def _token(data, i, end, in_table, classes, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Read the word or symbol that begins at ``i``.

    A letter of an unspaced script begins a new one, except behind leading punctuation, and so does
    a letter or digit behind it. In a table row ``|`` separates.

    Returns:
        Index behind it; hash; code points; properties of its characters, or-ed; decimal digits;
        code points above 127; number of ``#``, of ellipses and of braces that mark no script
        (``^{`` and ``_{`` raise and lower text).
    """
    start, state, length = i, _SEED, 0
    flags, digits, foreign, hashes, ellipses, braces = 0, 0, 0, 0, 0, 0
    dots = i  # points before it belong to an ellipsis that was counted
    unspaced = False
    while i < end:
        run = i
        while i < end and not unspaced:  # the hot loop
            kind = classes[data[i]]
            if kind & STOP:
                break
            state = (state ^ np.uint64(data[i])) * _PRIME
            flags |= kind
            i += 1
        length += i - run
        if i >= end:
            break
        byte = data[i]
        after = i + 1
        if byte < 0x80:
            kind = classes[byte]
            if kind & SPACE or (in_table and byte == _PIPE):
                break
            if unspaced and kind & (ALPHA | DIGIT):
                break
            if byte == _HASH:
                hashes += 1
            elif byte == _BRACE:
                # A word's first byte has no mark of script before it.
                braces += not (i > start and (data[i - 1] == 0x5E or data[i - 1] == 0x5F))
            elif byte == _POINT and i >= dots and ends_in_ellipsis(data, i, min(i + 3, end)):
                ellipses += 1
                dots = i + 3
        else:
            cp, after = decode(data, i, end)
            kind = props[cp]
            if kind & SPACE:
                break
            if kind & UNSPACED:
                if flags & WORD:
                    break
                unspaced = True
            elif unspaced and kind & (ALPHA | DIGIT):
                break
            foreign += 1
            ellipses += cp == _ELLIPSIS
            digits += (kind & DIGIT) != 0
        for k in range(i, after):
            state = (state ^ np.uint64(data[k])) * _PRIME
        length += 1
        flags |= kind
        i = after
    if flags & DIGIT:
        for k in range(start, i):
            digits += 0x30 <= data[k] <= 0x39
    return i, state, length, flags, digits, foreign, hashes, ellipses, braces


@njit
def _share(part, whole):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return part / whole if whole > 0 else 0.0


@njit
def _share_of(part, whole, least):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return part / whole if whole >= least else np.nan


@compiled(
    READ_BYTES,
    READ_INT64S,
    READ_BYTES,
    READ_BYTES,
    types.int64,
    types.Array(types.float64, 2, "C"),
)
def measure_texts(data: Any, offsets: Any, classes: Any, props: Any, limit: Any, out: Any) -> None:
    """Measure every document of a batch.

    The function is long because numba keeps local variables in registers and fields of a record
    in memory: what is counted per word must be local.

    Args:
        data: UTF-8 bytes of all documents.
        offsets: Bounds of the documents, int64[n + 1].
        classes: `byte_classes`.
        props: `filters.kernels.unicode.PROPS`.
        limit: Words, and lines, of a document in which repeats are looked for; bounds memory.
        out: Receives the values in the order of `COLUMNS`, float64[34, n]; NaN where a
            measurement is not defined.
    """
    longest: Any = np.int64(0)
    for row in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    # Of two words at least one has a byte besides its own: a blank, or it is not ASCII.
    room: Any = min(longest // 2 + 1, limit)
    size = 16
    while size < 2 * room:
        size *= 2
    keys = np.empty(size, np.uint64)
    counts, firsts = np.empty(size, np.int32), np.empty(size, np.int32)
    stamps = np.zeros(size, np.int64)
    table = (keys, counts, firsts, stamps)
    hashes, grams = np.empty(room, np.uint64), np.empty(room, np.uint64)
    ends, places, slots = (
        np.zeros(room + 1, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
    )
    line_hashes, line_chars = np.empty(room, np.uint64), np.empty(room, np.int64)
    paragraph_hashes, paragraph_chars = np.empty(room, np.uint64), np.empty(room, np.int64)
    sieve = np.empty(4 * size, np.uint8)
    found = np.zeros(SHARES, np.int64)
    generation = np.int64(1)

    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        chars = words = longest_word = lines = sentences = scripts = policies = lorem = np.int64(0)
        running = word_chars = alpha = stops = visible = digits = foreign = np.int64(0)
        marks = ellipses = braces = breaks = stored = np.int64(0)
        prose = bullets = trailing = terminal = short = np.int64(0)
        stored_lines = paragraphs = block_chars = compared = np.int64(0)
        block_hash, block_lines = _ZERO, np.int64(0)
        while i < end:
            i, skipped = visible_from(data, i, end, props)
            chars += skipped
            kind, bullet = PROSE, False
            if i < end and data[i] != _NEWLINE:
                kind, after, bullet = line_kind(data, i, end)
                chars += 1 if data[i] >= 0x80 and after > i else after - i
                i = after
            line_words = line_visible = found_phrases = np.int64(0)
            line_hash = _ZERO
            first = last = np.int64(-1)
            begun = stop = i
            while i < end and data[i] != _NEWLINE:
                if data[i] == 0x20:
                    i += 1
                    chars += 1
                    continue
                if data[i] < 0x20 or data[i] >= 0x80:
                    i, skipped = visible_from(data, i, end, props)
                    chars += skipped
                    if i >= end or data[i] == _NEWLINE:
                        break
                if kind == TABLE and data[i] == _PIPE:
                    i += 1
                    chars += 1
                    continue
                begun = i
                i, state, length, flags, numerals, others, signs, dots, curls = _token(
                    data, i, end, kind == TABLE, classes, props
                )
                stop = i
                if first < 0:
                    first = chars
                chars += length
                last = chars
                if kind == MARKUP:
                    continue
                is_word = flags & WORD != 0
                words += is_word
                line_words += is_word
                if is_word and length > longest_word:
                    longest_word = length
                braces += curls
                if may_begin_phrase(data, begun, stop):
                    found_phrases |= phrases(data, begun, stop, end)
                if is_word and classes[data[stop - 1]] & (ALPHA | DIGIT) == 0:
                    sentences += ends_sentence(data, begun, stop, props)
                if 2 <= length <= 4 and stop - begun == length:
                    stops |= stop_word(data, begun, stop)
                if kind == TABLE:
                    continue
                visible += length
                line_visible += length
                line_hash = mix(line_hash, state)
                digits += numerals
                foreign += others
                marks += signs
                ellipses += dots
                if not is_word:
                    continue
                running += 1
                word_chars += length
                alpha += flags & ALPHA != 0
                if stored < limit:
                    hashes[stored] = state
                    stored += 1
                    ends[stored] = word_chars
                    compared = visible
            if i < end:
                breaks += kind != TABLE
                chars += 1
                i += 1
            scripts += found_phrases & JAVASCRIPT != 0
            policies += found_phrases & POLICY != 0
            lorem += found_phrases & LOREM != 0
            lines += line_words > 0
            if line_words > 0 and kind == PROSE:
                prose += 1
                bullets += bullet
                trailing += ends_in_ellipsis(data, begun, stop)
                terminal += ends_sentence(data, begun, stop, props)
                short += last - first <= SHORT_LINE
                if stored_lines < limit:
                    line_hashes[stored_lines] = line_hash
                    line_chars[stored_lines] = line_visible
                    stored_lines += 1
                block_hash = mix(block_hash, line_hash)
                block_chars += line_visible
                block_lines += 1
            if block_lines > 0 and (line_words == 0 or kind != PROSE or i >= end):
                if paragraphs < limit:
                    paragraph_hashes[paragraphs] = block_hash
                    paragraph_chars[paragraphs] = block_chars
                    paragraphs += 1
                block_hash, block_chars, block_lines = _ZERO, np.int64(0), np.int64(0)

        if stored < limit:
            compared = visible
        count = np.int64(0)
        while stops > 0:
            count += stops & 1
            stops >>= 1
        # In the order of COLUMNS.
        out[0, row], out[1, row], out[2, row], out[3, row] = words, chars, lines, sentences
        out[4, row], out[5, row], out[6, row] = count, longest_word, braces
        out[7, row], out[8, row], out[9, row] = scripts, policies, lorem
        out[10, row] = _share_of(word_chars, running, 1)
        out[11, row] = _share_of(alpha, running, 1)
        out[12, row], out[13, row] = _share(marks, running), _share(ellipses, running)
        out[14, row], out[15, row] = _share(digits, visible), _share(foreign, visible)
        out[16, row] = _share(breaks, running)
        out[17, row] = _share_of(bullets, prose, FEW_LINES)
        out[18, row] = _share_of(trailing, prose, FEW_LINES)
        out[19, row] = _share_of(terminal, prose, FEW_LINES)
        out[20, row] = _share_of(short, prose, FEW_LINES)
        again, repeated = repeats(line_hashes, line_chars, stored_lines, table, generation)
        out[21, row], out[22, row] = _share(again, stored_lines), _share(repeated, visible)
        again, repeated = repeats(
            paragraph_hashes, paragraph_chars, paragraphs, table, generation + 1
        )
        out[23, row], out[24, row] = _share(again, paragraphs), _share(repeated, visible)
        ngram_chars(hashes, ends, stored, table, grams, places, slots, sieve, generation + 2, found)
        generation += 2 + SHARES
        for index in range(SHARES):
            out[_FIRST_NGRAM + index, row] = min(_share(found[index], compared), 1.0)
