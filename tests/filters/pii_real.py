"""Real texts as a build would mask them: abstracts, JATS papers, guideline pages and PDFs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pyarrow as pa

from filters import normalise
from sources import registry
from sources.columns import Batch
from sources.items import Document, Failure, Item, SourceError

KINDS = {
    "pubmed": ("pubmed/*.xml.gz", "pubmed/small"),
    "pmc": ("jats",),
    "guidelines": (
        "html/guidelines/*.jsonl.gz", "html/guidelines/*.tar.xz", "html/guidelines/pdf/*.pdf",
    ),
}  # fmt: skip
"""Source, and where its files lie below ``CURATION_TEST_DATA``."""


@cache
def texts(data: Path, source: str) -> list[tuple[str, str]]:
    """Name and normalised text (title line and body) of every document of a source.

    Args:
        data: The folder.
        source: Key of :data:`KINDS`.
    """
    names, bodies = [], []
    connector = registry.get(source)()
    for item in connector.locate(KINDS[source], data).inputs:
        for resource, stream in connector.resources(item):
            if isinstance(stream, Failure):
                continue
            with suppress(SourceError):  # the samples hold broken files too
                for found in connector.read(resource, stream):
                    for native, title, text in _rows(found):
                        names.append(f"{item.path.rsplit('/', 1)[-1]}:{native}")
                        bodies.append(f"# {title}\n\n{text}")
    clean = normalise.normalise(pa.array(bodies, pa.large_string()))
    return list(zip(names, clean.to_pylist(), strict=True))


def _rows(found: Item | Batch) -> Iterator[tuple[str, str, str]]:
    """Id, title and text of what a source yields."""
    if isinstance(found, Batch):
        names = ("native_id", "title", "text")
        columns = (found.columns[name].to_pylist() for name in names)
        yield from (row for row in zip(*columns, strict=True) if row[2])
    elif isinstance(found, Document) and found.text:
        yield found.native_id, found.title, found.text
