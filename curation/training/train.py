"""From a definition to a model with its card: read, split, fit, measure, write."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from curation.addresses import remote_errors
from curation.errors import CurationError
from curation.storage import write_file
from curation.task import EXTRACT_VERSION
from curation.training import card
from curation.training.documents import Documents, read
from curation.training.fit import fit
from curation.training.metrics import figures, untrained
from curation.training.recipe import Training
from curation.training.split import held_out
from curation.words import counted
from filters import atoms, boilerplate, hidden, normalise, pii
from filters.classifier import CLASSIFIER_VERSION, probabilities, read_model
from filters.language.library import library_version


def train(training: Training, out: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Train a classifier and write model and card.

    Args:
        training: What from and how.
        out: The model, ``NAME.ftz``; ``NAME.json`` and ``NAME.md`` are its card.
        say: Receives one line a stage.

    Returns:
        The card, as in ``NAME.json``; its fields are described in ``docs/classifiers.md``.

    Raises:
        UsageError: A path or label cannot be used.
        CurationError: The folder of the model cannot be written.
    """
    say("reading the documents …")
    with remote_errors():
        documents = read(training)
    held = held_out(
        documents.labels,
        documents.groups,
        training.settings["held_out"],
        training.integer("seed"),
    )
    used = np.flatnonzero(~held).tolist()
    say(f"training on {counted(len(used), 'document')} …")
    labels = [documents.labels[index] for index in used]
    model = fit([documents.texts[index] for index in used], labels, training)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_file(out, model)
        described = _described(training, documents, held, out, model)
        write_file(out.with_suffix(".json"), card.as_json(described).encode())
        write_file(out.with_suffix(".md"), card.as_markdown(described).encode())
    except OSError as error:
        raise CurationError(f"{out}: {error.strerror}; name another --out") from None
    return described


def _described(
    training: Training, documents: Documents, held: np.ndarray, out: Path, model: bytes
) -> dict[str, Any]:
    """Measure the model that was written on the documents that it has not seen."""
    tables = read_model(out)
    judged = np.flatnonzero(held).tolist()
    texts = pa.array([documents.texts[index].decode() for index in judged], pa.large_string())
    truth = np.array([tables.labels.index(documents.labels[index]) for index in judged])
    scores = probabilities(tables, texts)
    sources = [documents.sources[index] for index in judged]
    found = figures(truth, scores, tables.labels, sources)
    return {
        "name": training.name,
        "model": out.name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        "labels": sorted(tables.labels),
        "settings": dict(training.settings),
        "versions": {
            "classifier": CLASSIFIER_VERSION,
            "extract": EXTRACT_VERSION,
            "normalise": normalise.VERSION,
            "atoms": atoms.VERSION,
            "hidden": hidden.VERSION,
            "boilerplate": boilerplate.VERSION,
            "pii": pii.RULES_VERSION,
            "fasttext": library_version(),
            "tool": version("medical-corpus-curation"),
        },
        "inputs": [
            {"label": item.label, "paths": list(item.paths), "limit": item.limit}
            for item in training.inputs
        ],
        "documents": {
            part: {
                label: {
                    "documents": number,
                    "groups": len(
                        {documents.groups[i] for i in rows if documents.labels[i] == label}
                    ),
                }
                for label, number in sorted(Counter(documents.labels[i] for i in rows).items())
            }
            for part, rows in (("training", np.flatnonzero(~held).tolist()), ("held_out", judged))
        },
        "held_out": found,
        "warnings": [*filter(None, [untrained(found)])],
        "notes": documents.notes,
    }
