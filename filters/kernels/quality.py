"""All quality measurements in one compiled pass over Arrow text buffers.

`filters.quality` defines each measurement. A document is read once, byte by byte; word hashes are
kept for the n-grams, line and paragraph hashes for the duplicates, and `filters.kernels.repeats`
counts them; `filters.kernels.letters` judges a sample of the words. Scratch is allocated once a
batch, for the longest document in it.

What is counted per word is a local variable of `_read_line`: numba keeps those in registers. What
is counted per line stands in an array of counts, with a name for each place.
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
    inlined,
    plain,
)
from filters.kernels.letters import (
    FUNCTION_WORDS,
    JUDGE_ALL,
    LEAST_WORDS,
    LONGEST,
    LONGEST_FUNCTION_WORD,
    ODD,
    SHORTEST,
    broken,
    capital_inside,
    function_word,
    garbled,
    hash_word,
    lanes_of,
    trigrams,
)
from filters.kernels.lines import (
    BOILERPLATE,
    JAVASCRIPT,
    LOREM,
    MARKUP,
    POLICY,
    PROSE,
    TABLE,
    citation_mark,
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

__all__ = ["COLUMNS", "STOP", "byte_classes", "measure_texts", "scratch_for"]

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

STOP: Final = 128
"""The byte needs more than hashing: white space, ``# . { |``, not ASCII."""

UPPER: Final = 8
"""Property of a byte or word: an ASCII or Latin capital."""

APART: Final = 16
"""Property of a byte or word: neither letter nor the punctuation that stands beside words."""

SHORT_LINE: Final = 30
"""Columns up to which a line is short (FineWeb, Penedo et al. 2024, section 3.6)."""

WIDE: Final = 0x2E80
"""Code points from here on that are letters of unspaced scripts (Han, Kana, not Thai) take two
columns (UAX 11): thirty of them are a sentence."""

SMALL_WORD: Final = 4
"""Letters from which a word in small letters shows that a line is no list of names or titles:
shorter ones (``of``, ``and``, ``von``) stand in those too."""

FEW_LINES: Final = 5
"""With fewer prose lines a share of them says nothing: of one line it is 0 or 1."""

_FIRST_NGRAM: Final = COLUMNS.index("top_2gram")
_FIRST_REPEAT: Final = COLUMNS.index("dup_5gram")
_ZERO = np.uint64(0)
_NEWLINE, _HASH, _POINT, _BRACE, _PIPE = 0x0A, 0x23, 0x2E, 0x7B, 0x7C
_ELLIPSIS: Final = 0x2026

Bytes = npt.NDArray[np.uint8]


def byte_classes() -> Bytes:
    """Return the properties of bytes that the hot loop needs, ``uint8[256]``."""
    table = np.full(256, STOP, np.uint8)
    table[:128] = PROPS[:128] & (SPACE | ALPHA | WORD | DIGIT)
    for byte in range(128):
        char = chr(byte)
        if table[byte] & SPACE or char in "#.{|":
            table[byte] |= STOP
        if char.isupper():
            table[byte] |= UPPER
        if not char.isalnum() and char not in " .,;:()'\"-":
            table[byte] |= APART
    return table


