"""Builds from and to a server that speaks S3, on loopback: the same bytes as in a folder."""

from __future__ import annotations

import hashlib
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import curation
from curation import manifest
from curation.cli import program
from curation.engines.base import engine_of
from curation.errors import CurationError, UsageError
from curation.pipeline import build
from curation.progress import Progress
from curation.publish import check_writer
from curation.recipe import load
from curation.stores import place
from curation.verify import verify
from tests.corpora import notes, recipe, run
from tests.curation.make_version import make_version
from tests.stores import Memory

SAMPLE = Path(__file__).parents[2] / "data/sample"


def held(s3: Any, version: str) -> dict[str, bytes]:
    """Return the files of a version at the store."""
    root = f"bucket/corpus/{version}/"
    return {key.removeprefix(root): s3.cat_file(key) for key in s3.find(root)}


def local(version: Path) -> dict[str, bytes]:
    """Return the files of a version in a folder."""
    return {
        path.relative_to(version).as_posix(): path.read_bytes()
        for path in version.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, language_model: Path) -> Path:
    """The sample, built twice into a folder: v2 drops more."""
    folder = tmp_path_factory.mktemp("sample")
    curation.build(SAMPLE / "recipe.toml", folder / "corpus", 1)
    return folder / "corpus"


def test_the_sample_at_a_store(s3: Any, built: Path, tmp_path: Path) -> None:
    """The version is the same, byte for byte, manifest included; and every verb says the same of it."""
    corpus = curation.build(SAMPLE / "recipe.toml", "s3://bucket/corpus", 1, work=tmp_path)
    assert held(s3, "v1") == local(built / "v1")
    assert s3.cat_file("bucket/corpus/latest") == b"v1\n"
    assert sorted(s3.ls("bucket/corpus", detail=False)) == [
        "bucket/corpus/latest",
        "bucket/corpus/v1",
    ]
    assert corpus.version == "v1"
    here = curation.open(built)
    for there in (
        corpus,
        curation.open("s3://bucket/corpus"),
        curation.open("s3://bucket/corpus/v1"),
    ):
        assert there.manifest == here.manifest
    assert [b.to_pylist() for b in corpus.documents(["id", "text"], "year >= 2000")] == [
        b.to_pylist() for b in here.documents(["id", "text"], "year >= 2000")
    ]
    said = {**corpus.verify(deep=True), "folder": ""}
    assert said == {**here.verify(deep=True), "folder": ""}
    assert said["ok"]
    for arguments in (
        ["stats", "DIR"],
        ["stats", "DIR/v1", "--by", "kind", "--json"],
        ["show", "DIR", "pubmed:99000001"],
        ["explain", "DIR", "pubmed:99000012"],
        ["explain", "DIR", "pubmed:990000"],
        ["sample", "DIR", "-n", "3"],
        ["query", "DIR", "SELECT source, count(*) FROM ledger GROUP BY ALL ORDER BY ALL"],
        ["query", "DIR", "SELECT * FROM read_parquet('DIR/v1/attribution.parquet')", "--json"],
        ["query", "DIR", "SELECT * FROM read_text('DIR/v1/README.md')"],
        ["versions", "DIR"],
        ["versions", "DIR/v9"],
        ["diff", "DIR", "v1", "latest"],
        ["similar", "DIR", "pubmed:99000001", "--threshold", "0.1"],
        ["sweep", "DIR", "--rule", "words_min", "--json"],
        ["fidelity", str(SAMPLE / "pubmed"), "DIR", "--json", "--quiet"],
    ):
        assert outcome(arguments, "s3://bucket/corpus") == outcome(arguments, str(built))


def outcome(arguments: list[str], corpus: str) -> tuple[int, str, str]:
    """Run a verb in this process; return exit code, output and error without the corpus' name."""
    given = [argument.replace("DIR", corpus) for argument in arguments]
    done = CliRunner().invoke(program, given)
    shown = str(done.exception) if isinstance(done.exception, CurationError) else done.stderr
    if not isinstance(done.exception, CurationError | SystemExit | None):
        raise done.exception
    texts = [text.replace(corpus, "DIR") for text in (done.stdout, shown)]
    return (
        done.exit_code,
        re.sub("no such folder|nothing at this address", "nothing", texts[0]),
        (re.sub("no such folder|nothing at this address", "nothing", texts[1])),
    )


