"""CDC's pages by the day of their last change."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_cdc import API, NUMBERS, CdcSite
from tests.fetch.server import Site, body


@pytest.fixture
def cdc(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[CdcSite, Fetcher]:
    """Three pages, listed two at a time."""
    layout = CdcSite(site)
    for number in NUMBERS:
        layout.add(number)
    fetch = fetcher("cdc", API)
    fetch.keys["page_size"] = 2
    return layout, fetch


def asked(fetch: Fetcher) -> list[str]:
    """Fetch, and return the pages that were asked for."""
    return [path.split("/")[-2] for path in fetch.asked() if path.endswith("syndicate.json")]


def test_pages_by_their_day(cdc, documents) -> None:
    """All once; later those that changed; each is known by its address at CDC."""
    layout, fetch = cdc
    assert asked(fetch) == ["131274", "241509", "247197"]
    assert asked(fetch) == []
    before = {d.native_id: d for d in documents(fetch)}
    layout.add(NUMBERS[1], "2026-02-01", "Words that are new.")
    assert asked(fetch) == [str(NUMBERS[1])]
    found = {d.url: d for d in documents(fetch)}
    assert {d.native_id for d in found.values()} == before.keys()
    changed = found[f"https://www.cdc.gov/fever/{NUMBERS[1]}.html"]
    assert "Words that are new." in changed.text
    assert changed.title == f"About Invented Fever & Chills {NUMBERS[1]}"
    assert (changed.date, changed.license) == ("2025-11-03", "LicenseRef-USGov")
    query = [a.path for a in layout.site.asked() if "pagenum=2" in a.path]
    assert query[0] == f"{API}?mediatype=html&sourceacronym=CDC&max=2&pagenum=2"


def test_a_list_that_is_short(cdc) -> None:
    """Fewer pages than it counts: nothing is fetched."""
    layout, fetch = cdc
    layout.total = 4
    assert "lists 3 pages and counts 4, 2 times" in str(fetch().error)
    layout.total = 1_000_000_000  # of which nobody waits for the end
    assert "lists 3 pages and counts 1,000,000,000, 2 times" in str(fetch().error)
    assert len(layout.site.asked()) < 20
    assert not fetch.snapshot.exists()


def test_a_page_that_is_listed_twice(cdc) -> None:
    """In place of another one, as where the list moves meanwhile: it is read once more."""
    layout, fetch = cdc

    def doubled(handler, served) -> int:
        page = json.loads(served.body)
        page["results"][1] = page["results"][0]
        return handler.reply(200, json.dumps(page).encode(), {})

    first = f"{API}?mediatype=html&sourceacronym=CDC&max=2&pagenum=1"
    layout.site.fail(first, doubled)
    assert len(asked(fetch)) == 3
    layout.site.fail(first, doubled, doubled)
    assert "lists 2 pages and counts 3, 2 times" in str(fetch().error)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"meta": {"status": 400}, "results": []}, "the interface answers no page"),
        ({"meta": {"status": 200}, "results": [{"id": 1, "content": "x"}]}, "not the page that"),
        ({"meta": {"status": 200}, "results": []}, "not the page that"),
    ],
)
def test_an_answer_that_is_none(cdc, answer: object, said: str) -> None:
    """With status 200: asked for again, then a failure of that page."""
    layout, fetch = cdc
    layout.site.fail(layout.path(NUMBERS[0]), *[body(json.dumps(answer).encode())] * 4)
    [(_, line)] = fetch().report.failures
    assert said in line
    assert len(fetch.paths()) == 2


def test_a_page_without_text_is_left_out(cdc) -> None:
    """What is syndicated as a feed has none."""
    layout, fetch = cdc
    layout.content[NUMBERS[0]] = " "
    assert len(asked(fetch)) == 3
    assert len(fetch.paths()) == 2
