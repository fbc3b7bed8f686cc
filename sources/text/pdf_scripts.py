"""Raised numbers of a PDF: powers, and the marks of citations that follow a number.

In ``2004`` with a raised 15 only the document can tell a citation from a power: where raised
numbers follow words, the document cites by them, and a power is then one of ten alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sources.text.pdf_gate import UNREAD
from sources.text.pdf_layout import Line
from sources.text.scripts import SUP_CLOSE, SUP_OPEN, resolve

MIN_CITED = 3
"""Different raised numbers after words that make a document one that cites by them."""

_LIST = r"[0-9]{1,3}(?:[,\u2013-] ?[0-9]{1,3})*"
_AFTER_WORD = re.compile(rf"(?:[^\W\d_]{{3}}|[.,;:)\]\u201d\u2019]){SUP_OPEN}({_LIST}){SUP_CLOSE}")
_AFTER_NUMBER = re.compile(
    rf"(?P<base>(?<![0-9.,])[0-9]+(?:[.,][0-9]+)*|(?<=[0-9])[.,%]){SUP_OPEN}(?P<mark>{_LIST}){SUP_CLOSE}"
)

_STRANGE = frozenset(f"\u25e6\u2218{UNREAD}")
_RING = f"(?:{SUP_OPEN}[\u25e6\u2218]{SUP_CLOSE}|[\u25e6\u2218])"
_DEGREE = re.compile(
    rf"(?<=[0-9])( ?)(?:{SUP_OPEN}[oO0\u00ba]{SUP_CLOSE}|{_RING})(?= ?[CF]\b)"
    rf"|(?<=[0-9])( ?){UNREAD}(?=C\b)"
    rf"|(?<=[0-9])(){_RING}"
)
"""The degree sign as it is set without one: a raised o or nought, TeX's ring, a glyph without name.
No other sign stands between a number and the letter of Celsius, close to the letter."""

_UNREAD_FAHRENHEIT = re.compile(rf"(?<=[0-9])( ?){UNREAD}(?=F\b)")
"""Degrees Fahrenheit, or microfarads: only a document that has temperatures can tell."""

_TEMPERATURE = re.compile(
    rf"[0-9] ?(?:\u00b0|{_RING}|{SUP_OPEN}[oO\u00ba]{SUP_CLOSE}) ?[CF]\b"
    r"|\b(?:temperatures?|fever|celsius|fahrenheit)\b",
    re.IGNORECASE,
)


def with_scripts(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Write what is raised and lowered as ``^`` and ``_``.

    A mark of a citation after a number is set apart by a blank (``2004 ^15``), so that nobody reads
    a power.

    Args:
        pages: Lines by page, with the marks of `sources.text.scripts`.

    Returns:
        The lines with their scripts resolved.
    """
    cited = {
        number
        for lines in pages
        for line in lines
        if SUP_OPEN in line.text
        for match in _AFTER_WORD.finditer(line.text)
        for number in re.findall("[0-9]+", match[1])
    }
    cites = len(cited) >= MIN_CITED
    warm = any(_TEMPERATURE.search(line.text) for lines in pages for line in lines)
    return [[_resolved(line, apart=cites, warm=warm) for line in lines] for lines in pages]


def _resolved(line: Line, *, apart: bool, warm: bool) -> Line:
    if not any(c < " " or c in _STRANGE for c in line.text):
        return line
    text = _DEGREE.sub(lambda match: f"{match[1] or match[2] or ''}\u00b0", line.text)
    text = _UNREAD_FAHRENHEIT.sub("\\g<1>\u00b0", text) if warm else text
    text = _AFTER_NUMBER.sub(_set_apart, text) if apart else text
    return replace(line, text=resolve(text))


def _set_apart(match: re.Match[str]) -> str:
    if match["base"] == "10":
        return match[0]
    return f"{match['base']} {SUP_OPEN}{match['mark']}{SUP_CLOSE}"
