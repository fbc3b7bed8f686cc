"""Bookshelf by its file list: with and without a header, odd titles, updates, publishers."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_bookshelf import BASE, BookshelfSite
from tests.fetch.server import Site, body, cut_after

HEADER = "File,Title,Publisher,Date,Accession ID,Last Updated\n"


@pytest.fixture
def shelf(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[BookshelfSite, Fetcher]:
    """Two books, and who fetches them."""
    layout = BookshelfSite(site)
    layout.add("fever", 1000)
    layout.add("pearls", 3000, publisher="Invented Press")
    return layout, fetcher("bookshelf", BASE)


def packages(layout: BookshelfSite, fetch: Fetcher) -> list[str]:
    """Fetch, and return which packages were sent."""
    before = len(layout.site.log)
    outcome = fetch()
    assert outcome.error is None, outcome.error
    sent = [a.path for a in layout.site.log[before:] if a.status == 200]
    return [path.rsplit("/", 1)[-1] for path in sent if path.endswith(".gz")]


@pytest.mark.parametrize("header", ["", HEADER, "\ufeff" + HEADER])
def test_a_header_or_none(shelf, documents, header: str) -> None:
    """The list is read all the same, and chapters have their licence."""
    layout, fetch = shelf
    layout.header = header
    layout.list()
    assert sorted(packages(layout, fetch)) == ["fever_NBK1000.tar.gz", "pearls_NBK3000.tar.gz"]
    found = {d.native_id: d for d in documents(fetch)}
    assert {"NBK1001", "NBK1002", "NBK3001", "NBK3002"} < found.keys()
    assert found["NBK1001"].license == "CC-BY-NC-SA-3.0-IGO"
    assert "6 mg of examplin" in found["NBK1001"].text


def test_only_what_was_updated(shelf, documents) -> None:
    """By the date of the list; a book that left the subset is not in the next snapshot."""
    layout, fetch = shelf
    packages(layout, fetch)
    assert packages(layout, fetch) == []
    layout.add("fever", 1000, date="2026-09-30 01:00:00", dose=50)
    assert packages(layout, fetch) == ["fever_NBK1000.tar.gz"]
    assert "51 mg of examplin" in {d.native_id: d for d in documents(fetch)}["NBK1001"].text
    del layout.lines["ca/40/pearls_NBK3000.tar.gz"]
    layout.list()
    outcome = fetch()
    assert outcome.error.exit_code == 3
    assert "lists 1 files, 2 the last time" in str(outcome.error)
    fetch.keys["floor"] = 0
    assert packages(layout, fetch) == []
    assert len(fetch.paths()) == 1


@pytest.mark.parametrize(
    ("publisher", "wanted", "books"),
    [
        ("World Health Organization", "world health organization", 1),
        ('"Agency for Inventions, The (US)"', "Agency for Inventions, The (US)", 1),
        ("Agency for Inventions, The (US)", "Agency for Inventions, The (US)", 1),
        ("Inventions of the World Health Organization", "World Health Organization", 0),
    ],
)
def test_publishers(shelf, publisher: str, wanted: str, books: int) -> None:
    """By the whole name; commas may be quoted or not, in titles as well."""
    layout, fetch = shelf
    layout.lines.clear()
    layout.add("a", 5000, publisher=publisher, title="Fever, Chills, and 2019")
    layout.add("b", 6000, publisher="Another")
    fetch.keys["publishers"] = [wanted]
    if books:
        assert packages(layout, fetch) == ["a_NBK5000.tar.gz"]
    else:
        assert f"no package is of the publishers '{wanted}', by" in str(fetch().error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ca/11/a_NBK1.tar.gz,A,B,2019,NBK1,2026-08-31 02:41:04\nca/12/b_NB", "breaks off"),
        (
            "ca/11/a_NBK1.tar.gz,A,B,2019,NBK1,2026-08-31 02:41:04\n"
            "ca/12/b_NBK2.tar.gz,A,B,2019,NBK2,2026-08-31",
            "breaks off",
        ),
        (
            "ca/11/a_NBK1.tar.gz,A,B,2019,NBK1,2026-08-31\nx,y\n"
            "ca/12/b_NBK2.tar.gz,A,B,2019,NBK2,2026-08-31\n",
            "line 2 names no package",
        ),
        (HEADER, "a list without packages"),
        ("../../etc/a_NBK1.tar.gz,A,B,2019,NBK1,2026-08-31\n", "a list without packages"),
        ("ca/11/a_NBK1.tar.gz,A,B,2019,NBK7,2026-08-31\n", "a list without packages"),
    ],
)
def test_lists_that_are_none(shelf, text: str, said: str) -> None:
    """One line, and nothing is fetched."""
    layout, fetch = shelf
    layout.site.put(f"{BASE}file_list.csv", text.encode(), "text/csv")
    outcome = fetch()
    assert said in str(outcome.error)
    assert not fetch.snapshot.exists()


def test_a_package_twice_in_the_list(shelf) -> None:
    """The same line is a note; with another date it ends the fetch."""
    layout, fetch = shelf
    [line, *_] = layout.lines.values()
    layout.list(line)
    assert fetch().report.notes == ["the listing names 1 files twice"]
    layout.list(line.replace("2026-08-31", "2026-09-01"))
    assert "names it twice, in two states" in str(fetch().error)


def test_packed_data_that_are_no_package(shelf) -> None:
    """Whole gzip data with something else inside: asked for again."""
    layout, fetch = shelf
    path = f"{BASE}ca/20/fever_NBK1000.tar.gz"
    layout.site.fail(path, *[body(gzip.compress(b"busy " * 300))] * 4)
    outcome = fetch()
    assert [path for path, _ in outcome.report.failures] == ["ca/20/fever_NBK1000.tar.gz"]
    assert "no tar archive; given up after 4 attempts" in outcome.report.failures[0][1]
    assert packages(layout, fetch) == ["fever_NBK1000.tar.gz"]


def test_a_large_package_is_resumed(shelf) -> None:
    """Where it broke off, by If-Range; one that changed meanwhile comes anew."""
    layout, fetch = shelf
    fetch.keys["resume_bytes"] = 100
    path = f"{BASE}ca/20/fever_NBK1000.tar.gz"
    layout.site.fail(path, cut_after(300), cut_after(300))
    assert fetch().error is None
    assert [a.status for a in layout.site.asked(path)] == [200, 206, 206]
    layout.add("fever", 1000, date="2026-10-01 00:00:00", chapters=3)

    def change(asked: str) -> None:
        if asked == path and len(layout.site.asked(path)) == 4:
            layout.add("fever", 1000, date="2026-10-01 00:00:00", chapters=4)

    layout.site.on_asked = change
    layout.site.fail(path, cut_after(300))
    assert fetch().error is None
    assert fetch.bytes("ca/20/fever_NBK1000.tar.gz") == layout.site.files[path].body


def test_the_quoted_row(shelf, real_data) -> None:
    """The one row of the real list that others quote."""
    layout, fetch = shelf
    text = (real_data / "formats/litarch/file_list-excerpt.csv").read_bytes()
    layout.site.put(f"{BASE}file_list.csv", text, "text/csv")
    outcome = fetch(dry_run=True)
    assert outcome.plan.listed == 1
