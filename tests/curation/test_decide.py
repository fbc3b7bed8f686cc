"""Decide: the first matching step wins, and nothing hangs in the air."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.decide import decide, outcome_counts
from curation.table import Works
from curation.verdicts import STEPS, Verdicts
from tests.corpora import prose
from tests.curation.make_works import (
    TAIL,
    TEXT,
    Entry,
    broken,
    decided,
    doc,
    gone,
    outcome,
    recipe_of,
    reworded,
    row_of,
    works_of,
)


def test_the_first_matching_step_wins() -> None:
    """Each document breaks one step more than the next: the earliest is its reason."""
    wrong: dict[str, Any] = {"lang": "de", "words": 3, "pii_fault": "a rule stopped"}
    keeper = doc("keeper", pmid="500", text=TEXT, columns={"words": 9999})
    rows = [
        doc("no_text", text=" ", status="retracted", license="NOASSERTION", columns=wrong),
        doc("status", text=prose(4), status="retracted", license="NOASSERTION", columns=wrong),
        doc("licence", pmid="500", text=TEXT, license="NOASSERTION", columns=wrong),
        doc("language", pmid="500", text=TEXT, columns=wrong),
        doc("quality", pmid="500", text=TEXT, columns={**wrong, "lang": "en"}),
        doc("pii", pmid="500", text=TEXT, columns={"pii_fault": "a rule stopped"}),
    ]
    rest = [
        doc("identity", pmid="500", text=prose(2)),
        doc("exact", text=prose(3)),
        doc("exact-keeper", text=prose(3), doi="10.1000/k"),
        doc("near", text=prose(3) + TAIL, columns={"words": 60}),
    ]
    entries = [
        Entry(e.source, e.resource, n, e.item, e.columns)
        for n, e in enumerate([keeper, *rows, *rest])
    ]
    found = outcome(
        *entries, recipe='purpose = "commercial"\n[quality]\nwords_min = 20\nsentences_min = false'
    )
    assert found == {
        "notes:keeper": "kept",
        "notes:no_text": "parse.no_text",
        "notes:status": "status.retracted",
        "notes:licence": "licence.purpose",
        "notes:language": "language.lang_keep",
        "notes:quality": "quality.words_min",
        "notes:pii": "pii.scan_failed",
        "notes:identity": "identity.same_work",
        "notes:exact": "exact.same_text",
        "notes:exact-keeper": "kept",
        "notes:near": "near.similar",
    }


def test_everything_off_keeps_whatever_parses() -> None:
    """With all switches off and a private purpose only failures and empty records are missing."""
    off = '[language]\nkeep = "any"\n' + "".join(
        f"[{table}]\nenabled = false\n" for table in ("status", "quality", "identity", "duplicates")
    )
    assert outcome(
        doc("a", text=TEXT, pmid="1", status="retracted", license="NOASSERTION"),
        doc("b", position=1, text=TEXT, pmid="1", columns={"lang": "de"}),
        doc("c", position=2, text="Short."),
        doc("d", position=3, text=""),
        broken(position=4),
        recipe=off,
    ) == {
        "notes:a": "kept",
        "notes:b": "kept",
        "notes:c": "kept",
        "notes:d": "parse.no_text",
        "a.jsonl/4": "parse.truncated",
    }


def test_conflicts_are_noted() -> None:
    """An id that contradicts itself stands in the summary, and in the rows that bear it."""
    works, verdicts = decided(
        doc("a", pmid="1", doi="10.1000/x"),
        doc("b", position=1, pmid="2", doi="10.1000/x"),
        doc("c", position=2, pmid="3", doi="10.1000/c"),
    )
    assert any("doi:10.1000/x" in note for note in verdicts.notes)
    line = "doi:10.1000/x also leads to another work, and joined nothing"
    assert verdicts.detail == {row_of(works, "notes:a"): line, row_of(works, "notes:b"): line}


TEXTS = [prose(1), prose(1) + TAIL, reworded(1, 5), prose(2), prose(2, 100), "Short.", " "]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "native": st.sampled_from(["1", "2", "3", "4", "5", "6"]),
            "source": st.sampled_from(["one", "two"]),
            "resource": st.sampled_from(["a", "b"]),
            "text": st.sampled_from(TEXTS),
        },
        optional={
            "version": st.sampled_from([1, 2]),
            "revision": st.sampled_from(["1", "2"]),
            "part": st.sampled_from(["x"]),
            "kind": st.sampled_from(["abstract", "article"]),
            "pmid": st.sampled_from(["11", "12"]),
            "pmcid": st.sampled_from(["PMC1", "PMC2"]),
            "doi": st.sampled_from(["10.1000/a", "10.1000/b"]),
            "status": st.sampled_from(["current", "retracted", "withdrawn"]),
            "license": st.sampled_from(["CC-BY-4.0", "NOASSERTION", "LicenseRef-NLM-PubMed"]),
            "relations": st.sampled_from(
                [
                    [("retraction_of", "pmid:12")],
                    [("retracted_by", "pmid:11", "2021")],
                    [("superseded_by", "doi:10.1000/a"), ("supersedes", "url:https://a.org/b")],
                ]
            ),
            "date": st.sampled_from(["2019", "2020-06", "2022"]),
            "review_date": st.sampled_from(["2020", "2030"]),
            "url": st.sampled_from(["https://a.org/b"]),
            "publication_types": st.sampled_from([("Letter",), ("Review",)]),
            "mesh": st.sampled_from([("Animals",), ("Humans", "Animals")]),
            "columns": st.sampled_from([{"lang": "de"}, {"pii_fault": "a rule stopped"}]),
            "gone": st.just(True),
        },
    ),
    min_size=2,
    max_size=12,
)  # fmt: skip


def made(rows: list[dict[str, Any]]) -> list[Entry]:
    """Return drawn rows as entries, each at a place of its own."""
    entries = []
    for position, row in enumerate(rows):
        given_ = dict(row)
        native = given_.pop("native")
        if given_.pop("gone", False):
            place = {"source": given_["source"], "resource": given_["resource"]}
            entries.append(gone(native, given_.get("revision", ""), position=position, **place))
        else:
            entries.append(doc(native, position=position, **given_))
    return entries


def by_place(works: Works, verdicts: Verdicts) -> dict[tuple[str, int], tuple[object, ...]]:
    """Return the whole verdict of each row by its source and position."""
    ids = works.column("id").to_pylist()
    keys = zip(
        works.column("source").to_pylist(), works.column("position").to_pylist(), strict=True
    )
    return {
        key: (
            int(verdicts.step[row]),
            verdicts.rules[verdicts.rule[row]] if verdicts.rule[row] >= 0 else None,
            ids[verdicts.representative[row]] if verdicts.representative[row] >= 0 else None,
            float(np.nan_to_num(verdicts.similarity[row], nan=-1)),
            verdicts.work[row].as_py(),
            verdicts.license[row].as_py(),
            verdicts.detail.get(row),
        )
        for row, key in enumerate(keys)
    }


RECIPES = (
    'purpose = "non-commercial"',
    'as_of = "2020-12"\n[status]\nundated = "drop"\nconcern = "drop"',
    '[status]\npublication_types_deny = ["Letter"]\nanimal_only = "drop"\ndate_min = "2020"',
    '[status]\nsuperseded = "keep"\npublication_types_allow = ["Review"]\n[licence]\ndeny = ["CC-BY-*"]',
    "[status]\nenabled = false",
)


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    order=st.randoms(use_true_random=False),
    slices=st.integers(1, 3),
    settings_=st.sampled_from(RECIPES),
)
def test_nothing_hangs_in_the_air(rows, order, slices, settings_) -> None:
    """Counts balance, every representative leads to what stays, and order leaves no trace."""
    entries = made(rows)
    recipe = recipe_of(settings_)
    works = works_of(*entries, sources=["one", "two"])
    verdicts = decide(works, recipe)
    size = works.table.num_rows
    counts = outcome_counts(verdicts, works)
    assert sum(counts.values()) == size == len(entries)
    kept = verdicts.open
    ids = works.column("id").to_pylist()
    stay = [ids[row] for row in np.flatnonzero(kept)]
    assert len(stay) == len(set(stay))
    texts = works.column("content_hash").filter(kept).to_pylist()
    assert len(texts) == len(set(texts))
    forms = [
        verdicts.work[row].as_py() for row in np.flatnonzero(kept) if "#" not in (ids[row] or "")
    ]
    assert len(forms) == len(set(forms))
    for row in np.flatnonzero(verdicts.representative >= 0).tolist():
        step, head = STEPS[verdicts.step[row]], int(verdicts.representative[row])
        if step in ("identity", "exact", "near"):
            while verdicts.representative[head] >= 0:
                assert STEPS[verdicts.step[head]] in ("identity", "exact", "near")
                head = int(verdicts.representative[head])
            assert kept[head]
        else:
            assert step == "status"
            rule = verdicts.rules[verdicts.rule[row]]
            assert rule in ("superseded", "superseded_by", "copy_of_retracted")
    shuffled = list(entries)
    order.shuffle(shuffled)
    again = works_of(*shuffled, sources=["one", "two"], slices=slices)
    assert by_place(again, decide(again, recipe)) == by_place(works, verdicts)
