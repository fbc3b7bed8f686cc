"""Tasks of the search for near-duplicates, from files to files; `curation.pairs` lays them out.

Documents have two numbers: their *place* in survivor order, and their *number* in the order of the
parts that they lie in. Arrays by number and by place are files of the stage's folder (`ROWS` and
the following), of which a task reads what it needs.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.scratch import Stretch, mapped, named_whole, read_array, read_stretches, write_array
from curation.table import Ints, damage_named, one_array, open_part
from curation.write import read_rows
from filters.duplicates.bands import (
    agreeing,
    code,
    distinct,
    ends_of,
    keys_of,
    least_agreement,
    meetings,
    partitioned,
)
from filters.duplicates.batches import batch_starts
from filters.duplicates.guard import DIFFERENCES, guards
from filters.duplicates.signatures import sign, signature_matrix
from filters.duplicates.verify import verify

ROWS, PLACES, WORDS = "rows.u4", "places.u4", "words.u4"
"""By number: row inside the part, place, words that are signed."""
NUMBERS, LEADING = "numbers.u4", "leading.u1"
"""By place: number, and whether the document stands for itself (not for one before it)."""

TEMPLATES = ("question", "label")
"""Kinds of documents that are written to a template: only their titles say what they are about."""

TITLE_SIMILARITY = 0.80
"""Jaccard similarity of the words of two titles below which they ask something else: it separates
98.7 % of the similar answers to different questions of MedQuAD."""

ANOTHER_TITLE = len(DIFFERENCES)
"""Difference of two documents by their titles, besides those that the guard knows."""

READ_ROWS = 8_192
"""Signatures read from a part at a time, four row groups: they are in memory twice meanwhile."""

SIGNATURE_BYTES = 512
WORD_BYTES = 6
"""Stored bytes of a word, about: its hash, and its share of the guard stream and the title."""

UInt32s = npt.NDArray[np.uint32]
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


def write_meetings(task: MeetTask) -> tuple[list[int], int]:
    """Write the codes of the pairs that meet.

    Returns:
        Where each range starts in the file, and the end; and how many meetings the limit left out.
    """
    folder = task.folder / "keys"
    keys = read_stretches(
        [Stretch(f"{folder}/keys-{n}", a, b) for n, a, b in task.stretches], np.uint64
    )
    places = read_stretches(
        [Stretch(f"{folder}/places-{n}", a, b) for n, a, b in task.stretches], np.uint32
    )
    leading = mapped(task.folder / LEADING, np.bool_)[places]
    codes, cut = meetings(keys[leading], places[leading], task.limit, task.witnesses)
    write_array(task.folder / "codes" / f"{task.number}", codes)
    return np.searchsorted(codes, code(task.ranges, 0)).tolist(), cut


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs that are compared at once.

    Attributes:
        name: Of its files: pairs, and the numbers and places of their documents.
        bounds: Where the documents of each group start, and the end.
    """

    name: str
    bounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlanTask:
    """Batches of the pairs of a range of later documents.

    Attributes:
        number: The range.
        folder: Folder of the stage.
        home: Folder of this comparison.
        codes: Where the codes are, which may repeat each other.
        signed: Whether signatures are compared, else words.
        groups: Numbers at which the groups begin, and the end.
        limit: Bytes of the documents of a batch.
        most: Pairs of a batch.
    """

    number: int
    folder: Path
    home: Path
    codes: tuple[Stretch, ...]
    signed: bool
    groups: tuple[int, ...]
    limit: int
    most: int


def plan_batches(task: PlanTask) -> list[Batch]:
    """Write the distinct pairs in batches whose documents fit into memory.

    Returns:
        The batches, in the order of their pairs.
    """
    codes = read_stretches(task.codes, np.uint64)
    codes.sort()
    codes = distinct(codes)
    later, earlier = ends_of(codes)
    places = np.unique(np.concatenate([np.unique(later), earlier]))
    numbers = mapped(task.folder / NUMBERS, np.uint32)[places]
    by_number = np.argsort(numbers)
    ranks = np.empty(len(numbers), np.int64)
    ranks[by_number] = np.arange(len(numbers))
    numbers, sorted_places = numbers[by_number], places[by_number]
    if task.signed:
        sizes = np.full(len(numbers), SIGNATURE_BYTES, np.int64)
    else:
        words = mapped(task.folder / WORDS, np.uint32)[numbers]
        sizes = 64 + WORD_BYTES * words.astype(np.int64)
    pairs = np.stack([ranks[np.searchsorted(places, ends)] for ends in (earlier, later)], axis=1)
    starts = batch_starts(pairs, sizes, task.limit, task.most)
    batches = []
    for index, (start, stop) in enumerate(itertools.pairwise([*starts.tolist(), len(pairs)])):
        some = pairs[start:stop]
        used = np.zeros(len(numbers), np.bool_)
        used[some.ravel()] = True
        local = np.cumsum(used) - 1
        name = f"{task.number}-{index}"
        for kind, values in (
            ("pairs", local[some].astype(np.uint32)),
            ("numbers", numbers[used]),
            ("places", sorted_places[used]),
        ):
            write_array(task.home / "batches" / f"{kind}-{name}", values)
        bounds = np.searchsorted(numbers[used], task.groups)
        batches.append(Batch(name, tuple(bounds.tolist())))
    return batches


