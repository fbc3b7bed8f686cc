"""What each rule of boilerplate and hidden text does to real files, and what that costs.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_boilerplate > docs/boilerplate.md
    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_boilerplate --read RULE

The page has, by rule, how often it fired on all files of each kind. `JUDGED` holds what a person
found who read the passages: those of `SAMPLE` documents, drawn by the hash of text and rule, or all
where there are fewer. ``--read RULE`` prints that sample. Texts are read from the raw files by the
sources, normalised, and not masked.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from curation.hidden import hidden_text
from curation.reasons import HIDDEN_WORDS
from filters import edges
from filters.boilerplate import load_rules, remove_boilerplate
from filters.duplicates.signatures import sign
from filters.hidden import INSTRUCTIONS, strip_hidden
from filters.normalise import normalise
from filters.removals import Removal
from filters.shared import line_columns, lines_of, measure_lines, shared_keys
from sources import registry
from sources.base import Failure, Input, SourceError
from sources.columns import TEXT, Batch, batch_of, concat, joined

SAMPLE = 25
"""Different passages that are read of each rule."""

JUDGED: dict[str, tuple[int, int]] = {
    "truncated": (6, 0),
    "psycinfo": (25, 0),
    "rights": (25, 0),
    "protected": (25, 0),
    "copyright": (25, 0),
    "publisher": (25, 0),
    "open_licence": (2, 0),
    "supplement": (25, 0),
    "see_also": (25, 0),
    "category": (3, 0),
    "neutrality": (7, 0),
    "disclaimer": (24, 0),
    "data_file": (8, 0),
    "skip_link": (14, 0),
    "cookies": (5, 0),
    "share": (8, 0),
    "breadcrumb": (4, 0),
    "site_links": (13, 0),
    "sign_in": (18, 0),
    "scripts": (2, 0),
    "server_error": (24, 0),
    "shared": (4, 0),
    "credit": (18, 0),
}
"""Rule to how many different passages were read, and how many of them say something that a reader
of the document would miss."""

KINDS = ("abstracts", "articles", "guidelines", "web pages", "other texts")


def batches(use: str, paths: list[Path]) -> Iterator[Batch]:
    """Yield the documents of files as columns."""
    source = registry.get(use)()
    for path in paths:
        for resource, stream in source.resources(Input(path.name, str(path), path.stat().st_size)):
            if isinstance(stream, Failure):
                continue
            items = []
            try:
                for item in source.read(resource, stream):
                    if isinstance(item, Batch):
                        yield item
                    else:
                        items.append(item)
            except SourceError:
                pass
            if items:
                yield batch_of(items, source.identifiers)


def other_texts(data: Path) -> Iterator[str]:
    """Yield the labelled web documents, case reports, answers and sentences of the text sets."""
    for name in (
        "general/labelled-good-bad",
        "text/e3c-clinical",
        "text/udhr-paragraphs",
        "text/tico19-covid-sentences",
    ):
        with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]
    with tarfile.open(data / "text" / "medquad-xml.tar.xz") as archive:
        for member in archive:
            if member.isfile() and (stream := archive.extractfile(member)):
                tree = etree.parse(io.BytesIO(stream.read()), etree.XMLParser(recover=True))
                yield from (answer.text or "" for answer in tree.iter("Answer"))


def read(kind: str, data: Path) -> Batch:
    """Read all documents of a kind."""
    if kind == "abstracts":
        found = batches("pubmed", sorted((data / "pubmed").glob("*.xml.gz")))
    elif kind == "articles":
        found = batches("pmc", sorted((data / "jats").glob("*.tar.gz")))
    elif kind == "guidelines":
        folder = data / "html" / "guidelines"
        found = batches("guidelines", sorted(p for p in folder.rglob("*") if p.is_file()))
    elif kind == "web pages":
        found = batches("guidelines", [data / "html" / "extraction" / "pages.tar.xz"])
    else:
        texts = pa.array(list(other_texts(data)), TEXT)
        empty = pa.array([""] * len(texts), TEXT)
        return Batch({"title": empty, "text": texts, "metadata": empty})
    return concat(found)


class Figures:
    """What the steps did to the documents of one kind."""

    def __init__(self, kind: str, batch: Batch) -> None:
        self.kind, self.documents = kind, len(batch.columns["text"])
        self.passages, self.rows = Counter[str](), Counter[str]()
        self.examples: dict[str, dict[str, str]] = {}
        self.seconds = Counter[str]()
        titles, texts = batch.columns["title"], batch.columns["text"]
        headed = pc.if_else(pc.equal(titles, ""), texts, joined("# ", titles, "\n\n", texts))
        self.megabytes = (pc.sum(pc.binary_length(headed)).as_py() or 0) / 1e6
        self._add(hidden_text(batch.columns["metadata"]))
        self.cleaned: list[pa.Array] = []
        for first in range(0, len(headed), 4096):
            self._part(headed.slice(first, 4096))
        if kind in ("guidelines", "web pages"):
            self._shared(pa.concat_arrays(self.cleaned), batch.columns["url"])
        self.cleaned = []

    def _part(self, headed: pa.Array) -> None:
        start = time.process_time()
        shown, hidden = strip_hidden(headed)
        self.seconds["hidden characters"] += time.process_time() - start
        self._add(hidden)
        start = time.process_time()
        normal = normalise(shown)
        self.seconds["normalisation, to compare"] += time.process_time() - start
        start = time.process_time()
        cleaned = remove_boilerplate(normal)
        self.seconds["boilerplate"] += time.process_time() - start
        self._add(cleaned.removed)
        for row, entries in cleaned.removed.items():
            lines = normal[row].as_py().split("\n")
            for entry in entries:
                line = lines[entry.line - 1]
                key = hashlib.sha256(f"{entry.rule} {line}".encode()).hexdigest()
                self.examples.setdefault(entry.rule, {})[key] = line[-entry.chars - 60 :]
        self.cleaned.append(cleaned.texts)
        self.rows["undone"] += int(cleaned.undone.sum())
        start = time.process_time()
        spoken = INSTRUCTIONS.compute(cleaned.texts)["machine_instructions"]
        self.seconds["instructions"] += time.process_time() - start
        self.passages["machine_instructions"] += pc.sum(spoken).as_py()
        self.rows["machine_instructions"] += pc.sum(pc.greater(spoken, 0)).as_py()

    def _shared(self, texts: pa.Array, urls: pa.Array) -> None:
        """Count what goes of head and foot where the documents are one source."""
        lines = lines_of(pa.table(line_columns(texts, urls, sign(texts)["signature"])))
        found = measure_lines(lines, shared_keys(lambda: [lines]))
        cut = found.shares <= edges.MOST
        heads, feet = (np.where(cut, ends, 0).tolist() for ends in (found.heads, found.feet))
        cleaned = edges.cut_edges(texts, heads, feet)
        self._add(cleaned.removed)
        for row, entries in cleaned.removed.items():
            page = texts[row].as_py().split("\n")
            for entry in entries:
                line = page[entry.line - 1]
                key = hashlib.sha256(f"{entry.rule} {line}".encode()).hexdigest()
                self.examples.setdefault(entry.rule, {})[key] = line
        self.rows["undone"] += int(cleaned.undone.sum())

    def _add(self, removed: dict[int, list[Removal]] | object) -> None:
        assert isinstance(removed, dict)
        for entries in removed.values():
            self.passages.update(entry.rule for entry in entries)
            self.rows.update({entry.rule for entry in entries})


def sample(figures: list[Figures], rule: str) -> list[str]:
    """Return the passages of a rule that are to be read, with what stands before them."""
    every: dict[str, str] = {}
    for kind in figures:
        every |= kind.examples.get(rule, {})
    return [every[key] for key in sorted(every)[:SAMPLE]]


def page(figures: list[Figures]) -> Iterator[str]:
    """Yield the lines of the page of the documentation."""
    yield from HEAD.splitlines()
    sizes = ", ".join(f"{f.documents:,} {f.kind} ({f.megabytes:,.1f} MB)" for f in figures)
    yield f"Measured on {sizes}; `passages (documents)`. Undone: {sum(f.rows['undone'] for f in figures)}."
    yield ""
    yield f"| rule | what | {' | '.join(KINDS)} | read | wrong |"
    yield "|---|---|" + "---:|" * (len(KINDS) + 2)
    every = [(rule.name, rule.reason) for rule in load_rules()]
    for name, reason in [*every, (edges.RULE, edges.REASON)]:
        judged = JUDGED.get(name, (0, 0))
        yield (
            f"| `{name}` | {reason} | {' | '.join(_cells(figures, name))} "
            f"| {judged[0]} | {judged[1]} |"
        )
    yield from HIDDEN_HEAD.splitlines()
    yield f"| kind | what | {' | '.join(KINDS)} |"
    yield "|---|---|" + "---:|" * len(KINDS)
    for kind, words in HIDDEN_WORDS.items():
        yield f"| `{kind}` | {words} | {' | '.join(_documents(figures, kind))} |"
    cells = " | ".join(_documents(figures, "machine_instructions"))
    yield f"| `machine_instructions` | instructions to machines | {cells} |"
    yield from SPEED_HEAD.splitlines()
    yield f"| step | {' | '.join(KINDS)} |"
    yield "|---|" + "---:|" * len(KINDS)
    for step in (
        "hidden characters",
        "boilerplate",
        "instructions",
        "normalisation, to compare",
    ):
        speeds = (f"{f.megabytes / max(f.seconds[step], 1e-9):,.0f}" for f in figures)
        yield f"| {step} | {' | '.join(speeds)} |"


def _documents(figures: list[Figures], rule: str) -> list[str]:
    return [f"{f.rows[rule]:,}" if f.rows[rule] else "" for f in figures]


def _cells(figures: list[Figures], rule: str) -> list[str]:
    return [f"{f.passages[rule]:,} ({f.rows[rule]:,})" if f.passages[rule] else "" for f in figures]


HEAD = """\
# What is removed inside documents

