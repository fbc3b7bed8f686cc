"""LitArch: a list of packages, and packages of invented books in BITS."""

from __future__ import annotations

import gzip
import io
import tarfile

from tests.fetch.cases import Case
from tests.fetch.server import Site

BASE = "/pub/litarch/"

CHAPTER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<book-part-wrapper dtd-version="2.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"><book-meta><book-id book-id-type="pmcid">{name}'
    '</book-id><book-id book-id-type="pmcid">{book}</book-id><book-title-group><book-title>{title}'
    "</book-title></book-title-group><permissions><license><license-p>Some rights reserved. "
    '<ext-link xlink:href="https://creativecommons.org/licenses/by-nc-sa/3.0/igo">CC BY-NC-SA 3.0 '
    'IGO</ext-link></license-p></license></permissions></book-meta><book-part id="ch{number}" '
    'book-part-type="chapter"><book-part-meta><book-part-id book-part-id-type="pmcid">{chapter}'
    "</book-part-id><title-group><title>Chapter {number}</title></title-group></book-part-meta>"
    "<body><p>Give {dose} mg of examplin to invented patients.</p></body></book-part>"
    "</book-part-wrapper>\n"
)


def package(name: str, nbk: int, chapters: int, title: str, dose: int = 5) -> bytes:
    """Return a package: a chapter a file, a contents file, a figure."""
    members = {"TOC.nxml": b"<toc><title>Contents</title></toc>\n", "figure1.jpg": bytes(700)}
    for number in range(1, chapters + 1):
        text = CHAPTER.format(
            name=name,
            book=f"NBK{nbk}",
            title=title,
            number=number,
            chapter=f"NBK{nbk + number}",
            dose=dose + number,
        )
        members[f"ch{number}.nxml"] = text.encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, content in members.items():
            info = tarfile.TarInfo(f"{name}_NBK{nbk}/{path}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


class BookshelfSite:
    """The list and its packages."""

    def __init__(self, site: Site, header: str = "") -> None:
        self.site, self.header = site, header
        self.lines: dict[str, str] = {}

    def add(
        self,
        name: str,
        nbk: int,
        *,
        publisher: str = "World Health Organization",
        date: str = "2026-08-31 02:41:04",
        title: str = "Guideline for Invented Fever",
        chapters: int = 2,
        dose: int = 5,
    ) -> str:
        """Put a package there, or change it; returns its path in the list."""
        path = f"ca/{nbk % 90 + 10}/{name}_NBK{nbk}.tar.gz"
        self.site.put(BASE + path, package(name, nbk, chapters, title, dose), "application/x-gzip")
        self.lines[path] = f"{path},{title},{publisher},2019,NBK{nbk},{date}\n"
        self.list()
        return path

    def list(self, *more: str) -> None:
        """Write the list."""
        text = self.header + "".join(self.lines.values()) + "".join(more)
        self.site.put(f"{BASE}file_list.csv", text.encode(), "text/csv")


def case(site: Site) -> Case:
    """Return a list of three books, with a header, of three documents each."""
    layout = BookshelfSite(site, "File,Title,Publisher,Date,Accession ID,Last Updated\n")
    layout.add("fever", 1000)
    path = layout.add("chills", 2000, title="Chills, and What to Do")
    layout.add("pearls", 3000, publisher="Invented Press")
    return Case("bookshelf", BASE, 9, file=BASE + path, listing=f"{BASE}file_list.csv")
