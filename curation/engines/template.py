"""The template process: it loads once what every worker needs, and workers are forked from it.

It is Python's fork server (`multiprocessing`, start method ``forkserver``): started fresh, with one
thread and no task of its own, so that forking it is safe whatever the program that calls the build
does. Loading costs as much time as extracting five thousand abstracts.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import forkserver
from typing import Any

MODULE = "curation.engines.preload"
"""What the template process imports before it forks workers."""

# Python has no public way to end a fork server before the program itself ends.
_SERVER: Any = forkserver._forkserver


def usable() -> bool:
    """Tell whether workers may be forked from a template of the toolkit's own.

    Not on macOS, whose system libraries do not survive a fork; not on Windows, which has none; and
    not where the calling program runs a fork server for itself.
    """
    return sys.platform == "linux" and _SERVER._forkserver_pid is None


def stop() -> None:
    """End the template process and wait for it, once its workers are gone.

    The next build starts a fresh one, in the environment of that time. Waiting also adds the
    processor time of all workers to that of this program's children, where people look for it.
    """
    _SERVER._stop()


def release() -> None:
    """Let the template process end when the build does; called in each worker as it starts.

    A fork server stays while anybody holds its lifeline, and it hands that to its children, too.
    A worker starts no process, and dies with the template process that it was forked from.
    """
    if _SERVER._forkserver_alive_fd is not None:
        os.close(_SERVER._forkserver_alive_fd)
        _SERVER._forkserver_alive_fd = None
