"""Lines that many documents of one site share: head and foot lines, navigation, site notices.

Which lines these are shows only over a whole source. So a document stores keys of its lines
(`line_columns`), `shared_keys` makes the table of those that are shared, and with it each document
is measured (`measure_lines`) and cut (`filters.edges`), all without the text of any other.

A **line** is one of normalised text that is not blank, without its indentation; the title is none.
Rows of tables and code are never shared. A **site** is the host of a document's address; the
documents of a source that have none are one site.

A line is **shared** where it stands in at least `DOCUMENTS` documents, and in at least the share
`SHARE` of the documents of its site. Both are definitions, not fits: what a site puts on its pages
stands on all of one template, and a site has few templates (sections, languages), while what many
leaflets advise alike stands in a small part of them. Ten are more than the revisions, languages and
print forms of one text.

Documents that are nearly copies of one another count as one, else all lines of a text that a source
holds ten times over would be shared. Nearly a copy is who has the same four first values of the
MinHash signature: of two texts with a Jaccard similarity J it is true with the probability J⁴, so
of pages that have half of their text in common nearly all count.

What of these may be removed is written in `filters.edges`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.base import Column

__all__ = [
    "COLUMN",
    "DOCUMENTS",
    "LINES",
    "SHARE",
    "VERSION",
    "Lines",
    "Measured",
    "line_columns",
    "lines_of",
    "measure_lines",
    "shared_keys",
]

VERSION = 1
"""Raised whenever the same documents give other keys, another table or other texts."""

DOCUMENTS = 10
"""Documents, near copies counted once, in which a shared line stands at least."""

SHARE = 0.2
"""Share of its site's documents in which a shared line stands at least."""

COLUMN = Column(
    "shared_lines",
    pa.float64(),
    "share 0..1",
    "Characters in lines that many documents of the same site share, among those of all lines but "
    "the title; null without lines.",
    "this project",
)
"""The measurement; it needs the whole source, so that no text gives it alone."""

LINES = (
    ("line_keys", pa.large_binary()),
    ("site", pa.uint64()),
    ("likeness", pa.uint64()),
)
"""Columns that are stored of each document."""

PASS_KEYS = 1 << 23
"""Keys that are in memory at a time, about; 24 bytes each, twice while they are joined."""

