"""`curation build` that cannot or must not go on: exit codes, lines, and what stays behind."""

from __future__ import annotations

import json

import pytest

from curation.engines.base import engine_of
from curation.errors import UsageError
from curation.stores import place
from tests.corpora import notes, prose, recipe
from tests.curation.make_version import make_version


@pytest.mark.parametrize("workers", [0, -1])
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_less_than_one_worker_is_refused(engine: str, workers: int) -> None:
    """By the Python API as by the command line; None means all cores."""
    with pytest.raises(UsageError, match=f"workers must be 1 or more, not {workers}"):
        engine_of(engine, workers)


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ('["in/*"]', "no source of the recipe has any input"),
        ('["nothere.jsonl"]', "nothere.jsonl: no such file or folder"),
        ('["*.parquet"]', "*.parquet: no file fits this pattern"),
        ('["in/empty"]', "in/empty: no file in this folder fits"),
        ('["other/*"]', "1 file of other kinds left aside (other/a.doc)"),
    ],
)
def test_no_input_at_all_is_3_and_no_version(call, tmp_path, paths, said) -> None:
    """Where not one input is there: no version, and the same code with and without one before."""
    (tmp_path / "in/empty").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.doc").write_text("x")
    recipe(tmp_path, paths)
    code, out, err = call("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", "-q")
    assert (code, out) == (3, "")
    assert said in err
    assert "nothing was published" in err
    assert not list((tmp_path / "c").glob("v*"))
    notes(tmp_path, 1)
    recipe(tmp_path)
    assert call("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", "-q")[0] == 0
    recipe(tmp_path, paths)
    code, out, err = call("build", tmp_path / "recipe.toml", "--out", tmp_path / "c", "-q")
    assert (code, out) == (3, "")
    assert said in err or "none of its 1 input " in err
    assert [path.name for path in (tmp_path / "c").glob("v*")] == ["v1"]


@pytest.mark.parametrize(
    ("out", "more", "said"),
    [
        ("s3://", [], "s3://: names no bucket; write s3://BUCKET/FOLDER"),
        ("s3:///folder", [], "names no bucket"),
        ("http://host/corpus", [], "not on the web"),
        ("https://host/corpus", [], "not on the web"),
        ("foo://bucket/corpus", [], "no reader for foo://; give a folder, or"),
        ("{here}/c", ["--single-writer"], "--single-writer is for a corpus at an address"),
        ("{here}/c", ["--work", "w"], "--work is for a corpus at an address"),
        ("{here}/notes.jsonl", [], "notes.jsonl: a file; name a folder with --out"),
        ("{here}/notes.jsonl/c", [], "notes.jsonl/c: a file; name a folder with --out"),
        ("{here}/c", ["--workers", "0"], "--workers"),
    ],
)
def test_an_out_that_can_be_none_is_2(call, tmp_path, out, more, said) -> None:
    """One line, nothing made, whatever the way in which it is none."""
    notes(tmp_path, 1)
    path = recipe(tmp_path)
    arguments = ("--out", out.format(here=tmp_path), *more)
    code, printed, err = call("build", path, *arguments)
    assert (code, printed, err.count("\n")) == (2, "", 1)
    assert said in err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["notes.jsonl", "recipe.toml"]


def test_withheld_texts_are_said_with_their_reason(call, monkeypatch, tmp_path) -> None:
    """A recogniser that stops at some texts: exit code 1 unless tolerated, and why on stderr."""
    (tmp_path / "stopping.py").write_text(
        "version = '1'\ndef find(text):\n    return [] if 'STOP' not in text else {}[text]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    notes(tmp_path, 3)
    stop = json.dumps({"id": "s", "text": f"{prose(99)} STOP", "license": "CC0-1.0"})
    with (tmp_path / "notes.jsonl").open("a") as stream:
        stream.write(stop + "\n")
    said = "  1: recogniser stopping:find stopped with KeyError\n"
    for tolerate, code in ((0, 1), (1, 0)):
        path = recipe(
            tmp_path,
            extra=f'[failures]\ntolerate = {tolerate}\n[pii]\nrecognisers = ["stopping:find"]',
        )
        arguments = ("build", path, "--out", tmp_path / f"c{tolerate}", "--workers", "1")
        found, _, err = call(*arguments, "-q")
        assert (found, said in err) == (code, code == 1)
        assert "STOP" not in err
    found, _, err = call(*arguments)
    assert said in err
    assert "1 text withheld" in err
    [row] = json.loads(call(*arguments, "--json")[1])["withheld"]
    assert row == {"reason": "recogniser stopping:find stopped with KeyError", "documents": 1}


def test_failures_that_are_alike_take_one_line(call, tmp_path) -> None:
    """Many of one kind in one file do not hide another."""
    path = notes(tmp_path)
    path.write_text(path.read_text() + '{"id": "x", "note": 1}\n' * 40 + "no JSON\n")
    code, _, err = call("build", recipe(tmp_path), "--out", tmp_path / "c")
    assert code == 1
    [many, other] = [line for line in err.splitlines() if line.startswith("  notes.jsonl")]
    assert many.endswith("(and 39 more like it)")
    assert "line 101" in other


def test_the_home_folder_is_meant_where_a_shell_leaves_it(monkeypatch, tmp_path) -> None:
    """--out=~/corpus reaches the program as it is; it makes no folder named ~."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(place("~/corpus")) == f"{tmp_path}/corpus"


def test_a_refused_build_leaves_no_folder(call, tmp_path) -> None:
    """Nothing was read, so nothing stays, of the folders above it neither; a dry run the same."""
    notes(tmp_path, 1)
    for paths, code, more in (('["x.jsonl"]', 3, []), ('["notes.jsonl"]', 0, ["--dry-run"])):
        path = recipe(tmp_path, paths)
        assert call("build", path, "--out", tmp_path / "a/b", "-q", *more)[0] == code
        assert not (tmp_path / "a").exists()


def test_another_recipe_says_so_before_it_becomes_the_next_version(call, tmp_path) -> None:
    """A warning on stderr, in a dry run too, and a note in JSON; with --against what is compared."""
    make_version(tmp_path / "c")
    notes(tmp_path, 1)
    arguments = ("build", recipe(tmp_path), "--out", tmp_path / "c", "--dry-run")
    code, out, err = call(*arguments, "--against", tmp_path / "c")
    assert code == 0
    assert f"\nwarning: {tmp_path}/c/v1 is of the recipe 'fiction', not 'test'" in f"\n{err}"
    assert f"against {tmp_path}/c/v1: leaves out what is among its 7 documents\n" in out
    [note] = json.loads(call(*arguments, "--json")[1])["notes"]
    assert "'fiction', not 'test'" in note


def test_ray_that_is_not_installed_is_2(call, monkeypatch, tmp_path) -> None:
    """One line with the command that installs it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, out, err = call("build", "r.toml", "--out", tmp_path / "c", "--engine", "ray")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "pip install 'ray>=" in err
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("ray://head:10001", 2, "HOST:PORT"),
        ("head", 2, "HOST:PORT"),
        ("", 2, "HOST:PORT"),
        ("head:0", 2, "HOST:PORT"),
        ("head:65536", 2, "HOST:PORT"),
        ("127.0.0.1:1", 5, "127.0.0.1:1: no Ray cluster answers there (Connection refused)"),
        ("no-such-host.invalid:6379", 5, "no Ray cluster answers there"),
    ],
)
def test_a_ray_cluster_that_is_not_there(call, tmp_path, address, code, said) -> None:
    """What is no address of a head is wrong usage; one that does not answer is 5, at once."""
    pytest.importorskip("ray", reason="Ray is not installed; pip install '.[ray]'")
    notes(tmp_path, 1)
    arguments = ("--out", tmp_path / "c", "--engine", "ray", "--address", address)
    found, out, err = call("build", recipe(tmp_path), *arguments)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert said in err
    assert not list((tmp_path / "c").glob("v*"))


