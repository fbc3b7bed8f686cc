"""Inline markup (JATS, PubMed) to one line of Markdown text, losing and gluing nothing.

Italic, bold, underline and the like vanish without a trace: setting them as Markdown emphasis would
split words (``mRNA`` with an italic m). Raised and lowered text becomes ``^`` and ``_``
(`sources.text.scripts`), formulae become linear text (`sources.text.mathml`) or ``$TeX$``, never
both, and citation markers go with their punctuation (`sources.text.citations`). Comparison signs,
brackets and asterisks stay as they are.

How it works: `collect` writes pieces, with control characters that XML cannot hold as marks;
`finish` joins them and resolves the marks with the whole line at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from lxml import etree

from sources.text import citations, mathml, scripts

Add = Callable[[str], None]

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_TEX_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
# Addresses of people: they never reach a text (facts: e-mail addresses sit in front matter).
_DROPPED_XREFS = frozenset({"aff", "corresp", "author-notes", "contrib"})


def inline_text(element: etree._Element) -> str:
    """Return the text of an element with mixed content as one line of Markdown.

    Args:
        element: Any element of JATS or PubMed, with or without children.

    Returns:
        Text with single blanks, stripped; ``""`` for an empty element.

    Example:
        >>> inline_text(etree.fromstring("<p>10<sup>4</sup> <i>E. coli</i>/mL</p>"))
        '10^4 E. coli/mL'
    """
    if not len(element):
        text = element.text
        return " ".join(text.split()) if text else ""
    pieces: list[str] = []
    collect(element, pieces.append)
    return finish(pieces)


def finish(pieces: Iterable[str]) -> str:
    """Join collected pieces to one line: blanks collapsed, citations out, scripts resolved."""
    line = " ".join("".join(pieces).split())
    if citations.MARKER in line or citations.TEXT_OPEN in line:
        line = citations.remove(line)
    if scripts.SUP_CLOSE in line or scripts.SUB_CLOSE in line:
        line = scripts.resolve(line)
    return line


def collect(element: etree._Element, add: Add) -> None:
    """Write the pieces of an element's content: its text, its children and their tails."""
    text = element.text
    if text:
        add(text)
    for child in element:
        handler = _HANDLERS.get(child.tag)
        if handler is not None:
            handler(child, add)
        elif len(child):
            collect(child, add)
        else:
            text = child.text
            if text:
                add(text)
        tail = child.tail
        if tail:
            add(tail)


def collect_one(element: etree._Element, add: Add) -> None:
    """Write the pieces of one inline element, without its tail."""
    handler = _HANDLERS.get(element.tag)
    if handler is not None:
        handler(element, add)
    else:
        collect(element, add)


def formula(element: etree._Element) -> str:
    """Return a formula once, though it may be there in several forms.

    Args:
        element: ``inline-formula``, ``disp-formula``, ``alternatives`` or the like.

    Returns:
        ``$TeX$`` where there is ``tex-math``, else linear MathML, else the text that is there
        apart from the label; with marks, for `finish`. Empty for a mere picture.
    """
    for child in element.iter("tex-math"):
        return _tex(child)
    found = [mathml.linear(child) for child in element.iter(_MATHML + "math", "math")]
    if found:
        return " ".join(found)
    pieces: list[str] = []
    collect(element, pieces.append)
    return "".join(pieces)


def _tex(element: etree._Element) -> str:
    """``$…$`` of a TeX formula; the LaTeX document around it is left out."""
    source = mathml.text_of(element)
    body = _TEX_BODY.search(source)
    # A blank must stay after a control word, so blanks are collapsed and never removed.
    text = " ".join((body[1] if body else source).split())
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\[", r"\]"), (r"\(", r"\)")):
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening):
            text = text[len(opening) : -len(closing)].strip()
            break
    return f"${text}$" if text else ""


def _sup(element: etree._Element, add: Add) -> None:
    add(scripts.SUP_OPEN)
    collect(element, add)
    add(scripts.SUP_CLOSE)


def _sub(element: etree._Element, add: Add) -> None:
    add(scripts.SUB_OPEN)
    collect(element, add)
    add(scripts.SUB_CLOSE)


def _spaced(element: etree._Element, add: Add) -> None:
    """A block inside a line: its text must not touch its neighbours'."""
    add(" ")
    collect(element, add)
    add(" ")


def _break(element: etree._Element, add: Add) -> None:
    add(" ")


def _drop(element: Any, add: Add) -> None:
    """Leave out: pictures, ids, personal data, comments."""


def _xref(element: etree._Element, add: Add) -> None:
    kind = element.get("ref-type")
    if kind in ("bibr", "ref"):
        text = mathml.text_of(element) if len(element) else element.text or ""
        add(citations.mark(text))
    elif kind in ("table-fn", "fn") and _touches(element):
        _sup(element, add)
    elif kind not in _DROPPED_XREFS:
        collect(element, add)


def _touches(element: etree._Element) -> bool:
    """Whether a note mark that is not raised stands against a word: it would read as its end."""
    if len(element):
        return False
    before, parent = element.getprevious(), element.getparent()
    if parent is None or parent.tag == "sup":
        return False
    text = parent.text if before is None else before.tail
    return bool(text) and not str(text)[-1].isspace()


def _name_part(element: etree._Element, add: Add) -> None:
    """Parts of a name stand side by side without a blank in the source."""
    add(" ")
    collect(element, add)


def _formula(element: etree._Element, add: Add) -> None:
    add(formula(element))


def _math(element: etree._Element, add: Add) -> None:
    add(mathml.linear(element))


def _footnote(element: etree._Element, add: Add) -> None:
    """A note in the middle of a line stands in brackets."""
    text = inline_text(element)
    add(f" ({text}) " if text else " ")


_HANDLERS: dict[Any, Callable[[Any, Add], None]] = {
    "sup": _sup, "sub": _sub, "xref": _xref, "break": _break, "hr": _break, "br": _break,
    "fn": _footnote, "inline-formula": _formula, "disp-formula": _formula,
    "DispFormula": _formula, "alternatives": _formula, "tex-math": lambda e, add: add(_tex(e)),
    "given-names": _name_part, "suffix": _name_part, "math": _math, _MATHML + "math": _math,
    etree.Comment: _drop, etree.ProcessingInstruction: _drop, etree.Entity: _drop,
} | dict.fromkeys(
    ("p", "title", "label", "list", "list-item", "def-list", "def-item", "def", "term", "caption",
     "disp-quote", "boxed-text", "fig", "table-wrap", "table", "thead", "tbody", "tfoot", "tr",
     "td", "th", "row", "entry", "statement", "speech", "speaker", "verse-group", "verse-line",
     "preformat", "sec", "fn-group", "disp-formula-group", "supplementary-material", "media",
     "table-wrap-foot", "attrib", "fig-group", "AbstractText"),
    _spaced,
) | dict.fromkeys(
    ("graphic", "inline-graphic", "private-char", "object-id", "alt-text", "long-desc", "email",
     "phone", "fax", "contrib-group", "contrib", "aff", "corresp", "author-notes", "bio",
     "permissions", "ref-list", "processing-meta", "institution-id", "indexterm", "index-term"),
    _drop,
)  # fmt: skip
