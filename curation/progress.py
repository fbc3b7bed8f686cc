"""Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

STAGES = {
    "locate": "locating inputs",
    "extract": "extracting",
    "decide": "deciding",
    "compare": "comparing",
    "write": "writing shards",
    "publish": "publishing",
    "scan": "scanning what was written",
}


class Progress:
    """Shows the stages of a build.

    Args:
        quiet: Show nothing at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True, highlight=False)
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            columns = (
                TextColumn("{task.description:<18}"),
                BarColumn(bar_width=30),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str, total: int) -> None:
        """Begin a stage; ``total`` is its amount of work in any unit, 0 where unknown."""
        if self._bar is not None:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(STAGES[name], total=total or None)
        elif not self._quiet and name not in ("publish", "scan"):
            self._console.print(f"{STAGES[name]} …")

    def advance(self, amount: int) -> None:
        """Add to the work done in the present stage."""
        if self._bar is not None and self._bar.task_ids:
            self._bar.advance(self._bar.task_ids[-1], amount)

    def say(self, line: str) -> None:
        """Show one line that stays."""
        if not self._quiet:
            self._console.print(line, markup=False, soft_wrap=True)
