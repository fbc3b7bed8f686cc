"""Bodies that broke off: gone on with where it is the same body, to its end, and begun anew else.

Crossref's table is the victim: a CSV has no end mark, so that only the length tells.
"""

from __future__ import annotations

import email.utils
from collections.abc import Callable

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_retraction_watch import PATH, row, table
from tests.fetch.server import DATE, Fault, Handler, Served, Site, body, cut_after

FILE = "retraction_watch.csv"
OLD, NEW = (email.utils.formatdate(DATE - days * 86_400, usegmt=True) for days in (200, 100))


@pytest.fixture
def fetch(site: Site, fetcher: Callable[[str, str], Fetcher]) -> Fetcher:
    """Who fetches a table of 200 rows."""
    site.put(PATH, table(200), "text/csv")
    return fetcher("retraction_watch", PATH)


def start_of(handler: Handler) -> int:
    """Where the part that is asked for begins."""
    return int(handler.headers["Range"].removeprefix("bytes=")[:-1])


def capped(size: int) -> Fault:
    """Send fewer bytes of the part than are asked for, and say so."""

    def fault(handler: Handler, served: Served) -> int:
        start, total = start_of(handler), len(served.body)
        part = served.body[start : start + size]
        said = f"bytes {start}-{start + len(part) - 1}/{total}"
        return handler.reply(206, part, {"ETag": served.etag, "Content-Range": said})

    return fault


def part_of(content: bytes, total: str = "", **headers: str) -> Fault:
    """Send the rest of another body, with headers; underscores of their names become dashes."""

    def fault(handler: Handler, _: Served) -> int:
        start = start_of(handler)
        said = f"bytes {start}-{len(content) - 1}/{total or len(content)}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return handler.reply(206, content[start:], {"Content-Range": said, **named})

    return fault


def test_a_part_of_the_rest_is_gone_on_behind(site: Site, fetch: Fetcher) -> None:
    """A server may send less than was asked for (RFC 9110, 15.3.7)."""
    site.fail(PATH, cut_after(5000), capped(9000), capped(9000))
    fetch.without_fault()
    assert fetch.bytes(FILE) == table(200)
    starts = [asked.headers["range"] for asked in site.asked(PATH)[1:]]
    assert starts == ["bytes=5000-", "bytes=14000-", "bytes=23000-"]


def cut_of(served: Served, modified: str) -> Fault:
    """Begin a body that has a date and no entity tag."""

    def fault(handler: Handler, _: Served) -> int:
        handler.head(200, {"Last-Modified": modified}, len(served.body))
        handler.write(served.body[:9000])
        handler.close_connection = True
        return 200

    return fault


LONGER = table(200).replace(b"Retraction,+Error", b"Reinstatement,+Error") + row(201)
SAME_SIZE = table(200).replace(b"Nowhere", b"Nothere")


@pytest.mark.parametrize(
    "rest",
    [
        part_of(LONGER),
        part_of(LONGER, Last_Modified=NEW),
        part_of(SAME_SIZE, Last_Modified=NEW),
        part_of(LONGER, total="*"),
    ],
)
def test_a_rest_of_another_body_is_not_taken(site: Site, fetch: Fetcher, rest: Fault) -> None:
    """Another date or another length tell, where there is no entity tag."""
    served = site.files[PATH]
    served.etag = ""
    site.fail(PATH, cut_of(served, OLD), rest)
    fetch.without_fault()
    assert fetch.bytes(FILE) == table(200)


@pytest.mark.parametrize("tag", ['"other"', ""])
def test_a_rest_must_bear_the_entity_tag(site: Site, fetch: Fetcher, tag: str) -> None:
    """A 206 has the tag that a 200 would have (RFC 9110, 15.3.7)."""
    site.fail(PATH, cut_after(9000), part_of(SAME_SIZE, **({"ETag": tag} if tag else {})))
    fetch.without_fault()
    assert fetch.bytes(FILE) == table(200)


def test_a_rest_without_a_total_is_taken(site: Site, fetch: Fetcher) -> None:
    """The length is known from the first answer."""
    served = site.files[PATH]
    site.fail(PATH, cut_after(9000), part_of(served.body, total="*", ETag=served.etag))
    fetch.without_fault()
    assert fetch.bytes(FILE) == table(200)
    assert [asked.status for asked in site.asked(PATH)] == [200, 206]


def test_an_end_that_moved_to_ours_is_none(site: Site, fetch: Fetcher) -> None:
    """416 with our length, which is not the one that the body was begun with."""

    def nothing_behind(handler: Handler, _: Served) -> int:
        return handler.reply(416, b"", {"Content-Range": f"bytes */{start_of(handler)}"})

    site.fail(PATH, cut_after(9000), nothing_behind)
    fetch.without_fault()
    assert fetch.bytes(FILE) == table(200)


def test_a_whole_body_in_place_of_the_rest(site: Site, fetch: Fetcher) -> None:
    """200 begins anew, and a later cut goes on in the new one."""
    new = table(150)
    site.fail(PATH, cut_after(9000), body(new, kind="text/csv"))
    fetch.without_fault()
    assert fetch.bytes(FILE) == new


@pytest.mark.parametrize(
    ("least", "first", "each"), [(2000, 3000, 1), (2000, 3000, 300), (1, 600, 90)]
)
def test_a_drip_of_attempts_ends(
    site: Site, fetch: Fetcher, least: int, first: int, each: int
) -> None:
    """A few bytes an attempt are no progress: else a file could take a request for each."""
    fetch.keys["resume_bytes"] = least
    site.fail(PATH, cut_after(first), *[cut_after(each)] * 300)
    assert "given up after 4 attempts" in str(fetch().error)
    assert len(site.asked(PATH)) == 4


def test_progress_begins_the_count_anew(site: Site, fetch: Fetcher) -> None:
    """So much in each attempt that the file will come to its end."""
    site.fail(PATH, *[cut_after(1500)] * 20)
    fetch.without_fault()
    assert len(site.asked(PATH)) == 21
    assert fetch.bytes(FILE) == table(200)
