"""bioRxiv and medRxiv: slices of dates, their pages, what is asked for again, full texts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from curation.errors import RecipeError
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_preprints import API, PreprintsSite
from tests.fetch.server import DATE, Site

# The clock of the tests begins on 2026-01-01, a Thursday.
OLD, NEW = "2025-11-17_2025-11-23", "2025-12-29_2026-01-04"


@pytest.fixture
def preprints(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[PreprintsSite, Fetcher]:
    """Two servers: a slice of seven rows, a slice of two, one of a row; pages of three."""
    layout = PreprintsSite(site)
    for number in range(7):
        layout.add("2025-11-18", number)
    for week in ("2025-11-25", "2025-12-02", "2025-12-09", "2025-12-16", "2025-12-23"):
        layout.add(week)
    layout.add("2025-12-30", 1)
    layout.add("2025-12-31", 2)
    fetch = fetcher("preprints", API)
    fetch.keys |= {
        "biorxiv_url": site.address,
        "medrxiv_url": site.address,
        "servers": ["biorxiv"],
        "since": "2025-11-17",
        "page_rows": ["3"],
    }
    return layout, fetch


def asked(fetch: Fetcher) -> list[str]:
    """Fetch, and return what was asked for, without what all addresses have."""
    mine = (API, "/content")
    return [path.removeprefix(API) for path in fetch.asked() if path.startswith(mine)]


def test_slices_and_their_pages(preprints, documents) -> None:
    """A first page a slice, and as many more as it has rows for; all rows are read."""
    layout, fetch = preprints
    first = asked(fetch)
    assert first[0] == "biorxiv/2025-12-29/2026-01-04/0"
    assert len(first) == 7 + 2
    assert [p for p in fetch.paths() if OLD in p] == [
        f"biorxiv/{OLD}/{place:06d}.json" for place in (0, 3, 6)
    ]
    assert {d.doi for d in documents(fetch)} == {row["doi"].lower() for row in layout.rows}


def test_what_is_asked_for_again(preprints, documents) -> None:
    """What is recent in each fetch, the rest every ninety days: then an old row tells more."""
    layout, fetch = preprints
    asked(fetch)
    layout.add("2026-01-01", 3)
    again = asked(fetch)
    recent = ["2025-12-29", "2025-12-22", "2025-12-15", "2025-12-08", "2025-12-01"]
    assert [path.split("/")[1] for path in again] == recent
    assert len(documents(fetch)) == len(layout.rows)
    layout.rows[0]["published"] = "10.9999/fiction.1"
    layout.add("2026-01-06", 4)
    layout.site.clock.sleep(86_400 * 90)
    fetch.keys["until"] = "2026-01-07"
    assert len([path for path in asked(fetch) if "2025-11-17" in path]) == 3
    related = {relation.target for d in documents(fetch) for relation in d.relations}
    assert related == {"doi:10.9999/fiction.1"}


def test_what_failed_is_all_that_is_asked_for_again(preprints) -> None:
    """Recent slices too have the state of the fetch that is not finished."""
    layout, fetch = preprints
    path = f"{API}biorxiv/2025-11-17/2025-11-23/6"
    layout.site.fail(path, *[lambda h, s: h.reply(403, b"", {})])
    outcome = fetch()
    assert [p for p, _ in outcome.report.failures] == [f"biorxiv/{OLD}/000006.json"]
    assert asked(fetch) == ["biorxiv/2025-11-17/2025-11-23/6"]


@pytest.mark.parametrize("place", [0, 3])
def test_a_page_that_is_short(preprints, place: int) -> None:
    """Fewer rows than its place says, with status 200: asked for again, then a failure."""
    layout, fetch = preprints

    def short(handler, served) -> int:
        page = json.loads(served.body)
        del page["collection"][-1]
        page["messages"][0]["count"] = len(page["collection"])
        return handler.reply(200, json.dumps(page).encode(), {})

    path = f"{API}biorxiv/2025-11-17/2025-11-23/{place}"
    layout.site.fail(path, short)
    assert len(asked(fetch)) == 7 + 2 + 1
    fetch.keys["again_days"] = 1
    layout.site.fail(path, *[short] * 9)
    layout.site.clock.sleep(86_400)
    [(name, line)] = fetch().report.failures
    assert name == f"biorxiv/{OLD}/{place:06d}.json"
    assert f"2 rows from row {place} on, of 7; given up after 4 attempts" in line
    assert len([p for p in fetch.paths() if OLD in p]) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"messages": [{"status": "no posts found"}], "collection": []}, "nothing posted from"),
        ({"messages": [{"status": "error"}], "collection": []}, "the API says 'error'"),
        ({"collection": []}, "the API says ''"),
        ({"messages": [{"status": "ok", "total": "9" * 30}], "collection": [{}]}, "more rows than"),
        ({"messages": [{"status": "ok"}]}, "without a list of collection"),
        ([1], "record 1: not an object"),
    ],
)
def test_an_answer_that_is_none(preprints, answer: object, said: str) -> None:
    """With status 200: an error, or nothing where something must be."""
    layout, fetch = preprints
    path = f"{API}biorxiv/2025-11-17/2025-11-23/0"
    layout.site.fail(path, *[lambda h, s: h.reply(200, json.dumps(answer).encode(), {})] * 4)
    [(_, line)] = fetch().report.failures
    assert said in line
    assert not [p for p in fetch.paths() if OLD in p]


def test_a_week_that_has_just_begun(preprints, documents) -> None:
    """Nothing may have been posted in it: an empty page, and no failure."""
    layout, fetch = preprints
    del layout.rows[-2:]
    asked(fetch)
    assert json.loads(fetch.bytes(f"biorxiv/{NEW}/000000.json"))["collection"] == []
    assert len(documents(fetch)) == 12
    layout.site.clock.sleep(4 * 86_400)  # the week is over
    assert "nothing posted from 2025-12-29" in str(dict(fetch().report.failures))


def test_a_slice_that_grows_while_it_is_read(preprints, documents) -> None:
    """It is begun again, and is whole then."""
    layout, fetch = preprints
    path = f"{API}biorxiv/2025-11-17/2025-11-23/6"

    def grow(asked_for: str) -> None:
        if asked_for == path and len(layout.rows) == 14:
            layout.add("2025-11-17", 99)
            layout.rows.insert(0, layout.rows.pop())

    layout.site.on_asked = grow
    asked(fetch)
    assert {d.doi for d in documents(fetch)} == {row["doi"].lower() for row in layout.rows}


def test_full_texts_by_licence(preprints, documents) -> None:
    """Those of rows on all pages; each version once; the code goes along."""
    layout, fetch = preprints
    fetch.keys |= {"texts": True, "licences": ["CC_BY"]}
    layout.rows[6]["license"] = "cc_no"
    texts = [path for path in asked(fetch) if path.endswith("xml")]
    assert len(texts) == len(layout.rows) - 1
    found = [d for d in documents(fetch) if d.kind == "article"]
    assert {d.license for d in found} == {"LicenseRef-CC-BY"}
    assert not [path for path in asked(fetch) if path.endswith("xml")]


def test_medrxiv_begins_later(preprints) -> None:
    """Nothing is asked of a server before its first day, and nothing of the future."""
    layout, fetch = preprints
    fetch.keys |= {"servers": ["medrxiv"], "since": "2013-01-01", "until": "2019-07-10"}
    for day in ("2019-06-26", "2019-07-03", "2019-07-09"):
        layout.add(day, server="medRxiv")
    assert [path.split("/")[1] for path in asked(fetch)] == [
        "2019-07-08", "2019-07-01", "2019-06-24"
    ]  # fmt: skip
    assert layout.site.clock.now() >= DATE


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("servers", ["arxiv"], "servers can be biorxiv and medrxiv, not 'arxiv'"),
        ("since", "2024-13-01", "since must be a day such as 2026-01-31"),
        ("until", "2013-01-01", "until must not be before since: 2013-01-01 and"),
        ("page_rows", ["many"], "page_rows must be whole numbers"),
    ],
)
def test_wrong_values(preprints, key: str, value: object, said: str) -> None:
    """One line with the place in the recipe."""
    _, fetch = preprints
    fetch.keys[key] = value
    with pytest.raises(RecipeError, match=rf"recipe\.toml:\d+: {said}"):
        fetch()
