"""``curation diff``."""

from __future__ import annotations

from typing import Any

import click

from curation.cli import completion
from curation.cli.common import CORPUS, json_option, patience, print_json, terminal_width


@click.command("diff")
@CORPUS
@click.argument("old", metavar="A", shell_complete=completion.versions)
@click.argument("new", metavar="B", shell_complete=completion.versions)
@click.option(
    "--top",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="Ids named for each change; 0 for all.",
)
@json_option
def command(corpus: str, old: str, new: str, top: int, as_json: bool) -> None:
    """Show what changed from version A to version B.

    A and B are v1 and v2, or 1 and 2, or latest. Shown are documents that
    came, went, changed their text or only their description, and those
    dropped for another reason. --json names all ids.

    \b
    curation diff corpus v1 v2
    curation diff corpus 1 latest --top 20

    \b
    Exit codes: 0 done, also where nothing changed · 2 no such version
    """
    from curation.versions import diff, pick

    shown = None if as_json or top == 0 else top
    with patience("comparing the versions", quiet=as_json):
        found = diff(pick(corpus, old), pick(corpus, new), shown)
    if as_json:
        print_json(found)
        return
    counts = found["counts"]
    click.echo(f"{found['old']} -> {found['new']}")
    click.echo(f"kept       {found['kept']['old']:,} -> {found['kept']['new']:,}")
    for key, label in (
        ("added", "added"),
        ("removed", "removed"),
        ("text_changed", "other text"),
        ("description_changed", "other data"),
        ("unchanged", "unchanged"),
    ):
        click.echo(f"{label:<10} {counts[key]:,}")
    for heading, key in (("Recipe", "recipe_changed"), ("Versions", "versions_changed")):
        if found[key]:
            click.echo(f"\n{heading}")
            for change in found[key]:
                click.echo(f"  {change['key']}: {_value(change['old'])} -> {_value(change['new'])}")
    _moves(found["moves"])
    for key, heading in (
        ("text", "Kept in both, with another text"),
        ("description", "Kept in both, with the same text and other data"),
    ):
        if found["changed"][key]["documents"]:
            click.echo(f"\n{heading}: {found['changed'][key]['documents']:,}")
            _ids(found["changed"][key])


def _moves(moves: list[dict[str, Any]]) -> None:
    """Print what became of documents, one heading for those that came, went, or neither."""
    for heading, chosen in (
        ("Added", [m for m in moves if m["after"] == "kept"]),
        ("Removed", [m for m in moves if m["before"] == "kept"]),
        ("In neither corpus, for another reason", [m for m in moves if "kept" not in _ends(m)]),
    ):
        if chosen:
            click.echo(f"\n{heading}")
        for move in chosen:
            click.echo(f"  {move['before']} -> {move['after']}: {move['documents']:,}")
            _ids(move)


def _ends(move: dict[str, Any]) -> tuple[str, str]:
    return move["before"], move["after"]


def _ids(entry: dict[str, Any]) -> None:
    """Print ids, as many as there are, over as many lines as they need."""
    more = entry["documents"] - len(entry["ids"])
    names = [*entry["ids"], *([f"… {more:,} more"] if more else [])]
    line = "   "
    for name in names:
        if len(line) + 1 + len(name) > terminal_width() and line.strip():
            click.echo(line)
            line = "   "
        line += f" {name}"
    click.echo(line)


def _value(value: object) -> str:
    return "not set" if value is None else str(value)
