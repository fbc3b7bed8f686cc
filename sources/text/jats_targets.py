"""What a cross reference without words stands for: ``Fig. <xref rid="F1"/>`` is printed "Fig. 1".

Some publishers leave the number to the style sheet. It is written where the source determines it:
by the label of the target, else by its id, where that ends in a number and the target is at just
that place among the elements of its name whose ids begin the same way (``Ch1.F1``, ``Ch1.F2``).
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from sources.text.markup import inline_text

_TARGETS = (
    "fig", "table-wrap", "disp-formula", "sec", "app", "boxed-text", "supplementary-material",
    "statement", "scheme",
)  # fmt: skip
_NUMBERED = re.compile(r"(.*?)([1-9][0-9]{0,3})")
_PLAIN = re.compile(r"(?:[A-Za-z]+\.?\s+)*\(?([A-Z]{0,2}\d+(?:\.\d+)*[a-z]?|[A-Z])\)?[.:]?")


def numbers(article: etree._Element) -> dict[str, tuple[str, str]]:
    """Return the label and the number of what may be referred to, by id.

    Args:
        article: The article.

    Returns:
        Label (``Figure 1``) and number (``1``); each empty where the source does not say it.
    """
    found: dict[str, tuple[str, str]] = {}
    places: Counter[tuple[str, str]] = Counter()
    for element in article.iter(*_TARGETS):
        name = element.get("id") or ""
        label = next((inline_text(each) for each in element.iterchildren("label")), "")
        plain = _PLAIN.fullmatch(label)
        number = plain[1] if plain else ""
        ending = _NUMBERED.fullmatch(name)
        if ending:
            key = (str(element.tag), ending[1])
            places[key] += 1
            if not label and places[key] == int(ending[2]):
                number = _inside(element, ending[2], found)
        if name:
            found.setdefault(name, (label, number))
    return found


def _inside(element: etree._Element, number: str, found: dict[str, tuple[str, str]]) -> str:
    """Number of a section with that of the section around it; of all else as it is."""
    around = element.getparent()
    if element.tag != "sec" or around is None or around.tag not in ("sec", "app"):
        return number
    outer = found.get(around.get("id") or "", ("", ""))[1]
    return f"{outer}.{number}" if outer else ""
