"""Training a classifier: split by groups, inputs of all forms, same bytes, card and verb."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import UsageError
from curation.training import documents, fit, recipe
from curation.training.recipe import from_pairs, load
from curation.training.split import TOO_MUCH, held_out
from filters.classifier import Classifier, folded
from tests.corpora import prose, run
from tests.curation.make_training import MEDICAL, OTHER, records, text, write_jsonl
from tests.curation.make_version import dropped, kept, make_version


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents of both labels."""
    home = tmp_path_factory.mktemp("training")
    write_jsonl(home / "medical/notes.jsonl.gz", records("medical"))
    pq.write_table(pa.Table.from_pylist(records("other")), home / "other.parquet")
    (home / "small.toml").write_text(
        "[train]\nmin_documents = 1\nepochs = 20\nbuckets = 2000\nfeatures = 1000\n"
        '[[inputs]]\nlabel = "medical"\npaths = ["medical"]\n'
        '[[inputs]]\nlabel = "other"\npaths = ["other.parquet"]\n'
    )
    return home


def pairs(home: Path, **settings_: float) -> recipe.Training:
    """Return the definition of that folder."""
    given = {"min_documents": 1, "epochs": 20, "buckets": 2000, "features": 1000, **settings_}
    return from_pairs([f"medical={home}/medical", f"other={home}/other.parquet"], "m", given)


GROUPED = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 12)), min_size=2, max_size=120)


@settings(deadline=None)
@given(GROUPED, st.sampled_from([0.1, 0.2, 0.5]), st.integers(0, 3), st.randoms())
def test_no_group_stands_on_both_sides(
    rows: list[tuple[str, int]], share: float, seed: int, shuffle: random.Random
) -> None:
    """Nor does the order of the documents matter, and each label has some to judge by."""
    labels, groups = [label for label, _ in rows], [f"g{group}" for _, group in rows]
    try:
        held = held_out(labels, groups, share, seed)
    except UsageError as error:
        assert "cannot be split" in str(error)
        return
    sides: dict[str, set[bool]] = {}
    for group, side in zip(groups, held.tolist(), strict=True):
        sides.setdefault(group, set()).add(side)
    assert all(len(side) == 1 for side in sides.values())
    for label in set(labels):
        mine = [side for of, side in zip(labels, held.tolist(), strict=True) if of == label]
        assert 0 < sum(mine) <= max(1, TOO_MUCH * share * len(mine))
    order = list(range(len(rows)))
    shuffle.shuffle(order)
    again = held_out([labels[i] for i in order], [groups[i] for i in order], share, seed)
    assert again.tolist() == [held[i] for i in order]


def test_the_share_that_is_held_out_is_about_that_asked_for() -> None:
    """Of many groups of uneven sizes."""
    draw = random.Random(3)
    groups = [f"g{int(draw.paretovariate(1)) % 400}" for _ in range(4000)]
    labels = ["ab"[len(group) % 2] for group in groups]
    held = held_out(labels, groups, 0.2, 1)
    for label in "ab":
        mine = held[np.array(labels) == label]
        assert 0.15 < mine.mean() < 0.3


def test_one_group_cannot_be_split(folder: Path) -> None:
    """The message names the label and what to do."""
    whole = recipe.grouped(pairs(folder), ["nothing"])
    found = documents.read(whole)
    with pytest.raises(
        UsageError, match="label medical: 120 different documents in 1 group cannot"
    ):
        held_out(found.labels, found.groups, 0.2, 1)


def test_a_label_is_never_held_out_as_a_whole() -> None:
    """One document a label leaves nothing to train on."""
    with pytest.raises(UsageError, match="label a: 1 different document in 1 group cannot"):
        held_out(["a", "b", "b", "b"], ["x", "y", "z", "w"], 0.2, 1)


def test_inputs_of_all_forms(tmp_path: Path) -> None:
    """JSON lines, compressed, Parquet, text files in folders, and archives of these."""
    rows = records("medical", 12)
    write_jsonl(tmp_path / "in/a.jsonl", rows[:3])
    write_jsonl(tmp_path / "in/b.jsonl.gz", rows[3:6])
    pq.write_table(pa.Table.from_pylist(rows[6:9]), tmp_path / "in/c.parquet")
    for number, row in enumerate(rows[9:]):
        path = tmp_path / f"in/site{number}/{number}.txt"
        path.parent.mkdir()
        path.write_text(row["text"])
    write_jsonl(tmp_path / "other.jsonl", records("other", 5))
    found = documents.read(
        from_pairs([f"medical={tmp_path}/in", f"other={tmp_path}/other.jsonl"], "m", {})
    )
    assert Counter(found.labels) == {"medical": 12, "other": 5}
    wanted = {documents.prepared([row["text"]], [""])[0] for row in rows}
    assert set(found.texts[:12]) == wanted
    assert sum("site" in group for group in found.groups) == 3
    assert sum(group == "url www.medical0.example" for group in found.groups) == 1
    assert found.notes == []


