"""A look at one file of a source: what would be extracted of it, and every rule that applies.

The file goes the way of a build, extract and decide, in a folder that is removed afterwards.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from curation.columns import DOCUMENT, FAILURE
from curation.decide import decide
from curation.errors import CurationError, UsageError
from curation.extract import extract_slice
from curation.fetching import connected, explained, require_contact, with_contact
from curation.pair_search import Stage
from curation.parameters import source_parameters
from curation.plan import read_marker
from curation.progress import Progress
from curation.recipe import Recipe, load, of_text
from curation.source_table import SourceSpec
from curation.table import PartFile, Works, each_part, load_works
from curation.task import InputFile, SliceTask
from curation.terms import terms_of
from curation.verdicts import STEPS, Verdicts
from curation.warm import ensure_kernels
from filters import classifier
from filters.licence import group
from filters.rules import SURE_LANGUAGE, merge
from sources import registry
from sources.fetch import remote as remotes
from sources.fetch import site
from sources.fetch.clock import Clock, SystemClock
from sources.fetch.download import Fetched, download
from sources.fetch.errors import FetchError, UnwantedError
from sources.fetch.pace import Pace
from sources.fetch.remote import Had, Remote, Target
from sources.fetch.run import chosen
from sources.files import matches
from sources.policy import Policy

FILE_BYTES = 256 << 20
"""Largest file that is fetched for a look."""

DOCUMENTS = 3
"""Documents of a file that are shown."""

TEXT_CHARS = 600
"""Characters of a text that are shown, after masking."""

SHOWN = ("title", "lang", "license", "license_evidence", "date", "url", "pmid", "pmcid", "doi")
_READ = ("text", "metadata", *SHOWN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule of quality, and how a document stands to it.

    Attributes:
        rule: Its name, ``words_min``.
        value: Measured; None where it could not be.
        threshold: The limit.
        broken: Whether it drops the document.
    """

    rule: str
    value: float | None
    threshold: float
    broken: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One document of the file.

    Attributes:
        id: Its id.
        kind: Its kind.
        outcome: ``kept`` or ``dropped``: what a build of this file alone would say.
        step: Step that drops it; empty for none.
        rule: Rule of that step.
        detail: A line for people.
        about: Title, language, licence with its evidence, date, address, identifiers.
        licence_group: Group of its licence.
        metadata: The rest that its source says.
        text: Head of the text, masked.
        words: Words of the whole text.
        pii: Masks by entity.
        removed: Characters of boilerplate and of what is not shown that were removed.
        verdicts: Rules of quality for its kind, in their order.
    """

    id: str
    kind: str
    outcome: str
    step: str
    rule: str
    detail: str
    about: Mapping[str, str]
    licence_group: str
    metadata: Mapping[str, object]
    text: str
    words: int
    pii: Mapping[str, int]
    removed: int
    verdicts: tuple[Verdict, ...]


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
            raise UsageError(f"{name!r} is no site and no connector ({known}); or give --recipe")
        if name in site.names():
            entry = f'use = "guidelines"\nname = "{name}"\nfetch = {{ site = "{name}" }}'
        else:
            use = (remotes.get(name).readers or (name,))[0]
            entry = f'use = "{use}"\nname = "{name}"\nfetch = {{ remote = "{name}" }}'
        loaded = of_text(name, f"[[sources]]\n{entry}\n")
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
        documents, counts, failures = _built(recipe, spec, got, folder, progress)
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


def _built(
    recipe: Recipe, spec: SourceSpec, got: _Got, folder: Path, progress: Progress
) -> tuple[tuple[Look, ...], dict[str, int], list[str]]:
    """Return the first documents of a file as a build of it alone has them.

    Returns:
        Documents, how many rows have which outcome, and lines on what could not be read.
    """
    assert got.file is not None
    parameters = source_parameters(recipe, spec, progress.say)
    ensure_kernels(progress.say)
    with got.file.open("rb") as stream:
        checksum = got.sha256 or hashlib.file_digest(stream, "sha256").hexdigest()
    one = InputFile(got.target.path, str(got.file), got.size, checksum, got.target.facts)
    part_folder = Path(extract_slice(SliceTask(str(folder / "slice"), (one,), parameters)))
    marker = read_marker(part_folder)
    assert marker is not None  # just written
    parts = [PartFile(part_folder / name, spec.name, None) for name in marker.parts]
    works = load_works(parts, [spec.name], classifier.columns(parameters.classifiers))
    alone = replace(recipe, sources=(spec,))
    verdicts = decide(works, alone, Stage())
    outcomes = (_outcome(works, verdicts, row) for row in range(works.table.num_rows))
    counts = Counter(" ".join(filter(None, outcome[:3])) for outcome in outcomes)
    failed = np.flatnonzero(works.numbers("row_type") == FAILURE)[:DOCUMENTS].tolist()
    failures = [str(works.column("detail")[row]) for row in failed]
    rows = np.flatnonzero(works.numbers("row_type") == DOCUMENT)
    with_text = rows[~works.column("no_text").to_numpy(zero_copy_only=False)[rows].astype(bool)]
    shown = (with_text if len(with_text) else rows)[:DOCUMENTS].tolist()
    return tuple(_looks(works, verdicts, alone, shown)), dict(counts), failures


def _outcome(works: Works, verdicts: Verdicts, row: int) -> tuple[str, str, str, str]:
    """Return outcome, step, rule and line of a row, as the ledger has them."""
    detail = verdicts.detail.get(row, "")
    if verdicts.step[row] < 0:
        return "kept", "", "", detail
    rule = verdicts.rules[verdicts.rule[row]]
    outcome = "failed" if works.numbers("row_type")[row] == FAILURE else "dropped"
    return outcome, STEPS[verdicts.step[row]], rule, detail


def _looks(works: Works, verdicts: Verdicts, recipe: Recipe, rows: Sequence[int]) -> Iterator[Look]:
    """Yield some documents with all that is said of them."""
    described: dict[int, dict[str, Any]] = {}
    for mine, table in each_part(works, _READ):
        wanted = np.flatnonzero(np.isin(mine, rows))
        records = table.take(pa.array(wanted)).to_pylist()
        described |= dict(zip(mine[wanted].tolist(), records, strict=True))
    rules = merge(recipe.quality)
    for row in rows:
        record = described[row]
        values = works.table.slice(row, 1).to_pylist()[0]
        outcome, step, rule, detail = _outcome(works, verdicts, row)
        licence = str(verdicts.license[row])
        text = str(record["text"])
        yield Look(
            id=str(values["id"]),
            kind=str(values["kind"]),
            outcome=outcome,
            step=step,
            rule=rule,
            detail=detail,
            about={name: str(record[name]) for name in SHOWN if record[name]},
            licence_group=group(licence),
            metadata=json.loads(record["metadata"] or "{}"),
            text=text if len(text) <= TEXT_CHARS else text[:TEXT_CHARS] + " …",
            words=int(values.get("words") or 0),
            pii=dict(values["pii"] or ()),
            removed=sum(entry["chars"] for entry in values["removed"] or ()),
            verdicts=tuple(_verdicts(values, rules)),
        )


def _verdicts(values: Mapping[str, Any], rules: Mapping[str, Sequence[Any]]) -> Iterator[Verdict]:
    """Yield the rules of quality of a document's kind and language with what was measured."""
    sure = (values["lang_score"] or 0.0) >= SURE_LANGUAGE
    for rule in rules.get(values["kind"], rules["other"]):
        if rule.languages and not (sure and values["lang"] in rule.languages):
            continue
        value = values[rule.measurement]
        low = rule.comparison == "min"
        broken = value is not None and (value < rule.threshold if low else value > rule.threshold)
        yield Verdict(rule.name, None if value is None else float(value), rule.threshold, broken)
