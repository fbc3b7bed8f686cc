"""Words that no language has: damage by text recognition, gibberish, and wrong decoding.

A word is *odd* where three of its letters follow one another in none of seven large languages, or a
digit or symbol stands between two of its small letters (``pat|ent``); it is *strange* where its
trigrams are in none of 27. The table of trigrams is made by `filters.kernels.build_letters`; the
loop of `filters.kernels.quality` looks them up while it hashes a word. Only words in small letters
are judged, the first may be a capital: symbols of genes, formulas, units and abbreviations follow
no spelling.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from filters.kernels.compile import plain
from filters.kernels.lanes import load_lane
from filters.kernels.unicode import decode

CODE: Final = 31
"""Mask of the base letter in ``bases``: 1 to 26, 27 for others, 0 for what is no letter."""

CAPITAL: Final = 32
"""Bit of ``bases``: a capital."""

INSIDE: Final = 64
"""Bit of ``bases``: a digit or symbol that damage puts between letters."""

APART: Final = 128
"""Bit of ``bases``: a sign of an address, a formula or markup."""

ODD: Final = 1
STRANGE: Final = 2
"""Bits of ``rare``."""

JUDGE_ALL: Final = 2_048
"""Bytes up to which every word of a document is judged; of one n times as long every (n + 1)-th.
Damage is spread over a document: three hundred words tell it."""

LEAST_WORDS: Final = 30
"""Judged words below which a share of them says little: one name would be a twentieth."""

FUNCTION_WORDS: Final = 0.02
"""Share of function words from which a text is taken to be in one of the seven languages. Running
text has 0.08 (Spanish) to 0.3 (English), and half of that is left when one character in five is
damaged; other languages have 0 to 0.01."""

SHORTEST: Final = 3
"""Letters of a word that is judged."""

LONGEST: Final = 16
"""Bytes of a word that is judged; longer ones are names of substances more than words."""

_MULTIPLIER = np.uint64(0x44643CA3D29100A5)  # by trial: no two function words share a slot
_SIZE: Final = 28  # codes of letters; see `filters.kernels.build_letters`
_SLOTS: Final = 2048
_SHIFT = np.uint64(53)
_ZERO = np.uint64(0)
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9FB21C651E98DF25)
_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)
_TRIGRAM = np.uint64((1 << 15) - 1)  # three codes, five bits each

UInt8s = npt.NDArray[np.uint8]


class Letters(NamedTuple):
    """Tables for the kernel.

    Attributes:
        bases: Code and bits of code points below its length, ``uint8[0x250]``.
        rare: Bits `ODD` and `STRANGE` of each trigram, five bits a letter, ``uint8[32 ** 3]``,
            the first in the lowest. The border of words is the letter 0; trigrams that reach over
            one have no bits.
        numbers: Perfect hash of the function words: the number of the only one that may be at a
            slot, ``uint8[2048]``.
        words: The function words by number, at most eight bytes each, ``uint64[n + 1]``.
    """

    bases: UInt8s
    rare: UInt8s
    numbers: UInt8s
    words: npt.NDArray[np.uint64]


# Masks of the first and of the second eight bytes of a word of 0 .. 16 bytes.
_FIRST_BYTES = np.array([(1 << 8 * min(size, 8)) - 1 for size in range(17)], np.uint64)
_SECOND_BYTES = np.array([(1 << 8 * max(size - 8, 0)) - 1 for size in range(17)], np.uint64)


@plain
def lanes_of(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Load the first sixteen bytes of a word, zeros behind it: two uint64."""
    count = np.uint64(min(stop - start, 16))
    if start + 16 <= data.shape[0]:
        return (
            load_lane(data, start) & _FIRST_BYTES[count],
            load_lane(data, start + 8) & _SECOND_BYTES[count],
        )
    first = second = np.uint64(0)  # the last word of the last document
    for k in range(min(stop - start, 16)):
        value = np.uint64(data[start + k]) << np.uint64(8 * (k & 7))
        if k < 8:
            first |= value
        else:
            second |= value
    return first, second


