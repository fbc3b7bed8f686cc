"""Rows to columns: the documents table of one batch, normalised, redacted, measured and signed.

Redaction happens here, in memory, before any byte of text reaches the cache. Rows whose scan
fails lose their text and are marked; the decision drops them (fail closed).
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.columns import DOCUMENT, FAILURE, RELATIONS, TEXTS, TOMBSTONE, documents_schema
from curation.task import Parameters
from filters import registry
from filters.duplicates.signatures import content_hash, id_hash, sign
from filters.language import Identifier
from filters.normalise import normalise, normalise_line
from filters.pii import redact
from sources import registry as source_registry
from sources.base import Document, Failure, Item

LINES = (
    "title",
    "license_evidence",
    "url",
    "pmid",
    "pmcid",
    "doi",
    "journal",
    "date",
    "status_date",
    "declared_lang",
    "license",
)
"""One-line fields that are normalised and scanned for personal data."""

LISTS = ("authors", "mesh", "publication_types", "keywords")

ORDINARY_ID = re.compile(r"(?:PMC)?[0-9]{1,9}|[0-9a-f]{16}|")
"""Ids that hold nothing personal: PMIDs, PMCIDs, hashes, or none at all."""

NO_ID = np.uint64(2**64 - 1)


@dataclass(frozen=True, slots=True)
class Row:
    """One item with its place.

    Attributes:
        input: Path of the physical file that it came from, as planned.
        resource: File or archive member: with the position the ledger's key in a source.
        position: Ordinal in the resource, -1 where it failed as a whole.
        item: What the source yielded.
    """

    input: str
    resource: str
    position: int
    item: Item


def table_of(rows: Sequence[Row], parameters: Parameters) -> pa.Table:
    """Turn a batch of rows into the documents table.

    Args:
        rows: Items of one source in any order.
        parameters: Source name, defaults, masking profile and model.

    Returns:
        Table with `documents_schema`, one row per item, in the order given.
    """
    columns = _description(rows, parameters)
    texts = normalise(_composed(rows, columns["title"]))
    columns["text"] = texts
    _redact(columns, rows, parameters)
    texts = columns["text"]
    _measure(columns, texts, parameters)
    schema = documents_schema(registry.columns())
    arrays = [
        column if column.type == field.type else column.cast(field.type)
        for field in schema
        for column in [columns[field.name]]
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _description(rows: Sequence[Row], parameters: Parameters) -> dict[str, pa.Array]:
    """Columns that are copied from the items; failures and tombstones give empty ones."""
    items = [row.item for row in rows]
    blank = Document("", "")
    docs = [item if isinstance(item, Document) else blank for item in items]
    versions = [getattr(item, "version", 1) for item in items]
    natives = _clean_ids([item.native_id for item in items], rows, parameters)
    bases = [f"{parameters.source}:{native}" if native else None for native in natives]
    ids = [
        base and f"{base}{f'@{v}' if v > 1 else ''}{f'#{d.part}' if d.part else ''}"
        for base, v, d in zip(bases, versions, docs, strict=True)
    ]
    types = [_row_type(item) for item in items]
    columns: dict[str, pa.Array] = {
        "row_type": pa.array(types, pa.int8()),
        "id": pa.array(ids, pa.string()),
        "base": pa.array(bases, pa.string()),
        "part": pa.array([d.part for d in docs], pa.string()),
        "version": pa.array(versions, pa.int32()),
        "revision": pa.array([getattr(item, "revision", "") for item in items], pa.string()),
        "input": pa.array([row.input for row in rows], pa.string()),
        "resource": pa.array([_printable(row.resource) for row in rows], pa.string()),
        "position": pa.array([row.position for row in rows], pa.int64()),
        "rule": pa.array([i.rule if isinstance(i, Failure) else None for i in items], pa.string()),
        "detail": pa.array(
            [_printable(i.detail) if isinstance(i, Failure) else None for i in items], pa.string()
        ),
        "status": pa.array([d.status for d in docs], pa.string()),
        "relations": _relations(docs),
        "kind": pa.array([d.kind or parameters.kind for d in docs], pa.string()),
        "metadata": pa.array([_json(d.metadata) for d in docs], pa.string()),
        "scanned_metadata": _free_metadata(docs, parameters.use),
    }
    hashes = id_hash(columns["id"].fill_null("").cast(pa.large_string()))
    columns["id_hash"] = pa.array(np.where(columns["id"].is_null(), NO_ID, hashes))
    sources: dict[str, Callable[[Document], str]] = {
        "declared_lang": lambda d: d.lang,
        "license": lambda d: d.license or parameters.license or "NOASSERTION",
        "license_evidence": lambda d: (
            "given in the recipe" if parameters.license and not d.license else d.license_evidence
        ),
    }
    for name in LINES:
        get = sources.get(name)
        values = [get(d) for d in docs] if get else [getattr(d, name) for d in docs]
        columns[name] = normalise_line(_strings(values))
    for name in LISTS:
        columns[name] = _string_lists([getattr(d, name) for d in docs])
    columns["no_text"] = pa.array([not d.text.strip() for d in docs], pa.bool_())
    return columns


def _row_type(item: Item) -> int:
    if isinstance(item, Document):
        return DOCUMENT
    return FAILURE if isinstance(item, Failure) else TOMBSTONE


def _clean_ids(natives: list[str], rows: Sequence[Row], parameters: Parameters) -> list[str]:
    """Replace ids that hold personal data (an address as key) by a hash of their place."""
    shown = [_printable(native) for native in natives]
    if all(map(ORDINARY_ID.fullmatch, natives)):
        return shown
    masked = redact({"id": _strings(shown)}, "default", parameters.pii_keep).columns["id"]
    changed = np.flatnonzero(~np.asarray(pc.equal(masked, _strings(shown))))
    for index in changed.tolist():
        place = f"{rows[index].resource}\n{rows[index].position}"
        shown[index] = hashlib.sha256(place.encode()).hexdigest()[:16]
    return shown


def _printable(text: str) -> str:
    """Escape control characters and lone surrogates: names come from outside."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


