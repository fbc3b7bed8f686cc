"""Answers of interfaces in JSON: pages of a listing, and files that came."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sources.fetch.errors import FetchError, unusable
from sources.items import Failure, SourceError
from sources.text.json_stream import Answer

if TYPE_CHECKING:
    from sources.fetch.client import Client, Page

T = TypeVar("T")

Head = Mapping[str, object]
"""An object of JSON."""


def page(client: Client, url: str, problem: Callable[[Head], str] = lambda _: "") -> Head:
    """Fetch a page of a listing: one object of JSON.

    Args:
        client: Asks.
        url: Address.
        problem: Says what is wrong with the page, empty for nothing; such a page is asked for
            again. It may raise a `FetchError` itself.

    Raises:
        FetchError: As `Client.page`.
    """
    found: Head = {}

    def wrong(page: Page) -> str:
        nonlocal found
        try:
            value = json.loads(page.body)
        except (ValueError, RecursionError):
            return "JSON that cannot be read"
        if not isinstance(value, dict):
            return "JSON of another form"
        found = value
        return problem(found)

    client.page(url, expect="json", problem=wrong)
    return found


def read(url: str, file: Path, key: str, take: Callable[[Head], T]) -> tuple[Head, list[T]]:
    """Read a file of JSON with one list of records, a record at a time.

    Args:
        url: Where it came from, for messages.
        file: The file.
        key: Name of the list on the first level.
        take: What is kept of a record.

    Returns:
        What stands beside the list, and what was kept of each record.

    Raises:
        FetchError: ``bad_answer``: it cannot be read to its end, or has no such list.
    """
    taken = []
    try:
        with file.open("rb") as stream:
            answer = Answer(stream, key)
            for row in answer.records():
                if isinstance(row, Failure):
                    raise unusable(url, row.detail)
                taken.append(take(row.record))
    except SourceError as error:
        if isinstance(error, FetchError):
            raise
        raise unusable(url, str(error)) from None
    if not answer.listed and key:
        raise unusable(url, f"JSON without a list of {key}")
    return answer.head, taken
