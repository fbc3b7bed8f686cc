"""Masking of a batch of documents: every string column, with an audit of what was masked where.

Text and title go through all rules and the recipe's recognisers; what describes a document through
the rules that fit it (`filters.pii.Masking.fields`), its keywords and the values of its metadata
through the recognisers too. Left out are values that are wholly of an identifier's own form, and
metadata keys that a source declares as identifiers. `curation.rescan` masks what was written once
more by the same functions, and nothing may change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.audit import Audit
from curation.columns import TEXTS
from curation.leaves import Leaves, is_plain, rebuilt, unlabelled
from filters.pii import PREEXISTING, UNSETTLED, Masking, Place, Redaction
from sources.columns import LISTS, TEXT, encode_json

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

INTERNAL = ("detail", "revision")
"""Fields of the cache and the ledger that are scanned as they are; null for none."""

IDENTIFIERS = {
    "pmid": r"^[0-9]+$",
    "pmcid": r"^PMC[0-9]+$",
    "doi": r"^10\.[0-9]{4,9}/[^\s@]+$",
    "date": r"^[0-9-]+$",
    "status_date": r"^[0-9-]+$",
    "review_date": r"^[0-9-]+$",
    # A file of NLM's; folders before it are part of the input's name, which is masked as one.
    "revision": (r"^[0-9.:TZ -]*(([^\s@:\[\]]*/)?pubmed[0-9]{2}n[0-9]{4}\.xml(\.gz)?[.0-9]*)?$"),
    "url": (
        r"^https?://(pubmed\.ncbi\.nlm\.nih\.gov/[0-9]+/?|(www\.)?pmc\.ncbi\.nlm\.nih\.gov/"
        r"articles/PMC[0-9]+/?|(dx\.)?doi\.org/10\.[0-9]{4,9}/[^\s@?]+)$"
    ),
}
"""Forms that are identifiers of literature and nothing else: such values need no scan."""

ORDINARY_ID = r"^((PMC)?[0-9]{1,9}|[0-9a-f]{16}|)$"
"""Ids that hold nothing personal: PMIDs, PMCIDs, hashes, or none at all."""

ORDINARY_PART = r"^([a-z]+(-[a-z]+)*-?[0-9]{0,4}|)$"
"""The same of parts of a record (``trans-abstract-1``, ``sa1``)."""

_TARGET = r"^(pmid:[0-9]+|pmcid:PMC[0-9]+|doi:10\.[0-9]{4,9}/[^\s@]+)$"
"""Targets of relations that need no scan."""

_ROUNDS = 16
"""Scans of the metadata of one document: each but the last masks a key or a value."""

CITED = frozenset({"authors", "contributors", "editors", "references"})
"""Metadata keys that name authors and cited people, whom no recogniser looks for."""


def mask(
    columns: Mapping[str, pa.Array], free: pa.Array, masking: Masking
) -> tuple[dict[str, pa.Array], Audit]:
    """Mask every string column of a batch.

    Args:
        columns: ``text``, `LINES`, `INTERNAL`, `LISTS`, ``relations`` and ``metadata`` (JSON or
            empty), n rows.
        free: The part of the metadata that is no identifier by construction, JSON or empty.
        masking: What the recipe asks for.

    Returns:
        The same columns masked (of metadata null for none), and what was found. Columns of a row
        whose scan failed are empty as far as they were scanned with what failed.
    """
    audit = Audit(len(columns["text"]))
    texts = masking.texts({"text": columns["text"]})
    audit.add(texts)
    made = dict(texts.columns)
    # The title is part of the text: masked here too, and counted there, unless there is none.
    titles = masking.texts({"title": columns["title"]})
    bare = np.asarray(pc.equal(columns["text"], ""))
    audit.faults = titles.reasons | audit.faults
    made |= titles.columns
    if bare.any():
        alone = pc.if_else(pa.array(bare), columns["title"], pa.scalar("", TEXT))
        audit.add(masking.texts({"title": alone}))
    made |= _lines(columns, masking, audit)
    made["metadata"] = _metadata(columns["metadata"], free, masking, audit)
    for name in LISTS:
        made[name] = _list(name, columns[name], masking, audit)
    made["relations"] = _relations(columns["relations"], masking, audit)
    return made, audit


def _relations(column: pa.ListArray, masking: Masking, audit: Audit) -> pa.ListArray:
    """Mask the targets of relations that are no identifiers (addresses)."""
    flat = column.values
    targets = pc.struct_field(flat, "target").cast(TEXT).fill_null("")
    if pc.all(pc.match_substring_regex(targets, _TARGET)).as_py() is not False:
        return column
    offsets = np.asarray(column.offsets)
    owners = np.repeat(np.arange(len(column)), np.diff(offsets))
    scan = masking.fields({"relations": targets})
    audit.add(scan, lambda index, said: (int(owners[index]), said))
    fields = [f.name for f in column.type.value_type]
    arrays = [pc.struct_field(flat, name) for name in fields]
    arrays[fields.index("target")] = scan.columns["relations"].cast(pa.string())
    structs = pa.StructArray.from_arrays(arrays, fields=list(column.type.value_type))
    return pa.ListArray.from_arrays(column.offsets, structs, type=column.type)


def _lines(columns: Mapping[str, pa.Array], masking: Masking, audit: Audit) -> dict[str, pa.Array]:
    """Mask the one-line fields but for values of an identifier's own form."""
    names = [name for name in (*LINES, *INTERNAL) if name != "title"]
    given = {name: columns[name].cast(TEXT).fill_null("") for name in names}
    fields = {name: _without_identifiers(name, column) for name, column in given.items()}
    scan = masking.fields(fields)
    audit.add(scan)
    made = {}
    for name in names:
        exempt = pc.and_(pc.equal(fields[name], ""), pc.not_equal(given[name], ""))
        column = pc.if_else(exempt, given[name], scan.columns[name])
        made[name] = pc.if_else(pc.is_null(columns[name]), _NONE, column)
    return made