Written by `python -m tests.benchmarks.bench_boilerplate`.

Publishers, sites and servers write into documents. `filters/boilerplate.toml` describes their
notices; `[boilerplate] enabled = false` in a recipe leaves them in. A passage goes from the end of a
line, behind the end of a sentence, or as a whole line. Titles, tables and code are not touched, nor
is a passage with a comparator before a number or an amount in units. The clinical atoms of what is
left and of what is listed must be those of the text before, else the step is undone for that text.
The ledger's column `removed` has rule, line and size of each, never the words; `curation explain`
and `curation stats` show them.

`shared` is a rule of another kind: lines at the head and foot of a page that many pages of the same
site have. It is on for the kinds in `[boilerplate] shared_kinds` (guideline and web), and
`shared = false` switches it off alone. Shared is what stands in `shared_documents` (10) documents, near
copies counted once, and in the share `shared_share` (0.2) of the site's (`filters/shared.py` says why).
No line with a clinical atom goes, no heading of what stays, nothing from the middle of a page
(`filters/edges.py`). The measurement `shared_lines` is of all kinds; a guideline or web page with more
than 0.9 is left whole and dropped by the rule `shared_lines_max`. What a page loses depends on the
other pages, so a later version of a corpus can have a shorter text of the same page. Its `line` counts
in the text without the other removals.

