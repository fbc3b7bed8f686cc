"""Guidelines: a polite crawl of one site, by its entry in `sources/fetch/sites`.

A site's lists (sitemaps, feeds, pages of links) name its documents; a date of theirs is the
version. PDFs stand behind the documents that link them. Each file carries the site's licence and
what it rests on as facts, so that a build has them.

Left out, and counted: pages that ask not to be indexed, pages that say "not found" with status 200
(or are like the answer to an address that cannot exist), pages that call another listed page or
another site their original, and pages that lead elsewhere.

No site could be reached while the entries were written: their addresses are those that others have
recorded, and tests serve such sites from this machine.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from sources import licences
from sources.fetch import ends, site
from sources.fetch.addresses import place_of, shown
from sources.fetch.canonical import ADDRESS_CHARS, LEVELS, PASSING, REPEATS, Traps, canonical, key
from sources.fetch.content import looks_like_page
from sources.fetch.crawl import ROBOTS_TAG, Crawl, Patterns
from sources.fetch.errors import FetchError, UnwantedError, unusable
from sources.fetch.html_page import NOINDEX, WebPage, asked, read_page
from sources.fetch.limits import Limits
from sources.fetch.remote import NO_ADDRESS, Had, Landed, Remote, Target, host_of
from sources.items import SourceError
from sources.text.html_errors import refuse_error_page

if TYPE_CHECKING:
    from sources.fetch.client import Client
    from sources.policy import Policy

ALIKE = 0.9
"""Share of words in common from which a page is the site's answer to a wrong address."""

FEW_WORDS = 5
"""A page with fewer different words, and without links, is an error message or an empty frame."""

FILE_BYTES = 256 << 20
"""Largest page or PDF."""

STEM_CHARS = 60
"""Characters of an address in the name of its file."""

LANDING = ".landing"
"""Name of pages that only lead to documents: no source reads it."""

_MISSING = re.compile(
    r"not (?:be )?found|no longer (?:exist|available)|does(?: not|n.t) exist|removed|moved|deleted"
    r"|(?:could|can)(?: ?not|n.t) (?:be )?(?:find|found|locate)|\b4(?:04|10)\b|\bgone\b"
    r"|nicht gefunden|introuvable|encontrad[ao]|non trovat|niet gevonden|ikke fun|hittades inte",
    re.IGNORECASE,
)
"""What tells a page that is gone from one that is not to be had now."""


