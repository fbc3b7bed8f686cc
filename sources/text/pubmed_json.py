"""JSON of many rows at once, from Arrow columns: the bytes of `sources.columns.encode_json`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.columns import TEXT, encode_json, joined


def arrays(lists: pa.ListArray) -> pa.Array:
    """Return each list of strings as a JSON array, empty for an empty list.

    Args:
        lists: ``list<large_string>[n]`` without nulls.

    Returns:
        ``large_string[n]``.
    """
    quoted = pa.ListArray.from_arrays(lists.offsets, _quoted(lists.values))
    inner = pc.binary_join(quoted, pa.scalar(", ", TEXT))
    whole = joined("[", inner, "]")
    empty = np.diff(np.asarray(lists.offsets)) == 0
    return pc.if_else(pa.array(empty), pa.scalar("", TEXT), whole)


def objects(values: Mapping[str, pa.Array], made: Collection[str] = ()) -> pa.Array:
    """Return one JSON object a row, with sorted keys; empty where all values are.

    Args:
        values: Strings by key, ``large_string[n]``; empty means absent.
        made: Keys whose values are JSON already.

    Returns:
        ``large_string[n]``.
    """
    parts = []
    for key in sorted(values):
        column = values[key]
        empty = pc.equal(column, "")
        if pc.all(empty).as_py():
            continue
        body = column if key in made else _quoted(column)
        entry = joined(f", {encode_json(key)}: ", body)
        parts.append(pc.if_else(empty, pa.scalar("", TEXT), entry))
    if not parts:
        size = len(next(iter(values.values())))
        return pa.repeat(pa.scalar("", TEXT), size)
    inner = pc.utf8_slice_codeunits(joined(*parts), 2)
    whole = joined("{", inner, "}")
    return pc.if_else(pc.equal(inner, ""), pa.scalar("", TEXT), whole)


def _quoted(texts: pa.Array) -> pa.Array:
    r"""Return texts as JSON strings; ``"`` and ``\`` are all that `text_of` leaves to escape."""
    for sign in ("\\", '"'):
        if pc.any(pc.match_substring(texts, sign)).as_py():
            texts = pc.replace_substring(texts, sign, "\\" + sign)
    return joined('"', texts, '"')
