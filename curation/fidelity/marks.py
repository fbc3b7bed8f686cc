r"""Canonical text: what raw file and corpus must agree in, with typography folded away.

Both sides go through the same function, so nothing here can favour one of them. Folded are
differences that no reader reads: form of blanks, dashes and minus signs, composed and decomposed
letters, micro sign and Greek mu, invisible characters, entities that were escaped twice, UTF-8
that was read as Latin-1.

Raised and lowered text stands between control characters, which no XML holds. It comes from tags
on one side and from ``^`` and ``_`` of the Text contract on the other (``10^4``, ``P6_{1}22``);
typed carets and Unicode superscripts are read the same way on both. The contract lets lowered
digits of a formula be glued (``CO2``), so a lowered whole number behind a letter or bracket counts
as glued on both sides, unless another digit follows.
"""

from __future__ import annotations

import re
import unicodedata

RAISE, RAISE_END = "\x01", "\x02"
LOWER, LOWER_END = "\x03", "\x04"
CITE, CITE_END = "\x05", "\x06"
FORMULA, FORMULA_END = "\x07", "\x08"
LABEL, LABEL_END = "\x0e", "\x0f"

_SPECIAL = re.compile("[\x01-\x04^_]")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\ufe58\u2043"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufffe"
_RAISED_DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_LOWERED_DIGITS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True))
# UTF-8 that somebody read as Latin-1: a lead byte and what must follow it, as characters.
_MISREAD = re.compile("[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}")
_CONTROL = re.compile("[\u0080-\u009f]")
# Control characters of Latin-1 are those of Windows by mistake, as HTML 5 reads them.
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}
_TABLE: dict[int, str | None] = {
    **_WINDOWS,
    **{ord(c): "-" for c in _DASHES},
    **{ord(c): None for c in _INVISIBLE},
    **dict.fromkeys(range(8234, 8239)),
    **dict.fromkeys((*range(768, 880), 8407)),  # accents without a letter
    **{ord(c): f"{RAISE}{d}{RAISE_END}" for c, d in _RAISED_DIGITS.items()},
    **{ord(c): f"{LOWER}{d}{LOWER_END}" for c, d in _LOWERED_DIGITS.items()},
    **{ord(a): b for a, b in zip("µ∼˜≦≧⩽⩾⪕⪖’‘ʼ′ʹ", "μ~~≤≥≤≥≤≥'''''", strict=True)},
    ord("″"): "''",
}
# A sign behind a bare script is part of it where no letter or digit follows: Ca^2+, 10^4-10^5.
_BARE = r"[+\-±]?[^\W_]+(?:[+\-±](?![^\W_]))?|[+\-±]{1,3}|[*†‡§¶#‖∗⁎']+"
_INNER_COUNT = re.compile(r"(?:(?<=[^\W\d_])|(?<=[)\]]))_‹([0-9]+)›(?![0-9])")
_MASS = re.compile(r"(?<![^\W_)\]^}])\^([0-9]{1,3}m?)(?=[A-Z][a-z]?(?![a-z]))")
_BRACED_SCRIPT = re.compile(r"([\^_])\{((?:[^{}]|\{[^{}]*\})*)\}")
_BARE_SCRIPT = re.compile(rf"([\^_])({_BARE})")
_DOUBLED = re.compile("([\x01\x03])[\x01\x03]([^\x01-\x04]*)[\x02\x04]([\x02\x04])")
_NESTED = re.compile("[\x01\x03][^\x02\x04]*[\x01\x03]")
_INNER_BLANK = re.compile("([\x01\x03]) | ([\x02\x04])")
_EMPTY = re.compile("\x01\x02|\x03\x04|\x02\x01|\x04\x03")
_NATURAL = re.compile("\x01([°®™©℠ªº'\"]+)\x02")
_ORDINAL = re.compile("(?<=[0-9])\x01(st|nd|rd|th)\x02(?![^\\W_])")
_COUNT = re.compile("(?:(?<=[^\\W\\d_])|(?<=[)\\]]))\x03([0-9]+)\x04(?![0-9])")
_ACCENT = re.compile("\x01[¯‾ˉ―_~ˆ^→.˙¨]\x02")
_PUNCTUATION = re.compile("\x01([\\s,;:.()\\[\\]]+)\x02|\x03([\\s,;:.()\\[\\]]+)\x04")


def fold(text: str) -> str:
    """Return the canonical form of a text that may hold marks; blanks collapsed.

    Args:
        text: One block: a paragraph, heading, cell. Line ends count as blanks.
    """
    if not text.isascii():
        if _CONTROL.search(text):
            text = _MISREAD.sub(_reread, text)
        text = unicodedata.normalize("NFC", text).translate(_TABLE)
    if "&" in text and ";" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = " ".join(text.split())
    return _scripts(text) if _SPECIAL.search(text) else text


def shown(text: str) -> str:
    """Return a canonical text for people: scripts as ``^{…}`` and ``_{…}``, other marks gone."""
    text = text.replace(RAISE, "^{").replace(LOWER, "_{")
    text = text.replace(RAISE_END, "}").replace(LOWER_END, "}")
    return re.sub("[\x05-\x08\x0e\x0f]", "", text)


def _reread(match: re.Match[str]) -> str:
    """Read misread characters as what they are, where a control character among them tells."""
    if not _CONTROL.search(match[0]):
        return match[0]
    return match[0].encode("latin-1").decode("utf-8", "ignore") or match[0]


def _scripts(text: str) -> str:
    if "^" in text or "_" in text:
        for _ in range(8):  # a script in a script needs a round of its own
            text, count = _BRACED_SCRIPT.subn(_marked, text)
            if not count:
                break
        text = _MASS.sub(f"{RAISE}\\1{RAISE_END}", text)
        text = _BARE_SCRIPT.sub(_marked, text)
    text = _DOUBLED.sub(r"\1\2\3", text)
    if _NESTED.search(text):
        text = _flattened(text)
    for _ in range(3):
        text = _INNER_BLANK.sub(_blank_out, text)
        text = _EMPTY.sub("", text)
    text = _NATURAL.sub(r"\1", text)
    text = _ACCENT.sub("", text)
    text = _PUNCTUATION.sub(lambda match: match[1] or match[2], text)
    text = _ORDINAL.sub(r"\1", text)
    text = _COUNT.sub(r"\1", text)
    return " ".join(text.split())


def _marked(match: re.Match[str]) -> str:
    if match[1] == "^":
        return f"{RAISE}{match[2]}{RAISE_END}"
    return f"{LOWER}{match[2]}{LOWER_END}"


def _blank_out(match: re.Match[str]) -> str:
    return f" {match[1]}" if match[1] else f"{match[2]} "


def _flattened(text: str) -> str:
    """Write scripts inside scripts with signs of their own, so that runs never nest."""
    out: list[str] = []
    open_runs: list[str] = []
    for character in text:
        if character in (RAISE, LOWER):
            out.append(("^‹" if character == RAISE else "_‹") if open_runs else character)
            open_runs.append(character)
        elif character in (RAISE_END, LOWER_END):
            if not open_runs:
                continue
            opened = open_runs.pop()
            closing = RAISE_END if opened == RAISE else LOWER_END
            out.append("›" if open_runs else closing)
        else:
            out.append(character)
    out += [RAISE_END if opened == RAISE else LOWER_END for opened in open_runs[:1]]
    return _INNER_COUNT.sub(r"\1", "".join(out))
