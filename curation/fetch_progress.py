"""Progress of a fetch on stderr: a bar with rate and time left on a terminal, lines elsewhere."""

from __future__ import annotations

import math
import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from sources.fetch.rows import Due

EVERY_S = 30.0
"""Seconds between lines where there is no terminal."""

WAITS_EVERY_S = 2.0
"""Seconds between lines of failed attempts: many connections can fail at once."""


class FetchProgress:
    """Shows how far a fetch is; workers may tell it at the same time.

    Args:
        quiet: Show nothing at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False)
        self._lock = threading.Lock()
        self._bar: Bar | None = None
        self._done = self._size = self._total = 0
        self._begun = self._told = 0.0
        self._waited = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def listing(self, name: str) -> None:
        """Say that the files of a source are being listed, which can take minutes."""
        self._stop()
        if self._quiet:
            return
        if not sys.stderr.isatty():
            self._say(f"{name}: listing its files …")
            return
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        self._show(*columns).add_task(f"{name}: listing its files")

    def waiting(self, problem: str, seconds: float) -> None:
        """Say that an attempt failed and that it is made again."""
        with self._lock:
            now = time.monotonic()
            if self._quiet or now - self._waited < WAITS_EVERY_S:
                return
            self._waited = now
        self._say(f"{problem}; asking again in {math.ceil(seconds):,} s")

    def begin(self, name: str, due: Due) -> None:
        """Begin one source."""
        self._stop()
        self._done, self._size, self._total = 0, 0, due.objects
        self._begun = self._told = time.monotonic()
        if self._quiet or not due.objects:
            return
        if not sys.stderr.isatty():
            self._say(f"{name}: fetching {due.objects:,} files …")
            return
        self._show(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        ).add_task(name, total=due.objects, rate="")

    def advance(self, objects: int, size: int) -> None:
        """Add files that are there, and the bytes that came."""
        with self._lock:
            self._done += objects
            self._size += size
            if self._quiet:
                return
            now = time.monotonic()
            if self._bar is not None:
                task = self._bar.task_ids[-1]
                self._bar.update(task, completed=self._done, rate=self._rate(now))
            elif now - self._told >= EVERY_S:
                self._told = now
                left = (now - self._begun) / max(self._done, 1) * (self._total - self._done)
                self._say(
                    f"{self._done:,} of {self._total:,} files, {self._rate(now)}, "
                    f"about {left / 60:,.0f} min left"
                )

    def _rate(self, now: float) -> str:
        speed = self._size / max(now - self._begun, 1e-3)
        return f"{self._size / 1e6:,.1f} MB, {speed / 1e6:,.2f} MB/s"

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)

    def _show(self, *columns: ProgressColumn) -> Bar:
        """Show a bar in place of the one before."""
        self._bar = Bar(*columns, console=self._console, transient=True)
        self._bar.start()
        return self._bar

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
