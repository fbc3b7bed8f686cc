"""PubMed Central: the Cloud Service of 2026, by its daily inventory.

The bucket holds ``PMC<id>.<version>/`` for each version of an article and
``metadata/PMC<id>.<version>.json``, which says licence, retraction and addresses. A daily inventory
lists the metadata with their entity tags; any change of an article changes its metadata, and so the
tag. What the inventory does not list any more was withdrawn.

Of an article the highest version that is no author manuscript is fetched, else the highest one.
Being in the bucket is not being open access: the licence code goes along as a fact (``TDM`` is for
mining only), so does that a version is not open access, and the build decides.

Layout: README of the bucket, sections on metadata and inventory, read in 2026. Amazon states no
limit for reading; ours are chosen so that one reader does not stand out.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import quote, unquote, urlencode, urljoin

from lxml import etree

from sources.fetch import checksums, listing
from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError, unusable
from sources.fetch.limits import Limits
from sources.fetch.remote import Had, Remote, Target
from sources.lookup import nearest
from sources.text.safe_xml import SAFE

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

URL = "https://pmc-oa-opendata.s3.amazonaws.com/"
BUCKET = "pmc-oa-opendata"
INVENTORY = "inventory-reports/pmc-oa-opendata/metadata/"

INVENTORIES_TRIED = 3
"""The newest inventory may still be being written: then the one before it serves."""

LICENCES = (
    "CC0", "CC BY", "CC BY-SA", "CC BY-NC", "CC BY-NC-SA", "CC BY-ND", "CC BY-NC-ND", "TDM",
    "NO-CC CODE",
)  # fmt: skip
"""Codes of ``license_code`` in the metadata; the last is that of the older file lists."""

METADATA = "metadata/"
"""Folder of metadata, in the bucket and here."""

IDS_PER_FOLDER = 10_000
"""Articles whose files share a folder: a folder of ten million is of no use to anybody."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\dT\d\d-\d\dZ)/")
_METADATA = re.compile(r"metadata/PMC(\d{1,9})\.(\d{1,4})\.json")
_NAME = re.compile(r"PMC(\d+)\.(\d+)\.json")
_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_COLUMNS = ("Key", "ETag")


@dataclass(frozen=True, slots=True)
class _Version:
    """An article version: its metadata; key and checksum of its text, empty where it has none."""

    article: int
    number: int
    metadata: Mapping[str, Any]
    key: str
    checksum: str


