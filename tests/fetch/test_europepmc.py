"""Europe PMC: pages by cursor, short pages, records twice, full texts that are not open."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from curation.errors import RecipeError
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_europepmc import (
    BASE,
    CLOSED,
    SEARCH,
    EuropePmcSite,
    dumped,
    page_path,
    record,
    text_of,
)
from tests.fetch.server import Handler, Served, Site, body, status


@pytest.fixture
def europe(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[EuropePmcSite, Fetcher]:
    """Nine records in pages of four, three of them open, and who fetches them."""
    layout = EuropePmcSite(site)
    layout.fill(9)
    fetch = fetcher("europepmc", BASE)
    fetch.keys |= {"query": "fever", "page_size": 4}
    return layout, fetch


PAGES = [f"records/{n:06d}.json" for n in range(1, 4)]
TEXTS = [f"articles/PMC0400/PMC{n}.xml" for n in (4_000_000, 4_000_003, 4_000_006)]


def test_records_and_open_texts(europe, documents) -> None:
    """Pages up to the cursor that repeats; texts of what is open and of nothing else."""
    layout, fetch = europe
    assert fetch().error is None
    # Behind the last page is one without records, on which the cursor stays.
    assert fetch.paths() == sorted([*TEXTS, *PAGES, "records/000004.json"])
    found = {d.native_id: d for d in documents(fetch)}
    assert len(found) == 12
    assert found["PMC4000003"].license == "CC-BY-4.0"
    assert "We gave 81 mg" in found["MED/40000040"].text
    assert fetch.lines()[0]["stated"] == {"hits": "9"}
    paths = [a.path for a in layout.site.asked()]
    assert len(paths) == len(set(paths))
    assert sum(path.startswith(SEARCH) for path in paths) == 1 + 4 + 2


def test_parts_can_be_left_out(europe) -> None:
    """Records alone, texts alone; texts that are there are not asked for again, if so wished."""
    layout, fetch = europe
    fetch.keys["full_texts"] = False
    fetch()
    assert fetch.paths() == [*PAGES, "records/000004.json"]
    fetch.keys |= {"full_texts": True, "records": False, "refresh": False}
    fetch.keys["floor"] = 0
    fetch()
    assert fetch.paths() == TEXTS
    layout.dose = 50
    before = len(layout.site.asked())
    fetch()
    assert len(layout.site.asked()) == before + 2
    fetch.keys["refresh"] = True
    fetch()
    assert fetch.bytes(TEXTS[0]) == text_of("PMC4000000", dose=50)


def test_the_query_must_be_there(europe) -> None:
    """Before anything is asked; one that finds nothing is one line."""
    layout, fetch = europe
    fetch.keys["query"] = ""
    with pytest.raises(RecipeError, match=r"recipe\.toml:\d+: query must say what to fetch"):
        fetch()
    fetch.keys["query"] = "fever"
    layout.records = []
    outcome = fetch()
    assert "the query finds nothing" in str(outcome.error)


def shortened(by: int) -> Callable[[Handler, Served], int]:
    """Leave records out of a page, and nothing else."""

    def fault(handler: Handler, served: Served) -> int:
        answer = json.loads(served.body)
        del answer["resultList"]["result"][-by:]
        return handler.reply(200, dumped(answer), {"Content-Type": "application/json"})

    return fault


def test_a_silently_short_page(europe) -> None:
    """Asked for again; where it stays short, the line says of how many."""
    layout, fetch = europe
    layout.site.fail(page_path(), shortened(1))
    listed = page_path(kind="idlist", query="(fever) AND OPEN_ACCESS:Y")
    layout.site.fail(listed, shortened(1))
    assert fetch().error is None
    assert len(fetch.paths()) == 7
    layout.site.fail(page_path("AoII4"), *[shortened(2)] * 9)
    outcome = fetch()
    [(path, line)] = outcome.report.failures
    assert path == PAGES[1]
    assert "page 2 has 2 records, and 9 were counted; given up after 4 attempts" in line
    assert len(fetch.paths()) == 7


def test_a_list_of_texts_that_stays_short(europe) -> None:
    """Nothing is fetched then."""
    layout, fetch = europe
    layout.site.fail(
        page_path(kind="idlist", query="(fever) AND OPEN_ACCESS:Y"), *[shortened(1)] * 9
    )
    outcome = fetch()
    assert "lists 2 open full texts and counts 3" in str(outcome.error)
    assert not fetch.snapshot.exists()


def test_records_that_come_twice(europe, documents) -> None:
    """A page in place of another: all pages are asked for again."""
    layout, fetch = europe
    first = layout.answer(page_path())

    def repeated(handler: Handler, served: Served) -> int:
        answer = json.loads(served.body)
        answer["resultList"] = json.loads(first.body)["resultList"]
        return handler.reply(200, dumped(answer), {"Content-Type": "application/json"})

    layout.site.fail(page_path("AoII4"), repeated)
    assert fetch().error is None
    assert len({d.native_id for d in documents(fetch)}) == 12
    assert len(layout.site.asked(page_path("AoII4"))) == 2
    layout.site.fail(page_path("AoII4"), *[repeated] * 9)
    outcome = fetch()
    assert (
        "the pages name 4 records twice; given up after 4 attempts"
        in (outcome.report.failures[0][1])
    )


def test_the_last_cursor_may_come_too_early(europe) -> None:
    """A cursor that repeats before all hits are there is a fault, not an end."""
    layout, fetch = europe

    def stuck(handler: Handler, served: Served) -> int:
        answer = json.loads(served.body) | {"nextCursorMark": "AoII4"}
        return handler.reply(200, dumped(answer), {"Content-Type": "application/json"})

    layout.site.fail(page_path("AoII4"), stuck)
    assert fetch().error is None
    assert len(fetch.paths()) == 7


def test_a_list_of_texts_that_goes_in_circles(europe) -> None:
    """Cursors that come again though none repeats: it ends, and asks for each once."""
    layout, fetch = europe

    def back(handler: Handler, served: Served) -> int:
        answer = json.loads(served.body) | {
            "nextCursorMark": "*" if "AoI" in handler.path else "AoII1"
        }
        return handler.reply(200, dumped(answer), {"Content-Type": "application/json"})

    for cursor in ("*", "AoII1"):
        listed = page_path(cursor, size=1, kind="idlist", query="(fever) AND OPEN_ACCESS:Y")
        layout.site.fail(listed, *[back] * 9)
    fetch.keys["page_size"] = 1
    assert "the list goes in circles" in str(fetch().error)
    assert not fetch.snapshot.exists()


def test_hits_that_grow_meanwhile(europe) -> None:
    """New records move nothing behind a cursor: what was counted at first is there."""
    layout, fetch = europe

    def grow(path: str) -> None:
        if "AoII4" in path and len(layout.records) == 9:
            layout.hits = 11

    layout.site.on_asked = grow
    fetch.keys["full_texts"] = False
    assert fetch().error is None
    assert len(fetch.paths()) == 4


def test_a_text_that_is_not_open(europe) -> None:
    """The error with status 200 is no article; neither is another article."""
    layout, fetch = europe
    layout.closed = {"PMC4000003"}
    path = f"{BASE}PMC4000006/fullTextXML"
    layout.site.fail(path, body(text_of("PMC4000000"), kind="application/xml"))
    fetch.without_fault()
    assert [p for p in fetch.paths() if p.startswith("art")] == [TEXTS[0], TEXTS[2]]
    assert fetch.bytes(TEXTS[2]) == text_of("PMC4000006")
    layout.closed = set()
    layout.site.fail(path, *[body(b"<note>busy</note>", kind="application/xml")] * 9)
    outcome = fetch()
    assert "no article; given up after 4 attempts" in outcome.report.failures[0][1]
    assert [p for p in fetch.paths() if p.startswith("art")] == TEXTS


def test_an_error_of_the_search(europe) -> None:
    """With status 200, in JSON or in XML: asked again, then one line."""
    layout, fetch = europe
    path = page_path(kind="idlist", size=1)
    bean = body(CLOSED.format(pmcid="x").encode(), kind="application/xml")
    layout.site.fail(path, body(dumped({"errCode": 404, "errMsg": "Internal"})), bean)
    assert fetch().error is None
    layout.site.fail(path, *[body(dumped({"errCode": 404, "errMsg": "Internal"}))] * 9)
    assert "the service answers with an error; given up after 4" in str(fetch().error)


def test_a_killed_fetch_goes_on_at_its_page(europe) -> None:
    """Pages that came are not asked for again in the fetch that ends it, and are in the next."""
    layout, fetch = europe
    fetch.keys |= {"full_texts": False, "attempts": 1}
    layout.site.fail(page_path("AoII8"), body(b""))
    assert len(fetch().report.failures) == 1
    assert fetch().report.failures == []
    for cursor in ("*", "AoII4"):
        assert len(layout.site.asked(page_path(cursor))) == 1
    assert fetch().report.failures == []
    for cursor in ("*", "AoII4", "AoII8"):
        assert len([a for a in layout.site.asked(page_path(cursor)) if a.sent]) == 2


@pytest.mark.parametrize(("later_s", "revised"), [(3_600, 1), (90 * 86_400, len(PAGES))])
def test_what_a_stopped_fetch_left_is_gone_on_with_for_a_day(europe, later_s, revised) -> None:
    """Afterwards all pages come anew: those of then and of now make no list."""
    layout, fetch = europe
    fetch.keys |= {"full_texts": False, "attempts": 1}
    layout.site.fail(page_path("AoII8"), status(500))
    outcome = fetch()
    assert len(outcome.report.failures) == 1
    for one in layout.records:
        one["abstractText"] = "REVISED"
    layout.site.clock.sleep(later_s)
    fetch.without_fault()
    assert sum(b"REVISED" in fetch.bytes(page) for page in PAGES) == revised


def test_records_that_are_gone(europe) -> None:
    """The floor is on records; pages that are no more go."""
    layout, fetch = europe
    fetch()
    del layout.records[4:]
    outcome = fetch()
    assert outcome.error.exit_code == 3
    fetch.keys["floor"] = 0
    assert fetch().error is None
    assert fetch.paths() == [*TEXTS[:2], *PAGES[:2]]
    gone = {line["gone"]: line["reason"] for line in fetch.lines()[1:] if "gone" in line}
    assert gone == {
        TEXTS[2]: "not_listed",
        PAGES[2]: "not_named",
        "records/000004.json": "not_named",
    }


def test_recorded_answers(europe, documents, real_data) -> None:
    """Records of the real search come as they are, and are read."""
    layout, fetch = europe
    answer = json.loads((real_data / "formats/europepmc/search_cancer_core.json").read_bytes())
    layout.records = answer["resultList"]["result"]
    fetch.keys |= {"full_texts": False, "page_size": 10}
    assert fetch().error is None
    found = documents(fetch)
    assert len(found) == 25
    assert sum(bool(d.text) for d in found) > 15


def test_a_record_without_an_id_is_no_answer(europe) -> None:
    """What names no record cannot be counted."""
    layout, fetch = europe
    layout.records[2] = {**record(7), "id": ""}
    outcome = fetch()
    assert "records without id" in str(outcome.report.failures if outcome.report else outcome.error)
