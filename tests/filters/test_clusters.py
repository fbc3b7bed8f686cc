"""Exact similarity, star clusters and exact duplicates."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.duplicates.clusters import Clusters, Edges, star
from filters.duplicates.exact import exact_duplicates
from filters.duplicates.signatures import content_hash, sign
from filters.duplicates.verify import verify

Int64s = npt.NDArray[np.int64]
EVERYONE = np.ones(8, np.bool_)


def word_column(*texts: str) -> pa.LargeBinaryArray:
    """Word hashes of texts."""
    return sign(pa.array(texts, pa.large_string()))["word_hashes"]


def plain_jaccard(left: list[int], right: list[int]) -> float:
    """Jaccard similarity of the sets of 5-shingles in plain Python."""
    sets = [
        {tuple(side[at : at + 5]) for at in range(max(1, len(side) - 4))} if side else set()
        for side in (left, right)
    ]
    return len(sets[0] & sets[1]) / max(1, len(sets[0] | sets[1]))


SEQUENCES = st.lists(st.integers(0, 3) | st.integers(2**31, 2**31 + 2), max_size=60)


@settings(deadline=None)
@given(st.lists(SEQUENCES, min_size=1, max_size=6), st.integers(0, 3))
def test_verify_equals_plain_sets(documents: list[list[int]], offset: int) -> None:
    """Similarities equal those of Python sets, also for slices of columns."""
    raw = [np.array(document, "<u4").tobytes() for document in documents]
    column = pa.array([b"\0" * 4] * offset + raw, pa.large_binary()).slice(offset)
    pairs = np.array(list(itertools.product(range(len(raw)), repeat=2)), np.int64)
    expected = [plain_jaccard(documents[left], documents[right]) for left, right in pairs]
    assert verify(column, pairs).tolist() == expected
    # In any sequence: the second document of a pair may or may not be that of the pair before.
    for mixed in (
        np.random.default_rng(len(raw)).permutation(len(pairs)),
        np.lexsort((pairs[:, 0], pairs[:, 1])),
    ):
        assert verify(column, pairs[mixed]).tolist() == [expected[at] for at in mixed]


def test_empty_documents_are_not_alike() -> None:
    """Two documents without words have similarity 0."""
    assert verify(word_column("", ""), np.array([[0, 1]])).tolist() == [0.0]


def test_short_documents_are_one_shingle() -> None:
    """Fewer than five words are compared as a whole."""
    column = word_column("acute cough", "Acute cough!", "acute fever")
    assert verify(column, np.array([[0, 1], [0, 2]])).tolist() == [1.0, 0.0]


def test_verify_rejects_what_does_not_fit() -> None:
    """Nulls, broken values and rows that do not exist are errors."""
    column = word_column("one two", "three")
    for broken, pairs in (
        (pa.array([b"abcd", None], pa.large_binary()), np.array([[0, 1]])),
        (pa.array([b"abcd", b"abc"], pa.large_binary()), np.array([[0, 1]])),
        (column, np.array([[0, 2]])),
        (column, np.array([[-1, 0]])),
        (column, np.array([0, 1])),
    ):
        with pytest.raises(ValueError, match=r"null|32-bit|row|pairs"):
            verify(broken, pairs)


def clustered(
    order: Int64s,
    pairs: Int64s,
    similarity: npt.NDArray[np.float64],
    eligible: npt.NDArray[np.bool_] | None = None,
    chunk: int = 100,
) -> Clusters:
    """Form clusters of documents by their rows: pairs in any direction and sequence."""
    by_order = np.argsort(order)
    ends = np.sort(np.asarray(order)[pairs], axis=1).astype(np.uint32)
    sequence = np.lexsort((ends[:, 0], ends[:, 1]))
    edges = [
        Edges(
            *(column[sequence[at : at + chunk]] for column in (ends[:, 1], ends[:, 0], similarity))
        )
        for at in range(0, len(pairs), chunk)
    ]
    eligible = np.ones(len(order), np.bool_) if eligible is None else eligible
    clusters = star(map(contiguous, edges), eligible[by_order])
    representative = np.append(by_order, -1)[clusters.representative][order]
    return Clusters(representative, clusters.similarity[order])


def contiguous(edges: Edges) -> Edges:
    """Copy columns that are views."""
    return Edges(*map(np.ascontiguousarray, edges))


def chain() -> tuple[Int64s, npt.NDArray[np.float64]]:
    """A ~ B ~ C without A ~ C."""
    return np.array([[0, 1], [1, 2]]), np.array([0.9, 0.85])


def test_chain_loses_its_middle_only() -> None:
    """C is similar to B alone, and B does not stay: so C stays."""
    clusters = clustered(np.arange(3), *chain())
    assert clusters.representative.tolist() == [-1, 0, -1]
    assert clusters.similarity[1] == 0.9
    assert np.isnan(clusters.similarity[[0, 2]]).all()


def test_chain_goes_where_its_middle_survives() -> None:
    """With B first in survivor order both ends join it."""
    clusters = clustered(np.array([1, 0, 2]), *chain())
    assert clusters.representative.tolist() == [1, -1, 1]
    assert clusters.similarity[[0, 2]].tolist() == [0.9, 0.85]


def test_joins_first_survivor_not_nearest() -> None:
    """A document similar to two survivors joins the one that comes first in survivor order."""
    clusters = clustered(np.arange(3), np.array([[1, 2], [2, 0]]), np.array([0.99, 0.8]))
    assert clusters.representative.tolist() == [-1, -1, 0]
    assert clusters.similarity[2] == 0.8


def test_who_is_not_eligible_neither_joins_nor_stays() -> None:
    """Pairs with an ineligible document join nothing."""
    pairs, eligible = np.array([[0, 1], [2, 3], [4, 5]]), EVERYONE[:6].copy()
    eligible[[0, 3]] = False
    clusters = clustered(np.arange(6), pairs, np.ones(3), eligible)
    assert clusters.representative.tolist() == [-1, -1, -1, -1, -1, 4]


def plain_star(order: Int64s, edges: dict[tuple[int, int], float], count: int) -> list[int]:
    """Star clusters by the definition."""
    representative = [-1] * count
    survivors: list[int] = []
    for row in np.argsort(order).tolist():
        similar = [
            other
            for other in survivors
            if max(edges.get((row, other), 0), edges.get((other, row), 0)) >= 0.8
        ]
        if similar:
            representative[row] = similar[0]
        else:
            survivors.append(row)
    return representative


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, dict[tuple[int, int], float], list[int], list[int]]:
    """Number of documents, similarities of pairs, survivor order, and a permutation of the rows."""
    count = draw(st.integers(1, 9))
    every = list(itertools.combinations(range(count), 2)) or [(0, 0)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True))
    edges = {pair: draw(st.sampled_from([0.5, 0.8, 0.95])) for pair in chosen if pair != (0, 0)}
    numbers = range(count)
    return count, edges, draw(st.permutations(numbers)), draw(st.permutations(numbers))


def cluster(count: int, edges: dict[tuple[int, int], float], order: Int64s, chunk: int) -> Clusters:
    """Run `star` on what joins in a graph."""
    joining = {pair: value for pair, value in edges.items() if value >= 0.8}
    pairs = np.array(list(joining), np.int64).reshape(-1, 2)
    return clustered(order, pairs, np.array(list(joining.values()), np.float64), None, chunk)


@settings(deadline=None, max_examples=300)
@given(graphs(), st.integers(1, 9))
def test_star_equals_definition_in_any_row_order_and_chunks(
    graph: tuple[int, dict[tuple[int, int], float], list[int], list[int]], chunk: int
) -> None:
    """The result is that of the definition; permuted rows and other chunks give the same."""
    count, edges, places, moved_to = graph
    order = np.array(places, np.int64)
    clusters = cluster(count, edges, order, 100)
    assert clusters.representative.tolist() == plain_star(order, edges, count)
    # Row r becomes row moved_to[r], and pairs come in another direction and sequence.
    moved_order = np.empty(count, np.int64)
    moved_order[moved_to] = order
    moved_edges = {
        (moved_to[right], moved_to[left]): value for (left, right), value in reversed(edges.items())
    }
    moved = cluster(count, moved_edges, moved_order, chunk)
    back = np.array([*moved_to, -1])
    assert moved.representative[moved_to].tolist() == back[clusters.representative].tolist()
    np.testing.assert_array_equal(moved.similarity[moved_to], clusters.similarity)


@pytest.mark.parametrize("ends", [([2, 1], [0, 0]), ([2, 2], [1, 0]), ([1], [1]), ([1], [2])])
def test_star_rejects_disorder(ends: tuple[list[int], list[int]]) -> None:
    """Pairs out of order, and pairs to a document that does not come before, are errors."""
    later, earlier = (np.array(end, np.uint32) for end in ends)
    with pytest.raises(ValueError, match="sorted"):
        star([Edges(later, earlier, np.ones(len(later)))], EVERYONE[:3])


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.randoms(use_true_random=False))
def test_exact_duplicates_join_the_first(texts: list[str], random: object) -> None:
    """Each group of equal texts keeps its first eligible document; the others name it."""
    count = len(texts)
    order = np.array(random.sample(range(count), count), np.int64)
    eligible = np.array([random.random() < 0.8 for _ in range(count)], np.bool_)
    found = exact_duplicates(content_hash(pa.array(texts, pa.large_string())), order, eligible)
    for row in range(count):
        group = [other for other in range(count) if texts[other] == texts[row] and eligible[other]]
        first = min(group, key=lambda other: order[other], default=row)
        assert found[row] == (-1 if row == first or not eligible[row] else first)


def test_exact_duplicates_keep_digits_and_comparators() -> None:
    """Texts that differ in one character are not exact duplicates."""
    texts = ["p < 0.05", "p > 0.05", "p < 0.05", "p < 0,05"]
    hashes = content_hash(pa.array(texts, pa.large_string()))
    assert exact_duplicates(hashes, np.arange(4), EVERYONE[:4]).tolist() == [-1, -1, 0, -1]


def test_documents_without_text_are_no_exact_duplicates() -> None:
    """A null hash equals nothing."""
    hashes = pa.array([None, None, b"x" * 16, b"x" * 16], pa.binary(16)).slice(1)
    assert exact_duplicates(hashes, np.array([2, 1, 0]), EVERYONE[:3]).tolist() == [-1, 2, -1]
