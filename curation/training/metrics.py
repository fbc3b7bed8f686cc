"""Figures of a classifier on held-out documents: precision, recall, AUC, calibration, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

BINS = 10
"""Bins of equal width of the reliability table."""

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Probabilities at which precision and recall are shown: what a recipe's ``_min`` would keep."""

KEEPING = (0.999, 0.99, 0.98, 0.95)
"""Shares of a label's documents for which the largest probability is shown that keeps them."""

SOURCES = 30
"""Sources with a line of their own; the smaller ones stand together."""


def figures(
    truth: Ints, scores: Floats, labels: Sequence[str], sources: Sequence[str]
) -> dict[str, Any]:
    """Measure a classifier.

    Args:
        truth: int64[n], index of the true label of each document.
        scores: float64[n, labels], probabilities.
        labels: Names of the labels.
        sources: n names, by which the confusion is shown.

    Returns:
        ``documents``, ``accuracy``, ``confidence`` (mean probability of the most probable label),
        ``labels`` (for each: `of_label`), ``sources`` (`confusion`).
    """
    chosen = scores.argmax(1)
    return {
        "documents": len(truth),
        "accuracy": _rounded(float((chosen == truth).mean())),
        "confidence": _rounded(float(scores.max(1).mean())),
        "labels": {
            label: of_label(truth == index, scores[:, index], chosen == index)
            for index, label in enumerate(labels)
        },
        "sources": confusion(truth, chosen, labels, sources),
    }


def untrained(found: dict[str, Any]) -> str:
    """Say where a model ranks documents and has not learnt to tell how sure it is.

    With too few passages or epochs, weights barely leave their first values: the order can be
    perfect while every probability is that of a guess, and no threshold means what it says. That
    is so where the mean probability of the most probable label is nearer to a guess (one over the
    number of labels) than to the share of documents for which that label is right.

    Args:
        found: What `figures` gives.

    Returns:
        A warning for people; empty where there is none to give.
    """
    guess = 1 / len(found["labels"])
    confidence, accuracy = found["confidence"], found["accuracy"]
    if confidence - guess >= accuracy - confidence:
        return ""
    return (
        f"too little was learnt: the most probable label is right for {accuracy:.0%} of the "
        f"held-out documents and has a probability of {confidence:.2f} on average, where a guess "
        f"has {guess:.2f}; thresholds mean little. Give more documents, or set [train] epochs "
        "higher"
    )


def of_label(true: Mask, scores: Floats, chosen: Mask) -> dict[str, Any]:
    """Measure one label against all others.

    Args:
        true: bool[n], whether a document has the label.
        scores: float64[n], its probability.
        chosen: bool[n], whether it is the most probable one.

    Returns:
        ``documents``, ``precision`` and ``recall`` where the most probable label is taken (null
        where nothing has it), ``auc``, ``calibration_error`` and ``reliability`` (`calibration`),
        ``thresholds`` (what each of `THRESHOLDS` as the smallest probability kept would do) and
        ``keeping`` (the same for the largest probability that keeps each of `KEEPING`).
    """
    error, table = calibration(true, scores)
    return {
        "documents": int(true.sum()),
        "precision": _share(true & chosen, chosen),
        "recall": _share(true & chosen, true),
        "auc": _rounded(auc(true, scores)),
        "calibration_error": _rounded(error),
        "reliability": table,
        "thresholds": [_threshold(true, scores, limit) for limit in THRESHOLDS],
        "keeping": [
            {"share": share} | _threshold(true, scores, _keeping(scores[true], share))
            for share in KEEPING
            if true.any()
        ],
    }


def _threshold(true: Mask, scores: Floats, limit: float) -> dict[str, Any]:
    kept = scores >= limit
    return {
        "min": limit,
        "precision": _share(true & kept, kept),
        "recall": _share(true & kept, true),
        "others_kept": _share(~true & kept, ~true),
    }


def _keeping(scores: Floats, share: float) -> float:
    """Return the largest probability, of four decimals, that keeps a share of some documents."""
    limit = np.quantile(scores, 1 - share, method="lower")
    return float(np.floor(limit * 1e4) / 1e4)


def auc(true: Mask, scores: Floats) -> float:
    """Return the area under the receiver operating characteristic.

    The probability that a document with the label scores higher than one without; a tie counts
    half (Mann and Whitney's U over the number of pairs). NaN where one side is empty.
    """
    positive = int(true.sum())
    negative = len(true) - positive
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[inverse.reshape(-1)]  # mean rank of equal values, from 1
    return float((ranks[true].sum() - positive * (positive + 1) / 2) / (positive * negative))


def calibration(true: Mask, scores: Floats) -> tuple[float, list[dict[str, Any]]]:
    """Compare probabilities with what is true.

    Args:
        true: bool[n].
        scores: float64[n], 0 to 1.

    Returns:
        The expected calibration error (mean distance of predicted and true share over the bins,
        weighted by documents: Naeini et al. 2015, AAAI), and the reliability table: of each bin
        that has documents ``low``, ``high``, ``documents``, ``predicted`` and ``true`` (shares).
    """
    place = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    error, table = 0.0, []
    for index in range(BINS):
        mine = place == index
        size = int(mine.sum())
        if not size:
            continue
        predicted, actual = float(scores[mine].mean()), float(true[mine].mean())
        error += abs(predicted - actual) * size / len(true)
        table.append(
            {
                "low": index / BINS,
                "high": (index + 1) / BINS,
                "documents": size,
                "predicted": _rounded(predicted),
                "true": _rounded(actual),
            }
        )
    return error, table


def confusion(
    truth: Ints, chosen: Ints, labels: Sequence[str], sources: Sequence[str]
) -> list[dict[str, Any]]:
    """Count by source and true label what was predicted.

    Returns:
        ``source``, ``label``, ``documents``, ``predicted`` (documents by label) and ``right``, a
        share; the largest `SOURCES` first, the others together as ``(others)``.
    """
    groups: dict[tuple[str, int], Ints] = {}
    for source, label, found in zip(sources, truth.tolist(), chosen.tolist(), strict=True):
        counts = groups.setdefault((source, label), np.zeros(len(labels), np.int64))
        counts[found] += 1
    order = sorted(groups, key=lambda key: (-int(groups[key].sum()), key))
    rest: dict[tuple[str, int], Ints] = {}
    for key in order[SOURCES:]:
        other = ("(others)", key[1])
        rest[other] = rest.get(other, np.zeros(len(labels), np.int64)) + groups[key]
    shown = [(key, groups[key]) for key in order[:SOURCES]] + sorted(
        rest.items(), key=lambda item: item[0]
    )
    return [
        {
            "source": source,
            "label": labels[label],
            "documents": int(counts.sum()),
            "predicted": dict(zip(labels, counts.tolist(), strict=True)),
            "right": _rounded(float(counts[label] / counts.sum())),
        }
        for (source, label), counts in shown
    ]


def _share(part: Mask, whole: Mask) -> float | None:
    return _rounded(float(part.sum() / whole.sum())) if whole.any() else None


def _rounded(value: float) -> float | None:
    """Round to what a few thousand documents can tell; NaN, which JSON has not, becomes null."""
    return None if np.isnan(value) else round(value, 5)
