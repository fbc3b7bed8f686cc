"""The process pool: what reaches it while it starts its workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from curation.engines.local import LocalEngine


def test_an_interrupt_while_workers_start_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the short time in which workers must not see it ends the run right after."""
    submit = ProcessPoolExecutor.submit
    # A test run in the background of a shell is deaf to it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupted(*arguments: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return submit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ProcessPoolExecutor, "submit", interrupted)

    def results() -> Iterator[object]:
        with LocalEngine(1) as engine:
            yield from engine.run(abs, [-1, -2])

    try:
        with pytest.raises(KeyboardInterrupt):
            list(results())
    finally:
        signal.signal(signal.SIGINT, before)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
