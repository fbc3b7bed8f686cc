"""A connector is a small file: the one of the documentation, and one whose files name others."""

from __future__ import annotations

import csv
import hashlib
import ipaddress
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import urljoin

import pytest

from curation.fetch_progress import FetchProgress
from sources.fetch import remote, snapshot
from sources.fetch.client import Client
from sources.fetch.errors import FetchError
from sources.fetch.guard import Guard
from sources.fetch.limits import Limits
from sources.fetch.pace import Pace
from sources.fetch.publish import Report
from sources.fetch.remote import Had, Remote, Target
from sources.fetch.run import Fetch
from sources.fetch.state import State
from tests.fetch import server
from tests.fetch.server import Site


class Notes(Remote):
    """A list of names, dates and checksums."""

    name = "notes"
    options: ClassVar[Mapping[str, object]] = {"url": "https://notes.example.org/list.csv"}

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield a line each."""
        page = client.page(str(self.config["url"]), expect="csv")
        for name, date, md5 in csv.reader(page.text.splitlines()):
            yield Target(urljoin(page.url, name), name, checksum=f"md5:{md5}", version=date)


class Linked(Remote):
    """One index without version or checksum, which names pages."""

    name = "linked"
    options: ClassVar[Mapping[str, object]] = {"url": ""}
    follows = 1

    def plan(self, client: Client) -> Iterator[Target]:
        """Yield the index."""
        yield Target(str(self.config["url"]), "index.json")

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield what the index names."""
        for had in group:
            for name in json.loads(had.file.read_bytes()):
                yield Target(urljoin(had.target.url, name), f"pages/{name}")


class Judging(Linked):
    """Two steps: the index names chapters, they name pages; a page must say what it is about."""

    name = "judging"
    follows = 2

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield what an index or a chapter names."""
        for had in group:
            for name in json.loads(had.file.read_bytes()):
                yield Target(urljoin(had.target.url, name), f"pages/{name}", version="1")

    def judge(self, target: Target, file: Path) -> None:
        """Refuse a page that is about another one."""
        if target.path.endswith(".html") and target.path.encode()[6:7] not in file.read_bytes():
            raise FetchError("other_page", f"{target.url}: another page", retryable=True)


def fetch(made: Remote, site: Site, folder: Path) -> Report:
    """Fetch a connector's files."""
    guard = Guard(made.hosts(), (ipaddress.ip_network("127.0.0.0/8"),))
    client = Client(guard, Limits(), "test", Pace(site.clock), folder, clock=site.clock)
    state = State(folder / made.name)
    try:
        one = Fetch(made, client, state, floor=made.floor)
        return one.run(one.plan(), FetchProgress(quiet=True))
    finally:
        state.close()
        client.close()


def test_the_connector_of_the_documentation(site: Site, tmp_path: Path) -> None:
    """Ten lines of it are all that a listing with checksums needs."""
    text = (Path(__file__).parents[2] / "docs/fetching.md").read_text()
    assert 'page = client.page(str(self.config["url"]), expect="csv")' in text
    bodies = {f"n{n}.txt": f"note {n}".encode() for n in range(3)}
    lines = [
        f"{n},2026-01-0{i},{hashlib.md5(b).hexdigest()}" for i, (n, b) in enumerate(bodies.items())
    ]
    site.put("/list.csv", "\n".join(lines).encode())
    for name, body in bodies.items():
        site.put(f"/{name}", body)
    notes = Notes({"url": site.address + "/list.csv"})
    assert fetch(notes, site, tmp_path).fetched == 3
    assert [e.path for e in snapshot.entries(tmp_path / "notes.snapshot")] == sorted(bodies)
    assert fetch(notes, site, tmp_path).fetched == 0


def test_files_without_versions_are_asked_by_condition(site: Site, tmp_path: Path) -> None:
    """What the index names no more goes, what it names anew comes, and 304 costs nothing."""
    site.put("/index.json", b'["a.html", "b.html"]')
    for name in "abc":
        site.put(f"/{name}.html", f"<html>{name}</html>".encode(), "text/html")
    linked = Linked({"url": site.address + "/index.json"})
    assert fetch(linked, site, tmp_path).fetched == 3
    before = len(site.log)
    assert fetch(linked, site, tmp_path).fetched == 0
    assert {a.status for a in site.log[before:] if a.path.endswith(("html", "json"))} == {304, 404}
    site.put("/index.json", b'["b.html", "c.html"]')
    site.put("/b.html", b"<html>new</html>", "text/html")
    report = fetch(linked, site, tmp_path)
    assert (report.fetched, report.gone, report.objects) == (3, 1, 3)
    paths = [e.path for e in snapshot.entries(tmp_path / "linked.snapshot")]
    assert paths == ["index.json", "pages/b.html", "pages/c.html"]


