"""Survivors: of several forms or copies the better one stays, and never a dropped one."""

from __future__ import annotations

from typing import Any

import pytest

from curation.preferences import DEFAULT, PREFERENCES
from tests.corpora import prose
from tests.curation.make_works import (
    TAIL,
    TEXT,
    decided,
    doc,
    outcome,
    row_of,
    said,
    stays_for,
)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (
            {"kind": "article", "publication_types": ("Preprint",)},
            {"kind": "abstract", "version": 2, "license": "CC0-1.0"},
        ),
        (
            {"metadata": {"publication_status": "ppublish"}},
            {"metadata": {"publication_status": "aheadofprint"}, "version": 2},
        ),
        ({"version": 2, "license": "NOASSERTION"}, {"license": "CC0-1.0", "pmcid": "PMC1"}),
        (
            {"license": "CC-BY-4.0", "columns": {"lang": "de"}},
            {"license": "CC-BY-NC-4.0", "pmcid": "PMC1"},
        ),
        ({}, {"columns": {"lang": "de"}, "pmcid": "PMC1"}),
        ({"pmcid": "PMC1"}, {"doi": "10.1000/a", "columns": {"words": 10**6}}),
        ({"doi": "10.1000/a"}, {"columns": {"words": 10**6}}),
        ({"columns": {"words": 1000}}, {"pmid": "5"}),
        ({"pmid": "9"}, {"pmid": "10"}),
        ({"pmid": "9"}, {}),
        ({"native": "9"}, {"native": "10"}),
    ],
    ids=[
        "full text",
        "stage",
        "version",
        "licence",
        "language",
        "pmcid",
        "doi",
        "words",
        "pmid",
        "any pmid",
        "id",
    ],
)
def test_survivors_key_by_key(better: dict[str, Any], worse: dict[str, Any]) -> None:
    """Of two equal texts the better one stays, although the worse has all later keys for it."""
    words = {"columns": {"words": 500}}
    good, bad = {"native": "z", **words, **better}, {"native": "a", **words, **worse}
    works, verdicts = decided(
        doc(resource="z.jsonl", text=TEXT, **good),
        doc(text=TEXT, **bad),
        recipe='[status]\nenabled = false\n[language]\nkeep = ["en", "de"]',
    )
    kept = [name for name, what in said(works, verdicts).items() if what == "kept"]
    assert [name.split("@")[0] for name in kept] == [f"notes:{good['native']}"]


# Of two equal texts each has something for it: document a, document b.
RIVALS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "full_text": ({"kind": "abstract"}, {"kind": "article"}),
    "published": ({"publication_types": ("preprint",)}, {"metadata": {"manuscript": "EMS1"}}),
    "version": ({}, {"version": 2}),
    "newer": ({"date": "2020-12"}, {"date": "2021"}),
    "licence": ({"license": "CC-BY-NC-4.0"}, {"license": "CC-BY-4.0"}),
    "language": ({"columns": {"lang": "de"}}, {"columns": {"lang": "en"}}),
    "pmcid": ({}, {"pmcid": "PMC1"}),
    "doi": ({}, {"doi": "10.1000/a"}),
    "words": ({"columns": {"words": 9}}, {"columns": {"words": 10}}),
    "source": ({"source": "two"}, {"source": "one"}),
}


def test_every_criterion_is_tested_here() -> None:
    """A criterion that is added is added to this test, and the default knows no other."""
    assert set(RIVALS) == set(PREFERENCES) == {*DEFAULT, "newer"}


