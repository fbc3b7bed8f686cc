"""Figures of a version."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from curation.cli.stats import command
from curation.corpus import Corpus
from curation.errors import UsageError
from curation.reasons import scored, sentence
from tests.curation.make_version import dropped, kept, make_version, standard_rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The standard version."""
    folder = tmp_path_factory.mktemp("stats")
    make_version(folder)
    return Corpus(folder)


def test_counts_balance_and_are_those_of_the_rows(corpus):
    """Inputs are kept plus dropped plus failed, in each source and together."""
    found = corpus.stats()
    assert {k: found["counts"][k] for k in ("inputs", "kept", "dropped", "failed")} == {
        "inputs": 14, "kept": 7, "dropped": 5, "failed": 2,
    }  # fmt: skip
    by_source = {row["source"]: row for row in found["sources"]}
    assert (by_source["pubmed"]["inputs"], by_source["pubmed"]["kept"]) == (10, 5)
    assert (by_source["guide"]["inputs"], by_source["guide"]["failed"]) == (4, 1)
    assert found["counts"]["words"] == sum(row["words"] for row in found["sources"])
    assert found["counts"]["tokens"] is None


def test_reasons_are_counted_and_put_in_words(corpus):
    """Every row that was not kept is in exactly one reason, with a sentence."""
    reasons = corpus.stats()["reasons"]
    assert sum(row["documents"] for row in reasons) == 7
    assert {(row["step"], row["rule"]) for row in reasons} == {
        ("status", "superseded"), ("quality", "words_min"), ("near", "similar"),
        ("exact", "same_text"), ("licence", "purpose"), ("parse", "truncated"), ("parse", "empty"),
    }  # fmt: skip
    assert all(row["reason"] for row in reasons)
    assert all(row["share"] == pytest.approx(1 / 14) for row in reasons)


def test_percentiles_are_values_that_occur(tmp_path):
    """Of 100 documents of 1 to 100 words, the p-th percentile is the p-th document."""
    rows = [kept(str(n), words=n, chars=1000 + n, text=f"Text {n}") for n in range(1, 101)]
    make_version(tmp_path, rows, shards=1)
    found = Corpus(tmp_path).stats()["percentiles"]
    assert found["words"] == {
        "documents": 100, "min": 1, "p1": 1, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95,
        "p99": 99, "max": 100,
    }  # fmt: skip
    assert "mean_word_length" in found
    assert "position" not in found
    assert "threshold" not in found


def test_percentiles_are_of_kept_documents_only(corpus):
    """The dropped text of four words is not the smallest."""
    assert corpus.stats()["percentiles"]["words"]["min"] > 4


def test_masks_are_summed_by_entity_and_put_in_relation(corpus):
    """Three addresses in two documents; per million words of what was kept."""
    found = corpus.stats()
    email = next(row for row in found["pii"] if row["entity"] == "EMAIL")
    assert (email["masks"], email["documents"]) == (3, 2)
    assert email["per_million_words"] == pytest.approx(3e6 / found["counts"]["words"])


def test_masks_are_summed_by_source_and_by_rule(tmp_path):
    """Each source in relation to its own words; rules from the places of masks."""
    place = {
        "field": "text",
        "item": None,
        "line": 1,
        "place": 0,
        "entity": "EMAIL",
        "rule": "email",
    }
    rows = [
        kept("1", pii=[("EMAIL", 2)], masks=[place, place | {"rule": "email_spaced"}]),
        kept("a1", "guide", pii=[("EMAIL", 1)], masks=[place]),
        kept("a2", "guide", pii=[]),
    ]
    make_version(tmp_path, rows)
    found = Corpus(tmp_path).stats()
    words = {row["source"]: row["words"] for row in found["sources"]}
    by_source = {row["source"]: row for row in found["pii_sources"]}
    assert {name: row["masks"] for name, row in by_source.items()} == {"guide": 1, "pubmed": 2}
    for name, row in by_source.items():
        assert row["per_million_words"] == pytest.approx(row["masks"] * 1e6 / words[name])
    assert [(r["entity"], r["rule"], r["masks"], r["documents"]) for r in found["pii_rules"]] == [
        ("EMAIL", "email", 2, 2),
        ("EMAIL", "email_spaced", 1, 1),
    ]
    by_rule = {r["value"]["masks"]: r["kept"] for r in Corpus(tmp_path).stats(by="masks")["groups"]}
    assert by_rule == {"EMAIL.email": 2, "EMAIL.email_spaced": 1, None: 1}


def test_groups_are_ordered_and_empty_values_are_one(corpus):
    """Languages by frequency; an empty text and a null are the same value: none."""
    groups = corpus.stats()["groups"]
    assert [row["value"] for row in groups["lang"]["top"]] == ["en", "de"]
    assert groups["year"]["values"] == 4
    assert [row["documents"] for row in groups["journal"]["top"]] == [4, 2, 1]


def test_by_counts_every_outcome(corpus):
    """Grouping by a ledger column counts kept, dropped and failed rows of each value."""
    found = corpus.stats(by=["source"])
    rows = {row["value"]["source"]: row for row in found["groups"]}
    assert (rows["pubmed"]["kept"], rows["pubmed"]["dropped"], rows["pubmed"]["failed"]) == (
        5,
        4,
        1,
    )
    assert found["total"]["inputs"] == 14
    texts = [row["text"] for row in standard_rows() if row["outcome"] == "kept"]
    assert found["total"]["bytes"] == sum(len(text.encode()) for text in texts)


