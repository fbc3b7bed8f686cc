"""The inference kernel against the fastText library, on the real model and on trained ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters.kernels.fasttext import Model, UnsupportedModelError, load
from filters.kernels.label_tree import predict

LINES = [
    "",
    " \t ",
    "x",
    "A fictional trial of examplin 5 mg in invented fever (p < 0.05).",
    "Ein erfundener Bericht über Fieber und Müdigkeit.",
    "Un rapport imaginaire sur la fièvre, écrit pour ce test.",
    "Вымышленный отчёт о лихорадке.",
    "架空の発熱についての報告です。",
    "تقرير خيالي عن الحمى",
    "__label__en is a word here",
    "a\u00a0b\u2003c \U0001f600 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "w" * 3000,
]


def ours(model: Model, lines: list[str]) -> list[tuple[str, float]]:
    """Predict with the kernel."""
    encoded = [line.encode() for line in lines]
    bounds = np.zeros(len(lines) + 1, np.int64)
    np.cumsum([len(e) for e in encoded], out=bounds[1:])
    data = np.frombuffer(b"".join(encoded) or b" ", np.uint8)
    best, score, _ = predict(model, data, bounds[:-1], bounds[1:], np.arange(len(lines) + 1))
    return [(model.labels[b] if b >= 0 else "", float(s)) for b, s in zip(best, score, strict=True)]


def library(path: Path) -> object:
    """Load a model with the library, its notice to stderr silenced."""
    import fasttext

    fasttext.FastText.eprint = lambda *args, **kwargs: None
    return fasttext.load_model(str(path))


def theirs(model: object, lines: list[str]) -> list[tuple[str, float]]:
    """Predict with the library."""
    found, scores = model.f.multilinePredict([f"{x}\n" for x in lines], 1, 0.0, "strict")  # type: ignore[attr-defined]
    return [
        (label[0].removeprefix("__label__"), float(score[0]))
        for label, score in zip(found, scores, strict=True)
    ]


def assert_equal(
    mine: list[tuple[str, float]], other: list[tuple[str, float]], lines: list[str]
) -> None:
    """Same labels, same scores to single precision; a text without words has none here."""
    for (label, score), (wanted, value), line in zip(mine, other, lines, strict=True):
        if not line.split():
            assert label == ""
            continue
        assert score == pytest.approx(value, abs=2e-6)
        assert label == wanted


def test_equals_the_library_on_lid176(language_model: Path) -> None:
    """Labels and scores are those of fastText."""
    lines = [line for line in LINES if "\u00a0" not in line]
    assert_equal(ours(load(language_model), lines), theirs(library(language_model), lines), lines)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\n\x00"), max_size=60))
def test_equals_the_library_on_any_text(language_model: Path, text: str) -> None:
    """Whatever characters a text holds."""
    if text.strip("\x09\x0b\x0c\x0d\x20"):
        [(label, score)] = ours(load(language_model), [text])
        [(wanted, value)] = theirs(library(language_model), [text])
        assert score == pytest.approx(value, abs=2e-6)
        # Two labels that tie to single precision may come out either way.
        assert label == wanted or value < 0.2


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training file with three invented languages."""
    path = tmp_path_factory.mktemp("train") / "train.txt"
    stems = {"aa": "bado kile muna", "bb": "schrift werk zwölf", "cc": "oiseau où été"}
    lines = [
        f"__label__{name} " + " ".join(words.split()[(n + k) % 3] + str(n % 7) for k in range(6))
        for n in range(200)
        for name, words in stems.items()
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("quantised", [False, True])
def test_equals_the_library_on_trained_models(
    corpus: Path, tmp_path: Path, quantised: bool
) -> None:
    """Dense and quantised models of other sizes."""
    import fasttext

    model = fasttext.train_supervised(
        str(corpus), loss="hs", minn=2, maxn=5, dim=10, bucket=5000, thread=1, epoch=3, verbose=0
    )
    if quantised:
        model.quantize(str(corpus), cutoff=300, qnorm=True, verbose=0)
    path = tmp_path / "model.ftz"
    model.save_model(str(path))
    lines = ["bado3 kile", "zwölf werk5 schrift", "où été oiseau2", "unknown words here", "bado"]
    assert_equal(ours(load(path), lines), theirs(model, lines), lines)


def test_other_models_are_refused(corpus: Path, tmp_path: Path) -> None:
    """A softmax model and a file that is none are said to be unsupported, never misread."""
    import fasttext

    model = fasttext.train_supervised(str(corpus), loss="softmax", dim=4, thread=1, verbose=0)
    model.save_model(str(tmp_path / "soft.bin"))
    (tmp_path / "no.bin").write_bytes(b"no model at all")
    for name in ("soft.bin", "no.bin"):
        with pytest.raises(UnsupportedModelError):
            load(tmp_path / name)
