"""Classifiers: the kernel against the fastText library, folding against its plain twin."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.classifier import (
    Classifier,
    ClassifierError,
    columns,
    columns_in,
    folded,
    probabilities,
    read_model,
)
from tests.filters.test_signatures import ALPHABET, plain_words

FLOOR = 1e-5
"""The library adds it to each probability."""


def column(texts: list[str]) -> pa.LargeStringArray:
    """Return texts as a column."""
    return pa.array(texts, pa.large_string())


def plain_fold(text: str) -> bytes:
    """Fold in plain Python: words in lower case, one blank between them, any number as 0."""
    marked = b"\0".join(plain_words(text)).decode()
    return b" ".join(re.sub(r" .|[0-9]", "0", marked, flags=re.DOTALL).encode().split(b"\0"))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from(ALPHABET), max_size=80), max_size=6))
def test_folding_is_that_of_its_plain_twin(texts: list[str]) -> None:
    """Whatever characters, and however many texts stand in the column."""
    assert [b" ".join(text.split(b" ")).split() for text in folded(column(texts))] == [
        plain_fold(text).split() for text in texts
    ]


def test_folding_twice_is_folding_once() -> None:
    """What a model was trained on is scored as it is: the held-out texts are stored folded."""
    once = folded(column([ALPHABET, "The dose: 12.5 mg/kg (n = 40)", "薬は一日二回"]))
    again = folded(column([text.decode() for text in once]))
    assert [text.split() for text in again] == [text.split() for text in once]


def test_no_digit_of_any_script_is_seen() -> None:
    """Numbers are numbers, however they are written, and one word each."""
    texts = ["dose 12", "dose ٣٤", "dose १२", "dose ３４", "dose 1²", "dose ½4"]
    assert {text.strip() for text in folded(column(texts))} == {b"dose 00"}


VOCABULARY = [
    f"w{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}é{'uvwxyz'[n // 100]}" for n in range(500)
]


def invented(seed: int, label: int, words: int = 40) -> str:
    """Return a text of one of three overlapping vocabularies, with numbers and an unknown word."""
    draw = random.Random(seed)
    known = VOCABULARY[150 * label : 150 * label + 200]
    return " ".join([*draw.choices(known, k=words), str(seed), f"unknown{chr(97 + seed % 26)}."])


@pytest.fixture(scope="module", params=[(1, False), (1, True), (2, False), (2, True), (4, True)])
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, object]:
    """A model file and the library's model: runs of 1, 2 or 4 words, dense or quantised."""
    import fasttext

    run, quantised = request.param
    folder = tmp_path_factory.mktemp("models")
    lines = folded(column([invented(n, n % 3) for n in range(300)]))
    source = folder / "train.txt"
    source.write_bytes(
        b"".join(b"__label__l%d " % (n % 3) + line + b"\n" for n, line in enumerate(lines))
    )
    model = fasttext.train_supervised(
        str(source), loss="softmax", dim=6, wordNgrams=run, minn=0, maxn=0, bucket=3000,
        epoch=25, lr=0.5, thread=1, verbose=0,
    )  # fmt: skip
    if quantised:
        model.quantize(str(source), cutoff=300, retrain=True, qnorm=True, thread=1, verbose=0)
    path = folder / "model.ftz"
    model.save_model(str(path))
    return path, model


def theirs(model: object, texts: list[str], labels: tuple[str, ...]) -> np.ndarray:
    """Return the library's probabilities of folded texts."""
    found = np.zeros((len(texts), len(labels)))
    for row, text in enumerate(folded(column(texts))):
        line = text.decode() + "\n"
        for score, label in model.f.predict(line, len(labels), 0.0, "strict"):  # type: ignore[attr-defined]
            found[row, labels.index(label.removeprefix("__label__"))] = score - FLOOR
    return found


