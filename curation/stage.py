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

from curation.table import Mask

RECORD, AHEAD, MANUSCRIPT, PREPRINT = 0, 1, 2, 3
"""Values of the column ``stage``, the most final first. `AHEAD` has no issue yet; `MANUSCRIPT` is
the author's own, as it was accepted."""

SERVERS: Final = r"(?i)^[a-z]*r?xiv\b|^research square\b|^ssrn\b|\bpreprint server\b"
"""Names of journals that are preprint servers (bioRxiv, medRxiv, arXiv, Research Square, SSRN)."""

AHEAD_SAID: Final = '"publication_status": "aheadofprint"'
MANUSCRIPT_SAID: Final = '"manuscript": "'
"""How metadata says so. Inside a string of JSON its quotes would be escaped."""


def stages(types: pa.ListArray, journal: pa.Array, metadata: pa.Array) -> pa.Int8Array:
    """Return the stage of documents, ``int8[n]``; `RECORD` where nothing speaks against it.

    Args:
        types: Publication types, lists of strings.
        journal: Names of journals, empty or null for none.
        metadata: JSON, empty or null for none.
    """

    def said(found: pa.Array) -> Mask:
        mask: Mask = np.asarray(found.fill_null(False))
        return mask

    stage = np.zeros(len(types), np.int8)
    stage[said(pc.match_substring(metadata, AHEAD_SAID))] = AHEAD
    stage[said(pc.match_substring(metadata, MANUSCRIPT_SAID))] = MANUSCRIPT
    stage[said(pc.match_substring_regex(journal, SERVERS))] = PREPRINT
    preprint = said(pc.equal(pc.utf8_lower(pc.list_flatten(types)), "preprint"))
    stage[np.asarray(pc.list_parent_indices(types))[preprint]] = PREPRINT
    return pa.array(stage)