@dataclass(frozen=True, slots=True)
class FetchTask:
    """What is compared of the documents of a group, for all batches.

    Attributes:
        number: The group.
        folder: Folder of the stage.
        home: Folder of this comparison.
        group: Where the documents are.
        wanted: Name of a batch, and which of its documents lie in this group.
        columns: Columns to read.
    """

    number: int
    folder: Path
    home: Path
    group: Group
    wanted: tuple[tuple[str, int, int], ...]
    columns: tuple[str, ...]


def fetch_rows(task: FetchTask) -> dict[str, list[int]]:
    """Write columns of documents, batch by batch, part by part: memory is bounded by the part.

    Returns:
        For each batch its record batches in the file, in the order of the documents.
    """
    start, stop = task.group.start, task.group.stop
    rows = read_array(task.folder / ROWS, np.uint32, start, stop).astype(np.int64)
    files = [Stretch(f"{task.home}/batches/numbers-{n}", a, b) for n, a, b in task.wanted]
    numbers = read_stretches(files, np.uint32).astype(np.int64)
    owners = np.repeat(np.arange(len(files)), [b - a for _, a, b in task.wanted])
    places: dict[str, list[int]] = {}
    with (
        named_whole(task.home / "fetched" / str(task.number)) as path,
        contextlib.ExitStack() as stack,
    ):
        writer = None
        written = 0
        for part, first, end in task.group.stretches():
            mine = np.flatnonzero((numbers >= first) & (numbers < end))
            if not len(mine):
                continue
            used, which = np.unique(numbers[mine], return_inverse=True)
            with damage_named(part), open_part(part) as reader:
                table = read_rows(reader, rows[used - start], task.columns)
            for owner in np.unique(owners[mine]).tolist():
                some = table.take(pa.array(which[owners[mine] == owner])).combine_chunks()
                writer = writer or stack.enter_context(pa.ipc.new_file(path, some.schema))
                writer.write_table(some)
                places.setdefault(task.wanted[owner][0], []).append(written)
                written += 1
    return places


@dataclass(frozen=True, slots=True)
class CompareTask:
    """A batch of pairs, to be compared.

    Attributes:
        number: The batch.
        home: Folder of this comparison.
        name: Name of the batch.
        fetched: Files of `fetch_rows`, and the record batches in each.
        threshold: Similarity from which pairs count.
        guard: ``""`` for none, else ``"on"`` or ``"strict"``.
    """

    number: int
    home: Path
    name: str
    fetched: tuple[tuple[int, tuple[int, ...]], ...]
    threshold: float
    guard: str

    def file(self, kind: str) -> Path:
        """Return a file of the batch."""
        return self.home / "batches" / f"{kind}-{self.name}"

    def documents(self) -> pa.Table:
        """Read what was fetched of the documents, in the order of their numbers."""
        found = []
        for number, places in self.fetched:
            with pa.OSFile(str(self.home / "fetched" / str(number))) as file:
                reader = pa.ipc.open_file(file)
                found += [reader.get_batch(place) for place in places]
        return pa.Table.from_batches(found)

    def pairs(self) -> UInt32s:
        """Read the pairs, ``uint32[m, 2]``: the document before the other stands first."""
        return read_array(self.file("pairs"), np.uint32).reshape(-1, 2)

    def codes(self, pairs: UInt32s) -> UInt64s:
        """Return the codes of pairs."""
        ends = read_array(self.file("places"), np.uint32)[pairs]
        return code(ends[:, 1], ends[:, 0])


def write_agreeing(task: CompareTask) -> int:
    """Write the codes of pairs whose signatures speak for the threshold.

    Returns:
        Their number.
    """
    pairs = task.pairs()
    signatures = signature_matrix(one_array(task.documents()["signature"]))
    minimum = least_agreement(task.threshold, signatures.shape[1])
    pairs = pairs[agreeing(signatures, pairs, minimum)]
    write_array(task.file("codes"), task.codes(pairs))
    return len(pairs)


def write_similar(task: CompareTask) -> int:
    """Write the codes of similar pairs, their similarities, and in what the guard sees them differ.

    Returns:
        Their number.
    """
    pairs, documents = task.pairs(), task.documents()
    similarity = verify(one_array(documents["word_hashes"]), pairs.astype(np.int64))
    close = np.flatnonzero(similarity >= task.threshold)
    pairs = pairs[close]
    apart = np.zeros(len(pairs), np.uint8)
    if task.guard and len(pairs):
        local = pairs.astype(np.int64)
        apart = guards(one_array(documents["guard"]), local, task.guard == "strict")
        if "title" in documents.column_names:
            _other_titles(documents, local, apart)
    for kind, values in (
        ("codes", task.codes(pairs)),
        ("similarity", similarity[close]),
        ("apart", apart),
    ):
        write_array(task.file(kind), values)
    return len(pairs)


def _other_titles(documents: pa.Table, pairs: Ints, apart: npt.NDArray[np.uint8]) -> None:
    """Keep apart what was written to one template under another title."""
    template = np.asarray(pc.is_in(documents["kind"], pa.array(TEMPLATES)))
    asked = np.flatnonzero(template[pairs].all(axis=1) & (apart == 0))
    if not len(asked):
        return
    involved, inverse = np.unique(pairs[asked], return_inverse=True)
    titles = one_array(documents["title"]).take(pa.array(involved)).cast(pa.large_string())
    local = np.ascontiguousarray(inverse.reshape(-1, 2), np.int64)
    words = sign(titles.fill_null(""))
    known = np.asarray(words["shingle_words"])[local].all(axis=1)
    same = verify(words["word_hashes"], local, shingle=1) >= TITLE_SIMILARITY
    apart[asked[known & ~same]] = ANOTHER_TITLE
