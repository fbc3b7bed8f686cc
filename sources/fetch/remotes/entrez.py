"""E-utilities: what a query finds in PubMed, or in PubMed Central, in batches with lasting names.

For thousands of records, not for millions: those are in the files of `pubmed` and `pmc`. Its files
are read by these two, so a recipe names it: ``use = "pubmed"`` and ``remote = "entrez"``.

**Biopython.** Requests are built by `Bio.Entrez`: parameters, the form of lists of ids, and when a
request is posted. They are sent by the client of this toolkit. Biopython's own sending (1.88, as
measured) keeps the time between requests in an attribute that threads pass by, retries 429 and 5xx
three times without a pause, does not read Retry-After, has no time-out, and leaves a body that
breaks off to the caller. Its parser loads a DTD that it does not know from the network while it
reads, and writes into the user's home when it is imported. So answers are read by lxml.

**Ids.** ESearch gives at most 9,999 ids of PubMed, whatever is asked, and the history server keeps
to the same limit and expires after hours. So a query that finds more is asked for by days: a range
of entry dates that holds too many is halved; a single day that does is asked for by publication
dates, and then by language. Slices may overlap, ids count once, and all must be there in the end.
A phrase that is not found is dropped silently by ESearch, so that it finds more: that is refused.

**Batches.** Records come in batches of near ids; a batch that is full is halved. EFetch leaves out
ids that it does not know without a word, so the ids of each answer are compared with those that
were asked for; what is missing is asked for alone, and noted in the snapshot where it is not there.

The key is read from ``NCBI_API_KEY``. It is only ever sent in a posted form: addresses, messages
and snapshots never have it. Layout: recorded answers of 2025 and 2026; limits as NCBI's manual is
quoted (3 requests a second, 10 with a key). Unconfirmed: that manual itself (NBK25497), and that
the limit of 9,999 holds for PubMed Central too.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import parse_qsl, urlencode, urljoin

from lxml import etree

from sources.fetch.addresses import Sent, shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import PRODUCT, Limits
from sources.fetch.ranges import ranges
from sources.fetch.remote import Remote, Target
from sources.items import SourceError
from sources.text.safe_xml import SAFE, read_tree

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
KEY = "NCBI_API_KEY"

WALL = 9_999
"""Ids of one search, at most."""

BATCH = 200
"""Records of a batch, at most. Up to as many ids stand in an address; NCBI has more posted."""

FIRST_DAY = datetime.date(1700, 1, 1)
LATEST_DAYS = 1_000
"""Days from now within which publications are dated ahead."""

MISSING_SHARE = 0.5
"""Share of a batch that may be missing; an answer that lacks more is not believed."""

RECORD_BYTES = 12_000
"""Mean size of a record of PubMed, roughly, for estimates; full texts have ten times as much."""

PMC_FILTER = "(open_access[Filter] OR author_manuscript[Filter])"
"""What may be fetched of PubMed Central in bulk (README of its bucket, 2026)."""

LANGUAGES = ("AND english[la]", "NOT english[la]")
"""By which a day is halved that holds too many by all of its dates."""


@dataclass(frozen=True, slots=True)
class _Database:
    """What differs between databases: dates to slice by, root and records of an answer."""

    dates: tuple[str, ...]
    root: str
    records: tuple[str, ...]
    ids: tuple[str, ...]


_DATABASES = {
    "pubmed": _Database(
        ("edat", "pdat"),
        "PubmedArticleSet",
        ("PubmedArticle", "PubmedBookArticle"),
        ("MedlineCitation/PMID", "BookDocument/PMID"),
    ),
    "pmc": _Database(
        ("pmcrdat", "pdat"),
        "pmc-articleset",
        ("article",),
        tuple(
            f"front/article-meta/article-id[@pub-id-type='{kind}']"
            for kind in ("pmc", "pmcid", "pmcaid")
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A search: hits, the ids that it gives, and what was not found of the query."""

    hits: int
    ids: frozenset[int]
    lacking: str


