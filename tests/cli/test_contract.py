"""The command line's contract: exit codes, help, streams, JSON, completion."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from curation.cli import VERBS, main
from curation.progress import Progress
from tests.corpora import notes, recipe
from tests.curation.make_version import make_version

ANSI = "\x1b["


@pytest.fixture
def call(capsys, monkeypatch):
    """Run the program in this process: returns (exit code, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args):
        with pytest.raises(SystemExit) as caught:
            main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A version made by hand."""
    folder = tmp_path_factory.mktemp("contract") / "corpus"
    make_version(folder)
    return folder


def commands() -> list[tuple[str, ...]]:
    """Return every verb and sub-verb."""
    found: list[tuple[str, ...]] = []
    for verb, (module, _) in sorted(VERBS.items()):
        command = importlib.import_module(module).command
        found.append((verb,))
        if isinstance(command, click.Group):
            found += [(verb, name) for name in sorted(command.commands)]
    return found


@pytest.mark.parametrize("verb", commands(), ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_of_every_verb(call, verb, flag) -> None:
    """An example that begins with the verb, and 80 columns; on stdout, with exit code 0."""
    code, out, err = call(*verb, flag)
    assert (code, err) == (0, "")
    assert f"curation {' '.join(verb)}" in out.split("\n", 1)[1]
    assert max(map(len, out.splitlines())) <= 80
    assert "\b" not in out


@pytest.mark.parametrize(
    "verb", [v for v in commands() if v not in (("recipe",), ("sources",))], ids=" ".join
)
def test_help_names_the_exit_codes(call, verb) -> None:
    """Each verb that does something says what its exit codes mean."""
    assert re.search(r"Exit codes: 0 ", call(*verb, "--help")[1])


def test_the_program_help_lists_verbs_and_all_exit_codes(call) -> None:
    """One line a verb, and every code of the contract."""
    code, out, _ = call("--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    for verb, (_, summary) in VERBS.items():
        assert re.search(rf"^  {verb} +{re.escape(summary)}", out, re.MULTILINE), verb
    for number in (0, 1, 2, 3, 4, 5, 130):
        assert re.search(rf"\b{number} \w", out)


def test_version(call) -> None:
    """The version is that of the installed package."""
    from importlib.metadata import version

    assert call("--version") == (0, f"curation {version('medical-corpus-curation')}\n", "")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("biuld",), "Did you mean 'build'?"),
        (("zzzzzz",), "No such command 'zzzzzz'"),
        (("build",), "Missing argument 'RECIPE'"),
        (("build", "r.toml"), "Missing option '--out'"),
        (("build", "r.toml", "--out", "x", "--wrokers", "2"), "--workers"),
        (("build", "r.toml", "--out", "x", "--workers", "0"), "x>=1"),
        (("build", "r.toml", "--out", "x", "--workers", "many"), "not a valid integer"),
        (("build", "r.toml", "--out", "x", "--engine", "spark"), "'spark' is not"),
        (("build", "r.toml", "--out", "x", "--address", "h:6379"), "give --engine ray as well"),
        (("build", "no-such.toml", "--out", "x"), "no such file or shipped recipe"),
        (("recipe", "show", "lokal"), "'local'"),
        (("recipe", "shwo", "local"), "shwo"),
        (("sources", "new", "1st"), "1st"),
        (("stats", "no-such-folder"), "no such folder"),
        (("verify", "no-such-folder"), "no such folder"),
    ],
)
def test_wrong_usage_is_2(call, monkeypatch, tmp_path, args, said) -> None:
    """A wrong option, verb, recipe or folder: nothing on stdout, no file, what to do on stderr."""
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*args)
    assert (code, out) == (2, "")
    assert said in err
    assert err.startswith("curation: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [
        ("recipe", "show", "{recipe}"),
        ("recipe", "list"),
        ("sources", "list"),
        ("stats", "{corpus}", "--by", "source", "license", "kind", "lang"),
    ],
)
def test_lists_fit_80_columns(call, corpus, args) -> None:
    """Nothing is wider, and nothing of what a list is for is cut off."""
    sample = Path(__file__).parents[2] / "data/sample/recipe.toml"
    code, out, _ = call(*(arg.format(corpus=corpus, recipe=sample) for arg in args))
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    if args[1] == "show":
        assert tomllib.loads(out)["quality"]["abstract"]["words_min"] == 20
    if args == ("sources", "list"):
        assert "…" not in out
        assert "leave_out_titles" in out
    if args == ("recipe", "list"):
        assert "…" not in out


@pytest.mark.parametrize(
    "args",
    [
        ("stats", "no-such-folder"),
        ("stats", "{corpus}", "--bogus"),
        ("stats",),
        ("stats", "{corpus}", "--by", "nope"),
        ("build", "no-such.toml", "--out", "x"),
        ("bulid",),
    ],
)
def test_errors_are_json_where_json_is_asked_for(call, monkeypatch, corpus, tmp_path, args) -> None:
    """Also those that the parser of the command line finds."""
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*(arg.format(corpus=corpus) for arg in args), "--json")
    assert (code, out) == (2, "")
    error = json.loads(err)
    assert error["code"] == 2
    assert error["error"]


def test_out_that_is_a_file_is_2(call, tmp_path) -> None:
    """The corpus folder is a folder."""
    notes(tmp_path, 1)
    (tmp_path / "file").write_text("x")
    code, out, err = call("build", recipe(tmp_path), "--out", tmp_path / "file")
    assert (code, out) == (2, "")
    assert "a file" in err
    assert (tmp_path / "file").read_text() == "x"


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


def test_a_manifest_that_is_damaged_is_5(call, tmp_path) -> None:
    """A version that cannot be read is no wrong usage."""
    folder = make_version(tmp_path / "c")
    (folder / "manifest.json").chmod(0o644)
    (folder / "manifest.json").write_text("{")
    code, out, err = call("stats", tmp_path / "c")
    assert (code, out) == (5, "")
    assert "damaged" in err


class Boom(Exception):
    """Something that nobody foresaw; its text could be that of a document."""


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 5, "out of memory"),
        (OSError(28, "No space left on device", "/x/y"), 5, "/x/y: No space left on device; free"),
        (OSError(122, "Disk quota exceeded"), 5, "free some space"),
        (OSError(13, "Permission denied", "/x"), 5, "/x: Permission denied"),
        (Boom("secret text of a document"), 5, "unexpected Boom"),
    ],
)
def test_whatever_happens_is_one_line(call, monkeypatch, corpus, error, code, said) -> None:
    """No traceback, and no text of the error itself where nobody knows what it holds."""
    import curation.versions

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(curation.versions, "listed", fail)
    found, out, err = call("versions", corpus)
    assert (found, out) == (code, "")
    assert said in err
    assert "secret" not in err
    assert len(err.strip().splitlines()) == 1
    found, out, err = call("versions", corpus, "--json")
    assert json.loads(err)["code"] == code


def test_no_folder_for_compiled_code_is_5(call, monkeypatch, corpus, tmp_path) -> None:
    """One line that names the folder and the variable, in a build and wherever numba refuses."""
    import curation.versions

    (tmp_path / "file").write_text("x")  # nothing can be made below it, not by root either
    monkeypatch.setenv("CURATION_CACHE", str(tmp_path / "file/cache"))
    notes(tmp_path, 1)
    code, out, err = call("build", recipe(tmp_path), "--out", tmp_path / "c", "--quiet")
    assert (code, out, err.count("\n")) == (5, "", 1)
    assert err.startswith(f"curation: {tmp_path}/file/cache/kernels/")
    assert "CURATION_CACHE" in err
    assert "XDG_CACHE_HOME" in err
    assert not list((tmp_path / "c").glob("v*"))

    def refuse(*_: Any) -> None:
        raise RuntimeError("cannot cache function 'x': no locator available for file 'y'")

    monkeypatch.setattr(curation.versions, "listed", refuse)
    code, out, again = call("versions", corpus)
    assert (code, out, again) == (5, "", err)


def test_debug_shows_the_traceback(monkeypatch, corpus) -> None:
    """Only where it is asked for."""
    import curation.versions

    def fail(*_: Any) -> None:
        raise Boom("inside")

    monkeypatch.setattr(curation.versions, "listed", fail)
    with pytest.raises(Boom):
        main(["--debug", "versions", str(corpus)])


def test_results_are_on_stdout_and_nothing_else(tmp_path) -> None:
    """A build prints its result on stdout and its progress on stderr; --json is one object."""
    notes(tmp_path)
    command = [sys.executable, "-m", "curation", "build", str(recipe(tmp_path))]
    plain = subprocess.run(
        [*command, "--out", str(tmp_path / "c"), "--workers", "1"],
        capture_output=True, text=True, check=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert plain.stdout.startswith(str(tmp_path / "c/v1"))
    assert "locating" not in plain.stdout
    assert "locating" in plain.stderr
    assert ANSI not in plain.stdout + plain.stderr
    again = subprocess.run(
        [*command, "--out", str(tmp_path / "c"), "--json", "--workers", "1"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert again.stderr == ""
    result = json.loads(again.stdout)
    assert result["version"] == "v2"
    assert result["counts"] == {"kept": 48, "dropped": 12, "failed": 0}


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


@pytest.mark.parametrize(
    "args", [("recipe", "list"), ("sources", "list"), ("recipe", "show", "local")]
)
def test_lists_in_json(call, args) -> None:
    """Whatever prints a list prints it as JSON too."""
    code, out, err = call(*args, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)


def test_a_long_line_is_one_line(capsys, monkeypatch) -> None:
    """Remarks are not broken at the width of a terminal that is not there."""
    monkeypatch.setenv("COLUMNS", "40")
    line = "a remark with the path " + "/very/long/folder" * 10 + " and [brackets] in it"
    with Progress() as progress:
        progress.say(line)
    assert capsys.readouterr().err == line + "\n"


def test_no_color_is_honoured(corpus) -> None:
    """Not one escape sequence, even where colour is forced by the terminal's name."""
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm-256color", "FORCE_COLOR": ""}
    for args in (["stats"], ["versions"], ["verify"]):
        done = subprocess.run(
            [sys.executable, "-m", "curation", args[0], str(corpus)],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        assert ANSI not in done.stdout + done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(shell) -> None:
    """The line of the help gives a script of that shell."""
    done = subprocess.run(
        [sys.executable, "-c", "from curation.cli import main; main([])"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "_CURATION_COMPLETE": f"{shell}_source"},
    )  # fmt: skip
    assert done.returncode == 0
    assert "_CURATION_COMPLETE" in done.stdout
    assert "curation" in done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["curation", "ve"], {"verify", "versions"}),
        (["curation", "build", "--engine", ""], {"local", "ray"}),
        (["curation", "build", "--address", "a"], {"auto"}),
    ],
)
def test_completion(words, offered) -> None:
    """`curation ve<TAB>` offers verify and versions; options offer their values."""
    done = subprocess.run(
        [sys.executable, "-c", "from curation.cli import main; main([])"],
        capture_output=True, text=True, check=False,
        env={
            **os.environ, "_CURATION_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        },
    )  # fmt: skip
    assert {line.split(",")[1] for line in done.stdout.split()} == offered


def test_a_reader_that_leaves_is_no_error(corpus) -> None:
    """`curation stats … | head -1` ends quietly."""
    command = f"{sys.executable} -m curation stats {corpus} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
