"""The held-out split: whole groups, so that no site, journal or mail stands on both sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from curation.errors import UsageError
from curation.words import counted

TOO_MUCH = 1.5
"""A group that would bring the held-out part of a label above this much of its share stays in
training: one journal with half of the documents is not what a fifth is judged by."""


def held_out(
    labels: Sequence[str], groups: Sequence[str], share: float, seed: int
) -> npt.NDArray[np.bool_]:
    """Choose the groups that judge the model.

    Groups are taken in the order of the hash of seed and name, each where one of its labels still
    lacks held-out documents and none would have far too many. So the split depends on nothing but
    the documents, and a group that comes anew moves no other one by itself.

    Args:
        labels: Label of each of n documents.
        groups: Group of each.
        share: Share of the documents of each label that is held out, about.
        seed: Enters the order.

    Returns:
        bool[n], whether a document is held out.

    Raises:
        UsageError: The groups of a label are too few or too uneven to be split.
    """
    totals = Counter(labels)
    members: dict[str, Counter[str]] = {}
    for label, group in zip(labels, groups, strict=True):
        members.setdefault(group, Counter())[label] += 1
    taken: Counter[str] = Counter()
    chosen: set[str] = set()
    for group in sorted(members, key=lambda name: _place(seed, name)):
        counts = members[group]
        wanted = any(taken[label] < share * totals[label] for label in counts)
        room = all(
            taken[label] + count <= max(1.0, TOO_MUCH * share * totals[label])
            for label, count in counts.items()
        )
        if wanted and room:
            chosen.add(group)
            taken.update(counts)
    for label in sorted(totals):
        if not taken[label] or taken[label] == totals[label]:
            number = sum(label in counts for counts in members.values())
            raise UsageError(
                f"label {label}: {counted(totals[label], 'different document')} in "
                f"{counted(number, 'group')} cannot be split into groups to train on and groups to "
                "judge by; of text files the folder is the group: put them into two or more "
                "folders for each label. Of records name a finer field with --group, or give more "
                "sources"
            )
    return np.array([group in chosen for group in groups], np.bool_)


def _place(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}\n{name}".encode(), digest_size=16).digest()
