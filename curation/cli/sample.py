"""``curation sample``."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from curation.cli import completion
from curation.cli.common import CORPUS, json_option, patience, remark, terminal_width

SHOWN_CHARS = 400
"""Characters of a text that are printed."""


@click.command("sample")
@CORPUS
@click.option(
    "-n", "number", type=click.IntRange(1), default=5, show_default=True, help="How many."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other ones.")
@click.option("--source", shell_complete=completion.sources, help="Of one source only.")
@click.option("--where", metavar="SQL", help="A condition on columns of shards and ledger.")
@click.option(
    "--outcome",
    type=click.Choice(["kept", "dropped", "failed"]),
    default="kept",
    show_default=True,
    help="What became of them.",
)
@json_option
def command(
    corpus: str,
    number: int,
    seed: int,
    source: str | None,
    where: str | None,
    outcome: str,
    as_json: bool,
) -> None:
    """Print some documents, drawn by the hash of their ids.

    The same seed draws the same documents. Of kept ones the beginning of
    the text is printed, of others why they are missing. --json prints one
    object a line: all columns of the ledger, with title and text.

    \b
    curation sample corpus -n 3
    curation sample corpus --where "year >= 2020 and words < 50"
    curation sample corpus --outcome dropped --where "step = 'near'"

    \b
    Exit codes: 0 done · 2 no such corpus, source or column
    """
    import json

    from curation.corpus import Corpus

    with patience("drawing documents", quiet=as_json):
        rows = Corpus(corpus).sample(number, seed, where, outcome, source)
    for row in rows:
        if as_json:
            click.echo(json.dumps(row, ensure_ascii=False, default=str))
        else:
            _print(row)
    if not rows:
        remark(f"no {outcome} document fits")


def _print(row: dict[str, Any]) -> None:
    """Print one document: its id, then the beginning of its text, or why there is none."""
    width = min(terminal_width(), 100)
    click.echo(row["id"] or f"{row['resource']} record {row['position']}")
    if "text" in row:
        about = [row["kind"], row["lang"], row["license"], row["date"], f"{row['words']:,} words"]
        click.echo("  " + " · ".join(part for part in about if part))
        if row["title"]:
            click.echo(textwrap.indent(textwrap.fill(row["title"], width - 2), "  "))
        body = _beginning(row["text"].removeprefix(f"# {row['title']}"))
    else:
        body = row["sentence"]
    click.echo(textwrap.indent(textwrap.fill(body, width - 2, break_on_hyphens=False), "  "))
    click.echo()


def _beginning(text: str) -> str:
    """Return the beginning of a text on one line, cut between words."""
    # Cut before it is split, because a book has a million characters.
    body = " ".join(text[: 2 * SHOWN_CHARS].split())
    return body if len(body) <= SHOWN_CHARS else body[:SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
