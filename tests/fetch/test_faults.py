"""What servers do wrong: each fault ends right, or in one clear line and nothing in a snapshot."""

from __future__ import annotations

import email.utils
import gzip
import itertools
import time
from collections.abc import Callable

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_pubmed import PubMedSite, pubmed_file
from tests.fetch.server import (
    DATE,
    Fault,
    Site,
    body,
    cut_after,
    drip,
    drip_line,
    moved,
    serving,
    status,
    unsized,
)

PAGE = b"<!DOCTYPE html>\n<html><body>WWW Error Blocked Diagnostic</body></html>\n"
GOOD = pubmed_file(2000, pad=3000)
SOON = email.utils.formatdate(DATE + 600, usegmt=True)
LATER = email.utils.formatdate(DATE + 100_000_000, usegmt=True)


@pytest.fixture
def pubmed(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[PubMedSite, Fetcher]:
    """A PubMed of two baseline files and one update, and who fetches it."""
    layout = PubMedSite(site)
    layout.fill(baseline=2, updates=1, pad=3000)
    return layout, fetcher("pubmed", "/pubmed/")


def victim(layout: PubMedSite) -> str:
    """The path of the file that has the fault."""
    return layout.path("baseline", 2)


def patience(fetch: Fetcher, fault: str) -> None:
    """Have little of it with a drip; the clock is one for all, so there is one connection then."""
    if fault == "slow drip":
        fetch.site.clock.real = True
        fetch.keys |= {"slow_after_s": 0.2, "min_bytes_per_s": 1000, "connections": 1}


TRANSIENT: dict[str, list[Fault]] = {
    "429 with seconds": [status(429, Retry_After="30")],
    "429 with a date": [status(429, Retry_After=SOON)],
    "429 without": [status(429)],
    "429 with a date that is none": [
        status(429, Retry_After=f"Thu, 01 Jan {'9' * 30} 00:00:00 GMT"),
        status(429, Retry_After=f"Thu, 01 Jan 2026 00:00:00 +{'9' * 30}"),
    ],
    "burst of 500": [status(500), status(502), status(503)],
    "reset in the body": [cut_after(2500, reset=True), cut_after(100, reset=True)],
    "cut in the body": [cut_after(2500), cut_after(100), cut_after(1)],
    "cut before the body": [cut_after(0)],
    "wrong length": [body(GOOD[:-700], length=len(GOOD))],
    "wrong checksum": [body(pubmed_file(7777, pad=3000))],
    "truncated gzip": [body(GOOD[:-300])],
    "gzip without a length": [unsized(GOOD[:-4])],
    "damaged gzip": [body(GOOD[:2000] + bytes(200) + GOOD[2200:])],
    "error page": [body(PAGE, kind="text/html")],
    "packed error page": [body(gzip.compress(PAGE))],
    "empty body": [body(b"")],
    "slow drip": [drip(0.6)],
    "redirect": [moved("/elsewhere")],
}


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_passing_fault_leaves_no_trace(pubmed, fault: str) -> None:
    """The file is had after all, byte for byte, and the snapshot is whole."""
    layout, fetch = pubmed
    layout.site.put("/elsewhere", layout.site.files[victim(layout)].body)
    layout.site.fail(victim(layout), *TRANSIENT[fault])
    patience(fetch, fault)
    fetch.without_fault()
    assert len(fetch.paths()) == 3
    for path in fetch.paths():
        served = "/pubmed/" + path.replace("updates/", "updatefiles/")
        assert fetch.bytes(path) == layout.site.files[served].body
    assert not list((fetch.folder / "fetched/pubmed/.fetch/parts").iterdir())


LASTING: dict[str, tuple[Fault, str]] = {
    "429": (status(429), "HTTP 429; given up after 4 attempts"),
    "500": (status(500), "HTTP 500; given up after 4 attempts"),
    "a long wait": (status(503, Retry_After="90000"), "asks to wait 90,000 s"),
    "a wait until a day": (status(503, Retry_After=LATER), "asks to wait"),
    "wrong checksum": (body(pubmed_file(7777, pad=3000)), "its md5 is not the one that the source"),
    "truncated gzip": (body(GOOD[:-300]), "end before their end marker"),
    "error page": (body(PAGE, kind="text/html"), "a page in place of gzip data"),
    "packed error page": (body(gzip.compress(PAGE)), "an HTML page in place of xml"),
    "plain text": (body(b"API rate limit exceeded"), "no gzip data"),
    "refusal": (status(403), "HTTP 403: refused"),
    "disappeared": (status(404), "HTTP 404: not there"),
    "redirect loop": (moved("/loop"), "a redirect loop"),
    "redirect to another host": (moved("http://example.org/x.gz"), "host not allowed"),
    "redirect with a password": (moved("http://me:secret@127.0.0.1:1/x"), "no user names"),
    "redirect to a file": (moved("file:///etc/passwd"), "only http and https"),
    "slow drip": (drip(0.4), "bytes in"),
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_lasting_fault_is_one_line(pubmed, fault: str) -> None:
    """The line names file and fault; no snapshot is written, and no file gets its name."""
    layout, fetch = pubmed
    answer, said = LASTING[fault]
    layout.site.fail(victim(layout), *[answer] * 10)
    layout.site.fail("/loop", *[moved("/loop2")] * 10)
    layout.site.fail("/loop2", *[moved("/loop")] * 10)
    patience(fetch, fault)
    outcome = fetch()
    assert outcome.error is not None
    assert outcome.error.exit_code == 5
    line = str(outcome.error)
    assert said in line
    assert "\n" not in line
    assert "secret" not in line
    assert not fetch.snapshot.exists()
    assert not (fetch.folder / "fetched/pubmed/baseline/pubmed26n0002.xml.gz").exists()
    layout.site.faults.clear()
    assert fetch().error is None
    assert len(fetch.paths()) == 3


def test_what_failed_is_all_that_is_fetched_again(pubmed) -> None:
    """Files that were whole are not asked for a second time."""
    layout, fetch = pubmed
    layout.site.fail(victim(layout), *[status(500)] * 10)
    assert fetch().error is not None
    layout.site.faults.clear()
    assert fetch().error is None
    for path in layout.dates:
        if path.endswith(".gz"):
            assert layout.site.bodies(path) == 1, path


def test_retry_after_holds_the_whole_host(pubmed) -> None:
    """After a 429 nobody asks that host before the time that it names."""
    layout, fetch = pubmed
    site = layout.site
    site.fail(victim(layout), status(429, Retry_After="100"))
    assert fetch().error is None
    [refused] = [asked for asked in site.log if asked.status == 429]
    later = [asked.at for asked in site.log if asked.at > refused.at]
    # One request may have been on its way on each of the other connections.
    assert sum(at < refused.at + 99 for at in later) <= 3
    assert sum(at >= refused.at + 99 for at in later) >= 1


def test_politeness_is_kept(pubmed) -> None:
    """From the server's log: never more connections, never more requests a second than allowed."""
    layout, fetch = pubmed
    layout.fill(baseline=12, updates=6)
    fetch.keys |= {"requests_per_s": 2.0, "connections": 3}
    outcome = fetch()
    assert outcome.error is None
    times = sorted(asked.at for asked in layout.site.log)
    assert len(times) == 2 + 2 + 2 * 18
    assert times[-1] - times[0] >= (len(times) - 1 - 3) / 2.0
    assert layout.site.most_active <= 3
    assert len({asked.headers["user-agent"] for asked in layout.site.log}) == 1
    assert layout.site.log[0].headers["user-agent"].endswith("(+me@example.org)")


def test_one_connection_has_exact_gaps(pubmed) -> None:
    """With one connection no two requests are nearer than the interval."""
    layout, fetch = pubmed
    fetch.keys |= {"requests_per_s": 4.0, "connections": 1}
    assert fetch().error is None
    times = sorted(asked.at for asked in layout.site.log)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.2499


def test_crawl_delay_is_honoured(pubmed) -> None:
    """A site that asks for more time gets it."""
    layout, fetch = pubmed
    layout.site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 7\n", "text/plain")
    fetch.keys |= {"connections": 1}
    assert fetch().error is None
    times = [asked.at for asked in layout.site.asked()]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 6.999


def test_a_body_is_resumed_where_it_broke_off(pubmed) -> None:
    """With Range and If-Range, and only the missing bytes come."""
    layout, fetch = pubmed
    path = victim(layout)
    layout.site.fail(path, cut_after(2500))
    assert fetch().error is None
    first, second = layout.site.asked(path)
    assert second.headers["range"].startswith("bytes=")
    assert second.headers["if-range"] == layout.site.files[path].etag
    assert second.status == 206
    assert 0 < first.sent + second.sent - len(layout.site.files[path].body) + 1 <= 2500 + 1


def test_a_file_that_changes_during_a_resume_is_fetched_anew(pubmed) -> None:
    """The server says so with 200: nothing of the old body stays."""
    layout, fetch = pubmed
    path, site = victim(layout), layout.site
    new = pubmed_file(5000, pad=4000)

    def change(asked: str) -> None:
        if asked == path and site.asked(path) and site.files[path].body != new:
            layout.add("baseline", 2, new)

    site.on_asked = change
    site.fail(path, cut_after(2500))
    assert fetch().error is None
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == new


def test_a_server_that_mixes_two_bodies_is_noticed(pubmed) -> None:
    """206 of another body than the one begun: the entity tag tells, and it starts over."""
    layout, fetch = pubmed
    path = victim(layout)
    served = layout.site.files[path]

    def mixed(handler, _) -> int:
        start = int(handler.headers["Range"].removeprefix("bytes=")[:-1])
        other = pubmed_file(6000, pad=3000)
        size = len(served.body)
        headers = {"Content-Range": f"bytes {start}-{size - 1}/{size}", "ETag": '"other"'}
        return handler.reply(206, other[start:size].ljust(size - start, b"x"), headers)

    layout.site.fail(path, cut_after(2500), mixed)
    assert fetch().error is None
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == served.body


@pytest.mark.parametrize("times", [1, 9])
def test_unchanged_though_the_checksum_is_another(pubmed, times: int) -> None:
    """Nobody asked whether: 304 keeps no old bytes under a new state."""
    layout, fetch = pubmed
    fetch.without_fault()
    pinned = fetch.snapshot.read_bytes()
    path = layout.add("baseline", 2, pubmed_file(4321), date="2026-05-05 10:00")
    layout.list()
    layout.site.fail(path, *[status(304)] * times)
    if times == 9:
        assert "HTTP 304, which nobody asked for; given up after 4" in str(fetch().error)
        assert fetch.snapshot.read_bytes() == pinned
        layout.site.faults.clear()
    fetch.without_fault()
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == pubmed_file(4321)


@pytest.mark.parametrize(
    ("begin", "byte"),
    [
        (b"X-Slow: ", b"a"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Slow: ", b"a"),
    ],
)
def test_lines_that_drip(pubmed, begin: bytes, byte: bytes) -> None:
    """Each byte comes in time, and a header, the size of a chunk or a trailer never ends."""
    layout, fetch = pubmed
    fetch.keys |= {"read_timeout_s": 0.5, "attempts": 2, "connections": 1}
    layout.site.fail(victim(layout), *[drip_line(begin, byte)] * 2)
    said = str(fetch().error)
    assert f"{victim(layout)}: nothing came in time; given up after 2 attempts" in said
    assert "\n" not in said
    # Of some hundreds that would come within the time of a connection.
    assert all(asked.sent < 300 for asked in layout.site.asked(victim(layout)))


@pytest.mark.parametrize(
    ("age", "zone", "resumed"),
    [(86_400.0, "GMT", True), (86_400.0, "-0000", True), (1.0, "GMT", False), (0.0, "odd", False)],
)
def test_a_date_alone_proves_little(pubmed, age: float, zone: str, resumed: bool) -> None:
    """Without an entity tag a body is gone on with only where its date is not of just now."""
    layout, fetch = pubmed
    path = victim(layout)
    served = layout.site.files[path]
    served.etag = ""
    served.modified = time.time() - age
    modified = email.utils.formatdate(served.modified, usegmt=True).replace("GMT", zone)

    def cut(handler, _) -> int:
        handler.head(200, {"Last-Modified": modified}, len(served.body))
        handler.write(served.body[:2500])
        handler.close_connection = True
        return 200

    layout.site.fail(path, cut)
    assert fetch().error is None
    assert ["range" in asked.headers for asked in layout.site.asked(path)] == [False, resumed]
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == served.body


def test_a_server_without_ranges_sends_all_again(pubmed) -> None:
    """200 in place of 206: what is there is overwritten, not appended to."""
    layout, fetch = pubmed
    path = victim(layout)
    whole = layout.site.files[path].body
    layout.site.fail(path, cut_after(2500), body(whole))
    assert fetch().error is None
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == whole


def test_a_host_that_is_down_ends_the_fetch(pubmed) -> None:
    """After twenty failures without a success nobody asks on."""
    layout, fetch = pubmed
    layout.fill(baseline=60, updates=0)
    for path in layout.dates:
        layout.site.fail(path, *[status(503)] * 10)
    outcome = fetch()
    assert str(outcome.error).count("20 files failed one after the other") == 1
    assert len([a for a in layout.site.asked() if a.status == 503]) < 60 * 4


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0", "[::1]", "[::ffff:127.0.0.2]"])
def test_a_redirect_to_a_private_address_is_refused(site, fetcher, host: str) -> None:
    """Although the host is allowed: what it resolves to is not, and is not asked."""
    layout = PubMedSite(site)
    layout.fill()
    fetch = fetcher("pubmed", "/pubmed/")
    other = Site(site.clock)
    with serving(other) as address:
        port = address.rsplit(":", 1)[-1]
        fetch.keys["networks"] = ["127.0.0.1/32", "8.8.8.8/32"]
        site.fail(victim(layout), *[moved(f"http://{host}:{port}/x.gz")] * 9)
        fetch.keys["hosts"] = [f"{host}:{port}"]
        outcome = fetch()
    assert "which is not public" in str(outcome.error)
    assert other.log == []
    assert not fetch.snapshot.exists()


def test_loopback_itself_needs_permission(site, fetcher) -> None:
    """Without networks in the recipe not even the source's own address is asked."""
    PubMedSite(site).fill()
    fetch = fetcher("pubmed", "/pubmed/")
    del fetch.keys["networks"]
    outcome = fetch()
    assert outcome.error is not None
    assert "robots" in str(outcome.error) or "not public" in str(outcome.error)
    assert site.log == []
