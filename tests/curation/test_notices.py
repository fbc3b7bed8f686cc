"""Notices: what is said of one form of a work holds for all, by whom and when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.columns import DOCUMENT
from curation.link import link
from curation.notices import Notices, find_notices
from curation.revisions import revise
from curation.table import Works
from tests.curation.make_works import Entry, doc, row_of, works_of


def noticed(works: Works, as_of: str = "") -> Notices:
    """Find notices as a build does: current rows have a say."""
    current = revise(works, enabled=True).current
    return find_notices(works, link(works, current), current, np.zeros_like(current), as_of)


def retracted(works: Works) -> set[str]:
    """Return the ids that are taken back."""
    found = noticed(works)
    marks = (found.of("retracted") >= 0) | (found.of("withdrawn") >= 0)
    return set(np.array(works.column("id").to_pylist())[marks].tolist())


def words(*entries: Entry, said: str = "retracted", as_of: str = "") -> dict[str, str]:
    """Return id to what is said of it; lines about what came later begin with a plus."""
    works = works_of(*entries)
    assert (works.numbers("row_type") == DOCUMENT).all()
    found = noticed(works, as_of)
    result = {}
    for mark, state in (("", found.of(said)), ("+", found.of(said, later=True))):
        for row in np.flatnonzero(state >= 0).tolist():
            result[works.column("id")[row].as_py()] = mark + found.found[state[row]].words
    return result


def test_parts_share_what_is_said_of_their_record() -> None:
    """A translated abstract is retracted with its record."""
    works = works_of(
        doc("1", pmid="1", status="retracted"),
        doc("1", position=1, pmid="1", part="other-abstract-1"),
    )
    assert retracted(works) == {"notes:1", "notes:1#other-abstract-1"}


def test_status_spreads_over_all_forms_of_a_work() -> None:
    """A retraction that PubMed knows takes the full text back as well; others stay."""
    works = works_of(
        doc("1", source="pubmed", pmid="1", status="retracted"),
        doc("PMC4", source="pmc", pmid="1", pmcid="PMC4"),
        doc("2", source="pubmed", position=1, pmid="2"),
        doc("3", source="pubmed", position=2, pmid="3", status="withdrawn"),
    )
    assert retracted(works) == {"pubmed:1", "pmc:PMC4", "pubmed:3"}


def test_a_relation_to_a_notice_takes_back() -> None:
    """`retracted_by` on the paper is enough, without a status of its own."""
    works = works_of(
        doc("1", pmid="1", relations=[("retracted_by", "pmid:9")]),
        doc("2", position=1, pmid="2", relations=[("corrected_by", "pmid:9")]),
        doc("9", position=2, pmid="9"),
    )
    assert retracted(works) == {"notes:1"}


def test_a_notice_takes_its_target_back_and_stays_itself() -> None:
    """`retraction_of` marks the paper by any kind of id, in another source too."""
    works = works_of(
        doc("n1", pmid="91", relations=[("retraction_of", "pmid:1")]),
        doc("n2", position=1, relations=[("withdrawal_of", "doi:10.1000/w")]),
        doc("n3", position=2, relations=[("comment_on", "pmid:3")]),
        doc("1", source="pubmed", pmid="1"),
        doc("w", source="pmc", doi="10.1000/w"),
        doc("3", source="pubmed", position=1, pmid="3"),
    )
    assert retracted(works) == {"pubmed:1", "pmc:w"}


def test_an_older_revision_does_not_take_back() -> None:
    """A record that was marked retracted by mistake and put right is what it says now."""
    works = works_of(
        doc("1", pmid="1", status="retracted", revision="2021"),
        doc("1", position=1, pmid="1", revision="2022"),
        doc("PMC4", position=2, pmid="1", pmcid="PMC4"),
    )
    assert retracted(works) == set()


def test_the_words_name_notice_and_date() -> None:
    """The notice's id where it is in the corpus, else the target of the link; the earliest date."""
    assert words(
        doc("1", pmid="1", relations=[("retracted_by", "pmid:91", "2021-05")]),
        doc("2", position=1, pmid="2", relations=[("retracted_by", "pmid:92", "")]),
        doc("3", position=2, pmid="3", status="retracted", status_date="2020"),
        doc("4", position=3, pmid="4", relations=[("retracted_by", "pmid:92", "2019-01-02")]),
        doc("5", position=4, pmid="5", status="retracted"),
        doc("92", position=5, pmid="92", date="2022-03-04"),
    ) == {
        "notes:1": "retracted by pmid:91 (2021-05)",
        "notes:2": "retracted by notes:92 (2022-03-04)",
        "notes:3": "retracted, as its own record says (2020)",
        "notes:4": "retracted by notes:92 (2019-01-02)",
        "notes:5": "retracted, as its own record says (no date known)",
    }


