"""Raised and lowered text between marks, resolved to ``^`` and ``_``.

`sources.text.markup` wraps what is raised or lowered in control characters, which XML cannot hold,
so they never meet a character of the source. Here, with the whole line at hand, each pair becomes
a caret or underscore, with braces wherever the next character could be read as part of it.

Rules, in this order:

1. Characters that are raised by nature (``°``, ``®``, ``″``) and the endings of ordinals (``1st``)
   stand as they are.
2. A lowered whole number is glued (``CO2``, ``Ca3(PO4)2``) where the token before it is a chemical
   formula that ends in an element symbol or a closing bracket. A formula is a run of element
   symbols, counts and brackets; a coefficient (``7H2O``) or the prefix of a respiratory quantity
   (``p``, ``Pa``, ``Sp``, ``Fi`` …) may stand before it. ``P6`` ends in a digit: ``P6_{1}22``.
3. A mass number, that is one to three digits and perhaps ``m``, without anything before it and
   with an element symbol after it, has no braces: ``^18F``, ``^99mTc``.
4. One token (letters and digits, with a sign before or after; or a run of one footnote sign) has
   no braces unless a letter, a digit, a sign or a decimal follows: ``10^4``, ``Ca^2+``, ``10^-3``.
5. Everything else has braces: ``^{a,b}``, ``10^{4}-fold``.
"""

from __future__ import annotations

import re

SUP_OPEN, SUP_CLOSE = "\x01", "\x02"
SUB_OPEN, SUB_CLOSE = "\x03", "\x04"
INDEX_OPEN = "\x10"  # lowered part of a formula in MathML: never a count of atoms

_ELEMENT = (
    "A[cglmrstu]|B[aehikr]?|C[adefl-orsu]?|D[bsy]?|E[rsu]|F[elmr]?|G[ade]|H[efgos]?|I[nr]?|Kr?|"
    "L[airuv]|M[cdgnot]|N[abdehiop]?|O[gs]?|P[abdmortu]?|R[abefghnu]|S[bcegimnr]?|T[abcehilms]|"
    "U|V|W|Xe|Yb?|Z[nr]"
)
_FORMULA = re.compile(
    rf"(?:\d{{1,3}}|p|P(?:a|A|v|et|t)?|S(?:a|p|v|cv|t)|Fi|Et|V)?(?:(?:{_ELEMENT})\d*|[(\[]|[)\]]\d*)*"
    rf"(?:{_ELEMENT}|(?<=[A-Za-z0-9)\]])[)\]])"
)
_TOKEN_BEFORE = re.compile(r"[A-Za-z0-9()\[\]]*\Z")
_COUNT = re.compile(r"[1-9]\d{0,2}")
_MASS = re.compile(r"\d{1,3}m?")
_SYMBOL_AFTER = re.compile(rf"(?:{_ELEMENT})(?![a-z])")
_TOKEN = re.compile(r"[+\-−–±]?[^\W_]+[+\-−–±]?|[+\-−–±]{1,3}|(?:\*+|†+|‡+|§+|¶+|#+|‖+|∗+|⁎+|′+)")
_INNERMOST = re.compile("([\x01\x03\x10])([^\x01-\x04\x10]*)[\x02\x04]")
_RAISED_BY_NATURE = frozenset("°®™©℠ªº′″‴'\"⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_SIGNS = frozenset("+-−±")


def resolve(line: str) -> str:
    """Turn every pair of marks into ``^`` or ``_``; the innermost pairs first.

    Args:
        line: Text with balanced marks, blanks collapsed.

    Returns:
        The text without any of the marks.
    """
    for opening, closing in ((SUP_OPEN, SUP_CLOSE), (SUB_OPEN, SUB_CLOSE), (INDEX_OPEN, SUB_CLOSE)):
        # Blanks at the inner edge belong outside; neighbours of one kind are one script.
        line = line.replace(opening + " ", " " + opening).replace(" " + closing, closing + " ")
        line = line.replace(closing + opening, "")
    while SUP_CLOSE in line or SUB_CLOSE in line:
        line = _pass(line)
    return " ".join(line.split())


def _pass(line: str) -> str:
    """Resolve all pairs that hold no other pair."""
    out: list[str] = []
    position = 0
    for match in _INNERMOST.finditer(line):
        out.append(line[position : match.start()])
        position = match.end()
        content = match[2].strip()
        if content:
            before = "".join(out[-6:])[-40:]
            out.append(_script(match[1], content, before, line[position : position + 3]))
    if not position:
        # No pair without another inside: the marks are not balanced. Drop them, keep the text.
        return re.sub("[\x01-\x04\x10]", " ", line)
    out.append(line[position:])
    return "".join(out)


def _script(opening: str, content: str, before: str, after: str) -> str:
    """Write one script; `before` and `after` are its surroundings on the line."""
    raised = opening == SUP_OPEN
    follows_alnum = after[:1].isalnum()
    if raised and _RAISED_BY_NATURE.issuperset(content):
        return content
    if raised and content in _ORDINALS and before[-1:].isdigit() and not follows_alnum:
        return content
    if opening == SUB_OPEN and _COUNT.fullmatch(content) and not after[:1].isdigit():
        token = _TOKEN_BEFORE.search(before)
        if token and token[0] and _FORMULA.fullmatch(token[0]):
            return content
    mark = "^" if raised else "_"
    free = not (before[-1:].isalnum() or before[-1:] in (")", "]", "^", "}"))
    if raised and free and _MASS.fullmatch(content) and _SYMBOL_AFTER.match(after):
        return mark + content
    if _TOKEN.fullmatch(content) and not _joins(content, after):
        return mark + content
    return f"{mark}{{{content}}}"


def _joins(content: str, after: str) -> bool:
    """Whether the next character could be read as part of a bare script."""
    following = after[:1]
    if following.isalnum() or following in _SIGNS or following == "{":
        return bool(following)
    if following in (".", ","):
        return after[1:2].isdigit()
    return following == content[-1] and not content[-1].isalnum()
