"""Arrow columns of PubMed values: what `sources.text.pubmed_batch` does to whole columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.columns import RELATION, TEXT
from sources.items import Relation
from sources.text import pubmed_scan, scripts
from sources.text.pubmed_fields import unescaped

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def relation_lists(rows: list[list[tuple[str, str, str]]]) -> pa.ListArray:
    """Build the column of relations from type, target and date of each, by row."""
    offsets = np.append(0, np.cumsum([len(row) for row in rows])).astype(np.int32)
    flat = [Relation(*link) for row in rows for link in row]
    fields = [pa.array([getattr(r, f.name) for r in flat], f.type) for f in RELATION]
    values = pa.StructArray.from_arrays(fields, fields=list(RELATION))
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def resolved(texts: pa.Array, flags: npt.NDArray[np.uint8]) -> pa.Array:
    """Resolve raised and lowered text, and text that was escaped twice at its origin."""
    marked = np.flatnonzero(flags & pubmed_scan.HAS_MARKUP)
    if len(marked):
        lines = [scripts.resolve(text) for text in texts.take(pa.array(marked)).to_pylist()]
        texts = replaced(texts, marked, lines)
    escaped = np.flatnonzero(flags & pubmed_scan.HAS_REFERENCE)
    if len(escaped):
        lines = [unescaped(text) for text in texts.take(pa.array(escaped)).to_pylist()]
        texts = replaced(texts, escaped, lines)
    return texts


def replaced(texts: pa.Array, rows: Ints, lines: list[str]) -> pa.Array:
    """Return texts with other lines in some rows."""
    mask = np.zeros(len(texts), np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(lines, TEXT))


def normal(
    texts: pa.Array, mask: pa.Array, plain: pa.Array, pattern: str, form: Callable[[str], str]
) -> pa.Array:
    """Return ids in normal form, empty outside a mask; most have it already, by a pattern."""
    fits = pc.and_(mask, pc.match_substring_regex(plain, pattern))
    out = pc.if_else(fits, plain, pa.scalar("", TEXT))
    rows = np.flatnonzero(np.asarray(pc.and_not(mask, fits)))
    if len(rows):
        out = replaced(out, rows, [form(text) for text in texts.take(pa.array(rows)).to_pylist()])
    return out


def first(one: pa.Array, other: pa.Array) -> pa.Array:
    """Return ``one`` where it is not empty, else ``other``."""
    return pc.if_else(pc.equal(one, ""), other, one)


def only(lists: pa.ListArray, value: str) -> pa.Array:
    """Tell which lists are exactly ``[value]``."""
    lengths = np.diff(np.asarray(lists.offsets))
    mask = lengths == 1
    firsts = np.asarray(lists.offsets)[:-1][mask]
    mask[mask] = np.asarray(pc.equal(lists.values.take(pa.array(firsts)), value))
    return pa.array(mask)


def holds(lists: pa.ListArray, value: str) -> Mask:
    """Tell which lists hold a value."""
    mask = np.zeros(len(lists), np.bool_)
    hits = np.flatnonzero(np.asarray(pc.equal(lists.values, value)))
    mask[np.searchsorted(np.asarray(lists.offsets), hits, side="right") - 1] = True
    return mask


def distinct(lists: pa.ListArray) -> pa.ListArray:
    """Drop values that stand in their list already."""
    codes = lists.values.dictionary_encode().indices.to_numpy().astype(np.int64)
    offsets = np.asarray(lists.offsets).astype(np.int64)
    owner = np.repeat(np.arange(len(lists)), np.diff(offsets))
    order = np.lexsort((codes, owner))  # stable: the first of equal ones stays first
    same = (codes[order][1:] == codes[order][:-1]) & (owner[order][1:] == owner[order][:-1])
    if not same.any():
        return lists
    kept = np.ones(len(codes), np.bool_)
    kept[order[1:][same]] = False
    counts = np.bincount(owner[kept], minlength=len(lists))
    bounds = np.append(0, np.cumsum(counts)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(bounds), lists.values.filter(pa.array(kept)))
