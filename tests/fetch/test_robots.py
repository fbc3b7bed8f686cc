"""robots.txt by RFC 9309, and what sites reserve for mining."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest

from sources.fetch.errors import FetchError
from sources.fetch.limits import PRODUCT, ROBOTS_AGE_S
from sources.fetch.robots import ROBOTS, TDMREP, Answer, Sites, opt_out, text_of
from tests.fetch.layout_pubmed import PubMedSite
from tests.fetch.server import FastClock, Fault, Site, body, moved, sent_as, status

ORIGIN = "https://example.org"


def sites(robots: Answer, tdmrep: Answer | None = None, *, obey: bool = True) -> Sites:
    """The rules of a site that answers so."""
    answers = {"/robots.txt": robots, "/.well-known/tdmrep.json": tdmrep or Answer(404)}
    return Sites(lambda url, _: answers[url.removeprefix(ORIGIN)], FastClock(), obey=obey)


def allowed(rules: str | bytes, path: str) -> bool:
    """Tell whether a robots.txt allows a path."""
    text = text_of(rules.encode() if isinstance(rules, str) else rules)
    try:
        sites(Answer(200, text)).delay(ORIGIN, ORIGIN + path)
    except FetchError:
        return False
    return True


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ("User-agent: *\nDisallow: /a", "/a/b", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),  # the longest match
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),  # on a tie allow
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /*.gz$", "/x/y.gz", False),
        ("User-agent: *\nDisallow: /*.gz$", "/x/y.gz.md5", True),
        ("User-agent: *\nDisallow: /a%3cd", "/a%3Cd", False),
        (f"User-agent: {PRODUCT.upper()}\nDisallow: /", "/a", False),
        (f"User-agent: {PRODUCT}\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", True),
        (f"User-agent: {PRODUCT}\nDisallow: /b\n\nUser-agent: x\nDisallow: /\n\n"
         f"User-agent: {PRODUCT}\nDisallow: /a", "/a", False),  # groups are merged
        ("User-agent: GPTBot\nDisallow: /", "/a", True),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("<!DOCTYPE html><html><body>Not found</body></html>", "/a", True),
        ("", "/a", True),
    ],
)  # fmt: skip
def test_rules(rules: str, path: str, expected: bool) -> None:
    """Longest match, ties, wildcards, escapes, agents, merged groups, line ends, no rules."""
    assert allowed(rules, path) is expected


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_tells_the_encoding(mark: str) -> None:
    """UTF-16 is no robots.txt by the RFC, but some serve it."""
    assert not allowed("\ufeffUser-agent: *\nDisallow: /a".encode(mark), "/a")


def test_real_files_are_read(real_data: Path) -> None:
    """Every recorded file gives rules without an error, and the ones made for parsers too."""
    files = [
        *(real_data / "formats/robots").iterdir(),
        *(real_data / "formats/robots-rules").iterdir(),
    ]
    assert len(files) > 70
    verdicts = {file.name: allowed(file.read_bytes(), "/search?q=x") for file in files}
    assert 0 < sum(verdicts.values()) < len(files)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_a_refused_robots_txt_allows(code: int) -> None:
    """RFC 9309, 2.3.1.3."""
    assert sites(Answer(code)).delay(ORIGIN, ORIGIN + "/a") == 0


def test_an_unreachable_robots_txt_forbids() -> None:
    """RFC 9309, 2.3.1.4: the line says that it is to be tried later."""
    with pytest.raises(FetchError, match="nothing of the site may be fetched; run it again later"):
        sites(Answer(503, problem="not to be had")).delay(ORIGIN, ORIGIN + "/a")
    with pytest.raises(FetchError, match=f"{ORIGIN}: cannot be reached; check the network"):
        sites(Answer(0, problem="cannot be reached")).delay(ORIGIN, ORIGIN + "/a")


def test_ignored_rules_are_recorded_all_the_same() -> None:
    """The recipe's owner may know better; the snapshot says what was asked for."""
    site = sites(Answer(200, "User-agent: *\nDisallow: /"), obey=False)
    assert site.delay(ORIGIN, ORIGIN + "/a") == 0
    assert site.records()[ORIGIN]["robots"].text.startswith("User-agent")


