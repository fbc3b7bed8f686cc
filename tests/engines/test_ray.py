"""Builds on a Ray cluster: the bytes of a local build, whatever is lost on the way."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from curation import pipeline
from curation.bucket_tasks import write_keys, write_meetings
from curation.engines.base import Engine, engine_of
from curation.pair_search import Division, Stage
from curation.pair_tasks import fetch_rows, plan_batches, write_agreeing, write_similar
from curation.progress import Progress
from curation.recipe import load
from curation.storage import remove_tree
from tests.corpora import digest, notes, prose, recipe, run
from tests.curation.test_build import alive
from tests.engines.conftest import NODE
from tests.engines.tasks import extract_on_a_lost_node, poisoned_extract

ROOT = Path(__file__).parents[2]


def build(folder: Path, name: str, engine: Engine) -> dict[str, str]:
    """Build in this process; return the checksums of the version's files."""
    with Progress(quiet=True) as progress:
        done = pipeline.build(load(folder / "recipe.toml"), folder / name, engine, progress)
    return digest(folder / name / done.version)


def test_the_sample_has_the_same_bytes(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language_model: Path
) -> None:
    """Every file of the version, on two nodes, from another folder; and nothing is printed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    recipe = ROOT / "data/sample/recipe.toml"
    run("build", recipe, "--out", "local", PYTHONHASHSEED="3")
    ray = ("--engine", "ray", "--address", cluster.address)
    done = run("build", recipe, "--out", "ray", *ray, "--json", PYTHONHASHSEED="7")
    assert done.stdout.startswith("{")
    assert done.stderr == ""
    assert digest(tmp_path / "ray/v1") == digest(tmp_path / "local/v1")
    left = {path.name for path in (tmp_path / "ray/.curation").iterdir()}
    assert left == {"cache", "lock", "shared"}


def test_near_duplicates_of_a_store(
    cluster: Any, s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inputs and corpus at a store, and each step of the search in several tasks on the cluster."""
    for part in range(3):
        lines = [
            json.dumps({"id": f"n{n}", "text": prose(n // 3) + " It ended." * (n % 3)})
            for n in range(part, 60, 3)
        ]
        with zipfile.ZipFile(tmp_path / "notes.zip", "w") as archive:
            archive.writestr("notes.jsonl", "\n".join(lines))
        s3.put_file(str(tmp_path / "notes.zip"), f"bucket/raw/notes-{part}.zip")
    recipe(tmp_path, '["s3://bucket/raw/notes-*.zip"]')
    division = Division(group=20, partition=200, later=10, pairs=5, batch=20_000)
    tasks: dict[str, int] = {}

    class Counting(Stage):
        def run(self, function: Any, given: Any) -> Any:
            tasks[function.__name__] = max(len(given), tasks.get(function.__name__, 0))
            return super().run(function, given)

    monkeypatch.setattr(pipeline, "Stage", functools.partial(Counting, division=division))
    versions = []
    for name, engine in (
        ("local", engine_of("local", 1)),
        ("ray", engine_of("ray", None, cluster.address)),
    ):
        tasks.clear()
        with Progress(quiet=True) as progress:
            done = pipeline.build(
                load(tmp_path / "recipe.toml"),
                f"s3://bucket/{name}",
                engine,
                progress,
                work=tmp_path / name,
            )
        assert done.counts["dropped"] == 40
        root = f"bucket/{name}/v1/"
        versions.append({key.removeprefix(root): s3.cat_file(key) for key in s3.find(root)})
    assert versions[0] == versions[1]
    steps = {
        write_keys,
        write_meetings,
        plan_batches,
        fetch_rows,
        write_agreeing,
        write_similar,
    }
    assert {step.__name__ for step in steps if tasks[step.__name__] > 1} == {
        step.__name__ for step in steps
    }


def test_a_crashing_file_ends_as_in_a_local_build(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that kills its worker is one failed row, and all others are there."""
    for n, name in enumerate(("notes-a.jsonl", "notes-poison.jsonl", "notes-z.jsonl")):
        notes(tmp_path, 12, name, first=100 * n)
    recipe(tmp_path, extra="[failures]\ntolerate = 1")
    monkeypatch.setattr(pipeline, "extract_slice", poisoned_extract)
    expected = build(tmp_path, "local", engine_of("local", 2))
    assert build(tmp_path, "ray", engine_of("ray", None, cluster.address)) == expected
    done = run("explain", tmp_path / "ray", "notes-poison.jsonl")
    assert "crashed" in done.stdout


def kill(node: Any) -> None:
    """End a node as a power cut does: the process that starts its workers, and all below it."""
    import psutil

    head = psutil.Process(raylet(node))
    for process in [head, *head.children(recursive=True)]:
        process.kill()


def raylet(node: Any) -> int:
    """Return the process that starts the workers of a node."""
    number: int = node.all_processes["raylet"][0].process.pid
    return number


def test_a_lost_node_costs_no_byte(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node is killed with all its processes while it works: its tasks run again elsewhere."""
    for n in range(8):
        path = notes(tmp_path, 20, "notes.jsonl", first=100 * n)
        with zipfile.ZipFile(tmp_path / f"notes-{n}.zip", "w") as archive:
            archive.write(path, "notes.jsonl")
        path.unlink()
    recipe(tmp_path, '["notes-*.zip"]')
    expected = build(tmp_path, "local", engine_of("local", 2))
    watched = tmp_path / "watched"
    watched.mkdir()
    doomed = cluster.add_node(**NODE)
    (watched / "doomed").write_text(str(raylet(doomed)))
    monkeypatch.setattr(pipeline, "extract_slice", extract_on_a_lost_node)

    def power_cut() -> None:
        while not (watched / "reached").exists():
            time.sleep(0.05)
        kill(doomed)

    thread = threading.Thread(target=power_cut, daemon=True)
    thread.start()
    try:
        assert build(tmp_path, "ray", engine_of("ray", None, cluster.address)) == expected
    finally:
        cluster.remove_node(doomed, allow_graceful=False)
    assert (watched / "reached").exists()
    tried = [path.name for path in watched.iterdir() if "." in path.name]
    assert len({name.split(".")[0] for name in tried}) == 8
    assert len(tried) > 8
    assert not list((tmp_path / "ray/.curation").glob("*staging*"))
    # What the lost worker left half-done is no slice, and the next build sweeps it away.
    remove_tree(tmp_path / "ray/v1")
    assert build(tmp_path, "ray", engine_of("local", 2)) == expected
    assert not list((tmp_path / "ray/.curation/cache").rglob(".*.tmp"))


def test_interrupt_ends_the_ray_that_was_started(tmp_path: Path) -> None:
    """Without an address Ray runs for the build alone: Ctrl-C is 130, and no process is left."""
    pytest.importorskip(
        "ray", reason="Ray is not installed; install the extra: pip install '.[ray]'"
    )
    notes(tmp_path, 6_000)
    command = [sys.executable, "-m", "curation", "build", str(recipe(tmp_path)), "--engine", "ray"]
    process = subprocess.Popen(
        [*command, "--workers", "1", "--out", str(tmp_path / "c")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A test run in the background of a shell is deaf to it, and hands that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not list((tmp_path / "c/.curation").glob("cache/*/.*.tmp")):  # a worker is at work
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors.decode()
    assert output == b""
    assert b"Traceback" not in errors
    assert not (tmp_path / "c/v1").exists()
    assert not alive(process.pid)
