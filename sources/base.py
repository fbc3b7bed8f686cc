"""What a source is and what it yields: resources in, documents out.

A source turns bytes into documents. It knows nothing of filters or of the build: text is handed
over as it stands in the record, in Markdown, and the build normalises, measures and redacts it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from sources.files import Input, Listing, locate
from sources.items import (
    KINDS,
    Document,
    Failure,
    Item,
    Relation,
    Resource,
    SourceError,
    Status,
    Tombstone,
)
from sources.streams import open_input

if TYPE_CHECKING:
    from sources.columns import Batch

__all__ = [
    "KINDS",
    "Document",
    "Failure",
    "Input",
    "Item",
    "Listing",
    "Relation",
    "Resource",
    "Source",
    "SourceError",
    "Status",
    "Tombstone",
]


class Source(ABC):
    """Base of every connector; a subclass is one file in this package or a plug-in.

    Subclasses set the class attributes and write `parse`. Plug-ins register the class under the
    entry-point group ``curation.sources``.

    Attributes:
        name: Registered name, as recipes use it.
        kind: Default kind of its documents.
        summary: One line for ``curation sources list``.
        patterns: Shell patterns of file names picked up in folders and archives; compression
            suffixes (.gz .zst .xz .bz2) are stripped before matching.
        version: Raised whenever the same bytes give other documents.
        options: Name and default of each further recipe key; a value must have the type of its
            default.
        libraries: Distributions whose version changes the text; they enter the task key.
        identifiers: Metadata keys that hold identifiers, dates and controlled terms by
            construction. They are published as they are; all other metadata is scanned for
            personal data.
        needs_paths: Whether a recipe must give ``paths``.
        holds_text: Whether its documents have text; without, they are notices about others, and
            that none of them stays alarms nobody.
        may_be_empty: Whether a file without any record is right: the page of a search that finds
            nothing, the last page of a list. Else it is a failed row.
    """

    name: ClassVar[str]
    kind: ClassVar[str] = "other"
    summary: ClassVar[str] = ""
    patterns: ClassVar[tuple[str, ...]] = ("*",)
    version: ClassVar[int] = 1
    options: ClassVar[Mapping[str, object]] = {}
    libraries: ClassVar[tuple[str, ...]] = ()
    identifiers: ClassVar[frozenset[str]] = frozenset()
    needs_paths: ClassVar[bool] = True
    holds_text: ClassVar[bool] = True
    may_be_empty: ClassVar[bool] = False

    def __init__(self, **options: object) -> None:
        self.config: dict[str, object] = {**self.options, **options}

    @abstractmethod
    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield the items of one resource in their order.

        Args:
            resource: What is read; its names go into messages.
            stream: Decompressed bytes, read forward only; may raise `SourceError` on damage.

        Yields:
            Documents, failures and tombstones. Whatever is raised ends the resource with one
            ledger row and keeps what was yielded before.
        """

    def read(self, resource: Resource, stream: BinaryIO) -> Iterator[Item | Batch]:
        """Yield what the build takes from one resource: the items of `parse`, in their order.

        A source of very many small records may override this and yield any stretch of them as one
        `sources.columns.Batch`, without an object a record. Its rows must be those that
        `sources.columns.batch_of` makes of the items of `parse`.
        """
        return self.parse(resource, stream)

    def locate(self, paths: Sequence[str], root: Path) -> Listing:
        """List the files that the recipe's ``paths`` stand for.

        Args:
            paths: Files, folders, globs and archives, relative to ``root``.
            root: The recipe's folder.

        Returns:
            Inputs and problems, sorted by path.
        """
        return locate(paths, root, self.patterns)

    def resources(self, item: Input) -> Iterator[tuple[Resource, BinaryIO | Failure]]:
        """Open one located file: its resources with their decompressed streams.

        Args:
            item: As `locate` gave it.

        Yields:
            Resource and stream (valid until the next is asked for), or resource and failure.
        """
        return open_input(item, self.patterns)
