"""The step ``identity``: of several forms of one work one stays, whatever their texts share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.known import WORK_KNOWN, known_rows
from curation.language_editions import MOST, SIMILARITY, language_editions
from curation.link import Links
from curation.recipe import Recipe
from curation.survivors import preferred
from curation.table import Ints, Mask, Works
from curation.verdicts import Verdicts


def identity_decided(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    """Keep one form of each work, the first in survivor order, and none that another corpus has.

    Parts of a record (a translated abstract) are works of their own.

    Args:
        works: All rows.
        links: Their works.
        recipe: Switches and preferences.
        verdicts: Changed in place.
    """
    known = known_rows(works)
    if recipe.flag("identity", "enabled"):
        if known.any():
            _known_works(works, links, known, verdicts)
        _same_works(works, links, recipe, verdicts)
    if recipe.flag("identity", "enabled") and recipe.flag("identity", "editions"):
        if known.any():
            drop_editions(works, links, verdicts, "identity", WORK_KNOWN, known)
        rows = drop_editions(works, links, verdicts, "identity", "language_edition")
        named_by = np.arange(len(known))
        named_by[rows] = verdicts.representative[rows]
        verdicts.work = verdicts.work.take(pa.array(named_by))
        preferred(works.table, recipe, verdicts, rows)


def _known_works(works: Works, links: Links, known: Mask, verdicts: Verdicts) -> None:
    """Drop what the other corpus has in some form, parts of a record by themselves.

    It may name a work otherwise than this build, by an id of a form that it did not keep: both
    names count.
    """
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(verdicts.order[rows])]
    there = works.column("detail").take(pa.array(rows))
    names = pa.concat_arrays([links.work.take(pa.array(rows)), there])
    place = pc.index_in(links.work, value_set=names, skip_nulls=True)
    representative = rows[place.fill_null(0).to_numpy() % len(rows)]
    verdicts.drop(
        np.asarray(place.is_valid()), "identity", WORK_KNOWN, representative=representative
    )


def _same_works(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
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


def drop_editions(
    works: Works,
    links: Links,
    verdicts: Verdicts,
    step: str,
    rule: str,
    favoured: Mask | None = None,
) -> Ints:
    """Drop other language editions of articles.

    Args:
        works: All rows.
        links: Their works.
        verdicts: Changed in place.
        step: Step of the ledger.
        rule: Its rule.
        favoured: Rows that are out already, or not of this build: their editions go, and no others.
            None drops all but the first in survivor order.

    Returns:
        The rows that were dropped.
    """
    open_, order = verdicts.open, verdicts.order
    if favoured is not None:
        titles = works.numbers("title_hash")
        open_ = (open_ & np.isin(titles, titles[favoured])) | favoured
        order = np.where(favoured, order - len(order), order)
    found = language_editions(works, links, open_, order)
    mask = found.representative >= 0
    if favoured is not None:
        mask &= favoured[found.representative]
    rows = verdicts.drop(
        mask,
        step,
        rule,
        value=found.similarity,
        threshold=SIMILARITY,
        representative=found.representative,
    )
    verdicts.similarity[rows] = found.similarity[rows]
    if found.cut and favoured is None:
        verdicts.notes.append(
            f"{found.cut:,} comparisons of language editions were left out: of each title the "
            f"first {MOST} documents are compared with the others"
        )
    return rows
