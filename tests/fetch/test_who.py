"""IRIS by OAI-PMH: months, tokens that expire, short lists, deleted records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from curation.errors import RecipeError
from sources import registry
from sources.base import Document, Failure, Item, Tombstone
from tests.fetch import layout_who
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_who import BASE, WhoSite, first_page, next_page
from tests.fetch.server import Handler, Served, Site, body

OCTOBER = ("2025-10-05", "2025-10-31")


@pytest.fixture
def iris(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[WhoSite, Fetcher]:
    """Ten records of three months in pages of three, seen on 1 January 2026, and who fetches."""
    layout = WhoSite(site)
    layout.fill()
    return layout, fetcher("who", BASE)


def page(month: str, number: int, name: str = "") -> str:
    """The path of a page in the snapshot."""
    return f"records/{name}{month}/{number:06d}.xml"


def items(fetch: Fetcher) -> list[Item]:
    """Read what the snapshot pins, tombstones included."""
    source = registry.get("who")()
    found: list[Item] = []
    for item in source.locate(["fetched/who.snapshot"], fetch.folder).inputs:
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure)
            found += source.parse(resource, stream)
    assert not [one for one in found if isinstance(one, Failure)]
    return found


def lists(fetch: Fetcher) -> list[str]:
    """Fetch, and return which pages of records were asked for."""
    return [path for path in fetch.asked() if "ListRecords" in path]


def test_a_list_for_each_month(iris) -> None:
    """All pages of all months; an empty month is a page as well, deleted records are tombstones."""
    _, fetch = iris
    assert len(lists(fetch)) == 3 + 1 + 1 + 1
    assert fetch.paths() == [
        *(page("2025-10", n) for n in (1, 2, 3)),
        page("2025-11", 1),
        page("2025-12", 1),
        page("2026-01", 1),
    ]
    found = items(fetch)
    assert {d.native_id for d in found if isinstance(d, Document)} == {
        f"10665/{n}" for n in (*range(100, 107), 300, 301)
    }
    assert [t.native_id for t in found if isinstance(t, Tombstone)] == ["10665/200"]
    stated = fetch.lines()[0]["stated"]
    assert stated == {"earliest": "2025-10-05T12:00:00Z", "deleted": "persistent", "records": "10"}


def test_months_that_are_over_are_asked_once(iris) -> None:
    """What changed is in the present month; a month ends some days after its last day."""
    layout, fetch = iris
    lists(fetch)
    layout.add(
        layout_who.Item(101, "2026-01-01", title="Revised"),
        layout_who.Item(102, "2026-01-01", deleted=True),
    )
    # December ended yesterday: repositories take some days to index.
    assert [path.split("from=")[1][:7] for path in lists(fetch) if "from" in path] == [
        "2025-12",
        "2026-01",
    ]
    newest = {}
    for item in sorted(
        (i for i in items(fetch) if not isinstance(i, Failure)), key=lambda i: i.revision
    ):
        newest[item.native_id] = item
    assert isinstance(newest["10665/102"], Tombstone)
    assert newest["10665/101"].title == "Revised"
    fetch.keys["refresh"] = True
    assert len([path for path in lists(fetch) if "from" in path]) == 4


def test_a_repository_that_forgets_deleted_records(iris) -> None:
    """Then every month is asked for each time."""
    layout, fetch = iris
    layout.deleted = "no"
    first = len(lists(fetch))
    assert len(lists(fetch)) == first
    del layout.items[100]
    fetch.keys["floor"] = 0.5
    lists(fetch)
    assert "10665/100" not in {d.native_id for d in items(fetch) if isinstance(d, Document)}


def test_a_dry_run_reckons_with_pages(iris) -> None:
    """Of 100 records each: a request a month, one behind it, and those of further pages."""
    layout, fetch = iris
    layout.size = 200
    layout.add(*(layout_who.Item(n, "2025-10-20") for n in range(1000, 1990)))
    plan = fetch(dry_run=True).plan
    assert (plan.listed, plan.due.objects, plan.seconds) == (4, 4, 4 + 4 + 10)


def test_sets_and_days(iris) -> None:
    """Each set has lists of its own, and the days of the recipe bound them."""
    _, fetch = iris
    fetch.keys |= {"sets": ["com_10665_8", "com_10665_9"], "from": "2025-11-10"}
    paths = lists(fetch)
    assert all("set=com_10665_" in path for path in paths)
    assert fetch.paths() == [
        *(page(month, 1, "com_10665_8/") for month in ("2025-11", "2025-12", "2026-01")),
        *(page(month, 1, "com_10665_9/") for month in ("2025-11", "2025-12", "2026-01")),
    ]
    fetch.keys["until"] = "yesterday"
    with pytest.raises(RecipeError, match="until must be a day such as 2026-01-31"):
        fetch()
    for key, value, said in (
        ("until", "2025-11-09", "until must not be before from: 2025-11-09 and 2025-11-10"),
        ("prefix", "marcxml", "prefix must be oai_dc or xoai"),
    ):
        fetch.keys |= {"until": "", "prefix": "oai_dc", key: value}
        with pytest.raises(RecipeError, match=said):
            fetch()
    fetch.keys["prefix"] = "oai_dc"
    fetch.keys |= {"from": "2025-12-02", "until": "2025-12-24", "floor": 0}
    assert "no records from 2025-12-02 until 2025-12-24" in str(fetch().error)


def test_an_expired_token_begins_the_list_again(iris) -> None:
    """Once is borne; a list whose tokens always expire is one line, and the others are there."""
    layout, fetch = iris
    token = "/".join(("oai_dc", *OCTOBER, "", "6"))
    layout.expire = [token]
    paths = lists(fetch)
    assert paths.count(first_page(*OCTOBER)) == 2
    assert paths.count(next_page(*OCTOBER, 6)) == 2
    assert len([i for i in items(fetch) if isinstance(i, Document)]) == 9
    layout.expire = [token] * 9
    fetch.keys["refresh"] = True
    outcome = fetch()
    [(path, line)] = outcome.report.failures
    assert path == page("2025-10", 1)
    assert "page 3 of the list of 2025-10 has expired; given up after 4 attempts" in line
    assert len(layout.expire) == 5


@pytest.mark.parametrize("sizes", [True, False])
def test_a_page_that_lacks_records(iris, sizes: bool) -> None:
    """Told by the size that the list is to have, where the repository states one."""
    layout, fetch = iris
    layout.drop, layout.sizes = {104}, sizes
    outcome = fetch()
    if not sizes:
        assert outcome.report.failures == []
        return
    [(_, line)] = outcome.report.failures
    assert "the list of 2025-10: has 6 records, and 7 were to be there; given up after 4" in line
    layout.drop = set()
    lists(fetch)
    assert len([i for i in items(fetch) if isinstance(i, Document)]) == 9


def test_a_page_in_place_of_another(iris) -> None:
    """Records that come twice do not make up for those that are missing."""
    layout, fetch = iris
    first = layout.answer(first_page(*OCTOBER))
    third = layout.answer(next_page(*OCTOBER, 3))
    cut = third.body[third.body.index(b"<resumptionToken") :]
    swapped = first.body[: first.body.index(b"<resumptionToken")] + cut

    layout.site.fail(next_page(*OCTOBER, 3), body(swapped, kind="application/xml"))
    paths = lists(fetch)
    assert paths.count(next_page(*OCTOBER, 3)) == 2
    assert len({i.native_id for i in items(fetch) if isinstance(i, Document)}) == 9


def test_pages_that_go_in_circles(iris) -> None:
    """A token that was there before begins the list again, and does not go on for ever."""
    layout, fetch = iris

    def circle(handler: Handler, served: Served) -> int:
        token = "/".join(("oai_dc", *OCTOBER, "", "3")).encode()
        content = served.body.replace(b"//6<", b"//3<")
        assert token in content
        return handler.reply(200, content, {"Content-Type": "application/xml"})

    layout.site.fail(next_page(*OCTOBER, 3), circle)
    assert len(lists(fetch)) == 2 + 3 + 3
    layout.site.fail(next_page(*OCTOBER, 3), *[circle] * 99)
    fetch.keys["refresh"] = True
    outcome = fetch()
    assert "go in circles; given up after 4 attempts" in outcome.report.failures[0][1]


def test_errors_with_status_200(iris) -> None:
    """The code is named, the repository's own words are not; what is no XML is asked for again."""
    layout, fetch = iris
    fetch.keys["prefix"] = "xoai"
    assert "the repository answers cannotDisseminateFormat" in str(fetch().error)
    fetch.keys["prefix"] = "oai_dc"
    layout.site.fail(BASE, body(b"<OAI-PMH><error code='<&'/></OAI-PMH>", kind="application/xml"))
    assert fetch().error is None


