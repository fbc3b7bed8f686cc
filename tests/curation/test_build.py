"""A build from the outside: same bytes whatever the circumstances, nothing half-written, resumed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.corpora import digest, notes, prose, recipe, rows_of, run


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with input, recipe and a corpus built from it by one worker."""
    folder = tmp_path_factory.mktemp("built")
    notes(folder)
    notes(folder, 30, "notes-2.jsonl", first=1000)
    run("build", recipe(folder), "--out", folder / "corpus", "--workers", "1")
    return folder


def test_every_input_has_one_row_and_counts_balance(built: Path) -> None:
    """90 lines in, 90 rows out; what is kept stands in the shards."""
    rows = rows_of(built / "corpus/v1")
    assert len(rows) == len({(r["source"], r["resource"], r["position"]) for r in rows}) == 90
    kept = [r for r in rows if r["outcome"] == "kept"]
    shards = sorted((built / "corpus/v1/data").rglob("*.parquet"))
    assert sum(pq.read_metadata(path).num_rows for path in shards) == len(kept) == 72
    assert {(r["step"], r["rule"]) for r in rows if r["outcome"] == "dropped"} == {
        ("exact", "same_text")
    }


def test_kept_rows_stand_where_the_ledger_says(built: Path) -> None:
    """Shard and row of the ledger lead to the document."""
    version = built / "corpus/v1"
    for row in rows_of(version):
        if row["outcome"] == "kept":
            table = pq.read_table(version / str(row["shard"]), columns=["id", "text"])
            assert table["id"][row["row"]].as_py() == row["id"]


@pytest.mark.parametrize(
    ("workers", "environment"),
    [
        ("2", {"PYTHONHASHSEED": "1"}),
        ("3", {"PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu"}),
    ],
)
def test_same_bytes(built: Path, tmp_path: Path, workers: str, environment: dict[str, str]) -> None:
    """Workers, hash seed, locale and time zone leave no trace."""
    run(
        "build", built / "recipe.toml", "--out", tmp_path / "c", "--workers", workers, **environment
    )
    assert digest(tmp_path / "c/v1") == digest(built / "corpus/v1")


def test_same_bytes_for_another_place_and_order(built: Path, tmp_path: Path) -> None:
    """The folder's place and the order of the paths leave no trace."""
    notes(tmp_path)
    notes(tmp_path, 30, "notes-2.jsonl", first=1000)
    text = (built / "recipe.toml").read_text()
    (tmp_path / "recipe.toml").write_text(text)
    a = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "a")
    assert a.stdout
    assert digest(tmp_path / "a/v1") == digest(built / "corpus/v1")
    recipe(tmp_path, '["notes-2.jsonl", "notes.jsonl"]')
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "b")
    data = {k: v for k, v in digest(tmp_path / "b/v1").items() if k.startswith(("data", "ledger"))}
    assert data == {k: v for k, v in digest(tmp_path / "a/v1").items() if k in data}


def test_slicing_leaves_no_trace(tmp_path: Path) -> None:
    """A corpus grown file by file has the shards and the ledger of one built at once."""
    for n in range(3):
        notes(tmp_path, 20, f"notes-{n}.jsonl", first=100 * n)
        run("build", recipe(tmp_path), "--out", tmp_path / "grown")
    run("build", recipe(tmp_path), "--out", tmp_path / "once")
    grown, once = digest(tmp_path / "grown/v3"), digest(tmp_path / "once/v1")
    assert {k: v for k, v in grown.items() if k != "manifest.json"} == {
        k: v for k, v in once.items() if k != "manifest.json"
    }


def test_second_build_links_what_did_not_change(built: Path) -> None:
    """v2 of the same input shares every file but the manifest with v1, and reads nothing again."""
    run("build", built / "recipe.toml", "--out", built / "corpus")
    one, two = built / "corpus/v1", built / "corpus/v2"
    assert (built / "corpus/latest").read_text() == "v2\n"
    for path in two.rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            assert path.samefile(one / path.relative_to(two)), path.name


