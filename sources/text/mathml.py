"""MathML (presentation) to linear text: ``10^4``, ``(a + b)/c``, ``sqrt(x)``.

The result goes into `sources.text.markup` before scripts are resolved, so raised and lowered parts
stand between that module's marks and get their braces there, once the next character is known.

Reference: W3C MathML Core, presentation elements. Annotations (content MathML, TeX) and phantoms
are left out; invisible operators (U+2061 to U+2064) vanish, but for a product of two numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from lxml import etree

from sources.text.mathml_numbers import goes_on
from sources.text.safe_xml import local_name
from sources.text.scripts import INDEX_OPEN, SUB_CLOSE, SUP_CLOSE, SUP_OPEN

_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"))
_TIMES = "\u2062"
_PRODUCT = re.compile("(?<=\\d)\u2062(?=\\d)")
_OPENING = frozenset("([{⟨〈⌈⌊|‖")
_CLOSING = frozenset(")]}⟩〉⌉⌋|‖")
_TIGHT = frozenset("/!'′″‴.%°:")
_SIGNS = frozenset("+-−–±∓¬∼~∂∇∆√∑∏∫")
_RELATIONS = frozenset("=<>≤≥≈∼~≃≅≡∝→+−±,;{")
_ACCENTS = {
    "¯": "\u0304", "‾": "\u0304", "_": "\u0304", "ˉ": "\u0304", "―": "\u0304", "−": "\u0304",
    "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "∼": "\u0303",
    "-": "\u0304", "→": "\u20d7", "⃗": "\u20d7", ".": "\u0307", "˙": "\u0307", "¨": "\u0308",
    "ˇ": "\u030c",
}  # fmt: skip
_FUNCTIONS = frozenset({"ln", "lg", "tg", "sh", "ch", "th", "Pr", "Re", "Im"})
_LETTERS = frozenset({"mi", "mrow", "mstyle"})
_SIMPLE = re.compile(r"[\w.,°%′]+(?:\x01[^\x01-\x04\x10]*\x02|\x10[^\x01-\x04\x10]*\x04)*")
_PAIRS = {")": "(", "]": "[", "}": "{", "⟩": "⟨", "〉": "〈", "⌉": "⌈", "⌋": "⌊"}
_FUNCTION = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"[\d.,]+[%°]?")
_NO_LINE = re.compile(r"\s*0+(?:\.0*)?\s*[a-z%]*\s*")  # linethickness of what is no fraction
_ROUND_BRACKET = re.compile(r"[()]")
_DECIMALS = re.compile(r"[.,]\d")
_DROPPED = frozenset({"annotation", "annotation-xml", "mphantom", "maligngroup", "malignmark"})


def linear(element: etree._Element) -> str:
    """Return the linear text of a ``math`` element or of any element inside one.

    Args:
        element: MathML with or without namespace.

    Returns:
        One line; raised parts between U+0001 and U+0002, lowered ones between U+0010 and U+0004.
    """
    name = local_name(element)
    if name in _DROPPED or not name:
        return ""
    handler = _HANDLERS.get(name)
    return handler(element) if handler else _row(list(element), element.text)


def is_annotation(element: etree._Element) -> bool:
    """Whether an element is another form of the formula it stands in (TeX, content MathML)."""
    return local_name(element) in ("annotation", "annotation-xml")


def text_of(element: etree._Element) -> str:
    """All text inside an element, in order, as it stands."""
    return "".join(map(str, element.itertext()))


def _token(element: etree._Element) -> str:
    """Text of ``mi mn mo mtext ms`` with blanks collapsed."""
    text = text_of(element) if len(element) else element.text or ""
    if not text.isascii():
        text = _PRODUCT.sub(" × ", text)
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def _row(children: Sequence[etree._Element], text: str | None = None) -> str:
    """Join the parts of a row with blanks where a reader needs them."""
    out = " ".join(text.split()) if text else ""
    operand = bool(out)  # whether what stands before is something an infix operator can follow
    piece = False  # whether that is an identifier of one or two letters
    fraction = -1  # where the fraction begins that ends the row, if one does
    times = False  # whether an invisible multiplication sign ends it
    for child in children:
        name = local_name(child)
        if name == "mo":
            sign = _token(child)
            if not sign[-1:].isdigit():
                times = _TIMES in text_of(child)
                if sign:
                    if sign in _OPENING:
                        out = _bracketed(out, fraction)
                    fraction = -1
                out, operand = _operator(out, sign, operand)
                piece = False
                continue
        part = linear(child)
        if not part:
            out += " " if name == "mspace" and out and not out.endswith(" ") else ""
            continue
        if name == "mtext":
            # Words of a formula carry their own blanks in the source.
            raw = text_of(child)
            part = f"{' ' * raw[:1].isspace()}{part}{' ' * raw[-1:].isspace()}"
        if out.endswith(", ") and part[0].isdigit() and goes_on(out, child):
            out = out[:-1]
        # Words that a typesetter cut into identifiers: el ev at io n.
        short = len(part) <= 2 and part.isalpha() and name in _LETTERS and part not in _FUNCTIONS
        if times and out[-1:].isdigit() and part[0].isdigit():
            out += " × "
        elif operand and not (piece and short) and _needs_blank(out, part):
            out += " "
        elif part[0].isalnum() or part[0] == "(":
            out = _bracketed(out, fraction)
        fraction = len(out) if _is_fraction(child) else -1
        out += part
        operand, piece, times = True, short, False
    return " ".join(out.split())


def _bracketed(out: str, fraction: int) -> str:
    """A row with brackets round the fraction that ends it, which a factor follows."""
    if fraction < 0:
        return out
    if fraction and out[fraction - 1] in _SIGNS and out[fraction - 1] not in "√∑∏∫":
        fraction -= 1  # its own sign: a blank stands behind that of a sum
    return f"{out[:fraction]}({out[fraction:]})"


def _only_child(element: etree._Element) -> etree._Element:
    """What an element is without the rows that hold nothing but it."""
    while local_name(element) in ("mrow", "mstyle", "mpadded") and len(element) == 1:
        element = element[0]
    return element


def _is_fraction(element: etree._Element) -> bool:
    element = _only_child(element)
    return local_name(element) == "mfrac" and not _NO_LINE.fullmatch(
        element.get("linethickness", "1")
    )


def _operator(out: str, sign: str, operand: bool) -> tuple[str, bool]:
    """Append an operator to a row; returns the row and whether it now ends in an operand."""
    if not sign:
        return out, operand
    if sign in _CLOSING and operand:
        return out.rstrip() + sign, True
    if sign in _OPENING:
        return out + sign, False
    if sign in ",;":
        return f"{out.rstrip()}{sign} ", False
    if sign in _TIGHT:
        return out + sign, operand
    if not operand and sign in _SIGNS:
        return out + sign, False
    return f"{out.rstrip()} {sign} ", False


def _needs_blank(left: str, right: str) -> bool:
    """Whether two neighbours would read as one word or number when set side by side."""
    if not left or not (left[-1].isalnum() and right[0].isalnum()):
        return False
    if left[-1].isdigit() and right[0].isdigit():
        return True
    words = (len(left) > 1 and left[-2:].isalpha(), len(right) > 1 and right[:2].isalpha())
    return any(words)


def _grouped(text: str) -> str:
    """Put brackets round whatever is more than one token."""
    return text if _is_wrapped(text) or _SIMPLE.fullmatch(text) else f"({text})"


def _is_wrapped(text: str) -> bool:
    """Whether one pair of round brackets holds the whole text."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for match in _ROUND_BRACKET.finditer(text):
        depth += 1 if match[0] == "(" else -1
        if depth <= 0:
            return match.end() == len(text)
    return False


