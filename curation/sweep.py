"""Sweep: what another threshold of a quality rule would keep and drop, from the ledger alone.

The rules are applied again to the measurements that the ledger has, once for each threshold, as a
build would whose recipe has it in ``[quality]``, or in the table of the kind asked for; no input
and no text is read. Only documents that reached the quality rules count: what an earlier step
dropped would stay dropped. Later steps are not decided again: a document that would come back can
still be a duplicate, and the survivor of a cluster can change. Of a version whose rules dropped
nothing (``mode = "score"``, ``enabled = false``) it says what they would drop.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.corpus import Corpus
from curation.database import name
from curation.errors import UsageError
from curation.verdicts import STEPS
from filters import registry
from filters.base import Rule
from filters.classifier import columns_in
from filters.rules import KINDS, Rules, decide, merge

SHARES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1)
"""Shares of the documents that the thresholds tried by default would drop."""

AFTER_QUALITY = (("status", "copy_of_retracted"),)
"""Reasons that are found after the quality rules, though their step comes before."""


def sweep(
    corpus: Corpus,
    rule: str,
    kind: str | None = None,
    at: Sequence[float] = (),
    examples: int = 3,
) -> dict[str, Any]:
    """Preview thresholds of one rule.

    Args:
        corpus: A version.
        rule: ``<measurement>_min`` or ``<measurement>_max``.
        kind: Documents of one kind only, and its table of the recipe; without it ``[quality]``.
        at: Thresholds; default the present one and those that would drop `SHARES`.
        examples: Documents named for each threshold whose fate would change.

    Returns:
        What ``curation sweep --json`` prints; the fields are described in ``docs/cli.md``.

    Raises:
        UsageError: An unknown rule or kind, a threshold that is not finite, or no document that
            the rule applies to.
    """
    quality = corpus.manifest["recipe"]["quality"]
    changes = {("" if of == "all" else of): dict(rules) for of, rules in quality.items()}
    measurement, side = _parts(corpus, rule)
    if wrong := [threshold for threshold in at if not math.isfinite(threshold)]:
        raise UsageError(f"a threshold is a finite number, not {wrong[0]}")
    table, reached = _reached(corpus, measurement, kind)
    present = _merged(changes)
    known = {r.name: r for rules in present.values() for r in rules}
    declared = known.get(rule) or Rule(measurement, side, 0.0, "", "")
    values = table[measurement].to_numpy()
    spoken = np.ones(len(values), np.bool_)
    if declared.languages:
        spoken = np.asarray(pc.is_in(table["lang"], pa.array(declared.languages)))
    if not spoken.any():
        raise UsageError(f"{corpus.folder}: no document that {rule} applies to")
    built = _built(present, rule, table)
    tried = sorted(set(at or _proposed(values[spoken], side, built)))
    mode = _mode(corpus)
    dropped_now = decide(table, present)[1] >= 0
    dropped_now &= mode == "filter"
    where = _table_of(kind)
    entries = []
    for threshold in tried:
        override = {where: {**changes.get(where, {}), rule: threshold}}
        names, index, _, _ = decide(table, _merged({**changes, **override}))
        entries.append(
            {
                "threshold": threshold,
                "present": threshold in built,
                "dropped_by_rule": int((index == _number(names, rule)).sum()),
                "dropped_by_quality": int((index >= 0).sum()),
                "newly_dropped": _changed(table, values, (index >= 0) & ~dropped_now, examples),
                "newly_kept": _changed(table, values, (index < 0) & dropped_now, examples),
            }
        )
    return {
        "corpus": corpus.name,
        "version": corpus.version,
        "rule": rule,
        "kind": kind,
        "mode": mode,
        "table": f"quality.{where}" if where else "quality",
        "reason": declared.reason,
        "reference": declared.reference,
        "languages": list(declared.languages),
        "reached": reached,
        "documents": len(values),
        "present": built,
        "thresholds": entries,
    }


def _measured(corpus: Corpus) -> list[str]:
    """Return the measurements of this tool and of the classifiers of the version."""
    trained = columns_in(corpus.database.columns("ledger"))
    return [column.name for column in (*registry.columns(), *trained)]


def _parts(corpus: Corpus, rule: str) -> tuple[str, str]:
    """Split a rule's name into measurement and side."""
    measurement, _, side = rule.rpartition("_")
    known = _measured(corpus)
    if measurement not in known or side not in ("min", "max"):
        names = [f"{column}_{end}" for column in known for end in ("min", "max")]
        near = difflib.get_close_matches(rule, names, 1, cutoff=0.0)
        raise UsageError(f"no rule {rule!r}; did you mean {near[0]!r}?")
    return measurement, side


