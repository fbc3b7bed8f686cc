"""What the client costs: small objects against a bare concurrent client, and an inventory of millions.

python -m tests.benchmarks.bench_fetch [OBJECTS] [LINES]

The server is a process of its own on the loopback address. The bare client is urllib3 with as many
threads; it keeps nothing, writes each body to a file, or also forces it to disk. Ours limits, checks, forces to disk,
renames, notes and pins. Times are CPU seconds of this process and wall seconds; on a shared machine
only the former mean much.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import ipaddress
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import urllib3

from curation.fetch_progress import FetchProgress
from sources.fetch.client import Client
from sources.fetch.clock import SystemClock
from sources.fetch.guard import Guard
from sources.fetch.limits import Limits
from sources.fetch.pace import Pace
from sources.fetch.remote import Remote, Target
from sources.fetch.remotes.pmc import Pmc
from sources.fetch.run import Fetch
from sources.fetch.state import State
from tests.fetch.layout_pmc import PmcSite
from tests.fetch.server import FastClock, Site, serving

THREADS = 16
AWAY_S = 0.02
"""Seconds that a request takes to a server of another country and back."""
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
BODY = b"<?xml version='1.0'?>\n<article>" + b"An invented sentence. " * 400 + b"</article>\n"
MD5 = hashlib.md5(BODY).hexdigest()


class Answers(asyncio.Protocol):
    """Answers every request with the same article, and well-known addresses with 404.

    Args:
        away_s: Seconds that an answer takes.
    """

    def __init__(self, away_s: float) -> None:
        self.away_s = away_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are whole."""
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for request in requests:
            there = request.startswith(b"GET /a/")
            body = BODY if there else b"no"
            status = b"200 OK" if there else b"404 Not Found"
            head = b'HTTP/1.1 %s\r\nContent-Length: %d\r\nETag: "%s"\r\n\r\n'
            answer = head % (status, len(body), MD5.encode()) + body
            write = self.transport.write  # type: ignore[attr-defined]
            asyncio.get_running_loop().call_later(self.away_s, write, answer)


def serve_tests(told: Connection) -> None:
    """Serve with the server of the tests, and tell the port."""

    class Endless(dict[str, object]):
        def get(self, path: str, default: object = None) -> object:
            return served if path.startswith("/a/") else default

    site = Site(FastClock())
    served = site.put("/", BODY)
    site.files = Endless()  # type: ignore[assignment]
    with serving(site) as address:
        told.send(int(address.rsplit(":", 1)[-1]))
        while True:
            time.sleep(1)
            site.log.clear()


def serve_far(told: Connection) -> None:
    """Serve as a server that is some thousand kilometres away."""
    serve(told, AWAY_S)


def serve(told: Connection, away_s: float = 0.0) -> None:
    """Serve as fast as Python can, and tell the port."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Answers(away_s), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class Many(Remote):
    """So many small objects."""

    name = "many"

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield them."""
        url, count = self.config["url"], self.config["count"]
        for n in range(int(str(count))):
            path = f"a/{n // 10_000:04d}/{n}.xml"
            yield Target(f"{url}/a/{n}.xml", path, version="1", checksum=f"md5:{MD5}", expect="xml")


