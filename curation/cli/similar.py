"""``curation similar``."""

from __future__ import annotations

import sys

import click

from curation.cli import completion
from curation.cli.common import CORPUS, json_option, patience, print_json, table


@click.command("similar")
@CORPUS
@click.argument("query", metavar="ID-OR-TEXT", shell_complete=completion.ids)
@click.option(
    "--threshold",
    type=click.FloatRange(0.1, 1),
    default=0.5,
    show_default=True,
    help="Least similarity.",
)
@click.option("-n", "top", type=click.IntRange(1), default=10, show_default=True, help="How many.")
@json_option
def command(corpus: str, query: str, threshold: float, top: int, as_json: bool) -> None:
    """List the documents most similar to one, or to a text.

    Similarity is the share of word 5-grams that two texts have in common (Jaccard): 1 for the same
    words, above 0.8 for near-duplicates, near 0 for texts about the same thing in other words. A
    text is known by its blanks; - reads one from standard input.

    \b
    curation similar corpus pubmed:99000001
    curation similar corpus - --threshold 0.3 < abstract.txt

    \b
    Exit codes: 0 done · 2 no such id, or not kept (says why)
    """
    from curation.corpus import Corpus
    from curation.similar import similar

    if query == "-":
        query = sys.stdin.buffer.read().decode("utf-8", "replace") + "\n"
    with patience("signing all documents", quiet=as_json):
        found = similar(Corpus(corpus), query, threshold, top)
    if as_json:
        print_json(found)
        return
    rows = [(f"{hit['similarity']:.3f}", hit["id"], hit["title"]) for hit in found["similar"]]
    if rows:
        click.echo(table(("similarity", "id", "title"), rows, right=("similarity",)))
    else:
        click.echo(f"none of {found['compared']:,} documents reaches {threshold:g}")
