"""The Ray engine's rules, on a stand-in for Ray that loses what it is told to lose."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from curation.engines import ray as module
from curation.engines.ray import NODE_LOSSES, QUEUED_PER_CPU, RayEngine
from curation.errors import CurationError, UsageError

ray = pytest.importorskip(
    "ray", reason="Ray is not installed; install the extra: pip install '.[ray]'"
)


class Pretended:
    """Runs attempts here, when they are waited for; the newest first, as no order is promised.

    Args:
        lose: Called with the number of each attempt, from 0; returns an error to lose it with.
        cpus: Processors of the cluster.
    """

    exceptions = ray.exceptions

    def __init__(self, lose: Callable[[int], Exception | None], cpus: int = 3) -> None:
        self.lose, self.cpus = lose, cpus
        self.count, self.most = 0, 0
        self.cancelled: list[Any] = []

    def remote(self, wanted: bytes, work: bytes) -> tuple[int, bytes]:
        """Take a task; the reference is its number."""
        self.count += 1
        return self.count - 1, work

    def wait(self, references: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        """Say that the newest has ended."""
        self.most = max(self.most, len(references))
        return references[-1:], references[:-1]

    def get(self, reference: tuple[int, bytes]) -> tuple[bool, bytes]:
        """Run it, or lose it."""
        error = self.lose(reference[0])
        if error is not None:
            raise error
        return module.attempt(b"ready", reference[1])

    def cancel(self, reference: Any, force: bool) -> None:
        """Note that it was ended."""
        self.cancelled.append(reference)

    def cluster_resources(self) -> dict[str, float]:
        """Return the size of the cluster."""
        return {"CPU": float(self.cpus)} if self.cpus else {}


@pytest.fixture
def engine_on(monkeypatch: pytest.MonkeyPatch) -> Callable[..., RayEngine]:
    """Make an engine that is connected to a stand-in."""
    monkeypatch.setattr("curation.engines.remote._ready", {b"ready"})
    monkeypatch.setattr(module, "_answers", lambda address: None)

    def make(pretended: Pretended, workers: int | None = None) -> RayEngine:
        engine = RayEngine(workers, "head:6379")
        monkeypatch.setattr(engine, "_ray", pretended)
        monkeypatch.setattr(engine, "_attempt", SimpleNamespace(remote=pretended.remote))
        monkeypatch.setattr(engine, "_conditions", b"ready")
        now = module.time.monotonic()
        monkeypatch.setattr(engine, "_cpus_at", now)
        monkeypatch.setattr(engine, "_head_at", now)
        return engine

    return make


def dead_node(_: int) -> Exception:
    """Lose every attempt with its machine."""
    return ray.exceptions.NodeDiedError("gone")


def crashed(_: int) -> Exception:
    """Lose every attempt with its worker."""
    return ray.exceptions.WorkerCrashedError()


@pytest.mark.parametrize(("workers", "limit"), [(None, 3 * QUEUED_PER_CPU), (2, 2), (100, 50)])
def test_few_tasks_are_at_ray_at_a_time(engine_on: Any, workers: int | None, limit: int) -> None:
    """Some for each processor, or as many as asked for: a million tasks wait here, not there."""
    pretended = Pretended(lambda _: None)
    found = dict(engine_on(pretended, workers).run(operator.neg, range(50)))
    assert found == {n: -n for n in range(50)}
    assert pretended.most == limit


def test_a_lost_machine_costs_its_tasks_another_attempt(engine_on: Any) -> None:
    """No task is suspected for it, and none has two results."""
    pretended = Pretended(lambda n: dead_node(n) if n in (3, 7, 8, 13) else None)
    found = list(engine_on(pretended).run(operator.neg, range(20)))
    assert sorted(found) == [(n, -n) for n in range(20)]
    assert pretended.count == 24


@pytest.mark.parametrize(
    ("lose", "attempts"),
    [(crashed, 2), (dead_node, 2 * (NODE_LOSSES + 1))],
    ids=["worker", "machine"],
)
def test_a_task_that_always_loses_is_given_up(engine_on: Any, lose: Any, attempts: int) -> None:
    """Once among others and once alone, a machine a few times more: then it is the cause."""
    pretended = Pretended(lose)
    with pytest.raises(CurationError, match="a worker process was killed"):
        list(engine_on(pretended).run(operator.neg, [5]))
    assert pretended.count == attempts


def test_a_suspect_runs_alone_after_all_others(engine_on: Any) -> None:
    """Nothing that runs beside it is taken for the cause, and nothing is killed by it."""
    alone: list[int] = []

    class Watching(Pretended):
        def wait(self, references: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
            if self.count > 12:
                alone.append(len(references))
            return super().wait(references, timeout)

    pretended = Watching(lambda n: crashed(n) if n in (1, 4) else None)
    found = list(engine_on(pretended).run(operator.neg, range(12)))
    assert sorted(found) == [(n, -n) for n in range(12)]
    assert alone == [1, 1]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ray.exceptions.LocalRayletDiedError(), "Ray has ended on this machine"),
        (ray.exceptions.RaySystemError("one\ntwo"), "Ray could not run a task"),
        (
            ray.exceptions.RayTaskError("f", "", ModuleNotFoundError("No module named 'curation'")),
            "cannot run this toolkit; install it there",
        ),
    ],
    ids=["machine", "ray", "import"],
)
def test_what_is_no_fault_of_a_task_ends_the_build(engine_on: Any, error: Any, said: str) -> None:
    """One line, exit code 5; what still runs is ended."""
    pretended = Pretended(lambda n: error if n == 2 else None)
    with pytest.raises(CurationError, match=said) as caught:
        list(engine_on(pretended).run(operator.neg, range(6)))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 5
    assert pretended.cancelled


def test_a_reader_that_stops_ends_what_runs(engine_on: Any) -> None:
    """An error of whoever takes the results leaves no task behind."""
    pretended = Pretended(lambda _: None)
    results = engine_on(pretended).run(operator.neg, range(50))
    next(results)
    results.close()
    assert len(pretended.cancelled) == 3 * QUEUED_PER_CPU - 1


def test_a_cluster_without_processors_is_waited_for_and_given_up(
    engine_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may grow on demand, so a task asks for one; after some minutes a line says what to do."""
    engine = engine_on(Pretended(lambda _: None, cpus=0))
    assert engine._limit() == 1
    now = module.time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + module.NO_CPU_S + 1)
    with pytest.raises(CurationError, match="no processor left"):
        engine._limit()


