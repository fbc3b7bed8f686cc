"""Types of relations between records, and what each says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SAYS: Final[Mapping[str, tuple[str, bool]]] = {
    "retracted_by": ("retracted", False),
    "retraction_of": ("retracted", True),
    "withdrawn_by": ("withdrawn", False),
    "withdrawal_of": ("withdrawn", True),
    "partially_retracted_by": ("partly_retracted", False),
    "partial_retraction_of": ("partly_retracted", True),
    "concern_by": ("concern", False),
    "concern_about": ("concern", True),
    "superseded_by": ("superseded", False),
    "supersedes": ("superseded", True),
    "reinstated_by": ("reinstated", False),
    "reinstatement_of": ("reinstated", True),
}
"""Type of a relation to what it says, and whether it says so of its target."""

ABOUT: Final = (
    *(name for name, (said, of_target) in SAYS.items() if of_target and said != "superseded"),
    "correction_of",
    "comment_on",
)
"""Relations by which a record says that it is a notice, a letter or a reply about another work."""

DERIVED: Final = {
    "preprint_of": (True, False),
    "has_preprint": (False, True),
    "translation_of": (True, False),
    "has_translation": (False, True),
}
"""Types of relations to which end is derived: the record itself, its target."""

UPDATES: Final = {"update_of": (False, True), "updated_by": (True, False)}
"""The same for updates: it must be a preprint."""
