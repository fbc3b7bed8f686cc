"""Every connector against every fault: it ends right, or in one clear line, and it stays polite.

The faults are made of the true answer, so that each connector meets them in its own layout. One
set hits what is listed, one a file. What a connector adds of its own (tokens that expire, answers
that hold an error) is in its own tests.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.fetching import Outcome
from curation.recipe import load
from sources.fetch import remote
from tests.fetch import cases
from tests.fetch.cases import Case
from tests.fetch.conftest import Fetcher
from tests.fetch.server import (
    FastClock,
    Fault,
    Handler,
    Served,
    Site,
    body,
    cut_after,
    drip,
    moved,
    serving,
    status,
)

NAMES = cases.names()
ATTEMPTS = 4
PAGE = b"<!DOCTYPE html>\n<html><body>WWW Error Blocked Diagnostic</body></html>\n"


@dataclass(frozen=True, slots=True)
class Clean:
    """What a fetch without faults had.

    Attributes:
        bytes: Of each path that the snapshot pins.
        requests: How many were sent.
        interval_s: Between two requests, by the connector's own limits.
    """

    bytes: dict[str, bytes]
    requests: int
    interval_s: float


@contextmanager
def prepared(name: str, folder: Path) -> Iterator[tuple[Case, Fetcher]]:
    """Serve a connector's site, and make who fetches it."""
    site = Site(FastClock())
    with serving(site):
        case = cases.make(name, site)
        fetch = Fetcher(folder, site, case.use, case.url)
        fetch.options = dict(case.options)
        fetch.keys |= {"attempts": ATTEMPTS, "connections": 1}
        fetch.keys |= {"remote": case.remote} if case.remote else {}
        fetch.keys |= {
            key: value.replace("{site}", site.address) if isinstance(value, str) else value
            for key, value in case.keys.items()
        }
        yield case, fetch


@functools.cache
def clean(name: str) -> Clean:
    """Fetch without faults, once for all tests."""
    with tempfile.TemporaryDirectory() as folder, prepared(name, Path(folder)) as (_, fetch):
        outcome = fetch()
        assert outcome.error is None, outcome.error
        assert not outcome.report.failures
        return Clean(pinned(fetch), len(fetch.site.log), interval(fetch))


def pinned(fetch: Fetcher) -> dict[str, bytes]:
    """Return the bytes of each path that the snapshot pins; none where there is no snapshot."""
    return {path: fetch.bytes(path) for path in fetch.paths()} if fetch.snapshot.exists() else {}


def silently(share: float) -> Fault:
    """Send a part of the true answer as if it were all: with a length that fits."""

    def fault(handler: Handler, served: Served) -> int:
        part = served.body[: int(len(served.body) * share)]
        return handler.reply(200, part, {"Content-Type": served.kind})

    return fault


