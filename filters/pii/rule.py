"""What a PII rule is, and how patterns are put together from labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import re2

from filters.pii.labels import keyword, plain

LEFT_REACH = 80
"""Characters before a value that rules may look at (policy: words "within 80 characters")."""
RIGHT_REACH = 64
"""Characters behind a value that rules may look at."""


class Kind(Enum):
    """What is scanned: a text, a string that describes a document, or a whole number that does."""

    TEXT = "text"
    FIELD = "field"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a pattern found, with what stands around it.

    Attributes:
        value: The value, folded.
        left: Up to 80 characters before it.
        right: Up to 64 characters behind it.
        labelled: Whether the rule's pattern has a label directly before the value.
    """

    value: str
    left: str
    right: str
    labelled: bool = False


Check = Callable[[Found], "tuple[int, int] | None"]
"""The part of the value to mask (code points, end exclusive), or None to leave it."""


@dataclass(frozen=True)
class Rule:
    """One line of the rule table.

    Attributes:
        entity: Token without brackets.
        name: Name in the counts; unique.
        family: Mark of the compiled gate that calls for the rule (``filters.kernels.gate``).
        pattern: RE2, ignoring case; the group ``v`` is the value.
        check: Validator; None where the pattern says it all.
        vetoes: Names of the vetoes (``filters.pii.veto``) that drop an unlabelled match.
        strict: True for a rule of the strict profile alone.
        labels: Labels of which one stands in or near whatever is hit; empty where none is asked
            for. A window without any is not searched.
        needs: Pieces of which one stands in whatever is hit.
        lists: False for a rule that is never applied inside a list of references.
        fields: False for a rule that looks at texts alone, not at what describes a document: it
            would take the volumes of a reference list, the address of a page or an author.
        figures: True for a rule that looks at whole numbers of metadata too: its label names
            nothing else. Behind a word of ordinary use, or none, a number counts or measures.
        listed: True for a rule whose label holds for a list of values; the pattern ends with the
            value and what may stand behind it.
        label: True if a label or a checksum stands behind it: wins an overlap.
    """

    entity: str
    name: str
    family: int
    pattern: str
    check: Check | None = None
    vetoes: tuple[str, ...] = ()
    strict: bool = False
    label: bool = False
    listed: bool = False
    lists: bool = True
    fields: bool = True
    figures: bool = False
    labels: tuple[str, ...] = ()
    needs: tuple[bytes, ...] = ()

    @cached_property
    def compiled(self) -> Any:
        """The pattern, compiled once in a process; works on UTF-8 bytes."""
        return _compiled(self.pattern)

    @cached_property
    def following(self) -> Any:
        """The next value of a list behind a value, None for a rule without lists."""
        value = self.pattern[self.pattern.rindex("(?P<v>") :]
        return _compiled(_NEXT + value) if self.listed else None

    @cached_property
    def next_group(self) -> int:
        """Number of the group ``v`` in `following`."""
        return int(self.following.groupindex[b"v"])

    def reads(self, kind: Kind) -> bool:
        """Whether the rule looks at what is of a kind."""
        return {Kind.TEXT: True, Kind.FIELD: self.fields, Kind.FIGURE: self.figures}[kind]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The word by which each label is found, with and without accents, in small letters."""
        found = (keyword(label) for label in self.labels)
        return frozenset(form.lower() for word in found for form in (word, plain(word)))

    @cached_property
    def label_end_group(self) -> int | None:
        """Number of the group ``e``, None for a pattern without it."""
        return dict(self.compiled.groupindex).get(b"e")

    @cached_property
    def value_group(self) -> int:
        """Number of the group ``v``."""
        return int(self.compiled.groupindex[b"v"])


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern.encode("utf-8"), options)


START = r"(?:^|[^\pL\pN])"
"""Left edge of a label word (``\\b`` of RE2 knows ASCII letters alone)."""

NUMBER_WORDS = (
    r"(?:(?:nos?|nr|num|numbers?|ids?|identifier|identification|identificación|code"
    r"|numero|número|numéro|nummer|numer)(?:\b|__)|n\.?[°º]|n\.|№|#)"
)
BOLD = r"(?:\*{1,3}|_{1,3}|`)?"
"""Markdown that may end at a label, behind its colon, or begin at the value."""
_JOIN = r"[ \t:.,#=\-]"
_SAID = (
    rf"(?P<e>){BOLD}"
    rf"(?:{_JOIN}{{1,4}}(?:{NUMBER_WORDS}|(?:is|was|are|es|est|ist|é|jest|of|de|le|el)\b)){{0,3}}"
    rf"{BOLD}"
)
GAP = rf"{_SAID}{_JOIN}{{0,4}}{BOLD}[ \t]{{0,2}}{BOLD}"
"""Between label and value: punctuation, number words, "is" (at most about 50 characters).

The empty group ``e`` marks the end of the label, behind which no letter may stand.
"""
OPEN = r"[(\[<`\"'“‘«„]?"
"""What a value may be wrapped in."""
BELOW = r"[ \t]{0,3}\n(?:[ \t]{0,3}\n)?[ \t]{0,8}"
"""From the colon of a label to the line below, or to the next paragraph."""
ID_GAP = (
    rf"{_SAID}(?:{_JOIN}{{0,4}}{BOLD}[ \t]{{0,2}}{BOLD}"
    rf"|[ \t]{{0,2}}:{BOLD}{BELOW}{BOLD}){OPEN}"
)
"""`GAP` where nothing else is written like the label: the value may be wrapped, and behind a colon
stand below."""
_AND = r"(?:and|or|oder|und|et|ou|y|o|e|i|lub|en|of)\b"
_NEXT = (
    rf"{BOLD}[)\]\"'”’“»`>]?(?:[ \t]?\([^()0-9\n|]{{0,20}}\))?"
    rf"(?:[ \t]{{0,2}}[,;/&](?:[ \t]{{1,2}}{_AND})?|[ \t]{{1,2}}(?:-|{_AND}))"
    rf"[ \t]{{0,2}}{BOLD}{OPEN}"
)
"""Between two values of a list (at most `filters.kernels.gate.LISTED` symbols)."""
_TWO_CELLS = r"[^|\n]{1,40}\|[^|\n]{1,60}\|"
CELL = rf"(?:^|\n)[ ]{{0,3}}\|(?:{_TWO_CELLS})?[ ]{{0,3}}{BOLD}"
NEXT_CELL = rf"\.?:?{BOLD}[ ]{{0,40}}\|[ ]{{0,3}}{BOLD}"
LAST_CELL = rf"{BOLD}[ ]{{0,40}}\|(?:{_TWO_CELLS})?[ ]*(?:\n|$)"
"""A row of two cells or four, as forms come out of pages: label, value."""
TIGHT = rf"(?:[ \t]{{1,2}}{NUMBER_WORDS})?{BOLD}[ \t]{{0,2}}[:=#°º]{{1,2}}{BOLD}[ \t]{{0,3}}{BOLD}"
"""`GAP` where the label is a word of ordinary use: a colon or the like must stand there."""


def words(labels: Iterable[str]) -> str:
    """Alternation of labels, with and without accents, the longest first.

    Blanks may be any run of blanks or underscores.
    """
    spellings = {spelling for label in labels for spelling in (label, plain(label))}
    ordered = sorted(spellings, key=lambda label: (-len(label), label))
    return "(?:" + "|".join(_escaped(label) for label in ordered) + ")"


def _escaped(label: str) -> str:
    return "".join(
        r"[ _\t-]{1,2}" if char in " -" else char if char.isalnum() else re2.escape(char)
        for char in label
    )
