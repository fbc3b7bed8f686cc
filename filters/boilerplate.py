"""Take out of a text what its publisher, site or server wrote, and nothing that its author wrote.

The rules are data (``boilerplate.toml``): each is the form of one notice, at the end of a line or a
line of its own. A title is never touched, nor are tables and code. Three things guard the text:

* A passage with a comparator before a number, or an amount in units or per cent, is no notice.
* Only the end of a line goes, behind the end of a sentence, or the line as a whole: no word of
  the author gets another neighbour.
* The clinical atoms (`filters.atoms`) of what is left and of what is listed as removed must
  together be those of the text before; where they are not, the step is undone for that text.

Where everything under a heading was removed the heading goes with it; where nothing but the title
is left the text is empty.

Most texts hold nothing of the kind. One expression, made of the gates of all rules, finds those
that may, over the whole column, and then the lines; only these are looked at one by one.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import re2

from filters.atoms import fingerprints
from filters.normalise import normalise
from filters.removals import BOILERPLATE, Removal, Removals
from filters.search import matching_rows

__all__ = [
    "LINK",
    "VERSION",
    "BoilerplateRule",
    "Cleaned",
    "Edit",
    "applied",
    "level_of",
    "load_rules",
    "remove_boilerplate",
]

VERSION = 2
"""Raised whenever the same text gives another one."""

_TEXT = pa.large_string()

_TAIL = (
    r"(?:[^.\n]|\.[^ \n]|\. ?(?:&|Inc|Ltd|LLC|Co\b|KG|S\.|B\.|A\.|N\.|V\.|Karger|[Aa]ll [Rr]ights"
    r"|(?:and|on behalf|for|in|by|of|und|et|under|with|published)\b))*?"
    r"\.?[)\]]{0,2}"
)
"""The rest of a sentence: up to a full stop behind which the notice does not go on, with the form
of a company or a word that begins no sentence when it is written small. What else begins small, a
gene (p53) or a number, begins what the author says."""

_BORDER = r"(?:^[\s>#*+\-•]*|[.!?)\]}\"'”’»*_•…]\s*)"
"""What stands before a passage inside a line: the end of a sentence, or its own beginning."""

_CLINICAL = re2.compile(
    r"[<>=±≤≥≈~]\s?[0-9]|[0-9]\s?(?:%|‰|°C?|[nmkµμ]?g\b|mcg\b|[mdµμ]?[lL]\b|[mk]?IU\b|mm\s?Hg\b|kPa\b"
    r"|[nmµμ]?mol|mEq\b|[mcµμn]m\b|patients?\b|cases\b|years?\b|weeks?\b|days?\b|hours?\b)"
)
"""A measured value or an amount: such a passage says something about medicine."""

_MARKS = re2.compile(r"^[\s>#*+\-•–|»]*[\s*_]*|[\s*_#»|]+$")
"""Marks of lists, headings, quotes and emphasis around a line."""

_WINDOW = 2_000
"""Characters at the end of a line that are looked at: the longest passage has 600, and the longest
line of links that is one passage not many more."""

_START = r"^[^\pL\n]{0,12}"
"""Beginning of a line, its marks included, before the gate of a rule for whole lines."""

LINK = re2.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
"""A link of Markdown: its text stays, where it leads does not count."""


@dataclass(frozen=True, slots=True)
class BoilerplateRule:
    """The form of one kind of notice.

    Attributes:
        name: Name in the ledger.
        where: ``end`` or ``line``.
        gate: Expression for what a line must hold, or begin with.
        pattern: Expression for the passage, for ``line`` the whole line without its marks.
        compiled: For ``end`` a search whose first group is the passage, for ``line`` the pattern.
        chars: Code points that the passage has at most.
        reason: Sentence for people.
        reference: Where the notice comes from.
    """

    name: str
    where: str
    gate: str
    pattern: str
    compiled: Any
    chars: int
    reason: str
    reference: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Texts without boilerplate.

    Attributes:
        texts: ``large_string[n]``, normalised; empty where only a title would be left.
        removed: What was taken out, by row.
        undone: Rows whose atoms would have changed; they keep their text, ``bool[n]``.
    """

    texts: pa.LargeStringArray
    removed: Removals
    undone: npt.NDArray[np.bool_]


@functools.cache
def load_rules() -> tuple[BoilerplateRule, ...]:
    """Return the rules in the order in which they are tried.

    Raises:
        ValueError: ``boilerplate.toml`` has a place that is neither ``end`` nor ``line``.
    """
    tables = tomllib.loads((files("filters") / "boilerplate.toml").read_text("utf-8"))
    return tuple(_rule(name, entry) for name, entry in tables.items())


