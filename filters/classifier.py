"""Probabilities of trained labels (medical, educational …) as measurements.

A classifier is a fastText softmax model over words and runs of words, as ``curation
train-classifier`` makes it; the recipe names it, and its measurement is ``classifier_NAME``: the
probability of one label. The whole text is read. The model is never part of this project.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.base import Column, Measurement
from filters.kernels.buffers import text_views

if TYPE_CHECKING:
    from filters.kernels.fasttext import Model

CLASSIFIER_VERSION = 2
"""Raised whenever the same text and model give another probability."""

PREFIX = "classifier_"
"""What the measurement of each classifier begins with."""

LONGEST_RUN = 5
"""Longest run of words that a model may have."""

_MEANING = "Probability that the model gives to its label; null for a text without words."
_REFERENCE = "fastText (arXiv:1607.01759); the model's card says what it was trained on"


class ClassifierError(RuntimeError):
    """A model is missing or of another form; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A model, ready for the kernel.

    Attributes:
        labels: Names of the labels, by index.
        logits: float32[rows, labels], each input vector times the output vectors.
        model: The rest of it: words, buckets and settings.
    """

    labels: tuple[str, ...]
    logits: npt.NDArray[np.float32]
    model: Model


def read_model(path: Path) -> Tables:
    """Read a model.

    Args:
        path: A ``.ftz`` or ``.bin`` file.

    Raises:
        ClassifierError: No such file, or not a softmax model over words.
    """
    from filters.kernels import fasttext

    try:
        model = fasttext.load(path, fasttext.SOFTMAX, LONGEST_RUN)
    except OSError as error:
        raise ClassifierError(
            f"{path}: no classifier can be read there ({error.strerror}); "
            "make one with `curation train-classifier`"
        ) from None
    except fasttext.UnsupportedModelError:
        model = None
    if model is None or model.lengths[1]:
        raise ClassifierError(
            f"{path}: not a classifier over words; make one with `curation train-classifier`"
        )
    # In double precision: a product of many small numbers is rounded once, not at each step.
    logits = model.rows.astype(np.float64) @ model.output.astype(np.float64).T
    return Tables(model.labels, logits.astype(np.float32), model)


def probabilities(model: Tables, texts: pa.LargeStringArray) -> npt.NDArray[np.float64]:
    """Score texts with a model.

    Args:
        model: See `read_model`.
        texts: ``large_string[n]`` without nulls.

    Returns:
        float64[n, labels], each row of sum 1; NaN for a text without words.
    """
    from filters.kernels.classify import score_texts
    from filters.kernels.unicode import FOLD, PROPS

    data, offsets = text_views(texts)
    scores = np.empty((len(texts), len(model.labels)), np.float64)
    words = model.model
    score_texts(
        data, offsets, PROPS, FOLD, model.logits, words.bucket_row, words.slots, words.word_hashes,
        words.word_bounds, words.word_bytes, int(words.lengths[2]), words.run, scores,
    )  # fmt: skip
    return scores


def folded(texts: pa.LargeStringArray) -> list[bytes]:
    """Fold texts as the kernel reads them: what a model is trained on.

    Args:
        texts: ``large_string[n]`` without nulls.

    Returns:
        n byte strings of words in lower case with blanks between them, digits as 0; UTF-8.
    """
    from filters.kernels.classify import fold_texts, room
    from filters.kernels.unicode import FOLD, PROPS

    data, offsets = text_views(texts)
    out = np.empty(room(int(offsets[-1] - offsets[0])), np.uint8)
    bounds = np.empty(len(texts) + 1, np.int64)
    fold_texts(data, offsets, PROPS, FOLD, out, bounds)
    whole = out[: bounds[-1]].tobytes()
    starts = bounds.tolist()
    return [whole[start:stop] for start, stop in itertools.pairwise(starts)]


@dataclass(frozen=True, slots=True)
class Classifier:
    """A classifier of a recipe.

    Attributes:
        name: Its name in the recipe; the column is ``classifier_NAME``.
        path: Its model.
        label: The label whose probability is measured.
        checksum: SHA-256 of the model; a process that sees another one reads the file again.
    """

    name: str
    path: Path
    label: str
    checksum: str

    def measurement(self) -> Measurement:
        """Return the measurement, whose only column has its name.

        Raises:
            ClassifierError: See `read_model`, or the model knows no such label.
        """
        known = _model(self.path, self.checksum).labels
        if self.label not in known:
            raise ClassifierError(
                f"{self.path}: knows no label {self.label!r} (it has {', '.join(known)})"
            )
        column = _column(PREFIX + self.name)
        return Measurement(column.name, CLASSIFIER_VERSION, (column,), partial(_compute, self))


def columns_in(names: Iterable[str]) -> tuple[Column, ...]:
    """Return those columns among some names that a classifier made, in the order of the names."""
    return tuple(_column(name) for name in names if name.startswith(PREFIX))


def columns(classifiers: Iterable[Classifier]) -> tuple[Column, ...]:
    """Return the columns of some classifiers, in their order."""
    return tuple(_column(PREFIX + classifier.name) for classifier in classifiers)


def _column(name: str) -> Column:
    return Column(name, pa.float64(), "probability 0..1", _MEANING, _REFERENCE)


@cache
def _model(path: Path, _checksum: str) -> Tables:
    return read_model(path)


def _compute(classifier: Classifier, texts: pa.LargeStringArray) -> Mapping[str, pa.Array]:
    model = _model(classifier.path, classifier.checksum)
    scores = probabilities(model, texts)[:, model.labels.index(classifier.label)]
    return {PREFIX + classifier.name: pa.array(scores, from_pandas=True)}
