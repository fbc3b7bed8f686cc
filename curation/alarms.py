"""Alarms: rules that never fire or fire too much, sources of which nothing stays.

A warning is a line of the build's summary and of the manifest; what wipes out a source, or the
whole corpus, stops the publish. A document that stays in another form (a newer revision, the full
text of an abstract) is no loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.columns import DOCUMENT, FAILURE
from curation.errors import CheckError
from curation.known import KNOWN_RULES, SIMILAR_KNOWN, TEXT_KNOWN, WORK_KNOWN
from curation.recipe import Recipe
from curation.status import RULES
from curation.table import Mask, Works
from curation.verdicts import STEPS, Verdicts
from curation.words import counted, first_of
from filters.removals import BOILERPLATE
from sources import registry as source_registry

NEARLY: Final = 0.9
"""Loss from which "nearly nothing stays" is said, where the recipe lets such a source pass."""

REPLACED: Final = frozenset(
    {
        ("status", "superseded"),
        ("identity", "same_work"),
        ("identity", "language_edition"),
        ("identity", WORK_KNOWN),
        ("exact", TEXT_KNOWN),
        ("near", SIMILAR_KNOWN),
    }
)
"""Reasons of documents whose content stays in another row, or in the corpus built against."""

ROUTINE: Final = REPLACED | {("status", "deleted")}
"""Reasons of which many are no alarm: a file of updates replaces and deletes."""


MASKS_PER_MB: Final = 50
"""Masks in 10^6 bytes of text from which a source is worth a look: policy on personal data,
section 7. Papers, abstracts and guidelines have fewer than two."""

REASONS_SHOWN: Final = 3
"""Rules that a line names as the reasons of a loss."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is odd about a build.

    Attributes:
        alarm: ``never_fires``, ``fires_much``, ``removes_much``, ``nothing_stays``,
            ``no_document``, ``entry_unused``, ``many_masks`` or ``unmasked``.
        source: Name of the source, empty for all.
        rule: Rule or key of the recipe, empty for none.
        line: What people read.
    """

    alarm: str
    source: str
    rule: str
    line: str

    def record(self) -> dict[str, str]:
        """Return it as the manifest keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Tally:
    """Figures of one source.

    Attributes:
        name: Its name.
        documents: Rows that are documents, bool[n].
        failures: Rows of inputs or records that could not be read, bool[n].
        replaced: Documents whose content stays in another row.
        known: Of these, documents that the corpus built against has: they are not lost.
        kept: Documents that stay.
        reasons: Rows dropped or failed by step and rule.
        faults: Documents that are withheld by why their scan for personal data failed.
    """

    name: str
    documents: Mask
    failures: Mask
    replaced: int
    known: int
    kept: int
    reasons: Mapping[tuple[str, str], int]
    faults: Mapping[str, int]

    @property
    def failed(self) -> int:
        """Inputs or records that could not be read."""
        return int(self.failures.sum())

    @property
    def total(self) -> int:
        """Documents and failures that something could have stayed of."""
        return int(self.documents.sum()) + self.failed - self.replaced

    @property
    def loss(self) -> float:
        """Share of them that does not stay, here or in the corpus built against."""
        all_ = self.total + self.known
        return (self.total - self.kept) / all_ if all_ else 0.0

    @property
    def main_reasons(self) -> str:
        """The rules that take most, in words for a message."""
        lost = sorted(
            (-n, f"{step}.{rule}")
            for (step, rule), n in self.reasons.items()
            if (step, rule) not in REPLACED
        )
        why = {"pii.scan_failed": f" ({next(iter(self.faults), '')})"}
        named = ", ".join(f"{rule} {-n:,}{why.get(rule, '')}" for n, rule in lost[:REASONS_SHOWN])
        return f": {named}" if named else ""