# One encoder for all: `json.dumps` makes a new one each time. Metadata is made by parsers and holds
# no cycles.
_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, check_circular=False).encode


def _json(metadata: object) -> str | None:
    return _ENCODE(metadata) if metadata else None


def _strings(values: Sequence[str]) -> pa.Array:
    """Build ``large_string[n]``; lone surrogates, which UTF-8 has no bytes for, become U+FFFD."""
    try:
        return pa.array(values, pa.large_string())
    except UnicodeEncodeError:
        clean = [v.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for v in values]
        return pa.array(clean, pa.large_string())


def _string_lists(values: Sequence[tuple[str, ...]]) -> pa.Array:
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum([len(v) for v in values], out=offsets[1:])
    flat = normalise_line(_strings(list(itertools.chain.from_iterable(values))))
    return pa.ListArray.from_arrays(pa.array(offsets), flat.cast(pa.string()), type=TEXTS)


def _relations(docs: Sequence[Document]) -> pa.Array:
    values = [
        [{"type": r.type, "target": r.target, "date": r.date} for r in d.relations] for d in docs
    ]
    return pa.array(values, RELATIONS)


def _composed(rows: Sequence[Row], titles: pa.Array) -> pa.Array:
    """Return title line and body as one Markdown text, empty where the record holds no text."""
    bodies = [row.item.text if isinstance(row.item, Document) else "" for row in rows]
    composed = [
        (f"# {title}\n\n{body}" if title else body) if body.strip() else ""
        for title, body in zip(titles.to_pylist(), bodies, strict=True)
    ]
    return _strings(composed)


def _redact(columns: dict[str, pa.Array], rows: Sequence[Row], parameters: Parameters) -> None:
    """Mask every string column in place and add ``pii`` and ``pii_failed``."""
    profile, keep = parameters.pii_profile, parameters.pii_keep
    counts = _Counts(len(rows))
    body = redact({"text": columns["text"]}, profile, keep)
    counts.add(body.counts)
    failed = np.array(body.failed)
    # The title is part of the text: masked here too, counted there.
    title = redact({"title": columns["title"]}, profile, keep)
    # Unlabelled strict rules are no good in reference lists and dates: metadata uses `default`.
    mild = "off" if profile == "off" else "default"
    free = columns.pop("scanned_metadata")
    fields = {name: _without_identifiers(name, columns[name]) for name in LINES if name != "title"}
    lines = redact({**fields, "metadata": free}, mild, keep)
    counts.add(lines.counts)
    failed |= np.array(lines.failed) | np.array(title.failed)
    columns |= {**body.columns, **title.columns}
    for name in fields:
        exempt = pc.and_(pc.equal(fields[name], ""), pc.not_equal(columns[name], ""))
        columns[name] = pc.if_else(exempt, columns[name], lines.columns[name])
    columns["metadata"] = _merged_json(columns["metadata"], free, lines.columns["metadata"])
    for name in LISTS:
        columns[name] = _redacted_list(columns[name], mild, keep, counts, failed)
    columns["pii"] = counts.array()
    columns["pii_failed"] = pa.array(failed)


