"""Which texts are, wholly or in good part, in scripts that write no blanks between words."""

from __future__ import annotations

from typing import Any, Final

from filters.kernels.compile import BOOLS, READ_BYTES, READ_INT64S, compiled
from filters.kernels.unicode import UNSPACED, decode

__all__ = ["mark_unspaced"]

_FIRST_LEAD: Final = 0xE0
"""No letter of such a script has fewer than three bytes: Thai, the first, begins at U+0E01."""


@compiled(READ_BYTES, READ_INT64S, READ_BYTES, BOOLS)
def mark_unspaced(data: Any, offsets: Any, props: Any, out: Any) -> None:
    """Mark the texts of which more than a tenth is letters of scripts without blanks.

    Each of them counts as a word: with a tenth, beside words of six letters, they are two words in
    five, and no measure of words speaks of the other script alone.

    Args:
        data: UTF-8 bytes of all texts.
        offsets: Bounds of the texts, int64[n + 1].
        props: `filters.kernels.unicode.PROPS`.
        out: Receives whether a text is one, bool[n].
    """
    for row in range(offsets.shape[0] - 1):
        start, stop = offsets[row], offsets[row + 1]
        chars = leads = 0
        for at in range(start, stop):
            chars += (data[at] & 0xC0) != 0x80
            leads += data[at] >= _FIRST_LEAD
        letters = 0
        if 10 * leads > chars:
            at = start
            while at < stop:
                code, at = decode(data, at, stop)
                letters += (props[code] & UNSPACED) != 0
        out[row] = 10 * letters > chars
