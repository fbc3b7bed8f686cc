"""The end of a fetch: what is there becomes a snapshot, and a report says what was done."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sources.fetch import snapshot
from sources.fetch.client import Client
from sources.fetch.prune import Older
from sources.fetch.remote import Remote
from sources.fetch.robots import Sites
from sources.fetch.rows import Object
from sources.fetch.state import HIDDEN, State


@dataclass(slots=True)
class Report:
    """What a fetch did.

    Attributes:
        snapshot: Path of the snapshot file; empty where there is none.
        number: Its number.
        published: Whether it is a new one.
        objects: Files that it pins.
        size: Their bytes.
        fetched: Files that came in this run.
        received: Bytes that came.
        requests: Requests that were sent.
        gone: Files that the snapshot before had and this one has not.
        left_out: Files that are listed and not pinned, by the reason.
        failures: Path and line of what could not be had.
        reserved: Files whose answers, and sites that, reserve rights for mining.
        notes: Lines worth reading.
        older: What is on disk and not in the snapshot.
        pruned: Whether that was removed in this run.
    """

    snapshot: str = ""
    number: int = 0
    published: bool = False
    objects: int = 0
    size: int = 0
    fetched: int = 0
    received: int = 0
    requests: int = 0
    gone: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    reserved: int = 0
    notes: list[str] = field(default_factory=list)
    older: Older = field(default_factory=Older)
    pruned: bool = False


def publish(
    home: Path, state: State, client: Client, remote: Remote, agent: str, report: Report
) -> None:
    """Write the snapshot where something differs from the last one, and fill in the report.

    Args:
        home: Folder of the files.
        state: What is there, what is gone, what failed.
        client: What it did, and what sites answered.
        remote: What the source says of itself.
        agent: What the snapshot says of the tool.
        report: Its failures are there already.
    """
    report.objects, report.size = state.totals()
    report.received, report.requests = client.traffic.received, client.traffic.requests
    state.asked(_record_sites(home, client.sites))
    gone, sites = state.gone(), state.sites()
    report.gone, report.number = len(gone), state.number
    report.reserved = sum("reserves" in site for site in sites.values()) + state.reserved()
    latest = home.with_name(home.name + snapshot.SUFFIX)
    report.snapshot = str(latest)
    if not state.dirty and latest.exists():
        return
    head = {
        "snapshot": snapshot.FORMAT,
        "name": home.name,
        "remote": remote.name,
        "number": state.number + 1,
        "created": utc(client.clock.now()),
        "tool": agent,
        "stated": remote.stated,
        "objects": report.objects,
        "bytes": report.size,
        "counted": state.counted(),
        "gone": len(gone),
        "failed": len(report.failures),
        "sites": sites,
    }
    snapshot.write(home, head, _records(state, gone))
    state.published(state.number + 1)
    report.number, report.published = state.number, True


def utc(seconds: float) -> str:
    """Return a time as the snapshot has it, in UTC and to the second."""
    moment = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _records(
    state: State, gone: Sequence[tuple[str, str, int, str, str]]
) -> Iterator[Mapping[str, object]]:
    """Yield the lines of the snapshot below its header."""
    yield from map(_record, state.objects())
    for path, url, size, sha256, reason in gone:
        yield {"gone": path, "url": url, "size": size, "sha256": sha256, "reason": reason}
    for path, url, rule, detail in state.failures():
        yield {"failed": path, "url": url, "rule": rule, "detail": detail}


def _record_sites(home: Path, sites: Sites) -> dict[str, dict[str, Any]]:
    """Keep what sites ask of robots and miners beside the files; return what to say of it.

    Files have the checksum as their name: what an older snapshot names stays.
    """
    folder = home / HIDDEN / "sites"
    reserved = frozenset(sites.reserved())
    found: dict[str, dict[str, Any]] = {}
    for origin, answers in sites.records().items():
        found[origin] = {name: answer.record() for name, answer in answers.items()}
        for name, answer in answers.items():
            if answer.text:
                folder.mkdir(parents=True, exist_ok=True)
                suffix = "txt" if name == "robots" else "json"
                file = folder / f"{found[origin][name]['sha256']}.{suffix}"
                file.write_text(answer.text, encoding="utf-8")
        if origin in reserved:
            found[origin]["reserves"] = True
    return found


def _record(row: Object) -> dict[str, object]:
    """Return the line of a file; what is empty is left out."""
    record: dict[str, object] = {"path": row.path}
    if row.file != row.path:
        record["file"] = row.file
    record |= {"url": row.url, "size": row.size, "sha256": row.sha256, "fetched": row.fetched}
    for name in ("etag", "modified", "opt_out"):
        if value := getattr(row, name):
            record[name] = value
    if row.facts:
        record["facts"] = json.loads(row.facts)
    return record