def measured(what: str, objects: int, work: Callable[[], object]) -> tuple[float, float]:
    """Run, print, and return objects a second of wall and of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:<34} {objects / wall:9,.0f} a second  {cpu / objects * 1e6:8,.0f} µs CPU each")
    return objects / wall, objects / cpu


def bare(url: str, count: int, folder: Path | None, *, forced: bool = False) -> None:
    """Get them with urllib3 alone; keep them in a folder, and force them to disk, if so wished."""
    pool = urllib3.PoolManager(maxsize=THREADS, retries=False)

    def get(n: int) -> None:
        body = pool.request("GET", f"{url}/a/{n}.xml").data
        if folder:
            with (folder / f"{n}.xml").open("wb") as stream:
                stream.write(body)
                if forced:
                    stream.flush()
                    os.fsync(stream.fileno())

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(get, range(count)))


def ours(url: str, count: int, folder: Path) -> None:
    """Get them as `curation fetch` does, without a limit of requests a second."""
    limits = Limits(requests_per_s=float("inf"), connections=THREADS)
    guard = Guard(frozenset({url.partition("//")[2]}), LOOPBACK)
    clock = SystemClock()
    client = Client(guard, limits, "bench", Pace(clock), folder, clock=clock)
    state = State(folder / "many")
    fetch = Fetch(Many({"url": url, "count": count}), client, state, floor=0.9)
    report = fetch.run(fetch.plan(), FetchProgress(quiet=True))
    assert (report.fetched, report.objects, report.failures) == (count, count, [])
    state.close()
    client.close()


def small(url: str, count: int) -> None:
    """Compare rates."""
    bare(url, 500, None)
    best: dict[str, tuple[float, float]] = {}
    for _ in range(3):
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            for name in ("bare", "forced"):
                (folder / name).mkdir()
            runs: dict[str, Callable[[], object]] = {
                "bare, nothing kept": lambda: bare(url, count, None),
                "bare, written to files": lambda f=folder: bare(url, count, f / "bare"),  # type: ignore[misc]
                "bare, forced to disk": lambda f=folder: bare(
                    url, count, f / "forced", forced=True
                ),  # type: ignore[misc]
                "ours": lambda f=folder: ours(url, count, f),  # type: ignore[misc]
            }
            for what, work in runs.items():
                rates = measured(what, count, work)
                best[what] = max(rates, best.get(what, (0.0, 0.0)))
    mine = best.pop("ours")
    for what, rates in best.items():
        print(
            f"ours / {what}: {mine[0] / rates[0]:.0%} of the rate, {mine[1] / rates[1]:.0%} by CPU"
        )


def memory() -> float:
    """Return the largest resident size so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def inventory(lines: int) -> None:
    """Plan a day of PubMed Central's inventory, take it as had, and compare it with the next day.

    The lines are made up; a thousandth of them changes, and a thousandth is withdrawn.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = Site(FastClock())
        with serving(site) as url:
            for day in (0, 1):
                layout = PmcSite(site)
                layout.days("2026-01-18T01-00Z")
                layout.write("2026-01-18T01-00Z", [packed(lines, day)])
                state = State(folder / "pmc")
                guard = Guard(frozenset({url.partition("//")[2]}), LOOPBACK)
                limits = Limits(requests_per_s=100.0, connections=32)
                client = Client(guard, limits, "bench", Pace(SystemClock()), folder)
                remote = Pmc({"url": f"{url}/"})
                fetch = Fetch(remote, client, state, floor=0.9)
                begun, cpu = time.perf_counter(), time.process_time()
                plan = fetch.plan()
                print(
                    f"day {day}: {plan.listed:,} lines, {plan.due.objects:,} to ask for, "
                    f"{plan.vanished:,} withdrawn; {time.perf_counter() - begun:,.0f} s, "
                    f"{time.process_time() - cpu:,.0f} s of CPU, at most {memory():,.0f} MB"
                )
                assert plan.due.objects == (len(range(7, lines, 1000)) if day else lines)
                assert plan.vanished == (len(range(3, lines, 1000)) if day else 0)
                if not day:
                    pretend(state, folder / "pmc", remote.following())
                state.close()


def packed(lines: int, day: int) -> bytes:
    """Return the lines of a day, packed."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as stream:
        for n in range(lines):
            if day and n % 1000 == 3:
                continue
            changed = day if n % 1000 == 7 else 0
            etag = hashlib.md5(b"%d %d" % (n, changed)).hexdigest()
            row = (
                f'"pmc-oa-opendata","metadata/PMC{n}.1.json","2026-01-08T11:47:59.000Z","{etag}"\n'
            )
            stream.write(row.encode())
    return out.getvalue()


def pretend(state: State, home: Path, followed: str) -> None:
    """Put a row for each listed file, and one file of that size that all rows name."""
    (home / "one").write_bytes(BODY)
    state._db.execute(
        "INSERT INTO objects SELECT path, grp, 0, url, 'one', ?, '', '', '', '', version, '', '', '', "
        "'', ? FROM listing.targets",
        (len(BODY), followed),
    )


def main() -> None:
    """Run both parts."""
    objects, lines = (int(v) for v in (*sys.argv[1:], "10000", "1000000")[:2])
    context = multiprocessing.get_context("spawn")
    for what, target in (
        ("the server of the tests", serve_tests),
        ("a fast server", serve),
        (f"one that is {AWAY_S * 1000:.0f} ms away", serve_far),
    ):
        ours_end, theirs = context.Pipe()
        server = context.Process(target=target, args=(theirs,), daemon=True)
        server.start()
        before = memory()
        print(f"\n{objects:,} objects of {len(BODY):,} bytes from {what}, {THREADS} threads")
        small(f"http://127.0.0.1:{ours_end.recv()}", objects)
        print(f"memory: {before:,.0f} MB before, {memory():,.0f} MB at most")
        server.terminate()
    if lines:
        inventory(lines)


if __name__ == "__main__":
    main()