class Pmc(Remote):
    """Full texts of PubMed Central in JATS."""

    name = "pmc"
    summary = "PubMed Central: full texts by the Cloud Service's daily inventory (about 9 million)"
    limits = Limits(requests_per_s=100.0, connections=32)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "bucket": BUCKET,
        "inventory": INVENTORY,
        "licences": [],
        "manuscripts": True,
    }
    follows = 1

    def __init__(self, options: Mapping[str, object]) -> None:
        super().__init__(options)
        known = {code.casefold(): code for code in LICENCES}
        for code in cast("list[str]", self.config["licences"]):
            if code.casefold() not in known:
                hint = nearest(code.upper(), LICENCES)
                raise ValueError(
                    f"licences: no code {code!r} of PubMed Central{hint} (known: "
                    f"{', '.join(LICENCES)})"
                )

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the metadata of each article version that the newest inventory lists."""
        day, manifest = self._manifest(client)
        self.stated["inventory"] = day
        for number, file in enumerate(manifest["files"]):
            yield from self._inventory(client, number, file, manifest["columns"])

    def judge(self, target: Target, file: Path) -> None:
        """Refuse metadata that are none, are another article's, or lead elsewhere."""
        if target.path.startswith(METADATA):
            self._version(target, file)

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield the full text of one article; none where its licence is not wanted."""
        found = {}
        for had in group:
            one = self._version(had.target, had.file)
            found[(not one.metadata.get("is_manuscript"), one.number)] = one
        if not found:
            return
        (published, _), best = max(found.items(), key=lambda item: item[0])
        if not (published or self.config["manuscripts"]) or not self._wanted(best.metadata):
            return
        if best.key:
            yield self._text(best)

    def _version(self, target: Target, file: Path) -> _Version:
        """Read the metadata of an article version.

        Raises:
            FetchError: ``bad_metadata``.
        """
        found = _NAME.fullmatch(target.path.rpartition("/")[2])
        assert found  # the path is ours
        article, number = int(found[1]), int(found[2])
        try:
            metadata = json.loads(file.read_bytes())
            same = (metadata["pmcid"], int(metadata["version"])) == (f"PMC{article}", number)
        except (ValueError, KeyError, TypeError, RecursionError):
            same = False
        name = f"PMC{article}.{number}"
        if not same:
            raise unusable(target.url, f"not the metadata of {name}", "bad_metadata")
        address = str(metadata.get("xml_url") or "")
        key = unquote(address.partition("?")[0].removeprefix(f"s3://{self.config['bucket']}/"))
        if address and not re.fullmatch(re.escape(name) + r"/[\w.-]+\.xml", key):
            said = f"{name} names a full text outside its own folder"
            raise unusable(target.url, said, "bad_metadata")
        return _Version(article, number, metadata, key, checksums.of_address(address))

    def _text(self, one: _Version) -> Target:
        """Return the full text that the metadata of a version name."""
        facts = {
            "license": str(one.metadata.get("license_code") or ""),
            "open_access": "no" if one.metadata.get("is_pmc_openaccess") is False else "",
            "manuscript": "yes" if one.metadata.get("is_manuscript") else "",
            "retracted": "yes" if one.metadata.get("is_retracted") else "",
        }
        return Target(
            self._address(one.key),
            f"articles/{_folder(one.article)}/PMC{one.article}.{one.number}.xml",
            checksum=one.checksum,
            expect="xml",
            facts=tuple(sorted((key, value) for key, value in facts.items() if value)),
        )

    def _wanted(self, metadata: Mapping[str, Any]) -> bool:
        """Tell whether the licence of a version is one of those that the recipe names."""
        wanted = {code.casefold() for code in cast("list[str]", self.config["licences"])}
        return not wanted or str(metadata.get("license_code") or "").casefold() in wanted

    def _address(self, key: str) -> str:
        return urljoin(str(self.config["url"]), quote(key))

    def _manifest(self, client: Client) -> tuple[str, dict[str, Any]]:
        """Return the day and the manifest of the newest inventory that is there."""
        prefix = str(self.config["inventory"])
        days = sorted(
            found[1]
            for path in self._folders(client, prefix)
            if (found := _DAY.fullmatch(path.removeprefix(prefix)))
        )
        if not days:
            said = (
                f"{self._address(prefix)}: lists no inventory; see whether the layout has changed"
            )
            raise FetchError("no_inventory", said)
        problem: FetchError | None = None
        for day in reversed(days[-INVENTORIES_TRIED:]):
            url = self._address(f"{prefix}{day}/manifest.json")
            try:
                return day, _manifest(client.page(url, expect="json"))
            except FetchError as error:
                if error.rule != "not_found":
                    raise
                problem = error
        assert problem is not None
        raise problem

    def _folders(self, client: Client, prefix: str) -> Iterator[str]:
        """Yield the folders below a prefix, over all pages of the listing."""
        token = ""
        walk = listing.Walk(self._address(prefix))
        while True:
            query = {"list-type": "2", "prefix": prefix, "delimiter": "/"}
            query |= {"continuation-token": token} if token else {}
            url = f"{self.config['url']}?{urlencode(query)}"
            root = _listing(client.page(url, expect="xml"))
            for element in root.iterfind(f"{_S3}CommonPrefixes/{_S3}Prefix"):
                yield element.text or ""
            token = root.findtext(f"{_S3}NextContinuationToken") or ""
            if root.findtext(f"{_S3}IsTruncated") != "true" or not token:
                return
            walk.on(token)

    def _inventory(
        self, client: Client, number: int, file: Mapping[str, Any], columns: Mapping[str, int]
    ) -> Iterator[Target]:
        """Yield what one file of an inventory lists."""
        from sources.fetch.download import download

        key, md5 = str(file["key"]), str(file.get("MD5checksum") or "")
        target = Target(
            self._address(key), f"inventory-{number}.csv.gz", checksum=md5 and f"md5:{md5}"
        )
        local = client.scratch / target.path
        download(client, target, local)
        place, tag = columns["Key"], columns["ETag"]
        folder = str(self.config["url"])
        with gzip.open(local, "rt", encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                found = _METADATA.fullmatch(unquote(row[place])) if len(row) > tag else None
                if found:
                    etag = row[tag].strip('"')
                    article = int(found[1])
                    name = f"PMC{article}.{int(found[2])}.json"
                    yield Target(
                        f"{folder}{METADATA}{name}",
                        f"{METADATA}{_folder(article)}/{name}",
                        checksum=checksums.of_etag(etag),
                        version=etag,
                        expect="json",
                        group=f"PMC{article}",
                    )
        local.unlink()


def _folder(article: int) -> str:
    return f"PMC{article // IDS_PER_FOLDER:04d}"


def _manifest(page: Page) -> dict[str, Any]:
    """Read a manifest of S3 Inventory; ``columns`` gives the place of each that is used."""
    try:
        manifest = json.loads(page.body)
        names = [name.strip() for name in manifest["fileSchema"].split(",")]
        files = [dict(file) for file in manifest["files"] if file["key"]]
        columns = {name: names.index(name) for name in _COLUMNS}
        good = manifest["fileFormat"] == "CSV" and bool(files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        good = False
    if not good:
        said = "no inventory in CSV with Key and ETag; see whether the layout has changed"
        raise FetchError("no_inventory", f"{shown(page.url)}: {said}")
    return {"files": files, "columns": columns}


def _listing(page: Page) -> etree._Element:
    try:
        root = etree.fromstring(page.body, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError:
        raise FetchError("not_xml", f"{shown(page.url)}: a listing that is no XML") from None
    if root.tag != f"{_S3}ListBucketResult":
        raise FetchError("no_listing", f"{shown(page.url)}: no listing of a bucket")
    return root
