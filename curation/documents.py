"""Items to the documents table of one batch: normalised, redacted, measured and signed.

Masking (`curation.masking`) happens in memory, before any byte of text reaches the cache. Rows
whose scan fails lose their text and are marked; the decision drops them (fail closed).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.audit import Audit
from curation.columns import LANGUAGES, TEXTS, documents_schema
from curation.errors import CurationError
from curation.hidden import without_hidden
from curation.masking import LINES, ORDINARY_PART, clean_ids, mask, withhold
from curation.stage import stages
from curation.task import Parameters
from filters import classifier, registry
from filters.atoms import keep_atoms
from filters.boilerplate import remove_boilerplate
from filters.duplicates.signatures import content_hash, id_hash, sign
from filters.duplicates.titles import title_hash
from filters.language import Identifier
from filters.normalise import normalise, normalise_line
from filters.pii import Masking, RecogniserError
from filters.removals import Removals, removal_columns
from filters.shared import line_columns
from sources import registry as source_registry
from sources.columns import (
    LISTS,
    TEXT,
    Batch,
    batch_of,
    joined,
    printable,
)
from sources.items import Item

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
    audit = Audit(len(shown))
    columns = _description(placed, parameters, audit)
    given = placed.batch.columns
    columns["title"], title_undone = keep_atoms(given["title"], columns["title"], lines=False)
    composed = _composed(columns["title"], given["text"])
    normal = normalise(composed)
    columns["text"], text_undone = keep_atoms(composed, normal)
    columns["undone"] = undone_also(given["undone"], "normalise", title_undone | text_undone)
    cut = _without_boilerplate(columns, text_undone) if parameters.boilerplate else {}
    columns |= removal_columns(len(placed.batch), hidden, cut)
    _mask(columns, parameters, audit)
    columns["title_hash"] = title_hash(columns["title"])
    withhold(columns, np.flatnonzero(text_undone), normal, parameters.pii)
    return columns


def _description(placed: Placed, parameters: Parameters, audit: Audit) -> dict[str, pa.Array]:
    """Columns that are copied from the items; failures and tombstones give empty ones."""
    given = placed.batch.columns
    native, parts = _named_ids(given, placed, parameters.pii, audit)
    named = pc.not_equal(native, "")
    base = pc.if_else(named, joined(f"{parameters.source}:", native), _NONE)
    later = pc.greater(given["version"], 1)
    version = pc.if_else(later, joined("@", given["version"].cast(TEXT)), _EMPTY)
    part = pc.if_else(pc.equal(parts, ""), _EMPTY, joined("#", parts))
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
    columns["part"] = parts
    for name in ("row_type", "version", "revision", "rule", "status", "relations"):
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


def _named_ids(
    given: Mapping[str, pa.Array], placed: Placed, masking: Masking, audit: Audit
) -> tuple[pa.Array, pa.Array]:
    """Return native ids and names of parts without personal data."""
    places = (placed.resource, placed.position)
    native, found = clean_ids(given["native_id"], places, masking)
    part, also = clean_ids(given["part"], places, masking, ORDINARY_PART)
    for scan in filter(None, (found, also)):
        audit.add(scan, lambda row, said: (row, said._replace(line=None, place=None)))
    return native, part


def _composed(titles: pa.Array, bodies: pa.Array) -> pa.Array:
    """Return title line and body as one Markdown text, empty where the record holds no text."""
    headed = pc.if_else(pc.equal(titles, ""), bodies, joined("# ", titles, "\n\n", bodies))
    return pc.if_else(_blank(bodies), _EMPTY, headed)


def _blank(texts: pa.Array) -> pa.Array:
    return pc.or_(pc.equal(texts, ""), pc.utf8_is_space(texts))


def _mask(columns: dict[str, pa.Array], parameters: Parameters, audit: Audit) -> None:
    """Mask every string column in place and add ``pii``, ``masks`` and ``pii_fault``."""
    free = columns.pop("scanned_metadata")
    try:
        made, found = mask(columns, free, parameters.pii)
    except RecogniserError as error:
        raise CurationError(str(error)) from None
    columns |= made
    audit.merge(found)
    columns |= audit.columns()


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
