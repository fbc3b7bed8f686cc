"""Take out the head and foot that a site puts on its pages: lines that many of them share.

Much less may go than is shared (`filters.shared`): a list item or a heading that stands in
many leaflets is content. Only the lines up to the first that is not shared go, and those behind the
last, and of these:

* none that holds a clinical atom (a number, a unit, a negation), link targets aside;
* none that is a part of a paragraph of which another line stays;
* none before a line that stays, if it has no end of its own: it may be the label of that line;
* no line that stands with such a line under a heading that is shared as well, nor that heading;
* no heading of something that stays, and nothing under a heading that is the document's own, if
  all of that would go.

A document most of which is shared is left whole: nothing would be left of it to judge, and the
measurement ``shared_lines`` and its rule are for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import re2

from filters.atoms import fingerprints
from filters.boilerplate import LINK, Cleaned, Edit, applied, level_of
from filters.removals import BOILERPLATE, Removal

__all__ = ["MOST", "REASON", "RULE", "cut_edges"]

MOST = 0.9
"""A document with a larger share of its characters in shared lines is not cut."""

RULE = "shared"
"""Name of the rule in the ledger's ``removed``."""

REASON = "Line at head or foot that many pages of the site share."
"""Sentence for people."""

_ITEM = re2.compile(r"^\s*(?:[-*+•]|[0-9]{1,3}[.)])\s")
_ENDED = re2.compile(r"[.!?…。！？۔।][\"'”’»)\]*_」』）]*$")
_BLANK = "".join(map(chr, range(0x21)))
"""What `filters.kernels.shared` takes for blank."""


def cut_edges(texts: pa.LargeStringArray, heads: Sequence[int], feet: Sequence[int]) -> Cleaned:
    """Remove shared lines from the heads and feet of documents, as far as they may go.

    Args:
        texts: Final texts, ``large_string[n]`` without nulls.
        heads: Shared lines at the head of each, title aside.
        feet: Shared lines at its foot.

    Returns:
        The texts, and each line removed; its number is that in the text given.
    """
    pages = [_Page(text.as_py().split("\n")) for text in texts]
    flat = [line for page in pages for line in page.lines]
    bare = [LINK.sub(r"\1", LINK.sub(r"\1", line)) for line in flat]
    _, atoms = fingerprints(pa.array(bare, pa.large_string()))
    edits: dict[int, Edit] = {}
    start = 0
    for row, page in enumerate(pages):
        stop = start + len(page.lines)
        gone = page.removable(heads[row], feet[row], atoms[start:stop] > 0)
        start = stop
        if gone:
            edits[row] = page.edit(gone)
    return applied(texts, edits)


class _Page:
    """One text as lines."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        first = int(lines[0].startswith("# "))
        self.places = [n for n in range(first, len(lines)) if lines[n].strip(_BLANK)]
        """Numbers of the lines that have a key."""

    def removable(self, head: int, foot: int, atoms: npt.NDArray[np.bool_]) -> set[int]:
        """Return the numbers of the lines that may go.

        Args:
            head: Shared lines at the head.
            foot: Shared lines at the foot, none of which is one of those.
            atoms: Whether each line holds a clinical atom.
        """
        places, size = self.places, len(self.places)
        may_go = np.zeros(size, np.bool_)
        may_go[:head] = may_go[size - foot :] = True
        held = may_go & atoms[places]
        begins = np.array([level_of(self.lines[n]) > 0 for n in places], np.bool_)
        owner = np.cumsum(begins)
        shared_too = np.isin(owner, owner[begins & may_go])
        may_go &= ~held & ~(shared_too & np.isin(owner, owner[held]))
        edges = np.flatnonzero(np.diff(may_go, prepend=False, append=False))
        gone: set[int] = set()
        for start, stop in edges.reshape(-1, 2).tolist():
            gone.update(places[slice(*self._trimmed(start, stop))])
        # What may be concerned: headings that go, and those with a line behind them that goes.
        near = (a for a, b in zip(places, [*places[1:], -1], strict=False) if {a, b} & gone)
        headings = [n for n in near if level_of(self.lines[n])]
        for number in reversed(headings):
            section = self._section(number)
            if number not in gone and section and gone.issuperset(section):
                gone.difference_update(section)
        for number in reversed(headings):
            if number in gone and not gone.issuperset(self._section(number)):
                gone.discard(number)
        return gone

    def _trimmed(self, start: int, stop: int) -> tuple[int, int]:
        """Shorten a run of lines, by index, until what stays on either side is whole."""
        while start and start < stop and not self._parted(start):
            start += 1
        if stop < len(self.places):
            while start < stop and not self._parted(stop):
                stop -= 1
            if start < stop and not self._may_end(self.lines[self.places[stop - 1]]):
                stop -= 1
        return start, stop

    def _parted(self, index: int) -> bool:
        """Tell whether a paragraph, item or heading begins with the line of an index."""
        number = self.places[index]
        line, before = self.lines[number], self.lines[number - 1] if number else ""
        return (
            not before.strip(_BLANK)
            or bool(level_of(line) or level_of(before) or _ITEM.search(line))
            or bool(_ENDED.search(before.rstrip()))
        )

    @staticmethod
    def _may_end(line: str) -> bool:
        """Tell whether a line is no label of the next: a sentence, item, link or heading."""
        return bool(
            level_of(line) or _ITEM.search(line) or LINK.search(line) or _ENDED.search(line)
        )

    def _section(self, heading: int) -> list[int]:
        """Return the lines under a heading, smaller headings included."""
        level = level_of(self.lines[heading])
        found = []
        for number in self.places:
            if number > heading:
                if 0 < level_of(self.lines[number]) <= level:
                    break
                found.append(number)
        return found

    def edit(self, gone: set[int]) -> Edit:
        """Take lines out."""
        removed = [
            Removal(BOILERPLATE, RULE, n + 1, len(self.lines[n]), len(self.lines[n].split()))
            for n in sorted(gone)
        ]
        cut = "\n".join(self.lines[n] for n in sorted(gone))
        left = "\n".join(line for n, line in enumerate(self.lines) if n not in gone)
        return Edit("\n".join(self.lines), cut, left, tuple(removed))
