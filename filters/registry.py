"""Which measurements there are: every `Measurement` in a module of this package, and plug-ins.

A measurement of the package is a module-level object in ``filters/*.py``; a plug-in registers one
under the entry-point group ``curation.filters``. Order is that of the names, so that columns
stand in the same place everywhere.
"""

from __future__ import annotations

import functools
import importlib
from importlib.metadata import entry_points
from pathlib import Path

from filters.base import Column, Measurement
from filters.removals import COLUMNS
from filters.shared import COLUMN

GROUP = "curation.filters"

INFRASTRUCTURE = frozenset(
    {
        "__init__",
        "atoms",
        "base",
        "boilerplate",
        "classifier",
        "edges",
        "licence",
        "normalise",
        "registry",
        "removals",
        "rules",
        "shared",
    }
)
"""Modules of the package that hold no measurements."""


@functools.cache
def measurements() -> tuple[Measurement, ...]:
    """Return all measurements, sorted by name.

    Raises:
        ValueError: Two measurements share a name, or two columns do.
    """
    found: dict[str, Measurement] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in INFRASTRUCTURE:
            continue
        module = importlib.import_module(f"filters.{path.stem}")
        for item in vars(module).values():
            if isinstance(item, Measurement):
                _add(found, item)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        loaded = point.load()
        if not isinstance(loaded, Measurement):
            raise ValueError(f"the plug-in {point.value} is not a Measurement")
        _add(found, loaded)
    result = tuple(found[name] for name in sorted(found))
    names = [column.name for item in result for column in item.columns]
    names += [column.name for column in (*COLUMNS, COLUMN)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two measurements make the column {twice[0]!r}")
    return result


def columns() -> tuple[Column, ...]:
    """Return the columns of `measurements`, in order, then those that no text gives alone."""
    of_texts = (column for item in measurements() for column in item.columns)
    return (*of_texts, *COLUMNS, COLUMN)


def _add(found: dict[str, Measurement], item: Measurement) -> None:
    if item.name in found and found[item.name] is not item:
        raise ValueError(f"two measurements are named {item.name!r}")
    found[item.name] = item
