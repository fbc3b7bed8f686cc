"""Decide: from measurements alone, one verdict for every row; the first rule that matches wins.

The order of the steps is a contract. Rules come before survivors: a document that a rule drops
can never be the one that stays for a cluster.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.columns import DOCUMENT, FAILURE
from curation.copies import copies_of_retracted, doubts_of_copies, duplicates_decided
from curation.dates import Dates
from curation.identity import identity_decided
from curation.known import known_rows
from curation.licensing import licence_decided
from curation.link import Links, link
from curation.notices import find_notices
from curation.pair_search import Stage
from curation.reasons import scored
from curation.recipe import Recipe
from curation.revisions import revise
from curation.status import revisions_decided, status_decided
from curation.survivors import survivor_order
from curation.table import Mask, Works
from curation.verdicts import OUTSIDE, Verdicts, undecided
from curation.words import counted
from filters.language import agreement, decide_language
from filters.rules import decide as decide_rules
from filters.rules import merge


def decide(works: Works, recipe: Recipe, stage: Stage | None = None) -> Verdicts:
    """Decide on every row.

    Args:
        works: All rows of the build.
        recipe: Thresholds and switches.
        stage: Runs the search for near-duplicates; default in this process.

    Returns:
        One verdict a row.
    """
    as_of = recipe.text("", "as_of")
    documents = works.numbers("row_type") == DOCUMENT
    later = documents & Dates(works.column("date")).after(as_of)
    enabled = recipe.flag("status", "enabled")
    revisions = revise(works, enabled=enabled, apart=later)
    known = known_rows(works)
    links = link(works, revisions.current | known)
    verdicts = undecided(works.column("license"), links.work)
    verdicts.step[known] = OUTSIDE
    verdicts.order = survivor_order(works.table, recipe)
    _parse(works, verdicts)
    revisions_decided(works, revisions, later, as_of, verdicts)
    notices = find_notices(works, _ours(links, known), revisions.current, later, as_of)
    status_decided(works, notices, recipe, verdicts)
    steps: tuple[Callable[[Works, Links, Recipe, Verdicts], None], ...] = (
        licence_decided,
        _language,
        _quality,
        _pii,
        copies_of_retracted,
        identity_decided,
        functools.partial(duplicates_decided, stage=stage or Stage()),
    )
    for step in steps:
        step(works, links, recipe, verdicts)
    doubts_of_copies(works, notices, verdicts)
    _conflicts(works, links, verdicts)
    _undone(works, verdicts)
    return verdicts


def _ours(links: Links, known: Mask) -> Links:
    """Return the links without the ids of another corpus, whose documents say nothing here."""
    known_too = pa.array(known)
    return replace(links, keys=tuple(pc.if_else(known_too, None, key) for key in links.keys))


def _undone(works: Works, verdicts: Verdicts) -> None:
    """Say in the ledger where a step was undone, because it would have changed what a text says."""
    steps = works.column("undone")
    for row in np.flatnonzero(np.asarray(steps.is_valid())).tolist():
        line = f"{steps[row]} would have changed a number, unit or negation; it was undone"
        verdicts.remark(row, line)


def _conflicts(works: Works, links: Links, verdicts: Verdicts) -> None:
    """Name the ids that stand on several works: in the summary, and in the rows that bear them."""
    if not links.conflicts:
        return
    shown = ", ".join(links.conflicts[:5]) + (" …" if len(links.conflicts) > 5 else "")
    verdicts.notes.append(
        f"{counted(len(links.conflicts), 'id')} on several works that other ids keep apart, "
        f"not used to join works: {shown}"
    )
    refused = pa.array(links.conflicts)
    for kind in ("pmid", "pmcid", "doi"):
        named = pc.binary_join_element_wise(kind, works.column(kind), ":")
        rows = np.flatnonzero(np.asarray(pc.is_in(named, value_set=refused)))
        for row, name in zip(rows.tolist(), named.take(pa.array(rows)).to_pylist(), strict=True):
            verdicts.remark(row, f"{name} also leads to another work, and joined nothing")


def _parse(works: Works, verdicts: Verdicts) -> None:
    types = works.numbers("row_type")
    names = works.column("rule")
    details = works.column("detail")
    failed = types == FAILURE
    for name in sorted(set(names.filter(pa.array(failed)).to_pylist())):
        rows = verdicts.drop(
            failed & np.asarray(pc.equal(names, name).fill_null(False)), "parse", name
        )
        verdicts.say(rows, [line or "" for line in details.take(pa.array(rows)).to_pylist()])
    empty = (types == DOCUMENT) & np.asarray(works.column("no_text"))
    cut = works.numbers("boilerplate_chars").astype(np.int64)
    rows = verdicts.drop(empty & (cut > 0), "parse", "only_boilerplate")
    sums = cut[rows].tolist()
    verdicts.say(rows, [f"{chars:,} characters of boilerplate were removed" for chars in sums])
    verdicts.drop(empty, "parse", "no_text")


def _language(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    _disagreements(works, verdicts)
    keep = recipe.get("language", "keep")
    if keep == "any":
        return
    assert isinstance(keep, list)
    lang, declared = works.column("lang"), works.column("declared_lang")
    score, parts = works.column("lang_score"), works.column("lang_parts")
    limits = recipe.number("language", "min_score"), recipe.number("language", "min_share")
    made = decide_language(lang, score, declared, keep, limits[0], parts, limits[1])
    value = made["value"].to_numpy(zero_copy_only=False)
    threshold = made["threshold"].to_numpy(zero_copy_only=False)
    for rule in sorted(set(made["rule"].drop_null().to_pylist())):
        mask = np.asarray(pc.equal(made["rule"], rule).fill_null(False)) & _judged(works)
        rows = verdicts.drop(mask, "language", rule, value=value, threshold=threshold)
        lines = []
        for row in rows.tolist():
            said = f", declared {declared[row]}" if declared[row].as_py() else ""
            shares = parts[row].as_py() or []
            found = f"{lang[row]}" if len(shares) < 2 else spelled_shares(shares)
            lines.append(f"identified as {found}{said}")
        verdicts.say(rows, lines)


def spelled_shares(shares: Sequence[tuple[str, float]]) -> str:
    """Return the languages of a text for people: ``en 62%, fr 38%``."""
    return ", ".join(f"{language} {share:.0%}" for language, share in shares)


def _disagreements(works: Works, verdicts: Verdicts) -> None:
    """Note where documents are in another language than their source declares."""
    lang, declared = works.column("lang"), works.column("declared_lang")
    agrees = agreement(lang, works.column("lang_score"), declared)
    other = np.asarray(pc.equal(agrees, False).fill_null(False))
    other &= works.numbers("row_type") == DOCUMENT
    rows = pa.array(np.flatnonzero(other))
    if not len(rows):
        return
    said = [f"{a} but {b}" for a, b in zip(declared.take(rows), lang.take(rows), strict=True)]
    pairs = Counter(said)
    shown = sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:3]
    named = ", ".join(f"{pair} ({pairs[pair]:,})" for pair in shown)
    more = " …" if len(pairs) > len(shown) else ""
    verdicts.notes.append(
        f"{len(rows):,} documents are in another language than declared: {named}{more}; "
        "the ledger's lang_agrees is false for them"
    )


def _quality(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    if not recipe.flag("quality", "enabled"):
        return
    rules = merge(recipe.quality)
    names, index, value, threshold = decide_rules(works.table, rules)
    index = np.where(_judged(works), index, -1)
    if recipe.text("quality", "mode") == "score":
        rows = np.flatnonzero((index >= 0) & verdicts.open)
        broken = zip(index[rows].tolist(), value[rows], threshold[rows], strict=True)
        verdicts.say(rows, [scored(names[n], v, t) for n, v, t in broken])
        return
    for number, name in enumerate(names):
        verdicts.drop(index == number, "quality", name, value=value, threshold=threshold)


def _pii(works: Works, links: Links, recipe: Recipe, verdicts: Verdicts) -> None:
    faults = works.column("pii_fault")
    rows = verdicts.drop(np.asarray(faults.is_valid()), "pii", "scan_failed")
    reasons = faults.take(pa.array(rows)).to_pylist()
    lines = [
        f"the scan for personal data could not finish ({reason}); the text is withheld"
        for reason in reasons
    ]
    verdicts.say(rows, lines)


def _judged(works: Works) -> Mask:
    """Rows whose text there is to judge: one that is withheld is not too short, nor in no language.

    Which step drops it makes no difference to what is kept, only to what the ledger says of it.
    """
    withheld = np.asarray(works.column("pii_fault").is_valid())
    judged: Mask = ~(withheld & (works.numbers("text_bytes") == 0))
    return judged


def outcome_counts(verdicts: Verdicts, works: Works) -> Mapping[str, int]:
    """Return how many rows were kept, dropped and failed."""
    types = works.numbers("row_type")
    failed = int((types == FAILURE).sum())
    kept = int(verdicts.open.sum())
    return {"kept": kept, "dropped": len(types) - kept - failed, "failed": failed}
