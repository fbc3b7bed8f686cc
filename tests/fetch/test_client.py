"""The client: pages unpacked to their end, answers that nobody asked for, pauses of whole hosts."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.fetch.client import Client
from sources.fetch.errors import FetchError
from sources.fetch.guard import Guard
from sources.fetch.limits import ROBOTS_AGE_S, Limits
from sources.fetch.pace import Pace
from sources.fetch.robots import ROBOTS, TDMREP
from tests.fetch.server import Site, body, origin, sent_as, status

LIST = b"".join(b"https://example.org/guidance/p%03d-%06d\n" % (n, n * n * 97) for n in range(200))
PACKED = gzip.compress(LIST, mtime=0)


@pytest.fixture
def client(site: Site, tmp_path: Path) -> Iterator[Client]:
    """A client that may ask the site, twice for each page."""
    guard = Guard(frozenset({origin(site.address)}), (ipaddress.ip_network("127.0.0.0/8"),))
    limits = Limits(requests_per_s=10.0, attempts=2, page_bytes=100_000)
    made = Client(guard, limits, "test", Pace(site.clock), tmp_path, clock=site.clock)
    yield made
    made.close()


@pytest.fixture
def times(site: Site) -> list[float]:
    """When something was asked, robots.txt and the like aside; noted before it is answered."""
    found: list[float] = []

    def note(path: str) -> None:
        if path not in (ROBOTS, TDMREP):
            found.append(site.clock.monotonic())

    site.on_asked = note
    return found


@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "GZIP"])
def test_a_packed_page_is_unpacked(site: Site, client: Client, packing: str) -> None:
    """Of one member or of several."""
    halves = gzip.compress(LIST[:500], mtime=0) + gzip.compress(LIST[500:], mtime=0)
    site.fail("/list", sent_as(PACKED, packing), sent_as(halves, packing, sized=False))
    assert client.page(f"{site.address}/list").body == LIST
    assert client.page(f"{site.address}/list").body == LIST


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("cut", [20, len(PACKED) // 2, len(PACKED) - 1])
def test_a_packed_page_that_is_cut_is_asked_for_again(
    site: Site, client: Client, cut: int, sized: bool
) -> None:
    """Its length may be that of what is left: only the end marker tells."""
    site.fail("/list", sent_as(PACKED[:cut], "gzip", sized=sized), sent_as(PACKED, "gzip"))
    assert client.page(f"{site.address}/list").body == LIST
    site.fail("/list", *[sent_as(PACKED[:cut], "gzip", sized=sized)] * 2)
    with pytest.raises(FetchError, match="end before their end marker; given up after 2"):
        client.page(f"{site.address}/list")


@pytest.mark.parametrize(
    ("content", "packing", "said"),
    [
        (zlib.compress(LIST), "deflate", "sent as 'deflate' though it was not asked for"),
        (LIST, "gzip", "no gzip data"),
        (gzip.compress(bytes(200_000), mtime=0), "gzip", "a page beyond all size"),
        (gzip.compress(b"", mtime=0), "gzip", "an empty answer"),
        (PACKED[:100] + b"x" * 99 + PACKED[199:], "gzip", "cannot be unpacked"),
    ],
    ids=lambda value: value if isinstance(value, str) else len(value),
)
def test_what_is_packed_badly(
    site: Site, client: Client, content: bytes, packing: str, said: str
) -> None:
    """One line, and nothing of it is taken."""
    site.fail("/list", *[sent_as(content, packing)] * 2)
    with pytest.raises(FetchError, match=said):
        client.page(f"{site.address}/list")


def test_a_pause_beyond_patience_is_for_the_whole_host(
    site: Site, client: Client, times: list[float]
) -> None:
    """Whoever asks next is told at once, and the server hears of nobody before the time."""
    site.put("/a", b"a")
    site.fail("/a", status(429, Retry_After="90000"))
    with pytest.raises(FetchError, match=r"/a: HTTP 429: asks to wait 90,000 s"):
        client.page(f"{site.address}/a")
    for path in "abcd":
        with pytest.raises(FetchError, match=r"asks to wait 90,000 s; run it again later"):
            client.page(f"{site.address}/{path}")
    assert len(times) == 1
    site.clock.sleep(88_000)
    assert client.page(f"{site.address}/a").body == b"a"
    assert times[1] - times[0] == pytest.approx(90_000, abs=1)


@pytest.mark.parametrize("code", [200, 403, 404, 500])
def test_a_pause_holds_whatever_the_status(
    site: Site, client: Client, times: list[float], code: int
) -> None:
    """Nobody asks before the time that an answer names, though it refuses or gives all."""
    site.put("/b", b"b")
    site.fail("/a", status(code, Retry_After="600"), status(404))
    with contextlib.suppress(FetchError):
        client.page(f"{site.address}/a")
    client.page(f"{site.address}/b")
    assert times[1] - times[0] == pytest.approx(600)


def test_a_429_without_a_time_holds_the_host_a_little(
    site: Site, client: Client, times: list[float]
) -> None:
    """Not only the one who was told."""
    site.put("/b", b"b")
    with contextlib.suppress(FetchError), client.request(f"{site.address}/b"):
        pass
    site.fail("/a", status(429))
    with contextlib.suppress(FetchError), client.request(f"{site.address}/a"):
        pass
    client.page(f"{site.address}/b")
    _, refused, after = times
    assert after - refused == pytest.approx(client.limits.backoff_s)


def test_a_long_robots_txt_is_read_in_its_beginning(site: Site, client: Client) -> None:
    """Of the bytes that RFC 9309 asks for; packed or not, the rest is not waited for."""
    site.put("/a", b"a")
    text = b"User-agent: *\nDisallow: /a\n" + b"# more\n" * 100_000
    for served in (body(text), sent_as(gzip.compress(text), "gzip")):
        site.fail(ROBOTS, served)
        with pytest.raises(FetchError, match=r"robots\.txt forbids it"):
            client.page(f"{site.address}/a")
        site.clock.sleep(ROBOTS_AGE_S)


def test_robots_that_ask_to_wait(site: Site, client: Client) -> None:
    """Then nothing is asked at all."""
    asked: list[str] = []
    site.on_asked = asked.append
    site.fail("/robots.txt", status(503, Retry_After="90000"))
    for _ in range(3):
        with pytest.raises(FetchError, match=r"asks to wait 90,000 s; run it again later"):
            client.page(f"{site.address}/a")
    assert asked == [ROBOTS]
