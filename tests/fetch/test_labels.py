"""openFDA's parts by their day, DailyMed's labels by their version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from curation.errors import RecipeError
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_labels import DAILYMED, FILES, LabelsSite, set_id
from tests.fetch.server import Site, body, cut_after


@pytest.fixture
def labels(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[LabelsSite, Fetcher]:
    """Two parts of openFDA's, five labels of DailyMed's on pages of two."""
    layout = LabelsSite(site)
    layout.export("2026-01-03", 3, 2)
    for number in range(5):
        layout.add(number)
    fetch = fetcher("labels", "")
    fetch.keys |= {
        "openfda_url": f"{site.address}/download.json",
        "openfda_files": site.address,
        "dailymed_url": site.address + DAILYMED,
        "page_size": 2,
    }
    return layout, fetch


def asked(fetch: Fetcher) -> list[str]:
    """Fetch, and return which files were asked for, by their names."""
    paths = [urlsplit(path).path for path in fetch.asked()]
    return [path.rsplit("/", 1)[-1] for path in paths if path.endswith((".zip", ".xml"))]


def test_both_services(labels, documents) -> None:
    """All parts and all labels, and nothing again as long as nothing changes."""
    layout, fetch = labels
    assert len(asked(fetch)) == 2 + 5
    assert [p.rsplit("/", 1)[0] for p in fetch.paths()] == ["dailymed/00"] * 5 + ["openfda"] * 2
    stated = {"openfda": "2026-01-03", "dailymed": layout.day}
    assert fetch.lines()[0]["stated"] == stated
    found = documents(fetch)
    assert len(found) == 5 + 5
    assert {d.license for d in found if "fever 1" in d.text} == {"CC0-1.0"}
    assert asked(fetch) == []


def test_what_changed(labels, documents) -> None:
    """All parts of a new day; of DailyMed those of another version, and those that are gone."""
    layout, fetch = labels
    fetch.keys["floor"] = 0.5
    asked(fetch)
    layout.add(3, version=2)
    del layout.labels[set_id(4)]
    assert asked(fetch) == [f"{set_id(3)}.xml"]
    assert {d.version for d in documents(fetch) if d.native_id == set_id(3)} == {2}
    layout.export("2026-01-10", 3, 2, 1)
    assert len(asked(fetch)) == 3
    assert len(documents(fetch)) == 4 + 6


def test_one_service(labels) -> None:
    """The other one is not asked for anything, and its host is none of the source's."""
    layout, fetch = labels
    fetch.keys["services"] = ["openfda"]
    assert all(name.endswith(".zip") for name in asked(fetch))
    assert not [a for a in layout.site.log if "dailymed" in a.path]
    fetch.keys["services"] = []
    with pytest.raises(RecipeError, match="services must be some of openfda, dailymed"):
        fetch()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda label: label.update(total_records=99), "parts with 5 records and counts 99"),
        (lambda label: label["partitions"].pop(), "lists 1 parts of drug/label that do not fit"),
        (lambda label: label["partitions"].reverse(), "do not fit together"),
        (lambda label: label["partitions"][0].pop("records"), "without the number of their"),
        (lambda label: label.clear(), "no list of the parts of drug/label"),
    ],
)
def test_a_list_of_parts_that_is_short(labels, change, said: str) -> None:
    """It is asked for again; where it stays so nothing is fetched."""
    layout, fetch = labels
    change(layout.listed["results"]["drug"]["label"])
    wrong = body(json.dumps(layout.listed).encode(), kind="application/json")
    layout.site.fail("/download.json", wrong)
    assert fetch().error is None
    layout.site.fail("/download.json", *[wrong] * 9)
    assert said in str(fetch().error)


def test_a_part_that_is_cut(labels) -> None:
    """Without its end, or with a byte that is another: asked for again, and had whole."""
    layout, fetch = labels
    path = f"{FILES}drug-label-0001-of-0002.json.zip"
    whole = layout.site.files[path].body
    bad = whole[:60] + bytes([whole[60] ^ 255]) + whole[61:]
    layout.site.fail(path, body(whole[:-30]), body(bad), cut_after(50))
    assert fetch().error is None
    assert fetch.bytes("openfda/drug-label-0001-of-0002.json.zip") == whole


