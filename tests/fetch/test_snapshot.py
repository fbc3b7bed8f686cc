"""Snapshots: pinned, offline, only what changed, what disappeared, what shrank."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

from curation.errors import CheckError, LockedError
from curation.plan import SourcePlan, plan_source
from curation.recipe import load
from curation.task import Parameters
from filters.pii import Masking
from sources.base import SourceError
from sources.fetch import snapshot
from sources.fetch.errors import BusyError
from sources.fetch.prune import Older
from sources.fetch.state import State
from tests.corpora import run
from tests.fetch.conftest import Fetcher
from tests.fetch.layout_pubmed import PubMedSite, pubmed_file
from tests.fetch.server import status


def requests_of(layout: PubMedSite, fetch: Fetcher) -> list[str]:
    """Fetch, and return what was asked for."""
    before = len(layout.site.log)
    outcome = fetch()
    assert outcome.error is None, outcome.error
    own = ("/robots.txt", "/.well-known/tdmrep.json")
    return [asked.path for asked in layout.site.log[before:] if asked.path not in own]


def test_a_snapshot_pins_what_was_got(pubmed) -> None:
    """Address, time, size, checksum and validators of each file, and what the source says."""
    layout, fetch = pubmed
    assert fetch().error is None
    head, *files = fetch.lines()
    assert head["objects"] == len(files) == 4
    assert head["stated"] == {"year": "26", "last": "0004"}
    assert head["sites"][layout.site.address]["robots"] == {"status": 404}
    for line in files:
        data = fetch.bytes(line["path"])
        assert line["size"] == len(data)
        assert line["sha256"] == hashlib.sha256(data).hexdigest()
        assert line["url"].startswith(layout.site.address)
        assert line["fetched"].startswith("2026-01-01T")
        assert line["etag"]
        assert line["modified"]
    assert fetch.paths() == sorted(fetch.paths())


def test_an_unchanged_source_is_asked_for_its_listing_alone(pubmed) -> None:
    """The listing says that nothing changed; the snapshot stays the same file."""
    layout, fetch = pubmed
    assert fetch().error is None
    before = fetch.snapshot.read_bytes()
    assert requests_of(layout, fetch) == ["/pubmed/baseline/", "/pubmed/updatefiles/"]
    assert fetch.snapshot.read_bytes() == before


def test_only_what_changed_is_fetched(pubmed) -> None:
    """A new update and a file with another date; the bytes of the old one stay for old snapshots."""
    layout, fetch = pubmed
    assert fetch().error is None
    old = fetch.bytes("updates/pubmed26n0004.xml.gz")
    new = layout.add("updatefiles", 5, pubmed_file(9000))
    changed = layout.add("updatefiles", 4, pubmed_file(4444), date="2026-02-02 10:00")
    layout.list()
    asked = requests_of(layout, fetch)
    assert sorted(asked[2:]) == sorted([new, new + ".md5", changed, changed + ".md5"])
    assert fetch.bytes("updates/pubmed26n0004.xml.gz") == pubmed_file(4444)
    first = fetch.snapshot.with_name("pubmed.0001.snapshot")
    [entry] = [e for e in snapshot.entries(first) if e.path == "updates/pubmed26n0004.xml.gz"]
    assert (fetch.folder / "fetched/pubmed" / entry.file).read_bytes() == old


def test_a_new_date_without_new_bytes_costs_the_checksum_alone(pubmed) -> None:
    """The file beside it says that it is the one that is there."""
    layout, fetch = pubmed
    assert fetch().error is None
    path = layout.path("baseline", 1)
    layout.dates[path] = layout.dates[path + ".md5"] = "2026-03-03 10:00"
    layout.list()
    before = fetch.snapshot.read_bytes()
    assert requests_of(layout, fetch)[2:] == [path + ".md5"]
    assert fetch.snapshot.read_bytes() == before
    assert requests_of(layout, fetch)[2:] == []


def test_a_listing_without_dates_asks_by_condition(pubmed) -> None:
    """Then each file is asked for with If-None-Match, and 304 brings no bytes."""
    layout, fetch = pubmed
    for folder in ("baseline", "updatefiles"):
        page = layout.site.files[f"/pubmed/{folder}/"].body.decode()
        layout.site.put(f"/pubmed/{folder}/", page.replace("  2026-01-29 14:48", "").encode())
    assert fetch().error is None
    for path in list(layout.site.files):
        if path.endswith(".md5"):
            layout.site.files[path].body += b"\n"
    requests_of(layout, fetch)
    for path in layout.dates:
        if path.endswith(".gz"):
            assert layout.site.bodies(path) == 1


def test_a_new_year_replaces_everything(pubmed) -> None:
    """Files of another year never stand beside each other, and the old ones are recorded as gone."""
    layout, fetch = pubmed
    assert fetch().error is None
    old = fetch.paths()
    for path in [p for p in layout.dates if p.startswith("/pubmed/baseline/")]:
        del layout.dates[path]
    layout.year = 27
    layout.add("baseline", 1, pubmed_file(100))
    layout.add("baseline", 2, pubmed_file(200))
    layout.list()  # the updates of the old year are still there
    assert fetch().error is None
    assert fetch.paths() == ["baseline/pubmed27n0001.xml.gz", "baseline/pubmed27n0002.xml.gz"]
    assert sorted(line["gone"] for line in fetch.lines()[1:] if "gone" in line) == old
    assert fetch.lines()[0]["gone"] == 4


def on_disk(fetch: Fetcher) -> set[str]:
    """Return what lies in the folder of the source and beside it, its own state aside."""
    folder = fetch.folder / "fetched"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in files if not re.search(r"\.fetch/(state|lock|sites)", name)}


def test_what_was_replaced_stays_until_it_is_pruned(pubmed) -> None:
    """A year, and a revised file: each fetch says what they take; then old snapshots go as well."""
    layout, fetch = pubmed
    assert fetch().report.older == Older()
    layout.add("baseline", 1, pubmed_file(77))
    layout.list()
    assert fetch().report.older.files == 1
    old = on_disk(fetch)
    assert len(old) == 4 + 1 + 3  # and two snapshots, of which one has two names
    size = sum((fetch.folder / "fetched" / name).stat().st_size for name in old if "xml.gz" in name)
    layout.dates.clear()
    layout.year = 27
    layout.add("baseline", 1, pubmed_file(100))
    layout.list()
    fetch.keys["floor"] = 0
    for outcome in (fetch(), fetch()):
        assert outcome.report.older == Older(2, 5, size)
        assert not outcome.report.pruned
    assert fetch(dry_run=True, pruning=True).plan.older == Older(2, 5, size)
    assert old < on_disk(fetch)
    kept = fetch.snapshot.read_bytes()
    outcome = fetch(pruning=True)
    assert (outcome.report.older, outcome.report.pruned) == (Older(2, 5, size), True)
    new = "pubmed/baseline/pubmed27n0001.xml.gz"
    assert on_disk(fetch) == {new, "pubmed.snapshot", "pubmed.0003.snapshot"}
    assert fetch.snapshot.read_bytes() == kept
    assert not (fetch.folder / "fetched/pubmed/updates").exists()
    assert fetch(pruning=True).report.older == Older()


def test_what_the_recipe_builds_from_is_not_pruned(pubmed) -> None:
    """An older snapshot that its paths name stays, with all files of it."""
    layout, fetch = pubmed
    for day in (11, 12, 13):
        layout.add("baseline", 1, pubmed_file(day), date=f"2026-02-{day} 10:00")
        layout.list()
        assert fetch().error is None
    assert fetch().report.older.files == 2
    fetch.options["paths"] = ["fetched/pubmed.0002.snapshot"]
    before = fetch(dry_run=True).plan.older
    assert (before.snapshots, before.files) == (1, 1)
    report = fetch(pruning=True).report
    assert report.older == before
    names = {path.name for path in (fetch.folder / "fetched").glob("*.snapshot")}
    assert names == {"pubmed.snapshot", "pubmed.0002.snapshot", "pubmed.0003.snapshot"}
    for entry in snapshot.entries(fetch.snapshot.with_name("pubmed.0002.snapshot")):
        data = (fetch.folder / "fetched/pubmed" / entry.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry.sha256
    fetch.options.clear()
    now = fetch(pruning=True).report.older
    assert (now.snapshots, now.files) == (1, 1)
    assert fetch(pruning=True).report.older == Older()


def test_nothing_is_pruned_where_the_fetch_failed(pubmed) -> None:
    """A source that shrank keeps all that it had."""
    layout, fetch = pubmed
    layout.add("baseline", 1, pubmed_file(77))
    layout.list()
    fetch()
    before = on_disk(fetch)
    layout.remove(layout.path("updatefiles", 4))
    layout.list()
    assert fetch(pruning=True).error.exit_code == 3
    assert on_disk(fetch) == before


def test_two_years_in_one_baseline_wait(pubmed) -> None:
    """While NLM puts a new year there, nothing is fetched and the snapshot stays."""
    layout, fetch = pubmed
    assert fetch().error is None
    before = fetch.snapshot.read_bytes()
    layout.year = 27
    layout.add("baseline", 1, pubmed_file(100))
    layout.list()
    outcome = fetch()
    assert "lists 26 and 27: a new year is being put there" in str(outcome.error)
    assert fetch.snapshot.read_bytes() == before


@pytest.mark.parametrize("name", ["n0002.xml.gz", "n0003.xml.gz"])
def test_a_gap_in_the_numbers_is_a_fault(pubmed, name: str) -> None:
    """A file that the listing silently lacks is lost revisions."""
    layout, fetch = pubmed
    layout.remove(next(p for p in layout.dates if p.endswith(name)))
    layout.list()
    outcome = fetch()
    assert f"lacks {name[:5]}" in str(outcome.error)
    assert not fetch.snapshot.exists()


def test_a_listing_that_stops_is_asked_for_again(pubmed) -> None:
    """A silently short page has no end; one that stays short is one line."""
    layout, fetch = pubmed
    whole = layout.site.files["/pubmed/baseline/"]
    short = whole.body[: len(whole.body) - 60]
    layout.site.fail("/pubmed/baseline/", lambda h, s: h.reply(200, short, {}))
    assert fetch().error is None
    layout.site.fail("/pubmed/baseline/", *[lambda h, s: h.reply(200, short, {})] * 9)
    assert "without its end" in str(fetch().error)


def test_an_update_that_disappears_is_exit_code_3(pubmed) -> None:
    """Files of one year never go: the listing is cut. Nothing changes until the recipe says so."""
    layout, fetch = pubmed
    assert fetch().error is None
    before = fetch.snapshot.read_bytes()
    layout.remove(layout.path("updatefiles", 4))
    layout.list()
    outcome = fetch()
    assert isinstance(outcome.error, CheckError)
    assert outcome.error.exit_code == 3
    assert "updates/pubmed26n0004.xml.gz" in str(outcome.error)
    assert fetch.snapshot.read_bytes() == before
    fetch.keys["floor"] = 0.0
    assert fetch().error is None
    assert len(fetch.paths()) == 3
    [gone] = [line for line in fetch.lines()[1:] if "gone" in line]
    assert gone["reason"] == "not_listed"
    with contextlib.closing(
        sqlite3.connect(fetch.folder / "fetched/pubmed/.fetch/state.sqlite")
    ) as db:
        assert db.execute("SELECT count(*) FROM gone").fetchone() == (0,)  # the snapshot has it


def test_a_source_that_shrinks_is_exit_code_3(pubmed) -> None:
    """A new year of half the size is no new year."""
    layout, fetch = pubmed
    assert fetch().error is None
    layout.dates.clear()
    layout.year = 27
    layout.add("baseline", 1, pubmed_file(100))
    layout.list()
    outcome = fetch()
    assert outcome.error.exit_code == 3
    assert "lists 1 files, 2 the last time" in str(outcome.error)


def test_a_file_listed_twice_is_one(pubmed) -> None:
    """The same line again changes nothing; in two states it is a fault."""
    layout, fetch = pubmed
    name = "pubmed26n0001.xml.gz"
    size = len(layout.site.files["/pubmed/baseline/" + name].body)
    layout.list(f'<a href="{name}">{name}</a>  2026-01-29 14:48  {size}')
    assert fetch().error is None
    assert len(fetch.paths()) == 4


def test_a_dry_run_fetches_and_writes_nothing(pubmed) -> None:
    """It lists, compares, and says sizes and time."""
    layout, fetch = pubmed
    fetch.keys["requests_per_s"] = 0.5
    outcome = fetch(dry_run=True)
    assert outcome.plan.due.objects == outcome.plan.due.new == 4
    sizes = [len(f.body) for p, f in layout.site.files.items() if p.endswith(".gz")]
    assert outcome.plan.due.size == sum(sizes)
    assert outcome.plan.seconds == 16  # four files and their checksums, one in two seconds
    assert [a.path for a in layout.site.asked()] == ["/pubmed/baseline/", "/pubmed/updatefiles/"]
    assert not (fetch.folder / "fetched").exists()
    assert fetch().error is None
    layout.add("updatefiles", 5, pubmed_file(9000))
    layout.list()
    before = {p: p.stat().st_mtime_ns for p in fetch.folder.rglob("*") if p.is_file()}
    outcome = fetch(dry_run=True)
    assert (outcome.plan.due.objects, outcome.plan.listed) == (1, 5)
    before.pop(fetch.recipe)
    after = {p: p.stat().st_mtime_ns for p in fetch.folder.rglob("*") if p.is_file()}
    after.pop(fetch.recipe)
    assert after == before


def test_a_build_reads_the_snapshot_offline(pubmed, tmp_path: Path) -> None:
    """The server is empty by then, and every file that the snapshot pins gives its documents."""
    layout, fetch = pubmed
    assert fetch().error is None
    layout.site.files.clear()
    before = len(layout.site.log)
    run("build", str(fetch.recipe), "--out", str(tmp_path / "c"), "--workers", "1")
    assert len(layout.site.log) == before
    manifest = json.loads((tmp_path / "c/v1/manifest.json").read_text())
    inputs = manifest["sources"]["pubmed"]["inputs"]
    assert {i["path"]: i["sha256"] for i in inputs} == {
        f"fetched/pubmed/{line['path']}": line["sha256"] for line in fetch.lines()[1:]
    }
    counts = manifest["sources"]["pubmed"]["counts"]
    assert (counts["failed"], counts["kept"] + counts["dropped"]) == (0, 8)


def test_the_time_of_a_fetch_leaves_no_trace(pubmed, tmp_path: Path) -> None:
    """Another day, other faults, another order: the tasks of a build have the same keys."""
    layout, fetch = pubmed
    assert fetch().error is None
    fetch.site.clock.sleep(86_400 * 30)
    again = Fetcher(tmp_path / "again", layout.site, "pubmed", "/pubmed/")
    again.folder.mkdir()
    again.keys |= {"connections": 1}
    layout.site.fail(layout.path("baseline", 1), status(503))
    assert again().error is None
    assert again.snapshot.read_bytes() != fetch.snapshot.read_bytes()
    plans = [planned(one.recipe, tmp_path / "corpus") for one in (fetch, again)]
    assert plans[0].inputs.keys() == plans[1].inputs.keys()
    keys = [[task.folder for task in plan.todo] for plan in plans]
    assert keys[0] == keys[1] != []


def planned(recipe: Path, corpus: Path) -> SourcePlan:
    """Plan the one source of a recipe."""
    loaded = load(recipe)
    parameters = Parameters("pubmed", "pubmed", "abstract", "", {}, Masking("off"), "", {"a": "1"})
    return plan_source(loaded, loaded.sources[0], parameters, corpus)


def test_a_file_that_is_not_as_pinned_is_a_failed_row(pubmed) -> None:
    """Changed with its size kept, cut, or removed: the build says so; a fetch mends it."""
    layout, fetch = pubmed
    assert fetch().error is None
    loaded = load(fetch.recipe)
    source = loaded.sources[0]
    home = fetch.folder / "fetched/pubmed"
    (home / "baseline/pubmed26n0001.xml.gz").write_bytes(b"x")
    (home / "baseline/pubmed26n0002.xml.gz").unlink()
    from sources import registry

    listing = registry.get("pubmed")().locate(source.paths, loaded.root)
    assert len(listing.inputs) == 2
    assert [p.rule for p in listing.problems] == ["not_as_pinned"] * 2
    assert "curation fetch" in listing.problems[0].detail
    assert len(requests_of(layout, fetch)) == 2 + 4
    assert len(registry.get("pubmed")().locate(source.paths, loaded.root).inputs) == 4


def test_bytes_that_changed_are_seen_by_their_checksum(pubmed, tmp_path) -> None:
    """The size alone is not trusted."""
    _, fetch = pubmed
    assert fetch().error is None
    file = fetch.folder / "fetched/pubmed/baseline/pubmed26n0001.xml.gz"
    data = bytearray(file.read_bytes())
    data[30] ^= 1
    file.write_bytes(data)
    plan = planned(fetch.recipe, tmp_path / "corpus")
    assert [p.rule for p in plan.problems] == ["not_as_pinned"]
    assert len(plan.inputs) == 3


def test_a_lost_state_takes_over_what_is_there(pubmed) -> None:
    """The files are there and the source states checksums: no body is fetched again."""
    layout, fetch = pubmed
    assert fetch().error is None
    first = fetch.snapshot.with_name("pubmed.0001.snapshot")
    before = first.read_bytes()
    fetch.site.clock.sleep(86_400)
    for file in (fetch.folder / "fetched/pubmed/.fetch").glob("state.sqlite*"):
        file.unlink()
    asked = requests_of(layout, fetch)
    assert [path for path in asked if path.endswith(".gz")] == []
    assert len(fetch.paths()) == 4
    assert first.read_bytes() == before  # the numbers go on
    assert fetch.lines()[0]["number"] == 2


@pytest.mark.parametrize("dry", [False, True])
def test_a_lost_state_does_not_let_a_source_shrink(pubmed, dry: bool) -> None:
    """The newest snapshot says how much there was."""
    layout, fetch = pubmed
    assert fetch().error is None
    before = fetch.snapshot.read_bytes()
    for file in (fetch.folder / "fetched/pubmed/.fetch").glob("state.sqlite*"):
        file.unlink()
    layout.dates.clear()
    layout.add("baseline", 1, pubmed_file(100))
    layout.list()
    outcome = fetch(dry_run=dry)
    assert outcome.error.exit_code == 3
    assert "lists 1 files, 2 the last time" in str(outcome.error)
    assert fetch.snapshot.read_bytes() == before


def test_a_lost_state_beside_a_damaged_snapshot_is_one_line(pubmed) -> None:
    """Which snapshot it is."""
    _, fetch = pubmed
    assert fetch().error is None
    for file in (fetch.folder / "fetched/pubmed/.fetch").glob("state.sqlite*"):
        file.unlink()
    fetch.snapshot.with_name("pubmed.0001.snapshot").write_bytes(b"no snapshot\n")
    said = str(fetch().error)
    assert "pubmed.0001.snapshot is no snapshot" in said
    assert "\n" not in said


def test_a_damaged_state_is_one_line(pubmed) -> None:
    """And says what to do."""
    _, fetch = pubmed
    assert fetch().error is None
    for file in (fetch.folder / "fetched/pubmed/.fetch").glob("state.sqlite*"):
        file.write_bytes(b"no database" * 1000)
    assert "remove it" in str(fetch().error)


def test_another_checksum_is_believed_more_than_304(pubmed) -> None:
    """Where the file beside it states another sum, the body is asked for without a condition."""
    layout, fetch = pubmed
    assert fetch().error is None
    path = layout.path("baseline", 1)
    etag = layout.site.files[path].etag
    layout.add("baseline", 1, pubmed_file(4321), date="2026-05-05 10:00")
    layout.site.files[path].etag = etag
    layout.list()
    assert fetch().error is None
    assert fetch.bytes("baseline/pubmed26n0001.xml.gz") == pubmed_file(4321)


def test_nothing_unfinished_is_left(pubmed) -> None:
    """Parts of files that are not listed any more, and what a killed fetch needed for itself."""
    layout, fetch = pubmed
    hidden = fetch.folder / "fetched/pubmed/.fetch"
    for name in ("parts/old.part", "parts/old.part.json", "scratch/listing.sqlite"):
        (hidden / name).parent.mkdir(parents=True, exist_ok=True)
        (hidden / name).write_bytes(b"left over")
    assert fetch().error is None
    assert sorted(p.name for p in hidden.iterdir()) == ["lock", "parts", "state.sqlite"]
    assert not list((hidden / "parts").iterdir())
    assert layout.site.log


def test_two_fetches_do_not_meet(pubmed) -> None:
    """The second one says that there is a first one: exit code 4."""
    _, fetch = pubmed
    home = fetch.folder / "fetched/pubmed"
    held = State(home)
    outcome = fetch()
    assert isinstance(outcome.error, LockedError)
    assert outcome.error.exit_code == 4
    with pytest.raises(BusyError):
        State(home)
    held.close()
    assert fetch().error is None


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "not_a_snapshot"),
        (b"{}\n", "not_a_snapshot"),
        (b"[1]\n", "not_a_snapshot"),
        (b'{"snapshot": 9, "name": "x", "number": 1, "objects": 0, "gone": 0, "failed": 0}\n',
         "not_a_snapshot"),
        (b'{"snapshot": 1, "name": "../x", "number": 1, "objects": 0, "gone": 0, "failed": 0}\n',
         "not_a_snapshot"),
        (b'{"snapshot": 1, "name": "x", "number": 1, "objects": 1, "gone": 0, "failed": 0}\n',
         "truncated"),
        (b'{"snapshot": 1, "name": "x", "number": 1, "objects": 1, "gone": 0, "failed": 0}\n{"pa',
         "not_a_snapshot"),
        (b'{"snapshot": 1, "name": "x", "number": 1, "objects": 1, "gone": 0, "failed": 0}\n'
         b'{"path": "a", "file": "../../etc/passwd", "size": 1, "sha256": ""}\n', "not_a_snapshot"),
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_said(tmp_path, content: bytes, rule: str) -> None:
    """Empty, foreign, of a later format, cut, or pointing outside."""
    file = tmp_path / "x.snapshot"
    file.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        list(snapshot.entries(file))
    assert caught.value.rule == rule
    from sources import registry

    listing = registry.get("pubmed")().locate(["x.snapshot"], tmp_path)
    assert [problem.rule for problem in listing.problems] == [rule]


def test_a_snapshot_that_was_never_fetched_is_said(tmp_path) -> None:
    """The advice is to fetch."""
    from sources import registry

    listing = registry.get("pubmed")().locate(["fetched/pubmed.snapshot"], tmp_path)
    assert "run `curation fetch` first" in listing.problems[0].detail