def test_a_corpus_stands_for_the_texts_of_its_version(tmp_path: Path) -> None:
    """Its ledger, its card and its dropped documents are none of them; a source's folder serves too."""
    rows = [
        *(kept(str(n), text=prose(n)) for n in range(3)),
        *(kept(str(n), "guide", text=prose(n)) for n in range(3, 5)),
        dropped("9", "near", "similar", text=prose(9)),
    ]
    make_version(tmp_path / "c", rows)
    write_jsonl(tmp_path / "other.jsonl", records("other", 9))
    for path, count in (("c", 5), ("c/v1", 5), ("c/v1/data", 5), ("c/v1/data/guide", 2)):
        training = from_pairs(
            [f"medical={tmp_path}/{path}", f"other={tmp_path}/other.jsonl"], "m", {}
        )
        found = documents.read(training)
        assert Counter(found.labels) == {"medical": count, "other": 9}


def test_what_does_not_count_is_left_out_and_said(tmp_path: Path) -> None:
    """Repeats, empty texts, texts under two labels, lines that are no records, other scores."""
    rows = [{**row, "score": n} for n, row in enumerate(records("medical", 6))]
    twice = {"id": "x", "text": "A text under two labels.", "score": 5}
    write_jsonl(
        tmp_path / "a.jsonl",
        [*rows, rows[5], {"id": "e", "text": " . ", "score": 5}, twice, {"id": "n", "score": 5}],
    )
    with (tmp_path / "a.jsonl").open("a") as stream:
        stream.write("no json\n")
    write_jsonl(tmp_path / "b.jsonl", [*records("other", 4), twice])
    (tmp_path / "r.toml").write_text(
        '[[inputs]]\nlabel = "good"\npaths = ["a.jsonl"]\nscore = "score"\nmin = 3\n'
        '[[inputs]]\nlabel = "other"\npaths = ["b.jsonl"]\n'
    )
    found = documents.read(load(str(tmp_path / "r.toml"), {}))
    assert Counter(found.labels) == {"good": 3, "other": 4}
    assert found.notes == [
        "label good: 1 lines are no JSON objects; left out",
        "1 texts stand under two labels; left out",
        "4 documents without text or equal to others; left out",
    ]


def test_a_limit_draws_the_same_documents_from_any_files(tmp_path: Path) -> None:
    """By the hash of the text: one file or three, in any order."""
    rows = records("medical", 40)
    write_jsonl(tmp_path / "one/a.jsonl", rows)
    for part in range(3):
        write_jsonl(tmp_path / f"three/{2 - part}.jsonl", rows[part::3])
    write_jsonl(tmp_path / "o.jsonl", records("other", 3))
    found = []
    for name in ("one", "three"):
        (tmp_path / "r.toml").write_text(
            f'[[inputs]]\nlabel = "a"\npaths = ["{name}"]\nlimit = 7\n'
            '[[inputs]]\nlabel = "b"\npaths = ["o.jsonl"]\n'
        )
        found.append(documents.read(load(str(tmp_path / "r.toml"), {})).texts)
    assert found[0] == found[1]
    assert len(found[0]) == 10


def test_nothing_personal_enters_a_model(tmp_path: Path) -> None:
    """An address and a telephone number that stand in every document are no words of the model."""
    for label in "ab":
        rows = records("medical" if label == "a" else "other", 40)
        for row in rows:
            row["text"] += " Write to jane.example@hospital.test or call +44 20 7946 0958."
        write_jsonl(tmp_path / f"{label}.jsonl", rows)
    training = from_pairs(
        [f"a={tmp_path}/a.jsonl", f"b={tmp_path}/b.jsonl"],
        "m",
        {"min_documents": 1, "buckets": 2000, "features": 1000},
    )
    found = documents.read(training)
    model = fit.fit(found.texts, found.labels, training)
    assert b"patients" in model
    for part in (b"jane", b"7946", b"0958"):
        assert part not in model


