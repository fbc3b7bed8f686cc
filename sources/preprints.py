"""Preprints of bioRxiv and medRxiv: the API's records, and full text in JATS, alone or as MECA.

The API gives a row a version with the abstract, the licence and the DOI under which the work was
published; the full text comes apart, in archives (``.meca``) with the JATS of one version. Both are
documents. The id is the DOI, of a row with ``/abstract`` behind it: a row says of the work what the
full text does not, so neither replaces the other. They have one DOI, so a build knows them as forms
of one work, and keeps the full text where it has both. Later versions replace earlier ones.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, ClassVar

from lxml import etree

from sources import licences
from sources.base import Failure, Input, Item, Resource, SourceError
from sources.items import Document, Relation
from sources.pmc import Pmc
from sources.text import identifiers, jats_links
from sources.text.declared import iso_date
from sources.text.json_stream import Answer, text
from sources.text.markup import printable
from sources.text.peek import is_json, peek

# Files of a MECA archive (NISO RP-30) that are about it.
_MECA_OWN = frozenset({"manifest.xml", "directives.xml", "transfer.xml", "reviews.xml"})
# What is left of the markup of HighWire in abstracts: opened by O_, closed by C_.
# They touch the words around them.
_FIGURE = re.compile(r"O_FIG.*?C_FIG|O_LINKSMALLFIG[^\n]*", re.DOTALL)
_HEADING = re.compile(r"O_ST_ABS(.*?)C_ST_ABS")
_ITEM = re.compile(r"\s*O_LI(?!ST|NK)(.*?)C_LI(?!ST)\s*", re.DOTALL)
_OTHER = re.compile(r"[OC]_(?:SCPLOW|SCPCAP|LIST|LI|ST_ABS|TEXTBOX|QD|FIG|TBL)")
_NOTHING = frozenset({"", "na", "n/a", "none", "null"})


class Preprints(Pmc):
    """Preprints of bioRxiv and medRxiv; the recipe keys are those of `sources.pmc.Pmc`."""

    name: ClassVar[str] = "preprints"
    kind: ClassVar[str] = "article"
    summary: ClassVar[str] = "bioRxiv and medRxiv: API records (JSON), JATS, MECA archives"
    patterns: ClassVar[tuple[str, ...]] = ("*.json", "*.xml")
    version: ClassVar[int] = 2
    may_be_empty: ClassVar[bool] = True
    identifiers: ClassVar[frozenset[str]] = Pmc.identifiers | {"jatsxml", "server", "type"}

    def resources(self, item: Input) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
        """Open one located file; of a MECA archive its articles. See `Source.resources`."""
        for resource, stream in super().resources(item):
            member = item.path.lower().endswith(".meca") and "::" in resource.path
            if not (member and resource.name.lower() in _MECA_OWN):
                yield resource, stream

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the preprints of one file: a page of the API, or one article.

        Raises:
            SourceError: As `json_stream.Answer` and `sources.pmc.Pmc.parse` say;
                ``not_preprints`` for JSON that is no page of the API.
        """
        head, rest = peek(stream)
        if not is_json(head):
            yield from super().parse(resource, rest)
            return
        answer = Answer(rest, "collection")
        for row in answer.records():
            if isinstance(row, Failure):
                yield row
                continue
            doi = identifiers.doi(text(row.record, "doi"))
            if doi:
                yield _record(row.record, doi)
            else:
                yield Failure("no_id", f"record {row.number:,}: no DOI: not a row of the API")
        if not answer.listed and "messages" not in answer.head:
            detail = f"{resource.path}: JSON without a collection: not a page of bioRxiv's API"
            raise SourceError("not_preprints", detail)

    def documents(self, article: etree._Element) -> list[Document]:
        """Return the documents of one full text under its DOI."""
        found = super().documents(article)
        doi = next((document.doi for document in found if not document.part), "")
        return [
            replace(
                document,
                native_id=doi or document.native_id,
                publication_types=("preprint", *document.publication_types),
            )
            for document in found
        ]


def _record(record: Mapping[str, object], doi: str) -> Document:
    """A row of the API: one version of one preprint, with its abstract."""
    title = printable(" ".join(html.unescape(text(record, "title")).split()))
    number = text(record, "version")
    server, said = text(record, "server"), text(record, "license")
    version = max(1, int(number[:3])) if number.isascii() and number.isdigit() else 1
    published = identifiers.doi(text(record, "published"))
    words = text(record, "abstract")
    metadata = {
        "server": server,
        "type": text(record, "type"),
        "subjects": [text(record, "category")] if text(record, "category") else [],
        "jatsxml": text(record, "jatsxml"),
    }
    host = f"www.{server.lower()}.org" if server.lower() in ("biorxiv", "medrxiv") else ""
    return Document(
        native_id=f"{doi}/abstract",
        text="" if words.strip().lower() in _NOTHING else _abstract(words),
        title=title,
        kind="abstract",
        version=version,
        status=jats_links.status("", title, ()),
        license=licences.from_words(said),
        license_evidence=licences.evidence("field license", said),
        date=iso_date(text(record, "date")),
        url=f"https://{host}/content/{doi}v{version}" if host else f"https://doi.org/{doi}",
        doi=doi,
        journal=server,
        authors=tuple(_authors(text(record, "authors"))),
        publication_types=("preprint",),
        relations=(Relation("preprint_of", f"doi:{published}"),) if published else (),
        metadata={key: value for key, value in metadata.items() if value},
    )


def _authors(names: str) -> Iterator[str]:
    """Names from ``Doe, J.; Roe, A.`` as ``Doe J.``; the corresponding one stands apart."""
    for name in names.split(";"):
        if joined := " ".join(name.replace(",", " ").split()):
            yield joined


def _abstract(words: str) -> str:
    """An abstract as Markdown; figures are left out, other remains of markup lose their marks."""
    plain = _FIGURE.sub(" ", html.unescape(words))
    plain = _HEADING.sub(lambda match: f"\n\n## {' '.join(match[1].split())}\n\n", plain)
    plain = _ITEM.sub(lambda match: f"\n- {' '.join(match[1].split())}\n", plain)
    plain = plain.replace("\n\n- ", "\n- ")
    plain = _OTHER.sub("", plain)
    blocks = re.split(r"\n\s*\n", plain)
    written = ("\n".join(" ".join(part.split()) for part in block.split("\n")) for block in blocks)
    return printable("\n\n".join(block.strip("\n") for block in written if block.strip()))
