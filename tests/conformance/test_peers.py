"""Our measurements against datatrove's and dolma's own output, where the definitions agree.

`record_peers` recorded it, with the texts. What differs, and is left out or converted here:

* shares: ours are over visible characters, datatrove's over all; its counts are compared;
* the most frequent n-gram: ours counts its letters, datatrove's the blanks between its words too; a
  run that stands once is 0 with us;
* dolma counts a list mark as a word, and all occurrences of repeated lines and n-grams;
* dolma's `median` word length and its symbol ratio by words have no counterpart.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from filters.quality import QUALITY
from tests.conformance.record_peers import RECORDED

DOCUMENTS: list[dict[str, Any]] = json.loads(RECORDED.read_text("utf-8"))["documents"]
TEXTS = [each["text"] for each in DOCUMENTS]
MEASURED = QUALITY.compute(pa.array(TEXTS, pa.large_string()))
OURS = [
    {name: values[row].as_py() for name, values in MEASURED.items()} for row in range(len(TEXTS))
]


def listed(text: str) -> int:
    """Lines that begin with a list mark."""
    return sum(line.startswith("- ") for line in text.split("\n"))


def visible(text: str) -> int:
    """Characters but for blanks and list marks."""
    return len("".join(text.split())) - listed(text)


PLAIN = [row for row, text in enumerate(TEXTS) if not listed(text)]
"""Without list marks, which are words to the peers."""


def test_the_record_has_something_to_disagree_about() -> None:
    """Repeats of each kind, lists and ellipses occur."""
    assert len(PLAIN) >= 10
    for name in ("dup_lines", "dup_paragraphs"):
        assert sum(each["datatrove"][name] > 0 for each in DOCUMENTS) >= 5
    for n in range(6):
        assert sum(DOCUMENTS[row]["datatrove"]["dup"][n] > 0 for row in PLAIN) >= 5
    for name in ("starting_with_bullet_point", "ending_with_ellipsis"):
        key = f"fraction_of_lines_{name}"
        assert sum(each["dolma"][key] > 0 for each in DOCUMENTS) >= 10


@pytest.mark.parametrize("row", range(len(TEXTS)))
def test_lines_and_paragraphs_as_datatrove(row: int) -> None:
    """Lines, and repeated lines and paragraphs."""
    theirs, ours = DOCUMENTS[row]["datatrove"], OURS[row]
    assert ours["lines"] == theirs["lines"]
    assert ours["words"] == theirs["words"] - listed(TEXTS[row])
    assert ours["dup_lines"] * theirs["lines"] == pytest.approx(theirs["dup_lines"])
    repeated = ours["dup_paragraphs"] * theirs["paragraphs"]
    assert repeated == pytest.approx(theirs["dup_paragraphs"])


@pytest.mark.parametrize("row", PLAIN)
def test_repeats_as_datatrove(row: int) -> None:
    """Characters in the most frequent runs of 2 to 4 words, and in repeated ones of 5 to 10."""
    theirs, ours = DOCUMENTS[row]["datatrove"], OURS[row]
    chars = visible(TEXTS[row])
    for n, expected in zip(range(5, 11), theirs["dup"], strict=True):
        assert ours[f"dup_{n}gram"] * chars == pytest.approx(expected)


@pytest.mark.parametrize("row", PLAIN)
def test_most_frequent_runs(row: int) -> None:
    """As dolma's share; datatrove's characters hold the blanks between the words besides."""
    words = TEXTS[row].split()
    for n, with_blanks in zip((2, 3, 4), DOCUMENTS[row]["datatrove"]["top"], strict=True):
        ours = OURS[row][f"top_{n}gram"]
        if not ours:
            assert len(set(zip(*(words[k:] for k in range(n)), strict=False))) == len(words) - n + 1
            continue
        key = f"fraction_of_characters_in_most_common_{n}grams"
        assert ours == pytest.approx(min(DOCUMENTS[row]["dolma"][key], 1))
        blanks = with_blanks - ours * visible(TEXTS[row])
        assert blanks == pytest.approx(round(blanks / (n - 1)) * (n - 1))


@pytest.mark.parametrize("row", range(len(TEXTS)))
def test_words_and_lines_as_dolma(row: int) -> None:
    """Words with letters, list items, lines that end in an ellipsis."""
    theirs, ours = DOCUMENTS[row]["dolma"], OURS[row]
    marks = listed(TEXTS[row])
    lettered = theirs["fraction_of_words_with_alpha_character"] * theirs["word_count"]
    assert ours["words"] == theirs["word_count"] - marks
    assert ours["alpha_words"] * ours["words"] == pytest.approx(lettered)
    if ours["lines"] >= 5:
        for name in ("bullet_lines", "ellipsis_lines"):
            key = {
                "bullet_lines": "fraction_of_lines_starting_with_bullet_point",
                "ellipsis_lines": "fraction_of_lines_ending_with_ellipsis",
            }[name]
            assert ours[name] == pytest.approx(theirs[key])