def test_equals_the_library(trained: tuple[Path, object]) -> None:
    """Probabilities of all labels, of texts of one word and of many."""
    path, model = trained
    tables = read_model(path)
    texts = [invented(n, n % 3, 1 + n % 60) for n in range(200)]
    texts += ["unseen words only", "wakéu", "WAKÉU!", "7", "</s>", "__label__l0 wakéu"]
    scores = probabilities(tables, column(texts))
    assert scores == pytest.approx(theirs(model, texts, tables.labels), abs=2e-6)
    assert scores.sum(1) == pytest.approx(1)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([*VOCABULARY[:50], "x", "12", "ß", "薬", "-"]), min_size=1, max_size=30
    )
)
def test_equals_the_library_on_any_words(trained: tuple[Path, object], words: list[str]) -> None:
    """Whatever words follow each other."""
    path, model = trained
    text = " ".join(words)
    scores = probabilities(read_model(path), column([text]))
    if plain_fold(text).split():
        assert scores == pytest.approx(theirs(model, [text], read_model(path).labels), abs=2e-6)
    else:
        assert np.isnan(scores).all()


def test_the_measurement_of_a_classifier(trained: tuple[Path, object]) -> None:
    """One column named for it, the probability of its label, null without words, by row alone."""
    path, _ = trained
    classifier = Classifier("topic", path, "l1", "x")
    measurement = classifier.measurement()
    texts = column([invented(1, 1), "", " .. ", invented(2, 0), invented(3, 2, 3000)])
    [(name, values)] = measurement.compute(texts).items()
    assert name == "classifier_topic" == measurement.columns[0].name == measurement.name
    assert values.type == measurement.columns[0].type
    assert values.is_valid().to_pylist() == [True, False, False, True, True]
    assert values[0].as_py() > 0.5 > values[3].as_py()
    for start in range(len(texts)):
        assert measurement.compute(texts.slice(start, 2))[name].equals(values.slice(start, 2))
    assert columns([classifier]) == measurement.columns
    assert columns_in(["words", "classifier_topic", "lang"]) == measurement.columns
    assert len(measurement.compute(texts.slice(0, 0))[name]) == 0


def test_another_checksum_is_read_again(trained: tuple[Path, object], tmp_path: Path) -> None:
    """A model that was trained anew at the same path counts in a process that knows the old one."""
    path = tmp_path / "m.ftz"
    path.write_bytes(trained[0].read_bytes())
    assert Classifier("a", path, "l1", "one").measurement()
    path.write_bytes(b"damaged")
    assert Classifier("a", path, "l1", "one").measurement()
    with pytest.raises(ClassifierError, match="not a classifier over words"):
        Classifier("a", path, "l1", "two").measurement()


def test_what_is_no_classifier_is_said(trained: tuple[Path, object], tmp_path: Path) -> None:
    """Missing, damaged, a folder, another loss, character n-grams, an unknown label."""
    import fasttext

    with pytest.raises(ClassifierError, match=r"nowhere\.ftz: no classifier can be read there"):
        read_model(tmp_path / "nowhere.ftz")
    with pytest.raises(ClassifierError, match="no classifier can be read there"):
        read_model(tmp_path)
    (tmp_path / "cut.ftz").write_bytes(trained[0].read_bytes()[:5000])
    source = trained[0].with_name("train.txt")
    for name, options in (("hs", {"loss": "hs"}), ("subwords", {"minn": 2, "maxn": 3})):
        settings_ = {"loss": "softmax", "dim": 4, "bucket": 1000, "thread": 1, "verbose": 0}
        model = fasttext.train_supervised(str(source), **(settings_ | options))
        model.save_model(str(tmp_path / f"{name}.ftz"))
    for name in ("cut", "hs", "subwords"):
        with pytest.raises(ClassifierError, match="not a classifier over words"):
            read_model(tmp_path / f"{name}.ftz")
    with pytest.raises(ClassifierError, match=r"knows no label 'medical' \(it has l"):
        Classifier("m", trained[0], "medical", "x").measurement()
