"""Addresses: their host, and how they are shown. Loads nothing of the client."""

from __future__ import annotations

from urllib.parse import SplitResult

PORTS = {"http": 80, "https": 443}
"""Schemes that can be asked, and their ports."""


def place(parts: SplitResult) -> str:
    """Return host, and port where it is not that of the scheme."""
    host = (parts.hostname or "").lower().rstrip(".")
    own = parts.port is None or parts.port == PORTS.get(parts.scheme)
    return host if own else f"{host}:{parts.port}"


def shown(url: str) -> str:
    """Return an address for a message: without user name and query, which may hold keys."""
    plain = "".join(c if c.isprintable() else "?" for c in url.partition("?")[0])
    scheme, separator, rest = plain.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"[:300]
