"""Documents of a corpus that say nearly the same as one of them, or as a text.

A version holds texts, not signatures: these are made again from the shards, batch by batch, at
memory speed. Each is a `MinHash` of datasketch and is queried in an LSH index of datasketch's that
holds the text asked for. So the index is of one document whatever the size of the corpus; turned
around, with the corpus in the index, each query gives the same pairs, for twice the time and a
memory that grows with the corpus. What the index proposes and the estimate does not exclude is
compared exactly, by the sets of word 5-grams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import UsageError
from filters.duplicates.bands import least_agreement
from filters.duplicates.signatures import NUM_PERM, SHINGLE, sign, signature_matrix
from filters.duplicates.verify import verify
from filters.normalise import normalise

if TYPE_CHECKING:
    from curation.corpus import Corpus

RECALL = 0.99
"""Least probability that a document just at the threshold shares a band with the text."""

COLUMNS = ("id", "title", "text")

Signatures = npt.NDArray[np.uint32]


def similar(
    corpus: Corpus,
    query: str,
    threshold: float = 0.5,
    top: int = 10,
    advance: Callable[[int], None] = lambda count: None,
) -> dict[str, Any]:
    """Find the documents most similar to one.

    Args:
        corpus: A version.
        query: The id of a kept document; or a text, known by its white space.
        threshold: Least Jaccard similarity of the sets of word 5-grams, 0..1.
        top: Documents at most.
        advance: Is told how many documents were compared since it was told last.

    Returns:
        What ``curation similar --json`` prints; the fields are described in ``docs/cli.md``.

    Raises:
        UsageError: No such id, a document that was not kept, or a text without words.
    """
    given = "" if any(map(str.isspace, query)) else query
    text = str(_shown(corpus, given)["text"]) if given else query
    mine = sign(normalise(pa.array([text], pa.large_string())), guard=False)
    words = mine["shingle_words"][0].as_py()
    if not words:
        raise UsageError("the text has no words to compare")
    index = Index(signature_matrix(mine["signature"])[0], threshold)
    found: list[dict[str, Any]] = []
    compared = comparable = 0
    for batch in corpus.documents(COLUMNS):
        signed = sign(batch["text"].cast(pa.large_string()), guard=False)
        lengths = _shingles(np.asarray(signed["shingle_words"]))
        sizes = np.sort(np.stack([lengths, np.full_like(lengths, _shingles(np.array(words)))]), 0)
        compared += batch.num_rows
        comparable += int((sizes[0] >= threshold * sizes[1]).sum())
        found += _hits(mine, index, batch, signed)
        found.sort(key=lambda hit: (-hit["similarity"], hit["id"]))
        del found[top + bool(given) :]
        advance(batch.num_rows)
    return {
        "query": given or None,
        "words": words,
        "threshold": threshold,
        "recall": index.recall,
        "compared": compared - bool(given),
        "comparable": comparable - bool(given),
        "similar": [hit for hit in found if hit["id"] != given][:top],
    }


def _shown(corpus: Corpus, given: str) -> dict[str, Any]:
    """Return the document of an id; say what else a single word can be meant as."""
    try:
        return corpus.show(given)
    except UsageError as error:
        if ":" in given:
            raise
        raise UsageError(
            f"{error}; a word without a blank is taken for an id: to compare it as a text, put a "
            f"blank behind it ({given + ' '!r})"
        ) from None


def _shingles(words: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.integer[Any]]:
    """Return how many shingles as many words have at most; a text without words has none."""
    return np.where(words > 0, np.maximum(words - SHINGLE + 1, 1), 0)


def bands_for(threshold: float) -> tuple[int, int]:
    """Choose bands for an index of whole signatures.

    The longest ones with which a document just at the threshold is still found with `RECALL`; the
    longer they are, the less is proposed in vain.

    Args:
        threshold: Jaccard similarity, 0..1.

    Returns:
        Number of bands, and values in each.

    Reference: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.
    """
    fitting = (
        (NUM_PERM // rows, rows)
        for rows in range(NUM_PERM // 2, 1, -1)
        if _recall(threshold, NUM_PERM // rows, rows) >= RECALL
    )
    return next(fitting, (NUM_PERM, 1))


def _recall(similarity: float, bands: int, rows: int) -> float:
    """Return the probability that two documents of this similarity share a band."""
    return float(1 - (1 - similarity**rows) ** bands)


class Index:
    """An LSH index of datasketch's that holds one document.

    Args:
        signature: uint32[128], of the document.
        threshold: Similarity from which others are looked for.

    Attributes:
        recall: Probability that a document just at the threshold is proposed.
    """

    def __init__(self, signature: Signatures, threshold: float) -> None:
        from datasketch import MinHash, MinHashLSH

        bands = bands_for(threshold)
        self.recall = _recall(threshold, *bands)
        self.threshold = threshold
        self._wrapped = MinHash
        self._permutations = MinHash(NUM_PERM, scheme="affine32").permutations
        self._lsh = MinHashLSH(num_perm=NUM_PERM, params=bands)
        self._mine = self._wrap(signature)
        self._lsh.insert("", self._mine)

    def _wrap(self, signature: Signatures) -> Any:
        """Return a stored signature as datasketch knows it."""
        return self._wrapped(
            hashvalues=signature, permutations=self._permutations, scheme="affine32"
        )

    def query(self, signatures: Signatures) -> tuple[list[int], list[float]]:
        """Return the rows that may be similar, and their estimates.

        Args:
            signatures: uint32[n, 128].
        """
        least = least_agreement(self.threshold, NUM_PERM) / NUM_PERM
        rows, estimates = [], []
        for row, signature in enumerate(signatures):
            other = self._wrap(signature)
            if self._lsh.query(other) and (estimate := self._mine.jaccard(other)) >= least:
                rows.append(row)
                estimates.append(float(estimate))
        return rows, estimates


def _hits(
    mine: dict[str, pa.Array], index: Index, batch: pa.RecordBatch, signed: dict[str, pa.Array]
) -> Iterator[dict[str, Any]]:
    """Yield the documents of a batch that are similar enough."""
    rows, estimates = index.query(signature_matrix(signed["signature"]))
    if not rows:
        return
    hashes = pa.concat_arrays([mine["word_hashes"], signed["word_hashes"].take(pa.array(rows))])
    pairs = np.stack([np.arange(1, len(rows) + 1), np.zeros(len(rows), np.int64)], axis=1)
    exact = verify(hashes, pairs).tolist()
    for row, similarity, estimate in zip(rows, exact, estimates, strict=True):
        if similarity >= index.threshold:
            yield {
                "id": batch["id"][row].as_py(),
                "similarity": similarity,
                "estimate": estimate,
                "title": batch["title"][row].as_py(),
            }


def signatures(corpus: Corpus, where: str | None = None) -> Iterator[pa.RecordBatch]:
    """Sign the kept documents.

    Args:
        corpus: A version.
        where: SQL condition on the columns of shards.

    Yields:
        Batches of ``id`` and ``signature``, ``fixed_size_binary(512)``: 128 values, uint32 little
        endian, of datasketch's scheme ``affine32`` with seed 1.
    """
    for batch in corpus.documents(("id", "text"), where):
        texts = batch["text"].cast(pa.large_string())
        signed = sign(texts, guard=False)["signature"]
        yield pa.record_batch({"id": pc.cast(batch["id"], pa.string()), "signature": signed})
