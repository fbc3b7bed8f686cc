"""Build ``letters.npz``: which three letters follow one another in words, and the commonest words.

Damage by a text recogniser and random letters give words that no language has. The table knows them
by their trigrams: of 21,952 possible ones a language uses a fraction. It is made of the word
frequencies of the package wordfreq, in a Python that has it::

    python -m filters.kernels.build_letters

Letters are told by their base letter (``é`` is ``e``), so that the table is small and a missing
accent is no damage. A trigram's frequency in a language is the mean of its share of running words
and its share of the words of the list: the first knows what is usual, the second knows rare and
learned words.

Reference: Speer, wordfreq 3.1.1, doi:10.5281/zenodo.7199437 (lists under CC BY-SA 4.0, of which
only these statistics are packaged).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from filters.kernels.build_unicode import packed

VERSION = "3.1.1"
"""Version of wordfreq."""

MAJOR = ("de", "en", "es", "fr", "it", "nl", "pt")
"""Languages of nearly all medical text in Latin letters that was ever printed."""

LATIN = (
    *MAJOR,
    *("ca", "cs", "da", "fi", "fil", "hu", "id", "is", "lt", "lv", "ms", "nb", "pl", "ro", "sh"),
    *("sk", "sl", "sv", "tr", "vi"),
)
"""All languages in Latin letters that wordfreq has."""

LETTERS = 28
"""Codes: 0 the border of a word, 1 to 26 the base letters, 27 any other letter."""

RARE = 3e-6
"""Share of a language's trigrams below which one is held not to be used: three in a million."""

CAPITAL, INSIDE, APART = 32, 64, 128
"""Bits of ``bases``; `filters.kernels.letters` documents them."""

COMMON, TIMES = 2e-3, 8
"""A function word has at least this share in one of `MAJOR`, and so many times its share in every
other language, whose lists hold some English too."""

SYMBOLS = '0123456789!"#$%&*+,:;<>?\\|~¢£¤¥§©®'
"""What a recogniser puts inside a word, and hardly anybody else."""

SKIPPED = "/@=^_{}`"
"""A word with one of these is an address, a formula or markup, and is not looked at."""


def letter(char: str) -> int:
    """Return the code of a letter, -1 for other characters."""
    base = unicodedata.normalize("NFD", char.lower())[0]
    if "a" <= base <= "z":
        return ord(base) - 96
    return LETTERS - 1 if char.isalpha() else -1


def bases() -> npt.NDArray[np.uint8]:
    """Return code and bits of every code point up to Latin Extended-B, ``uint8[0x250]``."""
    table = np.zeros(0x250, np.uint8)
    for cp in range(len(table)):
        char = chr(cp)
        if letter(char) > 0:
            table[cp] = letter(char) | (CAPITAL if char.isupper() else 0)
        elif char in SYMBOLS:
            table[cp] = INSIDE
        elif char in SKIPPED:
            table[cp] = APART
    return table


def frequencies(words: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """Return the frequency of each trigram in a language, ``float64[28 ** 3]``."""
    running, listed = np.zeros(LETTERS**3), np.zeros(LETTERS**3)
    for word, share in words.items():
        codes = [letter(char) for char in word]
        if min(codes) < 0 or len(codes) < 2:
            continue
        codes = [0, *codes, 0]
        for one, two, three in zip(codes, codes[1:], codes[2:], strict=False):
            place = (one * LETTERS + two) * LETTERS + three
            running[place] += share
            listed[place] += 1
    result: npt.NDArray[np.float64] = running / running.sum() / 2 + listed / listed.sum() / 2
    return result


def function_words(lists: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Return the function words of `MAJOR`, of 2 to 8 ASCII letters."""
    best: dict[str, float] = {}
    for language in MAJOR:
        for word, share in lists[language].items():
            if share >= COMMON and 2 <= len(word) <= 8 and word.isascii() and word.isalpha():
                best[word] = max(share, best.get(word, 0))
    # Catalan shares its commonest words with its neighbours, and its letters too.
    others = [lists[language] for language in LATIN if language not in (*MAJOR, "ca")]
    return sorted(
        word
        for word, share in best.items()
        if all(other.get(word, 0) * TIMES < share for other in others)
    )


def main() -> None:
    """Write ``letters.npz`` beside this module."""
    import wordfreq  # type: ignore[import-not-found, unused-ignore]

    lists = {code: wordfreq.get_frequency_dict(code, "best") for code in LATIN}
    shares = {code: frequencies(words) for code, words in lists.items()}
    major = np.max([shares[code] for code in MAJOR], axis=0) < RARE
    every = np.max([shares[code] for code in LATIN], axis=0) < RARE
    words = " ".join(function_words(lists))
    data = packed(
        {
            "bases": bases(),
            "rare": (major + 2 * every).astype(np.uint8),
            "words": np.frombuffer(words.encode(), np.uint8),
        }
    )
    Path(__file__).with_name("letters.npz").write_bytes(data)


if __name__ == "__main__":
    main()
