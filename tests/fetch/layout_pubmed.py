"""NLM's folders of PubMed files, filled with invented records."""

from __future__ import annotations

import gzip
import hashlib
import random

from tests.fetch.cases import Case
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


def case(site: Site) -> Case:
    """Return a small PubMed; one file that cannot be had keeps all from being published."""
    layout = PubMedSite(site)
    layout.fill(baseline=2, updates=1, pad=300)
    return Case(
        "pubmed", "/pubmed/", 6, file=layout.path("baseline", 2), listing="/pubmed/updatefiles/"
    )