@pytest.mark.parametrize(
    "columns",
    [["source", "kind"], ["year"], ["step", "rule"], ["lang"], ["license"], ["outcome"],
     ["journal"], ["shard"], ["journal", "step"], ["words"]],
)  # fmt: skip
def test_groups_add_up_to_the_total(corpus, columns):
    """Over columns of single values, every figure of the groups adds up to that of the total."""
    found = corpus.stats(by=columns)
    for figure in ("inputs", "kept", "dropped", "failed", "words", "chars", "bytes"):
        assert sum(row[figure] for row in found["groups"]) == found["total"][figure]
    sizes = [row["words"] for row in found["groups"]]
    assert sizes == sorted(sizes, reverse=True)


def test_year_holds_for_dropped_documents_too(corpus):
    """The year comes from the ledger's date, so dropped rows have one."""
    rows = {row["value"]["year"]: row for row in corpus.stats(by="year")["groups"]}
    assert rows[2020]["dropped"] == 5
    assert set(rows) == {2019, 2020, 2021, None}


def test_lists_count_a_document_once_for_each_value(corpus):
    """MeSH terms, and the entities of personal data; two lists cross."""
    mesh = {r["value"]["mesh"]: r["kept"] for r in corpus.stats(by="mesh")["groups"]}
    assert mesh == {"Humans": 5, "Fiction": 5, None: 2}
    pii = {r["value"]["pii"]: r["kept"] for r in corpus.stats(by="pii")["groups"]}
    assert pii == {"EMAIL": 2, "PHONE": 1, None: 5}
    crossed = corpus.stats(by=["mesh", "pii"])
    pairs = {(r["value"]["mesh"], r["value"]["pii"]): r["kept"] for r in crossed["groups"]}
    assert pairs[("Humans", "EMAIL")] == 2
    assert pairs[("Fiction", "EMAIL")] == 2
    assert crossed["notes"]


@pytest.mark.parametrize(("column", "near"), [("langg", "lang"), ("Source", "source")])
def test_an_unknown_column_names_the_nearest(corpus, column, near):
    """A mistyped column is an error of usage with suggestions."""
    with pytest.raises(UsageError, match=f"did you mean .*{near}"):
        corpus.stats(by=[column])


def test_texts_are_no_group(corpus):
    """Counting by the text itself is refused, because no text may become a label."""
    with pytest.raises(UsageError, match="different in every document"):
        corpus.stats(by=["text"])


def test_a_version_without_anything_kept_has_figures(tmp_path):
    """Nothing kept: no division by zero, no percentile, and the counts still stand."""
    rows = [row for row in standard_rows() if row["outcome"] != "kept"]
    make_version(tmp_path, rows)
    found = Corpus(tmp_path).stats()
    assert found["counts"]["kept"] == 0
    assert found["counts"]["words"] == 0
    assert found["percentiles"] == {}
    assert Corpus(tmp_path).stats(by=["kind"])["total"]["kept"] == 0


def test_sentences_carry_value_and_threshold():
    """A rule's sentence says what was measured, in which direction, and the limit."""
    row = {"outcome": "dropped", "step": "quality", "rule": "digits_max"}
    row |= {"value": 0.5, "threshold": 0.25}
    assert sentence(row, {"digits_max": "Too many digits."}) == (
        "dropped by quality: digits is 0.5, more than digits_max = 0.25 (too many digits)"
    )
    row |= {"rule": "words_min", "value": 1200.0, "threshold": 2000.0}
    assert sentence(row, {}) == "dropped by quality: 1,200 words, fewer than words_min = 2,000"


def test_warnings_of_the_build_are_shown(tmp_path):
    """What the manifest warns of stands in the figures and at the end of the overview."""
    make_version(tmp_path, [kept("1")])
    assert Corpus(tmp_path).stats()["alarms"] == []
    path = next(tmp_path.rglob("manifest.json"))
    content = json.loads(path.read_text())
    alarm = {"alarm": "fires_much", "source": "pubmed", "rule": "x", "line": "pubmed: x drops much"}
    path.chmod(0o644)
    path.write_text(json.dumps({**content, "alarms": [alarm]}))
    assert Corpus(tmp_path).stats()["alarms"] == [alarm]
    shown = CliRunner().invoke(command, [str(tmp_path)]).output
    assert "Warnings of the build\n- pubmed: x drops much\n" in shown


def test_rules_that_only_score_are_counted(tmp_path):
    """By rule, of kept documents: what a build that filters would drop; else there is no list."""
    rows = [
        kept("1", detail=scored("words_min", 4, 20)),
        kept("2", detail=scored("words_min", 8, 20) + "; later retracted by pmid:9"),
        kept("3", detail="its copy x: y; " + scored("digits_max", 0.5, 0.3)),
        kept("4", detail="0.93 similar to pubmed:1; the guard keeps it: another number"),
        dropped("5", "near", "similar", detail=scored("words_min", 4, 20)),
    ]
    make_version(tmp_path / "a", rows, recipe={"quality": {"enabled": True, "mode": "score"}})
    found = Corpus(tmp_path / "a").stats()["scored"]
    assert [(row["rule"], row["documents"], row["share"]) for row in found] == [
        ("words_min", 2, 0.5),
        ("digits_max", 1, 0.25),
    ]
    assert found[0]["reason"].startswith("the text has too few words")
    shown = CliRunner().invoke(command, [str(tmp_path / "a")]).output
    assert "words_min           2  50.0 %  the text has too few words" in shown
    make_version(tmp_path / "b", rows)
    assert Corpus(tmp_path / "b").stats()["scored"] == []
