"""The comparison of two guard streams against its definition in plain Python."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.duplicates.guard import DIFFERENCES
from filters.kernels.guard_words import (
    ARM,
    CASE,
    DIRECTION,
    FREQUENCY,
    MONTH,
    NEGATION,
    POPULATION,
    SIDE,
    STATE,
    SUBSTANCE,
    UNIT,
)
from tests.filters.compare import guard

# A stream of the twin: sentences of a minimum hash, a number of tokens, atoms of few classes.
SENTENCE = st.tuples(
    st.integers(0, 3),
    st.integers(1, 9),
    st.lists(
        st.tuples(st.sampled_from([1, 2, 3, 5, 8, *range(9, 16)]), st.integers(0, 2)), max_size=4
    ),
)
Document = list[tuple[int, int, list[tuple[int, int]]]]


def packed(document: Document) -> np.ndarray:
    """Write a stream."""
    values = []
    for minimum, tokens, held in document:
        values += [minimum << 6 | tokens, *(kind << 28 | value for kind, value in held)]
    return np.array(values, np.uint32)


def plain_both(one: list, other: list, strict: bool) -> int:
    """First class that both lists (strictly: one) have atoms of their own of."""
    mine = {kind for kind, _ in (Counter(one) - Counter(other))}
    theirs = {kind for kind, _ in (Counter(other) - Counter(one))}
    shared = sorted(mine & theirs)
    if shared:
        return shared[0]
    if mine & {ARM, SUBSTANCE} and theirs & {ARM, SUBSTANCE}:
        return SUBSTANCE
    if {(FREQUENCY, UNIT), (UNIT, FREQUENCY)} & {(a, b) for a in mine for b in theirs}:
        return FREQUENCY
    return min((mine | theirs) - {CASE}, default=0) if strict else 0


def plain_cut(a: tuple, b: tuple, last_a: bool, last_b: bool) -> bool:
    """A last sentence that is the beginning of the other."""
    for short, long, last in ((a, b, last_a), (b, a, last_b)):
        if last and long[1] >= short[1] + 3:
            fits = len(short[2]) <= len(long[2])
            return fits and short[2][:-1] == long[2][: max(0, len(short[2]) - 1)]
    return False


def plain_versions(a: tuple, b: tuple, strict: bool) -> int:
    """Two versions of one sentence."""
    found = plain_both(a[2], b[2], strict)
    if found:
        return found
    mine, theirs = Counter(a[2]) - Counter(b[2]), Counter(b[2]) - Counter(a[2])
    sums = [sum(n for (kind, _), n in side.items() if kind == NEGATION) for side in (mine, theirs)]
    if sums[0] != sums[1] and abs(a[1] - b[1]) <= 3:
        return NEGATION
    kinds = {kind for kind, _ in [*mine, *theirs]}
    if a[1] == b[1]:
        for kind in (SUBSTANCE, UNIT, DIRECTION, POPULATION, SIDE, ARM, FREQUENCY, MONTH):
            if kind in kinds:
                return kind
    return len(DIFFERENCES) - 1 if not kinds and a[2] != b[2] else 0


def plain_exchanged(left: Document, right: Document, same: dict[int, int]) -> bool:
    """Two sentences of the same words changed places, and left all their neighbours."""

    def beside(place: int, other: int, step: int) -> bool:
        mine, theirs = place + step, other + step
        one = left[mine] if 0 <= mine < len(left) else None
        return one == (right[theirs] if 0 <= theirs < len(right) else None)

    alone = {
        place: other
        for place, other in same.items()
        if not beside(place, other, -1) and not beside(place, other, 1)
    }
    return any(
        one < two and left[one][:2] == left[two][:2] and alone[one] > alone[two]
        for one in alone
        for two in alone
    )


def plain_guard(left: Document, right: Document, strict: bool) -> int:
    """The comparison by its definition, in plain Python."""
    if packed(left).tolist() > packed(right).tolist():
        left, right = right, left
    states = [
        [atom for _, _, held in side for atom in held if atom[0] == STATE] for side in (left, right)
    ]
    if states[0] != states[1]:
        return STATE
    a, b = list(enumerate(left)), list(enumerate(right))
    same = {}
    for item in list(a):
        match = next((other for other in b if other[1] == item[1]), None)
        if match:
            a.remove(item)
            b.remove(match)
            same[item[0]] = match[0]
    if plain_exchanged(left, right, same):
        return len(DIFFERENCES) - 1
    if [x for _, s in a for x in s[2]] == [x for _, s in b for x in s[2]]:
        return 0
    ends = len(left) - 1, len(right) - 1

    def judge(one: tuple, other: tuple) -> int:
        a.remove(one)
        b.remove(other)
        if not strict and plain_cut(one[1], other[1], one[0] == ends[0], other[0] == ends[1]):
            return 0
        return plain_versions(one[1], other[1], strict)

    for one in list(a):
        fits = [other for other in b if other[1][0] == one[1][0]]
        if fits:
            scores = [
                2 * (Counter(o[1][2]) & Counter(one[1][2])).total() - abs(o[1][1] - one[1][1])
                for o in fits
            ]
            found = judge(one, fits[scores.index(max(scores))])
            if found:
                return found
    if not strict:
        for mine, theirs, end in ((a, b, ends[1]), (b, a, ends[0])):
            last = next((other for other in theirs if other[0] == end), None)
            whole = last and next(
                (one for one in mine if plain_cut(one[1], last[1], False, True)), None
            )
            if last and whole:
                mine.remove(whole)
                theirs.remove(last)
    for one, other in list(zip(list(a), list(b), strict=False)):
        if one[1][1] == other[1][1]:
            found = judge(one, other)
            if found:
                return found
    return plain_both([x for _, s in a for x in s[2]], [x for _, s in b for x in s[2]], strict)


@settings(deadline=None, max_examples=500)
@given(st.lists(SENTENCE, max_size=6), st.lists(SENTENCE, max_size=6), st.booleans())
def test_comparison_is_symmetric(one: Document, other: Document, strict: bool) -> None:
    """Which text comes first is no difference, with the same words in other sentences too."""
    moved = one[1::2] + one[::2]
    mixed = [(*a[:2], b[2]) for a, b in zip(one, other, strict=False)]
    for left, right in ((one, other), (one, moved), (one, mixed), (mixed, other)):
        found = guard(packed(left), packed(right), strict)
        assert found == guard(packed(right), packed(left), strict)


@settings(deadline=None, max_examples=500)
@given(st.lists(SENTENCE, max_size=5), st.lists(SENTENCE, max_size=5), st.data())
def test_comparison_equals_plain_twin(one: Document, other: Document, data: st.DataObject) -> None:
    """Unrelated and derived documents, strictly and not, in both directions of the pair."""
    derived = [(m, t, list(held)) for m, t, held in one]
    for _ in range(data.draw(st.integers(0, 2))):
        if derived:
            place = data.draw(st.integers(0, len(derived) - 1))
            derived[place] = (
                data.draw(SENTENCE)
                if data.draw(st.booleans())
                else (derived[place][0], data.draw(st.integers(1, 9)), derived[place][2][::-1])
            )
    for left, right in ((one, other), (one, derived), (derived, one), (one, one)):
        for strict in (False, True):
            found = guard(packed(left), packed(right), strict)
            assert DIFFERENCES[found] == DIFFERENCES[plain_guard(left, right, strict)]
