"""The hub: a pinned commit, pages of files, checksums, a share, the storage's own host."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from curation.errors import RecipeError
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_hub import DATASET, REVISION, HubSite, table
from tests.fetch.server import Site, body, moved, serving

TREE = f"/api/datasets/{DATASET}/tree/{REVISION}"


@pytest.fixture
def hub(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[HubSite, Fetcher]:
    """Ten Parquet files, one without large-file storage, and others; pages of two."""
    layout = HubSite(site)
    for number in range(9):
        layout.add(f"data/CC-{number % 2}/train-{number:05d} a.parquet", table(10 * number))
    layout.add("train-small.parquet", table(200, ids=False), large=False)
    layout.add("README.md", b"# Invented\n", large=False)
    fetch = fetcher("hub", "/")
    fetch.keys |= {"dataset": DATASET, "revision": REVISION, "storage": [], "page_entries": 3}
    return layout, fetch


def test_all_files_of_a_commit(hub, documents) -> None:
    """Over all pages of the list; rows without an id have that of their file; once."""
    layout, fetch = hub
    assert fetch().error is None
    assert len(fetch.paths()) == 10
    assert "README.md" not in fetch.paths()
    stated = {"dataset": DATASET, "revision": REVISION, "licence": "odc-by"}
    assert fetch.lines()[0]["stated"] == stated
    found = {d.native_id: d for d in documents(fetch)}
    assert len(found) == 30
    assert found["train-small.parquet-1"].text == "Page 200 is about the making of 6 cakes."
    before = len(layout.site.log)
    assert fetch().error is None
    assert not [a for a in layout.site.log[before:] if "/resolve/" in a.path]


def test_a_share_of_files(hub) -> None:
    """The same files each time, and a larger share has those of the smaller one."""
    _, fetch = hub
    fetch.keys |= {"share": 0.25, "floor": 0}
    assert fetch().error is None
    few = set(fetch.paths())
    assert len(few) == 3
    fetch.keys["share"] = 0.5
    assert fetch().error is None
    assert few < set(fetch.paths())
    fetch.keys |= {"share": 0.001, "files": ["data/CC-1/*"]}
    assert fetch().error is None
    assert len(fetch.paths()) == 1


def test_the_checksum_is_that_of_the_storage(hub) -> None:
    """Other bytes of the same size are refused; so is another size, where that is all there is."""
    layout, fetch = hub
    path = layout.add("data/other.parquet", table(500))
    whole = layout.site.files[path].body
    layout.site.fail(path, *[body(whole[:50] + b"x" + whole[51:])] * 9)
    small = f"/datasets/{DATASET}/resolve/{REVISION}/train-small.parquet"
    layout.site.fail(small, *[body(table(200, rows=1, ids=False))] * 9)
    lines = dict(fetch().report.failures)
    assert "its sha256 is not the one that the source states" in lines["data/other.parquet"]
    assert "bytes instead of" in lines["train-small.parquet"]


def test_files_are_redirected_to_the_storage(hub) -> None:
    """To a host that is one of it; any other one is refused."""
    layout, fetch = hub
    path = layout.add("data/large.parquet", table(900))
    other = Site(layout.site.clock)
    with serving(other):
        other.put("/xet?signed=1", layout.site.files[path].body)
        layout.site.fail(path, *[moved(f"{other.address}/xet?signed=1")] * 9)
        [(_, line)] = fetch().report.failures
        assert "host not allowed" in line
        fetch.keys["storage"] = [other.address]
        assert fetch().report.failures == []
    assert "data/large.parquet" in fetch.paths()


def test_a_list_that_is_short(hub) -> None:
    """A full page that names none behind it, a circle, and another commit than the one wanted."""
    layout, fetch = hub
    fetch.keys["page_entries"] = 2
    layout.site.fail(TREE, lambda h, s: h.reply(200, s.body, {}))
    assert "a full page of 2 files that names none behind it" in str(fetch().error)
    again = {"Link": f'<{TREE}?recursive=true&expand=false>; rel="next"'}
    layout.site.fail(TREE, lambda h, s: h.reply(200, s.body, again))
    assert "the list goes in circles" in str(fetch().error)
    layout.sha = "f" * 40
    assert "describes another commit" in str(fetch().error)
    assert not fetch.snapshot.exists()


def test_a_file_that_is_listed_twice(hub) -> None:
    """It is one file."""
    layout, fetch = hub
    layout.entries += layout.entries[:3]
    assert fetch().error is None
    assert len(fetch.paths()) == 10


def test_no_file_fits(hub) -> None:
    """One line with the patterns."""
    _, fetch = hub
    fetch.keys["files"] = ["*.jsonl"]
    assert "no file of the commit fits *.jsonl" in str(fetch().error)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"dataset": "", "revision": ""}, "dataset must say what to fetch"),
        ({"revision": "main"}, "revision must be the 40 hexadecimal digits of a commit"),
        ({"revision": ""}, "revision must be the 40 hexadecimal digits of a commit"),
        ({"dataset": "../web"}, "dataset must be a name such as owner/name"),
        ({"share": 1.5}, "share must be a number above 0 and up to 1"),
        ({"storage": ["ftp://x"]}, "storage: 'ftp://x' is no http or https address"),
    ],
)
def test_wrong_values(hub, keys: dict[str, object], said: str) -> None:
    """One line with the place in the recipe."""
    _, fetch = hub
    fetch.keys |= keys
    with pytest.raises(RecipeError, match=rf"recipe\.toml:\d+: {said}"):
        fetch()