def _rule(name: str, entry: dict[str, Any]) -> BoilerplateRule:
    item = entry.get("item", "")
    listed = rf"{item}(?:\s{{0,3}}[|·•/\\]\s{{0,3}}{item})+|{item}(?:\s{{1,3}}{item}){{2,}}"
    pattern = entry["pattern"].replace("\n", "").replace("{tail}", _TAIL)
    pattern = pattern.replace("{list}", listed).replace("{item}", item)
    if entry["where"] == "end":
        compiled = re2.compile(rf"{_BORDER}({pattern})\s*$")
    elif entry["where"] == "line":
        compiled = re2.compile(pattern)
    else:
        raise ValueError(f"boilerplate rule {name}: where is end or line, not {entry['where']!r}")
    return BoilerplateRule(
        name,
        entry["where"],
        entry["gate"],
        pattern,
        compiled,
        entry.get("chars", 300),
        entry["reason"],
        entry["reference"],
    )


def remove_boilerplate(texts: pa.LargeStringArray) -> Cleaned:
    """Remove the passages that a rule describes.

    Args:
        texts: ``large_string[n]`` of normalised Markdown without nulls; a first line with ``# `` is
            the title.

    Returns:
        The texts, the array itself where nothing is removed.

    Example:
        >>> cleaned = remove_boilerplate(pa.array(["It works. © 2019 Foo Ltd."], pa.large_string()))
        >>> cleaned.texts.to_pylist(), cleaned.removed[0][0].rule
        (['It works.'], 'copyright')
    """
    return applied(
        texts,
        {row: edit for row, hits in _hits(texts).items() if (edit := _edit(texts[row], hits))},
    )


def applied(texts: pa.LargeStringArray, edits: Mapping[int, Edit]) -> Cleaned:
    """Put edited texts in the place of the former ones, but for those whose atoms would change.

    Args:
        texts: ``large_string[n]`` without nulls.
        edits: What was cut, by row.
    """
    undone = np.zeros(len(texts), np.bool_)
    if not edits:
        return Cleaned(texts, {}, undone)
    rows = sorted(edits)
    after = normalise(pa.array([edits[row].after for row in rows], _TEXT))
    kept = _same_atoms([edits[row] for row in rows], after)
    undone[[row for row, same in zip(rows, kept, strict=True) if not same]] = True
    good = np.array([row for row, same in zip(rows, kept, strict=True) if same], np.int64)
    mask = np.zeros(len(texts), np.bool_)
    mask[good] = True
    changed = pc.replace_with_mask(texts, pa.array(mask), after.filter(pa.array(kept)))
    return Cleaned(changed, {int(row): edits[row].removed for row in good}, undone)


@functools.cache
def _gate() -> Any:
    """Expression for all that may be boilerplate, for whole texts and for single lines."""
    rules = load_rules()
    anywhere, first = (
        "|".join(rule.gate for rule in rules if rule.where == where) for where in ("end", "line")
    )
    return re2.compile(f"(?im)(?:{anywhere})|{_START}(?:{first})")


@functools.cache
def _any(where: str) -> Any:
    """Compile one expression for all rules of a place: most lines fit none of them."""
    every = "|".join(f"(?:{rule.pattern})" for rule in load_rules() if rule.where == where)
    return re2.compile(rf"{_BORDER}(?:{every})\s*$" if where == "end" else every)


def _hits(texts: pa.LargeStringArray) -> dict[int, list[int]]:
    """Return by row the numbers of the lines that may hold boilerplate."""
    rows = np.unique(matching_rows(texts, _gate()))
    if not len(rows):
        return {}
    lines = pc.split_pattern(texts.take(pa.array(rows)), "\n")
    places = np.unique(matching_rows(lines.flatten(), _gate()))
    starts = np.asarray(lines.offsets)
    owners = np.searchsorted(starts, places, side="right") - 1
    found: dict[int, list[int]] = {}
    for owner, line in zip(owners.tolist(), (places - starts[owners]).tolist(), strict=True):
        found.setdefault(int(rows[owner]), []).append(line)
    return found


class _Cut(NamedTuple):
    """A passage: its rule, and the columns where it begins and ends in its line."""

    rule: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Edit:
    """One text with its boilerplate taken out.

    Attributes:
        before: The text with the end of a line before each passage.
        cut: The passages, each on a line.
        after: What is left.
        removed: The entries of the ledger.
    """

    before: str
    cut: str
    after: str
    removed: tuple[Removal, ...]


