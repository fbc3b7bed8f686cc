"""Characters that show nothing, in one compiled pass over UTF-8 bytes.

`strip` writes the rows without them and counts what it dropped. What is dropped, and what stays
because spelling or emoji need it, is written in `filters.hidden`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import types

from filters.kernels.compile import BYTES, INT64S, READ_BYTES, READ_INT64S, compiled, helper
from filters.kernels.unicode import ALPHA, SPACE, UNSPACED, decode

__all__ = ["KINDS", "strip"]

KINDS: Final = ("tags", "variation_selectors", "zero_width", "direction")
"""Columns of the counts, in order."""

_TAG, _SELECTOR, _ZERO, _DIRECTION, _JOINER, _SHOWN = 0, 1, 2, 3, 4, 5
_LONGEST_JOINED = 3  # ZWJ ZWNJ ZWJ asks for joined forms without a ligature; nothing needs more
_FLAG, _FLAG_TAGS = 0x1F3F4, 7  # a black flag, the letters of a region and the closing tag
_NONE = -1
_SPACELESS = 0x0E00  # Thai and what follows: scripts in which U+200B parts words


@helper
def _kind(cp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    if cp < 0x061C:
        return _SHOWN
    if 0x200B <= cp <= 0x2064:
        if cp == 0x200C or cp == 0x200D:
            return _JOINER
        if cp == 0x200E or cp == 0x200F or 0x202A <= cp <= 0x202E:
            return _DIRECTION
        return _ZERO if cp == 0x200B or cp >= 0x2060 else _SHOWN
    if 0xFE00 <= cp <= 0xFE0F or 0xE0100 <= cp <= 0xE01EF:
        return _SELECTOR
    if 0xE0000 <= cp <= 0xE007F:
        return _TAG
    if cp == 0xFEFF or cp == 0x180E:
        return _ZERO
    if cp == 0x061C or 0x2066 <= cp <= 0x2069:
        return _DIRECTION
    return _SHOWN


@helper
def _selects(first, prev, props):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a lone variation selector has a character before it whose form it may choose."""
    if prev < 0 or props[prev] & SPACE:
        return False
    if prev < 0x80 and props[prev] & ALPHA:
        return False
    return first < 0xE0100 or props[prev] & UNSPACED != 0


@compiled(READ_BYTES, READ_INT64S, READ_BYTES, BYTES, INT64S, types.Array(types.int64, 2, "C"))
def strip(data: Any, offsets: Any, props: Any, out: Any, bounds: Any, counts: Any) -> None:
    """Copy the rows without hidden characters.

    Args:
        data: UTF-8 bytes of all rows.
        offsets: Bounds of the rows, int64[n + 1].
        props: `filters.kernels.unicode.PROPS`.
        out: Receives the bytes; at least as long as the rows together.
        bounds: Receives the bounds of the rows in ``out``, int64[n + 1].
        counts: Receives the characters dropped of each of `KINDS`, int64[n, 4].
    """
    at: Any = np.int64(0)
    bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        i, end = offsets[row], offsets[row + 1]
        begin = i
        prev: Any = np.int64(_NONE)
        while i < end:
            if data[i] < 0x80:
                prev = np.int64(data[i])
                out[at] = data[i]
                at += 1
                i += 1
                continue
            cp, after = decode(data, i, end)
            if _kind(cp) == _SHOWN:
                while i < after:
                    out[at] = data[i]
                    at += 1
                    i += 1
                prev = cp
                continue
            # One run of such characters a turn: what it is for shows only as a whole.
            start, first = i, cp
            tags, selectors, joiners, last = 0, 0, 0, np.int64(0)
            while i < end:
                cp, after = decode(data, i, end)
                kind = _kind(cp)
                if kind == _SHOWN:
                    break
                tags += kind == _TAG
                selectors += kind == _SELECTOR
                joiners += kind == _JOINER
                last = cp
                i = after
            next_cp = cp if i < end else np.int64(_NONE)
            keep_joiners = joiners <= _LONGEST_JOINED and (prev >= 0x80 or next_cp >= 0x80)
            keep_selector = selectors == 1 and _kind(first) == _SELECTOR
            keep_selector = keep_selector and _selects(first, prev, props)
            boundary = i - start == 3 and first == 0x200B
            boundary = boundary and (prev >= _SPACELESS or next_cp >= _SPACELESS)
            flag = prev == _FLAG and tags <= _FLAG_TAGS and last == 0xE007F
            place = start
            while place < i:
                cp, after = decode(data, place, i)
                kind = _kind(cp)
                keeps_selector = kind == _SELECTOR and keep_selector
                if (kind == _JOINER and keep_joiners) or keeps_selector:
                    for index in range(place, after):
                        out[at] = data[index]
                        at += 1
                elif kind == _JOINER:
                    counts[row, _ZERO] += 1
                elif boundary or (kind == _TAG and flag) or (cp == 0xFEFF and place == begin):
                    pass  # dropped, and hides nothing
                else:
                    counts[row, kind] += 1
                place = after
        bounds[row + 1] = at
