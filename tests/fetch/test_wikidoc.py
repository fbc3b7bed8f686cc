"""MediaWiki: lists in steps, revisions, errors with status 200, lag."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from curation.errors import RecipeError
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_wikidoc import API, NUMBERS, WikiSite, error
from tests.fetch.server import Site


@pytest.fixture
def wiki(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[WikiSite, Fetcher]:
    """Five pages, listed two at a time."""
    layout = WikiSite(site)
    for number in NUMBERS:
        layout.add(number)
    fetch = fetcher("wikidoc", API)
    fetch.keys["page_size"] = 2
    return layout, fetch


def rendered(fetch: Fetcher) -> list[str]:
    """Fetch, and return the pages that were rendered."""
    paths = [path for path in fetch.asked() if "action=parse" in path]
    return [path.split("pageid=")[1].split("&")[0] for path in paths]


def answering(code: str, **headers: str):
    """Answer with an error of the wiki's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.reply(200, error(code).body, named)


def test_pages_by_revision(wiki, documents) -> None:
    """All pages once; later those with another revision, and no page that is gone."""
    layout, fetch = wiki
    fetch.keys["floor"] = 0.5
    assert rendered(fetch) == ["7", "42", "999", "1000", "12345"]
    assert fetch.paths() == [
        f"pages/{folder}/{number}.json"
        for folder, number in (("00000", 42), ("00000", 7), ("00000", 999), ("00001", 1000),
                               ("00012", 12345))
    ]  # fmt: skip
    assert rendered(fetch) == []
    layout.add(42, revision=500, html="<p>New words of page 42.</p>")
    del layout.pages[7]
    assert rendered(fetch) == ["42"]
    found = {d.native_id: d for d in documents(fetch)}
    assert found.keys() == {"42", "999", "1000", "12345"}
    assert "New words" in found["42"].text
    assert found["42"].license == "CC-BY-SA-3.0"
    assert fetch.lines()[0]["stated"]["wiki"] == "MediaWiki 1.39.5"


def test_lag_holds_the_whole_host(wiki) -> None:
    """Status 200, an error and Retry-After: nobody asks before that time, and all comes."""
    layout, fetch = wiki
    layout.site.fail(layout.path(42), answering("maxlag", Retry_After="50"))
    assert rendered(fetch).count("42") == 2
    times = [a.at for a in layout.site.asked() if "pageid=42" in a.path]
    assert times[1] - times[0] >= 50
    assert layout.site.most_active == 1
    assert len(fetch.paths()) == 5


def test_errors_with_status_200(wiki) -> None:
    """Of a listing one line; of a page a failure; what may pass is asked for again."""
    layout, fetch = wiki
    layout.site.fail(API, answering("ratelimited"), answering("internal_api_error_DBQueryError"))
    assert len(rendered(fetch)) == 5
    layout.site.fail(API, answering("readapidenied"))
    assert str(fetch().error).endswith(f"{API}: the wiki answers readapidenied")
    layout.add(42, revision=600)
    layout.site.fail(layout.path(42), answering("permissiondenied"))
    [(path, line)] = fetch().report.failures
    assert path == "pages/00000/42.json"
    assert "the wiki answers permissiondenied" in line
    assert b"Page 42" in fetch.bytes(path)
    assert len(fetch.paths()) == 5


def test_a_page_that_is_gone_since_it_was_listed(wiki, documents) -> None:
    """The wiki says so with status 200: it is left out, and that is no failure."""
    layout, fetch = wiki
    layout.site.fail(layout.path(999), answering("nosuchpageid"))
    assert len(rendered(fetch)) == 5
    assert {d.native_id for d in documents(fetch)} == {"7", "42", "1000", "12345"}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"pageid": 43}, "not the page that was asked for"),
        ({"text": ""}, "not the page that was asked for"),
        ({"revid": 1}, "revision 1 of a page that is listed with 142"),
    ],
)
def test_another_page(wiki, page: dict[str, object], said: str) -> None:
    """Another one, an empty one, one from before: asked for again, then a failure."""
    layout, fetch = wiki

    def wrong(handler, served) -> int:
        answer = json.loads(served.body)
        answer["parse"] |= page
        return handler.reply(200, json.dumps(answer).encode(), {})

    layout.site.fail(layout.path(42), wrong)
    assert rendered(fetch).count("42") == 2
    layout.add(42, revision=143)
    layout.site.fail(layout.path(42), *[wrong] * 9)
    [(_, line)] = fetch().report.failures
    assert said.replace("142", "143") in line


def test_a_listing_without_its_end(wiki) -> None:
    """The wiki counts more articles than were listed, or the list goes in circles."""
    layout, fetch = wiki
    layout.articles = 6
    assert "lists 5 pages of 6 articles that the wiki counts" in str(fetch().error)
    assert not fetch.snapshot.exists()
    layout.articles = 4

    def circle(handler, _) -> int:
        more = {"gapcontinue": "P2", "continue": "gapcontinue||"}
        page = {"query": {"pages": []}, "continue": more}
        return handler.reply(200, json.dumps(page).encode(), {})

    layout.site.fail(API, lambda h, s: h.reply(200, s.body, {}), circle, circle)
    assert "the list goes in circles" in str(fetch().error)


def test_a_page_that_is_listed_twice(wiki) -> None:
    """It is one page, and is rendered once."""
    layout, fetch = wiki

    def doubled(handler, served) -> int:
        page = json.loads(served.body)
        page["query"]["pages"] *= 2
        return handler.reply(200, json.dumps(page).encode(), {})

    layout.site.fail(API, lambda h, s: h.reply(200, s.body, {}), *[doubled] * 3)
    assert len(rendered(fetch)) == len(set(fetch.paths())) == 5


def test_wrong_values(wiki) -> None:
    """One line with the place in the recipe."""
    _, fetch = wiki
    fetch.keys["namespaces"] = ["Main"]
    with pytest.raises(RecipeError, match=r"recipe\.toml:\d+: namespaces must be their numbers"):
        fetch()
