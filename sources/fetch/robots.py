"""What a site asks of robots and of text miners: robots.txt (RFC 9309), TDMRep, headers.

robots.txt is obeyed. What a site reserves for mining (TDMRep of W3C's community group, 2024;
``X-Robots-Tag: noai``) is recorded with the snapshot: whether it binds is a question of law that a
recipe's owner answers.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from protego import Protego

from sources.fetch.addresses import shown
from sources.fetch.clock import Clock
from sources.fetch.errors import FetchError
from sources.fetch.limits import PRODUCT, ROBOTS_AGE_S, ROBOTS_BYTES

ROBOTS = "/robots.txt"
TDMREP = "/.well-known/tdmrep.json"

OPT_OUT_WORDS = ("noai", "noimageai", "noml", "tdm")
"""Words of X-Robots-Tag that are about mining; the others are about search."""

_NO_TRAINING = re.compile(r"(?im)^\s*content-signal\s*:.*\bai-train\s*=\s*no\b")
"""Content Signals (contentsignals.org, 2025): a line of robots.txt about uses of the content."""

UNAVAILABLE = range(400, 500)
"""Answers that mean that there are no rules; any other failure forbids all (RFC 9309, 2.3.1)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a well-known address answered.

    Attributes:
        status: HTTP status; 0 where there was no answer.
        text: The body, cut to what is read of it.
        problem: Why there was no usable answer.
    """

    status: int
    text: str = ""
    problem: str = ""

    def record(self) -> dict[str, object]:
        """Return what a snapshot says of it."""
        found: dict[str, object] = {"status": self.status}
        if self.text:
            found["sha256"] = hashlib.sha256(self.text.encode()).hexdigest()
        if self.problem:
            found["problem"] = self.problem
        return found


Ask = Callable[[str, float], Answer]
"""Fetches an address of a site that wants so many seconds between requests."""


@dataclass(slots=True)
class _Site:
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_s: float = float("-inf")
    robots: Answer | None = None
    rules: Protego | None = None
    tdmrep: Answer | None = None


class Sites:
    """The rules of each site, fetched once a day at most.

    Args:
        ask: Fetches a well-known address of a site; raises only where it may not be asked.
        clock: For the age of rules.
        obey: Whether robots.txt is obeyed; it is fetched and recorded either way.
        patience_s: The longest time between requests that is waited for.
    """

    def __init__(
        self, ask: Ask, clock: Clock, *, obey: bool = True, patience_s: float = float("inf")
    ) -> None:
        self._ask, self._clock, self._obey = ask, clock, obey
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._sites: dict[str, _Site] = {}

    def delay(self, origin: str, url: str) -> float:
        """Check that an address may be fetched.

        Args:
            origin: Scheme, host and port.
            url: The address.

        Returns:
            Seconds between requests that the site asks for; 0 where it says nothing.

        Raises:
            FetchError: ``robots``: the site does not want it fetched, or so seldom that it would
                take too long, or its rules cannot be had.
        """
        if self.forbids(origin, url):
            advice = 'ask the site, or set robots = "ignore" in [sources.fetch] if you may'
            raise FetchError("robots", f"{shown(url)}: robots.txt forbids it; {advice}")
        seconds = self._seconds(self._site(origin).rules)
        if seconds > self._patience_s:
            raise FetchError(
                "robots",
                f"{origin}{ROBOTS}: asks for {seconds:,g} s between requests; ask the site, or "
                "set retry_after_max_s in [sources.fetch] if you would wait so long",
            )
        return seconds

    def forbids(self, origin: str, url: str) -> bool:
        """Tell whether the rules of a site forbid an address; never where they are not obeyed.

        Raises:
            FetchError: ``robots``: the rules cannot be had.
        """
        site = self._site(origin)
        assert site.robots is not None
        if not self._obey:
            return False
        if site.robots.problem:
            if not site.robots.status:
                said = f"{origin}: {site.robots.problem}; check the network and run it again"
                raise FetchError("robots", said)
            raise FetchError(
                "robots",
                f"{origin}{ROBOTS}: {site.robots.problem}, and without it nothing of the site may "
                "be fetched; run it again later",
            )
        return site.rules is not None and not site.rules.can_fetch(url, PRODUCT)

    def sitemaps(self, origin: str) -> list[str]:
        """Return the sitemaps that a robots.txt names, in its order."""
        rules = self._site(origin).rules
        return list(dict.fromkeys(rules.sitemaps)) if rules else []

    def records(self) -> Mapping[str, Mapping[str, Answer]]:
        """Return what each site answered: ``robots`` and ``tdmrep``."""
        with self._lock:
            sites = sorted(self._sites.items())
        return {
            origin: {"robots": site.robots, "tdmrep": site.tdmrep}
            for origin, site in sites
            if site.robots is not None and site.tdmrep is not None
        }

    def reserved(self) -> list[str]:
        """Return the sites that reserve mining rights for some of their pages.

        They say so in their TDMRep file, or by a Content-Signal in robots.txt.
        """
        return [
            origin
            for origin, answers in self.records().items()
            if _reserves(answers["tdmrep"].text) or _NO_TRAINING.search(answers["robots"].text)
        ]

    def _site(self, origin: str) -> _Site:
        with self._lock:
            site = self._sites.setdefault(origin, _Site())
        if site.robots is not None and self._clock.monotonic() - site.asked_s < ROBOTS_AGE_S:
            return site
        with site.lock:
            if site.robots is None or self._clock.monotonic() - site.asked_s >= ROBOTS_AGE_S:
                robots = self._ask(origin + ROBOTS, 0.0)
                site.rules = Protego.parse(robots.text) if robots.text else None
                site.tdmrep = self._tdmrep(origin, robots, site.rules)
                site.asked_s = self._clock.monotonic()
                site.robots = robots
        return site

    def _seconds(self, rules: Protego | None) -> float:
        """Return the seconds between requests that some rules ask for."""
        if rules is None or not self._obey:
            return 0.0
        rate = rules.request_rate(PRODUCT)
        own = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(rules.crawl_delay(PRODUCT) or 0.0, own)

    def _tdmrep(self, origin: str, robots: Answer, rules: Protego | None) -> Answer:
        """Ask what a site reserves, where its rules permit that."""
        url, seconds = origin + TDMREP, self._seconds(rules)
        if robots.problem or seconds > self._patience_s:
            return Answer(0)
        if self._obey and rules and not rules.can_fetch(url, PRODUCT):
            return Answer(0, problem="robots.txt forbids it")
        return self._ask(url, seconds)


def text_of(body: bytes) -> str:
    """Decode a robots.txt: UTF-8, or UTF-16 where a byte order mark says so."""
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return body[2:ROBOTS_BYTES].decode(name, "replace")
    return body[:ROBOTS_BYTES].decode("utf-8-sig", "replace")


def opt_out(headers: Mapping[str, str]) -> str:
    """Return what the headers of an answer reserve for mining, or an empty text."""
    stated = {name: headers.get(name, "").strip() for name in ("tdm-reservation", "tdm-policy")}
    said = [f"{name}: {value}" for name, value in stated.items() if value]
    tag = headers.get("x-robots-tag", "").strip()
    words = (word.strip().lower() for word in tag.replace(":", ",").split(","))
    if any(word in OPT_OUT_WORDS for word in words):
        said.append(f"x-robots-tag: {tag}")
    if said == ["tdm-reservation: 0"]:
        return ""
    return "; ".join(said)[:500]


def _reserves(text: str) -> bool:
    try:
        entries = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return False
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and entry.get("tdm-reservation") in (1, "1") for entry in entries
    )
