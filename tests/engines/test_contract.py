"""What every engine does: the same results, errors as they were, and crashes contained."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from curation.engines import remote
from curation.engines.base import Engine, engine_of
from curation.errors import CurationError, UsageError
from tests.engines.tasks import OddError, Step, attempts, doubled, step


@pytest.fixture(scope="module", params=["local", "ray"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine with two workers; Ray on the nodes of the cluster."""
    address = None
    if request.param == "ray":
        address = request.getfixturevalue("cluster").address
    with engine_of(request.param, 2, address) as made:
        yield made


def test_each_task_has_its_result(engine: Engine) -> None:
    """Every task once, with its own result; more of them than are handed out at a time."""
    found = dict(engine.run(operator.neg, range(50)))
    assert found == {n: -n for n in range(50)}


def test_no_tasks_no_results(engine: Engine) -> None:
    """Nothing to do is no error."""
    assert list(engine.run(operator.neg, [])) == []


def test_large_arrays_come_back_whole_and_writable(engine: Engine) -> None:
    """More than a message holds; tasks and results are the receiver's own."""
    task = np.arange(300_000)
    [(_, result)] = engine.run(doubled, [task])
    assert np.array_equal(result, np.arange(300_000) * 2)
    result[0] = 1
    assert task[1] == 1


def test_an_error_is_raised_as_it_was(engine: Engine, tmp_path: Path) -> None:
    """Its own type and fields, its traceback as the cause; and the task is not run again."""
    with pytest.raises(OddError) as caught:
        list(engine.run(step, [Step(tmp_path, "a", "raise")]))
    assert type(caught.value) is OddError
    assert (caught.value.args, caught.value.number) == (("a", 7), 7)
    assert "tasks.py" in str(caught.value.__cause__)
    assert attempts(tmp_path, "a") == 1
    assert dict(engine.run(operator.neg, [1])) == {1: -1}


def test_a_worker_that_is_killed_once_costs_nothing(engine: Engine, tmp_path: Path) -> None:
    """The task is run again, and those beside it have their results."""
    tasks = [Step(tmp_path, name, "die once" if name == "c" else "return") for name in "abcdef"]
    assert {task.name: result for task, result in engine.run(step, tasks)} == {
        name: name.upper() for name in "abcdef"
    }
    assert attempts(tmp_path, "c") == 2


def test_a_task_that_kills_its_workers_is_replaced(engine: Engine, tmp_path: Path) -> None:
    """Once, after it did so alone; the others keep their results."""
    blamed = []

    def after(task: Step) -> list[Step]:
        blamed.append(task.name)
        return [Step(task.folder, "c1"), Step(task.folder, "c2")]

    tasks = [Step(tmp_path, name, "die" if name == "c" else "return") for name in "abcdef"]
    found = {task.name: result for task, result in engine.run(step, tasks, after)}
    assert sorted(found) == ["a", "b", "c1", "c2", "d", "e", "f"]
    assert blamed == ["c"]
    assert attempts(tmp_path, "c") == 2


def test_without_a_replacement_it_is_an_error(engine: Engine, tmp_path: Path) -> None:
    """One line with advice, exit code 5; and the engine serves on."""
    with pytest.raises(CurationError, match="a worker process was killed") as caught:
        list(engine.run(step, [Step(tmp_path, "a", "die")]))
    assert caught.value.exit_code == 5
    assert dict(engine.run(operator.neg, [1])) == {1: -1}


def test_an_unknown_engine_is_wrong_usage() -> None:
    """The message names those there are."""
    with pytest.raises(UsageError, match="local and ray"):
        engine_of("spark")


def refused(versions: dict[str, str], files: tuple[tuple[str, object], ...]) -> str:
    """Return why a worker with other conditions is refused."""
    mine, _ = pickle.loads(remote.conditions(()))
    wanted = pickle.dumps(({**mine, **versions}, files))
    done, content = remote.attempt(wanted, pickle.dumps((operator.neg, 1)))
    assert not done
    with pytest.raises(CurationError) as caught:
        remote.result_of(done, content)
    return str(caught.value)


def test_a_worker_with_other_code_or_libraries_is_refused() -> None:
    """Other versions give other bytes; the line says which, here and there."""
    assert "has pyarrow " in refused({"pyarrow": "0.1"}, ())
    assert "the build runs with 0.1; install the same" in refused({"pyarrow": "0.1"}, ())
    assert "has a-plug-in none" in refused({"a-plug-in": "1"}, ())
    assert "has code " in refused({"code": "0" * 16}, ())


def test_a_worker_that_does_not_see_the_files_is_refused(tmp_path: Path) -> None:
    """A missing file, and another one under the same path."""
    path = tmp_path / "lock"
    path.write_text("process 1 on here")
    [seen] = pickle.loads(remote.conditions([path]))[1]
    assert seen[1] is not None
    path.write_text("process 2 on here")
    assert f"does not see {path}" in refused({}, (seen,))
    path.unlink()
    assert f"does not see {path}" in refused({}, (seen,))


def test_an_error_that_no_pickle_brings_back_is_named(tmp_path: Path) -> None:
    """Its type, and the traceback of the worker as the cause."""
    where = remote.attempt(b"", b"")  # what cannot be unpickled is an error of the attempt
    assert not where[0]
    task = Step(tmp_path, "a", "raise unpicklable")
    remote._ready.add(b"ready")
    try:
        done, content = remote.attempt(b"ready", pickle.dumps((step, task)))
    finally:
        remote._ready.discard(b"ready")
    with pytest.raises(CurationError, match="failed with UnpicklableError") as caught:
        remote.result_of(done, content)
    assert "tasks.py" in str(caught.value.__cause__)
