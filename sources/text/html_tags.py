"""Elements of HTML by what they do to a line of text, and the numbers of list items.

Reference: HTML Living Standard, 15.3 (rendering of flow content, lists and hidden elements).
"""

from __future__ import annotations

from sources.text.numerals import letters, roman

LINES = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "legend", "li",
    "main", "menu", "nav", "ol", "optgroup", "p", "pre", "search", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
"""Elements that begin and end on a line of their own."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}
"""Levels of the headings."""

GONE = frozenset({
    "head", "script", "style", "template", "meta", "link", "base", "title", "source", "track",
    "param", "datalist",
})  # fmt: skip
"""Elements that are not shown and leave no gap."""

REPLACED = frozenset({
    "img", "svg", "input", "button", "select", "textarea", "iframe", "object", "embed",
    "canvas", "audio", "video", "map", "area", "picture", "progress", "meter", "frameset",
    "frame", "noframes", "applet",
})  # fmt: skip
"""Pictures, players and controls: no text of the page, but a gap between words."""

STRUCK = frozenset(("del", "s", "strike"))
"""Text that no longer holds."""

_ROMAN_MOST = 3999  # CSS Counter Styles: decimal beyond


def integer(value: str | None, default: int) -> int:
    """Return the value of an attribute, or the default where it is no plain number."""
    text = (value or "").strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else default


def numeral(number: int, kind: str) -> str:
    """Write the number of an item as its list does: ``1``, ``a``, ``A``, ``i`` or ``I``."""
    if kind in ("a", "A") and number >= 1:
        text = letters(number)
    elif kind in ("i", "I") and 1 <= number <= _ROMAN_MOST:
        text = roman(number)
    else:
        return str(number)
    return text.upper() if kind.isupper() else text
