"""JSON lines and Parquet whose records hold an id and a text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import BinaryIO, ClassVar, cast

from sources.base import Failure, Item, Resource, Source, SourceError
from sources.text.jsonlines import FIELDS, Row, document, read_rows, record_id, renamed

MAPPED = (*FIELDS, "status", "status_date", "superseded_by", "supersedes", "review_date")
"""Targets of ``fields``: the fields of a document, and what a record says of its own state."""


def check_fields(names: object) -> None:
    """Check the option ``fields`` of a recipe.

    Args:
        names: Our name to theirs.

    Raises:
        ValueError: A name that is none of ours, or one of theirs that is no text.
    """
    assert isinstance(names, Mapping)  # the recipe saw to it
    for ours, theirs in names.items():
        if ours not in MAPPED:
            near = difflib.get_close_matches(ours, MAPPED, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(MAPPED)}"
            raise ValueError(
                f"fields maps our names to those of the records; {ours!r} is none: {hint}"
            )
        if not isinstance(theirs, str) or not theirs:
            raise ValueError(f"fields gives {ours} no name of a field, but {theirs!r}")


def nested(record: Mapping[str, object]) -> str:
    """Say that what lies inside other fields is not found; empty where a record has none such.

    Args:
        record: One in which a field was looked for.
    """
    if not any(isinstance(value, list | dict) for value in record.values()):
        return ""
    return "; what lies inside other fields cannot be mapped: write it at the top of the record"


class JsonLines(Source):
    """Records with ``id`` and ``text``; other fields by the names of the shard columns.

    The recipe maps other names with ``fields = { text = "body" }``; what has no place in a
    document goes into its metadata. A record that does not hold what it should costs one failure
    with its line.
    """

    name = "jsonl"
    kind = "other"
    summary = "JSON lines or Parquet with the fields id and text"
    version = 3
    patterns = ("*.jsonl", "*.ndjson", "*.parquet")
    options: ClassVar[Mapping[str, object]] = {"fields": {}}

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        check_fields(self.config["fields"])

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
        inside = nested(row.record) if error.rule in ("no_text_field", "no_id") else ""
        return Failure(error.rule, f"{unit} {row.number:,}: {error}{inside}", native_id)
