"""What is stored of each document to find its duplicates later without its text.

Per document: the MinHash signature (512 bytes), the word hashes in order (about 1 KB for an
abstract; they give the exact similarity), the guard stream (about 200 bytes; what its sentences
claim, `filters.kernels.guard`) with a hash of it, and a content hash.
All are computed once, from the final text, and are independent of how texts are batched.
"""

from __future__ import annotations

import functools
import hashlib
import itertools

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.duplicates.lexicon import lexicon
from filters.kernels.buffers import text_views
from filters.kernels.lanes import GROUP
from filters.kernels.signature import hash_ids, permutations, scratch, sign_texts
from filters.kernels.unicode import FOLD, PROPS

__all__ = ["NUM_PERM", "SHINGLE", "content_hash", "id_hash", "sign", "signature_matrix"]

VERSION = 5
"""Raised whenever the same text gives another signature or other hashes."""

NUM_PERM = 128
"""Permutations: the standard deviation of an estimate is sqrt(J (1 - J) / 128) = 0.035 at 0.80."""

SHINGLE = 5
"""Words in a shingle, as in FineWeb and RefinedWeb (Penedo et al. 2024, 2023)."""


def sign(
    texts: pa.LargeStringArray,
    num_perm: int = NUM_PERM,
    shingle: int = SHINGLE,
    guard: bool = True,
) -> dict[str, pa.Array]:
    """Compute signature and word hashes of texts.

    Words: see `filters.kernels.words`; scheme: see `filters.kernels.signature`. Numbers are kept as
    they stand; Markdown markup separates words and is otherwise ignored.

    Args:
        texts: Final texts, Markdown, without nulls; may be a slice.
        num_perm: Values in a signature, a multiple of 32.
        shingle: Words in a shingle, at least 1; a text with fewer words is one shingle.
        guard: Whether guard streams are made; they cost as much as all the rest.

    Returns:
        Columns of n rows: ``signature``, fixed_size_binary(4 * num_perm), uint32 little endian, all
        2**32 - 1 for a text without words; ``word_hashes``, large_binary, uint32 little endian in
        order, top bit set where the word holds a digit; ``shingle_words``, int32, number of words;
        ``guard``, large_binary, uint32 little endian, the guard stream; ``guard_hash``, uint64, of
        that stream, 0 for an empty one. The last two only with ``guard``.

    Raises:
        ValueError: Where a text is null or a number out of range.
    """
    if num_perm < GROUP or num_perm % GROUP or shingle < 1:
        raise ValueError(
            f"num_perm {num_perm} must be a multiple of {GROUP}, shingle {shingle} positive"
        )
    data, offsets = text_views(texts)
    count = len(texts)
    factors, summands = _permutations(num_perm)
    signatures = np.empty((count, num_perm), np.uint32)
    # A word takes two bytes with its separator, and three or more where nothing separates.
    words = np.empty(int(offsets[-1] - offsets[0]) // 2 + count, np.uint32)
    bounds = np.empty(count + 1, np.int64)
    # Four atoms may come of three bytes (`<5m`): number, unit, its letter case, comparator.
    streams = np.empty(4 * int(offsets[-1] - offsets[0]) // 3 + 2 * count + 1, np.uint32)
    stream_bounds = np.empty(count + 1, np.int64)
    stream_hashes = np.empty(count, np.uint64)
    lists = lexicon()
    sign_texts(
        data,
        offsets,
        factors,
        summands,
        shingle,
        PROPS,
        FOLD,
        signatures.reshape(-1),
        words,
        bounds,
        guard,
        lists.table,
        lists.stems,
        lists.sieve,
        lists.endings,
        streams,
        stream_bounds,
        stream_hashes,
        *scratch(int(np.diff(offsets).max(initial=0))),
    )
    # In place: nothing is copied, and what was reserved beyond goes back untouched.
    words.resize(bounds[-1], refcheck=False)
    streams.resize(stream_bounds[-1], refcheck=False)
    signed = {
        "signature": pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(4 * num_perm),
            count,
            [None, pa.py_buffer(signatures.astype("<u4", copy=False))],
        ),
        "word_hashes": _binary(words, bounds),
        "shingle_words": pa.array(np.diff(bounds).astype(np.int32)),
    }
    if guard:
        signed["guard"] = _binary(streams, stream_bounds)
        signed["guard_hash"] = pa.array(stream_hashes)
    return signed


def _binary(values: npt.NDArray[np.uint32], bounds: npt.NDArray[np.int64]) -> pa.LargeBinaryArray:
    """View 32-bit values and the bounds of rows among them as a column."""
    buffers = [None, pa.py_buffer(bounds * 4), pa.py_buffer(values.astype("<u4", copy=False))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(bounds) - 1, buffers)


def signature_matrix(signatures: pa.FixedSizeBinaryArray) -> npt.NDArray[np.uint32]:
    """View a ``signature`` column as uint32[n, num_perm] without copying it.

    Raises:
        ValueError: Where a signature is null.
    """
    if signatures.null_count:
        raise ValueError("signatures are null")
    width = signatures.type.byte_width // 4
    if not len(signatures):
        return np.empty((0, width), np.uint32)
    last = signatures.offset + len(signatures)
    values = np.frombuffer(signatures.buffers()[1], "<u4", count=last * width)
    return values.reshape(-1, width)[signatures.offset :]


def content_hash(texts: pa.LargeStringArray) -> pa.FixedSizeBinaryArray:
    """Hash the bytes of each text with BLAKE2b to 128 bits; only equal bytes are equal texts.

    Digits, decimal points, comparators and signs all count. A cryptographic hash, because texts
    come from outside: nobody can make two that collide and so have one of them dropped.
    The loop over rows is in Python, but hashlib does the work in C on a view of the Arrow buffer:
    what is left of Python is under a microsecond a text.

    Args:
        texts: Final texts without nulls; may be a slice.

    Returns:
        fixed_size_binary(16)[n].

    Raises:
        ValueError: Where a text is null.
    """
    data, offsets = text_views(texts)
    view = data.data
    bounds = offsets.tolist()
    digests = [
        hashlib.blake2b(view[start:stop], digest_size=16).digest()
        for start, stop in itertools.pairwise(bounds)
    ]
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(texts), [None, pa.py_buffer(b"".join(digests))]
    )


def id_hash(ids: pa.LargeStringArray | pa.StringArray) -> npt.NDArray[np.uint64]:
    """Hash document ids to place them in shards and order them there.

    FNV-1a over the UTF-8 bytes, 64 bits, then MurmurHash3's fmix64, because the high bits of
    FNV-1a alone are uneven for ids that differ in their last digits. The layout of a corpus follows
    from these values: they never change.

    Args:
        ids: Ids without nulls; may be a slice.

    Returns:
        uint64[n].

    Raises:
        ValueError: Where an id is null.
    """
    data, offsets = text_views(ids.cast(pa.large_string()))
    hashes = np.empty(len(ids), np.uint64)
    hash_ids(data, offsets, hashes)
    return hashes


@functools.cache
def _permutations(num_perm: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Draw the permutations once a process."""
    return permutations(num_perm)
