"""bioRxiv and medRxiv: rows of their API by slices of dates, and full texts where wanted.

A slice is some days of one server, always the same ones. Its first page says how many rows there
are; the others follow. Each version of a preprint is a row. A slice of long ago is asked for again
now and then, because where a preprint was published in the end is written into its old rows.

Each page must have as many rows as its place says; where the number of rows changes while a slice
is read, the slice is begun again. A slice of a week or more in which nothing was posted is taken
for an error, since both servers post each day.

Full texts in JATS (``texts``) come from the servers' own sites by the address in each row, as far
as their robots.txt lets them. The bulk way, archives in a bucket of Amazon's, is paid for by
whoever reads it, and is not fetched; `sources.preprints` reads what others fetched of it.

Layout: as public programs record it. Unconfirmed: pages of 30 rows, which had 100 before; that no
rate is stated; the first days of the servers; the hosts of full texts.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import urljoin

from sources.fetch import answers
from sources.fetch.addresses import place_of, shown
from sources.fetch.dates import period
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import Had, Remote, Target
from sources.text import identifiers
from sources.text.json_stream import objects, text

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://api.biorxiv.org/details/"
BIORXIV_URL = "https://www.biorxiv.org/"
MEDRXIV_URL = "https://www.medrxiv.org/"

STARTED = {"biorxiv": datetime.date(2013, 11, 7), "medrxiv": datetime.date(2019, 6, 25)}
"""First day of each server; before it nothing is asked."""

PAGE_ROWS = ("30", "100")
"""Rows of a page that is not the last one."""

DAYS = 7
"""Days of a slice."""

RECENT_DAYS = 30
"""A slice whose last day is no longer ago is asked for again in each fetch."""

AGAIN_DAYS = 90
"""Older ones are asked for again after as many days."""

BUSY_DAYS = 7
"""In as many days each server posts something."""

MOST_ROWS = 999_999
"""Rows of a slice, at most: names of its files have six digits."""

PAGE_BYTES = 90_000
"""Size of a page, roughly, for estimates."""

NOTHING = "no posts found"
"""What the API says of a slice without rows."""

_PAGE = re.compile(r"([a-z]+)/(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)/(\d{6})\.json")
_EPOCH = datetime.date(2000, 1, 3)  # a Monday


class Preprints(Remote):
    """Rows of bioRxiv's and medRxiv's API, and full texts."""

    name = "preprints"
    summary = "bioRxiv and medRxiv: rows of their API (over 500,000), full texts where wanted"
    limits = Limits(requests_per_s=1.0, connections=1)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "biorxiv_url": BIORXIV_URL,
        "medrxiv_url": MEDRXIV_URL,
        "servers": list(STARTED),
        "since": "",
        "until": "",
        "texts": False,
        "licences": [],
        "days": DAYS,
        "recent_days": RECENT_DAYS,
        "again_days": AGAIN_DAYS,
        "page_rows": list(PAGE_ROWS),
    }
    addresses: ClassVar[tuple[str, ...]] = ("url", "biorxiv_url", "medrxiv_url")
    follows = 2

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        self._today = datetime.date.min
        for server in cast("list[str]", self.config["servers"]):
            if server not in STARTED:
                raise ValueError(f"servers can be {' and '.join(STARTED)}, not {server!r}")
        self._since, self._until = period(self.config, "since", "until")
        if not all(size.isdecimal() for size in cast("list[str]", self.config["page_rows"])):
            raise ValueError("page_rows must be whole numbers")

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the first page of each slice, the newest first."""
        today = datetime.datetime.fromtimestamp(client.clock.now(), datetime.UTC).date()
        self._today = today
        until = min(self._until, today)
        for server in cast("list[str]", self.config["servers"]):
            since = max(self._since, STARTED[server])
            for first, last in self._slices(since, until):
                version = self._version(first, (today - last).days)
                yield self._page(server, f"{first}", f"{last}", 0, version)

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield the other pages of a slice, and the full texts of rows."""
        for had in group:
            found = _PAGE.fullmatch(had.target.path)
            if not found or (int(found[4]) and not self.config["texts"]):
                continue
            head, rows = answers.read(had.target.url, had.file, "collection", dict)
            server, first, last, cursor = found.groups()
            total = _total(head)
            if not int(cursor):
                for place in range(len(rows), total, max(len(rows), 1)):
                    version = had.target.version
                    yield self._page(server, first, last, place, version, total)
            if self.config["texts"]:
                yield from self._texts(server, rows)

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a page with fewer rows than it should have, or an error in place of one."""
        if not (found := _PAGE.fullmatch(target.path)):
            return
        head, rows = answers.read(target.url, file, "collection", lambda row: text(row, "doi"))
        message = next(iter(objects(head, "messages")), {})
        total, place = _total(head), int(found[4])
        said = text(message, "status")
        if said == NOTHING and not rows and not place:
            self._check_empty(target, found)
            return
        if said != "ok":
            raise unusable(target.url, f"the API says {said!r:.80}")
        if total > MOST_ROWS:
            raise unusable(target.url, "more rows than a slice can have", "bad_total")
        known = dict(target.facts).get("total", str(total))
        if known != str(total):
            said = f"{shown(target.url)}: the slice had {known} rows and now has {total}"
            raise FetchError("slice_changed", said, restart=True)
        rest = total - place
        whole = len(rows) == rest or (
            len(rows) < rest and str(len(rows)) in cast("list[str]", self.config["page_rows"])
        )
        if not whole or text(message, "count") != str(len(rows)):
            said = f"{len(rows)} rows from row {place} on, of {total}"
            raise unusable(target.url, said, "short_page")

    def hosts(self) -> frozenset[str]:
        """Return the API's host, and those of full texts where these are wanted."""
        if self.config["texts"]:
            return super().hosts()
        return frozenset({place_of(str(self.config["url"])).name})

    def _slices(
        self, since: datetime.date, until: datetime.date
    ) -> Iterator[tuple[datetime.date, datetime.date]]:
        """Yield first and last day of each slice that has a day of a span, the newest first."""
        days = cast("int", self.config["days"])
        number = (until - _EPOCH).days // days
        while (first := _EPOCH + datetime.timedelta(number * days)) + datetime.timedelta(
            days - 1
        ) >= since:
            yield first, first + datetime.timedelta(days - 1)
            number -= 1

    def _version(self, first: datetime.date, age_days: int) -> str:
        """Return what stands for the state of a slice: another one where it is to ask again."""
        if age_days <= cast("int", self.config["recent_days"]):
            return f"fetch {self.generation}"
        again = cast("int", self.config["again_days"])
        # Not all slices in one fetch: each has its own day.
        shift = (first - _EPOCH).days * 13 % again
        return f"round {(first.toordinal() + age_days + shift) // again}"

    def _page(
        self, server: str, first: str, last: str, place: int, version: str, total: int = -1
    ) -> Target:
        return Target(
            urljoin(str(self.config["url"]), f"{server}/{first}/{last}/{place}"),
            f"{server}/{first}_{last}/{place:06d}.json",
            about=PAGE_BYTES,
            version=version,
            expect="json",
            facts=(("total", str(total)),) if place else (),
        )

    def _texts(self, server: str, rows: Sequence[answers.Head]) -> Iterator[Target]:
        """Yield the full texts of rows whose licence is wanted."""
        wanted = {code.casefold() for code in cast("list[str]", self.config["licences"])}
        site = str(self.config[f"{server}_url"])
        for row in rows:
            licence, doi = text(row, "license"), identifiers.doi(text(row, "doi"))
            number, address = text(row, "version"), text(row, "jatsxml")
            if not (doi and number.isdecimal() and address.startswith(("http:", "https:"))):
                continue
            if wanted and licence.casefold() not in wanted:
                continue
            name = re.sub(r"[^a-z0-9.-]", "_", doi)
            yield Target(
                urljoin(site, re.sub(r"https?://[^/]+/", "/", address, count=1)),
                f"{server}/texts/{name}.v{number}.xml",
                version=f"v{number}",
                expect="xml",
                counts=0,
                facts=(("license", licence),) if licence else (),
            )

    def _check_empty(self, target: Target, found: re.Match[str]) -> None:
        """Refuse that nothing was posted where something must have been."""
        first, last = (datetime.date.fromisoformat(found[i]) for i in (2, 3))
        passed = (min(last, self._today) - first).days
        if passed >= BUSY_DAYS - 1 and first > STARTED[found[1]]:
            said = f"nothing posted from {first} to {last}, which cannot be"
            raise unusable(target.url, said, "short_page")


def _total(head: answers.Head) -> int:
    """Return how many rows a slice has, as its pages say; they say it as text or number."""
    message = next(iter(objects(head, "messages")), {})
    total = text(message, "total")
    return int(total) if total.isdecimal() else 0