def test_a_notice_gives_its_own_date_to_its_target() -> None:
    """What a notice says of a paper is as old as the notice, and both sides are one saying."""
    assert words(
        doc("n", pmid="91", date="2021-06-01", relations=[("retraction_of", "pmid:1")]),
        doc(
            "1", position=1, pmid="1", date="2019", relations=[("retracted_by", "pmid:91", "2021")]
        ),
        doc("P", source="pmc", pmid="1", pmcid="PMC1"),
    ) == dict.fromkeys(("notes:1", "pmc:P"), "retracted by notes:n (2021)")


@pytest.mark.parametrize(
    ("date", "later"),
    [("2023-08-01", False), ("2023-08-02", True), ("2023", False), ("2024", True), ("", False)],
)
def test_what_came_after_the_cut_off_is_kept_apart(date: str, later: bool) -> None:
    """A notice counts as known unless its date says that it was not yet there."""
    relations = [("retracted_by", "pmid:9", date)]
    found = words(doc("1", pmid="1", relations=relations), as_of="2023-08-01")
    assert found["notes:1"].startswith("+") is later


def test_a_known_date_of_one_notice_settles_a_status_without_one() -> None:
    """PubMed marks the record and links the notice: the notice has the date."""
    found = words(
        doc("1", pmid="1", status="retracted", relations=[("retracted_by", "pmid:9", "2024-01")]),
        as_of="2023-08-01",
    )
    assert found == {"notes:1": "+retracted by pmid:9 (2024-01)"}


@pytest.mark.parametrize(
    ("said", "forward", "backward"),
    [
        ("concern", "concern_by", "concern_about"),
        ("partly_retracted", "partially_retracted_by", "partial_retraction_of"),
        ("superseded", "superseded_by", "supersedes"),
        ("withdrawn", "withdrawn_by", "withdrawal_of"),
    ],
)
def test_each_thing_is_said_from_both_sides(said: str, forward: str, backward: str) -> None:
    """A link to the notice, or the notice's link back; a retraction is none of these."""
    entries = (
        doc("1", pmid="1", relations=[(forward, "doi:10.1000/n", "2020")]),
        doc("2", position=1, doi="10.1000/two"),
        doc("n", position=2, date="2021", relations=[(backward, "doi:10.1000/two")]),
    )
    found = words(*entries, said=said)
    assert {name: line.partition(" by ")[2] for name, line in found.items()} == {
        "notes:1": "doi:10.1000/n (2020)",
        "notes:2": "notes:n (2021)",
    }
    if said != "withdrawn":
        assert retracted(works_of(*entries)) == set()


def test_a_newer_edition_is_found_by_its_address_and_stays() -> None:
    """Addresses join nothing, but name the newer edition, also one under the same DOI.

    Which edition a further form under that DOI is, nothing tells: it stays.
    """
    new = "https://example.org/new"
    works = works_of(
        doc("old", doi="10.1000/g", relations=[("superseded_by", f"url:{new}")]),
        doc("new", position=1, doi="10.1000/g", url=f"{new}#top"),
        doc("form", source="pdf", doi="10.1000/g"),
    )
    found = noticed(works).of("superseded")
    names = works.column("id").to_pylist()
    assert [names[row] for row in np.flatnonzero(found >= 0)] == ["notes:old"]
    assert noticed(works).found[found[row_of(works, "notes:old")]].row == row_of(works, "notes:new")


def test_forms_of_an_old_edition_under_ids_of_its_own_go_with_it() -> None:
    """Where the newer edition is another work, every form and part of the old work is the old one."""
    found = words(
        doc("old", doi="10.1000/g1", relations=[("superseded_by", "doi:10.1000/g2", "2020")]),
        doc("old", position=1, part="summary"),
        doc("form", source="pdf", doi="10.1000/g1"),
        doc("new", position=2, doi="10.1000/g2"),
        said="superseded",
    )
    assert found == dict.fromkeys(
        ("notes:old", "notes:old#summary", "pdf:form"), "superseded by notes:new (2020)"
    )


