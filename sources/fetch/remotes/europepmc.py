"""Europe PMC: the records of a query with their abstracts, and the full texts that are open.

For where PubMed and PubMed Central cannot be reached, and for what only Europe PMC has. The query
of the recipe is asked as it is (``OPEN_ACCESS:Y``, ``SRC:PPR``, ``LICENSE:"cc by"`` …).

Records come as pages of the search, each of which names the next by a cursor; the list ends where
the cursor repeats. A page must have as many records as are left of the hits that the service
counts, and no record may come twice: else it is asked for again, then all pages are. The service
says of no page whether it has changed, so each fetch asks for all of them. Full texts are listed
with their PMCIDs by the same query and ``OPEN_ACCESS:Y``: it answers for no others, and with
``refresh = false`` those that are there are not asked for again.

The licence of an article is the one in it, whatever the query said. Layout: answers recorded in
2025 and 2026. Unconfirmed: a rate of one to two requests a second, as no figure was found with the
operator; at most 1,000 records a page, which others state; that texts state when they changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from sources.fetch import answers, listing
from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import PAGES, Had, Remote, Target, page_number
from sources.fetch.tally import Tally
from sources.text.json_stream import objects, text

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://www.ebi.ac.uk/europepmc/webservices/rest/"

PAGE_SIZE = 1_000
"""Records of a page: the most that the service gives."""

RECORD_BYTES = 10_000
ARTICLE_BYTES = 120_000
"""Mean sizes, roughly, for estimates."""

IDS_PER_FOLDER = 10_000
"""Articles whose files share a folder, by number, as those of `pmc`."""

LISTED_AGAIN = 4
"""How often a list of full texts is read where its pages do not fit together."""

HEAD_BYTES = 256 << 10
"""Bytes of an article in which its number must stand: its front matter."""

_PMCID = re.compile(r"PMC(\d{1,9})")
_ROOT = re.compile(rb"<([A-Za-z][\w:.-]*)[\s/>]")
_NO_ELEMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.S)
_START = "*"


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the search: hits in all, records (source and id), cursor of the next page."""

    hits: int
    names: list[str]
    following: str


