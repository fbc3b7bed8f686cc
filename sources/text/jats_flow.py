"""Mixed content of JATS: lines, paragraphs, and the blocks that stand between them.

A block is a heading, a paragraph, a list, a table … without a blank line at its ends; the caller
joins blocks with blank lines. A paragraph that holds a list, table or formula is cut around it, so
nothing is read twice and nothing is glued. The blocks themselves: `sources.text.jats_body`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lxml import etree

from sources.text.jats_choice import Choice
from sources.text.jats_left_out import LeftOut
from sources.text.markup import INLINE, Pieces, collapse, collect, collect_one, finish

Blocks = list[str]
Taken = frozenset[str]

NOTHING: Taken = frozenset()
HEAD: Taken = frozenset({"label", "title"})


@dataclass(frozen=True, slots=True)
class Style:
    """How a recipe wants articles written.

    Attributes:
        choice: Which sections go into the text.
        tables: ``markdown`` or ``sentences``.
        keep_citations: Whether citation markers stay.
    """

    choice: Choice = field(default_factory=Choice)
    tables: str = "markdown"
    keep_citations: bool = False


class Flow:
    """Reads mixed content of one article.

    Args:
        style: How it is to be written.
        left_out: Takes what does not become text.
        floats: Figures and tables kept apart in ``floats-group``, by id: each is set after the
            first paragraph that refers to it. What no paragraph refers to comes with `leftovers`.

    Attributes:
        handlers: How each element is read that is not part of a line.
    """

    handlers: ClassVar[dict[Any, Callable[[Any, Any, int, Blocks], None]]] = {}

    def __init__(
        self, style: Style, left_out: LeftOut, floats: dict[str, etree._Element] | None = None
    ) -> None:
        self.style = style
        self.left_out = left_out
        self._floats = floats or {}
        self._counts: dict[str, int] = {}  # of the items of lists, by the list's id

    def read(self, element: etree._Element, level: int = 2, taken: Taken = HEAD) -> Blocks:
        """Return the blocks of an element's content.

        Args:
            element: ``body``, ``abstract``, ``sec`` …
            level: Heading level of the sections in it.
            taken: Children that the caller has read.
        """
        out: Blocks = []
        self.flow(element, level, out, taken)
        return out

    def back(self, elements: Iterable[etree._Element]) -> Blocks:
        """Return the blocks of back matter: appendices, sections, notes, glossaries."""
        out: Blocks = []
        for element in elements:
            self.block(element, 2, out)
        return out

    def leftovers(self) -> Blocks:
        """Return the floats that no paragraph referred to, in document order."""
        out: Blocks = []
        while self._floats:
            element = self._floats.pop(next(iter(self._floats)))
            self.block(element, 2, out)
        return out

    def block(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Read one element that stands alone."""
        self.handlers.get(element.tag, Flow.flow)(self, element, level, out)

    def line(self, element: etree._Element) -> str:
        """Return the content of an element as one line."""
        if not len(element):
            text = element.text
            return " ".join(text.split()) if text else ""
        pieces = Pieces(self.left_out)
        collect(element, pieces)
        return finish(pieces)

    def alone(self, element: etree._Element) -> str:
        """Return an element of a line, with what it means there, as a line of its own."""
        pieces = Pieces(self.left_out)
        collect_one(element, pieces)
        return finish(pieces)

    def child(self, element: etree._Element, tag: str) -> str:
        """Return the children with a tag as one line; empty without one."""
        found = ""
        for child in element.iterchildren(tag):
            text = self.line(child)
            found = f"{found} {text}" if found and text else found or text
        return found

    def heading(self, element: etree._Element) -> str:
        """Return label and title as one line: ``2.1. Methods``."""
        label, title = self.child(element, "label"), self.child(element, "title")
        return f"{label} {title}" if label and title else label or title

    def flow(
        self, element: etree._Element, level: int, out: Blocks, taken: Taken = NOTHING
    ) -> None:
        """Read mixed content: blocks stand alone, what lies between them is a paragraph."""
        pieces = Pieces(self.left_out)
        add = pieces.append
        text = element.text
        if text and not text.isspace():
            add(text)
        handlers = self.handlers
        for child in element:
            tag = child.tag
            handler = handlers.get(tag)
            if handler is None:
                inline = INLINE.get(tag)
                if inline is not None:
                    inline(child, pieces)
                elif len(child):
                    self._unknown(child, level, out, pieces)
                elif text := child.text:
                    add(text)
            elif tag not in taken:
                if element.tag == "p" and self._in_sentence(child):
                    collect_one(child, pieces)
                else:
                    if pieces:
                        self._paragraph(pieces, out)
                    handler(self, child, level, out)
                    tail = child.tail
                    if tail and not tail.isspace():
                        add(tail)
                    continue
            tail = child.tail
            if tail:
                add(tail)
        if pieces:
            self._paragraph(pieces, out)

    def _unknown(self, element: etree._Element, level: int, out: Blocks, pieces: Pieces) -> None:
        """Read an element without a handler: part of a line unless there are blocks in it."""
        tag = str(element.tag)
        if tag[0] == "{":
            # Tables of the OASIS model bear a namespace, not always the same one.
            namespace, _, name = tag.partition("}")
            for inner in element.iter(namespace + "}*"):
                inner.tag = str(inner.tag).rpartition("}")[2]
            handler = self.handlers.get(name)
            if handler is not None:
                self._paragraph(pieces, out)
                handler(self, element, level, out)
                return
        if next(element.iterchildren("p", "sec"), None) is None:
            collect(element, pieces)
        else:
            self._paragraph(pieces, out)
            self.flow(element, level, out)

    def _in_sentence(self, element: etree._Element) -> bool:
        """Whether a block stands inside a sentence, which must not be cut round it."""
        if element.tag == "fn":
            return not self.style.choice.why_not(element, self.child(element, "title"))
        return element.tag == "alternatives"

    def _paragraph(self, pieces: Pieces, out: Blocks) -> None:
        """Close the paragraph in hand."""
        text = finish(pieces)
        pieces.clear()
        if text:
            out.append(text)

    def paragraph(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Read a ``p`` and set the floats that it is the first to mention behind it."""
        if len(element):
            self.flow(element, level, out)
            if self._floats:
                self._place_floats(element, level, out)
        elif element.text:
            text = collapse(element.text)
            if text:
                out.append(text)

    def _place_floats(self, element: etree._Element, level: int, out: Blocks) -> None:
        for xref in element.iter("xref"):
            for rid in (xref.get("rid") or "").split():
                floating = self._floats.pop(rid, None)
                if floating is not None:
                    self.block(floating, level, out)
