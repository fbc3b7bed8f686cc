"""The decision by language, and whether what a source declares agrees with what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.language_codes import UNDETERMINED, plain, same_language

MIN_SCORE = 0.5
"""CCNet (arXiv 1911.00359) and Dolma keep a document from this score; FineWeb takes 0.65, which
would lose 0.3 % of English abstracts read to 300 characters."""

MIN_SHARE = 0.5
"""A document stays that is mostly, by characters, in languages that are kept."""


def decide_language(
    lang: pa.Array,
    score: pa.Array,
    declared: pa.Array | None,
    keep: Sequence[str] | Literal["any"],
    min_score: float = MIN_SCORE,
    parts: pa.MapArray | None = None,
    min_share: float = MIN_SHARE,
) -> dict[str, pa.Array]:
    """Which documents go because of their language.

    A sure identification counts alone: what share of the text is in kept languages decides. Where
    it is unsure, the language that the source declares decides; without one the document goes as
    too unsure.

    Args:
        lang: ``string[n]``, identified.
        score: ``float64[n]``.
        declared: ``string[n]`` as the source says (two or three letters, nulls), or None.
        keep: Codes that stay, of two letters or three, or ``any``.
        min_score: From this score on an identification is sure.
        parts: ``lang_parts`` of `filters.language.identify`; None, or a null, where a text is all
            in one language.
        min_share: Smallest share of the text in kept languages.

    Returns:
        ``rule`` (``string``: ``lang_keep``, the document's language is none of them;
        ``lang_share_min``, it is one, but too much is in others; ``lang_score_min``; null where
        the document stays), ``value`` (``float64``: the score, for ``lang_share_min`` the share)
        and ``threshold`` (``float64``, null for ``lang_keep``), both null where it stays.
    """
    total = len(lang)
    if keep == "any":
        empty = pa.nulls(total, pa.float64())
        return {"rule": pa.nulls(total, pa.string()), "value": empty, "threshold": empty}
    wanted = pa.array(sorted({plain(code) for code in keep}), pa.string())
    values = pc.fill_null(score, 0.0)
    sure = pc.and_(
        pc.greater_equal(values, min_score),
        pc.fill_null(pc.not_equal(lang, UNDETERMINED), False),
    )
    found = pc.is_in(lang.cast(pa.string()), value_set=wanted)
    said = pa.nulls(total, pa.string()) if declared is None else plain_codes(declared)
    share = found.cast(pa.float64())
    if parts is not None:
        share = pc.if_else(pc.is_valid(parts), pa.array(kept_share(parts, wanted)), share)
    mostly = pc.greater_equal(share, min_share)
    stays = pc.if_else(sure, mostly, pc.is_in(said, value_set=wanted))
    unsure = pc.and_(pc.invert(sure), pc.is_null(said))
    little = pc.and_(sure, found)
    none = pa.scalar(None, pa.string())
    broken = pc.if_else(little, "lang_share_min", "lang_keep")
    rule = pc.if_else(unsure, "lang_score_min", pc.if_else(stays, none, broken))
    number = pa.scalar(None, pa.float64())
    limit = pc.if_else(little, pa.scalar(min_share), number)
    return {
        "rule": rule,
        "value": pc.if_else(pc.is_valid(rule), pc.if_else(little, share, values), number),
        "threshold": pc.if_else(
            unsure,
            pa.scalar(min_score, pa.float64()),
            pc.if_else(pc.is_valid(rule), limit, number),
        ),
    }


def kept_share(parts: pa.MapArray, wanted: pa.Array) -> npt.NDArray[np.float64]:
    """Return how much of each text is in some languages.

    Args:
        parts: Language to share, n maps; nulls count as empty.
        wanted: Codes, as the column ``lang`` has them.

    Returns:
        Sum of their shares, float64[n].
    """
    listed = parts.cast(pa.list_(pa.struct([("key", pa.string()), ("value", pa.float64())])))
    owner = np.asarray(pc.list_parent_indices(listed))
    flat = listed.flatten()
    kept = np.asarray(pc.is_in(flat.field(0), value_set=wanted))
    values = np.asarray(flat.field(1))
    # Shares are rounded to four places; so is their sum, that half and half stays a half.
    return np.round(np.bincount(owner[kept], values[kept], minlength=len(parts)), 4)


def agreement(
    lang: pa.Array, score: pa.Array, declared: pa.Array, min_score: float = MIN_SCORE
) -> pa.Array:
    """Tell whether the language that a source declares is the one that was found.

    Args:
        lang: ``string[n]``, identified.
        score: ``float64[n]``.
        declared: ``string[n]`` as the source says.
        min_score: From this score on an identification is sure.

    Returns:
        ``bool[n]``; null where nothing is declared, or nothing sure was found.
    """
    said, found = (column.dictionary_encode() for column in (plain_codes(declared), lang))
    # One more name and language, so that a column of nulls has something to point at.
    names, others = [*said.dictionary.to_pylist(), ""], [*found.dictionary.to_pylist(), ""]
    same = np.array([[same_language(a, b or UNDETERMINED) for b in others] for a in names])
    rows, columns = (np.asarray(codes.indices.fill_null(0)) for codes in (said, found))
    known = pc.and_(pc.is_valid(said), pc.greater_equal(pc.fill_null(score, 0.0), min_score))
    known = pc.and_(known, pc.fill_null(pc.not_equal(lang, UNDETERMINED), False))
    return pc.if_else(known, pa.array(same[rows, columns]), pa.scalar(None, pa.bool_()))


def plain_codes(declared: pa.Array) -> pa.Array:
    """Return declared codes as the column ``lang`` has them, null for none; ``string[n]``."""
    encoded = declared.cast(pa.string()).dictionary_encode()
    names = [plain(name or "") or None for name in encoded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(encoded.indices)
