"""Fetching what a recipe names: connectors, limits and folders, one source after the other."""

from __future__ import annotations

import contextlib
import glob
import ipaddress
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import cast

from curation.errors import FULL, CheckError, CurationError, LockedError, RecipeError, UsageError
from curation.recipe import Recipe
from curation.schema import FETCH_KEYS
from curation.source_table import SourceSpec
from sources.fetch import remote as remotes
from sources.fetch.client import Client, unheard
from sources.fetch.clock import Clock, SystemClock
from sources.fetch.errors import BusyError, FetchError, VanishedError
from sources.fetch.groups import Observer
from sources.fetch.guard import Guard
from sources.fetch.limits import Limits, user_agent
from sources.fetch.pace import Pace
from sources.fetch.publish import Report
from sources.fetch.remote import Remote
from sources.fetch.run import Fetch, Plan
from sources.fetch.snapshot import is_snapshot
from sources.fetch.state import HIDDEN, State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source.

    Attributes:
        name: Its name in the recipe.
        plan: What was to do; None where there was no plan.
        report: What was done; None for a dry run, or where nothing was published.
        error: Why not; None where all is well.
    """

    name: str
    plan: Plan | None
    report: Report | None
    error: CurationError | None


def fetch(
    recipe: Recipe,
    observer: Observer,
    *,
    names: Sequence[str] = (),
    dry_run: bool = False,
    pruning: bool = False,
    clock: Clock | None = None,
) -> list[Outcome]:
    """Fetch the sources of a recipe that have a table ``[sources.fetch]``.

    A source that fails does not keep the others from being fetched.

    Args:
        recipe: Names what to fetch.
        observer: Is told how it goes.
        names: Sources to fetch; empty means all.
        dry_run: List and compare only.
        pruning: Remove older snapshots that the recipe does not build from, and files that only
            they name, of each source that was fetched.
        clock: Time.

    Returns:
        One outcome for each source, in the recipe's order.

    Raises:
        RecipeError: Nothing is to be fetched, or there is no contact.
        UsageError: A name is not one of the recipe's.
    """
    specs = [spec for spec in recipe.sources if spec.fetch is not None]
    if not specs:
        said = "no source has a table [sources.fetch], so there is nothing to fetch"
        raise RecipeError(f"{recipe.path}: {said}")
    if unknown := sorted(set(names) - {spec.name for spec in specs}):
        known = ", ".join(spec.name for spec in specs)
        raise UsageError(f"{unknown[0]!r} is no source that is fetched (those are: {known})")
    require_contact(recipe)
    clock = clock or SystemClock()
    pace = Pace(clock)
    chosen = [spec for spec in specs if not names or spec.name in names]
    return [
        _source(recipe, spec, observer, pace, clock, dry_run=dry_run, pruning=pruning)
        for spec in chosen
    ]


def _source(
    recipe: Recipe,
    spec: SourceSpec,
    observer: Observer,
    pace: Pace,
    clock: Clock,
    *,
    dry_run: bool,
    pruning: bool,
) -> Outcome:
    plan: Plan | None = None
    report: Report | None = None
    home = recipe.root / str(recipe.fetch["folder"]) / spec.name
    try:
        with tempfile.TemporaryDirectory() as folder:
            state = State(home, dry_in=Path(folder) if dry_run else None)
            with contextlib.closing(state):
                one = _prepared(recipe, spec, state, pace, clock, observer)
                observer.listing(spec.name)
                with contextlib.closing(one):
                    plan = one.plan()
                    if not dry_run:
                        report = one.run(plan, observer, pruning=pruning)
    except FetchError as error:
        return Outcome(spec.name, plan, None, explained(spec.name, error))
    except BrokenPipeError:  # who reads the progress has left
        raise
    except (OSError, sqlite3.OperationalError) as error:
        return Outcome(spec.name, plan, None, _of_disk(spec.name, home, error))
    return Outcome(spec.name, plan, report, None)


def _of_disk(name: str, home: Path, error: OSError | sqlite3.OperationalError) -> CurationError:
    """Say what is wrong with the folder of a source; SQLite has errors of its own for that."""
    if isinstance(error, OSError):
        where, what, full = error.filename or home, error.strerror, error.errno in FULL
    else:
        where, what, full = home / HIDDEN, str(error), "full" in str(error)
    advice = "folder in [fetch] must name one that can be written to"
    if full:
        advice = "free some space and run it again"
    return CurationError(f"{name}: {where}: {what}; {advice}")


def _prepared(
    recipe: Recipe, spec: SourceSpec, state: State, pace: Pace, clock: Clock, observer: Observer
) -> Fetch:
    """Put the parts of one source's fetch together from its table."""
    table = dict(spec.fetch or {})
    remote, client = connected(recipe, table, state.scratch, pace, clock, told=observer.waiting)
    return Fetch(
        remote,
        client,
        state,
        floor=cast("float", table["floor"]),
        only=cast("list[str]", table["only"]),
        agent=user_agent(remote.contact).partition(" ")[0],
        kept=_named(recipe),
    )


