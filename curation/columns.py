"""Arrow schemas: the cached documents table, the shards and the ledger.

Column names and order of shards and ledger are contracts; the documents table is internal.
"""

from __future__ import annotations

import pyarrow as pa

from filters.base import Column
from filters.pii.masks import MASKS
from filters.removals import REMOVED
from filters.shared import LINES
from sources.columns import DOCUMENT, FAILURE, RELATION, TOMBSTONE

__all__ = [
    "DOCUMENT",
    "FAILURE",
    "LANGUAGES",
    "PII",
    "SHARD_SCHEMA",
    "TEXTS",
    "TOMBSTONE",
    "documents_schema",
    "ledger_schema",
]

TEXTS = pa.list_(pa.string())

RELATIONS = pa.list_(RELATION)

PII = pa.map_(pa.string(), pa.int64())

LANGUAGES = pa.map_(pa.string(), pa.float64())
"""Language to its share of a text, as `filters.language` gives it."""

_INTERNAL = [
    ("row_type", pa.int8()),
    ("id", pa.string()),
    ("id_hash", pa.uint64()),
    ("base", pa.string()),
    ("part", pa.string()),
    ("version", pa.int32()),
    ("revision", pa.string()),
    ("input", pa.string()),
    ("resource", pa.string()),
    ("position", pa.int64()),
    ("rule", pa.string()),
    ("detail", pa.string()),
    ("status", pa.string()),
    ("status_date", pa.string()),
    ("review_date", pa.string()),
    ("relations", RELATIONS),
    ("declared_lang", pa.string()),
    ("lang_share", pa.float64()),
    ("lang_parts", LANGUAGES),
    ("license_evidence", pa.string()),
    ("pii", PII),
    ("pii_fault", pa.string()),
    ("masks", MASKS),
    ("removed", REMOVED),
    ("content_hash", pa.binary(16)),
    ("signature", pa.binary(512)),
    ("word_hashes", pa.large_binary()),
    ("shingle_words", pa.int32()),
    ("guard", pa.large_binary()),
    ("guard_hash", pa.uint64()),
    ("title_hash", pa.uint64()),
    ("stage", pa.int8()),
    ("text_bytes", pa.int64()),
    ("no_text", pa.bool_()),
    ("undone", pa.string()),
    *LINES,
]

_DESCRIPTION = [
    ("kind", pa.string()),
    ("lang", pa.string()),
    ("lang_score", pa.float64()),
    ("license", pa.string()),
    ("date", pa.string()),
    ("url", pa.string()),
    ("pmid", pa.string()),
    ("pmcid", pa.string()),
    ("doi", pa.string()),
    ("journal", pa.string()),
    ("authors", TEXTS),
    ("mesh", TEXTS),
    ("publication_types", TEXTS),
    ("keywords", TEXTS),
    ("metadata", pa.string()),
]


def documents_schema(measured: tuple[Column, ...]) -> pa.Schema:
    """Return the schema of a cached part: internals, description, measurements, text."""
    fields = [pa.field(name, kind) for name, kind in [*_INTERNAL, *_DESCRIPTION]]
    fields += [pa.field(column.name, column.type) for column in measured]
    return pa.schema([*fields, pa.field("title", pa.string()), pa.field("text", pa.large_string())])


SHARD_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("title", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("lang", pa.string()),
        ("lang_score", pa.float64()),
        ("license", pa.string()),
        ("date", pa.string()),
        ("year", pa.int32()),
        ("url", pa.string()),
        ("pmid", pa.string()),
        ("pmcid", pa.string()),
        ("doi", pa.string()),
        ("work", pa.string()),
        ("words", pa.int64()),
        ("chars", pa.int64()),
        ("tokens", pa.int64()),
        ("repeats", pa.int32()),
        ("cluster", pa.string()),
        ("journal", pa.string()),
        ("authors", TEXTS),
        ("mesh", TEXTS),
        ("publication_types", TEXTS),
        ("keywords", TEXTS),
        ("metadata", pa.string()),
    ]
)
"""Columns of a shard, in order."""


def ledger_schema(measured: tuple[Column, ...]) -> pa.Schema:
    """Return the schema of the ledger: fixed columns, then whatever else is measured.

    Args:
        measured: Columns of the measurements; without any the fixed columns alone, which the
            ledger of every version has.
    """
    fixed = [
        ("id", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("resource", pa.string()),
        ("position", pa.int64()),
        ("outcome", pa.string()),
        ("step", pa.string()),
        ("rule", pa.string()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("detail", pa.string()),
        ("work", pa.string()),
        ("cluster", pa.string()),
        ("representative", pa.string()),
        ("similarity", pa.float64()),
        ("split", pa.string()),
        ("shard", pa.string()),
        ("row", pa.int64()),
        ("license", pa.string()),
        ("date", pa.string()),
        ("lang", pa.string()),
        ("lang_score", pa.float64()),
        ("words", pa.int64()),
        ("chars", pa.int64()),
        ("tokens", pa.int64()),
        ("pii", PII),
        ("removed", REMOVED),
    ]
    names = {name for name, _ in fixed}
    rest = [(c.name, c.type) for c in measured if c.name not in names]
    return pa.schema([*fixed, *(_LATER if rest else ()), *rest])


_LATER = (
    ("masks", MASKS),
    ("declared_lang", pa.string()),
    ("lang_agrees", pa.bool_()),
    ("lang_share", pa.float64()),
    ("lang_parts", LANGUAGES),
)
