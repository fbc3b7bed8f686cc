"""The search for near-duplicates over all documents of a build, in tasks from files to files.

::

    signatures --write_keys--> band keys by partition --write_meetings--> pairs by range
    pairs --plan_batches--> batches --fetch_rows--> signatures --write_agreeing--> candidates
    candidates --plan_batches--> batches --fetch_rows--> word hashes --write_similar--> pairs

A task sees a group of documents, a partition of the buckets, or a batch of pairs, each of a size
that is fixed, so its memory does not depend on the size of the corpus. The program that calls holds
a few numbers a document, not the pairs. Files are read in the order of the tasks that wrote them:
how the work is divided, and who does it, changes nothing in the result.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from curation.scratch import Stretch, read_array, read_stretches, write_array
from curation.storage import remove_tree
from curation.table import Ints
from filters.duplicates.bands import MULTIPLIER, code, collapsed, ends_of, inherited

if TYPE_CHECKING:
    from curation.engines.base import Engine

UInt64s = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Division:
    """How the work is divided. It bounds the memory of a task and changes no result.

    Attributes:
        group: Documents whose signatures a task reads; a part is not divided.
        partition: Band keys that a task sorts into buckets.
        later: Documents whose pairs with earlier ones go together at least.
        pairs: Pairs that a task lays out and compares, about.
        batch: Bytes of the documents that a task compares.
    """

    group: int = 1 << 17
    partition: int = 1 << 21
    later: int = 1 << 15
    pairs: int = 1 << 20
    batch: int = 64 << 20


class Documents(NamedTuple):
    """The documents that are searched.

    Attributes:
        parts: Cached parts.
        part: Index into ``parts`` of each document, int64[n].
        row: Row inside that part, int64[n].
        order: Place in survivor order, int64[n], a permutation of 0 .. n-1. Witnesses come first:
            documents that cannot survive, and whose copies must not.
        words: Words that are signed, int64[n].
        identity: uint64[n]; documents of equal signatures are taken for one only if this is equal
            as well. A hash of the guard stream, so that a long text with another dose, whose
            signature can be equal, is not hidden behind its twin.
        witnesses: How many witnesses there are. None has the identity of another document.
    """

    parts: Sequence[Path]
    part: Ints
    row: Ints
    order: Ints
    words: Ints
    identity: UInt64s
    witnesses: int = 0


class Search(NamedTuple):
    """What is searched.

    Attributes:
        bands: Number of bands.
        rows: Values in a band.
        limit: How many others a document meets in one bucket, at least 1, and how many witnesses.
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


class Pairs(NamedTuple):
    """Some similar pairs.

    Attributes:
        later: uint32[m], places in survivor order; distinct pairs, sorted by them, then by
            ``earlier``, also over what is read after each other.
        earlier: uint32[m], of the other document.
        similarity: float64[m], exact Jaccard similarity, at least the threshold.
        apart: uint8[m], what keeps them apart: index into `filters.duplicates.guard.DIFFERENCES`,
            or `curation.pair_tasks.ANOTHER_TITLE`; 0 for nothing.
    """

    later: npt.NDArray[np.uint32]
    earlier: npt.NDArray[np.uint32]
    similarity: npt.NDArray[np.float64]
    apart: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Similar:
    """All similar pairs.

    Attributes:
        count: Their number.
        cut: Meetings left out because of the limit. A pair left out in one bucket may still have
            met in another.
    """

    count: int
    cut: int
    _tasks: Sequence[CompareTask]

    def __iter__(self) -> Iterator[Pairs]:
        """Read the pairs, some at a time."""
        for task in self._tasks:
            yield Pairs(
                *ends_of(read_array(task.file("codes"), np.uint64)),
                read_array(task.file("similarity"), np.float64),
                read_array(task.file("apart"), np.uint8),
            )


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
        engine: Engine | None = None,
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


@contextlib.contextmanager
def similar_pairs(documents: Documents, search: Search, stage: Stage) -> Iterator[Similar]:
    """Find all pairs that are similar, except what the bands miss and the limit leaves out.

    Args:
        documents: At most 2**32 - 2.
        search: Bands, limit, threshold, guard.
        stage: Runs the tasks.

    Yields:
        The pairs. A document whose signature and identity another one before it has is paired with
        the first such one, and with what that is paired with before it.
    """
    count = len(documents.order)
    if count >= 2**32 - 1:
        raise ValueError("at most 2**32 - 2 documents in one search")
    with stage.folder() as folder:
        groups = _lay_out(documents, stage.division.group, folder)
        partitions = _partitions(groups, search, stage, folder)
        members, leaders = _collapsed(documents.identity, documents.order, groups, folder)
        ranges, cut = _meetings(partitions, documents, search, stage, folder)
        agreeing = _compared(ranges, ("signature",), groups, search, stage, folder)
        ranges, dropped = _inherited(agreeing, ranges, members, leaders, search.limit, folder)
        del members, leaders
        columns = ["word_hashes", *(["guard"] if search.guard else [])]
        columns += ["kind", "title"] if search.guard and search.titles else []
        found = _compared(ranges, tuple(columns), groups, search, stage, folder)
        pairs = sum(similar for _, _, similar in found)
        yield Similar(pairs, cut + dropped, [task for _, task, _ in found])


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


