"""`curation fetch`: exit codes, streams, JSON, and what a recipe can say."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from curation.errors import RecipeError
from curation.recipe import load
from sources.fetch import remote
from sources.fetch.clock import SystemClock
from sources.fetch.limits import LIMITS
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_pubmed import PubMedSite, pubmed_file
from tests.fetch.server import Site, moved, status


@pytest.fixture
def pubmed(site: Site, fetcher) -> tuple[PubMedSite, Fetcher]:
    """A small PubMed, fetched in real time without waiting."""
    layout = PubMedSite(site)
    layout.fill(baseline=1, updates=1)
    fetch = fetcher("pubmed", "/pubmed/")
    fetch.keys |= {"requests_per_s": 1000, "attempts": 1}
    return layout, fetch


def test_results_are_on_stdout(pubmed, call) -> None:
    """What was pinned, and where; progress on stderr, nothing with --quiet."""
    layout, fetch = pubmed
    code, out, err = call("fetch", fetch.recipe, "--dry-run")
    assert code == 0
    assert out.startswith("pubmed: 2 files listed, 2 to ask for (2 new), about 0.0 MB; at least")
    assert err == "pubmed: listing its files …\n"
    code, out, err = call("fetch", fetch.recipe)
    assert code == 0
    assert out.startswith("pubmed: snapshot 1: 2 files,")
    assert str(fetch.snapshot) in out
    assert "fetching 2 files" in err
    layout.add("updatefiles", 3, pubmed_file(7))
    layout.list()
    assert call("fetch", fetch.recipe, "--quiet")[2] == ""
    code, out, err = call("fetch", fetch.recipe)
    assert out.startswith("pubmed: still snapshot 2: 3 files,")
    assert (
        call("fetch", fetch.recipe, "--dry-run")[1] == "pubmed: 3 files listed, nothing to fetch\n"
    )


def test_what_only_older_snapshots_name(pubmed, call) -> None:
    """One line until it is asked to go; then one line of what went."""
    layout, fetch = pubmed
    call("fetch", fetch.recipe, "-q")
    layout.add("baseline", 1, pubmed_file(7))
    layout.list()
    said = (
        "note: pubmed: only older snapshots name 1 file on disk, 0.0 MB; --prune --yes removes such"
    )
    assert said in call("fetch", fetch.recipe)[2]
    assert said in call("fetch", fetch.recipe, "--dry-run", "--prune")[2]
    code, out, err = call("fetch", fetch.recipe, "--prune")
    assert (code, out) == (2, "")
    assert "add --yes" in err
    code, out, err = call("fetch", fetch.recipe, "--prune", "--yes")
    assert (code, "--prune" in err) == (0, False)
    assert out.splitlines()[-1] == "  removed: 1 older snapshot, 1 file, 0.0 MB"
    assert "--prune" not in call("fetch", fetch.recipe)[2]


def test_json(pubmed, call) -> None:
    """One object, with plan and report of each source."""
    _, fetch = pubmed
    code, out, err = call("fetch", fetch.recipe, "--json")
    assert (code, err) == (0, "")
    [source] = json.loads(out)["sources"]
    assert source["plan"]["due"]["objects"] == 2
    assert source["report"]["objects"] == 2
    assert source["report"]["failures"] == []
    assert source["report"]["older"] == {"snapshots": 0, "files": 0, "size": 0}
    assert source["error"] is None


OFFLINE = """[fetch]
contact = "me@example.org"
[[sources]]
use = "pubmed"
[sources.fetch]
url = "http://127.0.0.1:9/pubmed/"
networks = ["127.0.0.0/8"]
[[sources]]
use = "pmc"
[sources.fetch]
url = "http://127.0.0.1:9/pmc/"
networks = ["127.0.0.0/8"]
"""
"""A recipe whose sources nobody answers for."""


def test_without_network_each_source_is_one_line_in_the_order_of_the_recipe(
    tmp_path: Path, call, monkeypatch
) -> None:
    """It says what it asks and that it asks again; twice only, since nobody ever answered."""
    waits: list[float] = []
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, seconds: waits.append(seconds))
    (tmp_path / "r.toml").write_text(OFFLINE)
    code, out, err = call("fetch", tmp_path / "r.toml", "--dry-run")
    assert (code, out) == (5, "")
    lines = err.splitlines()
    assert "pubmed: listing its files …" in lines
    assert any("robots.txt: no connection; asking again in" in line for line in lines)
    advice = "http://127.0.0.1:9: cannot be reached (no connection); check the network"
    assert [line.partition(" and ")[0] for line in lines if line.startswith("curation: ")] == [
        f"curation: pubmed: {advice}",
        f"curation: pmc: {advice}",
    ]
    assert "RFC" not in err
    assert len(waits) <= 6  # two attempts each and the polite pace; six attempts each would be more
    assert call("fetch", tmp_path / "r.toml", "--dry-run", "-q")[2].count("\n") == 2


def test_json_says_each_error_once(tmp_path: Path, call, monkeypatch) -> None:
    """On stdout with its source; the object on stderr counts them."""
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, _seconds: None)
    (tmp_path / "r.toml").write_text(OFFLINE)
    code, out, err = call("fetch", tmp_path / "r.toml", "--dry-run", "--json")
    assert code == 5
    assert [source["name"] for source in json.loads(out)["sources"]] == ["pubmed", "pmc"]
    assert all("cannot be reached" in source["error"] for source in json.loads(out)["sources"])
    error = json.loads(err)
    assert error["code"] == 5
    assert error["error"].startswith("2 of 2 sources could not be fetched")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("CC-BY", "'CC-BY' of PubMed Central; did you mean 'CC BY'?"),
        ("cc-by-nc", "did you mean 'CC BY-NC'?"),
        ("open", "known: CC0, CC BY,"),
    ],
)
def test_licences_are_codes_of_the_source(tmp_path: Path, call, code: str, said: str) -> None:
    """A licence that no article bears would fetch nothing, after millions of requests."""
    head, _, tail = OFFLINE.rpartition("[sources.fetch]\n")
    recipe = f'{head}[sources.fetch]\nlicences = ["CC0", "%s"]\n{tail}'
    (tmp_path / "r.toml").write_text(recipe % code)
    found, out, err = call("fetch", tmp_path / "r.toml", "--dry-run")
    assert (found, out, err.count("\n")) == (2, "", 1)
    assert "r.toml:11: licences: no code" in err
    assert said in err
    (tmp_path / "r.toml").write_text(recipe % "cc by-nd")
    load(tmp_path / "r.toml")


def test_exit_codes(pubmed, call) -> None:
    """5 for what could not be had, 3 for a source that shrank; one line each."""
    layout, fetch = pubmed
    layout.site.fail(layout.path("baseline", 1), status(403))
    code, out, err = call("fetch", fetch.recipe, "-q")
    assert (code, out, err.count("\n")) == (5, "", 1)
    assert err.startswith("curation: pubmed: http://127.0.0.1")
    assert call("fetch", fetch.recipe, "-q")[0] == 0
    layout.remove(layout.path("updatefiles", 2))
    layout.list()
    code, out, err = call("fetch", fetch.recipe, "-q")
    assert (code, out, err.count("\n")) == (3, "", 1)


@pytest.mark.parametrize("call_that_fails", ["fsync", "replace"])
def test_a_full_disk_is_one_line(pubmed, call, monkeypatch, call_that_fails: str) -> None:
    """Nothing is pinned; with room again the fetch goes on."""
    import errno
    import os

    _, fetch = pubmed

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    recipe = fetch.recipe
    with monkeypatch.context() as patched:
        patched.setattr(os, call_that_fails, full)
        code, out, err = call("fetch", recipe, "-q")
    assert (code, out, err.count("\n")) == (5, "", 1)
    assert err.startswith("curation: pubmed: ")
    assert "No space left on device; free some space" in err
    assert not fetch.snapshot.exists()
    assert call("fetch", recipe, "-q")[0] == 0
    assert len(fetch.paths()) == 2


def test_a_folder_that_is_none_is_one_line(pubmed, call) -> None:
    """It names the source, the place and what to do, and other sources are fetched."""
    _, fetch = pubmed
    text = fetch.recipe.read_text()
    entry = text[text.index("[[sources]]") :]
    more = entry.replace('use = "pubmed"', 'use = "pubmed"\nname = "b"')
    path = fetch.folder / "two.toml"
    path.write_text(text + more)
    (fetch.folder / "fetched").mkdir()
    (fetch.folder / "fetched/pubmed").touch()
    code, out, err = call("fetch", path, "-q")
    assert (code, err.count("\n")) == (5, 1)
    assert out.startswith("b: snapshot 1: 2 files")
    assert err.startswith(f"curation: pubmed: {fetch.folder}/fetched/pubmed/.fetch: ")
    assert err.endswith("; folder in [fetch] must name one that can be written to\n")


def test_a_source_that_fails_does_not_hold_up_the_others(pubmed, call) -> None:
    """The other one is fetched, and the exit code is that of the first error."""
    _, fetch = pubmed
    text = fetch.recipe.read_text()
    entry = text[text.index("[[sources]]") :].replace(
        'use = "pubmed"', 'use = "pubmed"\nname = "b"'
    )
    path = fetch.folder / "two.toml"
    path.write_text(text.replace("/pubmed/", "/nothing/") + entry)
    code, out, err = call("fetch", path, "-q")
    assert code == 5
    assert out.startswith("b: snapshot 1: 2 files")
    assert err.count("\n") == 1
    assert call("fetch", path, "-q", "--only", "b")[0] == 0
    code, _, err = call("fetch", path, "-q", "--only", "c")
    assert code == 2
    assert "those are: pubmed, b" in err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "requests_per_sec = 3",
            ":6: unknown key 'requests_per_sec' in [sources.fetch]; did you mean",
        ),
        ("requests_per_s = 0", ":6: requests_per_s must be a number above 0, at most"),
        ("requests_per_s = 1e-300", ":6: requests_per_s must be a number above 0, at most"),
        ("read_timeout_s = inf", "at most 1,000,000,000, not inf"),
        ("connections = 1.5", ":6: connections must be a whole number from 1 to 256"),
        ("connections = 9999", ":6: connections must be a whole number from 1 to 256"),
        ("floor = 2", ":6: floor must be a number from 0 to 1"),
        ('robots = "maybe"', ":6: robots must be 'obey' or 'ignore'"),
        ('networks = ["10.0.0.0/99"]', ":6: networks must be a list of networks"),
        ('hosts = "a"', ":6: hosts must be a list of hosts such as"),
        ('hosts = ["https://a.org/"]', ":6: hosts must be a list of hosts such as"),
        ("hosts = [3]", ":6: hosts must be a list of hosts such as"),
        ("url = 3", ":6: url must be a text"),
        ('remote = "pubmet"', ":6: nothing can be fetched for 'pubmet'; did you mean 'pubmed'?"),
    ],
)
def test_wrong_keys_name_their_line(tmp_path: Path, line: str, said: str) -> None:
    """An unknown key, a wrong type, a wrong value."""
    path = tmp_path / "r.toml"
    path.write_text(
        '[fetch]\ncontact = "a@b.org"\n[[sources]]\nuse = "pubmed"\n[sources.fetch]\n' + line + "\n"
    )
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[sources]]\nuse = "pubmed"\npaths = ["x"]\n', "nothing to fetch"),
        ('[[sources]]\nuse = "pubmed"\n[sources.fetch]\n', 'set contact = "you@example.org"'),
        (
            '[fetch]\ncontact = "me"\n[[sources]]\nuse = "pubmed"\n',
            "a mail address or a web address",
        ),
        ('[[sources]]\nuse = "jsonl"\n[sources.fetch]\n', "nothing can be fetched for 'jsonl'"),
        ('[[sources]]\nuse = "pubmed"\nfetch = 3\n', "fetch is a table"),
    ],
)
def test_a_recipe_that_cannot_be_fetched_is_2(call, tmp_path: Path, text: str, said: str) -> None:
    """Before anything is asked."""
    path = tmp_path / "r.toml"
    path.write_text(text)
    code, out, err = call("fetch", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_every_limit_is_visible_and_can_be_set(call, tmp_path: Path) -> None:
    """`recipe show` lists addresses and limits with their defaults, and where a value comes from."""
    path = tmp_path / "r.toml"
    path.write_text('[[sources]]\nuse = "pubmed"\nfetch = { connections = 2 }\n')
    code, out, _ = call("recipe", "show", path)
    assert code == 0
    assert all(f"\n{limit} = " in out for limit in LIMITS)
    assert 'url = "https://ftp.ncbi.nlm.nih.gov/pubmed/"' in out
    assert 'paths = ["fetched/pubmed.snapshot"]' in out
    assert [line for line in out.splitlines() if line.startswith("connections = 2")]
    assert "requests_per_s = 3.0" in out


def test_tables_are_shown_as_they_are_read(call, tmp_path: Path) -> None:
    """Names of parameters have dots: what is printed is read as the same table."""
    path = tmp_path / "r.toml"
    query = '{ "query.cond" = "fever", sort = "LastUpdatePostDate" }'
    path.write_text(f'[[sources]]\nuse = "trials"\nfetch = {{ query = {query} }}\n')
    code, out, _ = call("recipe", "show", path)
    assert code == 0
    [source] = tomllib.loads(out)["sources"]
    assert source["fetch"]["query"] == {"query.cond": "fever", "sort": "LastUpdatePostDate"}
    path.write_text('[[sources]]\nuse = "trials"\nfetch = { query = { sort = 3 } }\n')
    code, _, err = call("recipe", "show", path)
    assert (code, err.count("\n")) == (2, 1)
    assert "query must be a table of texts" in err


def test_addresses_and_days_may_be_written_otherwise(pubmed, call, tmp_path: Path) -> None:
    """An address without its last slash, a host in capitals, a day without quotes."""
    layout, fetch = pubmed
    fetch.keys["url"] = fetch.site.address + "/pubmed"
    assert call("fetch", fetch.recipe, "--dry-run", "-q")[0] == 0
    fetch.keys["hosts"] = ["LOCALHOST:" + layout.site.address.rpartition(":")[2]]
    moved_to = layout.site.address.replace("127.0.0.1", "localhost") + "/pubmed/updatefiles/"
    layout.site.put("/elsewhere/", b"")
    layout.site.fail("/elsewhere/", moved(moved_to))
    fetch.keys |= {"updates": "/elsewhere/", "networks": ["127.0.0.0/8", "::1/128"]}
    assert call("fetch", fetch.recipe, "--dry-run", "-q")[0] == 0
    path = tmp_path / "days.toml"
    path.write_text('[[sources]]\nuse = "preprints"\nfetch = { since = 2026-01-31 }\n')
    assert load(path).sources[0].fetch["since"] == "2026-01-31"


@pytest.mark.parametrize("name", remote.names())
def test_connectors_declare_themselves(name: str) -> None:
    """A summary, addresses that are options, and sources that read the files."""
    from sources import registry

    declared = remote.get(name)
    assert declared.summary
    assert set(declared.addresses) <= declared.options.keys()
    assert bool(declared({}).hosts()) == bool(declared.addresses)
    assert {*(declared.readers or (name,))} <= set(registry.names())
    assert not declared.options.keys() & LIMITS.keys()


def test_only_some_files(pubmed, call) -> None:
    """Patterns of names or paths, for a trial."""
    _, fetch = pubmed
    fetch.keys |= {"only": ["*n0001*"]}
    assert call("fetch", fetch.recipe, "-q")[0] == 0
    assert fetch.paths() == ["baseline/pubmed26n0001.xml.gz"]
    fetch.keys |= {"only": ["*n9*"]}
    code, _, err = call("fetch", fetch.recipe, "-q")
    assert (code, err.count("\n")) == (5, 1)
    assert "of 2 files that are listed none fits only = '*n9*'; the last one is updates/pub" in err
