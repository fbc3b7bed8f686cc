"""``curation verify``."""

from __future__ import annotations

from pathlib import Path

import click

from curation.cli.common import CORPUS, json_option, patience, print_json, remark
from curation.words import counted


@click.command("verify")
@CORPUS
@click.option("--deep", is_flag=True, help="Read every byte and every text as well.")
@click.option(
    "--raw",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="With --deep: the recipe's folder; compare raw inputs with their texts.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, corpus: str, deep: bool, raw: Path | None, as_json: bool) -> None:
    """Check that a version is whole and its counts balance.

    Every input has one row in the ledger, every kept row its document,
    every duplicate a representative that stays; files, order and counts
    agree with the manifest. --deep also compares all checksums, measures
    all texts again and looks for personal data once more. --raw also
    compares a sample of the raw inputs with their texts, as `curation
    fidelity` does for all.

    \b
    curation verify corpus
    curation verify corpus/v2 --deep --raw data/sample

    \b
    Exit codes: 0 nothing is wrong · 2 no such version · 3 faults
    """
    from curation.verify import verify

    if raw is not None and not deep:
        raise click.UsageError("--raw goes with --deep")
    what = "reading every byte and text" if deep else "reading the ledger"
    with patience(what, quiet=as_json):
        found = verify(corpus, deep=deep, raw=raw)
    if as_json:
        print_json(found)
    else:
        for fault in found["faults"]:
            click.echo(f"{fault['fault']} ({fault['count']:,}): {fault['detail']}")
            for place in fault["places"]:
                click.echo(f"  {place}")
            if fault["count"] > len(fault["places"]) > 0:
                click.echo(f"  … {fault['count'] - len(fault['places']):,} more")
        checked = found["checked"]
        click.echo(
            f"{found['version']} is {'fine' if found['ok'] else 'damaged'}: "
            f"{counted(checked['files'], 'file')}, {counted(checked['rows'], 'ledger row')}, "
            f"{counted(checked['documents'], 'document')}"
        )
        if not deep:
            remark("--deep reads all bytes and texts as well")
        for line in found["remarks"]:
            remark(f"note: {line}")
    ctx.exit(0 if found["ok"] else 3)