def test_files_that_name_files_that_name_files(site: Site, tmp_path: Path) -> None:
    """One that cannot be had is one line, and all others come; what came is not asked for again."""
    site.put("/index.json", b'["1.json", "2.json"]')
    site.put("/1.json", b'["a.html", "b.html"]')
    site.put("/2.json", b'["c.html"]')
    for name in "ac":
        site.put(f"/{name}.html", f"<html>{name}</html>".encode(), "text/html")
    judging = Judging({"url": site.address + "/index.json"})
    report = fetch(judging, site, tmp_path)
    [(path, line)] = report.failures
    assert (path, report.objects) == ("pages/b.html", 5)
    assert "HTTP 404" in line
    site.put("/b.html", b"<html>b</html>", "text/html")
    site.put("/2.json", b"[]")
    before = len(site.log)
    assert fetch(judging, site, tmp_path).objects == 6
    asked = [
        a.path for a in site.log[before:] if a.path.endswith(("html", "json")) and a.status == 200
    ]
    assert asked == ["/b.html"]


def test_a_file_that_is_whole_and_wrong_gets_no_name(site: Site, tmp_path: Path) -> None:
    """The connector judges: such a file is asked for again, and is a failure where that stays."""
    site.put("/index.json", b'["1.json"]')
    site.put("/1.json", b'["a.html", "b.html"]')
    for name in "ab":
        site.put(f"/{name}.html", f"<html>{name}</html>".encode(), "text/html")
    site.fail("/a.html", server.body(b"<html>x</html>", kind="text/html"))
    site.fail("/b.html", *[server.body(b"<html>x</html>", kind="text/html")] * 9)
    report = fetch(Judging({"url": site.address + "/index.json"}), site, tmp_path)
    assert [path for path, _ in report.failures] == ["pages/b.html"]
    assert "another page; given up after 6 attempts" in report.failures[0][1]
    paths = [e.path for e in snapshot.entries(tmp_path / "judging.snapshot")]
    assert paths == ["index.json", "pages/1.json", "pages/a.html"]
    assert (tmp_path / "judging/pages/a.html").read_bytes() == b"<html>a</html>"
    assert not (tmp_path / "judging/pages/b.html").exists()
    assert not list((tmp_path / "judging/.fetch/parts").glob("*.part"))


def test_an_index_that_names_nothing_usable(site: Site, tmp_path: Path) -> None:
    """A path that leads outside is refused for its group, in one line."""
    site.put("/index.json", b'["../../x"]')
    report = fetch(Linked({"url": site.address + "/index.json"}), site, tmp_path)
    [(path, line)] = report.failures
    assert path == "index.json"
    assert "no usable path" in line


class Paired(Linked):
    """Its index says where each page lies."""

    name = "paired"

    def follow(self, group: Sequence[Had]) -> Iterable[Target]:
        """Yield what the index names."""
        for had in group:
            for name, path in json.loads(had.file.read_bytes()):
                yield Target(urljoin(had.target.url, name), f"pages/{path}")


def test_an_index_that_names_two_files_of_one_path(site: Site, tmp_path: Path) -> None:
    """One line and neither of them, for one would be lost; the same file twice is one."""
    for name in "ab":
        site.put(f"/{name}.html", f"<html>{name}</html>".encode(), "text/html")
    paired = Paired({"url": site.address + "/index.json"})
    site.put("/index.json", b'[["a.html", "x"], ["b.html", "x"]]')
    report = fetch(paired, site, tmp_path)
    assert report.failures == [
        ("index.json", "pages/x: named twice, for two addresses; one of them would be lost")
    ]
    site.put("/index.json", b'[["a.html", "x"], ["b.html", "y"], ["a.html", "x"]]')
    assert fetch(paired, site, tmp_path).objects == 3
    assert site.bodies("/a.html") == site.bodies("/b.html") == 1


def test_names() -> None:
    """Connectors are found by their files; an unknown name lists them."""
    assert {"guidelines", "pmc", "pubmed", "trials"} <= set(remote.names())
    assert remote.names() == sorted(remote.names())
    with pytest.raises(LookupError, match="did you mean 'pubmed'"):
        remote.get("pubmd")
    with pytest.raises(FetchError):
        remote.check(Target("http://x/", "a/../b"))


@pytest.mark.parametrize("number", [{"size": 1 << 63}, {"about": 1 << 80}, {"counts": 1 << 62}])
def test_a_size_that_cannot_be(number: dict[str, int]) -> None:
    """Refused before a database has to hold it."""
    assert remote.check(Target("http://x/", "a", size=1 << 50)).size == 1 << 50
    with pytest.raises(FetchError, match="a: the listing states a size that cannot be"):
        remote.check(Target("http://x/", "a", **number))


class Asking(Linked):
    """Asks the site about a file before it takes it."""

    name = "asking"

    def plan(self, client: Client) -> Iterator[Target]:
        """Keep who asks."""
        self.client = client
        yield from super().plan(client)

    def judge(self, target: Target, file: Path) -> None:
        """Take a file that the site knows of."""
        self.client.page_once(f"{target.url}.known", "any")


def test_a_connector_may_ask_about_what_came(site: Site, tmp_path: Path) -> None:
    """Although there is one connection: that of the file is free by then."""
    site.put("/index.json", b'["a.html"]')
    site.put("/a.html", b"<html>a</html>", "text/html")
    for path in ("/index.json", "/a.html"):
        site.put(f"{path}.known", b"yes")
    asking = Asking({"url": site.address + "/index.json"})
    reports: list[Report] = []
    # In a thread of its own, because it would wait for itself for ever.
    work = threading.Thread(
        target=lambda: reports.append(fetch(asking, site, tmp_path)), daemon=True
    )
    work.start()
    work.join(60)
    assert [report.fetched for report in reports] == [2]
