"""The default engine: worker processes that die with their parent.

Several workers are forked from a template process (`curation.engines.template`), which is started
fresh, has one thread, and has loaded once what each of them needs; one alone is started fresh. No
process is ever forked from the program that calls the build: that may have threads.

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
import sys
import types
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import Self

from curation.engines import template
from curation.engines.base import KILLED, Result, Task
from curation.engines.lean import (
    children_with,
    lean_children,
    same_modules,
    without_pandas,
)
from curation.errors import CurationError

PR_SET_PDEATHSIG = 1


class LocalEngine:
    """A pool of processes, kept for all stages of a build.

    Args:
        workers: Processes at most; they start when there is work for them.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._size, self._forked = 0, False
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

    def require(self, files: Sequence[Path]) -> None:
        """Workers are processes of this machine and see all that it sees."""

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        on_crash: Callable[[Task], Sequence[Task]] | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Run a function over tasks in processes of this machine.

        Args:
            function: See `curation.engines.base.Engine.run`; workers import its module.
            tasks: As many processes as there are tasks, at most as many as the engine has.
            on_crash: Tasks to run in place of one that kills its process when it runs alone.

        Yields:
            Task and result in order of completion.

        Raises:
            CurationError: A task kills its process and there is no ``on_crash``.
        """
        waiting = list(tasks)
        while waiting:
            pool = self._grown(min(self._workers, len(waiting)))
            with _apart():
                futures: dict[Future[Result], Task] = {
                    pool.submit(function, task): task for task in waiting
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

    def _grown(self, size: int) -> ProcessPoolExecutor:
        """Return the pool, made anew where it is smaller than there is work for."""
        if self._pool is None or self._size < size:
            self._close(kill=False)
            self._size, self._forked = size, size > 1 and template.usable()
            self._pool = _pool(size, forked=self._forked)
        return self._pool

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
        if self._forked:
            template.stop()


def _one_by_one(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    on_crash: Callable[[Task], Sequence[Task]] | None,
) -> Generator[tuple[Task, Result], None, list[Task]]:
    """Run tasks alone until the one that crashes is found; return what is left to run."""
    for index, task in enumerate(tasks):
        with _pool(1) as pool:
            with _apart():
                future = pool.submit(function, task)
            try:
                result = future.result()
            except BrokenProcessPool as error:
                if on_crash is None:
                    raise CurationError(KILLED) from error
                return [*on_crash(task), *tasks[index + 1 :]]
        yield task, result
    return []


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """Start workers apart from the calling program.

    They are deaf to Ctrl-C, which is the parent's: one that is starting has no handler. The signal
    is held back meanwhile, which children inherit, and reaches this program right after. And they
    do not import the program's main script, as multiprocessing would have it: tasks are functions
    of this package, and a script without a guard would start its build again in every worker. Nor
    do they take modules from the current folder, where the calling program does not.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with lean_children(), children_with(same_modules()):
            yield
    finally:
        sys.modules["__main__"] = script
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pool(workers: int, *, forked: bool = False) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver" if forked else "spawn")
    if forked:
        context.set_forkserver_preload([template.MODULE])
    return ProcessPoolExecutor(
        workers,
        mp_context=context,
        initializer=_start,
        initargs=(os.getpid(),),
    )


def _start(parent: int) -> None:
    """Ask the system to kill this worker when the build is gone."""
    template.release()
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):  # Linux; elsewhere a worker ends when its task queue closes.
        # The template process ends with the build, too, so its end stands for that.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    build = multiprocessing.parent_process()
    if build is None or build.pid != parent or not build.is_alive():
        os._exit(1)
    without_pandas()
