"""The recipe `gap` as it is shipped, with servers of this machine in the place of the operators'."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from curation.fetch_progress import FetchProgress
from curation.fetching import fetch
from curation.recipe import load, shipped
from filters.licence import PERMITTED, group
from tests.corpora import run
from tests.fetch import cases
from tests.fetch.conftest import toml
from tests.fetch.server import FastClock, Site, serving

RULES = """
[language]
keep = "any"
[quality]
words_min = 3
sentences_min = 1
stop_words_min = 0
"""
"""The invented texts are a line each."""


def served(folder: Path, clock: FastClock, servers: contextlib.ExitStack) -> Path:
    """Serve a site for each source of the recipe; returns the recipe with their addresses."""
    table = tomllib.loads(shipped()["gap"].read_text())
    text = f'name = "gap"\npurpose = "{table["purpose"]}"\n[fetch]\ncontact = "me@example.org"\n'
    text += f"[alarms]\nmax_source_loss = 1.0\n{RULES}"
    for entry in table["sources"]:
        keys = dict(entry.pop("fetch"))
        site = Site(clock)
        servers.enter_context(serving(site))
        case = cases.make(str(keys.get("remote", entry["use"])), site)
        address = {"url": site.address + case.url} if case.url else {}
        narrowed = {"publishers": [], "files": ["*.parquet"]}  # names that the sites do not have
        keys |= {key: value for key, value in narrowed.items() if key in keys}
        keys = {**case.keys, **keys, **address, "networks": ["127.0.0.0/8"]}
        keys |= {key: case.keys[key] for key in ("dataset", "revision") if key in case.keys}
        lines = [f"{key} = {toml(value)}" for key, value in {**entry, **case.options}.items()]
        lines += ["[sources.fetch]", *(f"{key} = {toml(value)}" for key, value in keys.items())]
        text += "[[sources]]\n" + "\n".join(lines).replace("{site}", site.address) + "\n"
    path = folder / "gap.toml"
    path.write_text(text)
    return path


def test_gap_is_fetched_and_built(tmp_path: Path) -> None:
    """Every source is pinned; offline, what is kept may enter such a corpus, and the rest says why."""
    clock = FastClock()
    with contextlib.ExitStack() as servers:
        recipe = served(tmp_path, clock, servers)
        for outcome in fetch(load(recipe), FetchProgress(quiet=True), clock=clock):
            assert outcome.error is None, outcome.error
            assert outcome.report is not None
            assert outcome.report.objects > 0
            assert outcome.report.failures == []
    loaded = load(recipe)
    run("build", str(recipe), "--out", str(tmp_path / "corpus"), "--workers", "1")
    ledger = pq.read_table(tmp_path / "corpus/v1/ledger")
    assert set(ledger["source"].unique().to_pylist()) == {spec.name for spec in loaded.sources}
    kept = ledger.filter(pc.equal(ledger["outcome"], "kept"))
    sources = set(kept["source"].unique().to_pylist())
    assert sources >= {"bookshelf", "who", "cdc", "nhs", "labels", "pubmed", "pmc"}
    for licence in kept["license"].unique().to_pylist():
        assert "non-commercial" in PERMITTED[group(licence)], licence
    dropped = ledger.filter(pc.equal(ledger["outcome"], "dropped"))
    assert kept.num_rows + dropped.num_rows == ledger.num_rows
    assert pc.all(pc.is_valid(dropped["rule"])).as_py()
    pages = kept.filter(pc.equal(kept["source"], "nhs"))
    assert pages["license"].unique().to_pylist() == ["OGL-UK-3.0"]
    run("verify", str(tmp_path / "corpus"))
