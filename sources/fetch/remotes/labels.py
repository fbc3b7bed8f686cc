"""Drug labels: openFDA's bulk files, and DailyMed's SPL one by one.

openFDA publishes all labels in zipped parts that ``download.json`` lists with their day and their
records; with each new day all parts are fetched again, for any record may change. DailyMed lists
set id and version of each label; a label is asked for again where its version is another.

Both lists are refused where they are not what they count: records of the parts, numbers of the
parts, set ids of all pages. A label must be the one that was asked for, of the version that was
listed or of a later one.

Layout: openFDA, download.json as public programs recorded it in 2026; DailyMed's web services v2
as they were observed in 2026. Limits: openFDA's 240 requests a minute without a key as others
quote them. Unconfirmed: DailyMed's addresses, which were not read with the operator, and its limit,
for none was found: the same is kept there; the host of openFDA's parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import urlencode, urljoin, urlsplit

from sources.fetch import answers, listing
from sources.fetch.addresses import place_of, shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import Remote, Target
from sources.items import SourceError
from sources.text.json_stream import field, objects, text
from sources.text.safe_xml import read_tree

if TYPE_CHECKING:
    from sources.fetch.client import Client

OPENFDA_URL = "https://api.fda.gov/download.json"
OPENFDA_FILES = "https://download.open.fda.gov/"
DAILYMED_URL = "https://dailymed.nlm.nih.gov/dailymed/services/v2/"

SERVICES = ("openfda", "dailymed")
"""Services of which labels can come."""

PAGE_SIZE = 100
"""Labels on a page of DailyMed's list: the most that it gives."""

LABEL_BYTES = 150_000
"""Mean size of a label in SPL, roughly, for estimates."""

SPL_BYTES = 64 << 20
"""Largest SPL file."""

_SPL = "{urn:hl7-org:v3}"
_PART = re.compile(r"drug-label-(\d{4})-of-(\d{4})\.json\.zip")
_SET_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Labels(Remote):
    """Labels of openFDA and DailyMed."""

    name = "labels"
    summary = "drug labels: openFDA's bulk files (about 2 GB), DailyMed's SPL (over 140,000)"
    limits = Limits(requests_per_s=4.0, connections=2)
    options: ClassVar[Mapping[str, object]] = {
        "openfda_url": OPENFDA_URL,
        "openfda_files": OPENFDA_FILES,
        "dailymed_url": DAILYMED_URL,
        "services": list(SERVICES),
        "query": {},
        "page_size": PAGE_SIZE,
    }
    addresses: ClassVar[tuple[str, ...]] = ("openfda_url", "openfda_files", "dailymed_url")
    counted = "labels"

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        services = cast("list[str]", self.config["services"])
        if not services or not set(services) <= set(SERVICES):
            raise ValueError(f"services must be some of {', '.join(SERVICES)}, not {services}")

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield openFDA's parts, then DailyMed's labels by their set ids.

        Raises:
            FetchError: ``short_listing`` or ``listing_changed``; nothing was fetched.
        """
        services = cast("list[str]", self.config["services"])
        if "openfda" in services:
            yield from self._parts(client)
        if "dailymed" in services:
            where = shown(self._dailymed("spls.json"))
            listed = listing.read(where, lambda: self._listing(client))
            for set_id, version in sorted(listed.items()):
                yield Target(
                    self._dailymed(f"spls/{set_id}.xml"),
                    f"dailymed/{set_id[:2]}/{set_id}.xml",
                    about=LABEL_BYTES,
                    version=version,
                    expect="xml",
                )

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a label of DailyMed's that is another one, or older than the list has it."""
        if not target.path.startswith("dailymed/"):
            return
        set_id, listed = _set_id(target.path), int(target.version.partition(" ")[0])
        try:
            with file.open("rb") as stream:
                root = read_tree(stream, shown(target.url), SPL_BYTES)
        except SourceError as error:
            raise FetchError(error.rule, str(error), retryable=True) from None
        found = root.find(f"{_SPL}setId")
        number = root.find(f"{_SPL}versionNumber")
        name = (found.get("root") or "").lower() if found is not None else ""
        version = (number.get("value") or "") if number is not None else ""
        if name != set_id:
            raise unusable(target.url, "not the label that was asked for", "other_label")
        if not version.isdecimal() or int(version) < listed:
            said = f"version {version!r:.20} of a label that is listed with version {listed}"
            raise unusable(target.url, said, "old_label")

    def hosts(self) -> frozenset[str]:
        """Return the hosts of the services that are wanted."""
        services = tuple(cast("list[str]", self.config["services"]))
        wanted = (key for key in self.addresses if key.startswith(services))
        return frozenset(place_of(str(self.config[key])).name for key in wanted)

    def _parts(self, client: Client) -> Iterator[Target]:
        """Yield the zipped parts that openFDA lists."""
        url = str(self.config["openfda_url"])
        listed = field(answers.page(client, url, _parts_problem), "results", "drug", "label")
        assert isinstance(listed, Mapping)
        self.stated["openfda"] = text(listed, "export_date")
        for part in objects(listed, "partitions"):
            address = text(part, "file")
            yield Target(
                urljoin(str(self.config["openfda_files"]), urlsplit(address).path),
                f"openfda/{_part_name(part)}",
                about=_megabytes(text(part, "size_mb")),
                version=self.stated["openfda"],
                expect="zip",
                counts=int(text(part, "records")),
            )

    def _listing(self, client: Client) -> dict[str, str]:
        """Return set id and version of all of DailyMed's labels."""
        query = {
            **cast("Mapping[str, str]", self.config["query"]),
            "pagesize": str(self.config["page_size"]),
        }
        found: dict[str, str] = {}
        days: set[str] = set()
        number = total = 0
        pages = 1
        while number < pages:
            number += 1
            url = f"{self._dailymed('spls.json')}?{urlencode({**query, 'page': str(number)})}"
            page = answers.page(client, url, _page_problem)
            total, pages = (int(text(page, "metadata", key)) for key in _COUNTS)
            days.add(text(page, "metadata", "db_published_date"))
            before = len(found)
            for label in objects(page, "data"):
                version = f"{text(label, 'spl_version')} {text(label, 'published_date')}"
                found[text(label, "setid").lower()] = version
            if len(found) == before:
                break  # whatever number of pages it states: this one has nothing new
        if len(days) > 1:
            said = "the list was renewed while it was read"
            raise FetchError("listing_changed", said, restart=True)
        listing.counted("labels", found, total)
        self.stated["dailymed"] = min(days)
        return found

    def _dailymed(self, path: str) -> str:
        return urljoin(str(self.config["dailymed_url"]), path)


