"""A crawl of one site: from its lists to the addresses of its documents, within limits.

Lists (sitemaps, feeds, pages of links) are read each time; they are the listing of the source.
Documents are only named here. What a pattern of the site does not take in is not asked for.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import re2

from sources.fetch.addresses import place_of, shown
from sources.fetch.canonical import Traps, canonical, key
from sources.fetch.errors import FetchError
from sources.fetch.lists import INDEX, LINKS, Listed, PageList, read_list
from sources.fetch.robots import ROBOTS

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

SHOWN = 3
"""Hosts that a note names."""

REMEMBERED = 1_000_000
"""Addresses that are no documents and are known again, at most; others are new each time."""

ROBOTS_TAG = "x-robots-tag"


class Patterns:
    """Which addresses of a site are documents, which are lists, and which files they may name.

    Args:
        config: ``include``, ``exclude``, ``through`` and ``pdfs``: RE2, searched in an address.

    Raises:
        FetchError: ``bad_pattern``.
    """

    def __init__(self, config: Mapping[str, object]) -> None:
        self._found = {
            name: [_compiled(name, text) for text in cast("list[str]", config[name])]
            for name in ("include", "exclude", "through", "pdfs")
        }

    def which(self, name: str, address: str) -> str:
        """Return the first pattern of a list that an address has; empty for none."""
        return next((p.pattern for p in self._found[name] if p.search(address)), "")

    def is_document(self, address: str) -> bool:
        """Tell whether an address is that of a document."""
        return bool(self.which("include", address)) and not self.which("exclude", address)

    def is_list(self, address: str) -> bool:
        """Tell whether an address is that of a page of links."""
        return bool(self.which("through", address)) and not self.which("exclude", address)

    def is_pdf(self, address: str) -> bool:
        """Tell whether an address is that of a file behind a document."""
        return bool(self.which("pdfs", address)) and not self.which("exclude", address)


@dataclass(frozen=True, slots=True)
class _Waiting:
    address: str
    level: int
    named: bool  # by the entry of the site: it must be there


class Crawl:
    """One crawl.

    Args:
        client: Asks; hosts that it may not ask are not followed, only counted.
        config: The keys of `sources.fetch.site.KEYS`.
        patterns: What is a document.
        passing: Parameters of addresses that are dropped.
        traps: By what addresses that never end are known.
    """

    def __init__(
        self,
        client: Client,
        config: Mapping[str, object],
        patterns: Patterns,
        passing: Sequence[str],
        traps: Traps,
    ) -> None:
        self._client, self._patterns = client, patterns
        self._hosts, self._passing, self._traps = client.guard.hosts, passing, traps
        self._pages, self._lists, self._depth = (
            int(cast("int", config[name])) for name in ("pages", "lists", "depth")
        )
        self._start = [cast("list[str]", config[name]) for name in ("sitemaps", "start")]
        self._seen: set[str] = set()
        self._asked: set[str] = set()
        self._queue: deque[_Waiting] = deque()
        self._count: Counter[str] = Counter()
        self._elsewhere: Counter[str] = Counter()
        self._deeper = False

    def documents(self) -> Iterator[Listed]:
        """Yield the documents that the lists name, each once, in their order.

        Raises:
            FetchError: A list could not be had, or is none: what it named would seem to be gone.
        """
        # Sitemaps first: they say when a page changed, which pages of links do not.
        for addresses in self._start:
            for address in addresses:
                self._enqueue(canonical(address, passing=()), 0, named=True)
            yield from self._drained()

    def _drained(self) -> Iterator[Listed]:
        """Read the lists that wait, and those that they name."""
        while self._queue and not self._count["full"]:
            waiting = self._queue.popleft()
            self._count["lists"] += 1
            for found in self._read(waiting):
                if key(found.address) in self._seen:
                    continue
                if len(self._seen) == self._pages:
                    self._count["full"] = 1
                    return
                self._seen.add(key(found.address))
                yield found

    def knows(self, address: str) -> bool:
        """Tell whether an address is that of a document that was yielded."""
        return key(address) in self._seen

    def notes(self) -> list[str]:
        """Return what stopped the crawl, and what was left aside."""
        count, notes = self._count, []
        if count["full"]:
            notes.append(f"stopped at {self._pages:,} documents (pages); the site lists more")
        if left := count["lists left"]:
            notes.append(f"stopped at {self._lists:,} lists (lists); {left:,} more were waiting")
        if self._deeper:
            notes.append(f"lists lie deeper than depth = {self._depth}; those were not read")
        for name, said in (
            ("robots", "addresses left out: robots.txt forbids them"),
            ("traps", "addresses left out: they repeat themselves, or are endless"),
            ("held back", "links left out: nofollow"),
            ("gone", "lists that others name are gone (404 or 410)"),
        ):
            if count[name]:
                notes.append(f"{count[name]:,} {said}")
        if self._elsewhere:
            top = sorted(self._elsewhere.items(), key=lambda item: (-item[1], item[0]))
            named = ", ".join(f"{host} {number:,}" for host, number in top[:SHOWN])
            more = ", …" if len(top) > SHOWN else ""
            total = sum(self._elsewhere.values())
            notes.append(
                f"{total:,} documents on other hosts were not asked for ({named}{more}); hosts "
                "names those that belong to the site"
            )
        return notes

    def _enqueue(self, address: str, level: int, *, named: bool = False) -> None:
        if not address or not self._is_new(address):
            return
        # They are read in this order: what stands behind so many would never be.
        if self._count["lists"] + len(self._queue) < self._lists:
            self._queue.append(_Waiting(address, level, named))
        else:
            self._count["lists left"] += 1

    def _is_new(self, address: str) -> bool:
        """Tell whether an address was neither queued nor refused before, and remember it."""
        known = key(address)
        if known in self._asked:
            return False
        if len(self._asked) < REMEMBERED:
            self._asked.add(known)
        return True

    def _read(self, waiting: _Waiting) -> Iterator[Listed]:
        """Read one list: queue the lists that it names, yield its documents."""
        if waiting.address.endswith(ROBOTS):
            self._sitemaps(waiting)
            return
        found = self._list(waiting)
        if found is None:
            return
        page, made = found
        base = canonical(made.base, page.landed) or page.landed
        self._count["held back"] += made.held_back
        for entry in made.entries:
            address = canonical(entry.address, base, passing=self._passing)
            if not address:
                continue
            if made.kind == INDEX:
                self._further(address, waiting.level)
                continue
            if self._patterns.is_document(address) and self._may(address):
                yield Listed(address, entry.version)
            if made.kind == LINKS and self._patterns.is_list(address):
                self._further(address, waiting.level)

    def _sitemaps(self, waiting: _Waiting) -> None:
        """Queue the sitemaps that a robots.txt names."""
        self._client.forbidden(waiting.address)  # reads it, or says why it cannot be had
        found = self._client.sites.sitemaps(place_of(waiting.address).origin)
        if not found:
            raise FetchError("empty_list", f"{shown(waiting.address)}: names no sitemap")
        for address in found:
            self._further(canonical(address, waiting.address, passing=()), waiting.level)

    def _further(self, address: str, level: int) -> None:
        """Queue a list that another one names."""
        if key(address) in self._asked:
            return
        if level == self._depth:
            self._deeper = True
        elif self._may(address):
            self._enqueue(address, level + 1)

    def _may(self, address: str) -> bool:
        """Tell whether an address may be asked; else count why not, each once."""
        host = place_of(address).name
        why = ""
        if host not in self._hosts:
            why = host
        elif self._traps.have(address):
            why = "traps"
        elif self._client.forbidden(address):
            why = "robots"
        if why and self._is_new(address):
            counts = self._elsewhere if why == host else self._count
            counts[why] += 1
        return not why

    def _list(self, waiting: _Waiting) -> tuple[Page, PageList] | None:
        """Fetch and read a list; None for one that only another list names and that is gone."""
        read: list[PageList] = []

        def problem(page: Page) -> str:
            tag = page.headers.get(ROBOTS_TAG, "")
            try:
                read.append(read_list(page.body, self._client.limits.page_bytes, tag))
            except ValueError as error:
                return str(error)
            made = read[-1]
            if made.entries or made.held_back or not (waiting.named or made.kind == LINKS):
                return ""
            return "a list that names nothing; see whether it has moved"

        try:
            page = self._client.page(waiting.address, problem=problem)
        except FetchError as error:
            if waiting.named:
                raise
            if error.rule == "not_found":
                self._count["gone"] += 1
                return None
            advice = "another list names it: name those to read in sitemaps, or exclude this page"
            raise FetchError(error.rule, f"{error}; {advice}") from None
        return page, read[-1]


def _compiled(name: str, text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error:
        raise FetchError("bad_pattern", f"{name}: {text!r} is no pattern of RE2") from None
