"""Documents most similar to one: against plain sets of 5-grams, and an index of the corpus."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from datasketch import MinHash, MinHashLSH

from curation.cli import program
from curation.corpus import Corpus
from curation.errors import UsageError
from curation.similar import bands_for
from tests.curation.make_version import kept, make_version

WORDS = [f"word{n}" for n in range(80)]
TEXTS = {
    "1": WORDS,
    "2": [*WORDS[:40], "other", *WORDS[41:]],
    "3": [*WORDS[:30], "one", *WORDS[31:50], "two", *WORDS[51:]],
    "4": [f"else{n}" for n in range(80)],
    "5": WORDS[60:],
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Variants of one text, and another."""
    folder = tmp_path_factory.mktemp("similar") / "corpus"
    make_version(folder, [kept(native, text=" ".join(words)) for native, words in TEXTS.items()])
    return Corpus(folder)


def text_of(corpus: Corpus, document: str) -> str:
    """Stored text of a document."""
    return str(corpus.show(document)["text"])


def jaccard(first: str, second: str) -> float:
    """Share of 5-grams in common, in plain Python."""
    sets = []
    for text in (first, second):
        words = re.findall(r"\w+", text.lower())
        sets.append({tuple(words[i : i + 5]) for i in range(len(words) - 4)})
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_an_id_finds_its_likes_in_order(corpus: Corpus) -> None:
    """The exact similarity, the largest first; the document itself is not among them."""
    found = corpus.similar("pubmed:1", threshold=0.3)
    expected = {
        f"pubmed:{native}": jaccard(
            text_of(corpus, "pubmed:1"), text_of(corpus, f"pubmed:{native}")
        )
        for native in ("2", "3")
    }
    assert {hit["id"]: hit["similarity"] for hit in found["similar"]} == pytest.approx(expected)
    assert [hit["id"] for hit in found["similar"]] == ["pubmed:2", "pubmed:3"]
    assert (found["query"], found["compared"]) == ("pubmed:1", len(TEXTS) - 1)


def test_a_text_finds_what_it_was_taken_from(corpus: Corpus) -> None:
    """A text, in other case and typography, is compared as the build would write it."""
    text = text_of(corpus, "pubmed:4").upper().replace(" ", "\u2009")
    found = corpus.similar(text, threshold=0.9)
    assert [(hit["id"], hit["similarity"]) for hit in found["similar"]] == [("pubmed:4", 1.0)]
    assert found["query"] is None
    assert len(corpus.similar("pubmed:1", threshold=0.1, top=1)["similar"]) == 1


def test_what_cannot_be_compared_is_said(corpus: Corpus) -> None:
    """An unknown id, and a text without words."""
    with pytest.raises(UsageError, match="has this name"):
        corpus.similar("pubmed:77")
    with pytest.raises(UsageError, match="no words"):
        corpus.similar("— –")
    with pytest.raises(UsageError, match="a word without a blank is taken for an id"):
        corpus.similar("aspirin")
    assert corpus.similar("aspirin ")["words"] == 1


def test_a_title_says_why_it_is_like_nothing(corpus: Corpus) -> None:
    """A few words of a document are not like it; where lengths tell, the command says so."""
    title = " ".join(WORDS[:9])
    found = corpus.similar(title)
    assert (found["similar"], found["words"], found["comparable"]) == ([], 9, 0)
    assert corpus.similar("pubmed:1")["comparable"] == 3
    done = CliRunner().invoke(program, ["similar", str(corpus.folder), title])
    assert done.exit_code == 0
    assert done.stdout.startswith("none of 5 documents reaches 0.5, and none has a length that")
    assert "9 words" in done.stdout
    done = CliRunner().invoke(program, ["similar", str(corpus.folder), " ".join(["x"] * 80)])
    assert done.stdout == "none of 5 documents reaches 0.5\n"


def changed(words: list[str], places: list[int]) -> list[str]:
    """Return the words with others at some places."""
    return [f"new{n}" if n in places else word for n, word in enumerate(words)]


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.8, 0.9])
def test_the_index_finds_what_a_comparison_with_all_finds(threshold: float, tmp_path: Path) -> None:
    """Documents of all similarities: none below the threshold, and nearly all above it."""
    draw = np.random.default_rng(3)
    texts = {
        str(n): " ".join(changed(WORDS, draw.choice(80, n % 20, replace=False).tolist()))
        for n in range(1, 300)
    }
    make_version(tmp_path / "c", [kept(native, text=text) for native, text in texts.items()])
    corpus = Corpus(tmp_path / "c")
    query = text_of(corpus, "pubmed:20")
    found = corpus.similar(query, threshold, top=300)
    hits = {hit["id"]: hit["similarity"] for hit in found["similar"]}
    exact = {f"pubmed:{n}": jaccard(query, text_of(corpus, f"pubmed:{n}")) for n in texts}
    wanted = {name: value for name, value in exact.items() if value >= threshold}
    assert hits.items() <= wanted.items()
    assert len(hits) >= 0.97 * len(wanted) > 10
    clear = {name for name, value in wanted.items() if value >= threshold + 0.1}
    assert clear <= hits.keys()
    assert found["recall"] >= 0.99


def test_bands_are_the_longest_that_find_enough() -> None:
    """Longer ones would miss more than one of a hundred just at the threshold."""
    for threshold in np.linspace(0.05, 1, 20).tolist():
        bands, rows = bands_for(threshold)
        assert bands * rows <= 128
        assert rows == 1 or 1 - (1 - threshold**rows) ** bands >= 0.99
        longer = (1 - (1 - threshold**more) ** (128 // more) for more in range(rows + 1, 65))
        assert max(longer, default=0) < 0.99


def test_datasketch_indexes_the_signatures(corpus: Corpus) -> None:
    """With the corpus in the index and the document as the query the same documents are found."""
    index = MinHashLSH(params=bands_for(0.3))
    hashes: dict[str, MinHash] = {}
    for batch in corpus.signatures():
        for name, signature in zip(batch["id"], batch["signature"], strict=True):
            values = np.frombuffer(signature.as_py(), "<u4")
            hashes[name.as_py()] = MinHash(hashvalues=values, scheme="affine32")
            index.insert(name.as_py(), hashes[name.as_py()])
    assert len(hashes) == len(TEXTS)
    found = {hit["id"] for hit in corpus.similar("pubmed:1", threshold=0.3)["similar"]}
    proposed = set(index.query(hashes["pubmed:1"])) - {"pubmed:1"}
    exact = {name: jaccard(text_of(corpus, "pubmed:1"), text_of(corpus, name)) for name in proposed}
    assert found == {name for name, value in exact.items() if value >= 0.3}
    for hit in corpus.similar("pubmed:1", threshold=0.3)["similar"]:
        assert hashes["pubmed:1"].jaccard(hashes[hit["id"]]) == hit["estimate"]


def test_only_some_documents_are_signed(corpus: Corpus) -> None:
    """A condition on the columns of shards."""
    [batch] = corpus.signatures("id = 'pubmed:4'")
    assert batch["id"].to_pylist() == ["pubmed:4"]
