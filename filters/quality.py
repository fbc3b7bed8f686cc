"""Quality of text in numbers: the measurements of Gopher, C4 and FineWeb, made for Markdown.

What is counted:

* A **word** is a run without white space that holds a letter, digit or combining mark; attached
  punctuation belongs to it. In scripts without blanks between words (Han, Kana, Thai, Lao, Khmer,
  Myanmar, Tibetan) each letter is a word. ``=`` or ``<`` alone is no word: the published
  implementations that count such tokens lose one good abstract in four to the alphabetic rule.
* Marks of Markdown are no text: heading marks, list marks, code fences, the pipes of tables.
* **Running words** are those outside tables. Tables are full of short, alike and numeric cells, so
  every share and mean is taken over running text alone. Counts look at the whole text: a page whose
  paragraphs stand in a table for layout has sentences all the same.
* A **prose line** has a word and is no heading and no table row: what the rules about lines were
  made for. A **paragraph** is a run of prose lines.
* **Visible characters** are code points of running text that are not white space and not a mark of
  Markdown; they are the denominator of all shares of characters.

A measurement that has no denominator (mean word length of a text that is one table) is null, and so
are shares of fewer than five prose lines, which of one line could only be 0 or 1. What is null is
not known to be bad, and no rule applies to it.

In a text with scripts without blanks (`filters.kernels.unspaced`) a letter stands for a word, lines
are short, and in most of these scripts no mark ends a sentence. What was defined by words of
several letters, or by such marks, is not defined there and null: mean word length, sentences,
terminal and short lines, repeated runs of five to ten words. Repeated lines and paragraphs and the
most frequent runs of two to four are measured as everywhere.

References: Gopher: Rae et al. 2021, arXiv:2112.11446, appendix A.1; C4: Raffel et al. 2020, JMLR
21(140), section 2.2; FineWeb: Penedo et al. 2024, arXiv:2406.17557, section 3.6.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from filters.base import Column, Measurement
from filters.kernels.buffers import text_views

__all__ = ["MAX_WORDS", "QUALITY"]

MAX_WORDS = 1 << 20
"""Words, and lines, at the beginning of a document in which repeats are looked for. A million words
is ten thick books; the limit bounds the memory of the pass (140 MB), whatever comes in."""

_GOPHER = "Gopher (arXiv:2112.11446, A.1.1)"
_REPEATS = "Gopher (arXiv:2112.11446, table A1)"
_C4 = "C4 (JMLR 21(140), 2.2)"
_FINEWEB = "FineWeb (arXiv:2406.17557, 3.6)"
_OWN = "this project"


def _count(name: str, unit: str, meaning: str, reference: str) -> Column:
    return Column(name, pa.int64(), unit, meaning, reference)


def _share(name: str, meaning: str, reference: str, unit: str = "share 0..1") -> Column:
    return Column(name, pa.float64(), unit, meaning, reference)


_COLUMNS = (
    _count("words", "words", "Words of the whole text, title and tables included.", _GOPHER),
    _count("chars", "code points", "Length of the text, white space included.", _OWN),
    _count("lines", "lines", "Lines with at least one word.", _OWN),
    _count(
        "sentences",
        "sentences",
        "Words that end in a mark with the Unicode property Sentence_Terminal, closing "
        "quotes and brackets aside; abbreviations count.",
        _C4,
    ),
    _count(
        "stop_words",
        "words 0..8",
        "How many of the, be, to, of, and, that, have, with occur, in any case.",
        _GOPHER,
    ),
    _count("max_word_length", "code points", "Length of the longest word.", _C4),
    _count("curly_braces", "marks", "Opening braces, without ^{ and _{ (raised and lowered).", _C4),
    _count("javascript_lines", "lines", "Lines with a word that begins with javascript.", _C4),
    _count(
        "policy_lines",
        "lines",
        "Lines that name terms of use, a privacy or cookie policy, or the use of cookies.",
        _C4,
    ),
    _count("lorem_ipsum", "lines", "Lines with the placeholder text lorem ipsum.", _C4),
    _share("mean_word_length", "Mean length of running words.", _GOPHER, "code points"),
    _share("alpha_words", "Running words with at least one letter.", _GOPHER),
    _share("hash_ratio", "Hash signs per running word, heading marks aside.", _GOPHER, "per word"),
    _share("ellipsis_ratio", "Ellipses (... and U+2026) per running word.", _GOPHER, "per word"),
    _share("digits", "Decimal digits among visible characters.", _OWN),
    _share("non_ascii", "Code points above 127 among visible characters.", _OWN),
    _share(
        "newlines_per_word", "Line feeds outside tables per running word.", _FINEWEB, "per word"
    ),
    _share(
        "bullet_lines",
        "Prose lines that are list items (-, *, + or a bullet); null below five lines.",
        _GOPHER,
    ),
    _share(
        "ellipsis_lines", "Prose lines that end in an ellipsis; null below five lines.", _GOPHER
    ),
    _share(
        "terminal_lines",
        "Prose lines that end in a terminal mark, closing quotes and brackets aside; null below "
        "five lines.",
        _FINEWEB,
    ),
    _share("short_lines", "Prose lines of at most 30 characters; null below five lines.", _FINEWEB),
    _share("dup_lines", "Prose lines that stood before in the same text.", _REPEATS),
    _share("dup_line_chars", "Visible characters in such lines.", _REPEATS),
    _share("dup_paragraphs", "Paragraphs that stood before in the same text.", _REPEATS),
    _share("dup_paragraph_chars", "Visible characters in such paragraphs.", _REPEATS),
    *(
        _share(
            f"top_{n}gram",
            f"Visible characters in the most frequent run of {n} running words; 0 where each "
            "stands once; of equally frequent ones the first; at most 1.",
            _REPEATS,
        )
        for n in (2, 3, 4)
    ),
    *(
        _share(
            f"dup_{n}gram",
            f"Visible characters in runs of {n} running words that stood before, on a walk from "
            "left to right that jumps over each repeat, so that none is counted twice (as in "
            "datatrove 0.10).",
            _REPEATS,
        )
        for n in (5, 6, 7, 8, 9, 10)
    ),
)


_OF_SPACED_WORDS = (
    "mean_word_length",
    "sentences",
    "terminal_lines",
    "short_lines",
    *(f"dup_{n}gram" for n in (5, 6, 7, 8, 9, 10)),
)
"""Not defined for texts in scripts without blanks."""


def _compute(texts: pa.LargeStringArray) -> Mapping[str, pa.Array]:
    from filters.kernels.quality import COLUMNS, byte_classes, measure_texts
    from filters.kernels.unicode import PROPS
    from filters.kernels.unspaced import mark_unspaced

    data, offsets = text_views(texts)
    values = np.empty((len(COLUMNS), len(texts)), np.float64)
    measure_texts(data, offsets, byte_classes(), PROPS, MAX_WORDS, values)
    made = dict(zip(COLUMNS, values, strict=True))
    unspaced = np.empty(len(texts), np.bool_)
    mark_unspaced(data, offsets, PROPS, unspaced)
    for name in _OF_SPACED_WORDS:
        made[name][unspaced] = np.nan
    # NaN, not defined, becomes null.
    return {c.name: pa.array(made[c.name], from_pandas=True).cast(c.type) for c in _COLUMNS}


QUALITY = Measurement("quality", 2, _COLUMNS, _compute)
"""All measurements of this module, made in one pass over the text."""
