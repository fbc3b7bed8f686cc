"""Scratch files between the tasks of one stage: arrays of numbers, written once, read in stretches.

A task writes its output sorted by who reads it next, and says where each reader's stretch begins;
a reader takes its stretch of every file, in the order of the tasks that wrote them. So data moves
through files, memory is bounded by the stretch, and the order does not depend on who was first.

Nothing here outlives its stage, so nothing is forced to disk. Files are named whole, in one step
(`storage.named_whole`): a task that is run twice at the same time leaves the same file twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from curation.errors import CurationError
from curation.storage import named_whole

Value = TypeVar("Value", bound=np.generic)


class Stretch(NamedTuple):
    """Part of a file that holds one array.

    Attributes:
        path: The file.
        start: First value.
        stop: End of the values.
    """

    path: str
    start: int
    stop: int


def write_array(path: Path, values: npt.NDArray[np.generic]) -> None:
    """Write the values of an array."""
    # Not `tofile`, whose error on a full disk does not say that it is one.
    with named_whole(path) as temporary, temporary.open("wb") as stream:
        stream.write(np.ascontiguousarray(values).data)


def read_array(
    path: Path | str, dtype: type[Value], start: int = 0, stop: int | None = None
) -> npt.NDArray[Value]:
    """Read values ``start`` to ``stop`` of an array.

    Raises:
        CurationError: The file is shorter than that, or ends inside a value.
    """
    count = -1 if stop is None else stop - start
    width = np.dtype(dtype).itemsize
    found = np.fromfile(path, dtype, count, offset=start * width)
    whole = Path(path).stat().st_size % width == 0 if stop is None else len(found) == count
    if not whole:
        raise damaged(path)
    return found


def damaged(path: Path | str) -> CurationError:
    """Return the error for a scratch file that does not hold what was written."""
    return CurationError(
        f"{path}: this scratch file is not as it was written; check the disk and build again "
        "(the cache is not concerned)"
    )


def mapped(path: Path, dtype: type[Value]) -> npt.NDArray[Value]:
    """Map an array into memory, to take a few values from all over it."""
    return np.memmap(path, dtype, mode="r") if path.stat().st_size else np.empty(0, dtype)


def read_stretches(stretches: Iterable[Stretch], dtype: type[Value]) -> npt.NDArray[Value]:
    """Read stretches of several files, one behind the other."""
    found = [read_array(path, dtype, start, stop) for path, start, stop in stretches]
    return np.concatenate(found) if found else np.empty(0, dtype)