def test_a_model_is_trained_on_what_a_build_measures(tmp_path: Path) -> None:
    """Title line, no hidden text, no boilerplate: records, text files and shards of a corpus alike."""
    body = "Alpha results were good in the trial. " * 5
    spoilt = body + "".join(chr(0xE0000 + ord(c)) for c in "obey") + "\u200b"
    record = {
        "id": "a",
        "title": "A  title",
        "text": f"{spoilt}\n\n© 2031 Imaginary Press.",
        "license": "CC0-1.0",
    }
    write_jsonl(tmp_path / "in/notes.jsonl", [record])
    (tmp_path / "page.md").write_text(f"# A title\n\n{record['text']}")
    (tmp_path / "r.toml").write_text(
        '[language]\nkeep = "any"\n[quality]\nenabled = false\n'
        '[[sources]]\nuse = "jsonl"\npaths = ["in/*.jsonl"]\n'
    )
    run("build", tmp_path / "r.toml", "--out", tmp_path / "c", "--workers", "1")
    (shard,) = (tmp_path / "c/v1/data").rglob("*.parquet")
    wanted = folded(pq.read_table(shard)["text"].combine_chunks().cast(pa.large_string()))
    assert b"imaginary" not in wanted[0]
    assert wanted[0].split()[:2] == [b"a", b"title"]
    write_jsonl(tmp_path / "other.jsonl", records("other", 3))
    for place in ("in/notes.jsonl", "page.md", "c/v1/data"):
        pair = [f"a={tmp_path / place}", f"b={tmp_path}/other.jsonl"]
        found = documents.read(from_pairs(pair, "m", {}))
        assert found.texts[: found.labels.count("a")] == wanted, place


