"""The default engine: spawned worker processes that die with their parent.

A worker that is killed (memory, a crash inside a native library) breaks the pool. The tasks that
were under way are then run one at a time, each in a process of its own; the one that kills its
process again is handed to `on_crash`, which says what to run instead.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

PR_SET_PDEATHSIG = 1


class LocalEngine:
    """A pool of spawned processes, kept for all stages of a build.

    Args:
        workers: Processes at most; they start when there is work for them.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close(kill=error is not None)

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        on_crash: Callable[[Task], Sequence[Task]] | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Run a function over tasks.

        Args:
            function: Module-level function of one task.
            tasks: Picklable tasks, started in this order.
            on_crash: Tasks to run in place of one that kills its process; None raises instead.

        Yields:
            Task and result in order of completion.

        Raises:
            BrokenProcessPool: A task kills its process and there is no ``on_crash``.
        """
        waiting = list(tasks)
        while waiting:
            if self._pool is None:
                self._pool = _pool(self._workers)
            with _interrupts_ignored():
                futures: dict[Future[Result], Task] = {
                    self._pool.submit(function, task): task for task in waiting
                }
            pending, lost = set(futures), []
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    if isinstance(future.exception(), BrokenProcessPool):
                        lost.append(futures[future])
                    else:
                        yield futures[future], future.result()
            if lost:
                self._close(kill=True)
                waiting = yield from _one_by_one(function, lost, on_crash)
            else:
                waiting = []

    def _close(self, *, kill: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=not kill, cancel_futures=True)
        for process in processes if kill else ():
            process.kill()
        for process in processes if kill else ():
            process.join()


def _one_by_one(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    on_crash: Callable[[Task], Sequence[Task]] | None,
) -> Generator[tuple[Task, Result], None, list[Task]]:
    """Run tasks alone until the one that crashes is found; return what is left to run."""
    for index, task in enumerate(tasks):
        with _pool(1) as pool:
            with _interrupts_ignored():
                future = pool.submit(function, task)
            try:
                result = future.result()
            except BrokenProcessPool:
                if on_crash is None:
                    raise
                return [*on_crash(task), *tasks[index + 1 :]]
        yield task, result
    return []


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Start workers deaf to Ctrl-C, which is the parent's: one that is starting has no handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_die_with_parent,
        initargs=(os.getpid(),),
    )


def _die_with_parent(parent: int) -> None:
    """Ask the system to kill this worker when the parent is gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):  # Linux; elsewhere a worker ends when its task queue closes.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
