"""Europe PMC's search and full texts as recorded answers have them, with invented records."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site, json_of

BASE = "/europepmc/webservices/rest/"
SEARCH = f"{BASE}search"
CLOSED = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><errorBean><errCode>0</errCode><errMsg>'
    "Article with id {pmcid} is not open access one</errMsg></errorBean>"
)
ARTICLE = (
    '<?xml version="1.0"?>\n<!-- <a> --><article article-type="research-article"><front>'
    '<article-meta><article-id pub-id-type="pmcid">{pmcid}</article-id><title-group>'
    "<article-title>Trial {pmcid}</article-title></title-group><permissions><license "
    'xmlns:x="http://www.w3.org/1999/xlink" x:href="https://creativecommons.org/licenses/by/4.0/">'
    "<license-p>Open.</license-p></license></permissions></article-meta></front><body><p>We gave "
    "{dose} mg of examplin to 40 invented patients.</p></body></article>\n"
)


def record(number: int, *, open_access: bool = False) -> dict[str, Any]:
    """Return a record as ``resultType=core`` has it."""
    made = {
        "id": str(number),
        "source": "MED",
        "pmid": str(number),
        "title": f"Invented trial {number}.",
        "authorString": "Nobody A, Nobody B.",
        "journalInfo": {"volume": "1", "journal": {"title": "Annals of Imaginary Trials"}},
        "pubYear": "2025",
        "abstractText": f"<h4>Methods</h4>We gave {number % 90 + 1} mg of examplin to patients.",
        "language": "eng",
        "pubTypeList": {"pubType": ["Journal Article"]},
        "isOpenAccess": "Y" if open_access else "N",
        "citedByCount": 0,
        "firstPublicationDate": "2025-12-01",
    }
    if open_access:
        made |= {"pmcid": f"PMC{number // 10}", "license": "cc by"}
    return made


class EuropePmcSite:
    """Answers the search with cursors, and full texts of what is open."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.records: list[dict[str, Any]] = []
        self.closed: set[str] = set()
        self.hits: int | None = None
        self.dose = 5
        site.compute = self.answer

    def fill(self, count: int, every: int = 3) -> None:
        """Put so many records there; every third one is open."""
        self.records = [
            record(40_000_000 + 10 * n, open_access=n % every == 0) for n in range(count)
        ]

    def answer(self, path: str) -> Served | None:
        """Answer an address of the service."""
        parts = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == SEARCH:
            return self._search(query)
        pmcid, _, kind = parts.path.removeprefix(BASE).partition("/")
        if kind != "fullTextXML" or pmcid not in {r.get("pmcid") for r in self.records}:
            return None
        if pmcid in self.closed:
            return Served(CLOSED.format(pmcid=pmcid).encode(), "application/xml", modified=0)
        body = ARTICLE.format(pmcid=pmcid, dose=self.dose).encode()
        return Served(body, "application/xml", modified=0)

    def _search(self, query: dict[str, str]) -> Served:
        size, cursor = int(query["pageSize"]), query["cursorMark"]
        found = self.records
        if query["query"].endswith(" AND OPEN_ACCESS:Y"):
            found = [one for one in found if one["isOpenAccess"] == "Y"]
        first = 0 if cursor == "*" else int(cursor.removeprefix("AoII"))
        page = found[first : first + size]
        if query["resultType"] == "idlist":
            page = [
                {key: r[key] for key in ("id", "source", "pmid", "pmcid") if key in r} for r in page
            ]
        answer: dict[str, Any] = {
            "version": "6.9",
            "hitCount": len(found) if self.hits is None else self.hits,
            "request": {"queryString": query["query"], "cursorMark": cursor, "pageSize": size},
            "resultList": {"result": page},
        }
        if found:
            # Behind the last record the cursor stays the same.
            answer["nextCursorMark"] = f"AoII{first + len(page)}" if page else cursor
        return json_of(answer)


def page_path(cursor: str = "*", *, size: int = 4, kind: str = "core", query: str = "fever") -> str:
    """Return the path of a page of the search."""
    cursor, query = cursor.replace("*", "%2A"), query.replace(":", "%3A").replace(" ", "+")
    query = query.replace("(", "%28").replace(")", "%29")
    return (
        f"{SEARCH}?query={query}&resultType={kind}&format=json&pageSize={size}&cursorMark={cursor}"
    )


def case(site: Site) -> Case:
    """Return nine records in pages of four, three of them open."""
    layout = EuropePmcSite(site)
    layout.fill(9)
    return Case(
        "europepmc",
        BASE,
        12,
        file=page_path("AoII4"),
        listing=page_path(kind="idlist", query="(fever) AND OPEN_ACCESS:Y"),
        keys={"query": "fever", "page_size": 4},
    )


def text_of(pmcid: str, dose: int = 5) -> bytes:
    """Return a full text."""
    return ARTICLE.format(pmcid=pmcid, dose=dose).encode()


def dumped(value: object) -> bytes:
    """Return JSON."""
    return json.dumps(value).encode()
