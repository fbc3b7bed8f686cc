"""A language model as `filters.language.identify` asks it: the kernel, or the library for the rest.

The kernel reads models with hierarchical softmax such as lid.176 and gives the library's answers
at a fraction of its time. Models of any other form (GlotLID has a plain softmax) are read by the
library, which wants strings.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from filters.kernels import label_tree
from filters.kernels.fasttext import Model, UnsupportedModelError, load
from filters.language.library import fasttext, library_version
from filters.language_codes import language_of, plain, same_language

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Engine(Protocol):
    """What answers.

    Attributes:
        labels: Labels without ``__label__``, by index.
    """

    labels: tuple[str, ...]

    def predict(
        self, data: Bytes, starts: Longs, ends: Longs, bounds: Longs
    ) -> tuple[Ints, Floats, Floats]:
        """Predict as `filters.kernels.label_tree.predict` says."""


@cache
def load_engine(path: str) -> Engine:
    """Load a model, one in a process.

    Args:
        path: The model file.

    Raises:
        ValueError: It is no fastText model.
    """
    return _loaded(path)


def library_of(path: Path) -> str:
    """Return the library whose answers a model's are; what is loaded to tell is let go.

    Returns:
        Name and version of the library, empty where the kernel reads the model.

    Raises:
        ValueError: It is no whole fastText model.
    """
    engine = _loaded(str(path))
    if not engine.labels:
        raise ValueError(f"{path}: no labels")
    return library_version() if isinstance(engine, _Library) else ""


def unlabelled(path: Path, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes of languages that a model has no label for, in their order.

    Args:
        path: A whole model; it is not kept.
        codes: Two or three letters.
    """
    known = {language_of(label) for label in _loaded(str(path)).labels}
    return tuple(
        code for code in codes if not any(same_language(plain(code), name) for name in known)
    )


def _loaded(path: str) -> Engine:
    try:
        return _Kernel(load(Path(path)))
    except UnsupportedModelError:
        return _Library(path)


class _Kernel:
    """The compiled kernel."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.labels = model.labels

    def predict(
        self, data: Bytes, starts: Longs, ends: Longs, bounds: Longs
    ) -> tuple[Ints, Floats, Floats]:
        return label_tree.predict(self._model, data, starts, ends, bounds)


class _Library:
    """fastText itself; a softmax gives the support of a stretch only where it is the best label."""

    def __init__(self, path: str) -> None:
        with fasttext() as library:
            self._model: Any = library.load_model(path)
        self._index = {label: index for index, label in enumerate(self._model.get_labels())}
        self.labels = tuple(label.removeprefix("__label__") for label in self._index)

    def predict(
        self, data: Bytes, starts: Longs, ends: Longs, bounds: Longs
    ) -> tuple[Ints, Floats, Floats]:
        parts = [
            data[start:end].tobytes().decode(errors="replace")
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
        edges = bounds.tolist()
        best, score = self._ask([" ".join(parts[a:b]) for a, b in itertools.pairwise(edges)])
        alone, value = self._ask(parts)
        owner = np.repeat(np.arange(len(best)), np.diff(bounds))
        return best, score, np.where(alone == best[owner], value, np.float32(0.0))

    def _ask(self, lines: list[str]) -> tuple[Ints, Floats]:
        """Label and score of each line; the line end is part of what a model was trained on."""
        prepared = [line.replace("\n", " ") + "\n" for line in lines]
        # fasttext's Python wrapper fails under NumPy 2; its compiled part does not.
        found, scores = self._model.f.multilinePredict(prepared, 1, 0.0, "strict")
        best = np.full(len(lines), -1, np.int32)
        score = np.zeros(len(lines), np.float32)
        for index, (line, label, value) in enumerate(zip(lines, found, scores, strict=True)):
            if label and line.split():
                # Single precision rounds up to a little above 1.
                best[index], score[index] = self._index[label[0]], min(1.0, float(value[0]))
        return best, score
