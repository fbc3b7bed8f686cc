"""Folding for matching only: full-width characters, odd spaces, hyphens, zero-width characters.

The text that is masked is never the folded one: every hit is carried back to the bytes of the
original. The compiled gate folds in the same way (``filters.kernels.gate.fold_at``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

IGNORED = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord(char): None for char in IGNORED}
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
    spaces = [0xA0, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B)]
    hyphens = [0x2212, 0xFE58, 0xFE63, *range(0x2010, 0x2016)]
    table.update(dict.fromkeys(spaces, " "))
    table.update(dict.fromkeys(hyphens, "-"))
    return table


FOLD = _table()
"""Code point to its folded character, None for one that is left out (policy, section 7)."""

_FOLDED = re.compile("[" + "".join(re.escape(chr(code)) for code in sorted(FOLD)) + "]")


def _fold_one(match: re.Match[str]) -> str:
    return FOLD[ord(match[0])] or ""


@dataclass(frozen=True)
class Folded:
    """A folded window and the way back.

    Attributes:
        data: UTF-8 of the folded text.
        text: The original, None where folding changed nothing.
    """

    data: bytes
    text: str | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Bytes of the original that a hit ``[start, end)`` in ``data`` stands for."""
        if self.text is None:
            return start, end
        first, last = np.searchsorted(self._starts, (start, end - 1), side="right") - 1
        begin, stop = self._kept[first, 0], self._kept[last, 1]
        return int(begin), int(stop)

    @cached_property
    def _starts(self) -> npt.NDArray[np.int64]:
        """First byte of each code point of ``data``."""
        return np.flatnonzero((np.frombuffer(self.data, np.uint8) & 0xC0) != 0x80)

    @cached_property
    def _kept(self) -> npt.NDArray[np.int64]:
        """For each code point of ``data`` first byte and last byte + 1 in the original."""
        points = np.frombuffer((self.text or "").encode("utf-32-le"), np.uint32)
        ends = np.cumsum(1 + (points >= 0x80) + (points >= 0x800) + (points >= 0x10000))
        starts = np.concatenate([[0], ends[:-1]])
        kept = ~np.isin(points, [ord(char) for char in IGNORED])
        return np.stack([starts[kept], ends[kept]], axis=1).astype(np.int64)


def fold(window: bytes) -> Folded:
    """Fold UTF-8 bytes.

    Args:
        window: Whole code points.

    Raises:
        UnicodeDecodeError: The bytes are not UTF-8.
    """
    if window.isascii():
        return Folded(window, None)
    text = window.decode("utf-8")
    if _FOLDED.search(text) is None:
        return Folded(window, None)
    folded = _FOLDED.sub(_fold_one, text)
    return Folded(folded.encode("utf-8"), text)
