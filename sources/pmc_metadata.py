"""The metadata files of PubMed Central's cloud service: which articles PMC marks as retracted.

One JSON object a file, ``metadata/PMC<id>.<version>.json`` of the open data set. It holds no text
to train on. PMC's mark comes from its publishers and differs from PubMed's and Retraction Watch's,
so all of them are joined; it bears no date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO, Final

from sources.base import Document, Item, Relation, Resource, Source, SourceError
from sources.text import identifiers

MAX_BYTES: Final = 4 << 20
"""Real files have some hundred bytes, those with many media files some thousand."""


class PmcMetadata(Source):
    """Notices about articles: they take part in the status of works, and are never kept."""

    name = "pmc_metadata"
    kind = "other"
    summary = "metadata files of PMC's cloud service: which articles are retracted"
    patterns = ("PMC*.json",)
    holds_text = False

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield one document without text; see `Source.parse`."""
        data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise SourceError("too_large", f"more than {MAX_BYTES >> 20} MB: no metadata of PMC")
        try:
            record = json.loads(data)
        except (ValueError, RecursionError):
            raise SourceError("bad_json", "not JSON; fetch the file again") from None
        pmcid = _text(record, "pmcid") if isinstance(record, dict) else ""
        number = identifiers.pmcid(pmcid)[0]
        if not number or not isinstance(record.get("is_retracted"), bool):
            raise SourceError("bad_record", "no object with pmcid and is_retracted, as PMC has")
        version = record.get("version")
        ids = {
            "pmcid": number,
            "pmid": identifiers.pmid(_text(record, "pmid")),
            "doi": identifiers.doi(_text(record, "doi")),
        }
        targets = [f"{kind}:{value}" for kind, value in ids.items() if value]
        yield Document(
            native_id=number,
            text="",
            version=version if isinstance(version, int) and 0 < version < 1_000 else 1,
            relations=tuple(Relation("retraction_of", target) for target in targets)
            if record["is_retracted"]
            else (),
        )


def _text(record: dict[str, object], key: str) -> str:
    """Return a value that may be a number, absent or null."""
    value = record.get(key)
    return str(value) if isinstance(value, str | int) else ""
