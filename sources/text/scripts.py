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
   (``p``, ``Pa``, ``Sp``, ``Fi`` …) may stand before it; another script may not
   (``Mn^II_{3}M``). ``P6`` ends in a digit: ``P6_{1}22``.
3. A mass number, that is one to three digits and perhaps ``m``, without anything before it and
   with an element symbol after it, has no braces: ``^18F``, ``^99mTc``.
4. One token (letters and digits, with a sign before or after; or a run of one footnote sign) has
   no braces unless a letter, a digit, a sign or a decimal follows: ``10^4``, ``Ca^2+``, ``10^-3``.
5. Everything else has braces: ``^{a,b}``, ``10^{4}-fold``.
6. Raised runs side by side are one script, but for the mark of a note beside an exponent, which
   has a blank before it: ``10^6 ^2`` is 10^6 with note 2. So have two runs that a digit ends and
   another begins: nothing tells that they are one number.
"""

from __future__ import annotations

import re
from functools import lru_cache

SUP_OPEN, SUP_CLOSE = "\x01", "\x02"
SUB_OPEN, SUB_CLOSE = "\x03", "\x04"
SPLIT = "\x15"  # before and after the mark of a note
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
# What opens a script inside `resolve`: one character for all kinds, then the kind. A pattern that
# begins with a fixed character is found many times faster than one that begins with a choice.
_OPEN = "\x01"
_KINDS = {"^": SUP_OPEN, "_": SUB_OPEN, "=": INDEX_OPEN}
_INNERMOST = re.compile("\x01([\\^_=])([^\x01\x02\x04]*)[\x02\x04]")
_RAISED_BY_NATURE = frozenset("°®™©℠ªº′″‴'\"⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_SIGNS = frozenset("+-−±")
# Two scripts of which one is the mark of a note; the same inside one script. A comma or dash in a
# script of its own goes on with the list of marks before it.
_APART = re.compile(
    "(?<!\x15\x01[,;–‐-])\x02(?:\x15+\x01\x15*|\x01\x15+)(?=[^\\W_]|[+\\-−–]\\d|[*†‡§¶#])"
)
_APART_INSIDE = re.compile("(?<=\\d)\x15+(?=\\d)")
_TWO_NUMBERS = re.compile("(?<=\\d)\x02\x01(?=\\d)")


def resolve(line: str) -> str:
    """Turn every pair of marks into ``^`` or ``_``; the innermost pairs first.

    Args:
        line: Text with balanced marks, blanks collapsed.

    Returns:
        The text without any of the marks.
    """
    if SPLIT in line:
        line = _APART.sub("\x02 \x01", line)
        line = _APART_INSIDE.sub(" ", line).replace(SPLIT, "")
    for opening, closing in ((SUP_OPEN, SUP_CLOSE), (SUB_OPEN, SUB_CLOSE), (INDEX_OPEN, SUB_CLOSE)):
        if opening not in line:
            continue
        # Blanks at the inner edge belong outside; neighbours of one kind are one script.
        line = line.replace(opening + " ", " " + opening).replace(" " + closing, closing + " ")
        if closing + opening == "\x02\x01":
            line = _TWO_NUMBERS.sub("\x02 \x01", line)
        line = line.replace(closing + opening, "")
    for kind, opening in _KINDS.items():
        if opening in line:
            line = line.replace(opening, _OPEN + kind)
    while SUP_CLOSE in line or SUB_CLOSE in line:
        line = _pass(line)
    return " ".join(line.split()) if "  " in line else line.strip()


def _pass(line: str) -> str:
    """Resolve all pairs that hold no other pair."""
    out: list[str] = []
    position = 0
    for match in _INNERMOST.finditer(line):
        start, end = match.span()
        if start > position:
            out.append(line[position:start])
        position = end
        inside = match[2]
        content = inside.strip()
        if content:
            if inside[0] == " ":  # of a script inside this one
                out.append(" ")
            after = " " if inside[-1] == " " else line[end : end + 3]
            out.append(_script(_KINDS[match[1]], content, out, after))
        if inside[-1:] == " ":
            out.append(" ")
    if not position:
        # No pair without another inside: the marks are not balanced. Drop them, keep the text.
        return re.sub("\x01[\\^_=]|[\x01-\x04]", " ", line)
    out.append(line[position:])
    return "".join(out)


def _script(opening: str, content: str, written: list[str], after: str) -> str:
    """Write one script; `written` and `after` are its surroundings on the line."""
    raised = opening == SUP_OPEN
    if raised:
        if content[0] in _RAISED_BY_NATURE and _RAISED_BY_NATURE.issuperset(content):
            return content
        # Only these need a look at what stands before.
        if content in _ORDINALS and not after[:1].isalnum() and _before(written)[-1:].isdigit():
            return content
        if after[:1].isupper() and _MASS.fullmatch(content) and _SYMBOL_AFTER.match(after):
            last = _before(written)[-1:]
            if not (last.isalnum() or last in (")", "]", "^", "}")):
                return "^" + content
    elif opening == SUB_OPEN and not after[:1].isdigit() and _COUNT.fullmatch(content):
        token = _TOKEN_BEFORE.search(_before(written))
        # Not right behind another script: ``Mn^II`` does not end in iodine.
        scripted = bool(written) and written[-1].startswith(("^", "_"))
        if token and token[0] and not scripted and _is_formula(token[0]):
            return content
    mark = "^" if raised else "_"
    if _is_token(content) and not _joins(content, after):
        return mark + content
    return f"{mark}{{{content}}}"


def _before(written: list[str]) -> str:
    """The last characters of a line, at most 40."""
    return "".join(written[-6:])[-40:]


@lru_cache(maxsize=4096)
def _is_formula(token: str) -> bool:
    """Whether a token, at most 40 characters long, is a chemical formula."""
    return _FORMULA.fullmatch(token) is not None


@lru_cache(maxsize=4096)
def _is_token(content: str) -> bool:
    """Whether a script is one token, which needs no braces of itself."""
    return _TOKEN.fullmatch(content) is not None


def _joins(content: str, after: str) -> bool:
    """Whether the next character could be read as part of a bare script."""
    following = after[:1]
    if following.isalnum() or following in _SIGNS or following == "{":
        return bool(following)
    if following in (".", ","):
        return after[1:2].isdigit()
    return following == content[-1] and not content[-1].isalnum()