def test_a_killed_fetch_goes_on_at_its_page(iris) -> None:
    """Pages that came are not asked for again."""
    layout, fetch = iris
    fetch.keys["attempts"] = 1
    layout.site.fail(next_page(*OCTOBER, 6), body(b""))
    assert len(fetch().report.failures) == 1
    assert lists(fetch) == [next_page(*OCTOBER, 6)]


def test_an_unchanged_month_keeps_its_bytes(iris) -> None:
    """Of a month that is over nothing changes; the present month is asked for each time."""
    _, fetch = iris
    lists(fetch)
    before = {path: fetch.bytes(path) for path in fetch.paths()}
    lists(fetch)
    changed = {path for path in fetch.paths() if fetch.bytes(path) != before[path]}
    assert changed == {page("2025-12", 1), page("2026-01", 1)}


@pytest.mark.parametrize(
    "name", ["sample_arxiv_response_listrecords_cs", "ListRecords", "ListRecords2"]
)
def test_recorded_pages_of_other_repositories(iris, real_data: Path, name: str) -> None:
    """They are taken as pages, and the records in them are read."""
    layout, fetch = iris
    recorded = (real_data / f"formats/oai-pmh/{name}.xml").read_bytes()
    start = recorded.find(b"<resumptionToken")
    if start > 0:  # the pages behind it are not there
        end = recorded.index(b"</resumptionToken>") + len(b"</resumptionToken>")
        recorded = recorded[:start] + recorded[end:]
    layout.site.fail(first_page("2026-01-01", "2026-01-01"), body(recorded, kind="application/xml"))
    lists(fetch)
    assert fetch.bytes(page("2026-01", 1)) == recorded


