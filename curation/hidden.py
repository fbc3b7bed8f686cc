"""Hidden text of a batch: what is dropped before normalisation, and what a reader had left out."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.hidden import strip_hidden
from filters.removals import HIDDEN, Removal, Removals
from sources.columns import Batch
from sources.text.page import HIDDEN_TEXT


def without_hidden(batch: Batch) -> tuple[Batch, Removals]:
    """Drop the hidden characters of titles and texts, and say what was hidden.

    Args:
        batch: Items of a source.

    Returns:
        The batch without them; and by row the characters of each kind, and the text that the
        reader of the format left out because nobody sees it.
    """
    title, in_title = strip_hidden(batch.columns["title"])
    text, in_text = strip_hidden(batch.columns["text"])
    left_out = hidden_text(batch.columns["metadata"])
    found: dict[int, list[Removal]] = {}
    for part in (in_title, in_text, left_out):
        for row, entries in part.items():
            found.setdefault(row, []).extend(entries)
    return Batch({**batch.columns, "title": title, "text": text}), found


def hidden_text(metadata: pa.Array) -> Removals:
    """Return what the readers of formats say they left out because nobody sees it.

    Args:
        metadata: JSON, ``large_string[n]``; empty for none. Of ``hidden_text`` only the kinds of
            `sources.text.page.HIDDEN_TEXT` count: metadata may come from outside.

    Returns:
        Entries by row.
    """
    rows = np.flatnonzero(pc.match_substring(metadata, '"hidden_text"'))
    found: dict[int, list[Removal]] = {}
    for row in rows.tolist():
        kinds = json.loads(metadata[row].as_py()).get("hidden_text")
        if isinstance(kinds, dict):
            found[row] = [
                Removal(HIDDEN, kind, None, chars, 0)
                for kind, chars in sorted(kinds.items())
                if kind in HIDDEN_TEXT and type(chars) is int and 0 < chars < 1 << 40
            ]
    return found
