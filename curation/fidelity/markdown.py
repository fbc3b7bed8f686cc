r"""A text of the corpus, or any Markdown or plain text, to blocks and tables.

What Markdown itself writes is no text: heading and quotation signs, list markers, pipes and rules
of tables, fences, backslashes before punctuation. The number of an ordered list at the beginning
of a line, or the number or Roman numeral behind a bullet, is marked as a label, because it may be
counted by whoever wrote the Markdown.
"""

from __future__ import annotations

import re

from curation.fidelity.blocks import Block, Cell, Table
from curation.fidelity.marks import LABEL, LABEL_END, fold

_HEADING = re.compile(r"#{1,6}\s+")
_QUOTE = re.compile(r"\s*(?:> ?)+")
_BULLET = re.compile(r"\s*[-*•]\s+")
_NUMBERED = re.compile(r"(\s*)(\d{1,4}[.)])\s+")
_COUNTED = re.compile(r"(\s*)(\d{1,4}[.)]|[IVXLC]+\.)\s+")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_ESCAPE = re.compile(r"\\([<>*\[\]()#`.!|~])")
_PIPE = re.compile(r"(?<!\\)\|")


def read_markdown(text: str) -> tuple[list[Block], list[Table]]:
    """Return the blocks of a text in reading order, and its tables.

    Args:
        text: Markdown or plain text. Lines of a paragraph are one block.
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(line, number)
    reader.close()
    return reader.blocks, reader.tables


class _Reader:
    """Reads line by line; a paragraph is kept open until something else begins."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.tables: list[Table] = []
        self._open: list[str] = []
        self._place = ""
        self._quoted = self._fenced = False
        self._table: Table | None = None

    def line(self, line: str, number: int) -> None:
        """Take in one line."""
        if _FENCE.match(line):
            self.close()
            self._fenced = not self._fenced
            return
        if self._fenced:
            self._add(line, number)
            return
        quote = _QUOTE.match(line)
        rest = line[quote.end() :] if quote else line
        if rest.lstrip().startswith("|"):
            self._row(rest, number)
            return
        self._table = None
        if not rest.strip():
            self.close()
            return
        if quote and not self._quoted:
            self.close()
        heading = _HEADING.match(rest)
        numbered = _NUMBERED.match(rest)
        bullet = _BULLET.match(rest)
        if heading or numbered or bullet:
            self.close()
        self._quoted = self._quoted or bool(quote)
        if heading:
            rest = rest[heading.end() :]
        elif numbered:
            rest = f"{LABEL}{numbered[2]}{LABEL_END} {rest[numbered.end() :]}"
        elif bullet:
            rest = rest[bullet.end() :]
            inner = _COUNTED.match(rest)
            if inner:
                rest = f"{LABEL}{inner[2]}{LABEL_END} {rest[inner.end() :]}"
        self._add(rest, number)
        if heading:
            self.close()

    def close(self) -> None:
        """End the paragraph in hand."""
        if self._open:
            text = fold(_ESCAPE.sub(r"\1", " ".join(self._open)))
            if text:
                self.blocks.append(Block(text, self._place, quoted=self._quoted))
        self._open, self._quoted, self._table = [], False, None

    def _add(self, line: str, number: int) -> None:
        if not self._open:
            self._place = f"line {number}"
        self._open.append(line)

    def _row(self, line: str, number: int) -> None:
        if self._table is None:
            self.close()
            self._table = Table(place=f"line {number}")
            self.tables.append(self._table)
        if _RULE.fullmatch(line):
            return
        row = []
        for text in _PIPE.split(line.strip().strip("|") if line.count("|") > 1 else line):
            cell = fold(_ESCAPE.sub(r"\1", text))
            row.append(Cell(cell))
            if cell:
                self.blocks.append(Block(cell, f"line {number}", cell=True))
        self._table.rows.append(row)
