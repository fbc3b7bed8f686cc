"""Keeping large libraries out of the toolkit's own processes, which never use them.

pyarrow asks once a process whether pandas is installed, and numba whether SciPy is, by importing
them. Both are optional, and cost every process a tenth of a second each.

Only for processes that this toolkit started itself: a program that imports it may want both.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.abc import MetaPathFinder
from pathlib import Path


def _variables() -> dict[str, str]:
    """Variables that libraries read once, as they are loaded.

    NumPy's OpenBLAS starts no threads, which would wait for linear algebra by spinning. Arrow takes
    memory from jemalloc: its usual allocator gives each table's memory back to the system and asks
    for it again, which is a ninth of the processor time of a build and a fifth of its memory
    (`tests/benchmarks/bench_build.py`).
    """
    found = {"OPENBLAS_NUM_THREADS": "1"}
    if sys.platform == "linux":  # the builds of Arrow that are sure to have jemalloc
        found["ARROW_DEFAULT_MEMORY_POOL"] = "jemalloc"
    return {name: value for name, value in found.items() if name not in os.environ}


def lean_libraries() -> None:
    """Set `_variables` for this process, before NumPy and Arrow, and for those that it starts."""
    os.environ.update(_variables())


def arrow_memory() -> None:
    """Take jemalloc in a process that has loaded Arrow before `lean_libraries`, as Ray's have."""
    import pyarrow as pa

    wanted = os.environ.get("ARROW_DEFAULT_MEMORY_POOL")
    if wanted == "jemalloc" and pa.default_memory_pool().backend_name != wanted:
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def give_memory_back() -> None:
    """Give what is free of Arrow's and the system's heap back: the next slice starts without it."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # of the GNU library only
        trim(0)


def same_modules() -> dict[str, str]:
    """Return variables by which a Python process finds the modules that this one finds.

    Python puts the current folder first for a process that is started by a command, as those of
    `multiprocessing` are: a ``random.py`` that lies there would take the library's place.
    """
    paths = [str(Path(path).absolute()) for path in sys.path if os.pathsep not in path]
    return {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


@contextlib.contextmanager
def children_with(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the processes that are started meanwhile, and for no others."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def lean_children() -> contextlib.AbstractContextManager[None]:
    """Set `_variables` for the processes that are started meanwhile."""
    return children_with(_variables())


def without_pandas() -> None:
    """Let pyarrow find no pandas when it looks for it, with the first array.

    It remembers that, and does not take pandas objects for arrays from then on. An explicit import
    of pandas works as ever, and so does ``to_pandas``.
    """
    import pyarrow as pa

    with _hidden("pandas"):
        pa.array([0])


def without_scipy() -> None:
    """Let numba find no SciPy when it looks for it; it then compiles no linear algebra."""
    importlib.import_module("filters.kernels")  # names the kernel cache before numba is there
    with _hidden("scipy"):
        importlib.import_module("numba.np.arraymath")


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Load what stays as long as the process: the cyclic collector never looks through it.

    It would, several times while libraries are loaded (a tenth of that time) and again in each
    worker that is forked from this process, whose memory it would copy.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let an import fail for a while; nothing happens where it was imported before."""
    finder = _Absent(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Absent(MetaPathFinder):
    """Finds one module to be missing, and knows of no other."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == self._name:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
