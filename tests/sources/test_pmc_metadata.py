"""PMC's metadata: the mark of retraction, by every id that the file has."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sources.base import Document, Item, Relation, Resource, SourceError
from sources.pmc_metadata import PmcMetadata

SAMPLES = Path("tests/conformance/samples/pmc_metadata")


def items(data: bytes) -> list[Item]:
    """Parse bytes as one file."""
    resource = Resource("PMC1.1.json", "PMC1.1.json", len(data), "PMC1.1.json")
    return list(PmcMetadata().parse(resource, io.BytesIO(data)))


def test_a_retracted_article_is_named_by_all_of_its_ids() -> None:
    """Another is a row without relations; neither has a text."""
    [retracted] = items((SAMPLES / "PMC99900007.2.json").read_bytes())
    assert retracted == Document(
        "PMC99900007",
        "",
        version=2,
        relations=(
            Relation("retraction_of", "pmcid:PMC99900007"),
            Relation("retraction_of", "pmid:99000047"),
            Relation("retraction_of", "doi:10.9999/fiction.p7"),
        ),
    )
    assert items((SAMPLES / "PMC99900008.1.json").read_bytes()) == [Document("PMC99900008", "")]


@pytest.mark.parametrize(
    ("record", "targets"),
    [
        ({"pmid": None, "doi": None}, ["pmcid:PMC7"]),
        ({"pmid": "12", "doi": "none"}, ["pmcid:PMC7", "pmid:12"]),
        ({"pmid": [1], "version": "x"}, ["pmcid:PMC7"]),
    ],
)
def test_keys_may_be_absent_null_or_odd(record: dict[str, Any], targets: list[str]) -> None:
    """What is no id is none."""
    data = json.dumps({"pmcid": "PMC7", "is_retracted": True, **record}).encode()
    [item] = items(data)
    assert isinstance(item, Document)
    assert [relation.target for relation in item.relations] == targets


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "bad_json"),
        (b'{"pmcid": "PMC7"', "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b"[]", "bad_record"),
        (b'{"pmcid": "PMC7"}', "bad_record"),
        (b'{"pmcid": "x", "is_retracted": true}', "bad_record"),
        (b'{"pmcid": "PMC7", "is_retracted": "false"}', "bad_record"),
        (b" " * (5 << 20), "too_large"),
    ],
)
def test_anything_else_is_refused(data: bytes, rule: str) -> None:
    """One failure with a reason; "false" in quotes is no mark."""
    with pytest.raises(SourceError) as caught:
        items(data)
    assert caught.value.rule == rule
