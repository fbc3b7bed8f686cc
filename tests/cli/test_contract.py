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
        (("biuld",), "no command 'biuld'; did you mean 'build'? See `curation --help`"),
        (("zzzzzz",), "no command 'zzzzzz'; see `curation --help`"),
        (("sources", "nwe"), "no command 'nwe'; did you mean 'new'? See `curation sources --help`"),
        (("build",), "RECIPE is missing; see `curation build --help`"),
        (("build", "r.toml"), "--out is missing (corpus folder"),
        (("build", "r.toml", "--out"), "--out needs a value"),
        (("build", "r.toml", "--out", "x", "--wrokers", "2"), "did you mean --workers? See"),
        (("build", "r.toml", "--out", "x", "--workers", "0"), "of 1 or more, not 0; see"),
        (("build", "r.toml", "--out", "x", "--workers", "many"), "number of 1 or more, not 'many'"),
        (("build", "r.toml", "--out", "x", "--engine", "spark"), "local or ray, not 'spark'; see"),
        (("build", "r.toml", "--out", "x", "--engine", "rya"), "not 'rya'; did you mean ray? See"),
        (("build", "r.toml", "more", "--out", "x"), "more arguments than it takes: more; see"),
        (("build", "r.toml", "--out", "x", "--json=1"), "--json takes no value"),
        (("explain", "c", "x", "--top", "900"), "a whole number from 1 to 200, not 900"),
        (("similar", "c", "x", "--threshold", "x"), "a number from 0.1 to 1, not 'x'"),
        (("verify", "c", "--deep", "--raw", "none"), "--raw none: no such folder"),
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


def test_a_reader_that_leaves_is_no_error(corpus) -> None:
    """`curation stats … | head -1` ends quietly."""
    command = f"{sys.executable} -m curation stats {corpus} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
