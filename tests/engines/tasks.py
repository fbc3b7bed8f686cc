"""Functions that engines run in the tests; workers import them from here."""

from __future__ import annotations

import os
import signal
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curation.extract import extract_slice
from curation.task import SliceTask


@dataclass(frozen=True)
class Step:
    """A task that leaves a marker in a folder each time it is tried, then acts."""

    folder: Path
    name: str
    action: str = "return"


class OddError(ValueError):
    """An error with a field of its own."""

    def __init__(self, where: str, number: int) -> None:
        super().__init__(where, number)
        self.number = number


class UnpicklableError(Exception):
    """An error that no pickle brings back."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


def attempts(folder: Path, name: str) -> int:
    """Return how often a task was tried."""
    return len(list(folder.glob(f"{name}.*")))


def mark(folder: Path, name: str) -> None:
    """Leave a marker of an attempt."""
    (folder / f"{name}.{uuid.uuid4().hex}").touch()


def step(task: Step) -> str:
    """Do what the task says; ``die once`` and ``die`` kill the worker."""
    mark(task.folder, task.name)
    if task.action == "raise":
        raise OddError(task.name, 7)
    if task.action == "raise unpicklable":
        raise UnpicklableError("a", "b")
    if task.action == "die" or (
        task.action == "die once" and attempts(task.folder, task.name) == 1
    ):
        os.kill(os.getpid(), signal.SIGKILL)
    return task.name.upper()


def doubled(array: np.ndarray) -> np.ndarray:
    """Return an array of the same size, made in place: what arrives must be writable."""
    array *= 2
    return array


def poisoned_extract(task: SliceTask) -> str:
    """Extract, but die of a file with a certain name, as of one that crashes its reader."""
    if any("poison" in item.path and item.path not in task.crashed for item in task.inputs):
        os.kill(os.getpid(), signal.SIGKILL)
    return extract_slice(task)


def extract_on_a_lost_node(task: SliceTask) -> str:
    """Extract; on the machine that the file ``doomed`` names, wait for its end.

    The machine is known by the process that starts its workers.
    """
    watched = Path(task.folder).parents[4] / "watched"
    mark(watched, Path(task.folder).name)
    if (watched / "doomed").read_text() == str(os.getppid()):
        (watched / "reached").touch()
        time.sleep(120)
    return extract_slice(task)