@inlined
def _token(data, i, end, in_table, classes, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Read the word or symbol that begins at ``i``.

    A letter of an unspaced script begins a new one, except behind leading punctuation, and so does
    a letter or digit behind it. In a table row ``|`` separates.

    Returns:
        Index behind it; code points; properties of its characters, or-ed; decimal digits; code
        points above 127; number of ``#``, of ellipses and of braces that mark no script (``^{`` and
        ``_{`` raise and lower text).
    """
    start, length = i, 0
    flags, digits, foreign, hashes, ellipses, braces = 0, 0, 0, 0, 0, 0
    dots = i  # points before it belong to an ellipsis that was counted
    unspaced = False
    while i < end:
        run = i
        while i < end and not unspaced:  # the hot loop
            kind = classes[data[np.uint64(i)]]  # no index counts from the end
            if kind & STOP:
                break
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
            kind = props[cp] & (SPACE | ALPHA | WORD | UNSPACED | DIGIT)
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
        length += 1
        flags |= kind
        i = after
    if flags & DIGIT:
        for k in range(start, i):
            digits += 0x30 <= data[k] <= 0x39
    return i, length, flags, digits, foreign, hashes, ellipses, braces


@plain
def _share(part, whole):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return part / whole if whole > 0 else 0.0


@plain
def _share_of(part, whole, least):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return part / whole if whole >= least else np.nan


(
    WORDS, CHARS, LINES, SENTENCES, STOPS, LONGEST_WORD, BRACES, SCRIPTS, POLICIES, LOREMS,
    RUNNING, WORD_CHARS, SPACED, SPACED_CHARS, ALPHAS, VISIBLE, DIGITS, NON_ASCII, MARKS, ELLIPSES,
    BREAKS, STORED, COMPARED, PROSES, BULLETS, TRAILING, TERMINALS, SHORTS, MENU, NAMES, NOTICES,
    REFERENCES, CITATIONS, STORED_LINES, PARAGRAPHS, BLOCK_CHARS, BLOCK_LINES, LETTERED, VERDICTS,
    ODDS, STRANGES, KNOWN, MISREAD, TURN, TORN, COUNTS,
) = range(46)  # fmt: skip
"""Places in the counts of one document; `_finish` says what becomes of each."""


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
            np.empty(4 * size, np.uint8),
        ),
        (np.empty(*hashes), np.empty(*numbers)),
        (np.empty(*hashes), np.empty(*numbers)),
        np.zeros(SHARES, np.int64),
        np.zeros(COUNTS, np.int64),
    )


@plain
def _read_line(data, i, end, every, tables, limit, hashes, ends, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Read one line and add it to the counts.

    The function is long because what is counted per word must be local.

    Returns:
        Index behind its line feed; kind; hash of its words and symbols; words in it; visible code
        points in it.
    """
    classes, props, bases, rare, functions = tables
    i, chars = visible_from(data, i, end, props)
    kind, bullet = PROSE, False
    if i < end and data[i] != _NEWLINE:
        kind, after, bullet = line_kind(data, i, end)
        chars += 1 if data[i] >= 0x80 and after > i else after - i
        i = after
    words = smalls = capitals = wides = citations = found_phrases = sentences = braces = longest = (
        np.int64(0)
    )
    word_chars = spaced = spaced_chars = alpha = visible = digits = foreign = np.int64(0)
    running = marks = ellipses = stops = np.int64(0)
    lettered = judged = odd = strange = torn = known = misread = np.int64(0)
    before, stored, turn = counts[WORD_CHARS], counts[STORED], counts[TURN]
    line_hash = _ZERO
    first = last = unmarked = compared = np.int64(-1)
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
        i, length, flags, numerals, others, signs, dots, curls = _token(
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
        if is_word and length > longest:
            longest = length
        braces += curls
        if may_begin_phrase(data, begun):
            found_phrases |= phrases(data, begun, stop, end)
        # A mark that a tokeniser cut off ends a sentence too.
        if (is_word or length == 1) and classes[data[stop - 1]] & (ALPHA | DIGIT) == 0:
            sentences += ends_sentence(data, begun, stop, props)
        lane, next_lane = lanes_of(data, begun, stop)
        stops |= stop_word(lane)
        if kind == TABLE:
            continue
        visible += length
        state = hash_word(data, begun, stop, lane, next_lane)
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
        smalls += length >= SMALL_WORD and 0x61 <= data[begun] <= 0x7A
        capitals += 0x41 <= data[begun] <= 0x5A
        if flags & ALPHA:
            lettered += 1
            if flags & (APART | DIGIT) == 0 and others == 0:
                if length <= LONGEST_FUNCTION_WORD:
                    known += function_word(functions, state)
                turn += 1
                if turn >= every and SHORTEST <= length <= LONGEST:
                    turn = np.int64(0)
                    if flags & UPPER == 0 or not capital_inside(data, begun, stop):
                        verdict = trigrams(lane, next_lane, rare)
                        judged += 1
                        odd += verdict & ODD
                        strange += verdict >> 1
            else:
                if others == 0 and flags & UPPER == 0 and broken(data, begun, stop, bases):
                    torn += 1
                if flags & APART or others > 0:
                    misread += garbled(data, begun, stop, end, bases)
        if numerals > 0 and length > 5:
            citations += citation_mark(data, begun, stop)
        if flags & UNSPACED == 0:
            spaced += 1
            spaced_chars += length
        elif data[begun] >= 0xE2 and decode(data, begun, end)[0] >= WIDE:
            wides += 1
        elif stop >= end or data[stop] <= 0x20:  # Thai and others put a blank between sentences
            sentences += not ends_sentence(data, begun, stop, props)
            unmarked = stop
        if stored < limit:
            hashes[stored] = state
            stored += 1
            ends[stored] = before + word_chars
            compared = visible
    if i < end:
        counts[BREAKS] += kind != TABLE
        chars += 1
        i += 1
    if compared >= 0:
        counts[COMPARED] = counts[VISIBLE] + compared
    counts[STORED], counts[TURN] = stored, turn
    counts[LONGEST_WORD] = max(counts[LONGEST_WORD], longest)
    counts[STOPS] |= stops
    for place, value in (
        (WORDS, words), (CHARS, chars), (LINES, np.int64(words > 0)), (SENTENCES, sentences),
        (BRACES, braces), (RUNNING, running), (WORD_CHARS, word_chars), (SPACED, spaced),
        (SPACED_CHARS, spaced_chars), (ALPHAS, alpha), (VISIBLE, visible), (DIGITS, digits),
        (NON_ASCII, foreign), (MARKS, marks), (ELLIPSES, ellipses), (CITATIONS, citations),
        (LETTERED, lettered), (VERDICTS, judged), (ODDS, odd), (STRANGES, strange), (KNOWN, known),
        (MISREAD, misread), (TORN, torn),
    ):  # fmt: skip
        counts[place] += value
    counts[SCRIPTS] += found_phrases & JAVASCRIPT != 0
    counts[POLICIES] += found_phrases & POLICY != 0
    counts[LOREMS] += found_phrases & LOREM != 0
    if words > 0 and kind == PROSE:
        ending = unmarked == stop or ends_sentence(data, begun, stop, props)
        brief = last - first + wides <= SHORT_LINE
        counts[PROSES] += 1
        counts[BULLETS] += bullet
        counts[TRAILING] += ends_in_ellipsis(data, begun, stop)
        counts[TERMINALS] += ending
        counts[SHORTS] += brief
        counts[MENU] += words if brief and not ending else 0
        counts[NAMES] += smalls == 0 and words > 1 and 2 * capitals > words
        counts[NOTICES] += found_phrases & (BOILERPLATE | POLICY | JAVASCRIPT) != 0
        counts[REFERENCES] += citations > 0
    return i, kind, line_hash, words, visible


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
        bases: See `filters.kernels.letters.Letters`, as the two that follow.
        rare: Bits of trigrams.
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
    tables = (classes, props, bases, rare, functions)
    hashes, ends, grams, places, slots, sieve = words
    generation = np.int64(1)
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        counts[:] = 0
        block = _ZERO
        every = 1 + (end - i) // JUDGE_ALL
        while i < end:
            i, kind, line_hash, line_words, visible = _read_line(
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
