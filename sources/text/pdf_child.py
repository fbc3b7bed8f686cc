"""The process that reads PDF files for another one, within limits; started by `pdf_process`.

Requests come on standard input: eight bytes with the size
of a file, then the file. Replies go to standard output: eight bytes with the size of a JSON object,
then the object. It ends with its input.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import json
import os
import resource
import signal
import sys
import traceback
from typing import BinaryIO

from sources.items import SourceError
from sources.text.pdf_reading import read_pdf

PR_SET_PDEATHSIG = 1
SIZE_BYTES = 8


def main(parent: int, memory_bytes: int, cpu_s: int, cpu_s_per_mb: int) -> None:
    """Read files until the input ends.

    Args:
        parent: Process id of the starter: where it is gone already, there is nobody to serve.
        memory_bytes: Address space of this process.
        cpu_s: CPU seconds for a file.
        cpu_s_per_mb: Seconds more for each megabyte of it.
    """
    _die_with(parent)
    # Native libraries may print: the channel of the replies is theirs no longer.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    requests = sys.stdin.buffer
    while header := requests.read(SIZE_BYTES):
        size = int.from_bytes(header, "big")
        _limit_cpu(cpu_s + cpu_s_per_mb * (size >> 20))
        reply = _reply(requests, size)
        replies.write(len(reply).to_bytes(SIZE_BYTES, "big"))
        replies.write(reply)
        replies.flush()


def _reply(requests: BinaryIO, size: int) -> bytes:
    """Read one file; whatever happens is an answer, so that leaving with a code means a defect."""
    answer: dict[str, object]
    try:
        page = read_pdf(requests.read(size))
        return _packed({"page": {**dataclasses.asdict(page), "notes": dict(page.notes)}})
    except SourceError as error:
        answer = {"rule": error.rule, "message": str(error)}
    except MemoryError:
        answer = {"rule": "memory_limit"}
    except Exception:  # a defect: the starter raises it, with this traceback
        answer = {"fault": traceback.format_exc()}
    return _packed(answer)


def _packed(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).encode("ascii")


def _die_with(parent: int) -> None:
    """Ask the system to kill this process when its starter ends in the middle of a file."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):  # Linux; elsewhere it ends with its input.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _limit(kind: int, value: int) -> None:
    """Lower a limit; one that is lower already stays, and one that the system lacks is none."""
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, hard))


def _limit_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)
