"""False drops on real good text, catches of bad text, and where the limits of the rules stand.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_quality_rules [--write docs/quality.md]

Prints Markdown: drops by kind with the reason of each on English abstracts of 50 words or more, the
three tenths of the documents apart; catches of each recipe of
`tests.benchmarks.quality_bad` and of the labelled pages; percentiles of each measurement. With
``--write`` the part of the page behind its mark is replaced.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from filters.quality import QUALITY
from filters.rules import decide, load_rules
from tests.benchmarks.quality_bad import ACCENTED, KINDS
from tests.benchmarks.quality_documents import STRUCTURAL, Text, documents, held_out, table

MADE = 500
"""Bad documents of each recipe."""

WORDS = 80
"""Words of the good texts that bad ones are made of."""

ACCENTS = 0.01
"""Share of accented Latin letters of the texts whose encoding is damaged."""

PERCENTILES = (0, 0.5, 1, 50, 99, 99.5, 100)
MARK = "<!-- made by tests/benchmarks/bench_quality_rules.py -->"


class Decided:
    """A table of documents with the rule that each breaks first, empty for none."""

    def __init__(self, documents: pa.Table) -> None:
        names, index, self.value, self.limit = decide(documents, load_rules())
        self.table = documents
        self.rule = np.array([*names, ""], dtype=object)[index]

    def column(self, name: str) -> np.ndarray:
        """Return a column as objects."""
        return np.array(self.table[name].to_pylist(), dtype=object)


def row(name: str, rules: np.ndarray, held: np.ndarray | None = None) -> str:
    """Return a line of a table: documents, share dropped, the same held out, reasons."""
    dropped = rules != ""
    said = ", ".join(f"{r} {n}" for r, n in Counter(rules[dropped].tolist()).most_common(6))
    apart = "" if held is None else f" {dropped[held].mean():.2%} |" if held.any() else " |"
    return f"| {name} | {len(rules):,} | {dropped.mean():.2%} |{apart} {said} |"


def good_lines(found: Decided) -> Iterator[str]:
    """Drops of good documents by set."""
    held = np.array([held_out(name) for name in found.column("id")])
    sets, labels = found.column("set"), found.column("label")
    yield "## False drops\n"
    yield "| good documents | n | dropped | held out | by rule |\n|---|---:|---:|---:|---|"
    for name in dict.fromkeys(sets):
        mask = (sets == name) & (labels == "good")
        yield row(name, found.rule[mask], held[mask])
    long = (sets == "abstracts") & (found.column("lang") == "en") & (found.column("words") >= 50)
    yield row("English abstracts of 50 words and more", found.rule[long], held[long])
    yield "\nThe last row, document by document:\n"
    for place in np.flatnonzero(long & (found.rule != "")):
        name, rule = found.column("id")[place], found.rule[place]
        yield f"- {name}: {rule}, {found.value[place]:.3g} (limit {found.limit[place]:.3g})"


def labelled_lines(found: Decided) -> Iterator[str]:
    """Catches of the labelled pages by reason."""
    mine = (found.column("set") == "general") & (found.column("label") == "bad")
    reasons = found.column("reason")
    yield "\n## Labelled bad pages, borderline ones left out\n"
    yield "| reason | n | dropped | by rule |\n|---|---:|---:|---|"
    for reason in sorted(STRUCTURAL):
        if (mask := mine & (reasons == reason)).any():
            yield row(reason, found.rule[mask])
    structural = np.isin(reasons.astype(str), sorted(STRUCTURAL))
    yield row("**faults of form together**", found.rule[mine & structural])
    yield row("faults of content (spam, commerce, legal)", found.rule[mine & ~structural])


def made_lines(found: Decided) -> Iterator[str]:
    """Catches of bad documents made by recipes, as abstracts and as web pages."""
    clean, sets = found.column("text"), found.column("set")
    wordy = found.column("words") >= WORDS
    accents = np.array([sum("\xc0" <= c < "\u0180" for c in t) > ACCENTS * len(t) for t in clean])
    english = clean[wordy & np.isin(sets.astype(str), ["abstracts", "E3C en"])].tolist()
    others = [f"E3C {lang}" for lang in ("es", "fr", "it")]
    accented = clean[wordy & accents & np.isin(sets.astype(str), [*others, "abstracts"])].tolist()
    draw = random.Random(0)
    yield "\n## Bad documents made by recipes\n"
    yield "| recipe | n | dropped | by rule |\n|---|---:|---:|---|"
    for name, recipe in KINDS.items():
        source = accented if name in ACCENTED else english
        texts = [recipe(draw, source) for _ in range(MADE)]
        for kind in ("abstract", "web"):
            made = Decided(table([Text(name, str(n), kind, t) for n, t in enumerate(texts)]))
            yield row(f"{name} ({kind})", made.rule)


def percentile_lines(found: Decided) -> Iterator[str]:
    """Percentiles of the measurements with a rule, by set of good documents."""
    sets, labels = found.column("set"), found.column("label")
    ruled = {rule.measurement for rules in load_rules().values() for rule in rules}
    yield "\n## Distributions of good text\n"
    yield "| measurement | documents | " + " | ".join(f"{p} %" for p in PERCENTILES) + " |"
    yield "|---|---|" + "---:|" * len(PERCENTILES)
    for column in QUALITY.columns:
        if column.name not in ruled:
            continue
        for name in dict.fromkeys(sets):
            mask = pa.array((sets == name) & (labels == "good"))
            values = found.table[column.name].filter(mask).drop_null()
            if len(values):
                cells = np.percentile(values.cast(pa.float64()).to_numpy(), PERCENTILES)
                shown = " | ".join(f"{value:.3g}" for value in cells)
                yield f"| {column.name} | {name} | {shown} |"


def rule_lines() -> Iterator[str]:
    """Thresholds by kind."""
    kinds = load_rules()
    names = dict.fromkeys(rule.name for rules in kinds.values() for rule in rules)
    limits = {kind: {rule.name: rule.threshold for rule in rules} for kind, rules in kinds.items()}
    yield "\n## Limits by kind\n"
    yield "| rule | " + " | ".join(kinds) + " |\n|---|" + "---:|" * len(kinds)
    for name in names:
        cells = (limits[kind].get(name) for kind in kinds)
        yield f"| {name} | " + " | ".join("off" if c is None else f"{c:g}" for c in cells) + " |"


def main() -> None:
    """Measure and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="page to renew")
    page = parser.parse_args().write
    data = os.environ.get("CURATION_TEST_DATA") or sys.exit("set CURATION_TEST_DATA")
    found = Decided(table(list(documents(Path(data)))))
    parts = (good_lines(found), labelled_lines(found), made_lines(found), rule_lines())
    lines = [line for part in (*parts, percentile_lines(found)) for line in part]
    text = "\n".join(lines) + "\n"
    if page is None:
        print(text, end="")
        return
    head = page.read_text("utf-8").split(MARK)[0]
    page.write_text(f"{head}{MARK}\n\n{text}", "utf-8")


if __name__ == "__main__":
    main()
