"""The search for near-duplicates: against its definition, however the work is divided."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.engines.local import LocalEngine
from curation.pair_tasks import ANOTHER_TITLE
from curation.pairs import Division, Search, Stage, similar_pairs
from tests.curation.make_pairs import (
    Corpus,
    corpus_of,
    dealt,
    plain_similar,
    stored,
    template_texts,
)

SEARCH = Search(16, 8, 50, 0.80, "on", True)


def template_corpus(seed: int, count: int) -> Corpus:
    """Documents of which most are like another one."""
    draw = np.random.default_rng(seed)
    texts, kinds, titles = template_texts(draw, count)
    return corpus_of(texts, kinds, titles, draw.permutation(count).astype(np.int64))


def found(
    corpus: Corpus, parts: list[list[int]], search: Search, division: Division | None = None
) -> tuple[list[tuple[int, int, float, int]], int]:
    """Run the search over files."""
    with tempfile.TemporaryDirectory() as folder:
        documents = stored(corpus, parts, Path(folder))
        result = similar_pairs(documents, search, Stage(None, Path(folder) / "near", division))
        assert not (Path(folder) / "near").exists()
    ends = result.pairs.T.tolist()
    return list(
        zip(*ends, result.similarity.tolist(), result.apart.tolist(), strict=True)
    ), result.cut


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 60),
    st.integers(1, 5),
    st.builds(
        Division,
        group=st.integers(1, 40),
        partition=st.sampled_from([16, 100, 2**20]),
        later=st.integers(1, 40),
        batch=st.sampled_from([1, 2_000, 2**20]),
    ),
    st.builds(
        Search,
        st.just(16),
        st.just(8),
        st.sampled_from([1, 2, 3, 50]),
        st.sampled_from([0.6, 0.8]),
        st.sampled_from(["", "on", "strict"]),
        st.just(True),
    ),
)
def test_equals_the_definition_however_divided(
    seed: int, count: int, parts: int, division: Division, search: Search
) -> None:
    """Pairs, similarities, differences and what is cut are those of the plain search."""
    corpus = template_corpus(seed, count)
    dealt_out = dealt(count, parts, np.random.default_rng(seed))
    assert found(corpus, dealt_out, search, division) == plain_similar(corpus, search)


def test_the_corpora_of_these_tests_hold_what_is_asked() -> None:
    """There are pairs that stay apart for several reasons, equal texts, empty ones, and cuts."""
    corpus = template_corpus(1, 200)
    pairs, _ = plain_similar(corpus, SEARCH)
    assert len(pairs) > 100
    differences = {apart for *_, apart in pairs}
    assert differences >= {0, 1, ANOTHER_TITLE}
    assert 1.0 in {similarity for _, _, similarity, _ in pairs}
    assert (corpus.signatures == 2**32 - 1).all(axis=1).any()
    assert plain_similar(corpus, SEARCH._replace(limit=2))[1] > 0


def test_workers_change_nothing(tmp_path: Path) -> None:
    """Two processes, which share every step, find what one finds."""
    corpus = template_corpus(7, 400)
    documents = stored(corpus, dealt(400, 6, np.random.default_rng(7)), tmp_path)
    division = Division(group=60, partition=1_500, later=90, batch=20_000)
    alone = similar_pairs(documents, SEARCH, Stage(None, None, division))
    with LocalEngine(2) as engine:
        shared = similar_pairs(documents, SEARCH, Stage(engine, tmp_path / "near", division))
    assert len(alone.pairs) > 200
    for one, other in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_is_similar(tmp_path: Path) -> None:
    """Documents that share no bucket give no pairs."""
    corpus = corpus_of(["one two three", "four five six"], ["a"] * 2, [""] * 2, np.arange(2))
    result = similar_pairs(stored(corpus, [[0], [1]], tmp_path), SEARCH, Stage())
    assert result.pairs.shape == (0, 2)
    assert (len(result.similarity), len(result.apart), result.cut) == (0, 0, 0)


def test_what_a_killed_build_left_is_swept(tmp_path: Path) -> None:
    """Files of a search that never ended are neither read nor kept."""
    corpus = template_corpus(3, 30)
    documents = stored(corpus, [list(range(30))], tmp_path)
    left = tmp_path / "near" / "keys"
    left.mkdir(parents=True)
    (left / "keys-0").write_bytes(b"half of it")
    expected = similar_pairs(documents, SEARCH, Stage())
    result = similar_pairs(documents, SEARCH, Stage(None, tmp_path / "near"))
    np.testing.assert_array_equal(result.pairs, expected.pairs)
    assert not (tmp_path / "near").exists()


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """A part that cannot be read ends the search with the folder to remove."""
    documents = stored(template_corpus(3, 30), [list(range(30))], tmp_path)
    path = documents.parts[0]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Exception, match="remove this folder and build again"):
        similar_pairs(documents, SEARCH, Stage())
