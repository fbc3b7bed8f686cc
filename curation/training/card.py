"""The card of a classifier: JSON for programs, Markdown for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


def as_json(described: dict[str, Any]) -> str:
    """Return the card as JSON; nothing in it depends on time, place or machine."""
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def as_markdown(described: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    found = described["held_out"]
    lines = [
        f"# {described['name']}",
        "",
        f"A fastText classifier ({described['bytes']:,} bytes, SHA-256 `{described['sha256']}`) of "
        f"the labels {', '.join(described['labels'])}. A recipe measures the probability of one:",
        "",
        "```toml",
        f"[classifiers.{described['labels'][0].replace('-', '_')}]",
        f'path = "{described["model"]}"',
        f'label = "{described["labels"][0]}"',
        "```",
        "",
        "## Documents",
        "",
        "Groups stand on one side of the split as a whole.",
        "",
        *_documents(described["documents"]),
        "",
        "## Held-out documents",
        "",
        f"The most probable label is right for {_percent(found['accuracy'])} of "
        f"{found['documents']:,} documents.",
        "",
        *(f"**Warning:** {warning}.\n" for warning in described["warnings"]),
        *_labels(found["labels"]),
    ]
    for label, figures in found["labels"].items():
        lines += ["", f"### {label}", "", "Kept from a probability on:", ""]
        lines += _thresholds([*figures["keeping"], *figures["thresholds"]])
        lines += ["", "Reliability: share that is true where the model says a probability.", ""]
        lines += _reliability(figures["reliability"])
    lines += ["", "## Confusion by source", "", *_confusion(found["sources"], described["labels"])]
    if described["notes"]:
        lines += ["", "## Left out", "", *(f"- {note}" for note in described["notes"])]
    lines += ["", "## Settings", ""]
    lines += _table(("setting", "value"), described["settings"].items())
    lines += [""]
    lines += _table(("version of", ""), described["versions"].items())
    return "\n".join(lines) + "\n"


def _documents(parts: dict[str, Any]) -> list[str]:
    rows = [
        (part.replace("_", "-"), label, f"{counts['documents']:,}", f"{counts['groups']:,}")
        for part, labels in parts.items()
        for label, counts in labels.items()
    ]
    return _table(("part", "label", "documents", "groups"), rows)


def _labels(labels: dict[str, Any]) -> list[str]:
    rows = [
        (
            label,
            f"{f['documents']:,}",
            _percent(f["precision"]),
            _percent(f["recall"]),
            _number(f["auc"]),
            _number(f["calibration_error"]),
        )
        for label, f in labels.items()
    ]
    header = ("label", "documents", "precision", "recall", "AUC", "expected calibration error")
    return _table(header, rows)


def _thresholds(entries: Iterable[dict[str, Any]]) -> list[str]:
    rows = [
        (
            f"{entry['min']:g}",
            _percent(entry["recall"]),
            _percent(entry["others_kept"]),
            _percent(entry["precision"]),
        )
        for entry in sorted(entries, key=lambda entry: float(entry["min"]))
    ]
    return _table(("min", "of this label kept", "of others kept", "precision"), rows)


def _reliability(table: Iterable[dict[str, Any]]) -> list[str]:
    rows = [
        (
            f"{entry['low']:g} to {entry['high']:g}",
            f"{entry['documents']:,}",
            _percent(entry["predicted"]),
            _percent(entry["true"]),
        )
        for entry in table
    ]
    return _table(("probability", "documents", "predicted", "true"), rows)


def _confusion(entries: Iterable[dict[str, Any]], labels: Sequence[str]) -> list[str]:
    rows = [
        (
            entry["source"].replace("|", r"\|"),
            entry["label"],
            f"{entry['documents']:,}",
            *(f"{entry['predicted'][label]:,}" for label in labels),
            _percent(entry["right"]),
        )
        for entry in entries
    ]
    return _table(("source", "label", "documents", *(f"as {x}" for x in labels), "right"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(str(cell) for cell in row) + " |" for row in lines]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
