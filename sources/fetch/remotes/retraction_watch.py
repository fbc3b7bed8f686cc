"""Retraction Watch: the table of notices, one CSV, as Crossref publishes it.

It is renewed each working day; the server is asked whether it has changed. Servers that had a copy
of it ignored ``Range``, so that what breaks off may have to be sent from the start.

A CSV has no end mark. So its first line must have the columns that are needed, its last row as many
cells as the first line (whose last column is empty), and it may not have lost more rows than the
floor allows. Bytes that are no UTF-8 are kept as they are: the source reads them.

Layout: Crossref's repository ``crossref/retraction-watch-data`` at gitlab.com, and its columns as
recorded in 2026. Unconfirmed: name of file and branch in the address, and whether gitlab.com's
robots.txt permits it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits
from sources.fetch.remote import Remote, Target
from sources.retraction_watch import NEEDED

if TYPE_CHECKING:
    from sources.fetch.client import Client

URL = "https://gitlab.com/crossref/retraction-watch-data/-/raw/main/retraction_watch.csv"

SIZE_BYTES = 67_000_000
"""Size in 2026, roughly, for estimates."""

NAME = "retraction_watch.csv"


class RetractionWatch(Remote):
    """The table of retractions, concerns, corrections and reinstatements."""

    name = "retraction_watch"
    summary = "Retraction Watch: Crossref's table of retractions and reinstatements (67 MB)"
    limits = Limits(requests_per_s=1.0, connections=1, object_bytes=1 << 30)
    options: ClassVar[Mapping[str, object]] = {"url": URL}
    whole = True
    counted = "rows"

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the one file."""
        yield Target(str(self.config["url"]), NAME, about=SIZE_BYTES, expect="csv")

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a table without its columns, or one that breaks off in a row."""
        head, last, _ = _table(file)
        lacking = [name for name in NEEDED if name not in head]
        if lacking:
            problem = f"the first line has no column {', '.join(lacking)}"
            raise FetchError("not_retraction_watch", f"{shown(target.url)}: {problem}")
        if len(last) != len(head):
            problem = "the table breaks off in a row"
            raise FetchError("truncated", f"{shown(target.url)}: {problem}", retryable=True)

    def count(self, target: Target, file: Path) -> int:
        """Return how many rows the table has."""
        return _table(file)[2]


def _table(file: Path) -> tuple[list[str], list[str], int]:
    """Return the first line of a table, its last row, and how many rows there are."""
    head: list[str] = []
    last: list[str] = []
    rows = 0
    # Every byte is some character of Latin-1, and none of those that make up a CSV is another one.
    with file.open(encoding="latin-1", newline="") as stream:
        try:
            for row in csv.reader(stream):
                if not head:
                    head = [name.removeprefix("\xef\xbb\xbf") for name in row]
                elif row:
                    last, rows = row, rows + 1
        except csv.Error:
            last = []
    return head, last, rows
