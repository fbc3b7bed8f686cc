"""Revisions: the newest row of a record is current, tombstones delete what is older."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.columns import DOCUMENT
from curation.decide import decide
from curation.revisions import deleted_rows, superseded_rows
from curation.table import Works
from tests.curation.make_works import Entry, doc, gone, recipe_of, said, stays_for, works_of

TEXT = 5
"""Seed of the one text that all documents here share: texts play no part."""

OFF = "[duplicates]\nenabled = false\n"


def outcome(*entries: Entry, extra: str = "") -> dict[str, str]:
    """Return what becomes of each row."""
    works = works_of(*entries)
    return said(works, decide(works, recipe_of(OFF + extra)))


def test_the_newest_revision_is_current() -> None:
    """Revisions are compared as texts, whatever the order of files."""
    assert outcome(
        doc("1", resource="b.jsonl", revision="230001.2"),
        doc("1", resource="a.jsonl", revision="230002.1"),
        doc("1", resource="c.jsonl", revision="229999.9"),
    ) == {
        "notes:1 in b.jsonl/0": "status.superseded",
        "notes:1 in a.jsonl/0": "kept",
        "notes:1 in c.jsonl/0": "status.superseded",
    }


def test_without_revisions_the_later_file_wins() -> None:
    """Arrival by path decides where the source says nothing."""
    assert outcome(doc("1", resource="a.jsonl"), doc("1", resource="b.jsonl")) == {
        "notes:1 in a.jsonl/0": "status.superseded",
        "notes:1 in b.jsonl/0": "kept",
    }


def test_a_higher_version_prevails_over_a_later_revision() -> None:
    """Version 2 is current although version 1 was touched after it."""
    works = works_of(doc("1", revision="3"), doc("1", resource="b.jsonl", version=2, revision="2"))
    verdicts = decide(works, recipe_of(OFF))
    assert said(works, verdicts) == {"notes:1": "status.superseded", "notes:1@2": "kept"}
    assert stays_for(works, verdicts, "notes:1") == "notes:1@2"


def test_version_ten_is_higher_than_nine() -> None:
    """Versions are numbers."""
    assert outcome(doc("1", version=9), doc("1", position=1, version=10)) == {
        "notes:1@9": "status.superseded",
        "notes:1@10": "kept",
    }


def test_the_published_text_prevails_over_the_manuscript() -> None:
    """PMC numbers both as versions of one article; a manuscript alone stays, with its parts."""
    manuscript = {"metadata": {"manuscript": "NIHMS1"}}
    part = doc("1", position=2, version=2, part="sa1", text=9)
    assert outcome(doc("1"), doc("1", position=1, version=2, **manuscript), part) == {
        "notes:1": "kept",
        "notes:1@2": "status.superseded",
        "notes:1@2#sa1": "status.superseded",
    }
    assert outcome(doc("1", version=2, **manuscript), part) == {
        "notes:1@2": "kept",
        "notes:1@2#sa1": "kept",
    }


def test_parts_of_an_older_revision_go_with_it() -> None:
    """A translated abstract that the newer revision has no more is not left behind."""
    assert outcome(
        doc("1", revision="1"),
        doc("1", position=1, revision="1", part="x"),
        doc("1", position=2, revision="1", part="y"),
        doc("1", resource="b.jsonl", revision="2"),
        doc("1", resource="b.jsonl", position=1, revision="2", part="x"),
    ) == {
        "notes:1 in a.jsonl/0": "status.superseded",
        "notes:1#x in a.jsonl/1": "status.superseded",
        "notes:1#y": "status.superseded",
        "notes:1 in b.jsonl/0": "kept",
        "notes:1#x in b.jsonl/1": "kept",
    }


def test_an_id_repeated_in_one_file_counts_once() -> None:
    """Of two lines with one id the last one stays."""
    works = works_of(
        doc("1", text="first"), doc("1", position=1, text="last"), doc("2", position=2)
    )
    assert said(works, decide(works, recipe_of(OFF))) == {
        "notes:1 in a.jsonl/0": "status.superseded",
        "notes:1 in a.jsonl/1": "kept",
        "notes:2": "kept",
    }


def test_a_tombstone_deletes_what_is_older() -> None:
    """The deleted row and the notice are both in the ledger."""
    assert outcome(doc("1", revision="1"), gone("1", "2"), doc("2", position=1, revision="1")) == {
        "notes:1 in a.jsonl/0": "status.deleted",
        "notes:1 in z.jsonl/0": "status.tombstone",
        "notes:2": "kept",
    }


def test_a_later_file_brings_a_deleted_record_back() -> None:
    """A record that is newer than its deletion is current."""
    assert outcome(
        doc("1", revision="1"), gone("1", "2"), doc("1", resource="b.jsonl", revision="3")
    ) == {
        "notes:1 in a.jsonl/0": "status.deleted",
        "notes:1 in z.jsonl/0": "status.tombstone",
        "notes:1 in b.jsonl/0": "kept",
    }


def test_of_several_tombstones_the_last_counts() -> None:
    """An older notice in a later file changes nothing."""
    assert (
        outcome(
            gone("1", "4", resource="b.jsonl"),
            gone("1", "2", resource="c.jsonl"),
            doc("1", revision="3"),
        )["notes:1 in a.jsonl/0"]
        == "status.deleted"
    )


def test_a_tombstone_of_one_version_leaves_the_others() -> None:
    """Deleting version 2 makes version 1 current again, and the other way round."""
    one, two = doc("1", revision="1"), doc("1", position=1, version=2, revision="1")
    assert outcome(one, two, gone("1", "2", version=2)) == {
        "notes:1": "kept",
        "notes:1@2 in a.jsonl/1": "status.deleted",
        "notes:1@2 in z.jsonl/0": "status.tombstone",
    }
    assert outcome(one, two, gone("1", "2"))["notes:1@2"] == "kept"


def test_a_tombstone_deletes_all_parts() -> None:
    """What stands inside a deleted record is deleted with it."""
    found = outcome(
        doc("1", revision="1"), doc("1", position=1, part="x", revision="1"), gone("1", "2")
    )
    assert found["notes:1#x"] == "status.deleted"


def test_a_tombstone_acts_within_its_source() -> None:
    """The same number in another source is another record."""
    assert outcome(doc("1", source="pubmed", revision="1"), gone("1", "2")) == {
        "pubmed:1": "kept",
        "notes:1": "status.tombstone",
    }


def test_a_tombstone_without_a_document_is_a_row_of_its_own() -> None:
    """Deletions of records that are not in the input are counted all the same."""
    assert outcome(doc("2"), gone("1", "2")) == {"notes:2": "kept", "notes:1": "status.tombstone"}


def test_switched_off_only_equal_ids_compete() -> None:
    """Versions, deletions and retractions stay; an id still stands once in the corpus."""
    assert outcome(
        doc("1", revision="2"),
        doc("1", resource="b.jsonl", revision="1"),
        doc("1", resource="b.jsonl", position=1, version=2),
        doc("2", position=1, revision="1", status="retracted"),
        gone("2", "2"),
        extra="[status]\nenabled = false\n[identity]\nenabled = false\n",
    ) == {
        "notes:1 in a.jsonl/0": "kept",
        "notes:1 in b.jsonl/0": "status.superseded",
        "notes:1@2": "kept",
        "notes:2 in a.jsonl/1": "kept",
        "notes:2 in z.jsonl/0": "status.tombstone",
    }


STATES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.integers(1, 3),
        st.sampled_from(["", "1", "2", "3", "10"]),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def entries_of(states: list[tuple[str, int, str, str, str, bool]]) -> list[Entry]:
    """Return rows: documents, and every so often a tombstone."""
    return [
        gone(native, revision, version, resource=resource, position=position)
        if deletes
        else doc(
            native, version=version, revision=revision, part=part, resource=resource,
            position=position, text=TEXT,
        )
        for position, (native, version, revision, part, resource, deletes) in enumerate(states)
    ]  # fmt: skip


def current(works: Works) -> Counter[tuple[str, str, int]]:
    """Return the rows that stay, by id and place."""
    deleted = deleted_rows(works)
    alive = (works.numbers("row_type") == DOCUMENT) & ~deleted
    superseded, winner = superseded_rows(works, alive, by="base")
    stay = alive & ~superseded
    assert not (deleted & superseded).any()
    assert ((winner >= 0) == superseded).all()
    assert stay[winner[superseded]].all()
    rows = works.table.select(["id", "resource", "position"]).take(np.flatnonzero(stay)).to_pylist()
    return Counter((r["id"], r["resource"], r["position"]) for r in rows)


def expected(entries: list[Entry]) -> set[str]:
    """Return the ids that stay, worked out record by record in plain Python."""
    notices: dict[tuple[str, int], str] = {}
    for entry in entries:
        if entry.item.__class__.__name__ == "Tombstone":
            key = (entry.item.native_id, entry.item.version)
            notices[key] = max(notices.get(key, ""), entry.item.revision)
    alive: dict[str, list[Entry]] = {}
    for entry in entries:
        item = entry.item
        if item.__class__.__name__ == "Document" and item.revision >= notices.get(
            (item.native_id, item.version), ""
        ):
            alive.setdefault(item.native_id, []).append(entry)
    ids = set()
    for native, mine in alive.items():
        newest = max((e.item.version, e.item.revision, e.resource) for e in mine)
        for e in mine:
            if (e.item.version, e.item.revision, e.resource) == newest:
                version = f"@{e.item.version}" if e.item.version > 1 else ""
                ids.add(f"notes:{native}{version}" + (f"#{e.item.part}" if e.item.part else ""))
    return ids


@settings(max_examples=60, deadline=None)
@given(states=STATES, order=st.randoms(use_true_random=False), slices=st.integers(1, 4))
def test_any_order_and_slicing_gives_the_same(states, order, slices) -> None:
    """An id stays at most once, what is deleted never, and the order of arrival leaves no trace."""
    entries = entries_of(states)
    stays = current(works_of(*entries))
    assert all(count == 1 for count in Counter(name for name, _, _ in stays).values())
    assert {name for name, _, _ in stays} == expected(entries)
    shuffled = list(entries)
    order.shuffle(shuffled)
    assert current(works_of(*shuffled, slices=slices)) == stays
