"""A fetch: list, compare, get what differs, and pin the whole in a snapshot.

Whatever kills it, the next one goes on: a file is written under a temporary name, forced to disk,
renamed, and then noted in one committed row, so that nothing whole is fetched twice. A snapshot
appears only at the end, and only where nothing of it is in doubt.
"""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sources.fetch import snapshot
from sources.fetch.addresses import shown
from sources.fetch.client import Client
from sources.fetch.download import Fetched, Known, Validators, download
from sources.fetch.errors import FetchError, UnwantedError, VanishedError
from sources.fetch.publish import Report, publish, utc
from sources.fetch.remote import Had, Landed, Remote, Target, check
from sources.fetch.state import HIDDEN, Due, Object, State

FAILURES_IN_A_ROW = 20
"""After as many failures without a success between them the fetch ends: something is down."""

QUEUED = 4
"""Groups that wait for each worker; bounds memory."""

BEGUN = " begun"
"""Behind the version of a file from which others follow, until all of those are there."""

ADVICE = (
    "nothing was changed; if the source means it, set floor = 0 in [sources.fetch] for one fetch"
)
"""What to do about a source that has shrunk."""

SHOWN = 3
"""Paths that an error names."""


class Observer(Protocol):
    """Who is told how a fetch goes; several threads may do so at the same time."""

    def listing(self, name: str) -> None:
        """Hear that the files of a source are being listed."""

    def waiting(self, problem: str, seconds: float) -> None:
        """Hear of an attempt that failed, and for how long is waited before the next one."""

    def begin(self, name: str, due: Due) -> None:
        """Hear what is to do for a source."""

    def advance(self, objects: int, size: int) -> None:
        """Hear of files that are there, and of the bytes that came for them."""


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
    """

    listed: int
    due: Due
    vanished: int
    seconds: float
    follows: bool = False
    notes: tuple[str, ...] = ()


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
    ) -> None:
        self._remote, self._client, self._state = remote, client, state
        self._floor, self._only, self._agent = floor, tuple(only), agent
        self._home = state.home
        self._parts = state.home / HIDDEN / "parts"
        self._folders: set[str] = set()
        self._report = Report()
        self._lock = threading.Lock()
        self._in_a_row = self._lost = 0
        self._left: frozenset[str] = frozenset()

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
        self._remote.generation = state.generation
        listed, again = state.enlist(self._wanted())
        if again:
            self._report.notes.append(f"the listing names {again:,} files twice")
        if not listed:
            said = "; ".join(["the source lists no file", *self._remote.notes()])
            raise VanishedError("empty_listing", said)
        due = state.compare()
        vanished = [path for path, *_ in state.vanished()]
        self._check_floor(vanished)
        requests = due.objects + due.sidecars + (due.groups if self._remote.follows else 0)
        requests += int(self._remote.ahead * due.objects / listed)
        seconds = max(requests / limits.requests_per_s, due.size / limits.assumed_bytes_per_s)
        notes = tuple(self._remote.notes())
        return Plan(listed, due, len(vanished), seconds, bool(self._remote.follows), notes)

    def run(self, plan: Plan, observer: Observer) -> Report:
        """Get what is to do, and publish the snapshot.

        Raises:
            FetchError: Nothing was published: a source that is worth something only as a whole
                could not be had whole, or too much failed.
        """
        self._state.begin()
        self._parts.mkdir(parents=True, exist_ok=True)
        self._left = frozenset(path.name for path in self._parts.iterdir())
        observer.begin(self._home.name, plan.due)
        self._work(observer)
        failures = self._state.failures()
        self._report.notes += self._remote.notes()
        self._report.failures = [(path, detail) for path, _, _, detail in failures]
        if failures and self._remote.whole:
            path, _, rule, detail = failures[0]
            more = f" (and {len(failures) - 1:,} more)" if len(failures) > 1 else ""
            kind = VanishedError if rule == "shrunk" else FetchError
            raise kind(rule, f"{detail}{more}; no snapshot was written, run it again")
        for path, *_ in self._state.vanished():
            self._state.drop(path, "not_listed")
        if not failures:
            for left in self._parts.iterdir():
                left.unlink()
        publish(self._home, self._state, self._client, self._remote, self._agent, self._report)
        if not (failures and self._report.fetched):
            self._state.finished()  # else the next fetch goes on with what failed in this one
        return self._report

    def _wanted(self) -> Iterator[Target]:
        for target in self._remote.plan(self._client):
            if chosen(target.path, self._only):
                yield check(target)

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

    def _work(self, observer: Observer) -> None:
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
                    self._group(*item, observer)
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
        for folder in sorted(self._folders):
            snapshot.sync_folder(self._home / folder)

    def _group(self, targets: list[Target], there: dict[str, Object], observer: Observer) -> None:
        """Get the files of one group, those that they name, and note that it is done.

        Where one cannot be had the group stays as it was: the next fetch takes it up again. A list
        that cannot be gone on with is begun again, as often as a request is sent again.
        """
        anew = False

        def attempt() -> None:
            nonlocal anew
            try:
                self._files(targets, there, observer, anew)
            except FetchError as error:
                if not error.restart:
                    raise
                anew = True
                raise FetchError(error.rule, str(error), retryable=True) from None

        try:
            self._client.persist(attempt)
        except _GivenUpError:
            return
        except (_EndedError, VanishedError):
            raise
        except FetchError as error:
            given_up = self._given_up(targets[0], error)
            if isinstance(given_up, _GivenUpError):
                return
            raise given_up from None
        if not self._remote.follows:
            return
        for path in there.keys() - {target.path for target in targets}:
            if not there[path].derived:
                self._state.drop(path, "not_listed")
        self._state.done(targets)

    def _files(
        self, targets: list[Target], there: dict[str, Object], observer: Observer, anew: bool
    ) -> None:
        """Get the files of a group and those that they name; drop what they name no more.

        One that cannot be had does not keep the others that were named with it from being fetched.

        Raises:
            _GivenUpError: One could not be had; that is noted.
            FetchError: As `Remote.follow`; or all of a list must be fetched anew.
        """
        had = [self._one(target, there, observer, anew=anew) for target in targets]
        files = [file for file in had if file]
        named: set[str] = set()
        whole = True
        for _ in range(self._remote.follows if files else 0):
            further = [check(target) for target in self._remote.follow(files)]
            if again := named & {target.path for target in further}:
                said = f"{min(again)}: a list that comes back to a page that it had"
                raise FetchError("listing_loop", said)
            named |= {target.path for target in further}
            files = []
            for target in further:
                if self._remote.links and self._state.had_by_another(target.path, targets[0].group):
                    continue
                one = replace(target, group=targets[0].group)
                try:
                    found = self._one(one, there, observer, derived=True, anew=anew)
                except _GivenUpError:
                    whole = False
                else:
                    files += [found] if found else []
            if not files:
                break
        if not whole:
            raise _GivenUpError
        for path in there.keys() - named if self._remote.follows else ():
            if there[path].derived:
                self._state.drop(path, "not_named")

    def _one(
        self,
        target: Target,
        there: dict[str, Object],
        observer: Observer,
        *,
        derived: bool = False,
        anew: bool = False,
    ) -> Had | None:
        """Get one file.

        Args:
            target: What to have.
            there: What is there of its group; what comes is added.
            observer: Is told.
            derived: Whether another file named it.
            anew: Whether it is asked for though what is there is of the version wanted.

        Returns:
            Where it is; None where the source has it no more.

        Raises:
            _GivenUpError: It could not be had; that is noted.
            FetchError: The list that it belongs to must be begun again.
        """
        row = there.get(target.path)
        received, got, file = 0, None, row.file if row else target.path
        if row is None or anew or not _current(row, target):
            name = f"{hashlib.sha256(target.path.encode()).hexdigest()[:24]}.part"
            part = Path(f"{self._parts}/{name}")
            orphan = row is None and os.path.exists(f"{self._home}/{target.path}")  # noqa: PTH110 - as below
            try:
                known = self._known_row(row, target) if row else None
                if orphan and (target.checksum or target.sidecar):
                    known = self._known_file(target)
                got = download(
                    self._client,
                    target,
                    part,
                    known,
                    left=name in self._left,
                    accept=functools.partial(self._accept, row),
                )
            except FetchError as error:
                if self._may_lack(error, derived):
                    self._leave_out(target, row, error)
                    observer.advance(0 if derived else 1, 0)
                    return None
                if error.restart:
                    raise
                raise self._given_up(target, error) from None
            if got:
                received = got.received
                file = self._place(target.path, row, got, part, orphan=orphan)
        found = self._found(target, row, got, file, derived)
        if found != row:
            self._state.put(found, new=row is None or _pinned(row) != _pinned(found))
        there[target.path] = found
        with self._lock:
            self._in_a_row = 0
            self._report.fetched += got is not None
        observer.advance(0 if derived else 1, received)
        return Had(target, self._home / found.file)

    def _accept(self, row: Object | None, target: Target, file: Path, landed: Landed) -> str:
        """Refuse a file without what it should hold, or with much less than the one before.

        Returns:
            What it reserves for mining.
        """
        reserves = self._remote.accept(target, file, landed)
        if row is None or not self._floor or (now := self._remote.count(target, file)) is None:
            return reserves
        before = self._remote.count(target, self._home / row.file) or 0
        if now < self._floor * before:
            what = self._remote.counted
            said = f"{shown(target.url)}: has {now:,} {what}, {before:,} the last time"
            raise FetchError("shrunk", f"{said}; {ADVICE}", retryable=True)
        return reserves

    def _may_lack(self, error: FetchError, derived: bool) -> bool:
        """Tell whether a snapshot is whole without a file that could not be had."""
        if isinstance(error, UnwantedError):
            return True
        may = self._remote.links if derived else not self._remote.whole
        return error.rule == "not_found" and may

    def _leave_out(self, target: Target, row: Object | None, error: FetchError) -> None:
        """Take a file out of the next snapshot, and count why.

        Raises:
            VanishedError: More files that were good are unwanted now than the floor allows.
        """
        with self._lock:
            left_out = self._report.left_out
            left_out[error.rule] = left_out.get(error.rule, 0) + 1
            self._in_a_row = 0
            self._lost += row is not None and isinstance(error, UnwantedError)
            lost = self._lost
        before = int(self._state.meta("counted") or 0)
        if self._floor and lost > max(FAILURES_IN_A_ROW, (1 - self._floor) * before):
            said = f"{error}; {lost:,} files that were good are so now; {ADVICE}"
            raise VanishedError("vanished", said)
        self._state.drop(target.path, error.rule)

    def _found(
        self, target: Target, row: Object | None, got: Fetched | None, file: str, derived: bool
    ) -> Object:
        """Return the row of a file that is there.

        Where other files follow from a listed one, the state that the listing names is noted only
        when its whole group is done.
        """
        common = {
            "grp": target.group or target.path,
            "derived": int(derived),
            "url": target.url,
            "facts": json.dumps(dict(target.facts), sort_keys=True) if target.facts else "",
        }
        begun = not derived and self._remote.follows and target.version
        common["version"] = target.version + (BEGUN if begun else "")
        if got is None and row is not None:
            return replace(row, **common)  # type: ignore[arg-type]
        if got is None:
            got = Fetched(*_sums(self._home / target.path), Validators(), "", 0)
        same = row is not None and row.sha256 == got.sha256
        return Object(
            path=target.path,
            file=file,
            size=got.size,
            sha256=got.sha256,
            md5=got.md5,
            etag=got.validators.etag,
            modified=got.validators.modified,
            fetched=row.fetched if row and same else utc(self._client.clock.now()),
            opt_out=got.opt_out,
            **common,  # type: ignore[arg-type]
        )

    def _place(
        self, path: str, row: Object | None, got: Fetched, part: Path, *, orphan: bool
    ) -> str:
        """Move what came to its place, and return it.

        It is never moved over another file, which an older snapshot pins.
        """
        if row is not None and row.sha256 == got.sha256:
            part.unlink()  # what came is what is there
            return row.file
        file = path
        if orphan or (row is not None and (self._home / path).exists()):
            file = f"{HIDDEN}/revised/{got.sha256[:16]}/{path}"
        folder = file.rpartition("/")[0]
        if folder not in self._folders:
            (self._home / folder).mkdir(parents=True, exist_ok=True)
            with self._lock:
                self._folders.add(folder)
        os.replace(part, f"{self._home}/{file}")  # noqa: PTH105 - a tenth of the time of a Path's
        return file

    def _known_row(self, row: Object, target: Target) -> Known:
        """Return what is known of the copy that is there.

        The tags of another address mean nothing. Where the copy is not what the listing names now,
        a server that calls it unchanged would be wrong: it is asked for without a condition.
        """
        validators = Validators(row.etag, row.modified) if row.url == target.url else Validators()
        if validators != Validators():
            try:
                self._remote.judge(target, self._home / row.file)
            except FetchError:
                validators = Validators()
        return Known(validators, _checksums(row))

    def _known_file(self, target: Target) -> Known:
        """Return the sums of a file that lies in its place though nothing is known of it."""
        _, sha256, md5 = _sums(self._home / target.path)
        return Known(Validators(), frozenset({f"sha256:{sha256}", f"md5:{md5}"}))

    def _given_up(self, target: Target, error: FetchError) -> Exception:
        """Note what failed, and return what ends its group, or the fetch."""
        self._state.fail(target, error)
        with self._lock:
            self._in_a_row += 1
            many = self._in_a_row >= FAILURES_IN_A_ROW
        if not many:
            return _GivenUpError()
        said = f"{error}; {FAILURES_IN_A_ROW} files failed one after the other, so it ends here"
        return _EndedError(error.rule, said)


def chosen(path: str, only: Sequence[str]) -> bool:
    """Tell whether a path, or its file name, fits one of some patterns; no patterns fit all."""
    name = path.rsplit("/", 1)[-1]
    fits = (fnmatch.fnmatchcase(path, p) or fnmatch.fnmatchcase(name, p) for p in only)
    return not only or any(fits)


class _GivenUpError(Exception):
    """A file of the group could not be had; that is noted already."""


class _EndedError(FetchError):
    """So much could not be had that the fetch ends."""


def _current(row: Object, target: Target) -> bool:
    """Tell whether what is there is what the listing or another file names."""
    if target.checksum:
        return target.checksum in _checksums(row)
    same = row.version in (target.version, target.version + BEGUN)
    return bool(target.version) and same and row.url == target.url


def _pinned(row: Object) -> tuple[str, ...]:
    """Return what makes another snapshot where it changes."""
    return row.url, row.file, row.sha256, row.facts, row.opt_out


def _checksums(row: Object) -> frozenset[str]:
    return frozenset({f"sha256:{row.sha256}", f"md5:{row.md5}"})


def _sums(file: Path) -> tuple[int, str, str]:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        return stream.tell(), sha256, md5
