"""Sections, notes and footnotes that a corpus may leave out: thanks, money, interests, authors.

Known by their own title, else by their declared type, else by the words before the first colon or
full stop.
A section that is named here may be absent as a whole or be there as a whole; both are compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

_TITLES = {
    "reference list": (
        r"(?:list of )?references?(?: list)?|bibliograph\w+|literature cited|works cited"
    ),
    "acknowledgements": (
        r"acknowled?ge?m\w*(?: .*)?|.* acknowledge?ments?|thanks|a?gradecim\w+|remerciements?|"
        r"danksagung"
    ),
    "funding": (
        r".*\b(?:fund(?:ing|ed|er|ers|s)?|grants?|financ\w+|sponsor\w*|role of the sponsors?|"
        r"(?:sources? of|grant|financial) support|support statement|förderung)\b.*"
    ),
    "competing interests": (
        r".*\b(?:interests?|inter[eé]s|intereses|interesses?|interessenkonflikt\w*|disclosures?|"
        r"int[eé]r[eê]ts?|competing)\b.*"
    ),
    "author contributions": (
        r".*\b(?:contribut(?:ions?|ors?|orship)|authorship|guarantors?|contribui\w+|contribuc\w+|"
        r"colaborador\w+|author statement)\b.*"
    ),
    "author information": (
        r"(?:about the )?authors? ?s? ?(?:information|details|notes?|affiliations?|addresses)?|"
        r"author ?s? .*information|corresponding authors?|correspondence|abbreviated authors"
    ),
}
_TYPES = {
    "competing interests": r"coi.*|con|conflicts?|competing.*|.*interest.*",
    "author contributions": r"contrib.*|author-contrib.*|participating-researchers",
    "funding": r"fund.*|financial.*|supported-by",
    "acknowledgements": r"ack.*",
    "author information": (
        r"author.*|corresp|equal|current-aff|present-address|previously-at|deceased|on-leave|"
        r"edited-by|reviewed-by|pub-status|com"
    ),
}
_LONGEST_TITLE = 80
_NAMES = ("sec-type", "notes-type", "content-type", "fn-type")
_TITLE_PATTERNS = {reason: re.compile(pattern) for reason, pattern in _TITLES.items()}
_TYPE_PATTERNS = {reason: re.compile(pattern) for reason, pattern in _TYPES.items()}
_LETTERS = re.compile(r"[\W\d_]+")


def reason_of(element: etree._Element) -> str:
    """Return why a section or note may be absent, empty where it may not.

    Args:
        element: ``sec``, ``notes``, ``ack``, ``fn``, ``app``, ``ref-list`` … with local names.
    """
    if element.tag in ("ack", "ref-list"):
        return "acknowledgements" if element.tag == "ack" else "reference list"
    words = own_title(element)
    if words:
        return _matching(words)
    for name in _NAMES:
        kind = (element.get(name) or "").strip().lower()
        for reason, pattern in _TYPE_PATTERNS.items():
            if kind and pattern.fullmatch(kind):
                return reason
    first = next(element.iter("p"), None)
    lead = "".join(map(str, first.itertext())).strip()[:_LONGEST_TITLE] if first is not None else ""
    head, *rest = re.split(r"[:.]", lead, maxsplit=1)
    return _matching(_plain(head)) if rest and element.tag != "app" else ""


def left_out(metadata: Mapping[str, object]) -> frozenset[tuple[str, str]]:
    """Return the sections that a recipe, and not the default, had left out of a document.

    Args:
        metadata: Of the document: its list ``left_out`` names element, title and reason of each.

    Returns:
        Pairs of element and title, the letters of the title in lower case.
    """
    listed = metadata.get("left_out")
    found = set()
    for item in listed if isinstance(listed, list) else ():
        why = str(item.get("why", "")).replace("_", " ")
        if why not in _TITLES and why not in ("references", "citation"):
            found.add((str(item.get("what", "")), _plain(str(item.get("title", "")))))
    return frozenset(found)


def own_title(element: etree._Element) -> str:
    """Return the letters of an element's title in lower case, empty without one."""
    title = next(element.iterchildren("title"), None)
    return _plain("".join(map(str, title.itertext()))) if title is not None else ""


def _matching(words: str) -> str:
    if len(words) > _LONGEST_TITLE:
        return ""
    for reason, pattern in _TITLE_PATTERNS.items():
        if pattern.fullmatch(words):
            return reason
    return ""


def _plain(text: str) -> str:
    return _LETTERS.sub(" ", text).strip().lower()
