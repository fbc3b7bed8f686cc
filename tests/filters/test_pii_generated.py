"""Recall on generated values of many countries in sentences of real papers."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from filters.pii import locate
from tests.filters.pii_real import texts

pytest.importorskip("faker", reason="Faker is in the extra `test`: pip install .[test]")

from tests.filters.pii_generator import FINAL, Filled, generate, sentences_of

FLOORS = {"email": 0.995, "phone": 0.97, "id": 0.98, "record": 0.95}
"""Policy, section 8."""

COUNT = 500
"""Texts for each seed and kind."""


def missed(filled: list[Filled]) -> list[Filled]:
    """Texts of which the value is not masked whole."""
    masks = locate(pa.array([one.text for one in filled], pa.large_string()), "default")
    return [
        one
        for one, found in zip(filled, masks, strict=True)
        if not any(m.start <= one.start and m.end >= one.end for m in found or ())
    ]


@pytest.fixture(scope="module")
def sentences(real_data: Path) -> list[str]:
    """Sentences of JATS papers."""
    return sentences_of([text for _, text in texts(real_data, "pmc")])


@pytest.mark.real
@pytest.mark.parametrize("kind", sorted(FLOORS))
def test_generated_values(sentences: list[str], kind: str) -> None:
    """The whole value is masked, in at least the share that the policy asks."""
    assert len(sentences) > 1000
    filled = [one for seed in FINAL for one in generate(kind, seed, sentences, COUNT)]
    assert 1 - len(missed(filled)) / len(filled) >= FLOORS[kind]


LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "nl", "pl")
"""Whose labels and national formats the rules know."""

PLAIN = [
    "The invented patients of this report took examplin for two weeks and none was harmed.",
    "Fever fell in most of them, and the others were seen again after a month.",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["phone", "id", "record"])
def test_each_language_by_itself(language: str, kind: str) -> None:
    """None of the eight hides behind the others: the same share, and every form has been drawn."""
    filled = list(generate(kind, FINAL[0], PLAIN, COUNT // 5, language))
    assert 1 - len(missed(filled)) / len(filled) >= FLOORS[kind]
    assert len({one.form for one in filled}) >= {"phone": 2, "id": 1, "record": 3}[kind]


def test_the_generator_repeats_itself() -> None:
    """A seed decides everything, and seeds differ."""
    once = list(generate("phone", FINAL[0], ["A sentence of a paper stands here."], 50))
    again = list(generate("phone", FINAL[0], ["A sentence of a paper stands here."], 50))
    other = list(generate("phone", FINAL[1], ["A sentence of a paper stands here."], 50))
    assert once == again != other
    assert all(one.text[one.start : one.end].strip() for one in once)
