"""Listings as web servers write them: folders, a line a file, and pages that name the next one."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urljoin

from sources.fetch.errors import FetchError

T = TypeVar("T")

_LINE = re.compile(
    r"<a href=\"([^\"?/]+)\">[^<]*</a>\s*(?:(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)\s+(-|[\d.]+[KMGT]?))?"
)
_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;]*))*)")
_NEXT = re.compile(
    r"rel\s*=\s*(?:next|\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\")\s*(?:;|\Z)", re.IGNORECASE
)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line.

    Attributes:
        name: File name.
        date: As written, empty where there is none.
        size: As written (``19M``), empty where there is none.
    """

    name: str
    date: str
    size: str

    @property
    def about(self) -> int | None:
        """Bytes, as exact as a rounded number is."""
        number = self.size.rstrip("KMGT")
        if not number or number == "-":
            return None
        return int(float(number) * _UNITS.get(self.size[-1], 1))


TRIED = 2
"""Times that a list is read which changes meanwhile, or does not have what it counts."""


def read(where: str, attempt: Callable[[], T]) -> T:
    """Read a whole list, and once more where it was not to be relied on.

    Args:
        where: Address, for the message.
        attempt: Reads it; what can pass it says by an error with ``restart``.

    Raises:
        FetchError: It was no better the last time.
    """
    for _ in range(TRIED):
        try:
            return attempt()
        except FetchError as error:
            if not error.restart:
                raise
            problem = error
    said = f"{where}: {problem}, {TRIED} times; run it again later"
    raise FetchError(problem.rule, said)


def counted(what: str, found: Sized, total: int) -> None:
    """Refuse a list that has another number of entries than it counts.

    Raises:
        FetchError: ``short_listing``, with ``restart``.
    """
    if len(found) != total:
        said = f"lists {len(found):,} {what} and counts {total:,}"
        raise FetchError("short_listing", said, restart=True)


class Walk:
    """The pages of a list that were asked for, by their marks (token, cursor, address).

    Args:
        where: Address, for the message.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._marks: set[str] = set()

    def on(self, mark: str) -> str:
        """Return the mark of the next page.

        Raises:
            FetchError: ``listing_loop``: it was asked for; the list would never end.
        """
        if mark in self._marks:
            raise FetchError("listing_loop", f"{self._where}: the list goes in circles")
        self._marks.add(mark)
        return mark


def files(page: str) -> Iterator[Listed]:
    """Yield the files of a listing in HTML, in its order."""
    for found in _LINE.finditer(page):
        yield Listed(html.unescape(unquote(found[1])), found[2] or "", found[3] or "")


def problem(page: str) -> str:
    """Return what is wrong with a page that is no listing, or not a whole one; else nothing."""
    lowered = page.rstrip().lower()
    if "<pre" not in lowered:
        return "a page in place of a listing"
    if "</pre>" not in lowered:
        return "a listing without its end"
    return "" if lowered.endswith("</html>") else "a page without its end"


def following(url: str, header: str) -> str:
    """Return the address of the page behind one (``Link: <…>; rel="next"``, RFC 8288).

    Args:
        url: Address of the page.
        header: Its header ``Link``.

    Returns:
        The address; empty where the header names none.
    """
    for found in _LINK.finditer(header):
        if _NEXT.search(found[2]):
            return urljoin(url, str(found[1]))
    return ""
