"""Citation markers out of a line, with the brackets, commas, dashes and raised text around them.

A marker that is a number or letter (``12``, ``[3]``, ``b``) stands for a place in a list that the
corpus does not carry: it goes, wherever it stands. A marker in words (``Smith et al., 2003``) goes
where a bracket holds nothing but citations; in the middle of a sentence it is the subject or object
and stays, and so does a bracket that a preposition needs: ``as reported by (Smith, 2003)``. Where a
number was the object, what it leaves hanging goes with it (`sources.text.citation_stumps`). What is
left is neither glued nor split: ``patients<sup>12</sup>were`` gets a blank.

All patterns are linear: a group is what stands between one bracket and the next.
"""

from __future__ import annotations

import re
from itertools import pairwise

from sources.text.citation_stumps import HANGING, without_stump

MARKER = "\x05"
TEXT_OPEN, TEXT_CLOSE = "\x06", "\x07"
KEPT_OPEN, KEPT_CLOSE = "\x16", "\x17"

_WORD = re.compile(r"[^\W\d_]{2,}")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d[a-z]?")
_A_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_DIGIT = re.compile(r"\d")
_CITE = re.compile("\x05|\x06[^\x07]*\x07")
# The usual brackets with nothing but citations in them; `_GROUP` finds the rest.
_ONLY = "(?:[ ,;\x13–—‐−‑-]*(?:\x05|\x06[^\x07]*\x07))+[ ,;\x13–—‐−‑-]*"
_SQUARE = re.compile(rf"\[{_ONLY}\]")
_ROUND = re.compile(rf"\({_ONLY}\)")
_NUMBERED = re.compile("\x06(\\d{1,3})\x07")
# Plain numbers before the numbered markers of a square bracket with nothing else in it:
# ``known [1, x3–x5].``, but not where a number, a sign or a unit stands beside the bracket.
_FRONT = re.compile(
    r"\[((?:[1-9]\d{0,2}, ?)+)(?=\x06(\d+)\x07(?:[ ,;–—‐‑-]+\x06\d+\x07)+\])"
    r"(?![^\]]+\] ?(?:[\d%°±×=<>≤≥(/]"
    r"|(?:[mkµμnpcd]?(?:g|mol|l|L|m|s|Pa|Gy|Bq|V|J|M)|mm ?Hg|[mkµ]?I?U|h|min"
    r"|(?:second|minute|hour|day|week|month|year|kcal|cell|point|percent)s?)(?![^\W_])))"
)
_VALUED = frozenset("0123456789=<>≤≥±×+*/")
_OBJECT_OF = re.compile(r"\b(?:to|by|in|of|from|with|as|than|per|following|via) ?\Z")
_OBJECT_REACH = 12
# "and" between a citation in words that stays and one that goes.
_CHAINED = re.compile("([\x0f\x12]),? (?:and|or|&) \x05")
_GROUP = re.compile(r"([(\[])([^()\[\]\x05\x06]*+[\x05\x06][^()\[\]]*+)[)\]]")
_RAISED = re.compile("\x01([^\x01-\x05]*+\x05[^\x01-\x04]*+)\x02")
# Plain numbers that go on with a list of markers (3 in ``[x1, x2, 3]``, the end of a range): after
# a marker, in its script, whole, without a sign. What stands before a marker may be a value.
_GOES_ON = re.compile("\x05(?:(?:, ?|[–—‐‑-]| [–—‐‑-] )[1-9]\\d{0,2}(?![\\w.%]))+")
_RANGE_TO = re.compile("[1-9]\\d{0,2} ?[–—‐‑-] ?\x05")  # at the beginning of a square bracket
# Separators raised on their own between markers (dashes too) or beside one (no dash: a charge).
_RAISED_BETWEEN = re.compile("\x05 ?\x01([ ,;:()\\[\\]–—‐−-]+)\x02 ?(?=\x05)")
_RAISED_BEFORE = re.compile("\x01([ ,;()\\[\\]]+)\x02 ?(?=\x05)")
_RAISED_AFTER = re.compile("\x05 ?\x01([ ,;()\\[\\]]+)\x02")
_TOKEN = re.compile(r"[\x05\x14;]|\d+|[^\W\d_]+|[^\w\s]")
_SIGN_FIRST = re.compile("[ ,;\x13]*[–—‐−‑-]")
_NAME_PREFIX = re.compile(r"\b[A-Z]['’](?=[^\W\d_]{2})")  # of O'Connor
_EXAMPLE = re.compile(
    r"\b(?:[Ee]\. ?g|[Ii]\. ?e)\b\.?"
    r"|\b[Ff]or (?:an? )?(?:recent )?(?:reviews?|overviews?|examples?|discussions?)\b"
)
# A list of markers that stay, with the digits before and behind it that it may touch.
_KEPT = re.compile(
    "(\\d[\x01\x02,.]{0,3})?"
    "(\x16[^\x16\x17]*\x17(?:[\x01\x02 ,;–‐-]{0,6}\x16[^\x16\x17]*\x17)*)"
    "(?=([\x01\x02,.]{0,3}\\d)?)"
)
_UNMARK = str.maketrans("", "", "\x16\x17")
_BRACKET = str.maketrans("\x16\x17", "[]")
# Brackets inside a citation in words must not end the bracket round it.
_HIDE = str.maketrans("()[]", "\x0e\x0f\x11\x12")
_SHOWN = (("\x0e", "("), ("\x0f", ")"), ("\x11", "["), ("\x12", "]"))

