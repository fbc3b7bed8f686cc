"""Inline markup (JATS, PubMed) to one line of Markdown text, losing and gluing nothing.

Italic, bold, underline and the like vanish without a trace: setting them as Markdown emphasis would
split words (``mRNA`` with an italic m). Raised and lowered text becomes ``^`` and ``_``
(`sources.text.scripts`), formulae become linear text (`sources.text.mathml`) or ``$TeX$``, never
both, and citation markers go with their punctuation (`sources.text.citations`). Comparison signs,
brackets and asterisks stay as they are.

How it works: `collect` writes pieces, with control characters that XML cannot hold as marks;
`finish` joins them and resolves the marks with the whole line at hand. What is left out on the way
is told to the `Reading` that the pieces belong to.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lxml import etree

from sources.text import citations, jats_citation, mathml, scripts
from sources.text.windows import WINDOWS_1252

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_MATH = ("math", _MATHML + "math")
_TEX_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
# Cross references to people and addresses.
_PERSONAL = frozenset({"aff", "corresp", "author-notes", "contrib"})
_CONTROL = re.compile(r"[\x7f-\x9f]")  # XML holds no others but tab and line ends
_UPPER_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_BYTE_BY_BYTE = re.compile(
    "[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# The same where the last byte was taken for a no-break blank, at the end of a line too.
_LAST_BLANK = re.compile("([\xe0-\xef][\x80-\x9f])(?: (\\w?)|$)", re.MULTILINE)
# White space outside ASCII, as `str.split` knows it.
_WIDE_SPACES = (
    "\xa0\u2009\u202f\u2003\u2002\u200a\u2005\u2008\u2006\u2007"
    "\u2004\u2000\u2001\u3000\x85\u2028\u2029\u205f\u1680"
)


PICTURES = ("graphic", "inline-graphic")
"""Elements that are pictures."""

FORMULA = "[formula]"
"""Stands in the text for a formula of which there is only a picture."""


class Reading:
    """How inline markup is read, and who wants to know what it leaves out: here nobody.

    Attributes:
        keep_citations: Whether citation markers stay in the text.
    """

    keep_citations = False

    def leave_out(self, element: etree._Element, why: str, chars: int | None = None) -> None:
        """Take note of an element whose text is left out.

        Args:
            element: The element.
            why: Reason, snake case.
            chars: Characters other than white space; None means all of the element.
        """

    def pictured(self, element: etree._Element) -> None:
        """Take note of a formula or table of which there is a picture and nothing else."""

    def cited(self, chars: int) -> None:
        """Take note of characters of citation markers and their punctuation taken out."""

    def is_reference(self, rid: str | None) -> bool:
        """Whether an id is that of a reference, for cross references without a type."""
        return False

    def link(self, element: etree._Element) -> None:
        """Take note of a ``related-article``."""


class Pieces(list[str]):
    """Pieces of one line, and the reading that they belong to."""

    __slots__ = ("reading",)

    def __init__(self, reading: Reading) -> None:
        self.reading = reading


_PLAIN = Reading()


def inline_text(element: etree._Element, reading: Reading = _PLAIN) -> str:
    """Return the text of an element with mixed content as one line of Markdown.

    Args:
        element: Any element of JATS or PubMed, with or without children.
        reading: How it is read.

    Returns:
        Text with single blanks, stripped; ``""`` for an empty element.

    Example:
        >>> inline_text(etree.fromstring("<p>10<sup>4</sup> <i>E. coli</i>/mL</p>"))
        '10^4 E. coli/mL'
    """
    if not len(element):
        text = element.text
        return " ".join(text.split()) if text else ""
    pieces = Pieces(reading)
    collect(element, pieces)
    return finish(pieces)


def printable(text: str) -> str:
    """Return a text without control characters other than line feeds.

    A control character is the trace of a wrong decoding: part of UTF-8 that was read byte by byte
    as Latin-1, or a reference such as ``&#150;``, which means a character of Windows-1252, as HTML
    reads it too.
    """
    if "\x7f" not in text and (text.isascii() or not _has_controls(text)):
        return text
    text = _LAST_BLANK.sub(_decoded_blank, _BYTE_BY_BYTE.sub(_decoded, text))
    return _CONTROL.sub(lambda match: WINDOWS_1252.get(ord(match[0]), ""), text)


def _decoded(match: re.Match[str]) -> str:
    """Characters of a sequence of UTF-8 read as Latin-1; plain letters side by side stay."""
    if not _CONTROL.search(match[0]):
        return match[0]
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def visible(text: str) -> int:
    """Characters of a text other than white space."""
    return len("".join(text.split()))


def finish(pieces: Pieces) -> str:
    """Join collected pieces to one line: blanks collapsed, citations out, scripts resolved."""
    line = collapse("".join(pieces))
    if citations.MARKER in line or citations.TEXT_OPEN in line:
        shorter = citations.remove(line)
        pieces.reading.cited(_removed(line, shorter))
        line = shorter
    if citations.KEPT_OPEN in line:
        line = citations.keep(line)
    if scripts.SUP_CLOSE in line or scripts.SUB_CLOSE in line or scripts.SPLIT in line:
        line = scripts.resolve(line)
    return line


def _decoded_blank(match: re.Match[str]) -> str:
    """The character of a sequence with a blank in it, and a blank where a word follows."""
    try:
        character = f"{match[1]}\xa0".encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    return f"{character} {match[2]}" if match[2] else character


def collapse(text: str) -> str:
    """Return a text with single blanks for its white space and none at the ends."""
    # Most paragraphs need no change, and to see that takes less than to split and join them.
    if "\n" in text or "  " in text or "\t" in text or "\r" in text:
        odd = True
    else:
        odd = not text.isascii() and any(map(text.__contains__, _WIDE_SPACES))
    return " ".join(text.split()) if odd else text.strip()


def _has_controls(text: str) -> bool:
    """Whether a text holds control characters above ASCII."""
    # Searched in bytes: a pattern with a fixed beginning is many times faster than one without.
    return _UPPER_CONTROL.search(text.encode("utf-8", "surrogatepass")) is not None


def _removed(line: str, shorter: str) -> int:
    """Characters other than blanks and marks that citations took with them."""
    chars = len(line) - len(shorter) - line.count(" ") + shorter.count(" ")
    chars -= line.count(citations.MARKER)
    if citations.TEXT_OPEN in line:
        chars -= 2 * line.count(citations.TEXT_OPEN)
    if scripts.SUP_OPEN in line:
        chars -= 2 * (line.count(scripts.SUP_OPEN) - shorter.count(scripts.SUP_OPEN))
    return chars


def collect(element: etree._Element, out: Pieces) -> None:
    """Write the pieces of an element's content: its text, its children and their tails."""
    add = out.append
    text = element.text
    if text:
        add(text)
    for child in element:
        handler = INLINE.get(child.tag)
        if handler is not None:
            handler(child, out)
        elif len(child):
            collect(child, out)
        else:
            text = child.text
            if text:
                add(text)
        tail = child.tail
        if tail:
            add(tail)


