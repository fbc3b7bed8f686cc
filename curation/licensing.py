"""The step ``licence``: purposes and lists of the recipe, and what a licence rests on."""

from __future__ import annotations

from typing import Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.link import Links
from curation.recipe import Recipe
from curation.table import Ints, Mask, Works
from curation.terms import terms_of
from curation.verdicts import Verdicts
from curation.write import gather
from filters.licence import Purpose, named, permitted

UNSTATED: Final = {"NOASSERTION": "no statement found"}
STATED_BY_SOURCE: Final = "terms of the source; no statement in the record"
"""What stands for the evidence of a licence that no statement brings."""

LENDING: Final = ("open", "attribution", "share-alike", "non-commercial")
"""Licence groups of a full text that cover the abstract of the same work, the freest first."""


def licence_decided(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    """Drop what the purpose of the recipe or its lists do not admit.

    Args:
        works: All rows.
        links: Their works: a full text lends its licence to the abstract of the same work, a
            preprint does not.
        recipe: Purpose and lists.
        verdicts: Changed in place.
    """
    verdicts.notes += _overridden(recipe)
    purpose = cast("Purpose", recipe.text("", "purpose"))
    own = works.column("license")
    mask, groups = permitted(own, purpose)
    allowed, group = np.array(mask), np.asarray(groups.indices)
    names = groups.dictionary.to_pylist()
    denied = np.array(named(own, _entries(recipe, "deny")))
    outside = ~np.array(named(own, _entries(recipe, "allow") or ["*"]))
    usable = verdicts.open & allowed & ~denied & ~outside
    verdicts.unused += [
        ("licence", key, entry)
        for key in ("allow", "deny")
        for entry in _entries(recipe, key)
        if "*" not in entry and not pc.any(named(own, [entry])).as_py()
    ]
    lender = _lent_licences(group, names, links.published, usable)
    lent = lender >= 0
    verdicts.lender = lender
    bearer = np.where(lent, lender, np.arange(len(lender)))
    verdicts.license = own.take(pa.array(bearer))
    for rule, dropped, why in (
        ("purpose", ~allowed, f"may not enter a {purpose} corpus"),
        ("deny", denied, "is on the recipe's list of licences to deny"),
        ("allow", outside, "is not on the recipe's list of licences to allow"),
    ):
        rows = verdicts.drop(dropped & ~lent, "licence", rule)
        said = own.take(pa.array(rows)).to_pylist()
        kinds = [names[code] for code in group[rows].tolist()]
        found = evidence(works, rows)
        lines = [f"{n} ({g}) {why}; {e}" for n, g, e in zip(said, kinds, found, strict=True)]
        verdicts.say(rows, lines)


def _overridden(recipe: Recipe) -> list[str]:
    """Say which sources are used although their terms forbid training, and why the recipe may."""
    said = []
    for spec in recipe.sources:
        policy = terms_of(spec.use, spec.fetch, recipe.root)
        if spec.override_terms and policy:
            said.append(
                f"{spec.name}: used although its terms forbid training ({policy.evidence}); the "
                f"recipe's reason: {spec.override_terms}"
            )
    return said


def _entries(recipe: Recipe, key: str) -> list[str]:
    value = recipe.get("licence", key)
    assert isinstance(value, list)
    return value


def evidence(works: Works, rows: Ints) -> list[str]:
    """Return what the licence of some rows rests on: place and words of the statement.

    Args:
        works: All rows.
        rows: Their numbers, int64[m].
    """
    if not len(rows):
        return []
    paths = [part.path for part in works.parts]
    found = gather(paths, works.part[rows], works.row[rows], ["license", "license_evidence"])
    return [
        said or UNSTATED.get(name, STATED_BY_SOURCE)
        for name, said in zip(*(column.to_pylist() for column in found.columns), strict=True)
    ]


def _lent_licences(group: Ints, names: list[str], works: Ints, usable: Mask) -> Ints:
    """Return for abstracts as NLM distributes them the row whose licence covers them, else -1.

    An abstract is covered by the licence that a full text of the same work brings; of several
    the freest counts.
    """
    free = [names.index(name) for name in LENDING if name in names]
    place = {code: rank for rank, code in enumerate(free)}
    donors = np.flatnonzero(usable & np.isin(group, free))
    ranks = np.array([place.get(code, 0) for code in range(len(names))])
    lender = np.full(len(group), -1, np.int64)
    # Written from the least free to the freest, so that the freest stays.
    order = donors[np.lexsort((-donors, -ranks[group[donors]]))]
    lender[works[order]] = order
    abstract = group == names.index("abstract")
    return np.where(abstract, lender[works], -1)
