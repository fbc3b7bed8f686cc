"""Cells of tables: all cells in are cells out, once each, and no two neighbours are fused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple

from curation.fidelity.atoms import MASK, without_optional
from curation.fidelity.blocks import Table
from curation.fidelity.marks import CITE, LABEL, shown

_ALIKE = 0.6
_NEAR = 64  # cells, and characters of each, that are looked at for one that was changed
_SHOWN = 120  # characters of a cell in a fault
_MASK = re.compile(MASK)
_MARKS = re.compile("[\x01-\x08\x0e\x0f]")
_DROPPED = re.compile(r"[^\w<>=≤≥±%+/.,-]+|_")
_STOPS = re.compile(r"(?<![0-9])[.,]|[.,](?![0-9])")


@dataclass(slots=True)
class CellFault:
    """One cell that is not what it was."""

    kind: str
    raw: str
    ours: str
    place: str


class Place(NamedTuple):
    """Where a cell stands, from 0, and its text."""

    row: int
    column: int
    text: str


@dataclass(slots=True)
class Cells:
    """Figures of the check.

    Attributes:
        tables: Tables of the raw file with a cell that is not empty.
        cells: Cells of them that are not empty, a spanned cell once.
        kept: Found as a cell of one table of the text.
        as_text: Found in the text, which holds no such table (plain text, sentences).
        lost: Not found.
        fused: Pairs of neighbours that became one cell.
        invented: Cells of the matched tables that are none in the raw file.
    """

    tables: int = 0
    cells: int = 0
    kept: int = 0
    as_text: int = 0
    lost: int = 0
    fused: int = 0
    invented: int = 0
    faults: list[CellFault] = field(default_factory=list)

    def add(self, other: Cells) -> None:
        """Add the figures of another check."""
        for name in ("tables", "cells", "kept", "as_text", "lost", "fused", "invented"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults += other.faults


def compare_cells(raw: Sequence[Table], ours: Sequence[Table], texts: Sequence[str]) -> Cells:
    """Compare the tables of a document.

    Args:
        raw: Tables of the raw file.
        ours: Tables of the text.
        texts: Blocks of the text, for tables that are there as plain text.
    """
    result = Cells()
    if not raw:
        return result
    available = [_names(table) for table in ours]
    taken: set[int] = set()
    plain = ""
    for table in raw:
        texts_in = [c.text for row in table.rows for c in row if _key(c.text)]
        wanted = [_key(text) for text in texts_in]
        if not wanted:
            continue
        result.tables += 1
        result.cells += len(wanted)
        index = _best(Counter(wanted), available, taken)
        if index < 0:
            plain = plain or "".join(map(_key, texts))
            there = sum(
                name in plain or _key(text, marked=True) in plain
                for name, text in zip(wanted, texts_in, strict=True)
            )
            result.as_text += there
            result.lost += len(wanted) - there
            if there < len(wanted):
                result.faults.append(
                    CellFault("cell_lost", f"{len(wanted) - there} cells", "", table.place)
                )
            continue
        taken.add(index)
        _one(table, ours[index], result)
    return result


def _key(text: str, *, marked: bool = False) -> str:
    """Return what a cell is known by: letters, digits and signs.

    Args:
        text: Of the cell.
        marked: Whether citations and labels in it count.
    """
    if not marked and (CITE in text or LABEL in text):
        text = without_optional(text)
    return _STOPS.sub("", _DROPPED.sub("", _MARKS.sub("", text))).casefold()


def _best(wanted: Counter[str], available: Sequence[Counter[str]], taken: set[int]) -> int:
    """Return the table with most cells in common, -1 where none has a third of them."""
    best, most = -1, max(wanted.total() // 3, 0)
    for index, cells in enumerate(available):
        if index not in taken:
            common = (wanted & cells).total()
            if common > most:
                best, most = index, common
    return best


def _one(table: Table, ours: Table, result: Cells) -> None:
    """Compare one table with the one that it became."""
    texts = {_key(cell.text): cell.text for row in reversed(ours.rows) for cell in reversed(row)}
    left = _names(ours)
    gone: list[Place] = []
    citations: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row):
            name, marked = _key(cell.text), _key(cell.text, marked=True)
            there = next((key for key in (marked, name) if name and left[key] > 0), "")
            if there:
                left[there] -= 1
            elif name:
                gone.append(Place(number, column, cell.text))
            elif cell.text:
                citations[marked] += 1
            if name and cell.head:
                repeated[name] += cell.spans - 1
    gone = [place for place in gone if not _masked(place.text, left, texts)]
    result.kept += sum(bool(_key(cell.text)) for row in table.rows for cell in row) - len(gone)
    extra = list((left - citations - repeated).elements())
    _report(table, gone, extra, texts, result)


def _masked(text: str, left: Counter[str], texts: Mapping[str, str]) -> bool:
    """Take a cell in which personal data was masked."""
    for masked in [key for key in texts if left[key] > 0 and _MASK.search(texts[key])]:
        pieces = [re.escape(_key(piece)) for piece in _MASK.split(texts[masked])]
        if re.fullmatch(".+".join(pieces), _key(text)):
            left[masked] -= 1
            return True
    return False


def _report(
    table: Table, gone: Sequence[Place], extra: list[str], texts: Mapping[str, str], result: Cells
) -> None:
    """Say of each cell that is not there whether it was fused, changed or lost."""
    used = -1
    for position, place in enumerate(gone):
        if position == used:
            continue
        twin = _fused(gone, position, extra)
        where = f"{table.place} row {place.row + 1} cell {place.column + 1}"
        if twin:
            used = position + 1
            extra.remove(twin)
            result.fused += 1
            result.lost += 2
            both = f"{_short(place.text)} | {_short(gone[used].text)}"
            result.faults.append(CellFault("cells_fused", both, _short(texts[twin]), where))
            continue
        near = (other for other in extra[:_NEAR] if _close(_key(place.text), other))
        changed = next(near, "")
        if changed:
            extra.remove(changed)
        result.lost += 1
        kind = "cell_changed" if changed else "cell_lost"
        said = _short(texts.get(changed, ""))
        result.faults.append(CellFault(kind, _short(place.text), said, where))
    result.invented += len(extra)
    for name in extra:
        result.faults.append(CellFault("cell_invented", "", _short(texts[name]), table.place))


def _names(table: Table) -> Counter[str]:
    return Counter(filter(None, (_key(cell.text) for row in table.rows for cell in row)))


def _short(text: str) -> str:
    shown_text = shown(text)
    return shown_text if len(shown_text) <= _SHOWN else f"{shown_text[:_SHOWN]}…"


def _fused(gone: Sequence[Place], position: int, extra: Sequence[str]) -> str:
    """Return the cell that a lost cell and its lost neighbour were run together into."""
    if position + 1 >= len(gone):
        return ""
    place, other = gone[position], gone[position + 1]
    if place.row != other.row or other.column != place.column + 1:
        return ""
    joined = _key(place.text) + _key(other.text)
    return joined if joined in extra else ""


def _close(first: str, second: str) -> bool:
    """Whether two cells are likely one that was changed."""
    if first in second or second in first:
        return True
    return SequenceMatcher(None, first[:_NEAR], second[:_NEAR], False).ratio() >= _ALIKE
