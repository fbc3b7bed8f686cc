"""Control characters that stand for characters of Windows-1252.

A byte or a reference from 128 to 159 (``&#150;``) is meant as that code page's character, which is
how HTML reads it. Five of the numbers mean nothing there: they go, and leave no blank behind, for
they are the trace of a letter that was decoded wrongly, in the middle of a word as often as not.

Reference: WHATWG HTML, numeric character reference end state; WHATWG Encoding, windows-1252.
"""

from __future__ import annotations

WINDOWS_1252: dict[int, str] = {
    code: bytes((code,)).decode("cp1252", "ignore") for code in range(0x80, 0xA0)
}
"""For `str.translate`: character by number, empty for 0x81, 0x8D, 0x8F, 0x90 and 0x9D."""
