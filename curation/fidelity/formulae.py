"""MathML and TeX to one line of marked text: numbers and signs in their order, scripts marked.

The line need not look like that of any other program: formulae are compared by their runs of
digits, raised ones apart (`curation.fidelity.comparison`). Of a formula in several forms TeX is
read, between dollar signs, since the corpus writes that where there is any.
"""

from __future__ import annotations

import re

from lxml import etree

from curation.fidelity.marks import (
    FORMULA,
    FORMULA_END,
    LOWER,
    LOWER_END,
    RAISE,
    RAISE_END,
)

_DOCUMENT = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|\Z)", re.DOTALL)
_PRIMES = frozenset("′″‴'*°")
_INFIX = frozenset("+-−–±=<>≤≥≈∼×·*")
_SILENT = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})


def formula(element: etree._Element) -> str:
    """Return what a formula says, once, between marks; empty for a mere picture.

    Args:
        element: ``inline-formula``, ``disp-formula``, ``alternatives``, ``math``, ``tex-math``.
    """
    tex = list(element.iter("{*}tex-math"))
    if tex:
        source = "".join(map(str, tex[0].itertext()))
        body = _DOCUMENT.search(source)
        text = f"${(body[1] if body else source).strip().strip('$')}$"
    else:
        found = list(element.iter("{*}math"))
        if not found:
            return ""
        text = " ".join(map(math, found))
    return f"{FORMULA}{text}{FORMULA_END}"


def local(element: etree._Element) -> str:
    """Return the tag without namespace, empty for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def math(element: etree._Element) -> str:
    """Return one element of presentation MathML as marked text."""
    name = local(element)
    if not name or name in _SILENT:
        return ""
    children = [child for child in element if local(child)]
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        text = "".join(map(str, element.itertext()))
        return text if name == "mtext" else "".join(text.split())
    if name == "mspace":
        return " "
    if name in ("semantics", "maction"):
        return math(children[0]) if children else ""
    parts = [math(child) for child in children]
    if name in ("msup", "msub", "msubsup", "mover", "munder", "munderover"):
        return _scripted(name, children, parts)
    if name == "mmultiscripts":
        return _multiscripts(children)
    if name == "mfrac":
        return "/".join(parts)
    if name == "mroot" and len(parts) == 2:
        return f"{parts[0]}{RAISE}1/{parts[1]}{RAISE_END}"
    if name == "mfenced":
        mark = (element.get("separators") or ",").strip()[:1]
        return f"{element.get('open', '(')}{f'{mark} '.join(parts)}{element.get('close', ')')}"
    if name == "mtable":
        return "; ".join(parts)
    if name in ("mtr", "mlabeledtr"):
        return ", ".join(filter(None, parts))
    return _row(children, parts)


def _row(children: list[etree._Element], parts: list[str]) -> str:
    """Set parts side by side: two numbers or words stay two, a sign between terms is no sign."""
    out = ""
    after_term = False
    for child, part in zip(children, parts, strict=True):
        if local(child) == "mo" and after_term and part in _INFIX:
            out += f" {part} "
            after_term = False
            continue
        if out[-1:].isalnum() and part[:1].isalnum():
            numbers = out[-1].isdigit() and part[0].isdigit()
            words = (len(part) > 1 and part[:2].isalpha()) or (len(out) > 1 and out[-2:].isalpha())
            out += " " if numbers or words else ""
        out += part
        after_term = bool(part) and (local(child) != "mo" or part in ")]}|")
    return out


def _scripted(name: str, children: list[etree._Element], parts: list[str]) -> str:
    base, *scripts = [*parts, ""]
    scripts = [script for script in scripts if script]
    if name in ("mover", "munder") and scripts and local(children[-1]) == "mo":
        return base  # an accent, a bar, a brace
    if name == "msup" and scripts and _PRIMES.issuperset(scripts[0]):
        return base + scripts[0]
    out = base
    for index, script in enumerate(scripts):
        raised = name in ("msup", "mover") or (index == 1 and name in ("msubsup", "munderover"))
        out += f"{RAISE}{script}{RAISE_END}" if raised else f"{LOWER}{script}{LOWER_END}"
    return out


def _multiscripts(children: list[etree._Element]) -> str:
    """Base with pairs of lowered and raised scripts behind it, and some before it."""
    before = after = ""
    front, lowered = False, True
    for child in children[1:]:
        if local(child) == "mprescripts":
            front, lowered = True, True
            continue
        text = math(child)
        if text:
            text = f"{LOWER}{text}{LOWER_END}" if lowered else f"{RAISE}{text}{RAISE_END}"
        before, after = (before + text, after) if front else (before, after + text)
        lowered = not lowered
    return before + (math(children[0]) if children else "") + after