class EuropePmc(Remote):
    """Records and full texts of a query."""

    name = "europepmc"
    summary = "Europe PMC: records of a query with abstracts, and open full texts (JATS)"
    limits = Limits(requests_per_s=1.0, connections=2)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "query": "",
        "records": True,
        "full_texts": True,
        "refresh": True,
        "page_size": PAGE_SIZE,
    }
    follows = PAGES
    counted = "records"

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        if not str(options.get("query", "unset")).strip():
            raise ValueError('query must say what to fetch: query = "OPEN_ACCESS:Y AND …"')
        self._hits = 0
        self._seen = Tally()

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the first page of the records, then the full texts.

        Raises:
            FetchError: ``no_hits``; or the list of full texts is short.
        """
        query = str(self.config["query"])
        if self.config["records"]:
            hits = _page(self._asked(client, query, _START, 1)).hits
            self.stated["hits"] = str(hits)
            if not hits:
                raise FetchError("no_hits", f"{shown(self._address())}: the query finds nothing")
            self.ahead = hits // self._size
            yield self._records(1, _START, counts=hits, about=RECORD_BYTES * hits)
        if self.config["full_texts"]:
            for number in self._listed(client, f"({query}) AND OPEN_ACCESS:Y"):
                yield Target(
                    urljoin(str(self.config["url"]), f"PMC{number}/fullTextXML"),
                    f"articles/PMC{number // IDS_PER_FOLDER:04d}/PMC{number}.xml",
                    about=ARTICLE_BYTES,
                    version=self.generation if self.config["refresh"] else "had",
                    expect="xml",
                )

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a page that is short or holds an error, and a text that is another one."""
        if target.path.startswith("articles/"):
            _judge_article(target, file)
            return
        page = _read(target, file)
        number = page_number(target)
        hits = page.hits if number == 1 else min(page.hits, self._hits)
        before = (number - 1) * self._size
        if len(page.names) < min(self._size, hits - before):
            said = f"page {number:,} has {len(page.names):,} records, and {hits:,} were counted"
            raise unusable(target.url, said, "short_page")
        if page.following in ("", _cursor(target)) and before + len(page.names) < hits:
            said = f"page {number:,} names no other, and {hits:,} records were counted"
            raise unusable(target.url, said, "short_page")

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield the page behind one.

        Raises:
            FetchError: ``listed_twice``: all pages are asked for anew.
        """
        [had] = group
        if had.target.path.startswith("articles/"):
            return
        page, number = _read(had.target, had.file), page_number(had.target)
        if number == 1:
            self._hits, self._seen = page.hits, Tally()
        self._hits = min(self._hits, page.hits)
        self._seen.add(page.names)
        if page.names and page.following not in ("", _cursor(had.target)):
            yield self._records(number + 1, page.following)
            return
        if twice := self._seen.again:
            said = f"{shown(had.target.url)}: the pages name {twice:,} records twice"
            raise FetchError("listed_twice", said, restart=True)

    @property
    def _size(self) -> int:
        return cast("int", self.config["page_size"])

    def _address(self, **query: str) -> str:
        address = urljoin(str(self.config["url"]), "search")
        return f"{address}?{urlencode(query)}" if query else address

    def _records(self, number: int, cursor: str, *, counts: int = 0, about: int = 0) -> Target:
        """Return a page of records; all of them are one group."""
        url = self._address(
            query=str(self.config["query"]),
            resultType="core",
            format="json",
            pageSize=str(self._size),
            cursorMark=cursor,
        )
        return Target(
            url,
            f"records/{number:06d}.json",
            about=about or None,
            version=self.generation,
            expect="json",
            group="records",
            counts=counts,
        )

    def _asked(self, client: Client, query: str, cursor: str, size: int) -> answers.Head:
        """Return a page of ids; one that holds an error is asked for again."""
        url = self._address(
            query=query,
            resultType="idlist",
            format="json",
            pageSize=str(size),
            cursorMark=cursor,
        )
        return answers.page(client, url, _problem)

    def _listed(self, client: Client, query: str) -> list[int]:
        """Return the numbers of all open full texts."""
        for _ in range(LISTED_AGAIN):
            hits, listed, found = self._pages(client, query)
            if listed >= hits:
                return sorted(found)
        said = f"lists {listed:,} open full texts and counts {hits:,}; run it again later"
        raise FetchError("short_listing", f"{shown(self._address())}: {said}")

    def _pages(self, client: Client, query: str) -> tuple[int, int, set[int]]:
        """Read all pages of a list: hits at least, records, numbers of those with a full text."""
        cursor, hits = _START, 1 << 62
        names, walk = Tally(), listing.Walk(shown(self._address()))
        found: set[int] = set()
        while True:
            answer = self._asked(client, query, walk.on(cursor), self._size)
            page = _page(answer)
            hits = min(hits, page.hits)
            names.add(page.names)
            for record in objects(answer, "resultList", "result"):
                if number := _PMCID.fullmatch(text(record, "pmcid")):
                    found.add(int(number[1]))
            if not page.names or page.following in ("", cursor):
                return hits, names.different, found
            cursor = page.following


def _problem(answer: answers.Head) -> str:
    """Say what is wrong with an answer of the search; its own words are not repeated."""
    if "errCode" in answer:
        return "the service answers with an error"
    results = answer.get("resultList")
    if not text(answer, "hitCount").isdecimal() or not isinstance(results, Mapping):
        return "no answer of the search"
    return "" if all(map(_name, objects(answer, "resultList", "result"))) else "records without id"


def _page(answer: answers.Head) -> _Page:
    names = list(map(_name, objects(answer, "resultList", "result")))
    return _Page(int(text(answer, "hitCount")), names, text(answer, "nextCursorMark"))


def _name(record: answers.Head) -> str:
    source, name = text(record, "source"), text(record, "id")
    return f"{source}/{name}" if source and name else ""


def _read(target: Target, file: Path) -> _Page:
    """Read a page of records.

    Raises:
        FetchError: It is none.
    """
    try:
        answer = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        raise unusable(target.url, "JSON that cannot be read") from None
    problem = _problem(answer) if isinstance(answer, dict) else "JSON of another form"
    if problem:
        raise unusable(target.url, problem)
    return _page(answer)


def _cursor(target: Target) -> str:
    return parse_qs(urlsplit(target.url).query)["cursorMark"][0]


def _judge_article(target: Target, file: Path) -> None:
    """Refuse what is no article, or another one.

    The service says with status 200 that an article is not open: then it has it no more.
    """
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    root = _ROOT.search(_NO_ELEMENT.sub(b"", head))
    where = shown(target.url)
    if root and root[1] == b"errorBean":
        raise FetchError("not_found", f"{where}: not open access, says the service")
    if not root or root[1] != b"article":
        raise unusable(target.url, "no article")
    number = target.path.rpartition("/PMC")[2].partition(".")[0]
    if not re.search(rb">\s*(?:PMC)?" + number.encode() + rb"\s*<", head):
        raise unusable(target.url, "another article than was asked for")
