"""E-utilities: slices, batches, ids that are missing, errors with status 200, keys that stay secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.errors import RecipeError
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_entrez import BASE, FETCH, SEARCH, EntrezSite
from tests.fetch.server import Handler, Served, Site, body, status

KEY = "0123456789abcdef0123456789abcdef0123"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NCBI_API_KEY", raising=False)


@pytest.fixture
def entrez(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[EntrezSite, Fetcher]:
    """Nine records in batches of four, and who fetches them for `pubmed`."""
    layout = EntrezSite(site)
    layout.add(*range(32_000_001, 32_000_010))
    fetch = fetcher("pubmed", BASE)
    fetch.keys |= {"remote": "entrez", "query": "examplin", "batch": 4, "connections": 1}
    return layout, fetch


def batches(layout: EntrezSite, fetch: Fetcher) -> list[str]:
    """Fetch, and return the ids of the batches that were asked for."""
    before = len(layout.asked)
    fetch.without_fault()
    return [given["id"] for given in layout.asked[before:] if "id" in given]


def test_batches_of_near_ids(entrez, documents) -> None:
    """As many requests as batches and one search, with tool and mail, by Biopython's rules."""
    layout, fetch = entrez
    asked = batches(layout, fetch)
    assert asked == ["32000001,32000002,32000003", "32000004,32000005,32000006,32000007",
                     "32000008,32000009"]  # fmt: skip
    assert fetch.paths() == [
        "pubmed/0032000000-0032000003.xml",
        "pubmed/0032000004-0032000007.xml",
        "pubmed/0032000008-0032000015.xml",
    ]
    assert {d.native_id for d in documents(fetch)} == set(map(str, layout.records))
    assert [a.path.partition("?")[0] for a in layout.site.asked()] == [SEARCH, *[FETCH] * 3]
    for given in layout.asked:
        assert (given["tool"], given["email"]) == ("medical-corpus-curation", "me@example.org")
        assert "api_key" not in given
    lines = fetch.lines()
    assert lines[0]["stated"] == {"records": "9"}
    assert lines[1]["url"].endswith(f"efetch.fcgi?db=pubmed&id={asked[0]}&retmode=xml")


def test_a_new_record_changes_one_batch(entrez) -> None:
    """With ``refresh = false`` nothing else is asked for; names of batches stay."""
    layout, fetch = entrez
    fetch.keys["refresh"] = False
    batches(layout, fetch)
    assert batches(layout, fetch) == []
    layout.add(32_000_010, 99_000_000)
    before = fetch.paths()
    assert batches(layout, fetch) == ["32000008,32000009,32000010", "99000000"]
    assert set(before) < set(fetch.paths())
    layout.add(31_999_000)
    assert batches(layout, fetch) == ["31999000"]


def test_revised_records_come_by_default(entrez, documents) -> None:
    """E-utilities say of nothing that it has changed; equal answers are no new snapshot."""
    layout, fetch = entrez
    batches(layout, fetch)
    before = fetch.snapshot.read_bytes()
    assert len(batches(layout, fetch)) == 3
    assert fetch.snapshot.read_bytes() == before
    layout.add(32_000_005, dose=50)
    assert len(batches(layout, fetch)) == 3
    assert "50 mg" in {d.native_id: d for d in documents(fetch)}["32000005"].text


def test_long_lists_are_posted(entrez, documents) -> None:
    """More than 200 ids, which an address does not hold."""
    layout, fetch = entrez
    layout.add(*range(40_000_000, 40_000_256))
    fetch.keys["batch"] = 256
    batches(layout, fetch)
    [posted] = [asked for asked in layout.site.asked() if asked.form]
    assert posted.path == FETCH
    assert posted.headers["content-type"] == "application/x-www-form-urlencoded"
    assert posted.form.count("%2C") == 255
    assert len(documents(fetch)) == 265


