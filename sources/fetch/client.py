"""The client: polite requests.

Built on urllib3 (connections, TLS, proxies, chunked bodies). Redirects are followed here, because
each one is judged by the guard. Threads may share a client.
"""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urljoin

import urllib3

from sources.fetch.addresses import Place, Sent, shown
from sources.fetch.attempts import again
from sources.fetch.clock import Clock, SystemClock
from sources.fetch.content import Inspector
from sources.fetch.dates import moment
from sources.fetch.errors import FetchError
from sources.fetch.failures import LINE_ERRORS, explained
from sources.fetch.guard import Guard
from sources.fetch.limits import CHUNK_BYTES, ROBOTS_BYTES, Limits
from sources.fetch.pace import HostPace, Pace
from sources.fetch.prompt import prompt_pools
from sources.fetch.robots import UNAVAILABLE, Answer, Sites, text_of

T = TypeVar("T")

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which asking again may help."""

TOO_MANY = 429

MOVED = frozenset({301, 302, 303, 307, 308})
SAME_REQUEST = frozenset({307, 308})
"""Redirects after which a posted body is posted again (RFC 9110, 15.4)."""

FORM = "application/x-www-form-urlencoded"
GONE = frozenset({404, 410})
OK, PARTIAL, UNCHANGED, NO_RANGE = 200, 206, 304, 416
ANSWERS_TO = {
    PARTIAL: {"Range"},
    UNCHANGED: {"If-None-Match", "If-Modified-Since"},
    NO_RANGE: {"Range"},
}
"""Statuses that answer only a request with one of these headers."""

GZIP = ("gzip", "x-gzip")
"""Names of the one packing that is asked for (RFC 9110, 8.4.1.3)."""

POOLS = 64
"""Hosts whose connections are kept."""


@dataclass(frozen=True, slots=True)
class Page:
    """A small answer, in memory.

    Attributes:
        url: Address.
        body: Unpacked.
        headers: Of the answer, their names in lower case.
        landed: Address behind all redirects.
    """

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    landed: str = ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8-sig", "replace")


@dataclass(slots=True)
class Traffic:
    """What a client did, for the report.

    Attributes:
        requests: Requests sent, robots.txt and redirects included.
        received: Bytes of bodies.
        retries: Attempts beyond the first.
    """

    requests: int = 0
    received: int = 0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class _Host:
    queue: HostPace
    pools: urllib3.PoolManager


def lowered(headers: urllib3.HTTPHeaderDict) -> dict[str, str]:
    """Return headers by their names in lower case; those that came twice joined by commas."""
    return {name.lower(): value for name, value in headers.itermerged()}


def unheard(_problem: str, _seconds: float) -> None:
    """Tell nobody of an attempt that failed."""


class Client:
    """Asks servers, within limits.

    Args:
        guard: Where requests may go.
        limits: What a fetch may do.
        agent: User-Agent, with a contact.
        pace: The queues of the hosts; shared by all clients of a process.
        scratch: Folder for listings that are too large for memory.
        clock: Time.
        obey_robots: Whether robots.txt is obeyed; it is recorded in any case.
        sent: Says how an address is asked (`Remote.sent`).
        told: Hears of each failed attempt, and for how long is waited before the next.
    """

    def __init__(
        self,
        guard: Guard,
        limits: Limits,
        agent: str,
        pace: Pace,
        scratch: Path,
        *,
        clock: Clock | None = None,
        obey_robots: bool = True,
        sent: Callable[[str], Sent] = Sent,
        told: Callable[[str, float], None] = unheard,
    ) -> None:
        self._sent, self._told = sent, told
        self.guard, self.limits, self.scratch = guard, limits, scratch
        self.clock = clock or SystemClock()
        self.traffic = Traffic()
        self.sites = Sites(
            self._ask, self.clock, obey=obey_robots, patience_s=limits.retry_after_max_s
        )
        self._pace, self._lock = pace, threading.Lock()
        self._headers = {"User-Agent": agent, "Accept-Encoding": "identity"}
        self._proxies = urllib.request.getproxies()
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._hosts: dict[Place, _Host] = {}
        self._timeout = urllib3.Timeout(
            connect=limits.connect_timeout_s, read=limits.read_timeout_s
        )

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()

    def page(
        self, url: str, *, expect: str = "any", problem: Callable[[Page], str] | None = None
    ) -> Page:
        """Fetch a small body into memory.

        Args:
            url: Address.
            expect: Format, as of a target.
            problem: Says what is wrong with a page, for example that it has no end; such a page
                is asked for again.

        Returns:
            The page.

        Raises:
            FetchError: It could not be had, or is not what it should be.
        """

        def attempt() -> Page:
            page = self.page_once(url, expect)
            if problem and (said := problem(page)):
                raise FetchError("truncated", f"{shown(url)}: {said}", retryable=True)
            return page

        return self.persist(attempt)

    def forbidden(self, url: str) -> bool:
        """Tell whether the robots.txt of its site forbids an address, where it is obeyed.

        Raises:
            FetchError: The rules cannot be had, or the address may not be asked at all.
        """
        return self.sites.forbids(self.guard.check(url).origin, url)

    @property
    def interval_s(self) -> float:
        """Seconds between two requests to a host: the longest of those that were asked."""
        return max(
            (host.queue.interval_s for host in self._hosts.values()),
            default=1 / self.limits.requests_per_s,
        )

    @contextmanager
    def request(
        self, url: str, headers: Mapping[str, str] | None = None, *, robots: bool = True
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Send one request and follow redirects; the answer is valid inside the block.

        What is posted goes to the address itself only: not to where it redirects to, unless the
        server asks for the same request there (307, 308) and the host is the same.

        Raises:
            FetchError: No answer, a refusal, or a redirect that goes wrong.
        """
        came_from, seen = "", {url}
        sent = self._sent(url) if robots else Sent(url)
        while True:
            place = self.guard.check(url, came_from)
            host = self._host(place)
            if robots and (delay := self.sites.delay(place.origin, url)):
                host.queue.limit(interval_s=delay)
            moved = ""
            turn = host.queue.turn(self.limits.retry_after_max_s)
            with turn, self._answer(url, sent, host, headers) as answer:
                if answer.status in MOVED and answer.headers.get("location"):
                    moved = urljoin(url, answer.headers["location"]).partition("#")[0]
                    sent = self._redirected(url, moved, sent, answer.status)
                else:
                    self._judge(url, host, answer, headers or {})
                    answer.url = url  # urllib3 has the path only
                    yield answer
                    return
            if moved in seen or len(seen) > self.limits.redirects:
                what = "a redirect loop" if moved in seen else "too many redirects"
                raise FetchError("redirects", f"{shown(url)}: {what} (to {shown(moved)})")
            seen.add(moved)
            came_from, url = url, moved

    def _redirected(self, url: str, moved: str, sent: Sent, status: int) -> Sent:
        """Return the request for where a server redirects to."""
        if sent.form is None:
            return Sent(moved)
        same = self.guard.check(moved, url).origin == self.guard.check(url).origin
        if status not in SAME_REQUEST or not same:
            said = f"{shown(url)}: a posted request is redirected to {shown(moved)}"
            raise FetchError("redirects", said)
        return Sent(moved, sent.form)

    @contextmanager
    def _answer(
        self, url: str, sent: Sent, host: _Host, headers: Mapping[str, str] | None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Send one request; what urllib3 raises becomes one line."""
        self._count(requests=1)
        answer: urllib3.BaseHTTPResponse | None = None
        if sent.form is not None:
            headers = {**(headers or {}), "Content-Type": FORM}
        try:
            answer = host.pools.urlopen(
                "GET" if sent.form is None else "POST",
                sent.url,
                body=sent.form,
                headers={**self._headers, **headers} if headers else self._headers,
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=self._timeout,
            )
            yield answer
        except LINE_ERRORS as error:
            raise explained(url, error) from None
        finally:
            if answer is not None:
                if answer.length_remaining == 0:
                    answer.drain_conn()  # the connection can be used again
                else:
                    answer.close()  # never read to the end: what is left may be endless

    def _host(self, place: Place) -> _Host:
        """Return queue and connections of a host, made when it is first asked."""
        host = self._hosts.get(place)
        if host is None:
            limits = self.limits
            queue = self._pace.host(place.name)
            queue.limit(interval_s=1 / limits.requests_per_s, connections=limits.connections)
            with self._lock:
                host = self._hosts.setdefault(place, _Host(queue, self._pools_for(place)))
        return host

    def _pools_for(self, place: Place) -> urllib3.PoolManager:
        """Return the pools for a place: through a proxy where the environment names one."""
        proxy = self._proxies.get(place.scheme, "")
        if proxy and urllib.request.proxy_bypass(place.host):
            proxy = ""
        if proxy not in self._pools:
            size = self.limits.connections
            made = _proxied(proxy, size) if proxy else urllib3.PoolManager(POOLS, maxsize=size)
            # A proxy resolves names itself, and stands where the environment says.
            made.pool_classes_by_scheme = prompt_pools(None if proxy else self.guard)
            self._pools[proxy] = made
        return self._pools[proxy]

    def _judge(
        self,
        url: str,
        host: _Host,
        answer: urllib3.BaseHTTPResponse,
        headers: Mapping[str, str],
    ) -> None:
        """Raise for an answer that is none, or none to what was asked."""
        status = answer.status
        # Whatever the status: MediaWiki is busy with 200, where its databases lag.
        wait = self._retry_after(answer.headers.get("retry-after", ""))
        if status == TOO_MANY:
            host.queue.hold(wait or self.limits.backoff_s)
        elif wait:
            host.queue.hold(wait)
        if status == OK or (status in ANSWERS_TO and headers.keys() & ANSWERS_TO[status]):
            return
        where = f"{shown(url)}: HTTP {status}"
        if status in ANSWERS_TO:
            said = f"{where}, which nobody asked for"
            raise FetchError("http_error", said, retryable=True, fresh=True, status=status)
        if status in GONE:
            raise FetchError("not_found", f"{where}: not there", status=status)
        if status not in BUSY:
            said = f"{where}: refused; see whether the source has moved"
            raise FetchError("refused", said, status=status)
        if wait > self.limits.retry_after_max_s:
            said = f"{where}: asks to wait {wait:,.0f} s; run it again later"
            raise FetchError("busy", said, status=status)
        raise FetchError("http_error", where, retryable=True, status=status)

    def _retry_after(self, value: str) -> float:
        """Return the seconds of a Retry-After header: a number, or a date."""
        value = value.strip()
        if value.isdecimal():
            return float(value[:9])
        until = moment(value)
        return 0.0 if until is None else max(0.0, until - self.clock.now())

    def persist(self, attempt: Callable[[], T], progress: Callable[[], int] = lambda: 0) -> T:
        """Try until it works, or there was no progress for too many attempts.

        Args:
            attempt: Does it.
            progress: Steps that were made: after an attempt that made a further one the count
                begins anew.
        """
        try:
            return attempt()
        except FetchError as error:
            if not error.retryable:
                raise
            return again(  # only now the machinery of attempts is made
                attempt,
                error,
                self.limits,
                self.clock,
                progress=progress,
                heard=lambda: bool(self.traffic.received),
                waiting=self._failed,
            )

    def _failed(self, error: FetchError, seconds: float) -> None:
        """Count an attempt that failed, and tell of it."""
        self._count(retries=1)
        self._told(str(error), seconds)

    def _count(self, *, requests: int = 0, received: int = 0, retries: int = 0) -> None:
        with self._lock:
            self.traffic.requests += requests
            self.traffic.received += received
            self.traffic.retries += retries

    def page_once(self, url: str, expect: str = "any") -> Page:
        """Fetch a page as `page` does, in one attempt.

        Raises:
            FetchError: As `page`; whether it is worth another attempt it says.
        """
        with self.request(url, {"Accept-Encoding": "gzip"}) as answer:
            inspector = self._read(answer, url, expect, self.limits.page_bytes)
            headers, landed = lowered(answer.headers), answer.url or url
        if len(inspector.kept) > self.limits.page_bytes:
            raise FetchError("too_large", f"{shown(url)}: a page beyond all size")
        inspector.finish()
        return Page(url, bytes(inspector.kept), headers, landed)

    def _read(
        self, answer: urllib3.BaseHTTPResponse, url: str, expect: str, most: int
    ) -> Inspector:
        """Read a body into memory, unpacked, but not on where it has more than ``most`` bytes.

        Raises:
            FetchError: As `bodies`; it is packed in another way than asked for, or badly.
        """
        packing = answer.headers.get("content-encoding", "").strip().lower()
        if packing not in ("", "identity", *GZIP):
            said = f"{shown(url)}: sent as {packing!r:.20} though it was not asked for"
            raise FetchError("encoded", said)
        packed = ".gz" if packing in GZIP else ""
        inspector = Inspector(url, expect + packed, self.limits, keep=most)
        for data in self.bodies(answer, url):
            inspector.update(data)
            if len(inspector.kept) > most:
                break
        return inspector

    def bodies(self, answer: urllib3.BaseHTTPResponse, url: str) -> Iterator[bytes]:
        """Yield a body as it comes, packed as it may be.

        Args:
            answer: The answer.
            url: For messages.

        Raises:
            FetchError: ``slow``: it takes too long, or drips.
        """
        limits = self.limits
        begun = window = self.clock.monotonic()
        came = 0
        # read1 gives what is there: a read of a fixed size would wait on a drip for ever.
        while answer.length_remaining != 0:
            data = answer.read1(CHUNK_BYTES, decode_content=False)
            if not data:
                return
            self._count(received=len(data))
            came += len(data)
            yield data
            now = self.clock.monotonic()
            if now - begun > limits.total_timeout_s:
                raise FetchError("slow", f"{shown(url)}: takes too long", retryable=True)
            if now - window >= limits.slow_after_s:
                if came < limits.min_bytes_per_s * (now - window):
                    said = f"{shown(url)}: {came:,} bytes in {now - window:,.0f} s"
                    raise FetchError("slow", said, retryable=True)
                window, came = now, 0

    def _ask(self, url: str, delay_s: float) -> Answer:
        """Fetch a well-known address; only one that may not be asked is an error."""
        came = 0

        def attempt() -> Answer:
            nonlocal came
            came = 0
            self._host(self.guard.check(url)).queue.limit(interval_s=delay_s)
            with self.request(url, robots=False) as answer:
                came = answer.status
                inspector = self._read(answer, url, "any", ROBOTS_BYTES)
            if len(inspector.kept) <= ROBOTS_BYTES:  # of a longer one the beginning is read
                inspector.finish(empty=True)
            return Answer(came, text_of(bytes(inspector.kept)))

        try:
            return self.persist(attempt)
        except FetchError as error:
            if error.rule in ("address_refused", "busy"):
                raise
            status = error.status or came
            if status in UNAVAILABLE and status not in BUSY:
                return Answer(status)
            said = str(error).partition(": ")[2].partition(";")[0]
            reached = "not to be had" if status else "cannot be reached"
            return Answer(status, problem=f"{reached} ({said})")


def _proxied(proxy: str, size: int) -> urllib3.ProxyManager:
    """Return the pools behind a proxy of the environment, with its user and password if any.

    Raises:
        FetchError: ``proxy``: it is none that can be used. The address is not repeated.
    """
    try:
        parts = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
        headers = None
        if parts.auth:
            headers = urllib3.util.make_headers(proxy_basic_auth=unquote(parts.auth))
        address = parts._replace(auth=None).url
        return urllib3.ProxyManager(address, POOLS, maxsize=size, proxy_headers=headers)
    except urllib3.exceptions.LocationValueError:
        said = "the proxy of the environment is no http or https address; see http_proxy"
        raise FetchError("proxy", f"{said} and https_proxy") from None
