"""ClinicalTrials.gov: all registered trials, or those of a query, by the API v2.

First only numbers and dates of all trials are listed, page by page. Then come the records, in files
of trials whose numbers stand next to each other: a range of numbers that holds more of them than
``ids_per_request`` is halved. So a file keeps its name, and is asked for again only where one of
its trials was updated, is new, or is there no more.

The listing is refused where it has other trials than it counts, or where the data were renewed
while it was read; a file where it has other trials than were asked for.

Layout: OpenAPI description of the API, 2.0.3 (``pageToken``, ``countTotal``, ``filter.ids``, at
most 1,000 a page), and answers recorded in 2026. Unconfirmed: 50 requests a minute, which is often
quoted but was not found with the operator; that ``LastUpdatePostDate`` changes with each version of
a record; how long an address may be, hence 400 ids; and the mean size of a record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from sources.fetch import answers, listing
from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.ranges import ranges
from sources.fetch.remote import Remote, Target
from sources.text.json_stream import objects, text

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://clinicaltrials.gov/api/v2/"

PAGE_SIZE = 1_000
"""Trials on a page of the listing: the most that the API gives."""

IDS_PER_REQUEST = 400
"""Most trials of one file; their numbers make an address of 5 kB."""

RECORD_BYTES = 25_000
"""Mean size of a record, roughly, for estimates."""

BAD_REQUEST = 400
"""What the API answers to a token that it does not know."""

_NCT = re.compile(r"NCT(\d{8})")
_OWN = frozenset({"fields", "format", "pageSize", "pageToken", "countTotal", "filter.ids"})
_BITS = 27
_LAST = 99_999_999


class Trials(Remote):
    """Records of ClinicalTrials.gov in JSON."""

    name = "trials"
    summary = "ClinicalTrials.gov: records of all trials, or of a query (over 550,000)"
    limits = Limits(requests_per_s=50 / 60, connections=1)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "query": {},
        "page_size": PAGE_SIZE,
        "ids_per_request": IDS_PER_REQUEST,
    }
    counted = "trials"

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        for key in cast("Mapping[str, str]", self.config["query"]):
            if key in _OWN:
                raise ValueError(f"query must not set {key!r}, which the fetch itself sets")

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the files of all trials that the API lists, by number.

        Raises:
            FetchError: ``short_listing`` or ``listing_changed``; nothing was fetched.
        """
        where = shown(self._address("studies"))
        found = listing.read(where, lambda: self._listing(client))
        numbers = sorted(found)
        most = cast("int", self.config["ids_per_request"])
        for first, last, part in ranges(numbers, _BITS, most):
            yield self._target(first, min(last, _LAST), {number: found[number] for number in part})

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a file that has other trials than were asked for."""
        wanted = parse_qs(urlsplit(target.url).query)["filter.ids"][0].split(",")
        head, found = answers.read(target.url, file, "studies", _number)
        missing, more = set(wanted) - set(found), set(found) - set(wanted)
        if text(head, "nextPageToken") or missing or more:
            odd = f"lacks {min(missing)}" if missing else "has others than were asked for"
            said = f"{len(found):,} trials instead of {len(wanted):,}; it {odd}"
            raise unusable(target.url, said, "other_trials")

    def _listing(self, client: Client) -> dict[int, str]:
        """Return number and date of all trials."""
        before = self._stamp(client)
        total, found = self._pages(client)
        if self._stamp(client) != before:
            said = "the data were renewed while they were listed"
            raise FetchError("listing_changed", said, restart=True)
        listing.counted("trials", found, total)
        self.stated["data"] = before
        return found

    def _stamp(self, client: Client) -> str:
        """Return when the data were renewed last."""

        def problem(version: answers.Head) -> str:
            return "" if text(version, "dataTimestamp") else "no dataTimestamp"

        return text(answers.page(client, self._address("version"), problem), "dataTimestamp")

    def _pages(self, client: Client) -> tuple[int, dict[int, str]]:
        """Read all pages: how many trials the API counts, and those that it lists."""
        query = {
            **cast("Mapping[str, str]", self.config["query"]),
            "fields": "NCTId,LastUpdatePostDate",
            "pageSize": str(self.config["page_size"]),
        }
        found: dict[int, str] = {}
        more = {"countTotal": "true"}
        total = -1
        tokens: set[str] = set()
        while True:
            url = f"{self._address('studies')}?{urlencode({**query, **more}, safe=',')}"
            try:
                page = answers.page(client, url, _page_problem)
            except FetchError as error:
                if tokens and error.status == BAD_REQUEST:
                    said = "a page token is not taken any more"
                    raise FetchError("token_expired", said, restart=True) from None
                raise
            for study in objects(page, "studies"):
                date = text(study, *_STATUS, "lastUpdatePostDateStruct", "date")
                found[int(_number(study)[3:])] = date
            if total < 0:
                count = text(page, "totalCount")
                total = int(count) if count.isdecimal() else 0
            token = text(page, "nextPageToken")
            if not token or token in tokens:
                return total, found
            tokens.add(token)
            more = {"pageToken": token}

    def _address(self, path: str) -> str:
        return urljoin(str(self.config["url"]), path)

    def _target(self, first: int, last: int, trials: Mapping[int, str]) -> Target:
        ids = [f"NCT{number:08d}" for number in trials]
        query = {"filter.ids": ",".join(ids), "pageSize": str(len(ids))}
        state = "\n".join(f"{number} {date}" for number, date in trials.items())
        return Target(
            f"{self._address('studies')}?{urlencode(query, safe=',')}",
            f"studies/NCT{first:08d}-{last:08d}.json",
            about=RECORD_BYTES * len(ids),
            version=hashlib.sha256(state.encode()).hexdigest()[:32],
            expect="json",
            counts=len(ids),
        )


_STATUS = ("protocolSection", "statusModule")


def _number(study: answers.Head) -> str:
    """Return the number of a study, empty where it has none."""
    number = text(study, "protocolSection", "identificationModule", "nctId").upper()
    return number if _NCT.fullmatch(number) else ""


def _page_problem(page: answers.Head) -> str:
    studies = page.get("studies")
    if not isinstance(studies, list):
        return "no list of studies"
    return "" if all(map(_number, objects(page, "studies"))) else "a study without its number"
