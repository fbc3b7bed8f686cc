"""Citation markers in marked text: what belongs to one, with the brackets round it.

A reader of XML puts what a cross reference to the reference list shows between marks. Here such a
span grows over what is part of the marker: separators between two, the raised text or the bracket
that holds nothing else. The atoms of a span may be absent from the corpus, nothing more.
"""

from __future__ import annotations

import re

from curation.fidelity.marks import CITE, CITE_END

_BETWEEN = re.compile(
    "\x06((?:[\\s,;:&\\-–—‐−‑()\\[\\]]|\\band\\b|\x01[\\s,;:\\-–—‐−‑]+\x02)*)\x05"
)
# Raised brackets and commas beside a marker that stands in a tag of its own.
_SIGNS = "\x01[\\s,;()\\[\\]–—‐-]+\x02"
_BESIDE = re.compile(f"{_SIGNS}( ?)(?=\x05)|(?<=\x06)( ?){_SIGNS}")
_RAISED = re.compile("\x01([^\x01\x02]*\x05[^\x01\x02]*)\x02")
_BRACKET = re.compile(r"[\[(][^()\[\]]*[\])]")
_SPAN = re.compile("\x05[^\x06]*\x06")
_LEAD = (
    r"(?:see|also|and|or|e\.?g|i\.?e|cf|for|in|by|reviews?|reviewed|refs?|references?|examples?|"
    r"instance|therein|as|al|et|from|after|y|und|van|von|de|der|den|del|di|da|la|le)\b\.?"
)
_SEPARATOR = r"[\s,;:.\-–—‐−‑&/'’*()\[\]]"
_YEAR = r"(?:1[5-9]|20)\d\d[a-z]?\b"
_NAME = r"(?!Table|Fig)[A-Z](?:[^\W\d_]|['’&.-])++"
_WITH_NUMBERS = re.compile(rf"(?:{_SEPARATOR}|\d{{1,4}}[a-z]?\b|{_LEAD})*+", re.IGNORECASE)
_PLAIN = re.compile(rf"(?:{_SEPARATOR}|{_LEAD})*+", re.IGNORECASE)
_WITH_NAMES = re.compile(rf"(?:{_SEPARATOR}|{_YEAR}|{_LEAD}|{_NAME})*+")
_IN_WORDS = re.compile(rf"[^\W\d_]{{2}}|{_YEAR}")


def grown(text: str) -> str:
    r"""Return marked text with its citation spans grown as the module describes.

    Args:
        text: Text of one block, with ``\x05 … \x06`` round each citation, which holds no bracket.
    """
    if CITE not in text:
        return text
    text = text.replace("\x02\x01", "")
    text = _BESIDE.sub(lambda match: match[1] or match[2] or "", text)
    text = _BETWEEN.sub(_joined, text)
    text = _RAISED.sub(_raised, text)
    text = _BETWEEN.sub(_joined, text)
    for _ in range(3):
        grownup = _BRACKET.sub(_bracket, text)
        if grownup == text:
            break
        text = _BETWEEN.sub(_joined, grownup)
    return text


def _joined(match: re.Match[str]) -> str:
    return re.sub(r"[()\[\]]", " ", match[1])


def _raised(match: re.Match[str]) -> str:
    """A raised run that holds nothing but markers is one marker."""
    rest = _SPAN.sub("", match[1])
    if _WITH_NUMBERS.fullmatch(rest):
        return f"{CITE}\x01{_bare(match[1])}\x02{CITE_END}"
    return match[0]


def _bracket(match: re.Match[str]) -> str:
    """A bracket that holds nothing but markers, lead words and names is one marker."""
    whole = match[0]
    if CITE not in whole:
        return whole
    rest = _SPAN.sub("", whole[1:-1])
    if any(_IN_WORDS.search(span) for span in _SPAN.findall(whole)):
        pattern = _WITH_NAMES
    else:
        pattern = _WITH_NUMBERS if whole[0] == "[" else _PLAIN
    if "\x01" in rest or not pattern.fullmatch(rest):
        return whole
    return f"{CITE}{_bare(whole[1:-1])}{CITE_END}"


def _bare(text: str) -> str:
    return text.replace(CITE, "").replace(CITE_END, "")
