"""Survivors: of several forms or copies the better one stays, and never a dropped one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpora import prose
from tests.curation.make_works import (
    TAIL,
    TEXT,
    decided,
    doc,
    outcome,
    said,
    stays_for,
)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"kind": "article"}, {"kind": "abstract", "version": 2, "license": "CC0-1.0"}),
        ({"version": 2, "license": "NOASSERTION"}, {"license": "CC0-1.0", "pmcid": "PMC1"}),
        ({"license": "CC-BY-4.0"}, {"license": "CC-BY-NC-4.0", "pmcid": "PMC1"}),
        ({"pmcid": "PMC1"}, {"doi": "10.1000/a", "columns": {"words": 10**6}}),
        ({"doi": "10.1000/a"}, {"columns": {"words": 10**6}}),
        ({"columns": {"words": 1000}}, {"pmid": "5"}),
        ({"pmid": "9"}, {"pmid": "10"}),
        ({"pmid": "9"}, {}),
    ],
    ids=["full text", "version", "licence", "pmcid", "doi", "words", "pmid", "any pmid"],
)
def test_survivors_key_by_key(better: dict[str, Any], worse: dict[str, Any]) -> None:
    """Of two equal texts the better one stays, although the worse has all later keys for it."""
    words = {"columns": {"words": 500}}
    works, verdicts = decided(
        doc("z", resource="z.jsonl", text=TEXT, **{**words, **better}),
        doc("a", text=TEXT, **{**words, **worse}),
        recipe="[status]\nenabled = false",
    )
    kept = [name for name, what in said(works, verdicts).items() if what == "kept"]
    assert [name.split("@")[0] for name in kept] == ["notes:z"]


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
