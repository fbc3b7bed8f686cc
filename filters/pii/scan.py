"""From marks to hits: windows around the marks, rules on the windows, overlaps settled.

A rule looks only at bounded surroundings of a value, hence a window with enough on both sides
gives what the whole text gives; tests compare the two.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import re2

from filters.kernels import gate as kernel
from filters.pii import gate, labels, veto
from filters.pii.fold import Folded, fold
from filters.pii.rule import LEFT_REACH, RIGHT_REACH, Found, Kind, Rule
from filters.pii.rules import RULES
from filters.pii.shapes import is_alike, is_next

# Bytes around a mark: label, gap and context on the left (80 + 100 code points of up to 4 bytes),
# value and context on the right. A URL is longer than any number.
_LEFT, _RIGHT = 720, 640
# The same where all of it is ASCII.
_ASCII_LEFT, _ASCII_RIGHT = 400, 360
_URL_LEFT, _URL_RIGHT = 2000, 3200

_TOKEN = re2.compile(("\\[(?:" + "|".join(labels.TOKENS) + ")\\]").encode())
_REFERENCES = re2.compile(
    rb"(?i)(?:^|\n)#{1,6}[ \t]*"
    rb"(?:references?|bibliography|literature(?: cited)?|works cited)[ \t]*\n"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A value to mask.

    Attributes:
        start: First byte in the row.
        end: Last byte + 1 in the row.
        entity: Token without brackets.
        rule: Name of the rule.
        label: Whether a label or a checksum stands behind it.
    """

    start: int
    end: int
    entity: str
    rule: str
    label: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scan of one row found.

    Attributes:
        row: Index of the row.
        hits: Disjoint, in order.
        tokens: Masks that stood in the text already.
        failed: Why the scan could not be done, so that nothing is known of the row; empty where
            it was done.
    """

    row: int
    hits: tuple[Hit, ...]
    tokens: int = 0
    failed: str = ""


@cache
def rules_of(strict: bool, kind: Kind = Kind.TEXT) -> tuple[Rule, ...]:
    """Rules of a profile that look at what is of a kind."""
    return tuple(rule for rule in RULES if (strict or not rule.strict) and rule.reads(kind))


def _cut_label(rule: Rule, match: Any, data: bytes) -> bool:
    """Whether the label is only the beginning of a longer word."""
    if rule.label_end_group is None:
        return False
    end = match.end(rule.label_end_group)
    return data[end : end + 4].decode("utf-8", "ignore")[:1].isalpha()


def _search(rule: Rule, folded: Folded) -> Iterator[tuple[int, int]]:
    """Accepted values of one rule, as bytes of the folded window; matches may not overlap."""
    data = folded.data
    position = 0
    while (match := rule.compiled.search(data, position)) is not None:
        start, end = match.span(rule.value_group)
        left = data[max(0, start - 4 * LEFT_REACH) : start].decode("utf-8", "ignore")
        right = data[end : end + 4 * RIGHT_REACH].decode("utf-8", "ignore")
        value = data[start:end].decode("utf-8")
        found = Found(value, left[-LEFT_REACH:], right[:RIGHT_REACH], rule.label)
        part = (0, len(value)) if rule.check is None else rule.check(found)
        if _cut_label(rule, match, data):
            part = None
        if part is None or part[0] >= part[1] or veto.vetoed(rule.vetoes, found):
            # Another label may stand inside the match that was refused.
            position = match.start() + 1
            continue
        first = start + len(value[: part[0]].encode("utf-8"))
        last = start + len(value[: part[1]].encode("utf-8"))
        yield first, last
        position = last
        for span in _listed(rule, found, data, last):
            yield span
            position = span[1]


def _listed(rule: Rule, one: Found, data: bytes, end: int) -> Iterator[tuple[int, int]]:
    """The further values of a list behind a label, of which the first is accepted.

    None is a count, a measurement or a day. One that is not written like the one before is asked as
    if it stood behind the label; of telephone numbers alone lengths may differ.
    """
    if not rule.listed:
        return
    before = one.value
    while (match := rule.following.match(data, end)) is not None:
        start, end = match.span(rule.next_group)
        right = data[end : end + 4 * RIGHT_REACH].decode("utf-8", "ignore")[:RIGHT_REACH]
        found = Found(data[start:end].decode("utf-8"), one.left, right, rule.label)
        if not is_next(found):
            return
        part = 0, len(found.value)
        if not is_alike(found.value, before):
            if rule.entity != "PHONE" and abs(len(found.value) - len(before)) > 1:
                return
            asked = rule.check(found) if rule.check is not None else part
            if asked is None or asked[0] >= asked[1] or veto.vetoed(rule.vetoes, found):
                return
            part = asked
        before = found.value
        end = start + len(found.value[: part[1]].encode("utf-8"))
        yield start + len(found.value[: part[0]].encode("utf-8")), end


def _merged(cores: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Disjoint intervals in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(cores):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def touches(merged: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether ``[start, end)`` shares a byte with one of the intervals."""
    at = bisect_left(merged, (end, 0))
    return at > 0 and merged[at - 1][1] > start


def settled(hits: list[Hit]) -> list[Hit]:
    """Overlaps: label or checksum wins, then the longer, then the earlier (policy, section 7)."""
    chosen: list[Hit] = []
    taken: list[tuple[int, int]] = []
    for hit in sorted(hits, key=lambda h: (not h.label, h.start - h.end, h.start)):
        if not touches(taken, hit.start, hit.end):
            chosen.append(hit)
            taken.insert(bisect_left(taken, (hit.start, hit.end)), (hit.start, hit.end))
    return sorted(chosen, key=lambda h: h.start)


