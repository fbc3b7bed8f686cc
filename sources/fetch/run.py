"""A fetch: list, compare, get what differs, and pin the whole in a snapshot.

Whatever kills it, the next one goes on: a file is written under a temporary name, forced to disk,
renamed, and then noted in one committed row, so that nothing whole is fetched twice. A snapshot
appears only at the end, and only where nothing of it is in doubt.
"""

from __future__ import annotations

import fnmatch
import queue
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sources.fetch.client import Client
from sources.fetch.errors import FetchError, VanishedError
from sources.fetch.groups import ADVICE, Groups, Observer
from sources.fetch.prune import Older, older, prune
from sources.fetch.publish import Report, publish
from sources.fetch.remote import Remote, Target, check
from sources.fetch.rows import Due, Object
from sources.fetch.state import State

QUEUED = 4
"""Groups that wait for each worker; bounds memory."""

SHOWN = 3
"""Paths that an error names."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fetch would do.

    Attributes:
        listed: Files that the source lists.
        due: What is to do.
        vanished: Files that are not listed any more.
        seconds: Time at the polite rate, at least.
        follows: Whether the files name further ones, of which only one a group is reckoned with.
        notes: Lines worth reading about the listing.
        older: What is on disk and not in the newest snapshot.
    """

    listed: int
    due: Due
    vanished: int
    seconds: float
    follows: bool = False
    notes: tuple[str, ...] = ()
    older: Older = field(default_factory=Older)


class Fetch:
    """One fetch of one source.

    Args:
        remote: What to fetch.
        client: Asks.
        state: What is there; opened dry for a plan only.
        floor: Share of what the last snapshot counted that must still be listed; 0 lets a source
            shrink as it will.
        only: Patterns of paths or file names, of which a listed file must fit one; empty: all.
        agent: What the snapshot says of the tool.
        kept: Older snapshots that are not pruned.
    """

    def __init__(
        self,
        remote: Remote,
        client: Client,
        state: State,
        *,
        floor: float,
        only: Sequence[str] = (),
        agent: str = "",
        kept: Collection[Path] = (),
    ) -> None:
        self._remote, self._client, self._state = remote, client, state
        self._floor, self._only, self._agent = floor, tuple(only), agent
        self._home, self._kept = state.home, kept
        self._report = Report()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def plan(self) -> Plan:
        """List the source and compare it with what is there.

        Raises:
            FetchError: There is no listing.
            VanishedError: The source has shrunk by more than it may.
        """
        state, limits = self._state, self._client.limits
        self._remote.generation = state.generation(self._client.clock.now())
        listed, again = state.enlist(self._wanted())
        if again:
            self._report.notes.append(f"the listing names {again:,} files twice")
        if not listed:
            said = "; ".join(["the source lists no file", *self._remote.notes()])
            raise VanishedError("empty_listing", said)
        due = state.compare(self._remote.judging(), self._remote.following())
        vanished = [path for path, *_ in state.vanished()]
        self._check_floor(vanished)
        asked = due.objects - due.again
        requests = asked + due.sidecars + (due.groups if self._remote.follows else 0)
        requests += int(self._remote.ahead * asked / listed)
        seconds = max(requests * self._client.interval_s, due.size / limits.assumed_bytes_per_s)
        notes = tuple(self._remote.notes())
        follows = bool(self._remote.follows)
        return Plan(listed, due, len(vanished), seconds, follows, notes, older(state, self._kept))

    def run(self, plan: Plan, observer: Observer, *, pruning: bool = False) -> Report:
        """Get what is to do, and publish the snapshot.

        Args:
            plan: What is to do.
            observer: Is told of each file.
            pruning: Whether older snapshots, and what only they name, are removed then.

        Raises:
            FetchError: Nothing was published: a source that is worth something only as a whole
                could not be had whole, or too much failed.
        """
        self._state.begin(self._client.clock.now())
        observer.begin(self._home.name, plan.due)
        groups = Groups(
            self._remote, self._client, self._state, observer, self._report, floor=self._floor
        )
        self._work(groups)
        groups.sync()
        failures = self._state.failures()
        self._report.notes += self._remote.notes()
        self._report.failures = [(path, detail) for path, _, _, detail in failures]
        if failures and self._remote.whole:
            path, _, rule, detail = failures[0]
            more = f" (and {len(failures) - 1:,} more)" if len(failures) > 1 else ""
            kind = VanishedError if rule == "shrunk" else FetchError
            raise kind(rule, f"{detail}{more}; no snapshot was written, run it again")
        if self._floor and self._state.number and not self._state.stay():
            raise VanishedError("vanished", f"no file that was good is so now; {ADVICE}")
        for path, *_ in self._state.vanished():
            self._state.drop(path, "not_listed")
        self._state.settle()
        if not failures:
            groups.clear()
        publish(self._home, self._state, self._client, self._remote, self._agent, self._report)
        if not (failures and self._report.fetched):
            self._state.finished()  # else the next fetch goes on with what failed in this one
        self._report.older = (prune if pruning else older)(self._state, self._kept)
        self._report.pruned = pruning
        return self._report

    def _wanted(self) -> Iterator[Target]:
        listed = wanted = 0
        for target in self._remote.plan(self._client):
            listed += 1
            if chosen(target.path, self._only):
                wanted += 1
                yield check(target)
        if listed and not wanted:
            named = ", ".join(map(repr, self._only[:SHOWN]))
            said = f"of {listed:,} files that are listed none fits only = {named}"
            raise FetchError("nothing_fits", f"{said}; the last one is {target.path}")

    def _check_floor(self, vanished: Sequence[str]) -> None:
        """Refuse a listing that lacks too much of what was there."""
        if not self._floor or not self._state.number:
            return
        lost = [path for path in vanished if not self._remote.may_vanish(path)]
        if lost:
            named = ", ".join(lost[:SHOWN]) + (" …" if len(lost) > SHOWN else "")
            said = f"{len(lost):,} files are not listed any more ({named})"
            raise VanishedError("vanished", f"{said}; {ADVICE}")
        before, now = int(self._state.meta("counted") or 0), self._state.counted()
        if now < self._floor * before:
            said = f"the source lists {now:,} {self._remote.counted}, {before:,} the last time"
            raise VanishedError("shrunk", f"{said}; {ADVICE}")

    def _work(self, groups: Groups) -> None:
        """Let workers do the groups; the first error that is none of a single file ends all."""
        waiting: queue.Queue[tuple[list[Target], dict[str, Object]] | None]
        workers = max(self._client.limits.connections, 1)
        waiting = queue.Queue(QUEUED * workers)
        problems: list[BaseException] = []

        def loop() -> None:
            while (item := waiting.get()) is not None:
                if problems:
                    continue
                try:
                    groups.get(*item)
                except BaseException as error:
                    problems.append(error)

        # Daemons: an interrupted program does not wait for what comes over the line.
        threads = [threading.Thread(target=loop, daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        try:
            for item in self._state.work():
                if problems:
                    break
                waiting.put(item)
            for _ in threads:
                waiting.put(None)
        except BaseException as error:
            problems.append(error)  # so that the workers stop
            raise
        for thread in threads:
            thread.join()
        if problems:
            raise problems[0]


def chosen(path: str, only: Sequence[str]) -> bool:
    """Tell whether a path, or its file name, fits one of some patterns; no patterns fit all."""
    name = path.rsplit("/", 1)[-1]
    fits = (fnmatch.fnmatchcase(path, p) or fnmatch.fnmatchcase(name, p) for p in only)
    return not only or any(fits)
