"""WikiDoc, or another MediaWiki: its pages by their revision, through the API.

All pages of a namespace are listed with the number of their last revision, redirects left out; a
page is rendered (``action=parse``) where that is another one. One request at a time, with
``maxlag``: where the wiki's databases lag it answers so with status 200 and ``Retry-After``, which
holds the whole host. What ``continue`` says goes back whole.

A listing that has far fewer pages than the wiki counts as articles is refused: a lost ``continue``
would else pass for its end. A page that is gone since is left out; one older than listed, which a
server that lags may send, is asked for again.

Reference: MediaWiki, API:Continue, API:Allpages, API:Parsing wikitext, Manual:Maxlag parameter.
Unconfirmed: that WikiDoc's API is open to programs at this address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from sources.fetch import answers, listing
from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import Remote, Target
from sources.text.json_stream import field, objects, text

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://www.wikidoc.org/api.php"

PAGE_SIZE = 500
"""Pages of one answer of the listing: the most that MediaWiki gives without special rights."""

MAXLAG_S = 5
"""Lag of the databases beyond which the wiki shall rather refuse: what MediaWiki recommends."""

LISTED_SHARE = 0.9
"""Share of the articles that the wiki counts which must be listed. It counts pages with a link."""

PAGES_PER_FOLDER = 1_000

PAGE_BYTES = 40_000
"""Mean size of a rendered page, roughly, for estimates."""

_LATER = ("maxlag", "ratelimited", "readonly", "internal_api_error")
_GONE = ("nosuchpageid", "missingtitle", "nosuchrevid")


class WikiDoc(Remote):
    """Pages of a MediaWiki."""

    name = "wikidoc"
    summary = "WikiDoc or another MediaWiki: pages by revision (over 33,000)"
    limits = Limits(requests_per_s=1.0, connections=1)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "namespaces": ["0"],
        "page_size": PAGE_SIZE,
        "maxlag_s": MAXLAG_S,
        "listed_share": LISTED_SHARE,
    }
    counted = "pages"

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        if not all(number.isdecimal() for number in cast("list[str]", self.config["namespaces"])):
            raise ValueError("namespaces must be their numbers, such as '0' for articles")

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield all pages of the namespaces, by their numbers.

        Raises:
            FetchError: ``short_listing``, or what the wiki answers in place of a list.
        """
        articles, rights = self._about(client)
        found: dict[int, tuple[str, int]] = {}
        spaces = cast("list[str]", self.config["namespaces"])
        for space in spaces:
            found |= self._listing(client, space)
        least = cast("float", self.config["listed_share"]) * articles
        if "0" in spaces and len(found) < least:
            said = f"lists {len(found):,} pages of {articles:,} articles that the wiki counts"
            raise FetchError("short_listing", f"{self._where()}: {said}; run it again later")
        for number, (revision, size) in sorted(found.items()):
            query = {
                "action": "parse",
                "pageid": str(number),
                "disablelimitreport": "1",
                "disableeditsection": "1",
                "prop": "text|revid|categories|displaytitle",
            }
            yield Target(
                self._address(query),
                f"pages/{number // PAGES_PER_FOLDER:05d}/{number}.json",
                about=max(size, PAGE_BYTES),
                version=revision,
                expect="json",
                facts=(("license", rights),) if rights else (),
            )  # fmt: skip

    def judge(self, target: Target, file: Path) -> None:
        """Refuse an error in place of a page, another page, and one older than listed."""
        try:
            answer = json.loads(file.read_bytes())
        except (ValueError, RecursionError):
            raise unusable(target.url, "JSON that cannot be read") from None
        if not isinstance(answer, dict):
            raise unusable(target.url, "JSON of another form")
        _check(answer, target.url)
        number = parse_qs(urlsplit(target.url).query)["pageid"][0]
        revision = text(answer, "parse", "revid")
        if text(answer, "parse", "pageid") != number or not text(answer, "parse", "text"):
            raise unusable(target.url, "not the page that was asked for", "other_page")
        if not revision.isdecimal() or int(revision) < int(target.version):
            said = f"revision {revision} of a page that is listed with {target.version}"
            raise unusable(target.url, said, "old_page")

    def _about(self, client: Client) -> tuple[int, str]:
        """Return how many articles the wiki counts, and the licence that it states."""
        query = {"action": "query", "meta": "siteinfo", "siprop": "general|rightsinfo|statistics"}
        page = self._page(client, query)
        self.stated["wiki"] = text(page, "query", "general", "generator")
        rights = text(page, "query", "rightsinfo", "url") or text(
            page, "query", "rightsinfo", "text"
        )
        self.stated["rights"] = rights
        articles = text(page, "query", "statistics", "articles")
        return (int(articles) if articles.isdecimal() else 0), rights

    def _listing(self, client: Client, space: str) -> dict[int, tuple[str, int]]:
        """Return number, last revision and size of all pages of a namespace."""
        query = {
            "action": "query", "generator": "allpages", "gapnamespace": space,
            "gapfilterredir": "nonredirects", "gaplimit": str(self.config["page_size"]),
            "prop": "info",
        }  # fmt: skip
        found: dict[int, tuple[str, int]] = {}
        walk = listing.Walk(self._where())
        more: Mapping[str, object] = {}
        while True:
            page = self._page(client, {**query, **{key: str(more[key]) for key in more}})
            for entry in objects(page, "query", "pages"):
                number, revision = text(entry, "pageid"), text(entry, "lastrevid")
                if number.isdecimal() and revision.isdecimal():
                    size = text(entry, "length")
                    found[int(number)] = (revision, int(size) if size.isdecimal() else 0)
            following = field(page, "continue")
            if not isinstance(following, Mapping):
                return found
            more = following
            walk.on(json.dumps(more, sort_keys=True))

    def _page(self, client: Client, query: Mapping[str, str]) -> answers.Head:
        url = self._address(query)

        def problem(page: answers.Head) -> str:
            _check(page, url)
            return "" if "query" in page or "batchcomplete" in page else "no list of pages"

        return answers.page(client, url, problem)

    def _address(self, query: Mapping[str, str]) -> str:
        lag = {"format": "json", "formatversion": "2", "maxlag": str(self.config["maxlag_s"])}
        return f"{self.config['url']}?{urlencode({**query, **lag})}"

    def _where(self) -> str:
        return shown(str(self.config["url"]))


def _check(answer: answers.Head, url: str) -> None:
    """Raise what the wiki answers in place of what was asked for."""
    if "error" not in answer:
        return
    code = text(answer, "error", "code")
    named = code if code.replace("_", "").replace("-", "").isalnum() else "an error"
    said = f"{shown(url)}: the wiki answers {named:.60}"
    if code in _GONE:
        raise FetchError("not_found", said)
    raise FetchError("api_error", said, retryable=code.startswith(_LATER))
