"""What a comparison gives: figures that add up, and the faults one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from curation.fidelity.cells import Cells


@dataclass(slots=True)
class Fault:
    """One atom or cell that is not what it was.

    Attributes:
        kind: ``lost``, ``changed``, ``invented``, ``moved``, ``cell_lost``, ``cell_changed``,
            ``cells_fused``, ``cell_invented``, ``document_missing``, ``document_unfound``,
            ``file_unreadable``.
        atom: Kind of the atom, empty for cells.
        raw: What the raw file says, with its neighbouring words; empty where nothing.
        ours: What the corpus says.
        place: Where in the raw file; of an invented atom where in the text.
    """

    kind: str
    atom: str
    raw: str
    ours: str
    place: str


@dataclass(slots=True)
class Comparison:
    """What one or many documents came to; `add` sums.

    Attributes:
        documents: How many.
        atoms: Atoms of the raw files in scope.
        kept: Of these, found in the text, moved ones with them.
        in_order: Of these, in one common order.
        lost: Not found.
        changed: Found as something else.
        invented: In the text and not in the raw file.
        moved: Found beside the same word in another place.
        explained: Absent in scope for a reason: atoms by reason.
        out_of_scope: Atoms outside the scope, by reason.
        kinds: Atoms by kind: all, and those lost or changed.
        cells: The check of table cells.
        faults: Every fault.
    """

    documents: int = 0
    atoms: int = 0
    kept: int = 0
    in_order: int = 0
    lost: int = 0
    changed: int = 0
    invented: int = 0
    moved: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    out_of_scope: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    kinds_wrong: Counter[str] = field(default_factory=Counter)
    cells: Cells = field(default_factory=Cells)
    faults: list[Fault] = field(default_factory=list)

    @property
    def order(self) -> float:
        """Longest common subsequence over the atoms that were to be kept, 0 to 1."""
        wanted = self.atoms - self.explained.total()
        return self.in_order / wanted if wanted else 1.0

    def add(self, other: Comparison) -> None:
        """Add the figures and faults of another comparison."""
        for name in ("documents", "atoms", "kept", "in_order", "lost", "changed", "invented"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.moved += other.moved
        for name in ("explained", "out_of_scope", "kinds", "kinds_wrong"):
            getattr(self, name).update(getattr(other, name))
        self.cells.add(other.cells)
        self.faults += other.faults