@pytest.mark.parametrize(
    ("line", "seconds"), [("Crawl-delay: 7", 7), ("Crawl-delay: x", 0), ("Request-rate: 1/5", 5)]
)
def test_delays(line: str, seconds: float) -> None:
    """What a site asks for in seconds between requests."""
    site = sites(Answer(200, f"User-agent: *\n{line}\n"))
    assert site.delay(ORIGIN, ORIGIN + "/a") == seconds


def test_rules_are_read_again_after_a_day() -> None:
    """Not before."""
    asked: list[str] = []
    clock = FastClock()

    def ask(url: str, _: float) -> Answer:
        asked.append(url)
        return Answer(404)

    site = Sites(ask, clock)
    for _ in range(3):
        site.delay(ORIGIN, ORIGIN + "/a")
    assert len(asked) == 2
    clock.sleep(ROBOTS_AGE_S + 1)
    site.delay(ORIGIN, ORIGIN + "/a")
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, ""),
        ({"x-robots-tag": "noindex"}, ""),
        ({"x-robots-tag": "noindex, noai"}, "x-robots-tag: noindex, noai"),
        ({"x-robots-tag": "somebot: NoAI"}, "x-robots-tag: somebot: NoAI"),
        ({"tdm-reservation": "1"}, "tdm-reservation: 1"),
        ({"tdm-reservation": "0"}, ""),
        ({"tdm-reservation": "1", "tdm-policy": "https://x/p"},
         "tdm-reservation: 1; tdm-policy: https://x/p"),
    ],
)  # fmt: skip
def test_reservations_in_headers(headers: dict[str, str], said: str) -> None:
    """Only what is about mining, as it was said."""
    assert opt_out(headers) == said


@pytest.mark.parametrize(
    ("text", "reserved"),
    [
        ('[{"location": "/", "tdm-reservation": 1}]', [ORIGIN]),
        ('[{"location": "/", "tdm-reservation": 0}]', []),
        ("<html>", []), ("{}", []), ("", []), ("[" * 5000, []),
    ],
)  # fmt: skip
def test_tdmrep(text: str, reserved: list[str]) -> None:
    """A file that reserves something names its site; a page in its place says nothing."""
    site = sites(Answer(404), Answer(200, text))
    site.delay(ORIGIN, ORIGIN + "/a")
    assert site.reserved() == reserved


def test_a_fetch_obeys_and_records(site: Site, fetcher) -> None:
    """A forbidden listing is one line; an allowed one is kept beside the snapshot, opt-outs too."""
    layout = PubMedSite(site)
    layout.fill()
    fetch = fetcher("pubmed", "/pubmed/")
    site.put("/robots.txt", b"User-agent: *\nDisallow: /pubmed/updatefiles/\n", "text/plain")
    outcome = fetch()
    assert "robots.txt forbids it" in str(outcome.error)
    assert "/pubmed/updatefiles/" not in {asked.path for asked in site.log}
    site.put("/robots.txt", b"User-agent: GPTBot\nDisallow: /\n", "text/plain")
    site.put("/.well-known/tdmrep.json", b'[{"location": "/", "tdm-reservation": 1}]')
    site.files[layout.path("baseline", 1)].headers["X-Robots-Tag"] = "noai"
    outcome = fetch()
    assert outcome.error is None
    assert outcome.report.reserved == 2
    said = fetch.lines()[0]["sites"][site.address]
    assert said["robots"]["status"] == said["tdmrep"]["status"] == 200
    assert [line["opt_out"] for line in fetch.lines()[1:] if "opt_out" in line] == [
        "x-robots-tag: noai"
    ]
    kept = fetch.folder / f"fetched/pubmed/.fetch/sites/{said['robots']['sha256']}.txt"
    assert kept.read_text().startswith("User-agent: GPTBot")


def test_a_robots_txt_that_moved_is_followed(site: Site, fetcher) -> None:
    """Over several redirects; one that fails for good forbids."""
    PubMedSite(site).fill()
    fetch = fetcher("pubmed", "/pubmed/")
    site.fail("/robots.txt", moved("/r1"))
    site.fail("/r1", moved("/r2"))
    site.put("/r2", b"User-agent: *\nDisallow: /\n", "text/plain")
    assert "robots.txt forbids it" in str(fetch().error)
    site.fail("/robots.txt", *[status(500)] * 9)
    assert "nothing of the site may be fetched" in str(fetch().error)