def test_a_head_that_is_lost_ends_the_build(
    engine_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before Ray itself would end the program, with the exit code of a build that is done."""
    engine = engine_on(Pretended(lambda _: None))
    assert engine._limit() > 0
    monkeypatch.setattr(module, "_answers", lambda address: "Connection refused")
    start = module.time.monotonic()
    for seconds in (6, 12, 29):
        monkeypatch.setattr(module.time, "monotonic", lambda s=seconds: start + s)
        assert engine._limit() > 0
    monkeypatch.setattr(module.time, "monotonic", lambda: start + 31)
    with pytest.raises(CurationError, match="head of the Ray cluster does not answer"):
        engine._limit()


@pytest.mark.parametrize("address", ["", " ", "head", "head:", "ray://head:10001"])
def test_addresses_that_are_not_served(address: str) -> None:
    """Ray's client runs elsewhere than the files are."""
    with pytest.raises(UsageError, match="HOST:PORT"):
        RayEngine(None, address)


def test_a_program_that_uses_ray_itself_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection is not taken over, and not closed."""
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    monkeypatch.setattr(ray, "shutdown", lambda: pytest.fail("its Ray was ended"))
    with pytest.raises(UsageError, match="connected to Ray already"), RayEngine(1) as engine:
        list(engine.run(operator.neg, [1]))
