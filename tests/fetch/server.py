"""A web server on the loopback address that serves files as live sources do, with their faults.

Faults are queued for a path and used up one a request. The log says what was asked, when by the
tests' clock, and what was answered.
"""

from __future__ import annotations

import email.utils
import hashlib
import json
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

DATE = 1_767_225_600.0  # 2026-01-01


class FastClock:
    """A clock that only goes on where somebody sleeps, and then at once.

    With ``real`` the time that truly passes counts too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._skipped = 0.0
        self.real = False

    def now(self) -> float:
        """Return seconds since 1970, from a fixed day on."""
        return DATE + self.monotonic()

    def monotonic(self) -> float:
        """Return seconds."""
        return self._skipped + (time.monotonic() if self.real else 0.0)

    def sleep(self, seconds: float) -> None:
        """Skip some time."""
        with self._lock:
            self._skipped += seconds


@dataclass(slots=True)
class Served:
    """A file of the site; ``modified`` 0 and an empty ``etag`` are not stated."""

    body: bytes
    kind: str = "application/octet-stream"
    etag: str = ""
    modified: float = DATE
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True


def json_of(value: object) -> Served:
    """Return an answer in JSON as interfaces give it: made anew each time, so without validators."""
    return Served(json.dumps(value).encode(), "application/json", modified=0)


@dataclass(slots=True)
class Asked:
    """One line of the log."""

    path: str
    at: float
    status: int
    sent: int
    headers: dict[str, str]
    form: str = ""


Fault = Callable[["Handler", Served], int]
"""Answers a request in another way than it should; returns the status."""


class Site:
    """What is served, what goes wrong, and what was asked.

    ``compute`` answers for addresses that are no files: those of an interface with parameters. A
    posted form is a query to it.
    """

    def __init__(self, clock: FastClock) -> None:
        self.clock = clock
        self.files: dict[str, Served] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.log: list[Asked] = []
        self.lock = threading.Lock()
        self.active = self.most_active = 0
        self.address = ""
        self.on_asked: Callable[[str], None] = lambda path: None
        self.compute: Callable[[str], Served | None] = lambda path: None

    def put(self, path: str, body: bytes, kind: str = "", **more: object) -> Served:
        """Serve a file, with the MD5 as its entity tag as S3 does."""
        tag = f'"{hashlib.md5(body).hexdigest()}"'
        served = Served(body, kind or "application/octet-stream", **{"etag": tag, **more})
        self.files[path] = served
        return served

    def fail(self, path: str, *faults: Fault) -> None:
        """Queue faults for a path: one for each of the next requests.

        A path without a query stands for all of its queries that have no faults of their own.
        """
        self.faults[path].extend(faults)

    def asked(self, path: str = "") -> list[Asked]:
        """Return the log, or that of one path; robots.txt and the like aside."""
        own = ("/robots.txt", "/.well-known/tdmrep.json")
        with self.lock:
            return [a for a in self.log if a.path == path or (not path and a.path not in own)]

    def bodies(self, path: str) -> int:
        """Return how often the whole body of a path was sent."""
        size = len(self.files[path].body)
        return sum(a.status == 200 and a.sent >= size for a in self.asked(path))


class Handler(BaseHTTPRequestHandler):
    """Answers as nginx and S3 do: ranges, conditions, connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body behind its headers would wait for 40 ms
    site: Site
    sent = 0

    def do_GET(self) -> None:
        """Answer one request."""
        self.answer("")

    def do_POST(self) -> None:
        """Answer a posted form as the same parameters in a query."""
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def answer(self, form: str) -> None:
        """Answer one request, or fail as is queued."""
        site, path = self.site, self.path
        plain = path.partition("?")[0]
        with site.lock:
            site.active += 1
            site.most_active = max(site.most_active, site.active)
            queued = site.faults.get(path) or site.faults.get(plain)
            fault = queued.pop(0) if queued else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            # In its place from the beginning: who counts lines counts those under way as well.
            line = Asked(path, site.clock.monotonic(), 0, 0, headers, form)
            site.log.append(line)
        self.sent = 0
        status = 0
        try:
            site.on_asked(path)
            served = site.files.get(path)
            served = served or site.compute(f"{plain}?{form}" if form else path)
            if fault is not None:
                status = fault(self, served or Served(b""))
            elif served is None:
                status = self.reply(404, b"<html>not here</html>", {"Content-Type": "text/html"})
            else:
                status = self.serve(served)
        except OSError:
            self.close_connection = True
        finally:
            with site.lock:
                site.active -= 1
                line.status, line.sent = status, self.sent

    def serve(self, served: Served) -> int:
        """Send a file: whole, a part, or nothing where it is unchanged."""
        body = served.body
        headers = {"Content-Type": served.kind, **served.headers}
        if served.ranges:
            headers["Accept-Ranges"] = "bytes"
        modified = email.utils.formatdate(served.modified, usegmt=True) if served.modified else ""
        if modified:
            headers["Last-Modified"] = modified
        if served.etag:
            headers["ETag"] = served.etag
        asked = self.headers
        if asked.get("If-None-Match"):
            if asked["If-None-Match"] == served.etag:
                return self.reply(304, b"", headers)
        elif modified and asked.get("If-Modified-Since") == modified:
            return self.reply(304, b"", headers)
        if (
            served.ranges
            and asked.get("Range")
            and asked.get("If-Range") in (None, served.etag, modified)
        ):
            start = int(asked["Range"].removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                headers["Content-Range"] = f"bytes */{len(body)}"
                return self.reply(416, b"", headers)
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return self.reply(206, body[start:], headers)
        return self.reply(200, body, headers)

    def reply(
        self, status: int, body: bytes, headers: dict[str, str], length: int | None = None
    ) -> int:
        """Send an answer; ``length`` is what it claims, by default the truth."""
        self.head(status, headers, len(body) if length is None else length)
        self.write(body)
        if length is not None and length != len(body):
            self.close_connection = True
        return status

    def head(self, status: int, headers: dict[str, str], length: int) -> None:
        """Send status line and headers."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def write(self, data: bytes) -> None:
        """Send some of a body, and count it."""
        self.wfile.write(data)
        self.wfile.flush()
        self.sent += len(data)

    def reset(self) -> None:
        """Cut the connection as a router does: with RST instead of an orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Bear a client that leaves."""
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        """Bear a connection that was cut."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True


def status(code: int, **headers: str) -> Fault:
    """Answer with a status; underscores of header names become dashes."""

    def fault(handler: Handler, _: Served) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        page = b"" if code in (204, 304) else b"<html>busy</html>"  # these have no body
        return handler.reply(code, page, {"Content-Type": "text/html", **named})

    return fault


def cut_after(size: int, *, reset: bool = False) -> Fault:
    """Send so many bytes of the true answer, then close the connection.

    With a reset the client loses what it has not read yet.
    """

    def fault(handler: Handler, served: Served) -> int:
        headers = {"ETag": served.etag} if served.etag else {}
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=")[:-1])
        rest = served.body[start:]
        if start:
            total = len(served.body)
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        handler.head(206 if start else 200, headers, len(rest))
        handler.write(rest[:size])
        handler.close_connection = True
        if reset:
            handler.reset()
        return 206 if start else 200

    return fault


def body(content: bytes, *, length: int | None = None, kind: str = "", etag: str = "") -> Fault:
    """Answer 200 with other bytes, and possibly with a wrong length."""

    def fault(handler: Handler, served: Served) -> int:
        headers = {"Content-Type": kind or served.kind}
        if etag:
            headers["ETag"] = etag
        return handler.reply(200, content, headers, length)

    return fault


def unsized(content: bytes) -> Fault:
    """Answer without any length and close: where it stops early, nothing tells."""

    def fault(handler: Handler, served: Served) -> int:
        handler.send_response(200)
        handler.send_header("Content-Type", served.kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.write(content)
        handler.close_connection = True
        return 200

    return fault


def sent_as(content: bytes, packing: str, *, sized: bool = True) -> Fault:
    """Answer with packed bytes, with a length or closed behind them."""

    def fault(handler: Handler, _: Served) -> int:
        headers = {"Content-Type": "text/plain", "Content-Encoding": packing}
        if sized:
            return handler.reply(200, content, headers)
        handler.send_response(200)
        for name, value in {**headers, "Connection": "close"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.write(content)
        handler.close_connection = True
        return 200

    return fault


def moved(location: str) -> Fault:
    """Redirect."""

    def fault(handler: Handler, _: Served) -> int:
        return handler.reply(302, b"", {"Location": location})

    return fault


def drip(seconds: float) -> Fault:
    """Send a byte of the file now and then for some time, and never end."""

    def fault(handler: Handler, served: Served) -> int:
        handler.head(200, {}, len(served.body))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.write(served.body[handler.sent : handler.sent + 1])
            time.sleep(0.02)
        handler.reset()
        return 200

    return fault


def drip_line(begin: bytes, byte: bytes) -> Fault:
    """Begin an answer, and go on with a byte now and then until nobody listens any more."""

    def fault(handler: Handler, _: Served) -> int:
        handler.write(b"HTTP/1.1 200 OK\r\n" + begin)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            handler.write(byte)
            time.sleep(0.02)
        return 200

    return fault


@contextmanager
def serving(site: Site, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve a site; yields its address without a slash at the end."""
    handler = type("SiteHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    site.address = f"http{'s' * bool(tls)}://127.0.0.1:{server.server_port}"
    try:
        yield site.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def origin(address: str) -> str:
    """Return host and port of an address."""
    return urlsplit(address).netloc
