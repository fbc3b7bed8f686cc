"""Training itself: fixed order, one thread, fixed seed; same documents give the same bytes."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curation.errors import UsageError
from curation.training.recipe import Training
from filters.language.library import fasttext

LOSS = "softmax"

LABEL = b"__label__"
"""What fastText tells labels by; no folded word has an underscore."""

SMALLEST = 256
"""Rows, as many as a quantiser has centroids, below which fastText cannot quantise a matrix."""


def fit(texts: Sequence[bytes], labels: Sequence[str], training: Training) -> bytes:
    """Train a model and quantise it, unless it is tiny anyway.

    Args:
        texts: Folded texts.
        labels: Label of each.
        training: Settings.

    Returns:
        Bytes of a ``.ftz`` file; the same for the same arguments.

    Raises:
        UsageError: The documents are too few for a vocabulary.
    """
    with tempfile.TemporaryDirectory() as folder, fasttext() as library:
        lines, target = Path(folder) / "lines.txt", Path(folder) / "model.ftz"
        lines.write_bytes(b"".join(training_lines(texts, labels, training)))
        model = library.train_supervised(
            str(lines),
            loss=LOSS,
            lr=training.settings["rate"],
            dim=training.integer("dimension"),
            epoch=training.integer("epochs"),
            minCount=training.integer("min_documents"),
            wordNgrams=training.integer("words"),
            bucket=training.integer("buckets"),
            minn=0,
            maxn=0,
            seed=training.integer("seed"),
            thread=1,
            verbose=0,
        )
        if not model.get_words():
            raise UsageError(
                f"no word stands in {training.integer('min_documents')} passages; "
                "give more documents, or set [train] min_documents lower"
            )
        if model.get_input_matrix().shape[0] >= SMALLEST:
            model.quantize(
                str(lines),
                cutoff=training.integer("features"),
                retrain=True,
                qnorm=True,
                thread=1,
                verbose=0,
            )
        model.save_model(str(target))
        return target.read_bytes()


def training_lines(
    texts: Sequence[bytes], labels: Sequence[str], training: Training
) -> list[bytes]:
    """Cut documents into passages and mix them, as fastText reads them.

    A document gives passages of equal length spread over it, so that a book does not outweigh a
    thousand letters. A label with many more passages than the smallest gives a part of them.

    Returns:
        Lines with label and line feed, in a random order that the seed decides.
    """
    size, most = training.integer("passage_words"), training.integer("passages")
    passages: list[tuple[str, bytes]] = []
    for text, label in zip(texts, labels, strict=True):
        words = text.split()
        count = min(most, max(1, len(words) // size))
        starts = np.linspace(0, max(len(words) - size, 0), count).astype(int).tolist()
        passages += [(label, b" ".join(words[start : start + size])) for start in starts]
    limit = training.settings["balance"] * min(Counter(label for label, _ in passages).values())
    taken: Counter[str] = Counter()
    lines = []
    for index in np.random.default_rng(training.integer("seed")).permutation(len(passages)):
        label, passage = passages[index]
        taken[label] += 1
        if taken[label] <= limit:
            lines.append(LABEL + label.encode() + b" " + passage + b"\n")
    return lines
