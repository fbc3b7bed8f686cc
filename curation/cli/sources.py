"""``curation sources list`` and ``curation sources new``."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from curation.cli.common import json_option, print_json, table, terminal_width


@click.group("sources")
def command() -> None:
    """List the sources, or write the start of a new one.

    \b
    curation sources list
    curation sources new bulletins
    """


@command.command("list")
@json_option
def list_sources(as_json: bool) -> None:
    """List the sources that a recipe can use, with their options.

    \b
    Example: curation sources list
    Exit codes: 0 done
    """
    from dataclasses import asdict

    from sources import registry
    from sources.policy import POLICIES

    found = [registry.get(name) for name in registry.names()]
    if as_json:
        print_json(
            [
                {
                    "name": s.name,
                    "kind": s.kind,
                    "summary": s.summary,
                    "patterns": list(s.patterns),
                    "options": dict(s.options),
                    "terms": asdict(POLICIES[s.name]) if s.name in POLICIES else None,
                }
                for s in found
            ]
        )
        return
    click.echo(
        table(
            ["source", "kind", "files"],
            [(s.name, s.kind, " ".join(s.patterns)) for s in found],
            wrap=True,
        )
    )
    for source in found:
        options = f"; options: {', '.join(source.options)}" if source.options else ""
        said = f"{source.name}: {source.summary}{options}"
        click.echo("\n" + textwrap.fill(said, terminal_width(), subsequent_indent="  "))
        if policy := POLICIES.get(source.name):
            unread = "" if policy.confirmed else "; not confirmed"
            said = (
                f"terms ({policy.checked}{unread}): training {_words(policy.training)}, "
                f"redistribution {_words(policy.redistribution)}. {policy.evidence}"
            )
            indent = "  "
            click.echo(
                textwrap.fill(
                    said, terminal_width(), initial_indent=indent, subsequent_indent=indent
                )
            )


def _words(grant: str) -> str:
    return grant.replace("_", " ")


@command.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder (default: this checkout, else a plug-in folder NAME here).",
)
def new_source(name: str, into: Path | None) -> None:
    """Write the start of a source NAME: one module and one raw sample.

    In a checkout of the toolkit they go to sources/ and
    tests/conformance/samples/, where the conformance tests pick them up.
    Elsewhere a plug-in folder is written that `pip install` registers.

    \b
    curation sources new bulletins
    curation sources new bulletins --into ~/plugins

    \b
    Exit codes: 0 written · 2 the name is taken or no identifier
    """
    from curation.scaffold import new_source as write

    for path in write(name, into):
        click.echo(path)
