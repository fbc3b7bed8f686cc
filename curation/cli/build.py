"""``curation build``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from curation.cli import completion
from curation.cli.common import json_option, print_json, quiet_option, remark
from curation.words import alike, counted

if TYPE_CHECKING:
    from curation.pipeline import Summary

SHOWN_FAILURES = 10


@click.command("build")
@click.argument("recipe", metavar="RECIPE", shell_complete=completion.recipes)
@click.option("--out", required=True, metavar="DIR", help="Corpus folder, or s3://bucket/folder.")
@click.option("--workers", type=click.IntRange(1), help="Worker processes (default: all cores).")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="Who runs the tasks: this machine, or Ray.",
    show_default=True,
)
@click.option(
    "--address",
    metavar="HOST:PORT",
    shell_complete=lambda _ctx, _param, begun: ["auto"] if "auto".startswith(begun) else [],
    help="Head of a Ray cluster, or auto for the one that runs here (default: Ray starts here).",
)
@click.option("--against", metavar="DIR", help="Leave out what this corpus or version has.")
@click.option(
    "--work",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="For s3://…: where cache and unfinished work stand (default: below the user's cache).",
)
@click.option(
    "--single-writer",
    is_flag=True,
    help="For s3://…: no other build writes there, so the store need not keep two apart.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be read, and stop.")
@json_option
@quiet_option
@click.pass_context
def command(
    ctx: click.Context,
    recipe: str,
    out: str,
    workers: int | None,
    engine: str,
    address: str | None,
    against: str | None,
    work: Path | None,
    single_writer: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Build the next version of a corpus.

    RECIPE is a TOML file or the name of a shipped recipe. The version
    appears whole as OUT/v1, OUT/v2, …; a build that was stopped goes on
    where it was. What did not change is not read again.

    \b
    curation build data/sample/recipe.toml --out corpus
    curation build my.toml --out corpus --workers 2 --dry-run
    curation build my.toml --out /shared/c --engine ray --address head:6379
    curation build new.toml --out more --against corpus/v1
    curation build my.toml --out s3://bucket/corpus

    \b
    Exit codes: 0 done · 1 done, but more inputs failed, or texts were
    withheld, than [failures] tolerate · 2 wrong recipe · 3 an alarm or
    no input at all, nothing was published · 4 locked by another build ·
    5 could not finish · 130 interrupted
    """
    from curation.engines.lean import lasting, lean_libraries, without_pandas, without_scipy

    lean_libraries()
    with lasting():
        without_pandas()
        without_scipy()
        from curation.engines.base import engine_of
        from curation.pipeline import build
        from curation.progress import Progress
        from curation.recipe import load

    if not out.strip():  # as of a variable that is not set
        raise click.UsageError("--out is empty; name a corpus folder")
    runs = engine_of(engine, workers, address)
    loaded = load(recipe)
    with Progress(quiet=quiet or as_json) as progress:
        done = build(
            loaded,
            out,
            runs,
            progress,
            dry_run=dry_run,
            against=against,
            work=work,
            single_writer=single_writer,
        )
    if as_json:
        print_json(
            {
                "version": done.version,
                "counts": dict(done.counts),
                "failures": [{"resource": r, "detail": d} for r, d in done.failures],
                "withheld": [{"reason": r, "documents": n} for r, n in done.withheld.items()],
                "notes": [*done.warnings, *done.notes],
                "alarms": [alarm.record() for alarm in done.alarms],
                "planned": list(done.planned),
            }
        )
    elif dry_run:
        click.echo("\n".join(done.planned))
    else:
        _report(out, done.version)
        for line in done.notes:
            remark(f"note: {line}", quiet=quiet)
        for alarm in done.alarms:
            remark(f"warning: {alarm.line}", quiet=quiet)
        _failures(done, quiet)
    ctx.exit(0 if done.tolerated else 1)


def _report(out: str, version: str) -> None:
    """Print what a new version holds: one line a source, then the reasons for what is missing."""
    from curation import manifest
    from curation.cli.common import table
    from curation.stores import place

    folder = place(out).at(version)
    content = manifest.read(folder)
    rows: list[tuple[object, ...]] = [
        (name, s["counts"]["kept"], s["counts"]["dropped"], s["counts"]["failed"], s["words"])
        for name, s in content["sources"].items()
    ]
    counts = content["counts"]
    words = sum(s["words"] for s in content["sources"].values())
    rows.append(("all", counts["kept"], counts["dropped"], counts["failed"], words))
    click.echo(f"{folder}\n")
    click.echo(table(["source", "kept", "dropped", "failed", "words"], rows))
    drops: list[tuple[object, ...]] = [
        (d["source"], d["step"], d["rule"], d["rows"]) for d in content["drops"]
    ]
    if drops:
        click.echo("\n" + table(["source", "step", "rule", "documents"], drops))


def _failures(done: Summary, quiet: bool) -> None:
    if not (done.failures or done.withheld) or (done.tolerated and quiet):
        return
    many = "no more than" if done.tolerated else "more than"
    both = "together " if done.failures and done.withheld else ""
    verdict = f"{both}{many} the recipe tolerates"
    _shown(f"{counted(len(done.failures), 'input')} failed ({verdict}):", alike(done.failures))
    texts = counted(sum(done.withheld.values()), "text")
    reasons = [f"{number:,}: {reason}" for reason, number in done.withheld.items()]
    _shown(f"{texts} withheld, not scanned for personal data to the end ({verdict}):", reasons)


def _shown(head: str, lines: list[str]) -> None:
    """Print the first of some lines under a head, and nothing where there is none."""
    if not lines:
        return
    remark("")
    remark(head)
    for line in lines[:SHOWN_FAILURES]:
        remark(f"  {line}")
    if len(lines) > SHOWN_FAILURES:
        remark(f"  … and {len(lines) - SHOWN_FAILURES:,} more, in the ledger")
