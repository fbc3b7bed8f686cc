"""Answers of E-utilities: records are read by `pubmed` and `pmc`, the others are told apart."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

from sources.base import Document, Resource, Source, SourceError
from sources.pmc import Pmc
from sources.pubmed import PubMed

ANSWERS = {
    "eInfoResult",
    "eLinkResult",
    "ePostResult",
    "eSearchResult",
    "eSpellResult",
    "eSummaryResult",
}


def outcome(source: Source, path: Path) -> str:
    """``read``, or the rule by which a file is refused; what is read has documents alone."""
    data = path.read_bytes()
    resource = Resource(path.name, path.name, len(data), str(path))
    try:
        found = list(source.parse(resource, io.BytesIO(data)))
    except SourceError as error:
        assert "\n" not in str(error)
        return error.rule
    assert found
    assert all(isinstance(item, Document) for item in found)
    return "read"


def test_every_recorded_answer_is_read_or_told(real_data: Path) -> None:
    """Citations and articles are documents; a search, a summary or an error is one failed row."""
    seen: Counter[tuple[str, bool]] = Counter()
    for path in sorted((real_data / "formats" / "entrez").rglob("*.xml")):
        head = path.read_bytes()[:2000].decode("utf-8", "replace")
        other = any(f"<{name}" in head for name in ANSWERS)
        source = Pmc() if "<pmc-articleset" in head else PubMed()
        result = outcome(source, path)
        assert (result == "read") != other, path.name
        seen[result, other] += 1
    assert seen["read", False] >= 45
    assert seen["not_xml", True] >= 15