def _named(recipe: Recipe) -> frozenset[Path]:
    """Return the snapshots that some source of the recipe builds from."""
    return frozenset(
        Path(hit).resolve()
        for spec in recipe.sources
        for text in spec.paths
        if is_snapshot(text)
        for hit in glob.glob(str(recipe.root / Path(text).expanduser()), recursive=True)  # noqa: PTH207 - takes absolute patterns
    )


def connected(
    recipe: Recipe,
    table: Mapping[str, object],
    scratch: Path,
    pace: Pace,
    clock: Clock,
    *,
    told: Callable[[str, float], None] = unheard,
) -> tuple[Remote, Client]:
    """Make the connector of a table ``[sources.fetch]``, and the client that asks for it.

    Args:
        recipe: Says whom operators can write to.
        table: All its keys.
        scratch: Folder for listings.
        pace: Queues of the hosts.
        clock: Time.
        told: Hears of attempts that failed, as for `Client`.
    """
    limits = Limits(**{field.name: table[field.name] for field in fields(Limits)})  # type: ignore[arg-type]
    declared = remotes.get(str(table["remote"]))
    remote = declared({key: table[key] for key in declared.options})
    remote.root = recipe.root
    remote.contact = str(recipe.fetch["contact"])
    hosts = remote.hosts() | {host.lower() for host in cast("list[str]", table["hosts"])}
    networks = tuple(map(ipaddress.ip_network, cast("list[str]", table["networks"])))
    client = Client(
        Guard(hosts, networks),
        limits,
        user_agent(remote.contact),
        pace,
        scratch,
        clock=clock,
        obey_robots=table["robots"] == "obey",
        sent=remote.sent,
        told=told,
    )
    return remote, client


def with_contact(recipe: Recipe, contact: str) -> Recipe:
    """Return a recipe with another contact; an empty one changes nothing.

    Raises:
        UsageError: It is no address.
    """
    if not contact:
        return recipe
    if problem := FETCH_KEYS["contact"].problem(contact):
        raise UsageError(f"--contact {problem}, not {contact!r}")
    return replace(recipe, fetch={**recipe.fetch, "contact": contact})


def require_contact(recipe: Recipe) -> None:
    """Refuse to ask anybody without saying who asks.

    Raises:
        RecipeError: There is no contact.
    """
    if not recipe.fetch["contact"]:
        said = (
            'operators must be able to reach you: set contact = "you@example.org" in [fetch], or '
            "give --contact"
        )
        raise RecipeError(f"{recipe.path}: {said}")


def explained(name: str, error: FetchError) -> CurationError:
    """Return an error with the exit code that fits."""
    said = f"{name}: {error}"
    if isinstance(error, VanishedError):
        return CheckError(said)
    if isinstance(error, BusyError):
        return LockedError(said)
    return CurationError(said)
