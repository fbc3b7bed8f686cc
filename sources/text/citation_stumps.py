"""What a citation leaves hanging that was an object: ``according to`` without its ``[3]``.

Only words of closed classes go, that say nothing without the citation: ``according to``, the
preposition behind a verb of telling (``as reported by [3].`` is then ``as reported.``), and ``see``
or ``reviewed in`` at the end of a bracket. They go only where the clause ends, or its verb follows:
in ``according to [3] criteria`` the object stays. A clause that denies something keeps all its
words: without ``according to`` or ``by`` it would deny more.
"""

from __future__ import annotations

import re

HANGING = frozenset({" to", " by", " in", "rom", "see", "lso", ".g.", "g.,", "cf."})
"""The last three characters of a text that a citation may leave hanging."""

_REACH = 48  # characters before the citation that are looked at
_ENDS = frozenset(".,;:)(]?!")
_SENTENCE_ENDS = frozenset(".?!)]”’\x02")
_VERB = re.compile(r"(?:was|were|is|are|has|have|had|can|could|may)\b")
_ACCORDING = re.compile(r"(?:\A|(?<=[\s(]))([Aa])ccording to\Z")
_TOLD = re.compile(
    r"\b(?:describ|report|review|summari[sz]|discuss|present|propos|suggest|detail|outlin|publish|"
    r"demonstrat|introduc|recommend|not|stat|explain|adapt|modifi|reproduc|defin|specifi|document|"
    r"illustrat)ed"
    r"(?: (?:previously|earlier|recently|first|originally|in detail|elsewhere))?( (?:by|in|from))\Z"
    r"|\bshown( (?:by|in))\Z"
)
_LEAD = re.compile(
    r"(?:[,;]| -|\s?[–—])\s?(?:but |for (?:an? )?(?:reviews?|examples?),? )*"
    r"(?:see|see also|e\.g\.,?|cf\.|(?:as )?reviewed (?:in|by))\Z"
)
_DENIED = re.compile(
    r"\b(?:not?|never|nor|neither|none|without|cannot|only|than|unless|except|instead|rather|unlike"
    r"|fail\w*|unable)\b|n['’]t\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?] (?=[^a-z])")
_PLAIN_WORD = re.compile(r"(?:[a-z]{2,}|a)(?= [a-z(])")


def without_stump(before: str, after: str) -> tuple[str, str]:
    """Take off what a citation leaves hanging.

    Args:
        before: The text before it, without blanks at the end; ends in one of `HANGING`.
        after: The text behind it, without blanks at the beginning.

    Returns:
        Both texts; the same where nothing goes.
    """
    tail, first = before[-_REACH:], after[:1]
    if first and first not in _ENDS and not _VERB.match(after):
        return before, after
    if first in (")", "]") and (lead := _LEAD.search(tail)):
        return before[: len(before) - len(lead[0])], after
    told = _TOLD.search(tail)
    if told and not _denies(before):
        return before[: len(before) - len(told[1] or told[2])], after
    according = _ACCORDING.search(tail)
    if according is None:
        return before, after
    rest = before[: len(before) - len(according[0])].rstrip()
    if according[1] == "A":
        opens = first == "," and (not rest or rest[-1] in _SENTENCE_ENDS)
        return _opened(rest, after) if opens else (before, after)
    if not rest or rest[-1] in "([" or (first and first not in _ENDS) or _denies(rest):
        return before, after
    return rest, after


def _opened(before: str, after: str) -> tuple[str, str]:
    """The sentence that began with it begins with the next word."""
    after = after[1:].lstrip()
    if _PLAIN_WORD.match(after):
        after = after[0].upper() + after[1:]
    return before, after


def _denies(before: str) -> bool:
    """Whether the sentence in hand denies or bounds something."""
    start = 0
    for end in _SENTENCE_END.finditer(before, max(0, len(before) - 400)):
        start = end.end()
    return _DENIED.search(before, max(start, len(before) - 400)) is not None