def _parts(element: etree._Element) -> list[str]:
    """Linear texts of the child elements."""
    return [linear(child) for child in element if local_name(child)]


def _raised(text: str) -> str:
    return f"{SUP_OPEN}{text}{SUP_CLOSE}" if text else ""


def _lowered(text: str) -> str:
    # An index, never a count of atoms: it is not glued as in CO2.
    return f"{INDEX_OPEN}{text}{SUB_CLOSE}" if text else ""


def _padded(element: etree._Element, count: int) -> list[str]:
    """Parts of an element that must have `count` children; missing ones are empty."""
    parts = _parts(element)
    return parts[:count] + [""] * (count - len(parts))


def _base(text: str) -> str:
    """Base of a script: brackets where it is more than one token, so that the script binds."""
    # What begins with the decimals of a number must stay behind its beginning.
    plain = len(text) <= 1 or _is_closed(text) or _DECIMALS.match(text)
    return text if plain else _grouped(text)


def _is_closed(text: str) -> bool:
    """Whether the bracket that ends a text was opened at its beginning or outside of it.

    Or behind the name of a function. The script then belongs to all that is in the bracket.
    """
    closing = text[-1]
    if closing not in _CLOSING:
        return False
    opening = _PAIRS.get(closing)
    if opening is None:  # bars
        return text.count(closing) % 2 == 1 or (text[0] == closing and text.count(closing) == 2)
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += (text[position] == closing) - (text[position] == opening)
        if not depth:
            return not position or _FUNCTION.fullmatch(text, 0, position) is not None
    return True