def check(
    works: Works, verdicts: Verdicts, recipe: Recipe, before: Mapping[str, int]
) -> tuple[Alarm, ...]:
    """Look at what was decided before anything is published.

    Args:
        works: All rows.
        verdicts: What was decided.
        recipe: Limits, in ``[alarms]``.
        before: Kept documents by source in the version before.

    Returns:
        Warnings, of each kind by source and then by rule; those that ``[alarms] quiet`` names are
        left out.

    Raises:
        CheckError: A source, or the corpus, loses more than the recipe allows, or nothing at all
            could be read.
    """
    # Of a source of notices nothing is meant to stay.
    tallies = [
        _tally(works, verdicts, n, s.name)
        for n, s in enumerate(recipe.sources)
        if source_registry.get(s.use).holds_text
    ]
    _stop(works, tallies, recipe, before)
    _unread(works, tallies, recipe)
    found = [alarm for tally in tallies for alarm in _of_source(works, verdicts, tally, recipe)]
    found += _cut(works, tallies, recipe)
    found += _masked(works, verdicts, tallies, recipe)
    if not any(tally.kept for tally in tallies):
        found.append(Alarm("nothing_stays", "", "", "this version holds no document"))
    found += _idle(works, verdicts, tallies, recipe)
    quiet = recipe.get("alarms", "quiet")
    assert isinstance(quiet, list)
    return tuple(alarm for alarm in found if not _is_quiet(alarm, quiet))


def _tally(works: Works, verdicts: Verdicts, index: int, name: str) -> _Tally:
    mine = works.numbers("order") == index
    types = works.numbers("row_type")
    documents: Mask = mine & (types == DOCUMENT)
    gone = mine & ~verdicts.open & ((types == DOCUMENT) | (types == FAILURE))
    pairs, counts = np.unique(
        np.stack([verdicts.step[gone], verdicts.rule[gone]]), axis=1, return_counts=True
    )
    reasons = {
        (STEPS[step], verdicts.rules[rule]): count
        for (step, rule), count in zip(pairs.T.tolist(), counts.tolist(), strict=True)
    }
    return _Tally(
        name,
        documents,
        mine & (types == FAILURE),
        sum(count for reason, count in reasons.items() if reason in REPLACED),
        sum(count for (_, rule), count in reasons.items() if rule in KNOWN_RULES),
        int((mine & verdicts.open).sum()),
        reasons,
        withheld(works, verdicts, mine),
    )


def withheld(works: Works, verdicts: Verdicts, rows: Mask | None = None) -> dict[str, int]:
    """Count the documents whose scan for personal data failed, by reason, most frequent first.

    Args:
        works: All rows.
        verdicts: What was decided.
        rows: Which are counted, bool[n]; None for all.
    """
    if "scan_failed" not in verdicts.rules:
        return {}
    mine = verdicts.rule == verdicts.rules.index("scan_failed")
    mine = mine if rows is None else mine & rows
    found = Counter(works.column("pii_fault").filter(pa.array(mine)).to_pylist())
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _stop(works: Works, tallies: list[_Tally], recipe: Recipe, before: Mapping[str, int]) -> None:
    """Raise where too much is lost: of a source, or of everything."""
    limit = recipe.number("alarms", "max_source_loss")
    smallest = max(1.0, recipe.number("alarms", "min_documents"))
    advice = (
        "nothing was published. Change the rule or the inputs, or raise [alarms] max_source_loss"
    )
    for tally in tallies:
        lost, of = tally.total - tally.kept, tally.total + tally.known
        if tally.total >= smallest and tally.loss > limit:
            what = "inputs" if tally.failed == tally.total else "documents"
            raise CheckError(
                f"alarm: {tally.name} lost {lost:,} of {of:,} {what} ({tally.loss:.0%}, "
                f"limit {limit:.0%}){_why(works, tally)}; {advice}"
            )
        former = before.get(tally.name, 0)
        if former and tally.total and not tally.kept and not tally.known:
            raise CheckError(
                f"alarm: {tally.name} had {former:,} documents in the version before and would "
                f"keep none{_why(works, tally)}; nothing was published"
            )
    total = sum(tally.total for tally in tallies)
    stays = any(tally.kept or tally.known for tally in tallies)
    if total >= smallest and not stays and limit < 1:
        raise CheckError(f"alarm: none of {total:,} documents would be kept; {advice}")


