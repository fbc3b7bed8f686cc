"""Link: documents become works by PMID, PMCID and DOI; contradictions join nothing."""

from __future__ import annotations

from curation.link import Links
from curation.link import link as link_current
from curation.revisions import revise
from curation.table import Works
from tests.curation.make_works import Entry, broken, doc, gone, row_of, works_of


def link(works: Works) -> Links:
    """Link as a build does: current rows have a say."""
    return link_current(works, revise(works, enabled=True).current)


def names(*entries: Entry) -> dict[str, str]:
    """Return id to the name of its work."""
    works = works_of(*entries)
    return dict(zip(works.column("id").to_pylist(), link(works).work.to_pylist(), strict=True))


def test_a_work_is_joined_over_chains_of_ids() -> None:
    """A DOI leads to a PMCID, that to a PMID: three documents without a common id are one work."""
    found = names(
        doc("a", doi="10.1000/x"),
        doc("b", position=1, doi="10.1000/x", pmcid="PMC5"),
        doc("c", position=2, pmcid="PMC5", pmid="77"),
        doc("d", position=3, pmid="77"),
        doc("e", position=4, pmid="78"),
    )
    assert found == dict.fromkeys(["notes:a", "notes:b", "notes:c", "notes:d"], "pmid:77") | {
        "notes:e": "pmid:78"
    }


def test_forms_in_other_sources_are_the_same_work() -> None:
    """Ids join across sources, whatever their order in the recipe."""
    abstract = doc("31", source="pubmed", pmid="31", doi="10.1000/y")
    article = doc("PMC9", source="pmc", pmcid="PMC9", doi="10.1000/y")
    for entries in ((abstract, article), (article, abstract)):
        assert names(*entries) == {"pubmed:31": "pmid:31", "pmc:PMC9": "pmid:31"}


def test_a_work_is_named_by_its_smallest_pmid_as_a_number() -> None:
    """PMID before PMCID before DOI before the own id; 9 is smaller than 10."""
    assert names(doc("a", pmcid="PMC3", doi="10.1000/a")) == {"notes:a": "pmcid:PMC3"}
    assert names(doc("a", doi="10.1000/a")) == {"notes:a": "doi:10.1000/a"}
    assert names(doc("a")) == {"notes:a": "notes:a"}
    twice = names(doc("a", pmid="10", version=1), doc("a", position=1, pmid="9", version=2))
    assert set(twice.values()) == {"pmid:9"}


def test_one_doi_on_two_pmids_joins_nothing_and_is_named() -> None:
    """A DOI shared by two letters joins neither them nor a third document."""
    works = works_of(
        doc("a", pmid="1", doi="10.1000/shared"),
        doc("b", position=1, pmid="2", doi="10.1000/shared"),
        doc("c", position=2, doi="10.1000/shared"),
    )
    links = link(works)
    assert links.conflicts == ("doi:10.1000/shared",)
    assert len(set(links.group.tolist())) == 3
    assert links.work.to_pylist() == ["pmid:1", "pmid:2", "doi:10.1000/shared"]


def test_two_works_are_not_joined_over_a_third() -> None:
    """No id contradicts itself, yet the chain would make one work of two PMIDs: it is cut."""
    works = works_of(
        doc("a", pmid="1", doi="10.1000/x"),
        doc("b", position=1, doi="10.1000/x", pmcid="PMC5"),
        doc("c", position=2, pmcid="PMC5", pmid="2"),
    )
    links = link(works)
    groups = dict(zip("abc", links.group.tolist(), strict=True))
    assert groups["a"] != groups["c"]
    # PMCID prevails over DOI: publishers mistype DOIs, PMC assigns its own ids.
    assert groups["b"] == groups["c"]
    assert links.conflicts == ("doi:10.1000/x",)


def test_a_cut_chain_leaves_other_works_alone() -> None:
    """Another work's DOI goes on joining where one chain is cut."""
    found = names(
        doc("a", pmid="1", doi="10.1000/x"),
        doc("b", position=1, doi="10.1000/x", pmcid="PMC5"),
        doc("c", position=2, pmcid="PMC5", pmid="2"),
        doc("d", position=3, pmid="8", doi="10.1000/z"),
        doc("e", position=4, doi="10.1000/z"),
    )
    assert found["notes:d"] == found["notes:e"] == "pmid:8"


def test_a_pmcid_on_two_pmids_joins_nothing() -> None:
    """The same for PMCIDs."""
    works = works_of(doc("a", pmid="1", pmcid="PMC5"), doc("b", position=1, pmid="2", pmcid="PMC5"))
    links = link(works)
    assert links.conflicts == ("pmcid:PMC5",)
    assert links.group[0] != links.group[1]


def test_parts_are_works_of_their_own_that_share_the_group() -> None:
    """A translated abstract has a name of its own, beside its record."""
    works = works_of(
        doc("1", pmid="1"),
        doc("1", position=1, pmid="1", part="other-abstract-1"),
    )
    links = link(works)
    assert links.work.to_pylist() == ["pmid:1", "pmid:1#other-abstract-1"]
    assert links.group[0] == links.group[1]


def test_ids_are_compared_whole() -> None:
    """A figure or supplement has a DOI that goes on where that of its article ends."""
    dois = ["10.1371/j.1", "10.1371/j.1.g001", "10.1371/j.1.s002", "10.1371/j.10", "10.1371/j"]
    works = works_of(*(doc(str(n), position=n, doi=value) for n, value in enumerate(dois)))
    assert len(set(link(works).group.tolist())) == len(dois)


def test_an_older_revision_does_not_join() -> None:
    """A DOI that a record bore by mistake joins nothing once the record is corrected."""
    works = works_of(
        doc("1", pmid="1", doi="10.1000/wrong", revision="2021"),
        doc("1", position=1, pmid="1", doi="10.1000/right", revision="2022"),
        doc("2", position=2, pmid="2", doi="10.1000/wrong"),
        doc("PMC4", position=3, pmcid="PMC4", doi="10.1000/wrong"),
    )
    links = link(works)
    assert links.conflicts == ()
    assert links.work.to_pylist() == ["pmid:1", "pmid:1", "pmid:2", "pmid:2"]


def test_failures_and_tombstones_join_nothing() -> None:
    """A failed row has no work; a notice of deletion has that of its record's name."""
    works = works_of(doc("1"), gone("1", "2"), broken(position=5), broken(position=6))
    links = link(works)
    assert links.work.to_pylist().count(None) == 2
    assert links.work[row_of(works, "notes:1")].as_py() == "notes:1"
    assert len(set(links.group.tolist())) == 3


def test_empty_ids_join_nothing() -> None:
    """Documents without any id of literature stay alone."""
    works = works_of(*(doc(str(n), position=n) for n in range(5)))
    assert len(set(link(works).group.tolist())) == 5
