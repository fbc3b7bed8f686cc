"""Words and the gaps between them in plain Python, as the clinical guard reads them."""

from __future__ import annotations

import re
import unicodedata

from tests.filters.test_signatures import UNSPACED, fold

LESS, MORE, LE, GE, EQUAL, PM, ABOUT = 1, 2, 3, 4, 5, 6, 7
SIGNS = {"≤": "≤≦⩽", "≥": "≥≧⩾", "~": "≈≃∼", "·": "·∙⋅", "。": "。।", "-": "‐‑‒–−﹣－⁻", "+": "⁺"}
AS_ASCII = {char: sign for sign, chars in SIGNS.items() for char in chars}


def mark(char: str) -> str:
    """Return what a separator is read as: one character, ``¤`` for those without a meaning."""
    if char < "\x80" or char in "±©°‰":
        return char
    if char in "\u2028\u2029\x85":
        return "\n"
    if char.isspace():
        return " "
    if char in AS_ASCII:
        return AS_ASCII[char]
    return chr(ord(char) - 0xFEE0) if "！" <= char <= "～" else "¤"


def split(text: str) -> tuple[list[bytes], list[str], list[bytes]]:
    """Split a text into folded words, the gaps before, between and behind them, words as written.

    As written are ASCII letters; others are folded there as well.
    """
    words: list[bytes] = []
    gaps = [""]
    written: list[bytes] = []
    state = "outside"
    for char in text:
        category = unicodedata.category(char)
        if category[0] not in "LNM":
            gaps[-1] += mark(char)
            state = "outside"
            continue
        piece = fold(char).encode()
        if category[0] == "N" and char > "\x7f":
            piece = b" " + piece
        plain = char.encode() if char < "\x80" else piece
        if state == "alone" and category[0] == "M":
            words[-1] += piece
            written[-1] += plain
            continue
        if char in UNSPACED:
            gaps[-1] += "¤"  # Stands where a writer of another script would put a blank.
            words.append(piece)
            written.append(plain)
            gaps.append("¤")
            state = "alone"
        elif state == "inside":
            words[-1] += piece
            written[-1] += plain
        else:
            words.append(piece)
            written.append(plain)
            gaps.append("")
            state = "inside"
    return words, gaps, written


def blanks(gap: str) -> bool:
    """Blanks alone, or one hyphen, stand between two words."""
    return gap == "-" or not gap.strip("\t\n\x0b\x0c\r ")


def comparator_of(gap: str) -> int:
    """Return the last comparator of a gap."""
    found = 0
    simple = {"<": LESS, ">": MORE, "≤": LE, "≥": GE, "±": PM, "~": ABOUT}
    for place, char in enumerate(gap):
        if char == "=":
            found = {LESS: LE, MORE: GE}.get(found, EQUAL)
        elif char == "-" and "+" in gap[:place] and gap[place - 1] == "/":
            found = PM
        else:
            found = simple.get(char, found)
    return found


def read_gap(gap: str, opens: bool) -> tuple[set[str], int]:
    """Read a gap: what it holds, and its comparator. ``opens``: nothing stands before it."""
    found = set()
    compared = comparator_of(gap)
    for name, pattern in (
        ("ends", r"。|[.!?][^,;:\t-\r ]*[\t-\r ]"),
        ("breaks", r"\n[\t-\r >*]*[\n#|]"),
        ("line", "\n"),
        ("colon", ":"),
        ("rights", "©"),
        ("point", r"(?s).[.·]\Z"),
        ("sign", r"(?s).(-\Z|-[.·]\Z)|[(\[=<>≤≥][\t-\r ]*-[\t-\r ]+\Z"),
        ("dash", r"\A[\t-\r ]+-[\t-\r ]+\Z"),
    ):
        if re.search(pattern, gap):
            found.add(name)
    if compared == PM and gap.endswith("-"):
        found.discard("sign")
    if opens and gap in ("-", "."):
        found.add("sign" if gap == "-" else "point")
    elif gap in ("", "-") or re.fullmatch(r"_\{?|\^\{?-?", gap):
        found.add("joined")
    return found, compared
