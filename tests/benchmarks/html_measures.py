"""What of a web page stands in its text: measures that share no code with the reader of pages.

Letters means letters and digits only, so that blanks, escapes and marks of Markdown do not count.
An atom is a number as read: digits with their separators and, where raised digits follow, these
(``10^6``). Raised digits are told from the tags of the page, and in a text from ``^`` or ``<sup>``.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

WORD = re.compile(r"\w+")
ATOM = re.compile(r"\d+(?:[.,]\d+)*(?:\^[-+−–]?\d+(?:[.,]\d+)*)?")
_LETTER = re.compile(r"[\W_]+")
_TAG = re.compile(r"</?su[bp]>")
_SUP = re.compile(r" ?<sup>([^<]{0,80})</sup>")
_BRACED = re.compile(r"([\^_])\{([^{}]*)\}")
_LOWERED = re.compile(r"(?<=\w)_(?=\w)")
_ESCAPED = re.compile(r"\\([^\w\s])")
_LINES = frozenset({
    "p", "div", "section", "article", "main", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2",
    "h3", "h4", "h5", "h6", "table", "tr", "td", "th", "caption", "br", "hr", "blockquote",
    "pre", "figure", "figcaption", "aside", "header", "footer", "details", "summary", "body",
})  # fmt: skip
_GONE = ("script", "style", "noscript", "template", "head", "svg", "button", "select", "textarea")

Counts = dict[str, list[int]]
"""Construct to how many were kept, of how many."""


def letters(text: str) -> str:
    """Return the letters and digits of a text."""
    return _LETTER.sub("", text)


def readable(text: str) -> str:
    """Return Markdown of either tool with scripts written alike: ``10^6``, ``CO2``."""
    text = _ESCAPED.sub(r"\1", _SUP.sub(r"^{\1}", text))
    return _LOWERED.sub("", _BRACED.sub(r"\1\2", _TAG.sub("", text)))


def flat(text: str) -> str:
    """Return a text without any marks of scripts, as annotations were written: ``106``."""
    return re.sub(r"(?<=[\w)])\^(?=[\w+\-−–])", "", readable(text))


def token_f1(text: str, reference: str) -> tuple[float, float, float]:
    """Return F1, precision and recall of the lower-cased words, as multisets."""
    ours, theirs = (Counter(WORD.findall(one.lower())) for one in (text, reference))
    both = sum((ours & theirs).values())
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / sum(ours.values()), both / sum(theirs.values())
    return 2 * precision * recall / (precision + recall), precision, recall


def atoms(text: str, reference: str) -> tuple[int, int]:
    """Return how many atoms of a reference stand in a text, and how many there are."""
    found, wanted = (Counter(ATOM.findall(one)) for one in (text, reference))
    return sum((found & wanted).values()), sum(wanted.values())


def placed_atoms(text: str, reference: str) -> tuple[int, int]:
    """Return the same for atoms with the word before or the word after them."""
    kept = total = 0
    found: list[Counter[tuple[str, str]]] = [Counter(), Counter()]
    for before, atom, after in _neighbours(text):
        found[0][before, atom] += 1
        found[1][atom, after] += 1
    for before, atom, after in _neighbours(reference):
        total += 1
        sides = [
            side for side, key in ((0, (before, atom)), (1, (atom, after))) if found[side][key]
        ]
        kept += bool(sides)
        for side in sides:
            found[side][(before, atom) if side == 0 else (atom, after)] -= 1
    return kept, total


def _neighbours(text: str) -> list[tuple[str, str, str]]:
    parts = [match.group() for match in re.finditer(rf"{ATOM.pattern}|[^\W\d_]+", text)]
    padded = ["", *parts, ""]
    return [
        (padded[place], part, padded[place + 2])
        for place, part in enumerate(parts)
        if part[0].isdigit()
    ]


def page(data: bytes | str) -> HtmlElement:
    """Parse a page for reference, what is never shown taken out."""
    source = data if isinstance(data, bytes) else data.encode()
    tree = document_fromstring(source, parser=HTMLParser(encoding="utf-8", remove_comments=True))
    etree.strip_elements(tree, *_GONE, with_tail=False)
    return tree


def visible(element: HtmlElement) -> str:
    """Return the text of an element, lines apart, raised digits with ``^`` after a digit."""
    parts: list[str] = []
    _collect(element, parts)
    return "".join(parts)


def _collect(element: HtmlElement, parts: list[str]) -> None:
    line = element.tag in _LINES
    parts.append(" " if line else "")
    if element.tag == "sup" and "".join(parts[-3:])[-1:].isdigit():
        parts.append("^")
    parts.append(element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            _collect(child, parts)
        parts.append(child.tail or "")
    parts.append(" " if line else "")


def constructs(element: HtmlElement, text: str, within: str | None = None) -> Counts:
    """Count the constructs of a page that a text holds, letters compared.

    Left out are cells and rows around a whole table, whose own cells are counted, and paragraphs
    and items that are a link and nothing else.

    Args:
        element: The page or its part that is wanted.
        text: What a tool made of the page.
        within: Only constructs whose letters stand in this text (an annotation) are wanted.
    """
    counts: Counts = {}
    whole = letters(flat(text))
    lines = [letters(flat(line)) for line in text.split("\n")]
    wanted = None if within is None else letters(within)

    def count(name: str, key: str, kept: bool | None = None) -> None:
        # Short words of a menu are in most texts by chance.
        enough = 4 if "cell" in name or "row" in name else 20
        if key and (wanted is None or (len(key) >= enough and key in wanted)):
            pair = counts.setdefault(name, [0, 0])
            pair[0] += key in whole if kept is None else kept
            pair[1] += 1

    for part in element.iter():
        tag = part.tag if isinstance(part.tag, str) else ""
        if (tag in ("td", "th", "tr") and part.find(".//table") is not None) or _is_link(part, tag):
            continue
        name = _name(part, tag)
        if name in ("list items 1", "list items 2+"):
            count(name, letters(_own_text(part)))
        elif name:
            count(name, letters("".join(map(str, part.itertext()))))
        if tag == "div":
            for key in _straight(part):
                count("text straight in a div", key)
        if tag == "tr" and len(part) > 1:
            cells = [letters("".join(map(str, cell.itertext()))) for cell in part]
            count("whole rows in order", "".join(cells), _in_order(cells, lines, whole))
    return counts


def _is_link(part: HtmlElement, tag: str) -> bool:
    """Whether a paragraph or item is a link and nothing else: navigation (``Top``)."""
    if tag not in ("p", "li", "dd"):
        return False
    linked = "".join("".join(map(str, link.itertext())) for link in part.iter("a"))
    return bool(letters(linked)) and letters(linked) == letters("".join(map(str, part.itertext())))


def _name(part: HtmlElement, tag: str) -> str:
    in_cell = tag not in ("td", "th") and next(part.iterancestors("td", "th"), None) is not None
    if tag in ("p", "li") and in_cell:
        return "blocks inside cells"
    if tag in ("td", "th"):
        nested = sum(1 for _ in part.iterancestors("table")) > 1
        return "cells of nested tables" if nested else f"cells ({tag})"
    if tag == "li":
        return "list items 1" if next(part.iterancestors("li"), None) is None else "list items 2+"
    simple = {"p": "paragraphs", "dt": "definition lists", "dd": "definition lists"}
    simple |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "headings")
    return (simple | {"figcaption": "figure captions", "caption": "table captions"}).get(tag, "")


def _own_text(item: HtmlElement) -> str:
    """Text of a list item up to the first block in it."""
    parts = [item.text or ""]
    for child in item:
        if child.tag in _LINES:
            break
        parts.append("".join(map(str, child.itertext())) + (child.tail or ""))
    return "".join(parts)


def _straight(division: HtmlElement) -> list[str]:
    """Letters of the runs of text right in a ``div`` that also holds blocks."""
    if not any(child.tag in _LINES and child.tag != "br" for child in division):
        return []
    runs, run = [], division.text or ""
    for child in division:
        if child.tag in _LINES:
            runs.append(run)
            run = child.tail or ""
        else:
            run += "".join(map(str, child.itertext())) + (child.tail or "")
    return [key for run in [*runs, run] if (key := letters(run))]


def _in_order(cells: list[str], lines: list[str], whole: str) -> bool:
    """Whether the cells of a row follow one another, in a line of a table or as blocks."""
    if "".join(cells) in whole:
        return True
    for line in lines:
        place = 0
        for cell in cells:
            place = line.find(cell, place)
            if place < 0:
                break
            place += len(cell)
        if place >= 0:
            return True
    return False


def add(total: Counts, more: Counts) -> None:
    """Add counts to a total."""
    for name, (kept, wanted) in more.items():
        pair = total.setdefault(name, [0, 0])
        pair[0] += kept
        pair[1] += wanted
