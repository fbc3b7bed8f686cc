"""The order of survivors: of several forms or copies, which one stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.table import Ints, Works, ranks
from filters.licence import GROUPS, permitted

FULL_TEXT = ("article", "book", "guideline", "label", "trial")
"""Kinds that stay when the same work is also there as an abstract."""


def survivor_order(works: Works) -> Ints:
    """Return the rank of each row as a survivor: 0 stays before 1; a total order, int64[n].

    Full text before abstract, higher version, freer licence, with PMCID, with DOI, more words,
    the recipe's order of sources, the smaller PMID as a number, the smaller id.
    """
    _, groups = permitted(works.column("license"), "private")
    freedom = pc.index_in(pc.cast(groups, pa.string()), value_set=pa.array(GROUPS))
    kind = pc.is_in(works.column("kind"), value_set=pa.array(FULL_TEXT))
    pmid = pc.if_else(
        pc.match_substring_regex(works.column("pmid"), r"^[0-9]{1,18}$"), works.column("pmid"), None
    )
    number = pmid.cast(pa.int64()).fill_null(np.iinfo(np.int64).max)
    keys = (
        np.arange(works.table.num_rows),
        ranks(works.column("id")),
        number.to_numpy(),
        works.numbers("order"),
        -works.numbers("words").astype(np.int64),
        np.asarray(pc.equal(works.column("doi"), "")),
        np.asarray(pc.equal(works.column("pmcid"), "")),
        freedom.fill_null(len(GROUPS)).to_numpy(zero_copy_only=False),
        -works.numbers("version").astype(np.int64),
        ~np.asarray(kind),
    )
    order = np.lexsort(keys)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place
