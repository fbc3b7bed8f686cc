"""The stage of publication: what makes a document less than the version of record."""

from __future__ import annotations

from typing import Any

import pytest

from curation.stage import AHEAD, MANUSCRIPT, PREPRINT, RECORD, stages
from sources.columns import batch_of
from sources.items import Document, Failure, Tombstone


@pytest.mark.parametrize(
    ("fields", "stage"),
    [
        ({}, RECORD),
        ({"publication_types": ("Journal Article", "Preprint")}, PREPRINT),
        ({"publication_types": ("preprint",)}, PREPRINT),
        ({"publication_types": ("Preprint Review",)}, RECORD),
        ({"journal": "bioRxiv : the preprint server for biology"}, PREPRINT),
        ({"journal": "medRxiv"}, PREPRINT),
        ({"journal": "ArXiv"}, PREPRINT),
        ({"journal": "Research Square"}, PREPRINT),
        ({"journal": "Journal of invented research squares"}, RECORD),
        ({"metadata": {"publication_status": "aheadofprint"}}, AHEAD),
        ({"metadata": {"publication_status": "epublish"}}, RECORD),
        ({"metadata": {"manuscript": "NIHMS1"}}, MANUSCRIPT),
        ({"metadata": {"title": '"manuscript": "x"', "note": '"manuscript": "'}}, RECORD),
        ({"metadata": {"manuscript": "EMS1"}, "journal": "medRxiv"}, PREPRINT),
    ],
)
def test_stages(fields: dict[str, Any], stage: int) -> None:
    """By publication type, journal, PublicationStatus and the number of a manuscript."""
    items = [Failure("x", "y"), Document("1", "text", **fields), Tombstone("2"), Document("3", "")]
    columns = batch_of(items, frozenset()).columns
    given = (columns[name] for name in ("publication_types", "journal", "metadata"))
    assert stages(*given).to_pylist() == [RECORD, stage, RECORD, RECORD]