def test_a_changed_threshold_reads_no_input(built: Path, tmp_path: Path) -> None:
    """Opinion is decided from the cache: the raw file may even be unreadable by then."""
    notes(tmp_path)
    run("build", recipe(tmp_path), "--out", tmp_path / "c")
    cache = sorted((tmp_path / "c/.curation/cache").rglob("*"))
    stamps = {path: path.stat().st_mtime_ns for path in cache}
    recipe(tmp_path, extra="[quality]\nwords_min = 125")
    text = (tmp_path / "recipe.toml").read_text()
    (tmp_path / "recipe.toml").write_text(text)
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c")
    assert {path: path.stat().st_mtime_ns for path in cache} == stamps
    assert any(r["rule"] == "words_min" for r in rows_of(tmp_path / "c/v2"))


def wait_for(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait, or return at once when the process ends."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_build_resumes_to_the_same_bytes(built: Path, tmp_path: Path, seed: int) -> None:
    """SIGKILL at random moments: no version appears, no worker is left, the next build is the same."""
    out = tmp_path / "c"
    command = [
        sys.executable,
        "-m",
        "curation",
        "build",
        str(built / "recipe.toml"),
        "--out",
        str(out),
    ]
    draw = random.Random(seed)
    for _ in range(3):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(process, draw.uniform(0.3, 4.0))
        process.kill()
        process.wait()
        assert not alive(process.pid)
        versions = [p.name for p in out.iterdir() if p.name.startswith("v")] if out.exists() else []
        assert all((out / name / "manifest.json").exists() for name in versions)
    run("build", built / "recipe.toml", "--out", out)
    newest = (out / "latest").read_text().strip()
    left, right = digest(out / newest), digest(built / "corpus/v1")
    assert {k: v for k, v in left.items() if k != "manifest.json"} == {
        k: v for k, v in right.items() if k != "manifest.json"
    }


def alive(session: int) -> list[str]:
    """Return the processes of a session that still run, after a moment."""
    for _ in range(50):
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(fields[3]) == session and fields[0] != "Z":
                    found.append(entry.name)
        if not found:
            return []
        time.sleep(0.1)
    return found


def test_interrupt_is_130_without_traceback(built: Path, tmp_path: Path) -> None:
    """Ctrl-C leaves no version, no worker and no traceback."""
    command = [sys.executable, "-m", "curation", "build", str(built / "recipe.toml")]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "c")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A test run in the background of a shell is deaf to it, and hands that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr
    seen = b""
    while b"extracting" not in seen:
        line = process.stderr.readline()
        assert line, seen.decode()
        seen += line
    time.sleep(0.1)  # amid the work of the small sample
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert b"Traceback" not in errors
    assert not (tmp_path / "c/v1").exists()
    assert not alive(process.pid)


