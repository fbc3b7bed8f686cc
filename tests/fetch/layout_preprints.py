"""The API of bioRxiv and medRxiv as public programs record it, filled with invented preprints."""

from __future__ import annotations

import re
from typing import Any

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

API = "/details/"
DETAILS = re.compile(r"/details/(\w+)/(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)/(\d+)")
JATS = (
    '<?xml version="1.0"?>\n<article article-type="research-article" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>'
    '<article-id pub-id-type="doi">{doi}</article-id><title-group><article-title>Preprint {doi}'
    "</article-title></title-group></article-meta></front><body><p>We gave 5 mg of examplin to 40 "
    "invented patients.</p></body></article>\n"
)


class PreprintsSite:
    """Answers ``details`` by dates, some rows a page."""

    def __init__(self, site: Site, page_rows: int = 3) -> None:
        self.site, self.page_rows = site, page_rows
        self.rows: list[dict[str, Any]] = []
        site.compute = self.answer

    def add(self, date: str, number: int = 1, server: str = "bioRxiv", **more: str) -> str:
        """Put a row there, and its full text; returns the path of that."""
        stem = f"{date.replace('-', '.')}.{number:06d}"
        doi = f"10.1101/{stem}"
        path = f"/content/{server.lower()}/early/{stem}.source.xml"
        row = {
            "title": f"Preprint {number}", "authors": "Doe, J.; Roe, A.", "doi": doi, "date": date,
            "author_corresponding": "J. Doe", "version": "1", "type": "new results",
            "license": "cc_by", "category": "fever", "abstract": f"We gave {number % 9 + 1} mg.",
            "jatsxml": f"https://www.{server.lower()}.org{path}", "published": "NA",
            "server": server, **more,
        }  # fmt: skip
        self.rows.append(row)
        self.site.put(path, JATS.format(doi=doi).encode(), "application/xml")
        return path

    def answer(self, path: str) -> Served | None:
        """Answer an address of the API."""
        if not (found := DETAILS.fullmatch(path)):
            return None
        server, first, last, cursor = found.groups()
        rows = [
            row
            for row in self.rows
            if row["server"].lower() == server and first <= row["date"] <= last
        ]
        place = int(cursor)
        page = rows[place : place + self.page_rows]
        message: dict[str, Any] = {"status": "no posts found"}
        if rows:
            message = {
                "status": "ok", "category": "all", "interval": f"{first}:{last}", "funder": "all",
                "cursor": place and cursor, "count": len(page), "total": str(len(rows)),
                "count_new_papers": str(len(rows)),
            }  # fmt: skip
        return json_of({"messages": [message], "collection": page})


def case(site: Site) -> Case:
    """Return a slice of seven rows on pages of three, and one of a row; the first pages list."""
    layout = PreprintsSite(site)
    for number in range(7):
        layout.add("2025-11-18", number)
    layout.add("2025-11-25")
    keys = {"servers": ["biorxiv"], "since": "2025-11-17", "until": "2025-11-30"}
    return Case(
        "preprints",
        API,
        8,
        file=f"{API}biorxiv/2025-11-17/2025-11-23/3",
        keys={**keys, "page_rows": ["3"]},
    )
