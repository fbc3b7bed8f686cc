"""What a medical-or-not model does to spam, commerce and good text, and how fast it measures.

    CURATION_TEST_DATA=… python -m tests.benchmarks.bench_classifier [FOLDER]

Trains the shipped definition on the data of ``classifier_data.py`` (kept in FOLDER where one is
given), judges by the labelled documents of ``general/``, of which nothing was trained on, and
writes the tables of ``docs/classifiers.md``. Speeds are CPU time of one process, best of three, taken in one run.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from curation.training.recipe import load
from curation.training.train import train
from filters import registry
from filters.classifier import Classifier, folded
from filters.medical import MEDICAL_TERMS
from tests.benchmarks import pages
from tests.benchmarks.classifier_data import labelled, prepare

DOCS = Path(__file__).parents[2] / "docs" / "classifiers.md"

THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)
DENSITIES = (0.01, 0.02, 0.04, 0.06, 0.08)

FLUENT = ("spam", "commercial")
"""Reasons that are this model's work."""

TIMED = ("medical/abstracts-2021", "medical/articles", "other/pages")

Groups = dict[str, Callable[[dict[str, object]], bool]]

GROUPS: Groups = {
    "spam and commerce": lambda d: d["reason"] in FLUENT,
    "good, medical": lambda d: d["label"] == "good" and bool(d["medical"]),
    "good, not medical": lambda d: d["label"] == "good" and not d["medical"],
}


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in lines)


def kept_table(
    documents: list[dict[str, object]], values: np.ndarray, limits: Sequence[float]
) -> str:
    """Count what a smallest value would keep and drop of each group."""
    rows = []
    for name, fits in GROUPS.items():
        for borderline in (False, True):
            mine = [i for i, d in enumerate(documents) if fits(d) and d["borderline"] == borderline]
            if not mine:
                continue
            dropped = [int((values[mine] < limit).sum()) for limit in limits]
            cells = [f"{n} ({n / len(mine):.1%})" for n in dropped]
            rows.append((name + (", borderline" if borderline else ""), len(mine), *cells))
    return table(("documents", "n", *(f"dropped at {limit:g}" for limit in limits)), rows)


def reason_table(documents: list[dict[str, object]], values: np.ndarray, limit: float) -> str:
    """Count what is dropped of each reason, medical or not."""
    rows = []
    groups = {(str(d["label"]), str(d["reason"]), bool(d["medical"])) for d in documents}
    for label, reason, medical in sorted(groups):
        mine = [
            i
            for i, d in enumerate(documents)
            if (d["label"], d["reason"], d["medical"]) == (label, reason, medical)
        ]
        dropped = int((values[mine] < limit).sum())
        rows.append((label, reason, "yes" if medical else "no", len(mine), dropped))
    return table(("label", "reason", "medical", "n", f"dropped at {limit:g}"), rows)


def languages_table(documents: list[dict[str, object]], values: np.ndarray, limit: float) -> str:
    """Count what is dropped of spam, commerce and good documents by language."""
    rows = []
    for lang in sorted({str(d["lang"]) for d in documents}):
        cells = []
        for fits in GROUPS.values():
            mine = [i for i, d in enumerate(documents) if fits(d) and str(d["lang"]) == lang]
            cells.append(f"{int((values[mine] < limit).sum())} of {len(mine)}" if mine else "")
        if any(cells):
            rows.append((lang, *cells))
    return table(("language", *(f"{name}, dropped" for name in GROUPS)), rows)


def best(measure: Callable[[], object]) -> float:
    """Return the smallest CPU time of three calls, seconds."""
    found = []
    for _ in range(3):
        start = time.process_time()
        measure()
        found.append(time.process_time() - start)
    return min(found)


def speed_table(folder: Path, model: Path, classifier: Classifier) -> str:
    """Measure our kernels, the quality pass beside them, and fastText's own prediction."""
    import fasttext

    fasttext.FastText.eprint = lambda *args, **kwargs: None
    library = fasttext.load_model(str(model))
    quality = next(m for m in registry.measurements() if m.name == "quality")
    trained = classifier.measurement()
    rows = []
    for name in TIMED:
        with gzip.open(folder / f"{name}.jsonl.gz") as stream:
            texts = [json.loads(line)["text"] for line in stream]
        column = pa.array(texts, pa.large_string())
        size = sum(len(text.encode()) for text in texts) / 1e6

        def by_library(column: pa.LargeStringArray = column) -> None:
            lines = [line.decode() + "\n" for line in folded(column)]
            library.f.multilinePredict(lines, 1, 0.0, "strict")

        def measured(
            compute: Callable[[pa.LargeStringArray], object],
            column: pa.LargeStringArray = column,
        ) -> float:
            compute(column.slice(0, 2))
            return best(lambda: compute(column))

        ours = measured(trained.compute)
        theirs = best(by_library)
        terms, pass_ = measured(MEDICAL_TERMS.compute), measured(quality.compute)
        rows.append(
            (
                name.partition("/")[2],
                f"{len(texts) / ours:,.0f}",
                *(f"{size / seconds:,.0f}" for seconds in (ours, theirs, terms, pass_)),
                f"{theirs / ours:.1f}",
            )
        )
    header = (
        "texts",
        "classifier, documents/s",
        "classifier, MB/s",
        "fastText's library, MB/s",
        "medical_terms, MB/s",
        "quality pass, MB/s",
        "library / ours",
    )
    return table(header, rows)


def main(folder: Path) -> None:
    """Train, judge, measure, and write the tables."""
    data = Path(os.environ["CURATION_TEST_DATA"])
    if not (folder / "other").is_dir():
        prepare(data, folder)
    model = folder / "medical.ftz"
    os.chdir(folder)  # the paths of a shipped definition are relative to the current folder
    training = load("medical", {})
    start = time.process_time()
    card = train(training, model, print)
    print(f"trained in {time.process_time() - start:.0f} s of CPU")
    documents = labelled(data)
    texts = pa.array([str(d["text"]) for d in documents], pa.large_string())
    classifier = Classifier("medical", model, "medical", card["sha256"])
    values = classifier.measurement().compute(texts)["classifier_medical"].to_numpy()
    density = MEDICAL_TERMS.compute(texts)["medical_terms"].to_numpy(zero_copy_only=False)
    keeping = card["held_out"]["labels"]["medical"]["keeping"]
    chosen = next(entry["min"] for entry in keeping if entry["share"] == 0.98)
    shown = (model.with_suffix(".md")).read_text()
    sections = {
        "card": shown[shown.index("The most probable") : shown.index("### ")],
        "sources": shown[shown.index("## Confusion by source") :].split("\n\n")[1],
        "judged": kept_table(documents, values, (*THRESHOLDS, chosen)),
        "reasons": reason_table(documents, values, chosen),
        "languages": languages_table(documents, values, chosen),
        "density": kept_table(documents, density, DENSITIES),
        "speed": speed_table(folder, model, classifier),
    }
    for name, content in sections.items():
        print(f"\n{name}\n\n{content}")
        pages.put(DOCS, name, content.strip())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).absolute())
    else:
        with tempfile.TemporaryDirectory() as name:
            main(Path(name))
