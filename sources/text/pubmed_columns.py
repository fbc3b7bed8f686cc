"""PubMed records to Arrow columns without an object a record.

`Columns.read` takes the bytes of many records. What `sources.text.pubmed_scan` understands becomes
a `Batch` of one document a record; the numbers of the others are handed back, and lxml reads them.
Values are those of `sources.text.pubmed_record`, field by field: that is the reference, and tests
compare the two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.columns import Batch
from sources.text import pubmed_paths, pubmed_scan
from sources.text.pubmed_batch import BatchReader, Notes

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def warm() -> None:
    """Compile the loops, or load them from numba's cache: with the types that `Columns` gives."""
    record = b'<PubmedArticle><MedlineCitation><PMID Version="1">1</PMID></MedlineCitation>'
    Columns().read([record + b"</PubmedArticle>"], "", [""])


class Columns:
    """Reads records to columns; keeps the tables of paths and what is remembered."""

    def __init__(self) -> None:
        self._tables = pubmed_paths.tables()

    def read(self, records: Sequence[bytes], place: str, keys: Sequence[str]) -> tuple[Batch, Mask]:
        """Read many records.

        Args:
            records: Bytes of ``PubmedArticle`` elements.
            place: First part of the revision: the file's place in the year.
            keys: Last part of it for each record.

        Returns:
            One document for each plain record, in order, and which records are plain, bool[n].
        """
        notes, plain = self._scan(records)
        while True:
            reader = BatchReader(notes, int(plain.sum()))
            batch = reader.batch(place, [k for k, p in zip(keys, plain.tolist(), strict=True) if p])
            if not reader.odd:
                return batch, plain
            # Rare: a value that only the reader of single records knows how to read.
            kept = np.ones(int(plain.sum()), np.bool_)
            kept[sorted(reader.odd)] = False
            plain[plain] = kept
            notes = _of_plain(notes, kept)

    def _scan(self, records: Sequence[bytes]) -> tuple[Notes, Mask]:
        # The loops look up to two bytes ahead.
        data = np.frombuffer(b"".join([*records, b"  "]), np.uint8)
        ends = np.cumsum([len(record) for record in records], dtype=np.int64)
        starts = np.append(0, ends)[:-1]
        room = int(np.count_nonzero(data == ord("<"))) + 1
        plain = np.zeros(len(records), np.bool_)
        record, state = np.empty(room, np.int32), np.empty(room, np.int16)
        spans, flags = np.empty((room, 4), np.int32), np.empty(room, np.uint8)
        t = self._tables
        count = pubmed_scan.scan(
            data, starts, ends, t.names, t.bounds, t.places, t.steps, t.leaf, t.inline, t.once,
            t.filled, t.noted, t.parent, t.below, t.list_of, t.last, plain, record, state, spans,
            flags,
        )  # fmt: skip
        plain &= _readable(data, starts, ends)
        notes = Notes(
            data,
            record[:count].astype(np.int64),
            state[:count],
            spans[:count].astype(np.int64),
            flags[:count],
        )
        return _of_plain(notes, plain), plain


def _readable(data: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> Mask:
    """Tell which stretches are UTF-8: almost always all, which one look at the whole tells."""
    bounds = pa.py_buffer(np.array([0, len(data)], np.int64))
    whole = pa.LargeStringArray.from_buffers(1, bounds, pa.py_buffer(data))
    good = np.ones(len(starts), np.bool_)
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            try:
                data[start:end].tobytes().decode()
            except UnicodeDecodeError:
                good[number] = False
    return good


def _of_plain(notes: Notes, plain: Mask) -> Notes:
    """Return the notes of plain records, which are counted anew."""
    if plain.all():
        return notes
    kept = plain[notes.record]
    place = np.cumsum(plain) - 1
    return Notes(
        notes.data,
        place[notes.record[kept]],
        notes.state[kept],
        notes.spans[kept],
        notes.flags[kept],
    )
