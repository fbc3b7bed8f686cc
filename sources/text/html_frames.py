"""Frames of a page: navigation, sharing, advertisement and what else stands round its text."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from sources.text.html_blocks import Block, Box

LINKED_SHARE = 0.5
"""Blocks with more of their text in links are navigation."""

_FRAME_SHARE = 0.4  # of a page's text; what holds more is named after its frame but is none
_NAME_PART = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])")
# An amount as doses and findings are stated, in units of measurement.
_AMOUNT = re.compile(
    r"[0-9]\s?(?:[nmk\u00b5\u03bc]?g|mcg|[md]?[lL]|[mk]?IU|units?|mm\s?Hg|kPa|\u00b0C|bpm"
    r"|[nmu\u00b5\u03bc]?mol|mEq|[mc]m)(?![A-Za-z])"
)
_SENTENCE = re.compile(r"[A-Z](?:[^.!?]|[.!?](?!\s|$))*[.!?](?=\s|$)")
_PROSE_TAGS = ("p", "div", "li", "dd", "section", "aside", "blockquote")
_SENTENCE_WORDS = 6  # fewer are a label
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
# Of these, words that say something else in a compound: ``md:hidden``, ``ad-hoc``, ``author-note``.
_AMBIGUOUS = frozenset({
    "ad", "ads", "author", "authors", "button", "buttons", "hidden", "meta", "related", "search",
    "tags", "widget",
})  # fmt: skip
# Words that say only where a frame stands, or that it holds several things.
_PLACE_NAMES = frozenset({
    "area", "articles", "bar", "block", "body", "bottom", "box", "column", "columns", "container",
    "content", "copyright", "fixed", "form", "global", "header", "heading", "icon", "icons",
    "inner", "item", "items", "left", "link", "links", "list", "lower", "main", "media",
    "mobile", "module", "outer", "page", "pages", "panel", "post", "posts", "primary",
    "region", "right", "row", "secondary", "section", "sidebar", "site", "sticky", "stories",
    "title", "top", "widgets", "wrap", "wrapper",
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
        names = f"{element.get('class', '')} {element.get('id', '')}".split()
        return any(map(_is_frame_name, names)) and not _holds_doses(box)


def _is_frame_name(name: str) -> bool:
    """Tell the name of a frame: one with a clear word, or made of such words and places alone."""
    parts = {part.lower() for part in _NAME_PART.split(name) if part and not part.isdigit()}
    named = parts & _FRAME_NAMES
    return bool(named) and (not named <= _AMBIGUOUS or parts - named <= _PLACE_NAMES)


def _holds_doses(box: Box) -> bool:
    """Tell running prose with amounts in units, which is main text whatever its box is called."""
    if is_linked(box.linked, box.chars):
        return False
    return any(_is_prose_with_amount(part) for part in box.element.iter(*_PROSE_TAGS))


def _is_prose_with_amount(element: HtmlElement) -> bool:
    if element.find(".//p") is not None or element.find(".//div") is not None:
        return False  # what is in it is looked at by itself
    if element.find(".//a") is not None:
        linked = sum(len(link.text_content()) for link in element.iter("a"))
        if is_linked(linked, len(element.text_content())):
            return False
    sentences = _SENTENCE.findall(" ".join(element.text_content().split()))
    return any(
        len(sentence.split()) >= _SENTENCE_WORDS and _AMOUNT.search(sentence)
        for sentence in sentences
    )


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
