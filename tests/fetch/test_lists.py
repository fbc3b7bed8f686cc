"""Lists of pages in all their forms, addresses in one form, and what pages say to robots."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.fetch import site
from sources.fetch.canonical import Traps, canonical, key
from sources.fetch.content import looks_like_page
from sources.fetch.html_page import read_page
from sources.fetch.lists import INDEX, LINKS, PAGES, Listed, read_list

REAL = Path(os.environ.get("CURATION_TEST_DATA", "")) / "formats/sitemap"
MB = 1 << 20


@pytest.mark.real
@pytest.mark.skipif("CURATION_TEST_DATA" not in os.environ, reason="needs CURATION_TEST_DATA")
@pytest.mark.parametrize(
    ("name", "kind", "count", "first"),
    [
        ("atom.xml", PAGES, 1, Listed("http://example.org/2003/12/13/atom03.html", "2003-12-13T18:30:02Z")),
        ("do-not-visit.txt", PAGES, 1, Listed("http://www.example.com/do-not-visit-here")),
        ("hebdenbridgetimes-articles-sitemap.xml", PAGES, 74, Listed("http://www.hebdenbridgetimes.co.uk/news/local/video-tour-de-yorkshire-in-calderdale-1-7242580", "2015-05-03T18:51:50+01:00")),
        ("sitemap-links.xml", PAGES, 3, Listed("http://www.example.com/english/")),
        ("sitemap-news.xml", PAGES, 2, Listed("http://www.example.org/business/article55.html", "2008-12-23")),
        ("sitemap-with-bom.txt", PAGES, 2, Listed("http://www.domain.com/page1.html")),
        ("sitemap.badns.xml", PAGES, 2, Listed("http://www.example.com/1")),
        ("sitemap.index.xml", INDEX, 15, Listed("https://example.com/sitemap.jss?portalCode=10260&lang=en")),
        ("sitemap.ns.xml", PAGES, 2, Listed("http://www.example.com/1")),
        ("sitemap.txt", PAGES, 2, Listed("http://www.domain.com/page1.html")),
        ("sitemap.txt.gz", PAGES, 5, Listed("http://www.example.com/")),
        ("xmlSitemap.gz", PAGES, 5, Listed("http://www.example.com/", "2005-01-01")),
    ],
)  # fmt: skip
def test_real_lists(name: str, kind: str, count: int, first: Listed) -> None:
    """Those that others test their crawlers with, two of them recorded from sites."""
    found = read_list((REAL / name).read_bytes(), MB)
    assert (found.kind, len(found.entries), found.entries[0]) == (kind, count, first)


def test_feeds() -> None:
    """RSS 2.0 and RSS 1.0, which has its items beside the channel."""
    rss = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><link>https://x/</link><item>'
        b"<link> https://x/a </link><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate></item>"
        b"</channel></rss>"
    )
    assert read_list(rss, MB).entries == (Listed("https://x/a", "Mon, 05 Jan 2026 10:00:00 GMT"),)
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        b"<channel><link>https://x/</link></channel><item><link>https://x/b</link>"
        b"<dc:date>2026-01-05</dc:date></item></rdf:RDF>"
    )
    assert read_list(rdf, MB).entries == (Listed("https://x/b", "2026-01-05"),)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty list"),
        (b"  \n", "an empty list"),
        (b"Service busy, try again", "neither a sitemap"),
        (b"<urlset><url><loc>https://x/a</loc></url>", "cut or damaged"),
        (b"<article/>", "root 'article'"),
        (gzip.compress(b"https://x/a\n" * 9, mtime=0)[:-9], "without its end"),
        (gzip.compress(b"a" * 3 * MB, mtime=0), "more than 1,048,576 bytes"),
        (b"\x1f\x8bnothing", "cannot be unpacked"),
    ],
)
def test_what_is_no_list(body: bytes, said: str) -> None:
    """Says so; nothing is taken of it."""
    with pytest.raises(ValueError, match=said):
        read_list(body, MB)


def test_a_page_of_links() -> None:
    """Relative links count from base; areas are links too; nofollow is held back."""
    html = (
        b'<!-- x --><!DOCTYPE html><html><head><base href="/a/"></head><body><a href="b">x</a>'
        b'<area href="c"><a rel="noopener NoFollow" href="d">x</a><a name="e">x</a></body></html>'
    )
    found = read_list(html, MB)
    assert (found.kind, found.base, found.held_back) == (LINKS, "/a/", 1)
    assert [entry.address for entry in found.entries] == ["b", "c"]
    assert read_list(html, MB, "nofollow").entries == ()
    assert read_list(html, MB, "otherbot: nofollow, noindex").entries
    assert read_list(html, MB, "unavailable_after: 5 May 2020, none").held_back == 3


@pytest.mark.parametrize(
    ("address", "base", "one"),
    [
        ("HTTPS://Example.ORG:443/a/./b/../c#top", "", "https://example.org/a/c"),
        ("http://x.org", "", "http://x.org/"),
        ("../c?utm_source=m&q=1&fbclid=9", "http://x.org/a/b/", "http://x.org/a/c?q=1"),
        ("/a;jsessionid=8F?PHPSESSID=1", "http://x.org/", "http://x.org/a"),
        ("//y.org/é b", "https://x.org/", "https://y.org/%C3%A9%20b"),
        ("http://x.org:8080/%7ea?a=%2f", "", "http://x.org:8080/%7Ea?a=%2F"),
        (" /a\n/b ", "http://x.org/", "http://x.org/a/b"),
        ("mailto:a@x.org", "http://x.org/", ""),
        ("javascript:void(0)", "http://x.org/", ""),
        ("http://me:pw@x.org/", "", ""),
        ("http://[::1/", "", ""),
        ("tel:123", "http://x.org/", ""),
    ],
)
def test_one_spelling(address: str, base: str, one: str) -> None:
    """Of what leads to the same page."""
    assert canonical(address, base) == one
    assert canonical(one) == one


def test_keys_of_pages() -> None:
    """A slash at the end and the scheme make no difference; a query does."""
    assert key("https://x.org/a/") == key("http://x.org/a") != key("http://x.org/a?p=2")
    assert key("http://x.org/a/?p=2") == key("http://x.org/a?p=2")


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_an_address_or_none(address: str, base: str) -> None:
    """Never an error, and what comes out stays as it is."""
    one = canonical(address, "http://x.org/" + base)
    assert one == canonical(one)
    assert one == "" or one.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("address", "trap"),
    [
        ("https://x.org/a/b/a/c/a", True),
        ("https://x.org/" + "/".join(map(str, range(21))), True),
        ("https://x.org/?" + "a" * 2000, True),
        ("https://x.org/guidance/2026/guidance.html", False),
    ],
)
def test_traps(address: str, trap: bool) -> None:
    """Paths that repeat themselves, are too deep or too long."""
    assert Traps().have(address) == trap
    assert not Traps(10_000, 100, 100).have(address)


def test_what_a_page_reserves() -> None:
    """TDMRep and robots words about mining; a reservation of 0 is none."""
    frame = "<html><head>{}</head><body>x</body></html>"
    for head, said in (
        ('<meta name="robots" content="noai, index">', "meta robots: noai"),
        ('<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://x/p">',
         "meta tdm-reservation: 1; meta tdm-policy: https://x/p"),
        ('<meta name="tdm-reservation" content="0">', ""),
    ):  # fmt: skip
        assert read_page(frame.format(head).encode()).reserves == said
    assert (
        read_page(frame.format('<meta name="otherbot" content="noindex">').encode()).noindex
        is False
    )


def test_pages_are_known_by_their_beginning() -> None:
    """With mark, declaration or comment before it; XML is none."""
    assert looks_like_page(b"\xef\xbb\xbf\n<!DOCTYPE HTML>")
    assert looks_like_page(b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">')
    assert not looks_like_page(b"<?xml version='1.0'?><urlset>")
    assert not looks_like_page(b"%PDF-1.7")


@pytest.mark.parametrize("name", site.names())
def test_every_entry_of_a_site(name: str) -> None:
    """Its keys are checked, its patterns compile, and it grants what its licence and reading do."""
    from filters.licence import PERMITTED, group
    from sources.fetch.remote import get

    found = site.load(name)
    remote = get("guidelines")
    table = remote.defaults({"site": name}, Path())
    made = remote({key: table[key] for key in remote.options})
    assert made.hosts()
    assert found.title
    policy = found.policy
    assert len(policy.evidence) > 40
    assert policy.checked
    admitted = PERMITTED[group(policy.licence or "NOASSERTION")]
    assert {*policy.purposes} <= admitted
    if not policy.confirmed:  # then nobody knows that more is granted
        assert "commercial" not in policy.purposes
        assert "permitted" not in (policy.training, policy.redistribution)
    for address in (*found.keys["start"], *found.keys["sitemaps"]):
        assert canonical(address) == address


ENTRY = """title = "x"
start = ["https://x/"]
[terms]
licence = ""
training = "unclear"
redistribution = "unclear"
purposes = ["private"]
evidence = "x"
checked = "2026-11"
confirmed = false
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 'x'", "start or sitemaps"),
        ("title = 'x'\nstart = ['https://x/']", r"a table \[terms\]"),
        ("title = 'x'\nstrat = ['https://x/']", "unknown key 'strat'; did you mean 'start'"),
        ("title = 'x'\nstart = 'https://x/'", "start must be a list of texts"),
        ("title = 'x'\nstart = ['https://x/']\npages = 0", "pages must be a whole number above 0"),
        ("title = 'x'\nstart = ['https://x/']\n[terms]\nlicence = ''", "missing: training"),
        ("title = 'x'\nstart = ['https://x/']\nconnections = 999", "connections must be a whole"),
        (ENTRY + "duties = 'Credit.'", "duties must be a list of texts"),
        (ENTRY + "duties = [3]", "duties must be a list of texts"),
        ("title = 3", "start or sitemaps"),
        ("title = ", "no TOML"),
    ],
)
def test_wrong_entries(tmp_path: Path, text: str, said: str) -> None:
    """One line that names the file and the key."""
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(LookupError, match=said) as caught:
        site.load("mine.toml", tmp_path)
    assert "mine.toml: " in str(caught.value)


def test_the_page_of_sources_says_what_the_sites_admit() -> None:
    """The sentence on MEDITRON's sources is true of the entries."""
    page = (Path(__file__).parents[2] / "docs/sources.md").read_text()
    [line] = [line for line in page.splitlines() if line.startswith("Those of MEDITRON's")]
    admitted, _, refused = line.partition("; AAFP")
    short = {"drugs": "Drugs.com", "gc": "Guideline Central", "mayo": "Mayo Clinic"}
    for name in site.names():
        said = "; AAFP" + refused if site.load(name).policy.training == "forbidden" else admitted
        assert short.get(name, name.upper()) in said, name
