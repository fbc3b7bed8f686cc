"""PubMed Central by its inventory: what changed, what was withdrawn, which version, which licence."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import time
from pathlib import Path

import pytest

from sources import registry
from sources.base import Document, Failure
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_pmc import PmcSite
from tests.fetch.server import Site, body, moved, status

CC_BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture
def pmc(site: Site, fetcher) -> tuple[PmcSite, Fetcher]:
    """A bucket of three articles, and who fetches it."""
    layout = PmcSite(site)
    layout.add(11370360, licence_url=CC_BY)
    layout.add(137, license_code="CC BY-NC-ND")
    layout.add(3040717, license_code="TDM", is_manuscript=True, is_pmc_openaccess=False)
    layout.list("2026-01-18T01-00Z")
    return layout, fetcher("pmc", "/")


def text(article: int, version: int = 1) -> str:
    """The path of a full text."""
    return f"articles/PMC{article // 10_000:04d}/PMC{article}.{version}.xml"


def metadata(article: int, version: int = 1) -> str:
    """The path of the metadata of a version."""
    return f"metadata/PMC{article // 10_000:04d}/PMC{article}.{version}.json"


def requests_of(layout: PmcSite, fetch: Fetcher) -> list[str]:
    """Fetch, and return which articles and metadata were asked for."""
    before = len(layout.site.log)
    outcome = fetch()
    assert outcome.error is None, outcome.error
    asked = [entry.path for entry in layout.site.log[before:]]
    return sorted(p for p in asked if p.startswith(("/PMC", "/metadata")))


def documents(fetch: Fetcher) -> dict[str, Document]:
    """Read what the snapshot pins, as a build does."""
    source = registry.get("pmc")()
    listing = source.locate([f"fetched/{fetch.use}.snapshot"], fetch.folder)
    assert not listing.problems
    found = {}
    for item in listing.inputs:
        for resource, stream in source.resources(item):
            assert not isinstance(stream, Failure)
            for document in source.parse(resource, stream):
                assert isinstance(document, Document)
                found[document.native_id] = document
    return found


def test_texts_and_metadata_are_pinned(pmc) -> None:
    """Both with the checksums that the bucket states; the text knows what the metadata say."""
    layout, fetch = pmc
    assert fetch().error is None
    articles = (11370360, 137, 3040717)
    assert fetch.paths() == sorted([text(a) for a in articles] + [metadata(a) for a in articles])
    facts = {line["path"]: line.get("facts") for line in fetch.lines()[1:]}
    assert facts[text(3040717)] == {"license": "TDM", "manuscript": "yes", "open_access": "no"}
    assert facts[text(137)] == {"license": "CC BY-NC-ND"}
    assert fetch.lines()[0]["stated"] == {"inventory": "2026-01-18T01-00Z"}
    assert fetch.bytes(text(137)) == layout.site.files["/PMC137.1/PMC137.1.xml"].body


def test_the_parser_reads_texts_with_their_facts(pmc) -> None:
    """The licence code where the XML states none, or less than the code; the retraction."""
    layout, fetch = pmc
    layout.add(500, licence_url=CC_BY, license_code="CC BY-NC", is_retracted=True)
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    found = documents(fetch)
    assert (
        found["PMC11370360"].license == "CC-BY-4.0"
    )  # as the XML says it: the same, with a version
    assert found["PMC137"].license == "LicenseRef-CC-BY-NC-ND"
    assert found["PMC137"].license_evidence == "license_code: CC BY-NC-ND"
    assert found["PMC3040717"].license == "LicenseRef-PMC-TDM"
    assert (found["PMC500"].license, found["PMC500"].status) == ("LicenseRef-CC-BY-NC", "retracted")
    assert found["PMC137"].status == "current"


def test_what_is_not_open_access_is_for_mining(pmc) -> None:
    """Whatever else is said of its licence; where nobody says so, that decides nothing."""
    layout, fetch = pmc
    layout.add(501, licence_url=CC_BY, is_pmc_openaccess=False)
    layout.add(502, license_code=None, is_pmc_openaccess=False)
    layout.add(503, licence_url=CC_BY, is_pmc_openaccess=None)
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    found = documents(fetch)
    for name in ("PMC501", "PMC502"):
        assert found[name].license == "LicenseRef-PMC-TDM"
        assert found[name].license_evidence == "is_pmc_openaccess: false"
    assert found["PMC503"].license == "CC-BY-4.0"


def test_a_retraction_alone_is_extracted_again(pmc, tmp_path: Path) -> None:
    """The bytes are the same, what is said of them is not: the cached slice does not serve."""
    from curation.plan import plan_source
    from curation.recipe import load
    from curation.task import Parameters
    from filters.pii import Masking

    def keys() -> set[str]:
        loaded = load(fetch.recipe)
        parameters = Parameters("pmc", "pmc", "article", "", {}, Masking("off"), "", {"a": "1"})
        plan = plan_source(loaded, loaded.sources[0], parameters, tmp_path / "corpus")
        assert len(plan.inputs) == 3
        return {task.folder for task in plan.todo}

    layout, fetch = pmc
    assert fetch().error is None
    first = keys()
    assert keys() == first
    layout.add(137, license_code="CC BY-NC-ND", is_retracted=True)
    layout.list("2026-01-19T01-00Z")
    assert requests_of(layout, fetch) == ["/metadata/PMC137.1.json"]
    assert keys().isdisjoint(first)


def test_the_next_day_costs_what_changed(pmc) -> None:
    """By entity tags: new, changed in text, changed in metadata alone, withdrawn."""
    layout, fetch = pmc
    layout.add(200)
    layout.add(300)
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    old = fetch.bytes(text(200))
    layout.add(400)  # new
    layout.add(200, dose=50)  # another text
    layout.add(300, is_retracted=True)  # the same text
    layout.withdraw("PMC137.1")
    layout.list("2026-01-19T01-00Z")
    assert requests_of(layout, fetch) == [
        "/PMC200.1/PMC200.1.xml",
        "/PMC400.1/PMC400.1.xml",
        "/metadata/PMC200.1.json",
        "/metadata/PMC300.1.json",
        "/metadata/PMC400.1.json",
    ]
    gone = {line["gone"]: line["reason"] for line in fetch.lines()[1:] if "gone" in line}
    assert gone == {text(137): "not_listed", metadata(137): "not_listed"}
    assert fetch.bytes(text(200)) != old
    assert documents(fetch).keys() == {f"PMC{n}" for n in (200, 300, 400, 11370360, 3040717)}
    assert documents(fetch)["PMC300"].status == "retracted"
    assert requests_of(layout, fetch) == []


def test_the_highest_version_that_is_no_manuscript(pmc) -> None:
    """The published text wins over a later manuscript; a withdrawn one gives way to what is left."""
    layout, fetch = pmc
    layout.add(700, 1, is_manuscript=True)
    layout.add(700, 2)
    layout.add(700, 3)
    layout.add(700, 4, is_manuscript=True)
    fetch.keys["floor"] = 0.5
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    assert [p for p in fetch.paths() if "/PMC700." in p and p.endswith("xml")] == [text(700, 3)]
    layout.withdraw("PMC700.3")
    layout.list("2026-01-19T01-00Z")
    assert requests_of(layout, fetch) == ["/PMC700.2/PMC700.2.xml"]
    layout.withdraw("PMC700.2")
    layout.list("2026-01-20T01-00Z")
    assert requests_of(layout, fetch) == ["/PMC700.4/PMC700.4.xml"]
    gone = [line for line in fetch.lines()[1:] if line.get("gone") == text(700, 2)]
    assert gone[0]["reason"] == "not_named"


def test_only_some_licences(pmc) -> None:
    """Metadata are needed to know them; texts of others are not fetched, and no manuscripts."""
    layout, fetch = pmc
    fetch.keys |= {"licences": ["cc by", "CC0"], "manuscripts": False}
    layout.add(800, license_code="CC0", is_manuscript=True)
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    assert [path for path in fetch.paths() if path.endswith(".xml")] == [text(11370360)]


def test_an_article_without_a_text_is_none(pmc) -> None:
    """Scanned ones have no XML; null and absent are the same."""
    layout, fetch = pmc
    layout.add(900, xml_url=None)
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    assert text(900) not in fetch.paths()


def test_an_inventory_that_is_being_written(pmc) -> None:
    """Without its manifest the day before serves."""
    layout, fetch = pmc
    layout.list("2026-01-19T01-00Z", manifest=False)
    assert fetch().error is None
    assert fetch.lines()[0]["stated"] == {"inventory": "2026-01-18T01-00Z"}


def test_what_was_withdrawn_since_the_inventory(pmc) -> None:
    """Its metadata are not there any more: a removal, and no failure."""
    layout, fetch = pmc
    assert fetch().error is None
    layout.add(137, dose=9)
    layout.list("2026-01-19T01-00Z")
    layout.withdraw("PMC137.1")
    fetch.without_fault()
    gone = {line["gone"]: line["reason"] for line in fetch.lines()[1:] if "gone" in line}
    assert gone == {metadata(137): "not_found", text(137): "not_named"}


def test_one_that_fails_stays_as_it_was(pmc) -> None:
    """The others are published; its old text stays pinned, the failure is a line, exit code 1."""
    layout, fetch = pmc
    assert fetch().error is None
    old = fetch.bytes(text(137))
    layout.add(137, dose=9)
    layout.add(400)
    layout.list("2026-01-19T01-00Z")
    layout.site.fail("/PMC137.1/PMC137.1.xml", *[status(503)] * 20)
    outcome = fetch()
    assert outcome.error is None
    [(path, line)] = outcome.report.failures
    assert path == text(137)
    assert "HTTP 503; given up after 4 attempts" in line
    assert fetch.bytes(text(137)) == old
    assert text(400) in fetch.paths()
    [failed] = [line for line in fetch.lines()[1:] if "failed" in line]
    assert failed["rule"] == "http_error"
    layout.site.faults.clear()
    assert "/PMC137.1/PMC137.1.xml" in requests_of(layout, fetch)
    assert fetch.bytes(text(137)) != old


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"pmcid": "PMC999", "version": 1}, "not the metadata of PMC137.1"),
        ({"pmcid": "PMC137", "version": 2}, "not the metadata of PMC137.1"),
        ([], "not the metadata of PMC137.1"),
        (b'{"pmcid": "PMC137", "x": {} "y": {}', "not the metadata of PMC137.1"),
        ({"pmcid": "PMC137", "version": 1, "xml_url": "s3://pmc-oa-opendata/PMC1.1/PMC1.1.xml"},
         "outside its own folder"),
        ({"pmcid": "PMC137", "version": 1, "xml_url": "s3://other/PMC137.1/PMC137.1.xml"},
         "outside its own folder"),
        ({"pmcid": "PMC137", "version": 1, "xml_url": "http://evil.net/PMC137.1/x.xml"},
         "outside its own folder"),
        ({"pmcid": "PMC137", "version": 1,
          "xml_url": "s3://pmc-oa-opendata/PMC137.1/../../x.xml"}, "outside its own folder"),
    ],
)  # fmt: skip
def test_metadata_that_lie(pmc, content: object, said: str) -> None:
    """Of another article, or with addresses that lead elsewhere: one failed line, nothing pinned.

    What was good before stays, whether the tag fits the bad bytes or is no checksum; the next fetch
    asks again.
    """
    layout, fetch = pmc
    good = layout.site.files["/metadata/PMC137.1.json"].body
    bad = content if isinstance(content, bytes) else json.dumps(content).encode()
    for day in (18, 19, 20):
        layout.describe("PMC137.1", bad)
        if day != 19:
            layout.etags["metadata/PMC137.1.json"] = f"0123456789abcdef0123456789abcd{day}-2"
        layout.list(f"2026-01-{day}T01-00Z")
        outcome = fetch()
        assert outcome.error is None
        [(path, line)] = outcome.report.failures
        assert path == metadata(137)
        assert said in line
        pinned = {metadata(137), text(137)} if day > 18 else set()
        assert pinned == {metadata(137), text(137)} & set(fetch.paths())
        assert day == 18 or fetch.bytes(metadata(137)) == good
        layout.describe("PMC137.1", good)
        layout.etags["metadata/PMC137.1.json"] = f"0123456789abcdef0123456789abcd{day}-2"
        layout.list(f"2026-01-{day}T01-00Z")
        fetch.without_fault()  # but for day 19, by the same tag
        assert fetch.bytes(metadata(137)) == good
        assert text(137) in fetch.paths()


FAULTS = {
    "wrong checksum of a text": ("/PMC137.1/PMC137.1.xml", body(b"<article></article>")),
    "cut text": ("/PMC137.1/PMC137.1.xml", body(b"<article><front/>")),
    "error page as a text": ("/PMC137.1/PMC137.1.xml", body(b"<!doctype html><html></html>")),
    "wrong checksum of metadata": ("/metadata/PMC137.1.json", body(b"{}")),
    "slow down": ("/metadata/PMC137.1.json", status(503, Retry_After="1")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_single_objects(pmc, fault: str) -> None:
    """A passing one leaves no trace; a lasting one is one failed line, and nothing is pinned."""
    layout, fetch = pmc
    path, answer = FAULTS[fault]
    layout.site.fail(path, answer)
    outcome = fetch()
    assert (outcome.error, outcome.report.failures) == (None, [])
    assert len(fetch.paths()) == 6
    layout.add(137, dose=7)
    layout.list("2026-01-19T01-00Z")
    before = fetch.bytes(text(137))
    layout.site.fail(path, *[answer] * 20)
    outcome = fetch()
    assert len(outcome.report.failures) == 1
    assert fetch.bytes(text(137)) == before


LISTINGS = {
    "no bucket": (body(b"<html></html>"), "an HTML page in place of xml"),
    "another answer": (body(b"<Error><Code>AccessDenied</Code></Error>"), "no listing of a bucket"),
    "refused": (status(403), "HTTP 403"),
    "elsewhere": (moved("https://example.org/"), "host not allowed"),
}


@pytest.mark.parametrize("fault", LISTINGS)
def test_faults_of_the_listing(pmc, fault: str) -> None:
    """One line, and the snapshot of before stays."""
    layout, fetch = pmc
    assert fetch().error is None
    before = fetch.snapshot.read_bytes()
    answer, said = LISTINGS[fault]
    first = next(path for path in layout.site.files if path.startswith("/?"))
    layout.site.fail(first, *[answer] * 9)
    outcome = fetch()
    assert said in str(outcome.error)
    assert fetch.snapshot.read_bytes() == before


def test_a_listing_that_goes_in_circles(pmc) -> None:
    """A page that names itself as the next one: it ends."""
    layout, fetch = pmc
    first = next(path for path in layout.site.files if path.startswith("/?"))
    page = layout.site.files[first].body
    assert page.count(b"<IsTruncated>true</IsTruncated><NextContinuationToken>t2<") == 1
    second = next(path for path in layout.site.files if path.endswith("continuation-token=t2"))
    layout.site.fail(second, *[body(page)] * 9)
    assert "/: the list goes in circles" in str(fetch().error)
    assert len(layout.site.asked(second)) == 1


def test_a_cut_inventory_is_refused(pmc) -> None:
    """By its checksum; and where a whole one lists half of the articles, that is exit code 3."""
    layout, fetch = pmc
    for article in range(1, 20):
        layout.add(article)
    layout.list("2026-01-18T01-00Z")
    assert fetch().error is None
    layout.list("2026-01-19T01-00Z")
    path = f"/{layout.inventory}data/2026-01-19T01-00Z-0.csv.gz"
    served = layout.site.files[path].body
    layout.site.fail(path, *[body(served[:-9])] * 9)
    assert "end before their end marker" in str(fetch().error)
    for article in range(1, 12):
        layout.withdraw(f"PMC{article}.1")
    layout.list("2026-01-20T01-00Z")
    outcome = fetch()
    assert outcome.error.exit_code == 3
    assert "lists 11 files, 22 the last time" in str(outcome.error)


@pytest.mark.parametrize("other", [False, True])
def test_an_inventory_that_lists_twice(pmc, other: bool) -> None:
    """The same is one file; the same with another tag is two states of it, and ends the fetch."""
    layout, fetch = pmc
    day = "2026-01-18T01-00Z"
    rows = [
        gzip.decompress(layout.site.files[f"/{layout.inventory}data/{day}-{number}.csv.gz"].body)
        for number in range(2)
    ]
    again = re.sub(rb'"[0-9a-f]{32}"', b'"%s"' % (b"0" * 32), rows[0]) if other else rows[0]
    layout.write(day, [gzip.compress(part, mtime=0) for part in (*rows, again)])
    if other:
        assert "the listing names it twice, in two states" in str(fetch().error)
        return
    asked = requests_of(layout, fetch)
    assert len(asked) == len(set(asked)) == len(fetch.paths()) == 6


def test_tens_of_requests_at_a_time(pmc) -> None:
    """As many connections as allowed, and not one more."""
    layout, fetch = pmc
    for article in range(1, 120):
        layout.add(article)
    layout.list("2026-01-18T01-00Z")
    fetch.keys |= {"connections": 24, "requests_per_s": 100_000}
    layout.site.on_asked = lambda path: time.sleep(0.01)
    assert fetch().error is None
    assert 4 <= layout.site.most_active <= 24
    assert len(fetch.paths()) == 2 * 122


def test_recorded_answers(site: Site, fetcher, real_data: Path) -> None:
    """The metadata and the article that were recorded from the bucket go through unchanged."""
    folder = real_data / "formats/pmc-cloud"
    layout = PmcSite(site)
    for file in sorted(folder.glob("PMC*.json")):
        layout.describe(file.stem, file.read_bytes())
    article = (folder / "PMC3040717.1.xml").read_bytes()
    site.put("/PMC3040717.1/PMC3040717.1.xml", article)
    layout.list("2026-08-05T01-00Z")
    fetch = fetcher("pmc", "/")
    fetch.keys["licences"] = ["TDM"]
    assert fetch().error is None
    stated = json.loads((folder / "PMC3040717.1.json").read_bytes())["xml_url"]
    assert stated.endswith(hashlib.md5(article).hexdigest())
    assert fetch.bytes(text(3040717)) == article
    found = documents(fetch)["PMC3040717"]
    assert found.license == "LicenseRef-PMC-TDM"
    assert "BRCA1" in found.title
