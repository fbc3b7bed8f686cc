"""Blocks, units and tables: the shape that raw files and corpus texts are brought into.

A block is a run of text that is read without a break: paragraph, heading, list item, cell. A unit
is a list of blocks that stays together: the abstract, a figure, a table, a footnote. The body is
one fixed unit after the other; floats may stand anywhere between its blocks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Block:
    """One block.

    Attributes:
        text: Canonical text, with marks of citations, labels and formulae on the raw side.
        place: Where it stands: an xpath, a line.
        cell: Whether it is a cell of a table.
        quoted: Whether it stands in a quotation, which Markdown opens with ``>``.
    """

    text: str
    place: str = ""
    cell: bool = False
    quoted: bool = False


@dataclass(slots=True)
class Unit:
    """Blocks that stay together.

    Attributes:
        blocks: In reading order.
        movable: Whether it may stand elsewhere (a float, an abstract, a note).
        reason: Why it may be absent as a whole; empty where it may not.
        repeats: Whether its words stand in another unit too, so that it is there where they are
            found twice.
    """

    blocks: list[Block] = field(default_factory=list)
    movable: bool = False
    reason: str = ""
    repeats: bool = False


@dataclass(slots=True)
class Cell:
    """One cell of a table: canonical text, and whether it heads what it spans."""

    text: str
    spans: int = 1
    head: bool = False


@dataclass(slots=True)
class Table:
    """Cells of one table by row, each once, wherever it spans."""

    rows: list[list[Cell]] = field(default_factory=list)
    place: str = ""


@dataclass(slots=True)
class Raw:
    """One document of a raw file, as its reader would read it.

    Attributes:
        record: Id of the record where the format has one (PMID, PMCID), else empty.
        part: What of the record this is: empty for the record itself.
        place: Record id, line or xpath, for people.
        units: The text in scope.
        tables: Its tables, for the check of cells; their text stands in `units` too.
        out_of_scope: Atoms outside the scope, by reason.
        ids: PMID and DOI of an article, where it has them.
    """

    record: str = ""
    part: str = ""
    place: str = ""
    units: list[Unit] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    out_of_scope: Counter[str] = field(default_factory=Counter)
    ids: frozenset[str] = frozenset()

    def blocks(self) -> list[Block]:
        """Return all blocks in the order of the file."""
        return [block for unit in self.units for block in unit.blocks]
