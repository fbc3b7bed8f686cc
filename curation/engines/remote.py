"""The far end of the Ray engine: running one task in a worker, on whatever machine it is.

A worker is refused where it could give other bytes than the program that calls the build, or lose
inputs: where it runs other code or libraries, or does not see the files. This module imports
nothing that is heavy: libraries read the settings of `curation.engines.lean` as they are loaded.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import re
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Any

from curation.engines.lean import arrow_memory, lean_libraries, without_pandas, without_scipy
from curation.errors import CurationError

PACKAGE = "medical-corpus-curation"
ROOT = Path(__file__).parents[2]
CODE = ("curation", "sources", "filters")
SUFFIXES = frozenset({".py", ".toml", ".npz", ".json", ".txt", ".tmpl"})
"""What the packages consist of."""

HEAD_BYTES = 4_096
"""Of a file, what is compared besides its size."""

_ready: set[bytes] = set()


class TaskTraceback(Exception):
    """Where in its worker a task raised the error that this is the cause of."""

    def __str__(self) -> str:
        """Return the traceback as the worker saw it."""
        return f"\n{self.args[0]}"


def conditions(files: Sequence[Path]) -> bytes:
    """Return what a worker must have in common with this process.

    Args:
        files: Files that it must see as they are here.
    """
    seen = tuple((str(path), _look(path)) for path in files)
    return pickle.dumps((_versions(), seen))


def attempt(wanted: bytes, work: bytes) -> tuple[bool, bytes]:
    """Run a task, once.

    Args:
        wanted: From `conditions`.
        work: Function and task, pickled.

    Returns:
        Whether there is a result; the result or the error that was raised, pickled.
    """
    try:
        if wanted not in _ready:
            _prepare(wanted)
            _ready.add(wanted)
        function, task = pickle.loads(work)  # noqa: S301 - the program that we work for sent it
        return True, pickle.dumps(function(task))
    except Exception as error:
        return False, _pickled(error)


def result_of(done: bool, content: bytes) -> Any:
    """Return the result of `attempt`.

    Raises:
        Exception: The error of the task, as it was raised there.
    """
    value = pickle.loads(content)  # noqa: S301 - from a worker of our own
    if done:
        return value
    error, where = value
    raise error from TaskTraceback(where)


def _pickled(error: Exception) -> bytes:
    """Return an error and its traceback, pickled; in its place its name where it cannot be."""
    where = "".join(traceback.format_exception(error))
    try:
        content = pickle.dumps((error, where))
        pickle.loads(content)  # noqa: S301 - what was just written
    except Exception:  # whatever its own methods raise
        name = type(error).__name__
        stand_in = CurationError(f"a task failed with {name}; run `curation --debug …` to see it")
        return pickle.dumps((stand_in, where))
    return content


def _prepare(wanted: bytes) -> None:
    """Make this process a worker of the build, or refuse it."""
    versions, files = pickle.loads(wanted)  # noqa: S301 - from the program that we work for
    host = platform.node()
    mine = _versions()
    for name in versions.keys() | mine.keys():
        if (here := mine.get(name, "none")) != (there := versions.get(name, "none")):
            raise CurationError(
                f"{host}: has {name} {here}, the build runs with {there}; "
                "install the same on every machine of the cluster"
            )
    for path, seen in files:
        if _look(Path(path)) != seen:
            raise CurationError(
                f"{host}: does not see {path} as the build does; inputs, models and the corpus "
                "must be in folders that every machine of the cluster has under the same path"
            )
    lean_libraries()
    arrow_memory()
    without_pandas()
    without_scipy()
    from curation.warm import ensure_kernels

    try:
        ensure_kernels(lambda line: None)
    except CurationError as error:
        raise CurationError(f"{host}: {error}") from error


def _versions() -> dict[str, str]:
    """Return the versions of all that bytes may depend on; the code's is a checksum."""
    digest = hashlib.sha256()
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in SUFFIXES:
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    found = {"python": platform.python_version(), "code": digest.hexdigest()[:16]}
    for line in requires(PACKAGE) or ():
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        if "extra ==" not in line:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = "none"
    for group in ("curation.sources", "curation.filters"):
        for point in entry_points(group=group):
            found[point.value] = point.dist.version if point.dist else "none"
    return found


def _look(path: Path) -> tuple[int, bytes] | None:
    """Return size and first bytes of a file; None where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return os.fstat(stream.fileno()).st_size, stream.read(HEAD_BYTES)
    except OSError:
        return None
