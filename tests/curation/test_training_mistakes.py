"""Training that cannot go on, or hardly: each mistake is one line; definitions and their defaults."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from curation.errors import RecipeError
from curation.training import metrics, recipe
from curation.training.recipe import from_pairs, load, shipped
from curation.training.train import train
from tests.corpora import Call, run
from tests.curation.make_training import MEDICAL, OTHER, records, text, write_jsonl


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--out", "m.ftz", "medical=a.jsonl"], 2, "two labels or more"),
        (["--out", "m.ftz", "medical=a.jsonl", "other"], 2, "write LABEL=PATH"),
        (["--out", "m.ftz", "Not A Label=a", "b=b"], 2, "lower-case letters"),
        (["--out", "m.ftz", "medical=nowhere", "other=nowhere"], 2, "label medical: nowhere"),
        (["--out", "m.ftz", "medcal"], 2, "did you mean the shipped training recipe 'medical'"),
        (["--out", "m.json", "a=x", "b=y"], 2, "name the model NAME.ftz"),
        (["--out", "m.ftz", "a=empty.jsonl", "b=empty.jsonl"], 2, "label a: no document with text"),
        (["--out", "m.ftz"], 2, "is missing"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Call,
) -> None:
    """What is wrong, where, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    write_jsonl(Path("empty.jsonl"), [{"id": "1", "text": ""}])
    ended, _, err = call("train-classifier", *arguments)
    assert ended == code
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == ["empty.jsonl"]


def test_flat_folders_of_text_files_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    """Text files have no fields: in folders below each label they train as they are."""
    monkeypatch.chdir(tmp_path)
    for label, words in (("medical", MEDICAL), ("other", OTHER)):
        (tmp_path / label).mkdir()
        for number in range(24):
            body = text(number + 500 * (label == "other"), words)
            (tmp_path / label / f"{number}.txt").write_text(body)
    arguments = ["train-classifier", "--out", "m.ftz", "medical=medical", "other=other"]
    code, _, err = call(*arguments)
    assert code == 2
    assert "put them into two or more folders for each label" in err
    for label in ("medical", "other"):
        for path in sorted((tmp_path / label).glob("*.txt")):
            home = path.parent / f"site{int(path.stem) % 6}"
            home.mkdir(exist_ok=True)
            path.rename(home / path.name)
    code, _, err = call(*arguments)
    assert code == 0
    # So few documents teach next to nothing, and that is said beside a perfect order.
    assert "warning: too little was learnt" in err
    card = json.loads((tmp_path / "m.json").read_text())
    assert len(card["warnings"]) == 1
    assert "**Warning:** too little was learnt" in (tmp_path / "m.md").read_text()