EMPTY = sent_as(gzip.compress(b"", mtime=0), "gzip")
FORBIDS_ALL = b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("served", "said"),
    [
        (sent_as(gzip.compress(FORBIDS_ALL), "gzip"), "robots.txt forbids it"),
        (sent_as(gzip.compress(FORBIDS_ALL)[:-9], "gzip"), "end before their end marker"),
        (sent_as(FORBIDS_ALL, "br"), "sent as 'br' though it was not asked for"),
        (status(304), "HTTP 304, which nobody asked for"),
        (status(206), "HTTP 206, which nobody asked for"),
        (status(204), "HTTP 204"),
    ],
)
def test_rules_that_come_in_odd_ways(site: Site, fetcher, served: Fault, said: str) -> None:
    """Packed ones are read though nobody asked for them so; what is no whole answer forbids."""
    PubMedSite(site).fill()
    fetch = fetcher("pubmed", "/pubmed/")
    site.fail("/robots.txt", *[served] * 9)
    assert said in str(fetch().error)
    assert site.asked() == []


@pytest.mark.parametrize("served", [body(b""), status(416), sent_as(b"", "gzip"), EMPTY])
def test_rules_that_are_none(site: Site, fetcher, served: Fault) -> None:
    """An empty file, and 4xx of any kind, allow."""
    PubMedSite(site).fill()
    site.fail("/robots.txt", *[served] * 9)
    assert fetcher("pubmed", "/pubmed/").without_fault().fetched == 4


def test_rules_hold_for_what_a_site_reserves(site: Site, fetcher) -> None:
    """Where all is forbidden its TDMRep file is, too; the snapshot of who ignores that has it."""
    PubMedSite(site).fill()
    site.put(TDMREP, b'[{"location": "/", "tdm-reservation": 1}]')
    site.put(ROBOTS, FORBIDS_ALL, "text/plain")
    fetch = fetcher("pubmed", "/pubmed/")
    assert "robots.txt forbids it" in str(fetch().error)
    assert [asked.path for asked in site.log] == [ROBOTS]
    fetch.keys["robots"] = "ignore"
    assert fetch.without_fault().reserved == 1
    site.put(ROBOTS, b"User-agent: *\nDisallow: /.well-known/\n", "text/plain")
    site.fail("/pubmed/baseline/", status(404))
    fetch.keys["robots"] = "obey"
    fetch()
    assert [asked.path for asked in site.log].count(TDMREP) == 1


def test_a_crawl_delay_holds_from_the_first_request_on(site: Site, fetcher) -> None:
    """Behind robots.txt itself, for the TDMRep file as for the first page; a dry run knows it."""
    PubMedSite(site).fill()
    site.put(ROBOTS, b"User-agent: *\nCrawl-delay: 20\n", "text/plain")
    fetch = fetcher("pubmed", "/pubmed/")
    fetch.keys["connections"] = 1
    plan = fetch(dry_run=True).plan
    assert plan.seconds == 20 * (plan.due.objects + plan.due.sidecars)
    assert [asked.path for asked in site.log[:2]] == [ROBOTS, TDMREP]
    times = [asked.at for asked in site.log]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 19.999


@pytest.mark.parametrize("delay", ["1e300", "100000000", "3601"])
def test_a_crawl_delay_beyond_patience(site: Site, fetcher, delay: str) -> None:
    """One clear line, and nothing further is asked; who ignores the rules does not wait."""
    PubMedSite(site).fill()
    site.put(ROBOTS, f"User-agent: *\nCrawl-delay: {delay}\n".encode(), "text/plain")
    fetch = fetcher("pubmed", "/pubmed/")
    said = str(fetch().error)
    assert f"/robots.txt: asks for {float(delay):,g} s between requests" in said
    assert "retry_after_max_s" in said
    assert "\n" not in said
    assert len(said) < 400
    assert [asked.path for asked in site.log] == [ROBOTS]
    fetch.keys["robots"] = "ignore"
    fetch.without_fault()
