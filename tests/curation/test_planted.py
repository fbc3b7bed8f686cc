"""Planted near-duplicates: what is found, what is not merged, and chains; small and synthetic."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from curation.engines.local import LocalEngine
from curation.near import Near, near_duplicates
from curation.pair_search import Division, Stage
from tests.benchmarks.synthetic import MEMBERS, truth, write_parts
from tests.corpora import prose
from tests.curation.make_pairs import corpus_of, stored, unlinked
from tests.curation.make_works import recipe_of
from tests.filters.planted import Planted, planted, real_abstracts, similarity

THRESHOLD = 0.80


def searched(texts: Sequence[str], folder: Path, seed: int) -> Near:
    """Find near-duplicates among texts in a random survivor order, without the guard."""
    count = len(texts)
    order = np.random.default_rng(seed).permutation(count)
    corpus = corpus_of(texts, ["abstract"] * count, [""] * count, order)
    documents = stored(corpus, [range(count)[part::3] for part in range(3)], folder)
    works, links = unlinked(
        documents.parts, documents.part, documents.row, documents.words, corpus.identity
    )
    everyone, nobody = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    recipe = recipe_of(f"[duplicates]\nguard = false\nthreshold = {THRESHOLD}")
    stage = Stage(None, None, Division(group=count // 2, partition=9_000, later=200, pairs=500))
    return near_duplicates(works, links, everyone, nobody, nobody, order, recipe, stage)


def judge(found: Near, made: Planted) -> tuple[float, float]:
    """Assert that nothing is merged wrongly; return the recall at 0.80 to 0.85 and above."""
    gone = np.flatnonzero(found.representative >= 0).tolist()
    for row in gone:
        stays = int(found.representative[row])
        assert found.representative[stays] < 0
        exact = similarity(made.texts[row], made.texts[stays])
        assert exact >= THRESHOLD
        assert found.similarity[row] == pytest.approx(exact, abs=1e-12)
    heads = np.where(found.representative >= 0, found.representative, np.arange(len(made.texts)))
    merged = np.array([heads[pair.original] == heads[pair.copy] for pair in made.pairs])
    alike = np.array([pair.similarity for pair in made.pairs])
    assert not merged[alike < THRESHOLD].any()
    low, high = (alike >= THRESHOLD) & (alike < 0.85), alike >= 0.85
    assert min(low.sum(), high.sum(), (alike < THRESHOLD).sum()) > 50
    # A chain loses members to their neighbours, and is not swallowed by its first one.
    lost = [sum(found.representative[member] >= 0 for member in chain) for chain in made.chains]
    stay = [len(chain) - gone for chain, gone in zip(made.chains, lost, strict=True)]
    assert min(lost) > 0
    assert min(stay) > 1
    return float(merged[low].mean()), float(merged[high].mean())


@pytest.mark.parametrize("seed", [1])
def test_planted_in_invented_prose(tmp_path: Path, seed: int) -> None:
    """Recall and no wrong merge, on texts written for the project."""
    draw = random.Random(seed)
    texts = [prose(seed * 100_000 + n, draw.randrange(60, 240)) for n in range(1_240)]
    made = planted(texts, 1_200, 40, seed)
    low, high = judge(searched(made.texts, tmp_path, seed), made)
    assert low >= 0.94
    assert high >= 0.99


@pytest.mark.real
@pytest.mark.parametrize(("name", "seed"), [("pubmed20n0014", 3), ("pubmed21n1298", 4)])
def test_planted_in_real_abstracts(tmp_path: Path, real_data: Path, name: str, seed: int) -> None:
    """Recall and no wrong merge, on abstracts of PubMed."""
    texts = real_abstracts(real_data / "pubmed" / f"{name}.xml.gz", 1_540)
    made = planted(texts, 1_500, 40, seed)
    low, high = judge(searched(made.texts, tmp_path, seed), made)
    assert low >= 0.94
    assert high >= 0.99


def test_synthetic_signatures_on_two_workers(tmp_path: Path) -> None:
    """A small share of the benchmark: recall by similarity, precision, and a full bucket."""
    count, members = 20_000, 500
    paths = write_parts(tmp_path / "plain", count, seed=5)
    paths += write_parts(tmp_path / "bucket", members, first=MEMBERS, seed=5, template=True)
    sizes = [count, members]
    part = np.repeat(np.arange(2), sizes)
    row = np.concatenate([np.arange(size) for size in sizes])
    hundred, same = np.full(sum(sizes), 100), np.zeros(sum(sizes), np.uint64)
    order = np.random.default_rng(5).permutation(sum(sizes))
    everyone, nobody = np.ones(sum(sizes), np.bool_), np.zeros(sum(sizes), np.bool_)
    division = Division(group=10_000, partition=60_000, later=4_000, pairs=50_000, batch=2 << 20)
    with LocalEngine(2) as engine:
        found = near_duplicates(
            *unlinked(paths, part, row, hundred, same),
            everyone,
            nobody,
            nobody,
            order,
            recipe_of("[duplicates]\nguard = false"),
            Stage(engine, tmp_path / "near", division),
        )
    originals, alike = truth(count, 5)
    copies = np.flatnonzero(originals >= 0)
    copies = copies[np.bincount(originals[copies], minlength=count)[originals[copies]] == 1]
    heads = np.where(found.representative >= 0, found.representative, np.arange(sum(sizes)))
    merged, alike = heads[copies] == heads[originals[copies]], alike[copies]
    assert merged[(alike >= THRESHOLD) & (alike < 0.85)].mean() >= 0.94
    assert merged[alike >= 0.85].mean() >= 0.99
    assert not merged[alike < THRESHOLD].any()
    gone = np.flatnonzero(found.representative[:count] >= 0)
    assert set(gone.tolist()) <= set(copies.tolist()) | set(originals.tolist()) | set(
        np.flatnonzero(originals >= 0).tolist()
    )
    # The members of one template are 0.81 alike and more: few of them stay, and the limit is told.
    assert (found.representative[count:] >= 0).mean() > 0.9
    assert "left out by the bucket limit" in found.notes[0]
