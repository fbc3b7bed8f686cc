"""The documents of a raw file and the rows of the ledger, one to one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from curation.fidelity.blocks import Raw
from curation.fidelity.comparison import compare, missing
from curation.fidelity.figures import Comparison, Fault
from curation.fidelity.files import whole
from curation.fidelity.jats_reader import LeftOut
from curation.fidelity.raw_html import read_html
from curation.fidelity.raw_jats import read_jats
from curation.fidelity.raw_pdf import read_pdf
from curation.fidelity.raw_plain import read_jsonl, read_record, read_text
from curation.fidelity.raw_pubmed import read_pubmed
from curation.fidelity.raw_spl import read_spl


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger.

    Attributes:
        source: Name of the source.
        position: Place in the resource, -1 for the resource as a whole.
        native: Id without the source's prefix.
        reason: ``step.rule`` of a document that was not kept, else empty.
        text: Text of a kept document, with metadata that belongs to the comparison behind it.
        left_out: Sections that the document lists as left out.
        ids: PMID and DOI of the document, where it has them.
        removed: Words of each passage of boilerplate that the ledger says was removed.
    """

    source: str
    position: int
    native: str
    reason: str
    text: str
    left_out: LeftOut = frozenset()
    ids: frozenset[str] = frozenset()
    removed: Sequence[int] = ()

    @property
    def record(self) -> str:
        """Id of the record that the document is of, without its version."""
        return self.native.partition("#")[0].partition("@")[0]


Pair = tuple[Raw, Row | None]

_SAME_CONTENT = 0.5
"""Share of common words of four letters and more: half, so that no third text can have more."""


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
        One comparison a document that is kept, missing, or kept without a counterpart.

    Raises:
        ValueError: The bytes cannot be read as that format.
    """
    paired: set[int] = set()
    for raw, row in pairs(form, stream, rows, names):
        if row is not None and row.reason:
            not_kept[row.reason] = not_kept.get(row.reason, 0) + 1
        elif row is not None and (raw.blocks() or not row.text.strip()):
            yield compare(raw, row.text, flat=form == "pdf", removed=row.removed)
        elif raw.blocks():
            yield missing(raw)
        if raw.blocks() or row is None or not row.text.strip():
            paired.add(id(row))
    for row in rows:
        if not row.reason and id(row) not in paired:
            yield unfound(row.native)


def unfound(name: str) -> Comparison:
    """Return the comparison of a kept document that the raw file does not hold."""
    return Comparison(faults=[Fault("document_unfound", "", "", name, "")])


def pairs(
    form: str, stream: BinaryIO, rows: Sequence[Row], names: Mapping[str, str]
) -> Iterator[Pair]:
    """Yield the documents of a resource with the row of each; arguments as `compare_resource`."""
    if form == "pubmed":
        yield from _by_id(read_pubmed(stream), rows)
    elif form == "jats":
        left_out = LeftOut().union(*(row.left_out for row in rows))
        yield from _by_article(list(read_jats(whole(stream), left_out)), rows)
    elif form == "spl":
        yield read_spl(whole(stream)), rows[0] if rows else None
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
    """Articles by id or content; in each translated abstracts, then other parts, in their order."""
    groups: list[list[Row]] = []
    for row in rows:
        if "#" not in row.native or not groups or groups[-1][0].record != row.record:
            groups.append([])
        groups[-1].append(row)
    mains = [raw for raw in raws if not raw.part]
    found = iter(_articles(mains, groups))
    parts: dict[bool, list[Row]] = {}
    for raw in raws:
        if not raw.part:
            mine = next(found)
            main = next((row for row in mine if "#" not in row.native), None)
            parts = {
                kind: [
                    row
                    for row in mine
                    if row is not main and ("#trans-abstract" in row.native) == kind
                ]
                for kind in (True, False)
            }
            yield raw, main
            continue
        waiting = parts[raw.part.startswith("trans-abstract")]
        yield raw, waiting.pop(0) if waiting else None


def _articles(raws: Sequence[Raw], groups: Sequence[list[Row]]) -> list[list[Row]]:
    """Return the rows of each article: by a common id, else by content, else in order.

    Articles and rows that both have a PMCID are paired by that alone.
    """
    found: dict[int, list[Row]] = {}
    waiting = list(groups)
    for same in (_same_record, _same_id, _same_content, _may_be_same):
        for number, raw in enumerate(raws):
            if number in found:
                continue
            for place, group in enumerate(waiting):
                if same(raw, group[0]):
                    found[number] = waiting.pop(place)
                    break
    return [found.get(number, []) for number in range(len(raws))]


def _same_record(raw: Raw, row: Row) -> bool:
    return bool(raw.record) and raw.record == row.record


def _same_id(raw: Raw, row: Row) -> bool:
    return _may_be_same(raw, row) and bool(raw.ids & row.ids)


def _same_content(raw: Raw, row: Row) -> bool:
    """Whether half of the words of the shorter of two texts stand in the other one."""
    if row.reason or not _may_be_same(raw, row):
        return False
    own = set(re.findall(r"\w{4,}", " ".join(block.text for block in raw.blocks()).lower()))
    theirs = set(re.findall(r"\w{4,}", row.text.lower()))
    least = min(len(own), len(theirs))
    return least > 0 and len(own & theirs) >= _SAME_CONTENT * least


def _may_be_same(raw: Raw, row: Row) -> bool:
    """Whether nothing says that an article and a row are of different works."""
    if raw.record and row.record.startswith("PMC"):
        return raw.record == row.record
    return not (raw.ids and row.ids) or bool(raw.ids & row.ids)


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