def _unread(works: Works, tallies: list[_Tally], recipe: Recipe) -> None:
    """Raise where not one input of the build could be read, however few there are."""
    failed = sum(tally.failed for tally in tallies)
    if not failed or any(tally.documents.any() for tally in tallies):
        return
    if recipe.number("alarms", "max_source_loss") >= 1:
        return
    named = _first(works, works.numbers("row_type") == FAILURE)
    raise CheckError(
        f"alarm: not one of {counted(failed, 'input')} could be read; nothing was published "
        f"({named})"
    )


def _why(works: Works, tally: _Tally) -> str:
    """Return the rules that take most of a source, and what its first failures say."""
    named = f" ({_first(works, tally.failures)})" if tally.failed else ""
    return tally.main_reasons + named


def _first(works: Works, failures: Mask) -> str:
    """Return what the first failures say: no ledger will, where nothing is published."""
    details = works.column("detail").take(np.flatnonzero(failures)).fill_null("")
    return first_of(details.to_pylist(), REASONS_SHOWN)


def _of_source(works: Works, verdicts: Verdicts, tally: _Tally, recipe: Recipe) -> Iterator[Alarm]:
    """Yield the warnings about one source."""
    smallest = max(1.0, recipe.number("alarms", "min_documents"))
    size = int(tally.documents.sum())
    if not size and not tally.failed:
        yield Alarm("no_document", tally.name, "", f"{tally.name}: its inputs hold no document")
        return
    if tally.total and (not tally.kept or (tally.total >= smallest and tally.loss > NEARLY)):
        line = f"{tally.name}: {tally.kept:,} of {tally.total:,} documents stay{tally.main_reasons}"
        yield Alarm("nothing_stays", tally.name, "", line)
        return
    limit = recipe.number("alarms", "max_rule_loss")
    for (step, rule), count in sorted(tally.reasons.items()):
        if size < smallest or (step, rule) in ROUTINE:
            continue
        if (step, rule) == ("parse", "no_text"):
            # Every third record of PubMed has no abstract: there it says nothing.
            bare = tally.documents & (verdicts.rule == verdicts.rules.index(rule))
            bare &= ~np.asarray(pc.equal(works.column("kind"), "abstract"))
            count = int(bare.sum())
        if count / size > limit:
            line = (
                f"{tally.name}: {step}.{rule} drops {count:,} of {size:,} documents "
                f"({count / size:.0%}; [alarms] max_rule_loss is {limit:.0%})"
            )
            yield Alarm("fires_much", tally.name, rule, line)


def _cut(works: Works, tallies: list[_Tally], recipe: Recipe) -> Iterator[Alarm]:
    """Yield the rules of boilerplate that take out too much of the text of a source.

    Characters count and not documents: a line in every document is ordinary.
    """
    smallest = max(1.0, recipe.number("alarms", "min_documents"))
    limit = recipe.number("alarms", "max_rule_loss")
    removed = works.column("removed")
    entries = pc.list_flatten(removed)
    names = pc.if_else(pc.equal(entries.field("step"), BOILERPLATE), entries.field("rule"), None)
    coded = names.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy()
    chars = entries.field("chars").to_numpy()
    owners = pc.list_parent_indices(removed).to_numpy()
    left = works.column("chars").fill_null(0).to_numpy()
    cut = works.numbers("boilerplate_chars")
    for tally in tallies:
        mine = tally.documents[owners] & (codes >= 0)
        whole = int(left[tally.documents].sum() + cut[tally.documents].sum())
        if not mine.any() or tally.documents.sum() < smallest:
            continue
        taken = np.bincount(codes[mine], chars[mine], len(coded.dictionary))
        for rule, count in sorted(zip(coded.dictionary.to_pylist(), taken.tolist(), strict=True)):
            if count / whole > limit:
                line = (
                    f"{tally.name}: {BOILERPLATE}.{rule} takes {int(count):,} of {whole:,} "
                    f"characters ({count / whole:.0%}; [alarms] max_rule_loss is {limit:.0%})"
                )
                yield Alarm("removes_much", tally.name, rule, line)


