"""Build ``unicode.npz``: properties and case folding of every code point, one fixed version.

The standard library's tables change with the interpreter (Python 3.11 has Unicode 14.0, 3.12 has
15.0), and the same text must be measured alike under both. So the tables are built once, packaged,
and read by `filters.kernels.unicode`. To build them again, under a Python with `VERSION`::

    python -m filters.kernels.build_unicode

The file is a zip of ``.npy`` members with fixed time stamps: the same version gives the same bytes.
"""

from __future__ import annotations

import io
import sys
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

VERSION = "14.0.0"
"""Unicode version of the packaged tables; that of Python 3.11."""

SIZE = 0x110000
"""Number of code points."""

SPACE, ALPHA, WORD, PUNCT, TERMINAL, UNSPACED, DIGIT, REMOVE = (1 << bit for bit in range(8))
"""Property bits; `filters.kernels.unicode` documents each."""

FOLD_SIZE = 0x1F000
"""Code points above it have no case; the table of foldings ends here."""

UNSTABLE_SIZE = 0x30000
"""Code points above it are unassigned, tags, variation selectors or private: all stable."""

Ranges = tuple[tuple[int, int], ...]

# Property White_Space of PropList.txt.
WHITE_SPACE: Ranges = (
    (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip

# Property Sentence_Terminal of PropList.txt; ``unicodedata`` does not have it.
SENTENCE_TERMINAL: Ranges = (
    (0x21, 0x21), (0x2E, 0x2E), (0x3F, 0x3F), (0x589, 0x589), (0x61D, 0x61F), (0x6D4, 0x6D4),
    (0x700, 0x702), (0x7F9, 0x7F9), (0x837, 0x837), (0x839, 0x839), (0x83D, 0x83E),
    (0x964, 0x965), (0x104A, 0x104B), (0x1362, 0x1362), (0x1367, 0x1368), (0x166E, 0x166E),
    (0x1735, 0x1736), (0x1803, 0x1803), (0x1809, 0x1809), (0x1944, 0x1945), (0x1AA8, 0x1AAB),
    (0x1B5A, 0x1B5B), (0x1B5E, 0x1B5F), (0x1B7D, 0x1B7E), (0x1C3B, 0x1C3C), (0x1C7E, 0x1C7F),
    (0x203C, 0x203D), (0x2047, 0x2049), (0x2E2E, 0x2E2E), (0x2E3C, 0x2E3C), (0x2E53, 0x2E54),
    (0x3002, 0x3002), (0xA4FF, 0xA4FF), (0xA60E, 0xA60F), (0xA6F3, 0xA6F3), (0xA6F7, 0xA6F7),
    (0xA876, 0xA877), (0xA8CE, 0xA8CF), (0xA92F, 0xA92F), (0xA9C8, 0xA9C9), (0xAA5D, 0xAA5F),
    (0xAAF0, 0xAAF1), (0xABEB, 0xABEB), (0xFE52, 0xFE52), (0xFE56, 0xFE57), (0xFF01, 0xFF01),
    (0xFF0E, 0xFF0E), (0xFF1F, 0xFF1F), (0xFF61, 0xFF61), (0x10A56, 0x10A57),
    (0x10F55, 0x10F59), (0x10F86, 0x10F89), (0x11047, 0x11048), (0x110BE, 0x110C1),
    (0x11141, 0x11143), (0x111C5, 0x111C6), (0x111CD, 0x111CD), (0x111DE, 0x111DF),
    (0x11238, 0x11239), (0x1123B, 0x1123C), (0x112A9, 0x112A9), (0x1144B, 0x1144C),
    (0x115C2, 0x115C3), (0x115C9, 0x115D7), (0x11641, 0x11642), (0x1173C, 0x1173E),
    (0x11944, 0x11944), (0x11946, 0x11946), (0x11A42, 0x11A43), (0x11A9B, 0x11A9C),
    (0x11C41, 0x11C42), (0x11EF7, 0x11EF8), (0x16A6E, 0x16A6F), (0x16AF5, 0x16AF5),
    (0x16B37, 0x16B38), (0x16B44, 0x16B44), (0x16E98, 0x16E98), (0x1BC9F, 0x1BC9F),
    (0x1DA88, 0x1DA88),
)  # fmt: skip

# Scripts.txt: scripts written without blanks between words. Only their letters get the bit.
UNSPACED_SCRIPTS: Ranges = (
    (0xE01, 0xE5B),  # Thai
    (0xE81, 0xEDF),  # Lao
    (0xF00, 0xFDA),  # Tibetan
    (0x1000, 0x109F), (0xA9E0, 0xA9FE), (0xAA60, 0xAA7F),  # Myanmar
    (0x1780, 0x17F9),  # Khmer
    (0x2E80, 0x2FD5), (0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B),  # Han
    (0x3041, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9D), (0x1AFF0, 0x1B167),  # Kana
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAD9),  # Han
    (0x16FE2, 0x16FF1), (0x20000, 0x323AF),  # Han
)  # fmt: skip

# Invisible characters that carry no text. U+200C and U+200D stay: Persian and Indic spelling and
# emoji need them. Controls and noncharacters are added by rule in `properties`.
INVISIBLE: Ranges = (
    (0xAD, 0xAD),  # soft hyphen
    (0x61C, 0x61C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069),  # direction
    (0x180E, 0x180E), (0x200B, 0x200B), (0x2060, 0x2065), (0xFEFF, 0xFEFF),  # zero width
    (0x206A, 0x206F), (0xFFF9, 0xFFFB), (0x1D173, 0x1D17A),  # deprecated and annotation
    (0xE0000, 0xE007F),  # tags: a known carrier of hidden text
)  # fmt: skip


def properties() -> npt.NDArray[np.uint8]:
    """Return the property bits, ``uint8[0x110000]``."""
    props = np.zeros(SIZE, np.uint8)
    for cp in range(SIZE):
        props[cp] = _general(chr(cp))
    for ranges, bit in ((WHITE_SPACE, SPACE), (SENTENCE_TERMINAL, TERMINAL), (INVISIBLE, REMOVE)):
        for first, last in ranges:
            props[first : last + 1] |= bit
    for first, last in UNSPACED_SCRIPTS:
        part = props[first : last + 1]
        part[part & ALPHA > 0] |= UNSPACED
    props[0xFDD0:0xFDF0] |= REMOVE
    for plane in range(17):
        props[(plane << 16) + 0xFFFE : (plane << 16) + 0x10000] |= REMOVE
    return props


def unstable() -> npt.NDArray[np.uint8]:
    """Mark the code points that can make a text not NFC, ``uint8[UNSTABLE_SIZE]``.

    These are the ones whose NFC_Quick_Check is No or Maybe and all combining marks of a class
    other than 0 (their order counts). A text without any of them is in NFC (UAX 15, section 9).
    """
    found = np.zeros(UNSTABLE_SIZE, np.uint8)
    found[0x1161:0x1176] = found[0x11A8:0x11C3] = 1  # Hangul vowels and finals compose by rule
    for cp in range(UNSTABLE_SIZE):
        char = chr(cp)
        if 0xD800 <= cp <= 0xDFFF:
            continue
        if unicodedata.combining(char) or unicodedata.normalize("NFC", char) != char:
            found[cp] = 1
        elif (parts := unicodedata.decomposition(char)) and not parts.startswith("<"):
            for part in parts.split()[1:]:  # what composes with the character before it
                found[int(part, 16)] = 1
    return found


def _general(char: str) -> int:
    """Return the bits that follow from the general category."""
    category = unicodedata.category(char)
    bits = 0
    if category[0] in "LNM":
        bits |= WORD
    if category[0] == "L":
        bits |= ALPHA
    if category == "Nd":
        bits |= DIGIT
    if category[0] == "P":
        bits |= PUNCT
    if category == "Cs" or (category == "Cc" and char not in "\t\n\v\f\r\x85"):
        bits |= REMOVE
    return bits


def folding() -> npt.NDArray[np.int32]:
    """Return how far simple case folding moves a code point, ``int32[FOLD_SIZE]``.

    Statuses C and S of CaseFolding.txt. Distances compress far better than the code points.

    ``str.casefold`` is the full folding. Where it gives several code points, the simple one is
    the lower case, which Python gives directly; where that has several too, there is none.
    """
    moves = np.zeros(FOLD_SIZE, np.int32)
    for cp in range(FOLD_SIZE):
        for folded in (chr(cp).casefold(), chr(cp).lower()):
            if len(folded) == 1:
                moves[cp] = ord(folded) - cp
                break
    return moves


def packed(arrays: dict[str, npt.NDArray[np.generic]]) -> bytes:
    """Return the bytes of an ``.npz`` that depend on the arrays alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]))
            info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(info, member.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def main() -> None:
    """Write ``unicode.npz`` beside this module."""
    if unicodedata.unidata_version != VERSION:
        sys.exit(f"this Python has Unicode {unicodedata.unidata_version}; the tables are {VERSION}")
    data = packed({"props": properties(), "moves": folding(), "unstable": unstable()})
    Path(__file__).with_name("unicode.npz").write_bytes(data)


if __name__ == "__main__":
    main()
