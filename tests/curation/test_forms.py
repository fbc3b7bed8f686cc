"""Forms under ids of their own: preprints and translations, by links and only by sound ones."""

from __future__ import annotations

from typing import Any

import pytest

from curation.link import Links
from curation.link import link as link_current
from curation.revisions import revise
from tests.curation.make_works import Entry, decided, doc, outcome, row_of, said, works_of

PREPRINT: dict[str, Any] = {"publication_types": ("Preprint",), "pmid": "7", "doi": "10.1101/7"}


def linked(*entries: Entry) -> tuple[dict[str, str], Links]:
    """Return id to the name of its work, and the links."""
    works = works_of(*entries)
    links = link_current(works, revise(works, enabled=True).current)
    return dict(zip(works.column("id").to_pylist(), links.work.to_pylist(), strict=True)), links


@pytest.mark.parametrize(
    ("article", "preprint"),
    [
        ([("update_of", "pmid:7")], []),
        ([], [("updated_by", "pmid:3")]),
        ([("has_preprint", "doi:10.1101/7")], []),
        ([], [("preprint_of", "doi:10.1000/3")]),
        ([("update_of", "pmid:7")], [("updated_by", "pmid:3")]),
    ],
    ids=["update of", "updated by", "has preprint", "preprint of", "both"],
)
def test_a_preprint_and_its_article_are_one_work(article: list[Any], preprint: list[Any]) -> None:
    """Linked from either side; the work is named by the article and the article stays."""
    entries = (
        doc("3", pmid="3", doi="10.1000/3", relations=article),
        doc("7", position=1, relations=preprint, **PREPRINT),
    )
    assert linked(*entries)[0] == dict.fromkeys(("notes:3", "notes:7"), "pmid:3")
    works, verdicts = decided(*entries)
    assert said(works, verdicts) == {"notes:3": "kept", "notes:7": "identity.same_work"}
    assert verdicts.detail[row_of(works, "notes:7")].startswith("preferred by published: ")


@pytest.mark.parametrize("kind", ["Review", "Letter", "Journal Article"])
def test_an_update_of_what_is_no_preprint_joins_nothing(kind: str) -> None:
    """PubMed's UpdateOf also leads to the review before this one, or to a letter."""
    found, _ = linked(
        doc("3", pmid="3", relations=[("update_of", "pmid:2")]),
        doc("2", position=1, pmid="2", publication_types=(kind,)),
    )
    assert found == {"notes:3": "pmid:3", "notes:2": "pmid:2"}


def test_a_server_makes_a_preprint_without_a_type() -> None:
    """JATS of bioRxiv calls itself an article; the journal tells."""
    found, _ = linked(
        doc("3", pmid="3", relations=[("update_of", "doi:10.1101/8")]),
        doc("8", position=1, doi="10.1101/8", journal="bioRxiv", publication_types=("article",)),
    )
    assert set(found.values()) == {"pmid:3"}


def test_a_preprint_that_claims_two_articles_joins_neither() -> None:
    """Two works must not become one over it: all stay, and it is named."""
    entries = (
        doc("3", pmid="3", relations=[("update_of", "pmid:7")]),
        doc("4", position=1, pmid="4", relations=[("update_of", "pmid:7")]),
        doc("7", position=2, **PREPRINT),
        doc("5", position=3, pmid="5", relations=[("update_of", "pmid:8")]),
        doc("8", position=4, **PREPRINT | {"pmid": "8", "doi": "10.1101/8"}),
    )
    found, links = linked(*entries)
    assert [found[f"notes:{n}"] for n in (3, 4, 7)] == ["pmid:3", "pmid:4", "pmid:7"]
    assert found["notes:8"] == "pmid:5"
    assert links.conflicts == ("pmid:7",)
    assert outcome(*entries)["notes:7"] == "kept"


