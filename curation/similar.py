"""Documents of a corpus that say nearly the same as one of them, or as a text.

Texts are signed again from the shards, batch by batch, at memory speed: no index is kept, nothing
is missed for the want of one, and a version needs no cache. What the signatures say may be similar
is compared exactly, by the sets of word 5-grams.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.errors import UsageError
from filters.duplicates.signatures import sign, signature_matrix
from filters.duplicates.verify import verify
from filters.normalise import normalise

if TYPE_CHECKING:
    from curation.corpus import Corpus

MARGIN = 0.10
"""Estimates this far below the threshold are still compared exactly: three standard deviations."""

COLUMNS = ("id", "title", "text")


def similar(corpus: Corpus, query: str, threshold: float = 0.5, top: int = 10) -> dict[str, Any]:
    """Find the documents most similar to one.

    Args:
        corpus: A version.
        query: The id of a kept document; or a text, known by its white space.
        threshold: Least Jaccard similarity of the sets of word 5-grams, 0..1.
        top: Documents at most.

    Returns:
        What ``curation similar --json`` prints; the fields are described in ``docs/cli.md``.

    Raises:
        UsageError: No such id, a document that was not kept, or a text without words.
    """
    given = "" if any(map(str.isspace, query.strip())) else query.strip()
    text = str(corpus.show(given)["text"]) if given else query
    mine = sign(normalise(pa.array([text], pa.large_string())), guard=False)
    words = mine["shingle_words"][0].as_py()
    if not words:
        raise UsageError("the text has no words to compare")
    found: list[dict[str, Any]] = []
    compared = 0
    for batch in corpus.documents(COLUMNS):
        compared += batch.num_rows
        found += _hits(mine, batch, threshold)
        found.sort(key=lambda hit: (-hit["similarity"], hit["id"]))
        del found[top + bool(given) :]
    hits = [hit for hit in found if hit["id"] != given][:top]
    return {
        "query": given or None,
        "words": words,
        "threshold": threshold,
        "compared": compared - bool(given),
        "similar": hits,
    }


def _hits(
    mine: dict[str, pa.Array], batch: pa.RecordBatch, threshold: float
) -> Iterator[dict[str, Any]]:
    """Yield the documents of a batch that are similar enough."""
    theirs = sign(batch["text"].cast(pa.large_string()), guard=False)
    signature = signature_matrix(mine["signature"])
    estimates = (signature_matrix(theirs["signature"]) == signature).mean(axis=1)
    filled = theirs["shingle_words"].to_numpy() > 0
    rows = np.flatnonzero((estimates >= threshold - MARGIN) & filled)
    if not len(rows):
        return
    hashes = pa.concat_arrays([mine["word_hashes"], theirs["word_hashes"].take(pa.array(rows))])
    pairs = np.stack([np.zeros(len(rows), np.int64), np.arange(1, len(rows) + 1)], axis=1)
    for row, similarity in zip(rows.tolist(), verify(hashes, pairs).tolist(), strict=True):
        if similarity >= threshold:
            yield {
                "id": batch["id"][row].as_py(),
                "similarity": similarity,
                "estimate": float(estimates[row]),
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
