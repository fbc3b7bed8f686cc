"""Retraction Watch: one table that is renewed, cut, or shorter than it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_retraction_watch import PATH, RetractionWatchSite, row, table
from tests.fetch.server import Site, body, cut_after

FILE = "retraction_watch.csv"


@pytest.fixture
def watch(
    site: Site, fetcher: Callable[[str, str], Fetcher]
) -> tuple[RetractionWatchSite, Fetcher]:
    """A table of a hundred rows, and who fetches it."""
    layout = RetractionWatchSite(site)
    layout.write(100)
    return layout, fetcher("retraction_watch", PATH)


def test_bytes_are_kept_and_read(watch, documents) -> None:
    """Latin-1 and UTF-8 stay as they are; natures become relations with dates."""
    _, fetch = watch
    assert fetch().error is None
    assert fetch.bytes(FILE) == table(100)
    found = documents(fetch)
    assert [d.native_id for d in found] == [str(n) for n in range(1, 101)]
    assert found[0].relations[0].type == "retraction_of"
    assert found[0].relations[0].date == "2018-06-02"
    assert found[-1].relations[0].type == "reinstatement_of"


def test_an_unchanged_table_is_not_sent_again(watch) -> None:
    """The server says so; the snapshot stays the same."""
    layout, fetch = watch
    fetch()
    before = fetch.snapshot.read_bytes()
    assert fetch().report.fetched == 0
    assert layout.site.asked(PATH)[-1].status == 304
    assert fetch.snapshot.read_bytes() == before
    layout.write(101)
    assert fetch().report.fetched == 1
    assert fetch.bytes(FILE) == table(101)


def test_a_server_without_ranges_sends_it_from_the_start(watch) -> None:
    """What came of the first attempt is not put in front of the whole."""
    layout, fetch = watch
    layout.site.fail(PATH, cut_after(9000), cut_after(9000))
    assert fetch().error is None
    assert fetch.bytes(FILE) == table(100)
    asked = layout.site.asked(PATH)
    assert "range" in asked[1].headers
    assert [a.status for a in asked] == [200, 206, 200]


@pytest.mark.parametrize("behind", [0, 1, 40, 120])
def test_a_table_that_breaks_off(watch, behind: int) -> None:
    """Behind a whole row it can only be told by the rows that are not there any more."""
    layout, fetch = watch
    fetch()
    cut = table(100)[: len(table(60)) - len(row(60, "Reinstatement")) + behind]
    layout.site.put(PATH, cut, "text/csv")
    outcome = fetch()
    said = "breaks off in a row" if behind else "has 59 rows, 100 the last time"
    assert said in str(outcome.error)
    assert outcome.error.exit_code == (5 if behind else 3)
    assert fetch.bytes(FILE) == table(100)
    fetch.keys["floor"] = 0
    assert (fetch().error is None) is (not behind)


def test_another_table_is_refused(watch) -> None:
    """One whose columns are not those of Retraction Watch."""
    layout, fetch = watch
    layout.site.fail(PATH, body(b"id,title\n1,x\n", kind="text/csv"))
    outcome = fetch()
    assert "has no column Record ID" in str(outcome.error)
    assert not fetch.snapshot.exists()


def test_the_recorded_table(watch, documents, real_data) -> None:
    """Its header, with the empty column behind, and its rows."""
    layout, fetch = watch
    file = real_data / "formats/retraction-watch/retraction_watch-header-and-fixture.csv"
    layout.site.put(PATH, file.read_bytes(), "text/csv", ranges=False)
    assert fetch().error is None
    assert len(documents(fetch)) == 4