_SEPARATORS = " ,;–—-‐−‑"
_BOUNDARY = "\x13"  # between two raised runs that touch
_YEAR_MARK = "\x14"  # a citation in words that is a year alone
_LOOSE = _SEPARATORS + _BOUNDARY
_PLAIN = _LOOSE + MARKER
_SHORT = 32  # characters; what joins two markers is shorter
_FILLERS = frozenset(_LOOSE + ".:&/'’()[]")
# A closed class; a word that is not in it is content and keeps its bracket.
_LEAD_WORDS = frozenset({
    "see", "also", "and", "or", "eg", "ie", "cf", "for", "in", "by", "review", "reviews",
    "reviewed", "ref", "refs", "reference", "references", "example", "examples", "instance",
    "therein", "as", "al", "et", "from", "after", "und", "but",
})  # fmt: skip
# Those that may begin a bracket with a capital; ``As``, ``In`` and ``Al`` are elements.
_FIRST_WORDS = frozenset({
    "See", "Cf", "For", "Review", "Reviews", "Reviewed", "Ref", "Refs", "Reference", "References",
})  # fmt: skip
_FILLERS_AND_WORDS = _FILLERS | _LEAD_WORDS | _FIRST_WORDS
_BETWEEN_MARKERS = frozenset({"y", "e"})  # "and" in Spanish, Portuguese and Italian
# Particles of names, so that "(van der Berg et al. 2003)" is seen to be a citation.
_PARTICLES = frozenset({
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "la", "le", "el", "ten",
})  # fmt: skip
_CLOSERS = frozenset(".,;:!?)]\x02")


_MEASURED = re.compile(r"[<>=≤≥±%°µμ]")


def mark(text: str) -> str:
    """Return the mark that stands for a citation until `remove` sees the whole line.

    A number stays between its marks, so that `remove` can compare it with plain numbers beside it.

    What is neither numbers nor has a year or a word with a capital is no citation, whatever its
    cross reference says (``10 mg/kg``), nor is what compares or measures (``p < 0.05``, ``5%``): it
    is returned as it is.

    Args:
        text: What the cross reference shows.
    """
    if len(text) < 4 and text.isdecimal():
        return f"{TEXT_OPEN}{text}{TEXT_CLOSE}"
    if _MEASURED.search(text):
        return text
    if _WORD.search(text) is None and not _YEAR.fullmatch(text.strip(" ()[]")):
        return MARKER
    words = _WORD.findall(text)
    if words and _A_YEAR.search(text) is None and all(map(str.islower, words)):
        if not _LEAD_WORDS.issuperset(words):
            return text
        return MARKER if _DIGIT.search(text) else text
    if "(" in text or "[" in text or ")" in text or "]" in text:
        text = text.translate(_HIDE)
    return f"{TEXT_OPEN}{text}{TEXT_CLOSE}"