def _edit(text: pa.LargeStringScalar, hits: Sequence[int]) -> Edit | None:
    """Cut the lines of one text; None where no rule fits."""
    lines = text.as_py().split("\n")
    cuts: dict[int, list[_Cut]] = {}
    for number in hits:
        if lines[number].startswith("|") or (number == 0 and lines[0].startswith("# ")):
            continue
        if found := _cuts(lines[number]):
            cuts[number] = found
    if not cuts:
        return None
    for number in _inside_code(lines, cuts):
        del cuts[number]
    _empty_headings(lines, cuts)
    if not cuts:
        return None
    marked, kept = list(lines), list(lines)
    passages: list[str] = []
    removed: list[Removal] = []
    for number in sorted(cuts):
        line, mine = lines[number], sorted(cuts[number], key=lambda cut: cut.start)
        parts = [line[cut.start : cut.stop] for cut in mine]
        passages += parts
        kept[number] = line[: mine[0].start]
        marked[number] = "\n".join([kept[number], *parts])
        removed += [
            Removal(BOILERPLATE, cut.rule, number + 1, len(part), len(part.split()))
            for cut, part in zip(mine, parts, strict=True)
        ]
    if kept[0].startswith("# ") and not any(map(str.strip, kept[1:])):
        marked[0] = kept[0] = ""
    return Edit("\n".join(marked), "\n".join(passages), "\n".join(kept), tuple(removed))


def _cuts(line: str) -> list[_Cut]:
    """Take passages off the end of a line until none is left, then the line where it is one."""
    cuts: list[_Cut] = []
    stop = _stripped(line, len(line))
    while found := _last_passage(line, stop):
        cuts.append(found)
        stop = _stripped(line, found.start)
    if cuts and not any(map(str.isalnum, line[:stop][:_WINDOW])):
        cuts[-1] = _Cut(cuts[-1].rule, 0, cuts[-1].stop)
    elif 0 < stop <= _WINDOW and not level_of(line) and (rule := _whole_line(line[:stop])):
        cuts.append(_Cut(rule, 0, stop))
    return cuts


def _stripped(line: str, stop: int) -> int:
    """Return where a line ends without the white space before ``stop``."""
    while stop and line[stop - 1].isspace():
        stop -= 1
    return stop


def _last_passage(line: str, stop: int) -> _Cut | None:
    """Return the passage that ends at ``stop``; only so much is looked at as one can be long."""
    first = max(0, stop - _WINDOW)
    # A letter keeps the place where the window begins from looking like the beginning of the line.
    window = ("x" if first else "") + line[first:stop]
    if not _any("end").search(window):
        return None
    for rule in load_rules():
        if rule.where == "end" and (match := rule.compiled.search(window)):
            start = match.start(1)
            if len(window) - start <= rule.chars and not _CLINICAL.search(window[start:]):
                return _Cut(rule.name, stop - len(window) + start, stop)
    return None


def _whole_line(line: str) -> str:
    """Return the name of the rule that a line is an instance of, empty for none."""
    core = _MARKS.sub("", LINK.sub(r"\1", line))
    if not core or not _any("line").fullmatch(core) or _CLINICAL.search(core):
        return ""
    for rule in load_rules():
        if rule.where == "line" and len(core) <= rule.chars and rule.compiled.fullmatch(core):
            return rule.name
    return ""


def _inside_code(lines: Sequence[str], cuts: dict[int, list[_Cut]]) -> list[int]:
    """Return which of the lines with cuts stand in a code fence."""
    inside: list[int] = []
    fence = ""
    for number, line in enumerate(lines):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and mark == (fence or mark):
            fence = "" if fence else mark
        elif fence and number in cuts:
            inside.append(number)
    return inside


def _empty_headings(lines: Sequence[str], cuts: dict[int, list[_Cut]]) -> None:
    """Add the headings of which nothing is left; from the last to the first, so that they nest."""
    headings = [number for number, line in enumerate(lines) if number and line.startswith("#")]
    for number in reversed(headings):
        level = level_of(lines[number])
        if not level or number in cuts:
            continue
        rule = ""
        for place in range(number + 1, len(lines)):
            if 0 < level_of(lines[place]) <= level:
                break
            mine = cuts.get(place)
            if mine and min(cut.start for cut in mine) == 0:
                rule = rule or mine[-1].rule
            elif lines[place].strip():
                rule = ""
                break
        if rule:
            cuts[number] = [_Cut(rule, 0, len(lines[number]))]


def level_of(line: str) -> int:
    """Return the level of a heading, 0 for other lines."""
    if not line.startswith("#"):
        return 0
    level = len(line) - len(line.lstrip("#"))
    return level if level <= 6 and line[level : level + 1] == " " else 0


def _same_atoms(edits: Sequence[Edit], after: pa.LargeStringArray) -> list[bool]:
    """Tell for each text whether what is left and what is listed hold the atoms of the former."""
    former, cut = (
        fingerprints(pa.array([getattr(edit, name) for edit in edits], _TEXT))
        for name in ("before", "cut")
    )
    left = fingerprints(after)
    same = (former[0] == left[0] + cut[0]) & (former[1] == left[1] + cut[1])
    return [bool(value) for value in same]
