"""Near-duplicates planted by word edits, with their Jaccard similarity computed in plain Python.

Words are replaced, dropped, inserted and swapped at random places, so that edits also fall next to
each other, at the ends, and on numbers and units. How alike two texts are is not taken from the
kernels: their words are split by `tests.filters.test_signatures.plain_words` and compared as sets
of shingles.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sources.items import Document, Resource
from sources.pubmed import PubMed
from tests.filters.test_signatures import plain_words

SHINGLE = 5
LOW, HIGH = 0.70, 0.97


class Pair(NamedTuple):
    """Two texts, by their index, and how alike they are."""

    original: int
    copy: int
    similarity: float


class Planted(NamedTuple):
    """Texts, the pairs planted among them, and chains: texts each made from the one before."""

    texts: list[str]
    pairs: list[Pair]
    chains: list[list[int]]


def shingles(text: str) -> set[tuple[bytes, ...]]:
    """Distinct shingles of a text."""
    words = plain_words(text)
    return {tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of two texts."""
    left, right = shingles(one), shingles(other)
    return len(left & right) / len(left | right)


def edited(text: str, wanted: float, draw: random.Random, vocabulary: Sequence[str]) -> str:
    """Edit words of a text until about the wanted similarity is left."""
    pieces = re.split(r"(\s+)", text)
    count = (len(pieces) + 1) // 2
    edits = max(1, round(count * (1 - wanted) / (1 + wanted) / SHINGLE))
    for _ in range(edits):
        place = 2 * draw.randrange((len(pieces) + 1) // 2)
        what = draw.random()
        if what < 0.7:
            pieces[place] = draw.choice(vocabulary)
        elif what < 0.8:
            pieces[place] = ""
        elif what < 0.9:
            pieces[place] += f" {draw.choice(vocabulary)}"
        elif place + 2 < len(pieces):
            pieces[place], pieces[place + 2] = pieces[place + 2], pieces[place]
    return "".join(pieces)


def planted(texts: Sequence[str], pairs: int, chains: int, seed: int) -> Planted:
    """Plant copies and chains among texts.

    Args:
        texts: Originals, at least ``pairs + chains``; none like another one.
        pairs: Originals that get one copy, of similarities spread evenly from `LOW` to `HIGH`.
        chains: Originals that begin a chain of eight, each link 0.80 to 0.92 like the one before.
        seed: Of the edits.
    """
    draw = random.Random(seed)
    vocabulary = re.findall(r"\w+", " ".join(draw.sample(list(texts), min(200, len(texts)))))
    out, made, links = list(texts), [], []
    for original in range(pairs):
        out.append(edited(texts[original], draw.uniform(LOW, HIGH), draw, vocabulary))
        made.append(Pair(original, len(out) - 1, similarity(texts[original], out[-1])))
    for original in range(pairs, pairs + chains):
        chain = [original]
        for _ in range(7):
            out.append(edited(out[chain[-1]], draw.uniform(0.80, 0.92), draw, vocabulary))
            chain.append(len(out) - 1)
        links.append(chain)
    return Planted(out, made, links)


def real_abstracts(path: Path, count: int) -> list[str]:
    """Return abstracts of a PubMed file of 60 words or more, as a build composes them."""
    found: list[str] = []
    with gzip.open(path) as stream:
        for item in PubMed().parse(Resource(path.name, path.stem, -1, ""), stream):
            if isinstance(item, Document) and item.text and not item.part:
                text = f"# {item.title}\n\n{item.text}"
                if len(text.split()) >= 60:
                    found.append(text)
            if len(found) == count:
                break
    return found
