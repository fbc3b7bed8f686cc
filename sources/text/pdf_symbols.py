"""Characters of symbol fonts, which say nothing about Unicode.

Writers map the codes of fonts in Adobe's symbol encoding to the private use area, so a micrograms'
mu comes out as U+F06D. TeX's symbol fonts have codes of their own, and pdfium gives those that it
cannot map as they are: a prime as ``0``. The encodings say what each code means.

Reference:
    ISO 32000-1:2008, annex D.5: symbol set and encoding. D. E. Knuth, The TeXbook, appendix F:
    the codes of cmsy10.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

CODED_FONT = re.compile(rb"MathematicalPi|MathPi|Adv(?:PSMP|P4C4E|PSSym|[A-Za-z]+_symb)")
"""Fonts of symbols under the codes of letters and digits, with maps that claim those: ``5`` for an
equals sign, ``l`` for a mu. Fonts of Adobe and of the typesetting system 3B2."""

_SYMBOL_FONT = re.compile(rb"(?:^|\+)(?:Standard)?Symbol")
_TEX_FONT = re.compile(rb"(?:^|\+)(?:CM|MT)B?SY[0-9]*|TeX_CM_Maths_Symbols")
_DINGBATS = re.compile(rb"Wingdings|Webdings|Dingbats")

_ROWS = {
    0x21: "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_",
    0x61: "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    0xA1: "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…",
    0xC0: "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑",
}
SYMBOLS: dict[int, str] = {
    0xF000 + start + offset: character
    for start, row in _ROWS.items()
    for offset, character in enumerate(row)
}
"""Private-use code of Adobe's symbol encoding to character, as `str.translate` takes it."""

TEX_SYMBOLS: dict[int, str] = {
    0x00: "−",
    0x01: "⋅",
    0x02: "×",
    0x03: "∗",
    0x04: "÷",
    0x06: "±",
    0x07: "∓",
    0x0E: "◦",
    0x0F: "•",
    0x11: "≡",
    0x14: "≤",
    0x15: "≥",
    0x18: "∼",
    0x19: "≈",
    0x1C: "≪",
    0x1D: "≫",
    0x20: "←",
    0x21: "→",
    0x22: "↑",
    0x23: "↓",
    0x2F: "∝",
    0x30: "′",
    0x31: "∞",
    0x32: "∈",
}
"""Code of TeX's symbol fonts to character, for characters without a map of their own."""

BULLETS: dict[int, str] = {
    **dict.fromkeys((*range(0x7F, 0x100), *range(0xF021, 0xF100)), "•"),
    **{0xDF: "←", 0xF0DF: "←", 0xE0: "→", 0xF0E0: "→"},
}
"""Codes of fonts of ornaments, which mark the items of lists."""


def font_symbols(name: bytes) -> Mapping[int, str]:
    """Return characters by code where a font is one of symbols.

    Args:
        name: The font's PostScript name.
    """
    if _SYMBOL_FONT.search(name):
        return SYMBOLS
    if _TEX_FONT.search(name):
        return TEX_SYMBOLS
    return BULLETS if _DINGBATS.search(name) else {}