def test_full_texts_of_pmc(site: Site, fetcher, documents) -> None:
    """The other database, read by its own source, and only what may be fetched in bulk."""
    layout = EntrezSite(site)
    layout.add(137, 3040717, 11370360)
    fetch = fetcher("pmc", BASE)
    fetch.keys |= {"remote": "entrez", "query": "examplin", "db": "pmc"}
    batches(layout, fetch)
    assert layout.asked[0]["term"] == (
        "(examplin) AND (open_access[Filter] OR author_manuscript[Filter])"
    )
    assert {d.native_id for d in documents(fetch)} == {"PMC137", "PMC3040717", "PMC11370360"}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("query", "", "query must say what to fetch"),
        ("db", "gene", "db must be one of pubmed, pmc"),
    ],
)
def test_recipes_that_cannot_be(entrez, key: str, value: str, said: str) -> None:
    """Before anything is asked, with the line of the recipe."""
    layout, fetch = entrez
    fetch.keys[key] = value
    with pytest.raises(RecipeError, match=rf"recipe\.toml:\d+: {said}"):
        fetch()
    assert layout.site.log == []


# Slices


def test_slices_by_date(entrez) -> None:
    """A query beyond the wall is halved by entry dates until each slice has few enough."""
    layout, fetch = entrez
    layout.wall, fetch.keys["wall"] = 20, 20
    layout.records.clear()
    for month in range(1, 13):
        for n in range(10):
            layout.add(1_000 * month + n, edat=f"2021/{month:02d}/{n + 1:02d}")
    fetch.keys["batch"] = 64
    assert sum(len(ids.split(",")) for ids in batches(layout, fetch)) == 120
    searched = [given["term"] for given in layout.asked if "term" in given]
    assert searched[0] == "examplin"
    assert all("[edat]" in term and "[pdat]" not in term for term in searched[1:])
    assert len(searched) < 60


def test_a_day_beyond_the_wall(entrez) -> None:
    """By publication dates, then by language, then one line that names the day."""
    layout, fetch = entrez
    layout.wall, fetch.keys["wall"] = 20, 20
    layout.records.clear()
    layout.add(*range(1, 16), edat="2022/03/04", pdat="2022/01/01")
    layout.add(*range(16, 31), edat="2022/03/04", pdat="2022/05/06")
    layout.add(*range(31, 46), edat="2022/03/04", pdat="2022/05/06", english=False)
    layout.add(50, edat="2021/01/01")
    fetch.keys["batch"] = 64
    assert sum(len(ids.split(",")) for ids in batches(layout, fetch)) == 46
    terms = [given["term"] for given in layout.asked if "term" in given]
    day = "2022/03/04:2022/03/04[edat]) AND 2022/05/06:2022/05/06[pdat]) NOT english[la]"
    assert [term for term in terms if day in term]
    layout.add(*range(60, 70), edat="2022/03/04", pdat="2022/05/06")
    assert "25 records of 2022-05-06 cannot be told apart; narrow the query" in str(fetch().error)


def test_records_without_a_date_are_missed_aloud(entrez) -> None:
    """Slices that do not make up what was counted end the fetch."""
    layout, fetch = entrez
    layout.wall, fetch.keys["wall"] = 5, 5
    for number in range(32_000_002, 32_000_010):
        layout.add(number, edat=f"2020/01/{number % 28 + 1:02d}")
    layout.add(32_000_001, edat="none")
    assert "slices by date have 8 of 9 records" in str(fetch().error)
    assert not fetch.snapshot.exists()


# Errors with status 200


def test_a_phrase_that_is_not_found(entrez) -> None:
    """E-utilities would search for the rest of the query, and find more."""
    layout, fetch = entrez
    layout.unknown = "examplinn"
    assert "does not know 'examplinn' and would leave it out" in str(fetch().error)
    assert len(layout.site.asked()) == 1
    layout.unknown = ""
    layout.records.clear()
    assert "the query finds nothing" in str(fetch().error)


