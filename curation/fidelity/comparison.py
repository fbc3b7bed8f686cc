"""Comparison of one raw document with the corpus' text of it: which atoms are lost or changed.

The atoms of both are aligned by their longest common subsequence, first together with both
neighbouring words, then, between what that matched, alone. What is left over on both sides of a
gap is looked at again:

- citation markers and numbers of lists may be absent (`explained`);
- lost atoms with nothing in their place are ``boilerplate``, as many as the words of the passages
  that the ledger says were removed (`explained`);
- beside a mask such as ``[EMAIL]`` lost atoms are ``masked`` (`explained`);
- a formula is the same where its comparators and numbers are, raised ones apart, in their order:
  linear notation adds brackets, blanks and fraction bars;
- a table head that spans may be repeated as often as it spans;
- an atom that is lost here and found elsewhere beside the same word has ``moved``: it counts as
  kept, and against the order;
- what is left is ``changed`` where the two sides of a gap resemble each other, else ``lost`` or
  ``invented``.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from curation.fidelity.align import Pairs, align, lcs_length
from curation.fidelity.arrange import arranged
from curation.fidelity.atoms import Atom, atoms_of, count_atoms
from curation.fidelity.blocks import Block, Raw
from curation.fidelity.cells import compare_cells
from curation.fidelity.figures import Comparison, Fault
from curation.fidelity.likeness import (
    NEAR,
    alike,
    found_by,
    joined,
    same_formula,
    within,
    without_markers,
)
from curation.fidelity.markdown import read_markdown
from curation.fidelity.marks import shown

_MARKS = re.compile("[\x01-\x04]")
_PLAIN_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")

_MASKED = 8
"""Atoms that one mask may stand for at most: an address or a telephone number has several."""


def compare(raw: Raw, text: str, *, flat: bool = False, removed: Sequence[int] = ()) -> Comparison:
    """Compare one document with its text.

    Args:
        raw: As a reader of this package gives it.
        text: Markdown of the corpus, the title as its first line.
        flat: Compare numbers alone, and as if nothing were raised: the characters of a PDF say
            no more, and its fonts give signs and Greek letters under many names.
        removed: Words of each passage of boilerplate that was removed from the text, in order, by
            its ledger. Atoms are explained by it that are the last of their block, no more in
            one place than the next passages have words.

    Returns:
        Figures and faults. Places of faults are those of `raw`.
    """
    blocks, tables = read_markdown(text)
    ours_letters = [block.text for block in blocks]
    placed, absent = arranged(raw.units, ours_letters)
    result = Comparison(documents=1, out_of_scope=Counter(raw.out_of_scope))
    for unit in absent:
        count = sum(count_atoms(block.text) for block in unit.blocks)
        result.out_of_scope[unit.reason] += count
    first = _atoms(placed, flat)
    second = _atoms(blocks, flat)
    for atom in first:
        if not atom.optional:
            result.kinds[atom.kind] += 1
            result.atoms += 1
    alignment = _Alignment(raw, placed, blocks, first, second, result, flat, removed)
    alignment.run(as_sentences=bool(raw.tables) and not tables)
    result.cells = compare_cells(raw.tables, tables, ours_letters)
    result.faults += [
        Fault(fault.kind, "", fault.raw, fault.ours, f"{raw.place} {fault.place}".strip())
        for fault in result.cells.faults
    ]
    result.cells.faults = []
    return result


def missing(raw: Raw) -> Comparison:
    """Return the comparison of a document that has no text: all its atoms are lost."""
    required = [block for unit in raw.units if not unit.reason for block in unit.blocks]
    atoms = [atom for atom in _atoms(required, False) if not atom.optional]
    result = Comparison(1, len(atoms), lost=len(atoms), out_of_scope=Counter(raw.out_of_scope))
    result.kinds.update(atom.kind for atom in atoms)
    result.kinds_wrong.update(result.kinds)
    result.faults.append(Fault("document_missing", "", f"{len(atoms)} atoms", "", raw.place))
    return result


def _atoms(blocks: Iterable[Block], flat: bool) -> list[Atom]:
    found: list[Atom] = []
    for index, block in enumerate(blocks):
        if flat:
            found += _flat_atoms(block, index)
        else:
            found += atoms_of(block.text, index, cell=block.cell)
    return found


def _flat_atoms(block: Block, index: int) -> list[Atom]:
    """Return the numbers of a block, whatever is raised, and whatever stands at them."""
    text = unicodedata.normalize("NFKC", _MARKS.sub("", block.text))
    return [
        replace(atom, key=number, kind="number")
        for atom in atoms_of(text, index)
        for number in _PLAIN_NUMBER.findall(atom.key)
    ]


@dataclass(slots=True)
class _Gap:
    """Atoms between two matched pairs that matched nothing.

    Attributes:
        raw: Those of the raw file.
        ours: Those of the text.
        markers: Kept markers near them.
        last: Whether no atom of the same block stands behind those of the raw file.
    """

    raw: list[Atom]
    ours: list[Atom]
    markers: list[Atom]
    last: bool


class _Alignment:
    """Works out one comparison."""

    def __init__(
        self,
        raw: Raw,
        placed: Sequence[Block],
        blocks: Sequence[Block],
        first: list[Atom],
        second: list[Atom],
        result: Comparison,
        flat: bool,
        removed: Sequence[int],
    ) -> None:
        self._flat, self._removed = flat, deque(removed)
        self._raw, self._placed, self._blocks = raw, placed, blocks
        self._first = [atom for atom in first if not atom.optional]
        self._second, self._result = second, result
        self._same_raw: set[int] = set()
        self._same_ours: set[int] = set()
        # Optional atoms by the required one that they stand before.
        self._markers: defaultdict[int, list[Atom]] = defaultdict(list)
        required = 0
        for atom in first:
            if atom.optional:
                self._markers[required].append(atom)
            required += not atom.optional

    def run(self, *, as_sentences: bool) -> None:
        """Align, explain, and count what is left.

        Args:
            as_sentences: Whether tables of the raw file are none in the text: a recipe may have
                them written as sentences that repeat the heads of rows and columns.
        """
        result = self._result
        pairs = self._pairs()
        for markers in self._markers.values():
            result.out_of_scope.update(f"{atom.optional} marker" for atom in markers)
        result.in_order = len(pairs) + self._formulae(pairs)
        gaps = [gap for gap in self._gaps(pairs) if gap.raw or gap.ours]
        for gap in gaps:
            self._settle(gap)
        if as_sentences:
            result.moved = self._moved(gaps, as_sentences)
            self._repeated(gaps, as_sentences)
        else:
            self._repeated(gaps, as_sentences)
            result.moved = self._moved(gaps, as_sentences)
        for gap in gaps:
            self._left_out(gap)
            self._report(gap)
        result.kept = result.in_order + result.moved
        if result.moved:
            keys = [[atom.key for atom in atoms] for atoms in (self._first, self._second)]
            longest = min(lcs_length(*keys), result.kept)
            result.in_order = max(result.in_order, longest)

    def _pairs(self) -> Pairs:
        """Match atoms with both neighbours first, then alone between those matches."""
        first, second = self._first, self._second
        firm = align(
            [(a.left, a.key, a.right) for a in first], [(a.left, a.key, a.right) for a in second]
        )
        pairs: Pairs = []
        i = j = 0
        for left, right in [*firm, (len(first), len(second))]:
            if i < left and j < right:
                inner = align([a.key for a in first[i:left]], [a.key for a in second[j:right]])
                pairs += [(i + k, j + m) for k, m in inner]
            if left < len(first) or right < len(second):
                pairs.append((left, right))
            i, j = left + 1, right + 1
        return pairs

    def _formulae(self, pairs: Pairs) -> int:
        """Set formulae apart whose digits are the same; return how many more atoms match so.

        A formula reaches, on both sides, from the last matched atom before it to the first one
        behind it. A marker that the text kept between the two is no part of it.
        """
        first, second = self._first, self._second
        if not any(atom.formula for atom in first):
            return 0
        more = 0
        matched = dict(pairs)
        bounds = [
            (-1, -1),
            *(p for p in pairs if not first[p[0]].formula),
            (len(first), len(second)),
        ]
        for (i, j), (left, right) in itertools.pairwise(bounds):
            raw, ours = first[i + 1 : left], second[j + 1 : right]
            if not any(atom.formula for atom in raw):
                continue
            markers = [a for n in range(i + 1, left + 1) for a in self._markers.get(n, ())]
            if same_formula(raw, ours) or (
                markers and same_formula(raw, without_markers(ours, markers))
            ):
                more += sum(n not in matched for n in range(i + 1, left))
                self._same_raw.update(range(i + 1, left))
                self._same_ours.update(range(j + 1, right))
        return more

    def _gaps(self, pairs: Pairs) -> Iterable[_Gap]:
        first, second = self._first, self._second
        i = j = 0
        for left, right in [*pairs, (len(first), len(second))]:
            raw = [first[n] for n in range(i, left) if n not in self._same_raw]
            ours = [second[n] for n in range(j, right) if n not in self._same_ours]
            # A kept marker may have matched a number beside it, and stand one gap further.
            near = range(max(i - 2, 0), left + 3)
            markers = [a for k in near for a in self._markers.get(k, ())]
            last = left == len(first) or left == 0 or first[left].block != first[left - 1].block
            yield _Gap(raw, ours, markers, last)
            i, j = left + 1, right + 1

    def _settle(self, gap: _Gap) -> None:
        """Take out of a gap what is explained."""
        gap.ours = [atom for atom in gap.ours if not atom.optional]
        self._masked(gap)
        if gap.markers and gap.ours:
            gap.ours = without_markers(gap.ours, gap.markers)
        if self._quoted(gap) or (self._flat and joined(gap.raw) == joined(gap.ours)):
            self._result.in_order += len(gap.raw)
            gap.raw, gap.ours = [], []

    def _masked(self, gap: _Gap) -> None:
        """Take out masks, and what they stand for: lost atoms of a block beside the same word."""
        masks = [atom for atom in gap.ours if atom.kind == "mask"]
        if not masks:
            return
        gap.ours = [atom for atom in gap.ours if atom.kind != "mask"]
        hidden = {
            atom.block
            for atom in gap.raw
            if any(atom.left == mask.left or atom.right == mask.right for mask in masks)
        }
        gone = [atom for atom in gap.raw if atom.block in hidden]
        if len(gone) <= len(masks) * _MASKED:
            self._result.explained["masked"] += len(gone)
            gap.raw = [atom for atom in gap.raw if atom.block not in hidden]
            # What the mask left of a longer word: http://[IP]:8000.
            gap.ours = [a for a in gap.ours if not any(a.key in other.key for other in gone)]

    def _left_out(self, gap: _Gap) -> None:
        """Take out what may have stood in the boilerplate that the ledger tells of.

        A passage is a line or the end of one: what is lost inside a line is not explained by it.
        """
        if not gap.raw or gap.ours or not gap.last:
            return
        words = 0
        while self._removed and words < len(gap.raw):
            words += self._removed.popleft()
        if words >= len(gap.raw):
            self._result.explained["boilerplate"] += len(gap.raw)
            gap.raw = []

    def _quoted(self, gap: _Gap) -> bool:
        """Whether the sides differ by a sign that is a quotation on one and a comparator on one."""
        if not gap.raw or not gap.ours:
            return False
        keys = [[atom.key.lstrip("> ") for atom in atoms] for atoms in (gap.raw, gap.ours)]
        return keys[0] == keys[1] and any(self._blocks[a.block].quoted for a in gap.ours)

    def _repeated(self, gaps: Sequence[_Gap], as_sentences: bool) -> None:
        """Take out the repetitions of head cells that span."""
        allowed: Counter[str] = Counter()
        for table in self._raw.tables:
            cells = sum(map(len, table.rows))
            for row in table.rows:
                for number, cell in enumerate(row):
                    heads = as_sentences and (cell.head or not number)
                    times = cells if heads else (cell.spans - 1) * cell.head
                    for atom in atoms_of(cell.text) if times else ():
                        allowed[atom.key] += times
        for gap in gaps if allowed else ():
            left = []
            for atom in gap.ours:
                if (atom.cell or as_sentences) and allowed[atom.key] > 0:
                    allowed[atom.key] -= 1
                else:
                    left.append(atom)
            gap.ours = left

    def _moved(self, gaps: Sequence[_Gap], as_sentences: bool) -> int:
        """Match what is lost in one gap with what came up in another, beside the same word.

        A cell that became part of a sentence has other neighbours there than in its table.
        """
        there: defaultdict[tuple[str, str, str], deque[Atom]] = defaultdict(deque)
        for gap in gaps:
            for atom in gap.ours:
                for name in found_by(atom, as_sentences):
                    there[name].append(atom)
        used: set[int] = set()
        gone: set[int] = set()
        moved = 0
        for gap in gaps:
            for atom in gap.raw:
                for name in found_by(atom, as_sentences and atom.cell):
                    waiting = there.get(name, deque())
                    while waiting and id(waiting[0]) in used:
                        waiting.popleft()
                    if waiting:
                        twin = waiting.popleft()
                        used.add(id(twin))
                        gone.add(id(atom))
                        if as_sentences and atom.cell:
                            self._result.in_order += 1  # the order of sentences is that of rows
                        else:
                            moved += 1
                            said, place = atom.around(), self._place(atom)
                            fault = Fault("moved", atom.kind, said, twin.around(), place)
                            self._result.faults.append(fault)
                        break
        for gap in gaps:
            gap.raw = [atom for atom in gap.raw if id(atom) not in gone]
            gap.ours = [atom for atom in gap.ours if id(atom) not in used]
        return moved

    def _report(self, gap: _Gap) -> None:
        """Count the rest of a gap as changed, lost and invented."""
        result = self._result
        left = list(gap.raw)
        for atom in gap.ours:
            twin = next((a for a in left[:NEAR] if alike(a.key, atom.key)), None)
            if twin is None:
                result.invented += 1
                line = self._blocks[atom.block].place
                place = f"{self._raw.place} text {line}".strip()
                result.faults.append(Fault("invented", atom.kind, "", atom.around(), place))
                continue
            parts = [a for a in left if a is twin or within(a.key, atom.key)]
            left = [a for a in left if not any(a is part for part in parts)]
            result.changed += len(parts)
            result.kinds_wrong.update(a.kind for a in parts)
            raw = " ".join([parts[0].left, *(shown(a.key) for a in parts), parts[-1].right]).strip()
            place = self._place(parts[0])
            result.faults.append(Fault("changed", parts[0].kind, raw, atom.around(), place))
        for atom in left:
            result.lost += 1
            result.kinds_wrong[atom.kind] += 1
            place = self._place(atom)
            result.faults.append(Fault("lost", atom.kind, atom.around(), "", place))

    def _place(self, atom: Atom) -> str:
        return f"{self._raw.place} {self._placed[atom.block].place}".strip()
