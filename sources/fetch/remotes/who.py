"""WHO's repository IRIS: its records by OAI-PMH, a list for each month of their datestamps.

A record that is changed or deleted gets a new datestamp, so that it moves to the present month.
The list of a month that is over (by ``settled_days``) therefore holds nothing that is not older
than what later lists say of the same records, and is asked for once. That needs a repository which
keeps deleted records; where it says that it does not, every list is asked for each time.

A list comes in pages, each of which names the next by a resumption token. Tokens are passed on as
they are. Where one is not taken any more, comes again, or where the pages have fewer records than
the list was to have, the list is begun again.

With ``pdfs`` the PDFs that records name come too, each with address and licence of its record, as
far as they are on the repository's host. They are read by `guidelines`, so a recipe that wants
their text has ``use = "guidelines"`` and ``remote = "who"``, best with ``prefix = "xoai"``, which
names them all, and with the sets that it wants.

Reference: OAI-PMH 2.0, sections 2.5 (deleted records), 3.5 (resumption tokens), 4.5. Layout: base
address, prefixes, identifiers and sets as others quote them (DSpace 7, 2026); no recorded answer of
IRIS was found, so that pages of other repositories and made-up ones stand in. Unconfirmed: rates,
for the operator states none.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import unquote, urlencode

from lxml import etree

from sources.fetch import ends
from sources.fetch.addresses import place_of, shown
from sources.fetch.dates import period
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import PAGES, Had, Remote, Target, page_number
from sources.fetch.tally import Tally
from sources.items import Document, Resource, SourceError
from sources.text.safe_xml import read_tree
from sources.who import MAX_BYTES
from sources.who import Who as Records

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

URL = "https://iris.who.int/server/oai/request"
PREFIX = "oai_dc"
PREFIXES = (PREFIX, "xoai")

SETTLED_DAYS = 7
"""Days after its end from which a month's list is taken as final: repositories index with delay."""

RECORD_BYTES = 4_000
"""Mean size of a record, roughly, for estimates."""

PDFS = "pdfs/"
"""Folder of PDFs."""

PAGE_RECORDS = 100
"""Records of a page, as DSpace is set up by default; for estimates."""

