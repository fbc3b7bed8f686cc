"""``curation show``."""

from __future__ import annotations

import click

from curation.cli import completion
from curation.cli.common import CORPUS, json_option, patience, print_json


@click.command("show")
@CORPUS
@click.argument("document", metavar="ID", shell_complete=completion.ids)
@json_option
def command(corpus: str, document: str, as_json: bool) -> None:
    """Print the text of a kept document as it is stored: Markdown.

    --json prints all columns of its shard.

    \b
    curation show corpus pubmed:99000001
    curation show corpus/v1 pubmed:99000001 --json

    \b
    Exit codes: 0 done · 2 no such id, or not kept (says why)
    """
    from curation.corpus import Corpus

    with patience("searching the ledger", quiet=as_json):
        row = Corpus(corpus).show(document)
    if as_json:
        print_json(row)
    else:
        click.echo(row["text"])
