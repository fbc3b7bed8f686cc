"""Frames of a page: navigation, sharing, advertisement and what else stands round its text."""

from __future__ import annotations

import re

from sources.text.html_blocks import Block, Box

LINKED_SHARE = 0.5
"""Blocks with more of their text in links are navigation."""

_FRAME_SHARE = 0.4  # of a page's text; what holds more is named after its frame but is none
_NAME_PART = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")
_FRAME_TAGS = frozenset(("nav", "footer", "dialog", "menu"))
_CONTROLS = "boolean(.//input[not(@type = 'hidden')]|.//select|.//textarea)"
_FRAME_ROLES = frozenset({
    "navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog",
    "menu", "menubar",
})  # fmt: skip
# Words in the class or id of frames, as site builders name them. Comments of readers are none: in
# the middle of a text they are the posts of a forum or the letters to a guideline.
_FRAME_NAMES = frozenset({
    "ad", "ads", "advert", "advertisement", "author", "authors", "banner", "bio", "breadcrumb",
    "breadcrumbs", "button", "buttons", "byline", "consent", "cookie", "cookies", "footer",
    "gdpr", "hidden", "login", "masthead", "menu", "meta", "modal", "nav", "navbar",
    "navigation", "newsletter", "overlay", "pager", "pagination", "popular", "popup", "promo",
    "promotion", "recommendations", "recommended", "related", "search", "share", "sharing",
    "signin", "signup", "skip", "social", "sponsor", "sponsored", "subscribe",
    "subscription", "tags", "teaser", "toc", "toolbar", "topbar", "trending", "widget",
})  # fmt: skip


class Frames:
    """Tells the boxes that frame a page from those that hold its text, each once."""

    def __init__(self, box: Box) -> None:
        self._known: dict[Box, bool] = {}
        self._total = boxes_around(box)[-1].chars

    def is_frame(self, box: Box) -> bool:
        """Whether a box stands in navigation, sharing, advertisement and the like."""
        known = self._known.get(box)
        if known is None:
            known = self._is_named_frame(box) or (
                box.parent is not None and self.is_frame(box.parent)
            )
            self._known[box] = known
        return known

    def is_outside(self, block: Block) -> bool:
        """Whether a block is text by itself, judged without the extractor."""
        if self.is_frame(block.box):
            return False
        tags = {box.tag for box in boxes_around(block.box)}
        if tags & {"header", "aside"} and not tags & {"article", "main"}:
            return False
        if block.kind != "head" and is_linked(block.linked, len(block.text)):
            return False
        holder = block.box.parent
        return not (
            block.box.tag == "li" and holder is not None and is_linked(holder.linked, holder.chars)
        )

    def _is_named_frame(self, box: Box) -> bool:
        element = box.element
        if box.chars > _FRAME_SHARE * self._total:
            return False
        if box.tag in _FRAME_TAGS or element.get("role", "").lower() in _FRAME_ROLES:
            return True
        if box.tag == "form" and element.xpath(_CONTROLS):
            return True
        names = f"{element.get('class', '')} {element.get('id', '')}"
        return not _FRAME_NAMES.isdisjoint(map(str.lower, _NAME_PART.split(names)))


def is_linked(linked: int, chars: int) -> bool:
    """Tell whether a text is made of links."""
    return linked > LINKED_SHARE * chars


def boxes_around(box: Box | None) -> list[Box]:
    """Return a box and all boxes around it, innermost first."""
    boxes = []
    while box is not None:
        boxes.append(box)
        box = box.parent
    return boxes
