"""Medical-term density: how much of a text is words of the medical vocabulary.

Of the filters that FineMed compared, this one did better for medicine than educational quality
(FineMed, doctolib-lab, 2026). There, terms are spans that a trained tagger finds; here they are
the words of ``medical_terms.txt``, so that it costs little more than reading the text. The list is
English, with the Latin and Greek words that other languages share: it says little of texts in
others.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.base import Column, Measurement
from filters.kernels.buffers import text_views

Ints = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

TERMS = Path(__file__).with_name("medical_terms.txt")
"""Words in lower case, one a line, of MeSH headings and substance names as they stand in PubMed
records, without those that ordinary text has about as often; made by
``tests/filters/make_medical_terms.py``, which says how."""

_COLUMNS = (
    Column(
        "medical_terms",
        pa.float64(),
        "share 0..1",
        "Letters in words of the medical vocabulary among those of all words; null without words.",
        "FineMed's medical-term density, with a list of words in place of a tagger",
    ),
)


@cache
def _table() -> tuple[Ints, Hashes, Longs, Bytes]:
    """Lay the words out for the kernel: slots, hashes, bounds and bytes."""
    from filters.kernels.fasttext import word_table

    words = TERMS.read_bytes().split()
    slots, hashes = word_table(words)
    bounds = np.zeros(len(words) + 1, np.int64)
    np.cumsum([len(word) for word in words], out=bounds[1:])
    return slots, hashes, bounds, np.frombuffer(b"".join(words), np.uint8)


def _compute(texts: pa.LargeStringArray) -> Mapping[str, pa.Array]:
    from filters.kernels.terms import term_shares
    from filters.kernels.unicode import FOLD, PROPS

    data, offsets = text_views(texts)
    shares = np.empty(len(texts), np.float64)
    slots, hashes, bounds, words = _table()
    term_shares(data, offsets, PROPS, FOLD, slots, hashes, bounds, words, shares)
    return {"medical_terms": pa.array(shares, from_pandas=True)}


MEDICAL_TERMS = Measurement("medical_terms", 2, _COLUMNS, _compute)
"""Medical-term density."""
