"""Items to the documents table of one batch: normalised, redacted, measured and signed.

Redaction happens here, in memory, before any byte of text reaches the cache. Rows whose scan
fails lose their text and are marked; the decision drops them (fail closed).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.columns import LANGUAGES, TEXTS, documents_schema
from curation.hidden import without_hidden
from curation.stage import stages
from curation.task import Parameters
from filters import classifier, registry
from filters.atoms import keep_atoms
from filters.boilerplate import remove_boilerplate
from filters.duplicates.signatures import content_hash, id_hash, sign
from filters.duplicates.titles import title_hash
from filters.language import Identifier
from filters.normalise import normalise, normalise_line
from filters.pii import redact
from filters.pii.redact import PREEXISTING
from filters.removals import Removals, removal_columns
from filters.shared import line_columns
from sources import registry as source_registry
from sources.columns import (
    LISTS,
    TEXT,
    Batch,
    batch_of,
    encode_json,
    joined,
    printable,
)
from sources.items import Item

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
    "review_date",
    "declared_lang",
    "license",
)
"""One-line fields that are normalised and scanned for personal data."""

ORDINARY_ID = r"^((PMC)?[0-9]{1,9}|[0-9a-f]{16}|)$"
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


@dataclass(frozen=True, slots=True)
class Placed:
    """Items as columns, with their places: `Row`, many at a time.

    Attributes:
        batch: The items, n of them.
        input: ``string[n]``.
        resource: ``string[n]``.
        position: ``int64[n]``.
    """

    batch: Batch
    input: pa.Array
    resource: pa.Array
    position: pa.Array


def placed_rows(rows: Sequence[Row], use: str) -> Placed:
    """Lay rows side by side.

    Args:
        rows: Items of one source in any order.
        use: Registered name of the source.
    """
    return Placed(
        batch_of([row.item for row in rows], source_registry.get(use).identifiers),
        pa.array([row.input for row in rows], pa.string()),
        pa.array([printable(row.resource) for row in rows], pa.string()),
        pa.array([row.position for row in rows], pa.int64()),
    )


def placed_batch(batch: Batch, origin: str, resource: str, position: int) -> Placed:
    """Place items that follow each other in one resource.

    Args:
        batch: The items.
        origin: Path of the physical file.
        resource: File or archive member.
        position: Ordinal of the first item.
    """
    size = len(batch)
    return Placed(
        _named(batch, resource),
        pa.repeat(pa.scalar(origin), size),
        pa.repeat(pa.scalar(printable(resource)), size),
        pa.array(np.arange(position, position + size)),
    )


def _named(batch: Batch, resource: str) -> Batch:
    """Let the line of every failure begin with the resource's path."""
    detail = batch.columns["detail"]
    path = printable(resource)
    bare = pc.invert(pc.starts_with(detail, path)).fill_null(False)
    if not pc.any(bare).as_py():
        return batch
    named = pc.if_else(bare, joined(f"{path}: ", detail), detail)
    return Batch({**batch.columns, "detail": named})


