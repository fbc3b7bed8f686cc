"""Sweep: counts of other thresholds are those that a build with them would have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import curation
from curation.corpus import Corpus
from curation.decide import decide
from curation.errors import UsageError
from tests.corpora import Call, prose
from tests.curation.make_version import dropped, kept, make_version
from tests.curation.make_works import doc, recipe_of, said, works_of


def words(count: int) -> str:
    """A text of so many words, none of which repeats."""
    return " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(count))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Twenty abstracts of 10, 20 … 200 words, one of them dropped by a rule and one by its status."""
    rows = [kept(str(n), text=words(10 * n), title="") for n in range(2, 21)]
    rows += [
        dropped("1", "quality", "words_min", value=10.0, threshold=20.0, text=words(10)),
        dropped("99", "status", "retracted", text=words(150)),
    ]
    off = {"all": {"stop_words_min": False, "sentences_min": False}}
    make_version(tmp_path / "corpus", rows, quality=off)
    return Corpus(tmp_path / "corpus")


def test_counts_by_threshold(corpus: Corpus) -> None:
    """Each threshold counts what it drops, and what would change against the version."""
    found = corpus.sweep("words_min", at=(5, 20, 105))
    assert found["documents"] == 20  # the retracted one never reached the rules
    assert found["present"] == [20.0]
    rows = [
        (t["threshold"], t["dropped_by_rule"], t["newly_dropped"]["documents"],
         t["newly_kept"]["documents"])
        for t in found["thresholds"]
    ]  # fmt: skip
    assert rows == [(5.0, 0, 0, 1), (20.0, 1, 0, 0), (105.0, 10, 9, 0)]
    assert found["thresholds"][0]["newly_kept"]["examples"] == [{"id": "pubmed:1", "value": 10.0}]
    named = [e["value"] for e in found["thresholds"][2]["newly_dropped"]["examples"]]
    assert named == [20.0, 60.0, 100.0]


def test_default_thresholds_hold_the_present_one(corpus: Corpus) -> None:
    """Without thresholds the one of the version is among those tried, marked, each once."""
    tried = corpus.sweep("words_min")["thresholds"]
    assert [t["threshold"] for t in tried if t["present"]] == [20.0]
    assert len({t["threshold"] for t in tried}) == len(tried)


def test_a_rule_that_the_version_does_not_have(corpus: Corpus) -> None:
    """Any measurement can be tried, from above too."""
    found = corpus.sweep("chars_max", at=(1000,))
    assert found["present"] == []
    assert 0 < found["thresholds"][0]["newly_dropped"]["documents"] < 10


@pytest.mark.parametrize(
    ("rule", "kind", "hint"),
    [
        ("word_min", None, "words_min"),
        ("words", None, "words_m"),
        ("words_min", "trial", "abstract"),
        ("classifier_x_min", None, "did you mean"),
    ],
)
def test_wrong_names_are_told(corpus: Corpus, rule: str, kind: str | None, hint: str) -> None:
    """An unknown rule or kind is an error that names what there is."""
    with pytest.raises(UsageError, match=hint):
        corpus.sweep(rule, kind)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_threshold_is_finite(corpus: Corpus, number: str, tmp_path: Path, call: Call) -> None:
    """On the command line and in a recipe: one line, exit code 2."""
    text = f'[quality]\nwords_min = {number}\n[[sources]]\nuse = "jsonl"\npaths = ["a"]\n'
    (tmp_path / "r.toml").write_text(text)
    for arguments in (
        ["sweep", str(tmp_path / "corpus"), "--rule", "words_min", "--at", number],
        ["recipe", "show", str(tmp_path / "r.toml")],
    ):
        code, _, error = call(*arguments)
        assert code == 2
        assert "finite" in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("settings_", "mode"), [({"mode": "score"}, "score"), ({"enabled": False}, "off")]
)
def test_of_rules_that_dropped_nothing_it_says_what_they_would_drop(
    tmp_path: Path, settings_: dict[str, object], mode: str, call: Call
) -> None:
    """Nothing comes back of a version that dropped nothing."""
    rows = [kept(str(n), text=words(10 * n), title="") for n in range(1, 21)]
    off = {"all": {"stop_words_min": False, "sentences_min": False}}
    make_version(tmp_path / "corpus", rows, quality=off, recipe={"quality": settings_})
    found = Corpus(tmp_path / "corpus").sweep("words_min", at=(5, 20, 105))
    assert found["mode"] == mode
    assert [t["newly_dropped"]["documents"] for t in found["thresholds"]] == [0, 1, 10]
    assert [t["newly_kept"]["documents"] for t in found["thresholds"]] == [0, 0, 0]
    _, shown, _ = call("sweep", tmp_path / "corpus", "--rule", "words_min")
    assert "would drop" in shown
    assert "newly dropped" not in shown


