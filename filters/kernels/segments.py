"""Texts cut into segments, a sample of each, and the scripts of their letters.

Languages change at paragraphs, so a segment is one: a line, with short lines (headings, items,
cells) joined to what follows and long lines cut. A long text has larger segments, so that their
number is bounded, and with it what identification costs.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from numba import types

from filters.kernels.compile import INT64S, READ_BYTES, READ_INT64S, compiled, helper
from filters.kernels.unicode import decode

__all__ = ["LEAST", "MOST", "SCRIPT_OF", "count_letters", "cut", "sample"]

LEAST: Final = 60
"""Code points of a segment at least, but for the only one of a text: a sentence. Of less a model
tells little, and the rest of a text decides."""

MOST: Final = 500
"""Code points from which a line is cut: a paragraph of about 80 words."""

PARTS: Final = 32
"""A segment has at least this part of a text, and a line is cut from ..."""

LONG_PARTS: Final = 24
"""... this part of it."""

_NEXT_BLANK: Final = 40
"""Bytes within which a border is moved to a blank, so that no word is cut. Scripts without blanks
are cut between letters."""


def _scripts() -> npt.NDArray[np.uint8]:
    with (
        (files("filters.kernels") / "scripts.npz").open("rb") as stream,
        np.load(stream) as archive,
    ):
        table: npt.NDArray[np.uint8] = archive["scripts"]
    table.flags.writeable = False
    return table


SCRIPT_OF = _scripts()
"""Number of each code point's script; see `filters.kernels.build_scripts`. ``uint8[0x110000]``."""


@helper
def _border(data: Any, place: Any, stop: Any) -> Any:
    """Return the first place from one on where a word ends, or else where a character begins."""
    limit = min(stop, place + _NEXT_BLANK)
    at = place
    while at < limit:
        if data[at] == 32:
            return at
        at += 1
    if at == stop:
        return at
    while place < stop and (data[place] & 0xC0) == 0x80:
        place += 1
    return place


@helper
def _length(data: Any, place: Any, stop: Any) -> Any:
    """Return the number of code points between two places."""
    total = np.int64(0)
    for at in range(place, stop):
        total += (data[at] & 0xC0) != 0x80
    return total


@helper
def _goes_on(data: Any, place: Any, stop: Any) -> Any:
    """Tell whether a line has a segment left: a shorter rest would fall to the next line."""
    left = np.int64(0)
    while place < stop and data[place] != 10 and left < LEAST + _NEXT_BLANK:
        left += (data[place] & 0xC0) != 0x80
        place += 1
    return left == LEAST + _NEXT_BLANK


@compiled(READ_BYTES, READ_INT64S, INT64S, INT64S, INT64S, INT64S)
def cut(data: Any, offsets: Any, starts: Any, ends: Any, sizes: Any, bounds: Any) -> None:
    """Cut every text of a batch into segments.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: Bounds of the texts, int64[n + 1].
        starts: Receives the first byte of each segment, int64[m]; m is large enough if it is the
            sum of ``min(bytes // LEAST, PARTS + LONG_PARTS) + 2`` over the texts.
        ends: Receives the byte behind the last.
        sizes: Receives the code points.
        bounds: Receives where the segments of each text begin, int64[n + 1].
    """
    found = np.int64(0)
    bounds[0] = 0
    for row in range(offsets.shape[0] - 1):
        place, stop = offsets[row], offsets[row + 1]
        # The mark of a title is no text.
        if stop - place > 2 and data[place] == 0x23 and data[place + 1] == 0x20:
            place += 2
        total = _length(data, place, stop)
        least, most = max(LEAST, total // PARTS), max(MOST, total // LONG_PARTS)
        first, begun, length = found, place, np.int64(0)
        while place < stop:
            byte = data[place]
            place += 1
            length += (byte & 0xC0) != 0x80
            if byte == 10:
                if length < least:
                    continue
                border = place
            elif length >= most and _goes_on(data, place, stop):
                border = _border(data, place, stop)
                length += _length(data, place, border)
            else:
                continue
            starts[found], ends[found], sizes[found] = begun, border, length
            found += 1
            begun = place = border
            length = np.int64(0)
        if begun < stop and length > 0:
            if found > first and length < LEAST:
                ends[found - 1] = stop
                sizes[found - 1] += length
            else:
                starts[found], ends[found], sizes[found] = begun, stop, length
                found += 1
        bounds[row + 1] = found


@compiled(READ_BYTES, READ_INT64S, READ_INT64S, READ_INT64S, READ_INT64S, INT64S, INT64S)
def sample(
    data: Any, starts: Any, ends: Any, sizes: Any, wanted: Any, firsts: Any, lasts: Any
) -> None:
    """Choose what to read of each segment: its middle, which has no label and no list mark.

    Args:
        data: UTF-8 bytes.
        starts: First byte of each segment, int64[m].
        ends: Byte behind its last.
        sizes: Its code points.
        wanted: Code points to read; a segment of less than half as many again is read whole.
        firsts: Receives the first byte to read, int64[m].
        lasts: Receives the byte behind the last.
    """
    for index in range(starts.shape[0]):
        start, stop, size = starts[index], ends[index], sizes[index]
        firsts[index], lasts[index] = start, stop
        if 2 * size < 3 * wanted[index]:
            continue
        width = (stop - start) * wanted[index] // size
        first = _border(data, start + (stop - start - width) // 2, stop)
        firsts[index], lasts[index] = first, _border(data, min(first + width, stop), stop)


@compiled(
    READ_BYTES, READ_INT64S, READ_INT64S, READ_BYTES, types.Array(types.int32, 1, "C"),
    types.Array(types.uint8, 2, "C", readonly=True), INT64S, INT64S,
)  # fmt: skip
def count_letters(
    data: Any, starts: Any, ends: Any, scripts: Any, label: Any, written: Any,
    letters: Any, foreign: Any,
) -> None:  # fmt: skip
    """Count the letters of each stretch, and those in scripts that its language is not written in.

    Args:
        data: UTF-8 bytes.
        starts: First byte of each stretch, int64[m].
        ends: Byte behind its last.
        scripts: `SCRIPT_OF`.
        label: Row of ``written`` for each stretch, -1 for the last; int32[m].
        written: 1 for the scripts that a label's language is written in, by number,
            uint8[labels + 1, scripts]; Latin is number 1.
        letters: Receives the letters of any script, int64[m].
        foreign: Receives those of other scripts.
    """
    for index in range(starts.shape[0]):
        place, stop = starts[index], ends[index]
        known = written[label[index]]
        latin, others, unknown = np.int64(0), np.int64(0), np.int64(0)
        while place < stop:
            byte = data[place]
            if byte < 0x80:
                latin += np.uint8((byte | 0x20) - 97) < 26
                place += 1
                continue
            code, place = decode(data, place, stop)
            script = scripts[code]
            others += script > 0
            unknown += script > 0 and known[script] == 0
        letters[index] = latin + others
        foreign[index] = unknown + (0 if known[1] else latin)
