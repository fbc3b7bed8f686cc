"""Keeping large libraries out of the toolkit's own processes, which never use them.

pyarrow asks once a process whether pandas is installed, and numba whether SciPy is, by importing
them. Both are optional, and cost every process a tenth of a second each.

Only for processes that this toolkit started itself: a program that imports it may want both.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder


def without_blas_threads() -> None:
    """Let NumPy's OpenBLAS start no threads, which wait for linear algebra by spinning.

    For this process, where NumPy is not imported yet, and for those that it starts.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


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