@pytest.mark.parametrize("name", PREFERENCES)
@pytest.mark.parametrize("listed", [True, False])
def test_the_recipe_says_what_decides_and_the_ledger_which_it_was(name: str, listed: bool) -> None:
    """A criterion on the list decides and is named; without it the smaller id does."""
    ours, theirs = RIVALS[name]
    works, verdicts = decided(
        doc("1", text=TEXT, **ours),
        doc("2", position=1, text=TEXT, **theirs),
        sources=["one", "two"] if name == "source" else None,
        recipe="[status]\nenabled = false\n[identity]\nenabled = false\n"
        f"prefer = {[name] if listed else []}\n[language]\nkeep = ['en', 'de']",
    )
    [(row, line)] = verdicts.detail.items()
    stays = works.column("id")[int(verdicts.representative[row])].as_py()
    assert stays.split(":")[1].split("@")[0] == ("2" if listed else "1")
    chosen = f"{name}: {PREFERENCES[name]}" if listed else "id: the smaller id"
    assert line == f"preferred by {chosen}"


def test_the_order_of_the_list_is_the_order_of_decision() -> None:
    """The first criterion that differs decides, in identity and near as well."""
    entries = (
        doc("1", pmid="1", kind="article", columns={"words": 10}),
        doc("2", source="pubmed", pmid="1", pmcid="PMC1", kind="abstract", columns={"words": 20}),
    )
    for prefer, stays in (
        (["pmcid", "full_text"], "pubmed:2"),
        (["full_text", "pmcid"], "notes:1"),
        (["licence", "words"], "pubmed:2"),
    ):
        works, verdicts = decided(*entries, recipe=f"[identity]\nprefer = {prefer}")
        found = said(works, verdicts)
        assert [name for name, what in found.items() if what == "kept"] == [stays]
        decisive = prefer[0] if prefer[0] != "licence" else "words"
        assert [*verdicts.detail.values()] == [f"preferred by {decisive}: {PREFERENCES[decisive]}"]
    works, verdicts = decided(
        doc("a", text=TEXT), doc("b", position=1, text=TEXT + TAIL, doi="10.1000/b")
    )
    assert verdicts.detail[row_of(works, "notes:a")] == "preferred by doi: has a DOI"


def test_the_order_of_sources_and_then_the_id_decide() -> None:
    """All else equal the recipe's first source stays; inside it the smaller id."""
    one, two = doc("b", source="one", text=TEXT), doc("a", source="two", text=TEXT)
    for sources, kept in ((["one", "two"], "one:b"), (["two", "one"], "two:a")):
        found = said(*decided(one, two, sources=sources))
        assert [name for name, what in found.items() if what == "kept"] == [kept]
    found = outcome(doc("b", text=TEXT), doc("a", position=1, text=TEXT))
    assert found == {"notes:a": "kept", "notes:b": "exact.same_text"}


def test_a_dropped_document_is_never_the_survivor() -> None:
    """The better form of a work, the better copy, are dropped by a rule: the worse stays."""
    bad = {"columns": {"lang": "de"}}
    assert outcome(
        doc("full", pmid="1", kind="article", text=4, **bad),
        doc("abstract", position=1, pmid="1", kind="abstract", text=5),
        doc("best", position=2, text=6, doi="10.1000/b", **bad),
        doc("copy", position=3, text=6),
        doc("near", position=4, text=prose(7), doi="10.1000/n", **bad),
        doc("near-copy", position=5, text=prose(7) + TAIL),
    ) == {
        "notes:full": "language.lang_keep",
        "notes:abstract": "kept",
        "notes:best": "language.lang_keep",
        "notes:copy": "kept",
        "notes:near": "language.lang_keep",
        "notes:near-copy": "kept",
    }


def test_identity_keeps_one_form_and_leaves_parts() -> None:
    """The full text stays for its abstract; a translated abstract is no other form of it."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1"),
        doc("1", source="pubmed", position=1, kind="abstract", pmid="1", part="x", text=9),
        doc("P", source="pmc", kind="article", pmid="1"),
    )
    assert said(works, verdicts) == {
        "pubmed:1": "identity.same_work",
        "pubmed:1#x": "kept",
        "pmc:P": "kept",
    }
    assert stays_for(works, verdicts, "pubmed:1") == "pmc:P"
