"""The search for near-duplicates: against its definition, however the work is divided."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.engines.local import LocalEngine
from curation.errors import CurationError
from curation.pair_search import Division, Documents, Pairs, Search, Stage, merged
from curation.pair_tasks import ANOTHER_TITLE
from curation.pairs import similar_pairs
from tests.curation.make_pairs import (
    Corpus,
    corpus_of,
    dealt,
    plain_candidates,
    plain_similar,
    stored,
    template_texts,
    with_witnesses,
)

SEARCH = Search(16, 8, 50, 0.80, "on", True)


def template_corpus(seed: int, count: int) -> Corpus:
    """Documents of which most are like another one."""
    draw = np.random.default_rng(seed)
    texts, kinds, titles = template_texts(draw, count)
    return corpus_of(texts, kinds, titles, draw.permutation(count).astype(np.int64))


Found = tuple[list[tuple[int, int, float, int]], int]


def read(documents: Documents, search: Search, stage: Stage) -> Found:
    """Pairs of documents with similarity and difference, and what was cut."""
    by_place = np.argsort(documents.order)
    every = []
    with similar_pairs(documents, search, stage, nothing_apart) as result:
        for pairs in result:
            ends = by_place[pairs.earlier].tolist(), by_place[pairs.later].tolist()
            every += zip(*ends, pairs.similarity.tolist(), pairs.apart.tolist(), strict=True)
    return every, result.cut


def nothing_apart(later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """No pair is kept apart besides those that the guard knows."""
    return np.zeros(len(later), np.bool_)


def joined(pairs: list[tuple[int, int, float, int]], corpus: Corpus) -> dict[int, int]:
    """Return who goes, and which document decides over it; -1 for a witness."""
    gone: dict[int, int] = {}
    for earlier, later, _, apart in sorted(pairs, key=lambda pair: corpus.order[pair[0]]):
        if not apart and corpus.order[earlier] < corpus.witnesses:
            gone[later] = -1
    for earlier, later, _, apart in sorted(
        pairs, key=lambda pair: corpus.order[[pair[1], pair[0]]].tolist()
    ):
        if not apart and earlier not in gone and later not in gone:
            gone[later] = earlier
    return gone


def agree(mine: Found, plain: Found, corpus: Corpus) -> None:
    """Who goes is who goes by all pairs, with the pair that says so; who stays has all pairs."""
    gone = joined(plain[0], corpus)
    assert joined(mine[0], corpus) == gone
    assert [pair for pair in mine[0] if pair[1] not in gone] == [
        pair for pair in plain[0] if pair[1] not in gone
    ]
    rest = iter(plain[0])
    assert all(pair in rest for pair in mine[0]), "no pairs of the definition, or out of order"
    shown = [pair for pair in plain[0] if corpus.order[pair[0]] < corpus.witnesses]
    assert [pair for pair in mine[0] if corpus.order[pair[0]] < corpus.witnesses] == shown
    assert 0 <= mine[1] <= plain[1]
    if not gone:
        assert mine[1] == plain[1]


def found(
    corpus: Corpus, parts: list[list[int]], search: Search, division: Division | None = None
) -> Found:
    """Run the search over files."""
    with tempfile.TemporaryDirectory() as folder:
        documents = stored(corpus, parts, Path(folder))
        return read(documents, search, Stage(None, Path(folder) / "near", division))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 60),
    st.integers(0, 30),
    st.integers(1, 5),
    st.builds(
        Division,
        group=st.integers(1, 40),
        partition=st.sampled_from([16, 100, 2**20]),
        later=st.integers(1, 40),
        pairs=st.sampled_from([1, 10, 2**20]),
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
    seed: int, count: int, shown: int, parts: int, division: Division, search: Search
) -> None:
    """Who goes, for whom, similarities and differences are those of the plain search."""
    corpus = with_witnesses(template_corpus(seed, count), min(shown, count))
    dealt_out = dealt(count, parts, np.random.default_rng(seed))
    mine = found(corpus, dealt_out, search, division)
    agree(mine, plain_similar(corpus, search), corpus)
    assert found(corpus, [list(range(count))], search) == mine


def doses(k: int, last: tuple[str, ...]) -> list[str]:
    """Texts of another dose each, then some of the same dose."""
    words = [f"word{n}" for n in range(100)]
    middle = " ".join(words[51:99])

    def text(other: str, dose: int) -> str:
        return " ".join([*words[:50], other, middle, f"{dose} mg"])

    return [text("otherx", 1000 + n) for n in range(k)] + [text(other, 7) for other in last]


def copies(text: str) -> list[str]:
    """Texts of the same words and claims."""
    return [text.upper(), f"{text}.", f"{text} !", text.replace(" ", "  ")]


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize("k", [0, 1, 48, 49, 60])
@pytest.mark.parametrize("retracted", [False, True])
def test_a_copy_goes_however_many_the_guard_keeps_apart(
    k: int, limit: int, retracted: bool
) -> None:
    """The first of its group joins one behind many others; so do its twins."""
    survivor, leader = doses(0, ("othery", "otherx"))
    # Where one meets few, the survivor comes first of all in the bucket.
    others = doses(k, ())
    texts = [*others[: min(k, limit - 1)], survivor, *others[limit - 1 :], leader, *copies(leader)]
    count = len(texts)
    corpus = corpus_of(texts, ["a"] * count, [""] * count, np.arange(count))
    if retracted:
        corpus = with_witnesses(corpus, min(k, limit - 1) + 1)
    search = Search(16, 8, limit, 0.8, "on", False)
    gone = joined(found(corpus, [list(range(count))], search)[0], corpus)
    assert set(range(count - 5, count)) <= set(gone)


def test_twins_of_one_that_goes_go_to_it_or_to_each_other() -> None:
    """Of those of equal signature and claims one stays at most, whoever goes before it."""
    draw = np.random.default_rng(8)
    # Without figures, which would be numbers or names to the guard.
    names = [
        "word" + f"{n:03}".translate(str.maketrans("0123456789", "abcdefghij")) for n in range(1000)
    ]
    texts = [" ".join(names[:400])]
    for _ in range(60):
        some = names[:400]
        for place in draw.integers(0, 400, 9):
            some[place] = names[draw.integers(400, 900)]
        # A word at the end changes one shingle of four hundred: the signature often stays.
        texts += [" ".join([*some[:-1], name]) for name in names[900:904]]
    count = len(texts)
    corpus = corpus_of(texts, ["a"] * count, [""] * count, np.arange(count))
    search = Search(16, 8, 50, 0.8, "on", False)
    mine = found(corpus, [list(range(count))], search)[0]
    gone = joined(mine, corpus)
    groups = plain_candidates(corpus, search).groups
    assert len(groups) > 10
    assert any(leader in gone for leader in groups)
    for leader, members in groups.items():
        stay = [one for one in (leader, *members) if one not in gone]
        assert len(stay) <= 1


def test_equal_texts_are_no_meetings_that_were_left_out() -> None:
    """However many say the same as one that the guard keeps apart from all before it."""
    cut = []
    base = " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200))
    for twins in (1, 120):
        texts = [f"{base} {dose} mg" for dose in [*range(1000, 1060), *[7] * twins]]
        count = len(texts)
        corpus = corpus_of(texts, ["a"] * count, [""] * count, np.arange(count))
        mine = found(corpus, [list(range(count))], Search(16, 8, 50, 0.8, "on", False))
        assert sorted(joined(mine[0], corpus)) == list(range(61, count))
        cut.append(mine[1])
    assert cut[0] == cut[1] > 0


def test_members_of_a_large_bucket_are_compared_with_few() -> None:
    """Who joins one that stays is not compared with what comes behind that."""
    draw = np.random.default_rng(5)
    words = [f"word{n}" for n in range(100)]
    texts = [" ".join(words)]
    for n in range(1, 300):
        place = draw.integers(100)
        texts.append(" ".join([*words[:place], f"other{n}", *words[place + 1 :]]))
    corpus = corpus_of(texts, ["a"] * 300, [""] * 300, np.arange(300))
    search = SEARCH._replace(guard="")
    mine, plain = found(corpus, [list(range(300))], search), plain_similar(corpus, search)
    agree(mine, plain, corpus)
    assert len(joined(mine[0], corpus)) > 290
    assert len(plain[0]) > 80 * 300
    assert len(mine[0]) < 10 * 300


def test_pairs_of_two_rounds_are_merged_in_order() -> None:
    """However they are cut into pieces, and where one side ends first."""
    draw = np.random.default_rng(2)
    later = np.sort(draw.integers(0, 40, 200)).astype(np.uint32)
    values = np.arange(200)
    every = Pairs(later, values.astype(np.uint32), values / 2, (values % 7).astype(np.uint8))
    left = np.isin(later, draw.integers(0, 30, 12))

    def pieces(which: np.ndarray, cuts: list[int]) -> list[Pairs]:
        rows = np.flatnonzero(which)
        return [Pairs(*(column[some] for column in every)) for some in np.split(rows, cuts)]

    for cuts in ([], [0, 3, 3, 17], [30]):
        for sides in ((left, ~left), (~left, left)):
            read = list(merged(pieces(sides[0], cuts), pieces(sides[1], cuts[::-1][:1])))
            for column, expected in zip(zip(*read, strict=True), every, strict=True):
                assert np.concatenate(column).tolist() == expected.tolist()


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
    division = Division(group=60, partition=1_500, later=30, pairs=100, batch=20_000)
    alone = read(documents, SEARCH, Stage(None, None, division))
    with LocalEngine(2) as engine:
        shared = read(documents, SEARCH, Stage(engine, tmp_path / "near", division))
    assert len(alone[0]) > 200
    assert alone == shared


def test_nothing_is_similar(tmp_path: Path) -> None:
    """Documents that share no bucket give no pairs."""
    corpus = corpus_of(["one two three", "four five six"], ["a"] * 2, [""] * 2, np.arange(2))
    assert read(stored(corpus, [[0], [1]], tmp_path), SEARCH, Stage()) == ([], 0)


def test_what_a_killed_build_left_is_swept(tmp_path: Path) -> None:
    """Files of a search that never ended are neither read nor kept."""
    documents = stored(template_corpus(3, 30), [list(range(30))], tmp_path)
    left = tmp_path / "near" / "keys"
    left.mkdir(parents=True)
    (left / "keys-0").write_bytes(b"half of it")
    expected = read(documents, SEARCH, Stage())
    assert read(documents, SEARCH, Stage(None, tmp_path / "near")) == expected
    assert not (tmp_path / "near").exists()


@pytest.mark.parametrize(
    ("before", "kind"),
    [("write_meetings", "places-*"), ("write_agreeing", "first-agreeing/fetched/0")],
)
def test_a_damaged_scratch_file_is_named(tmp_path: Path, before: str, kind: str) -> None:
    """A file between two tasks that was cut short: the message names it, and not the cache."""

    class Cutting(Stage):
        def run(self, function: Any, tasks: Any) -> Any:
            if function.__name__ == before:
                [path, *_] = sorted((tmp_path / "near").rglob(kind))
                path.write_bytes(path.read_bytes()[:-3])
            return super().run(function, tasks)

    documents = stored(template_corpus(3, 30), [list(range(30))], tmp_path)
    with pytest.raises(CurationError, match=r"near/.*this scratch file is not as it was written"):
        read(documents, SEARCH, Cutting(None, tmp_path / "near"))


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """A part that cannot be read ends the search with the folder to remove."""
    documents = stored(template_corpus(3, 30), [list(range(30))], tmp_path)
    path = documents.parts[0]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CurationError, match="remove this folder and build again"):
        read(documents, SEARCH, Stage())