*Read* are different passages, drawn by hash over all kinds; *wrong* are those that a reader of the
document would miss.

"""

HIDDEN_HEAD = """
## Hidden text

Characters that show nothing are dropped before normalisation (`filters/hidden.py`). Text that a page
does not display, of no size or beside the page, and text of a PDF that is too small, beside the page
or drawn without ink on a page without pictures, is left out by the readers. Left in, because a page
often shows it later or it cannot be told: `visibility`, `opacity` and `text-indent` in pages, white
text in PDFs, style sheets. Figures are documents. Instructions to machines are counted in what is
left and stay, because papers about such attacks quote them: `machine_instructions_max = 0` under
`[quality]` drops those documents, `hidden_chars_max` those that hide text.

"""

SPEED_HEAD = """
## Speed

MB/s of CPU time, the whole of each step.

"""


def main() -> None:
    """Print the page, or the sample of one rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", metavar="RULE", help="print the passages to be judged")
    rule = parser.parse_args().read
    data = Path(os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA"))
    # Kernels and expressions are compiled first.
    remove_boilerplate(strip_hidden(pa.array(["It\u200b works. © 2031 Nobody Ltd."], TEXT))[0])
    figures = [Figures(kind, read(kind, data)) for kind in KINDS]
    print("\n".join(sample(figures, rule) if rule else page(figures)))


if __name__ == "__main__":
    main()
