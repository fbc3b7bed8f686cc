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

Where most words are letters of scripts without blanks, a run of words is one of a few letters, and
repeated runs are not defined. Repeated lines and paragraphs and the most frequent runs of two to
four are measured there as everywhere.

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
_LETTERS = "this project; trigrams of wordfreq 3.1.1 (doi:10.5281/zenodo.7199437)"


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
        "quotes and brackets aside, and such marks alone; abbreviations count. In Thai, Lao, "
        "Khmer, Myanmar and Tibetan a blank or line end behind a letter ends a sentence too.",
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
    _share(
        "mean_word_length",
        "Mean length of running words of scripts with blanks between words; null where those are "
        "less than half.",
        _GOPHER,
        "code points",
    ),
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
    _share(
        "short_lines",
        "Prose lines of at most 30 columns; Han and Kana take two; null below five lines.",
        _FINEWEB,
    ),
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
            "datatrove 0.10); null where most words are letters of scripts without blanks.",
            _REPEATS,
        )
        for n in (5, 6, 7, 8, 9, 10)
    ),
    _share(
        "dup_3gram",
        "Visible characters in runs of three running words that stood before, walked as above: a "
        "form whose blanks are filled in keeps such runs and no longer ones; null where most words "
        "are letters of scripts without blanks.",
        _OWN,
    ),
    _share("table_words", "Words in rows of tables among all words.", _OWN),
    _share(
        "menu_words",
        "Running words in short prose lines that end in no terminal mark; null below five lines.",
        _OWN,
    ),
    _share(
        "name_lines",
        "Prose lines of two words or more of which most begin with a capital A to Z, and none of "
        "four letters or more with a small one: names, titles, menus; null below five lines.",
        _OWN,
    ),
    _share(
        "boilerplate_lines",
        "Prose lines with a notice or control of a page: copyright, skip to, log in, cookies, "
        "terms, click here, javascript; null below five lines.",
        _OWN,
    ),
    _share(
        "reference_lines",
        "Prose lines with a mark of a bibliographic reference: (2015). 2015;64 12(3): 64:1215-20 "
        "or a DOI; null below five lines.",
        _OWN,
    ),
    _share("citation_marks", "Such marks per running word.", _OWN, "per word"),
    _share(
        "odd_words",
        "Words in small Latin letters, the first may be a capital, of which three letters follow "
        "one another in none of de, en, es, fr, it, nl, pt, each spelling once (a substance of an "
        "odd name stands in every sentence), or that have a digit or symbol between letters; null "
        "below 30 such words and where fewer than one word in fifty is a function word of these "
        "languages. Of a text longer than 2 kB every n-th word is judged.",
        _LETTERS,
    ),
    _share(
        "strange_words",
        "The same for 27 languages in Latin letters, whatever the function words; null below 30 "
        "such words.",
        _LETTERS,
    ),
    _share(
        "garbled_words",
        "Words with a trace of wrong decoding: UTF-8 read as Latin-1, Windows-1252 or Mac Roman, a "
        "question mark or U+FFFD for a letter, references and escapes left as they were.",
        _OWN,
    ),
)


def _compute(texts: pa.LargeStringArray) -> Mapping[str, pa.Array]:
    from filters.kernels.letters import LETTERS
    from filters.kernels.quality import COLUMNS, byte_classes, measure_texts, scratch_for
    from filters.kernels.unicode import PROPS

    data, offsets = text_views(texts)
    values = np.empty((len(COLUMNS), len(texts)), np.float64)
    scratch = scratch_for(offsets, MAX_WORDS)
    measure_texts(data, offsets, byte_classes(), PROPS, *LETTERS, *scratch, MAX_WORDS, values)
    made = dict(zip(COLUMNS, values, strict=True))
    # NaN, not defined, becomes null.
    return {c.name: pa.array(made[c.name], from_pandas=True).cast(c.type) for c in _COLUMNS}


QUALITY = Measurement("quality", 4, _COLUMNS, _compute)
"""All measurements of this module, made in one pass over the text."""