def test_a_measurement_that_no_document_has(tmp_path: Path) -> None:
    """Reaching the rules is one thing, having the measurement another."""
    rows = [kept(str(n), text=words(10 * n), title="", terminal_lines=None) for n in range(1, 5)]
    rows += [kept("9", "guide", terminal_lines=0.5), kept("8", "guide", terminal_lines=None)]
    make_version(tmp_path / "corpus", rows)
    corpus = Corpus(tmp_path / "corpus")
    found = corpus.sweep("terminal_lines_min", at=(0.6,))
    assert (found["reached"], found["documents"]) == (6, 1)
    assert found["thresholds"][0]["dropped_by_quality"] == 1
    with pytest.raises(UsageError, match=r"none of the 4 documents .* has the measurement"):
        corpus.sweep("terminal_lines_min", "abstract")


def test_copies_of_retracted_texts_reached_the_rules(tmp_path: Path) -> None:
    """They are found after the rules, though their step is an earlier one."""
    rows = [kept("1", text=words(50), title=""), dropped("2", "status", "retracted")]
    rows += [dropped("3", "status", "copy_of_retracted", text=words(60))]
    make_version(tmp_path / "corpus", rows)
    assert Corpus(tmp_path / "corpus").sweep("words_min", at=(1,))["documents"] == 2


KINDS = ("question", "label", "web")


def built(folder: Path, name: str, tables: dict[str, dict[str, float]]) -> Corpus:
    """Build the texts of a folder as documents of three kinds, with these rules."""
    rules = [
        f"[{table}]\n" + "".join(f"{n} = {v}\n" for n, v in of.items())
        for table, of in tables.items()
    ]
    sources = [
        f'[[sources]]\nuse = "jsonl"\nname = "{kind}"\nkind = "{kind}"\npaths = ["*.jsonl"]\n'
        for kind in KINDS
    ]
    always = (
        '[language]\nkeep = "any"\n[alarms]\nmax_source_loss = 1\n[duplicates]\nenabled = false\n'
    )
    path = folder / "r.toml"
    path.write_text(always + "".join([*rules, *sources]))
    return curation.build(path, out=folder / name, workers=1)


@pytest.mark.parametrize(
    ("rule", "kind", "threshold"),
    [
        ("stop_words_min", None, 8),  # the recipe's table of a kind prevails
        ("terminal_lines_min", None, 0.5),  # off by default for two of the kinds
        ("terminal_lines_min", "label", 0.5),
        ("stop_words_min", "question", 8),
    ],
)
def test_a_sweep_is_a_rebuild(
    tmp_path: Path, rule: str, kind: str | None, threshold: float
) -> None:
    """What it shows is what a build with the threshold in that table of the recipe drops."""
    menu = "\n\n".join(f"[Page {n}](https://example.org/{n})" for n in range(30))
    texts = [
        "\n\n".join([*(prose(9 * n + k, 90) for k in range(6)), menu if n % 3 == 0 else "End."])
        for n in range(12)
    ]
    lines = [
        json.dumps({"id": str(n), "text": t, "license": "CC0-1.0"}) for n, t in enumerate(texts)
    ]
    (tmp_path / "notes.jsonl").write_text("\n".join(lines))

    def gone(corpus: Corpus) -> set[str]:
        rows = corpus.query("SELECT id, kind FROM ledger WHERE step = 'quality'").read_all()
        return {row["id"] for row in rows.to_pylist() if kind in (None, row["kind"])}

    tables: dict[str, dict[str, float]] = {"quality": {}, "quality.question": {"stop_words_min": 1}}
    before = built(tmp_path, "before", tables)
    found = before.sweep(rule, kind, at=(threshold,), examples=100)
    tables.setdefault(found["table"], {})[rule] = threshold
    now, after = gone(before), gone(built(tmp_path, "after", tables))
    (entry,) = found["thresholds"]
    assert after != now
    assert {e["id"] for e in entry["newly_dropped"]["examples"]} == after - now
    assert {e["id"] for e in entry["newly_kept"]["examples"]} == now - after
    assert entry["dropped_by_quality"] == len(after)
    assert found["table"] == (f"quality.{kind}" if kind else "quality")


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.integers(0, 120))
def test_a_sweep_is_what_a_build_would_decide(digits: float, low: int) -> None:
    """The rules applied to a ledger's columns give the verdicts of a build with that recipe."""
    entries = [doc(str(n), text=f"{words(9 * n)} {'7 ' * n}") for n in range(1, 12)]
    works = works_of(*entries)
    text = f"[quality]\nwords_min = {low}\ndigits_max = {digits}\n[duplicates]\nenabled = false\n"
    verdicts = said(works, decide(works, recipe_of(text)))
    scored = said(
        works, decide(works, recipe_of(text.replace("[quality]", '[quality]\nmode = "score"')))
    )
    assert set(scored.values()) == {"kept"}
    remarks = decide(
        works, recipe_of(text.replace("[quality]", '[quality]\nmode = "score"'))
    ).detail
    ids = works.column("id").to_pylist()
    broken = {ids[row]: line.split()[1].rstrip(":") for row, line in remarks.items()}
    assert broken == {
        name: fate.removeprefix("quality.")
        for name, fate in verdicts.items()
        if fate.startswith("quality.")
    }