def table_of(placed: Placed, parameters: Parameters) -> pa.Table:
    """Turn items into the documents table.

    Args:
        placed: Items of one source in any order.
        parameters: Source name, defaults, masking profile and model.

    Returns:
        Table with `documents_schema`, one row per item, in the order given.
    """
    columns = masked(placed, parameters)
    columns |= measured(columns["text"], columns["url"], parameters)
    schema = documents_schema((*registry.columns(), *classifier.columns(parameters.classifiers)))
    arrays = [
        column if column.type == field.type else column.cast(field.type)
        for field in schema
        for column in [columns[field.name]]
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def masked(placed: Placed, parameters: Parameters) -> dict[str, pa.Array]:
    """Make of items the texts that are measured, and what describes them.

    Hidden text is dropped, the title becomes a line of the text, both are normalised, boilerplate
    is removed and what is personal masked. A classifier is trained on what comes out here.

    Args:
        placed: Items of one source in any order.
        parameters: As for `table_of`.

    Returns:
        ``text`` and all other columns but the measurements, a row an item.
    """
    shown, hidden = without_hidden(placed.batch)
    placed = replace(placed, batch=shown)
    columns = _description(placed, parameters)
    given = placed.batch.columns
    columns["title"], title_undone = keep_atoms(given["title"], columns["title"], lines=False)
    composed = _composed(columns["title"], given["text"])
    normal = normalise(composed)
    columns["text"], text_undone = keep_atoms(composed, normal)
    columns["undone"] = undone_also(given["undone"], "normalise", title_undone | text_undone)
    cut = _without_boilerplate(columns, text_undone) if parameters.boilerplate else {}
    columns |= removal_columns(len(placed.batch), hidden, cut)
    _redact(columns, parameters)
    columns["title_hash"] = title_hash(columns["title"])
    _hidden(columns, np.flatnonzero(text_undone), normal, parameters)
    return columns


def _description(placed: Placed, parameters: Parameters) -> dict[str, pa.Array]:
    """Columns that are copied from the items; failures and tombstones give empty ones."""
    given = placed.batch.columns
    native = _clean_ids(given["native_id"], placed, parameters)
    named = pc.not_equal(native, "")
    base = pc.if_else(named, joined(f"{parameters.source}:", native), _NONE)
    later = pc.greater(given["version"], 1)
    version = pc.if_else(later, joined("@", given["version"].cast(TEXT)), _EMPTY)
    part = pc.if_else(pc.equal(given["part"], ""), _EMPTY, joined("#", given["part"]))
    ids = joined(base, version, part)
    hashes = id_hash(ids.fill_null(""))
    columns: dict[str, pa.Array] = {
        "id": ids,
        "id_hash": pa.array(np.where(np.asarray(named), hashes, NO_ID)),
        "base": base,
        "input": placed.input,
        "resource": placed.resource,
        "position": placed.position,
        "detail": given["detail"],
        "kind": _or(given["kind"], parameters.kind),
        "metadata": given["metadata"],
        "scanned_metadata": given["free_metadata"],
        "no_text": _blank(given["text"]),
        "stage": stages(given["publication_types"], given["journal"], given["metadata"]),
    }
    for name in ("row_type", "part", "version", "revision", "rule", "status", "relations"):
        columns[name] = given[name]
    described = {
        "declared_lang": given["lang"],
        "license": _or(given["license"], parameters.license or "NOASSERTION"),
        "license_evidence": given["license_evidence"],
    }
    if parameters.license:
        stated = pc.not_equal(given["license"], "")
        described["license_evidence"] = pc.if_else(
            stated, given["license_evidence"], pa.scalar("given in the recipe", TEXT)
        )
    for name in LINES:
        columns[name] = normalise_line(described.get(name, given.get(name)))
    for name in LISTS:
        values = normalise_line(given[name].values).cast(pa.string())
        columns[name] = pa.ListArray.from_arrays(given[name].offsets, values, type=TEXTS)
    return columns


_EMPTY = pa.scalar("", TEXT)
_NONE = pa.scalar(None, TEXT)


def _or(values: pa.Array, other: str) -> pa.Array:
    """Return values with another one in place of the empty ones."""
    return pc.if_else(pc.equal(values, ""), pa.scalar(other, TEXT), values)


def _clean_ids(natives: pa.Array, placed: Placed, parameters: Parameters) -> pa.Array:
    """Replace ids that hold personal data (an address as key) by a hash of their place."""
    if pc.all(pc.match_substring_regex(natives, ORDINARY_ID)).as_py():
        return natives
    masked = redact({"id": natives}, "default", parameters.pii_keep).columns["id"]
    changed = np.flatnonzero(np.asarray(pc.not_equal(masked, natives)))
    if not len(changed):
        return natives
    hashes = []
    for index in changed.tolist():
        place = f"{placed.resource[index].as_py()}\n{placed.position[index].as_py()}"
        hashes.append(hashlib.sha256(place.encode()).hexdigest()[:16])
    mask = np.zeros(len(natives), np.bool_)
    mask[changed] = True
    return pc.replace_with_mask(natives, pa.array(mask), pa.array(hashes, TEXT))


def _composed(titles: pa.Array, bodies: pa.Array) -> pa.Array:
    """Return title line and body as one Markdown text, empty where the record holds no text."""
    headed = pc.if_else(pc.equal(titles, ""), bodies, joined("# ", titles, "\n\n", bodies))
    return pc.if_else(_blank(bodies), _EMPTY, headed)


def _blank(texts: pa.Array) -> pa.Array:
    return pc.or_(pc.equal(texts, ""), pc.utf8_is_space(texts))


def _redact(columns: dict[str, pa.Array], parameters: Parameters) -> None:
    """Mask every string column in place and add ``pii`` and ``pii_failed``."""
    profile, keep = parameters.pii_profile, parameters.pii_keep
    counts = _Counts(len(columns["text"]))
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


def undone_also(before: pa.Array, step: str, undone: np.ndarray) -> pa.Array:
    """Add a step to the names of those that were undone; empty or null stands for none."""
    before = before.cast(TEXT).fill_null("")
    ours = pa.array(np.where(undone, step, ""), TEXT)
    both = pc.and_(pc.not_equal(before, ""), pc.not_equal(ours, ""))
    named = pc.if_else(both, joined(before, " and ", ours), joined(before, ours))
    return pc.if_else(pc.equal(named, ""), _NONE, named)


def _without_boilerplate(columns: dict[str, pa.Array], left_alone: np.ndarray) -> Removals:
    """Remove boilerplate from the texts in place, but for those whose normalisation was undone."""
    cleaned = remove_boilerplate(columns["text"])
    texts = pc.if_else(pa.array(left_alone), columns["text"], cleaned.texts)
    emptied = pc.and_(pc.equal(texts, ""), pc.not_equal(columns["text"], ""))
    columns["text"], columns["no_text"] = texts, pc.or_(columns["no_text"], emptied)
    columns["undone"] = undone_also(columns["undone"], "boilerplate", cleaned.undone & ~left_alone)
    return {row: cut for row, cut in cleaned.removed.items() if not left_alone[row]}


def _hidden(
    columns: dict[str, pa.Array], rows: np.ndarray, normal: pa.Array, parameters: Parameters
) -> None:
    """Withhold texts whose normalisation was undone, where only it shows what is personal.

    The rules of masking are made for normalised text.
    """
    if not len(rows):
        return
    where = pa.array(rows)
    seen = redact({"text": normal.take(where)}, parameters.pii_profile, parameters.pii_keep)
    here = redact({"text": columns["text"].take(where)}, parameters.pii_profile, ())
    masks = [dict(counts).get(PREEXISTING, 0) for counts in here.counts.to_pylist()]
    wanted = [sum(dict(counts).values()) for counts in seen.counts.to_pylist()]
    bad = rows[(np.array(wanted) > np.array(masks)) | np.asarray(seen.failed)]
    if parameters.pii_profile == "off" or not len(bad):
        return
    mask = np.zeros(len(normal), np.bool_)
    mask[bad] = True
    columns["pii_failed"] = pc.or_(columns["pii_failed"], pa.array(mask))
    for name in ("text", "title"):
        columns[name] = pc.if_else(pa.array(mask), pa.scalar("", TEXT), columns[name])


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
    "status_date": r"^[0-9-]+$",
    "review_date": r"^[0-9-]+$",
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


def _merged_json(whole: pa.Array, free: pa.Array, masked: pa.Array) -> pa.Array:
    """Put masked values back into the metadata; where a mask broke the JSON, leave them out.

    None becomes null.
    """
    changed = np.flatnonzero(np.asarray(pc.not_equal(masked, free)))
    if not len(changed):
        return pc.if_else(pc.equal(whole, ""), _NONE, whole)
    texts = [text or None for text in whole.to_pylist()]
    for index in changed.tolist():
        kept = json.loads(texts[index] or "{}")
        for key in json.loads(free[index].as_py()):
            del kept[key]
        try:
            kept |= json.loads(masked[index].as_py() or "{}")
        except ValueError:
            kept["redacted"] = True
        texts[index] = encode_json(kept) if kept else None
    return pa.array(texts, TEXT)


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


def measured(texts: pa.Array, urls: pa.Array, parameters: Parameters) -> dict[str, pa.Array]:
    """Measure, identify and sign the final texts of documents.

    Args:
        texts: ``large_string[n]`` without nulls.
        urls: Their addresses, ``string[n]``, empty for none.
        parameters: Models.

    Returns:
        The columns that follow from the texts alone.
    """
    columns: dict[str, pa.Array] = {}
    trained = (each.measurement() for each in parameters.classifiers)
    for measurement in (*registry.measurements(), *trained):
        columns |= dict(measurement.compute(texts))
    columns |= _language(parameters.language_model, texts)
    columns |= dict(sign(texts))
    columns |= line_columns(texts, urls, columns["signature"])
    columns["content_hash"] = content_hash(texts)
    columns["text_bytes"] = pc.binary_length(texts)
    return columns


def _language(model: str, texts: pa.Array) -> dict[str, pa.Array]:
    if not model:
        size = len(texts)
        number = pa.nulls(size, pa.float64())
        return {
            "lang": pa.array(["und"] * size),
            "lang_score": number,
            "lang_share": number,
            "lang_parts": pa.nulls(size, LANGUAGES),
        }
    return dict(_identifier(model).identify(texts))


@functools.cache
def _identifier(model: str) -> Identifier:
    return Identifier(model)
