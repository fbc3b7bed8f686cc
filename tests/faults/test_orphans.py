"""Workers and the process they are forked from end with the build, however it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

BUILD = (
    "import time\n"
    "from curation.engines.local import LocalEngine\n"
    "with LocalEngine({workers}) as engine:\n"
    "    list(engine.run(time.sleep, [{seconds}] * {workers}))\n"
)


def below(process: int) -> list[int]:
    """Return all descendants of a process."""
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    found = [int(text) for text in listed]
    return found + [deeper for child in found for deeper in below(child)]


def runs(process: int) -> bool:
    """Tell whether a process is there and no zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until something holds; false when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_die_with_a_killed_build(workers: int) -> None:
    """A build that is killed leaves no worker and no template process behind."""
    code = BUILD.format(workers=workers, seconds=60)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL) as build:
        # Besides the workers: Python's resource tracker, and with several workers the template.
        wanted = workers + (2 if workers > 1 else 1)
        try:
            assert wait_for(lambda: len(below(build.pid)) >= wanted, 60)
            time.sleep(1)  # until the youngest has asked to die with the build
            family = below(build.pid)
        finally:
            build.kill()
    assert wait_for(lambda: not any(map(runs, family)), 20)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_closed_engine_leaves_no_template() -> None:
    """When the engine is closed its template process is gone, and was waited for."""
    code = BUILD.format(workers=2, seconds=0)
    code += (
        "import os\nfrom multiprocessing import forkserver\n"
        "assert forkserver._forkserver._forkserver_pid is None\n"
        "assert os.times().children_user > 0.1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
