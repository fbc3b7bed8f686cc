"""Another fetch with other options: what they let in is fetched, what they leave out goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fetch import layout_who
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_guidelines import GuidelineSite, link, page, pdf, urlset
from tests.fetch.layout_pmc import PmcSite
from tests.fetch.layout_preprints import API, PreprintsSite
from tests.fetch.layout_who import WhoSite
from tests.fetch.server import Site

Make = Callable[[str, str], Fetcher]

NOINDEX = '<meta name="robots" content="noindex">'


def texts(fetch: Fetcher) -> list[str]:
    """Return the names of the full texts that a snapshot pins."""
    return [path.rpartition("/")[2] for path in fetch.paths() if "metadata" not in path]


@pytest.fixture
def pmc(site: Site, fetcher: Make) -> Fetcher:
    """A bucket of three articles under three terms."""
    layout = PmcSite(site)
    layout.add(1, license_code="CC BY")
    layout.add(2, license_code="CC BY-NC")
    layout.add(3, license_code="CC BY", is_manuscript=True)
    layout.list("2026-01-18T01-00Z")
    return fetcher("pmc", "/")


def objects(asked: list[str]) -> list[str]:
    """Return what was asked for besides listings."""
    return [path for path in asked if path.startswith(("/PMC", "/metadata"))]


def test_wider_terms_fetch_what_they_let_in(pmc: Fetcher) -> None:
    """And nothing else: the metadata are there."""
    pmc.keys |= {"licences": ["CC BY"], "manuscripts": False}
    pmc.without_fault()
    assert texts(pmc) == ["PMC1.1.xml"]
    pmc.keys |= {"licences": [], "manuscripts": True}
    assert sorted(objects(pmc.asked())) == ["/PMC2.1/PMC2.1.xml", "/PMC3.1/PMC3.1.xml"]
    assert texts(pmc) == ["PMC1.1.xml", "PMC2.1.xml", "PMC3.1.xml"]
    assert objects(pmc.asked()) == []


def test_narrower_terms_drop_what_they_leave_out(pmc: Fetcher) -> None:
    """Without a request; the snapshot says that it is gone."""
    pmc.without_fault()
    pmc.keys["licences"] = ["CC BY"]
    plan = pmc(dry_run=True).plan
    assert (plan.due.objects, plan.due.again, plan.due.groups, plan.seconds) == (3, 3, 0, 0)
    assert objects(pmc.asked()) == []
    assert texts(pmc) == ["PMC1.1.xml", "PMC3.1.xml"]
    assert [line["reason"] for line in pmc.lines()[1:] if "gone" in line] == ["not_named"]


def test_other_limits_change_nothing(pmc: Fetcher) -> None:
    """They say how it is asked, not what is wanted."""
    pmc.without_fault()
    before = pmc.snapshot.read_bytes()
    pmc.keys |= {"connections": 3, "requests_per_s": 7.0, "attempts": 2, "floor": 0.5}
    assert objects(pmc.asked()) == []
    assert pmc.snapshot.read_bytes() == before


def test_pdfs_of_records_that_are_there(site: Site, fetcher: Make) -> None:
    """Of all months; the pages of records, which are settled, are not asked for again."""
    layout = WhoSite(site)
    layout.fill()
    for number in (101, 300):
        layout.add_pdf(number, f"{number}.pdf", b"%PDF-1.7\n%%EOF\n")
    fetch = fetcher("guidelines", layout_who.BASE)
    fetch.keys["remote"] = "who"
    fetch.without_fault()
    fetch.keys["pdfs"] = True
    asked = fetch.asked()
    assert len([path for path in asked if path.endswith(".pdf")]) == 2
    pages = [path for path in asked if "ListRecords" in path]
    assert not [path for path in pages if "from=2025-10" in path or "from=2025-11" in path]
    assert len([path for path in fetch.paths() if path.endswith(".pdf")]) == 2


def test_texts_of_preprints_that_are_there(site: Site, fetcher: Make) -> None:
    """Old slices are looked through for them, and not asked for."""
    layout = PreprintsSite(site)
    layout.add("2025-03-03")
    fetch = fetcher("preprints", API)
    fetch.keys |= {
        "servers": ["biorxiv"], "since": "2025-03-03", "until": "2025-03-09",
        "biorxiv_url": site.address + "/", "page_rows": ["3"],
    }  # fmt: skip
    fetch.without_fault()
    fetch.keys["texts"] = True
    asked = fetch.asked()
    assert [path for path in asked if path.startswith(API)] == []
    assert len(fetch.paths()) == 2


class Guidance:
    """A site of two pages with dates, of which the first links a PDF."""

    def __init__(self, site: Site, fetch: Fetcher, folder: Path, heads: tuple[str, str]) -> None:
        self.layout, self.fetch, self.folder = GuidelineSite(site), fetch, folder
        at = self.layout.at
        site.put("/sitemap.xml", urlset(*((at(f"/guidance/p{n}"), "2026-01-02") for n in (1, 2))))
        site.put("/guidance/", page("Guidance"), "text/html")
        linked = (link("/f.pdf"), "")
        for n in (1, 2):
            body = page(f"Page {n}", n, head=heads[n - 1], links=linked[n - 1])
            site.put(f"/guidance/p{n}", body, "text/html")
        site.put("/f.pdf", pdf(), "application/pdf")
        self.name("a", "OGL-UK-3.0")

    def name(self, folder: str, licence: str) -> None:
        """Let the recipe name an entry with a licence."""
        made = self.folder / folder
        made.mkdir()
        self.fetch.keys["site"] = f"{folder}/{self.layout.entry(made, licence=licence)}"

    def bodies(self) -> int:
        """Fetch, and return how many pages and PDFs came."""
        before = len(self.layout.site.log)
        self.fetch.without_fault()
        came = self.layout.site.log[before:]
        return sum(one.status == 200 and one.path[-3:] in ("/p1", "/p2", "pdf") for one in came)


@pytest.fixture
def guidance(site: Site, fetcher: Make, tmp_path: Path) -> Guidance:
    """Two good pages."""
    return Guidance(site, fetcher("guidelines", ""), tmp_path, ("", ""))


def test_another_licence_of_a_site_reaches_its_files(guidance: Guidance) -> None:
    """Pages and PDFs that are there have the facts of the entry of now, without coming again."""
    assert guidance.bodies() == 3
    guidance.name("b", "CC-BY-NC-4.0")
    assert guidance.bodies() == 0
    facts = [line["facts"]["license"] for line in guidance.fetch.lines()[1:]]
    assert facts == ["CC-BY-NC-4.0"] * 3


def test_forms_of_documents_wanted_later(guidance: Guidance) -> None:
    """The PDFs of pages that have not changed come; then they go again."""
    guidance.fetch.keys["documents"] = ["html"]
    assert guidance.bodies() == 2
    guidance.fetch.keys["documents"] = ["html", "pdf"]
    assert guidance.bodies() == 1
    assert len(guidance.fetch.paths()) == 3
    guidance.fetch.keys["documents"] = ["html"]
    assert guidance.bodies() == 0
    assert len(guidance.fetch.paths()) == 2


def test_what_a_page_is_judged_by(site: Site, fetcher: Make, tmp_path: Path) -> None:
    """Pages come again where it changes: the headers that count are not kept."""
    guidance = Guidance(site, fetcher("guidelines", ""), tmp_path, ("", NOINDEX))
    guidance.fetch.keys["obey_noindex"] = False
    assert guidance.bodies() == 3
    guidance.fetch.keys["obey_noindex"] = True
    assert guidance.bodies() == 2
    assert len(guidance.fetch.paths()) == 2
    guidance.fetch.keys["obey_noindex"] = False
    assert guidance.bodies() == 2
    assert len(guidance.fetch.paths()) == 3