def scan_window(
    window: bytes, cores: Sequence[tuple[int, int, int]], strict: bool, kind: Kind = Kind.TEXT
) -> tuple[list[Hit], int]:
    """Run the rules that the marks of one window call for.

    Args:
        window: UTF-8, whole code points.
        cores: Marks inside the window: first byte, last byte + 1, families.
        strict: Profile.
        kind: What it is.

    Returns:
        Disjoint hits with offsets in the window, and the number of masks that stand in it.

    Raises:
        UnicodeDecodeError: The window is not UTF-8.
    """
    folded = fold(window)
    places: dict[int, list[tuple[int, int]]] = {}
    for start, end, families in cores:
        for bit in range(kernel.FAMILIES):
            if families & (1 << bit):
                places.setdefault(1 << bit, []).append((start, end))
    merged = {family: _merged(spans) for family, spans in places.items()}
    hits: list[Hit] = []
    words: frozenset[str] | None = None
    for rule in rules_of(strict, kind):
        if rule.family not in merged:
            continue
        if rule.needs and not any(piece in folded.data for piece in rule.needs):
            continue
        if rule.keys:
            if words is None:
                words = frozenset(labels.WORD.findall(folded.data.decode("utf-8").lower()))
            if rule.keys.isdisjoint(words):
                continue
        for first, last in _search(rule, folded):
            start, end = folded.original(first, last)
            if touches(merged[rule.family], start, end):
                hits.append(Hit(start, end, rule.entity, rule.name, rule.label))
    tokens = 0
    if kernel.TOKEN in merged:
        spans = (match.span() for match in _TOKEN.finditer(window))
        tokens = sum(touches(merged[kernel.TOKEN], start, end) for start, end in spans)
    return settled(hits), tokens


def _boundary(text: bytes, at: int) -> int:
    """The first byte of the code point that ``at`` falls into."""
    at = max(0, min(at, len(text)))
    while 0 < at < len(text) and text[at] & 0xC0 == 0x80:
        at -= 1
    return at


def _windows(
    text: bytes, marks: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int, list[tuple[int, int, int]]]]:
    """Merge marks whose surroundings touch: (first byte, last byte + 1, marks inside)."""
    current: tuple[int, int, list[tuple[int, int, int]]] | None = None
    reach = []
    for start, end, families in marks:
        url = families & kernel.URL
        left, right = (_URL_LEFT, _URL_RIGHT) if url else (_LEFT, _RIGHT)
        if not url and text[max(0, start - _ASCII_LEFT) : end + _ASCII_RIGHT].isascii():
            left, right = _ASCII_LEFT, _ASCII_RIGHT
        reach.append((start - left, end + right, start, end, families))
    for left, right, start, end, families in sorted(reach):
        first, last = _boundary(text, left), _boundary(text, right)
        if current is not None and first <= current[1]:
            current[2].append((start, end, families))
            current = (current[0], max(current[1], last), current[2])
        else:
            if current is not None:
                yield current
            current = (first, last, [(start, end, families)])
    if current is not None:
        yield current


def _reference_lists(text: bytes) -> list[tuple[int, int]]:
    """Spans of the sections that a heading names as a list of references."""
    spans = []
    for match in _REFERENCES.finditer(text):
        end = text.find(b"\n#", match.end() - 1)
        spans.append((match.start(), len(text) if end < 0 else end))
    return spans


def scan_row(
    row: int, text: bytes, marks: Sequence[Sequence[int]], strict: bool, kind: Kind = Kind.TEXT
) -> Scanned:
    """Scan one row that has marks.

    Args:
        row: Index, handed through.
        text: UTF-8 of the row.
        marks: (first byte, last byte + 1, families) in the row.
        strict: Profile.
        kind: As for `scan_window`.

    Returns:
        The hits; ``failed`` where anything went wrong, without saying what the text was.
    """
    hits: list[Hit] = []
    tokens = 0
    try:
        for first, last, cores in _windows(text, marks):
            inside = [(start - first, end - first, families) for start, end, families in cores]
            found, masks = scan_window(text[first:last], inside, strict, kind)
            tokens += masks
            hits.extend(
                Hit(hit.start + first, hit.end + first, hit.entity, hit.rule, hit.label)
                for hit in found
            )
        if strict and hits:
            lists = _reference_lists(text)
            free = {rule.name for rule in rules_of(True) if not rule.lists}
            hits = [h for h in hits if h.rule not in free or not touches(lists, h.start, h.end)]
    except Exception as error:  # fail closed, whatever a validator of a third party raises
        return Scanned(row, (), failed=f"a rule stopped with {type(error).__name__}")
    return Scanned(row, tuple(hits), tokens)


def scan_rows(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    strict: bool,
    kind: Kind = Kind.TEXT,
) -> Iterator[Scanned]:
    """Scan many rows; rows without marks are not mentioned.

    Args:
        data: ``uint8``, bytes behind the rows.
        offsets: ``int64[n + 1]``, row ``r`` is ``data[offsets[r]:offsets[r + 1]]``.
        strict: Profile.
        kind: As for `scan_window`.

    Yields:
        One result for each row with marks, in order.
    """
    marks = gate.marks(data, offsets, strict)
    if not len(marks):
        return
    edges = np.flatnonzero(np.diff(marks[:, 0])) + 1
    for part in np.split(marks, edges):
        row = int(part[0, 0])
        begin, end = int(offsets[row]), int(offsets[row + 1])
        places: Any = part[:, 1:].copy()
        places[:, :2] -= begin
        yield scan_row(row, data[begin:end].tobytes(), places.tolist(), strict, kind)
