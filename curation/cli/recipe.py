"""``curation recipe list`` and ``curation recipe show``."""

from __future__ import annotations

import json

import click

from curation.cli.common import json_option, print_json, table


@click.group("recipe")
def command() -> None:
    """List the shipped recipes, or show one with all defaults filled in.

    \b
    curation recipe list
    curation recipe show data/sample/recipe.toml
    """


@command.command("list")
@json_option
def list_recipes(as_json: bool) -> None:
    """List the recipes that come with the package.

    \b
    Example: curation recipe list
    """
    from curation.recipe import shipped

    found = [(name, _summary(path.read_text())) for name, path in shipped().items()]
    if as_json:
        print_json([{"name": name, "summary": summary} for name, summary in found])
    else:
        click.echo(table(["recipe", "what it does"], found))


@command.command("show")
@click.argument("recipe", metavar="RECIPE")
@json_option
def show_recipe(recipe: str, as_json: bool) -> None:
    """Print RECIPE with every default, and where each value comes from.

    \b
    Example: curation recipe show my.toml
    Exit codes: 0 fine · 2 the recipe cannot be used
    """
    from curation.recipe import load
    from curation.schema import SCHEMA

    loaded = load(recipe)
    if as_json:
        print_json(
            {
                "values": {table or "top": dict(v) for table, v in loaded.values.items()},
                "quality": {kind or "all": dict(rules) for kind, rules in loaded.quality.items()},
                "sources": [
                    {
                        "use": s.use,
                        "name": s.name,
                        "paths": list(s.paths),
                        "kind": s.kind,
                        "license": s.license,
                        **s.options,
                    }
                    for s in loaded.sources
                ],
            }
        )
        return
    for name, schema in SCHEMA.items():
        if name:
            click.echo(f"\n[{name}]")
        for key, entry in schema.items():
            line = loaded.given.get((name, key))
            origin = f"line {line}" if line else "default"
            text = f"{key} = {_toml(loaded.values[name][key])}"
            click.echo(f"{text:<38} # {origin}: {entry.meaning}")
        if name == "quality":
            _show_rules(loaded.quality)
    for spec in loaded.sources:
        click.echo("\n[[sources]]")
        for key in ("use", "name", "paths", "kind", "license"):
            value = getattr(spec, key)
            click.echo(f"{key} = {_toml(list(value) if key == 'paths' else value)}")
        for key, value in spec.options.items():
            click.echo(f"{key} = {_toml(value)}")


def _show_rules(overrides: object) -> None:
    from filters.rules import merge

    for kind, rules in sorted(merge(overrides).items()):  # type: ignore[arg-type]
        click.echo(f"\n[quality.{kind}]")
        for rule in rules:
            click.echo(f"{rule.name:<24} = {rule.threshold:<8g} # {rule.reason}")


def _summary(text: str) -> str:
    """Return the first comment line of a recipe."""
    return next((line.lstrip("# ") for line in text.splitlines() if line.startswith("#")), "")


def _toml(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value, ensure_ascii=False)
