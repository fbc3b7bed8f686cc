"""Status: cut-off and dates, notices, guidance, publication types, species."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.dates import Dates
from curation.decide import decide
from curation.reasons import STATUS_WORDS
from curation.schema import SCHEMA
from curation.status import RULES
from tests.curation.make_works import (
    decided,
    doc,
    outcome,
    recipe_of,
    row_of,
    said,
    stays_for,
    works_of,
)


@pytest.mark.parametrize(
    ("as_of", "date", "kept"),
    [
        ("2023-08-01", "2023-08-01", True),
        ("2023-08-01", "2023-08-02", False),
        ("2023-08-01", "2023-07-31", True),
        ("2023-08-01", "2023-08", True),
        ("2023-08-01", "2023-09", False),
        ("2023-08-01", "2023", True),
        ("2023-08-01", "2024", False),
        ("2023-08-01", "", True),
        ("2023-08", "2023-08-31", True),
        ("2023-08", "2023-09-01", False),
        ("2023", "2023-12-31", True),
        ("2023", "2024-01-01", False),
    ],
)
def test_as_of_compares_what_both_dates_know(as_of: str, date: str, kept: bool) -> None:
    """A document is later only where the digits that both dates have say so."""
    found = outcome(doc("a", date=date), recipe=f'as_of = "{as_of}"')
    assert found == {"notes:a": "kept" if kept else "status.after_as_of"}


def test_a_version_after_the_cut_off_replaces_nothing() -> None:
    """What could be known then is the version before it, not nothing."""
    entries = (doc("a", date="2022-05"), doc("a", position=1, version=2, date="2024"))
    assert outcome(*entries) == {"notes:a": "status.superseded", "notes:a@2": "kept"}
    assert outcome(*entries, recipe='as_of = "2023-08-01"') == {
        "notes:a": "kept",
        "notes:a@2": "status.after_as_of",
    }


def test_what_was_retracted_later_is_in_and_is_shown() -> None:
    """As of a date before the notice the paper stays, with a line that says what came later."""
    entries = (
        doc("1", pmid="1", date="2020", status="retracted", text=5,
            relations=[("retracted_by", "pmid:9", "2024-02")]),
        doc("2", position=1, pmid="2", date="2020"),
        doc("9", position=2, pmid="9", date="2024-02", relations=[("retraction_of", "pmid:1")]),
        doc("copy", position=3, text=5),
    )  # fmt: skip
    now = outcome(*entries)
    assert (now["notes:1"], now["notes:copy"]) == ("status.retracted", "status.copy_of_retracted")
    works, then = decided(*entries, recipe='as_of = "2023-08-01"')
    assert said(works, then) == {
        "notes:1": "kept",
        "notes:2": "kept",
        "notes:9": "status.after_as_of",
        "notes:copy": "exact.same_text",
    }
    assert then.detail[row_of(works, "notes:1")] == "later retracted by notes:9 (2024-02)"
    assert any("1 documents that are in as of 2023-08-01" in note for note in then.notes)


def test_the_ledger_says_who_took_a_paper_back_and_when() -> None:
    """Own status, another form and a notice: each dropped row names the notice and its date."""
    works, verdicts = decided(
        doc("1", source="pubmed", pmid="1", status="retracted",
            relations=[("retracted_by", "pmid:9", "2021-05-03")]),
        doc("P", source="pmc", pmid="1", pmcid="PMC1"),
    )  # fmt: skip
    assert said(works, verdicts) == {
        "pubmed:1": "status.retracted",
        "pmc:P": "status.retracted_work",
    }
    for name in ("pubmed:1", "pmc:P"):
        assert verdicts.detail[row_of(works, name)] == "retracted by pmid:9 (2021-05-03)"


@pytest.mark.parametrize(
    ("relation", "rule"),
    [("concern_by", "concern"), ("partially_retracted_by", "partly_retracted")],
)
def test_doubts_are_said_and_dropped_on_demand(relation: str, rule: str) -> None:
    """By default such a paper stays with a line in the ledger; the recipe can drop it."""
    entry = doc("1", pmid="1", relations=[(relation, "pmid:9", "2021")])
    works, verdicts = decided(entry)
    assert said(works, verdicts) == {"notes:1": "kept"}
    assert verdicts.detail[0].endswith("by pmid:9 (2021)")
    assert outcome(entry, recipe='[status]\nconcern = "drop"') == {"notes:1": f"status.{rule}"}


@pytest.mark.parametrize(
    ("columns", "recipe", "fate", "line"),
    [
        ({"lang": "de"}, "", "language.lang_keep", "identified as de"),
        (
            {"pii_fault": "a rule stopped"},
            "",
            "pii.scan_failed",
            "the scan for personal data could not finish",
        ),
        ({}, '[quality]\nmode = "score"\nwords_min = 9999', "kept", "breaks words_min"),
    ],
)
@pytest.mark.parametrize(
    ("relation", "said_of_it"),
    [
        ("retracted_by", "later retracted by pmid:9 (2024)"),
        ("superseded_by", "superseded by pmid:9 (2021)"),
        ("concern_by", "under an expression of concern by pmid:9 (2021)"),
    ],
)
def test_what_status_said_stands_beside_what_later_steps_say(
    columns: dict[str, object], recipe: str, fate: str, line: str, relation: str, said_of_it: str
) -> None:
    """Whatever a later step says of a row, its notices stay named in the ledger."""
    when = "2024" if "later" in said_of_it else "2021"
    works, verdicts = decided(
        doc("1", pmid="1", date="2020", relations=[(relation, "pmid:9", when)], columns=columns),
        recipe=f'as_of = "2023"\n[status]\nsuperseded = "keep"\n{recipe}',
    )
    assert said(works, verdicts) == {"notes:1": fate}
    assert verdicts.detail[0].startswith(line)
    assert verdicts.detail[0].endswith(f"; {said_of_it}")


GUIDANCE = (
    doc("old", url="https://example.org/1", relations=[("superseded_by", "url:https://example.org/2")],
        status="superseded", date="2015"),
    doc("now", position=1, url="https://example.org/2", date="2021", review_date="2024-06"),
    doc("due", position=2, date="2016", review_date="2019-06-30"),
    doc("gone", position=3, status="withdrawn", status_date="2020-02", date="2014"),
    doc("open", position=4, date="2022-03-01"),
)  # fmt: skip


def test_the_current_guidance_stays() -> None:
    """By default withdrawn, replaced and overdue guidance goes; each says why."""
    works, verdicts = decided(*GUIDANCE)
    assert said(works, verdicts) == {
        "notes:old": "status.superseded_by",
        "notes:now": "kept",
        "notes:due": "status.past_review",
        "notes:gone": "status.withdrawn",
        "notes:open": "kept",
    }
    assert stays_for(works, verdicts, "notes:old") == "notes:now"
    lines = {
        name: verdicts.detail[row_of(works, f"notes:{name}")] for name in ("old", "due", "gone")
    }
    assert lines == {
        "old": "superseded by notes:now (2021)",
        "due": "its review was due 2019-06-30, before 2021, the newest date that several documents "
        "of notes reach",
        "gone": "withdrawn, as its own record says (2020-02)",
    }
    assert any("review dates are compared with 2021, the newest" in note for note in verdicts.notes)


@pytest.mark.parametrize(
    ("recipe", "gone"),
    [
        ('[status]\nsuperseded = "keep"', {"due", "gone"}),
        ('[status]\npast_review = "keep"', {"old", "gone"}),
        ('as_of = "2025-01-01"', {"old", "due", "gone", "now"}),
        ('as_of = "2019-01-01"', {"now", "open"}),
        ("[status]\nenabled = false", set()),
    ],
)
def test_guidance_by_recipe_and_date(recipe: str, gone: set[str]) -> None:
    """Each rule can be switched off; as of a date only what was due or replaced by then goes."""
    found = outcome(*GUIDANCE, recipe=recipe)
    assert {name.removeprefix("notes:") for name, what in found.items() if what != "kept"} == gone


CIRCLES = (
    doc("a", doi="10.1/a", date="2019", relations=[("supersedes", "doi:10.1/b")]),
    doc("b", position=1, doi="10.1/b", date="2021", relations=[("supersedes", "doi:10.1/a")]),
    doc("c", position=2, doi="10.1/c", relations=[("superseded_by", "doi:10.1/d")]),
    doc("d", position=3, doi="10.1/d", relations=[("superseded_by", "doi:10.1/c")]),
    doc("e", position=4, doi="10.1/e", date="2020", relations=[("supersedes", "doi:10.1/f")]),
    doc("f", position=5, doi="10.1/f", date="2020-02", relations=[("supersedes", "doi:10.1/g")]),
    doc("g", position=6, doi="10.1/g", date="2018", relations=[("supersedes", "doi:10.1/e")]),
    doc("old", position=7, doi="10.1/o", relations=[("superseded_by", "doi:10.1/g")]),
)  # fmt: skip


def test_of_editions_that_claim_to_replace_each_other_one_stays() -> None:
    """The newest, then the one of the smallest id; what leads into the circle goes."""
    works, verdicts = decided(*CIRCLES)
    found = said(works, verdicts)
    assert {name for name, fate in found.items() if fate == "kept"} == {
        "notes:b", "notes:c", "notes:f",
    }  # fmt: skip
    assert set(found.values()) == {"kept", "status.superseded_by"}
    assert "notes:a claim to replace each other" in verdicts.detail[row_of(works, "notes:b")]
    assert any(
        note.startswith("3 times editions claim to replace each other") for note in verdicts.notes
    )


def test_a_circle_that_leads_out_goes_as_a_whole() -> None:
    """Both are older than a third edition, in the corpus or not."""
    for target in ("doi:10.1/now", "doi:10.1/elsewhere"):
        found = outcome(
            doc("a", doi="10.1/a", relations=[("superseded_by", "doi:10.1/b")]),
            doc("b", position=1, doi="10.1/b",
                relations=[("superseded_by", "doi:10.1/a"), ("superseded_by", target)]),
            doc("now", position=2, doi="10.1/now"),
        )  # fmt: skip
        gone = {name for name, fate in found.items() if fate != "kept"}
        assert gone == {"notes:a", "notes:b"}


def test_a_circle_that_was_closed_after_the_cut_off_is_none() -> None:
    """As of a date only the claims that were known then count."""
    entries = (
        doc("a", doi="10.1/a", date="2020", relations=[("superseded_by", "doi:10.1/b", "2021")]),
        doc("b", position=1, doi="10.1/b", date="2019",
            relations=[("superseded_by", "doi:10.1/a", "2024")]),
    )  # fmt: skip
    assert outcome(*entries) == {"notes:a": "kept", "notes:b": "status.superseded_by"}
    assert outcome(*entries, recipe='as_of = "2023"') == {
        "notes:a": "status.superseded_by",
        "notes:b": "kept",
    }


def test_review_dates_without_any_date_to_compare_with() -> None:
    """Nothing is past its review where the corpus knows no date; the summary says so."""
    _, verdicts = decided(doc("a", review_date="2001"))
    assert verdicts.open.all()
    assert any("not compared" in note for note in verdicts.notes)


@pytest.mark.parametrize("others", [0, 3])
def test_one_wrong_date_makes_no_guidance_overdue(others: int) -> None:
    """A record dated a century ahead is no calendar, whatever its source and however many are well."""
    wrong = doc("typo", source="papers", date="2105-01-01")
    papers = [doc(str(n), source="papers", position=n + 1, date="2020") for n in range(others)]
    works = works_of(
        doc("a", date="2024-02", review_date="2027-01"),
        doc("b", position=1, date="2025-05", review_date="2024"),
        doc("c", position=2, date="2025-03", review_date="2029"),
        wrong,
        *papers,
    )
    verdicts = decide(works, recipe_of("", ("notes", "papers")))
    assert [name for name, fate in said(works, verdicts).items() if fate != "kept"] == ["notes:b"]
    assert any("with 2025-03, the newest date that several" in note for note in verdicts.notes)


@given(
    st.lists(st.sampled_from(["", "2019", "2020-05", "2020-05-03", "2105"]), max_size=40),
    st.integers(0, 3000),
)
def test_the_date_that_rows_reach(few: list[str], many: int) -> None:
    """At least two rows, and one in a thousand, are of that date or a later one."""
    values = [*few, *["1999"] * many]
    found = Dates(pa.array(values, pa.string())).reached(np.ones(len(values), np.bool_))
    dated = sorted(filter(None, values), reverse=True)
    wanted = max(2, -(-len(dated) // 1000))
    assert found == (dated[wanted - 1] if len(dated) >= wanted else "")


@pytest.mark.parametrize(
    ("recipe", "gone"),
    [
        ('date_min = "2019-06"', {"a": "before_date_min", "b": "before_date_min"}),
        ('date_max = "2019-06"', {"d": "after_date_max", "e": "after_date_max"}),
        ('date_min = 2019-01-01\ndate_max = "2019-12"', {"a": "before_date_min", "e": "after_date_max"}),
        (
            'date_min = "2019-06"\nundated = "drop"',
            {"a": "before_date_min", "b": "before_date_min", "f": "undated", "g": "undated"},
        ),
        ('undated = "drop"', {}),
        ('enabled = false\ndate_min = "2021"', {}),
    ],
)  # fmt: skip
def test_date_windows(recipe: str, gone: dict[str, str]) -> None:
    """Both ends belong to the window; what a date leaves open stays unless the recipe drops it."""
    dates = {"a": "2018-12-31", "b": "2019-05", "c": "2019-06-01", "d": "2019-07", "e": "2020", "f": "2019", "g": ""}  # fmt: skip
    found = outcome(
        *(doc(name, position=n, date=date) for n, (name, date) in enumerate(dates.items())),
        recipe=f"[status]\n{recipe}",
    )
    assert found == {
        f"notes:{name}": f"status.{gone[name]}" if name in gone else "kept" for name in dates
    }


def test_open_dates_are_counted_in_the_summary() -> None:
    """A document without a date stays as of any day, and the summary says how many do."""
    _, verdicts = decided(
        doc("a"), doc("b", position=1, date="2023"), recipe='as_of = "2023-08-01"'
    )
    assert any(note.startswith("2 documents without a date") for note in verdicts.notes)


TYPES = {
    "trial": ("Journal Article", "Randomized Controlled Trial"),
    "letter": ("Letter", "Comment"),
    "jats": ("case-report",),
    "cases": ("Case Reports",),
    "vet": ("Journal Article", "Clinical Trial, Veterinary"),
    "untyped": (),
}


@pytest.mark.parametrize(
    ("recipe", "gone"),
    [
        ('publication_types_deny = ["letter"]', {"letter": "deny"}),
        ('publication_types_deny = ["Case Report*"]', {"jats": "deny", "cases": "deny"}),
        ('publication_types_deny = ["*Veterinary*"]', {"vet": "deny"}),
        (
            'publication_types_allow = ["Journal Article"]',
            {"letter": "allow", "jats": "allow", "cases": "allow"},
        ),
        (
            'publication_types_allow = ["Journal Article"]\npublication_types_deny = ["*Veterinary"]',
            {"letter": "allow", "jats": "allow", "cases": "allow", "vet": "deny"},
        ),
        ('enabled = false\npublication_types_deny = ["Letter"]', {}),
    ],
)
@pytest.mark.parametrize("slices", [1, 3])
def test_publication_types(recipe: str, gone: dict[str, str], slices: int) -> None:
    """Case, hyphens and plain wildcards; what names no type passes; a denied type prevails."""
    entries = [
        doc(name, position=n, publication_types=types)
        for n, (name, types) in enumerate(TYPES.items())
    ]
    works, verdicts = decided(*entries, recipe=f"[status]\n{recipe}", slices=slices)
    assert said(works, verdicts) == {
        f"notes:{name}": f"status.publication_type_{gone[name]}" if name in gone else "kept"
        for name in TYPES
    }
    for name in gone:
        line = verdicts.detail[row_of(works, f"notes:{name}")]
        assert line == "publication types: " + ", ".join(TYPES[name])


def test_a_type_that_no_document_has_is_noted() -> None:
    """A mistyped entry of a list is told apart from one that fits."""
    recipe = '[status]\npublication_types_deny = ["Leter", "Letter"]'
    _, verdicts = decided(doc("a", publication_types=("Letter",)), recipe=recipe)
    assert verdicts.unused == [("status", "publication_types_deny", "Leter")]


@pytest.mark.parametrize("slices", [1, 2])
def test_animal_only_is_animals_without_humans(slices: int) -> None:
    """The MeSH term Animals also sits on studies of both; a record without terms says nothing."""
    mesh = {
        "rats": ("Animals", "Rats"), "both": ("Humans", "Animals", "Mice"), "people": ("Humans",),
        "plants": ("Arabidopsis",), "new": (), "like": ("Disease Models, Animal", "Animal Feed"),
    }  # fmt: skip
    entries = [doc(name, position=n, mesh=terms) for n, (name, terms) in enumerate(mesh.items())]
    assert set(outcome(*entries).values()) == {"kept"}
    works, verdicts = decided(*entries, recipe='[status]\nanimal_only = "drop"', slices=slices)
    found = said(works, verdicts)
    assert {name for name, what in found.items() if what != "kept"} == {"notes:rats"}
    assert found["notes:rats"] == "status.animal_only"
    assert verdicts.detail[row_of(works, "notes:rats")] == "MeSH terms: Animals, not Humans"


def test_every_rule_has_a_switch_and_words() -> None:
    """No rule of the step is unknown to the recipe or to people."""
    assert set(RULES) == set(STATUS_WORDS)
    for table, key in RULES.values():
        assert (table, key) == ("", "") or key in SCHEMA[table]
