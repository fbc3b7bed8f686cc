"""Body, abstracts and back matter of JATS to blocks of Markdown.

A block is a heading, a paragraph, a list, a table … without a blank line at its ends; the caller
joins blocks with blank lines. A paragraph that holds a list, table or formula is cut around it, so
nothing is read twice and nothing is glued. What never becomes text: reference lists,
acknowledgements, funding, competing interests, contributions of authors, notes about authors,
addresses, and pictures (their captions do).

Reference: NISO Z39.96 (JATS); which sections are left out: `sources.text.jats_excluded`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from lxml import etree

from sources.text import markup, tables
from sources.text.jats_excluded import is_excluded
from sources.text.markup import collect_one, finish, inline_text

_MAX_LEVEL = 6  # Markdown has six levels of headings

_NUMBERED = re.compile(r"(?:- |\d+\. )")
_PLAIN_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")
_BULLETS = frozenset("•·‣◦–—-*▪■●○□➢►")
_FENCE = re.compile(r"`{3,}")

Blocks = list[str]


def _sentence(*parts: str) -> str:
    """Join label, title and text so that each ends before the next begins."""
    out = ""
    for part in parts:
        if part and out:
            out += f" {part}" if out[-1] in ".:;?!" else f". {part}"
        else:
            out = out or part
    return out


class BodyReader:
    """Reads blocks of one article.

    Args:
        floats: Figures and tables kept apart in ``floats-group``, by id: each is set after the
            first paragraph that refers to it. What no paragraph refers to comes with `leftovers`.
    """

    def __init__(self, floats: dict[str, etree._Element] | None = None) -> None:
        self._floats = floats or {}

    def read(self, element: etree._Element, level: int = 2) -> Blocks:
        """Return the blocks of an element's content.

        Args:
            element: ``body``, ``abstract``, ``sec`` …; its own title is left out.
            level: Heading level of the sections in it.
        """
        out: Blocks = []
        self._flow(element, level, out)
        return out

    def back(self, elements: Iterable[etree._Element]) -> Blocks:
        """Return the blocks of back matter: appendices, sections, notes, glossaries."""
        out: Blocks = []
        for element in elements:
            handler = _BLOCKS.get(element.tag)
            if handler is not None:
                handler(self, element, 2, out)
        return out

    def leftovers(self) -> Blocks:
        """Return the floats that no paragraph referred to, in document order."""
        out: Blocks = []
        while self._floats:
            element = self._floats.pop(next(iter(self._floats)))
            self._block(element, 2, out)
        return out

    def _block(self, element: etree._Element, level: int, out: Blocks) -> None:
        _BLOCKS.get(element.tag, BodyReader._flow)(self, element, level, out)

    def _flow(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Read mixed content: blocks stand alone, what lies between them is a paragraph."""
        pieces: list[str] = []
        add = pieces.append
        text = element.text
        if text:
            add(text)
        for child in element:
            handler = _BLOCKS.get(child.tag)
            if handler is None:
                collect_one(child, add)
            else:
                if pieces:
                    _paragraph(pieces, out)
                handler(self, child, level, out)
            tail = child.tail
            if tail:
                add(tail)
        if pieces:
            _paragraph(pieces, out)

    def _p(self, element: etree._Element, level: int, out: Blocks) -> None:
        if len(element):
            self._flow(element, level, out)
            if self._floats:
                self._place_floats(element, level, out)
        elif element.text:
            text = " ".join(element.text.split())
            if text:
                out.append(text)

    def _place_floats(self, element: etree._Element, level: int, out: Blocks) -> None:
        for xref in element.iter("xref"):
            for rid in (xref.get("rid") or "").split():
                floating = self._floats.pop(rid, None)
                if floating is not None:
                    self._block(floating, level, out)

    def _section(self, element: etree._Element, level: int, out: Blocks) -> None:
        if is_excluded(element):
            # Typesetters anchor floats in whatever section ends the article.
            for floating in element.iter("table-wrap", "fig"):
                self._block(floating, level, out)
            return
        heading = _heading(element)
        content: Blocks = []
        self._flow(element, level + 1 if heading else level, content)
        if heading and (content or element.tag == "sec"):
            out.append(f"{'#' * min(level, _MAX_LEVEL)} {heading}")
        out += content

    def _container(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A group without words of its own but perhaps a title."""
        heading = _heading(element)
        if heading:
            out.append(heading)
        self._flow(element, level, out)

    def _captioned(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Figure, table, supplement: label and caption as one paragraph, then the rest."""
        lead = [_child_text(element, "label")]
        caption: Blocks = []
        for part in element.iterchildren("caption"):
            lead.append(_child_text(part, "title"))
            self._flow(part, level, caption)
        lead.append(_child_text(element, "title"))
        words = _sentence(*lead)
        if words and caption and not _is_structured(caption[0]):
            caption[0] = _sentence(words, caption[0])
        elif words:
            caption.insert(0, words)
        out += caption
        for child in element.iterchildren("alternatives"):
            self._flow(child, level, out)
        self._flow(element, level, out)

    def _table(self, element: etree._Element, level: int, out: Blocks) -> None:
        text = tables.render(element, inline_text)
        if text:
            out.append(text)

    def _list(self, element: etree._Element, level: int, out: Blocks) -> None:
        ordered = (element.get("list-type") or "").strip().lower() in ("order", "ordered", "number")
        lead = _child_text(element, "title")
        if lead:
            out.append(lead)
        lines: Blocks = []
        for item in element.iterchildren("list-item"):
            content: Blocks = []
            self._flow(item, level, content)
            label = _child_text(item, "label")
            number = _PLAIN_NUMBER.fullmatch(label)
            if number:
                marker, label = f"{int(number[1])}. ", ""
            else:
                marker = f"{len(lines) + 1}. " if ordered and not label else "- "
            text = _item(content, marker, "" if label in _BULLETS else label)
            if text:
                lines.append(text)
        if lines:
            out.append("\n".join(lines))

    def _definitions(self, element: etree._Element, level: int, out: Blocks) -> None:
        """``def-list``: one item a term, ``- term: definition``."""
        heading = _heading(element)
        if heading:
            out.append(heading)
        lines: Blocks = []
        for item in element.iterchildren("def-item"):
            term = ", ".join(filter(None, map(inline_text, item.iterchildren("term"))))
            content: Blocks = []
            for definition in item.iterchildren("def"):
                self._flow(definition, level, content)
            if term and content and not _is_structured(content[0]):
                content[0] = f"{term.rstrip(':')}: {content[0]}"
            elif term:
                content.insert(0, term)
            text = _item(content, "- ", "")
            if text:
                lines.append(text)
        if lines:
            out.append("\n".join(lines))
        for inner in element.iterchildren("def-list"):
            self._definitions(inner, level, out)

    def _quote(self, element: etree._Element, level: int, out: Blocks) -> None:
        content: Blocks = []
        self._container(element, level, content)
        if content:
            lines = "\n\n".join(content).split("\n")
            out.append("\n".join(f"> {line}".rstrip() for line in lines))

    def _box(self, element: etree._Element, level: int, out: Blocks) -> None:
        """``boxed-text``: a section of its own where it has a title."""
        heading = _heading(element)
        for caption in element.iterchildren("caption"):
            heading = _sentence(heading, _child_text(caption, "title"))
        if heading:
            out.append(f"{'#' * min(level, _MAX_LEVEL)} {heading}")
        for caption in element.iterchildren("caption"):
            self._flow(caption, level + 1, out)
        self._flow(element, level + 1 if heading else level, out)

    def _lead(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Statements and speeches: label, title or speaker in front of the first paragraph."""
        lead = _heading(element)
        speaker = _child_text(element, "speaker").rstrip(":")
        content: Blocks = []
        self._flow(element, level, content)
        words = _sentence(lead, f"{speaker}:" if speaker else "")
        if words and content and not _is_structured(content[0]):
            content[0] = _sentence(words, content[0])
        elif words:
            content.insert(0, words)
        out += content

    def _note(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A footnote: its label in front of its text."""
        if is_excluded(element):
            return
        content: Blocks = []
        self._flow(element, level, content)
        label = _child_text(element, "label")
        if label and content:
            content[0] = f"{label} {content[0]}"
        out += content

    def _formula(self, element: etree._Element, level: int, out: Blocks) -> None:
        text = finish([markup.formula(element)])
        label = _child_text(element, "label")
        if text:
            out.append(f"{text} {label}" if label and not text.endswith(label) else text)

    def _code(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Preformatted text keeps its lines, inside a fence longer than any in it."""
        text = etree.tostring(element, encoding="unicode", method="text", with_tail=False)
        text = text.strip("\n").rstrip()
        if text.strip():
            fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(text)), 3)
            out.append(f"{fence}\n{text}\n{fence}")

    def _verse(self, element: etree._Element, level: int, out: Blocks) -> None:
        lines = [_heading(element), *map(inline_text, element.iter("verse-line", "attrib"))]
        text = "\n".join(filter(None, lines))
        if text:
            out.append(text)

    def _skip(self, element: Any, level: int, out: Blocks) -> None:
        """Leave out: handled by the parent, or never part of a text."""


def _paragraph(pieces: list[str], out: Blocks) -> None:
    """Close the paragraph in hand."""
    text = finish(pieces)
    pieces.clear()
    if text:
        out.append(text)


def _child_text(element: etree._Element, tag: str) -> str:
    """Inline text of the first child with a tag; empty without one."""
    child = next(element.iterchildren(tag), None)
    return inline_text(child) if child is not None else ""


def _heading(element: etree._Element) -> str:
    """Label and title as one line: ``2.1. Methods``."""
    label, title = _child_text(element, "label"), _child_text(element, "title")
    return f"{label} {title}" if label and title else label or title


def _is_structured(block: str) -> bool:
    """Whether a block is a list, table, quote or fence, which no words can be put in front of."""
    return block[:1] in "|>`#" or "\n" in block or _NUMBERED.match(block) is not None


def _item(content: Blocks, marker: str, label: str) -> str:
    """One list item: blocks after the first are indented to stand inside it."""
    if label and content and not _is_structured(content[0]):
        content[0] = f"{label} {content[0]}"
    if not content:
        return ""
    text = content[0]
    for block in content[1:]:
        # A nested list follows at once, a further paragraph after a blank line.
        text += ("\n" if _NUMBERED.match(block) else "\n\n") + block
    indent = "\n" + " " * len(marker)
    return marker + text.replace("\n", indent).replace(indent + "\n", "\n\n")


Handler = Callable[[BodyReader, Any, int, Blocks], None]


def _handlers() -> dict[Any, Handler]:
    """Which element is read how; what is not here is part of a line."""
    reader = BodyReader
    kinds: list[tuple[Handler, str]] = [
        (reader._p, "p"),
        (reader._section, "sec app notes fn-group glossary treatment-sec"),
        (reader._container, "fig-group table-wrap-group app-group list-group taxon-treatment"),
        (reader._container, "disp-formula-group treatment-meta nomenclature question answer"),
        (reader._captioned, "fig table-wrap supplementary-material media chem-struct-wrap"),
        (reader._flow, "table-wrap-foot floats-group explanation array"),
        (reader._table, "table tgroup"),
        (reader._list, "list"),
        (reader._definitions, "def-list"),
        (reader._quote, "disp-quote"),
        (reader._box, "boxed-text"),
        (reader._lead, "statement speech"),
        (reader._note, "fn"),
        (reader._formula, "disp-formula"),
        (reader._code, "preformat code"),
        (reader._verse, "verse-group"),
        (reader._p, "attrib"),
        (
            reader._skip,
            "title label caption speaker term def-item ack ref-list bio author-notes contrib-group "
            "aff sec-meta object-id graphic permissions alt-text long-desc subtitle kwd-group "
            "related-article-group processing-meta front-stub response sub-article",
        ),
    ]
    table: dict[Any, Handler] = {tag: handler for handler, tags in kinds for tag in tags.split()}
    for kind in (etree.Comment, etree.ProcessingInstruction, etree.Entity):
        table[kind] = reader._skip
    return table


_BLOCKS = _handlers()