def _sup(element: etree._Element) -> str:
    base, script = _padded(element, 2)
    if script and not script.strip("′″‴'*°"):
        return base + script
    if script and base.endswith(SUP_CLOSE):
        return f"({base}){_raised(script)}"  # the power of a power
    return _base(base) + _raised(script)


def _sub(element: etree._Element) -> str:
    base, script = _padded(element, 2)
    return _base(base) + _lowered(script)


def _subsup(element: etree._Element) -> str:
    base, low, high = _padded(element, 3)
    return _base(base) + _lowered(low) + _raised(high)


def _over(element: etree._Element) -> str:
    base, over = _padded(element, 2)
    accent = _ACCENTS.get(over)
    if accent and len(base) == 1:
        return unicodedata.normalize("NFC", base + accent)
    # Braces drawn over a term carry no meaning; a bar over several letters does.
    return base if over in ("⏞", "︷", "⏟") else _base(base) + _raised(over)


def _under(element: etree._Element) -> str:
    base, under = _padded(element, 2)
    return base if under in ("⏟", "︸", "_", "¯", "̲") else _base(base) + _lowered(under)


def _fraction(element: etree._Element) -> str:
    above, below = _padded(element, 2)
    if _NO_LINE.fullmatch(element.get("linethickness", "1")):
        return f"({above}; {below})"  # a binomial: one above the other, as the rows of a matrix
    if not below:
        return above
    parts = [child for child in element if local_name(child)]
    factors = sum(1 for child in _only_child(parts[1]) if local_name(child))
    product = local_name(_only_child(parts[1])) in ("mrow", "mstyle") and factors > 1
    if product and _SIMPLE.fullmatch(below) and not _NUMBER.fullmatch(below):
        return f"{_grouped(above)}/({below})"
    return f"{_grouped(above)}/{_grouped(below)}"


def _square_root(element: etree._Element) -> str:
    return f"sqrt({_row(list(element))})"


def _root(element: etree._Element) -> str:
    base, index = _padded(element, 2)
    return f"{_grouped(base)}{_raised(f'1/{_grouped(index)}')}" if index else f"sqrt({base})"


def _fenced(element: etree._Element) -> str:
    opening, closing = element.get("open", "("), element.get("close", ")")
    marks = "".join(element.get("separators", ",").split()) or " "
    parts = _parts(element)
    out = parts[0] if parts else ""
    for position, part in enumerate(parts[1:]):
        mark = marks[min(position, len(marks) - 1)]
        out += f"{mark} {part}" if mark in ",;" else f" {mark} {part}"
    return f"{opening}{' '.join(out.split())}{closing}"


def _table(element: etree._Element) -> str:
    """Rows with ``;``; cells that an operator begins or ends are one expression in columns."""
    rows = []
    for row in element:
        cells = list(filter(None, _parts(row)))
        aligned = any(cell[0] in _RELATIONS or cell[-1] in _RELATIONS for cell in cells)
        rows.append((" " if aligned else ", ").join(cells))
    return "; ".join(filter(None, rows))


def _multiscripts(element: etree._Element) -> str:
    """``mmultiscripts``: base, pairs of lower and upper, then the same in front of the base."""
    children = [child for child in element if local_name(child)]
    if not children:
        return ""
    before, after, side = "", "", False
    scripts: list[str] = []
    for child in [*children[1:], None]:
        if child is None or local_name(child) == "mprescripts":
            pairs = zip(scripts[::2], [*scripts[1::2], ""], strict=False)
            text = "".join(_lowered(low) + _raised(high) for low, high in pairs)
            before, after = (text, after) if side else (before, after + text)
            side, scripts = True, []
        else:
            scripts.append("" if local_name(child) == "none" else linear(child))
    return before + _base(linear(children[0])) + after


def _semantics(element: etree._Element) -> str:
    """The first form that is no annotation."""
    return next(filter(None, _parts(element)), "")


def _space(element: etree._Element) -> str:
    return ""


def _string(element: etree._Element) -> str:
    return f'"{_token(element)}"'


_HANDLERS: dict[str, Callable[[etree._Element], str]] = {
    "mi": _token, "mn": _token, "mo": _token, "mtext": _token, "ms": _string, "mspace": _space,
    "msup": _sup, "msub": _sub, "msubsup": _subsup, "mover": _over, "munder": _under,
    "munderover": _subsup, "mfrac": _fraction, "msqrt": _square_root, "mroot": _root,
    "mfenced": _fenced, "mtable": _table, "mmultiscripts": _multiscripts, "semantics": _semantics,
    "maction": _semantics,
}  # fmt: skip