_PDF = re.compile(r"[\w-][\w.()-]{0,120}\.pdf", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(r"[A-Za-z]{1,40}")
_EXPIRED = "badResumptionToken"
_EMPTY = "noRecordsMatch"


@dataclass(slots=True)
class _List:
    """What is known of the list of one month."""

    least: int | None = None
    seen: Tally = field(default_factory=Tally)
    tokens: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page: an error's code, identifiers, token of the next, and how many the list is to have."""

    error: str
    names: list[str]
    token: str
    size: int | None


class Who(Remote):
    """Records of IRIS, or of another repository with OAI-PMH 2.0."""

    name = "who"
    summary = "WHO IRIS: records of all publications by OAI-PMH, a list a month"
    limits = Limits(requests_per_s=1.0, connections=1)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "prefix": PREFIX,
        "sets": [],
        "from": "",
        "until": "",
        "settled_days": SETTLED_DAYS,
        "refresh": False,
        "pdfs": False,
    }
    readers = ("who", "guidelines")
    follows = PAGES
    counted = "records"

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        self._from, self._until = period(self.config, "from", "until")
        if self.config["prefix"] not in PREFIXES:
            raise ValueError(f"prefix must be {' or '.join(PREFIXES)}")
        self._lists: dict[str, _List] = {}

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the first page of each list.

        Raises:
            FetchError: ``oai_error``: the repository does not take the request; ``no_records``.
        """
        earliest, keeps_deleted = self._identify(client)
        today = datetime.datetime.fromtimestamp(client.clock.now(), datetime.UTC).date()
        first = max(self._from, datetime.date.fromisoformat(earliest))
        last = min(self._until, today)
        settled = today - datetime.timedelta(cast("int", self.config["settled_days"]))
        total = 0
        for name in cast("list[str]", self.config["sets"]) or [""]:
            records = self._count(client, name, first, last)
            total += records
            for start, end in _months(first, last) if records else ():
                final = keeps_deleted and end < settled and not self.config["refresh"]
                version = "settled" if final else self.generation
                yield self._first(name, start, end, version, records)
                records = 0
        if not total:
            said = f"{shown(str(self.config['url']))}: no records from {first} until {last}"
            raise FetchError("no_records", said)
        self.stated["records"] = str(total)
        self.ahead = total // PAGE_RECORDS

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a page that is no list of records; an expired token begins its list again."""
        if target.path.startswith(PDFS):
            _judge_pdf(target, file)
            return
        page = self._read(target, file)
        if page.error == _EXPIRED and page_number(target) > 1:
            said = (
                f"{shown(target.url)}: page {page_number(target):,} of {_list(target)} has expired"
            )
            raise FetchError("token_expired", said, restart=True)
        if page.error and not (page.error == _EMPTY and page_number(target) == 1):
            raise self._refused(target.url, page.error)

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield the PDFs that a page names, if they are wanted, and the page behind it.

        Raises:
            FetchError: ``short_listing`` or ``listing_loop``: the list is begun again.
        """
        pages = [had for had in group if not had.target.path.startswith(PDFS)]
        if not pages:
            return
        [had] = pages
        if self.config["pdfs"]:
            yield from self._pdfs(had)
        target, number = had.target, page_number(had.target)
        page = self._read(target, had.file)
        known = self._lists.setdefault(target.group, _List())
        if number == 1:
            known = self._lists[target.group] = _List()
        # A record without identifier counts too: the source says what is wrong with it.
        known.seen.add(name or f"{number}.{place}" for place, name in enumerate(page.names))
        if page.size is not None:
            known.least = page.size if known.least is None else min(known.least, page.size)
        where = f"{shown(target.url)}: {_list(target)}"
        if page.token in known.tokens:
            raise FetchError("listing_loop", f"{where}: its pages go in circles", restart=True)
        if page.token:
            known.tokens.add(page.token)
            yield self._page(target, number + 1, page.token)
            return
        found = self._lists.pop(target.group).seen.different
        if found < (known.least or 0):
            said = f"has {found:,} records, and {known.least:,} were to be there"
            raise FetchError("short_listing", f"{where}: {said}", restart=True)

    def _address(self, **query: str) -> str:
        given = {name: value for name, value in query.items() if value}
        return f"{self.config['url']}?{urlencode(given)}"

    def _range(self, name: str, start: datetime.date, end: datetime.date) -> dict[str, str]:
        """Return the arguments of a list: days are what every repository must take."""
        prefix = str(self.config["prefix"])
        days = {"from": start.isoformat(), "until": end.isoformat()}
        return {"metadataPrefix": prefix, **days, "set": name}

    def _first(
        self, name: str, start: datetime.date, end: datetime.date, version: str, records: int
    ) -> Target:
        """Return the first page of a list; that of the first month stands for all records."""
        folder = re.sub(r"[^\w-]", "_", name) + "/" * bool(name)
        path = f"records/{folder}{start:%Y-%m}/000001.xml"
        return Target(
            self._address(verb="ListRecords", **self._range(name, start, end)),
            path,
            about=RECORD_BYTES * records or None,
            version=version,
            expect="xml",
            group=path.rpartition("/")[0],
            counts=records,
        )

    def _page(self, before: Target, number: int, token: str) -> Target:
        return Target(
            self._address(verb="ListRecords", resumptionToken=token),
            f"{before.group}/{number:06d}.xml",
            version=before.version,
            expect="xml",
            group=before.group,
        )

    def _pdfs(self, had: Had) -> Iterator[Target]:
        """Yield the PDFs of a page's records, with what the records say of them."""
        resource = Resource(had.target.path, "page.xml", -1, str(had.file))
        with had.file.open("rb") as stream:
            items = [
                item for item in Records().parse(resource, stream) if isinstance(item, Document)
            ]
        for item in items:
            facts = {
                "license": item.license,
                "license_evidence": item.license_evidence,
                "page": item.url,
            }
            folder = re.sub(r"[^0-9A-Za-z/_-]", "_", item.native_id)
            named = cast("list[str]", item.metadata.get("pdf", []))
            for address, name in _pdf_names([a for a in named if self._is_own(a)]).items():
                said = {**facts, "url": address}
                yield Target(
                    address,
                    f"{PDFS}{folder}/{name}",
                    version=item.revision or had.target.version,
                    expect="any",
                    facts=tuple(sorted((key, value) for key, value in said.items() if value)),
                )

    def _is_own(self, address: str) -> bool:
        """Tell whether an address is on a host that the connector asks anyway."""
        try:
            return place_of(address).name in self.hosts()
        except ValueError:
            return False

    def _identify(self, client: Client) -> tuple[str, bool]:
        """Return the earliest day, and whether deleted records stay in the lists."""
        root = self._ask(client, self._address(verb="Identify"), "Identify")
        earliest = root.findtext(".//{*}earliestDatestamp") or ""
        deleted = root.findtext(".//{*}deletedRecord") or ""
        self.stated |= {"earliest": earliest, "deleted": deleted}
        # Some state a day before the first of all.
        day = earliest[:10] if _is_day(earliest[:10]) else "1970-01-01"
        return max(day, "1970-01-01"), deleted in ("persistent", "transient")

    def _count(self, client: Client, name: str, first: datetime.date, last: datetime.date) -> int:
        """Return how many records there are, as the first page of their identifiers says."""
        url = self._address(verb="ListIdentifiers", **self._range(name, first, last))
        root = self._ask(client, url, "ListIdentifiers")
        page = _read(root)
        return page.size if page.size is not None else len(page.names)

    def _ask(self, client: Client, url: str, verb: str) -> etree._Element:
        """Return an answer; one that holds an error other than that of an empty list is refused."""
        roots: list[etree._Element] = []

        def problem(page: Page) -> str:
            try:
                root = read_tree(BytesIO(page.body), "answer", MAX_BYTES)
            except SourceError as error:
                return f"no answer of OAI-PMH ({error.rule})"
            if _local(root) != "OAI-PMH":
                return "no answer of OAI-PMH"
            code = _read(root).error
            if code and code != _EMPTY:
                raise self._refused(url, code)
            if not code and root.find("{*}" + verb) is None:
                return f"no answer to {verb}"
            roots.append(root)
            return ""

        client.page(url, expect="xml", problem=problem)
        return roots[-1]

    def _refused(self, url: str, code: str) -> FetchError:
        said = code if _CODE.fullmatch(code) else "an error"
        return FetchError("oai_error", f"{shown(url)}: the repository answers {said}")

    def _read(self, target: Target, file: Path) -> _Page:
        """Read a page of records.

        Raises:
            FetchError: It is none.
        """
        try:
            with file.open("rb") as stream:
                root = read_tree(stream, target.path, MAX_BYTES)
        except SourceError as error:
            raise unusable(
                target.url, f"no answer of OAI-PMH ({error.rule})", "not_records"
            ) from None
        page = _read(root)
        if _local(root) != "OAI-PMH" or not (page.error or root.find("{*}ListRecords") is not None):
            raise unusable(target.url, "no list of records", "not_records")
        return page