def collect_one(element: etree._Element, out: Pieces) -> None:
    """Write the pieces of one inline element, without its tail."""
    handler = INLINE.get(element.tag)
    if handler is not None:
        handler(element, out)
    elif len(element):
        collect(element, out)
    elif element.text:
        out.append(element.text)


def formula(element: etree._Element, out: Pieces) -> None:
    """Write a formula once, though it may be there in several forms, without its label.

    Args:
        element: ``inline-formula``, ``disp-formula``, ``alternatives`` or the like.
        out: Takes ``$TeX$`` where there is ``tex-math``, else linear MathML, each with the text
            beside it; `FORMULA` for a mere picture, so that the sentence around it stays one.
    """
    without: tuple[str, ...] = ()
    for form in element.iter("tex-math", *_MATH):
        without = ("textual-form",)
        if form.tag == "tex-math":
            without = ("textual-form", *_MATH)
            break
    inner = Pieces(out.reading)
    _formula_content(element, inner, without)
    text = "".join(inner)
    if without:
        text = text.strip()  # what stands between the forms is indentation
    elif not text.strip() and next(element.iter(*PICTURES), None) is not None:
        text = FORMULA
        out.reading.pictured(element)
    out.append(text)


def _formula_content(element: etree._Element, out: Pieces, without: tuple[str, ...]) -> None:
    """Write what a formula holds but for the forms that are left out, and its label."""
    if element.text:
        out.append(element.text)
    for child in element:
        tag = child.tag
        if tag in without:
            out.reading.leave_out(child, "other_form")
        elif tag == "alternatives":
            _formula_content(child, out, without)
        elif tag != "label":
            collect_one(child, out)
        if child.tail:
            out.append(child.tail)


