"""Arrow text columns as the flat arrays that kernels read and write, without copying."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def text_views(
    texts: pa.LargeStringArray,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """View a column as bytes and offsets.

    Args:
        texts: ``large_string[n]``, which may be a slice of a longer array.

    Returns:
        Bytes, ``uint8[...]``, and offsets into them, ``int64[n + 1]``. The first offset of a slice
        is not 0.

    Raises:
        TypeError: The column is not ``large_string``.
        ValueError: A text is null.
    """
    if texts.type != pa.large_string():
        raise TypeError(f"texts must be large_string, not {texts.type}")
    if texts.null_count:
        raise ValueError("texts must not be null")
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64, count=texts.offset + len(texts) + 1)
    return np.frombuffer(data or b"", np.uint8), bounds[texts.offset :]


def text_array(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> pa.LargeStringArray:
    """Make a column of bytes (valid UTF-8) and offsets that begin at 0, without copying."""
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, buffers[1], buffers[2])