def _without_identifiers(name: str, column: pa.Array) -> pa.Array:
    """Return a column with values of the identifier's own form emptied, for the scan only."""
    if name not in IDENTIFIERS:
        return column
    own = pc.match_substring_regex(column, IDENTIFIERS[name])
    return pc.if_else(own, pa.scalar("", column.type), column)


_NONE = pa.scalar(None, TEXT)


def _list(name: str, column: pa.ListArray, masking: Masking, audit: Audit) -> pa.ListArray:
    """Mask the values of a list column; authors' names stay, their addresses do not."""
    flat = column.values.cast(TEXT)
    scan = masking.words({name: flat}) if name == "keywords" else masking.fields({name: flat})
    offsets = np.asarray(column.offsets)
    owners = np.repeat(np.arange(len(column)), np.diff(offsets))
    audit.add(
        scan,
        lambda index, said: (
            int(owners[index]),
            said._replace(item=index - int(offsets[owners[index]])),
        ),
    )
    values = scan.columns[name].cast(pa.string())
    return pa.ListArray.from_arrays(column.offsets, values, type=TEXTS)


def _metadata(whole: pa.Array, free: pa.Array, masking: Masking, audit: Audit) -> pa.Array:
    """Mask the leaves of metadata (`curation.leaves`). None becomes null.

    What a source declares as identifiers is scanned only where it holds an at sign.
    """
    if masking.on:
        free = _with_addresses(whole, free)
    rows = np.flatnonzero(np.asarray(pc.not_equal(free, "")))
    texts = free.take(pa.array(rows)).to_pylist()
    given = {row: json.loads(text) for row, text in zip(rows.tolist(), texts, strict=True)}
    masked: dict[int, Any] = {}
    # A key that is masked is no label any more, so what changed is looked through once more.
    left = given
    for turn in range(_ROUNDS):
        leaves = Leaves()
        for row, values in left.items():
            leaves.add(row, values)
        changed = _masked(leaves, masking, audit, again=turn > 0)
        new = iter(leaves.texts)
        made = {row: rebuilt(values, new) for row, values in left.items()}
        left = {row: made[row] for row in sorted(changed)}
        masked |= left
        if not left:
            break
    audit.faults = dict.fromkeys(left, UNSETTLED) | audit.faults
    whole = pc.if_else(pc.equal(whole, ""), _NONE, whole)
    if not masked:
        return whole
    flags = np.zeros(len(whole), np.bool_)
    flags[sorted(masked)] = True
    lines = []
    for row in sorted(masked):
        every = json.loads(whole[row].as_py())
        kept = {key: value for key, value in every.items() if key not in given[row]}
        lines.append(encode_json(kept | masked[row]))
    return pc.replace_with_mask(whole, pa.array(flags), pa.array(lines, TEXT))


def _masked(leaves: Leaves, masking: Masking, audit: Audit, again: bool) -> set[int]:
    """Mask leaves in place: recognisers see them bare, rules behind their labels.

    Args:
        leaves: Of all objects.
        masking: What the recipe asks for.
        audit: Takes what was found.
        again: Whether masks that stand in the leaves are ours, and counted already.

    Returns:
        The owners of those that changed.
    """

    def of(which: Sequence[int]) -> Callable[[int, Place], tuple[int, Place]]:
        """Return the document of a mask in some leaves, and what is said of it."""

        def place(number: int, said: Place) -> tuple[int, Place]:
            index = which[number]
            key = leaves.keys[index]
            name = f"metadata.{key}" if is_plain(key) else "metadata"
            return leaves.owners[index], said._replace(field=name, line=None, place=None)

        return place

    changed: set[int] = set()

    def take(index: int, text: str) -> None:
        leaves.texts[index] = text
        changed.add(leaves.owners[index])

    asked = masking.on and bool(masking.recognisers)
    if asked:
        mine = [index for index, key in enumerate(leaves.keys) if key not in CITED]
        bare = pa.array([leaves.texts[index] for index in mine], TEXT)
        scan = masking.words({"metadata": bare})
        audit.add(scan, of(mine), own=again)
        for index, text in _changes(bare, scan):
            take(mine[index], text)
    heads = pa.array([f"{label}:" for label in sorted({*leaves.labels})], TEXT)
    leaves.unlabel({head[:-1] for head in _held(heads, masking.fields({"metadata": heads}))})
    for figures, scanned in ((False, masking.fields), (True, masking.figures)):
        mine = [index for index, figure in enumerate(leaves.figures) if figure == figures]
        texts = pa.array(leaves.labelled(mine), TEXT)
        scan = scanned({"metadata": texts})
        audit.add(scan, of(mine), own=asked or again)
        for index, text in _changes(texts, scan):
            take(mine[index], unlabelled(leaves.labels[mine[index]], text))
    return changed


