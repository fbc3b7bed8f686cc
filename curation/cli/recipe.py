"""``curation recipe list`` and ``curation recipe show``."""

from __future__ import annotations

import itertools
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import click

from curation.cli import completion
from curation.cli.common import (
    NARROWEST,
    granted,
    json_option,
    print_json,
    table,
    terminal_width,
)

if TYPE_CHECKING:
    from curation.recipe import Recipe
    from curation.source_table import SourceSpec

VALUE_WIDE = 38
"""Columns of a setting, beside which its comment stands."""


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
    Exit codes: 0 done
    """
    from curation.recipe import shipped

    found = [(name, _summary(path.read_text())) for name, path in shipped().items()]
    if as_json:
        print_json([{"name": name, "summary": summary} for name, summary in found])
    else:
        click.echo(table(["recipe", "what it does"], found, wrap=True))


@command.command("show")
@click.argument("recipe", metavar="RECIPE", shell_complete=completion.recipes)
@json_option
def show_recipe(recipe: str, as_json: bool) -> None:
    """Print RECIPE with every default, and where each value comes from.

    \b
    Example: curation recipe show my.toml
    Exit codes: 0 fine · 2 the recipe cannot be used
    """
    from curation.recipe import load
    from curation.schema import CLASSIFIER_KEYS, FETCH_KEYS, SCHEMA

    loaded = load(recipe)
    if as_json:
        print_json(_record(loaded))
        return
    for name, schema in SCHEMA.items():
        if name:
            click.echo(f"\n[{name}]")
        for key, entry in schema.items():
            text = _setting(key, loaded.values[name][key])
            _line(text, f"{_origin(loaded, name, key)}: {entry.meaning}")
        if name == "quality":
            _show_rules(loaded)
    for classifier in loaded.classifiers:
        place = f"classifiers.{classifier.name}"
        click.echo(f"\n[{place}]")
        for key, entry in CLASSIFIER_KEYS.items():
            text = _setting(key, getattr(classifier, key))
            _line(text, f"{_origin(loaded, place, key)}: {entry.meaning}")
    click.echo("\n[fetch]")
    for key, entry in FETCH_KEYS.items():
        text = _setting(key, loaded.fetch[key])
        _line(text, f"{_origin(loaded, 'fetch', key)}: {entry.meaning}")
    for number, spec in enumerate(loaded.sources):
        click.echo("\n[[sources]]")
        for key, value in _entry(spec).items():
            text = _setting(key, value)
            _line(text, _origin(loaded, f"sources#{number}", key))
        if spec.fetch is not None:
            _show_fetch(loaded, f"sources#{number}", spec.fetch)


def _record(recipe: Recipe) -> dict[str, object]:
    """Return what ``--json`` prints; an origin is a line of the recipe, or null for a default."""
    origins = {name or "top": _origins(recipe, name, keys) for name, keys in recipe.values.items()}
    for classifier in recipe.classifiers:
        place = f"classifiers.{classifier.name}"
        origins[place] = _origins(recipe, place, ("path", "label"))
    origins["fetch"] = _origins(recipe, "fetch", recipe.fetch)
    return {
        "values": {table or "top": dict(v) for table, v in recipe.values.items()},
        "origins": origins,
        "quality": {kind or "all": dict(rules) for kind, rules in recipe.quality.items()},
        "rules": [rule._asdict() for rule in _rules(recipe)],
        "classifiers": {c.name: {"path": c.path, "label": c.label} for c in recipe.classifiers},
        "fetch": dict(recipe.fetch),
        "sources": [_source(recipe, number, s) for number, s in enumerate(recipe.sources)],
    }


def _origins(recipe: Recipe, place: str, keys: Iterable[str]) -> dict[str, int | None]:
    return {key: recipe.given.get((place, key)) for key in keys}


def _source(recipe: Recipe, number: int, spec: SourceSpec) -> dict[str, object]:
    """Return one source for ``--json``."""
    place, entry = f"sources#{number}", _entry(spec)
    origins: dict[str, object] = dict(_origins(recipe, place, entry))
    if spec.fetch is not None:
        entry["fetch"] = dict(spec.fetch)
        origins["fetch"] = _origins(recipe, f"{place}.fetch", spec.fetch)
    return {**entry, "origins": origins}


def _entry(spec: SourceSpec) -> dict[str, object]:
    """Return the keys of a source with their values, all but its table of fetching."""
    named = ("use", "name", "kind", "license", "override_terms")
    return {key: getattr(spec, key) for key in named} | {"paths": list(spec.paths), **spec.options}


def _show_fetch(recipe: Recipe, place: str, table: Mapping[str, object]) -> None:
    from curation.fetch_table import MEANINGS

    click.echo("\n[sources.fetch]")
    for line in _terms(recipe, place):
        click.echo(line)
    for key, value in table.items():
        meaning = f": {MEANINGS[key]}" if key in MEANINGS else ""
        _line(_setting(key, value), _origin(recipe, f"{place}.fetch", key) + meaning)


def _terms(recipe: Recipe, place: str) -> list[str]:
    """Return comments on what the operator of a source permits."""
    from curation.terms import terms_of

    spec = recipe.sources[int(place.partition("#")[2])]
    terms = terms_of(spec.use, spec.fetch, recipe.root)
    if terms is None:
        return []
    said = f"{granted(terms)}; for {', '.join(terms.purposes)}. {terms.evidence}"
    return textwrap.wrap(
        said, terminal_width(), initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _setting(key: str, value: object) -> str:
    """Return a key with its value in TOML, a list that is too wide with an entry a line."""
    text = f"{key} = {_toml(value)}"
    if len(text) <= terminal_width() or not isinstance(value, list):
        return text
    return "\n".join([f"{key} = [", *(f"    {_toml(item)}," for item in value), "]"])


def _line(setting: str, remark: str) -> None:
    """Print a setting with a comment beside it, which goes on below where the terminal ends."""
    room = max(terminal_width() - VALUE_WIDE - 3, NARROWEST)
    remarks = textwrap.wrap(remark, room, break_on_hyphens=False)
    if len(setting) > VALUE_WIDE:
        click.echo(setting)
        setting = ""
    for line in remarks:
        click.echo(f"{setting:<{VALUE_WIDE}} # {line}")
        setting = ""


def _origin(recipe: Recipe, table: str, key: str) -> str:
    """Return where a value comes from: ``line 3`` of the recipe, or ``default``."""
    return _said(recipe.given.get((table, key)))


def _said(line: int | None) -> str:
    return "default" if line is None else f"line {line}"


class _Rule(NamedTuple):
    """A quality rule as the recipe has it.

    Attributes:
        kind: Kind of documents.
        rule: Measurement with ``_min`` or ``_max``.
        threshold: Limit; False where the recipe switches it off.
        origin: Line of the recipe, None for a default.
        reason: Why it drops a document.
    """

    kind: str
    rule: str
    threshold: float | bool
    origin: int | None
    reason: str


def _rules(recipe: Recipe) -> Iterator[_Rule]:
    """Yield the rules of every kind, also those that the recipe switches off."""
    from filters.rules import merge

    for kind, rules in sorted(merge(recipe.quality).items()):
        shown: dict[str, tuple[float | bool, str]] = {
            rule.name: (rule.threshold, rule.reason) for rule in rules
        }
        for part in ("", kind):
            for name in recipe.quality.get(part, {}):
                shown.setdefault(name, (False, "Switched off."))
        for name, (threshold, reason) in shown.items():
            own = recipe.given.get((f"quality.{kind}", name))
            origin = own if own is not None else recipe.given.get(("quality", name))
            yield _Rule(kind, name, threshold, origin, reason)


def _show_rules(recipe: Recipe) -> None:
    for kind, rules in itertools.groupby(_rules(recipe), key=lambda rule: rule.kind):
        click.echo(f"\n[quality.{kind}]")
        for _, name, threshold, line, reason in rules:
            value = "false" if threshold is False else _number(threshold)
            _line(f"{name} = {value}", f"{_said(line)}: {reason}")


def _number(value: float) -> str:
    """Return a threshold; whole numbers without an exponent."""
    return str(int(value)) if value == int(value) else f"{value:g}"


def _summary(text: str) -> str:
    """Return the first comment line of a recipe."""
    return next((line.lstrip("# ") for line in text.splitlines() if line.startswith("#")), "")


def _toml(value: object) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    """Return a name as a key of TOML: in quotes where it would be read as several."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)
