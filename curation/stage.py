"""The stage of publication of a document: the version of record, or something before it.

It follows from what records say in fields that they have anyway: publication types (PubMed's
``Preprint``, the JATS article type ``preprint``), the journal where that is a preprint server, and
of the metadata PubMed's ``publication_status`` and the number of an author manuscript.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.columns import Batch

RECORD, AHEAD, MANUSCRIPT, PREPRINT = 0, 1, 2, 3
"""Values of the column ``stage``, the most final first. `AHEAD` has no issue yet; `MANUSCRIPT` is
the author's own, as it was accepted."""

SERVERS: Final = r"(?i)^[a-z]*r?xiv\b|^research square\b|^ssrn\b|\bpreprint server\b"
"""Names of journals that are preprint servers (bioRxiv, medRxiv, arXiv, Research Square, SSRN)."""

AHEAD_SAID: Final = '"publication_status": "aheadofprint"'
MANUSCRIPT_SAID: Final = '"manuscript": "'
"""How metadata says so. Inside a string of JSON its quotes would be escaped."""


def stages(batch: Batch) -> pa.Int8Array:
    """Return the stage of each item, ``int8[n]``; `RECORD` where nothing speaks against it."""
    given = batch.columns
    types = given["publication_types"]
    flat = pc.equal(pc.utf8_lower(types.values), "preprint")
    found = np.zeros(len(batch), np.int8)
    found[np.asarray(pc.match_substring(given["metadata"], AHEAD_SAID))] = AHEAD
    found[np.asarray(pc.match_substring(given["metadata"], MANUSCRIPT_SAID))] = MANUSCRIPT
    found[np.asarray(pc.match_substring_regex(given["journal"], SERVERS))] = PREPRINT
    owners = np.repeat(np.arange(len(batch)), np.diff(np.asarray(types.offsets)))
    found[owners[np.asarray(flat)]] = PREPRINT
    return pa.array(found)
