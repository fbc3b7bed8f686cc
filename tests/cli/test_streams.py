"""What goes to stderr: remarks, the word about work that takes long, and silence where asked for."""

from __future__ import annotations

import sys
import threading

import pytest

from curation.cli import common
from tests.corpora import notes, recipe

LINE = "note: the file /a/path/that/is/longer/than/the/whole/line/of/a/narrow/terminal is read-only"


def test_a_remark_goes_on_below_on_a_terminal(capsys, monkeypatch) -> None:
    """Between words, further lines indented; what is longer than a line, as a path, stays whole."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    common.remark(LINE)
    lines = capsys.readouterr().err.splitlines()
    assert [line.lstrip() for line in lines] == ["note: the file", LINE.split()[3], "is read-only"]
    assert all(line.startswith("  ") for line in lines[1:])


def test_a_remark_is_one_line_elsewhere(capsys, monkeypatch) -> None:
    """As in a log, whatever COLUMNS says; none at all where it is quiet."""
    monkeypatch.setenv("COLUMNS", "40")
    common.remark(LINE)
    common.remark("not this", quiet=True)
    assert capsys.readouterr().err == f"{LINE}\n"


def test_what_takes_long_says_what_it_does(capsys, monkeypatch) -> None:
    """On a terminal, once the silence has lasted; never in a log, nor when quiet."""
    monkeypatch.setenv("TERM", "xterm")
    for silent_s, terminal, quiet, said in (
        (3600.0, True, False, False),
        (0.0, True, False, True),
        (0.0, True, True, False),
        (0.0, False, False, False),
    ):
        monkeypatch.setattr(common, "SILENT_S", silent_s)
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)  # noqa: B023
        with common.patience("counting", quiet=quiet):
            for thread in threading.enumerate() if not silent_s else ():
                if isinstance(thread, threading.Timer):
                    thread.join()
        assert ("counting …" in capsys.readouterr().err) is said


def test_an_error_inside_is_the_error(monkeypatch) -> None:
    """The word about the work is taken back, and what was raised goes on."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with pytest.raises(ZeroDivisionError), common.patience("counting"):
        raise ZeroDivisionError
    assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())


@pytest.mark.parametrize(("tolerate", "code"), [(1, 0), (0, 1)])
def test_quiet_says_errors_only(call, tmp_path, tolerate: int, code: int) -> None:
    """Tolerated failures and notes are remarks; more failures than tolerated are the error."""
    notes(tmp_path, 1)
    (tmp_path / "bad.jsonl").write_text("{broken\n")
    (tmp_path / "other.doc").write_text("left aside\n")
    path = recipe(tmp_path, '["*"]', f"[failures]\ntolerate = {tolerate}")
    found, _, err = call("build", path, "--out", tmp_path / "c", "-q", "--workers", "1")
    assert found == code
    assert ("bad.jsonl" in err) == bool(code)
    assert "note: " not in err
    assert "warning: " not in err
    if not code:
        assert err == ""