@dataclass(frozen=True, slots=True)
class _Range:
    """Later documents whose pairs are laid out together.

    Attributes:
        start: First place.
        stop: End of the places.
        codes: Where the pairs are.
    """

    start: int
    stop: int
    codes: tuple[Stretch, ...]


def _meetings(
    partitions: Sequence[tuple[tuple[int, int, int], ...]],
    documents: Documents,
    search: Search,
    stage: Stage,
    folder: Path,
) -> tuple[list[_Range], int]:
    """Write who meets whom; return ranges of about as many pairs, and how many were cut."""
    count = len(documents.order)
    (folder / "codes").mkdir()
    places = (*range(0, count, stage.division.later), count)
    tasks = [
        MeetTask(number, folder, stretches, search.limit, documents.witnesses, places)
        for number, stretches in enumerate(partitions)
    ]
    found = stage.run(write_meetings, tasks)
    remove_tree(folder / "keys")
    bounds = np.array([bounds for bounds, _ in found], np.int64)
    total = bounds.sum(axis=0)
    steps = np.unique((total[:-1] - total[0]) // stage.division.pairs, return_index=True)[1]
    ranges = [
        _Range(
            places[start],
            places[stop],
            tuple(
                Stretch(f"{folder}/codes/{number}", int(bound[start]), int(bound[stop]))
                for number, bound in enumerate(bounds)
                if bound[start] < bound[stop]
            ),
        )
        for start, stop in itertools.pairwise([*steps.tolist(), len(places) - 1])
    ]
    return ranges, sum(cut for _, cut in found)


def _inherited(
    agreeing: Sequence[tuple[_Range, CompareTask, int]],
    ranges: Sequence[_Range],
    members: Ints,
    leaders: Ints,
    limit: int,
    folder: Path,
) -> tuple[list[_Range], int]:
    """Add the pairs of documents for which another one stood; return the ranges with them."""
    by_leader = np.argsort(leaders, kind="stable")
    members, leaders = members[by_leader], leaders[by_leader]
    more, dropped = [np.empty(0, np.uint64)], 0
    stretches: dict[int, list[Stretch]] = {part.start: [] for part in ranges}
    for part, task, size in agreeing:
        stretches[part.start].append(Stretch(str(task.file("codes")), 0, size))
    for part in ranges:
        mine = slice(*np.searchsorted(leaders, [part.start, part.stop]).tolist())
        if mine.start < mine.stop:
            codes = read_stretches(stretches[part.start], np.uint64)
            found, left_out = inherited(codes, members[mine], leaders[mine], limit)
            more.append(found)
            dropped += left_out
    codes = np.sort(np.concatenate(more))
    path = folder / "codes" / "inherited"
    write_array(path, codes)
    result = []
    for part in ranges:
        ends = np.searchsorted(codes, code([part.start, part.stop], 0)).tolist()
        mine_too = [Stretch(str(path), *ends)] if ends[0] < ends[1] else []
        result.append(_Range(part.start, part.stop, (*stretches[part.start], *mine_too)))
    return result, dropped


def _compared(
    ranges: Sequence[_Range],
    columns: tuple[str, ...],
    groups: Sequence[Group],
    search: Search,
    stage: Stage,
    folder: Path,
) -> list[tuple[_Range, CompareTask, int]]:
    """Compare pairs, batch by batch.

    Returns:
        For each batch its range, the task, which names the files with the result, and how many
        pairs were found. Pairs are sorted over all batches.
    """
    signed = columns == ("signature",)
    home = folder / ("agreeing" if signed else "similar")
    for name in ("batches", "fetched"):
        (home / name).mkdir(parents=True)
    starts = (*(group.start for group in groups), groups[-1].stop)
    division = stage.division
    plans = [
        PlanTask(number, folder, home, part.codes, signed, starts, division.batch, division.pairs)
        for number, part in enumerate(ranges)
        if part.codes
    ]
    planned = stage.run(plan_batches, plans)
    batches = [
        (ranges[plan.number], batch)
        for plan, made in zip(plans, planned, strict=True)
        for batch in made
    ]
    fetches = [
        FetchTask(group.number, folder, home, group, wanted, columns)
        for group in groups
        if (wanted := tuple(_wanted((batch for _, batch in batches), group.number)))
    ]
    fetched = [
        (task.number, places)
        for task, places in zip(fetches, stage.run(fetch_rows, fetches), strict=True)
    ]
    tasks = [
        CompareTask(
            number,
            home,
            batch.name,
            tuple((n, tuple(places[batch.name])) for n, places in fetched if batch.name in places),
            search.threshold,
            search.guard,
        )
        for number, (_, batch) in enumerate(batches)
    ]
    sizes = stage.run(write_agreeing if signed else write_similar, tasks)
    remove_tree(home / "fetched")
    parts = [part for part, _ in batches]
    return list(zip(parts, tasks, sizes, strict=True))


def _wanted(batches: Iterable[Batch], group: int) -> Iterator[tuple[str, int, int]]:
    """Yield which documents of each batch lie in a group."""
    for batch in batches:
        start, stop = batch.bounds[group : group + 2]
        if start < stop:
            yield batch.name, start, stop
