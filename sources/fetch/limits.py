"""Every number that a fetch goes by. A connector has its own values, a recipe overrides each.

The rules of politeness are those of RFC 9309 and of the operators where they state any; where they
state none: one connection and one request a second to a host.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib.metadata import version

PRODUCT = "medical-corpus-curation"
"""Product token: the name by which a robots.txt can address the toolkit."""

ROBOTS_BYTES = 512 << 10
"""Bytes of a robots.txt that are read: RFC 9309 asks for at least 500 KiB."""

ROBOTS_AGE_S = 24 * 3600
"""Age at which a robots.txt is fetched again (RFC 9309, 2.4)."""

CHUNK_BYTES = 256 << 10
"""Bytes asked of a connection at a time."""

HEAD_BYTES = 64 << 10
TAIL_BYTES = 4 << 10
"""Bytes at both ends by which it is told what a body is, and whether it is whole."""

RATIO_FROM_BYTES = 1 << 30
"""Content up to which the ratio of packing is no matter."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch of one source may do; each field is a key of ``[sources.fetch]``.

    Attributes:
        requests_per_s: Requests a second to one host, over all workers.
        connections: Connections to one host at a time.
        connect_timeout_s: Seconds for a connection.
        read_timeout_s: Seconds without any byte.
        total_timeout_s: Seconds for one object in one attempt.
        min_bytes_per_s: A body that comes slower, measured over ``slow_after_s``, is given up.
        slow_after_s: Seconds over which that is measured.
        attempts: Attempts for one object without progress (`resume_bytes` more and a hundredth of
            it), the first included.
        backoff_s: Longest wait before the second attempt; it doubles with each further one, and
            the wait is drawn below it.
        backoff_max_s: The longest wait of all.
        retry_after_max_s: The longest pause that is waited for: a host that asks for more with
            ``Retry-After`` is not asked again before, one whose robots.txt does not at all.
        redirects: Redirects followed for one request.
        object_bytes: Largest object.
        page_bytes: Largest page of a listing, unpacked.
        unpacked_bytes: Largest content of a packed object.
        unpacked_ratio: Largest growth of it, beyond 1 GiB of content.
        resume_bytes: Objects from this size on are resumed where they broke off.
        assumed_bytes_per_s: Speed of the line that a dry run reckons with.
    """

    requests_per_s: float = 1.0
    connections: int = 1
    connect_timeout_s: float = 15.0
    read_timeout_s: float = 60.0
    total_timeout_s: float = 4 * 3600.0
    min_bytes_per_s: float = 500.0
    slow_after_s: float = 60.0
    attempts: int = 6
    backoff_s: float = 2.0
    backoff_max_s: float = 120.0
    retry_after_max_s: float = 3600.0
    redirects: int = 5
    object_bytes: int = 8 << 30
    page_bytes: int = 64 << 20
    unpacked_bytes: int = 64 << 30
    unpacked_ratio: float = 200.0
    resume_bytes: int = 1 << 20
    assumed_bytes_per_s: float = 5e6


LIMITS = {field.name: field.default for field in fields(Limits)}
"""Name and default of each limit."""


def user_agent(contact: str) -> str:
    """Return who asks: tool, version, and whom to write to."""
    return f"{PRODUCT}/{version(PRODUCT)} (+{contact})"
