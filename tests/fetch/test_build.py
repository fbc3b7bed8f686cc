"""A build of everything that can be fetched, from the snapshots alone."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from curation.fetch_progress import FetchProgress
from curation.fetching import fetch
from curation.recipe import load
from tests.corpora import run
from tests.fetch import cases
from tests.fetch.cases import Case
from tests.fetch.conftest import Fetcher
from tests.fetch.server import FastClock, Site, serving


def entry(folder: Path, name: str, case: Case, site: Site) -> str:
    """Return the entry of a recipe for a connector."""
    one = Fetcher(folder, site, case.use, case.url)
    one.options = {**case.options, "name": name}
    one.keys |= {"remote": case.remote or case.use, **case.keys}
    text = one.recipe.read_text().replace("{site}", site.address)
    return text[text.index("[[sources]]") :]


def test_a_build_from_the_snapshots_of_all_connectors(tmp_path: Path) -> None:
    """The servers are gone, no record fails, and each document has its row in the ledger."""
    clock = FastClock()
    made: dict[str, Case] = {}
    entries = []
    recipe = tmp_path / "all.toml"
    with contextlib.ExitStack() as served:
        for name in cases.names():
            site = Site(clock)
            served.enter_context(serving(site))
            made[name] = cases.make(name, site)
            entries.append(entry(tmp_path, name, made[name], site))
        head = '[fetch]\ncontact = "me@example.org"\n[language]\nkeep = "any"\n'
        head += "[alarms]\nmax_source_loss = 1.0\n"
        recipe.write_text(head + "".join(entries))
        for outcome in fetch(load(recipe), FetchProgress(quiet=True), clock=clock):
            assert outcome.error is None, outcome.error
            assert outcome.report is not None
            assert outcome.report.failures == []
    run("build", str(recipe), "--out", str(tmp_path / "corpus"), "--workers", "1")
    manifest = json.loads((tmp_path / "corpus/v1/manifest.json").read_text())
    assert manifest["sources"].keys() == made.keys()
    for name, case in made.items():
        counts = manifest["sources"][name]["counts"]
        assert counts["failed"] == 0, name
        assert counts["kept"] + counts["dropped"] == case.documents, name
