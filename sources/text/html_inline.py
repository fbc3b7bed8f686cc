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
from sources.text.windows import WINDOWS_1252

BREAK = "\x1d"
"""A line break of the page among the pieces of a line."""

_MAX_SCRIPT = 60  # characters; longer raised text is layout
_BLANKS = re.compile(f"[^\\S{BREAK}]+")
_BREAKS = re.compile(f" ?{BREAK}(?: ?{BREAK})+")
_GAP = re.compile(r"(\A\s+|\s{2,})")
_DISPLAY = re.compile(r"\{\s*\\(?:display|text)style\s+(.*)\}", re.DOTALL)
_SHIFT_NAMES = {"sup": "sup", "superscript": "sup", "sub": "sub", "subscript": "sub"}
_JOINED_CHARS = 12  # of raised text: a number, a charge, a mark
_SIGN_CHARS = 8
_FORMULA_NAMES = frozenset({
    "tex", "latex", "math", "formula", "equation", "mwe-math-fallback-image-inline",
    "mwe-math-fallback-image-display",
})  # fmt: skip
_LABELLED = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")
_SHIFT = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
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
    return line if line.isascii() else unicodedata.normalize("NFC", line.translate(WINDOWS_1252))


def shift_of(element: HtmlElement) -> str:
    """Return ``sup`` or ``sub`` where the style or class of an element raises or lowers its text.

    The short names of a class are taken only for a few characters right after others: they also
    stand for subtitles and the like.
    """
    if element.tag in ("img", "table", "td", "th"):
        return ""
    if (found := _SHIFT.search(element.get("style") or "")) is not None:
        return "sup" if found[1].lower() == "super" else "sub"
    names = (element.get("class") or "").lower().split()
    for name in _SHIFT_NAMES.keys() & names:
        if name in ("superscript", "subscript") or _is_short_and_joined(element):
            return _SHIFT_NAMES[name]
    return ""


def _is_short_and_joined(element: HtmlElement) -> bool:
    previous, parent = element.getprevious(), element.getparent()
    if previous is None and parent is None:
        return False
    before = parent.text if previous is None else previous.tail
    joined = bool(before) and not before[-1].isspace()
    return joined and len(element.text_content()) <= _JOINED_CHARS


def replaced_text(element: HtmlElement) -> str:
    """Return what a picture or box within a line of text says; empty for most.

    A picture says its alternative text where that is a sign or number (``≥``, ``½``) or where it is
    a drawn formula; a box to tick says whether it is ticked.
    """
    if element.tag == "input" and (element.get("type") or "").lower() in ("checkbox", "radio"):
        return " [x] " if element.get("checked") is not None else " [ ] "
    alternative = " ".join((element.get("alt") or "").split())
    if element.tag != "img" or not alternative:
        return ""
    if not _FORMULA_NAMES.isdisjoint((element.get("class") or "").lower().split()):
        is_tex = any(sign in alternative for sign in "\\^_{")
        return tex(alternative) if is_tex else alternative
    return alternative if _is_sign(alternative) else ""


def _is_sign(text: str) -> bool:
    """Tell signs, numbers and single Greek letters from words, and from bullets and rules."""
    if len(text) > _SIGN_CHARS:
        return False
    if len(text) == 1 and text.isalpha():
        return "GREEK" in unicodedata.name(text, "") or text == "\u00b5"
    says = any(unicodedata.category(one)[0] in "SN" or one in "%\u2030" for one in text)
    return says and not any(map(str.isalpha, text)) and text not in ("|", "~")


def is_label(button: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    """Tell a button whose text belongs to the page: a heading, or the title of a panel it opens.

    Args:
        button: The button.
        known: Headings looked at before, and whether buttons are all that they hold.
    """
    for around in button.iterancestors(*_LABELLED):
        if around not in known:
            beside = "boolean(.//text()[normalize-space() and not(ancestor::button)])"
            known[around] = not around.xpath(beside)
        return known[around]
    if button.get("aria-haspopup") is not None:
        return False
    return button.get("aria-controls") is not None or button.get("aria-expanded") is not None


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