def _merged(changes: dict[str, dict[str, object]]) -> Rules:
    """Return the rules of a recipe; those of a tool that has changed since are an error."""
    try:
        return merge(changes)
    except ValueError as error:
        raise UsageError(f"the rules of this version: {error}") from None


def _mode(corpus: Corpus) -> str:
    """Return what the version's rules did: ``filter``, ``score``, or ``off`` where none ran."""
    settings = corpus.manifest["recipe"]["values"].get("quality", {})
    return str(settings.get("mode", "filter")) if settings.get("enabled", True) else "off"


def _reached(corpus: Corpus, measurement: str, kind: str | None) -> tuple[pa.Table, int]:
    """Read the documents that reached the quality rules and have the measurement.

    Returns:
        Their measurements; and how many reached the rules, with the measurement or without.
    """
    known = corpus.database.columns("ledger")
    if measurement not in known:
        raise UsageError(f"{corpus.folder}: was built before {measurement!r} was measured")
    measurements = _measured(corpus)
    measured = [column for column in measurements if column in known]
    listed = ", ".join(name(c) for c in ["id", "source", "kind", "lang", "lang_score", *measured])
    earlier = STEPS[: STEPS.index("quality")]
    marks = ", ".join("?" for _ in earlier)
    late = " OR ".join("step = ? AND rule = ?" for _ in AFTER_QUALITY)
    table = corpus.database.stream(
        f"SELECT {listed} FROM ledger WHERE outcome <> 'failed' "  # noqa: S608 - names are quoted
        f"AND (step IS NULL OR step NOT IN ({marks}) OR {late}) ORDER BY id",
        [*earlier, *(word for reason in AFTER_QUALITY for word in reason)],
    ).read_all()
    kinds = sorted(set(pc.unique(table["kind"]).to_pylist()))
    if kind is not None:
        if kind not in kinds:
            raise UsageError(f"no kind {kind!r} in {corpus.folder}; there is {', '.join(kinds)}")
        table = table.filter(pc.equal(table["kind"], kind))
    reached = table.num_rows
    if not reached:
        raise UsageError(f"{corpus.folder}: no document reached the quality rules")
    table = table.filter(pc.is_valid(table[measurement]))
    if not table.num_rows:
        raise UsageError(
            f"{corpus.folder}: none of the {reached:,} documents that reached the quality rules "
            f"has the measurement {measurement!r}"
        )
    absent = [column for column in measurements if column not in known]
    for column in absent:  # measured by a newer tool: no rule applies to what is null
        table = table.append_column(column, pa.nulls(table.num_rows, pa.float64()))
    return table, reached


def _built(rules: Rules, rule: str, table: pa.Table) -> list[float]:
    """Return the thresholds that the version was built with, for the kinds that it has."""
    kinds = {kind if kind in rules else "other" for kind in pc.unique(table["kind"]).to_pylist()}
    return sorted({r.threshold for kind in kinds for r in rules[kind] if r.name == rule})


def _table_of(kind: str | None) -> str:
    """Return the table of ``[quality]`` in which a threshold is set, empty for ``[quality]``."""
    if kind is None:
        return ""
    return kind if kind in KINDS else "other"


def _proposed(values: np.ndarray, side: str, built: list[float]) -> list[float]:
    """Return thresholds that would drop `SHARES` of the documents, and those of the version."""
    shares = SHARES if side == "min" else tuple(1 - share for share in SHARES)
    found = np.quantile(values, shares, method="higher" if side == "min" else "lower")
    return [*built, *(float(f"{value:.4g}") for value in found.tolist())]


def _number(names: tuple[str, ...], rule: str) -> int:
    return names.index(rule) if rule in names else -2


def _changed(
    table: pa.Table, values: np.ndarray, mask: np.ndarray, examples: int
) -> dict[str, Any]:
    """Count the documents of a mask, and name some: the ones in the middle of their values."""
    rows = np.flatnonzero(mask)
    rows = rows[np.argsort(values[rows], kind="stable")]
    places = np.linspace(0, max(len(rows) - 1, 0), min(examples, len(rows))).astype(int)
    return {
        "documents": len(rows),
        "examples": [
            {"id": table["id"][row].as_py(), "value": float(values[row])}
            for row in rows[places].tolist()
        ],
    }
