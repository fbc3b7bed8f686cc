"""``curation sweep``."""

from __future__ import annotations

from typing import Any

import click

from curation.cli import completion
from curation.cli.common import CORPUS, json_option, patience, print_json, table
from curation.words import counted


@click.command("sweep")
@CORPUS
@click.option(
    "--rule",
    required=True,
    metavar="NAME",
    shell_complete=completion.rules,
    help="Such as words_min or digits_max.",
)
@click.option("--kind", help="Documents of one kind only.")
@click.option(
    "--at", multiple=True, type=float, metavar="NUMBER", help="A threshold; may be repeated."
)
@click.option(
    "-n", "examples", type=click.IntRange(0), default=3, show_default=True, help="Examples each."
)
@json_option
def command(
    corpus: str,
    rule: str,
    kind: str | None,
    at: tuple[float, ...],
    examples: int,
    as_json: bool,
) -> None:
    """Preview what another threshold of a quality rule would keep and drop.

    Reads the measurements of the ledger alone: no input, no text. Without
    --at the present threshold is shown beside some that would drop 0.1 to
    10 % of the documents. Duplicates are not decided again. What is shown is
    what a build would do with the threshold in [quality], or in
    [quality.KIND] with --kind.

    \b
    curation sweep corpus --rule words_min
    curation sweep corpus --rule digits_max --kind abstract --at 0.2 --at 0.3

    \b
    Exit codes: 0 done · 2 no such corpus, rule or kind, no finite number
    """
    from curation.corpus import Corpus

    with patience("reading the ledger", quiet=as_json):
        found = Corpus(corpus).sweep(rule, kind, at, examples)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    of = f" of kind {found['kind']}" if found["kind"] else ""
    click.echo(f"{found['rule']} in [{found['table']}]")
    click.echo(
        f"{counted(found['reached'], 'document')}{of} reached the quality rules, "
        f"with the measurement {found['documents']:,}"
    )
    if found["mode"] != "filter":
        setting = "enabled = false" if found["mode"] == "off" else 'mode = "score"'
        click.echo(f"[quality] {setting}: nothing was dropped; this is what would be")
    if found["languages"]:
        click.echo(f"applies to {', '.join(found['languages'])} only")
    click.echo()
    rows = [
        (
            f"{entry['threshold']:g}{' *' if entry['present'] else ''}",
            entry["dropped_by_rule"],
            f"{entry['dropped_by_rule'] / found['documents']:.2%}",
            entry["dropped_by_quality"],
            entry["newly_dropped"]["documents"],
            entry["newly_kept"]["documents"],
        )
        for entry in found["thresholds"]
    ]
    dropped = "newly dropped" if found["mode"] == "filter" else "would drop"
    headers = ("threshold", "by rule", "share", "by all rules", dropped, "newly kept")
    click.echo(table(headers, rows, right=("threshold", "share")))
    click.echo("\n* as this version was built" if found["present"] else "\nno rule as yet")
    for entry in found["thresholds"]:
        for field, words in (("newly_dropped", dropped), ("newly_kept", "newly kept")):
            for example in entry[field]["examples"]:
                line = f"{example['id']} ({found['rule'].rpartition('_')[0]} {example['value']:g})"
                click.echo(f"at {entry['threshold']:g} {words}: {line}")
