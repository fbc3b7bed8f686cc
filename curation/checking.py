"""A look at one file of a source: what would be extracted of it, and every rule that applies.

The file goes the way of a build, extract and decide, in a folder that is removed afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from curation.errors import CurationError, RecipeError, UsageError
from curation.fetching import connected, explained, require_contact, with_contact
from curation.look import Look, look_at
from curation.progress import Progress
from curation.recipe import Recipe, load, of_text
from curation.source_table import SourceSpec
from curation.task import InputFile
from curation.terms import terms_of
from sources import registry
from sources.fetch import remote as remotes
from sources.fetch import site
from sources.fetch.clock import Clock, SystemClock
from sources.fetch.download import Fetched, download
from sources.fetch.errors import FetchError, UnwantedError
from sources.fetch.pace import Pace
from sources.fetch.remote import NO_ADDRESS, Had, Remote, Target
from sources.fetch.run import chosen
from sources.files import matches
from sources.lookup import nearest
from sources.policy import Policy

FILE_BYTES = 256 << 20
"""Largest file that is fetched for a look."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a source found.

    Attributes:
        name: Name of the source.
        use: Source that reads its files.
        url: Address of the file, or its path.
        path: Its path in the source.
        size: Bytes; 0 where nothing was kept.
        sha256: Checksum.
        left_out: Why a fetch would leave it out; empty where it would not.
        fetch_rules: What decided that it is asked for: rule and value.
        sites: What each site answered for robots.txt and tdmrep.json.
        opt_out: What the file reserves for mining; empty for nothing.
        facts: What the source says of it.
        terms: Terms of the operator.
        purpose: What the corpus is for.
        documents: The first documents of the file.
        counts: How many documents have which outcome.
        notes: Lines worth reading.
    """

    name: str
    use: str
    url: str
    path: str
    size: int
    sha256: str
    left_out: str
    fetch_rules: tuple[tuple[str, str], ...]
    sites: Mapping[str, Mapping[str, str]]
    opt_out: str
    facts: Mapping[str, str]
    terms: Policy | None
    purpose: str
    documents: tuple[Look, ...]
    counts: Mapping[str, int]
    notes: tuple[str, ...]


def check(
    name: str,
    progress: Progress,
    *,
    recipe: str = "",
    contact: str = "",
    address: str = "",
    clock: Clock | None = None,
) -> Checked:
    """Fetch one file of a source and say what a build would make of it.

    Args:
        name: A source of the recipe; without one a site, or a connector.
        progress: Is told of what takes time.
        recipe: A recipe, whose rules and purpose then hold.
        contact: Whom operators can write to, in place of the recipe's.
        address: Page of a site to look at; empty for the first document that is listed.
        clock: Time.

    Raises:
        CurationError: The file could not be had, or the recipe does not admit the source.
    """
    loaded, spec = _chosen(name, recipe)
    loaded = with_contact(loaded, contact)
    with tempfile.TemporaryDirectory() as folder:
        if spec.fetch is None:
            return _looked(loaded, spec, _local(loaded, spec), Path(folder), progress)
        require_contact(loaded)
        try:
            got = _fetched(loaded, spec, Path(folder), address, clock or SystemClock())
        except FetchError as error:
            if error.rule == NO_ADDRESS:
                raise UsageError(f"--url: {error}") from None
            raise explained(spec.name, error) from None
        return _looked(loaded, spec, got, Path(folder), progress)


@dataclass(frozen=True, slots=True)
class _Got:
    """A file to look at, and how it came."""

    target: Target
    file: Path | None
    size: int = 0
    sha256: str = ""
    left_out: str = ""
    rules: tuple[tuple[str, str], ...] = ()
    sites: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    opt_out: str = ""
    notes: tuple[str, ...] = ()


def _chosen(name: str, recipe: str) -> tuple[Recipe, SourceSpec]:
    """Return a recipe and its source of a name; a name without recipe is a site or connector."""
    if not recipe:
        if name not in site.names() and name not in remotes.names():
            known = f"sites: {', '.join(site.names())}; connectors: {', '.join(remotes.names())}"
            hint = nearest(name, [*site.names(), *remotes.names()])
            said = f"{name!r} is no site and no connector{hint} ({known})"
            raise UsageError(f"{said}; or give --recipe")
        if name in site.names():
            entry = f'use = "guidelines"\nname = "{name}"\nfetch = {{ site = "{name}" }}'
        else:
            use = (remotes.get(name).readers or (name,))[0]
            entry = f'use = "{use}"\nname = "{name}"\nfetch = {{ remote = "{name}" }}'
        try:
            loaded = of_text(name, f"[[sources]]\n{entry}\n")
        except RecipeError as error:  # its lines are none that the user wrote
            said = re.sub(r"\A([^:]+):\d+: ", r"\1: ", str(error))
            raise UsageError(f"{said}; what is missing goes into a recipe: --recipe") from None
        return loaded, loaded.sources[0]
    loaded = load(recipe)
    found = [spec for spec in loaded.sources if spec.name == name]
    if not found:
        known = ", ".join(spec.name for spec in loaded.sources)
        raise UsageError(f"{recipe}: has no source {name!r} (those are: {known})")
    return loaded, found[0]


def _local(recipe: Recipe, spec: SourceSpec) -> _Got:
    """Return the first file that a recipe's paths lead to."""
    listing = registry.get(spec.use)(**spec.options).locate(spec.paths, recipe.root)
    if not listing.inputs:
        said = "; ".join(problem.detail for problem in listing.problems[:1]) or "no file"
        raise CurationError(f"{spec.name}: {said}")
    first = listing.inputs[0]
    target = Target(first.path, first.path, facts=first.facts)
    return _Got(target, Path(first.file), first.size, first.sha256)


