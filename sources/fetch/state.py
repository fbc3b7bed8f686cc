"""What a fetch knows, on disk: what is there, what the source lists, what is to do.

An SQLite file, because a fetch may be killed at any time and a source may have ten million files:
each whole file is one committed row, and comparing two days is a join in bounded memory. The
listing of a run stands in a second file that is thrown away.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import operator
import os
import shutil
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sources.fetch import snapshot
from sources.fetch.errors import BusyError, FetchError
from sources.fetch.remote import Target
from sources.fetch.rows import Due, Object, facts_text, listed_row, row_of, target_of
from sources.fetch.tables import (
    ABSENT,
    DUE,
    GONE,
    HAD,
    INSERT,
    LEAVE,
    LISTED,
    LISTING,
    NAMED,
    OLDER,
    PRUNED,
    PUT,
    SCHEMA,
    SHARED,
    WORK,
)
from sources.items import SourceError

HIDDEN = ".fetch"
"""Folder below a source's files that holds what is not a file of the source."""

BATCH = 2_000
"""Rows written or read at a time."""

STALE_S = 24 * 3600
"""Seconds without a file after which what a stopped fetch left is not gone on with: lists and
records of two days do not fit together."""

NOTED_S = 600
"""Seconds after which it is noted again that a fetch is at work."""

CACHE_KB = 65_536
"""Memory that SQLite may use for pages."""


