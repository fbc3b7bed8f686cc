"""Unicode for compiled loops: a UTF-8 decoder, properties of code points, simple case folding.

The tables are those of Unicode 14.0 whatever the interpreter (see `filters.kernels.build_unicode`).
Kernels take them as arguments rather than as globals: numba copies a global array into the machine
code of every function that uses it, and these are large::

    @njit(...)
    def count_letters(data, start, end, props):
        i, letters = start, 0
        while i < end:
            cp, i = decode(data, i, end)
            letters += (props_of(props, cp) & ALPHA) != 0
        return letters

    count_letters(data, 0, len(data), PROPS)

Both tables are read-only, C-contiguous arrays: `READ_BYTES` and `READ_UINT32S` in the signatures of
`filters.kernels.compile`.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import inlined, plain

SPACE: Final = 1
"""Property White_Space: tab, line feed, blank, no-break blank, U+2028 …"""

ALPHA: Final = 2
"""A letter (general categories L*), as ``str.isalpha``."""

WORD: Final = 4
"""A letter, digit, other number or combining mark (L*, N*, M*): part of a word for shingles."""

PUNCT: Final = 8
"""Punctuation (P*). Symbols (S*: ``< > = + ± $ ^ | ~`` …) are not: they change the meaning."""

TERMINAL: Final = 16
"""Property Sentence_Terminal: ``. ! ?``, U+3002, U+0964 …; no quotes, not U+2026."""

UNSPACED: Final = 32
"""Letter of a script without blanks between words (Han, Hiragana, Katakana, Thai, Lao, Khmer,
Myanmar, Tibetan): counts as a word of its own."""

DIGIT: Final = 64
"""A decimal digit of any script (Nd)."""

REMOVE: Final = 128
"""Carries no text: controls but for white space, soft hyphen, zero-width and direction marks,
byte order mark, tags, surrogates, noncharacters. U+200C and U+200D are not among them."""

REPLACEMENT: Final = 0xFFFD
"""What `decode` gives for a byte that is not part of valid UTF-8."""


class Tables(NamedTuple):
    """The packaged tables.

    Attributes:
        props: Property bits of every code point, ``uint8[0x110000]``.
        fold: Simple case folding of the code points below its length, ``uint32[0x1F000]``.
        unstable: 1 for code points that can make a text not NFC, ``uint8[0x30000]``.
    """

    props: npt.NDArray[np.uint8]
    fold: npt.NDArray[np.uint32]
    unstable: npt.NDArray[np.uint8]


def tables() -> Tables:
    """Read the packaged tables; modules use the constants `PROPS`, `FOLD`, `UNSTABLE`."""
    with (
        (files("filters.kernels") / "unicode.npz").open("rb") as stream,
        np.load(stream) as archive,
    ):
        props, moves, unstable = archive["props"], archive["moves"], archive["unstable"]
    fold = (np.arange(len(moves)) + moves).astype(np.uint32)
    for table in (props, fold, unstable):
        table.flags.writeable = False
    return Tables(props, fold, unstable)


PROPS, FOLD, UNSTABLE = tables()


@inlined
def props_of(props, cp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the property bits of a code point given by `decode`."""
    return props[cp]


@inlined
def fold_of(fold, cp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the folded code point as int64; 'A' gives 'a', what has no case gives itself."""
    if cp < fold.shape[0]:
        return np.int64(fold[cp])
    return np.int64(cp)


@plain
def decode(data, i, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Decode one code point; never reads at or beyond ``end``.

    Args:
        data: Bytes, ``uint8[n]``.
        i: Index of the first byte, smaller than ``end``.
        end: One past the last byte that may be read.

    Returns:
        The code point (int64, 0 .. 0x10FFFF) and the index of the next one. A byte that does not
        begin a valid, shortest sequence (surrogates are not valid) gives `REPLACEMENT` and i + 1.
    """
    lead = np.int64(data[i])
    if lead < 0x80:
        return lead, i + 1
    if 0xC2 <= lead <= 0xDF and i + 1 < end:
        one = np.int64(data[i + 1])
        if one & 0xC0 == 0x80:
            return (lead & 0x1F) << 6 | (one & 0x3F), i + 2
    elif 0xE0 <= lead <= 0xEF and i + 2 < end:
        one, two = np.int64(data[i + 1]), np.int64(data[i + 2])
        cp = (lead & 0x0F) << 12 | (one & 0x3F) << 6 | (two & 0x3F)
        tails = (one & 0xC0) == 0x80 and (two & 0xC0) == 0x80
        if tails and cp >= 0x800 and not 0xD800 <= cp <= 0xDFFF:
            return cp, i + 3
    elif 0xF0 <= lead <= 0xF4 and i + 3 < end:
        one, two, three = np.int64(data[i + 1]), np.int64(data[i + 2]), np.int64(data[i + 3])
        cp = (lead & 0x07) << 18 | (one & 0x3F) << 12 | (two & 0x3F) << 6 | (three & 0x3F)
        tails = (one & 0xC0) == 0x80 and (two & 0xC0) == 0x80 and (three & 0xC0) == 0x80
        if tails and 0x10000 <= cp <= 0x10FFFF:
            return cp, i + 4
    return np.int64(REPLACEMENT), i + 1