def _masked(
    works: Works, verdicts: Verdicts, tallies: list[_Tally], recipe: Recipe
) -> Iterator[Alarm]:
    """Yield the sources whose texts hold many masks, and what is published without any."""
    smallest = max(1.0, recipe.number("alarms", "min_documents"))
    masks = works.column("masks")
    bodies = np.asarray(pc.equal(pc.list_flatten(masks).field("field"), "text"))
    owners = pc.list_parent_indices(masks).to_numpy()[bodies]
    sizes = works.numbers("text_bytes")
    for tally in tallies:
        mine = tally.documents & verdicts.open
        count, megabytes = int(mine[owners].sum()), float(sizes[mine].sum()) / 1e6
        if min(tally.kept, count) >= smallest and count > MASKS_PER_MB * megabytes:
            line = (
                f"{tally.name}: {counted(count, 'mask')} in {megabytes:,.2f} MB of text "
                f"({count / megabytes:,.0f} per MB; above {MASKS_PER_MB} something is amiss: texts "
                "of patients, or a rule that takes something else)"
            )
            yield Alarm("many_masks", tally.name, "masks", line)
    if recipe.text("pii", "profile") == "off":
        line = "[pii] profile is off: personal data is published as it stands"
        yield Alarm("unmasked", "", "profile", line)


def _idle(
    works: Works, verdicts: Verdicts, tallies: list[_Tally], recipe: Recipe
) -> Iterator[Alarm]:
    """Yield what the recipe switches on and no document is dropped by."""
    smallest = max(1.0, recipe.number("alarms", "min_documents"))
    if sum(int(tally.documents.sum()) for tally in tallies) < smallest:
        return
    unused: dict[str, list[str]] = {}
    for table, key, entry in verdicts.unused:
        unused.setdefault(f"[{table}] {key}", []).append(repr(entry))
    for place, entries in unused.items():
        line = f"{place}: no document has {', '.join(entries)}"
        yield Alarm("entry_unused", "", place.partition(" ")[2], line)
    fired = {reason for tally in tallies for reason in tally.reasons}
    keys = [("status", key, rules) for key, rules in _status_keys(recipe)]
    keys += [("licence", key, [key]) for key in ("allow", "deny") if recipe.get("licence", key)]
    for table, key, rules in keys:
        place = f"[{table}] {key}"
        if place not in unused and not any((table, rule) in fired for rule in rules):
            yield _never(place, key)
    if recipe.flag("quality", "enabled") and recipe.text("quality", "mode") == "filter":
        yield from _idle_quality(works, verdicts, recipe)


def _status_keys(recipe: Recipe) -> Iterator[tuple[str, list[str]]]:
    """Yield the keys of ``[status]`` that the recipe sets to something that drops, with rules."""
    if not recipe.flag("status", "enabled"):
        return
    for table, key in dict.fromkeys(RULES.values()):
        drops = table == "status" and recipe.get(table, key) not in (True, "keep", "", [])
        if drops and (table, key) in recipe.given:
            yield key, [rule for rule, switch in RULES.items() if switch == (table, key)]


def _idle_quality(works: Works, verdicts: Verdicts, recipe: Recipe) -> Iterator[Alarm]:
    kinds = works.column("kind")
    documents = works.numbers("row_type") == DOCUMENT
    quality = verdicts.step == STEPS.index("quality")
    for kind, rules in recipe.quality.items():
        mine = documents & np.asarray(pc.equal(kinds, kind)) if kind else documents
        for rule, value in rules.items():
            if value is False:
                continue
            table = f"[quality.{kind}] {rule}" if kind else f"[quality] {rule}"
            if not mine.any():
                line = f"{table}: no source has a document of the kind {kind}"
                yield Alarm("never_fires", "", rule, line)
            elif (
                rule not in verdicts.rules
                or not (mine & quality & (verdicts.rule == verdicts.rules.index(rule))).any()
            ):
                yield _never(table, rule)


def _never(table: str, rule: str) -> Alarm:
    return Alarm("never_fires", "", rule, f"{table}: switched on, and drops no document")


def _is_quiet(alarm: Alarm, patterns: Iterable[str]) -> bool:
    name = f"{alarm.source or 'all'}/{alarm.rule or alarm.alarm}"
    return any(fnmatchcase(name, pattern) for pattern in patterns)
