"""What is stored of a title: a hash of its words, by which documents of one title are found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from filters.duplicates.bands import MULTIPLIER
from filters.duplicates.signatures import sign

__all__ = ["LONG", "MIN_WORDS", "title_hash"]

MIN_WORDS = 5
"""Titles of fewer words say too little: "Case for diagnosis" and "Correction" head many works."""

LONG = np.uint64(1)
"""Set in the hash of a title of `MIN_WORDS` words or more, and in no other."""


def title_hash(titles: pa.LargeStringArray) -> pa.UInt64Array:
    """Hash the words of each title in their order, folded as for signatures.

    Letter case, punctuation and markup are no difference; a number or another order of words is.

    Args:
        titles: Without nulls; may be a slice.

    Returns:
        ``uint64[n]``, 0 for a title without words. The lowest bit is `LONG`.
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
    short = np.where(filled, np.maximum(hashes & ~LONG, np.uint64(2)), np.uint64(0))
    return pa.array(np.where(counts >= MIN_WORDS, hashes | LONG, short))
