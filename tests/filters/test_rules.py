"""Rules: defaults, changes by recipes, and decisions on tables of measurements."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from filters.base import Rule
from filters.quality import QUALITY
from filters.rules import KINDS, decide, load_rules, merge
from filters.shared import COLUMN

SHORT = Rule("words", "min", 10, "short", "test")
LONG = Rule("words", "max", 100, "long", "test")
STOP = Rule("stop_words", "min", 2, "list", "test", ("en",))


def table(**columns: list[object]) -> pa.Table:
    """Make a table of documents; kind and language have defaults."""
    size = len(next(iter(columns.values())))
    return pa.table({"kind": ["abstract"] * size, "lang": ["en"] * size} | columns)


def threshold(rules: dict[str, tuple[Rule, ...]], kind: str, name: str) -> float | None:
    """Return the threshold of a rule, None where the kind has no such rule."""
    return next((rule.threshold for rule in rules[kind] if rule.name == name), None)


def test_every_kind_has_rules_with_reason_and_reference() -> None:
    """A person who meets a dropped document finds a sentence and a source for each rule."""
    rules = load_rules()
    assert tuple(rules) == KINDS
    for kind_rules in rules.values():
        assert kind_rules
        for rule in kind_rules:
            assert rule.reason.endswith(".")
            assert rule.reference


def test_defaults_name_measurements_once() -> None:
    """No kind has a rule twice, and each compares a measurement of quality or of shared lines."""
    columns = {column.name for column in (*QUALITY.columns, COLUMN)}
    for kind_rules in load_rules().values():
        names = [rule.name for rule in kind_rules]
        assert len(set(names)) == len(names)
        assert {rule.measurement for rule in kind_rules} <= columns


def test_merge_without_changes_gives_defaults() -> None:
    """A recipe that says nothing gets the default rules in the default order."""
    assert merge({}) == dict(load_rules())


def test_one_kind_prevails_over_all_kinds() -> None:
    """``[quality.abstract]`` wins over ``[quality]``, whatever their order."""
    for changes in (
        {"": {"words_min": 7}, "abstract": {"words_min": 8}},
        {"abstract": {"words_min": 8}, "": {"words_min": 7}},
    ):
        rules = merge(changes)
        assert threshold(rules, "abstract", "words_min") == 8
        assert threshold(rules, "web", "words_min") == 7


def test_false_switches_a_rule_off() -> None:
    """``false`` removes a rule from one kind and leaves it in the others."""
    rules = merge({"abstract": {"words_min": False}})
    assert threshold(rules, "abstract", "words_min") is None
    assert threshold(rules, "web", "words_min") is not None


def test_recipe_may_add_a_rule() -> None:
    """A measurement without a default rule gets one from the recipe, behind the others."""
    rules = merge({"web": {"digits_max": 0.3}})
    assert rules["web"][-1].name == "digits_max"
    assert rules["web"][-1].threshold == 0.3
    assert threshold(rules, "book", "digits_max") is None


def test_changed_threshold_keeps_reason_and_languages() -> None:
    """Setting a threshold changes the threshold alone."""
    before = next(r for r in load_rules()["web"] if r.name == "stop_words_min")
    after = next(r for r in merge({"": {"stop_words_min": 3}})["web"] if r.name == before.name)
    assert after == dataclasses.replace(before, threshold=3.0)


def test_a_rule_set_again_is_the_default_one() -> None:
    """What was off, for a kind or by the recipe, keeps languages, reason and place when set."""
    default = next(r for r in load_rules()["web"] if r.name == "stop_words_min")
    off = next(kind for kind in KINDS if threshold(load_rules(), kind, default.name) is None)
    everywhere = merge({"": {"stop_words_min": 3}})
    again = merge({"": {"stop_words_min": False}, "web": {"stop_words_min": 3}})
    for rules, kind in ((everywhere, off), (again, "web")):
        names = [rule.name for rule in rules[kind]]
        assert rules[kind][names.index(default.name)] == dataclasses.replace(default, threshold=3.0)
    assert [rule.name for rule in again["web"]] == [rule.name for rule in load_rules()["web"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"": {"word_min": 3}}, "'words_min'"),
        ({"": {"words": 3}}, "unknown rule 'words'"),
        ({"abstracts": {"words_min": 3}}, "'abstract'"),
        ({"": {"words_min": True}}, "words_min must be a number"),
        ({"": {"words_min": "3"}}, "words_min must be a number"),
        ({"": {"words_min": float("nan")}}, "words_min must be a number, finite"),
        ({"web": {"words_max": float("inf")}}, "words_max must be a number, finite"),
        ({"": {"words_min": -(10**400)}}, "words_min must be a number, finite"),
    ],
    ids=["near miss", "no comparison", "kind", "true", "text", "nan", "infinite", "too large"],
)
def test_wrong_changes_are_refused(changes: dict[str, dict[str, object]], message: str) -> None:
    """A mistake in a recipe is an error that names what was probably meant."""
    with pytest.raises(ValueError, match=message):
        merge(changes)


def test_first_rule_in_order_wins() -> None:
    """Of two broken rules the first is named, with its value and threshold."""
    documents = table(words=[5, 50, 500], stop_words=[0, 0, 9])
    names, index, value, limit = decide(documents, {"abstract": (STOP, SHORT, LONG)})
    assert names == ("stop_words_min", "words_min", "words_max")
    assert index.tolist() == [0, 0, 2]
    assert index.dtype == np.int16
    assert value.tolist() == [0, 0, 500]
    assert limit.tolist() == [2, 2, 100]


def test_value_equal_to_threshold_is_kept() -> None:
    """A threshold is the last value that is kept, on both sides."""
    _, index, value, limit = decide(table(words=[10, 100]), {"abstract": (SHORT, LONG)})
    assert index.tolist() == [-1, -1]
    assert np.isnan(value).all()
    assert np.isnan(limit).all()


def test_rules_of_other_languages_do_not_apply() -> None:
    """A rule on English stop words leaves German and unidentified text alone."""
    documents = table(stop_words=[0, 0, 0], lang=["en", "de", None])
    assert decide(documents, {"abstract": (STOP,)})[1].tolist() == [0, -1, -1]


def test_rules_of_other_kinds_do_not_apply() -> None:
    """Each kind has its own thresholds; an unknown kind has those of ``other``."""
    documents = table(words=[5, 5, 5], kind=["abstract", "web", "poem"])
    lower = dataclasses.replace(SHORT, threshold=3)
    rules = {"abstract": (SHORT,), "web": (lower,), "other": (LONG, SHORT)}
    names, index, _, limit = decide(documents, rules)
    assert names == ("words_min", "words_max")
    assert index.tolist() == [0, -1, 0]
    assert limit[[0, 2]].tolist() == [10, 10]


def test_null_breaks_no_rule() -> None:
    """What could not be measured is not held against a document."""
    documents = table(words=pa.array([None, 5], pa.int64()))
    assert decide(documents, {"abstract": (SHORT,)})[1].tolist() == [-1, 0]


def test_empty_table() -> None:
    """No documents, no decisions; the names of the rules are given all the same."""
    names, index, _, _ = decide(table(words=pa.array([], pa.int64())), {"abstract": (SHORT,)})
    assert names == ("words_min",)
    assert len(index) == 0


def test_good_documents_of_each_kind_are_kept() -> None:
    """An ordinary abstract, a guideline of lists, and a question pass the rules of their kinds."""
    abstract = (
        "# Effect of a drug\n\nBACKGROUND: The effect of the drug on pain is not known. "
        "METHODS: We gave 5 mg to 40 patients with pain. RESULTS: Pain fell by 12 mm (95% CI 8 "
        "to 16; P < 0.001). CONCLUSION: The drug works, and it is safe."
    )
    guideline = (
        "# Care of a wound\n\nThe aim is to keep the wound clean. Do this each day.\n\n"
        "- Wash hands\n- Put on gloves\n- Take off the old dressing\n- Look for pus\n"
        "- Rinse with warm saline\n- Pat dry with gauze\n- Cover the wound again\n\n"
        "Note the date. "
        "Call the surgeon when the skin is hot or the patient has a fever above 38.5 °C."
    )
    question = "Which drug is given first?\n\nA. One\nB. Two\nC. Three\nD. Four"
    texts = pa.array([abstract, guideline, question], pa.large_string())
    documents = pa.table(
        dict(QUALITY.compute(texts))
        | {"kind": ["abstract", "guideline", "question"], "lang": ["en"] * 3}
        | {"shared_lines": [0.0] * 3}
    )
    names, index, _, _ = decide(documents, merge({}))
    assert [names[k] for k in index if k >= 0] == []


def test_bad_documents_are_dropped() -> None:
    """A fragment, sheer repetition and a menu are dropped, each by the rule made for it."""
    menu = "Home\nAbout us\nContact\n" + "\n".join(
        f"Articles under letter {chr(65 + k)}" for k in range(26)
    )
    texts = ["Abstract not available.", "Buy this now. " * 60, menu]
    kinds = ["abstract", "abstract", "web"]
    documents = pa.table(
        dict(QUALITY.compute(pa.array(texts, pa.large_string())))
        | {"kind": kinds, "lang": ["de"] * 3, "shared_lines": [0.0] * 3}
    )
    names, index, _, _ = decide(documents, merge({}))
    assert [names[k] for k in index] == ["words_min", "top_2gram_max", "menu_words_max"]
