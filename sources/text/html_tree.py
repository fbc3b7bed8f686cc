"""The depth of an HTML tree: what recurses over it must come to an end."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement

SAFE_DEPTH = 150
"""Deepest element that is read; the extractor recurses, and gives up silently at 256 levels."""

_UNWRAPPED = "unwrapped"
"""Tag of elements to unwrap: one at a time costs the square of their number in a paragraph."""


def flatten_depth(tree: HtmlElement, limit: int = SAFE_DEPTH) -> bool:
    """Bring a tree to at most ``limit`` levels by unwrapping elements, losing no text.

    Wrappers that hold nothing but one element go first, since they carry no structure; what is
    still too deep loses its tags, not its text.

    Args:
        tree: Parsed page, changed in place.
        limit: Levels that remain.

    Returns:
        Whether anything had to be unwrapped.
    """
    if not _is_deeper(tree, limit):
        return False
    for element in list(tree.iter("div", "span", "font", "center", "section", "b", "i", "em")):
        only = len(element) == 1 and not _has_text(element.text) and not _has_text(element[0].tail)
        if only and element.getparent() is not None:
            element.tag = _UNWRAPPED
    etree.strip_tags(tree, _UNWRAPPED)
    for element, depth in list(_with_depth(tree)):
        if depth > limit and element.getparent() is not None and isinstance(element.tag, str):
            element.tail = " " + (element.tail or "")
            element.tag = _UNWRAPPED
    etree.strip_tags(tree, _UNWRAPPED)
    return True


def _with_depth(tree: HtmlElement) -> Iterator[tuple[HtmlElement, int]]:
    stack = [(tree, 1)]
    while stack:
        element, depth = stack.pop()
        yield element, depth
        stack.extend((child, depth + 1) for child in element)


def _is_deeper(tree: HtmlElement, limit: int) -> bool:
    """Ask for one path through all levels: a walk in Python costs as much as reading the page."""
    return bool(tree.xpath(f"boolean({'/*' * (limit + 1)})"))


def _has_text(text: str | None) -> bool:
    return bool(text and text.strip())
