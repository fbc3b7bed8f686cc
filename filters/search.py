"""Where a compiled expression matches in a column of texts.

Arrow compiles an expression anew at each call, which for the many alternatives of a gate takes
longer than reading a batch. Here one compiled expression reads all texts of the batch in one go.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["matching_rows"]

_APART = b"\n\0\n"
"""Between two texts: each begins a line, and white space does not reach from one to the next."""


def matching_rows(texts: pa.LargeStringArray, expression: Any) -> npt.NDArray[np.int64]:
    """Return the row of each match, in order; a row stands there as often as it has matches.

    Args:
        texts: ``large_string[n]`` without nulls; may be a slice.
        expression: Compiled by re2. It must match no NUL, and not the empty string.

    Example:
        >>> import re2
        >>> matching_rows(pa.array(["a dose", "", "dose, dose"], pa.large_string()),
        ...               re2.compile("dose")).tolist()
        [0, 2, 2]
    """
    if not len(texts):
        return np.empty(0, np.int64)
    whole = _APART.join(texts.cast(pa.large_binary()).to_pylist())
    sizes = np.asarray(pc.binary_length(texts)) + len(_APART)
    starts = np.cumsum(sizes) - sizes
    places = [match.start() for match in expression.finditer(whole)]
    rows: npt.NDArray[np.int64] = np.searchsorted(starts, places, side="right") - 1
    return rows
