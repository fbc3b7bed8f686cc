"""Write ``filters/medical_terms.txt``, the words that medical-term density counts.

Run: ``CURATION_TEST_DATA=… python -m tests.filters.make_medical_terms``. The list shipped is made
of ``pubmed20n0014`` and ``pubmed21n1298`` (50,788 records, NLM's data without restriction of use):
the words of their MeSH headings (but geographic ones), qualifiers and substance names, which are
facts about the records. Of these a word enters that

- has three letters or more and nothing but letters a to z,
- stands in `RECORDS` or more of the English abstracts with their titles, and
- stands in no ordinary text, or in abstracts `RATIO` times as often.

Ordinary text are the web pages that are not about health, e-mails and messages of
``tests/benchmarks/classifier_data.py``; only how many of them have a word is used, and the labelled
documents that judge classifiers, with all pages of their sites, are not among them.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from lxml import etree

from filters.classifier import folded
from tests.benchmarks.classifier_data import labelled, mails, messages, pages, site

FILES = ("pubmed20n0014.xml.gz", "pubmed21n1298.xml.gz")
RECORDS = 5
RATIO = 3.0
LETTERS = 3
MESSAGES = 30
"""Messages that make one ordinary text: one alone is a line."""

TARGET = Path(__file__).parents[2] / "filters" / "medical_terms.txt"

HEADINGS = ("QualifierName", "NameOfSubstance", "SupplMeshName")


def words_of(texts: Iterable[str]) -> Counter[bytes]:
    """Count in how many texts each word stands."""
    counts: Counter[bytes] = Counter()
    for text in folded(pa.array(list(texts), pa.large_string())):
        counts.update(set(text.split()))
    return counts


def records(data: Path) -> tuple[list[str], set[str]]:
    """Return the English abstracts with their titles, and all headings."""
    abstracts: list[str] = []
    headings: set[str] = set()
    for name in FILES:
        with gzip.open(data / "pubmed" / name) as stream:
            for _, record in etree.iterparse(stream, tag="PubmedArticle"):
                languages = [language.text for language in record.iter("Language")]
                if record.find(".//AbstractText") is not None and "eng" in languages:
                    parts = record.iter("AbstractText", "ArticleTitle")
                    abstracts.append(" ".join("".join(part.itertext()) for part in parts))
                headings |= {e.text or "" for e in record.iter(*HEADINGS)}
                for heading in record.iter("DescriptorName"):
                    if heading.get("Type") != "Geographic":
                        headings.add(heading.text or "")
                record.clear()
    return abstracts, headings


def ordinary(data: Path) -> list[str]:
    """Return text that is not medical."""
    sites = frozenset(site(document["url"]) for document in labelled(data)) - {""}
    texts = [text for _, name, text in pages(data, sites) if not name.endswith(" whole")]
    texts += [text for _, _, text in mails(data)]
    short = [text for _, _, text in messages(data)]
    return texts + ["\n".join(short[i : i + MESSAGES]) for i in range(0, len(short), MESSAGES)]


def main(data: Path) -> None:
    """Write the list, one word a line, sorted."""
    abstracts, headings = records(data)
    other = ordinary(data)
    medical, general = words_of(abstracts), words_of(other)
    scale = (len(other) + 1) / len(abstracts)
    chosen = sorted(
        word.decode("ascii")
        for word in words_of(headings)
        if word.isalpha()
        and len(word) >= LETTERS
        and medical[word] >= RECORDS
        # Half a text more, as if the word had just been missed.
        and (not general[word] or medical[word] * scale >= RATIO * (general[word] + 0.5))
    )
    TARGET.write_text("\n".join(chosen) + "\n", encoding="ascii")
    print(f"{len(chosen):,} words of {len(abstracts):,} abstracts and {len(other):,} other texts")


if __name__ == "__main__":
    main(Path(os.environ["CURATION_TEST_DATA"]))
