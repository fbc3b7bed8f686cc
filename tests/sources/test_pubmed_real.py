"""The PubMed source on the two NLM files: counts as the catalogue of the real files gives them."""

from __future__ import annotations

import gc
import gzip
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sources.items import Document, Item, Resource
from sources.pubmed import PubMed


@dataclass
class Seen:
    """What one pass over both files counted."""

    records: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    pmids: set[str] = field(default_factory=set)
    chars: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="session")
def seen(real_data: Path) -> Seen:
    """Both files of the catalogue, read once."""
    result = Seen()
    gc.disable()
    for name in ("pubmed20n0014", "pubmed21n1298"):
        with gzip.open(real_data / "pubmed" / f"{name}.xml.gz") as stream:
            resource = Resource(f"{name}.xml.gz", f"{name}.xml", -1, "")
            for item in PubMed().parse(resource, stream):
                _count(result, name, item)
    gc.enable()
    return result


def _count(result: Seen, name: str, item: Item) -> None:
    if not isinstance(item, Document):
        result.counts[type(item).__name__] += 1
        return
    if item.part:
        result.parts[f"{item.metadata['abstract_type']} {item.lang}"] += 1
        result.counts["records with other abstract"] += item.part == "other-abstract-1"
        return
    result.records[name] += 1
    result.pmids.add(item.pmid)
    result.chars[name] += len(item.text)
    result.counts.update(
        {
            "text": bool(item.text),
            "doi": bool(item.doi),
            "pmcid": bool(item.pmcid),
            "vernacular": "vernacular_title" in item.metadata,
            "no authors": not item.authors,
            "no title": not item.title,
            "copyright": bool(item.license_evidence),
            "several languages": len(item.metadata["languages"]) > 1,  # type: ignore[arg-type]
            "mesh": bool(item.mesh),
            "keywords": bool(item.keywords),
            "retracted": item.status == "retracted",
            "notice": "Retraction of Publication" in item.publication_types,
            "no date": not item.date,
            "truncated": "(ABSTRACT TRUNCATED AT" in item.text,
        }
    )


@pytest.mark.real
def test_real_records(seen: Seen) -> None:
    """Records, versions and tombstones of the two files are those of the catalogue."""
    assert seen.records == {"pubmed20n0014": 30_000, "pubmed21n1298": 20_788}
    assert len(seen.pmids) == 50_783
    assert seen.counts["Tombstone"] == 20
    assert seen.counts["Failure"] == 0


@pytest.mark.real
def test_real_fields(seen: Seen) -> None:
    """Fields are found as often as the catalogue counted them, by other means."""
    expected = {
        "text": 33_277,  # of 33,278 with an Abstract, one of them without text
        "vernacular": 7_227,
        "copyright": 13_299,
        "several languages": 192,
        "mesh": 29_998 + 335,
        "keywords": 121 + 15_078 - 3,  # three lists hold nothing but empty keywords
        "retracted": 6,
        "notice": 11,
        "no title": 54,
        "no authors": 497 + 156,
        "no date": 0,
        "truncated": 6,
        "pmcid": 2_193 + 5_313,
        "records with other abstract": 188,
    }
    assert {name: seen.counts[name] for name in expected} == expected
    # One malformed DOI in the older file does not pass.
    assert 15_122 + 20_605 - 10 < seen.counts["doi"] <= 15_122 + 20_605


@pytest.mark.real
def test_real_other_abstracts(seen: Seen) -> None:
    """Further abstracts come with the type and language that the catalogue lists."""
    assert seen.parts == {
        "PIP en": 102,
        "Publisher de": 26,
        "Publisher es": 15,
        "Publisher it": 11,
        "Publisher pt": 9,
        "Publisher nl": 6,
        "Publisher fr": 3,
        "Publisher zh": 2,
        "Publisher ar": 1,
        "plain-language-summary en": 13,
    }


@pytest.mark.real
def test_real_text_is_whole(seen: Seen) -> None:
    """No text is lost: characters are those of the catalogue, within labels and blanks."""
    assert 12_578_969 * 0.9999 <= seen.chars["pubmed20n0014"] <= 12_578_969 * 1.01
    assert 27_968_783 * 0.999 <= seen.chars["pubmed21n1298"] <= 27_968_783 * 1.03
