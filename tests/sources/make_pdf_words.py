"""Write ``sources/text/pdf_words.txt``, the words by which hyphens at line ends are judged.

Run: ``python tests/sources/make_pdf_words.py FILE.xml.gz…`` with PubMed files as NLM distributes
them; the list shipped is that of ``pubmed20n0014`` and ``pubmed21n1298`` (50,788 records). A word
enters where at least `RECORDS` records have it in lower case, without a hyphen, an apostrophe or a
dot beside it, and not more of them have it with a hyphen inside (``anti-inflammatory``).
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from pathlib import Path

from lxml import etree

RECORDS = 10
TARGET = Path(__file__).parents[2] / "sources" / "text" / "pdf_words.txt"

_WORD = re.compile(r"(?<![\w'’.-])[a-z]{2,}(?![\w'’-])")
_COMPOUND = re.compile(r"(?<![\w'’.-])([a-z]+)-([a-z]+)(?![\w'’-])")


def count(paths: list[Path]) -> tuple[Counter[str], Counter[str]]:
    """Records that have a word, and those that have it with a hyphen inside."""
    words: Counter[str] = Counter()
    compounds: Counter[str] = Counter()
    for path in paths:
        with gzip.open(path) as stream:
            for _, record in etree.iterparse(stream, tag="PubmedArticle"):
                parts = record.iter("AbstractText", "ArticleTitle")
                text = " ".join("".join(part.itertext()) for part in parts)
                words.update(set(_WORD.findall(text)))
                compounds.update({a + b for a, b in _COMPOUND.findall(text)})
                record.clear()
    return words, compounds


def main(paths: list[Path]) -> None:
    """Write the list, one word a line, sorted."""
    words, compounds = count(paths)
    chosen = sorted(w for w, n in words.items() if n >= RECORDS and n >= compounds[w])
    TARGET.write_text("\n".join(chosen) + "\n", encoding="ascii")
    print(f"{len(chosen):,} words")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
