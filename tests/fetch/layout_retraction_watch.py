"""Crossref's table of Retraction Watch with invented rows: some bytes are no UTF-8, no ranges."""

from __future__ import annotations

from tests.fetch.cases import Case
from tests.fetch.server import Served, Site

PATH = "/crossref/retraction-watch-data/-/raw/main/retraction_watch.csv"

HEAD = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,"
    "RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,"
    "OriginalPaperPubMedID,RetractionNature,Reason,Paywalled,Notes,\n"
)


def row(number: int, nature: str = "Retraction") -> bytes:
    """Return a row; those of odd numbers have Latin-1 in them, as older ones do."""
    text = (
        f'{number},"Examplin, given {number} times",(HSC) Medicine;,Universit\u00e9 imaginaire,Annals of Imaginary '
        f"Trials,None,Nowhere,A. Nobody;B. Nobody,,Research Article;,6/{number % 28 + 1}/2018 0:00,"
        f"10.5555/R{number},{90_000_000 + number},2015-01-15,10.5555/p{number},0,{nature},"
        "+Error in Data;+Concerns/Issues About Results;,No,,\n"
    )
    return text.encode("latin-1" if number % 2 else "utf-8")


def table(rows: int) -> bytes:
    """Return a table; the last row is a reinstatement."""
    natures = ["Retraction"] * (rows - 1) + ["Reinstatement"]
    return HEAD.encode() + b"".join(row(n, nature) for n, nature in enumerate(natures, 1))


class RetractionWatchSite:
    """One file, renewed each working day."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def write(self, rows: int) -> Served:
        """Put a table there."""
        return self.site.put(PATH, table(rows), "text/csv", ranges=False)


def case(site: Site) -> Case:
    """Return a table of forty rows; its listing is itself."""
    RetractionWatchSite(site).write(40)
    return Case("retraction_watch", PATH, 40, file=PATH)
