"""The program in this process, and a version to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.cli import main
from tests.curation.make_version import make_version


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
