"""ClinicalTrials.gov: what is listed, what changed, and listings and files that do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from curation.errors import RecipeError
from sources.base import Document
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_trials import API, NUMBERS, TrialsSite, study
from tests.fetch.server import Site, status

LOW, MIDDLE = "studies/NCT00000000-04194303.json", "studies/NCT04194304-06291455.json"
HIGH = "studies/NCT06291456-08388607.json"


@pytest.fixture
def trials(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[TrialsSite, Fetcher]:
    """Seven trials in pages of three, and files of at most three."""
    layout = TrialsSite(site)
    layout.add(*map(study, NUMBERS))
    fetch = fetcher("trials", API)
    fetch.keys |= {"page_size": 3, "ids_per_request": 3}
    return layout, fetch


def bodies(fetch: Fetcher, layout: TrialsSite) -> list[str]:
    """Fetch, and return which files were asked for."""
    before = len(layout.site.log)
    outcome = fetch()
    assert outcome.error is None, outcome.error
    return [a.path for a in layout.site.log[before:] if "filter.ids" in a.path]


def test_files_hold_trials_of_near_numbers(trials, documents) -> None:
    """Each file has those of a range of numbers, in few requests, and all are read."""
    layout, fetch = trials
    asked = bodies(fetch, layout)
    assert asked[0].endswith("filter.ids=NCT00000101,NCT00000205&pageSize=2")
    assert fetch.paths() == [LOW, MIDDLE, HIGH]
    assert {d.native_id for d in documents(fetch)} == {f"NCT{n:08d}" for n in NUMBERS}
    assert fetch.lines()[0]["stated"] == {"data": layout.stamp}
    # The data's date before and behind, three pages, three files.
    assert len(layout.site.asked()) == 2 + 3 + 3
    assert bodies(fetch, layout) == []


def test_what_changed_is_asked_for_again(trials, documents) -> None:
    """An update, a new trial, one that is there no more: their files, and no others."""
    layout, fetch = trials
    fetch.keys["floor"] = 0.5
    bodies(fetch, layout)
    layout.add(study(205, "2026-11-20", "Changed"))
    assert ["00000205" in path for path in bodies(fetch, layout)] == [True]
    assert "Changed" in {d.title for d in documents(fetch)}
    layout.add(study(4280710))
    assert ["04280710" in path for path in bodies(fetch, layout)] == [True]
    del layout.studies["NCT07000001"]
    assert ["06604689" in path for path in bodies(fetch, layout)] == [True]
    assert {d.native_id for d in documents(fetch)} == layout.studies.keys()


def test_a_full_range_is_halved(trials, documents) -> None:
    """Files of other ranges stay as they are."""
    layout, fetch = trials
    bodies(fetch, layout)
    layout.add(*map(study, (4280707, 4280708)))
    asked = bodies(fetch, layout)
    assert all("NCT0428070" in path for path in asked)
    assert {d.native_id for d in documents(fetch)} == layout.studies.keys()
    [gone] = [line for line in fetch.lines()[1:] if "gone" in line]
    assert gone["gone"] == MIDDLE


def test_a_query_of_the_recipe(trials) -> None:
    """It goes along with each page of the listing; what the fetch itself sets is refused."""
    layout, fetch = trials
    fetch.keys["query"] = {"query.cond": "invented fever", "aggFilters": "results:with"}
    bodies(fetch, layout)
    listed = [a.path for a in layout.site.asked() if "fields=" in a.path]
    assert all("query.cond=invented+fever&aggFilters=results%3Awith&" in path for path in listed)
    fetch.keys["query"] = {"fields": "NCTId"}
    with pytest.raises(RecipeError, match=r"recipe\.toml:\d+: query must not set 'fields'"):
        fetch()


def test_a_listing_that_is_short(trials) -> None:
    """It is read once more, and then refused: nothing is fetched, and nothing is published."""
    layout, fetch = trials
    layout.total = 9
    error = str(fetch().error)
    assert "lists 7 trials and counts 9, 2 times; run it again later" in error
    assert not fetch.snapshot.exists()
    assert not [a for a in layout.site.asked() if "filter.ids" in a.path]
    layout.total, layout.doubled = None, {"NCT04280705"}
    assert bodies(fetch, layout)
    assert len(fetch.paths()) == 3


def test_data_that_are_renewed_meanwhile(trials) -> None:
    """Once is borne; where it goes on the fetch waits for another day."""
    layout, fetch = trials
    stamps = iter("abcdefghijkl")

    def renew(path: str) -> None:
        if path == f"{API}version":
            layout.stamp = next(stamps)

    layout.site.on_asked = renew
    assert "the data were renewed while they were listed, 2 times" in str(fetch().error)
    stamps = iter("abcc")
    assert fetch().error is None


def test_a_file_with_other_trials_is_refused(trials) -> None:
    """One that the listing has and the file lacks: a failure that names it, and no bad file."""
    layout, fetch = trials
    layout.hidden = {"NCT04280706"}
    outcome = fetch()
    [(path, line)] = outcome.report.failures
    assert path == MIDDLE
    assert "1 trials instead of 2; it lacks NCT04280706; given up after 4 attempts" in line
    assert fetch.paths() == [LOW, HIGH]
    layout.hidden = set()
    assert len(bodies(fetch, layout)) == 1
    assert fetch.paths() == [LOW, MIDDLE, HIGH]


def test_the_floor_counts_trials(trials) -> None:
    """Not files, which stay as many while they empty."""
    layout, fetch = trials
    bodies(fetch, layout)
    del layout.studies["NCT00000101"]
    outcome = fetch()
    assert outcome.error.exit_code == 3
    assert "lists 6 trials, 7 the last time" in str(outcome.error)


def test_a_listing_that_goes_in_circles(trials) -> None:
    """A token that comes again ends it; what was listed does not make up the count."""
    layout, fetch = trials

    def circle(handler, _) -> int:
        page = {"studies": [], "nextPageToken": "t3"}
        return handler.reply(200, json.dumps(page).encode(), {"Content-Type": "application/json"})

    path = f"{API}studies?fields=NCTId%2CLastUpdatePostDate&pageSize=3&pageToken=t3"
    layout.site.fail(path.replace("%2C", ","), *[circle] * 2)
    assert "lists 3 trials and counts 7" in str(fetch().error)


def test_a_page_token_that_has_expired(trials) -> None:
    """The list is begun again, once; a bad request for its first page is one line at once."""
    layout, fetch = trials
    path = f"{API}studies?fields=NCTId,LastUpdatePostDate&pageSize=3&pageToken=t3"
    layout.site.fail(path, status(400))
    assert len(bodies(fetch, layout)) == 3
    layout.site.fail(path, *[status(400)] * 2)
    assert "a page token is not taken any more, 2 times" in str(fetch().error)
    before = len(layout.site.log)
    layout.site.fail(path.replace("pageToken=t3", "countTotal=true"), status(400))
    assert "HTTP 400: refused" in str(fetch().error)
    assert len(layout.site.log) == before + 4  # robots.txt and what it stands for, date, list


def test_real_answers_are_read(trials, documents, real_data) -> None:
    """Recorded records of the API come as they are."""
    layout, fetch = trials
    layout.studies.clear()
    for file in sorted((real_data / "formats/clinicaltrials").glob("*.json")):
        found = json.loads(file.read_bytes())
        if "protocolSection" in found:
            layout.add(found)
    for one in layout.studies.values():
        one["protocolSection"]["statusModule"].setdefault("lastUpdatePostDateStruct", {})
    bodies(fetch, layout)
    found = {d.native_id: d for d in documents(fetch)}
    assert found.keys() == layout.studies.keys()
    assert all(isinstance(d, Document) and d.text for d in found.values())
