"""A web page as a sequence of blocks: headings, paragraphs, list items, tables, in page order.

Every piece of visible text is read once from the tree and written as Markdown at once; each block
keeps the boxes (elements of the page) around it. Which blocks are the page's main text is chosen in
`sources.text.html_select`; lists and quotes are set by `sources.text.html_markdown`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from sources.text import tables
from sources.text.html_hidden import (
    MAY_HIDE,
    chars_of,
    drop_unsized,
    how_hidden,
    sized_inside,
)
from sources.text.html_inline import (
    BREAK,
    finish,
    finish_lines,
    formula,
    is_label,
    replaced_text,
    shift_of,
    tex,
    wrap_script,
)
from sources.text.html_tables import bound_spans, data_tables, mark_head, own_rows
from sources.text.html_tags import GONE, HEADINGS, LINES, REPLACED, STRUCK, integer, numeral

QUOTE = "> "
"""What a line of a quote begins with."""

_CITATION = re.compile(r"[\[(]?\s*[0-9]{1,4}(?:\s*[,;\u2013-]\s*[0-9]{1,4}){0,40}\s*[\])]?")
_UNSEEN = f"//*[@hidden or @aria-hidden or self::dialog or {MAY_HIDE}]"
_TEXT_BESIDE_MATH = "boolean(.//text()[normalize-space() and not(ancestor::math)])"
_SHIFTED = (
    "//*[contains(@style, 'ertical-') or contains(@style, 'ERTICAL-')"
    " or contains(@class, 'su') or contains(@class, 'Su') or contains(@class, 'SU')]"
)
_INVISIBLE = " \t\n\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NOSCRIPT_CHARS = 500  # less is a request to switch scripts on, or a counter


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """A list item or a quote around blocks.

    Attributes:
        marker: What the first line in it begins with: ``- ``, ``3. `` or ``> ``.
        holder: The list that the item belongs to; items of one list share it.
    """

    marker: str
    holder: object


@dataclass(eq=False, slots=True)
class Box:
    """An element of the page that begins and ends on a line of its own.

    Attributes:
        element: The element.
        tag: Its tag, as the page has it.
        parent: The box around it.
        chars: Characters of all blocks in it.
        linked: Of these, the ones in links.
        kept: Of these, the ones chosen as main text.
    """

    element: HtmlElement
    tag: str
    parent: Box | None
    chars: int = 0
    linked: int = 0
    kept: int = 0


@dataclass(eq=False, slots=True)
class Block:
    """A paragraph, heading, term of a list or table with its text.

    Attributes:
        kind: ``text``, ``head``, ``term``, ``definition``, ``code`` or ``table``.
        text: Markdown without the marks of lists, quotes and headings around it.
        level: Level of a heading, else 0.
        box: Innermost box.
        frames: List items and quotes around it, outermost first.
        linked: Characters of the text that stand in links.
        spots: Text nodes with which it, or a cell of it, begins: an element, and whether its tail.
    """

    kind: str
    text: str
    level: int
    box: Box
    frames: tuple[Frame, ...]
    linked: int
    spots: list[tuple[HtmlElement, bool]]


def read_blocks(tree: HtmlElement) -> tuple[list[Block], Mapping[str, int]]:
    """Read the visible text of a page.

    Args:
        tree: Parsed page; table heads are marked in it.

    Returns:
        Blocks in page order, each with text; and the characters without white space of what is
        hidden, by how (`sources.text.page.HIDDEN_TEXT`).
    """
    reader = _Reader(tree)
    reader.read(tree)
    return reader.blocks, reader.hidden


class _Reader:
    """Walks a tree; `_flat` counts the table cells around the place, where nothing is a block."""

    def __init__(self, tree: HtmlElement) -> None:
        self.blocks: list[Block] = []
        self.hidden: Counter[str] = Counter()
        self._tree = tree
        self._data = data_tables(tree)
        self._unseen = frozenset(tree.xpath(_UNSEEN))
        self._shifted = frozenset(tree.xpath(_SHIFTED))
        self._opened: frozenset[str] | None = None
        self._pieces: list[str] = []
        self._linked = self._links = self._flat = self._flushes = 0
        self._spot: tuple[HtmlElement, bool] | None = None
        self._inked = False  # whether any of the pieces is more than blanks
        self._labelled: dict[HtmlElement, bool] = {}
        self._box = Box(tree, str(tree.tag), None)
        self._frames: tuple[Frame, ...] = ()
        self._kind, self._level = "text", 0
        self._numbers: dict[HtmlElement, int] = {}
        self._chars = -1
        self._terms: dict[HtmlElement, Frame] = {}

    def read(self, tree: HtmlElement) -> None:
        self._content(tree)
        self._flush()

    def _content(self, element: HtmlElement) -> None:
        if element.text:
            self._text(element.text, element, False)
        for child in element:
            if isinstance(child.tag, str):
                self._element(child)
            if child.tail:
                self._text(child.tail, child, True)

    def _text(self, text: str, element: HtmlElement, tail: bool) -> None:
        if self._spot is None or not self._inked:
            if not text.isspace():
                self._spot = self._spot or (element, tail)
                self._inked = True
            elif not self._pieces:
                return
        self._pieces.append(text)
        if self._links:
            self._linked += len(text.strip())

    def _element(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in GONE or (tag == "noscript" and not self._is_content(element)):
            if tag == "script" and (element.get("type") or "").startswith("math/tex"):
                self._tex_script(element)
            return
        if tag == "math":
            self._formula(element, formula(element))
        elif element in self._unseen and self._is_hidden(element):
            return
        elif tag in LINES:
            if self._flat:
                self._line_in_cell(element)
            else:
                if self._pieces:
                    self._flush()
                self._line(element)
        elif tag in REPLACED:
            self._replaced(element)
        elif tag in STRUCK and not self._is_most(element):
            if not (element.tail or "a")[0].isspace():
                self._pieces.append(" ")
        elif tag == "br":
            self._pieces.append(" " if self._flat else BREAK)
        elif tag == "a":
            self._link(element)
        elif tag in ("sup", "sub"):
            self._script(element, tag)
        elif element in self._shifted:
            self._script(element, shift_of(element))
        else:
            self._content(element)

    def _script(self, element: HtmlElement, script: str) -> None:
        start, flushes = len(self._pieces), self._flushes
        self._content(element)
        if script and flushes == self._flushes:
            wrap_script(self._pieces, start, script)

    def _replaced(self, element: HtmlElement) -> None:
        """A picture or control: mostly a gap between words."""
        if element.tag == "button" and is_label(element, self._labelled):
            element.tag = "span"  # the extractor drops buttons
            self._pieces.append(" ")
            self._content(element)
            self._pieces.append(" ")
            return
        in_text = self._flat or self._inked or (element.tail or "").strip()
        said = replaced_text(element) if in_text and not self._links else ""
        self._formula(element, said or " ")

    def _formula(self, element: HtmlElement, written: str) -> None:
        self._inked = self._inked or not written.isspace()
        if written and self._spot is None and element.tail and not element.tail.isspace():
            self._spot = (element, True)
        self._pieces.append(written)

    def _is_content(self, noscript: HtmlElement) -> bool:
        """Tell a page whose text is written by scripts, and stands in full only beside them."""
        return len(noscript.text_content()) >= _NOSCRIPT_CHARS and self._is_most(noscript)

    def _is_most(self, element: HtmlElement) -> bool:
        """Tell whether an element holds more than half of the text of the page."""
        if self._chars < 0:
            self._chars = _chars(self._tree)
        return 2 * _chars(element) > self._chars

    def _tex_script(self, element: HtmlElement) -> None:
        """MathJax keeps the source of a formula in a script, beside its drawing where there is."""
        drawing = element.getprevious()
        if drawing is None or drawing.find(".//math") is None:
            self._formula(element, tex(element.text or ""))

    def _link(self, element: HtmlElement) -> None:
        text = element.text or ""
        # Lists full of ``[8]`` are no navigation.
        linked = element.get("href") is not None and not (
            not len(element) and len(text) < 60 and _CITATION.fullmatch(text.strip())
        )
        self._links += linked
        self._content(element)
        self._links -= linked

    def _is_hidden(self, element: HtmlElement) -> bool:
        """Tell whether an element is not shown, and nothing on the page opens it; count it."""
        how = how_hidden(element)
        if how:
            if self._is_opened(element):
                return False
            if how == "zero_size" and (sized := sized_inside(element)):
                self.hidden[how] += drop_unsized(element, sized)
                return False
            self.hidden[how] += chars_of(element)
            return True
        return element.get("aria-hidden") == "true" and _beside_formula(element)

    def _is_opened(self, element: HtmlElement) -> bool:
        """Tell whether a script or a control of the page shows what is hidden at first."""
        attributes = element.attrib
        if attributes.get("hidden", "").lower() == "until-found":
            return True
        if element.find(".//math") is not None and not element.xpath(_TEXT_BESIDE_MATH):
            return True  # The form of a formula for those who cannot see its picture.
        if self._is_most(element):
            return True  # Scripts show the page when it is complete.
        return attributes.get("role") == "tabpanel" or attributes.get("id", "") in self._openable()

    def _openable(self) -> frozenset[str]:
        """Ids of the elements that a control of the page refers to: panels, accordions."""
        if self._opened is None:
            found = self._tree.xpath(
                "//@aria-controls|//@data-target|//@data-bs-target|//*[self::a or self::button]"
                "/@href[starts-with(., '#')]"
            )
            names = (name.lstrip("#") for value in found for name in str(value).split())
            self._opened = frozenset(filter(None, names))
        return self._opened

    def _line(self, element: HtmlElement) -> None:
        """An element on lines of its own: its blocks, under what it adds around them."""
        outer = (self._box, self._frames, self._kind, self._level)
        tag = element.tag
        self._box = Box(element, str(tag), self._box)
        if tag in HEADINGS:
            self._kind, self._level = "head", HEADINGS[tag]
        elif tag == "li":
            self._frames += (Frame(self._marker(element), element.getparent()),)
        elif tag in ("dt", "dd"):
            frame = self._term(element)
            if frame not in self._frames:  # the parser nests terms whose end tags are left out
                self._frames += (frame,)
            self._kind = "term" if tag == "dt" else "definition"
        elif tag == "blockquote":
            self._frames += (Frame(QUOTE, element),)
        if tag == "pre":
            self._preformatted(element)
        elif tag == "table" and element in self._data:
            self._table(element)
        else:
            self._content(element)
        if self._pieces:
            self._flush()
        self._box, self._frames, self._kind, self._level = outer

    def _line_in_cell(self, element: HtmlElement) -> None:
        self._pieces.append(f" {self._marker(element)}" if element.tag == "li" else " ")
        self._content(element)
        self._pieces.append(" ")

    def _marker(self, item: HtmlElement) -> str:
        holder = item.getparent()
        if holder is None or holder.tag != "ol":
            return "- "
        step = -1 if holder.get("reversed") is not None else 1
        number = self._numbers.get(holder)
        if number is None:
            first = sum(1 for _ in holder.iterchildren("li")) if step < 0 else 1
            number = integer(holder.get("start"), first) - step
        number = integer(item.get("value"), number + step)
        self._numbers[holder] = number
        return f"{numeral(number, holder.get('type') or '1')}. "

    def _term(self, element: HtmlElement) -> Frame:
        """The item of a definition list: a term, or several, with what follows."""
        holder = element.getparent()
        while holder is not None and holder.tag == "div":
            holder = holder.getparent()
        holder = element if holder is None else holder
        frame = self._terms.get(holder)
        if frame is None or (element.tag == "dt" and self._is_defined(frame)):
            frame = self._terms[holder] = Frame("- ", holder)
        return frame

    def _is_defined(self, frame: Frame) -> bool:
        """Whether an item of a definition list has more than terms already."""
        previous = self.blocks[-1] if self.blocks else None
        return previous is not None and frame in previous.frames and previous.kind != "term"

    def _table(self, table: HtmlElement) -> None:
        for caption in table.iterchildren("caption"):
            self._element(caption)
        self._drop_hidden_rows(table)
        bound_spans(table)
        mark_head(table)
        spots: list[tuple[HtmlElement, bool]] = []

        def cell_text(cell: HtmlElement) -> str:
            if cell in self._unseen and self._is_hidden(cell):
                return ""
            self._flat += 1
            self._content(cell)
            self._flat -= 1
            text = finish(self._pieces)
            if self._spot is not None:
                spots.append(self._spot)
            self._pieces.clear()
            self._spot = None
            return text

        # Cells of mere text are not asked for.
        for cell in (cell for row in own_rows(table) for cell in row if not len(cell)):
            if cell in self._unseen and self._is_hidden(cell):
                cell.text = None
            elif cell.text and not cell.text.isspace():
                spots.append((cell, False))
        self._add("table", tables.render(table, cell_text), spots)
        self._reset()

    def _drop_hidden_rows(self, table: HtmlElement) -> None:
        """Take rows, and parts of a table, that are not shown out of it."""
        self._drop_hidden(list(table.iterchildren("thead", "tbody", "tfoot")))
        self._drop_hidden(own_rows(table))

    def _drop_hidden(self, elements: Sequence[HtmlElement]) -> None:
        for element in elements:
            if element in self._unseen and self._is_hidden(element):
                element.getparent().remove(element)

    def _preformatted(self, element: HtmlElement) -> None:
        """Lines as they stand, in a fence where they are code."""
        self._content(element)
        is_code = element.find(".//code") is not None
        self._add("code" if is_code else "text", finish_lines(self._pieces))
        self._reset()

    def _flush(self) -> None:
        """End the block under way."""
        text = finish(self._pieces)
        if self._kind == "head":
            text = " ".join(text.split()).rstrip("¶ ")
        self._add(self._kind, text)
        if self._kind == "definition":
            self._kind = "text"
        self._reset()

    def _add(
        self,
        kind: str,
        text: str,
        spots: list[tuple[HtmlElement, bool]] | None = None,
    ) -> None:
        if not text.strip(_INVISIBLE):
            return
        if spots is None:
            spots = [self._spot] if self._spot else []
        linked = self._linked
        block = Block(kind, text, self._level, self._box, self._frames, linked, spots)
        self.blocks.append(block)
        box: Box | None = self._box
        while box is not None:
            box.chars += len(text)
            box.linked += linked
            box = box.parent

    def _reset(self) -> None:
        self._pieces.clear()
        self._linked, self._spot, self._inked = 0, None, False
        self._flushes += 1


def _chars(element: HtmlElement) -> int:
    """Count the characters in an element, scripts and styles left out."""
    code = sum(len(inner.text or "") for inner in element.iter("script", "style"))
    return len(element.text_content()) - code


def _beside_formula(element: HtmlElement) -> bool:
    """Tell the drawing of a formula, which stands beside its MathML."""
    for sibling in (element.getprevious(), element.getnext()):
        if sibling is None or not isinstance(sibling.tag, str):
            continue
        if sibling.tag == "math" or sibling.find(".//math") is not None:
            return True
    return False
