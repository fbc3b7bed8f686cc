"""How often a host is asked: one queue for each host, shared by all workers and all sources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sources.fetch.clock import Clock


class HostPace:
    """The queue of one host: a least interval between requests, a most of connections.

    Where several sources ask the same host, the strictest of their limits holds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._interval = 0.0
        self._connections = 1 << 30
        self._active = 0
        self._next = self._held = clock.monotonic()

    def limit(self, *, interval_s: float = 0.0, connections: int = 1 << 30) -> None:
        """Tighten the limits; they are never loosened."""
        with self._changed:
            self._interval = max(self._interval, interval_s)
            self._connections = min(self._connections, connections)

    def hold(self, seconds: float) -> None:
        """Let nobody ask for some time, as the server wishes."""
        with self._changed:
            self._held = max(self._held, self._clock.monotonic() + seconds)
            self._next = max(self._next, self._held)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a connection and a turn; the connection is free again at the end."""
        with self._changed:
            while self._active >= self._connections:
                self._changed.wait()
            self._active += 1
        try:
            self._wait()
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify()

    def _wait(self) -> None:
        while True:
            with self._changed:
                now = self._clock.monotonic()
                start = max(now, self._next)
                self._next = start + self._interval
            if start <= now:
                return
            self._clock.sleep(start - now)
            # Whoever was in the queue when the host asked for a pause queues anew behind it.
            if self._clock.monotonic() >= self._held:
                return


class Pace:
    """The queues of all hosts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hosts: dict[str, HostPace] = {}

    def host(self, name: str) -> HostPace:
        """Return the queue of a host."""
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = HostPace(self._clock)
            return self._hosts[name]