def _held(before: pa.Array, scan: Redaction) -> Iterator[str]:
    """Yield the texts of the column ``metadata`` in which a scan found something."""
    found = np.asarray(scan.failed) | np.asarray(pc.not_equal(before, scan.columns["metadata"]))
    yield from before.filter(pa.array(found)).to_pylist()


def _changes(before: pa.Array, scan: Redaction) -> Iterator[tuple[int, str]]:
    """Yield number and text of what a scan of the column ``metadata`` changed."""
    after = scan.columns["metadata"]
    where = np.flatnonzero(np.asarray(pc.not_equal(before, after)))
    return zip(where.tolist(), after.take(pa.array(where)).to_pylist(), strict=True)


def _with_addresses(whole: pa.Array, free: pa.Array) -> pa.Array:
    """Add to the free part of metadata the identifiers that hold an at sign."""
    rows = np.flatnonzero(np.asarray(pc.match_substring(whole, "@")))
    if not len(rows):
        return free
    made = []
    for every, part in zip(
        *(c.take(pa.array(rows)).to_pylist() for c in (whole, free)), strict=True
    ):
        values = json.loads(part or "{}")
        values |= {k: v for k, v in json.loads(every).items() if "@" in k + encode_json(v)}
        made.append(encode_json(values) if values else "")
    flags = np.zeros(len(whole), np.bool_)
    flags[rows] = True
    return pc.replace_with_mask(free, pa.array(flags), pa.array(made, TEXT))


def clean_ids(
    natives: pa.Array,
    places: Sequence[pa.Array],
    masking: Masking,
    ordinary: str = ORDINARY_ID,
) -> tuple[pa.Array, Redaction | None]:
    """Replace ids that hold personal data (an address as key) by a hash of their place.

    Args:
        natives: ``large_string[n]``.
        places: Resource and position of each.
        masking: What the recipe asks for; ids are masked whatever its profile.
        ordinary: What needs no scan.

    Returns:
        The ids, and the scan, None where there was none.
    """
    if pc.all(pc.match_substring_regex(natives, ordinary)).as_py():
        return natives, None
    scan = masking.ids({"id": natives})
    changed = np.flatnonzero(np.asarray(pc.not_equal(scan.columns["id"], natives)))
    if not len(changed):
        return natives, None
    hashes = []
    for index in changed.tolist():
        place = "\n".join(str(column[index].as_py()) for column in places)
        hashes.append(hashlib.sha256(place.encode()).hexdigest()[:16])
    mask = np.zeros(len(natives), np.bool_)
    mask[changed] = True
    return pc.replace_with_mask(natives, pa.array(mask), pa.array(hashes, TEXT)), scan


def withhold(
    columns: dict[str, pa.Array],
    rows: npt.NDArray[np.int64],
    normal: pa.Array,
    masking: Masking,
) -> None:
    """Empty texts whose normalisation was undone, where only it shows what is personal.

    The rules of masking are made for normalised text.

    Args:
        columns: Masked, with ``pii_fault``.
        rows: Documents whose normalisation was undone, int64[m].
        normal: The texts as they would be normalised, a row a document.
        masking: What the recipe asks for.
    """
    if not len(rows):
        return
    where = pa.array(rows)
    seen = masking.texts({"text": normal.take(where)})
    here = replace(masking, keep=()).texts({"text": columns["text"].take(where)})
    masks = [dict(counts).get(PREEXISTING, 0) for counts in here.counts.to_pylist()]
    wanted = [sum(dict(counts).values()) for counts in seen.counts.to_pylist()]
    bad = rows[(np.array(wanted) > np.array(masks)) | np.asarray(seen.failed)]
    if not masking.on or not len(bad):
        return
    flags = np.zeros(len(normal), np.bool_)
    flags[bad] = True
    said = pa.scalar("only the text as it would be normalised shows what is personal")
    columns["pii_fault"] = pc.if_else(pa.array(flags), said, columns["pii_fault"])
    for name in ("text", "title"):
        columns[name] = pc.if_else(pa.array(flags), pa.scalar("", TEXT), columns[name])
