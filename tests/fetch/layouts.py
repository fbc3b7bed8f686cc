"""The layouts of live sources, filled with invented content."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Sequence
from urllib.parse import urlencode

from tests.fetch.server import Site

RECORD = (
    '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
    "<Article><Journal><JournalIssue><PubDate><Year>2089</Year></PubDate></JournalIssue>"
    "<Title>Annals of Imaginary Trials</Title></Journal><ArticleTitle>Trial {pmid}.</ArticleTitle>"
    "<Abstract><AbstractText>{text}</AbstractText></Abstract><Language>eng</Language></Article>"
    "</MedlineCitation></PubmedArticle>"
)


def pubmed_file(first: int, records: int = 2, deleted: tuple[int, ...] = (), pad: int = 0) -> bytes:
    """Return a packed file of invented records; ``pad`` adds bytes that do not pack well."""
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>']
    for pmid in range(first, first + records):
        text = f"We gave {pmid % 90 + 1} mg of examplin to {pmid % 50 + 10} invented patients."
        parts.append(RECORD.format(pmid=pmid, text=text))
    if deleted:
        pmids = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
        parts.append(f"<DeleteCitation>{pmids}</DeleteCitation>")
    noise = random.Random(first).randbytes(pad).hex()
    parts.append(f"<!-- {noise} --></PubmedArticleSet>\n" if pad else "</PubmedArticleSet>\n")
    return gzip.compress("\n".join(parts).encode(), mtime=0)


class PubMedSite:
    """NLM's two folders, with a listing that says what is in them."""

    def __init__(self, site: Site, year: int = 26) -> None:
        self.site, self.year = site, year
        self.dates: dict[str, str] = {}

    def fill(self, baseline: int = 2, updates: int = 2, pad: int = 0) -> None:
        """Put so many files there."""
        for number in range(1, baseline + 1):
            self.add("baseline", number, pubmed_file(1000 * number, pad=pad))
        for number in range(baseline + 1, baseline + updates + 1):
            self.add("updatefiles", number, pubmed_file(1000 * number, pad=pad))
        self.list()

    def path(self, folder: str, number: int) -> str:
        """Return the path of a file."""
        return f"/pubmed/{folder}/pubmed{self.year}n{number:04d}.xml.gz"

    def add(self, folder: str, number: int, body: bytes, date: str = "2026-01-29 14:48") -> str:
        """Put a file there, with its checksum beside it."""
        path = self.path(folder, number)
        name = path.rsplit("/", 1)[-1]
        self.site.put(path, body, "application/x-gzip")
        digest = hashlib.md5(body).hexdigest()
        # Both spellings that are in use.
        said = f"MD5({name})= {digest}\n" if number % 2 else f"{digest}  {name}\n"
        self.site.put(path + ".md5", said.encode(), "text/plain")
        self.dates[path] = self.dates[path + ".md5"] = date
        return path

    def remove(self, path: str) -> None:
        """Take a file away."""
        for name in (path, path + ".md5"):
            del self.site.files[name]
            del self.dates[name]

    def list(self, *more: str) -> None:
        """Write the listings; ``more`` are further lines of the baseline."""
        for folder in ("baseline", "updatefiles"):
            start = f"/pubmed/{folder}/"
            lines = [
                f'<a href="{path.removeprefix(start)}">{path.removeprefix(start)}</a>  {date}  '
                + (f"{len(self.site.files[path].body)}")
                for path, date in sorted(self.dates.items())
                if path.startswith(start)
            ]
            lines += more if folder == "baseline" else []
            page = (
                f"<html>\n<head><title>Index of {start[:-1]}</title></head>\n<body>\n"
                f"<h1>Index of {start[:-1]}</h1>\n<pre>Name    Last modified      Size\n"
                + "\n".join(lines)
                + "\n</pre>\n</body>\n</html>\n"
            )
            self.site.put(start, page.encode(), "text/html")


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
