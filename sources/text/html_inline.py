"""Text of one block of a web page: pieces of inline markup to lines of Markdown.

Raised and lowered text, formulas and line breaks come in as marks (control characters, which no
page holds: `sources.text.html` takes them out) and are resolved with the whole line at hand.
"""

from __future__ import annotations

import re
import unicodedata

from lxml.html import HtmlElement

from sources.text import mathml
from sources.text.scripts import SUB_CLOSE, SUB_OPEN, SUP_CLOSE, SUP_OPEN, resolve

BREAK = "\x1d"
"""A line break of the page among the pieces of a line."""

_MAX_SCRIPT = 60  # characters; longer raised text is layout
_BLANKS = re.compile(f"[^\\S{BREAK}]+")
_BREAKS = re.compile(f" ?{BREAK}(?: ?{BREAK})+")
_GAP = re.compile(r"(\A\s+|\s{2,})")
_DISPLAY = re.compile(r"\{\s*\\(?:display|text)style\s+(.*)\}", re.DOTALL)
_SHIFT = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
# HTML: character references 128 to 159 mean the characters of Windows at these numbers.
_WINDOWS = {
    code: bytes([code]).decode("cp1252", "replace").replace("\ufffd", " ")
    for code in range(128, 160)
}
_MARKS = {ord(mark): " " for mark in (SUP_OPEN, SUP_CLOSE, SUB_OPEN, SUB_CLOSE, "\x10")}
_TEX = ("application/x-tex", "application/x-latex", "text/x-tex", "latex", "tex")


def finish(pieces: list[str]) -> str:
    """Join pieces to lines: blanks collapsed, scripts resolved, Unicode composed (NFC).

    Args:
        pieces: Text, marks of `sources.text.scripts`, and `BREAK`.

    Returns:
        Lines without outer blanks; an empty line stands for two or more breaks.
    """
    text = "".join(pieces)
    if BREAK in text:
        text = _BREAKS.sub(f"{BREAK}{BREAK}", _BLANKS.sub(" ", text)).strip(f"{BREAK} ")
        return "\n".join(_line(line) for line in text.split(BREAK))
    return _line(text)


def finish_lines(pieces: list[str]) -> str:
    """Join the pieces of preformatted text: blanks within a line stay as they are.

    Returns:
        Lines without trailing blanks, the first and last not empty.
    """
    text = "".join(pieces).replace(BREAK, "\n").replace("\r", "").replace("\f", " ").expandtabs()
    lines = text.split("\n")
    return "\n".join(_line_with_gaps(line) for line in lines).strip("\n")


def _line(text: str) -> str:
    line = " ".join(text.split())
    if _has_marks(line):
        balanced = line.count(SUP_OPEN) == line.count(SUP_CLOSE) and (
            line.count(SUB_OPEN) + line.count("\x10") == line.count(SUB_CLOSE)
        )
        # A script cut by a gap of preformatted text: better apart than glued.
        line = resolve(line) if balanced else " ".join(line.translate(_MARKS).split())
    return _composed(line)


def _line_with_gaps(line: str) -> str:
    if not _has_marks(line):
        return _composed(line).rstrip()
    parts = (part if part.isspace() else _line(part) for part in _GAP.split(line))
    return "".join(parts).rstrip()


def _has_marks(line: str) -> bool:
    return SUP_OPEN in line or SUB_OPEN in line or SUP_CLOSE in line or SUB_CLOSE in line


def _composed(line: str) -> str:
    return line if line.isascii() else unicodedata.normalize("NFC", line.translate(_WINDOWS))


def shift_of(element: HtmlElement) -> str:
    """Return ``sup`` or ``sub`` where the style of an element raises or lowers its text."""
    found = _SHIFT.search(element.get("style") or "")
    if found is None or element.tag in ("img", "table", "td", "th"):
        return ""
    return "sup" if found[1].lower() == "super" else "sub"


def wrap_script(pieces: list[str], start: int, script: str) -> None:
    """Set marks round the pieces from ``start`` on, or blanks where they are too long for a script.

    Line breaks in a script become blanks, so that it stays on one line, and blanks before it go:
    they would part an exponent from its base.
    """
    content = "".join(pieces[start:]).replace(BREAK, " ")
    opening, closing = (SUP_OPEN, SUP_CLOSE) if script == "sup" else (SUB_OPEN, SUB_CLOSE)
    if len(content) > _MAX_SCRIPT or content.isspace():
        pieces[start:] = [" ", content, " "]
    else:
        pieces[start:] = [opening, content.lstrip(), closing]


def formula(math: HtmlElement) -> str:
    """Return a ``math`` element once: ``$TeX$`` where it carries TeX, else linear text.

    Returns:
        Text with marks of `sources.text.mathml`.
    """
    for annotation in math.iter("annotation"):
        if (annotation.get("encoding") or "").lower() in _TEX:
            return tex(annotation.text_content())
    return mathml.linear(math) or tex(math.get("alttext") or "")


def tex(source: str) -> str:
    """Return TeX between dollar signs on one line; empty where there is none."""
    text = " ".join(source.split())
    while styled := _DISPLAY.fullmatch(text):
        text = styled[1].strip()
    return f"${text}$" if text else ""
