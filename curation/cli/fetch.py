"""``curation fetch``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, NoReturn

import click

from curation.cli import completion
from curation.cli.common import CONTACT, json_option, print_json, quiet_option, remark
from curation.words import counted

if TYPE_CHECKING:
    from curation.errors import CurationError
    from curation.fetching import Outcome
    from curation.recipe import Recipe
    from sources.fetch.prune import Older
    from sources.fetch.publish import Report
    from sources.fetch.run import Plan

SHOWN_FAILURES = 10


@click.command("fetch")
@click.argument("recipe", metavar="RECIPE", shell_complete=completion.recipes)
@click.option("--only", multiple=True, metavar="NAME", help="Only this source (repeatable).")
@click.option("--dry-run", is_flag=True, help="Show what would be fetched, and stop.")
@click.option(
    "--prune", is_flag=True, help="Then remove older snapshots, and files that only they name."
)
@click.option("--yes", is_flag=True, help="Remove them without asking; --prune needs it.")
@CONTACT
@json_option
@quiet_option
def command(
    recipe: str,
    only: tuple[str, ...],
    dry_run: bool,
    prune: bool,
    yes: bool,
    contact: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fetch the sources of a recipe, and pin them in snapshots.

    RECIPE names what to fetch in tables [sources.fetch]. Files and
    snapshots go to the folder of [fetch]. A fetch that was stopped goes on
    where it was; one that was done before gets only what has changed.
    What has been replaced stays on disk for older snapshots; with --prune
    --yes it goes, and nothing can be built from those any more. Snapshots
    that the recipe names in paths stay.

    \b
    curation fetch my.toml --dry-run
    curation fetch my.toml --only pubmed

    \b
    Exit codes: 0 done · 1 done, but more files failed than [failures]
    tolerate · 2 wrong recipe · 3 a source shrank below its floor, its
    snapshot is as it was · 4 another fetch works there · 5 could not
    finish, run it again · 130 interrupted
    """
    from curation.errors import UsageError
    from curation.fetch_progress import FetchProgress
    from curation.fetching import fetch, with_contact
    from curation.recipe import load

    if prune and not (yes or dry_run):
        raise UsageError(
            "--prune removes older snapshots and their files for good: see with --dry-run how much "
            "that is, and add --yes"
        )
    loaded = with_contact(load(recipe), contact)
    with FetchProgress(quiet=quiet or as_json) as progress:
        outcomes = fetch(loaded, progress, names=only, dry_run=dry_run, pruning=prune)
    tolerated = _tolerated(loaded, outcomes)
    if as_json:
        print_json({"dry_run": dry_run, "sources": [_record(outcome) for outcome in outcomes]})
    else:
        for outcome in outcomes:
            _tell(outcome, quiet and tolerated)
    if errors := [outcome.error for outcome in outcomes if outcome.error]:
        _end(errors, len(outcomes), as_json)
    if not tolerated:
        sys.exit(1)


def _end(errors: list[CurationError], sources: int, as_json: bool) -> NoReturn:
    """End with the code of the first error; what JSON says on stdout already is only counted."""
    if as_json:
        said = f"{len(errors)} of {counted(sources, 'source')} could not be fetched; see sources"
        click.echo(json.dumps({"error": said, "code": errors[0].exit_code}), err=True)
    else:
        for error in errors:
            remark(f"curation: {error}")
    sys.exit(errors[0].exit_code)


def _tell(outcome: Outcome, quiet: bool) -> None:
    if outcome.report:
        _tell_report(outcome.name, outcome.report, quiet)
    elif outcome.plan and not outcome.error:
        click.echo(f"{outcome.name}: {_planned(outcome.plan)}")
        for note in outcome.plan.notes:
            remark(f"note: {outcome.name}: {note}", quiet=quiet)
        if said := _older(outcome.plan.older):
            remark(f"note: {outcome.name}: {said}", quiet=quiet)


def _older(older: Older) -> str:
    """Say what older snapshots keep on disk; snapshots alone are small."""
    if not older.files:
        return ""
    return (
        f"only older snapshots name {counted(older.files, 'file')} on disk, "
        f"{older.size / 1e6:,.1f} MB; --prune --yes removes such files"
    )


def _planned(plan: Plan) -> str:
    due = plan.due
    if not due.objects and not plan.vanished:
        return f"{counted(plan.listed, 'file')} listed, nothing to fetch"
    size = f"about {due.size / 1e6:,.1f} MB"
    if due.unsized:
        size += f" and {counted(due.unsized, 'file')} of unknown size"
    if plan.follows:
        size += ", and the files that they name"
    gone = f", {plan.vanished:,} not listed any more" if plan.vanished else ""
    again = f", {due.again:,} to look through again for others" if due.again else ""
    return (
        f"{counted(plan.listed, 'file')} listed, {due.objects - due.again:,} to ask for "
        f"({due.new:,} new), {size}{again}{gone}; at least {_duration(plan.seconds)} at the polite "
        "rate"
    )


def _tell_report(name: str, report: Report, quiet: bool) -> None:
    state = f"snapshot {report.number}" if report.published else f"still snapshot {report.number}"
    click.echo(
        f"{name}: {state}: {counted(report.objects, 'file')}, {report.size / 1e6:,.1f} MB; "
        f"{report.fetched:,} fetched ({report.received / 1e6:,.1f} MB, "
        f"{counted(report.requests, 'request')}), {report.gone:,} gone, "
        f"{len(report.failures):,} failed"
    )
    click.echo(f"  {report.snapshot}")
    notes = list(report.notes)
    if report.pruned:
        click.echo(
            f"  removed: {counted(report.older.snapshots, 'older snapshot')}, "
            f"{counted(report.older.files, 'file')}, {report.older.size / 1e6:,.1f} MB"
        )
    elif said := _older(report.older):
        notes.append(said)
    if report.left_out:
        named = ", ".join(f"{number:,} {rule}" for rule, number in sorted(report.left_out.items()))
        notes.append(f"listed and left out: {named}")
    if report.reserved:
        notes.append(
            f"rights for text mining are reserved in {counted(report.reserved, 'place')}; see "
            "opt_out and sites in the snapshot"
        )
    for note in notes:
        remark(f"note: {name}: {note}", quiet=quiet)
    for _, detail in report.failures[:SHOWN_FAILURES]:
        remark(f"failed: {detail}", quiet=quiet)
    if len(report.failures) > SHOWN_FAILURES:
        remark(f"… and {len(report.failures) - SHOWN_FAILURES:,} more", quiet=quiet)


def _record(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.name,
        "plan": asdict(outcome.plan) if outcome.plan else None,
        "report": asdict(outcome.report) if outcome.report else None,
        "error": str(outcome.error) if outcome.error else None,
    }


def _tolerated(recipe: Recipe, outcomes: list[Outcome]) -> bool:
    reports = [outcome.report for outcome in outcomes if outcome.report]
    failed = sum(len(report.failures) for report in reports)
    return recipe.tolerates(failed, failed + sum(report.objects for report in reports))


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.999), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
