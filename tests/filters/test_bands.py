"""Candidate pairs: against brute force, in any order of rows, linear, and with planted edits."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.duplicates.bands import agreeing, keys_of, least_agreement, partitioned
from filters.duplicates.batches import batch_starts
from filters.duplicates.buckets import (
    Buckets,
    buckets_of,
    code,
    collapsed,
    distinct,
    ends_of,
    meetings,
)
from filters.duplicates.signatures import sign, signature_matrix
from filters.duplicates.verify import verify

Signatures = npt.NDArray[np.uint32]


def candidate_pairs(
    signatures: Signatures,
    *,
    order: npt.NDArray[np.int64],
    bucket_limit: int = 50,
    identity: npt.NDArray[np.uint64] | None = None,
    partitions: int = 1,
) -> tuple[npt.NDArray[np.int64], int]:
    """Take the steps of the search one after the other: pairs of rows, and what was cut."""
    keys, fingerprints, usable = keys_of(signatures, 16, 8)
    by_order = np.argsort(order)
    if identity is not None:
        fingerprints ^= identity * np.uint64(0x9E3779B97F4A7C15)
    twins = collapsed(fingerprints[by_order], usable[by_order])
    leading = usable[by_order].copy()
    leading[twins.members] = False
    keys, places, bounds = partitioned(keys, usable, order.astype(np.uint32), partitions)
    assert bounds[-1] == len(keys) == 16 * usable.sum()
    met, cut = [np.empty(0, np.uint64)], 0
    for start, stop in itertools.pairwise(bounds.tolist()):
        mine = np.arange(start, stop)[leading[places[start:stop]]]
        codes, left_out, _ = meetings(buckets_of(keys[mine], places[mine]), bucket_limit)
        met.append(codes)
        cut += left_out
    codes = distinct(np.sort(np.concatenate(met)))
    later, earlier = (by_order[ends] for ends in ends_of(codes))
    pairs = np.stack([earlier, later], axis=1).astype(np.uint32)
    codes = codes[agreeing(signatures, pairs, least_agreement(0.80, 128))]
    own, left_out, _ = meetings(twins.groups(), bucket_limit)
    codes = np.sort(np.concatenate([codes, own, *twins.inheriting(codes, 10)]))
    later, earlier = (by_order[ends] for ends in ends_of(codes))
    return np.stack([earlier, later], axis=1), cut + left_out


def related(seed: int, count: int) -> Signatures:
    """Make signatures that share 60 to 100 % of their values with an earlier one, or none."""
    draw = np.random.default_rng(seed)
    rows = [draw.integers(0, 2**32 - 1, 128, dtype=np.uint32)]
    while len(rows) < count:
        row = rows[draw.integers(len(rows))].copy()
        changed = draw.random(128) < draw.choice([0.05, 0.2, 0.4, 1.0])
        row[changed] = draw.integers(0, 2**32 - 1, changed.sum(), dtype=np.uint32)
        # One value always differs, so that no two signatures are equal.
        row[draw.integers(128)] = draw.integers(0, 2**32 - 1, dtype=np.uint32)
        rows.append(row)
    return np.stack(rows)


def brute_force(signatures: Signatures, order: npt.NDArray[np.int64]) -> set[tuple[int, int]]:
    """All pairs that share a band of 8 and agree in at least 90 of 128 values (0.70)."""
    pairs = set()
    for left, right in itertools.permutations(range(len(signatures)), 2):
        equal = signatures[left] == signatures[right]
        shares_band = equal.reshape(16, 8).all(axis=1).any()
        if order[left] < order[right] and shares_band and equal.sum() >= 90:
            pairs.add((left, right))
    return pairs


def as_set(pairs: npt.NDArray[np.int64]) -> set[tuple[int, int]]:
    """Pairs as tuples; asserts that none occurs twice."""
    found = {(int(left), int(right)) for left, right in pairs}
    assert len(found) == len(pairs)
    return found


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 40))
def test_equals_brute_force(seed: int, count: int) -> None:
    """Without equal signatures exactly the pairs of the definition come out."""
    signatures = related(seed, count)
    order = np.random.default_rng(seed).permutation(count).astype(np.int64)
    pairs, cut = candidate_pairs(signatures, order=order, bucket_limit=count)
    assert as_set(pairs) == brute_force(signatures, order)
    assert cut == 0


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 300))
def test_row_order_and_partitions_do_not_matter(seed: int, limit: int, partitions: int) -> None:
    """Permuted rows, and any number of partitions, give the same pairs in the same sequence."""
    signatures = related(seed, 30)
    signatures[20:25] = signatures[3]
    signatures[25:28] = 2**32 - 1
    draw = np.random.default_rng(seed)
    order = draw.permutation(30).astype(np.int64)
    rows = draw.permutation(30)
    pairs, cut = candidate_pairs(signatures, order=order, bucket_limit=limit)
    moved, moved_cut = candidate_pairs(
        signatures[rows], order=order[rows], bucket_limit=limit, partitions=partitions
    )
    assert rows[moved].tolist() == pairs.tolist()
    assert moved_cut == cut


def test_equal_signatures_collapse() -> None:
    """Many equal signatures give as many pairs each as the limit, not all pairs of all."""
    signatures = np.repeat(related(1, 1), 20_000, axis=0)
    order = np.arange(20_000)[::-1].astype(np.int64)
    pairs, cut = candidate_pairs(signatures, order=order, bucket_limit=1)
    assert as_set(pairs) == {(19_999, row) for row in range(19_999)}
    assert cut == sum(range(19_999))


def test_collapsed_documents_may_join_what_their_leader_may_join() -> None:
    """A copy of a document that is similar to a better one is paired with the better one too."""
    signatures = np.repeat(related(1, 1), 3, axis=0)
    signatures[0, :5] += np.uint32(1)
    pairs, _ = candidate_pairs(signatures, order=np.arange(3))
    assert as_set(pairs) == {(0, 1), (0, 2), (1, 2)}


def test_other_numbers_do_not_collapse() -> None:
    """Documents with equal signatures but another identity stay documents of their own."""
    signatures = np.repeat(related(1, 1), 4, axis=0)
    identity = np.array([7, 8, 7, 8], np.uint64)
    pairs, _ = candidate_pairs(signatures, order=np.arange(4), identity=identity)
    assert as_set(pairs) == {(0, 1), (0, 2), (0, 3), (1, 3)}


def test_bucket_limit_bounds_the_work_and_counts_the_rest() -> None:
    """In a bucket of m each document meets the first ``limit``; the others are counted."""
    signatures = np.repeat(related(1, 1), 100, axis=0)
    # The last band differs, so that the signatures do too; the other 15 are one bucket each.
    signatures[:, 127] = np.arange(100)
    pairs, cut = candidate_pairs(signatures, order=np.arange(100), bucket_limit=10)
    assert as_set(pairs) == {
        (left, right) for right in range(100) for left in range(min(right, 10))
    }
    assert cut == 15 * sum(max(0, right - 10) for right in range(100))


def test_empty_documents_never_pair() -> None:
    """Signatures of empty texts take no part."""
    signatures = np.full((6, 128), 2**32 - 1, np.uint32)
    signatures[[3, 5]] = related(1, 1)
    pairs, _ = candidate_pairs(signatures, order=np.arange(6))
    assert as_set(pairs) == {(3, 5)}


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_compare(count: int) -> None:
    """No documents and a single one give no pairs."""
    pairs, cut = candidate_pairs(related(1, 1)[:count], order=np.arange(count))
    assert pairs.shape == (0, 2)
    assert cut == 0


@pytest.mark.parametrize(("bands", "rows"), [(17, 8), (0, 8), (16, 0)])
def test_rejects_bands_that_do_not_fit(bands: int, rows: int) -> None:
    """More values than a signature has, and none, are errors."""
    with pytest.raises(ValueError, match="does not fit 128 permutations"):
        keys_of(related(1, 5), bands, rows)


def test_rejects_what_does_not_fit() -> None:
    """Wrong dtypes and limits are errors."""
    with pytest.raises(ValueError, match="uint32"):
        keys_of(np.zeros((5, 128), np.uint64), 16, 8)
    with pytest.raises(ValueError, match="bucket_limit"):
        meetings(buckets_of(np.zeros(2, np.uint64), np.arange(2, dtype=np.uint32)), 0)


BUCKETS = st.lists(
    st.sets(st.integers(0, 30), min_size=2, max_size=8).map(sorted), min_size=1, max_size=6
)


@settings(deadline=None)
@given(
    BUCKETS,
    st.integers(0, 12),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(0, 5),
    st.sets(st.integers(0, 30)),
)
def test_meetings_equal_the_definition(
    members: list[list[int]],
    witnesses: int,
    limit: int,
    shown_limit: int,
    few: int,
    asked: set[int],
) -> None:
    """Each document that is asked meets the first others and the first witnesses of its buckets."""
    keys = np.repeat(np.arange(len(members), dtype=np.uint64), [len(each) for each in members])
    places = np.concatenate(members).astype(np.uint32)
    mixed = np.random.default_rng(witnesses).permutation(len(keys))
    buckets = buckets_of(keys[mixed], places[mixed])
    expected: set[tuple[int, int]] = set()
    cut = shown_cut = 0
    for bucket in members:
        shown = [place for place in bucket if place < witnesses]
        others = bucket[len(shown) :]
        for rank, place in enumerate(others):
            if place in asked:
                met = [*shown[:shown_limit], *others[: rank if rank <= few else min(rank, limit)]]
                expected |= {(place, other) for other in met}
                cut += max(0, rank - limit) if rank > few else 0
                shown_cut += max(0, len(shown) - shown_limit)
    wanted = np.isin(buckets.places, list(asked))
    codes, left_out, shown_left_out = meetings(buckets, limit, witnesses, shown_limit, few, wanted)
    assert list(zip(*(ends.tolist() for ends in ends_of(codes)), strict=True)) == sorted(expected)
    assert (left_out, shown_left_out) == (cut, shown_cut)
    kept = [each for each in members if sum(place >= witnesses for place in each) > few + 1]
    crowded = buckets.crowded(witnesses, few)
    parts = itertools.pairwise(crowded.bounds.tolist())
    assert sorted(crowded.places[a:b].tolist() for a, b in parts) == sorted(kept)


def test_documents_alone_are_in_no_bucket() -> None:
    """A key that stands once makes no bucket, also where the sieve takes it for repeated."""
    keys = np.array([5, 5 + 2**20, 7, 5 + 2**21, 7, 9], np.uint64)
    buckets = buckets_of(keys, np.arange(6, dtype=np.uint32))
    assert (buckets.places.tolist(), buckets.bounds.tolist()) == ([2, 4], [0, 2])
    nothing = Buckets(np.empty(0, np.uint32), np.zeros(1, np.int64))
    for found in (buckets_of(keys[:0], np.empty(0, np.uint32)), nothing.crowded(0, 1)):
        assert (len(found.places), found.bounds.tolist()) == (0, [0])
    assert meetings(nothing, 1)[1:] == (0, 0)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2, unique=True), max_size=40),
    st.lists(st.integers(1, 50), min_size=10, max_size=10),
    st.integers(1, 300),
    st.integers(1, 10),
)
def test_batches_are_as_long_as_fits(
    pairs: list[list[int]], sizes: list[int], limit: int, most: int
) -> None:
    """The distinct documents of a batch fit the limits, and one more pair would not."""
    starts = batch_starts(
        np.array(pairs, np.int64).reshape(-1, 2), np.array(sizes, np.int64), limit, most
    ).tolist()

    def size(some: list[list[int]]) -> int:
        return sum(sizes[document] for document in {end for pair in some for end in pair})

    assert starts[:1] == [0][: len(pairs)]
    for start, stop in itertools.pairwise([*starts, len(pairs)]):
        assert stop == start + 1 or (size(pairs[start:stop]) <= limit and stop - start <= most)
        if stop < len(pairs):
            assert size(pairs[start : stop + 1]) > limit or stop - start == most


def test_codes_sort_by_the_later_place() -> None:
    """A code holds both places, the later one first."""
    codes = code([2, 2, 2**32 - 2], [0, 1, 5])
    assert codes.tolist() == sorted(codes.tolist())
    assert [ends.tolist() for ends in ends_of(codes)] == [[2, 2, 2**32 - 2], [0, 1, 5]]


def planted_pairs(count: int, seed: int) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Make fictional texts of 50 to 400 words and edited twins, with their true similarities.

    Single words far from each other are replaced: each changes five shingles on both sides.
    """
    draw = np.random.default_rng(seed)
    letters = np.array(list("bcdfghklmnprstvz")), np.array(list("aeiou"))
    vocabulary = [
        "".join(draw.choice(letters[place % 2]) for place in range(draw.integers(3, 9)))
        for _ in range(5_000)
    ]
    texts, similarities = [], np.empty(count)
    for pair in range(count):
        words = [vocabulary[index] for index in draw.integers(0, 5_000, draw.integers(50, 401))]
        edited = list(words)
        wanted = draw.uniform(0.70, 1.0)
        edits = max(1, round(len(words) * (1 - wanted) / (1 + wanted) / 5))
        for place in draw.choice(np.arange(2, len(words) - 2, 5), edits, replace=False):
            edited[place] = vocabulary[draw.integers(5_000)]
        both = [
            {tuple(side[at : at + 5]) for at in range(len(side) - 4)} for side in (words, edited)
        ]
        similarities[pair] = len(both[0] & both[1]) / len(both[0] | both[1])
        texts += [" ".join(words), " ".join(edited)]
    return texts, similarities


def test_recall_and_precision_on_planted_pairs() -> None:
    """Recall is 0.99 from J = 0.85 and 0.94 from 0.80; nothing below 0.80 is accepted."""
    texts, similarities = planted_pairs(4_000, seed=11)
    signed = sign(pa.array(texts, pa.large_string()))
    signatures = signature_matrix(signed["signature"])
    pairs, _ = candidate_pairs(signatures, order=np.arange(len(texts)))
    verified = verify(signed["word_hashes"], pairs)
    accepted = as_set(pairs[verified >= 0.80])
    found = np.array([(2 * row, 2 * row + 1) in accepted for row in range(len(similarities))])
    high, low = similarities >= 0.85, (similarities >= 0.80) & (similarities < 0.85)
    assert min(high.sum(), low.sum(), (similarities < 0.80).sum()) > 400
    assert found[high].mean() >= 0.99
    assert found[low].mean() >= 0.94
    # Every accepted pair is a planted one of at least 0.80: no merge of what is not alike.
    assert found[similarities < 0.80].sum() == 0
    assert len(accepted) == found.sum()