def remove(line: str) -> str:
    """Take the citations out of a line.

    Args:
        line: Text with marks of `mark`, blanks collapsed; may hold marks of scripts.

    Returns:
        The text without marks of citations.
    """
    if TEXT_OPEN in line:
        if "[" in line:
            line = _FRONT.sub(_front, line)
        line = _NUMBERED.sub(MARKER, line)
    # Neighbouring raised runs are one: a list of markers is often cut into several.
    if "\x01" in line:
        line = _RAISED_AFTER.sub("\x05\\1", _RAISED_BEFORE.sub("\\1", line))
        line = _RAISED_BETWEEN.sub("\x05\\1", line)
        line = _RAISED.sub(_raised, line.replace("\x02\x01", _BOUNDARY))
    in_words = TEXT_OPEN in line
    if "[" in line:
        line = _SQUARE.sub(_whole if in_words else MARKER, line)
    if "(" in line:
        line = _ROUND.sub(_whole if in_words else MARKER, line)
    for _ in range(3):  # ([1], [2]) needs two rounds
        if not _bracketed(line):
            break
        shorter = _GROUP.sub(_group, line)
        if shorter == line:
            break
        line = shorter
    if in_words:
        line = line.replace(TEXT_OPEN, "").replace(TEXT_CLOSE, "")
        if "\x0f" in line or "\x12" in line:
            line = _CHAINED.sub("\\1", line)
        for hidden, shown in _SHOWN:
            line = line.replace(hidden, shown)
    if MARKER in line:
        line = _close_gaps(line)
    return line.replace(_BOUNDARY, "\x02\x01") if _BOUNDARY in line else line


def _front(match: re.Match[str]) -> str:
    """A bracket without the plain numbers before its markers, where they rise up to the first.

    A value would have to be smaller than the number of the reference by chance.
    """
    before = match.string[max(0, match.start() - 2) : match.start()].rstrip()
    if before[-1:] in _VALUED:
        return match[0]
    numbers = [int(number) for number in match[1].replace(",", " ").split()]
    numbers.append(int(match[2]))
    rising = all(one < other for one, other in pairwise(numbers))
    return "[" if rising else match[0]


def _whole(match: re.Match[str]) -> str:
    """One mark for a bracket with nothing but citations; in words it stays behind a preposition."""
    bracket, start = match[0], match.start()
    if TEXT_OPEN not in bracket or MARKER in bracket:
        return MARKER
    if _OBJECT_OF.search(match.string, max(0, start - _OBJECT_REACH), start) is None:
        return MARKER
    return bracket.replace(TEXT_OPEN, "").replace(TEXT_CLOSE, "").translate(_HIDE)


def keep(line: str) -> str:
    """Take the marks off numbers that are citations and stay; brackets where they touch a number.

    Of several with separators between them all have brackets or none.

    Args:
        line: Text with kept markers between `KEPT_OPEN` and `KEPT_CLOSE`.
    """
    return _KEPT.sub(_kept, line)


def _kept(match: re.Match[str]) -> str:
    before, markers, after = match.groups()
    return f"{before or ''}{markers.translate(_BRACKET if before or after else _UNMARK)}"


def _raised(match: re.Match[str]) -> str:
    """A raised run that holds nothing but citations is one; of others the citations alone go.

    Numbers and signs before the first marker are an exponent or a charge.
    """
    content = _GOES_ON.sub(MARKER, match[1])
    content = _ROUND.sub(MARKER, _SQUARE.sub(MARKER, content))
    if not _SIGN_FIRST.match(content) and _only_citations(content):
        return MARKER
    return f"\x01{content}\x02"


def _bracketed(line: str) -> bool:
    """Whether any citation may stand inside a bracket: the next bracket behind it closes one."""
    for cited in (MARKER, TEXT_OPEN):
        position = line.find(cited)
        opening = closing = -1
        while position >= 0:
            if closing < position:
                closing = _first(line, ")", "]", position)
                if closing < 0:
                    break
            if opening < position:
                opening = _first(line, "(", "[", position)
            if opening < 0 or closing < opening:
                return True
            position = line.find(cited, opening)
    return False


