"""Tasks that compare pairs of documents, from files to files, in batches that fit into memory."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.bucket_tasks import NUMBERS, ROWS, WORDS, Group
from curation.scratch import (
    Stretch,
    damaged,
    mapped,
    read_array,
    read_stretches,
    write_array,
)
from curation.storage import named_whole
from curation.table import Ints, damage_named, one_array, open_part
from curation.write import read_rows
from filters.duplicates.bands import agreeing, least_agreement
from filters.duplicates.batches import batch_starts
from filters.duplicates.buckets import code, distinct, ends_of
from filters.duplicates.guard import DIFFERENCES, guards
from filters.duplicates.signatures import sign, signature_matrix
from filters.duplicates.verify import verify

TEMPLATES = ("question", "label")
"""Kinds of documents that are written to a template: only their titles say what they are about."""

TITLE_SIMILARITY = 0.80
"""Jaccard similarity of the words of two titles below which they ask something else: it separates
98.7 % of the similar answers to different questions of MedQuAD."""

ANOTHER_TITLE = len(DIFFERENCES)
"""Difference of two documents by their titles, besides those that the guard knows."""

NOTICE = ANOTHER_TITLE + 1
"""What keeps a notice and its target apart."""

SIGNATURE_BYTES = 512
WORD_BYTES = 6
"""Stored bytes of a word, about: its hash, and its share of the guard stream and the title."""

UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]


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
            path = self.home / "fetched" / str(number)
            try:
                with pa.OSFile(str(path)) as file:
                    reader = pa.ipc.open_file(file)
                    found += [reader.get_batch(place) for place in places]
            except (pa.ArrowException, OSError) as error:
                if getattr(error, "errno", None):
                    raise
                raise damaged(path) from error
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
        streams = one_array(documents["guard"])
        # What says the same needs no comparison: many members of a template do.
        said = streams.dictionary_encode().indices.to_numpy()
        other = said[local[:, 0]] != said[local[:, 1]]
        apart[other] = guards(streams, local[other], task.guard == "strict")
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
