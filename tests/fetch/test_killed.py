"""A fetch that was killed: what was whole is not fetched again, what was begun is gone on with."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fetch.conftest import Fetcher
from tests.fetch.layout_pubmed import PubMedSite, pubmed_file
from tests.fetch.server import Site

ROOT = Path(__file__).parents[2]

KILLED = """
import sys
from curation.fetch_progress import FetchProgress
from curation.fetching import fetch
from curation.plan import SourcePlan, plan_source
from curation.recipe import load
from curation.task import Parameters
[outcome] = fetch(load(sys.argv[1]), FetchProgress(quiet=True))
sys.exit(outcome.error.exit_code if outcome.error else 0)
"""


@pytest.mark.parametrize("at", [4, 9])
def test_a_killed_fetch_goes_on_where_it_was(site, fetcher, at: int) -> None:
    """Killed while the n-th file is on its way: what was whole is not asked for again.

    With two connections that is all but two of those that were asked for.
    """
    layout = PubMedSite(site)
    layout.fill(baseline=8, updates=4)
    fetch = fetcher("pubmed", "/pubmed/")
    fetch.keys |= {"requests_per_s": 1000.0, "connections": 2}
    process: list[subprocess.Popen[bytes]] = []
    under_way: set[str] = set()

    def kill(path: str) -> None:
        if process and path.endswith(".gz"):
            under_way.add(path)
            if len(under_way) >= at:
                process[0].send_signal(signal.SIGKILL)
                process[0].wait()

    site.on_asked = kill
    command = [sys.executable, "-c", KILLED, str(fetch.recipe)]
    process.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}))
    assert process[0].wait(60) == -signal.SIGKILL
    assert not fetch.snapshot.exists()
    site.on_asked = lambda path: None
    time.sleep(0.05)
    whole = fetch.whole()
    assert at - 2 <= len(whole) < 12
    before = len(site.log)
    assert fetch().error is None
    again = {a.path for a in site.log[before:] if a.path.endswith(".gz")}
    assert not again & whole  # of the others one may lie there whole and only be noted
    assert all(site.bodies(path) == 1 for path in whole)
    assert len(fetch.paths()) == 12


def left(fetch: Fetcher, site: Site, path: str, body: bytes) -> None:
    """Put there what a fetch that was killed left of a body: a part, and what it knew of it."""
    name = hashlib.sha256(path.removeprefix("/pubmed/").encode()).hexdigest()[:24]
    part = fetch.folder / f"fetched/pubmed/.fetch/parts/{name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(body)
    served = site.files[path]
    tags = {"etag": served.etag, "modified": ""}
    meta = {"url": site.address + path, "total": len(served.body), **tags}
    part.with_name(part.name + ".json").write_text(json.dumps(meta))


def test_a_killed_download_is_resumed_by_the_next_process(pubmed) -> None:
    """What lies there of a large body is gone on with, with the validators of then."""
    layout, fetch = pubmed
    body = pubmed_file(8000, pad=5000)
    path = layout.add("baseline", 2, body)
    layout.list()
    left(fetch, layout.site, path, body[:3000])
    assert fetch().error is None
    [asked] = layout.site.asked(path)
    assert (asked.status, asked.sent) == (206, len(body) - 3000)
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == body


def test_a_whole_part_is_not_fetched_at_all(pubmed) -> None:
    """Killed between the last byte and the name: 416 says that there is nothing more."""
    layout, fetch = pubmed
    path = layout.path("baseline", 2)
    body = layout.site.files[path].body
    left(fetch, layout.site, path, body)
    assert fetch().error is None
    [asked] = layout.site.asked(path)
    assert (asked.status, asked.sent) == (416, 0)
    assert fetch.bytes("baseline/pubmed26n0002.xml.gz") == body
