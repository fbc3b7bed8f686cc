"""Citation markers out of a line, with the brackets, commas, dashes and raised text around them.

A marker that is a number or letter (``12``, ``[3]``, ``b``) stands for a place in a list that the
corpus does not carry: it goes, wherever it stands. A marker in words (``Smith et al., 2003``) goes
where a bracket holds nothing but citations; in the middle of a sentence it is the subject or object
and stays. What is left is neither glued nor split: ``patients<sup>12</sup>were`` gets a blank.

All patterns are linear: a group is what stands between one bracket and the next.
"""

from __future__ import annotations

import re

MARKER = "\x05"
TEXT_OPEN, TEXT_CLOSE = "\x06", "\x07"

_WORD = re.compile(r"[^\W\d_]{2,}")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d[a-z]?")
_CITE = re.compile("\x05|\x06[^\x07]*\x07")
# The usual brackets with nothing but citations in them; `_GROUP` finds the rest.
_ONLY = "(?:[ ,;–—‐−‑-]*(?:\x05|\x06[^\x07]*\x07))+[ ,;–—‐−‑-]*"
_SQUARE = re.compile(rf"\[{_ONLY}\]")
_ROUND = re.compile(rf"\({_ONLY}\)")
_GROUP = re.compile(r"([(\[])([^()\[\]\x05\x06]*[\x05\x06][^()\[\]]*)[)\]]")
_RAISED = re.compile("\x01([^\x01-\x05]*\x05[^\x01-\x04]*)\x02")
# Separators raised on their own between markers (dashes too) or beside one (no dash: a charge).
_RAISED_BETWEEN = re.compile("\x05 ?\x01([ ,;:()\\[\\]–—‐−-]+)\x02 ?(?=\x05)")
_RAISED_BEFORE = re.compile("\x01([ ,;()\\[\\]]+)\x02 ?(?=\x05)")
_RAISED_AFTER = re.compile("\x05 ?\x01([ ,;()\\[\\]]+)\x02")
_TOKEN = re.compile(r"\x05|\d+|[^\W\d_]+|[^\w\s]")
_TOUCHING_DIGIT = re.compile("\\d\x05|\x05\\d")
# Brackets inside a citation in words must not end the bracket round it.
_HIDE = str.maketrans("()[]", "\x0e\x0f\x11\x12")
_SHOWN = (("\x0e", "("), ("\x0f", ")"), ("\x11", "["), ("\x12", "]"))

_SEPARATORS = " ,;–—-‐−‑"
_PLAIN = _SEPARATORS + MARKER
_FILLERS = frozenset(_SEPARATORS + ".:&/'’()[]*")
_LEAD_WORDS = frozenset({
    "see", "also", "and", "or", "g", "eg", "i.e.", "cf", "for", "in", "by", "review",
    "reviews", "reviewed", "ref", "refs", "reference", "references", "example", "examples",
    "instance", "therein", "as", "al", "et", "from", "after", "a", "b", "c", "d", "y", "e", "und",
})  # fmt: skip
# Particles of names, so that "(van der Berg et al. 2003)" is seen to be a citation.
_NAME_WORDS = _LEAD_WORDS | frozenset({
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "dos", "la", "le", "el", "ten",
})  # fmt: skip
_CLOSERS = frozenset(".,;:!?)]\x02")


def mark(text: str) -> str:
    """Return the mark that stands for a citation until `remove` sees the whole line.

    Args:
        text: What the cross reference shows.
    """
    if len(text) < 4 and text.isdigit():
        return MARKER
    if _WORD.search(text) is None and not _YEAR.fullmatch(text.strip(" ()[]")):
        return MARKER
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
    # Neighbouring raised runs are one: a list of markers is often cut into several.
    if "\x01" in line:
        line = _RAISED_AFTER.sub("\x05\\1", _RAISED_BEFORE.sub("\\1", line))
        line = _RAISED_BETWEEN.sub("\x05\\1", line)
        line = _RAISED.sub(_raised, line.replace("\x02\x01", ""))
    if "[\x05" in line or "[\x06" in line:
        line = _SQUARE.sub(MARKER, line)
    if "(\x05" in line or "(\x06" in line:
        line = _ROUND.sub(MARKER, line)
    for _ in range(3):  # ([1], [2]) needs two rounds
        if not _bracketed(line):
            break
        shorter = _GROUP.sub(_group, line)
        if shorter == line:
            break
        line = shorter
    if TEXT_OPEN in line:
        line = line.replace(TEXT_OPEN, "").replace(TEXT_CLOSE, "")
        for hidden, shown in _SHOWN:
            line = line.replace(hidden, shown)
    return _close_gaps(line) if MARKER in line else line


def _raised(match: re.Match[str]) -> str:
    """A raised run that holds nothing but citations is one citation."""
    content = match[1]
    if _only_citations(content, numbers=True):
        return MARKER
    return match[0]


def _bracketed(line: str) -> bool:
    """Whether any citation may stand inside a bracket."""
    inside = False
    for part in line.replace(TEXT_OPEN, MARKER).split(MARKER)[:-1]:
        opened = max(part.rfind("("), part.rfind("["))
        closed = max(part.rfind(")"), part.rfind("]"))
        if opened != closed:
            inside = opened > closed
        if inside:
            return True
    return False


def _group(match: re.Match[str]) -> str:
    """A bracket that holds nothing but citations is one citation."""
    content = match[2]
    if _only_citations(content, numbers=match[1] == "["):
        return MARKER
    return match[0]


def _only_citations(content: str, numbers: bool) -> bool:
    """Whether all that stands beside the citations are separators, lead words and names.

    Args:
        content: Inside of a bracket or of a raised run.
        numbers: Whether plain numbers count as citations (the second half of a range often is no
            cross reference); never where a digit touches a citation, as in ``12`` raised ``3``.
    """
    in_words = TEXT_OPEN in content
    bare = _CITE.sub(MARKER, content) if in_words else content
    if not bare.strip(_PLAIN):
        return True  # the usual case: citations and separators
    if _TOUCHING_DIGIT.search(bare):
        return False
    allowed = _NAME_WORDS if in_words else _LEAD_WORDS
    for segment in bare.split(";"):
        cited = MARKER in segment
        for token in _TOKEN.findall(segment):
            if token == MARKER or token in _FILLERS or token.lower() in allowed:
                continue
            if numbers and token.isdigit() and len(token) <= 4:
                continue
            # "(Smith 2003)" with only the year as cross reference.
            if in_words and cited and token[0].isupper() and token.isalpha():
                continue
            return False
    return True


def _close_gaps(line: str) -> str:
    """Take the markers out and mend the blanks and separators round each."""
    parts = line.split(MARKER)
    out = [parts[0]]
    last = len(parts) - 1
    for position in range(1, last + 1):
        part = parts[position]
        if position < last and part.strip(_SEPARATORS) in ("", "and", "&"):
            continue
        left, right = out.pop(), part.lstrip()
        core, first = left.rstrip(), right[:1]
        if core[-1:] in ("(", "[", "\x01"):
            out += [core, right.lstrip(_SEPARATORS)]
        elif not first or first in _CLOSERS:
            if first == "." and core.endswith("."):
                right = right[1:]  # "et al. [3]." ends with one full stop
            out += [core.rstrip(",; ") if first else core, right]
        elif core and (core != left or right != part or _would_glue(core, first)):
            out += [core, " ", right]
        else:
            out += [core, right]
    return "".join(out)


def _would_glue(core: str, first: str) -> bool:
    """Whether the marker was all that kept two words or sentences apart."""
    return first.isalnum() and core[-1] not in "-–—/"
