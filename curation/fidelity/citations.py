"""Citation markers in marked text: the cross reference, and the brackets that then stand empty.

A reader of XML puts what a cross reference to the reference list shows between marks. Only that
text may be absent from the corpus, with the punctuation, brackets and lead words (``see also``)
that hold nothing else; beside a marker that is a year alone also the surnames that it is of, which
are words with a capital, never an acronym, a single letter or anything with a digit. Every digit,
sign and letter outside the element stays in scope, whether it is raised with a marker
(``m<sup>2,[xref]</sup>``) or in a bracket with one (``[0.7-0.9; xref]``).
"""

from __future__ import annotations

import re

from curation.fidelity.marks import CITE, CITE_END

_EMPTY = r"[\s,;:.&/*()\[\]\-–—‐−‑]"
_LEAD = (
    r"(?:see|also|and|or|e\.?g|i\.?e|cf|for|in|by|reviews?|reviewed|refs?|references?|examples?|"
    r"instance|therein|from|after)\b\.?"
)
_NOTHING = re.compile(rf"(?:{_EMPTY}|\b{_LEAD})*+", re.IGNORECASE)
_BETWEEN = re.compile(f"\x06((?:{_EMPTY}|\\band\\b|\x01{_EMPTY}+\x02)*)\x05")
# Raised brackets and commas beside a marker that stands in a tag of its own; a dash is a sign.
_SIGNS = "\x01[\\s,;()\\[\\]]+\x02"
_BESIDE = re.compile(f"{_SIGNS}( ?)(?=\x05)|(?<=\x06)( ?){_SIGNS}")
_RAISED = re.compile("\x01([^\x01\x02]*\x05[^\x01\x02]*)\x02")
_BRACKET = re.compile(r"[\[(][^()\[\]]*[\])]")
_SPAN = re.compile("\x05[^\x06]*\x06")
_SPANS = re.compile("(\x05[^\x06]*\x06)")

_NUMBER = r"[A-Z]?\d{1,4}[a-z]?(?![\w%.])|[A-Z]?\d{1,4}[a-z]?\.(?!\d)|[ivxlc]+\b"
_YEAR = r"(?:1[5-9]|20)\d\d[a-z]?\b"
_WORDS = (
    rf"(?:{_LEAD}|(?:et|al|und|y|van|von|de|der|den|del|di|da|la|le|du|dos|et|press|colleagues|"
    r"co-?workers|others|unpublished|submitted|forthcoming|a|b|c)\b\.?)"
)
_NAME = r"[^\W\d_a-z](?:[^\W\d_]|['’.\-‐‑])*+"
_SEPARATOR = r"[\s,;:.&/'’*†‡§#()\[\]\-–—‐−‑]"
_NUMBERS = re.compile(rf"(?:{_SEPARATOR}|{_NUMBER}|{_LEAD})*+")
_NAMES = re.compile(rf"(?:{_SEPARATOR}|{_YEAR}|{_WORDS}|{_NAME})*+")
_NAMED = re.compile(rf"{_YEAR}|[^\W\d_a-z][^\W\d_A-Z]|\bal\b")
# A body, a law or a title with its year: words with a capital among them, and nothing measured.
_DATED = re.compile(rf"{_YEAR}|\b(?:in press|no prelo|en prensa)\b")
_CAPITAL = re.compile(r"(?<![\w<>=%])[^\W\d_a-z]")
_MEASURED = re.compile(r"\d(?:\s+[a-zµμ]|[a-zµμ]{2}|\s*[%°±×])|[<>=≤≥±]")
# Surnames beside a year: of a capital and small letters, ``DiFiglia`` and ``Kaur-Sawhney`` too.
_SURNAME = r"(?:[^\W\d_a-z][’'])?(?:[^\W\d_a-z][^\W\d_A-Z]+[’'\-‐‑]?)++(?![^\W])"
_SURNAMES = re.compile(rf"(?:{_EMPTY}|\b{_WORDS}|\b{_SURNAME})*+")
_ONLY_YEARS = re.compile(rf"(?={_EMPTY}*+{_YEAR})(?:{_EMPTY}|{_YEAR}|\band\b|\b[a-z]\b)*+")
_SCRIPT = re.compile("[\x01-\x06]")


def is_citation(text: str) -> bool:
    """Tell whether what a cross reference shows is a citation.

    Args:
        text: Marked text of the element.

    Returns:
        Whether it is numbers, or names or a title with a year; ``10 mg/kg`` is neither.
    """
    shown = _SCRIPT.sub("", text).strip()
    if _NUMBERS.fullmatch(shown) or (_NAMES.fullmatch(shown) and _NAMED.search(shown)):
        return True
    dated = _DATED.search(shown) and _CAPITAL.search(shown)
    return bool(dated) and not _MEASURED.search(shown)


def grown(text: str) -> str:
    r"""Return marked text with its citation spans grown as the module describes.

    Args:
        text: Text of one block, with ``\x05 … \x06`` round each citation, which holds no bracket.
    """
    if CITE not in text:
        return text
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
    """Part a raised run into markers and what is raised beside them."""
    parts = []
    for part in _SPANS.split(match[1]):
        if part.startswith(CITE):
            parts.append(f"{CITE}\x01{_bare(part)}\x02{CITE_END}")
        elif not _NOTHING.fullmatch(part):
            parts.append(f"\x01{part.strip(' ,;[]()')}\x02")
    return "".join(parts)


def _bracket(match: re.Match[str]) -> str:
    """A bracket that holds nothing but markers and lead words is one marker."""
    whole = match[0]
    if CITE not in whole:
        return whole
    rest = _SPAN.sub(" ", whole[1:-1])
    years = all(_ONLY_YEARS.fullmatch(span[1:-1]) for span in _SPAN.findall(whole))
    if not (_NOTHING.fullmatch(rest) or (years and _SURNAMES.fullmatch(rest))):
        return whole
    return f"{CITE}{_bare(whole[1:-1])}{CITE_END}"


def _bare(text: str) -> str:
    return text.replace(CITE, "").replace(CITE_END, "")
