"""A look at the documents of one file: extracted and decided on as a build of it alone would.

Nothing of it stays. For `curation sources check`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from curation.columns import DOCUMENT, FAILURE
from curation.decide import decide
from curation.extract import extract_slice
from curation.pair_search import Stage
from curation.parameters import source_parameters
from curation.plan import read_marker
from curation.progress import Progress
from curation.recipe import Recipe
from curation.table import PartFile, Works, each_part, load_works
from curation.task import InputFile, SliceTask
from curation.verdicts import STEPS, Verdicts
from curation.warm import ensure_kernels
from filters import classifier
from filters.licence import group
from filters.rules import SURE_LANGUAGE, merge

DOCUMENTS = 3
"""Documents of a file that are shown."""

TEXT_CHARS = 600
"""Characters of a text that are shown, after masking."""

SHOWN = ("title", "lang", "license", "license_evidence", "date", "url", "pmid", "pmcid", "doi")
_READ = ("text", "metadata", *SHOWN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule of quality, and how a document stands to it.

    Attributes:
        rule: Its name, ``words_min``.
        value: Measured; None where it could not be.
        threshold: The limit.
        broken: Whether it drops the document.
    """

    rule: str
    value: float | None
    threshold: float
    broken: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One document of the file.

    Attributes:
        id: Its id.
        kind: Its kind.
        outcome: ``kept`` or ``dropped``: what a build of this file alone would say.
        step: Step that drops it; empty for none.
        rule: Rule of that step.
        detail: A line for people.
        about: Title, language, licence with its evidence, date, address, identifiers.
        licence_group: Group of its licence.
        metadata: The rest that its source says.
        text: Head of the text, masked.
        words: Words of the whole text.
        pii: Masks by entity.
        removed: Characters of boilerplate and of what is not shown that were removed.
        verdicts: Rules of quality for its kind, in their order.
    """

    id: str
    kind: str
    outcome: str
    step: str
    rule: str
    detail: str
    about: Mapping[str, str]
    licence_group: str
    metadata: Mapping[str, object]
    text: str
    words: int
    pii: Mapping[str, int]
    removed: int
    verdicts: tuple[Verdict, ...]


def look_at(
    recipe: Recipe, one: InputFile, folder: Path, progress: Progress
) -> tuple[tuple[Look, ...], dict[str, int], list[str]]:
    """Extract a file and decide on its documents.

    Args:
        recipe: Its rules; of one source, which reads the file.
        one: The file.
        folder: For what is written on the way.
        progress: Is told of what takes time.

    Returns:
        The first documents, how many rows have which outcome, and lines on what could not be read.
    """
    [spec] = recipe.sources
    parameters = source_parameters(recipe, spec, progress.say)
    ensure_kernels(progress.say)
    part_folder = Path(extract_slice(SliceTask(str(folder / "slice"), (one,), parameters)))
    marker = read_marker(part_folder)
    assert marker is not None  # just written
    parts = [PartFile(part_folder / name, spec.name, None) for name in marker.parts]
    works = load_works(parts, [spec.name], classifier.columns(parameters.classifiers))
    verdicts = decide(works, recipe, Stage())
    outcomes = (_outcome(works, verdicts, row) for row in range(works.table.num_rows))
    counts = Counter(" ".join(filter(None, outcome[:3])) for outcome in outcomes)
    failed = np.flatnonzero(works.numbers("row_type") == FAILURE)[:DOCUMENTS].tolist()
    failures = [str(works.column("detail")[row]) for row in failed]
    rows = np.flatnonzero(works.numbers("row_type") == DOCUMENT)
    with_text = rows[~works.column("no_text").to_numpy(zero_copy_only=False)[rows].astype(bool)]
    shown = (with_text if len(with_text) else rows)[:DOCUMENTS].tolist()
    return tuple(_looks(works, verdicts, recipe, shown)), dict(counts), failures


def _outcome(works: Works, verdicts: Verdicts, row: int) -> tuple[str, str, str, str]:
    """Return outcome, step, rule and line of a row, as the ledger has them."""
    detail = verdicts.detail.get(row, "")
    if verdicts.step[row] < 0:
        return "kept", "", "", detail
    rule = verdicts.rules[verdicts.rule[row]]
    outcome = "failed" if works.numbers("row_type")[row] == FAILURE else "dropped"
    return outcome, STEPS[verdicts.step[row]], rule, detail


def _looks(works: Works, verdicts: Verdicts, recipe: Recipe, rows: Sequence[int]) -> Iterator[Look]:
    """Yield some documents with all that is said of them."""
    described: dict[int, dict[str, Any]] = {}
    for mine, table in each_part(works, _READ):
        wanted = np.flatnonzero(np.isin(mine, rows))
        records = table.take(pa.array(wanted)).to_pylist()
        described |= dict(zip(mine[wanted].tolist(), records, strict=True))
    rules = merge(recipe.quality)
    for row in rows:
        record = described[row]
        values = works.table.slice(row, 1).to_pylist()[0]
        outcome, step, rule, detail = _outcome(works, verdicts, row)
        licence = str(verdicts.license[row])
        text = str(record["text"])
        yield Look(
            id=str(values["id"]),
            kind=str(values["kind"]),
            outcome=outcome,
            step=step,
            rule=rule,
            detail=detail,
            about={name: str(record[name]) for name in SHOWN if record[name]},
            licence_group=group(licence),
            metadata=json.loads(record["metadata"] or "{}"),
            text=text if len(text) <= TEXT_CHARS else text[:TEXT_CHARS] + " …",
            words=int(values.get("words") or 0),
            pii=dict(values["pii"] or ()),
            removed=sum(entry["chars"] for entry in values["removed"] or ()),
            verdicts=tuple(_verdicts(values, rules)),
        )


def _verdicts(values: Mapping[str, Any], rules: Mapping[str, Sequence[Any]]) -> Iterator[Verdict]:
    """Yield the rules of quality of a document's kind and language with what was measured."""
    sure = (values["lang_score"] or 0.0) >= SURE_LANGUAGE
    for rule in rules.get(values["kind"], rules["other"]):
        if rule.languages and not (sure and values["lang"] in rule.languages):
            continue
        value = values[rule.measurement]
        broken = value is not None and rule.broken_by(float(value))
        yield Verdict(rule.name, None if value is None else float(value), rule.threshold, broken)
