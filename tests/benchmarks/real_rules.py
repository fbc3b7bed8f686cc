"""What the rules on licence, status and metadata do to the real files: the table of docs/rules.md.

CURATION_TEST_DATA=… python -m tests.benchmarks.real_rules [--keep DIR]

The files are read once; every recipe is then decided on the same measurements. The last table
counts the same rules in the XML itself, by means that share nothing with the parsers.
"""

from __future__ import annotations

import gzip
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from curation.alarms import check
from curation.decide import decide
from curation.engines.local import LocalEngine
from curation.errors import CheckError
from curation.pipeline import _extract, _plan
from curation.progress import Progress
from curation.recipe import load
from curation.table import Works, load_works
from curation.verdicts import STEPS
from curation.warm import ensure_kernels
from tests.benchmarks.real_files import ALL, real_folders

RECIPES = {
    "private, all defaults": "",
    "non-commercial": 'purpose = "non-commercial"',
    "commercial": 'purpose = "commercial"',
    "as of 2020-12-31": "as_of = 2020-12-31",
    "as of 2020-12-31, undated dropped": 'as_of = 2020-12-31\n[status]\nundated = "drop"',
    "2000 to 2020": '[status]\ndate_min = "2000"\ndate_max = "2020"',
    "expression of concern dropped": '[status]\nconcern = "drop"',
    "animal-only dropped": '[status]\nanimal_only = "drop"',
    "no letters, editorials, notices": '[status]\npublication_types_deny = ["Letter", "Editorial", '
    '"Comment", "News", "Published Erratum", "Retraction of Publication", "correction", '
    '"retraction"]',
    "guidelines among papers only": '[status]\npublication_types_allow = ["*Guideline*", '
    '"Consensus Development Conference*"]',
    "as GAP-Replay's upsampling left out": '[status]\nanimal_only = "drop"\n'
    'publication_types_deny = ["*Veterinary*", "Preprint"]',
    "CC BY and freer": '[licence]\nallow = ["open", "attribution"]',
}

SHOWN = ("status", "licence")
"""Steps that the table counts."""


def main() -> None:
    """Read once, decide on every recipe, print."""
    with real_folders(__doc__ or "") as (data, folder), Progress() as progress:
        works = read(folder, data, progress)
        print("| recipe | source | kept | " + " and ".join(SHOWN) + " rules | CPU s |")
        print("|---|---|---:|---|---:|")
        for title, text in RECIPES.items():
            row(folder, data, works, title, text)
    print("\n| PubMed records, counted in the XML | records |\n|---|---:|")
    for rule, count in in_xml(Path(data) / "pubmed").items():
        print(f"| {rule} | {count:,} |")


def read(folder: Path, data: str, progress: Progress) -> Works:
    """Extract what is not cached and load its columns."""
    loaded = load(_recipe(folder, data, ""))
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    ensure_kernels(progress.say)
    plans = _plan(loaded, corpus, progress)
    with LocalEngine(2) as engine:
        parts = _extract(plans, engine, corpus, progress)
    return load_works(parts, [plan.spec.name for plan in plans])


def _recipe(folder: Path, data: str, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(f"{text}\n{ALL.format(data=data)}")
    return path


def row(folder: Path, data: str, works: Works, title: str, text: str) -> None:
    """Print what one recipe drops, by source, and the warnings it raises."""
    loaded = load(_recipe(folder, data, text))
    start = time.process_time()
    verdicts = decide(works, loaded)
    spent = time.process_time() - start
    order = works.numbers("order")
    for index, spec in enumerate(loaded.sources):
        mine = order == index
        counts = Counter(
            f"{STEPS[step]}.{verdicts.rules[rule]}"
            for step, rule in zip(
                verdicts.step[mine].tolist(), verdicts.rule[mine].tolist(), strict=True
            )
            if step >= 0 and STEPS[step] in SHOWN
        )
        said = ", ".join(f"{rule} {count:,}" for rule, count in sorted(counts.items()))
        kept = int((verdicts.open & mine).sum())
        print(f"| {title} | {spec.name} | {kept:,} | {said} | {spent:.1f} |")
    try:
        lines = [alarm.line for alarm in check(works, verdicts, loaded, {})]
    except CheckError as error:
        lines = [str(error)]
    for line in [*lines, *verdicts.notes]:
        print(f"  {title}: {line}", file=sys.stderr)
    later = [
        row for row in np.flatnonzero(verdicts.open) if "later " in verdicts.detail.get(row, "")
    ]
    for number in later[:5]:
        print(f"  {works.column('id')[number]}: {verdicts.detail[number]}", file=sys.stderr)


def in_xml(folder: Path) -> dict[str, int]:
    """Count records by regular expressions over the raw XML of the yearly files."""
    counts: Counter[str] = Counter()
    for path in sorted(folder.glob("*.xml.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        for record in re.findall(r"(?s)<PubmedArticle>.*?</PubmedArticle>", text):
            terms = set(re.findall(r"<DescriptorName\b[^>]*>([^<]*)<", record))
            types = set(re.findall(r"<PublicationType\b[^>]*>([^<]*)<", record))
            links = set(re.findall(r'<CommentsCorrections RefType="(\w+)"', record))
            counts["all"] += 1
            counts["Animals without Humans"] += "Animals" in terms and "Humans" not in terms
            counts["Retracted Publication or RetractionIn"] += (
                "Retracted Publication" in types or "RetractionIn" in links
            )
            counts["ExpressionOfConcernIn"] += "ExpressionOfConcernIn" in links
            counts["Letter"] += "Letter" in types
            counts["a *Guideline* or Consensus Development Conference*"] += any(
                "Guideline" in t or t.startswith("Consensus Development Conference") for t in types
            )
            counts["Preprint"] += "Preprint" in types
    return dict(counts)


if __name__ == "__main__":
    main()
