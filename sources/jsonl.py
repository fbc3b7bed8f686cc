"""JSON lines and Parquet whose records hold an id and a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, ClassVar, cast

from sources.base import Failure, Item, Resource, Source, SourceError
from sources.text.jsonlines import Row, document, read_rows, record_id, renamed


class JsonLines(Source):
    """Records with ``id`` and ``text``; other fields by the names of the shard columns.

    The recipe maps other names with ``fields = { text = "body" }``; what has no place in a
    document goes into its metadata. A record that does not hold what it should costs one failure
    with its line.
    """

    name = "jsonl"
    kind = "other"
    summary = "JSON lines or Parquet with the fields id and text"
    version = 2
    patterns = ("*.jsonl", "*.ndjson", "*.parquet")
    options: ClassVar[Mapping[str, object]] = {"fields": {}}

    def parse(self, resource: Resource, stream: BinaryIO) -> Iterator[Item]:
        """Yield one document a record; see `Source.parse`."""
        names = cast("Mapping[str, str]", self.config["fields"])
        unit = "row" if resource.name.lower().endswith(".parquet") else "line"
        for row in read_rows(resource, stream):
            yield row if isinstance(row, Failure) else _item(renamed(row, names), unit)


def _item(row: Row, unit: str) -> Item:
    native_id = ""
    try:
        native_id = record_id(row.record)
        return document(row.record, native_id, row.record.get("text"))
    except SourceError as error:
        return Failure(error.rule, f"{unit} {row.number:,}: {error}", native_id)