def test_a_path_says_what_it_is_relative_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    """The current folder for arguments, that of the file for a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    write_jsonl(tmp_path / "b.jsonl", records("other", 5))
    (tmp_path / "there/t.toml").write_text(
        '[[inputs]]\nlabel = "a"\npaths = ["nothere"]\n[[inputs]]\nlabel = "b"\npaths = ["b"]\n'
    )
    for arguments, place in (
        (["a=nothere", "b=b.jsonl"], tmp_path),
        (["there/t.toml"], tmp_path / "there"),
    ):
        code, _, said = call("train-classifier", "--out", "m.ftz", *arguments)
        assert code == 2
        assert f"nothere: no such file or folder; paths are relative to {place}\n" in said


@pytest.mark.parametrize(
    ("scores", "truth", "said"),
    [
        ([0.51, 0.52, 0.49, 0.48], [0, 0, 1, 1], True),  # a perfect order, all but a guess
        ([0.95, 0.9, 0.1, 0.05], [0, 0, 1, 1], False),
        ([0.8, 0.8, 0.2, 0.2], [0, 0, 1, 1], False),  # unsure, but nearer to the truth
        ([0.55, 0.5, 0.45, 0.5], [1, 0, 0, 1], False),  # cannot tell, and does not claim to
    ],
)
def test_probabilities_that_barely_leave_a_guess(
    scores: list[float], truth: list[int], said: bool
) -> None:
    """Nearer to a guess than to the share that is right."""
    both = np.array([[score, 1 - score] for score in scores])
    found = metrics.figures(np.array(truth), both, ["a", "b"], ["s"] * 4)
    assert bool(metrics.untrained(found)) is said


def test_a_tiny_model_is_not_quantised(tmp_path: Path) -> None:
    """Fewer words than a quantiser has centroids: dense, and read all the same."""
    for label in "ab":
        rows = [{"text": f"{label} word{n % 3} {label}", "group": str(n)} for n in range(20)]
        write_jsonl(
            tmp_path / f"{label}.jsonl",
            [{**r, "text": r["text"] + " x" * n} for n, r in enumerate(rows)],
        )
    training = from_pairs(
        [f"{label}={tmp_path}/{label}.jsonl" for label in "ab"],
        "tiny",
        {"words": 1, "min_documents": 1, "epochs": 50},
    )
    card = train(training, tmp_path / "m.ftz", lambda line: None)
    assert card["bytes"] < 5_000
    assert card["held_out"]["documents"] > 0
    assert card["held_out"]["labels"]["a"]["auc"] > 0.9


def test_too_few_documents_for_a_vocabulary(tmp_path: Path) -> None:
    """One line that says what to do; nothing is written."""
    for label in "ab":
        rows = [{"text": f"{label} word", "group": str(n)} for n in range(2)]
        rows[1]["text"] += " more"
        write_jsonl(tmp_path / f"{label}.jsonl", rows)
    inputs = [f"{label}={tmp_path}/{label}.jsonl" for label in "ab"]
    done = run("train-classifier", "--out", tmp_path / "m.ftz", *inputs, "-q", code=2)
    assert done.stderr.startswith("curation: no word stands in 5 passages; give more documents")
    assert not (tmp_path / "m.ftz").exists()


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("[trian]\nepochs = 1\n", 1, "'train'"),
        ("[train]\nepoch = 1\n", 2, "'epochs'"),
        ("[train]\nepochs = 0\n", 2, "epochs must be a whole number from 1"),
        ("[train]\nheld_out = 1\n", 2, "held_out must be"),
        ('[[inputs]]\nlabel = "a"\n', 1, "needs paths"),
        ('[[inputs]]\npaths = ["a"]\n', 1, "needs label"),
        ('[[inputs]]\nlabel = "A b"\npaths = ["a"]\n', 2, "label must be"),
        ('[[inputs]]\nlabel = "a"\npaths = ["a"]\ngrup = ["x"]\n', 4, "'group'"),
        ('[[inputs]]\nlabel = "a"\npaths = ["a"]\n', 0, "two labels or more"),
        ("inputs = 3\n", 1, "[[inputs]]"),
    ],
)
def test_a_definition_that_cannot_be_used(tmp_path: Path, body: str, line: int, said: str) -> None:
    """File, line, and the nearest known key."""
    (tmp_path / "r.toml").write_text(body)
    with pytest.raises(RecipeError) as caught:
        load(str(tmp_path / "r.toml"), {})
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/r.toml:{line}: " if line else f"{tmp_path}/r.toml: ")
    assert said in message


def test_defaults_pass_their_own_checks() -> None:
    """No default of the definition is a value that a file could not write."""
    for key in recipe.TRAIN.values():
        assert key.problem(key.default) == ""
        assert key.meaning.endswith(".")
    assert all(key.meaning.endswith(".") for key in recipe.INPUT.values())


def test_shipped_definitions_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each trains from the folders that it names, filled with invented documents."""
    monkeypatch.chdir(tmp_path)
    assert sorted(shipped()) == ["educational", "medical"]
    graded = [{**row, "int_score": 4} for row in records("medical", 60)]
    graded += [{**row, "int_score": 1} for row in records("other", 60)]
    write_jsonl(Path("graded/g.jsonl"), graded)
    ordinary = records("other", 90)[60:]
    write_jsonl(Path("ordinary/o.jsonl"), ordinary)
    write_jsonl(Path("medical/m.jsonl"), records("medical", 60))
    write_jsonl(Path("other/o.jsonl"), records("other", 60))
    for name in shipped():
        settings_ = {"buckets": 2000, "features": 1000}
        train(load(name, settings_), Path(f"{name}.ftz"), lambda line: None)
        card = json.loads(Path(f"{name}.json").read_text())
        assert card["name"] == name
        assert name in card["labels"]
    educational = json.loads(Path("educational.json").read_text())["documents"]
    counts = Counter[str]()
    for part in educational.values():
        counts.update({label: entry["documents"] for label, entry in part.items()})
    assert counts == {"educational": 60, "other": 90}