class Guidelines(Remote):
    """Pages and PDFs of one site."""

    name = "guidelines"
    summary = "sites of guidelines, one policy entry each: a polite crawl of lists and sitemaps"
    limits = Limits(object_bytes=FILE_BYTES)
    options: ClassVar[Mapping[str, object]] = {
        "site": "",
        **{name: value for name, value in site.KEYS.items() if name != "hosts"},
        "passing_parameters": list(PASSING),
        "address_chars": ADDRESS_CHARS,
        "address_levels": LEVELS,
        "address_repeats": REPEATS,
        "obey_noindex": True,
        "needs_end": True,
        "few_words": FEW_WORDS,
        "alike": ALIKE,
    }
    addresses: ClassVar[tuple[str, ...]] = ()
    floor = 0.9
    follows = 1
    links = True
    judges = ("obey_noindex", "needs_end", "few_words", "alike")

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        self._patterns = Patterns(self.config)
        self._passing = cast("list[str]", self.config["passing_parameters"])
        self._forms = frozenset(cast("list[str]", self.config["documents"]))
        if not self._forms or self._forms - set(site.FORMS):
            raise FetchError("bad_option", f"documents must be some of {', '.join(site.FORMS)}")
        self._files = cast("int", self.config["page_files"])
        self._few, self._alike = (cast("float", self.config[k]) for k in ("few_words", "alike"))
        self._traps = Traps(
            *(cast("int", self.config[f"address_{k}"]) for k in ("chars", "levels", "repeats"))
        )
        self._crawl: Crawl | None = None
        self._client: Client | None = None
        self._facts: dict[str, str] = {}
        self._wrong: list[frozenset[str]] = []
        self._lock = threading.Lock()
        self._count: Counter[str] = Counter()

    @classmethod
    def defaults(cls, given: Mapping[str, object], root: Path) -> dict[str, object]:
        """Return what holds for the site that a table names; see `Remote.defaults`."""
        name = str(given.get("site", ""))
        if not name:
            known = ", ".join(site.names())
            raise LookupError(f'site names what is fetched, such as site = "nhs" (known: {known})')
        own = site.load(name, root).keys
        return {**cls.options, **asdict(cls.limits), **own}

    def hosts(self) -> frozenset[str]:
        """Return the hosts of its lists."""
        return frozenset(
            host_of(name, address)
            for name in ("start", "sitemaps")
            for address in cast("list[str]", self.config[name])
        )

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the documents that the lists of the site name."""
        crawl = self._begin(client)
        origins = set()
        for found in crawl.documents():
            origins.add(place_of(found.address).origin)
            target = self._target(found.address, found.version)
            if target:
                yield target
        answers = [_answer(client, origin) for origin in sorted(origins)]
        self._wrong = [words for words in answers if len(words) >= self._few]

    def target(self, client: Client, address: str) -> Target:
        """Return the file of one address, whether the lists of the site name it or not."""
        self._begin(client)
        spelled = canonical(address, passing=self._passing)
        if not spelled:
            raise FetchError(NO_ADDRESS, f"{address!r:.100} is no http or https address")
        found = self._target(spelled)
        if found is None:
            raise UnwantedError("other_form", f"{shown(address)}: PDFs are no documents here")
        return found

    def _begin(self, client: Client) -> Crawl:
        """Load the entry of the site, and make ready to ask."""
        chosen = site.load(str(self.config["site"]), self.root)
        self.stated["site"] = chosen.name
        self._facts = _facts(chosen.name, chosen.policy)
        self._client = client
        self._crawl = Crawl(client, self.config, self._patterns, self._passing, self._traps)
        return self._crawl

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield the PDFs that a page links."""
        if "pdf" not in self._forms:
            return
        for had in group:
            if not ends.is_pdf(had.file):
                yield from self._linked(had.target.url, read_page(had.file.read_bytes()))

    def accept(self, target: Target, file: Path, landed: Landed) -> str:
        """Refuse what is no document, and leave out what the site does not mean as one."""
        pdf = target.path.endswith(".pdf")
        if ends.is_pdf(file):
            self._place(target, landed)
            if not ends.is_whole(file):
                raise unusable(target.url, "a PDF without its end", "truncated")
            if "pdf" not in self._forms:
                raise UnwantedError("other_form", f"{shown(target.url)}: a PDF")
            words = asked(landed.headers.get(ROBOTS_TAG, ""))
            self._refuse_unindexed(target, asks=bool(words & NOINDEX))
            return ""
        html = looks_like_page(ends.head(file))
        if not html and (pdf or "html" not in landed.headers.get("content-type", "")):
            raise UnwantedError("other_form", f"{shown(target.url)}: neither a page nor a PDF")
        try:
            page = read_page(file.read_bytes(), landed.headers.get(ROBOTS_TAG, ""))
        except ValueError as error:
            raise unusable(target.url, str(error), "not_html") from None
        if not page.whole and self.config["needs_end"]:
            raise unusable(target.url, "a page without its end (see needs_end)", "truncated")
        self._refuse_errors(target, page)
        if pdf:
            raise unusable(target.url, "a web page in place of a PDF", "html_page")
        self._place(target, landed)
        self._refuse_unindexed(target, asks=page.noindex)
        self._original(target, page, landed)
        return page.reserves

    def notes(self) -> list[str]:
        """Return what stopped the crawl, and what was left aside."""
        found = self._crawl.notes() if self._crawl else []
        if self._count["full"]:
            found.append(
                f"{self._count['full']:,} pages link more than {self._files} PDFs (page_files): "
                "the first ones were taken"
            )
        if self._count["robots"]:
            found.append(f"{self._count['robots']:,} PDFs left out: robots.txt forbids them")
        return found

    def rules(self, target: Target) -> list[tuple[str, str]]:
        """Return the patterns of the site that an address has, by their keys."""
        names = ("include", "exclude", "through", "pdfs")
        found = [(name, self._patterns.which(name, target.url)) for name in names]
        return [(name, pattern) for name, pattern in found if pattern]

    def _target(self, address: str, version: str = "", **facts: str) -> Target | None:
        """Return the file of an address; None where the site's PDFs are no documents."""
        pdf = self._patterns.is_pdf(address)
        if pdf and "pdf" not in self._forms:
            return None
        suffix = ".pdf" if pdf else ".html" if "html" in self._forms else LANDING
        rest = key(address).partition("/")[2]
        stem = re.sub(r"[^A-Za-z0-9]+", "-", rest.removesuffix(suffix)).strip("-")
        name = hashlib.sha256(rest.encode()).hexdigest()[:12]
        stem = f"{stem[-STEM_CHARS:].strip('-')}-{name}" if stem else name
        said = {**self._facts, "url": address, **facts}
        return Target(
            address,
            f"{place_of(address).host}/{stem}{suffix}",
            version=version,
            expect="any",
            facts=tuple(sorted(said.items())),
        )

    def _linked(self, url: str, page: WebPage) -> Iterator[Target]:
        """Yield the PDFs that a page links and that are no documents of the lists."""
        assert self._client is not None
        assert self._crawl is not None
        base = canonical(page.base, url) or url
        found: dict[str, str] = {}
        for link in page.links:
            address = canonical(link, base, passing=self._passing)
            if not address or not self._patterns.is_pdf(address) or self._traps.have(address):
                continue
            if place_of(address).name in self._client.guard.hosts:
                found.setdefault(key(address), address)
        wanted = [address for k, address in found.items() if not self._crawl.knows(address)]
        allowed = [address for address in wanted if not self._client.forbidden(address)]
        with self._lock:
            self._count["robots"] += len(wanted) - len(allowed)
            self._count["full"] += len(allowed) > self._files
        for address in allowed[: self._files]:
            if target := self._target(address, page=url):
                yield target

    def _place(self, target: Target, landed: Landed) -> None:
        """Leave out what a redirect led to, where that is no document or another one."""
        address = canonical(landed.url, passing=self._passing)
        if key(address) == key(target.url):
            return
        assert self._crawl is not None
        said = f"{shown(target.url)}: leads to {shown(address)}"
        if self._crawl.knows(address):
            raise UnwantedError("duplicate", said)
        if not self._patterns.is_document(address) and not self._patterns.is_pdf(address):
            raise UnwantedError("moved", f"{said}, which is no document of the site")

    def _original(self, target: Target, page: WebPage, landed: Landed) -> None:
        """Leave out a page that calls another one its original."""
        address = canonical(page.canonical, landed.url, passing=self._passing)
        if not page.canonical or not address or key(address) == key(target.url):
            return
        assert self._client is not None
        assert self._crawl is not None
        place = place_of(address)
        said = f"{shown(target.url)}: calls {shown(address)} its original"
        if place.name not in self._client.guard.hosts:
            raise UnwantedError("elsewhere", said)
        if self._crawl.knows(address):
            raise UnwantedError("duplicate", said)

    def _refuse_unindexed(self, target: Target, *, asks: bool) -> None:
        """Leave out what asks not to be indexed, unless the recipe does not heed it."""
        if asks and self.config["obey_noindex"]:
            raise UnwantedError("noindex", f"{shown(target.url)}: asks not to be indexed")

    def _refuse_errors(self, target: Target, page: WebPage) -> None:
        """Refuse what a server says with status 200 in place of a page."""
        words = page.words()
        if len(words) < self._few and not page.links:
            raise unusable(target.url, "a page without text or links", "error_page")
        for wrong in self._wrong:
            if len(words & wrong) >= self._alike * len(words | wrong):
                said = f"{shown(target.url)}: the same page as for an address that does not exist"
                raise UnwantedError("soft_404", said)
        try:
            refuse_error_page(page.title, page.text)
        except SourceError:
            if _MISSING.search(f"{page.title} {page.text}"):
                said = f"{shown(target.url)}: says that it is not there, with status 200"
                raise UnwantedError("soft_404", said) from None
            raise unusable(
                target.url, "an error message in place of the page", "error_page"
            ) from None


def _facts(name: str, policy: Policy) -> dict[str, str]:
    """Return what a site says of each of its files."""
    read = f"read {policy.checked}" + ("" if policy.confirmed else ", not confirmed")
    said = licences.evidence(f"site {name}", f"{policy.evidence} ({read})")
    found = {"site": name, "license": policy.licence, "license_evidence": said}
    return {key: value for key, value in found.items() if value}


def _answer(client: Client, origin: str) -> frozenset[str]:
    """Return the words by which a site answers to an address that cannot exist.

    None of them where it says so by a status, as it should.
    """
    url = f"{origin}/{hashlib.sha256(origin.encode()).hexdigest()[:16]}-not-here"
    try:
        if client.forbidden(url):
            return frozenset()
        return read_page(client.page_once(url).body).words()
    except (FetchError, ValueError):
        return frozenset()
