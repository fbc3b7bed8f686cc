"""The search for near-duplicates over all documents of a build, in tasks from files to files.

::

    signatures --write_keys--> band keys by partition --write_meetings--> pairs by range
    pairs --plan_batches--> batches --fetch_rows--> signatures --write_agreeing--> candidates
    candidates --plan_batches--> batches --fetch_rows--> word hashes --write_similar--> pairs

Documents of equal signatures that claim the same are twins. The first of them stands for all until
its pairs are compared. The others get what it may join, and the first of their own group: the first
may go to one that they are not similar to.

Two rounds: first each document meets the first of each of its buckets, and all where they are few.
Where it is similar to one that stays for certain, it goes, and nothing behind that matters: so the
members of a large bucket that say the same cost little more than other documents. The rest of the
large buckets meets up to ``limit`` of each in the second round (``write_more``).

A task sees a group of documents, a partition of the buckets, or a batch of pairs, each of a size
that is fixed, so its memory does not depend on the size of the corpus. The program that calls holds
a few numbers a document, not the pairs. Files are read in the order of the tasks that wrote them:
how the work is divided, and who does it, changes nothing in the result.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from curation.bucket_tasks import (
    ASKED,
    LEADING,
    NUMBERS,
    PLACES,
    ROWS,
    WORDS,
    Group,
    KeyTask,
    MeetTask,
    read_crowded,
    write_keys,
    write_meetings,
    write_more,
)
from curation.pair_search import Apart, Documents, Round, Search, Similar, Stage, some_of
from curation.pair_tasks import (
    Batch,
    CompareTask,
    FetchTask,
    PlanTask,
    fetch_rows,
    plan_batches,
    write_agreeing,
    write_similar,
)
from curation.scratch import Stretch, read_array, read_stretches, write_array
from curation.storage import remove_tree
from curation.table import Ints, Mask
from filters.duplicates.bands import MULTIPLIER
from filters.duplicates.buckets import Twins, code, collapsed, meetings
from filters.duplicates.clusters import ALL_KNOWN, Edges, settled

UInt32s = npt.NDArray[np.uint32]
UInt64s = npt.NDArray[np.uint64]


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


@contextlib.contextmanager
def similar_pairs(
    documents: Documents, search: Search, stage: Stage, apart: Apart
) -> Iterator[Similar]:
    """Find all pairs that are similar, except what the bands miss and the limit leaves out.

    Args:
        documents: At most 2**32 - 2.
        search: Bands, limit, threshold, guard.
        stage: Runs the tasks.
        apart: Which pairs are kept apart besides those that the guard knows.

    Yields:
        The pairs. A document whose signature and identity another one before it has is paired with
        the first such ones, and with what the first of them may join.
    """
    if len(documents.order) >= 2**32 - 1:
        raise ValueError("at most 2**32 - 2 documents in one search")
    with stage.folder() as folder:
        groups = _lay_out(documents, stage.division.group, folder)
        run = _Run(documents, search, stage, folder, groups)
        run.write_keys()
        twins = _collapsed(documents.identity, documents.order, groups, folder)
        ranges, cut = run.meetings("first", write_meetings)
        remove_tree(folder / "keys")
        compared = run.compared("first", ranges, twins, 1, run.few)
        first = Similar(cut, apart, compared)
        asked = _asked(first, run.known(twins), twins, documents.witnesses)
        if not asked.any():
            yield first
            return
        write_array(folder / ASKED, asked)
        ranges, more_cut = run.meetings("more", write_more)
        more = run.compared("more", ranges, twins, search.limit, 0, asked)
        yield Similar(cut + more_cut, apart, compared, more, asked)


def _asked(first: Similar, known: UInt32s, twins: Twins, witnesses: int) -> Mask:
    """Return of which documents more pairs are needed, bool[n], a member never without its leader.

    Args:
        first: Pairs of the first round.
        known: See `filters.duplicates.clusters.settled`.
        twins: Those for which another one takes part.
        witnesses: How many witnesses there are.
    """
    joining = (some_of(pairs, pairs.apart == 0) for pairs in first)
    edges = (Edges(pairs.later, pairs.earlier, pairs.similarity) for pairs in joining)
    asked = ~settled(edges, known, witnesses)
    asked[twins.leaders[asked[twins.members]]] = True
    return asked


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


def _collapsed(identity: UInt64s, order: Ints, groups: Sequence[Group], folder: Path) -> Twins:
    """Find documents that say what one before them says, and write which stand for themselves."""
    fingerprints, usable = np.empty(len(order), np.uint64), np.empty(len(order), np.bool_)
    for group in groups:
        places = read_array(folder / PLACES, np.uint32, group.start, group.stop)
        keys = folder / "keys"
        fingerprints[places] = read_array(keys / f"fingerprints-{group.number}", np.uint64)
        usable[places] = read_array(keys / f"usable-{group.number}", np.bool_)
    fingerprints[order] ^= identity * MULTIPLIER
    twins = collapsed(fingerprints, usable)
    usable[twins.members] = False
    write_array(folder / LEADING, usable)
    return twins


@dataclass(frozen=True, slots=True)
class _Run:
    """One search under way.

    Attributes:
        documents: What is searched.
        search: For what.
        stage: Runs the tasks.
        folder: Where their files are.
        groups: Documents whose signatures a task reads.
        meet: The partitions, once the keys are written.
    """

    documents: Documents
    search: Search
    stage: Stage
    folder: Path
    groups: Sequence[Group]
    meet: list[MeetTask] = field(default_factory=list)

    def write_keys(self) -> None:
        """Write the band keys by partition."""
        for name in ("keys", "crowded"):
            (self.folder / name).mkdir()
        search, division = self.search, self.stage.division
        count = len(self.documents.order)
        partitions = -(-count * search.bands // division.partition)
        tasks = [
            KeyTask(group.number, self.folder, group, search.bands, search.rows, partitions)
            for group in self.groups
        ]
        bounds = self.stage.run(write_keys, tasks)
        places = (*range(0, count, division.later), count)
        for index in range(partitions):
            stretches = tuple(
                (number, bound[index], bound[index + 1])
                for number, bound in enumerate(bounds)
                if bound[index] < bound[index + 1]
            )
            shown = self.documents.witnesses
            self.meet.append(MeetTask(index, self.folder, stretches, search.limit, shown, places))

    @property
    def few(self) -> int:
        """How many others a document may have before it in a bucket and meet them all at once."""
        return self.meet[0].few

    def known(self, twins: Twins) -> UInt32s:
        """Return up to which place each document has met all of its buckets, uint32[n]."""
        known = np.full(len(self.documents.order), ALL_KNOWN, np.uint32)
        for buckets in (*map(read_crowded, self.meet), twins.groups()):
            rank, _ = buckets.ranks(self.documents.witnesses)
            behind = np.flatnonzero(rank > self.few)
            first = behind - rank[behind]
            np.minimum.at(known, buckets.places[behind], buckets.places[first])
        known[twins.members] = np.minimum(known[twins.members], known[twins.leaders])
        return known

    def meetings(
        self, name: str, write: Callable[[MeetTask], tuple[list[int], int]]
    ) -> tuple[list[_Range], int]:
        """Write who meets whom; return ranges of about as many pairs, and how many were cut.

        Args:
            name: Folder of the codes.
            write: Writes them.
        """
        (self.folder / name).mkdir()
        found = self.stage.run(write, self.meet)
        bounds = np.array([bounds for bounds, _ in found], np.int64)
        total = bounds.sum(axis=0)
        steps = np.unique((total[:-1] - total[0]) // self.stage.division.pairs, return_index=True)
        places = self.meet[0].ranges
        ranges = [
            _Range(
                places[start],
                places[stop],
                tuple(
                    Stretch(f"{self.folder}/{name}/{number}", int(bound[start]), int(bound[stop]))
                    for number, bound in enumerate(bounds)
                    if bound[start] < bound[stop]
                ),
            )
            for start, stop in itertools.pairwise([*steps[1].tolist(), len(places) - 1])
        ]
        return ranges, sum(cut for _, cut in found)

    def compared(
        self,
        name: str,
        ranges: Sequence[_Range],
        twins: Twins,
        limit: int,
        few: int,
        asked: Mask | None = None,
    ) -> Round:
        """Compare pairs by their signatures, what agrees by its words, then the pairs of twins.

        What the limit leaves out among twins is not counted: they say the same, so one is enough.

        Args:
            name: Of the round.
            ranges: Who meets whom.
            twins: Of all groups.
            limit: How many of its group a twin meets, see `filters.duplicates.buckets.meetings`.
            few: A twin with no more of its group before it meets them all.
            asked: Which documents meet others, None for all.
        """
        columns = ["word_hashes", *(["guard"] if self.search.guard else [])]
        columns += ["kind", "title"] if self.search.guard and self.search.titles else []
        agreed = _found(ranges, self._compared(f"{name}-agreeing", ranges, ("signature",)))
        similar = self._compared(f"{name}-similar", agreed, tuple(columns))
        (self.folder / f"{name}-inherited").mkdir()
        groups = twins.groups()
        meets = None if asked is None else asked[groups.places]
        own, _, _ = meetings(groups, limit, few=few, asked=meets)
        if asked is not None:
            some = asked[twins.members]
            twins = Twins(twins.members[some], twins.leaders[some])
        pieces = itertools.chain([own], self._inherited(agreed, similar, twins))
        theirs = self._kept(f"{name}-inherited", ranges, pieces)
        found = self._compared(f"{name}-twins", theirs, tuple(columns))
        return Round([task for _, task, _ in similar], [task for _, task, _ in found])

    def _inherited(
        self,
        agreed: Sequence[_Range],
        similar: Sequence[tuple[_Range, CompareTask, int]],
        twins: Twins,
    ) -> Iterator[UInt64s]:
        """Yield the pairs of twins with what their leaders may join, codes sorted in each piece.

        What the guard keeps apart from a leader it keeps apart from all of the group.
        """
        for part in agreed:
            mine = twins.led(part.start, part.stop)
            if not len(mine.members):
                continue
            others = [
                read_array(task.file("codes"), np.uint64)[
                    read_array(task.file("apart"), np.uint8) > 0
                ]
                for of, task, _ in similar
                if of.start == part.start
            ]
            codes = read_stretches(part.codes, np.uint64)
            codes = np.setdiff1d(codes, np.concatenate([codes[:0], *others]), assume_unique=True)
            yield from mine.inheriting(codes, self.stage.division.pairs)

    def _kept(self, name: str, ranges: Sequence[_Range], pieces: Iterable[UInt64s]) -> list[_Range]:
        """Write pieces of sorted codes; return the ranges with these instead of their own."""
        starts = code([*(part.start for part in ranges), ranges[-1].stop], 0)
        result: dict[int, list[Stretch]] = {part.start: [] for part in ranges}
        for number, codes in enumerate(pieces):
            path = self.folder / name / str(number)
            write_array(path, codes)
            bounds = itertools.pairwise(np.searchsorted(codes, starts).tolist())
            for part, (start, stop) in zip(ranges, bounds, strict=True):
                if start < stop:
                    result[part.start].append(Stretch(str(path), start, stop))
        return [_Range(p.start, p.stop, tuple(result[p.start])) for p in ranges]

    def _compared(
        self, name: str, ranges: Sequence[_Range], columns: tuple[str, ...]
    ) -> list[tuple[_Range, CompareTask, int]]:
        """Compare pairs, batch by batch.

        Returns:
            For each batch its range, the task, which names the files with the result, and how many
            pairs were found. Pairs are sorted over all batches.
        """
        signed = columns == ("signature",)
        folder, stage, groups = self.folder, self.stage, self.groups
        home = folder / name
        for inside in ("batches", "fetched"):
            (home / inside).mkdir(parents=True)
        starts = (*(group.start for group in groups), groups[-1].stop)
        limits = stage.division.batch, stage.division.pairs
        plans = [
            PlanTask(number, folder, home, part.codes, signed, starts, *limits)
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
        fetched = list(zip(fetches, stage.run(fetch_rows, fetches), strict=True))
        tasks = [
            CompareTask(
                number,
                home,
                batch.name,
                tuple(
                    (task.number, tuple(places[batch.name]))
                    for task, places in fetched
                    if batch.name in places
                ),
                self.search.threshold,
                self.search.guard,
            )
            for number, (_, batch) in enumerate(batches)
        ]
        sizes = stage.run(write_agreeing if signed else write_similar, tasks)
        remove_tree(home / "fetched")
        return list(zip((part for part, _ in batches), tasks, sizes, strict=True))


def _found(
    ranges: Sequence[_Range], compared: Iterable[tuple[_Range, CompareTask, int]]
) -> list[_Range]:
    """Return the ranges with what was found in them."""
    found: dict[int, list[Stretch]] = {part.start: [] for part in ranges}
    for part, task, size in compared:
        found[part.start].append(Stretch(str(task.file("codes")), 0, size))
    return [_Range(part.start, part.stop, tuple(found[part.start])) for part in ranges]


def _wanted(batches: Iterable[Batch], group: int) -> Iterator[tuple[str, int, int]]:
    """Yield which documents of each batch lie in a group."""
    for batch in batches:
        start, stop = batch.bounds[group : group + 2]
        if start < stop:
            yield batch.name, start, stop