def test_the_made_up_page(iris, real_data: Path) -> None:
    """A page whose list is to have more records than come is begun again, and then given up."""
    layout, fetch = iris
    made = (real_data / "formats/oai-pmh/who-iris-ListRecords-EXAMPLE-MADE.xml").read_bytes()
    layout.site.fail(first_page("2025-11-01", "2025-11-30"), *[body(made)] * 9)
    outcome = fetch()
    assert [path for path, _ in outcome.report.failures] == [page("2025-11", 2)]


# PDFs


def test_pdfs_with_the_licence_of_their_record(iris, real_data: Path) -> None:
    """Those on the repository's host; once, as long as their record stays as it is."""
    layout, fetch = iris
    pdf = next(iter(sorted((real_data / "pdf").rglob("*.pdf")))).read_bytes()
    path = layout.add_pdf(101, "9789240000001-eng.pdf", pdf)
    layout.add_pdf(102, "x.pdf", pdf, host="https://elsewhere.example")
    odd = layout.add_pdf(300, "a%3Fb.PDF", pdf)
    fetch.keys["pdfs"] = True
    lists(fetch)
    found = {line["path"]: line for line in fetch.lines()[1:] if line["path"].startswith("pdfs/")}
    assert "pdfs/10665/101/9789240000001-eng.pdf" in found
    assert len(found) == 2
    assert found["pdfs/10665/101/9789240000001-eng.pdf"]["facts"] == {
        "license": "CC-BY-NC-SA-3.0-IGO",
        "license_evidence": "dc.rights: CC BY-NC-SA 3.0 IGO",
        "page": "https://iris.who.int/handle/10665/101",
        "url": layout.site.address + path,
    }
    lists(fetch)
    assert layout.site.bodies(path) == layout.site.bodies(odd) == 1
    layout.site.put(path, pdf + b"\n", "application/pdf")
    layout.add(layout_who.Item(101, "2026-01-01", title="Revised"))
    lists(fetch)
    assert layout.site.bodies(path) == 1


def test_pdfs_of_one_name(iris) -> None:
    """Of one record, from two places of the repository: both are had, and once."""
    layout, fetch = iris
    files = {
        layout.add_pdf(101, name, b"%%PDF-1.7\n%d\n%%%%EOF\n" % bundle, bundle=bundle): bundle
        for bundle, name in ((1, "eng.pdf"), (2, "Eng.pdf"), (3, "fra.pdf"))
    }
    fetch.keys["pdfs"] = True
    lists(fetch)
    pinned = [line for line in fetch.lines()[1:] if line["path"].startswith("pdfs/10665/101/")]
    assert {line["url"] for line in pinned} == {layout.site.address + path for path in files}
    assert len({line["path"].casefold() for line in pinned}) == 3
    assert "pdfs/10665/101/fra.pdf" in {line["path"] for line in pinned}
    for line in pinned:
        number = files[line["url"].removeprefix(layout.site.address)]
        assert fetch.bytes(line["path"]).splitlines()[1] == b"%d" % number
    lists(fetch)
    assert [layout.site.bodies(path) for path in files] == [1, 1, 1]


@pytest.mark.parametrize("content", [b"<html>log in</html>", b"%PDF-1.7\n1 0 obj"])
def test_what_is_no_whole_pdf(iris, content: bytes) -> None:
    """It is one line, and neither the other PDFs nor the pages wait for it."""
    layout, fetch = iris
    path = layout.add_pdf(100, "bad.pdf", content)
    layout.add_pdf(106, "good.pdf", b"%PDF-1.7\n%%EOF\n")
    fetch.keys["pdfs"] = True
    outcome = fetch()
    [(failed, line)] = outcome.report.failures
    assert failed == "pdfs/10665/100/bad.pdf"
    assert "no PDF" in line or "a PDF without its end" in line
    assert "pdfs/10665/106/good.pdf" in fetch.paths()
    layout.site.put(path, b"%PDF-1.7\n%%EOF\n", "application/pdf")
    before = len(layout.site.asked())
    assert fetch().report.failures == []
    assert [a.path for a in layout.site.asked()[before:] if "verb" not in a.path] == [path]
