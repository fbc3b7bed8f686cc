"""Progress of a fetch: lines where there is no terminal, a bar on one; rate and time left on both."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from curation import fetch_progress
from curation.fetch_progress import EVERY_S, FetchProgress
from sources.fetch.rows import Due

DUE = Due(objects=10, again=0, groups=10, size=100, unsized=0, sidecars=0, new=10)


@pytest.fixture
def seconds(monkeypatch) -> list[float]:
    """The time, which the test sets."""
    now = [1000.0]
    monkeypatch.setattr(fetch_progress.time, "monotonic", lambda: now[0])
    return now


def test_lines(seconds: list[float], capsys) -> None:
    """One now and then: files, bytes, rate, time left; none before its time."""
    with FetchProgress() as progress:
        progress.listing("pubmed")
        progress.begin("pubmed", DUE)
        seconds[0] += EVERY_S - 1
        progress.advance(1, 10_000_000)
        seconds[0] += 31
        progress.advance(4, 50_000_000)
    assert capsys.readouterr().err.splitlines() == [
        "pubmed: listing its files …",
        "pubmed: fetching 10 files …",
        "5 of 10 files, 60.0 MB, 1.00 MB/s, about 1 min left",
    ]


def test_a_bar(seconds: list[float], monkeypatch) -> None:
    """On a terminal; it goes when it is done."""
    shown = io.StringIO()
    monkeypatch.setattr(
        fetch_progress,
        "Console",
        lambda **_: Console(file=shown, force_terminal=True, width=120, legacy_windows=False),
    )
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with FetchProgress() as progress:
        progress.listing("pubmed")
        assert "pubmed: listing its files" in shown.getvalue()
        progress.begin("pubmed", DUE)
        seconds[0] += 2
        progress.advance(4, 2_000_000)
        seconds[0] += 2
        progress.advance(2, 4_000_000)
        progress._bar.refresh()
        line = shown.getvalue().rpartition("pubmed")[2]
        assert "6/10" in line
        assert "6.0 MB, 1.50 MB/s" in line
        assert "0:00:0" in line  # time left
    assert progress._bar is None


def test_quiet(seconds: list[float], capsys) -> None:
    """Nothing at all."""
    with FetchProgress(quiet=True) as progress:
        progress.listing("pubmed")
        progress.begin("pubmed", DUE)
        seconds[0] += 99
        progress.advance(5, 5)
        progress.waiting("HTTP 429", 3)
    assert capsys.readouterr() == ("", "")
