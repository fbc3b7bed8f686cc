"""Putting the units of a raw document into the order in which the corpus has them.

Floats, abstracts and notes stand in one place of the file and are set in another. Each such unit is
looked for in the text by its letters; it goes before the first block of the fixed text that comes
behind it there. A unit that may be absent as a whole and is not found is explained by its reason.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from curation.fidelity.atoms import without_optional
from curation.fidelity.blocks import Block, Unit

_PROBE = 40
"""Letters and digits that a unit is looked for by."""

_PROBES = 7
_SHORT_PROBE = 12  # of a unit of a few words
_SHORTEST = 8
_NO_LETTER = re.compile(r"[\W_]+")


def letters(text: str) -> str:
    """Return letters and digits alone, in lower case."""
    return _NO_LETTER.sub("", text).casefold()


def arranged(units: Sequence[Unit], texts: Sequence[str]) -> tuple[list[Block], list[Unit]]:
    """Order the blocks of a document as its text has them.

    Args:
        units: Of the raw document.
        texts: Canonical texts of the blocks of the corpus.

    Returns:
        Blocks, and the units that are absent as a whole, which may be.
    """
    absent: list[Unit] = []
    if not any(unit.movable or unit.reason for unit in units):
        return [block for unit in units for block in unit.blocks], absent
    whole = letters("".join(texts))
    fixed: list[Block] = []
    waiting: list[tuple[int, int, Unit]] = []  # place in the text, fixed blocks before, unit
    taken: set[int] = set()
    for unit in units:
        if not unit.blocks:
            continue
        place = _found(unit, whole, taken) if unit.movable or unit.reason else 0
        if unit.reason and place is None:
            absent.append(unit)
        elif unit.movable:
            waiting.append((-1 if place is None else place, len(fixed), unit))
        else:
            fixed += unit.blocks
    if not waiting:
        return fixed, absent
    return _merged(fixed, waiting, _places(fixed, whole)), absent


def _merged(
    fixed: Sequence[Block], waiting: Sequence[tuple[int, int, Unit]], places: list[tuple[int, int]]
) -> list[Block]:
    """Set movable units between the fixed blocks, those with a known place in its order."""
    known = sorted(
        (n for n, item in enumerate(waiting) if item[0] >= 0), key=lambda n: waiting[n][0]
    )
    before = {n: item[1] for n, item in enumerate(waiting)}
    reached = 0
    for n in known:
        reached = before[n] = max(_before(waiting[n][0], waiting[n][1], places), reached)
    order: list[tuple[int, int, int]] = []
    last = -1
    for n, (place, _, _) in enumerate(waiting):
        last = place if place >= 0 else last  # an unknown place is behind the unit before it
        order.append((before[n], last, n))
    out: list[Block] = []
    position = 0
    for count, _, n in sorted(order):
        out += fixed[position:count]
        position = max(position, count)
        out += waiting[n][2].blocks
    return [*out, *fixed[position:]]


def _before(place: int, count: int, places: Sequence[tuple[int, int]]) -> int:
    """Return how many fixed blocks stand before a unit.

    Args:
        place: Where the unit begins in the text.
        count: How many stand before it in the file: that holds where the text leaves a choice.
        places: Fixed blocks whose place in the text is known.
    """
    least = 0
    for index, start in places:
        if start > place:
            return min(max(count, least), index)
        least = index + 1
    return max(count, least)


def _places(blocks: Sequence[Block], whole: str) -> list[tuple[int, int]]:
    """Return index and place of fixed blocks that are found once, both ascending.

    Of the places found the longest ascending run counts: a short block can be found elsewhere.
    """
    found: list[tuple[int, int]] = []
    for index, block in enumerate(blocks):
        own = letters(without_optional(block.text))
        for offset in sorted({0, max(len(own) - _PROBE, 0)}):
            probe = own[offset : offset + _PROBE]
            start = whole.find(probe) if len(probe) >= _SHORTEST else -1
            if start >= 0 and whole.find(probe, start + 1) < 0:
                found.append((index, max(start - offset, 0)))
                break
    ends: list[int] = []  # smallest last place of a run of each length
    tails: list[int] = []
    before: list[int] = []
    for number, (_, start) in enumerate(found):
        length = bisect_right(ends, start)
        before.append(tails[length - 1] if length else -1)
        ends[length : length + 1] = [start]
        tails[length : length + 1] = [number]
    run: list[tuple[int, int]] = []
    number = tails[-1] if tails else -1
    while number >= 0:
        run.append(found[number])
        number = before[number]
    return run[::-1]


def _found(unit: Unit, whole: str, taken: set[int]) -> int | None:
    """Return where a unit begins in the text: -1 if that cannot be told, None if it is not there.

    Most of what is looked for must be there, and all but one piece of a unit that may be absent,
    because the title of a single reference can stand in the text too. The middle one of the places
    that are found only once counts, else the first place of a long piece that no unit before took.
    """
    own = "".join(letters(without_optional(block.text)) for block in unit.blocks)
    if len(own) < _SHORTEST:
        return None
    size = min(_PROBE, len(own), max(len(own) // 3, _SHORT_PROBE))
    offsets = sorted({(len(own) - size) * step // (_PROBES - 1) for step in range(_PROBES)})
    sure: list[int] = []
    doubtful = -1
    there = 0
    for offset in offsets:
        probe = own[offset : offset + size]
        place = whole.find(probe)
        if place >= 0 and unit.repeats:
            place = whole.find(probe, place + 1)
        if place < 0:
            continue
        there += 1
        if whole.find(probe, place + 1) < 0:
            sure.append(max(place - offset, 0))
        elif doubtful < 0 and len(own) >= _PROBE:
            while place >= 0 and place in taken:
                place = whole.find(probe, place + 1)
            doubtful = max(place - offset, 0) if place >= 0 else -1
            taken.add(place)
    most = len(offsets) // _PROBES if unit.reason else len(offsets) // 2
    if len(offsets) - there > most or not there:
        return None
    return sorted(sure)[len(sure) // 2] if sure else doubtful
