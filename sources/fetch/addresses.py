"""Addresses: their host, and how they are shown. Loads nothing of the client."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}
"""Schemes that can be asked, and their ports."""

_FRONT = re.compile(r"(https?)://([^/?#]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address, lower case.
        name: The host, and the port where it is not that of the scheme.
        named_user: Whether it names a user.
    """

    scheme: str
    host: str
    name: str
    named_user: bool

    @property
    def origin(self) -> str:
        """Scheme, host and port, as robots.txt belongs to them."""
        return f"{self.scheme}://{self.name}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it goes over the line.

    Attributes:
        url: Address; it may hold what its own name in messages and snapshots does not.
        form: Body to post; None for a GET.
    """

    url: str
    form: bytes | None = None


def place_of(url: str) -> Place:
    """Return where an address leads.

    Raises:
        ValueError: It is no address of the web.
    """
    found = _FRONT.match(url)
    if not found:
        raise ValueError("only http and https")
    return _place(found[1], found[2])


@functools.lru_cache(maxsize=4096)
def _place(scheme: str, netloc: str) -> Place:
    parts = urlsplit(f"{scheme}://{netloc}")
    host = (parts.hostname or "").lower().rstrip(".")
    if not host:
        raise ValueError("no host")
    shown = f"[{host}]" if ":" in host else host
    own = parts.port is None or parts.port == PORTS[scheme]
    name = shown if own else f"{shown}:{parts.port}"
    return Place(scheme, host, name, parts.username is not None)


def shown(url: str) -> str:
    """Return an address for a message: without user name and query, which may hold keys."""
    plain = "".join(c if c.isprintable() else "?" for c in url.partition("?")[0])
    scheme, separator, rest = plain.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"[:300]