def _first(line: str, one: str, other: str, start: int) -> int:
    """Place of the first of two characters from `start` on; -1 where there is none."""
    found = line.find(one, start)
    before = line.find(other, start, found) if found >= 0 else line.find(other, start)
    return before if before >= 0 else found


def _group(match: re.Match[str]) -> str:
    """A bracket that holds nothing but citations is one citation."""
    content = match[2]
    if match[1] == "[":
        content = _GOES_ON.sub(MARKER, content)
        if _RANGE_TO.match(content):
            content = content[content.index(MARKER) :]
    return _whole(match) if _only_citations(content) else match[0]


def _only_citations(content: str) -> bool:
    """Whether all that stands beside the citations are separators, lead words and names.

    Numbers, letters, acronyms and other words are content. A name is part of a citation only
    before a year that is a cross reference: ``(Smith et al. 2003)``.

    Args:
        content: Inside of a bracket or of a raised run.
    """
    in_words = TEXT_OPEN in content
    bare = _CITE.sub(_cited, content) if in_words else content
    if not bare.strip(_PLAIN):
        return True  # the usual case: citations and separators
    named = cited = False
    if in_words:
        bare = _NAME_PREFIX.sub("", bare)
    for piece in _TOKEN.findall(_EXAMPLE.sub("", bare)):
        if piece == _YEAR_MARK:
            named, cited = False, True
        elif piece in (MARKER, ";"):
            if named:
                return False
            cited = piece == MARKER
        elif (
            piece in _FILLERS_AND_WORDS
            or (cited and piece in _BETWEEN_MARKERS)
            or (in_words and piece in _PARTICLES)
        ):
            continue
        elif in_words and piece.isalpha() and piece[0].isupper():
            # An acronym is no name; one capital behind a name is an initial.
            acronym = any(a.isupper() and b.isupper() for a, b in pairwise(piece))
            if acronym or (len(piece) == 1 and not named):
                return False
            named = True
        else:
            return False
    return not named


def _cited(match: re.Match[str]) -> str:
    """One mark for a citation in words; another where it is a year alone."""
    words = match[0][1:-1].strip(" ()[],\x0e\x0f\x11\x12")
    return _YEAR_MARK if _YEAR.fullmatch(words) else MARKER


def _close_gaps(line: str) -> str:
    """Take the markers out and mend the blanks and separators round each."""
    parts = line.split(MARKER)
    out = [parts[0]]
    last = len(parts) - 1
    for position in range(1, last + 1):
        part = parts[position]
        if position < last and len(part) < _SHORT and part.strip(_LOOSE) in ("", "and", "&"):
            continue
        left, right = out.pop(), part.lstrip()
        core = left.rstrip()
        if core[-3:] in HANGING:
            core, right = without_stump(core, right)
        first = right[:1]
        if core[-1:] in ("(", "[", "\x01"):
            out += [core, _without_separators(right)]
        elif not first or first in _CLOSERS:
            if first == "." and core.endswith("."):
                right = right[1:]  # "et al. [3]." ends with one full stop
            if first == "\x02" and right[1:2].isalnum():
                right = f"\x02 {right[1:]}"  # the marker was all that parted them
            out += [core.rstrip(",; \x13") if first else core, right]
        elif core and (core != left or right != part or _would_glue(core, first)):
            out += [core, " ", right]
        else:
            out += [core, right]
    return "".join(out)


def _without_separators(text: str) -> str:
    """A text without the separators that it begins with; a sign of a number is none.

    A dash that touches the marker is that of a range.
    """
    rest = text.lstrip(_LOOSE)
    taken = text[: len(text) - len(rest)]
    if len(taken) > 1 and rest[:1].isdigit() and taken[-1] not in " ,;\x13":
        return taken[-1] + rest
    return rest


def _would_glue(core: str, first: str) -> bool:
    """Whether the marker was all that kept two words or sentences apart."""
    return first.isalnum() and core[-1] not in "-–—/"
