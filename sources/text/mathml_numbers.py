"""Commas between the numbers of a formula: of one number (``154,28``, ``16,147``) or of a list.

Word processors write a number with a comma as two ``mn`` with an ``mo`` between, just as they write
two members of a list. Told apart they are by, in this order:

1. what the markup says: ``separator``, a blank of its own;
2. digits that only the second half of a number begins with (``0,072``: nought and another digit);
3. the place: a pair that fills brackets or a lowered index is a list (``[0, 1]``, ``F_{2, 134}``),
   and so is a run of numbers, unless it is one thousands group after the other (``1,234,567``);
4. groups of three digits are thousands, but two round members behind ``=`` or ``∈`` are a list
   (``d = 100, 200``) where no other number of the formula has such groups;
5. what is compared (``< 12,5``), or a side of a fraction, or under a root, is one number where the
   formula ends with it, or a closing bracket, a unit or one of ``% ± ×`` follows: before anything
   else it may be the end of one condition and the beginning of the next (``x ≥ 0, 3y ≥ 0``). The
   values of a counter are no number (``i = 1, 2``);
6. a formula that uses decimal commas elsewhere and no decimal point, or stands in a text in a
   language that is written with decimal commas, has them here too.

What none of these tells stays a list: a blank too many parts a number, but one too few makes up
one that nobody wrote.

Reference: W3C MathML Core (``mo``); Unicode CLDR 46, decimal symbol by locale.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from lxml import etree

from sources.text.safe_xml import local_name

_TAIL = 32  # characters of a row that are looked at; the row may be long
_MOST_NUMBERS = 60  # of a formula that are looked at for its decimal sign
_MOST_MEMBERS = 8  # of a run of numbers that are looked at

_BEFORE = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d{3})*), \Z")
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})*")
_POINT = re.compile(r"\d*\.\d+")
_POINT_GROUPS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_COMMA = re.compile(r"\d+,\d+")
_COUNTER = re.compile(r"(?<![^\W_])[ijklmn] [=∈<>≤≥] \Z")  # i = 1, 2
_VALUES = re.compile(r"[=∈] ?\Z")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")
_GOES_BEHIND = frozenset("%‰°±∓×")
# A single letter is no unit in ``mi``: it is a variable.
_UNIT = re.compile(
    r"\s*[\[(]?(?:[mkcdnpµμ]?(?:g|mol|l|L|m|s|M|Pa|Gy|Bq|Sv|V|A|W|J|N|Hz|eV|kat|cal)|[mk]?I?U|°C?|K"
    r"|mm ?Hg|cm ?H2O|min|h|d|bpm|Da|kDa|bp|ppm|years?|months?|weeks?|days?|hours?|minutes?"
    r"|seconds?)(?![^\W_])"
)
_COMPARED = frozenset("<>≤≥≲≳≪≫≈±∓")
_OPENING, _CLOSING = frozenset("([{⟨〈|"), frozenset(")]}⟩〉|")
_ELLIPSES = frozenset({"…", "⋯", "...", "..", "⋱"})
_GROUPING = frozenset({"mrow", "mstyle", "mpadded"})
_INDICES = frozenset({"msub", "msubsup", "munder", "munderover"})
_OPERANDS = frozenset({"mfrac", "msqrt", "mroot"})
_RAISED = frozenset({"msup", "msub", "msubsup"})
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DECIMAL_COMMA = frozenset({
    "af", "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fo", "fr",
    "gl", "hr", "hu", "hy", "id", "is", "it", "ka", "kk", "ky", "lb", "lt", "lv", "mk", "nb", "nl",
    "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "uz", "vi",
})  # fmt: skip
# Regions of these languages that write a point.
_DECIMAL_POINT = frozenset({
    "de-ch", "de-li", "es-419", "es-do", "es-gt", "es-hn", "es-mx", "es-ni", "es-pa", "es-pe",
    "es-pr", "es-sv", "es-us", "it-ch",
})  # fmt: skip


def goes_on(row: str, element: etree._Element) -> bool:
    """Tell whether a number goes on with the one before the comma that a row ends with.

    Args:
        row: What is written of the row, ending in a comma and a blank.
        element: The part of the row behind the comma: a number, or one with a script.
    """
    tail = row[-_TAIL:]
    before, digits = _BEFORE.search(tail), _digits(element)
    comma = _beside(element, forward=False)
    if before is None or not digits or comma is None or _token(comma) != ",":
        return False
    separator = comma.get("separator")
    if separator in ("true", "false"):
        return separator == "false"
    if digits[0] == "0" and len(digits) > 1:
        return True
    whole, lead = before[1], tail[: before.start()]
    after = _beside(element, forward=True)
    index, bracketed = _place(element, lead.rstrip(), _token(after))
    if whole == "0" and index:
        return len(digits) > 1 and _has_decimal_commas(element)
    if index or bracketed:
        return False
    further = list(itertools.islice(_further(after), _MOST_MEMBERS))
    listed = lead.rstrip().endswith(",")
    if len(digits) == 3 and _GROUPS.fullmatch(whole) and not listed:
        one_by_one = whole.find(",", 0, 4) < 0 and len(whole) == 3
        rounded = whole[-1] == digits[-1] == "0" and "," not in whole
        if rounded and _VALUES.search(lead) and not _has_thousands(element):
            return False
        return not further or (not one_by_one and all(len(one) == 3 for one in further))
    if further or listed or _COUNTER.search(lead):
        return False
    compared = lead.rstrip()[-1:] in _COMPARED
    if (compared and _ends_number(element)) or _is_operand(element, lead, after):
        return True
    return _has_decimal_commas(element)


def _token(element: etree._Element | None) -> str:
    """Text of an operator or identifier; empty for all else."""
    if element is None or local_name(element) not in ("mo", "mi"):
        return ""
    return (element.text or "").strip()


def _digits(element: etree._Element) -> str:
    """Digits of a number, or of the number that a script is on; empty for all else."""
    if local_name(element) in _RAISED and len(element):
        element = element[0]
    text = (element.text or "").strip() if local_name(element) == "mn" else ""
    return text if text.isascii() and text.isdigit() else ""


def _beside(element: etree._Element, *, forward: bool) -> etree._Element | None:
    """The next element before or after, comments aside."""
    found = element.getnext() if forward else element.getprevious()
    while found is not None and not local_name(found):
        found = found.getnext() if forward else found.getprevious()
    return found


def _further(after: etree._Element | None) -> Iterator[str]:
    """Numbers of a run that follow with a comma each; an ellipsis is one without digits."""
    while after is not None and _token(after) == ",":
        member = _beside(after, forward=True)
        if member is None:
            return
        digits = _digits(member)
        if not digits and _token(member) not in _ELLIPSES:
            return
        yield digits
        after = _beside(member, forward=True)


def _place(element: etree._Element, lead: str, after: str) -> tuple[bool, bool]:
    """Whether a pair is a lowered index, and whether it is all that stands in brackets."""
    if lead[-1:] in _OPENING and after[:1] in _CLOSING:
        return False, True
    outer = _outermost(element) if not lead and _beside(element, forward=True) is None else None
    outer = _row_of(element) if outer is None else outer
    parent = outer.getparent()
    if parent is None:
        return False, False
    if local_name(parent) in _INDICES and outer is not parent[0] and outer is parent[1]:
        return True, False
    if lead or after:
        return False, False
    opening = _token(_beside(outer, forward=False)) if outer is not element else ""
    closing = _token(_beside(outer, forward=True)) if outer is not element else ""
    fenced = local_name(parent) == "mfenced"
    return False, fenced or (opening[-1:] in _OPENING and closing[:1] in _CLOSING)


def _row_of(element: etree._Element) -> etree._Element:
    """The row that an element stands in; itself where it stands in none."""
    parent = element.getparent()
    return parent if parent is not None and local_name(parent) in _GROUPING else element


def _outermost(element: etree._Element) -> etree._Element:
    """The outermost of the rows that hold nothing but the row of an element."""
    outer = _row_of(element)
    parent = outer.getparent()
    while parent is not None and local_name(parent) in _GROUPING and len(parent) == 1:
        outer, parent = parent, parent.getparent()
    return outer


def _is_operand(element: etree._Element, lead: str, after: etree._Element | None) -> bool:
    """Whether a pair is all that stands above or below a bar, or under a root."""
    if lead or after is not None or local_name(element) != "mn":
        return False
    parent = _outermost(element).getparent()
    return parent is not None and local_name(parent) in _OPERANDS


def _ends_number(element: etree._Element) -> bool:
    """Whether what follows a number leaves no doubt that it ends there and nothing begins."""
    if local_name(element) != "mn":
        return False
    after = _beside(element, forward=True)
    while after is None:
        parent = element.getparent()
        if parent is None or local_name(parent) not in _GROUPING:
            return True
        element, after = parent, _beside(parent, forward=True)
    sign, name = _token(after), local_name(after)
    if name == "mo":
        return not sign or sign[0] in _CLOSING or sign[0] in _GOES_BEHIND
    text = "".join(map(str, after.itertext())) if name in ("mi", "mtext") else ""
    return _UNIT.match(text) is not None and (name == "mtext" or len(text.strip()) > 1)


def _has_thousands(element: etree._Element) -> bool:
    """Whether another number of the formula is written with groups of thousands."""
    formula = next((o for o in element.iterancestors() if local_name(o) == "math"), element)
    for number in itertools.islice(formula.iter("{*}mn"), _MOST_NUMBERS):
        text = (number.text or "").strip()
        if _THOUSANDS.fullmatch(text):
            return True
        follows = len(text) == 3 and text[0] == "0"
        if follows and _token(_beside(number, forward=False)) == ",":
            return True
    return False


def _has_decimal_commas(element: etree._Element) -> bool:
    """Whether the formula, or else the language of the text, has a comma for the decimal sign."""
    formula, language = element, ""
    for outer in element.iterancestors():
        if local_name(outer) == "math":
            formula = outer
        language = language or outer.get(_LANGUAGE) or outer.get("lang") or ""
    commas = False
    for number in itertools.islice(formula.iter("{*}mn"), _MOST_NUMBERS):
        text = (number.text or "").strip()
        sign = _token(_beside(number, forward=False))
        if sign == "." or (_POINT.fullmatch(text) and not _POINT_GROUPS.fullmatch(text)):
            return False
        commas |= bool(_COMMA.fullmatch(text)) and not _GROUPS.fullmatch(text)
        commas |= sign == "," and len(text) > 1 and text[0] == "0"
    tag = language.strip().lower().replace("_", "-")
    spoken = tag.partition("-")[0] in _DECIMAL_COMMA and tag not in _DECIMAL_POINT
    return commas or spoken
