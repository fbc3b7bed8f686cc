"""Copies: of what was taken back (step ``status``), then the steps ``exact`` and ``near``."""

from __future__ import annotations

from typing import Final

import numpy as np

from curation.forms import told
from curation.identity import drop_editions
from curation.known import SIMILAR_KNOWN, TEXT_KNOWN, known_rows
from curation.link import Links
from curation.near import near_duplicates
from curation.notices import SAID, Notices
from curation.pair_search import Stage
from curation.reasons import Apart
from curation.recipe import Recipe
from curation.status import TAKEN_BACK
from curation.survivors import preferred
from curation.table import Ints, Mask, Works
from curation.verdicts import STEPS, Verdicts
from filters.duplicates.exact import exact_duplicates

COPY: Final = "copy_of_retracted"


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
    if recipe.flag("duplicates", "enabled"):
        _say_why(verdicts, _drop_equal(works, links, verdicts, "status", COPY, witness))
    if recipe.flag("identity", "enabled") and recipe.flag("identity", "editions"):
        _say_why(verdicts, drop_editions(works, links, verdicts, "status", COPY, witness))


def _drop_equal(
    works: Works,
    links: Links,
    verdicts: Verdicts,
    step: str,
    rule: str,
    favoured: Mask | None = None,
) -> Ints:
    """Drop equal texts; see `curation.identity.drop_editions`."""
    open_, order = verdicts.open, verdicts.order
    if favoured is not None:
        open_, order = open_ | favoured, np.where(favoured, order - len(order), order)
    same = exact_duplicates(works.column("content_hash"), order, open_)
    mask = same >= 0
    if favoured is not None:
        mask &= favoured[same]
    # A notice or reply may repeat the text that it is about, and is no copy of it.
    pairs = np.flatnonzero(mask)
    mask[pairs[told(works, links).of(pairs, same[pairs])]] = False
    rows = verdicts.drop(mask, step, rule, representative=same)
    verdicts.similarity[rows] = 1.0
    return rows


def _witnesses(verdicts: Verdicts) -> Mask:
    """Mark the documents whose text was taken back; copies of it must not stay."""
    known = [verdicts.rules.index(rule) for rule in TAKEN_BACK if rule in verdicts.rules]
    taken: Mask = (verdicts.step == STEPS.index("status")) & np.isin(verdicts.rule, known)
    return taken


def _say_why(verdicts: Verdicts, rows: Ints) -> None:
    """Say of copies who took the original back, and when."""
    heads = verdicts.representative[rows].tolist()
    verdicts.say(rows, [verdicts.detail[head].split("; ")[0] for head in heads])


def duplicates_decided(
    works: Works, links: Links, recipe: Recipe, verdicts: Verdicts, stage: Stage
) -> None:
    """Drop equal texts, then near-duplicates.

    Args:
        works: All rows.
        links: Their works.
        recipe: Thresholds and switches.
        verdicts: Changed in place.
        stage: Runs the search for near-duplicates.
    """
    if not recipe.flag("duplicates", "enabled"):
        return
    known = known_rows(works)
    if known.any():
        _drop_equal(works, links, verdicts, "exact", TEXT_KNOWN, known)
    rows = _drop_equal(works, links, verdicts, "exact", "same_text")
    preferred(works.table, recipe, verdicts, rows)
    _near(works, links, recipe, known, verdicts, stage)
    _follow_copies(verdicts)


def _near(
    works: Works,
    links: Links,
    recipe: Recipe,
    known: Mask,
    verdicts: Verdicts,
    stage: Stage,
) -> None:
    """Drop near-duplicates: of what was taken back, of what is known, then of what stays."""
    witness = _witnesses(verdicts)
    found = near_duplicates(
        works, links, verdicts.open, witness, known, verdicts.order, recipe, stage
    )
    near = found.representative >= 0
    head = found.representative
    for mask, step, rule in (
        (near & witness[head], "status", COPY),
        (near & known[head], "near", SIMILAR_KNOWN),
        (near, "near", "similar"),
    ):
        rows = verdicts.drop(
            mask,
            step,
            rule,
            value=found.similarity,
            threshold=recipe.number("duplicates", "threshold"),
            representative=head,
        )
        verdicts.similarity[rows] = found.similarity[rows]
        if rule == COPY:
            _say_why(verdicts, rows)
        elif rule == "similar":
            preferred(works.table, recipe, verdicts, rows)
    ids = works.column("id")
    for row, (other, share, difference) in sorted(found.guarded.items()):
        if verdicts.step[row] < 0:
            verdicts.remark(row, Apart(share, ids[other].as_py(), difference).line())
    verdicts.notes += found.notes


def doubts_of_copies(works: Works, notices: Notices, verdicts: Verdicts) -> None:
    """Say of a document that stays what a notice says of one that gave way to it.

    Forms of one work share their notices; this is about equal texts, near-duplicates and language
    editions under other ids: a concern about a copy, and what came after the cut-off.

    Args:
        works: All rows.
        notices: What is said of works.
        verdicts: Changed in place.
    """
    ids = works.column("id")
    gave_way = np.isin(verdicts.step, [STEPS.index(step) for step in ("identity", "exact", "near")])
    for said in SAID:
        for later in (False, True):
            known = notices.of(said, later=later)
            for row in np.flatnonzero(gave_way & (known >= 0)).tolist():
                head = row
                while verdicts.representative[head] >= 0:
                    head = int(verdicts.representative[head])
                if verdicts.step[head] < 0 and known[head] < 0:
                    words = ("later " if later else "") + notices.found[known[row]].words
                    verdicts.remark(head, f"its copy {ids[row].as_py()}: {words}")


def _follow_copies(verdicts: Verdicts) -> None:
    """Take with a copy of a retracted text what was dropped in its favour.

    Its equal texts are copies as well, and status is carried over a work.
    """
    rule = verdicts.rules.index(COPY)
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