ERRORS = {
    "an ERROR": b"<eSearchResult><ERROR>Search Backend failed: busy</ERROR></eSearchResult>",
    "rate limit": b'{"error":"API rate limit exceeded","api-key":"1.2.3.4","count":"4","limit":"3"}',
    "blocked": b"<!DOCTYPE html><html><title>WWW Error Blocked Diagnostic</title></html>",
    "other XML": b"<note>down for maintenance</note>",
    "few ids": b"<eSearchResult><Count>9</Count><IdList><Id>32000001</Id></IdList></eSearchResult>",
}


@pytest.mark.parametrize("error", ERRORS)
def test_errors_of_a_search(entrez, error: str) -> None:
    """Asked again after a pause; where they stay they are one line, which tells what came."""
    layout, fetch = entrez
    layout.site.fail(SEARCH, body(ERRORS[error]))
    assert len(batches(layout, fetch)) == 3
    layout.site.fail(SEARCH, *[body(ERRORS[error])] * 9)
    line = str(fetch().error)
    assert line.endswith("given up after 4 attempts, run it again later")
    assert "1.2.3.4" not in line


@pytest.mark.parametrize("name", ["esearch1", "esearch2", "esearch3", "esearch7"])
def test_recorded_searches(entrez, real_data: Path, name: str) -> None:
    """Those with fewer ids than they count are told apart from whole ones."""
    layout, fetch = entrez
    recorded = (real_data / f"formats/entrez/{name}.xml").read_bytes()
    layout.site.fail(SEARCH, *[body(recorded, kind="text/xml")] * 4)
    outcome = fetch(dry_run=True)
    # 63 hits and 20 ids, 330 and 20; the others have too many hits for one search.
    assert "ids and counts" in str(outcome.error) or name in ("esearch2", "esearch3")


def test_a_recorded_search_without_hits(entrez, real_data: Path) -> None:
    """It names the phrase that it does not know."""
    layout, fetch = entrez
    recorded = (real_data / "formats/entrez/esearch8.xml").read_bytes()
    layout.site.fail(SEARCH, body(recorded, kind="text/xml"))
    assert "does not know 'abcXYZ'" in str(fetch().error)


# Batches


def lacking(handler: Handler, served: Served) -> int:
    """Leave the first record out."""
    start = served.body.index(b"<PubmedArticle>")
    end = served.body.index(b"</PubmedArticle>") + len(b"</PubmedArticle>")
    content = served.body[:start] + served.body[end:]
    return handler.reply(200, content, {"Content-Type": served.kind})


def test_a_silently_short_batch(entrez, documents) -> None:
    """The record that is missing is there when it is asked for alone: the batch comes again."""
    layout, fetch = entrez
    layout.site.fail(FETCH, lacking)
    asked = batches(layout, fetch)
    # The batch, the record that it lacks, the batch once more.
    assert asked[:3] == [asked[0], "32000001", asked[0]]
    assert len(documents(fetch)) == 9
    assert "missing" not in fetch.lines()[0]["stated"]


def test_ids_that_are_not_there(entrez, documents) -> None:
    """Withdrawn since the search: the others are taken, and the snapshot names them."""
    layout, fetch = entrez
    layout.hidden = {32_000_002, 32_000_009}
    batches(layout, fetch)
    assert fetch.lines()[0]["stated"]["missing"] == "32000002 32000009"
    assert len(documents(fetch)) == 7
    layout.hidden = {32_000_004, 32_000_005, 32_000_006}
    outcome = fetch()
    [(path, line)] = outcome.report.failures
    assert path == "pubmed/0032000004-0032000007.xml"
    assert "has 1 of 4 records; it lacks 32000004; given up after 4 attempts" in line


def test_batches_of_other_records(entrez) -> None:
    """Records that nobody asked for, another root, an error: none of them gets a name."""
    layout, fetch = entrez
    other = layout.answer(f"{FETCH}?db=pubmed&id=32000008&retmode=xml").body
    error = b"<eFetchResult><ERROR>ID list is empty</ERROR></eFetchResult>"
    layout.site.fail(FETCH, body(other), body(error), body(b"<html>busy</html>"))
    assert len(batches(layout, fetch)) == 6
    layout.site.fail(FETCH, *[body(other)] * 4)
    outcome = fetch()
    assert "records that were not asked for" in outcome.report.failures[0][1]