def _tex(element: etree._Element, out: Pieces) -> None:
    """``$…$`` of a TeX formula; the LaTeX document around it is left out."""
    source = mathml.text_of(element)
    body = _TEX_BODY.search(source)
    # A blank must stay after a control word, so blanks are collapsed and never removed.
    text = " ".join((body[1] if body else source).split())
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening):
            text = text[len(opening) : -len(closing)].strip()
            break
    if len(source) > len(text):
        chars = visible(source) - visible(text)
        if chars:
            out.reading.leave_out(element, "tex_frame", chars)
    if text:
        out.append(f"${text}$")


def _sup(element: etree._Element, out: Pieces) -> None:
    out.append(scripts.SUP_OPEN)
    collect(element, out)
    out.append(scripts.SUP_CLOSE)


def _sub(element: etree._Element, out: Pieces) -> None:
    out.append(scripts.SUB_OPEN)
    collect(element, out)
    out.append(scripts.SUB_CLOSE)


def _spaced(element: etree._Element, out: Pieces) -> None:
    """A block inside a line: its text must not touch its neighbours'."""
    out.append(" ")
    collect(element, out)
    out.append(" ")


def _break(element: etree._Element, out: Pieces) -> None:
    out.append(" ")


def _ignore(element: Any, out: Pieces) -> None:
    """Comments and processing instructions hold no text of the document."""


def _drop(element: Any, out: Pieces) -> None:
    """Leave out what is no text of the document."""
    out.reading.leave_out(element, _DROPPED[element.tag])


def _xref(element: etree._Element, out: Pieces) -> None:
    kind = element.get("ref-type")
    reading = out.reading
    if kind in ("bibr", "ref") or (kind is None and reading.is_reference(element.get("rid"))):
        text = mathml.text_of(element) if len(element) else element.text or ""
        if reading.keep_citations:
            _kept_citation(element, text, out)
            return
        marked = citations.mark(text)
        if marked == citations.MARKER:
            reading.cited(len(text) if text.isdigit() else visible(text))
        out.append(marked)
    elif kind in ("table-fn", "fn"):
        _note_mark(element, out)
    elif kind not in _PERSONAL:
        collect(element, out)
    else:
        reading.leave_out(element, "person")


def _kept_citation(element: etree._Element, text: str, out: Pieces) -> None:
    """A citation marker that stays; a number between marks, whatever markup it has of its own."""
    inner = Pieces(out.reading)
    collect(element, inner)
    written = "".join(inner)
    if text.isdigit():
        kept = f"{citations.KEPT_OPEN}{text}{citations.KEPT_CLOSE}"
        written = written.replace(text, kept)
    out.append(written)


def _note_mark(element: etree._Element, out: Pieces) -> None:
    """A mark of a note, kept apart from an exponent that it touches."""
    parent = element.getparent()
    raised = parent is not None and parent.tag == "sup"
    if raised or next(element.iter("sup"), None) is not None:
        write = collect
    elif _touches(element):
        write = _sup
    else:
        collect(element, out)
        return
    out.append(scripts.SPLIT)
    write(element, out)
    out.append(scripts.SPLIT)


def _touches(element: etree._Element) -> bool:
    """Whether a note mark that is not raised stands against a word: it would read as its end."""
    before, parent = element.getprevious(), element.getparent()
    if parent is None or parent.tag == "sup":
        return False
    text = parent.text if before is None else before.tail
    if not text and before is not None:
        if before.tag in ("sup", "xref"):
            return True  # one of a list of marks
        text = mathml.text_of(before)
    return bool(text) and not str(text)[-1].isspace()


def _name_part(element: etree._Element, out: Pieces) -> None:
    """Parts of a name stand side by side without a blank in the source."""
    out.append(" ")
    collect(element, out)


