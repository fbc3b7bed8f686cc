"""Sweep: counts of other thresholds are those that a build with them would have."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.corpus import Corpus
from curation.decide import decide
from curation.errors import UsageError
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
    ],
)
def test_wrong_names_are_told(corpus: Corpus, rule: str, kind: str | None, hint: str) -> None:
    """An unknown rule or kind is an error that names what there is."""
    with pytest.raises(UsageError, match=hint):
        corpus.sweep(rule, kind)


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
