"""Documents most similar to one: against plain sets of 5-grams, and datasketch's own index."""

from __future__ import annotations

import re

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH

from curation.corpus import Corpus
from curation.errors import UsageError
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


def test_datasketch_indexes_the_signatures(corpus: Corpus) -> None:
    """A stored signature is a `MinHash` of datasketch; its index finds the same documents."""
    index = MinHashLSH(params=(32, 4))
    hashes: dict[str, MinHash] = {}
    for batch in corpus.signatures():
        for name, signature in zip(batch["id"], batch["signature"], strict=True):
            values = np.frombuffer(signature.as_py(), "<u4")
            hashes[name.as_py()] = MinHash(hashvalues=values, scheme="affine32")
            index.insert(name.as_py(), hashes[name.as_py()])
    assert len(hashes) == len(TEXTS)
    found = {hit["id"] for hit in corpus.similar("pubmed:1", threshold=0.6)["similar"]}
    assert found <= set(index.query(hashes["pubmed:1"]))
    for hit in corpus.similar("pubmed:1", threshold=0.3)["similar"]:
        assert hashes["pubmed:1"].jaccard(hashes[hit["id"]]) == hit["estimate"]


def test_only_some_documents_are_signed(corpus: Corpus) -> None:
    """A condition on the columns of shards."""
    [batch] = corpus.signatures("id = 'pubmed:4'")
    assert batch["id"].to_pylist() == ["pubmed:4"]
