"""Progress of a fetch on stderr: a bar with rate and time left on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sources.fetch.state import Due

EVERY_S = 30.0
"""Seconds between lines where there is no terminal."""


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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def begin(self, name: str, due: Due) -> None:
        """Begin one source."""
        self._stop()
        self._done, self._size, self._total = 0, 0, due.objects
        self._begun = self._told = time.monotonic()
        if self._quiet or not due.objects:
            return
        if not sys.stderr.isatty():
            self._console.print(f"{name}: fetching {due.objects:,} files …")
            return
        self._bar = Bar(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._bar.add_task(name, total=due.objects, rate="")
        self._bar.start()

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
                self._console.print(
                    f"{self._done:,} of {self._total:,} files, {self._rate(now)}, "
                    f"about {left / 60:,.0f} min left",
                    markup=False,
                    soft_wrap=True,
                )

    def _rate(self, now: float) -> str:
        speed = self._size / max(now - self._begun, 1e-3)
        return f"{self._size / 1e6:,.1f} MB, {speed / 1e6:,.2f} MB/s"

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
