"""Addresses of pages in one form: what leads to the same page has one spelling.

Reference: RFC 3986, 6.2 (normalisation), by urllib3; parameters that count visits instead of naming
pages are dropped by patterns.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from sources.fetch.addresses import PORTS

PASSING = (
    "utm_*", "*gclid", "fbclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "_ga", "_gl",
    "jsessionid", "phpsessid", "aspsessionid*", "sessionid", "session_id", "sid", "cfid", "cftoken",
)  # fmt: skip
"""Parameters of campaigns and sessions, in lower case."""

ADDRESS_CHARS = 2_000
"""Longer addresses are traps, or data."""

LEVELS = 20
"""Deeper paths are traps."""

REPEATS = 3
"""A path that has one part as often repeats itself: a relative link that leads to itself."""

_SESSION = re.compile(r";(?:jsessionid|phpsessid|sessionid)=[^/?;]*", re.IGNORECASE)
_UNSEEN = re.compile(r"[\t\r\n]")


def canonical(address: str, base: str = "", *, passing: Sequence[str] = PASSING) -> str:
    """Return the one spelling of an address, without fragment; empty for none of the web.

    Args:
        address: As a link has it.
        base: Address of the page that the link stands on.
        passing: Shell patterns of parameters that are dropped.
    """
    try:
        parts = parse_url(urljoin(base, _UNSEEN.sub("", address.strip())))
    except (LocationParseError, ValueError):
        return ""
    if parts.scheme not in PORTS or not parts.host or parts.auth:
        return ""
    own = parts.port in (None, PORTS[parts.scheme])
    host = parts.host.rstrip(".") + ("" if own else f":{parts.port}")
    path = _SESSION.sub("", parts.path or "/") or "/"
    kept = [pair for pair in (parts.query or "").split("&") if pair and not _passes(pair, passing)]
    return f"{parts.scheme}://{host}{path}" + (f"?{'&'.join(kept)}" if kept else "")


def key(address: str) -> str:
    """Return what is the same for addresses that lead to one page.

    A slash at the end and the scheme make no difference.
    """
    front, mark, query = address.partition("?")
    return front.partition("://")[2].rstrip("/") + mark + query


@dataclass(frozen=True, slots=True)
class Traps:
    """By what addresses that never end are known.

    Attributes:
        chars: Longer ones are.
        levels: Those with more parts of a path are.
        repeats: Those whose path has one part as often are.
    """

    chars: int = ADDRESS_CHARS
    levels: int = LEVELS
    repeats: int = REPEATS

    def have(self, address: str) -> bool:
        """Tell whether an address has the form of those that never end."""
        parts = [part for part in address.partition("?")[0].split("/")[3:] if part]
        often = max(Counter(parts).values(), default=0)
        return len(address) > self.chars or len(parts) > self.levels or often >= self.repeats


def _passes(pair: str, passing: Sequence[str]) -> bool:
    name = pair.partition("=")[0].lower()
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in passing)
