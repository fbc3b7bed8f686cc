"""What of a page nobody sees: set not to be shown, put beside the page, or of no size.

Only what an element says of itself is looked at, its attributes and its inline style: sheets of
style are not part of a saved page. Not `visibility` and `opacity`: scripts show what has them while
one scrolls. Not `text-indent` either: the same words stand there as a picture.

Reference: CSS 2.1, 9.2.4, 9.3 and 11.1; HTML Living Standard, 6.1 (the hidden attribute).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from lxml.html import HtmlElement

MAY_HIDE = " or ".join(
    f"contains(@style, '{part}')"
    for word in ("isplay", "osition", "verflow", "ont-size")
    for part in (word, word.upper())
)
"""XPath condition of the elements whose style is worth a look."""

_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PLACED = re.compile(r"position\s*:\s*(?:absolute|fixed)", re.IGNORECASE)
_FAR_OFF = re.compile(
    r"(?:^|[;\s])(?:left|top|right|bottom)\s*:\s*-(?:[0-9]{4,}px|[0-9]{3,}r?em)", re.IGNORECASE
)
_CLIPPED = re.compile(r"clip\s*:\s*rect\(\s*[01](?:px)?[\s,)]", re.IGNORECASE)
_CUT_OFF = re.compile(r"overflow\s*:\s*hidden", re.IGNORECASE)
_ZERO = r"\s*:\s*0(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
_NO_SIZE = tuple(
    re.compile(rf"(?:^|[;\s]){name}{_ZERO}", re.IGNORECASE) for name in ("height", "width")
)
_CODE = frozenset({"script", "style"})
# Not ``em``, ``%``, ``smaller``: a share of nothing is nothing.
_SIZED = re.compile(
    r"font-size\s*:\s*(?:(?=[0-9.]*[1-9])[0-9]*\.?[0-9]+(?:px|pt|rem|pc|cm|mm|in|q|v[wh])\b"
    r"|(?:xx?-)?small\b|medium\b|x{0,3}-?large\b)",
    re.IGNORECASE,
)
_NO_LETTERS = re.compile(rf"font-size(?:{_ZERO}|\s*:\s*1px)", re.IGNORECASE)


def how_hidden(element: HtmlElement) -> str:
    """Tell how an element is hidden.

    Args:
        element: Element of a parsed page.

    Returns:
        ``not_displayed``, ``off_page`` or ``zero_size``; empty where it is not hidden.
    """
    attributes = element.attrib
    style = attributes.get("style", "")
    closed = element.tag == "dialog" and "open" not in attributes
    if closed or "hidden" in attributes or _NONE.search(style):
        return "not_displayed"
    if not style:
        return ""
    if _PLACED.search(style):
        if _FAR_OFF.search(style):
            return "off_page"
        if _CLIPPED.search(style):
            return "zero_size"
    if _CUT_OFF.search(style) and all(size.search(style) for size in _NO_SIZE):
        return "zero_size"
    # Only for text of its own: a box of size 0 takes away the gaps between boxes that have one.
    if (element.text or "").strip() and _NO_LETTERS.search(style):
        return "zero_size"
    return ""


def sized_inside(element: HtmlElement) -> frozenset[HtmlElement]:
    """Return what in an element without letters states a size of letters of its own.

    Args:
        element: Hidden as `how_hidden` says, with ``zero_size``.

    Returns:
        Elements, the outermost ones; none where it is the box that has no size.
    """
    style = element.get("style") or ""
    clipped = _CUT_OFF.search(style) or _PLACED.search(style)
    if clipped or not _NO_LETTERS.search(style):
        return frozenset()
    styled = element.iterfind(".//*[@style]")
    return frozenset(one for one in styled if _SIZED.search(one.get("style") or ""))


def drop_unsized(element: HtmlElement, sized: Collection[HtmlElement]) -> int:
    """Blank the text of an element but for what stands in those of its parts that have a size.

    Returns:
        Characters dropped, without white space.
    """
    dropped = len("".join((element.text or "").split()))
    element.text = " "
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _CODE and child not in sized:
            dropped += drop_unsized(child, sized)
        dropped += len("".join((child.tail or "").split()))
        child.tail = " "
    return dropped


def chars_of(element: HtmlElement) -> int:
    """Count the characters in an element without white space, scripts and styles."""
    code = sum(
        len("".join((inner.text or "").split())) for inner in element.iter("script", "style")
    )
    return len("".join(element.text_content().split())) - code
