"""How often a host is asked: one queue for each host, shared by all workers and all sources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sources.fetch.clock import Clock
from sources.fetch.errors import FetchError


class HostPace:
    """The queue of one host: a least interval between requests, a most of connections.

    Where several sources ask the same host, the strictest of their limits holds.

    Args:
        name: Of the host, for messages.
        clock: Time.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self._changed = threading.Condition()
        self._interval = 0.0
        self._connections = 1 << 30
        self._active = 0
        self._last = float("-inf")
        self._held = clock.monotonic()

    def limit(self, *, interval_s: float = 0.0, connections: int = 1 << 30) -> None:
        """Tighten the limits; they are never loosened."""
        with self._changed:
            self._interval = max(self._interval, interval_s)
            self._connections = min(self._connections, connections)

    def hold(self, seconds: float) -> None:
        """Let nobody ask for some time, as the server wishes."""
        with self._changed:
            self._held = max(self._held, self._clock.monotonic() + seconds)

    @property
    def interval_s(self) -> float:
        """Seconds between two requests, at least."""
        return self._interval

    @contextmanager
    def turn(self, patience_s: float = float("inf")) -> Iterator[None]:
        """Wait for a connection and a turn; the connection is free again at the end.

        Raises:
            FetchError: ``busy``: nobody may ask for longer than ``patience_s``.
        """
        with self._changed:
            while self._active >= self._connections:
                self._changed.wait()
            self._active += 1
        try:
            self._wait(patience_s)
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify()

    def _wait(self, patience_s: float) -> None:
        while True:
            with self._changed:
                now = self._clock.monotonic()
                if (pause := self._held - now) > patience_s:
                    said = f"{self._name}: asks to wait {pause:,.0f} s; run it again later"
                    raise FetchError("busy", said)
                start = max(now, self._held, self._last + self._interval)
                self._last = start
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
                self._hosts[name] = HostPace(name, self._clock)
            return self._hosts[name]