@plain
def hash_word(data, start, stop, first, second):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Hash a word of which `lanes_of` gave the first sixteen bytes; those hold nearly every one."""
    state = ((_SEED ^ np.uint64(stop - start)) ^ first) * _PRIME
    state = ((state ^ (state >> np.uint64(32))) + second) * _PRIME
    state ^= state >> np.uint64(29)
    at = start + 16
    while at < stop:  # eight bytes at once, the last eight are read from the end
        state = (state ^ load_lane(data, min(at, stop - 8))) * _PRIME
        state ^= state >> np.uint64(29)
        at += 8
    return state


def letters_of() -> Letters:
    """Read the packaged tables; modules use the constant `LETTERS`."""
    with (
        (files("filters.kernels") / "letters.npz").open("rb") as stream,
        np.load(stream) as archive,
    ):
        bases = archive["bases"]
        rare = np.zeros((32, 32, 32), np.uint8)
        packed = archive["rare"].reshape(_SIZE, _SIZE, _SIZE)
        rare[:_SIZE, :_SIZE, :_SIZE] = packed.transpose()  # the first letter in the lowest bits
        listed = bytes(archive["words"]).split()
    rare[:, 0, :] = 0
    rare[0, :, 0] = 0
    lanes = np.array([int.from_bytes(word, "little") for word in listed], np.uint64)
    numbers = np.zeros(_SLOTS, np.uint8)
    numbers[(lanes * _MULTIPLIER) >> _SHIFT] = np.arange(1, len(lanes) + 1)
    if np.count_nonzero(numbers) < len(lanes):
        raise ValueError("two function words share a slot: another multiplier is needed")
    words = np.concatenate([np.zeros(1, np.uint64), lanes])
    flat = rare.reshape(-1)
    for table in (bases, flat, numbers, words):
        table.flags.writeable = False
    return Letters(bases, flat, numbers, words)


LETTERS = letters_of()


@plain
def function_word(numbers, words, lane, second):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a word is a function word, by what `lanes_of` gave, without a branch."""
    number = numbers[(lane * _MULTIPLIER) >> _SHIFT]
    return (words[number] == lane) & (second == _ZERO)


@plain
def trigrams(first, second, rare):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the bits of the rare trigrams of a word of at most sixteen bytes.

    Without a branch a letter: words end where no processor expects it.

    Args:
        first: Its first eight bytes, ASCII letters, blanks or signs of 0x20 .. 0x3F.
        second: The bytes behind them.
        rare: See `Letters`.
    """
    bits = np.int64(0)
    codes = _codes(first)
    window = codes << np.uint64(5)  # the border before the word
    for _ in range(7):
        bits |= np.int64(rare[window & _TRIGRAM])
        window >>= np.uint64(5)
    if not first >> np.uint64(56):
        bits |= np.int64(rare[window & _TRIGRAM])
    else:  # eight bytes or more: what is behind the eighth is no border
        window = codes >> np.uint64(30) | _codes(second) << np.uint64(10)
        for _ in range(9):
            bits |= np.int64(rare[window & _TRIGRAM])
            window >>= np.uint64(5)
    return bits


@plain
def spelling(first, second):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Hash the base letters of a word in their places: neither case nor marks at its end count."""
    return _codes(first) * _MULTIPLIER + _codes(second)


@plain
def _codes(lane):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Pack the base letters of eight bytes, five bits each, the first in the lowest; others 0."""
    letters = lane & ((lane >> np.uint64(6) & np.uint64(0x0101010101010101)) * np.uint64(31))
    pairs = letters & np.uint64(0x001F001F001F001F)
    pairs |= letters >> np.uint64(3) & np.uint64(0x03E003E003E003E0)
    fours = pairs & np.uint64(0x000003FF000003FF)
    fours |= pairs >> np.uint64(6) & np.uint64(0x000FFC00000FFC00)
    return fours & np.uint64(0xFFFFF) | fours >> np.uint64(12) & np.uint64(0xFFFFF00000)


@plain
def capital_inside(data, start, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether an ASCII capital stands behind the first letter of a word."""
    while start < stop and data[start] < 0x40:
        start += 1
    found = False
    for i in range(start + 1, stop):
        found |= 0x41 <= data[i] <= 0x5A
    return found


