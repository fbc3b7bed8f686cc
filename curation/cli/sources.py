"""``curation sources list``, ``curation sources check`` and ``curation sources new``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curation.cli.common import (
    CONTACT,
    granted,
    json_option,
    print_json,
    quiet_option,
    table,
    terminal_width,
)

if TYPE_CHECKING:
    from curation.checking import Checked
    from curation.look import Look
    from sources.base import Source
    from sources.fetch.site import Site


SITES_OF = "guidelines"
"""Source that reads what sites are fetched for."""


@click.group("sources")
def command() -> None:
    """List the sources, look at a file of one, or begin a new one.

    \b
    curation sources list
    curation sources check nhs --contact you@example.org
    curation sources new bulletins
    """


@command.command("list")
@json_option
def list_sources(as_json: bool) -> None:
    """List the sources that a recipe can use, and what can be fetched.

    Behind the options of each source stand its terms, and the connectors
    that fetch its files; behind those of `guidelines` the sites.

    \b
    Example: curation sources list
    Exit codes: 0 done
    """
    from sources import registry
    from sources.fetch import remote as remotes
    from sources.fetch import site
    from sources.policy import POLICIES

    found = [registry.get(name) for name in registry.names()]
    fetched: dict[str, list[str]] = {}
    for name in remotes.names():
        for reader in remotes.get(name).readers or (name,):
            fetched.setdefault(reader, []).append(name)
    sites = [site.load(name) for name in site.names()]
    if as_json:
        print_json([_listed(source, fetched.get(source.name, []), sites) for source in found])
        return
    rows = [
        (s.name, s.kind, " ".join(fetched.get(s.name, [])), " ".join(s.patterns)) for s in found
    ]
    click.echo(table(["source", "kind", "fetched by", "files"], rows, wrap=True))
    for source in found:
        options = f"; options: {', '.join(source.options)}" if source.options else ""
        _say(f"\n{source.name}: {source.summary}{options}", "  ")
        if policy := POLICIES.get(source.name):
            _say(f"  {granted(policy)}. {policy.evidence}", "  ")
        for name in fetched.get(source.name, []):
            _say(f"  fetched by {name}: {remotes.get(name).summary}", "    ")
        for one in sites if source.name == SITES_OF else ():
            terms = f"{granted(one.policy)}; for {', '.join(one.policy.purposes)}"
            _say(f"  site {one.name}: {one.title}. {terms}. {one.policy.evidence}", "    ")


def _listed(source: type[Source], fetched: list[str], sites: list[Site]) -> dict[str, object]:
    """Return a source as ``--json`` prints it, with the connectors that fetch for it."""
    from sources.policy import POLICIES

    policy = POLICIES.get(source.name)
    record: dict[str, object] = {
        "name": source.name,
        "kind": source.kind,
        "summary": source.summary,
        "patterns": list(source.patterns),
        "options": dict(source.options),
        "terms": asdict(policy) if policy else None,
        "fetched_by": fetched,
    }
    if source.name == SITES_OF:
        record["sites"] = [
            {"name": one.name, "title": one.title, "terms": asdict(one.policy)} for one in sites
        ]
    return record


def _say(text: str, indent: str) -> None:
    """Print a text in the width of the terminal; lines behind the first are indented."""
    first = text[: len(text) - len(text.lstrip())]
    lines = textwrap.fill(
        text.strip(), terminal_width(), initial_indent=first.strip("\n"), subsequent_indent=indent
    )
    click.echo("\n" * first.count("\n") + lines)


@command.command("check")
@click.argument("name")
@click.option("--recipe", default="", metavar="RECIPE", help="Recipe that has a source NAME.")
@click.option("--url", "address", default="", metavar="URL", help="Page of a site to look at.")
@CONTACT
@json_option
@quiet_option
def check_source(
    name: str, recipe: str, address: str, contact: str, as_json: bool, quiet: bool
) -> None:
    """Fetch one file of NAME, and show what a build would make of it.

    NAME is a source of the recipe; without one a site or a connector of
    `curation sources list`. Shown are why it is asked for, what the site
    asks of robots and miners, the terms, and of its first documents text
    (masked), metadata, licence and the rules with what was measured.
    Nothing is kept.

    \b
    curation sources check nhs --contact you@example.org
    curation sources check pmc --recipe my.toml --json

    \b
    Exit codes: 0 shown · 2 no such source, or the terms do not admit it ·
    5 the file could not be had · 130 interrupted
    """
    from curation.checking import check
    from curation.progress import Progress

    with Progress(quiet=quiet or as_json) as progress:
        found = check(name, progress, recipe=recipe, contact=contact, address=address)
    if as_json:
        print_json(asdict(found))
        return
    for line in _checked(found):
        _say(line, "    ")
    for look in found.documents:
        _show(look)


def _checked(found: Checked) -> Iterator[str]:
    """Yield lines on the file."""
    yield f"{found.name}: {found.url}"
    yield f"  file: {found.path}, {found.size:,} bytes, read by {found.use}"
    if found.left_out:
        yield f"  a fetch leaves it out: {found.left_out}"
    for rule, value in found.fetch_rules:
        yield f"  asked for by {rule}: {value}"
    for origin, answers in found.sites.items():
        said = "; ".join(f"{name} {answer}" for name, answer in answers.items())
        yield f"  site {origin}: {said}"
    if found.opt_out:
        yield f"  reserves for mining: {found.opt_out}"
    if found.terms:
        purposes = ", ".join(found.terms.purposes)
        yield f"  {granted(found.terms)}; for {purposes} (this recipe: {found.purpose})"
        yield f"  evidence: {found.terms.evidence}"
    for fact, value in found.facts.items():
        yield f"  fact {fact}: {value}"
    for note in found.notes:
        yield f"  note: {note}"
    for outcome, number in sorted(found.counts.items()):
        yield f"  {number:,} {outcome}"


def _show(look: Look) -> None:
    """Print a document with all that is said of it."""
    reason = ".".join(filter(None, (look.step, look.rule)))
    said = f" ({look.detail})" if look.detail else ""
    _say(f"\n{look.id}: {look.kind}, {look.outcome}{' ' if reason else ''}{reason}{said}", "  ")
    for name, value in look.about.items():
        group = f" ({look.licence_group})" if name == "license" else ""
        _say(f"  {name}: {value}{group}", "    ")
    for name, item in look.metadata.items():
        _say(f"  metadata {name}: {item if isinstance(item, str) else _json(item)}", "    ")
    masked = ", ".join(f"{kind} {number:,}" for kind, number in sorted(look.pii.items()))
    _say(f"  masked: {masked or 'nothing'}; removed: {look.removed:,} characters", "    ")
    rows = [(v.rule, v.value, v.threshold, "drops" if v.broken else "") for v in look.verdicts]
    if rows:
        click.echo(textwrap.indent(table(["rule", "measured", "limit", ""], rows), "  "))
    click.echo(f"  text, {look.words:,} words:")
    for line in look.text.split("\n"):
        _say(f"    {line}", "    ")


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


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
