"""Real texts as a build would mask them: abstracts, JATS papers and guideline pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from filters import normalise
from sources import registry
from sources.items import Document, Failure, SourceError

KINDS = {
    "pubmed": ("pubmed/*.xml.gz", "pubmed/small"),
    "pmc": ("jats",),
    "guidelines": ("html/guidelines",),
}
"""Source, and where its files lie below ``CURATION_TEST_DATA``."""


def texts(data: Path, source: str) -> Iterator[tuple[str, str]]:
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
                for found in connector.parse(resource, stream):
                    if isinstance(found, Document) and found.text:
                        names.append(
                            f"{item.path.rsplit('/', 1)[-1]}:{found.native_id}{found.part}"
                        )
                        bodies.append(f"# {found.title}\n\n{found.text}")
    clean = normalise.normalise(pa.array(bodies, pa.large_string()))
    yield from zip(names, clean.to_pylist(), strict=True)