def _read(root: etree._Element) -> _Page:
    error = root.find("{*}error")
    code = "" if error is None else error.get("code") or "unknown"
    headers = root.iterfind("{*}ListRecords/{*}record/{*}header")
    listed = root.iterfind("{*}ListIdentifiers/{*}header")
    names = [
        (header.findtext("{*}identifier") or "").strip()
        for part in (headers, listed)
        for header in part
    ]
    token = root.find("*/{*}resumptionToken")
    size = "" if token is None else token.get("completeListSize") or ""
    following = "" if token is None else (token.text or "").strip()
    return _Page(code, names, following, int(size) if size.isdecimal() else None)


def _pdf_names(addresses: Sequence[str]) -> dict[str, str]:
    """Return the names of a record's PDFs by their addresses.

    That of the address, with a hash of it in front where several have that one; the hash alone
    where it is none for a file.
    """
    stated = {a: unquote(a.partition("?")[0].rpartition("/")[2]) for a in addresses}
    count = Counter(name.casefold() for name in stated.values())
    found = {}
    for address, name in stated.items():
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        if not _PDF.fullmatch(name):
            name = f"{digest}.pdf"
        elif count[name.casefold()] > 1:
            name = f"{digest}-{name}"
        found[address] = name
    return found


def _judge_pdf(target: Target, file: Path) -> None:
    """Refuse what is no PDF, or one without its end."""
    if not (ends.is_pdf(file) and ends.is_whole(file)):
        problem = "a PDF without its end" if ends.is_pdf(file) else "no PDF"
        raise unusable(target.url, problem, "not_pdf")


def _list(target: Target) -> str:
    return f"the list of {target.group.removeprefix('records/')}"


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _months(
    first: datetime.date, last: datetime.date
) -> Iterator[tuple[datetime.date, datetime.date]]:
    """Yield first and last day of each month between two days; the ends may be parts of months."""
    start = first
    while start <= last:
        following = (start.replace(day=1) + datetime.timedelta(31)).replace(day=1)
        yield start, min(following - datetime.timedelta(1), last)
        start = following
