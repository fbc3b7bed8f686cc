"""Which extractions cannot be read: fonts without a meaning, and fonts with a wrong one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

UNREAD = "\ufffd"
"""Stands for a character whose meaning is not known: better than a wrong digit."""

MAX_UNREAD = 0.02
"""Share of characters without a meaning above which a page is refused."""

MIN_UNREAD = 10
"""Number of them at the least: a page of a figure may hold a few icons and little else."""

MIN_LETTERS = 1_000
"""Letters that a text must have before its words are judged."""

COMMON = frozenset("eainorst")
"""Letters that make up half of the text and more in the languages written in Latin script (50 % in
Czech, 55 in Polish and Hungarian, 62 to 66 in English, German, French, Spanish, Portuguese)."""

MIN_COMMON = 0.42
"""Least share of these: under a wrong map, 8 of 26 letters are expected to have 31 %."""

MAX_SINGLE = 0.5
"""Largest share of words of one letter: more is text set letter by letter."""

MIN_ASCII = 0.5
"""Least share of plain letters: Vietnamese has about 70 %; Cyrillic read as Latin-1 has none."""

_WORD = re.compile(r"[^\W\d_]+")


def is_unreadable(texts: Sequence[str]) -> bool:
    """Whether the fonts of a page give too many of its characters no meaning.

    Args:
        texts: Texts of the pieces of one page.
    """
    total = sum(map(len, texts))
    unread = sum(text.count(UNREAD) for text in texts)
    return unread >= MIN_UNREAD and unread > MAX_UNREAD * total


def reads_as_language(text: str, least: int) -> bool:
    """Whether a text has the letters that are common in languages of Latin script.

    Args:
        text: Any text.
        least: Letters that it must have.
    """
    letters = Counter(c for c in text.lower() if "a" <= c <= "z")
    total = sum(letters.values())
    return total >= least and sum(letters[c] for c in COMMON) >= MIN_COMMON * total


def impossible_words(texts: Sequence[str]) -> str:
    """Tell why a text can be in no language, or return an empty string.

    A font whose map to Unicode is wrong gives letters that are well-formed and mean nothing. Only
    texts in Latin letters are judged, by the share of the commonest letters.

    Args:
        texts: Paragraphs or lines of one file.
    """
    words = [word for text in texts for word in _WORD.findall(text)]
    letters = Counter(c for word in words for c in word.lower())
    latin = {c: n for c, n in letters.items() if _is_latin(c)}
    total, count = sum(letters.values()), sum(latin.values())
    if count < MIN_LETTERS or count < total / 2:
        return ""
    if sum(n for c, n in latin.items() if c.isascii()) < MIN_ASCII * count:
        return "letters of one script in the codes of another"
    if sum(n for c, n in latin.items() if _base(c) in COMMON) < MIN_COMMON * count:
        return "letters in shares that no language has"
    if sum(len(word) == 1 for word in words) > MAX_SINGLE * len(words):
        return "words of single letters"
    return ""


def _base(letter: str) -> str:
    """A letter without its accents."""
    return unicodedata.normalize("NFD", letter)[0]


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")
