"""The files of a group: fetched, judged, put in their places and noted, with what they name."""

from __future__ import annotations

import functools
import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sources.fetch import remote, snapshot
from sources.fetch.addresses import shown
from sources.fetch.client import Client
from sources.fetch.download import Fetched, Known, Validators, download
from sources.fetch.errors import FetchError, UnwantedError, VanishedError
from sources.fetch.publish import Report, utc
from sources.fetch.remote import Had, Landed, Remote, Target
from sources.fetch.rows import Due, Object, facts_text
from sources.fetch.state import HIDDEN, State

FAILURES_IN_A_ROW = 20
"""After as many failures without a success between them the fetch ends: something is down."""

BEGUN = " begun"
"""Behind the version of a file from which others follow, until all of those are there."""

ADVICE = (
    "nothing was changed; if the source means it, set floor = 0 in [sources.fetch] for one fetch"
)
"""What to do about a source that has shrunk."""


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


class Groups:
    """Gets groups of files. Threads may share it.

    Args:
        remote: What is fetched.
        client: Asks.
        state: What is there.
        observer: Is told of each file.
        report: Counts what came and what was left out.
        floor: Share of what the last snapshot counted that must still be there; 0 for none.
    """

    def __init__(
        self,
        remote: Remote,
        client: Client,
        state: State,
        observer: Observer,
        report: Report,
        *,
        floor: float,
    ) -> None:
        self._remote, self._client, self._state = remote, client, state
        self._observer, self._report, self._floor = observer, report, floor
        self._judging, self._following = remote.judging(), remote.following()
        self._home = state.home
        self._parts = state.home / HIDDEN / "parts"
        self._parts.mkdir(parents=True, exist_ok=True)
        self._left = frozenset(path.name for path in self._parts.iterdir())
        self._folders: set[str] = set()
        self._taken_up: dict[str, str] = {}
        self._lock = threading.Lock()
        self._in_a_row = self._lost = 0
        self._take_over()

    def sync(self) -> None:
        """Force the folders of what came to disk."""
        for folder in sorted(self._folders):
            snapshot.sync_folder(self._home / folder)

    def clear(self) -> None:
        """Remove what is left of files that did not come whole."""
        for left in self._parts.iterdir():
            left.unlink()

    def get(self, targets: list[Target], there: dict[str, Object]) -> None:
        """Get the files of one group, those that they name, and note that it is done.

        Where one cannot be had the group stays as it was: the next fetch takes it up again. A list
        that cannot be gone on with is begun again, as often as a request is sent again.

        Args:
            targets: The files of the group that are listed.
            there: What is there of it, by path.

        Raises:
            FetchError: So much could not be had that the fetch ends.
            VanishedError: More files that were good are unwanted or not there now than the floor
                allows.
        """
        anew = own = False

        def attempt() -> None:
            nonlocal anew, own
            try:
                own = self._files(targets, there, anew)
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
        if own:  # else it is due again: the other group may name a file no more, or it changes
            self._state.done(targets, self._following)

    def _files(self, targets: list[Target], there: dict[str, Object], anew: bool) -> bool:
        """Get the files of a group and those that they name; drop what they name no more.

        One that cannot be had does not keep the others that were named with it from being fetched.

        Returns:
            Whether all that they name is the group's own, and not had by another one, and whether
            the state of it is stated: else each fetch looks for it again.

        Raises:
            _GivenUpError: One could not be had; that is noted.
            FetchError: As `Remote.follow`; or all of a list must be fetched anew.
        """
        had = [self._one(target, there, anew=anew) for target in targets]
        files = [file for file in had if file]
        named: set[str] = set()
        whole = own = True
        for _ in range(self._remote.follows if files else 0):
            further = remote.named(self._remote.follow(files))
            if again := named & {target.path for target in further}:
                said = f"{min(again)}: a list that comes back to a page that it had"
                raise FetchError("listing_loop", said)
            named |= {target.path for target in further}
            own = own and not (self._remote.links and any(map(_unstated, further)))
            files = []
            for target in further:
                one = replace(target, group=targets[0].group)
                if self._remote.links and self._another_has(one):
                    own = False
                    continue
                try:
                    found = self._one(one, there, derived=True, anew=anew)
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
        return own

    def _another_has(self, target: Target) -> bool:
        """Tell whether another group had a file before, or took it up first in this run."""
        if self._state.had_by_another(target):
            return True
        with self._lock:
            return self._taken_up.setdefault(target.path, target.group) != target.group

    def _one(
        self,
        target: Target,
        there: dict[str, Object],
        *,
        derived: bool = False,
        anew: bool = False,
    ) -> Had | None:
        """Get one file.

        Args:
            target: What to have.
            there: What is there of its group; what comes is added.
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
        if row is None or anew or not (_current(row, target) and self._judged(row, derived)):
            name = f"{hashlib.sha256(target.path.encode()).hexdigest()[:24]}.part"
            part = Path(f"{self._parts}/{name}")
            orphan = row is None and os.path.exists(f"{self._home}/{target.path}")  # noqa: PTH110 - as below
            try:
                known = self._known_row(row, target, derived) if row else None
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
                    self._observer.advance(0 if derived else 1, 0)
                    return None
                if error.restart:
                    raise
                raise self._given_up(target, error) from None
            if got:
                received = got.received
                file = self._place_of(target.path, row, got, orphan=orphan)
        found = self._found(target, row, got, file, derived)
        if got:
            self._move(part, row, found)
        if found != row:
            self._state.put(found, new=row is None or _pinned(row) != _pinned(found))
        self._state.keep(target.path)
        self._state.at_work(self._client.clock.now())
        there[target.path] = found
        with self._lock:
            self._in_a_row = 0
            self._report.fetched += got is not None
        self._observer.advance(0 if derived else 1, received)
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
            VanishedError: More files that were good are unwanted or not there now than the floor
                allows.
        """
        with self._lock:
            left_out = self._report.left_out
            left_out[error.rule] = left_out.get(error.rule, 0) + 1
            self._in_a_row = 0
            self._lost += row is not None
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
            "facts": facts_text(target.facts),
        }
        begun = not derived and self._remote.follows and target.version
        common["version"] = target.version + (BEGUN if begun else "")
        common["judged"] = "" if derived else self._judging
        common["followed"] = row.followed if row and not derived else ""
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

    def _place_of(self, path: str, row: Object | None, got: Fetched, *, orphan: bool) -> str:
        """Return where what came belongs: never over another file, which an older snapshot pins."""
        if row is not None and row.sha256 == got.sha256:
            return row.file
        taken = orphan or (row is not None and (self._home / path).exists())
        if taken and not _is(self._home / path, got):
            return f"{HIDDEN}/revised/{got.sha256[:16]}/{path}"
        return path

    def _move(self, part: Path, row: Object | None, found: Object) -> None:
        """Move what came to its place; of a large file that is noted first."""
        if row is not None and row.sha256 == found.sha256:
            part.unlink()  # what came is what is there
            return
        if found.size >= self._client.limits.resume_bytes:
            self._state.place(found, part.name)
        self._rename(part, found.file)

    def _rename(self, part: Path, file: str) -> None:
        folder = file.rpartition("/")[0]
        if folder not in self._folders:
            (self._home / folder).mkdir(parents=True, exist_ok=True)
            with self._lock:
                self._folders.add(folder)
        os.replace(part, f"{self._home}/{file}")  # noqa: PTH105 - a tenth of the time of a Path's

    def _take_over(self) -> None:
        """Note as there what a killed fetch had whole: it lies under one of its two names."""
        for name, found in self._state.left():
            file, part = self._home / found.file, self._parts / name
            if _is(part, found):
                self._rename(part, found.file)
            elif not _is(file, found):
                continue
            self._state.put(found)

    def _judged(self, row: Object, derived: bool) -> bool:
        """Tell whether what is there was taken by the options of now."""
        return derived or row.judged == self._judging

    def _known_row(self, row: Object, target: Target, derived: bool) -> Known:
        """Return what is known of the copy that is there.

        The tags of another address mean nothing. Where the copy is not what the listing names now,
        or was taken by other options, a server that calls it unchanged would be wrong: it is asked
        for without a condition.
        """
        same = row.url == target.url and self._judged(row, derived)
        validators = Validators(row.etag, row.modified) if same else Validators()
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


def _unstated(target: Target) -> bool:
    """Tell whether only the server can say that a file has changed."""
    return not (target.version or target.checksum or target.sidecar)


def _pinned(row: Object) -> tuple[str, ...]:
    """Return what makes another snapshot where it changes."""
    return row.url, row.file, row.sha256, row.facts, row.opt_out


def _is(file: Path, found: Object | Fetched) -> bool:
    """Tell whether a file is there with the bytes of one."""
    there = file.exists() and file.stat().st_size == found.size
    return there and _sums(file)[1] == found.sha256


def _checksums(row: Object) -> frozenset[str]:
    return frozenset({f"sha256:{row.sha256}", f"md5:{row.md5}"})


def _sums(file: Path) -> tuple[int, str, str]:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        return stream.tell(), sha256, md5
