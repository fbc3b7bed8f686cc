"""What is stored of a title: a hash of its words, by which documents of one title are found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from filters.duplicates.bands import MULTIPLIER
from filters.duplicates.signatures import sign

__all__ = ["MIN_WORDS", "title_hash"]

MIN_WORDS = 5
"""Titles of fewer words say too little: "Case for diagnosis" and "Correction" head many works."""


def title_hash(titles: pa.LargeStringArray) -> pa.UInt64Array:
    """Hash the words of each title in their order, folded as for signatures.

    Letter case, punctuation and markup are no difference; a number or another order of words is.

    Args:
        titles: Without nulls; may be a slice.

    Returns:
        ``uint64[n]``, 0 for a title of fewer than `MIN_WORDS` words.
    """
    # Of the signature nothing is used: it may be short.
    signed = sign(titles, num_perm=32, guard=False)
    counts = np.asarray(signed["shingle_words"]).astype(np.int64)
    hashes = np.zeros(len(titles), np.uint64)
    if not counts.sum():
        return pa.array(hashes)
    stored = signed["word_hashes"].buffers()[2]
    words = np.frombuffer(stored, "<u4", count=int(counts.sum())).astype(np.uint64)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(words)) - np.repeat(starts, counts)
    powers = np.cumprod(np.full(int(counts.max()), MULTIPLIER, np.uint64))
    filled = counts > 0
    hashes[filled] = np.add.reduceat(words * powers[place], starts[filled])
    return pa.array(np.where(counts >= MIN_WORDS, np.maximum(hashes, 1), 0).astype(np.uint64))