_COUNTS = ("total_elements", "total_pages")


def _set_id(path: str) -> str:
    """Return the set id in a path of a label."""
    return path.rsplit("/", 1)[-1].removesuffix(".xml")


def _part_name(part: answers.Head) -> str:
    return urlsplit(text(part, "file")).path.rsplit("/", 1)[-1]


def _megabytes(said: str) -> int | None:
    """Return the bytes of a size such as ``130.63``; None where it is none."""
    return int(float(said) * 1e6) if re.fullmatch(r"\d{1,6}(\.\d{1,4})?", said) else None


def _parts_problem(page: answers.Head) -> str:
    """Return what is wrong with openFDA's list of parts."""
    label = field(page, "results", "drug", "label")
    if not isinstance(label, Mapping) or not text(label, "export_date"):
        return "no list of the parts of drug/label"
    parts = objects(label, "partitions")
    named = [_PART.fullmatch(_part_name(part)) for part in parts]
    numbers = [(int(found[1]), int(found[2])) for found in named if found]
    if not parts or numbers != [(number, len(parts)) for number in range(1, len(parts) + 1)]:
        return f"lists {len(parts)} parts of drug/label that do not fit together"
    records = [text(part, "records") for part in parts]
    if not all(count.isdecimal() for count in records):
        return "parts without the number of their records"
    total = sum(map(int, records))
    if str(total) != text(label, "total_records"):
        return f"lists parts with {total:,} records and counts {text(label, 'total_records')}"
    return ""


def _page_problem(page: answers.Head) -> str:
    """Return what is wrong with a page of DailyMed's list."""
    data = objects(page, "data")
    if not all(text(page, "metadata", key).isdecimal() for key in _COUNTS):
        return "no list of labels"
    if not all(_SET_ID.fullmatch(text(label, "setid").lower()) for label in data):
        return "a label without its set id"
    if not all(text(label, "spl_version").isdecimal() for label in data):
        return "a label without its version"
    return ""
