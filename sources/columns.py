"""Items as Arrow columns: what the build takes from a source, many documents at a time.

A source yields items one by one; `batch_of` lays them side by side. A source of many small records
may make a `Batch` itself, without an object a record, and give it out in `Source.read`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.items import Document, Failure, Item

DOCUMENT, FAILURE, TOMBSTONE = 0, 1, 2
"""Values of the column ``row_type``."""

STRINGS = (
    "native_id",
    "text",
    "title",
    "kind",
    "part",
    "revision",
    "status",
    "status_date",
    "lang",
    "license",
    "license_evidence",
    "date",
    "url",
    "pmid",
    "pmcid",
    "doi",
    "journal",
    "undone",
    "review_date",
)
"""Columns of ``large_string``, the fields of `Document`; empty for none."""

LISTS = ("authors", "mesh", "publication_types", "keywords")
"""Columns of ``list<large_string>``."""

RELATION = pa.struct([("type", pa.string()), ("target", pa.string()), ("date", pa.string())])

TEXT = pa.large_string()

SCHEMA = pa.schema(
    [
        ("row_type", pa.int8()),
        ("version", pa.int32()),
        *((name, TEXT) for name in STRINGS),
        *((name, pa.list_(TEXT)) for name in LISTS),
        ("relations", pa.list_(RELATION)),
        ("metadata", TEXT),
        ("free_metadata", TEXT),
        ("rule", pa.string()),
        ("detail", TEXT),
    ]
)
"""Columns of a batch. ``metadata`` is JSON with sorted keys, ``free_metadata`` that part of it that
is no identifier by construction; both are empty for none. ``rule`` and ``detail`` are those of a
failure and else null. ``native_id`` and ``detail`` hold no control characters."""

# One encoder for all: `json.dumps` makes a new one each time. Metadata is made by parsers and holds
# no cycles.
encode_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one resource, in their order.

    Attributes:
        columns: Arrays of one length by name, with the types of `SCHEMA`.
    """

    columns: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.columns["row_type"])


def batch_of(items: Sequence[Item], identifiers: frozenset[str]) -> Batch:
    """Lay items side by side.

    Args:
        items: Documents, failures and tombstones.
        identifiers: Metadata keys that hold identifiers by construction; see `Source`.

    Returns:
        One row an item, in the order given.
    """
    blank = Document("", "")
    docs = [item if isinstance(item, Document) else blank for item in items]
    get: dict[str, Callable[[Document], str]] = {"kind": lambda d: d.kind or ""}
    columns = {
        name: strings([get[name](d) for d in docs] if name in get else _field(docs, name))
        for name in STRINGS
    }
    columns["native_id"] = strings([printable(item.native_id) for item in items])
    columns["revision"] = strings([getattr(item, "revision", "") for item in items])
    columns |= {name: lists_of([getattr(d, name) for d in docs]) for name in LISTS}
    columns |= {
        "row_type": pa.array([row_type(item) for item in items], pa.int8()),
        "version": pa.array([getattr(item, "version", 1) for item in items], pa.int32()),
        "relations": pa.array(
            [[{"type": r.type, "target": r.target, "date": r.date} for r in d.relations]
             for d in docs],
            pa.list_(RELATION),
        ),
        "metadata": strings([encode_json(d.metadata) if d.metadata else "" for d in docs]),
        "free_metadata": strings([_free(d, identifiers) for d in docs]),
        "rule": pa.array([i.rule if isinstance(i, Failure) else None for i in items], pa.string()),
        "detail": pa.array(
            [printable(i.detail) if isinstance(i, Failure) else None for i in items], TEXT
        ),
    }  # fmt: skip
    return Batch(columns)


def _field(docs: Sequence[Document], name: str) -> list[str]:
    return [getattr(d, name) for d in docs]


def _free(document: Document, identifiers: frozenset[str]) -> str:
    if identifiers.issuperset(document.metadata):
        return ""
    return encode_json({k: v for k, v in document.metadata.items() if k not in identifiers})


def row_type(item: Item) -> int:
    """Return the number of an item's kind."""
    if isinstance(item, Document):
        return DOCUMENT
    return FAILURE if isinstance(item, Failure) else TOMBSTONE


def concat(batches: Iterable[Batch]) -> Batch:
    """Return batches one after the other."""
    every = list(batches)
    if len(every) == 1:
        return every[0]
    return Batch(
        {name: pa.concat_arrays([b.columns[name] for b in every]) for name in SCHEMA.names}
    )


def take(batch: Batch, rows: npt.NDArray[np.int64]) -> Batch:
    """Return the rows of a batch by number."""
    where = pa.array(rows)
    return Batch({name: column.take(where) for name, column in batch.columns.items()})


def slices(batch: Batch, rows: int) -> Iterator[Batch]:
    """Yield a batch in stretches of at most so many rows, each with arrays of its own.

    Arrow's own slices of lists keep all values of the whole, at offsets that do not begin at 0.
    """
    if len(batch) <= rows:
        yield batch
        return
    for start in range(0, len(batch), rows):
        yield take(batch, np.arange(start, min(start + rows, len(batch))))


def printable(text: str) -> str:
    """Escape control characters and lone surrogates: names come from outside."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def strings(values: Sequence[str]) -> pa.Array:
    """Build ``large_string[n]``; lone surrogates, which UTF-8 has no bytes for, become U+FFFD."""
    try:
        return pa.array(values, TEXT)
    except UnicodeEncodeError:
        clean = [v.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for v in values]
        return pa.array(clean, TEXT)


def lists_of(values: Sequence[Sequence[str]]) -> pa.ListArray:
    """Build ``list<large_string>[n]``."""
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum([len(v) for v in values], out=offsets[1:])
    flat = strings(list(itertools.chain.from_iterable(values)))
    return pa.ListArray.from_arrays(pa.array(offsets), flat)


def constant(value: str, size: int) -> pa.Array:
    """Build ``large_string[n]`` of one value."""
    return pa.repeat(pa.scalar(value, TEXT), size)


def joined(*parts: pa.Array | str, by: str = "") -> pa.Array:
    """Join strings row by row: ``large_string[n]`` of arrays and of words that every row has."""
    arrays = [pa.scalar(part, TEXT) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*arrays, pa.scalar(by, TEXT))
