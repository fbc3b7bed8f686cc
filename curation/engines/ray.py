"""The Ray engine: tasks on the machines of a cluster, or on this one.

Ray only starts tasks and says how they ended; data moves through files, as with every engine, and
what is to be run again is decided here: a task whose machine is lost runs again beside the others,
one whose worker is lost runs again alone once all others are done, and one that loses its worker
even then is handed to `on_crash`. Ray's own retries are off: it would start a task that kills its
worker again and again, and never say whether the task or its machine was at fault.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import pickle
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from curation.engines.base import KILLED, Result, Task, default_workers
from curation.engines.lean import lean_children
from curation.engines.remote import attempt, conditions, result_of
from curation.errors import CurationError, UsageError

QUEUED_PER_CPU = 2
"""Tasks handed to Ray for each processor: none waits for work, and a million wait here."""

NODE_LOSSES = 3
"""How often a task may lose its machine before it is suspected of being the cause."""

STORE_BYTES = 200 << 20
"""Object store of a Ray that is started here; only tasks and small results pass through it."""

POLL_S = 5
"""Seconds between looks at the cluster."""

CONNECT_S, NO_CPU_S = 5, 600
"""Seconds to wait for an answer of the head, and for any processor: clusters that grow on demand
take minutes."""

HEAD_S = 30
"""Seconds that the head may be silent. Ray itself ends the program after 60, with exit code 1."""

FOLDER_CHARS = 40
"""Of the path of Ray's folder: a socket's may have 107, and Ray adds up to 67."""

LINE_CHARS = 300
"""Of a message of Ray's that is passed on."""


def _is_address(text: str) -> bool:
    """Tell whether a text is HOST:PORT with a port that there is."""
    found = re.fullmatch(r"[^/\s]+:(\d{1,5})", text)
    return found is not None and 0 < int(found[1]) < 1 << 16


