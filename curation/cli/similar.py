"""``curation similar``."""

from __future__ import annotations

import sys
from typing import Any

import click

from curation.cli import completion
from curation.cli.common import CORPUS, json_option, print_json, table
from curation.words import counted


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
    words, above 0.8 for near-duplicates, near 0 for texts about the same thing in other words, and
    for a title beside the document that it heads. A text is known by its blanks; - reads one from
    standard input. One of 100 documents just at the threshold may be missed, of more similar ones
    fewer: a lower threshold misses none of them.

    \b
    curation similar corpus pubmed:99000001
    curation similar corpus - --threshold 0.3 < abstract.txt

    \b
    Exit codes: 0 done · 2 no such id, or not kept (says why)
    """
    from curation.corpus import Corpus
    from curation.progress import Progress
    from curation.similar import similar

    if query == "-":
        query = sys.stdin.buffer.read().decode("utf-8", "replace") + "\n"
    opened = Corpus(corpus)
    with Progress(quiet=as_json or not sys.stderr.isatty()) as progress:
        progress.stage("compare", opened.manifest["counts"]["kept"])
        found = similar(opened, query, threshold, top, progress.advance)
    if as_json:
        print_json(found)
        return
    rows = [(f"{hit['similarity']:.3f}", hit["id"], hit["title"]) for hit in found["similar"]]
    if rows:
        click.echo(table(("similarity", "id", "title"), rows, right=("similarity",)))
    else:
        click.echo(_nothing(found))


def _nothing(found: dict[str, Any]) -> str:
    """Say that nothing is similar enough, and whether something could be."""
    line = f"none of {found['compared']:,} documents reaches {found['threshold']:g}"
    if 2 * found["comparable"] >= found["compared"]:
        return line
    could = f"only {found['comparable']:,} have" if found["comparable"] else "none has"
    return (
        f"{line}, and {could} a length that allows it: the query has "
        f"{counted(found['words'], 'word')}, and a title or an excerpt is not like its whole "
        "document; to search for words see `curation query --help`"
    )
