"""``curation versions``."""

from __future__ import annotations

import click

from curation.cli.common import CORPUS, json_option, print_json, remark, table


@click.command("versions")
@CORPUS
@json_option
def command(corpus: str, as_json: bool) -> None:
    """List the versions of a corpus, oldest first.

    NEW MB is what no earlier version holds: unchanged files are hard
    links, so a folder takes the sum of that column on disk. At an
    address they are copies: there it is the sum of MB.

    \b
    curation versions corpus
    curation versions corpus --json

    \b
    Exit codes: 0 done · 2 no corpus
    """
    from curation.versions import listed

    found = listed(corpus)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            row["version"] + (" *" if row["version"] == found["latest"] else ""),
            row["kept"],
            row["dropped"],
            row["failed"],
            row["words"],
            row["bytes"] / 1e6,
            row["new_bytes"] / 1e6,
            row["recipe"],
        )
        for row in found["versions"]
    ]
    headers = ["version", "kept", "dropped", "failed", "words", "MB", "new MB", "recipe"]
    click.echo(table(headers, rows))
    remark("* latest")