class Entrez(Remote):
    """What a query finds, by E-utilities."""

    name = "entrez"
    summary = 'E-utilities: what a query finds; for use = "pubmed", or "pmc" with db = "pmc"'
    limits = Limits(requests_per_s=2.5, connections=2)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "db": "pubmed",
        "query": "",
        "pmc_filter": PMC_FILTER,
        "batch": BATCH,
        "wall": WALL,
        "refresh": True,
    }
    readers = ("pubmed", "pmc")
    counted = "records"

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        if not str(options.get("query", "unset")).strip():
            raise ValueError('query must say what to fetch: query = "asthma[mh] AND guideline[pt]"')
        if self.config["db"] not in _DATABASES:
            raise ValueError(f"db must be one of {', '.join(_DATABASES)}")
        self._database = _DATABASES[str(self.config["db"])]
        self._key = os.environ.get(KEY, "").strip()
        self._client: Client | None = None
        self._missing: set[int] = set()
        self._lock = threading.Lock()

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the batches of all ids that the query finds.

        Raises:
            FetchError: ``no_email``, ``no_hits``, ``phrase_not_found``, ``too_many``,
                ``short_listing``.
        """
        self._client = client
        if "@" not in self.contact:
            advice = 'set contact = "you@example.org" in [fetch]'
            raise FetchError("no_email", f"E-utilities ask for a mail address: {advice}")
        term = str(self.config["query"])
        if self.config["db"] == "pmc" and self.config["pmc_filter"]:
            term = f"({term}) AND {self.config['pmc_filter']}"
        ids = sorted(self._all(client, term))
        self.stated["records"] = str(len(ids))
        for first, last, batch in ranges(ids, 32, cast("int", self.config["batch"])):
            yield self._batch(first, last, batch)

    def sent(self, url: str) -> Sent:
        """Return a request as Biopython builds it: with tool, address and key, posted if long.

        With a key every request is posted, so that no address holds it.
        """
        from Bio import Entrez as biopython

        address, _, query = url.partition("?")
        given: dict[str, str | None] = dict(parse_qsl(query, keep_blank_values=True))
        given |= {"tool": PRODUCT, "email": self.contact, "api_key": self._key or None}
        # The one place where Biopython keeps its rules apart from its sending.
        request = biopython._build_request(address, given, post=True if self._key else None)
        return Sent(str(request.full_url), cast("bytes | None", request.data))

    def judge(self, target: Target, file: Path) -> None:
        """Refuse an answer that has other records than were asked for."""
        with file.open("rb") as stream:
            found = self._records(target.url, stream)
        wanted = _wanted(target.url)
        if more := {ids for ids in found if not ids & wanted}:
            said = f"has {len(more):,} records that were not asked for"
            raise unusable(target.url, said, OTHER)
        missing = wanted.difference(*found)
        if not missing:
            return
        had = len(wanted) - len(missing)
        said = f"has {had:,} of {len(wanted):,} records; it lacks {min(missing)}"
        if len(missing) > max(1, MISSING_SHARE * len(wanted)) or self._are_there(missing):
            raise unusable(target.url, said, OTHER)
        with self._lock:
            self._missing |= missing
            self.stated["missing"] = " ".join(map(str, sorted(self._missing)))

    def _all(self, client: Client, term: str) -> set[int]:
        """Return all ids that a query finds.

        Raises:
            FetchError: As `plan`.
        """
        where = shown(self._address("esearch"))
        first = self._search(client, term)
        if first.lacking:
            said = f"does not know {first.lacking!r:.100} and would leave it out of the query"
            raise FetchError("phrase_not_found", f"{where}: {said}")
        if not first.hits:
            raise FetchError("no_hits", f"{where}: the query finds nothing")
        if first.hits <= self._wall:
            return set(first.ids)
        found: set[int] = set()
        for ids in self._by_day(client, term, 0):
            found |= ids
        if len(found) < first.hits:
            hits = min(first.hits, self._search(client, term).hits)  # some may be withdrawn by now
            if len(found) < hits:
                said = f"slices by date have {len(found):,} of {hits:,} records; run it again later"
                raise FetchError("short_listing", f"{where}: {said}")
        return found

    def _by_day(self, client: Client, term: str, field: int) -> Iterator[frozenset[int]]:
        """Yield the ids of a query in slices by one of the dates of a record."""
        last = datetime.datetime.fromtimestamp(client.clock.now(), datetime.UTC).date()
        name = self._database.dates[field]
        todo = [(FIRST_DAY, last + datetime.timedelta(LATEST_DAYS))]
        while todo:
            start, end = todo.pop()
            sliced = f"({term}) AND {start:%Y/%m/%d}:{end:%Y/%m/%d}[{name}]"
            found = self._search(client, sliced)
            if found.hits <= self._wall:
                yield found.ids
            elif start < end:
                middle = start + (end - start) // 2
                todo += [(middle + datetime.timedelta(1), end), (start, middle)]
            elif field + 1 < len(self._database.dates):
                yield from self._by_day(client, sliced, field + 1)
            else:
                yield from self._by_language(client, sliced, start)

    def _by_language(
        self, client: Client, term: str, day: datetime.date
    ) -> Iterator[frozenset[int]]:
        """Yield the ids of a day that holds too many by all of its dates."""
        for language in LANGUAGES:
            found = self._search(client, f"({term}) {language}")
            if found.hits > self._wall:
                said = f"{found.hits:,} records of {day} cannot be told apart; narrow the query"
                raise FetchError("too_many", f"{shown(self._address('esearch'))}: {said}")
            yield found.ids

    @property
    def _wall(self) -> int:
        return cast("int", self.config["wall"])

    def _search(self, client: Client, term: str) -> _Found:
        """Search once; an answer with an error, or with fewer ids than it counts, comes again."""
        query = {"db": str(self.config["db"]), "term": term, "retmax": str(self._wall)}
        found: list[_Found] = []

        def problem(page: Page) -> str:
            try:
                root = read_tree(BytesIO(page.body), "answer", client.limits.page_bytes)
            except SourceError as error:
                return f"no answer of a search ({error.rule})"
            said = self._problem(root)
            if not said:
                found.append(_found(root))
                listed, hits = len(found[-1].ids), min(found[-1].hits, self._wall)
                # Beyond the wall only the number is of use.
                if listed < hits and found[-1].hits <= self._wall:
                    return f"the search gives {listed:,} ids and counts {hits:,}"
            return said

        client.page(self._address("esearch", **query), expect="xml", problem=problem)
        return found[-1]

    def _problem(self, root: etree._Element) -> str:
        """Say what is wrong with an answer of ESearch; status 200 means nothing."""
        if errors := [element.text or "" for element in root.iter("ERROR")]:
            said = "".join(c if c.isprintable() else " " for c in errors[0])[:100]
            return f"the search answers with an error: {said.replace(self._key or '¬', '…')}"
        count = root.findtext("Count") or ""
        good = root.tag == "eSearchResult" and count.isdecimal()
        return "" if good else "no answer of a search"

    def _batch(self, first: int, last: int, ids: Sequence[int]) -> Target:
        named = ",".join(map(str, ids))
        state = hashlib.sha256(named.encode()).hexdigest()[:32]
        return Target(
            self._fetching(named),
            f"{self.config['db']}/{first:010d}-{last:010d}.xml",
            about=RECORD_BYTES * len(ids),
            version=self.generation if self.config["refresh"] else state,
            expect="xml",
            counts=len(ids),
        )

    def _fetching(self, ids: str) -> str:
        return self._address("efetch", db=str(self.config["db"]), id=ids, retmode="xml")

    def _address(self, utility: str, **query: str) -> str:
        address = urljoin(str(self.config["url"]), f"{utility}.fcgi")
        return f"{address}?{urlencode(query, safe=',')}" if query else address

    def _records(self, url: str, stream: object) -> list[frozenset[int]]:
        """Return the ids by which each record of an answer of EFetch can be known.

        Raises:
            FetchError: It is no such answer.
        """
        found = []
        root = None
        # A record at a time: a batch of full texts is large.
        parsing = etree.iterparse(stream, events=("start", "end"), **SAFE)
        try:
            for event, element in parsing:
                root = element if root is None else root
                if event == "end" and element.tag in self._database.records:
                    found.append(frozenset(self._ids(element)))
                    element.clear()
        except etree.XMLSyntaxError:
            raise unusable(url, "XML that cannot be read", OTHER) from None
        if root is None or root.tag != self._database.root:
            raise unusable(url, "no records", OTHER)
        return found

    def _ids(self, record: etree._Element) -> Iterator[int]:
        for path in self._database.ids:
            for element in record.iterfind(path):
                digits = (element.text or "").strip().removeprefix("PMC")
                if digits.isdecimal() and len(digits) <= 10:
                    yield int(digits)

    def _are_there(self, ids: set[int]) -> bool:
        """Tell whether records that an answer lacked come where they are asked for alone."""
        assert self._client is not None
        url = self._fetching(",".join(map(str, sorted(ids))))
        try:
            page = self._client.page_once(url, "xml")
        except FetchError as error:
            if error.status == _BAD_REQUEST:  # none of them is known
                return False
            raise
        return any(found & ids for found in self._records(url, BytesIO(page.body)))


_BAD_REQUEST = 400

OTHER = "other_records"
"""Rule of the error for an answer that has not what was asked for."""


def _wanted(url: str) -> set[int]:
    return set(map(int, dict(parse_qsl(url.partition("?")[2]))["id"].split(",")))


def _found(root: etree._Element) -> _Found:
    lists = (
        "ErrorList/PhraseNotFound",
        "ErrorList/FieldNotFound",
        "WarningList/QuotedPhraseNotFound",
    )
    lacking = [element.text or "" for path in lists for element in root.iterfind(path)]
    ids = {int(e.text) for e in root.iterfind("IdList/Id") if e.text and e.text.isdecimal()}
    said = "".join(c if c.isprintable() else " " for c in lacking[0]) if lacking else ""
    return _Found(int(root.findtext("Count") or 0), frozenset(ids), said)