def short(handler: Handler, served: Served) -> int:
    """Promise the whole answer and send less."""
    part = served.body[: len(served.body) * 2 // 3]
    return handler.reply(200, part, {"Content-Type": served.kind}, len(served.body))


def damaged(handler: Handler, served: Served) -> int:
    """Send the first half of the true answer and then other bytes."""
    half = len(served.body) // 2
    content = served.body[:half] + bytes(len(served.body) - half)
    return handler.reply(200, content, {"Content-Type": served.kind})


def begun(handler: Handler, served: Served) -> int:
    """Send half of another body, with a tag by which it could be gone on with, and break off.

    It differs where a packed one says when it was packed: nothing else tells.
    """
    handler.head(200, {"Content-Type": served.kind, "ETag": '"before"'}, len(served.body))
    handler.write(served.body[:4] + b"then" + served.body[8 : len(served.body) // 2])
    handler.close_connection = True
    return 200


def rest(handler: Handler, served: Served) -> int:
    """Send what is asked for, and not look whether it is of the body that was begun."""
    if "Range" not in handler.headers:
        return handler.serve(served)
    start, total = int(handler.headers["Range"].removeprefix("bytes=")[:-1]), len(served.body)
    headers = {"ETag": '"after"', "Content-Range": f"bytes {start}-{total - 1}/{total}"}
    return handler.reply(206, served.body[start:], headers)


PASSING: dict[str, list[Fault]] = {
    "429 with Retry-After": [status(429, Retry_After="30")],
    "429 without": [status(429)],
    "burst of 500": [status(500), status(502), status(503)],
    "reset in the body": [cut_after(20, reset=True), cut_after(5, reset=True)],
    "wrong length": [short],
    "truncated": [silently(0.6)],
    "damaged": [damaged],
    "changed during a resume": [begun],
    "the rest of another body": [begun, rest],
    "error page": [body(PAGE, kind="text/html")],
    "empty body": [body(b"")],
    "slow drip": [drip(0.3)],
}
"""What goes away when it is asked for again."""

LASTING: dict[str, tuple[Fault, str]] = {
    "429": (status(429), "HTTP 429"),
    "500": (status(500), "HTTP 500"),
    "a long wait": (status(503, Retry_After="90000"), "asks to wait 90,000 s"),
    "truncated": (silently(0.6), ""),
    "error page": (body(PAGE, kind="text/html"), ""),
    "disappeared": (status(404), ""),
    "redirect loop": (moved("/loop"), "a redirect loop"),
    "redirect to a private address": (moved("http://127.0.0.2:1/x"), "which is not public"),
    "redirect to another host": (moved("http://example.org/x"), "host not allowed"),
}
"""What stays, and what is said of it; where nothing is stated, the format decides."""


def apply(case: Case, fetch: Fetcher, fault: str) -> None:
    """Leave out what makes no difference, and have little patience with a drip."""
    if fault in case.inapplicable:
        pytest.skip(case.inapplicable[fault])
    if fault == "slow drip":
        fetch.site.clock.real = True
        fetch.keys |= {"slow_after_s": 0.1, "min_bytes_per_s": 1000, "requests_per_s": 1000.0}
        fetch.keys |= {"backoff_s": 0.01}
    if fault == "redirect to a private address":
        fetch.keys |= {"networks": ["127.0.0.1/32"], "hosts": ["127.0.0.2:1"]}
    if begun in PASSING.get(fault, ()):
        fetch.keys |= {"resume_bytes": 1}
    fetch.site.fail("/loop", *[moved("/loop2")] * 99)
    fetch.site.fail("/loop2", *[moved("/loop")] * 99)


def polite(fetch: Fetcher, expected: Clean, fault: str, before: int, most: int) -> None:
    """Check from the server's log how many requests a fetch sent, and how near to each other.

    Args:
        fetch: Who fetched.
        expected: A fetch without faults.
        fault: What went wrong.
        before: Requests of earlier fetches.
        most: Requests that this one may have sent.
    """
    log = sorted(fetch.site.log[before:], key=lambda asked: asked.at)
    assert len(log) <= most, [asked.path for asked in log]
    if fetch.site.clock.real:
        return
    least = expected.interval_s - 1e-6
    for one, following in itertools.pairwise(log):
        waits = 30.0 if one.status == 429 and fault == "429 with Retry-After" else 0.0
        assert following.at - one.at >= max(least, waits - 1e-6)


def interval(fetch: Fetcher) -> float:
    """Return the seconds between two requests that the connector's own limits ask for."""
    table = load(fetch.recipe).sources[0].fetch
    assert table is not None
    return 1 / float(str(table["requests_per_s"]))


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("name", NAMES)
def test_a_passing_fault_leaves_no_trace(name: str, fault: str, tmp_path: Path) -> None:
    """In the listing and in a file at once: all is had after all, byte for byte."""
    expected = clean(name)
    with prepared(name, tmp_path) as (case, fetch):
        apply(case, fetch, fault)
        paths = [path for path in (case.listing, case.file) if path]
        for path in paths:
            fetch.site.fail(path, *PASSING[fault])
        fetch.without_fault()
        assert not any(fetch.site.faults[path] for path in paths)
        if begun in PASSING[fault]:
            assert any("range" in asked.headers for asked in fetch.site.log)
        assert pinned(fetch) == expected.bytes
        assert not list((fetch.folder / f"fetched/{case.use}/.fetch/parts").iterdir())
        polite(fetch, expected, fault, 0, expected.requests + 2 * len(paths) * len(PASSING[fault]))


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize("name", NAMES)
def test_a_lasting_fault_is_one_line(name: str, fault: str, tmp_path: Path) -> None:
    """In the listing: nothing is published. In a file: nothing of it is, and the rest is right."""
    expected = clean(name)
    answer, said = LASTING[fault]
    with prepared(name, tmp_path) as (case, fetch):
        apply(case, fetch, fault)
        if case.listing:
            fetch.site.fail(case.listing, *[answer] * 99)
            outcome = fetch()
            assert outcome.error is not None
            one_line(str(outcome.error), said)
            assert not fetch.snapshot.exists()
            fetch.site.faults.pop(case.listing)
            polite(fetch, expected, fault, 0, expected.requests + 2 * ATTEMPTS)
        before = len(fetch.site.log)
        fetch.site.fail(case.file, *[answer] * 99)
        outcome = fetch()
        for line in lines(outcome):
            one_line(line, said)
        found = pinned(fetch)
        assert found.keys() < expected.bytes.keys()
        assert all(expected.bytes[path] == data for path, data in found.items())
        assert lines(outcome) or fault == "disappeared"
        polite(
            fetch, expected, fault, before, expected.requests + 2 * ATTEMPTS * len(expected.bytes)
        )


def lines(outcome: Outcome) -> list[str]:
    """Return what is said of what could not be had."""
    failed = [line for _, line in outcome.report.failures] if outcome.report else []
    return [*failed, *([str(outcome.error)] if outcome.error else [])]


def one_line(line: str, said: str) -> None:
    """Check a line: what is wrong, where, and nothing else."""
    assert said in line
    assert "\n" not in line
    assert "127.0.0." in line
    assert len(line) < 600


@pytest.mark.parametrize("name", NAMES)
def test_what_was_whole_is_not_fetched_again(name: str, tmp_path: Path) -> None:
    """After a fetch in which a file failed, only what failed is asked for."""
    expected = clean(name)
    with prepared(name, tmp_path) as (case, fetch):
        fetch.site.fail(case.file, *[status(500)] * 99)
        fetch()
        whole = fetch.whole()
        assert whole or len(expected.bytes) == 1
        fetch.site.faults.clear()
        before = len(fetch.site.log)
        assert fetch().error is None
        assert pinned(fetch) == expected.bytes
        sent = {asked.path for asked in fetch.site.log[before:] if asked.status == 200}
        assert not sent & whole


@pytest.mark.parametrize("name", NAMES)
def test_a_dry_run_fetches_nothing(name: str, tmp_path: Path) -> None:
    """It asks for the listing, says what is to do, and writes nothing."""
    with prepared(name, tmp_path) as (case, fetch):
        outcome = fetch(dry_run=True)
        assert outcome.error is None
        assert outcome.plan.due.objects > 0
        assert outcome.plan.due.new == outcome.plan.due.objects
        assert not fetch.site.asked(case.file)
        assert not (fetch.folder / "fetched").exists()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_fetched_gives_documents(name: str, tmp_path: Path, documents) -> None:
    """Every file that is pinned is one that the source reads, and none of its records fails."""
    with prepared(name, tmp_path) as (case, fetch):
        assert fetch().error is None
    found = documents(fetch)
    assert len(found) == case.documents
    assert len({document.native_id for document in found}) == case.documents


@pytest.mark.parametrize("name", NAMES)
def test_every_address_is_an_option(name: str, tmp_path: Path) -> None:
    """With that of the recipe in its place nothing else is asked, robots.txt first of all."""
    with prepared(name, tmp_path) as (_, fetch):
        assert fetch().error is None
        assert fetch.lines()[0]["sites"].keys() == {fetch.site.address}
        assert min(fetch.site.log, key=lambda asked: asked.at).path == "/robots.txt"
        [agent] = {asked.headers["user-agent"] for asked in fetch.site.log}
        assert agent.endswith("(+me@example.org)")


def test_every_connector_has_a_case() -> None:
    """A new one cannot stay out."""
    made = [cases.make(name, Site(FastClock())) for name in NAMES]
    assert {case.remote or case.use for case in made} == set(remote.names())
