"""Rows of a fetch's state, and targets as rows of a listing."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass, fields
from typing import Any

from sources.fetch.remote import Target


@dataclass(frozen=True, slots=True)
class Object:
    """A whole file that is there.

    Attributes:
        path: Path in the source, its name in the ledger.
        grp: Group of the target.
        derived: Whether another file named it, not the listing.
        url: Where it came from.
        file: Where it lies, relative to the source's folder.
        size: Bytes.
        sha256: Checksum.
        md5: Checksum.
        etag: Entity tag as sent.
        modified: Last-Modified as sent.
        version: What the listing said of its state; empty until its whole group is done.
        fetched: When, UTC.
        facts: What the source says of it, JSON.
        opt_out: What the answer reserved for mining.
        judged: Options by which it was taken (`Remote.judging`).
        followed: Options by which the files were found that its whole group names.
    """

    path: str
    grp: str
    derived: int
    url: str
    file: str
    size: int
    sha256: str
    md5: str
    etag: str
    modified: str
    version: str
    fetched: str
    facts: str
    opt_out: str
    judged: str = ""
    followed: str = ""


row_of = operator.attrgetter(*(field.name for field in fields(Object)))


@dataclass(frozen=True, slots=True)
class Due:
    """What is to do.

    Attributes:
        objects: Files to go through.
        again: How many of them are there as they are listed: only for what follows from them.
        groups: Groups of the others.
        size: Their bytes as far as the listing says.
        unsized: How many of them it does not say.
        sidecars: How many have a checksum in a file of its own.
        new: How many were never there.
    """

    objects: int
    again: int
    groups: int
    size: int
    unsized: int
    sidecars: int
    new: int


def listed_row(target: Target) -> tuple[object, ...]:
    """Return a target as a row of the listing."""
    return (
        target.path,
        target.group or target.path,
        target.url,
        target.size,
        target.about,
        target.checksum,
        target.sidecar,
        target.version,
        target.expect,
        target.counts,
        facts_text(target.facts),
    )


def facts_text(facts: tuple[tuple[str, str], ...]) -> str:
    """Return facts as they stand in the state."""
    return json.dumps(dict(facts), sort_keys=True) if facts else ""


def target_of(row: Any) -> Target:
    """Return the target of a row of the listing."""
    url, path, size, about, checksum, sidecar, version, expect, group, counts, facts = row
    return Target(
        url,
        path,
        size,
        about,
        checksum,
        sidecar,
        version,
        expect,
        group,
        counts,
        _facts(facts),
    )


def _facts(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(json.loads(text).items())) if text else ()
