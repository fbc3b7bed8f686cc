"""Connections: to an address that was judged, and with an answer whose head comes in time.

The time-outs of sockets begin anew with every byte. What drips is noticed by `Client.bodies` where
it is a body; for lines in front of it, and for those between its chunks, this is the place.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from sources.fetch.guard import Guard

DRIPS = 16
"""So many reads, in the time of one, that brought fewer bytes each are a drip."""


class _Timed(io.RawIOBase):
    """A socket's stream of which a head, all of it, has as long as else a byte may have.

    A body may come slowly, but not byte by byte: lines between chunks would never end.
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self._allowed = sock.gettimeout()
        self._until: float | None = None
        self._begun = False
        self._since, self._reads, self._came = 0.0, 0, 0

    def begin(self) -> None:
        """Expect a head."""
        if self._allowed is not None:
            self._until = time.monotonic() + self._allowed

    def end(self) -> None:
        """Expect a body, each part of which has its own time."""
        if self._begun:
            self._sock.settimeout(self._allowed)
        self._until = None
        self._since = time.monotonic()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        # Nearly all heads come at once: for a first read the time-out of the socket is right.
        if self._until is not None and self._begun:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the head of the answer takes too long")
            self._sock.settimeout(left)
        self._begun = self._until is not None
        came = self._raw.readinto(buffer)
        if self._until is None and self._allowed is not None:
            self._watch(came or 0, self._allowed)
        return came

    def _watch(self, came: int, allowed: float) -> None:
        """Notice a drip; one long wait is none, for it may be the reader's."""
        self._reads += 1
        self._came += came
        now = time.monotonic()
        if now - self._since >= allowed:
            if self._reads >= DRIPS and self._came < DRIPS * self._reads:
                raise TimeoutError("the body comes byte by byte")
            self._since, self._reads, self._came = now, 0, 0

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Prompt(HTTPResponse):
    """An answer whose status and headers must be there within the time-out of a read."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # Not replaced but wrapped: the socket counts the streams that read from it.
        self._timed = _Timed(cast("io.RawIOBase", cast("Any", self.fp).detach()), sock)
        self.fp = io.BufferedReader(self._timed)

    def begin(self) -> None:
        self._timed.begin()
        super().begin()
        if not self._timed.closed:  # an answer without a body is closed by now
            self._timed.end()


def prompt_pools(guard: Guard | None) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pool classes with such connections.

    Args:
        guard: Says where they may go; None for connections to a proxy.
    """

    class Plain(HTTPConnection):
        response_class = _Prompt

        def _new_conn(self) -> socket.socket:
            return _connect(self, guard) if guard else super()._new_conn()

    class Secure(HTTPSConnection):
        response_class = _Prompt

        def _new_conn(self) -> socket.socket:
            return _connect(self, guard) if guard else super()._new_conn()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(connection: HTTPConnection, guard: Guard) -> socket.socket:
    """Connect to an address that was judged; errors are those of urllib3's own method.

    The name stays that of the connection: for ``Host``, and for the check of a certificate.
    """
    host, port = connection.host, connection.port
    problem: OSError | None = None
    try:
        for address in guard.addresses(host.strip("[]"), port):
            try:
                return create_connection(
                    (address, port),
                    connection.timeout,
                    source_address=connection.source_address,
                    socket_options=connection.socket_options,
                )
            except OSError as error:
                problem = error
    except socket.gaierror as error:
        raise NameResolutionError(host, connection, error) from error
    if isinstance(problem, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host}: no connection in time") from problem
    raise NewConnectionError(connection, f"{host}: {problem or 'no address'}") from problem
