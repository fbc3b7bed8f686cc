"""The order of survivors: of several forms or copies, which one stays, and what decided it.

The criteria and their order stand in the recipe (``[identity] prefer``). Where all of them agree
the smaller PMID as a number decides, then the smaller number in the id, then the id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.preferences import PREFERENCES, TIE
from curation.recipe import Recipe
from curation.table import Ints, one_array, ranks
from curation.verdicts import Verdicts
from filters.licence import GROUPS, permitted

FULL_TEXT = ("article", "book", "guideline", "label", "trial")
"""Kinds that stay when the same work is also there as an abstract."""

_LAST = np.iinfo(np.int64).max


def survivor_order(table: pa.Table, recipe: Recipe) -> Ints:
    """Return the rank of each row as a survivor: 0 stays before 1; a total order, int64[n].

    Args:
        table: `curation.table.Works.table`.
        recipe: Its preferences.
    """
    keys = [*_criteria(table, recipe).values(), *_ties(table)]
    order = np.lexsort(keys[::-1])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place


def preferred(table: pa.Table, recipe: Recipe, verdicts: Verdicts, rows: Ints) -> None:
    """Say in the ledger which criterion decided for the document that stays.

    Args:
        table: `curation.table.Works.table`.
        recipe: Its preferences.
        verdicts: Changed in place.
        rows: Rows that were dropped in favour of their representatives.
    """
    verdicts.say(rows, reasons(table, recipe, rows, verdicts.representative[rows]))


def reasons(table: pa.Table, recipe: Recipe, rows: Ints, heads: Ints) -> list[str]:
    """Say what decided that one document stays in the place of another.

    Args:
        table: `curation.table.Works.table`.
        recipe: Its preferences.
        rows: Rows that went, int64[m].
        heads: Rows that stay in their place, int64[m].

    Returns:
        A line for each: ``preferred by pmcid: has a PMCID``.
    """
    involved, place = np.unique(np.concatenate([rows, heads]), return_inverse=True)
    gone, stays = place[: len(rows)], place[len(rows) :]
    criteria = _criteria(table.take(pa.array(involved)), recipe)
    lines = [f"preferred by {name}: {PREFERENCES[name]}" for name in criteria]
    lines.append(f"preferred by id: {TIE}")
    first = np.full(len(rows), len(criteria))
    for number, key in reversed([*enumerate(criteria.values())]):
        first[key[gone] != key[stays]] = number
    return [lines[number] for number in first.tolist()]


def _criteria(table: pa.Table, recipe: Recipe) -> dict[str, Ints]:
    """Return the criteria of a recipe in their order, int64[n] each; the smaller stays."""
    prefer = recipe.get("identity", "prefer")
    assert isinstance(prefer, list)
    return {name: _KEYS[name](table, recipe) for name in prefer}


def _ties(table: pa.Table) -> tuple[Ints, ...]:
    """Return what decides between documents that no criterion tells apart."""
    ids = table["id"]
    native = pc.extract_regex(ids, r"^[^:]*:(?:PMC)?(?P<number>[0-9]{1,18})(?:[@#].*)?$")
    numbers = pc.struct_field(one_array(native), "number")
    return _number(table["pmid"]), _number(numbers), ranks(one_array(ids)), np.arange(len(table))


def _number(texts: pa.ChunkedArray | pa.Array) -> Ints:
    """Return texts of digits as numbers, all others as the largest."""
    digits = pc.if_else(pc.match_substring_regex(texts, r"^[0-9]{1,18}$"), texts, None)
    return _ints(digits.cast(pa.int64()).fill_null(_LAST))


def _ints(values: pa.ChunkedArray | pa.Array) -> Ints:
    found: Ints = np.asarray(values).astype(np.int64)
    return found


def _full_text(table: pa.Table, recipe: Recipe) -> Ints:
    return _ints(pc.invert(pc.is_in(table["kind"], value_set=pa.array(FULL_TEXT))))


def _stage(table: pa.Table, recipe: Recipe) -> Ints:
    return _ints(table["stage"])


def _version(table: pa.Table, recipe: Recipe) -> Ints:
    return -_ints(table["version"])


def _newer(table: pa.Table, recipe: Recipe) -> Ints:
    """A date that is known in more detail is not newer: 2019 is the first of January."""
    padded = pc.utf8_rpad(pc.replace_substring(table["date"], "-", ""), 8, "0")
    digits = pc.if_else(pc.match_substring_regex(padded, r"^[0-9]{8}$"), padded, "0")
    return -_ints(digits.cast(pa.int64()).fill_null(0))


def _licence(table: pa.Table, recipe: Recipe) -> Ints:
    _, groups = permitted(one_array(table["license"]), "private")
    freedom = pc.index_in(pc.cast(groups, pa.string()), value_set=pa.array(GROUPS))
    return _ints(freedom.fill_null(len(GROUPS)))


def _language(table: pa.Table, recipe: Recipe) -> Ints:
    keep = recipe.get("language", "keep")
    wanted = pa.array(keep if isinstance(keep, list) else [], pa.string())
    place = pc.index_in(table["lang"].cast(pa.string()), value_set=wanted)
    return _ints(place.fill_null(len(wanted)))


def _pmcid(table: pa.Table, recipe: Recipe) -> Ints:
    return _ints(pc.equal(table["pmcid"], ""))


def _doi(table: pa.Table, recipe: Recipe) -> Ints:
    return _ints(pc.equal(table["doi"], ""))


def _words(table: pa.Table, recipe: Recipe) -> Ints:
    return -_ints(table["words"])


def _source(table: pa.Table, recipe: Recipe) -> Ints:
    return _ints(table["order"])


_KEYS: Final[Mapping[str, Callable[[pa.Table, Recipe], Ints]]] = {
    "full_text": _full_text,
    "published": _stage,
    "version": _version,
    "newer": _newer,
    "licence": _licence,
    "language": _language,
    "pmcid": _pmcid,
    "doi": _doi,
    "words": _words,
    "source": _source,
}