def test_a_missing_language_model_is_5(call, monkeypatch, tmp_path) -> None:
    """Where the recipe filters by language: one line with the path, and nothing is published."""
    monkeypatch.setenv("CURATION_LID_MODEL", str(tmp_path / "nowhere.ftz"))
    notes(tmp_path, 1)
    path = recipe(tmp_path)
    path.write_text(path.read_text().replace('keep = "any"', 'keep = ["en"]'))
    code, out, err = call("build", path, "--out", tmp_path / "c", "--quiet")
    assert (code, out) == (5, "")
    assert err.count("\n") == 1
    assert "nowhere.ftz" in err
    assert not list((tmp_path / "c").glob("v*"))


def test_a_model_of_the_recipe_is_relative_to_it(call, monkeypatch, tmp_path) -> None:
    """The message names the path that was looked for."""
    monkeypatch.delenv("CURATION_LID_MODEL", raising=False)
    notes(tmp_path, 1)
    path = recipe(tmp_path)
    text = path.read_text().replace('keep = "any"', 'keep = ["en"]\nmodel = "models/x.ftz"')
    path.write_text(text)
    code, _, err = call("build", path, "--out", tmp_path / "c")
    assert code == 5
    assert str(tmp_path / "models/x.ftz") in err
    assert "locating" not in err


def test_a_classifier_that_is_missing_is_said_first(call, tmp_path) -> None:
    """Before inputs are located, and with the path that was looked for."""
    notes(tmp_path, 1)
    path = recipe(tmp_path)
    path.write_text(path.read_text() + '[classifiers.good]\npath = "nowhere.ftz"\n')
    code, _, err = call("build", path, "--out", tmp_path / "c")
    assert code == 5
    assert str(tmp_path / "nowhere.ftz") in err
    assert "locating" not in err


@pytest.mark.parametrize("place", ["recipe", "environment"])
def test_a_model_that_was_named_and_is_missing_is_5(call, monkeypatch, tmp_path, place) -> None:
    """Also where the recipe keeps any language: whoever names a model wants it."""
    monkeypatch.delenv("CURATION_LID_MODEL", raising=False)
    notes(tmp_path, 1)
    path = recipe(tmp_path)
    if place == "recipe":
        path.write_text(path.read_text().replace('keep = "any"', 'keep = "any"\nmodel = "x.ftz"'))
    else:
        monkeypatch.setenv("CURATION_LID_MODEL", str(tmp_path / "x.ftz"))
    code, out, err = call("build", path, "--out", tmp_path / "c", "--quiet")
    assert (code, out) == (5, "")
    assert err.count("\n") == 1
    assert str(tmp_path / "x.ftz") in err
    assert not list((tmp_path / "c").glob("v*"))


def test_quiet_leaves_stderr_empty(call, tmp_path) -> None:
    """--quiet: no progress; a dry run prints its plan alone."""
    notes(tmp_path)
    code, out, err = call("build", recipe(tmp_path), "--out", tmp_path / "c", "--dry-run", "-q")
    assert (code, err) == (0, "")
    assert out.startswith("notes: 1 file,")
    assert out.count("\n") == 1


def test_a_dry_run_in_json(call, tmp_path) -> None:
    """The plan is a field."""
    notes(tmp_path)
    code, out, _ = call("build", recipe(tmp_path), "--out", tmp_path / "c", "--dry-run", "--json")
    assert code == 0
    assert json.loads(out)["planned"][0].startswith("notes: 1 file,")
