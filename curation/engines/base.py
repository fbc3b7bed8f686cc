"""What an engine is, and choosing one by its name.

An engine runs a function over tasks. Both are plain: the function is one of a module, a task and
its result are small records that name files, and the data moves through files. So every engine
gives the same bytes, and what is gathered must not depend on the order of completion.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from curation.errors import UsageError

Task = TypeVar("Task")
Result = TypeVar("Result")

NAMES = ("local", "ray")
"""What ``--engine`` takes."""

KILLED = (
    "a worker process was killed, as the system does when memory is short; "
    "give fewer --workers and build again"
)
"""What is said where a task kills its worker and nothing can be run in its place."""


class Engine(Protocol):
    """Runs tasks; a context manager, whose end also ends what the engine started."""

    def __enter__(self) -> Self:
        """Make the engine ready to run tasks."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all that it started."""
        ...

    def require(self, files: Sequence[Path]) -> None:
        """Name files of this machine that every worker must see as they are here.

        Args:
            files: They stand for the folders that they lie in.
        """
        ...

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        on_crash: Callable[[Task], Sequence[Task]] | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Run a function over tasks.

        A task may be run again, also while it still runs elsewhere: it must publish its result in
        one step, under a temporary name of its own until then.

        Args:
            function: Module-level function of one task.
            tasks: Picklable tasks, started in this order.
            on_crash: Tasks to run in place of one that kills its worker, even when it runs alone.

        Yields:
            Task and result in order of completion.

        Raises:
            CurationError: A task kills its worker and there is no ``on_crash``.
            Exception: What a task raised, as it was; no task is run again for it.
        """
        ...


def engine_of(name: str, workers: int | None = None, address: str | None = None) -> Engine:
    """Return an engine by its name.

    Args:
        name: One of `NAMES`.
        workers: Tasks at a time, at most; default what there are processors for.
        address: Of a Ray cluster, ``HOST:PORT`` or ``auto``; without it Ray runs on this machine.

    Raises:
        UsageError: An unknown name, less than one worker, an address without Ray, or Ray is not
            installed.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers must be 1 or more, not {workers}")
    if name not in NAMES:
        raise UsageError(f"no engine {name!r}; there are {' and '.join(NAMES)}")
    if name == "ray":
        from curation.engines.ray import RayEngine

        return RayEngine(workers, address)
    if address is not None:
        raise UsageError("--address is that of a Ray cluster; give --engine ray as well")
    from curation.engines.local import LocalEngine

    return LocalEngine(workers or default_workers())


def default_workers() -> int:
    """Return the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