def test_a_second_build_at_the_same_time_is_4(built: Path, tmp_path: Path) -> None:
    """The lock says who holds it."""
    import fcntl

    hidden = tmp_path / "c/.curation"
    hidden.mkdir(parents=True)
    with (hidden / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.write("process 12345 on elsewhere")
        stream.flush()
        done = run("build", built / "recipe.toml", "--out", tmp_path / "c", code=4)
    assert "process 12345 on elsewhere" in done.stderr


def test_dry_run_writes_no_version(built: Path, tmp_path: Path) -> None:
    """--dry-run says what would be read."""
    done = run("build", built / "recipe.toml", "--out", tmp_path / "c", "--dry-run")
    assert "notes: 2 files" in done.stdout
    assert not (tmp_path / "c").exists()


def test_an_alarm_publishes_nothing(tmp_path: Path) -> None:
    """A source that loses nearly everything stops the publish with exit code 3."""
    notes(tmp_path)
    recipe(tmp_path, extra="[quality]\nwords_min = 100000")
    done = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", code=3)
    assert "alarm: notes lost 60 of 60" in done.stderr
    assert not (tmp_path / "c/v1").exists()


def test_a_source_that_fails_wholly_publishes_nothing(tmp_path: Path) -> None:
    """On the first build too: exit code 3, and the line says what failed."""
    for n in range(10):
        (tmp_path / f"bad{n}.jsonl").write_text("{broken\n")
    notes(tmp_path)
    text = recipe(tmp_path).read_text()
    bad = '[[sources]]\nuse = "jsonl"\nname = "bad"\npaths = ["bad*.jsonl"]\n'
    (tmp_path / "recipe.toml").write_text(f"{text}{bad}[failures]\ntolerate = 1000\n")
    done = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", code=3)
    said = (
        "alarm: bad lost 10 of 10 inputs (100%, limit 90%): parse.bad_json 10 (bad0.jsonl: line 1"
    )
    assert said in done.stderr
    assert "; and 7 more); nothing was published" in done.stderr
    assert not (tmp_path / "c/v1").exists()


def test_warnings_are_lines_of_the_summary_and_of_the_manifest(tmp_path: Path) -> None:
    """One line each on stderr, the same in manifest, card and JSON; the version is published."""
    notes(tmp_path)
    recipe(tmp_path, extra='[status]\ndate_min = "1900"\n[alarms]\nmax_rule_loss = 0.1')
    done = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c")
    warned = [
        line.removeprefix("warning: ") for line in done.stderr.splitlines() if "warning" in line
    ]
    assert warned == [
        "notes: exact.same_text drops 12 of 60 documents (20%; [alarms] max_rule_loss is 10%)",
        "[status] date_min: switched on, and drops no document",
    ]
    manifest = json.loads((tmp_path / "c/v1/manifest.json").read_text())
    assert [alarm["line"] for alarm in manifest["alarms"]] == warned
    assert (
        f"## Warnings of the build\n\n- {warned[0]}\n" in (tmp_path / "c/v1/README.md").read_text()
    )
    again = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", "--json")
    assert json.loads(again.stdout)["alarms"] == manifest["alarms"]


def test_a_version_is_no_corpus_to_build_into(built: Path, tmp_path: Path) -> None:
    """--out names the corpus; a published version stays as it is."""
    out = tmp_path / "c"
    run("build", built / "recipe.toml", "--out", out)
    before = digest(out / "v1")
    done = run("build", built / "recipe.toml", "--out", out / "v1", code=2)
    assert "name its corpus with --out" in done.stderr
    assert digest(out / "v1") == before


def test_a_vanished_source_publishes_nothing(tmp_path: Path) -> None:
    """A source whose inputs are gone does not empty the corpus."""
    path = notes(tmp_path)
    run("build", recipe(tmp_path), "--out", tmp_path / "c")
    path.unlink()
    done = run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", code=3)
    assert "nothing was published" in done.stderr
    assert (tmp_path / "c/latest").read_text() == "v1\n"


def test_personal_data_reaches_no_file(tmp_path: Path) -> None:
    """A masked value stands nowhere below the corpus, cache included."""
    lines = [
        {"id": f"p{n}", "text": prose(n) + f" Write to patient{n}@example.org."} for n in range(20)
    ]
    (tmp_path / "notes.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run("build", recipe(tmp_path), "--out", tmp_path / "c")
    for path in (tmp_path / "c").rglob("*.parquet"):
        for column in pq.read_table(path).itercolumns():
            assert "@example.org" not in str(column.to_pylist()), path
    assert all(r["pii"] == [("EMAIL", 1)] for r in rows_of(tmp_path / "c/v1"))


def test_deleting_the_hidden_folder_loses_nothing(built: Path, tmp_path: Path) -> None:
    """The cache is a cache."""
    import shutil

    shutil.rmtree(built / "corpus/.curation")
    run("build", built / "recipe.toml", "--out", built / "corpus")
    newest = (built / "corpus/latest").read_text().strip()
    left, right = digest(built / "corpus" / newest), digest(built / "corpus/v1")
    assert (
        left["data/notes/train-00000-of-00001.parquet"]
        == right["data/notes/train-00000-of-00001.parquet"]
    )


def test_odd_names_are_found_again_in_the_cache(tmp_path: Path) -> None:
    """Colons, blanks, tabs and bytes that are no UTF-8: the second build keeps what the first did."""
    names = [
        b"a::b.jsonl",
        b"c\xc2\xa0d.jsonl",
        b"e\tf.jsonl",
        b"g\xff.jsonl",
        "häß 'x\".jsonl".encode(),
    ]
    for number, name in enumerate(names):
        with open(os.fsencode(tmp_path) + b"/" + name, "w") as stream:
            json.dump({"id": f"n{number}", "text": prose(number)}, stream)
    recipe(tmp_path, '["*.jsonl"]')
    for version in ("v1", "v2"):
        run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c")
        assert sum(r["outcome"] == "kept" for r in rows_of(tmp_path / "c" / version)) == len(names)


def test_a_corpus_among_the_inputs_is_not_read(tmp_path: Path) -> None:
    """--out inside the input folder: the next build sees the same inputs."""
    notes(tmp_path / "in")
    for paths in ('["in"]', '["**"]'):
        recipe(tmp_path, paths, extra="[failures]\ntolerate = 0")
        run("build", tmp_path / "recipe.toml", "--out", tmp_path / "in/c")
    assert len(rows_of(tmp_path / "in/c/v1")) == len(rows_of(tmp_path / "in/c/v2"))


def test_a_damaged_version_does_not_spread(tmp_path: Path) -> None:
    """A file of the version before is linked only while its bytes are right."""
    notes(tmp_path)
    run("build", recipe(tmp_path), "--out", tmp_path / "c")
    [shard] = (tmp_path / "c/v1/data/notes").iterdir()
    shard.chmod(0o644)
    data = bytearray(shard.read_bytes())
    data[100] ^= 1
    shard.write_bytes(bytes(data))
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "c")
    done = run("verify", tmp_path / "c/v2", "--deep", "--json")
    assert json.loads(done.stdout)["faults"] == []


def test_a_script_without_a_guard_builds_twice(tmp_path: Path) -> None:
    """The README's snippet, as a script: workers do not run it again, and build is a function."""
    notes(tmp_path)
    recipe(tmp_path)
    script = tmp_path / "script.py"
    script.write_text(
        "import curation\n"
        "corpus = curation.build('recipe.toml', out='c', workers=2)\n"
        "print(curation.open('c').version)\n"
        "print(curation.build('recipe.toml', out='c', workers=2).version)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["v1", "v2"], done.stderr


def test_modules_in_the_current_folder_take_no_part(tmp_path: Path) -> None:
    """What lies where a build is called, a file named as a module, is not run by its processes."""
    notes(tmp_path)
    notes(tmp_path, name="notes2.jsonl", first=100)
    recipe(tmp_path)
    for name in ("random", "json", "sources", "filters"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not asked for')\n")
    program = tmp_path / "bin" / "program.py"  # elsewhere, as the installed one is
    program.parent.mkdir()
    program.write_text("import runpy\nrunpy.run_module('curation', run_name='__main__')\n")
    done = subprocess.run(
        [sys.executable, str(program), "build", "recipe.toml", "--out", "c", "--workers", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "not asked for" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr


def test_a_broken_record_of_a_batch_names_its_file(tmp_path: Path) -> None:
    """A record that a source read among many others still says in which file it stands."""
    record = '<PubmedArticle><MedlineCitation><PMID Version="1">{n}</PMID>{x}</MedlineCitation></PubmedArticle>'
    records = [record.format(n=99300001 + n, x="<b>" if n == 1 else "") for n in range(3)]
    (tmp_path / "pubmed25n0001.xml").write_text(
        f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"
    )
    text = '[failures]\ntolerate = 1\n[language]\nkeep = "any"\n[alarms]\nmax_source_loss = 1\n'
    text += '[[sources]]\nuse = "pubmed"\npaths = ["pubmed25n0001.xml"]\n'
    (tmp_path / "recipe.toml").write_text(text)
    run("build", tmp_path / "recipe.toml", "--out", tmp_path / "corpus")
    rows = rows_of(tmp_path / "corpus/v1")
    assert sorted((r["position"], r["outcome"]) for r in rows) == [
        (0, "dropped"),
        (1, "failed"),
        (2, "dropped"),
    ]
    (broken,) = [r for r in rows if r["outcome"] == "failed"]
    assert str(broken["detail"]).startswith("pubmed25n0001.xml: record 2 at byte ")
