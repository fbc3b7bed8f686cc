"""When atoms of the two sides that are not equal mean the same, or were one before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from curation.fidelity.atoms import Atom

NEAR = 64
"""Atoms of a gap, and characters of each, that are looked at for one that was changed."""

_ALIKE = 0.6
"""`difflib` ratio from which two atoms of one gap are one that was changed."""

_SCRIPT = re.compile("(\x01[^\x02]*\x02)")
_LETTER = re.compile(r"[^\W\d_]")
# The sign of a fraction stands before the bracket round it, where there is one.
_DIGITS = re.compile(r"[<>≤≥≈≠±]|(?:(?<![^\W_])-\(?)?[0-9]+(?:\.[0-9]+)?")
_BESIDE = re.compile("[\x01-\x04 ]")


def found_by(atom: Atom, alone: bool) -> list[tuple[str, str, str]]:
    """Return what an atom is found by elsewhere: with one neighbour, or by itself."""
    names = [("left", atom.left, atom.key), ("right", atom.right, atom.key)]
    return [*names, ("alone", "", atom.key)] if alone else names


def alike(first: str, second: str) -> bool:
    """Whether two atoms of one gap are likely one that was changed."""
    one, other = (_BESIDE.sub("", key) for key in (first, second))
    if one == other or within(first, second) or within(second, first):
        return True
    return SequenceMatcher(None, one[:NEAR], other[:NEAR], False).ratio() >= _ALIKE


def within(part: str, whole: str) -> bool:
    """Whether an atom of at least one digit or two letters is part of another."""
    one, other = (_BESIDE.sub("", key) for key in (part, whole))
    return (len(one) > 1 or one.isdigit()) and one in other


def without_markers(ours: list[Atom], markers: Sequence[Atom]) -> list[Atom]:
    """Take out what markers of citations or lists account for, where the text kept them.

    The end of a marker in words may be glued to the word behind it: ``2015-although``.
    """
    left = Counter(atom.key for atom in markers)
    runs = Counter(run for atom in markers for run in re.findall("[0-9]+", atom.key))
    rest = []
    for atom in ours:
        own = Counter(re.findall("[0-9]+", atom.key))
        plain = own and not _LETTER.search(atom.key)
        if left[atom.key] > 0:
            left[atom.key] -= 1
        elif plain and own <= runs:  # raised in one, in brackets in the other
            runs -= own
        elif not any(key in atom.key for key in left if len(key) > 3 and left[key] > 0):
            rest.append(atom)
    return rest


def joined(atoms: Sequence[Atom]) -> str:
    """Return all digits of some atoms: a PDF joins and parts numbers where scripts begin."""
    return re.sub(r"[^0-9]", "", "".join(atom.key for atom in atoms))


def same_formula(raw: Sequence[Atom], ours: Sequence[Atom]) -> bool:
    """Whether formulae say the same, and whatever stands between them is there as it is."""
    around = Counter(atom.key for atom in raw if not atom.formula)
    rest = []
    for atom in ours:
        if around[atom.key] > 0:
            around[atom.key] -= 1
        else:
            rest.append(atom)
    return not around.total() and _digits([a for a in raw if a.formula]) == _digits(rest)


def _digits(atoms: Sequence[Atom]) -> list[str]:
    """Return comparators and numbers of some atoms in order, raised numbers with a caret."""
    found: list[str] = []
    for atom in atoms:
        for part in _SCRIPT.split(atom.key):
            mark = "^" if part.startswith("\x01") else ""
            found += [mark + run.replace("(", "") for run in _DIGITS.findall(part)]
    return found
