"""One line of a document, for the quality pass: its words are read and counted.

Counts of a document stand in one array, with a name for each place, and those of the line that is
being read behind them. A word adds to some twenty; a branch is taken only where words of one kind
are few.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from filters.kernels.compile import inlined, plain
from filters.kernels.letters import (
    LONGEST,
    ODD,
    SHORTEST,
    broken,
    function_word,
    garbled,
    hash_word,
    lanes_of,
    spelling,
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
    phrases,
    stop_word,
    visible_from,
)
from filters.kernels.repeats import mix
from filters.kernels.tokens import read_token, sentence_end
from filters.kernels.unicode import decode

SHORT_LINE: Final = 30
"""Columns up to which a line is short (FineWeb, Penedo et al. 2024, section 3.6)."""

WIDE: Final = 0x2E80
"""Code points from here on that are letters of unspaced scripts (Han, Kana, not Thai) take two
columns (UAX 11): thirty of them are a sentence."""

SMALL_WORD: Final = 4
"""Letters from which a word in small letters shows that a line is no list of names or titles:
shorter ones (``of``, ``and``, ``von``) stand in those too."""

SHORTEST_CITATION: Final = 6
"""Code points of the shortest word with a mark of a reference."""

_ZERO = np.uint64(0)
_NEWLINE, _PIPE = 0x0A, 0x7C

(
    WORDS, CHARS, LINES, SENTENCES, STOPS, LONGEST_WORD, BRACES, SCRIPTS, POLICIES, LOREMS,
    RUNNING, WORD_CHARS, SPACED, SPACED_CHARS, ALPHAS, VISIBLE, DIGITS, NON_ASCII, MARKS, ELLIPSES,
    BREAKS, STORED, COMPARED, PROSES, BULLETS, TRAILING, TERMINALS, SHORTS, MENU, NAMES, NOTICES,
    REFERENCES, CITATIONS, STORED_LINES, PARAGRAPHS, BLOCK_CHARS, BLOCK_LINES, LETTERED, VERDICTS,
    ODDS, STRANGES, KNOWN, MISREAD, TURN, TORN, SMALLS, CAPITALS, WIDES, PHRASES, UNMARKED,
    DIFFERENT, FIRST,
) = range(52)  # fmt: skip
"""Places in the counts of one document, from `SMALLS` to `UNMARKED` those of the present line; what
becomes of each, `filters.kernels.quality` says. From `FIRST` on stand the spellings of the
`DIFFERENT` odd or strange words."""

SPELLINGS: Final = 64
"""Odd and strange words that are told apart; those behind them are all counted."""

COUNTS: Final = FIRST + SPELLINGS


@inlined
def _add_letters(data, start, stop, end, length, made, lane, next_lane, every, tables, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count what the letters of a word tell; ``made`` are results of `read_token`."""
    _, _, bases, rare, numbers, functions = tables
    lettered, apart, mixed, capital, inner, cut = made
    counts[LETTERED] += lettered
    if mixed:
        if cut and not capital and broken(data, start, stop, bases):
            counts[TORN] += 1
        if apart:
            counts[MISREAD] += garbled(data, start, stop, end, bases)
        return
    counts[KNOWN] += lettered & function_word(numbers, functions, lane, next_lane)
    turn = counts[TURN] + lettered
    if turn >= every:
        due = lettered & (length >= SHORTEST) & (length <= LONGEST)
        turn = 0 if due else turn
        judged = due & (not inner)
        verdict = trigrams(lane, next_lane, rare)
        counts[VERDICTS] += judged
        if judged and verdict and _new(spelling(lane, next_lane), counts):
            counts[ODDS] += verdict & ODD
            counts[STRANGES] += verdict >> 1
    counts[TURN] = turn


