"""Editions: which of them another one replaces, where claims may run in circles.

A claim leads from an older edition to a newer one. An edition is replaced where its chain of
claims ends in one that is not replaced itself, or outside the corpus. A circle that leads nowhere
else would replace all of its members: there one of them stays.
"""

from __future__ import annotations

from collections.abc import Mapping


def replaced(
    claims: Mapping[int, set[int]], ended: set[int], rank: Mapping[int, int]
) -> tuple[set[int], tuple[tuple[int, ...], ...]]:
    """Find the editions that are replaced.

    Args:
        claims: Edition to the editions that replace it; one that is not in the corpus has no
            claims of its own.
        ended: Editions that are said to be replaced, by what is not known.
        rank: Of the members of a circle the one with the smallest rank stays; before it one that
            is not in ``ended``.

    Returns:
        The replaced editions; and the circles that lead nowhere else, the member that stays first.

    Example:
        >>> replaced({1: {2}, 2: {1}, 3: {1}}, set(), {1: 0, 2: 1, 3: 2})
        ({2, 3}, ((1, 2),))
    """
    circles = []
    for members in _circles(claims):
        leads_on = any(claims.get(one, set()) - members for one in members)
        if len(members) > 1 and not leads_on:
            order = sorted(members, key=lambda one: (one in ended, rank[one]))
            circles.append(tuple(order))
    return ({*claims} | ended) - {circle[0] for circle in circles}, tuple(sorted(circles))


def _circles(claims: Mapping[int, set[int]]) -> list[set[int]]:
    """Return the strongly connected components of a graph.

    Reference: Sharir, A strong-connectivity algorithm and its applications in data flow analysis,
    doi:10.1016/0898-1221(81)90008-0.
    """
    back: dict[int, set[int]] = {}
    for old, newer in claims.items():
        for new in newer:
            back.setdefault(new, set()).add(old)
    left: list[int] = []
    seen: set[int] = set()
    for start in sorted({*claims, *back}):
        _walk(start, claims, seen, left)
    found, seen = [], set()
    for start in reversed(left):
        members: list[int] = []
        _walk(start, back, seen, members)
        if members:
            found.append(set(members))
    return found


def _walk(start: int, graph: Mapping[int, set[int]], seen: set[int], left: list[int]) -> None:
    """Visit what can be reached and was not seen; add each place to ``left`` as it is left."""
    if start in seen:
        return
    seen.add(start)
    path = [(start, iter(sorted(graph.get(start, ()))))]
    while path:
        place, ways = path[-1]
        after = next((way for way in ways if way not in seen), None)
        if after is None:
            left.append(place)
            path.pop()
        else:
            seen.add(after)
            path.append((after, iter(sorted(graph.get(after, ())))))
