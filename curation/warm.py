"""Compiling the kernels once on a machine, and saying so.

numba keeps compiled code in a cache folder. This names one folder for the user, compiles
everything into it before the workers start (else each would compile on its own), and leaves a
marker beside it that holds what the code depends on.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import platformdirs

from curation.errors import CurationError


def cache_folder() -> Path:
    """Return the user's cache folder of the toolkit."""
    return Path(platformdirs.user_cache_dir("curation"))


def ensure_kernels(say: Callable[[str], None]) -> None:
    """Compile the kernels if this machine has not yet; sets ``NUMBA_CACHE_DIR``.

    Args:
        say: Receives one line before a compilation.

    Raises:
        CurationError: The compilation failed.
    """
    folder = Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "kernels")))
    marker = folder / f"compiled-{_state()}"
    if marker.exists():
        return
    say("compiling the kernels, once on this machine (about 20 s) …")
    command = [sys.executable, "-c", "from filters.kernels import warm_all; warm_all()"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CurationError(f"the kernels could not be compiled: {last[0]}")
    folder.mkdir(parents=True, exist_ok=True)
    marker.touch()


def _state() -> str:
    """Hash what compiled code depends on: sources with their time stamps, numba, Python, place."""
    import filters

    home = Path(filters.__file__).parent
    parts = [version("numba"), sys.version, str(home)]
    for path in sorted(home.rglob("*.py")):
        info = path.stat()
        parts.append(f"{path.name} {info.st_size} {info.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
