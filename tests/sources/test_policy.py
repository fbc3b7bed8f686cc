"""Policies: every record is about a source that is there, and says what it rests on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from filters.licence import GROUPS, PERMITTED, group
from sources import registry
from sources.policy import POLICIES, Grant
from sources.text.pubmed_record import LICENSE

FETCHED = {
    "bookshelf", "cdc", "europepmc", "hub", "labels", "pmc", "preprints", "pubmed",
    "retraction_watch", "trials", "who", "wikidoc",
}  # fmt: skip
"""Sources of one operator, whose terms there are to be read; the others read anybody's files."""


def test_every_source_of_an_operator_has_its_record() -> None:
    """And no record is about a source that is not there."""
    assert set(POLICIES) == FETCHED
    assert set(registry.names()) >= FETCHED


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_record_says_what_it_rests_on(name: str) -> None:
    """Grants are of the list, a licence is known, evidence and date are there, duties sentences."""
    policy = POLICIES[name]
    assert policy.training in get_args(Grant)
    assert policy.redistribution in get_args(Grant)
    assert not policy.licence or group(policy.licence) != "unknown"
    assert len(policy.evidence) > 40
    assert "\n" not in policy.evidence
    assert re.fullmatch(r"20\d\d-\d\d", policy.checked)
    assert all(duty.endswith(".") for duty in policy.duties)


def test_a_licence_never_promises_more_than_its_record() -> None:
    """What may be passed on by its record is in a group that any purpose admits, or unknown."""
    for name, policy in POLICIES.items():
        if policy.licence and policy.redistribution == "permitted":
            assert "commercial" in PERMITTED[group(policy.licence)], name
        assert group(policy.licence or "NOASSERTION") in GROUPS


def test_pubmed_gives_the_licence_of_its_record() -> None:
    """One fact, in two places for speed."""
    assert POLICIES["pubmed"].licence == LICENSE


def test_the_page_of_sources_lists_them() -> None:
    """Every source of the package stands in docs/sources.md."""
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    missing = [name for name in registry.names() if f"| `{name}` |" not in page]
    assert not missing
