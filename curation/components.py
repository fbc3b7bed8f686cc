"""Connected components of what has something in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from curation.table import Ints


def components(size: int, groups: Sequence[tuple[Ints, Ints]]) -> Ints:
    """Return connected components as the smallest number of each.

    Smallest labels are pushed through the groups until nothing changes; groups have a handful of
    members here, so this takes two or three rounds.

    Args:
        size: Number n of things.
        groups: For each way to have something in common the things, int64[m], and the group that
            each is in, int64[m], small numbers.

    Returns:
        int64[n].
    """
    labels = np.arange(size, dtype=np.int64)
    counts = [int(group.max(initial=-1)) + 1 for _, group in groups]
    while True:
        before = labels.copy()
        for (members, group), count in zip(groups, counts, strict=True):
            smallest = np.full(count, size, np.int64)
            np.minimum.at(smallest, group, labels[members])
            np.minimum.at(labels, members, smallest[group])
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels
