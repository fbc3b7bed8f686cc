"""Bytes of a web page to text: which charset, and what single wrong bytes cost.

UTF-8 is told by its form: text of another charset is hardly ever valid UTF-8. A page put together
from parts may hold a few bytes of another charset; each of them costs itself, not the page.
Reference: WHATWG Encoding Standard (labels, and windows-1252 as what is meant by Latin-1).
"""

from __future__ import annotations

import codecs
import re

from trafilatura.utils import decode_file

VALID_SHARE = 0.9
"""Part of what is not ASCII that must be valid UTF-8 where a page does not declare that."""

RUN_SHARE = 1 / 3
"""Where more of the bytes stand in runs of three or more, whole words are in another script."""

_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_WRONG = re.compile("[\udc80-\udcff]")  # how `surrogateescape` keeps bytes that are no UTF-8
_WRONG_RUN = re.compile("[\udc80-\udcff]{3,}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Charsets that pages name for the larger one that browsers take.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
# Python's own, which are no charsets of pages.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})


def decode_page(data: bytes) -> tuple[str, int]:
    """Decode a page.

    In this order: a byte order mark; UTF-8, where all is valid, nearly all, or where it is declared
    and most is; the declared charset; UTF-8 and windows-1252 mixed, where wrong bytes stand alone
    or in pairs as accents and signs of western languages do; a guess by the distribution of bytes.

    Args:
        data: Page as stored, not in UTF-16 without a byte order mark.

    Returns:
        Text without a byte order mark, and the number of bytes that did not fit its charset.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").removeprefix("\ufeff"), 0
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    wrong = len(_WRONG.findall(text))
    if not wrong:
        return text, 0
    right = len(_NOT_ASCII.findall(text)) - wrong
    declared = _declared(data)
    is_utf8 = data.startswith(codecs.BOM_UTF8) or (declared == "utf-8" and right >= wrong)
    if is_utf8 or right >= VALID_SHARE * (right + wrong):
        return _mixed(text), wrong
    if declared != "utf-8" and (found := _by_charset(data, declared)):
        return found
    if sum(map(len, _WRONG_RUN.findall(text))) <= RUN_SHARE * wrong:
        return _mixed(text), wrong if right or declared == "utf-8" else 0
    return str(decode_file(data)), 0


def _declared(data: bytes) -> str:
    """Charset that the beginning of a page names, as Python calls it; else empty."""
    found = _CHARSET.search(data[:2048])
    if found is None:
        return ""
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return ""
    if name.startswith("utf"):
        return "utf-8"  # a name that could be read as ASCII stands in no other form of Unicode
    return "" if name in _NO_CHARSETS else _MEANT.get(name, name)


def _by_charset(data: bytes, charset: str) -> tuple[str, int] | None:
    """Decode by a charset, unless there is none or too much does not fit it."""
    if not charset:
        return None
    try:
        text = data.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return None
    wrong = text.count("\ufffd")
    fits = wrong <= (1 - VALID_SHARE) * len(_NOT_ASCII.findall(text))
    return (text, wrong) if fits or charset == "cp1252" else None


def _mixed(text: str) -> str:
    """Read each byte that is no UTF-8 as windows-1252."""
    return _WRONG.sub(lambda byte: _windows(ord(byte[0]) & 0xFF), text)


def _windows(byte: int) -> str:
    return bytes((byte,)).decode("cp1252", "replace")
