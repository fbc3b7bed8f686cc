"""Record what datatrove and dolma themselves measure on made documents, for `test_peers`.

    python -m tests.conformance.record_peers ENVIRONMENTS

The documents are drawn from a seed: sentences of a small vocabulary, repeated lines, paragraphs and
phrases, numbers, lists, ellipses. Each peer is installed, pinned, in an environment of its own below
the folder ENVIRONMENTS (see `tests.benchmarks.peers`), and its own functions do the counting.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from tests.benchmarks.peers import DATATROVE, DOLMA, Peer

RECORDED = Path(__file__).parent / "samples" / "peers.json"
DOCUMENTS = 60

VOCABULARY = (
    *("the", "of", "and", "to", "with", "have", "a", "was", "in", "after"),
    *("patients", "dose", "trial", "renal", "insulin", "placebo", "weeks", "outcome", "arm"),
    *("12", "95", "2.5", "mg", "IL-6", "β-cell", "naïve", "#tag", "random-effects"),
)

OF_DATATROVE = """
import re
from datatrove.pipeline.filters import gopher_repetition_filter as g
def run(text):
    words = text.split()
    lines = re.split(r"\\n+", text)
    paragraphs = re.split(r"\\n{2,}", text.strip())
    return {
        "words": len(words),
        "lines": len(lines),
        "paragraphs": len(paragraphs),
        "dup_lines": g.find_duplicates(lines)[0],
        "dup_paragraphs": g.find_duplicates(paragraphs)[0],
        "top": [g.find_top_duplicate(g.get_n_grams(words, n)) for n in (2, 3, 4)],
        "dup": [g.find_all_duplicate(words, n) for n in range(5, 11)],
    }
"""

OF_DOLMA = """
from dolma.core.data_types import Document
from dolma.taggers.gopher import GopherTaggerV2
tagger = GopherTaggerV2()
def run(text):
    spans = tagger.predict(Document(source="", version="", id="0", text=text)).spans
    return {span.type: span.score for span in spans}
"""


def document(draw: random.Random) -> str:
    """Make a text: paragraphs of lines of sentences, some of which come again."""
    phrases = [draw.choices(VOCABULARY, k=draw.randint(4, 14)) for _ in range(draw.randint(2, 9))]
    lines: list[str] = []
    for _ in range(draw.randint(2, 24)):
        if lines and draw.random() < 0.15:
            lines.append(draw.choice(lines))
            continue
        words = [*draw.choice(phrases), *draw.choices(VOCABULARY, k=draw.randint(2, 20))]
        end = draw.choices((".", "?", "", "…"), (6, 1, 1, 1))[0]
        mark = "- " if draw.random() < 0.1 else ""
        lines.append(f"{mark}{' '.join(words)}{end}")
    text = lines[0]
    for line in lines[1:]:
        text += draw.choice(("\n", "\n\n")) + line
    return text


def main() -> None:
    """Write the texts with what the peers say of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environments", type=Path)
    given = parser.parse_args()
    draw = random.Random(20)
    texts = [document(draw) for _ in range(DOCUMENTS)]

    def said(peer: Peer, code: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = peer.run(given.environments, code, texts)["results"]
        return found

    recorded = {
        "made by": "python -m tests.conformance.record_peers ENVIRONMENTS",
        "versions": [*DATATROVE.packages, *DOLMA.packages],
        "documents": [
            {"text": text, "datatrove": one, "dolma": other}
            for text, one, other in zip(
                texts, said(DATATROVE, OF_DATATROVE), said(DOLMA, OF_DOLMA), strict=True
            )
        ],
    }
    RECORDED.write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