@pytest.mark.parametrize(
    ("pattern", "new", "said"),
    [
        ('<versionNumber value="3"/>', '<versionNumber value="2"/>', "version '2' of a label that"),
        ('<versionNumber value="3"/>', "", "version '' of a label that is listed with version 3"),
        ('<setId root="', '<setId root="f', "not the label that was asked for"),
        ("<component>", "<component><x", ""),
    ],
)
def test_a_label_that_is_another(labels, pattern: str, new: str, said: str) -> None:
    """Stale, of another set id, or no XML: asked for again, then a failure of that label."""
    layout, fetch = labels
    path = layout.add(4, version=3)
    text = layout.site.files[path].body.decode()
    wrong = body(re.sub(pattern, new, text, count=1).encode(), kind="application/xml")
    layout.site.fail(path, wrong)
    assert asked(fetch).count(f"{set_id(4)}.xml") == 2
    layout.add(4, version=4)
    layout.site.fail(path, *[wrong] * 9)
    [(name, line)] = fetch().report.failures
    assert name == f"dailymed/00/{set_id(4)}.xml"
    assert (said.replace("version 3", "version 4")) in line
    assert b'value="3"' in fetch.bytes(name)


def test_a_server_that_calls_another_version_unchanged(labels) -> None:
    """The list names a later version than the copy: it is asked for without a condition."""
    layout, fetch = labels
    asked(fetch)
    etag = layout.site.files[f"{DAILYMED}spls/{set_id(2)}.xml"].etag
    path = layout.add(2, version=2)
    layout.site.files[path].etag = etag
    assert asked(fetch) == [f"{set_id(2)}.xml"]
    assert b'value="2"' in fetch.bytes(f"dailymed/00/{set_id(2)}.xml")


def test_a_later_version_than_listed_is_taken(labels) -> None:
    """It was renewed since; the next list has it, and it is asked for once more."""
    layout, fetch = labels
    layout.add(2, version=7)
    layout.labels[set_id(2)]["spl_version"] = 6
    assert len(asked(fetch)) == 7
    layout.labels[set_id(2)]["spl_version"] = 7
    assert asked(fetch) == [f"{set_id(2)}.xml"]


def test_a_label_that_is_there_no_more(labels) -> None:
    """Listed, but withdrawn since: it is not in the snapshot, and no failure."""
    layout, fetch = labels
    del layout.site.files[f"{DAILYMED}spls/{set_id(1)}.xml"]
    assert len(asked(fetch)) == 7
    assert len(fetch.paths()) == 6


def test_dailymeds_list_that_does_not_fit(labels) -> None:
    """Fewer labels than it counts, or another day on another page: nothing is fetched."""
    layout, fetch = labels
    layout.total = 6
    assert "lists 5 labels and counts 6, 2 times" in str(fetch().error)
    layout.total = 1_000_000_000  # of which nobody waits for the end
    assert "lists 5 labels and counts 1,000,000,000, 2 times" in str(fetch().error)
    assert len(layout.site.asked()) < 30
    layout.total = None
    days = iter("abcdefghi")

    def renew(path: str) -> None:
        layout.day = next(days) if "page=3" in path else layout.day

    layout.site.on_asked = renew
    assert "the list was renewed while it was read, 2 times" in str(fetch().error)
    assert not fetch.snapshot.exists()


def test_a_label_that_is_listed_twice(labels) -> None:
    """In place of another one, as where the list moves between two pages: the count tells."""
    layout, fetch = labels
    layout.labels["again"] = layout.labels[set_id(0)]
    layout.labels.pop(set_id(4))
    assert "lists 4 labels and counts 5" in str(fetch().error)
    layout.total = 4  # the count is that of different ones: all is well
    layout.labels = dict(sorted(layout.labels.items()))
    fetch.keys["page_size"] = 5
    assert fetch().error is None
    assert len([path for path in fetch.paths() if "dailymed" in path]) == 4


def test_real_labels(labels, documents, real_data) -> None:
    """Recorded SPL come as they are; what is no label gives no text."""
    layout, fetch = labels
    fetch.keys["services"] = ["dailymed"]
    layout.labels.clear()
    for file in (real_data / "formats/dailymed-spl").glob("*.xml"):
        data = file.read_bytes()
        name = re.search(rb'<setId root="([^"]+)"', data)
        version = re.search(rb'<versionNumber value="(\d+)"', data)
        assert name
        assert version
        layout.add(0, int(version[1]), data, name[1].decode())
    assert len(asked(fetch)) == 5
    found = documents(fetch)
    assert len([d for d in found if d.text]) == 4