@plain
def _new(word, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a spelling is met for the first time in the document, and remember it."""
    key = np.int64(word)
    met = counts[DIFFERENT]
    for place in range(FIRST, FIRST + met):
        if counts[place] == key:
            return False
    if met < SPELLINGS:
        counts[FIRST + met] = key
        counts[DIFFERENT] = met + 1
    return True


@inlined
def _store(state, limit, hashes, ends, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Keep the hash of a word, and where it ends, for the n-grams."""
    stored = counts[STORED]
    if stored < limit:
        hashes[stored] = state
        counts[STORED] = stored + 1
        ends[stored + 1] = counts[WORD_CHARS]
        counts[COMPARED] = counts[VISIBLE]


@inlined
def _add_word(first, length, lettered, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count a word of running text by its first byte and its code points."""
    counts[RUNNING] += 1
    counts[WORD_CHARS] += length
    counts[ALPHAS] += lettered
    counts[SMALLS] += (length >= SMALL_WORD) & (first >= 0x61) & (first <= 0x7A)
    counts[CAPITALS] += (first >= 0x41) & (first <= 0x5A)


@plain
def _add_unspaced(data, begun, stop, end, props, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count a word of a script that writes no blanks between words."""
    if data[begun] >= 0xE2 and decode(data, begun, end)[0] >= WIDE:
        counts[WIDES] += 1
    elif stop >= end or data[stop] <= 0x20:  # Thai and others put a blank between sentences
        counts[SENTENCES] += not ends_sentence(data, begun, stop, props)
        counts[UNMARKED] = stop


@inlined
def _add_phrases(counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count the phrases of a line."""
    counts[SCRIPTS] += counts[PHRASES] & JAVASCRIPT != 0
    counts[POLICIES] += counts[PHRASES] & POLICY != 0
    counts[LOREMS] += counts[PHRASES] & LOREM != 0


@plain
def _add_line(kind, words, width, ending, made, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Count what a line with words in it is.

    Args:
        kind: See `line_kind`.
        words: Words in it.
        width: Code points from its first visible one to its last.
        ending: Whether it ends as a sentence does.
        made: Whether it is a list item, ends in an ellipsis, and bears the mark of a reference.
        counts: Counts.
    """
    bullet, trailing, cited = made
    counts[LINES] += 1
    if kind != PROSE:
        return
    found = counts[PHRASES]
    brief = width + counts[WIDES] <= SHORT_LINE
    counts[PROSES] += 1
    counts[BULLETS] += bullet
    counts[TRAILING] += trailing
    counts[TERMINALS] += ending
    counts[SHORTS] += brief
    counts[MENU] += words if brief and not ending else 0
    counts[NAMES] += counts[SMALLS] == 0 and words > 1 and 2 * counts[CAPITALS] > words
    counts[NOTICES] += found & (BOILERPLATE | POLICY | JAVASCRIPT) != 0
    counts[REFERENCES] += cited


@plain
def read_line(data, i, end, every, tables, limit, hashes, ends, counts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Read one line and add it to the counts.

    Returns:
        Index behind its line feed; kind; hash of its words and symbols; words in it; visible code
        points in it.
    """
    classes, props = tables[0], tables[1]
    i, chars = visible_from(data, i, end, props)
    kind, bullet = PROSE, False
    if i < end and data[i] != _NEWLINE:
        kind, after, bullet = line_kind(data, i, end)
        chars += 1 if data[i] >= 0x80 and after > i else after - i
        i = after
    words, visible, citations = counts[WORDS], counts[VISIBLE], counts[CITATIONS]
    counts[SMALLS] = counts[CAPITALS] = counts[WIDES] = counts[PHRASES] = 0
    counts[UNMARKED] = -1
    line_hash = _ZERO
    first = last = np.int64(-1)
    begun = stop = i
    while i < end:
        byte = data[i]
        if byte == 0x20:
            i += 1
            chars += 1
            continue
        if byte < 0x20 or byte >= 0x80:
            if byte == _NEWLINE:
                break
            i, skipped = visible_from(data, i, end, props)
            chars += skipped
            if i >= end or data[i] == _NEWLINE:
                break
        if kind == TABLE and data[i] == _PIPE:
            i += 1
            chars += 1
            continue
        begun = i
        (
            i,
            length,
            is_word,
            lettered,
            apart,
            mixed,
            capital,
            inner,
            numerals,
            foreign,
            signs,
            dots,
            curls,
            unspaced,
            cut,
            cites,
            phrase,
        ) = read_token(data, i, end, kind == TABLE, classes, props)
        stop = i
        if first < 0:
            first = chars
        chars += length
        last = chars
        if kind == MARKUP:
            continue
        counts[WORDS] += is_word
        if is_word and length > counts[LONGEST_WORD]:
            counts[LONGEST_WORD] = length
        counts[BRACES] += curls
        if phrase:
            counts[PHRASES] |= phrases(data, begun, stop, end)
        # A mark that a tokeniser cut off ends a sentence too.
        if is_word or length == 1:
            counts[SENTENCES] += sentence_end(data, begun, stop, props)
        lane, next_lane = lanes_of(data, begun, stop)
        counts[STOPS] |= stop_word(lane)
        if kind == TABLE:
            continue
        counts[VISIBLE] += length
        state = hash_word(data, begun, stop, lane, next_lane)
        line_hash = mix(line_hash, state)
        counts[DIGITS] += numerals
        counts[NON_ASCII] += foreign
        counts[MARKS] += signs
        counts[ELLIPSES] += dots
        if not is_word:
            continue
        _add_word(data[begun], length, lettered, counts)
        made = (lettered, apart, mixed, capital, inner, cut)
        _add_letters(data, begun, stop, end, length, made, lane, next_lane, every, tables, counts)
        if cites and numerals > 0 and length >= SHORTEST_CITATION:
            counts[CITATIONS] += citation_mark(data, begun, stop)
        if unspaced:
            _add_unspaced(data, begun, stop, end, props, counts)
        else:
            counts[SPACED] += 1
            counts[SPACED_CHARS] += length
        _store(state, limit, hashes, ends, counts)
    if i < end:
        counts[BREAKS] += kind != TABLE
        chars += 1
        i += 1
    counts[CHARS] += chars
    _add_phrases(counts)
    words, visible = counts[WORDS] - words, counts[VISIBLE] - visible
    if words > 0:
        ending = counts[UNMARKED] == stop or ends_sentence(data, begun, stop, props)
        trailing = ends_in_ellipsis(data, begun, stop)
        cited = counts[CITATIONS] > citations
        _add_line(kind, words, last - first, ending, (bullet, trailing, cited), counts)
    return i, kind, line_hash, words, visible