class _Counts:
    """Sums of masks per row and entity over several scans; most rows have none."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._found: dict[int, dict[str, int]] = {}

    def add(self, counts: pa.MapArray, rows: np.ndarray | None = None) -> None:
        lengths = np.diff(np.asarray(counts.offsets))
        for index in np.flatnonzero(lengths).tolist():
            row = int(rows[index]) if rows is not None else index
            mine = self._found.setdefault(row, {})
            for entity, number in counts[index].as_py():
                mine[entity] = mine.get(entity, 0) + number

    def array(self) -> pa.MapArray:
        offsets = np.zeros(self._rows + 1, np.int32)
        keys: list[str] = []
        values: list[int] = []
        for row in sorted(self._found):
            offsets[row + 1] = len(self._found[row])
            for entity in sorted(self._found[row]):
                keys.append(entity)
                values.append(self._found[row][entity])
        np.cumsum(offsets, out=offsets)
        return pa.MapArray.from_arrays(
            pa.array(offsets), pa.array(keys, pa.string()), pa.array(values, pa.int64())
        )


IDENTIFIERS = {
    "pmid": r"^[0-9]+$",
    "pmcid": r"^PMC[0-9]+$",
    "doi": r"^10\.[0-9]{4,9}/[^\s@]+$",
    "date": r"^[0-9-]+$",
    "url": (
        r"^https?://(pubmed\.ncbi\.nlm\.nih\.gov/[0-9]+/?|(www\.)?pmc\.ncbi\.nlm\.nih\.gov/"
        r"articles/PMC[0-9]+/?|(dx\.)?doi\.org/10\.[0-9]{4,9}/[^\s@?]+)$"
    ),
}
"""Forms that are identifiers of literature and nothing else: such values need no scan."""


def _without_identifiers(name: str, column: pa.Array) -> pa.Array:
    """Return a column with values of the identifier's own form emptied, for the scan only."""
    if name not in IDENTIFIERS:
        return column
    own = pc.match_substring_regex(column, IDENTIFIERS[name])
    return pc.if_else(own, pa.scalar("", column.type), column)


def _free_metadata(docs: Sequence[Document], use: str) -> pa.Array:
    """Return the metadata that is no identifier by construction, as JSON, empty for none."""
    known = source_registry.get(use).identifiers
    return _strings(
        [
            ""
            if known.issuperset(d.metadata)
            else _ENCODE({k: v for k, v in d.metadata.items() if k not in known})
            for d in docs
        ]
    )


def _merged_json(whole: pa.Array, free: pa.Array, masked: pa.Array) -> pa.Array:
    """Put masked values back into the metadata; where a mask broke the JSON, leave them out."""
    changed = np.flatnonzero(np.asarray(pc.not_equal(masked, free)))
    if not len(changed):
        return whole
    texts = whole.to_pylist()
    for index in changed.tolist():
        kept = json.loads(texts[index])
        for key in json.loads(free[index].as_py()):
            del kept[key]
        try:
            kept |= json.loads(masked[index].as_py() or "{}")
        except ValueError:
            kept["redacted"] = True
        texts[index] = _json(kept)
    return pa.array(texts, pa.string())


def _redacted_list(
    column: pa.ListArray, profile: str, keep: Sequence[str], counts: _Counts, failed: np.ndarray
) -> pa.ListArray:
    """Scan the values of a list column; authors' names stay, their addresses do not."""
    flat = column.values.cast(pa.large_string())
    scan = redact({"v": flat}, profile, keep)
    owners = np.repeat(np.arange(len(column)), np.diff(np.asarray(column.offsets)))
    counts.add(scan.counts, owners)
    failed[owners[np.asarray(scan.failed)]] = True
    values = scan.columns["v"].cast(pa.string())
    return pa.ListArray.from_arrays(column.offsets, values, type=TEXTS)


def _measure(columns: dict[str, pa.Array], texts: pa.Array, parameters: Parameters) -> None:
    for measurement in registry.measurements():
        columns |= dict(measurement.compute(texts))
    columns |= _language(parameters.language_model, texts)
    columns |= dict(sign(texts))
    columns["content_hash"] = content_hash(texts)
    columns["text_bytes"] = pc.binary_length(texts)


def _language(model: str, texts: pa.Array) -> dict[str, pa.Array]:
    if not model:
        size = len(texts)
        return {"lang": pa.array(["und"] * size), "lang_score": pa.nulls(size, pa.float64())}
    return dict(_identifier(model).identify(texts))


@functools.cache
def _identifier(model: str) -> Identifier:
    return Identifier(model)