def test_passages_are_spread_and_balanced(folder: Path) -> None:
    """At most so many a document and label; equal length; every document of the smallest label."""
    training = pairs(folder, passage_words=20, passages=3, balance=2)
    long = b" ".join(b"w%d" % n for n in range(1000))
    lines = fit.training_lines([long, b"short one"], ["a", "b"], training)
    assert Counter(line.split()[0] for line in lines) == {b"__label__a": 2, b"__label__b": 1}
    passages = fit.training_lines([long], ["a"], training)
    starts = sorted(int(line.split()[1][1:]) for line in passages)
    assert starts == [0, 490, 980]
    assert {len(line.split()) for line in passages} == {21}
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in passages)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that the verb makes of that folder."""
    out = tmp_path_factory.mktemp("trained") / "m.ftz"
    done = run("train-classifier", "--out", out, folder / "small.toml")
    for word in ("precision", "recall", "AUC", "ECE", "as medical", "others kept"):
        assert word in done.stdout
    assert "training on" in done.stderr
    return out


def test_same_documents_same_bytes(folder: Path, trained: Path, tmp_path: Path) -> None:
    """Model and card are those of another process, whatever its hash seed; another seed differs."""
    again = run("train-classifier", "--out", tmp_path / "m.ftz", folder / "small.toml", "--quiet",
                PYTHONHASHSEED="7")  # fmt: skip
    assert again.stderr == ""
    for name in ("m.ftz", "m.json", "m.md"):
        assert (tmp_path / name).read_bytes() == trained.with_name(name).read_bytes()
    other = run(
        "train-classifier", "--out", tmp_path / "m.ftz", folder / "small.toml", "--seed", "2",
        "--json",
    )  # fmt: skip
    assert json.loads(other.stdout) == json.loads((tmp_path / "m.json").read_text())
    assert (tmp_path / "m.ftz").read_bytes() != trained.read_bytes()


def test_the_card_tells_what_the_model_does(trained: Path) -> None:
    """Figures of held-out groups, right for two vocabularies; the model is the one it names."""
    card = json.loads(trained.with_suffix(".json").read_text())
    assert card["labels"] == ["medical", "other"]
    assert card["sha256"] == hashlib.sha256(trained.read_bytes()).hexdigest()
    assert card["bytes"] == trained.stat().st_size
    assert {"extract", "normalise", "atoms", "hidden", "boilerplate", "pii"} <= set(
        card["versions"]
    )
    parts = card["documents"]
    for label in card["labels"]:
        assert parts["training"][label]["documents"] + parts["held_out"][label]["documents"] == 120
        assert parts["training"][label]["groups"] + parts["held_out"][label]["groups"] == 12
        figures = card["held_out"]["labels"][label]
        assert figures["auc"] > 0.99
        assert figures["recall"] > 0.9
    assert {entry["source"] for entry in card["held_out"]["sources"]} <= {
        f"{label}{n}" for label in card["labels"] for n in range(3)
    }
    shown = trained.with_suffix(".md").read_text()
    for words in ("precision", "AUC", "expected calibration error", "Confusion by source"):
        assert words in shown
    measured = Classifier("m", trained, "medical", card["sha256"]).measurement()
    texts = pa.array([text(1, MEDICAL), text(2, OTHER)], pa.large_string())
    high, low = measured.compute(texts)["classifier_m"].to_pylist()
    assert high > 0.9
    assert low < 0.1


def test_options_prevail_over_the_file(folder: Path, tmp_path: Path) -> None:
    """--group and --held-out: one document, one group."""
    done = run(
        "train-classifier", "--out", tmp_path / "m.ftz", folder / "small.toml", "--group", "id",
        "--group", "url", "--held-out", "0.5", "--json",
    )  # fmt: skip
    held = json.loads(done.stdout)["documents"]["held_out"]
    assert held["medical"] == {"documents": 60, "groups": 60}


RECIPE = """\
[language]
keep = "any"
[identity]
enabled = false
[duplicates]
enabled = false
[classifiers.topic]
path = "m.ftz"
label = "medical"
[quality]
enabled = true
words_min = 5
classifier_topic_min = 0.5
[[sources]]
use = "jsonl"
paths = ["notes.jsonl"]
"""


def test_a_recipe_measures_with_a_model(trained: Path, tmp_path: Path) -> None:
    """A column of the ledger, a rule that drops, and another model is another task."""
    rows = [{**row, "id": f"m{row['id']}"} for row in records("medical", 20)]
    rows += [{**row, "id": f"o{row['id']}"} for row in records("other", 12)]
    write_jsonl(tmp_path / "notes.jsonl", [*rows, {"id": "e", "text": ""}])
    (tmp_path / "m.ftz").write_bytes(trained.read_bytes())
    (tmp_path / "r.toml").write_text(RECIPE)
    build = ["build", str(tmp_path / "r.toml"), "--out", str(tmp_path / "c"), "--workers", "1"]
    run(*build)
    ledger = pq.read_table(tmp_path / "c/v1/ledger").to_pylist()
    measured = {row["id"].removeprefix("jsonl:"): row["classifier_topic"] for row in ledger}
    assert all(value > 0.5 for name, value in measured.items() if name.startswith("m"))
    assert all(value < 0.5 for name, value in measured.items() if name.startswith("o"))
    assert measured["e"] is None
    rules = Counter(row["rule"] for row in ledger)
    assert rules == {None: 20, "classifier_topic_min": 12, "no_text": 1}
    manifest = json.loads((tmp_path / "c/v1/manifest.json").read_text())
    card = json.loads(trained.with_suffix(".json").read_text())
    assert manifest["versions"]["classifier:topic"].endswith(f" medical {card['sha256']}")
    assert manifest["recipe"]["classifiers"]["topic"] == {"path": "m.ftz", "label": "medical"}
    swept = run("sweep", tmp_path / "c", "--rule", "classifier_topic_min", "--at", "0", "--json")
    assert json.loads(swept.stdout)["thresholds"][0]["newly_kept"]["documents"] == 12
    assert ", 1 from the cache" in run(*build, "--dry-run").stdout
    (tmp_path / "r.toml").write_text(RECIPE.replace('label = "medical"', 'label = "other"'))
    assert ", 0 from the cache" in run(*build, "--dry-run").stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('path = "m.ftz"', 'path = "gone.ftz"', "gone.ftz: no classifier can be read there"),
        ('path = "m.ftz"', 'path = "notes.jsonl"', "not a classifier over words"),
        ('label = "medical"', 'label = "surgical"', "knows no label 'surgical'"),
    ],
)
def test_a_model_that_cannot_be_used_stops_the_build(
    trained: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    """One line, exit code 5 as for the language model, nothing published."""
    write_jsonl(tmp_path / "notes.jsonl", records("medical", 2))
    (tmp_path / "m.ftz").write_bytes(trained.read_bytes())
    (tmp_path / "r.toml").write_text(RECIPE.replace(old, new))
    done = run("build", tmp_path / "r.toml", "--out", tmp_path / "c", "-q", code=5)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list((tmp_path / "c").glob("v*"))


def test_a_model_of_real_text_in_under_a_minute(real_data: Path, tmp_path: Path) -> None:
    """Clinical text and answers against e-mails and messages: right for journals and mails held out.

    Time is no assertion: this test has the whole way from files to card in it.
    """
    from tests.benchmarks.classifier_data import clinical, mails, messages, questions

    parts = {
        "medical/clinical": list(clinical(real_data))[:1500],
        "medical/questions": list(questions(real_data))[:1500],
        "other/mails": list(mails(real_data)),
        "other/messages": list(messages(real_data))[:1500],
    }
    for name, rows in parts.items():
        source = name.partition("/")[2]
        lines = [
            {"id": i, "text": t, "group": g, "source": source} for g, i, t in rows if t.strip()
        ]
        write_jsonl(tmp_path / f"{name}.jsonl.gz", lines)
    run("train-classifier", "--out", tmp_path / "m.ftz", f"medical={tmp_path}/medical",
        f"other={tmp_path}/other")  # fmt: skip
    card = json.loads((tmp_path / "m.json").read_text())
    medical = card["held_out"]["labels"]["medical"]
    assert medical["auc"] > 0.98
    assert medical["recall"] > 0.95
    assert medical["precision"] > 0.95
    assert medical["calibration_error"] < 0.05
    assert card["bytes"] < 2_000_000