class RayEngine:
    """Tasks on a Ray cluster.

    Args:
        workers: Tasks at a time, at most; default as many as there are processors.
        address: ``HOST:PORT`` of the cluster's head, or ``auto``; None starts Ray on this machine,
            and ends it again.

    Raises:
        UsageError: Ray is not installed, or this kind of address is not served.
    """

    def __init__(self, workers: int | None = None, address: str | None = None) -> None:
        if importlib.util.find_spec("ray") is None:
            raise UsageError("--engine ray needs Ray; install it: pip install 'ray>=2.44'")
        if address not in (None, "auto") and not _is_address(address or ""):
            raise UsageError(
                f"--address {address!r}: give HOST:PORT of the cluster's head, or auto, "
                "and build on a machine of the cluster"
            )
        self._workers, self._address = workers, address
        self._ray: Any = None
        self._attempt: Any = None
        self._printer: Any = None
        self._folder: str | None = None
        self._conditions: bytes | None = None
        self._files: tuple[Path, ...] = ()
        self._head = ""
        self._cpus, self._look_at, self._head_at, self._cpus_at = 0, 0.0, 0.0, 0.0

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            undo.callback(self._stop)
            if self._address is not None:
                self._start()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def require(self, files: Sequence[Path]) -> None:
        """Name files that a worker must see; one that does not is an error that names it."""
        self._files, self._conditions = tuple(files), None

    def run(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        on_crash: Callable[[Task], Sequence[Task]] | None = None,
    ) -> Iterator[tuple[Task, Result]]:
        """Run a function over tasks on the machines of the cluster.

        Args:
            function: See `curation.engines.base.Engine.run`; workers import its module.
            tasks: What names files must name them by paths that all machines have.
            on_crash: Tasks to run in place of one that loses its worker again when it runs alone.

        Yields:
            Task and result in order of completion.

        Raises:
            CurationError: A task loses its worker again and there is no ``on_crash``; a machine
                differs from this one; or no machine is left.
        """
        waiting = list(tasks)
        while waiting:
            suspects = yield from self._run(function, waiting, alone=False)
            waiting = []
            for index, task in enumerate(suspects):
                if (yield from self._run(function, [task], alone=True)):
                    if on_crash is None:
                        raise CurationError(KILLED)
                    waiting = [*on_crash(task), *suspects[index + 1 :]]
                    break

    def _run(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], *, alone: bool
    ) -> Generator[tuple[Task, Result], None, list[Task]]:
        """Run tasks until each has a result or has lost its worker; return the latter."""
        if self._ray is None:
            self._start()
        if self._conditions is None:
            self._conditions = conditions(self._files)
        waiting = deque((task, 0) for task in tasks)
        running: dict[Any, tuple[Task, int]] = {}
        lost = []
        try:
            while waiting or running:
                limit = min(self._limit(), 1 if alone else len(tasks))
                while waiting and len(running) < limit:
                    work = pickle.dumps((function, waiting[0][0]))
                    running[self._attempt.remote(self._conditions, work)] = waiting.popleft()
                ended, _ = self._ray.wait(list(running), timeout=POLL_S)
                for reference in ended:
                    task, losses = running.pop(reference)
                    outcome = self._outcome(reference)
                    if not isinstance(outcome, Loss):
                        yield task, result_of(*outcome)
                    elif outcome is Loss.NODE and losses < NODE_LOSSES:
                        waiting.append((task, losses + 1))
                    else:
                        lost.append(task)
        finally:
            for reference in running:
                with contextlib.suppress(Exception):  # the cluster may be what has failed
                    self._ray.cancel(reference, force=True)
            running.clear()  # a traceback must hold no reference when Ray is left
        return lost

    def _limit(self) -> int:
        """Return how many tasks to have at Ray, by the size that the cluster has now."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + POLL_S
            if _answers(self._head) is None:  # else Ray would wait for it, deaf to Ctrl-C
                self._head_at = now
                self._cpus = int(self._ray.cluster_resources().get("CPU", 0))
            if self._cpus:
                self._cpus_at = now
        if now - self._head_at > HEAD_S:
            raise CurationError(
                "the head of the Ray cluster does not answer any more; "
                "build again, which goes on where it was"
            )
        if now - self._cpus_at > NO_CPU_S:
            raise CurationError(
                "the Ray cluster has no processor left to run tasks on; add machines with "
                "`ray start --address=…` and build again, which goes on where it was"
            )
        if self._workers is not None and self._address is not None:
            return self._workers
        return max(1, QUEUED_PER_CPU * self._cpus)

    def _outcome(self, reference: Any) -> tuple[bool, bytes] | Loss:
        """Return what came back from an attempt, or what was lost on the way."""
        errors = self._ray.exceptions
        try:
            done, content = self._ray.get(reference)
        except (errors.NodeDiedError, errors.ObjectLostError):
            return Loss.NODE
        except (errors.WorkerCrashedError, errors.OutOfMemoryError):
            return Loss.WORKER
        except errors.LocalRayletDiedError as error:
            raise CurationError(
                "Ray has ended on this machine; start it and build again, "
                "which goes on where it was"
            ) from error
        except errors.RayTaskError as error:  # `attempt` raises nothing: it was not even found
            raise CurationError(
                "a machine of the Ray cluster cannot run this toolkit; install it there, the "
                f"same as here ({_line(error.cause)})"
            ) from error
        except errors.RayError as error:
            raise CurationError(f"Ray could not run a task: {_line(error)}") from error
        return done, content

    def _start(self) -> None:
        """Connect to the cluster, or start Ray on this machine."""
        with _stored_token(shown=self._address is not None):
            self._connect()

    def _connect(self) -> None:
        import ray

        if ray.is_initialized():
            raise UsageError("this program is connected to Ray already; call ray.shutdown() first")
        options: dict[str, object] = {"address": self._address}
        if self._address is None:
            self._folder = _short_folder()
            options = {
                "address": "local",
                "num_cpus": self._workers or default_workers(),
                "include_dashboard": False,
                "object_store_memory": STORE_BYTES,
                "_temp_dir": self._folder,
            }
        elif self._address != "auto" and (reason := _answers(self._address)) is not None:
            raise CurationError(
                f"--address {self._address}: no Ray cluster answers there ({reason}); "
                "start it with `ray start --head`"
            )
        try:
            with _signal(signal.SIGTERM), _interrupt_waits(), lean_children():
                ray.init(**options, log_to_driver=False, logging_level=logging.CRITICAL)
        except Exception as error:
            raise CurationError(self._not_started(error)) from error
        finally:
            self._ray = ray  # what was started until then is ended with the rest
        # What machines report of lost workers is printed among the results, and has no switch.
        self._printer = ray._private.worker.print_to_stdstream
        ray._private.worker.print_to_stdstream = _say_nothing
        self._attempt = ray.remote(num_cpus=1, max_retries=0)(attempt)
        self._head = ray.get_runtime_context().gcs_address
        self._head_at = self._cpus_at = time.monotonic()

    def _stop(self) -> None:
        """Leave the cluster; end the Ray that was started here, and no other."""
        ray, self._ray, self._attempt = self._ray, None, None
        if ray is None:
            return
        with _signal(signal.SIGINT, signal.SIG_IGN):
            family = _family(self._folder) if self._folder else []
            ray.shutdown()
            if self._printer is not None:
                ray._private.worker.print_to_stdstream = self._printer
            for process in family:  # some stay for a minute where Ray was ended as it started
                with contextlib.suppress(Exception):
                    process.kill()
            if self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _not_started(self, error: Exception) -> str:
        if self._address is None:
            return f"Ray could not be started on this machine: {_line(error)}"
        if self._address == "auto" and isinstance(error, ConnectionError):
            return "--address auto: no Ray runs on this machine; start it with `ray start`"
        if isinstance(error, ConnectionError):
            return (
                f"--address {self._address}: no Ray cluster lets this program in; where it asks "
                "for a token, copy ~/.ray/auth_token of its head to this machine"
            )
        return f"--address {self._address}: {_line(error)}"


class Loss(Enum):
    """What an attempt was lost with."""

    NODE = 1
    WORKER = 2


@contextlib.contextmanager
def _stored_token(*, shown: bool) -> Iterator[None]:
    """Let a cluster see the token that Ray has stored on this machine; it may ask for one.

    Ray shows it by itself to `auto` only. One that asks for none minds none. The variable is put
    back: Ray reads it as it starts, and would hand it to clusters that know of no token.
    """
    before = os.environ.get("RAY_AUTH_MODE")
    places = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
    stored = (Path.home() / ".ray" / "auth_token").exists()
    if shown and before is None and (stored or any(name in os.environ for name in places)):
        os.environ["RAY_AUTH_MODE"] = "token"
    try:
        yield
    finally:
        os.environ.pop("RAY_AUTH_MODE", None)
        if before is not None:
            os.environ["RAY_AUTH_MODE"] = before


def _say_nothing(*_: object, **__: object) -> None:
    """Stand in for what prints."""


def _line(error: object) -> str:
    """Return the message of one of Ray's errors as one line that can be read at a glance."""
    text = " ".join(str(error).split())
    return text if len(text) <= LINE_CHARS else text[:LINE_CHARS] + " …"


