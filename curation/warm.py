"""Compiling the kernels once on a machine, and saying so.

Without this every worker of the first build would compile for itself.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version

from curation.engines.lean import same_modules
from curation.errors import CurationError


def ensure_kernels(say: Callable[[str], None]) -> None:
    """Compile the kernels if this machine has not yet.

    Args:
        say: Receives one line before a compilation.

    Raises:
        CurationError: The compilation failed, or nothing can be kept of it.
    """
    from filters.kernels import HOME, cache_folder

    if problem := no_cache():
        raise CurationError(problem)
    folder = cache_folder()
    files = [*sorted(HOME.rglob("*.py")), HOME.parent / "sources" / "text" / "pubmed_scan.py"]
    stamps = [str(path.stat().st_mtime_ns) for path in files]
    parts = [version("numba"), sys.version, platform.processor(), str(HOME), *stamps]
    marker = folder / f"compiled-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:16]}"
    if marker.exists():
        return
    with (folder / "compiling").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several builds, or workers, the first compiles
        if not marker.exists():
            _compile(say)
            marker.touch()


def _compile(say: Callable[[str], None]) -> None:
    """Compile the kernels in a process of its own, which finds this very code."""
    say("compiling the kernels, once on this machine (about a minute) …")
    command = [sys.executable, "-c", "from curation.warm import warm; warm()"]
    environment = {**os.environ, **same_modules()}
    done = subprocess.run(  # noqa: S603 - the command is our own
        command, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CurationError(f"the kernels could not be compiled: {last[0]}")


def no_cache() -> str:
    """Say where compiled code should be kept and cannot be; empty where it can."""
    from filters.kernels import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return (
            f"{folder}: compiled code is kept here, and nothing can be written ({error.strerror}); "
            "name another folder in CURATION_CACHE, or in XDG_CACHE_HOME for all caches"
        )


def warm() -> None:
    """Compile every kernel in this process, or load it from numba's cache.

    The process is to end with it: what the compiler leaves behind is not collected, which would
    take a twelfth of the time and free next to nothing.
    """
    gc.disable()
    from filters.kernels import warm_all  # names the cache, so it comes first

    warm_all()
    from sources.text import pubmed_columns

    pubmed_columns.warm()
