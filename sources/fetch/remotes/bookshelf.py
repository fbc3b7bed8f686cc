"""NCBI Bookshelf: the packages of its open-access subset (LitArch), by the subset's file list.

``file_list.csv`` names each package, ``xx/yy/name_NBKnnnn.tar.gz``, with title, publisher, year,
accession and the date of its last update, which is the package's version. A package holds the book
in BITS, its figures and its PDF. WHO's guidelines are among them: ``publishers = ["World Health
Organization"]``.

Whether the list begins with a header was not seen, and a title may have a comma that is not quoted.
So each cell is known by its form: the path and the accession, the date behind them, the publisher
in front of the year. A line without a package, or a last line that is cut, ends the fetch.

Unconfirmed: the layout, of which one row was seen as others quote it (2026). The ftp site is the
only automated way that NCBI permits to these books, and most titles of Bookshelf are not among
them.
"""

from __future__ import annotations

import csv
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import quote, urljoin

from isal import igzip

from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits
from sources.fetch.remote import Remote, Target

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

URL = "https://ftp.ncbi.nlm.nih.gov/pub/litarch/"

PACKAGE_BYTES = 20_000_000
"""Mean size of a package, roughly, for estimates; the largest are 1 to 2 GB."""

_PATH = re.compile(r"(?:[\w-][\w.-]*/)+[\w-][\w.-]*_(NBK\d{1,9})\.tar\.gz")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    words: str
    date: str


class Bookshelf(Remote):
    """Books and guidelines of Bookshelf's open-access subset."""

    name = "bookshelf"
    summary = "NCBI Bookshelf: open-access books and guidelines (LitArch), a package each"
    limits = Limits(requests_per_s=3.0, connections=2)
    options: ClassVar[Mapping[str, object]] = {
        "url": URL,
        "list": "file_list.csv",
        "publishers": [],
    }

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the packages in the order of the list.

        Raises:
            FetchError: ``nothing_fits``: none is of those publishers.
        """
        url = urljoin(str(self.config["url"]), str(self.config["list"]))
        page = client.page(url, expect="csv", problem=_problem)
        wanted = [_words([name]) for name in cast("list[str]", self.config["publishers"])]
        found = False
        for row in filter(None, map(_row, _cells(page))):
            if wanted and not any(row.words.endswith(f",{name}") for name in wanted):
                continue
            found = True
            yield Target(
                urljoin(str(self.config["url"]), quote(row.path)),
                row.path,
                about=PACKAGE_BYTES,
                version=row.date,
                expect="any.gz",
            )
        if not found:
            named = ", ".join(map(repr, cast("list[str]", self.config["publishers"])[:3]))
            said = f"{shown(url)}: no package is of the publishers {named}, by their whole names"
            raise FetchError("nothing_fits", said)

    def judge(self, target: Target, file: Path) -> None:
        """Refuse packed data that are no tar archive."""
        with igzip.open(file, "rb") as stream:
            head = stream.read(tarfile.BLOCKSIZE)
        try:
            tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        except tarfile.TarError:
            said = f"{shown(target.url)}: no package: its content is no tar archive"
            raise FetchError("not_tar", said, retryable=True) from None


def _cells(page: Page) -> Iterator[list[str]]:
    return csv.reader(page.text.splitlines())


def _problem(page: Page) -> str:
    """Say what is wrong with the list; its first line may be a header."""
    rows = [(_row(cells), number) for number, cells in enumerate(_cells(page), 1) if any(cells)]
    odd = [number for row, number in rows[1:] if row is None]
    if odd == [rows[-1][1]]:
        return "the list breaks off"
    if odd:
        return f"line {odd[0]:,} names no package; see whether the layout has changed"
    dates = [row.date for row, _ in rows if row]
    if not dates:
        return "a list without packages"
    return "the list breaks off" if len(dates[-1]) != len(dates[0]) else ""


def _row(cells: list[str]) -> _Row | None:
    """Return what a line says; None where it names no package with its accession and date."""
    trimmed = [cell.strip() for cell in cells]
    found = _PATH.fullmatch(trimmed[0]) if trimmed else None
    if not found or found[1] not in trimmed[1:]:
        return None
    place = trimmed.index(found[1], 1)
    dates = list(filter(_DATE.fullmatch, trimmed[place + 1 :]))
    if not dates:
        return None
    return _Row(trimmed[0], _words(trimmed[: place - 1]), dates[-1])


def _words(cells: list[str]) -> str:
    """Return cells as one text in which it does not matter which commas were quoted."""
    return ",".join(part.strip().casefold() for cell in cells for part in cell.split(","))
