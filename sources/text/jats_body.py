"""Blocks of JATS as Markdown: sections, captions, tables, lists, quotes, notes, formulae.

What does not become text is put on the document's list (`sources.text.jats_left_out`): sections
that the recipe leaves out (`sources.text.jats_choice`), descriptions of pictures, identifiers,
addresses of people. A title or label that its parent does not expect is a paragraph, and an element
that is not known passes its text on.

Reference: NISO Z39.96 (JATS), Z39.102 (BITS).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from sources.text import markup, tables
from sources.text.jats_flow import HEAD, Blocks, Flow, Taken
from sources.text.jats_left_out import size
from sources.text.markup import Pieces, collapse, collect, finish, visible
from sources.text.numerals import NUMERALS

_MAX_LEVEL = 6  # Markdown has six levels of headings
_NUMBERED = re.compile(r"(?:- |\d+\. )")
_PLAIN_NUMBER = re.compile(r"\(?(\d{1,3})[.)]?")
_BARE_LABEL = re.compile(r"[A-Za-z]|[ivxlc]{1,6}|[IVXLC]{1,6}")
_BULLETS = frozenset("•·‣◦–—-*▪■●○□➢►")
_PLACE_OF_O = 15  # elsewhere it is the ring that word processors set before items
_MARKS = re.compile(r"[\x01-\x08\x0e-\x1f]")  # of inline markup
_FENCE = re.compile(r"`{3,}")
_TABLE = "[table]"  # stands in the text for a table of which there is only a picture
_TABLE_FORMS = ("{*}table", "{*}tgroup", "array", "list", "def-list", "preformat", "disp-quote")
_FLOATS = ("table-wrap", "fig", "table-wrap-group", "fig-group")
_CAPTION: Taken = HEAD | {"caption"}
_SPEAKER: Taken = HEAD | {"speaker"}
_TITLE: Taken = frozenset({"title"})
# Elements that are never text, and why.
_NOT_TEXT = {
    "author-notes": "person", "sig-block": "person", "sig": "person",
    "contrib-group": "person", "aff": "person", "graphic": "picture",
    "object-id": "identifier", "permissions": "licence", "sec-meta": "metadata",
    "kwd-group": "metadata", "processing-meta": "metadata", "alt-text": "picture_description",
    "long-desc": "picture_description", "sub-article": "own_document",
    "response": "own_document", "front-stub": "metadata", "book-part": "own_document",
    "book-part-meta": "metadata",
}  # fmt: skip


def _sentence(*parts: str) -> str:
    """Join label, title and text so that each ends before the next begins."""
    out = ""
    for part in parts:
        if part and out:
            out += f" {part}" if out[-1] in ".:;?!" else f". {part}"
        else:
            out = out or part
    return out


class BodyReader(Flow):
    """Reads blocks of one article; see `Flow`."""

    def section(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Read a section, appendix, group of notes …, or put it on the list."""
        title = self.child(element, "title")
        if self._excluded(element, title, level, out):
            return
        label = self.child(element, "label")
        heading = f"{label} {title}" if label and title else label or title
        content: Blocks = []
        self.flow(element, level + 1 if heading else level, content, HEAD)
        # A bare title stays; one above nothing but what is left out goes too.
        if heading and (content or size(element) <= visible(heading)):
            out.append(f"{'#' * min(level, _MAX_LEVEL)} {heading}")
        elif heading:
            self.left_out.leave_out(element, "no_content", visible(heading))
        out += content

    def _excluded(self, element: etree._Element, title: str, level: int, out: Blocks) -> bool:
        """Put an element on the list where the recipe leaves it out, all but what stays of it.

        Typesetters anchor tables and figures in whatever section ends the article. And of an
        element without a title of its own only the type speaks: what is titled in it is a section
        that is judged by its title.
        """
        why = self.style.choice.why_not(element, title)
        if not why:
            return False
        chars = size(element)
        staying = _FLOATS if title else (*_FLOATS, "sec", "notes")
        for inner in _outermost(element, staying) if element.tag != "ref-list" else ():
            if inner.tag in _FLOATS or next(inner.iterchildren("title"), None) is not None:
                chars -= size(inner)
                self.block(inner, level, out)
        self.left_out.section(element, title, why, chars)
        return True

    def _statement(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A paragraph, unless it is a statement among others that the recipe leaves out."""
        if not self._excluded(element, "", level, out):
            self.paragraph(element, level, out)

    def _container(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A group without words of its own but perhaps a title."""
        heading = self.heading(element)
        if heading:
            out.append(heading)
        self.flow(element, level, out, HEAD)

    def _captioned(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Figure, table, supplement: label and caption as one paragraph, then the rest."""
        lead = [self.child(element, "label")]
        caption: Blocks = []
        for part in element.iterchildren("caption"):
            lead.append(self.child(part, "title"))
            self.flow(part, level, caption, _TITLE)
        lead.append(self.child(element, "title"))
        words = _sentence(*lead)
        if words and caption and not _is_structured(caption[0]):
            caption[0] = _sentence(words, caption[0])
        elif words:
            caption.insert(0, words)
        out += caption
        self.flow(element, level, out, _CAPTION)
        if element.tag == "table-wrap" and _is_picture(element):
            self.left_out.pictured(element)
            out.append(_TABLE)

    def _alternatives(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Forms of one thing: the table of a picture and a table, else as in a line."""
        if next(element.iter("{*}table", "{*}tgroup"), None) is not None:
            self.flow(element, level, out)
            return
        text = self.alone(element)
        if text:
            out.append(text)

    def _table(self, element: etree._Element, level: int, out: Blocks) -> None:
        for caption in element.iterchildren("caption", "title", "label"):
            self.flow(caption, level, out)
        stray: Blocks = []
        text = tables.render(element, self.line, self.style.tables, stray)
        out += stray
        if text:
            out.append(text)

    def _array(self, element: etree._Element, level: int, out: Blocks) -> None:
        """``array``: a table without borders, or a picture of one."""
        if next(element.iter("tr", "tgroup"), None) is None:
            self.flow(element, level, out)
        else:
            self._table(element, level, out)

    def _list(self, element: etree._Element, level: int, out: Blocks) -> None:
        kind = (element.get("list-type") or "").strip().lower()
        lines: Blocks = []
        count = self._counts.get(element.get("continued-from") or "", 0)
        self._stray_text(element.text, lines, out)
        for child in element:
            if child.tag == "list-item":
                count += 1  # also an item that is a picture has a number
                text = self._list_item(child, level, kind, count)
                if text:
                    lines.append(text)
            elif isinstance(child.tag, str):
                # A title, or something that the standard does not foresee.
                _close(lines, out)
                self.block(child, level, out)
            self._stray_text(child.tail, lines, out)
        if name := element.get("id"):
            self._counts[name] = count
        _close(lines, out)

    def _stray_text(self, text: str | None, lines: Blocks, out: Blocks) -> None:
        """Text straight in a list, where the standard has none, is a paragraph of its own."""
        if text and not text.isspace():
            _close(lines, out)
            out.append(collapse(text))

    def _list_item(self, item: etree._Element, level: int, kind: str, number: int) -> str:
        """One item of a list; `number` is its place, which counts in some kinds of list."""
        content: Blocks = []
        self.flow(item, level, content, HEAD)
        label, title = self.child(item, "label"), self.child(item, "title")
        if title:
            content.insert(0, title)
        if not label and kind in NUMERALS:
            label = f"{NUMERALS[kind](number)}." if content else ""
        elif label in _BULLETS or (label == "o" and number != _PLACE_OF_O):
            for mark in item.iterchildren("label"):
                self.left_out.leave_out(mark, "bullet")
            label = ""
        elif _BARE_LABEL.fullmatch(label):
            label += "."  # "a" before a noun would read as a word of the sentence
        prefix = _prefix_word(item) if content else ""
        if prefix:
            label = f"{prefix} {label}" if label else prefix
        plain = _PLAIN_NUMBER.fullmatch(label)
        if plain and content:
            return _item(content, f"{plain[1]}. ", "")
        return label if plain else _item(content, "- ", label)

    def _definitions(self, element: etree._Element, level: int, out: Blocks) -> None:
        """``def-list``: one item a term, ``- term: definition``."""
        heading = self.heading(element)
        if heading:
            out.append(heading)
        lines: Blocks = []
        self._stray_text(element.text, lines, out)
        heads = [self.line(head) for head in element.iterchildren("term-head", "def-head")]
        if any(heads):
            out.append(": ".join(filter(None, heads)))
        for child in element:
            tag = child.tag
            if tag == "def-item":
                text = self._definition(child, level)
                if text:
                    lines.append(text)
            elif isinstance(tag, str) and tag not in ("label", "title", "term-head", "def-head"):
                _close(lines, out)
                self.block(child, level, out)
            self._stray_text(child.tail, lines, out)
        _close(lines, out)

    def _definition(self, item: etree._Element, level: int) -> str:
        term = ", ".join(filter(None, map(self.line, item.iterchildren("term"))))
        content: Blocks = []
        self.flow(item, level, content, frozenset({"term", "label"}))
        label = self.child(item, "label")
        term = f"{label} {term}" if label and term else label or term
        if term and content and not _is_structured(content[0]):
            content[0] = f"{term.rstrip(':')}: {content[0]}"
        elif term:
            content.insert(0, term)
        return _item(content, "- ", "")

    def _quote(self, element: etree._Element, level: int, out: Blocks) -> None:
        content: Blocks = []
        self._container(element, level, content)
        if content:
            lines = "\n\n".join(content).split("\n")
            out.append("\n".join(f"> {line}".rstrip() for line in lines))

    def _box(self, element: etree._Element, level: int, out: Blocks) -> None:
        """``boxed-text``: a section of its own where it has a title."""
        heading = self.heading(element)
        for caption in element.iterchildren("caption"):
            heading = _sentence(heading, self.child(caption, "title"))
        if heading:
            out.append(f"{'#' * min(level, _MAX_LEVEL)} {heading}")
        for caption in element.iterchildren("caption"):
            self.flow(caption, level + 1, out, _TITLE)
        self.flow(element, level + 1 if heading else level, out, _CAPTION)

    def _lead(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Statements and speeches: label, title or speaker in front of the first paragraph."""
        lead = self.heading(element)
        speaker = self.child(element, "speaker").rstrip(":")
        content: Blocks = []
        self.flow(element, level, content, _SPEAKER)
        words = _sentence(lead, f"{speaker}:" if speaker else "")
        if words and content and not _is_structured(content[0]):
            content[0] = _sentence(words, content[0])
        elif words:
            content.insert(0, words)
        out += content

    def _note(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A footnote: its label in front of its text."""
        title = self.child(element, "title")
        if self._excluded(element, title, level, out):
            return
        content: Blocks = []
        self.flow(element, level, content, HEAD)
        label = self.child(element, "label")
        lead = f"{label} {title}" if label and title else label or title
        if lead and content and not _is_structured(content[0]):
            content[0] = f"{lead} {content[0]}"
        elif lead:
            content.insert(0, lead)
        out += content

    def _reference(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A reference, where the recipe asks for the list."""
        texts = [collapse(element.text or "")]
        for child in element.iterchildren("*"):
            texts += [self.alone(child), collapse(child.tail or "")]
        text = " ".join(filter(None, texts))
        if text:
            out.append(f"- {text}")

    def _formula(self, element: etree._Element, level: int, out: Blocks) -> None:
        pieces = Pieces(self.left_out)
        markup.formula(element, pieces)
        text, label = finish(pieces), self.child(element, "label")
        if text or label:
            out.append(f"{text} {label}" if text and label else text or label)

    def _code(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Preformatted text keeps its lines, inside a fence longer than any in it."""
        pieces = Pieces(self.left_out)
        collect(element, pieces)
        text = "\n".join(map(self._code_line, "".join(pieces).split("\n")))
        text = text.strip("\n").rstrip()
        if text.strip():
            fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(text)), 3)
            out.append(f"{fence}\n{text}\n{fence}")

    def _code_line(self, line: str) -> str:
        """A line with its blanks; scripts and citations in it are written as in a paragraph."""
        if not _MARKS.search(line):
            return line
        words = line.lstrip()
        pieces = Pieces(self.left_out)
        pieces.append(words)
        return line[: len(line) - len(words)] + finish(pieces)

    def _verse(self, element: etree._Element, level: int, out: Blocks) -> None:
        """Lines of a poem, one a line; groups inside it are set apart."""
        lines = [self.heading(element)]
        lines += map(self.line, element.iterchildren("verse-line", "attrib"))
        text = "\n".join(filter(None, lines))
        if text:
            out.append(text)
        self.flow(element, level, out, HEAD | {"verse-line", "attrib"})

    def _stray(self, element: etree._Element, level: int, out: Blocks) -> None:
        """A title, label … that the parent does not expect there."""
        self.flow(element, level, out)

    def _not_text(self, element: Any, level: int, out: Blocks) -> None:
        self.left_out.leave_out(element, _NOT_TEXT[element.tag])

    def _ignore(self, element: Any, level: int, out: Blocks) -> None:
        """Comments and processing instructions hold no text of the document."""


def _close(lines: Blocks, out: Blocks) -> None:
    """End the list in hand, if there is one."""
    if lines:
        out.append("\n".join(lines))
        lines.clear()


def _outermost(element: etree._Element, tags: tuple[str, ...]) -> list[etree._Element]:
    """Elements with these tags inside an element, none of them inside another."""
    found: dict[etree._Element, None] = {}
    for inner in element.iterdescendants(*tags):
        if found.keys().isdisjoint(inner.iterancestors(*tags)):
            found[inner] = None
    return list(found)


def _is_picture(element: etree._Element) -> bool:
    """Whether a table is there as a picture and in no other form."""
    if next(element.iter(*markup.PICTURES), None) is None:
        return False
    return next(element.iter(*_TABLE_FORMS), None) is None


def _is_structured(block: str) -> bool:
    """Whether a block is a list, table, quote or fence, which no words can be put in front of."""
    return block[:1] in "|>`#" or "\n" in block or _NUMBERED.match(block) is not None


def _prefix_word(item: etree._Element) -> str:
    """The word before the label of every item of a list: ``Step``."""
    holder = item.getparent()
    return " ".join((holder.get("prefix-word") or "").split()) if holder is not None else ""


def _item(content: Blocks, marker: str, label: str) -> str:
    """One list item: blocks after the first are indented to stand inside it."""
    if label and content and not _is_structured(content[0]):
        content[0] = f"{label} {content[0]}"
    elif label:
        content.insert(0, label)
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
        (reader._statement, "p"),
        (reader.paragraph, "attrib"),
        (reader.section, "sec app notes fn-group glossary treatment-sec ack bio ref-list"),
        (reader._container, "app-group list-group taxon-treatment"),
        (reader._container, "disp-formula-group treatment-meta nomenclature question-wrap"),
        (reader._container, "answer-set explanation question-wrap-group"),
        (reader._captioned, "fig table-wrap fig-group table-wrap-group supplementary-material"),
        (reader._captioned, "media chem-struct-wrap"),
        (reader.flow, "table-wrap-foot floats-group floats-wrap def"),
        (reader._alternatives, "alternatives"),
        (reader._table, "table tgroup"),
        (reader._array, "array"),
        (reader._list, "list"),
        (reader._definitions, "def-list"),
        (reader._quote, "disp-quote"),
        (reader._box, "boxed-text"),
        (reader._lead, "statement speech question answer option"),
        (reader._note, "fn"),
        (reader._reference, "ref"),
        (reader._formula, "disp-formula"),
        (reader._code, "preformat code"),
        (reader._verse, "verse-group"),
        (reader._stray, "title subtitle label caption speaker term def-item list-item verse-line"),
        (reader._not_text, " ".join(_NOT_TEXT)),
    ]
    table: dict[Any, Handler] = {tag: handler for handler, tags in kinds for tag in tags.split()}
    for kind in (etree.Comment, etree.ProcessingInstruction, etree.Entity):
        table[kind] = reader._ignore
    return table


BodyReader.handlers = _handlers()