_SIGNED = 4
"""Values of a signature that near copies have in common."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:www\.)?(?P<host>[^/:?#@\s]+)"


class Lines(NamedTuple):
    """The stored columns of n documents.

    Attributes:
        keys: uint64[lines], in the order of the documents and of their lines.
        bounds: int64[n + 1] into ``keys``.
        site: uint64[n].
        likeness: uint64[n], the same for near copies.
    """

    keys: npt.NDArray[np.uint64]
    bounds: npt.NDArray[np.int64]
    site: npt.NDArray[np.uint64]
    likeness: npt.NDArray[np.uint64]


class Measured(NamedTuple):
    """What a table says of n documents.

    Attributes:
        shares: `COLUMN`, float64[n], NaN without lines.
        heads: Shared lines before the first other one, int64[n].
        feet: Shared lines behind the last other one, int64[n]; 0 where all are shared.
    """

    shares: npt.NDArray[np.float64]
    heads: npt.NDArray[np.int64]
    feet: npt.NDArray[np.int64]


def line_columns(
    texts: pa.LargeStringArray, urls: pa.Array, signatures: pa.FixedSizeBinaryArray
) -> dict[str, pa.Array]:
    """Make the columns `LINES`, and `COLUMN` as it is where nothing is shared.

    Args:
        texts: Final texts, ``large_string[n]`` without nulls.
        urls: Addresses of the documents, ``string[n]``, empty for none.
        signatures: Column ``signature`` of `filters.duplicates.signatures.sign`.

    Returns:
        ``line_keys`` holds uint64 little endian, as `filters.kernels.shared` makes them.
    """
    import pyarrow.compute as pc  # not for those who want the definitions alone

    from filters.duplicates.signatures import id_hash, signature_matrix
    from filters.kernels.buffers import text_views
    from filters.kernels.shared import line_keys

    data, offsets = text_views(texts)
    hosts = pc.extract_regex(urls.cast(pa.string()), _HOST)
    host = pc.utf8_lower(pc.fill_null(pc.struct_field(hosts, "host"), ""))
    sites = id_hash(host)
    ends = np.count_nonzero(data[offsets[0] : offsets[-1]] == 0x0A)
    keys = np.empty(int(ends) + len(texts), np.uint64)
    bounds = np.empty(len(texts) + 1, np.int64)
    line_keys(data, offsets, sites, keys, bounds)
    keys = keys[: bounds[-1]].astype("<u8")
    first = signature_matrix(signatures)[:, :_SIGNED].astype(np.uint64)
    likeness = np.zeros(len(texts), np.uint64)
    for value in first.T:
        likeness = (likeness + value) * _MULTIPLIER
        likeness ^= likeness >> np.uint64(32)
    return {
        "line_keys": pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(texts), [None, pa.py_buffer(bounds * 8), pa.py_buffer(keys)]
        ),
        "site": pa.array(sites),
        "likeness": pa.array(likeness),
        COLUMN.name: pa.array(np.zeros(len(texts)), mask=np.diff(bounds) == 0),
    }


def lines_of(table: pa.Table) -> Lines:
    """View the columns `LINES` of a table as NumPy arrays."""
    parts = [_viewed(chunk) for chunk in table["line_keys"].chunks]
    sizes = [np.diff(bounds) for _, bounds in parts]
    bounds = np.append(0, np.cumsum(np.concatenate([np.empty(0, np.int64), *sizes])))
    keys = np.concatenate([np.empty(0, np.uint64), *(keys for keys, _ in parts)])
    return Lines(keys, bounds, table["site"].to_numpy(), table["likeness"].to_numpy())


def _viewed(
    column: pa.LargeBinaryArray,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """View one chunk of ``line_keys``: keys, and their bounds."""
    _, offsets, data = column.buffers()
    places = np.frombuffer(offsets, np.int64, column.offset + len(column) + 1)[column.offset :]
    count = int(places[-1] - places[0]) // 8
    keys = np.frombuffer(data, "<u8", count, int(places[0])) if count else np.empty(0, np.uint64)
    return keys, (places - places[0]) // 8


def shared_keys(
    read: Callable[[], Iterable[Lines]], documents: int = DOCUMENTS, share: float = SHARE
) -> npt.NDArray[np.uint64]:
    """Find the lines that many documents share.

    Memory is bounded: keys are counted in as many passes as are needed, each over a range of the
    hash. The result does not depend on the order or grouping of the documents.

    Args:
        read: Gives all documents of a source, some at a time; called once for each pass.
        documents: Documents in which a line stands at least.
        share: The same as a share of the documents of the site that have lines.

    Returns:
        Their keys, uint64[m], sorted.
    """
    total = 0
    pages: dict[int, int] = {}
    for lines in read():
        total += len(lines.keys)
        sites, counts = np.unique(lines.site[np.diff(lines.bounds) > 0], return_counts=True)
        for site, count in zip(sites.tolist(), counts.tolist(), strict=True):
            pages[site] = pages.get(site, 0) + count
    pages = {site: count for site, count in pages.items() if count >= documents}
    if not pages:
        return np.empty(0, np.uint64)
    sites = np.array(sorted(pages), np.uint64)
    least = np.maximum(documents, np.ceil(share * np.array([pages[s] for s in sites.tolist()])))
    passes = -(-total // PASS_KEYS)
    found = [_pass(read, passes, number, sites, least, documents) for number in range(passes)]
    return np.concatenate(found)


def _pass(
    read: Callable[[], Iterable[Lines]],
    passes: int,
    number: int,
    sites: npt.NDArray[np.uint64],
    least: npt.NDArray[np.float64],
    documents: int,
) -> npt.NDArray[np.uint64]:
    """Return the shared keys of one range of the hash."""
    from filters.kernels.shared import FIXED

    picked: list[tuple[npt.NDArray[np.uint64], ...]] = []
    for lines in read():
        owner = np.repeat(np.arange(len(lines.site)), np.diff(lines.bounds))
        mine = (lines.keys & np.uint64(7)) != FIXED
        mine &= np.isin(lines.site, sites)[owner]
        if passes > 1:
            mine &= (lines.keys >> np.uint64(32)) * np.uint64(passes) >> np.uint64(32) == number
        owner = owner[mine]
        picked.append((lines.keys[mine], lines.likeness[owner], lines.site[owner]))
    keys, likeness, site = (np.concatenate(column) for column in zip(*picked, strict=True))
    del picked
    distinct, counts = np.unique(keys, return_counts=True)
    often = _among(keys, distinct[counts >= documents])  # most lines stand once, and go here
    keys, likeness, site = keys[often], likeness[often], site[often]
    order = np.lexsort((likeness, keys))
    keys, likeness, site = keys[order], likeness[order], site[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    fresh = first.copy()
    fresh[1:] |= likeness[1:] != likeness[:-1]
    starts = np.flatnonzero(first)
    held = np.add.reduceat(fresh.astype(np.int64), starts) if len(starts) else starts
    return keys[starts][held >= least[np.searchsorted(sites, site[starts])]]


def _among(values: npt.NDArray[np.uint64], known: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Tell which values are among sorted ones."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[place] == values
    return found


def measure_lines(lines: Lines, shared: npt.NDArray[np.uint64]) -> Measured:
    """Measure documents by a table of shared lines.

    Args:
        lines: Columns of n documents.
        shared: From `shared_keys`.
    """
    from filters.kernels.shared import match_lines

    size = len(lines.site)
    made = Measured(np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64))
    match_lines(lines.keys, lines.bounds, shared, *made)
    return made
