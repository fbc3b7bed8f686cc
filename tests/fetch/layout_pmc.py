"""The bucket of PubMed Central's Cloud Service, filled with invented articles."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from urllib.parse import urlencode

from tests.fetch.cases import Case
from tests.fetch.server import Site

ARTICLE = (
    '<?xml version="1.0"?>\n<article article-type="research-article"><front><article-meta>'
    '<article-id pub-id-type="pmcid">PMC{article}</article-id><title-group><article-title>'
    "Trial {article}, version {version}</article-title></title-group>{licence}</article-meta></front>"
    "<body><p>We gave {dose} mg of examplin to 40 invented patients.</p></body></article>\n"
)
LICENCE = (
    '<permissions><license xmlns:x="http://www.w3.org/1999/xlink" x:href="{url}"><license-p>Open.'
    "</license-p></license></permissions>"
)


class PmcSite:
    """The bucket of PubMed Central: article versions, their metadata, and a daily inventory."""

    inventory = "inventory-reports/pmc-oa-opendata/metadata/"

    def __init__(self, site: Site) -> None:
        self.site = site
        self.etags: dict[str, str] = {}

    def add(
        self,
        article: int,
        version: int = 1,
        *,
        licence_url: str = "",
        dose: int = 5,
        **meta: object,
    ) -> None:
        """Put an article version there, or change it."""
        name = f"PMC{article}.{version}"
        licence = LICENCE.format(url=licence_url) if licence_url else ""
        xml = ARTICLE.format(article=article, version=version, licence=licence, dose=dose).encode()
        self.site.put(f"/{name}/{name}.xml", xml, "application/xml")
        metadata = {
            "pmcid": f"PMC{article}", "version": version, "pmid": None, "mid": None,
            "is_pmc_openaccess": True, "is_manuscript": False, "is_historical_ocr": False,
            "is_retracted": False, "license_code": "CC BY",
            "xml_url": f"s3://pmc-oa-opendata/{name}/{name}.xml?md5={hashlib.md5(xml).hexdigest()}",
            **meta,
        }  # fmt: skip
        self.describe(name, json.dumps(metadata).encode())

    def describe(self, name: str, body: bytes) -> None:
        """Put the metadata of an article version there."""
        self.site.put(f"/metadata/{name}.json", body, "application/json")
        self.etags[f"metadata/{name}.json"] = hashlib.md5(body).hexdigest()

    def withdraw(self, name: str) -> None:
        """Take an article version away."""
        del self.etags[f"metadata/{name}.json"]
        del self.site.files[f"/metadata/{name}.json"]
        self.site.files.pop(f"/{name}/{name}.xml", None)

    def list(self, day: str, *, manifest: bool = True, files: int = 2) -> None:
        """Write the inventory of a day, in several files, and the listing of all days."""
        rows = [
            f'"pmc-oa-opendata","{key}","{day[:10]}T10:00:00.000Z","{etag}"\n'
            for key, etag in sorted(self.etags.items())
        ]
        packed = [
            gzip.compress("".join(rows[number::files]).encode(), mtime=0) for number in range(files)
        ]
        self.write(day, packed, manifest=manifest)
        self.days(day)

    def write(self, day: str, packed: Sequence[bytes], *, manifest: bool = True) -> None:
        """Put the files of an inventory there, and the manifest that names them."""
        entries = []
        for number, body in enumerate(packed):
            key = f"{self.inventory}data/{day}-{number}.csv.gz"
            self.site.put(f"/{key}", body)
            entries.append(
                {"key": key, "size": len(body), "MD5checksum": hashlib.md5(body).hexdigest()}
            )
        if manifest:
            said = {
                "sourceBucket": "pmc-oa-opendata", "fileFormat": "CSV", "version": "2016-11-30",
                "fileSchema": "Bucket, Key, LastModifiedDate, ETag", "files": entries,
            }  # fmt: skip
            path = f"/{self.inventory}{day}/manifest.json"
            self.site.put(path, json.dumps(said).encode(), "application/json")

    def days(self, day: str) -> None:
        """Add a day to the listing of days, which comes in pages of two."""
        known = getattr(self, "known", ["data", "hive"])
        self.known = [*known, *([day] if day not in known else [])]
        query = {"list-type": "2", "prefix": self.inventory, "delimiter": "/"}
        for start in range(0, len(self.known), 2):
            page = self.known[start : start + 2]
            more = start + 2 < len(self.known)
            token = {"continuation-token": f"t{start}"} if start else {}
            prefixes = "".join(
                f"<CommonPrefixes><Prefix>{self.inventory}{name}/</Prefix></CommonPrefixes>"
                for name in page
            )
            following = f"<NextContinuationToken>t{start + 2}</NextContinuationToken>" * more
            body = (
                '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult '
                'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>pmc-oa-opendata</Name>'
                f"<IsTruncated>{str(more).lower()}</IsTruncated>{following}{prefixes}"
                "</ListBucketResult>"
            )
            self.site.put(f"/?{urlencode({**query, **token})}", body.encode(), "application/xml")


def case(site: Site) -> Case:
    """Return a bucket of three articles."""
    layout = PmcSite(site)
    for article in (137, 500, 11370360):
        layout.add(article)
    layout.list("2026-01-18T01-00Z")
    manifest = f"/{layout.inventory}2026-01-18T01-00Z/manifest.json"
    return Case("pmc", "/", 3, file="/PMC500.1/PMC500.1.xml", listing=manifest)