def test_recorded_records(entrez, documents, real_data: Path) -> None:
    """Answers of EFetch as they were recorded, each asked for by its own id."""
    layout, fetch = entrez
    files = sorted((real_data / "formats/entrez/pubmed-records").glob("[0-9]*.xml"))[:12]
    layout.records.clear()
    layout.add(*(int(file.stem) for file in files))
    fetch.keys["batch"] = 1
    compute = layout.site.compute

    def recorded(path: str) -> Served | None:
        served = compute(path)
        if served is not None and path.startswith(FETCH):
            number = path.partition("id=")[2].partition("&")[0]
            file = real_data / f"formats/entrez/pubmed-records/{number}.xml"
            return Served(file.read_bytes(), "text/xml", modified=0)
        return served

    layout.site.compute = recorded
    batches(layout, fetch)
    found = {d.native_id: d for d in documents(fetch)}
    assert found.keys() == {file.stem for file in files}
    assert all(d.text for d in found.values())


# The key, and politeness


def test_the_key_is_sent_and_nowhere_else(
    entrez, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In posted forms only: not in addresses, messages, logs, state or snapshots."""
    layout, fetch = entrez
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    echo = f"<eSearchResult><ERROR>key {KEY} is in use</ERROR></eSearchResult>".encode()
    layout.site.fail(SEARCH, *[body(echo)] * 4)
    outcome = fetch()
    assert "the search answers with an error: key … is in use" in str(outcome.error)
    layout.site.fail(FETCH, *[status(500)] * 4)
    failed = fetch()
    assert len(failed.report.failures) == 1
    batches(layout, fetch)
    assert {given["api_key"] for given in layout.asked} == {KEY}
    assert all(asked.form for asked in layout.site.asked())
    assert not any(KEY in asked.path for asked in layout.site.log)
    said = [str(outcome.error), str(failed.report), caplog.text]
    kept = [file.read_bytes() for file in fetch.folder.rglob("*") if file.is_file()]
    assert not any(KEY in text for text in said)
    assert not any(KEY.encode() in content for content in kept)


def test_a_posted_form_goes_to_no_other_host(entrez, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect would carry the key away; to the same host it is posted again, if so asked."""
    from tests.fetch.server import moved, serving

    layout, fetch = entrez
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    with serving(Site(layout.site.clock)) as other:
        fetch.keys["hosts"] = [other.removeprefix("http://")]
        layout.site.fail(SEARCH, moved(f"{other}{SEARCH}"))
        assert "a posted request is redirected" in str(fetch().error)
        layout.site.fail(SEARCH, status(307, Location=f"{other}{SEARCH}"))
        assert "a posted request is redirected" in str(fetch().error)
    fetch.keys["hosts"] = []
    layout.site.fail(SEARCH, status(307, Location=f"{layout.site.address}{SEARCH}"))
    assert len(batches(layout, fetch)) == 3


def test_workers_share_the_rate(entrez) -> None:
    """Two connections together ask no more often than one may, which Biopython's threads do."""
    layout, fetch = entrez
    layout.add(*range(40_000_000, 40_000_060))
    fetch.keys["connections"] = 2
    batches(layout, fetch)
    times = sorted(asked.at for asked in layout.site.log)
    assert len(times) > 18
    # The tests' clock adds up what both workers sleep: no window of a second has more than three.
    assert times[-1] - times[0] >= (len(times) - 3) / 2.5


def test_a_contact_without_a_mail_address(entrez) -> None:
    """E-utilities want one."""
    _, fetch = entrez
    text = fetch.recipe.read_text().replace("me@example.org", "https://example.org/me")
    (fetch.folder / "web.toml").write_text(text)
    from curation.fetch_progress import FetchProgress
    from curation.fetching import fetch as run
    from curation.recipe import load

    [outcome] = run(
        load(fetch.folder / "web.toml"), FetchProgress(quiet=True), clock=fetch.site.clock
    )
    assert "E-utilities ask for a mail address" in str(outcome.error)