def test_a_record_that_is_superseded_by_its_own_account_takes_no_other_with_it() -> None:
    """Editions under one DOI: only the record that says so of itself, with its parts."""
    found = words(
        doc("h", doi="10.1234/same", status="superseded", date="2010"),
        doc("h", position=1, part="summary"),
        doc("i", position=2, doi="10.1234/same", date="2020"),
        doc("j", position=3, doi="10.1234/own", relations=[("superseded_by", "doi:10.1234/own")]),
        said="superseded",
    )
    assert found == dict.fromkeys(
        ("notes:h", "notes:h#summary"), "superseded, as its own record says (no date known)"
    )


claims = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), max_size=14, unique=True
)


@settings(max_examples=30, deadline=None)
@given(claims, st.sets(st.integers(0, 6), max_size=3))
def test_something_stays_of_every_chain_of_editions(
    pairs: list[tuple[int, int, bool]], outside: set[int]
) -> None:
    """Whatever is claimed: who goes leads to one that stays, or out; who stays is at an end."""
    newer = {(old, new) for old, new, _ in pairs if old != new}
    said: dict[int, list[tuple[str, str]]] = {n: [] for n in range(7)}
    for old, new, forward in pairs:
        who, kind, whom = (old, "superseded_by", new) if forward else (new, "supersedes", old)
        said[who].append((kind, f"doi:10.1/{whom}"))
    for old in outside:
        said[old].append(("superseded_by", "doi:10.1/elsewhere"))
    gone = words(
        *(doc(str(n), position=n, doi=f"10.1/{n}", relations=r) for n, r in said.items()),
        said="superseded",
    )
    reach = {n: {n} for n in range(7)}
    for _ in range(7):
        for old, new in newer:
            reach[old] |= reach[new]
    stays = {n for n in range(7) if f"notes:{n}" not in gone}
    for n in range(7):
        if n in stays:
            # Everything that it leads to leads back to it: it is the one that stays of its circle.
            assert all(n in reach[other] for other in reach[n])
            assert reach[n] & (stays | outside) == {n}
        else:
            assert reach[n] & (stays | outside)


@pytest.mark.parametrize(
    ("date", "as_of", "out"),
    [
        ("2021-05", "", False),
        ("", "", False),
        ("2020-01", "", True),
        ("2021", "", False),
        ("2021-02-20", "", False),
        ("2021-05", "2021-04", True),
        ("2021-05", "2022", False),
    ],
    ids=["later", "no date", "before it", "less precise", "more precise", "not known yet", "known"],
)
def test_a_reinstatement_ends_what_was_said_before(date: str, as_of: str, out: bool) -> None:
    """Of the whole work, whoever took it back; a retraction after it stands."""
    found = words(
        doc("1", pmid="1", status="retracted", status_date="2021-02"),
        doc("9", position=1, relations=[("retraction_of", "pmid:1", "2021-02")]),
        doc("8", position=2, relations=[("reinstatement_of", "pmid:1", date)]),
        as_of=as_of,
    )
    assert ("notes:1" in found) is out


@pytest.mark.parametrize(
    ("back", "as_of", "expected"),
    [
        (["2019"], "", "retracted by notes:7 (2021)"),
        (["2019"], "2018", "retracted by notes:9 (2017)"),
        (["2019"], "2020", "+retracted by notes:7 (2021)"),
        (["2019"], "2022", "retracted by notes:7 (2021)"),
        (["2019", "2023"], "", ""),
        (["2019", "2023"], "2018", "retracted by notes:9 (2017)"),
        (["2019", "2023"], "2020", "+retracted by notes:7 (2021)"),
        (["2019", "2023"], "2022", "retracted by notes:7 (2021)"),
    ],
)
def test_a_work_reinstated_between_two_retractions(
    back: list[str], as_of: str, expected: str
) -> None:
    """What was known at the cut-off holds, with the date of the retraction that is in force."""
    found = words(
        doc("1", pmid="1"),
        doc("9", position=1, relations=[("retraction_of", "pmid:1", "2017")]),
        doc("7", position=2, relations=[("retraction_of", "pmid:1", "2021")]),
        *(
            doc(f"8{n}", position=3 + n, relations=[("reinstatement_of", "pmid:1", date)])
            for n, date in enumerate(back)
        ),
        as_of=as_of,
    )
    assert found.get("notes:1", "") == expected
