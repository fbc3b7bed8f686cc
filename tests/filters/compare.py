"""The guard on two streams that a test wrote."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.duplicates.guard import guards

UInt32s = npt.NDArray[np.uint32]


def guard(stream_a: UInt32s, stream_b: UInt32s, strict: bool = False) -> int:
    """Return in what two documents differ: index into `DIFFERENCES`, 0 for nothing."""
    column = pa.array([stream_a.tobytes(), stream_b.tobytes()], pa.large_binary())
    return int(guards(column, np.array([[0, 1]], np.int64), strict)[0])