def sent(s3: Any, folder: Path, prefix: str) -> None:
    """Put the files of a folder into the bucket."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            s3.pipe_file(
                f"bucket/{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes()
            )


def test_the_sample_from_a_store(s3: Any, built: Path, tmp_path: Path) -> None:
    """Inputs at addresses give the same documents; the ledger names them by their address."""
    sent(s3, SAMPLE, "raw")
    text = (SAMPLE / "recipe.toml").read_text()
    assert 'paths = ["' in text
    remote = re.sub(
        r"^paths = \[.*?\]",
        lambda found: re.sub(r'"([^"]+)"', r'"s3://bucket/raw/\1"', found[0]),
        text,
        flags=re.M | re.S,
    )
    (tmp_path / "recipe.toml").write_text(remote)
    corpus = curation.build(tmp_path / "recipe.toml", tmp_path / "corpus", 2)
    here = curation.open(built)
    assert corpus.manifest["counts"] == here.manifest["counts"]
    assert corpus.manifest["drops"] == here.manifest["drops"]
    wanted = {"pubmed", "pmc", "notes"} & set(here.manifest["sources"])
    assert wanted
    for name in wanted:  # ids of guidelines without an address follow from their path
        shard = f"data/{name}/train-00000-of-00001.parquet"
        assert corpus.manifest["files"][shard] == here.manifest["files"][shard]
    for name, source in here.manifest["sources"].items():
        there = corpus.manifest["sources"][name]["inputs"]
        assert [(i["path"], i["bytes"], i["sha256"]) for i in there] == [
            (f"s3://bucket/raw/{i['path']}", i["bytes"], i["sha256"]) for i in source["inputs"]
        ]
    rows = corpus.query("SELECT DISTINCT resource FROM ledger").read_all()["resource"].to_pylist()
    assert all(row.startswith("s3://bucket/raw/") for row in rows)
    assert corpus.verify(deep=True)["ok"]
    assert not list((tmp_path / "corpus/.curation/cache").rglob("*.xml*"))


def test_what_did_not_change_is_not_read_again(s3: Any, tmp_path: Path) -> None:
    """A second build takes all from the cache, with its checksums; a new object is read, and only it."""
    notes(tmp_path / "raw", 30)
    notes(tmp_path / "raw", 30, "notes-2.jsonl", 100)
    sent(s3, tmp_path / "raw", "raw")
    path = recipe(tmp_path, '["s3://bucket/raw/notes*.jsonl"]')
    first = curation.build(path, tmp_path / "corpus", 1)
    known = {i["path"]: i["sha256"] for i in first.manifest["sources"]["notes"]["inputs"]}
    assert planned(path, tmp_path) == "0 to extract, 2 from the cache"
    changed = notes(tmp_path / "new", 30, "notes-2.jsonl", 200)
    sent(s3, tmp_path / "new", "raw")
    assert planned(path, tmp_path) == "1 to extract, 1 from the cache"
    second = curation.build(path, tmp_path / "corpus", 1)
    known["s3://bucket/raw/notes-2.jsonl"] = hashlib.sha256(changed.read_bytes()).hexdigest()
    assert {i["path"]: i["sha256"] for i in second.manifest["sources"]["notes"]["inputs"]} == known
    assert second.show("notes:n200")["title"] == "Note 200"
    assert second.show("notes:n0") == first.show("notes:n0")
    assert planned(path, tmp_path) == "0 to extract, 2 from the cache"


def planned(path: Path, folder: Path) -> str:
    """Return how much a build would extract and take from the cache."""
    with Progress(quiet=True) as progress:
        [line] = build(
            load(path), folder / "corpus", engine_of("local", 1, None), progress, dry_run=True
        ).planned
    [found] = re.findall(r"\d+ to extract, \d+ from the cache", line)
    return str(found)


def test_large_inputs_and_archives(s3: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """What is too large for memory goes through an unnamed file, archives and Parquet included."""
    import zipfile

    import pyarrow.json as pj

    from curation import extract

    raw = tmp_path / "raw"
    with zipfile.ZipFile(notes(raw, 30).with_name("a.zip"), "w") as archive:
        archive.write(raw / "notes.jsonl", "notes.jsonl")
    pq.write_table(pj.read_json(raw / "notes.jsonl"), raw / "b.parquet")
    sent(s3, raw, "raw")
    monkeypatch.setattr(extract, "LARGE_BYTES", 100)
    monkeypatch.setattr("sources.remote.PIECE", 1_000)
    here = curation.build(recipe(tmp_path, '["raw/*"]'), tmp_path / "here", 1)
    there = curation.build(recipe(tmp_path, '["s3://bucket/raw"]'), tmp_path / "there", 1)
    assert there.manifest["counts"] == here.manifest["counts"]
    assert len(there.manifest["sources"]["notes"]["inputs"]) == 3
    assert [i["sha256"] for i in there.manifest["sources"]["notes"]["inputs"]] == [
        i["sha256"] for i in here.manifest["sources"]["notes"]["inputs"]
    ]


def test_killed_before_the_manifest(s3: Any, tmp_path: Path) -> None:
    """Nothing is visible, and the next build publishes what one that was never killed publishes."""
    notes(tmp_path, 30)
    path = recipe(tmp_path)
    right = curation.build(path, tmp_path / "right", 1)
    code = (
        "import os, signal, sys\nfrom curation import cli, manifest\n"
        "from curation.stores import ObjectStore\nplain = ObjectStore.create\n"
        "def create(self, name, data):\n"
        "    if name == manifest.NAME:\n        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    plain(self, name, data)\n"
        "ObjectStore.create = create\ncli.main(sys.argv[1:])"
    )
    arguments = ["build", str(path), "--out", "s3://bucket/corpus", "--work", str(tmp_path / "w")]
    done = subprocess.run([sys.executable, "-c", code, *arguments, "--workers", "1"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(held(s3, "v1")) == len(right.manifest["files"])
    assert manifest.versions("s3://bucket/corpus") == []
    with pytest.raises(UsageError, match="stopped or refused"):
        curation.open("s3://bucket/corpus")
    s3.pipe_file("bucket/corpus/v1/data/left-over.parquet", b"of another recipe")
    run(*arguments, "--workers", "1")
    assert held(s3, "v1") == local(tmp_path / "right/v1")


def test_an_interrupted_upload_takes_no_version(tmp_path: Path) -> None:
    """A failing store is one line and exit code 5; with the store back, the build goes on."""
    notes(tmp_path, 10)
    memory = Memory()
    store, loaded = memory.at("/corpus"), load(recipe(tmp_path))
    with Progress(quiet=True) as progress:
        memory.fail_at, memory.forever = 6, True  # behind the probe and the claim
        with pytest.raises(CurationError, match=r"memory://corpus.*the store answered") as told:
            build(loaded, store, engine_of("local", 1, None), progress, work=tmp_path / "w")
        assert told.value.exit_code == 5
        assert store.at("v1").sizes()
        assert manifest.versions(store) == []
        memory.fail_at = 0
        assert (
            build(loaded, store, engine_of("local", 1, None), progress, work=tmp_path / "w").version
            == "v1"
        )
    assert verify(store)["ok"]


@pytest.mark.parametrize(
    ("recipe_paths", "out", "code", "line"),
    [
        (None, "s3://no-such-bucket/corpus", 2, "no such bucket; make it first"),
        (None, "s3://key:p4ss@bucket/corpus", 2, "give them in the environment"),
        (None, "https://example.org/corpus", 2, "not on the web"),
        (None, "nothing://bucket/corpus", 2, "no reader for nothing://"),
        ('["s3://no-such-bucket/*.jsonl"]', "corpus", 3, "no file fits this pattern"),
        ('["s3://bucket/absent.jsonl"]', "corpus", 3, "nothing at this address"),
        ('["https://example.org/notes.jsonl"]', "corpus", 2, "fetch the files first"),
    ],
)
def test_what_is_not_there_is_one_line(
    s3: Any, tmp_path: Path, recipe_paths: str | None, out: str, code: int, line: str
) -> None:
    """Missing buckets, wrong schemes, credentials in an address: exit code and a line without them."""
    notes(tmp_path, 3)
    path = recipe(tmp_path, recipe_paths or '["notes*.jsonl"]')
    where = out if "://" in out else str(tmp_path / out)
    with pytest.raises(CurationError, match=line) as told:
        curation.build(path, where, 1, **({"work": tmp_path / "w"} if "://" in out else {}))
    assert told.value.exit_code == code
    assert "p4ss" not in str(told.value)
    assert "secret" not in str(told.value)


def test_a_single_writer_needs_a_bucket_too(s3: Any, tmp_path: Path) -> None:
    """The option takes the probe of the condition away, not the look whether one can write."""
    notes(tmp_path, 3)
    arguments = ["build", str(recipe(tmp_path)), "--out", "s3://absent/corpus", "--single-writer"]
    done = CliRunner().invoke(program, [*arguments, "--work", str(tmp_path / "w")])
    assert isinstance(done.exception, UsageError)
    assert "no such bucket" in str(done.exception)


def test_the_missing_extra_is_named(s3: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(UsageError, match=r"pip install 'medical-corpus-curation\[s3\]'"):
        curation.open("s3://bucket/corpus")


def test_an_unreachable_store_and_missing_rights(s3: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Exit code 5 and one line each, without the credentials."""
    from s3fs import S3FileSystem

    from sources import remote

    async def refused(*_: Any, **__: Any) -> None:
        raise PermissionError("The key secret-of-the-test is not known")

    monkeypatch.setattr(S3FileSystem, "_info", refused)
    S3FileSystem.clear_instance_cache()
    with pytest.raises(CurationError, match="access denied") as told:
        place("s3://bucket/corpus").size("latest")
    assert "secret" not in str(told.value)
    monkeypatch.undo()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-test",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    S3FileSystem.clear_instance_cache()
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    with pytest.raises(CurationError, match="cannot be reached") as told:
        curation.open("s3://bucket/corpus")
    assert told.value.exit_code == 5
    with pytest.raises(remote.RemoteError, match="cannot be reached"):
        list(remote.locate("s3://bucket/x", ("*",)))


