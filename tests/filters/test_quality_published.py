"""The published definitions to the letter, on tokenised input, held against ours where they agree.

Gopher (Rae et al. 2021, arXiv:2112.11446, A.1.1 and table A1), C4 (Raffel et al. 2020, JMLR 21(140),
2.2) and FineWeb (Penedo et al. 2024, arXiv:2406.17557, 3.6) speak of words, lines and paragraphs.
Here a document is lists of these: what a word is has been decided, and the formulas say the rest.
Ours take shares of characters over visible ones; the papers' do so too, with characters of words.
"""

from __future__ import annotations

import statistics
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.quality import QUALITY

WORDS = ("the", "of", "and", "have", "dose", "a", "trial", "was", "10", "mg", "#tag", "more...")
ENDS = ("end.", "so?", "no", "yes!", "wait...")
LINE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).flatmap(
    lambda words: st.sampled_from(ENDS).map(lambda end: [*words, end])
)
PARAGRAPHS = st.lists(st.lists(LINE, min_size=1, max_size=4), min_size=2, max_size=6)
STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}

Paragraphs = list[list[list[str]]]


def ours(paragraphs: Paragraphs) -> dict[str, float]:
    """Measure the text that the lists stand for."""
    text = "\n\n".join("\n".join(" ".join(line) for line in lines) for lines in paragraphs)
    found = QUALITY.compute(pa.array([text], pa.large_string()))
    return {name: values[0].as_py() for name, values in found.items()}


def repeated(elements: list[tuple[str, ...]]) -> tuple[float, int]:
    """Share of the elements that stood before, and their characters."""
    seen: set[tuple[str, ...]] = set()
    again = [element for element in elements if element in seen or seen.add(element)]
    return len(again) / len(elements), sum(len("".join(element)) for element in again)


def duplicate_ngrams(words: list[str], n: int) -> int:
    """Characters in repeated n-grams, none counted twice (table A1: "not double counting")."""
    seen: set[tuple[str, ...]] = set()
    total = place = 0
    while place + n <= len(words):
        gram = tuple(words[place : place + n])
        total += len("".join(gram)) if gram in seen else 0
        place += n if gram in seen else 1
        seen.add(gram)
    return total


@given(PARAGRAPHS)
@settings(max_examples=200, deadline=None)
def test_gopher_quality(paragraphs: Paragraphs) -> None:
    """A.1.1: number and mean length of words, symbols, ellipsis lines, letters, stop words."""
    lines = [line for part in paragraphs for line in part]
    words = [word for line in lines for word in line]
    found = ours(paragraphs)
    assert found["words"] == len(words)
    assert found["mean_word_length"] == pytest.approx(statistics.fmean(map(len, words)))
    assert found["hash_ratio"] == pytest.approx(sum(w.count("#") for w in words) / len(words))
    dots = sum(word.count("...") for word in words)
    assert found["ellipsis_ratio"] == pytest.approx(dots / len(words))
    letters = sum(any(char.isalpha() for char in word) for word in words)
    assert found["alpha_words"] == pytest.approx(letters / len(words))
    assert found["stop_words"] == len(STOP_WORDS & set(words))
    if len(lines) >= 5:
        trailing = sum(line[-1].endswith("...") for line in lines)
        assert found["ellipsis_lines"] == pytest.approx(trailing / len(lines))
        assert found["bullet_lines"] == 0


@given(PARAGRAPHS)
@settings(max_examples=200, deadline=None)
def test_gopher_repetition(paragraphs: Paragraphs) -> None:
    """Table A1: duplicate lines and paragraphs, top and duplicate n-grams."""
    lines = [tuple(line) for part in paragraphs for line in part]
    blocks = [tuple(word for line in part for word in line) for part in paragraphs]
    words = [word for line in lines for word in line]
    chars = len("".join(words))
    found = ours(paragraphs)
    share, again = repeated(lines)
    assert found["dup_lines"] == pytest.approx(share)
    assert found["dup_line_chars"] == pytest.approx(again / chars)
    # The same words in other lines are another paragraph.
    parts = [tuple(" ".join(line) for line in part) for part in paragraphs]
    assert found["dup_paragraphs"] == pytest.approx(repeated(parts)[0])
    assert found["dup_paragraph_chars"] <= repeated(blocks)[1] / chars + 1e-12
    for n in (2, 3, 4):
        counted = Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
        gram, count = counted.most_common(1)[0] if counted else ((), 0)
        expected = count * len("".join(gram)) / chars if count > 1 else 0
        assert found[f"top_{n}gram"] == pytest.approx(min(expected, 1))
    for n in range(5, 11):
        assert found[f"dup_{n}gram"] == pytest.approx(duplicate_ngrams(words, n) / chars)


@given(PARAGRAPHS)
@settings(max_examples=200, deadline=None)
def test_c4_and_fineweb(paragraphs: Paragraphs) -> None:
    """C4: sentences, longest word. FineWeb: terminal and short lines, newlines per word."""
    lines = [line for part in paragraphs for line in part]
    words = [word for line in lines for word in line]
    found = ours(paragraphs)
    assert found["sentences"] == sum(word.endswith((".", "!", "?")) for word in words)
    assert found["max_word_length"] == max(map(len, words))
    newlines = len(lines) - 1 + len(paragraphs) - 1
    assert found["newlines_per_word"] == pytest.approx(newlines / len(words))
    if len(lines) >= 5:
        ends = sum(line[-1].endswith((".", "!", "?")) for line in lines)
        assert found["terminal_lines"] == pytest.approx(ends / len(lines))
        short = sum(len(" ".join(line)) <= 30 for line in lines)
        assert found["short_lines"] == pytest.approx(short / len(lines))