class State:
    """The files of one source, and what a run finds. Threads may share it.

    Args:
        home: Folder of the source's files.
        dry_in: Folder for the listing of a dry run, which writes nothing else; None for a fetch.

    Attributes:
        scratch: Folder for what only this run needs; a fetch removes what a killed one left there.

    Raises:
        BusyError: Another fetch works here.
        FetchError: ``damaged_state``.
    """

    def __init__(self, home: Path, *, dry_in: Path | None = None) -> None:
        self.home = home
        self.scratch = dry_in or home / HIDDEN / "scratch"
        self._lock = threading.RLock()
        self._guard: int | None = None
        self._dropped: set[str] = set()
        self._placing: set[str] = set()
        self._active = 0.0
        file = home / HIDDEN / "state.sqlite"
        try:
            if not dry_in:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._guard = _locked(file.parent / "lock")
                shutil.rmtree(self.scratch, ignore_errors=True)
                self.scratch.mkdir()
                self._db = _open(str(file))
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = NORMAL")
            elif file.exists():
                self._db = _open(f"{file.absolute().as_uri()}?mode=ro", uri=True)
            else:
                self._db = _open(":memory:")
            if not dry_in or not file.exists():
                self._db.executescript(SCHEMA)
            self._db.execute("ATTACH ? AS listing", (str(self.scratch / "listing.sqlite"),))
            self._db.execute("PRAGMA listing.journal_mode = OFF")
            self._db.execute("PRAGMA listing.synchronous = OFF")
            self._db.executescript(LISTING)
            self._db.execute("SELECT followed FROM objects LIMIT 0")  # else of an earlier layout
            self._dirty = self.meta("dirty") == "1"
            if not self.meta("number") and (not dry_in or not file.exists()):
                self._take_up(snapshot.numbered(home))
        except sqlite3.DatabaseError as error:
            raise FetchError(
                "damaged_state",
                f"{file}: cannot be used ({error}); remove it: what was fetched stays, and is "
                "taken over where the source states checksums",
            ) from None

    def _take_up(self, snapshots: Mapping[int, Path]) -> None:
        """Begin, or go on after the state was lost with what the newest snapshot says.

        Raises:
            FetchError: ``damaged_state``: it is none.
        """
        number = max(snapshots, default=0)
        self._set("number", str(number))
        if number:
            try:
                head = snapshot.header(snapshots[number])
            except SourceError as error:
                raise FetchError(
                    "damaged_state", f"{self.home}: its state is lost, and {error}"
                ) from None
            self._set("counted", str(head.get("counted", 0)))

    def close(self) -> None:
        """Close the files and let others work here."""
        with self._lock:
            if self._guard is not None:
                # So that a dry run, which only reads, leaves no file of SQLite's behind.
                self._db.execute("PRAGMA main.journal_mode = DELETE")
            self._db.close()
            if self._guard is not None:
                shutil.rmtree(self.scratch, ignore_errors=True)
                os.close(self._guard)
                self._guard = None

    def enlist(self, targets: Iterable[Target]) -> tuple[int, int]:
        """Take the listing of this run.

        Returns:
            How many files it names, and how many it names again.

        Raises:
            FetchError: ``listing_conflict``: two files of one path.
        """
        again = 0
        batch: list[tuple[object, ...]] = []
        with self._step():
            for target in targets:
                batch.append(listed_row(target))
                if len(batch) >= BATCH:
                    again += self._insert(batch)
                    batch.clear()
            again += self._insert(batch)
            self._db.execute("CREATE INDEX listing.targets_grp ON targets(grp)")
            [total] = self._db.execute("SELECT count(*) FROM listing.targets").fetchone()
        return total, again

    def _insert(self, batch: list[tuple[object, ...]]) -> int:
        before = self._db.total_changes
        self._db.executemany(INSERT, batch)
        again = len(batch) - (self._db.total_changes - before)
        if again:
            for path, _, url, *_, version, _, _, _ in batch:
                query = "SELECT url, version FROM listing.targets WHERE path = ?"
                if self._db.execute(query, (path,)).fetchone() != (url, version):
                    said = f"{path}: the listing names it twice, in two states; run it again later"
                    raise FetchError("listing_conflict", said)
        return again

    def compare(self, judged: str, followed: str) -> Due:
        """Compare the listing with what is there, and say what is to do.

        Args:
            judged: Options by which files are taken now.
            followed: Options by which the files that they name are found now.
        """
        with self._step():
            self._absent()
            self._db.execute(WORK, (judged, followed))
            return Due(*self._db.execute(DUE, (judged,)).fetchone())

    def _absent(self) -> None:
        """Note what is not there any more, or has another size: somebody removed or changed it."""
        query, home = "SELECT path, file, size FROM objects", str(self.home)
        rows = self._db.execute(query)
        absent = ((path,) for path, file, size in rows if _size(f"{home}/{file}") != size)
        self._db.executemany("INSERT INTO listing.absent VALUES (?)", absent)

    def counted(self) -> int:
        """Return as how many the files of the listing count for the floor."""
        [row] = self._all("SELECT coalesce(sum(counts), 0) FROM listing.targets")
        return int(row[0])

    def vanished(self) -> Iterator[tuple[str, str, int, str]]:
        """Yield path, address, size and checksum of what the listing does not name any more."""
        with self._lock:
            yield from self._db.execute(GONE).fetchall()

    def work(self) -> Iterator[tuple[list[Target], dict[str, Object]]]:
        """Yield the groups to do, in the order of the listing, with what is there of each."""
        [last] = self._all("SELECT coalesce(max(n), 0) FROM listing.work")[0]
        there_are_absent = bool(self._all("SELECT 1 FROM listing.absent LIMIT 1"))
        first = 0
        while first < last:
            with self._lock:
                listed = self._all(LISTED, (first, BATCH))
                end = listed[-1][0]
                had = self._all(HAD, (first, end))
            absent = {row[0] for row in self._all(ABSENT)} if there_are_absent else set()
            there: dict[int, dict[str, Object]] = {}
            for n, *row in had:
                if row[0] not in absent:
                    there.setdefault(n, {})[row[0]] = Object(*row)
            for n, rows in itertools.groupby(listed, key=operator.itemgetter(0)):
                yield [target_of(row[1:]) for row in rows], there.get(n, {})
            first = end

    def place(self, found: Object, part: str) -> None:
        """Note that a file is whole, before it has its name; `put` ends that.

        Args:
            found: The file, as it will be.
            part: Name of what came.
        """
        row = (found.path, part, json.dumps(asdict(found)))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO placing VALUES (?, ?, ?)", row)
            self._placing.add(found.path)

    def left(self) -> list[tuple[str, Object]]:
        """Return what a killed fetch had whole and not noted as there, with the names of parts."""
        rows = self._all("SELECT part, found FROM placing ORDER BY path")
        found = [(part, Object(**json.loads(row))) for part, row in rows]
        self._placing.update(one.path for _, one in found)
        return found

    def put(self, found: Object, *, new: bool = True) -> None:
        """Take a file that is whole, in place of what was there.

        Args:
            found: The file.
            new: Whether it differs from what was there in more than its validators.
        """
        row = row_of(found)
        with self._lock:
            if new and not self._dirty:
                self._set("dirty", "1")
                self._dirty = True
            self._db.execute(PUT, row)
            if found.path in self._placing:
                self._db.execute("DELETE FROM placing WHERE path = ?", (found.path,))
                self._placing.remove(found.path)

    def done(self, targets: Iterable[Target], followed: str) -> None:
        """Note that a group is done: its files are in the state that the listing names."""
        with self._step():
            self._db.executemany(
                "UPDATE objects SET version = ?, followed = ? WHERE path = ?",
                [(target.version, followed, target.path) for target in targets if target.version],
            )

    def drop(self, path: str, reason: str) -> None:
        """Take a file out of the next snapshot; until that is written it is there as before."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO dropped VALUES (?, ?)", (path, reason))
            self._dropped.add(path)

    def keep(self, path: str) -> None:
        """Take back that a file is dropped: it is good again."""
        with self._lock:
            if path in self._dropped:
                self._db.execute("DELETE FROM dropped WHERE path = ?", (path,))
                self._dropped.remove(path)

    def stay(self) -> bool:
        """Tell whether any file that is listed is there and not dropped."""
        query = (
            "SELECT 1 FROM listing.targets t JOIN objects o ON o.path = t.path "
            "WHERE t.path NOT IN (SELECT path FROM dropped) LIMIT 1"
        )
        return bool(self._all(query))

    def settle(self) -> None:
        """Let go of what was dropped and is named by no other group, before a snapshot."""
        with self._step():
            differs = self._db.execute(SHARED).rowcount
            self._db.execute("DELETE FROM dropped WHERE path IN (SELECT path FROM listing.named)")
            differs += self._db.execute(LEAVE, (self.number + 1,)).rowcount
            self._db.execute("DELETE FROM objects WHERE path IN (SELECT path FROM dropped)")
            self._db.execute("DELETE FROM dropped")
            # Of a run that was killed behind this step: what came back since.
            self._db.execute("DELETE FROM gone WHERE path IN (SELECT path FROM objects)")
            self._dropped.clear()
            if differs:
                self._set("dirty", "1")
                self._dirty = True

    def fail(self, target: Target, error: FetchError) -> None:
        """Note what could not be had."""
        row = (target.path, target.url, error.rule, str(error))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO failed VALUES (?, ?, ?, ?)", row)

    def begin(self, now: float) -> None:
        """Forget the failures of the run before, and what it dropped that is listed now."""
        with self._step():
            self._set("fetches", str(int(self.generation(now)) - 1))
            self._set("active", str(now))
            self._active = now
            self._db.execute("DELETE FROM failed")
            self._db.execute("DELETE FROM dropped WHERE path IN (SELECT path FROM listing.targets)")
            self._dropped = {path for (path,) in self._db.execute("SELECT path FROM dropped")}

    def failures(self) -> list[tuple[str, str, str, str]]:
        """Return path, address, rule and line of what could not be had."""
        return self._all("SELECT path, url, rule, detail FROM failed ORDER BY path")

    def had_by_another(self, target: Target) -> bool:
        """Tell whether a file is there that another group named before.

        That this one names it too is remembered for this run: should the other one let go of it, it
        goes over to the group that comes first by its name.
        """
        query = "SELECT 1 FROM objects WHERE path = ? AND derived AND grp <> ?"
        had = bool(self._all(query, (target.path, target.group)))
        if had:
            with self._lock:
                self._db.execute(NAMED, (target.path, target.group, facts_text(target.facts)))
        return had

    def gone(self) -> list[tuple[str, str, int, str, str]]:
        """Return path, address, size, checksum and reason of what the next snapshot lacks."""
        query = "SELECT path, url, size, sha256, reason FROM gone WHERE number = ? ORDER BY path"
        return self._all(query, (self.number + 1,))

    def objects(self) -> Iterator[Object]:
        """Yield what is there, by path."""
        last = ""
        query = "SELECT * FROM objects WHERE path > ? ORDER BY path LIMIT ?"
        while rows := self._all(query, (last, BATCH)):
            for row in rows:
                found = Object(*row)
                yield found
                last = found.path

    def asked(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        """Note what sites answered to questions about robots and mining.

        What could not be had replaces nothing that was had before. Where a site reserves rights
        now, or no longer does, that is another snapshot.

        Args:
            records: By origin: ``robots``, ``tdmrep``, and ``reserves`` where rights are reserved.
        """
        with self._step():
            had = self.sites()
            for origin, record in records.items():
                before = had.get(origin, {})
                kept = {
                    name: before[name]
                    for name, answer in record.items()
                    if isinstance(answer, dict) and "problem" in answer and name in before
                }
                still = {"reserves": True} if kept and before.get("reserves") else {}
                now = {**record, **kept, **still}
                if now.get("reserves") != before.get("reserves"):
                    self._set("dirty", "1")
                    self._dirty = True
                self._db.execute(
                    "INSERT OR REPLACE INTO sites VALUES (?, ?)", (origin, json.dumps(now))
                )

    def sites(self) -> dict[str, dict[str, Any]]:
        """Return what each site answered the last time that it was asked, by origin."""
        rows = self._all("SELECT origin, record FROM sites ORDER BY origin")
        return {origin: json.loads(record) for origin, record in rows}

    def reserved(self) -> int:
        """Return how many files came with an answer that reserves rights for mining."""
        [row] = self._all("SELECT count(*) FROM objects WHERE opt_out <> ''")
        return int(row[0])

    def totals(self) -> tuple[int, int]:
        """Return how many files there are, and their bytes."""
        [row] = self._all("SELECT count(*), coalesce(sum(size), 0) FROM objects")
        return row[0], row[1]

    def older_totals(self, kept: Collection[str]) -> tuple[int, int]:
        """Return how many of `older` there are besides some that are kept, and their bytes."""
        [row] = self._all(OLDER, (json.dumps([*kept]),))
        return row[0], row[1]

    def older(self) -> Iterator[str]:
        """Yield where files lie that are on disk and none of the source now."""
        last = ""
        query = "SELECT file FROM older WHERE file > ? ORDER BY file LIMIT ?"
        while rows := self._all(query, (last, BATCH)):
            yield from (file for (file,) in rows)
            [last] = rows[-1]

    def pruned(self, kept: Collection[str]) -> None:
        """Note that those are gone from the disk, besides some that are kept."""
        with self._lock:
            self._db.execute(PRUNED, (json.dumps([*kept]),))

    @property
    def number(self) -> int:
        """Number of the last snapshot, 0 before the first."""
        return int(self.meta("number") or 0)

    @property
    def dirty(self) -> bool:
        """Whether something differs from the last snapshot."""
        return self._dirty

    def meta(self, key: str) -> str:
        """Return a remembered value, empty where there is none."""
        rows = self._all("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    def generation(self, now: float) -> str:
        """Return what the files of this fetch have as their version where they have none.

        It is that of a fetch that did not come to its end, if that was at work a short while ago.

        Args:
            now: Seconds since 1970.
        """
        active = self.meta("active")
        stale = active and now - float(active) > STALE_S
        return str(int(self.meta("fetches") or 0) + (2 if stale else 1))

    def at_work(self, now: float) -> None:
        """Remember that a fetch is at work; called often, and noted once in a while."""
        if now - self._active < NOTED_S:
            return
        with self._lock:
            self._set("active", str(now))
            self._active = now

    def finished(self) -> None:
        """Remember that a fetch came to its end; the next one is of another generation."""
        with self._step():
            self._set("fetches", str(int(self.meta("fetches") or 0) + 1))
            self._db.execute("DELETE FROM meta WHERE key = 'active'")

    def published(self, number: int) -> None:
        """Remember that a snapshot pins what is there now."""
        values = {"number": str(number), "counted": str(self.counted()), "dirty": "0"}
        with self._step():
            for key, value in values.items():
                self._set(key, value)
            # It stands in the snapshot now, and in no other one.
            self._db.execute("DELETE FROM gone WHERE number <= ?", (number,))
            self._dirty = False

    @contextmanager
    def _step(self) -> Iterator[None]:
        """Do several things as one: all of them are there afterwards, or none."""
        with self._lock, self._db:  # which commits at the end, and takes back after an error
            self._db.execute("BEGIN")
            yield

    def _set(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


def _open(name: str, *, uri: bool = False) -> sqlite3.Connection:
    database = sqlite3.connect(name, isolation_level=None, check_same_thread=False, uri=uri)
    database.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    database.execute("PRAGMA recursive_triggers = ON")  # else none where a row replaces another
    return database


def _locked(path: Path) -> int:
    """Hold the folder; the system lets go of it when the process dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        said = f"{path.parent.parent}: another fetch works here; wait for it or stop it"
        raise BusyError("locked", said) from None
    return descriptor


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size  # noqa: PTH116 - of ten million files
    except OSError:
        return -1