def _fetched(recipe: Recipe, spec: SourceSpec, folder: Path, address: str, clock: Clock) -> _Got:
    """Fetch the first file that is listed, or that of an address, and is read by the source."""
    table = dict(spec.fetch or {})
    table["object_bytes"] = min(cast("int", table["object_bytes"]), FILE_BYTES)
    remote, client = connected(recipe, table, folder, Pace(clock), clock)
    with contextlib.closing(client):
        only = cast("list[str]", table["only"])
        targets = (t for t in remote.plan(client) if chosen(t.path, only))
        target = remote.target(client, address) if address else next(targets, None)
        if target is None:
            said = "; ".join(["the source lists no file", *remote.notes()])
            raise FetchError("empty_listing", said)
        patterns = registry.get(spec.use).patterns
        try:
            target, file, got = _read_by_source(remote, client, target, folder, patterns)
            left_out = ""
        except UnwantedError as error:
            file, got, left_out = None, None, f"{error.rule}: {error}"
        sites = {
            origin: {
                name: answer.problem or f"HTTP {answer.status}" for name, answer in said.items()
            }
            for origin, said in client.sites.records().items()
        }
        return _Got(
            target,
            file,
            got.size if got else 0,
            got.sha256 if got else "",
            left_out,
            tuple(_fetch_rules(remote, table, target)),
            sites,
            got.opt_out if got else "",
            tuple(remote.notes()),
        )


def _read_by_source(
    remote: Remote, client: Any, target: Target, folder: Path, patterns: Sequence[str]
) -> tuple[Target, Path, Fetched]:
    """Fetch a file; where no source reads it, one that it names, and so on."""
    for step in itertools.count():
        file = folder / f"file-{step}"
        got = download(client, target, file, left=False, accept=remote.accept)
        assert got is not None  # nothing was there that could be unchanged
        if matches(target.path.rsplit("/", 1)[-1], patterns) or step >= remote.follows:
            return target, file, got
        further = next(iter(remote.follow([Had(target, file)])), None)
        if further is None:
            raise UnwantedError("names_nothing", f"{target.path}: names no file that is wanted")
        target = further
    raise AssertionError  # count never ends


def _fetch_rules(
    remote: Remote, table: Mapping[str, object], target: Target
) -> Iterator[tuple[str, str]]:
    """Yield what decided that a file is asked for."""
    yield "remote", remote.name
    yield "robots", f"{table['robots']}: it may be asked for"
    yield "requests_per_s", f"{table['requests_per_s']:g}"
    if only := cast("list[str]", table["only"]):
        yield "only", ", ".join(only)
    yield from remote.rules(target)


def _looked(
    recipe: Recipe, spec: SourceSpec, got: _Got, folder: Path, progress: Progress
) -> Checked:
    """Extract a file, decide on its documents, and collect what there is to say."""
    documents: tuple[Look, ...] = ()
    counts: dict[str, int] = {}
    failures: list[str] = []
    if got.file is not None:
        with got.file.open("rb") as stream:
            checksum = got.sha256 or hashlib.file_digest(stream, "sha256").hexdigest()
        one = InputFile(got.target.path, str(got.file), got.size, checksum, got.target.facts)
        alone = replace(recipe, sources=(spec,))
        documents, counts, failures = look_at(alone, one, folder, progress)
    return Checked(
        name=spec.name,
        use=spec.use,
        url=got.target.url,
        path=got.target.path,
        size=got.size,
        sha256=got.sha256,
        left_out=got.left_out,
        fetch_rules=got.rules,
        sites=got.sites,
        opt_out=got.opt_out,
        facts=dict(got.target.facts),
        terms=terms_of(spec.use, spec.fetch, recipe.root),
        purpose=recipe.text("", "purpose"),
        documents=documents,
        counts=counts,
        notes=(*got.notes, *failures),
    )
