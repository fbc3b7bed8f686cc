"""The documents of a raw file and the rows of the ledger, one to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from curation.fidelity.blocks import Raw
from curation.fidelity.comparison import compare, missing
from curation.fidelity.figures import Comparison
from curation.fidelity.files import whole
from curation.fidelity.raw_html import read_html
from curation.fidelity.raw_jats import read_jats
from curation.fidelity.raw_pdf import read_pdf
from curation.fidelity.raw_plain import read_jsonl, read_record, read_text
from curation.fidelity.raw_pubmed import read_pubmed


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger.

    Attributes:
        source: Name of the source.
        position: Place in the resource, -1 for the resource as a whole.
        native: Id without the source's prefix.
        reason: ``step.rule`` of a document that was not kept, else empty.
        text: Text of a kept document, with metadata that belongs to the comparison behind it.
        left_out: Element and title of sections that the recipe had left out.
    """

    source: str
    position: int
    native: str
    reason: str
    text: str
    left_out: frozenset[tuple[str, str]] = frozenset()


Pair = tuple[Raw, Row | None]


def compare_resource(
    form: str,
    stream: BinaryIO,
    rows: Sequence[Row],
    names: Mapping[str, str],
    not_kept: dict[str, int],
) -> Iterator[Comparison]:
    """Compare the documents of one resource.

    Args:
        form: As `files.form_of` names it.
        stream: Decompressed bytes.
        rows: Its rows in the ledger, in order.
        names: Field names of JSON lines.
        not_kept: Filled: documents that the corpus does not hold, by reason.

    Yields:
        One comparison a document that is kept or missing.

    Raises:
        ValueError: The bytes cannot be read as that format.
    """
    for raw, row in _pairs(form, stream, rows, names):
        if row is not None and row.reason:
            not_kept[row.reason] = not_kept.get(row.reason, 0) + 1
        elif row is not None:
            yield compare(raw, row.text, flat=form == "pdf")
        elif raw.blocks():
            yield missing(raw)


def _pairs(
    form: str, stream: BinaryIO, rows: Sequence[Row], names: Mapping[str, str]
) -> Iterator[Pair]:
    if form == "pubmed":
        yield from _by_id(read_pubmed(stream), rows)
    elif form == "jats":
        left_out = frozenset[tuple[str, str]]().union(*(row.left_out for row in rows))
        yield from _by_article(list(read_jats(whole(stream), left_out)), rows)
    elif form == "jsonl":
        yield from _by_position(read_jsonl(stream, names), rows)
    elif form == "parquet":
        yield from _by_position(_parquet(whole(stream), names), rows)
    elif form in ("html", "pdf", "text"):
        read = {"html": read_html, "pdf": read_pdf, "text": read_text}[form]
        yield read(whole(stream)), rows[0] if rows else None
    else:
        raise ValueError("of no format that can be compared")


def _by_id(raws: Iterator[Raw], rows: Sequence[Row]) -> Iterator[Pair]:
    """Records by PMID, version and part; of one that stands twice the last row is the current."""
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_id[row.native].append(row)
    for raw in raws:
        mine = by_id[f"{raw.record}#{raw.part}" if raw.part else raw.record]
        yield raw, mine.pop(0) if mine else None


def _by_article(raws: Sequence[Raw], rows: Sequence[Row]) -> Iterator[Pair]:
    """Articles in their order; in each translated abstracts, then other parts, in theirs."""
    articles: list[list[Row]] = []
    for row in rows:
        if "#" not in row.native or not articles:
            articles.append([])
        articles[-1].append(row)
    index = -1
    parts: dict[bool, list[Row]] = {}
    for raw in raws:
        if not raw.part:
            index += 1
            mine = articles[index] if index < len(articles) else []
            parts = {
                kind: [r for r in mine[1:] if ("#trans-abstract" in r.native) == kind]
                for kind in (True, False)
            }
            yield raw, mine[0] if mine else None
            continue
        waiting = parts[raw.part.startswith("trans-abstract")]
        yield raw, waiting.pop(0) if waiting else None


def _by_position(raws: Iterator[Raw | None], rows: Sequence[Row]) -> Iterator[Pair]:
    by_place = {row.position: row for row in rows}
    for position, raw in enumerate(raws):
        if raw is not None:
            yield raw, by_place.get(position)


def _parquet(data: bytes, names: Mapping[str, str]) -> Iterator[Raw | None]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        reader = pq.ParquetFile(pa.BufferReader(data))
        for batch in reader.iter_batches(1024):
            for record in batch.to_pylist():
                yield read_record(record, names, "")
    except pa.ArrowException:
        raise ValueError("not a whole Parquet file") from None