def _citation(element: etree._Element, out: Pieces) -> None:
    """A reference in fields, or as it is printed: fields that touch have a blank between them.

    In a sentence its fields stay in their order, without signs that the source does not have.
    """
    if element.tag != "mixed-citation" and jats_citation.is_bare(element):
        if jats_citation.is_listed(element):
            out.append(jats_citation.written(element, lambda field: _piece(field, out.reading)))
        else:
            _fields(element, out)
        return
    before: etree._Element | None = None
    out.append(element.text or "")
    for child in element:
        if isinstance(child.tag, str):
            if jats_citation.are_fields(before, child):
                out.append(" ")
            before = child
        collect_one(child, out)
        if child.tail:
            out.append(child.tail)
            before = before if child.tail.isspace() else None


def _piece(element: etree._Element, reading: Reading) -> str:
    """Text of an inline element with its marks."""
    pieces = Pieces(reading)
    collect_one(element, pieces)
    return "".join(pieces)


def _fields(element: etree._Element, out: Pieces) -> None:
    """Parts of a citation in the text: they stand side by side without anything between."""
    for child in element:
        out.append(" ")
        collect_one(child, out)
        out.append(child.tail or "")


def _formula(element: etree._Element, out: Pieces) -> None:
    formula(element, out)
    for label in element.iterchildren("label"):
        _spaced(label, out)


def _math(element: etree._Element, out: Pieces) -> None:
    for form in element.iter(_MATHML + "semantics", "semantics"):
        for other in form.iterchildren("*"):
            if mathml.is_annotation(other):
                out.reading.leave_out(other, "other_form")
    out.append(mathml.linear(element))


def _footnote(element: etree._Element, out: Pieces) -> None:
    """A note in the middle of a line stands in brackets."""
    text = inline_text(element, out.reading)
    out.append(f" ({text}) " if text else " ")


def _definition(element: etree._Element, out: Pieces) -> None:
    """What an abbreviation stands for is set in brackets behind it."""
    parent = element.getparent()
    if parent is not None and parent.tag == "abbrev":
        _footnote(element, out)
    else:
        _spaced(element, out)


def _related(element: etree._Element, out: Pieces) -> None:
    out.reading.link(element)
    collect(element, out)


_DROPPED = dict.fromkeys(("alt-text", "long-desc"), "picture_description") | dict.fromkeys(
    ("email", "phone", "fax", "contrib-group", "contrib", "aff", "corresp", "author-notes", "bio",
     "sig-block", "sig"),
    "person",
) | {
    "graphic": "picture", "inline-graphic": "picture", "private-char": "picture",
    "object-id": "identifier", "institution-id": "identifier", "permissions": "licence",
    "ref-list": "references", "processing-meta": "metadata", "indexterm": "index",
    "index-term": "index",
}  # fmt: skip
INLINE: dict[Any, Callable[[Any, Pieces], None]] = {
    "sup": _sup, "sub": _sub, "xref": _xref, "break": _break, "hr": _break, "br": _break,
    "fn": _footnote, "inline-formula": _formula, "disp-formula": _formula,
    "DispFormula": _formula, "alternatives": _formula, "tex-math": _tex,
    "given-names": _name_part, "suffix": _name_part, "math": _math, _MATHML + "math": _math,
    "person-group": _fields,
    "related-article": _related, "def": _definition, etree.Comment: _ignore,
    etree.ProcessingInstruction: _ignore, etree.Entity: _ignore,
} | dict.fromkeys(_DROPPED, _drop) | dict.fromkeys(
    ("element-citation", "nlm-citation", "citation", "mixed-citation"), _citation
) | dict.fromkeys(
    ("p", "title", "label", "list", "list-item", "def-list", "def-item", "term", "caption",
     "disp-quote", "boxed-text", "fig", "table-wrap", "table", "thead", "tbody", "tfoot", "tr",
     "td", "th", "row", "entry", "statement", "speech", "speaker", "verse-group", "verse-line",
     "preformat", "sec", "fn-group", "disp-formula-group", "supplementary-material", "media",
     "table-wrap-foot", "attrib", "fig-group", "AbstractText"),
    _spaced,
)  # fmt: skip
