"""Masking of a batch of documents: every string that is kept is scanned, in memory.

What holds nothing personal by its form (identifiers of literature, dates) is not scanned.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.columns import TEXTS
from curation.task import Parameters
from filters.pii import redact
from filters.pii.redact import PREEXISTING
from sources.columns import LISTS, TEXT, encode_json

ORDINARY_ID = r"^((PMC)?[0-9]{1,9}|[0-9a-f]{16}|)$"
"""Ids that hold nothing personal: PMIDs, PMCIDs, hashes, or none at all."""

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


def clean_ids(
    natives: pa.Array, resources: pa.Array, positions: pa.Array, keep: Sequence[str]
) -> pa.Array:
    """Replace ids that hold personal data (an address as key) by a hash of their place.

    Args:
        natives: Ids as the source gives them, ``string[n]``.
        resources: File or archive member of each.
        positions: Ordinal in it.
        keep: What the recipe lets stand.

    Returns:
        Ids to be written, ``string[n]``.
    """
    if pc.all(pc.match_substring_regex(natives, ORDINARY_ID)).as_py():
        return natives
    masked = redact({"id": natives}, "default", keep).columns["id"]
    changed = np.flatnonzero(np.asarray(pc.not_equal(masked, natives)))
    if not len(changed):
        return natives
    hashes = []
    for index in changed.tolist():
        place = f"{resources[index].as_py()}\n{positions[index].as_py()}"
        hashes.append(hashlib.sha256(place.encode()).hexdigest()[:16])
    replaced = np.zeros(len(natives), np.bool_)
    replaced[changed] = True
    return pc.replace_with_mask(natives, pa.array(replaced), pa.array(hashes, TEXT))


def mask(columns: dict[str, pa.Array], parameters: Parameters) -> None:
    """Mask every string column in place and add ``pii`` and ``pii_failed``.

    Args:
        columns: Texts and what describes them, a row a document; of ``scanned_metadata``, what of
            the metadata is free text, which is taken out.
        parameters: Profile, and what the recipe lets stand.
    """
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


def withhold(
    columns: dict[str, pa.Array],
    rows: npt.NDArray[np.int64],
    normal: pa.Array,
    parameters: Parameters,
) -> None:
    """Empty texts whose normalisation was undone, where only it shows what is personal.

    The rules of masking are made for normalised text.

    Args:
        columns: As for `mask`, masked.
        rows: Documents whose normalisation was undone, int64[m].
        normal: The texts as they would be normalised, a row a document.
        parameters: Profile, and what the recipe lets stand.
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
    personal = np.zeros(len(normal), np.bool_)
    personal[bad] = True
    columns["pii_failed"] = pc.or_(columns["pii_failed"], pa.array(personal))
    for name in ("text", "title"):
        columns[name] = pc.if_else(pa.array(personal), pa.scalar("", TEXT), columns[name])


class _Counts:
    """Sums of masks per row and entity over several scans; most rows have none."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._found: dict[int, dict[str, int]] = {}

    def add(self, counts: pa.MapArray, rows: npt.NDArray[np.int64] | None = None) -> None:
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
        return pc.if_else(pc.equal(whole, ""), pa.scalar(None, TEXT), whole)
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
    column: pa.ListArray,
    profile: str,
    keep: Sequence[str],
    counts: _Counts,
    failed: npt.NDArray[np.bool_],
) -> pa.ListArray:
    """Scan the values of a list column; authors' names stay, their addresses do not."""
    flat = column.values.cast(pa.large_string())
    scan = redact({"v": flat}, profile, keep)
    owners = np.repeat(np.arange(len(column)), np.diff(np.asarray(column.offsets)))
    counts.add(scan.counts, owners)
    failed[owners[np.asarray(scan.failed)]] = True
    values = scan.columns["v"].cast(pa.string())
    return pa.ListArray.from_arrays(column.offsets, values, type=TEXTS)
