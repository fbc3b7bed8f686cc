"""What is a word of a document: for hyphens at line ends and for ligatures without a name.

A hyphen that divides a word goes, one of a compound stays. Words are told by the document, without
the fragments at its line ends and starts, and for English by the words of PubMed abstracts
(``pdf_words.txt``).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from sources.text.pdf_gate import UNREAD
from sources.text.pdf_layout import Line

WORDS = Path(__file__).with_name("pdf_words.txt")
"""Words in lower case, one a line, that stand without a hyphen in at least 10 of 50,788 PubMed
records; made by ``tests/sources/make_pdf_words.py``."""

ENGLISH = 0.4
"""Share of a document's words that are in the list, above which the list has a say: of a medical
article in English about four fifths are, of one in Portuguese a tenth."""

LONG_TAIL = 6
"""Letters of a word that is not by chance the end of another one."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LIGATURES = ("ff", "fi", "fl", "ffi", "ffl", "ft", "tt", "ti", "ct", "st")
_BROKEN = re.compile(rf"(?<![0-9][ \u00a0])(?<![\w{UNREAD}])([^\W\d_]*){UNREAD}([^\W\d_]+)")
_LAST_PART = re.compile(r"[^\W\d_]+\Z")


class Vocabulary:
    """Words of a document as they stand inside its lines.

    Args:
        lines: All lines of the document in reading order.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._words: Counter[str] = Counter()
        after_hyphen = False
        for line in lines:
            found = [word.lower() for word in _WORD.findall(line.text)]
            self._words.update(found[after_hyphen : len(found) - line.hyphen])
            after_hyphen = line.hyphen
        self._heads = {word.split("-", 1)[0] for word in self._words if "-" in word}
        self._tails = {word.rsplit("-", 1)[1] for word in self._words if "-" in word}
        english = _english()
        listed = sum(word in english for word in self._words)
        self._listed = english if listed > ENGLISH * len(self._words) else frozenset()
        self._sorted: list[str] | None = None

    def joins(self, left: str, right: str) -> bool:
        """Tell whether a hyphen between two lines only divides a word.

        Never next to a digit. A joined word that is known is joined; a hyphenated one that the
        document has elsewhere keeps its hyphen. Where neither is known, the hyphen stays before
        and after capitals (``HIV-positive``, ``HBeAg-negative``) and after a single letter; before
        a word also after a word, after what begins other compounds of the document (``anti-``) and
        after a symbol (``Cl-``); before a long word, or one that ends other compounds, after what
        begins no word (``saponin-producing``). A fragment that is no word is part of one.

        Args:
            left: Text before the hyphen.
            right: Text of the next line.
        """
        before, after = _LAST_PART.search(left), _WORD.match(right)
        if before is None or after is None or not (left[-1] + right[0]).isalpha():
            return False  # a fraction is of the class of letters, and is none
        first, second = before[0].lower(), after[0].lower().split("-", 1)[0]
        if self._words[first + second]:
            return True
        if self._words[f"{first}-{second}"] or after[0][0].isupper() or _is_acronym(before[0]):
            return False
        if first + second in self._listed:
            return True
        if left[: before.start()].endswith("-") or len(first) == 1:
            return False  # third-party-owned, p-values
        if not self.knows(second):
            return True
        if first in self._heads or self.knows(first) or _is_symbol(before[0]):
            return False
        tail = len(second) >= LONG_TAIL or second in self._tails
        return not tail or self._begins(first)

    def completes(self, left: str, right: str) -> bool:
        """Tell whether a line that came later begins with the other half of a word.

        Only where the joined word or the compound is known: a note or a caption stood between.

        Args:
            left: Text before the hyphen.
            right: Text of the line.
        """
        before, after = _LAST_PART.search(left), _WORD.match(right)
        if before is None or after is None or not after[0][0].islower():
            return False
        first, second = before[0].lower(), after[0].split("-", 1)[0].lower()
        return self.knows(first + second) or self._words[f"{first}-{second}"] > 0

    def _begins(self, part: str) -> bool:
        """Whether a part, not one of a plural, begins a word."""
        if len(part) >= LONG_TAIL and self.knows(f"{part}s"):
            return False
        if self._sorted is None:
            self._sorted = sorted({*self._words, *self._listed})
        place = bisect_left(self._sorted, part)
        return place < len(self._sorted) and self._sorted[place].startswith(part)

    def knows(self, word: str) -> bool:
        """Whether the document or the list has a word.

        Args:
            word: In lower case.
        """
        return word in self._listed or self._words[word] > 0

    def mended(self, text: str) -> str:
        """Restore ligatures that their font gives no name, where one alone makes a known word.

        Not after a number: what is unread there may be the prefix of a unit.

        Args:
            text: One paragraph.
        """
        return _BROKEN.sub(self._mended, text) if UNREAD in text else text

    def _mended(self, match: re.Match[str]) -> str:
        left, right = match[1], match[2]
        if not left and right == "e":
            return "The"
        if len(left + right) < 2:
            return match[0]
        options = [left + middle + right for middle in _LIGATURES]
        options += ["Th" + right] if not left else []
        known = [option for option in options if self.knows(option.lower())]
        return known[0] if len(known) == 1 else match[0]


def _is_acronym(word: str) -> bool:
    return any(c.isupper() for c in word[1:]) or (len(word) == 1 and word.isupper())


def _is_symbol(word: str) -> bool:
    """Whether it may be that of an element, or another of a capital and a small letter."""
    return len(word) == 2 and word.istitle()


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    return frozenset(WORDS.read_text(encoding="ascii").split())
