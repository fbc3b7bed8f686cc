"""Licences: purposes, lists, what a full text lends, and what each decision rests on."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curation.card import write_attribution
from filters.pii import Masking
from tests.curation.make_works import (
    decided,
    doc,
    outcome,
    row_of,
    said,
)

LICENCES = {
    # private, non-commercial, commercial: the table of the design page
    "CC0-1.0": (True, True, True),
    "CC-BY-4.0": (True, True, True),
    "CC-BY-SA-4.0": (True, True, True),
    "CC-BY-NC-4.0": (True, True, False),
    "CC-BY-NC-SA-4.0": (True, True, False),
    "CC-BY-ND-4.0": (True, False, False),
    "CC-BY-NC-ND-4.0": (True, False, False),
    "LicenseRef-PMC-TDM": (True, False, False),
    "LicenseRef-NLM-PubMed": (True, True, False),
    "NOASSERTION": (True, False, False),
    "LicenseRef-No-Training": (False, False, False),
}


@pytest.mark.parametrize(
    ("column", "purpose"), list(enumerate(["private", "non-commercial", "commercial"]))
)
def test_licences_by_purpose(column: int, purpose: str) -> None:
    """Every group and purpose of the design's table; the evidence names licence and purpose."""
    works, verdicts = decided(
        *(doc(f"d{n}", position=n, license=name, text=100 + n) for n, name in enumerate(LICENCES)),
        recipe=f'purpose = "{purpose}"',
    )
    found = said(works, verdicts)
    for n, (name, allowed) in enumerate(LICENCES.items()):
        wanted = "kept" if allowed[column] else "licence.purpose"
        assert found[f"notes:d{n}"] == wanted, name
        if not allowed[column]:
            detail = verdicts.detail[row_of(works, f"notes:d{n}")]
            assert name in detail
            assert purpose in detail


@pytest.mark.parametrize(
    ("brought", "kept"),
    [
        ("CC-BY-4.0", True),
        ("CC-BY-SA-4.0", True),
        ("CC-BY-NC-4.0", False),
        ("CC-BY-ND-4.0", False),
        ("LicenseRef-PMC-TDM", False),
        ("NOASSERTION", False),
    ],
)
def test_an_abstract_is_covered_by_its_full_text(brought: str, kept: bool) -> None:
    """In a commercial corpus an abstract of NLM stays if the linked work's licence allows it."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", pmcid="PMC1", license=brought),
        recipe='purpose = "commercial"\n[identity]\nenabled = false',
    )
    assert said(works, verdicts)["pubmed:1"] == ("kept" if kept else "licence.purpose")
    if kept:
        assert verdicts.license[row_of(works, "pubmed:1")].as_py() == brought


def test_of_several_full_texts_the_freest_licence_covers() -> None:
    """Two copies of one paper: the abstract stands under the freer of their licences."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("a", source="pmc", kind="article", pmid="1", license="CC-BY-SA-4.0"),
        doc("b", source="pmc", position=1, kind="article", pmid="1", license="CC-BY-4.0"),
        recipe='purpose = "commercial"\n[identity]\nenabled = false',
    )
    assert verdicts.license[row_of(works, "pubmed:1")].as_py() == "CC-BY-4.0"


