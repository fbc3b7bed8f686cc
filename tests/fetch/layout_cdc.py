"""CDC's Content Services as public programs record them, filled with invented pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

API = "/api/v2/resources/media"


class CdcSite:
    """Lists media, and syndicates them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.media: dict[int, dict[str, Any]] = {}
        self.content: dict[int, str] = {}
        self.total: int | None = None
        site.compute = self.answer

    def add(self, number: int, day: str = "2026-01-05", words: str = "") -> None:
        """Put a page there, or change it."""
        self.media[number] = {
            "id": number, "name": f"About Invented Fever &amp; Chills {number}", "mediaType": "HTML",
            "sourceUrl": f"https://www.cdc.gov/fever/{number}.html", "dateModified": f"{day}T10:00:00Z",
            "datePublished": "2025-11-03T00:00:00Z", "language": {"isoCode": "eng"},
        }  # fmt: skip
        self.content[number] = (
            f"<div><h2>Key points</h2><p>{words or 'Fever is a rise of the temperature.'} See a "
            f"doctor when it is above {number % 5 + 38} degrees for three days or more.</p>"
            "<ul><li>Drink enough.</li><li>Rest.</li></ul></div>"
        )

    def path(self, number: int) -> str:
        """Return the address of a page."""
        return f"{API}/{number}/syndicate.json"

    def answer(self, path: str) -> Served | None:
        """Answer an address of the interface."""
        parts = urlsplit(path)
        if parts.path == API:
            return json_of(self._list(parse_qs(parts.query)))
        name = parts.path.removeprefix(f"{API}/").removesuffix("/syndicate.json")
        if not name.isdecimal() or int(name) not in self.content:
            return None
        page = {**self.media[int(name)], "content": self.content[int(name)]}
        results: object = page if int(name) % 2 else [page]
        return json_of({"meta": {"status": 200, "message": []}, "results": results})

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        size, number = int(query["max"][0]), int(query["pagenum"][0])
        found = list(self.media.values())
        total = len(found) if self.total is None else self.total
        pages = -(-total // size)
        pagination = {
            "total": total, "totalPages": pages, "count": len(found), "max": size, "pageNum": number
        }  # fmt: skip
        results = found[(number - 1) * size : number * size]
        return {"meta": {"status": 200, "pagination": pagination}, "results": results}


NUMBERS = (247197, 131274, 241509)


def case(site: Site) -> Case:
    """Return three pages, listed two at a time."""
    layout = CdcSite(site)
    for number in NUMBERS:
        layout.add(number)
    keys: dict[str, object] = {"page_size": 2}
    path = layout.path(NUMBERS[1])
    return Case("cdc", API, len(NUMBERS), file=path, listing=API, keys=keys)
