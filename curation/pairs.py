"""The search for near-duplicates over all documents of a build, in tasks from files to files.

::

    signatures --write_keys--> band keys by partition --write_meetings--> pairs by range
    pairs --plan_batches--> batches --fetch_rows--> signatures --write_agreeing--> candidates
    candidates --plan_batches--> batches --fetch_rows--> word hashes --write_similar--> pairs

A task sees a group of documents, a partition of the buckets, or a batch of pairs, each of a size
that is fixed, so its memory does not depend on the size of the corpus. The program that calls holds
24 bytes a document for a while, and what is said of pairs. Files are read in the order of the tasks
that wrote them: how the work is divided, and who does it, changes nothing in the result.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from curation.pair_tasks import (
    LEADING,
    NUMBERS,
    PLACES,
    ROWS,
    WORDS,
    Batch,
    CompareTask,
    FetchTask,
    Group,
    KeyTask,
    MeetTask,
    PlanTask,
    fetch_rows,
    plan_batches,
    write_agreeing,
    write_keys,
    write_meetings,
    write_similar,
)
from curation.scratch import Stretch, Value, read_array, write_array
from curation.storage import remove_tree
from curation.table import Ints
from filters.duplicates.bands import MULTIPLIER, collapsed, ends_of, inherited

if TYPE_CHECKING:
    from curation.engines.local import LocalEngine

UInt64s = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Division:
    """How the work is divided. It bounds the memory of a task and changes no result.

    Attributes:
        group: Documents whose signatures a task reads; a part is not divided.
        partition: Band keys that a task sorts into buckets.
        later: Documents whose pairs with earlier ones are laid out by a task.
        batch: Bytes of the documents that a task compares.
    """

    group: int = 1 << 17
    partition: int = 1 << 21
    later: int = 1 << 18
    batch: int = 64 << 20


class Documents(NamedTuple):
    """The documents that are searched.

    Attributes:
        parts: Cached parts.
        part: Index into ``parts`` of each document, int64[n].
        row: Row inside that part, int64[n].
        order: Place in survivor order, int64[n], a permutation of 0 .. n-1. Documents that cannot
            survive come after all that can, because the first of a group of equal signatures
            stands for it.
        words: Words that are signed, int64[n].
        identity: uint64[n]; documents of equal signatures are taken for one only if this is equal
            as well. A hash of the guard stream, so that a long text with another dose, whose
            signature can be equal, is not hidden behind its twin.
    """

    parts: Sequence[Path]
    part: Ints
    row: Ints
    order: Ints
    words: Ints
    identity: UInt64s


class Search(NamedTuple):
    """What is searched.

    Attributes:
        bands: Number of bands.
        rows: Values in a band.
        limit: How many others a document meets in one bucket, at least 1.
        threshold: Similarity from which pairs count as duplicates, 0..1.
        guard: ``""`` for none, else ``"on"`` or ``"strict"``.
        titles: Whether there are documents of which titles are compared.
    """

    bands: int
    rows: int
    limit: int
    threshold: float
    guard: str
    titles: bool


class Similar(NamedTuple):
    """Similar pairs.

    Attributes:
        pairs: int64[m, 2], documents; the one that comes first in survivor order stands first.
            Distinct, sorted by the survivor order of the second, then of the first.
        similarity: float64[m], exact Jaccard similarity, at least the threshold.
        apart: uint8[m], what keeps them apart: index into `filters.duplicates.guard.DIFFERENCES`,
            or `curation.pair_tasks.ANOTHER_TITLE`; 0 for nothing.
        cut: Meetings left out because of the limit. A pair left out in one bucket may still have
            met in another.
    """

    pairs: Ints
    similarity: npt.NDArray[np.float64]
    apart: npt.NDArray[np.uint8]
    cut: int


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


Task = TypeVar("Task", bound=_Numbered)
Result = TypeVar("Result")


class Stage:
    """Runs tasks that hand files to each other.

    Args:
        engine: Runs tasks where there are several; None runs them here.
        folder: Where their files go, emptied before and removed after; None for a temporary one.
        division: How the work is divided.
    """

    def __init__(
        self,
        engine: LocalEngine | None = None,
        folder: Path | None = None,
        division: Division | None = None,
    ) -> None:
        self._engine, self._folder = engine, folder
        self.division = division or Division()

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """Yield an empty folder that is removed at the end."""
        if self._folder is None:
            with tempfile.TemporaryDirectory() as name:
                yield Path(name)
            return
        remove_tree(self._folder)
        self._folder.mkdir(parents=True)
        try:
            yield self._folder
        finally:
            remove_tree(self._folder)

    def run(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """Return the results in the order of the tasks.

        A single task is run here: what is small needs no worker.
        """
        if self._engine is None or len(tasks) < 2:
            return [function(task) for task in tasks]
        found = {task.number: result for task, result in self._engine.run(function, tasks)}
        return [found[task.number] for task in tasks]


def similar_pairs(documents: Documents, search: Search, stage: Stage) -> Similar:
    """Find all pairs that are similar, except what the bands miss and the limit leaves out.

    Args:
        documents: At most 2**32 - 2.
        search: Bands, limit, threshold, guard.
        stage: Runs the tasks.

    Returns:
        The pairs. A document whose signature and identity another one before it has is paired with
        the first such one, and with what that is paired with before it.
    """
    if len(documents.order) >= 2**32 - 1:
        raise ValueError("at most 2**32 - 2 documents in one search")
    with stage.folder() as folder:
        groups = _lay_out(documents, stage.division.group, folder)
        partitions = _partitions(groups, search, stage, folder)
        members, leaders = _collapsed(documents.identity, documents.order, groups, folder)
        ranges, cut = _meetings(partitions, len(documents.order), search, stage, folder)
        found = _compared(ranges, ("signature",), groups, search, stage, folder)
        candidates, dropped = inherited(
            _together(found, "codes", np.uint64), members, leaders, search.limit
        )
        ranges = _ranges(candidates, stage.division.later, folder)
        del candidates, members, leaders
        columns = ["word_hashes", *(["guard"] if search.guard else [])]
        columns += ["kind", "title"] if search.guard and search.titles else []
        found = _compared(ranges, tuple(columns), groups, search, stage, folder)
        later, earlier = ends_of(_together(found, "codes", np.uint64))
        by_place = np.empty(len(documents.order), np.int64)
        by_place[documents.order] = np.arange(len(by_place))
        return Similar(
            np.stack([by_place[earlier], by_place[later]], axis=1),
            _together(found, "similarity", np.float64),
            _together(found, "apart", np.uint8),
            cut + dropped,
        )


def _lay_out(documents: Documents, size: int, folder: Path) -> list[Group]:
    """Number the documents in the order of their parts, write what tasks ask of them, group them.

    A group is of whole parts, as many as have no more than ``size`` documents together.
    """
    part, row = documents.part, documents.row
    lengths = np.zeros(len(documents.parts), np.int64)
    np.maximum.at(lengths, part, row + 1)
    # Instead of sorting: each document goes to its place among all rows of all parts.
    every = np.full(int(lengths.sum()), -1, np.int64)
    every[(np.cumsum(lengths) - lengths)[part] + row] = np.arange(len(row))
    by_number = every[every >= 0]
    del every
    places = documents.order[by_number].astype(np.uint32)
    numbers = np.empty(len(places), np.uint32)
    numbers[places] = np.arange(len(places), dtype=np.uint32)
    for name, values in (
        (ROWS, row[by_number].astype(np.uint32)),
        (PLACES, places),
        (WORDS, documents.words[by_number].astype(np.uint32)),
        (NUMBERS, numbers),
    ):
        write_array(folder / name, values)
    ends = np.cumsum(np.bincount(part, minlength=len(lengths))).tolist()
    groups: list[Group] = []
    start = 0
    mine: list[tuple[str, int]] = []
    for path, end in zip(documents.parts, ends, strict=True):
        last = mine[-1][1] if mine else start
        if mine and end - start > size:
            groups.append(Group(len(groups), start, last, tuple(mine)))
            start, mine = last, []
        if end > (mine[-1][1] if mine else start):
            mine.append((str(path), end))
    return [*groups, Group(len(groups), start, len(places), tuple(mine))] if mine else groups


def _partitions(
    groups: Sequence[Group], search: Search, stage: Stage, folder: Path
) -> list[tuple[tuple[int, int, int], ...]]:
    """Write the band keys; return where each partition lies in the files of the groups."""
    (folder / "keys").mkdir()
    keys = groups[-1].stop * search.bands
    count = -(-keys // stage.division.partition)
    tasks = [
        KeyTask(group.number, folder, group, search.bands, search.rows, count) for group in groups
    ]
    bounds = stage.run(write_keys, tasks)
    return [
        tuple(
            (number, bound[index], bound[index + 1])
            for number, bound in enumerate(bounds)
            if bound[index] < bound[index + 1]
        )
        for index in range(count)
    ]


def _collapsed(
    identity: UInt64s, order: Ints, groups: Sequence[Group], folder: Path
) -> tuple[Ints, Ints]:
    """Find documents that say what one before them says, and write which stand for themselves."""
    fingerprints, usable = np.empty(len(order), np.uint64), np.empty(len(order), np.bool_)
    for group in groups:
        places = read_array(folder / PLACES, np.uint32, group.start, group.stop)
        keys = folder / "keys"
        fingerprints[places] = read_array(keys / f"fingerprints-{group.number}", np.uint64)
        usable[places] = read_array(keys / f"usable-{group.number}", np.bool_)
    fingerprints[order] ^= identity * MULTIPLIER
    members, leaders = collapsed(fingerprints, usable)
    usable[members] = False
    write_array(folder / LEADING, usable)
    return members, leaders


def _meetings(
    partitions: Sequence[tuple[tuple[int, int, int], ...]],
    count: int,
    search: Search,
    stage: Stage,
    folder: Path,
) -> tuple[list[tuple[Stretch, ...]], int]:
    """Write who meets whom; return where each range of later documents lies, and what was cut."""
    (folder / "codes").mkdir()
    ranges = (*range(0, count, stage.division.later), count)
    tasks = [
        MeetTask(number, folder, stretches, search.limit, ranges)
        for number, stretches in enumerate(partitions)
    ]
    found = stage.run(write_meetings, tasks)
    remove_tree(folder / "keys")
    laid = [
        tuple(
            Stretch(f"{folder}/codes/{number}", bounds[index], bounds[index + 1])
            for number, (bounds, _) in enumerate(found)
            if bounds[index] < bounds[index + 1]
        )
        for index in range(len(ranges) - 1)
    ]
    return laid, sum(cut for _, cut in found)


def _ranges(candidates: UInt64s, size: int, folder: Path) -> list[tuple[Stretch, ...]]:
    """Write the candidates; return stretches of them."""
    path = folder / "codes" / "candidates"
    write_array(path, candidates)
    return [
        (Stretch(str(path), at, min(at + size, len(candidates))),)
        for at in range(0, len(candidates), size)
    ]


def _compared(
    ranges: Sequence[tuple[Stretch, ...]],
    columns: tuple[str, ...],
    groups: Sequence[Group],
    search: Search,
    stage: Stage,
    folder: Path,
) -> list[CompareTask]:
    """Compare pairs, batch by batch; return the tasks, which name the files with the results."""
    for name in ("batches", "fetched"):
        remove_tree(folder / name)
        (folder / name).mkdir()
    signed = columns == ("signature",)
    starts = (*(group.start for group in groups), groups[-1].stop)
    plans = [
        PlanTask(number, folder, codes, signed, starts, stage.division.batch)
        for number, codes in enumerate(ranges)
        if codes
    ]
    batches = [batch for planned in stage.run(plan_batches, plans) for batch in planned]
    fetches = [
        FetchTask(group.number, folder, group, wanted, columns)
        for group in groups
        if (wanted := tuple(_wanted(batches, group.number)))
    ]
    fetched = [
        (task.number, places)
        for task, places in zip(fetches, stage.run(fetch_rows, fetches), strict=True)
    ]
    tasks = [
        CompareTask(
            number,
            folder,
            batch.name,
            tuple((n, tuple(places[batch.name])) for n, places in fetched if batch.name in places),
            search.threshold,
            search.guard,
        )
        for number, batch in enumerate(batches)
    ]
    stage.run(write_agreeing if signed else write_similar, tasks)
    return tasks


def _wanted(batches: Sequence[Batch], group: int) -> Iterator[tuple[str, int, int]]:
    """Yield which documents of each batch lie in a group."""
    for batch in batches:
        start, stop = batch.bounds[group : group + 2]
        if start < stop:
            yield batch.name, start, stop


def _together(tasks: Sequence[CompareTask], kind: str, dtype: type[Value]) -> npt.NDArray[Value]:
    """Read one kind of result of all batches."""
    found = [read_array(task.file(kind), dtype) for task in tasks]
    return np.concatenate(found) if found else np.empty(0, dtype)
