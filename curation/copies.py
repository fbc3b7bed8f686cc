"""Copies: of what was taken back (step ``status``), then the steps ``exact`` and ``near``."""

from __future__ import annotations

import numpy as np

from curation.language_editions import SIMILARITY, language_editions
from curation.link import Links
from curation.near import near_duplicates
from curation.recipe import Recipe
from curation.status import TAKEN_BACK
from curation.survivors import preferred
from curation.table import Ints, Mask, Works
from curation.verdicts import STEPS, Verdicts
from filters.duplicates.exact import exact_duplicates


def copies_of_retracted(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    """Drop what says the same as a document taken back, before survivors are chosen.

    Equal texts, and the other language edition of a retracted article.

    Args:
        works: All rows.
        links: Their works.
        recipe: Switches.
        verdicts: Changed in place.
    """
    witness = _witnesses(verdicts)
    if not witness.any():
        return
    first = np.where(witness, verdicts.order - len(witness), verdicts.order)
    if recipe.flag("duplicates", "enabled"):
        same = exact_duplicates(works.column("content_hash"), first, verdicts.open | witness)
        copies = (same >= 0) & witness[same]
        rows = verdicts.drop(copies, "status", "copy_of_retracted", value=1.0, representative=same)
        verdicts.similarity[rows] = 1.0
        _say_why(verdicts, rows)
    if recipe.flag("identity", "enabled") and recipe.flag("identity", "editions"):
        found = language_editions(works, links, verdicts.open | witness, first)
        copies = (found.representative >= 0) & witness[found.representative]
        rows = verdicts.drop(
            copies,
            "status",
            "copy_of_retracted",
            value=found.similarity,
            threshold=SIMILARITY,
            representative=found.representative,
        )
        verdicts.similarity[rows] = found.similarity[rows]
        _say_why(verdicts, rows)


def _witnesses(verdicts: Verdicts) -> Mask:
    """Mark the documents whose text was taken back; copies of it must not stay."""
    known = [verdicts.rules.index(rule) for rule in TAKEN_BACK if rule in verdicts.rules]
    taken: Mask = (verdicts.step == STEPS.index("status")) & np.isin(verdicts.rule, known)
    return taken


def _say_why(verdicts: Verdicts, rows: Ints) -> None:
    """Say of copies who took the original back, and when."""
    heads = verdicts.representative[rows].tolist()
    verdicts.say(rows, [verdicts.detail[head].split("; ")[0] for head in heads])


def duplicates_decided(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    """Drop equal texts, then near-duplicates.

    Args:
        works: All rows.
        links: Their works.
        recipe: Thresholds and switches.
        verdicts: Changed in place.
    """
    if not recipe.flag("duplicates", "enabled"):
        return
    same = exact_duplicates(works.column("content_hash"), verdicts.order, verdicts.open)
    rows = verdicts.drop(same >= 0, "exact", "same_text", representative=same)
    verdicts.similarity[rows] = 1.0
    preferred(works.table, recipe, verdicts, rows)
    witness = _witnesses(verdicts)
    found = near_duplicates(works, links, verdicts.open, witness, verdicts.order, recipe)
    near = found.representative >= 0
    copies = near & witness[found.representative]
    for mask, step, rule in ((copies, "status", "copy_of_retracted"), (near, "near", "similar")):
        rows = verdicts.drop(
            mask,
            step,
            rule,
            value=found.similarity,
            threshold=recipe.number("duplicates", "threshold"),
            representative=found.representative,
        )
        verdicts.similarity[rows] = found.similarity[rows]
        if step == "near":
            preferred(works.table, recipe, verdicts, rows)
        else:
            _say_why(verdicts, rows)
    _follow_copies(verdicts)
    ids = works.column("id")
    for row, (other, share, difference) in sorted(found.guarded.items()):
        if verdicts.step[row] < 0:
            verdicts.remark(
                row,
                f"{share:.2f} similar to {ids[other].as_py()}; the guard keeps it: {difference}",
            )
    verdicts.notes += found.notes


def _follow_copies(verdicts: Verdicts) -> None:
    """Take with a copy of a retracted text what was dropped in its favour.

    Its equal texts are copies as well, and status is carried over a work.
    """
    rule = verdicts.rules.index("copy_of_retracted")
    gave_way = np.isin(verdicts.step, [STEPS.index("identity"), STEPS.index("exact")])
    while True:
        rows = np.flatnonzero(gave_way & (verdicts.rule[verdicts.representative] == rule))
        if not len(rows):
            return
        heads = verdicts.representative[rows]
        # Only of an equal text is the similarity known that its head has.
        equal = verdicts.step[rows] == STEPS.index("exact")
        verdicts.step[rows], verdicts.rule[rows] = STEPS.index("status"), rule
        for values in (verdicts.value, verdicts.threshold, verdicts.similarity):
            values[rows] = np.where(equal, values[heads], np.nan)
        verdicts.representative[rows] = verdicts.representative[heads]
        for row in rows.tolist():
            verdicts.detail.pop(row, None)
        _say_why(verdicts, rows)
        gave_way[rows] = False
