"""The records of the project: what a source yields, and what it raises.

Kept apart from `sources.base` so that the reading of files can use them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["current", "retracted", "withdrawn", "superseded", "deleted"]

KINDS = ("abstract", "article", "guideline", "label", "trial", "book", "question", "web", "other")
"""Kinds of document, the values of the shard column ``kind``."""


class SourceError(ValueError):
    """A resource or record cannot be read as what it claims to be.

    Raised inside ``Source.parse`` it ends that resource with one ledger row and keeps what was
    yielded before. The message never quotes text of a document.

    Args:
        rule: Reason code of the ledger, snake case (``not_xml``, ``truncated`` …).
        message: One line: what is wrong, where, and what to do.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Resource:
    """One readable thing: a file, or one member of an archive.

    Attributes:
        path: Name in the ledger: POSIX path relative to the recipe, an archive's member after
            ``::``.
        name: Base name of the file or member without compression suffix.
        size: Bytes of the file or member as stored; -1 where unknown.
        file: Absolute path of the physical file (the archive for a member).
        facts: What its source says of it beside its bytes (a licence code, a retraction), by name:
            known of files that a snapshot pins.
    """

    path: str
    name: str
    size: int
    file: str
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str:
        """Return one fact, empty where it is not known."""
        return dict(self.facts).get(name, "")


@dataclass(frozen=True, slots=True)
class Relation:
    """A link from a document to another work.

    Attributes:
        type: ``retraction_of``, ``retracted_by``, ``superseded_by``, ``supersedes``,
            ``correction_of``, ``corrected_by``, ``comment_on``, ``concern_about``,
            ``reinstatement_of``, ``preprint_of``,
            ``translation_of``, ``part_of``, ``related`` …
        target: ``pmid:123``, ``pmcid:PMC123``, ``doi:10.1/x`` or ``url:`` and an address without
            fragment.
        date: Date of the link where known, else empty.
    """

    type: str
    target: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read from a record.

    Attributes:
        native_id: Identifier inside the source, without its prefix (``31452104``, ``PMC6716367``).
        text: Body as Markdown, *without* the title: the build writes ``# title`` before it. Empty
            where the record holds no text; the ledger then says ``no_text``.
        title: Title as one line of Markdown inline text.
        kind: One of `KINDS`; None means the source's own.
        part: Name of a document inside a record (``other-abstract-1``, ``sa1``), else empty.
        version: Version number of the record, 1 and up (``PMID/@Version``).
        revision: Sortable key of the record's state: of several rows with one id the greatest
            wins; equal for all parts of one record. Empty means order of arrival by path.
        status: State that the record itself declares.
        status_date: Date of that state where known.
        lang: Language that the metadata declares for this text, ISO 639-1 where there is one.
        license: SPDX identifier or ``LicenseRef-…``; empty means unknown.
        license_evidence: The place of the statement, a colon, and the statement as found (URL or
            words).
        date: Date of publication as precise as known (``2019``, ``2019-08``, ``2019-08-26``).
        url: Address of the document for a reader.
        pmid: PubMed id, digits only.
        pmcid: PubMed Central id with ``PMC``.
        doi: Normalised, lower case, without resolver.
        journal: Name of the journal.
        authors: Names as printed, ``Family Given``.
        mesh: MeSH descriptor names.
        publication_types: Publication or article types as the source names them.
        keywords: Author keywords.
        relations: Links to other works.
        metadata: Everything else, JSON-serialisable.
        undone: Step of the source's own that it undid, because it would have changed what the text
            says; the ledger tells so. Empty for none.
        review_date: Date by which its publisher meant to review it, where it says so.
    """

    native_id: str
    text: str
    title: str = ""
    kind: str | None = None
    part: str = ""
    version: int = 1
    revision: str = ""
    status: Status = "current"
    status_date: str = ""
    lang: str = ""
    license: str = ""
    license_evidence: str = ""
    date: str = ""
    url: str = ""
    pmid: str = ""
    pmcid: str = ""
    doi: str = ""
    journal: str = ""
    authors: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    undone: str = ""
    review_date: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that cannot be read as what it claims to be.

    Attributes:
        rule: Reason code, snake case.
        detail: One line for people: what, where (line, byte, record number), what to do. Never
            text of the document.
        native_id: Its id where that could be read.
    """

    rule: str
    detail: str
    native_id: str = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A notice that a record was deleted at its source.

    Acts on the rows of ``native_id`` and ``version`` whose ``revision`` is smaller.
    """

    native_id: str
    version: int = 1
    revision: str = ""


Item = Document | Failure | Tombstone