def test_versions_of_a_preprint_go_with_it() -> None:
    """A server gives each version a DOI: the older one is linked to the newer, that to the article."""
    found, _ = linked(
        doc("3", pmid="3", relations=[("has_preprint", "doi:10.1101/v2")]),
        doc("v2", position=1, doi="10.1101/v2", publication_types=("preprint",),
            relations=[("update_of", "doi:10.1101/v1")]),
        doc("v1", position=2, doi="10.1101/v1", publication_types=("preprint",)),
    )  # fmt: skip
    assert set(found.values()) == {"pmid:3"}


def test_a_retraction_reaches_the_preprint_and_back() -> None:
    """Taken back in one form, a work is taken back in all, with the date of the notice."""
    for bearer in ("3", "7"):
        notice = [("retracted_by", "pmid:9", "2022-03")]
        works, verdicts = decided(
            doc("3", pmid="3", relations=[("update_of", "pmid:7"), *notice * (bearer == "3")]),
            doc("7", position=1, relations=notice * (bearer == "7"), **PREPRINT),
            doc("P", source="pmc", pmid="7", pmcid="PMC7", kind="article"),
        )
        assert set(said(works, verdicts).values()) == {"status.retracted_work"}
        lines = {verdicts.detail[row] for row in range(3)}
        assert lines == {"retracted by pmid:9 (2022-03)"}


def test_a_preprint_lends_its_licence_to_no_article() -> None:
    """The abstract of the journal is not the preprint's, whatever licence that has."""
    entries = (
        doc("3", pmid="3", kind="abstract", license="LicenseRef-NLM-PubMed",
            relations=[("update_of", "pmid:7")]),
        doc("7", position=1, kind="article", license="CC-BY-4.0", **PREPRINT),
    )  # fmt: skip
    found = outcome(*entries, recipe='purpose = "commercial"')
    assert found == {"notes:3": "licence.purpose", "notes:7": "kept"}


def test_linked_translations_are_one_work() -> None:
    """Each has ids of its own; the language that the recipe names first stays."""
    entries = (
        doc("es", pmid="3", doi="10.1000/es", columns={"lang": "es"}),
        doc("en", position=1, pmid="4", doi="10.1000/en", columns={"lang": "en"},
            relations=[("translation_of", "doi:10.1000/es")]),
    )  # fmt: skip
    assert set(linked(*entries)[0].values()) == {"pmid:3"}
    for keep, stays in (('["en", "es"]', "notes:en"), ('["es", "en"]', "notes:es")):
        works, verdicts = decided(*entries, recipe=f"[language]\nkeep = {keep}")
        fates = said(works, verdicts)
        assert fates.pop(stays) == "kept"
        assert fates == {next(iter(fates)): "identity.same_work"}
        [line] = verdicts.detail.values()
        assert line.startswith("preferred by language: ")


def test_an_abstract_goes_as_the_abstract_of_its_full_text() -> None:
    """By ids, not by likeness: the text may share nothing with the body."""
    works, verdicts = decided(
        doc("5", source="pubmed", pmid="5", doi="10.1000/5", kind="abstract"),
        doc("P", source="pmc", doi="10.1000/5", kind="article", text=77),
    )
    assert said(works, verdicts) == {"pubmed:5": "identity.same_work", "pmc:P": "kept"}
    row = row_of(works, "pubmed:5")
    assert verdicts.detail[row] == "preferred by full_text: the full text of its work"
    assert verdicts.similarity[row] != verdicts.similarity[row]


@pytest.mark.parametrize(
    "relation",
    ["retraction_of", "correction_of", "concern_about", "comment_on", "reinstatement_of"],
)
def test_a_notice_that_bears_the_id_of_its_paper_is_not_the_paper(relation: str) -> None:
    """Publishers print notices under the DOI of the article; the notice stays what it is."""
    works, verdicts = decided(
        doc("paper", pmid="1", doi="10.1000/1"),
        doc("notice", position=1, doi="10.1000/1", relations=[(relation, "doi:10.1000/1", "2021")]),
    )
    found = said(works, verdicts)
    assert found["notes:notice"] == "kept"
    assert found["notes:paper"] == (
        "status.retracted_work" if relation == "retraction_of" else "kept"
    )
