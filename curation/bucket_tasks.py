"""Tasks that find which documents share a bucket, from files to files.

Documents have two numbers: their *place* in survivor order, and their *number* in the order of the
parts that they lie in. Arrays by number and by place are files of the stage's folder (`ROWS` and
the following), of which a task reads what it needs.

There are two rounds (`curation.pairs` says why). In the first a document meets the first of each
of its buckets, and all others where they are few; buckets of more are written down, and in the
second round the documents that are still asked meet more of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation.scratch import Stretch, mapped, read_array, read_stretches, write_array
from curation.table import damage_named, one_array, open_part
from curation.write import read_rows
from filters.duplicates.bands import keys_of, partitioned
from filters.duplicates.buckets import Buckets, buckets_of, code, distinct, ends_of, meetings
from filters.duplicates.signatures import signature_matrix

ROWS, PLACES, WORDS = "rows.u4", "places.u4", "words.u4"
"""By number: row inside the part, place, words that are signed."""
NUMBERS, LEADING, ASKED = "numbers.u4", "leading.u1", "asked.u1"
"""By place: number; whether the document stands for itself (not for one before it); and whether it
takes part in the second round."""

READ_ROWS = 8_192
"""Signatures read from a part at a time, four row groups: they are in memory twice meanwhile."""

FEW = 4
"""A document with no more than these before it in a bucket meets them all in the first round: few
buckets are larger, and a second round reads all parts once more."""

UInt64s = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Group:
    """Documents of some parts.

    Attributes:
        number: Which group it is.
        start: Number of its first document.
        stop: End of its documents.
        parts: Path of each part, and the end of its documents.
    """

    number: int
    start: int
    stop: int
    parts: tuple[tuple[str, int], ...]

    def stretches(self) -> list[tuple[Path, int, int]]:
        """Return the part and the numbers of the documents in it, part by part."""
        starts = [self.start, *(stop for _, stop in self.parts[:-1])]
        return [
            (Path(path), start, stop)
            for start, (path, stop) in zip(starts, self.parts, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class KeyTask:
    """Band keys of a group of documents.

    Attributes:
        number: Which task it is; like everywhere, the results are put in this order.
        folder: Folder of the stage.
        group: The documents.
        bands: Number of bands.
        rows: Values in a band.
        partitions: Number of partitions of the keys.
    """

    number: int
    folder: Path
    group: Group
    bands: int
    rows: int
    partitions: int


def write_keys(task: KeyTask) -> list[int]:
    """Write band keys and places by partition, and the fingerprints of whole signatures.

    Returns:
        Where each partition starts in the files, and the end.
    """
    start, stop = task.group.start, task.group.stop
    count = stop - start
    rows = read_array(task.folder / ROWS, np.uint32, start, stop).astype(np.int64)
    keys = np.empty((count, task.bands), np.uint64)
    fingerprints, usable = np.empty(count, np.uint64), np.empty(count, np.bool_)
    for path, first, end in task.group.stretches():
        with damage_named(path), open_part(path) as reader:
            for at in range(first - start, end - start, READ_ROWS):
                some = slice(at, min(at + READ_ROWS, end - start))
                column = one_array(read_rows(reader, rows[some], ["signature"])["signature"])
                keys[some], fingerprints[some], usable[some] = keys_of(
                    signature_matrix(column), task.bands, task.rows
                )
    places = read_array(task.folder / PLACES, np.uint32, start, stop)
    sorted_keys, sorted_places, bounds = partitioned(keys, usable, places, task.partitions)
    for name, values in (
        ("keys", sorted_keys),
        ("places", sorted_places),
        ("fingerprints", fingerprints),
        ("usable", usable),
    ):
        write_array(task.folder / "keys" / f"{name}-{task.number}", values)
    starts: list[int] = bounds.tolist()
    return starts


@dataclass(frozen=True, slots=True)
class MeetTask:
    """Documents that share a bucket, of the buckets of one partition.

    Attributes:
        number: The partition.
        folder: Folder of the stage.
        stretches: Number of each `KeyTask`, and where the partition lies in its files.
        limit: Most others that a document meets in a bucket, and most witnesses.
        witnesses: Places below this are witnesses.
        ranges: Places at which the ranges of later documents begin, and the end.
    """

    number: int
    folder: Path
    stretches: tuple[tuple[int, int, int], ...]
    limit: int
    witnesses: int
    ranges: tuple[int, ...]

    @property
    def few(self) -> int:
        """How many others a document may have before it in a bucket and meet them all at once."""
        return min(FEW, self.limit)

    def crowded(self) -> tuple[Path, Path]:
        """Return the files of places and bounds of the buckets in which there are more."""
        folder = self.folder / "crowded"
        return folder / f"places-{self.number}", folder / f"bounds-{self.number}"

    def bounds(self, codes: UInt64s) -> list[int]:
        """Return where each range starts among sorted codes, and the end."""
        starts: list[int] = np.searchsorted(codes, code(self.ranges, 0)).tolist()
        return starts


def write_meetings(task: MeetTask) -> tuple[list[int], int]:
    """Write the codes of each document with the first of its buckets, with few, with witnesses.

    Returns:
        Where each range starts in the file, and the end; and how many meetings with witnesses the
        limit left out.
    """
    folder = task.folder / "keys"
    keys = read_stretches(
        [Stretch(f"{folder}/keys-{n}", a, b) for n, a, b in task.stretches], np.uint64
    )
    places = read_stretches(
        [Stretch(f"{folder}/places-{n}", a, b) for n, a, b in task.stretches], np.uint32
    )
    leading = mapped(task.folder / LEADING, np.bool_)[places]
    buckets = buckets_of(keys[leading], places[leading])
    places_file, bounds_file = task.crowded()
    crowded = buckets.crowded(task.witnesses, task.few)
    write_array(places_file, crowded.places)
    write_array(bounds_file, crowded.bounds)
    codes, _, cut = meetings(buckets, 1, task.witnesses, task.limit, task.few)
    write_array(task.folder / "first" / f"{task.number}", codes)
    return task.bounds(codes), cut


def read_crowded(task: MeetTask) -> Buckets:
    """Read the buckets in which documents have not met all others."""
    places, bounds = task.crowded()
    return Buckets(read_array(places, np.uint32), read_array(bounds, np.int64))


def write_more(task: MeetTask) -> tuple[list[int], int]:
    """Write all codes of the documents that are still asked.

    Returns:
        Where each range starts in the file, and the end; and how many meetings the limit left out.
    """
    asked = mapped(task.folder / ASKED, np.bool_)
    known = read_array(task.folder / "first" / f"{task.number}", np.uint64)
    known = known[asked[ends_of(known)[0]]]
    buckets = read_crowded(task)
    more, cut, _ = meetings(buckets, task.limit, task.witnesses, asked=asked[buckets.places])
    codes = distinct(np.sort(np.concatenate([known, more])))
    write_array(task.folder / "more" / f"{task.number}", codes)
    return task.bounds(codes), cut
