"""CDC: pages that it offers for syndication, by its Content Services interface.

The interface lists pages of CDC with their addresses and the day of their last change, and gives
the text of each without the furniture of the site (``syndicate``). A page is asked for again where
that day is another. A list with other pages than it counts is refused.

Layout: unconfirmed; the documentation of the interface (tools.cdc.gov/api/docs) was not read. It is
built on what public programs record of it: ``meta.pagination`` with ``total`` and ``totalPages``,
``results`` with ``id``, ``sourceUrl`` and ``dateModified``, and about 3,900 pages in September
2026. No limit of requests was found: one a second is kept. MMWR's articles are in PubMed Central
too; further documents of CDC come by `guidelines` as lists of addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import urlencode

from sources.fetch import answers, listing
from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import Remote, Target
from sources.text.json_stream import objects, text

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://tools.cdc.gov/api/v2/resources/media"

QUERY: Mapping[str, str] = {"mediatype": "html", "sourceacronym": "CDC"}
"""Pages of CDC itself: other media have no text, other sources other rights."""

PAGE_SIZE = 100
"""Entries on a page of the list."""

PAGE_BYTES = 20_000
"""Mean size of a page, roughly, for estimates."""

_ID = re.compile(r"\d{1,12}")


class Cdc(Remote):
    """Syndicated pages of CDC."""

    name = "cdc"
    summary = "CDC: pages offered for syndication (about 3,900)"
    limits = Limits(requests_per_s=1.0, connections=1)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "query": dict(QUERY),
        "page_size": PAGE_SIZE,
    }
    counted = "pages"

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield all pages that are listed, by their numbers.

        Raises:
            FetchError: ``short_listing``; nothing was fetched.
        """
        where = shown(str(self.config["url"]))
        listed = listing.read(where, lambda: self._listing(client))
        for number, changed in sorted(listed.items()):
            yield Target(
                f"{self.config['url']}/{number}/syndicate.json",
                f"media/{number // 1000:05d}/{number}.json",
                about=PAGE_BYTES,
                version=changed,
                expect="json",
            )

    def judge(self, target: Target, file: Path) -> None:
        """Refuse an error in place of a page, and another page; leave out what has no text."""
        try:
            answer = json.loads(file.read_bytes())
        except (ValueError, RecursionError):
            raise unusable(target.url, "JSON that cannot be read") from None
        if not isinstance(answer, dict) or text(answer, "meta", "status") != "200":
            raise unusable(target.url, "the interface answers no page")
        found = answer.get("results")
        page = found[0] if isinstance(found, list) and found else found
        number = target.path.rsplit("/", 1)[-1].removesuffix(".json")
        if not isinstance(page, dict) or text(page, "id") != number:
            raise unusable(target.url, "not the page that was asked for", "other_page")
        if not text(page, "content").strip():
            raise FetchError("not_found", f"{shown(target.url)}: a page without text")

    def _listing(self, client: Client) -> dict[int, str]:
        """Return number and day of change of all pages that are listed."""
        query = {
            **cast("Mapping[str, str]", self.config["query"]),
            "max": str(self.config["page_size"]),
        }
        found: dict[int, str] = {}
        number = total = 0
        pages = 1
        while number < pages:
            number += 1
            url = f"{self.config['url']}?{urlencode({**query, 'pagenum': str(number)})}"
            page = answers.page(client, url, _page_problem)
            total, pages = (int(text(page, "meta", "pagination", key)) for key in _COUNTS)
            before = len(found)
            found |= {
                int(text(entry, "id")): text(entry, "dateModified")
                for entry in objects(page, "results")
            }
            if len(found) == before:
                break  # whatever number of pages it states: this one has nothing new
        listing.counted("pages", found, total)
        return found


_COUNTS = ("total", "totalPages")


def _page_problem(page: answers.Head) -> str:
    """Return what is wrong with a page of the list."""
    if text(page, "meta", "status") != "200":
        return f"the interface answers {text(page, 'meta', 'status')!r:.20}"
    if not all(text(page, "meta", "pagination", key).isdecimal() for key in _COUNTS):
        return "no list of pages"
    entries = objects(page, "results")
    if not all(_ID.fullmatch(text(entry, "id")) for entry in entries):
        return "a page without its number"
    return "" if all(text(entry, "dateModified") for entry in entries) else "a page without its day"