def test_a_linked_licence_never_makes_an_abstract_worse() -> None:
    """A closed full text beside it does not take NLM's terms away from an abstract."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", license="LicenseRef-PMC-TDM"),
        recipe="[identity]\nenabled = false",
    )
    assert verdicts.license[row_of(works, "pubmed:1")].as_py() == "LicenseRef-NLM-PubMed"


def test_a_retracted_full_text_lends_no_licence() -> None:
    """What is dropped covers nothing."""
    found = outcome(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", text=" ", license="CC-BY-4.0"),
        recipe='purpose = "commercial"',
    )
    assert found["pubmed:1"] == "licence.purpose"


LISTED = ("CC0-1.0", "CC-BY-4.0", "CC-BY-3.0-IGO", "CC-BY-NC-4.0", "NOASSERTION")


@pytest.mark.parametrize(
    ("recipe", "rules"),
    [
        ('allow = ["CC-BY-*", "open"]', {3: "allow", 4: "allow", 1: "", 2: ""}),
        ('allow = ["cc-by-4.0"]', {0: "allow", 2: "allow", 3: "allow", 4: "allow"}),
        ('deny = ["non-commercial"]', {3: "deny"}),
        ('deny = ["unknown", "*-IGO"]', {2: "deny", 4: "deny"}),
        ('allow = ["attribution"]\ndeny = ["CC-BY-4.0"]', {0: "allow", 1: "deny", 3: "allow", 4: "allow"}),
    ],
)  # fmt: skip
def test_lists_of_the_recipe_narrow_the_purpose(recipe: str, rules: dict[int, str]) -> None:
    """Identifiers, groups and wildcards; a denied licence is denied whatever is allowed."""
    if rules.get(1) == "":  # CC-BY-NC-4.0 fits CC-BY-* as well
        rules = {4: "allow"}
    entries = [doc(f"d{n}", position=n, license=name) for n, name in enumerate(LISTED)]
    found = outcome(*entries, recipe=f"[licence]\n{recipe}")
    assert found == {
        f"notes:d{n}": f"licence.{rules[n]}" if n in rules else "kept" for n in range(len(LISTED))
    }


def test_lists_do_not_widen_the_purpose() -> None:
    """What the purpose forbids stays out, although a list names it."""
    recipe = 'purpose = "commercial"\n[licence]\nallow = ["CC-BY-NC-4.0", "NOASSERTION"]'
    entries = [doc(f"d{n}", position=n, license=name) for n, name in enumerate(LISTED[3:])]
    assert set(outcome(*entries, recipe=recipe).values()) == {"licence.purpose"}


def test_the_ledger_keeps_statement_and_place() -> None:
    """What was found and where, or that nothing was found, or that the source's terms hold."""
    works, verdicts = decided(
        doc("a", license="CC-BY-NC-4.0", license_evidence="license/@xlink:href: http://x.org/nc"),
        doc("b", position=1, license="NOASSERTION"),
        doc("c", position=2, license="LicenseRef-NLM-PubMed"),
        recipe='purpose = "commercial"',
    )
    assert [verdicts.detail[row_of(works, f"notes:{name}")] for name in "abc"] == [
        "CC-BY-NC-4.0 (non-commercial) may not enter a commercial corpus; "
        "license/@xlink:href: http://x.org/nc",
        "NOASSERTION (unknown) may not enter a commercial corpus; no statement found",
        "LicenseRef-NLM-PubMed (abstract) may not enter a commercial corpus; "
        "terms of the source; no statement in the record",
    ]


def test_a_lent_licence_names_its_lender(tmp_path: Path) -> None:
    """The attribution of an abstract says whose licence covers it, and what that rests on."""
    works, verdicts = decided(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed",
            license_evidence="CopyrightInformation: (c) A publisher"),
        doc("2", source="pubmed", position=1, kind="abstract", pmid="2", license="CC0-1.0",
            license_evidence="own words"),
        doc("3", source="pubmed", position=2, kind="abstract", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", license="CC-BY-4.0",
            license_evidence="license: CC BY"),
        recipe="[identity]\nenabled = false",
    )  # fmt: skip
    write_attribution(works, verdicts, tmp_path / "a.parquet", Masking("default"))
    rows = {row["id"]: row for row in pq.read_table(tmp_path / "a.parquet").to_pylist()}
    assert {name: (row["license"], row["license_evidence"]) for name, row in rows.items()} == {
        "pubmed:1": (
            "CC-BY-4.0",
            "licence of pmc:P, a full text of the same work: license: CC BY",
        ),
        "pubmed:2": ("CC0-1.0", "own words"),
        "pubmed:3": (
            "LicenseRef-NLM-PubMed",
            "terms of the source; no statement in the record",
        ),
        "pmc:P": ("CC-BY-4.0", "license: CC BY"),
    }


def test_a_denied_full_text_lends_nothing() -> None:
    """An abstract stays under NLM's terms where the recipe denies the full text's licence."""
    found = outcome(
        doc("1", source="pubmed", kind="abstract", pmid="1", license="LicenseRef-NLM-PubMed"),
        doc("P", source="pmc", kind="article", pmid="1", license="CC-BY-NC-4.0"),
        recipe='[licence]\ndeny = ["CC-BY-NC-*"]',
    )
    assert found == {"pubmed:1": "kept", "pmc:P": "licence.deny"}