@plain
def broken(data, start, stop, bases):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a digit or symbol stands alone between two small letters of an ASCII word.

    Addresses, formulas and markup are never broken.
    """
    found = False
    two = one = np.uint8(0)  # the last two characters
    for i in range(start, stop):
        kind = bases[data[i] & 0x7F]
        if kind & APART:
            return False
        found |= one & INSIDE != 0 and kind & CODE != 0 and two & CODE != 0
        two, one = one, kind
    return found


@plain
def _lower(byte):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return 0x61 <= byte <= 0x7A


@plain
def _hex(byte):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return 0x30 <= byte <= 0x39 or 0x41 <= byte <= 0x46


@plain
def garbled(data, start, end, limit, bases):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Tell whether a word bears a trace of wrong decoding.

    UTF-8 read as Latin-1, Windows-1252, Mac Roman or a DOS code page; U+FFFD or a question mark for
    a letter; references, quoted-printable and escapes that were not resolved.

    Args:
        data: UTF-8 bytes.
        start: Index of the first byte of the word.
        end: One past its last byte.
        limit: One past the last byte of the document.
        bases: See `Letters`.
    """
    i = start
    before = np.int64(0)
    while i < end:
        byte = data[i]
        if byte < 0x80:
            if byte == 0x2F:  # an address: what follows may well be escaped
                return False
            # ? & = \\ %
            sign = byte == 0x3F or byte == 0x26 or byte == 0x3D or byte == 0x5C or byte == 0x25
            if sign and _escape(data, i, start, end, limit):
                return True
            before = np.int64(byte)
            i += 1
            continue
        cp, after = decode(data, i, end)
        following = np.int64(0)
        if after < end:
            following, _ = decode(data, after, end)
        if _misread(before, cp, following, bases):
            return True
        before = cp
        i = after
    return False


@plain
def _misread(before, cp, following, bases):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a character above ASCII is the first byte of another one."""
    small = before < bases.shape[0] and bases[before] & CODE != 0 and bases[before] & CAPITAL == 0
    tail = _tail(following)
    if cp == 0xFFFD:
        return True
    if cp == 0xC2 or cp == 0xC3:  # most often; controls behind them are removed before
        return small or tail or _quote(following)
    if 0xC4 <= cp <= 0xEF and cp != 0xD7:  # not a multiplication sign
        # Marks that stand behind letters and units (Å², é¹, ß²), but not in UTF-8 of Greek and
        # Cyrillic (β is Î²).
        mark = following == 0xB2 or following == 0xB3 or following == 0xB5 or following == 0xB9
        ordinal = following == 0xAA or following == 0xBA
        return tail and not ordinal and (not mark or 0xCE <= cp <= 0xD1)
    if cp == 0x221A or cp == 0x251C or cp == 0x252C or cp == 0xAC:  # √ ├ ┬ ¬
        return small and (following >= 0xA0 or cp != 0xAC)
    return False


@plain
def _tail(cp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a character is what a second byte looks like, in Latin-1 or Windows-1252."""
    if 0xA1 <= cp <= 0xBF:
        return cp != 0xAB and cp != 0xBB and cp != 0xB7  # « » · stand behind letters
    return (
        cp == 0x20AC
        or cp == 0x201A
        or cp == 0x0192
        or cp == 0x201E
        or 0x2020 <= cp <= 0x2022
        or cp == 0x2030
        or cp == 0x02C6
        or cp == 0x02DC
        or cp == 0x0160
        or cp == 0x0178
        or cp == 0x017D
        or cp == 0x0152
    )


@plain
def _quote(cp):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether a character is a quotation mark or dash of Windows-1252."""
    return 0x2013 <= cp <= 0x201D or cp == 0x2026 or cp == 0x2039 or cp == 0x203A


@plain
def _escape(data, i, start, end, limit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell whether an ASCII sign stands in place of a letter."""
    byte, left = data[i], end - i
    if byte == 0x3F:  # d?velopp?, ?tude, and perch? before a small letter
        if i == start:
            return left > 2 and _lower(data[i + 1]) and _lower(data[i + 2])
        if left == 1:
            behind = end + 1 < limit and data[end] == 0x20 and _lower(data[end + 1])
            return behind and _lower(data[i - 1])
        return _lower(data[i - 1]) and _lower(data[i + 1])
    if byte == 0x26 and left > 3:  # &#233; &eacute;
        number = data[i + 1] == 0x23
        k = i + 1 + number
        while k < end and (_hex(data[k]) if number else _lower(data[k])):
            k += 1
        # ``&lt;`` and ``&amp;`` are left by much software, and harm nobody.
        return k - i > (2 if number else 5) and k < end and data[k] == 0x3B
    if byte == 0x3D and left > 2:  # =E9
        return 0x43 <= data[i + 1] <= 0x46 and _hex(data[i + 2])
    if byte == 0x5C and left > 4:  # \u00e9
        return data[i + 1] == 0x75 and data[i + 2] == 0x30 and data[i + 3] == 0x30
    if byte == 0x25 and left > 3:  # %C3%A9
        return data[i + 1] == 0x43 and _hex(data[i + 2]) and data[i + 3] == 0x25
    return False
