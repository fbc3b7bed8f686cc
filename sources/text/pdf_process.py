"""Reading PDF files in a process apart: a bomb, a hang or a crash costs one file.

pdfium is a native library that reads what strangers wrote. One child of this process reads one file
after the other, so that its start is paid once; where it dies or is stopped, the file is a failure,
and the next file starts another child.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from sources.items import SourceError
from sources.text.page import Page

MEMORY_BYTES = 3 << 30
"""Address space of the child. A file of 500 MB is held twice; a page of print takes some MB."""

CPU_S, CPU_S_PER_MB = 30, 10
"""CPU seconds for a file, and for each megabyte of it more. A dense page takes 12 ms of them, and
at least 2 kB of a file: a megabyte of the densest print takes 6 s."""

WALL = 5
"""Seconds on the clock for each of CPU time, for a machine that is busy."""

_LEAVING_S = 10
_SIZE_BYTES = 8
_BLOCK = 1 << 20
# -P: a file `json.py` where the program runs is not ours to import.
_START = """import sys; sys.path.insert(0, {root!r})
from sources.text.pdf_child import main; main({pid}, {memory}, {cpu}, {cpu_per_mb})"""
_ADVICE = "a damaged or hostile file: fetch it again, or read it by hand"


class ChildError(RuntimeError):
    """The child failed on a file in a way that is a defect of this project; holds its traceback."""


class PdfProcess:
    """A child process that reads PDF files.

    Args:
        memory_bytes: Address space of the child.
        cpu_s: CPU seconds for a file.
        wall: Seconds on the clock for each second of CPU time that a file may take.
    """

    def __init__(
        self, memory_bytes: int = MEMORY_BYTES, cpu_s: int = CPU_S, wall: float = WALL
    ) -> None:
        self._memory_bytes, self._cpu_s, self._wall = memory_bytes, cpu_s, wall
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._lock = threading.Lock()

    def read(self, data: bytes) -> Page:
        """Read one file.

        Args:
            data: The file's bytes.

        Returns:
            What `sources.text.pdf_reading.read_pdf` returns.

        Raises:
            SourceError: What it raises, or ``timeout``, ``memory_limit`` or ``crashed``.
            ChildError: A defect.
        """
        with self._lock:
            served = self._served
            try:
                return self._once(data)
            except SourceError as error:
                # A child that has read other files holds memory: the verdict is a fresh one's.
                if served == 0 or error.rule not in ("memory_limit", "crashed"):
                    raise
            return self._once(data)

    def close(self) -> None:
        """End the child."""
        child, self._child, self._served = self._child, None, 0
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def _once(self, data: bytes) -> Page:
        child = self._started()
        wall_s = self._wall * (self._cpu_s + CPU_S_PER_MB * (len(data) >> 20))
        try:
            reply = _exchange(child, data, time.monotonic() + wall_s)
        except TimeoutError:
            self.close()
            message = f"not read in {wall_s:g} seconds: {_ADVICE}"
            raise SourceError("timeout", message) from None
        except (EOFError, BrokenPipeError):
            code = _exit_code(child)
            self.close()
            raise _death(code) from None
        except BaseException:
            self.close()  # in the middle of a file its next reply would be that of this one
            raise
        self._served += 1
        return self._page(json.loads(reply))

    def _page(self, reply: dict[str, object]) -> Page:
        if "page" in reply:
            return Page(**reply["page"])  # type: ignore[arg-type]
        if reply.get("rule") == "memory_limit":
            self.close()
            raise SourceError("memory_limit", f"needs more memory than a page of print: {_ADVICE}")
        if "rule" in reply:
            raise SourceError(str(reply["rule"]), str(reply["message"]))
        raise ChildError(str(reply["fault"]))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close()
        start = _START.format(
            root=str(Path(__file__).parents[2]),
            pid=os.getpid(),
            memory=self._memory_bytes,
            cpu=self._cpu_s,
            cpu_per_mb=CPU_S_PER_MB,
        )
        self._child = subprocess.Popen(  # noqa: S603 - the command is our own
            [sys.executable, "-P", "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        return self._child


def _exchange(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> bytes:
    """Send a file and receive the reply, both within the time."""
    if child.stdin is None or child.stdout is None:
        raise EOFError
    requests, replies = child.stdin.fileno(), child.stdout.fileno()
    os.set_blocking(requests, False)
    waiting = memoryview(len(data).to_bytes(_SIZE_BYTES, "big") + data)
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_WRITE)
        selector.register(replies, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in selector.select(left):
                if key.fd == requests:
                    waiting = waiting[os.write(requests, waiting[:_BLOCK]) :]
                    if not waiting:
                        selector.unregister(requests)
                    continue
                block = os.read(replies, _BLOCK)
                if not block:
                    raise EOFError
                received += block
            size = int.from_bytes(received[:_SIZE_BYTES], "big")
            if len(received) >= _SIZE_BYTES and len(received) >= _SIZE_BYTES + size:
                return bytes(received[_SIZE_BYTES:])


def _exit_code(child: subprocess.Popen[bytes]) -> int:
    """Code of a child that has closed its end; one that stays all the same is killed."""
    try:
        return child.wait(_LEAVING_S)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _death(code: int) -> Exception:
    """Say why a child died: by its limit of CPU time, by a crash, or before it could read."""
    if code >= 0:
        return ChildError(f"the process that reads PDF files ended by itself, exit code {code}")
    if code == -signal.SIGXCPU:
        return SourceError("timeout", f"takes more CPU time than thousands of pages: {_ADVICE}")
    return SourceError("crashed", f"the reader crashed on it (signal {-code}): {_ADVICE}")


_own: dict[int, PdfProcess] = {}


def own_process() -> PdfProcess:
    """Return the child of this process; one that was inherited by a fork is not ours to use."""
    pid = os.getpid()
    if pid not in _own:
        _own[pid] = PdfProcess()
        atexit.register(_own[pid].close)
    return _own[pid]
