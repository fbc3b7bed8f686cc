"""What a search for near-duplicates is given and gives, and how its tasks are run."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from curation.pair_tasks import NOTICE, CompareTask
from curation.scratch import read_array
from curation.storage import remove_tree
from curation.table import Ints, Mask
from filters.duplicates.buckets import ends_of

if TYPE_CHECKING:
    from curation.engines.base import Engine

UInt32s = npt.NDArray[np.uint32]
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
        witnesses: How many witnesses there are. None has the identity of another document: the
            pairs of each count.
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
            or `curation.pair_tasks.ANOTHER_TITLE` or `NOTICE`; 0 for nothing.
    """

    later: UInt32s
    earlier: UInt32s
    similarity: npt.NDArray[np.float64]
    apart: npt.NDArray[np.uint8]


Apart = Callable[[UInt32s, UInt32s], Mask]
"""Which pairs of places are kept apart whatever they say."""


class Round(NamedTuple):
    """What was compared in one round: tasks, which name the files with the result.

    Attributes:
        leading: Of documents that stand for themselves, sorted over all.
        twins: Of the others, likewise.
    """

    leading: Sequence[CompareTask]
    twins: Sequence[CompareTask]


@dataclass(frozen=True, slots=True)
class Similar:
    """The similar pairs: of a document that goes at least those up to the one that it joins.

    Attributes:
        cut: Meetings left out because of the limit, of documents that joined nobody in the first
            round; meetings of texts of one signature that say the same are not among them. A pair
            left out in one bucket may still have met in another.
    """

    cut: int
    _apart: Apart
    _first: Round
    _more: Round | None = None
    _asked: Mask | None = None

    def __iter__(self) -> Iterator[Pairs]:
        """Read the pairs, some at a time."""
        first = self._both(self._first)
        if self._asked is None or self._more is None:
            yield from first
            return
        asked = self._asked
        kept = (some_of(pairs, ~asked[pairs.later]) for pairs in first)
        yield from merged(kept, self._both(self._more))

    def _both(self, found: Round) -> Iterator[Pairs]:
        return merged(self._read(found.leading), self._read(found.twins))

    def _read(self, tasks: Sequence[CompareTask]) -> Iterator[Pairs]:
        for task in tasks:
            later, earlier = ends_of(read_array(task.file("codes"), np.uint64))
            apart = read_array(task.file("apart"), np.uint8)
            apart[self._apart(later, earlier)] = NOTICE
            yield Pairs(later, earlier, read_array(task.file("similarity"), np.float64), apart)


def some_of(pairs: Pairs, which: npt.NDArray[np.generic] | slice) -> Pairs:
    """Take some of the pairs."""
    return Pairs(
        pairs.later[which], pairs.earlier[which], pairs.similarity[which], pairs.apart[which]
    )


def merged(one: Iterable[Pairs], other: Iterable[Pairs]) -> Iterator[Pairs]:
    """Merge pairs that are sorted; no document is the later one in both.

    Args:
        one: Some pairs at a time.
        other: Likewise.

    Yields:
        All of them, sorted.
    """
    left, right = ((pairs for pairs in side if len(pairs.later)) for side in (one, other))
    head, rival = next(left, None), next(right, None)
    while head is not None and rival is not None:
        # What one side has behind this is not read yet.
        end = min(head.later[-1], rival.later[-1])
        mine, theirs = (int(np.searchsorted(p.later, end, side="right")) for p in (head, rival))
        both = Pairs(
            np.concatenate([head.later[:mine], rival.later[:theirs]]),
            np.concatenate([head.earlier[:mine], rival.earlier[:theirs]]),
            np.concatenate([head.similarity[:mine], rival.similarity[:theirs]]),
            np.concatenate([head.apart[:mine], rival.apart[:theirs]]),
        )
        yield some_of(both, np.argsort(both.later, kind="stable"))
        head = some_of(head, slice(mine, None)) if mine < len(head.later) else next(left, None)
        rival = (
            some_of(rival, slice(theirs, None)) if theirs < len(rival.later) else next(right, None)
        )
    yield from (pairs for pairs in (head, rival) if pairs is not None)
    yield from left
    yield from right


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
