"""MediaWiki's ``api.php``: what is listed in steps, what is rendered, invented pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

API = "/api.php"
RIGHTS = "https://creativecommons.org/licenses/by-sa/3.0/"
NUMBERS = (7, 42, 999, 1000, 12345)


class WikiSite:
    """Pages with their revisions; lists two at a time and says how to go on."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.pages: dict[int, dict[str, Any]] = {}
        self.articles: int | None = None
        self.rights = RIGHTS
        site.compute = self.answer

    def add(self, number: int, revision: int = 0, html: str = "") -> None:
        """Put a page there, or a later revision of it."""
        text = f"<p>Page {number} gives {number % 90 + 1} mg of examplin.</p>"
        revision = revision or 100 + number
        self.pages[number] = {"title": f"Fever {number}", "revid": revision, "html": html or text}

    def path(self, number: int) -> str:
        """Return the address at which a page is rendered, as the connector asks for it."""
        return (
            f"{API}?action=parse&pageid={number}&disablelimitreport=1&disableeditsection=1"
            "&prop=text%7Crevid%7Ccategories%7Cdisplaytitle&format=json&formatversion=2&maxlag=5"
        )

    def answer(self, path: str) -> Served | None:
        """Answer a request to the API."""
        parts = urlsplit(path)
        if parts.path != API:
            return None
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if query["action"] == "parse":
            return self._parsed(int(query["pageid"]))
        return json_of(self._about() if "meta" in query else self._listed(query))

    def _about(self) -> dict[str, Any]:
        count = len(self.pages) if self.articles is None else self.articles
        about = {"general": {"generator": "MediaWiki 1.39.5"}, "statistics": {"articles": count}}
        return {"batchcomplete": True, "query": {**about, "rightsinfo": {"url": self.rights}}}

    def _listed(self, query: dict[str, str]) -> dict[str, Any]:
        assert query.get("continue", "gapcontinue||") == "gapcontinue||"
        assert ("continue" in query) == ("gapcontinue" in query)  # it goes back whole
        numbers = sorted(self.pages)
        place = int(query.get("gapcontinue", "P0").removeprefix("P"))
        found = [
            {
                "pageid": number, "ns": 0, "title": self.pages[number]["title"], "length": 5_000,
                "touched": "2026-01-05T00:00:00Z", "lastrevid": self.pages[number]["revid"],
            }
            for number in numbers[place : place + int(query["gaplimit"])]
        ]  # fmt: skip
        page: dict[str, Any] = {"batchcomplete": True, "query": {"pages": found}}
        place += int(query["gaplimit"])
        if place < len(numbers):
            page["continue"] = {"gapcontinue": f"P{place}", "continue": "gapcontinue||"}
        return page

    def _parsed(self, number: int) -> Served:
        page = self.pages.get(number)
        if page is None:
            return error("nosuchpageid")
        parse = {
            "title": page["title"], "pageid": number, "revid": page["revid"], "text": page["html"],
            "categories": [], "displaytitle": page["title"],
        }  # fmt: skip
        return json_of({"parse": parse})


def error(code: str) -> Served:
    """Return an error as the wiki gives it: with status 200."""
    return json_of({"error": {"code": code, "info": "Something.", "lag": 7}, "servedby": "mw1"})


def case(site: Site) -> Case:
    """Return five pages, listed two at a time."""
    layout = WikiSite(site)
    for number in NUMBERS:
        layout.add(number)
    listing = (
        f"{API}?action=query&generator=allpages&gapnamespace=0&gapfilterredir=nonredirects"
        "&gaplimit=2&prop=info&gapcontinue=P2&continue=gapcontinue%7C%7C"
        "&format=json&formatversion=2&maxlag=5"
    )
    keys: dict[str, object] = {"page_size": 2}
    return Case("wikidoc", API, len(NUMBERS), file=layout.path(42), listing=listing, keys=keys)
