"""A served site, and a recipe that fetches from it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.fetch_progress import FetchProgress
from curation.fetching import Outcome, fetch
from curation.recipe import load
from sources import registry
from sources.base import Document, Failure
from sources.fetch.publish import Report
from sources.fetch.state import State
from tests.fetch.layout_pubmed import PubMedSite
from tests.fetch.server import FastClock, Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    """A served site without files."""
    made = Site(FastClock())
    with serving(made):
        yield made


class Fetcher:
    """Fetches one source into a folder, as `curation fetch` does."""

    def __init__(self, folder: Path, site: Site, use: str, url: str) -> None:
        self.folder, self.site, self.use, self.url = folder, site, use, url
        self.options: dict[str, object] = {}
        self.keys: dict[str, object] = {
            **({"url": site.address + url} if url else {}),
            "networks": ["127.0.0.0/8"],
            "resume_bytes": 2000,
            "attempts": 4,
        }

    @property
    def recipe(self) -> Path:
        """The recipe, written anew."""
        keys = "\n".join(f"{key} = {toml(value)}" for key, value in self.keys.items())
        options = "".join(f"{key} = {toml(value)}\n" for key, value in self.options.items())
        path = self.folder / "recipe.toml"
        path.write_text(
            '[fetch]\ncontact = "me@example.org"\n[language]\nkeep = "any"\n'
            f'[[sources]]\nuse = "{self.use}"\n{options}[sources.fetch]\n{keys}\n'
        )
        return path

    def __call__(self, **how: bool) -> Outcome:
        """Fetch, without waiting."""
        progress = FetchProgress(quiet=True)
        [outcome] = fetch(load(self.recipe), progress, clock=self.site.clock, **how)
        return outcome

    def without_fault(self) -> Report:
        """Fetch, see that nothing failed, and return the report."""
        outcome = self()
        assert outcome.error is None, outcome.error
        assert outcome.report is not None
        assert outcome.report.failures == []
        return outcome.report

    def asked(self) -> list[str]:
        """Fetch, see that nothing failed, and return the paths that were asked for."""
        before = len(self.site.asked())
        self.without_fault()
        return [asked.path for asked in self.site.asked()[before:]]

    def whole(self) -> set[str]:
        """Return the paths on the site of what is whole, in a snapshot or not yet."""
        with tempfile.TemporaryDirectory() as scratch:
            state = State(self.folder / f"fetched/{self.use}", dry_in=Path(scratch))
            try:
                return {found.url.removeprefix(self.site.address) for found in state.objects()}
            finally:
                state.close()

    @property
    def snapshot(self) -> Path:
        """The snapshot file."""
        return self.folder / f"fetched/{self.use}.snapshot"

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of the snapshot, the header first."""
        return [json.loads(line) for line in self.snapshot.read_text().splitlines()]

    def paths(self) -> list[str]:
        """Return the paths that the snapshot pins."""
        return [line["path"] for line in self.lines()[1:] if "path" in line]

    def bytes(self, path: str) -> bytes:
        """Return the pinned bytes of a path."""
        [line] = [line for line in self.lines()[1:] if line.get("path") == path]
        return (self.folder / f"fetched/{self.use}" / line.get("file", path)).read_bytes()


def toml(value: object) -> str:
    """Return a value as TOML: as JSON, but for tables."""
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"


@pytest.fixture
def fetcher(tmp_path: Path, site: Site) -> Callable[[str, str], Fetcher]:
    """Make a fetcher of a connector and the path of its address."""
    return lambda use, url: Fetcher(tmp_path, site, use, url)


@pytest.fixture
def documents() -> Callable[[Fetcher], list[Document]]:
    """Read what a snapshot pins, as a build does: every file is of use."""

    def read(fetch: Fetcher) -> list[Document]:
        source = registry.get(fetch.use)(**fetch.options)
        listing = source.locate([f"fetched/{fetch.use}.snapshot"], fetch.folder)
        assert not listing.problems, listing.problems
        found = []
        for item in listing.inputs:
            for resource, stream in source.resources(item):
                assert not isinstance(stream, Failure), stream
                for document in source.parse(resource, stream):
                    assert isinstance(document, Document), document
                    found.append(document)
        return found

    return read


@pytest.fixture
def pubmed(site: Site, fetcher: Callable[[str, str], Fetcher]) -> tuple[PubMedSite, Fetcher]:
    """A PubMed of two baseline files and two updates, and who fetches it."""
    layout = PubMedSite(site)
    layout.fill()
    return layout, fetcher("pubmed", "/pubmed/")