def _answers(address: str) -> str | None:
    """Return why nobody listens at an address, None where somebody does.

    Ray itself would try for a minute, with a page of log.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        return getattr(error, "strerror", None) or "no answer"
    return None


@contextlib.contextmanager
def _signal(number: signal.Signals, handler: Any = None) -> Iterator[None]:
    """Put the program's handler back in the end, after one of our own or whatever Ray sets."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(number)
    try:
        if handler is not None:
            signal.signal(number, handler)
        yield
    finally:
        signal.signal(number, before)


@contextlib.contextmanager
def _interrupt_waits() -> Iterator[None]:
    """Let Ctrl-C take effect in the end: Ray interrupted as it starts crashes the program later."""
    came: list[int] = []
    with _signal(signal.SIGINT, lambda number, _: came.append(number)):
        yield
    if came:
        raise KeyboardInterrupt


def _family(folder: str) -> list[Any]:
    """Return the processes of a Ray that has its files in a folder, and all below them."""
    import psutil  # comes with Ray

    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if any(folder in argument for argument in child.cmdline()):
                found += [child, *child.children(recursive=True)]
    return found


def _short_folder() -> str:
    """Make a folder for the files of a Ray of our own; the paths of its sockets have a limit."""
    folder = tempfile.mkdtemp(prefix="curation-")
    if len(folder) <= FOLDER_CHARS:
        return folder
    Path(folder).rmdir()
    return tempfile.mkdtemp(prefix="curation-", dir="/tmp")  # as Ray itself
