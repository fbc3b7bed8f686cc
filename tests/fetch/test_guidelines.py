"""The crawler: what it takes of a site, what it leaves out and says so, and what it never asks."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import pytest

from curation.errors import RecipeError
from curation.recipe import load
from sources.fetch import crawl
from sources.fetch.snapshot import header
from sources.fetch.state import State
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_guidelines import GuidelineSite, link, page, pdf, urlset
from tests.fetch.server import Site, body, moved, serving, status, unsized


@pytest.fixture
def made(site: Site, fetcher, tmp_path: Path) -> tuple[GuidelineSite, Fetcher]:
    """A small site, and who crawls it."""
    layout = GuidelineSite(site)
    layout.fill()
    return layout, crawler(layout, fetcher("guidelines", ""), tmp_path)


def crawler(layout: GuidelineSite, fetch: Fetcher, folder: Path, **terms: str) -> Fetcher:
    """Let a fetcher crawl the site by its policy entry."""
    fetch.keys |= {"site": layout.entry(folder, **terms)}
    return fetch


def names(fetch: Fetcher) -> list[str]:
    """Return the documents that a snapshot pins, by what their addresses end with."""
    lines = [line for line in fetch.lines()[1:] if "path" in line]
    return sorted(line["url"].partition("://")[2].partition("/")[2] for line in lines)


def good(fetch: Fetcher):
    """Fetch; all is well."""
    outcome = fetch()
    assert outcome.error is None, outcome.error
    assert outcome.report is not None
    assert not outcome.report.failures, outcome.report.failures
    return outcome.report


BASE = [f"guidance/{name}" for name in ("burns", "cough", "fever", "shock", "wounds")]


def test_sitemaps_and_lists_of_links_name_the_documents(made, documents) -> None:
    """Packed ones too; one page has one address, whatever counts its visits; terms go along."""
    layout, fetch = made
    report = good(fetch)
    assert names(fetch) == BASE
    assert report.left_out == {}
    assert {a.path for a in layout.site.asked()} == {
        "/sitemap.xml", "/map-1.xml", "/map-2.xml.gz", "/guidance/", "/guidance/page/2",
        *(f"/{name}" for name in BASE),
        *(a.path for a in layout.site.asked() if a.path.endswith("-not-here")),
    }  # fmt: skip
    found = {d.title: d for d in documents(fetch)}
    assert sorted(found) == ["Burns", "Cough", "Fever", "Shock", "Wounds"]
    fever = found["Fever"]
    assert fever.license == "CC-BY-4.0"
    assert fever.license_evidence == (
        "site ministry: the invented ministry, terms of its site (read 2026-11, not confirmed)"
    )
    assert fever.url == layout.at("/guidance/fever")
    assert fever.metadata["site"] == "ministry"
    assert "5 mg of examplin" in fever.text


def test_a_robots_txt_names_the_sitemaps(made) -> None:
    """In place of their addresses; one that names none ends the fetch."""
    layout, fetch = made
    fetch.keys |= {"sitemaps": [layout.at("/robots.txt")]}
    outcome = fetch()
    assert str(outcome.error).endswith("/robots.txt: names no sitemap")
    layout.site.put("/robots.txt", f"Sitemap: {layout.at('/sitemap.xml')}\n".encode(), "text/plain")
    layout.site.clock.sleep(2 * 24 * 3600)
    good(fetch)
    assert names(fetch) == BASE


def test_a_page_that_states_its_licence_keeps_it(made, documents) -> None:
    """The entry of the site stands for pages that state none."""
    layout, fetch = made
    own = '<link rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">'
    layout.site.put("/guidance/fever", page("Fever", head=own), "text/html")
    good(fetch)
    licences = {d.title: d.license for d in documents(fetch)}
    assert licences["Fever"] == "CC0-1.0"
    assert licences["Cough"] == "CC-BY-4.0"


def test_a_date_of_the_list_spares_the_request(made) -> None:
    """Pages with lastmod are asked again when it changes; the others by condition."""
    layout, fetch = made
    good(fetch)
    before = len(layout.site.log)
    report = good(fetch)
    assert report.fetched == 0
    asked = {a.path: a.status for a in layout.site.log[before:]}
    assert "/guidance/fever" not in asked
    assert asked["/guidance/wounds"] == 304
    layout.site.put("/guidance/fever", page("Fever", 50), "text/html")
    layout.list((layout.at("/guidance/fever"), "2026-02-02"))
    fetch.keys |= {"floor": 0}
    report = good(fetch)
    assert report.fetched == 1
    assert report.gone == 1  # cough, which nothing lists any more
    assert fetch.snapshot.with_name("guidelines.0001.snapshot").exists()


def test_pdfs_behind_pages(made, documents) -> None:
    """Linked files are had once, however many pages link them; a dead link is no fault."""
    layout, fetch = made
    layout.site.put("/files/fever.pdf", pdf(), "application/pdf")
    links = link("/files/fever.pdf?utm_source=x") + link("../files/gone.pdf")
    layout.site.put("/guidance/fever", page("Fever", links=links), "text/html")
    layout.site.put("/guidance/cough", page("Cough", 6, links=links), "text/html")
    report = good(fetch)
    assert names(fetch) == ["files/fever.pdf", *BASE]
    assert report.left_out == {"not_found": 1}
    assert layout.site.bodies("/files/fever.pdf") == 1
    [found] = [d for d in documents(fetch) if d.url.endswith(".pdf")]
    assert found.metadata["page"] == layout.at("/guidance/fever")
    assert found.license == "CC-BY-4.0"
    assert "examplin twice a day" in found.text
    assert good(fetch).fetched == 0
    assert layout.site.bodies("/files/fever.pdf") == 1
    fever = page("Fever", links=link("/files/none.pdf"))
    layout.site.put("/guidance/fever", fever, "text/html")
    layout.list(
        (layout.at("/guidance/fever"), "2026-02-02"), (layout.at("/guidance/cough"), "2026-01-03")
    )
    before = len(layout.site.log)
    good(fetch)
    good(fetch)  # the page that did not change has it now, without being asked for
    assert names(fetch) == ["files/fever.pdf", *BASE]
    assert "/guidance/cough" not in {a.path for a in layout.site.log[before:]}


def test_a_pdf_that_changes_behind_a_page_that_does_not(made, documents) -> None:
    """A dose that was corrected: the server is asked for each PDF, and the page is left in peace."""
    layout, fetch = made
    layout.site.put("/files/fever.pdf", pdf("Give 5 mg of examplin a day."), "application/pdf")
    layout.site.put("/guidance/fever", page("Fever", links=link("/files/fever.pdf")), "text/html")
    good(fetch)
    before = len(layout.site.log)
    assert good(fetch).fetched == 0
    asked = {a.path: a.status for a in layout.site.log[before:]}
    assert asked["/files/fever.pdf"] == 304
    assert "/guidance/fever" not in asked
    layout.site.put("/files/fever.pdf", pdf("Give 50 mg of examplin a day."), "application/pdf")
    before = len(layout.site.log)
    assert good(fetch).fetched == 1
    [found] = [d for d in documents(fetch) if d.url.endswith(".pdf")]
    assert "50 mg" in found.text
    asked = {a.path: a.status for a in layout.site.log[before:]}
    assert not {"/guidance/fever", "/guidance/cough", "/guidance/burns"} & asked.keys()


@pytest.mark.parametrize("order", [("fever", "cough"), ("cough", "fever")])
def test_a_shared_pdf_stays_while_a_page_names_it(made, order: tuple[str, str]) -> None:
    """In whatever order the pages come, in each snapshot, and without being fetched again."""
    layout, fetch = made
    layout.site.put("/files/fever.pdf", pdf(), "application/pdf")
    names_it = link("/files/fever.pdf")
    fetch.keys |= {"sitemaps": [layout.at("/map-1.xml")], "start": []}
    for n, name in enumerate(("fever", "cough")):
        layout.site.put(f"/guidance/{name}", page(name, 5 + n, links=names_it), "text/html")
    layout.list(*((layout.at(f"/guidance/{name}"), "") for name in ("fever", "cough")))
    good(fetch)
    layout.site.put("/guidance/fever", page("Fever", 7), "text/html")
    layout.list(*((layout.at(f"/guidance/{name}"), "") for name in order))
    for _ in range(2):
        good(fetch)
        assert names(fetch) == ["files/fever.pdf", "guidance/cough", "guidance/fever"]
        lines = {line["path"]: line for line in fetch.lines()[1:] if "path" in line}
        [shared] = [line for path, line in lines.items() if path.endswith(".pdf")]
        assert shared["facts"]["page"] == layout.at("/guidance/cough")
        assert not [line for line in fetch.lines()[1:] if "gone" in line]
    assert fetch.lines()[0]["number"] == 2
    assert layout.site.bodies("/files/fever.pdf") == 1
    layout.site.put("/guidance/cough", page("Cough", 8), "text/html")
    assert good(fetch).gone == 1
    assert names(fetch) == ["guidance/cough", "guidance/fever"]


def test_a_shared_pdf_is_had_once_by_many_connections(made) -> None:
    """Pages that come at the same time link it."""
    layout, fetch = made
    many = [f"/guidance/g{n}" for n in range(12)]
    for number, path in enumerate(many):
        shared = page(f"Guideline {number}", number + 10, links=link("/files/shared.pdf"))
        layout.site.put(path, shared, "text/html")
    layout.site.put("/files/shared.pdf", pdf(), "application/pdf")
    layout.site.on_asked = lambda path: time.sleep(0.2 * path.endswith(".pdf"))
    layout.list(*((layout.at(path), "2026-01-01") for path in many))
    fetch.keys |= {"connections": 6, "requests_per_s": 1000.0}
    good(fetch)
    assert "files/shared.pdf" in names(fetch)
    assert len(layout.site.asked("/files/shared.pdf")) == 1


ASKED = ("robots", "tdmrep")


def test_what_sites_reserve_is_remembered(made) -> None:
    """Also of a site that does not answer a later fetch, and in snapshots before and after it."""
    layout, fetch = made
    other = Site(layout.site.clock)
    with serving(other):
        host = other.address.partition("//")[2]
        fetch.keys |= {
            "hosts": [host], "sitemaps": [layout.at("/map-1.xml")], "start": [],
        }  # fmt: skip
        other.put("/fever.pdf", pdf(), "application/pdf")
        other.put("/.well-known/tdmrep.json", b'[{"location": "/", "tdm-reservation": 1}]')
        linked = page("Fever", links=link(other.address + "/fever.pdf"))
        layout.site.put("/guidance/fever", linked, "text/html")
        layout.list((layout.at("/guidance/fever"), "2026-01-02"))
        assert good(fetch).reserved == 1
    layout.site.put("/guidance/cough", page("Cough", 9), "text/html")
    layout.site.put("/robots.txt", b"User-agent: *\nAllow: /\n", "text/plain")
    layout.site.clock.sleep(2 * 24 * 3600)
    layout.list(*((layout.at(f"/guidance/{n}"), "2026-01-02") for n in ("fever", "cough")))
    report = fetch().report
    assert len(report.failures) == 1  # the page whose PDF cannot be asked for
    assert report.reserved == 1
    head = fetch.lines()[0]
    assert head["number"] == 2
    assert set(head["sites"]) == {layout.site.address, other.address}
    assert head["sites"][other.address]["reserves"] is True
    kept = {file.stem for file in (fetch.folder / "fetched/guidelines/.fetch/sites").iterdir()}
    first = header(fetch.snapshot.with_name("guidelines.0001.snapshot"))
    said = [site[name] for one in (first, head) for site in one["sites"].values() for name in ASKED]
    assert {answer["sha256"] for answer in said if "sha256" in answer} == kept


def test_a_page_that_comes_back_lies_where_it_lay(made) -> None:
    """Its bytes are on disk already, for the snapshot before the one without it."""
    layout, fetch = made
    good(fetch)
    served = layout.site.files.pop("/guidance/wounds")
    assert good(fetch).gone == 1
    layout.site.files["/guidance/wounds"] = served
    assert good(fetch).older.files == 0
    assert not [line for line in fetch.lines()[1:] if "file" in line or "gone" in line]
    assert fetch.bytes(next(path for path in fetch.paths() if "wounds" in path)) == served.body


@pytest.mark.parametrize(("owner", "name"), [(os, "replace"), (State, "put")])
def test_a_fetch_killed_beside_the_name_of_a_file(made, monkeypatch, owner, name: str) -> None:
    """Before it has its name, or before it is noted: what was whole is not fetched again."""
    layout, fetch = made
    layout.site.put("/guidance/fever", page("Fever", links="<p>Rest.</p>" * 300), "text/html")

    class Killed(BaseException):
        pass

    def kill(*given: object, **how: object) -> None:
        if "guidance-fever" in str(given):
            raise Killed
        real(*given, **how)

    real = getattr(owner, name)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, kill)
        with pytest.raises(Killed):
            fetch()
    good(fetch)
    assert names(fetch) == BASE
    assert not [line for line in fetch.lines()[1:] if "file" in line]
    assert layout.site.bodies("/guidance/fever") == 1


def test_pages_that_only_lead_to_documents(made, documents) -> None:
    """With documents = ["pdf"] the page is pinned and no source reads it."""
    layout, fetch = made
    fetch.keys |= {"documents": ["pdf"]}
    layout.site.put("/files/fever.pdf", pdf(), "application/pdf")
    layout.site.put("/guidance/fever", page("Fever", links=link("/files/fever.pdf")), "text/html")
    good(fetch)
    [found] = documents(fetch)
    assert found.url == layout.at("/files/fever.pdf")


@pytest.mark.parametrize(
    ("how", "answer", "reason"),
    [
        ("meta", {"body": page("Fever", head='<meta name="robots" content="noindex">')}, "noindex"),
        ("header", {"headers": {"X-Robots-Tag": "otherbot: all, medical-corpus-curation: none"}}, "noindex"),
        ("title", {"body": page("Page not found").replace(b"<p>", b"<!--").replace(b"</p>", b"-->")}, "soft_404"),
        ("canonical", {"body": page("Fever", head='<link rel="canonical" href="/guidance/cough">')}, "duplicate"),
        ("syndicated", {"body": page("Fever", head='<link rel="canonical" href="https://other.example/x">')}, "elsewhere"),
        ("picture", {"body": b"\x89PNG\r\n\x1a\n", "kind": "image/png"}, "other_form"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_left_out(made, how: str, answer: dict, reason: str) -> None:
    """By the reason, which the report counts; the others are had."""
    layout, fetch = made
    served = layout.site.files["/guidance/fever"]
    for name, value in answer.items():
        setattr(served, name, value)
    served.etag = '"x"'
    report = good(fetch)
    assert report.left_out == {reason: 1}
    assert names(fetch) == [name for name in BASE if name != "guidance/fever"]


@pytest.mark.parametrize("obey", [True, False])
def test_a_pdf_that_asks_not_to_be_indexed(made, obey: bool) -> None:
    """By the header, for it has no other place to say so."""
    layout, fetch = made
    fetch.keys |= {"obey_noindex": obey}
    tag = {"X-Robots-Tag": "noindex"}
    layout.site.put("/files/fever.pdf", pdf(), "application/pdf", headers=tag)
    layout.site.put("/guidance/fever", page("Fever", links=link("/files/fever.pdf")), "text/html")
    assert good(fetch).left_out == ({"noindex": 1} if obey else {})
    assert names(fetch) == [*(["files/fever.pdf"] * (not obey)), *BASE]


def test_the_sites_own_answer_to_a_wrong_address(made) -> None:
    """A site that says 200 to everything is known by one address that cannot exist."""
    layout, fetch = made
    lost = page("Welcome", 99).replace(b"Give", b"We moved our advice. Look for it")
    layout.site.put("/guidance/fever", lost.replace(b"<h1>Welcome</h1>", b"<h1>Fever</h1>"))
    layout.site.compute = lambda path: type(layout.site.files["/guidance/"])(lost, "text/html")
    assert good(fetch).left_out == {"soft_404": 1}


def test_redirects(made) -> None:
    """Within the site to a document: taken; to another listed one or to no document: left out."""
    layout, fetch = made
    for name, where in (("fever", "cough"), ("burns", "../about"), ("shock", "shock.html")):
        layout.site.fail(f"/guidance/{name}", moved(where))
    layout.site.put("/about", page("About us"), "text/html")
    layout.site.put("/guidance/shock.html", page("Shock", 9), "text/html")
    assert good(fetch).left_out == {"duplicate": 1, "moved": 1}
    assert names(fetch) == ["guidance/cough", "guidance/shock", "guidance/wounds"]


def test_off_site_is_never_asked(made) -> None:
    """Neither by link nor by redirect; documents elsewhere are counted by host."""
    layout, fetch = made
    layout.list(
        (layout.at("/guidance/fever"), ""),
        ("https://other.example/guidance/fever", ""),
        ("http://localhost:1/guidance/x", ""),
    )
    layout.site.fail("/guidance/fever", moved("http://192.168.0.1/guidance/fever"))
    outcome = fetch()
    assert [line for _, line in outcome.report.failures] == [
        f"http://192.168.0.1/guidance/fever (redirected from {layout.at('/guidance/fever')}): host "
        "not allowed; add '192.168.0.1' to hosts of [sources.fetch] if it belongs to the source"
    ]
    assert outcome.report.notes == [
        "2 documents on other hosts were not asked for (localhost:1 1, other.example 1); hosts "
        "names those that belong to the site"
    ]


def test_robots_are_obeyed_and_opt_outs_recorded(made) -> None:
    """What robots.txt forbids is not asked for; what reserves rights for mining is pinned so."""
    layout, fetch = made
    layout.site.put(
        "/robots.txt",
        b"User-agent: *\nDisallow: /guidance/fever\nCrawl-delay: 7\nContent-Signal: ai-train=no\n",
        "text/plain",
    )
    tdm = '<meta name="tdm-reservation" content="1">'
    layout.site.put("/guidance/cough", page("Cough", 6, head=tdm), "text/html")
    report = good(fetch)
    assert not layout.site.asked("/guidance/fever")
    assert report.notes == ["1 addresses left out: robots.txt forbids them"]
    assert report.reserved == 2
    [line] = [line for line in fetch.lines()[1:] if line.get("opt_out")]
    assert line["opt_out"] == "meta tdm-reservation: 1"
    times = [
        a.at for a in layout.site.log if a.path != "/robots.txt" and "well-known" not in a.path
    ]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 7 - 1e-6
    assert layout.site.most_active == 1


def test_the_entry_sets_the_pace(made) -> None:
    """Half a second between requests, as the entry of the site has it."""
    layout, fetch = made
    good(fetch)
    times = [a.at for a in layout.site.log]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.5 - 1e-6


def test_nofollow(made) -> None:
    """Of a link, and of a page of links; the report counts them."""
    layout, fetch = made
    links = link("wounds", rel="nofollow") + link("/guidance/page/2")
    layout.site.put("/guidance/", page("All", links=links), "text/html")
    second = page("All, 2", head='<meta name="robots" content="nofollow">', links=link("shock"))
    layout.site.put("/guidance/page/2", second, "text/html")
    assert good(fetch).notes == ["3 links left out: nofollow"]
    assert names(fetch) == ["guidance/burns", "guidance/cough", "guidance/fever"]


def test_calendars_end(made) -> None:
    """A page that always names the next one: the limits of depth and lists, each in one line."""
    layout, fetch = made

    def calendar(path: str):
        number = int(path.rpartition("/")[2]) if path.startswith("/guidance/page/") else -1
        found = page("Calendar", links=link(f"/guidance/page/{number + 1}"))
        return type(layout.site.files["/guidance/"])(found, "text/html") if number > 2 else None

    layout.site.compute = calendar
    layout.site.put("/guidance/page/2", page("2", links=link("/guidance/page/3")), "text/html")
    assert good(fetch).notes == ["lists lie deeper than depth = 2; those were not read"]
    fetch.keys |= {"depth": 1000, "lists": 30, "floor": 0}
    assert good(fetch).notes == ["stopped at 30 lists (lists); 1 more were waiting"]
    links = "".join(link(f"/guidance/x{n}/x/x/x") for n in range(3)) + link("../wounds")
    layout.site.put("/guidance/page/2", page("2", links=links), "text/html")
    fetch.keys |= {"include": ["/guidance/[a-z0-9/]+$"]}
    assert good(fetch).notes == ["3 addresses left out: they repeat themselves, or are endless"]


def test_many_lists(made, monkeypatch) -> None:
    """Of those beyond the limit none is kept; one that was forgotten is not taken for a known one."""
    layout, fetch = made
    monkeypatch.setattr(crawl, "REMEMBERED", 1)
    assert good(fetch).notes == []
    everything = names(fetch)
    maps = "".join(f"<sitemap><loc>{layout.at(f'/map-{n}.xml')}</loc></sitemap>" for n in range(50))
    index = (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'
    )
    layout.site.put("/sitemap.xml", index.encode(), "application/xml")
    fetch.keys |= {"lists": 4, "floor": 0}
    notes = good(fetch).notes
    assert "stopped at 4 lists (lists); 48 more were waiting" in notes
    assert set(names(fetch)) < set(everything)


def test_a_limit_of_documents(made) -> None:
    """So many are had, and one line says that there are more."""
    _layout, fetch = made
    fetch.keys |= {"pages": 3}
    assert good(fetch).notes == ["stopped at 3 documents (pages); the site lists more"]
    assert len(names(fetch)) == 3
    fetch.keys |= {"pages": 5}
    assert good(fetch).notes == []  # no more than that, some of them listed twice


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (unsized(page("Fever", end="").replace(b"</body>", b"")), "a page without its end"),
        (body(page("Access denied").replace(b"<p>", b"<!--").replace(b"</p>", b"-->")), "an error message"),
    ],
)  # fmt: skip
def test_a_bad_body_is_asked_for_again(made, fault, said: str) -> None:
    """A page cut without a sign, an error message with status 200: once, then right; or a line."""
    layout, fetch = made
    layout.site.fail("/guidance/fever", fault)
    good(fetch)
    assert names(fetch) == BASE
    layout.list((layout.at("/guidance/fever"), "2026-05-05"))
    layout.site.fail("/guidance/fever", *[fault] * 4)
    before = fetch.bytes(fetch.paths()[2])
    fetch.keys |= {"floor": 0}
    outcome = fetch()
    [(_, line)] = outcome.report.failures
    assert said in line
    assert line.endswith("given up after 4 attempts, run it again later")
    assert before in [fetch.bytes(path) for path in fetch.paths()]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.put("/map-2.xml.gz", b"\x1f\x8b123"), "a packed list that cannot be unpacked"),
        (lambda s: s.put("/map-1.xml", urlset(("http://x/", ""))[:-20]), "cut or damaged"),
        (lambda s: s.put("/sitemap.xml", b"<html><body>busy</body></html>"), "a list that names nothing"),
        (lambda s: s.files.pop("/sitemap.xml"), "HTTP 404"),
        (lambda s: s.fail("/map-1.xml", *[status(503)] * 4), "HTTP 503"),
        (lambda s: s.fail("/map-2.xml.gz", status(403)), "/map-2.xml.gz: HTTP 403"),
        (lambda s: s.fail("/guidance/page/2", status(401)), "/guidance/page/2: HTTP 401"),
        (lambda s: s.fail("/map-1.xml", moved("https://other.example/")), "name those to read in"),
        (lambda s: s.fail("/map-1.xml", moved("/map-1.xml")), "a redirect loop"),
        (lambda s: s.put("/robots.txt", b"User-agent: *\nDisallow: /"), "robots.txt forbids it"),
        (lambda s: s.fail("/robots.txt", *[status(503)] * 4), "not to be had (HTTP 503)"),
        (lambda s: s.fail("/sitemap.xml", moved("/sitemap.xml")), "a redirect loop"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_had_ends_the_fetch(made, change, said: str) -> None:
    """Else what it named would seem to be gone: the snapshot stays as it is, in one clear line."""
    layout, fetch = made
    good(fetch)
    before = fetch.snapshot.read_bytes()
    change(layout.site)
    outcome = fetch()
    assert outcome.report is None
    assert said in str(outcome.error)
    assert "\n" not in str(outcome.error)
    assert fetch.snapshot.read_bytes() == before


@pytest.mark.parametrize("code", [404, 410])
def test_a_list_that_another_one_names_and_that_is_gone(made, code: int) -> None:
    """It is no list of the site any more: a note, and what it named is not listed."""
    layout, fetch = made
    good(fetch)
    fetch.keys |= {"floor": 0}
    layout.site.fail("/map-2.xml.gz", status(code))
    assert good(fetch).notes == ["1 lists that others name are gone (404 or 410)"]
    assert names(fetch) == [name for name in BASE if name != "guidance/burns"]


@pytest.mark.parametrize(
    ("fault", "pages", "said"),
    [
        (moved("/maintenance"), 40, "files that were good are so now"),
        (status(404), 40, "files that were good are so now"),
        (status(404), 3, "no file that was good is so now"),
    ],
)
def test_a_site_that_has_no_page_any_more_unpins_nothing(
    made, fault, pages: int, said: str
) -> None:
    """Maintenance: more pages than the floor allows are no documents, or not there, any more."""
    layout, fetch = made
    fetch.keys |= {"sitemaps": [layout.at("/map-1.xml")], "start": []}
    many = [f"/guidance/g{n}" for n in range(pages)]
    for number, path in enumerate(many):
        layout.site.put(path, page(f"Guideline {number}", number + 10), "text/html")
    layout.list(*((layout.at(path), "2026-01-01") for path in many))
    good(fetch)
    before = fetch.snapshot.read_bytes()
    layout.list(*((layout.at(path), "2026-01-02") for path in many))
    layout.site.put("/maintenance", page("Back soon"), "text/html")
    for path in many:
        layout.site.fail(path, fault)
    outcome = fetch()
    assert said in str(outcome.error)
    assert fetch.snapshot.read_bytes() == before
    # The site is well again: nothing was dropped, and no page comes a second time.
    for path in many:
        layout.site.faults.pop(path, None)
    assert good(fetch).fetched == 0
    assert good(fetch).gone == 0
    assert not [line for line in fetch.lines()[1:] if "gone" in line or "file" in line]


def test_wrong_keys(made, tmp_path: Path) -> None:
    """A site that is not there, a pattern that is none, a form that is none: with the line."""
    _layout, fetch = made
    for keys, said in (
        ({"site": "nsh"}, "no site 'nsh'; did you mean 'nhs'?"),
        ({"site": "nothing.toml"}, "nothing.toml: No such file"),
        ({"include": ["(?=x)"]}, "include: '(?=x)' is no pattern of RE2"),
        ({"documents": ["doc"]}, "documents must be some of html, pdf"),
        ({"start": ["ftp://x/"]}, "start: 'ftp://x/' is no http or https address"),
        ({"depth": 0}, "depth must be a whole number above 0"),
    ):
        fetch.keys = {"site": "ministry.toml", **keys}
        with pytest.raises(RecipeError) as caught:
            load(fetch.recipe)
        assert said in str(caught.value)
    fetch.keys = {"depth": 2}
    with pytest.raises(RecipeError, match="site names what is fetched, such as"):
        load(fetch.recipe)


@pytest.mark.parametrize(
    ("terms", "purpose", "override", "said"),
    [
        ({"training": "forbidden"}, "private", "", "the terms of the site 'ministry.toml' forbid training: the invented"),
        ({"training": "forbidden"}, "private", "contract 7", ""),
        ({}, "commercial", "", "admit it to a corpus for private or non-commercial use only"),
        ({}, "non-commercial", "", ""),
        ({}, "private", "contract 7", "override_terms is for sources whose terms forbid training"),
        ({"training": "forbidden"}, "commercial", "contract 7", "admit it to a corpus for private"),
    ],
)  # fmt: skip
def test_terms_decide_before_anything_is_asked(
    site: Site, fetcher, tmp_path: Path, terms, purpose: str, override: str, said: str
) -> None:
    """Refused with the reason and the line, unless the recipe says why it may, or has the purpose."""
    fetch = crawler(GuidelineSite(site), fetcher("guidelines", ""), tmp_path, **terms)
    if override:
        fetch.options["override_terms"] = override
    path = fetch.recipe
    path.write_text(f'purpose = "{purpose}"\n' + path.read_text())
    if not said:
        assert load(path).sources
        return
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")
    assert not site.log


def test_an_override_is_logged(site: Site, fetcher, tmp_path: Path) -> None:
    """The build's notes have the site's terms and the recipe's reason."""
    from curation.licensing import _overridden

    fetch = crawler(GuidelineSite(site), fetcher("guidelines", ""), tmp_path, training="forbidden")
    fetch.options["override_terms"] = "contract 7 of 2026"
    assert _overridden(load(fetch.recipe)) == [
        "guidelines: used although its terms forbid training (the invented ministry, terms of its "
        "site); the recipe's reason: contract 7 of 2026"
    ]
