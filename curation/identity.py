"""The step ``identity``: of several forms of one work one stays, whatever their texts share."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from curation.language_editions import MOST, SIMILARITY, language_editions
from curation.link import Links
from curation.recipe import Recipe
from curation.survivors import preferred
from curation.table import Works
from curation.verdicts import Verdicts


def identity_decided(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    """Keep one form of each work, the first in survivor order.

    Parts of a record (a translated abstract) are works of their own.

    Args:
        works: All rows.
        links: Their works.
        recipe: Switches and preferences.
        verdicts: Changed in place.
    """
    if not recipe.flag("identity", "enabled"):
        return
    rows = np.flatnonzero(verdicts.open & np.asarray(pc.equal(works.column("part"), "")))
    order = rows[np.lexsort((verdicts.order[rows], links.group[rows]))]
    first = np.ones(len(order), np.bool_)
    first[1:] = links.group[order][1:] != links.group[order][:-1]
    heads = order[first][np.cumsum(first) - 1] if len(order) else order
    representative = np.full(len(verdicts.step), -1, np.int64)
    representative[order] = heads
    mask = np.zeros(len(verdicts.step), np.bool_)
    mask[order[~first]] = True
    dropped = verdicts.drop(mask, "identity", "same_work", representative=representative)
    preferred(works.table, recipe, verdicts, dropped)
    if recipe.flag("identity", "editions"):
        _editions(works, links, recipe, verdicts)


def _editions(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    """Drop the other language edition of an article."""
    found = language_editions(works, links, verdicts.open, verdicts.order)
    rows = verdicts.drop(
        found.representative >= 0,
        "identity",
        "language_edition",
        value=found.similarity,
        threshold=SIMILARITY,
        representative=found.representative,
    )
    verdicts.similarity[rows] = found.similarity[rows]
    preferred(works.table, recipe, verdicts, rows)
    if found.cut:
        verdicts.notes.append(
            f"{found.cut:,} comparisons of language editions were left out: of each title the "
            f"first {MOST} documents are compared with the others"
        )
