"""Drug labels: HL7 SPL as DailyMed distributes it, and the records of openFDA.

Both name a label by its set id and number its versions, so the versions of one label, and the same
version from both, are revisions of one work: the greatest version is current, and of one version
SPL, which has the tables. A file with a label is one document; openFDA's bulk files and answers
have many. Files of SPL that are no labels (indexes of substances, registrations) have no text.

DailyMed's releases are archives of archives: a zip a label, with pictures beside the XML.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, ClassVar

from sources.base import Document, Failure, Input, Item, Resource, Source, SourceError
from sources.streams import open_input, zip_members
from sources.text.entities import read
from sources.text.json_stream import Answer, text
from sources.text.openfda import read_record
from sources.text.peek import is_json, peek
from sources.text.safe_xml import read_tree
from sources.text.spl import read_label

MAX_BYTES = 64 << 20
"""Largest SPL file and largest archive of one label. The largest labels have about 10 MB."""

OPENFDA_LICENCE = "CC0-1.0"
"""openFDA's licence for its data, unless a record is marked otherwise (its terms of service)."""

_TERMS = "terms of openFDA: CC0 1.0 unless marked"


class Labels(Source):
    """Labels of medicines for people and animals.

    ``publication_types`` holds the type of label (``HUMAN PRESCRIPTION DRUG LABEL``).
    """

    name: ClassVar[str] = "labels"
    kind: ClassVar[str] = "label"
    summary: ClassVar[str] = (
        "drug labels: DailyMed's SPL (XML, zip) and openFDA's drug/label (JSON)"
    )
    patterns: ClassVar[tuple[str, ...]] = ("*.xml", "*.json")
    libraries: ClassVar[tuple[str, ...]] = ("lxml",)
    identifiers: ClassVar[frozenset[str]] = frozenset(
        {"document_id", "product_ndc", "rxcui", "set_id", "unii"}
    )

    def resources(self, item: Input) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
        """Open one located file, and the archives inside an archive; see `Source.resources`."""
        for resource, stream in open_input(item, (*self.patterns, "*.zip")):
            if not resource.name.lower().endswith(".zip") or isinstance(stream, Failure):
                yield resource, stream
                continue
            try:
                data = read(stream, MAX_BYTES + 1)
                if len(data) > MAX_BYTES:
                    detail = f"{resource.path}: an archive of more than {MAX_BYTES:,} bytes"
                    raise SourceError("too_large", detail)
                inner = Input(resource.path, resource.file, len(data))
                yield from zip_members(inner, io.BytesIO(data), self.patterns)
            except SourceError as error:
                yield resource, Failure(error.rule, str(error))

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the labels of one file; what it is, is told by its first bytes.

        Raises:
            SourceError: As `safe_xml.read_tree`, `spl.read_label` and `json_stream.Answer` say;
                ``error_answer`` where openFDA reports an error; ``not_a_label`` for another answer.
        """
        head, rest = peek(stream)
        if is_json(head):
            yield from _records(resource, rest)
        else:
            root = read_tree(rest, resource.path, MAX_BYTES)
            try:
                yield read_label(root)
            except RecursionError:
                detail = f"{resource.path}: elements nested too deeply to be read"
                raise SourceError("too_deep", detail) from None


def _records(resource: Resource, stream: BinaryIO) -> Iterator[Item]:
    answer = Answer(stream, "results")
    for row in answer.records():
        if isinstance(row, Failure):
            yield row
            continue
        try:
            yield _licensed(read_record(row.record), answer)
        except SourceError as error:
            yield Failure(error.rule, f"record {row.number:,}: {error}")
    if not answer.listed:
        code = text(answer.head, "error", "code")
        if code:
            said = code if code.replace("_", "").isalnum() and len(code) < 40 else "an error"
            raise SourceError("error_answer", f"{resource.path}: the service answered {said}")
        raise SourceError("not_a_label", f"{resource.path}: JSON without a list of results")


def _licensed(label: Document, answer: Answer) -> Document:
    address = text(answer.head, "meta", "license")
    evidence = f"meta.license: {address}" if address else _TERMS
    return replace(label, license=OPENFDA_LICENCE, license_evidence=evidence)