def test_a_damaged_object_is_found(s3: Any, tmp_path: Path) -> None:
    """`verify` tells a missing, an additional and a changed object, as in a folder."""
    make_version(tmp_path)
    sent(s3, tmp_path, "corpus")
    assert verify("s3://bucket/corpus", deep=True)["ok"]
    shard = min(s3.find("bucket/corpus/v1/data/pubmed"))
    data = s3.cat_file(shard)
    s3.pipe_file(shard, data[:100] + bytes([data[100] ^ 1]) + data[101:])
    s3.pipe_file("bucket/corpus/v1/more", b"x")
    s3.rm_file("bucket/corpus/v1/attribution.parquet")
    found = verify("s3://bucket/corpus", deep=True)
    faults = {fault["fault"]: fault["places"] for fault in found["faults"]}
    assert faults["file_extra"] == ["more"]
    assert faults["file_missing"] == ["attribution.parquet"]
    assert faults["file_checksum"] == [shard.removeprefix("bucket/corpus/v1/")]


def test_a_server_that_ignores_conditions(s3: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """It is refused before anything is read, with the way out; a single writer may go on."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from s3fs import S3FileSystem
    from werkzeug.serving import make_server

    inner = DomainDispatcherApplication(create_backend_app)

    def deaf(environ: dict[str, Any], start: Any) -> Any:
        environ.pop("HTTP_IF_NONE_MATCH", None)
        return inner(environ, start)

    server = make_server("127.0.0.1", 0, deaf, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        S3FileSystem.clear_instance_cache()
        notes(tmp_path, 3)
        path = recipe(tmp_path)
        with pytest.raises(UsageError, match=r"If-None-Match.*--single-writer"):
            curation.build(path, "s3://bucket/corpus", 1, work=tmp_path / "w")
        assert s3.find("bucket/corpus") == []
        check_writer(place("s3://bucket/corpus", conditional=False))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_input_that_goes_while_the_build_runs(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends it with one line from the worker; no failed row, nothing in the cache, no version."""
    sent(s3, notes(tmp_path / "raw", 3).parent, "raw")
    path = recipe(tmp_path, '["s3://bucket/raw"]')
    monkeypatch.setattr(
        "curation.pipeline.ensure_kernels", lambda say: s3.rm_file("bucket/raw/notes.jsonl")
    )
    with pytest.raises(CurationError, match="gone since it was listed; build again") as told:
        curation.build(path, tmp_path / "corpus", 1)
    assert told.value.exit_code == 5
    assert not list((tmp_path / "corpus").glob("v*"))
    assert not list((tmp_path / "corpus").rglob("done.json"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "s3://bucket/recipe.toml", "--out", "corpus"],
        ["build", "recipe.toml", "--out", "memory://corpus", "--work", "s3://bucket/work"],
        ["fidelity", "s3://bucket/raw", "corpus"],
        ["train-classifier", "--out", "s3://bucket/model.ftz", "a=x", "b=y"],
    ],
)
def test_what_must_be_here_says_so(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder ``s3:`` is ever made by a verb that writes or reads on this machine only."""
    monkeypatch.chdir(tmp_path)
    recipe(tmp_path)
    done = CliRunner().invoke(program, arguments)
    assert isinstance(done.exception, UsageError)
    assert "must be on this machine" in str(done.exception)
    assert [p.name for p in tmp_path.iterdir()] == ["recipe.toml"]


def test_against_a_corpus_at_a_store(s3: Any, tmp_path: Path) -> None:
    """What it has is left out, as with a corpus in a folder: its shards are read by the workers."""
    notes(tmp_path, 10)
    path = recipe(tmp_path)
    first = curation.build(path, "s3://bucket/corpus", 1, work=tmp_path / "w")
    notes(tmp_path, 20, "notes-2.jsonl", 100)
    more = curation.build(path, tmp_path / "more", 1, against="s3://bucket/corpus/v1")
    have = {i for b in first.documents(["id"]) for i in b["id"].to_pylist()}
    kept = {i for b in more.documents(["id"]) for i in b["id"].to_pylist()}
    assert have
    assert kept
    assert not have & kept
    assert all(name.startswith("notes:n1") and len(name) == 10 for name in kept)
    assert more.manifest["against"]["version"] == "v1"
    assert more.verify(deep=True)["ok"]
