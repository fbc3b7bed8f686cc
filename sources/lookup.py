"""Classes by name: a module of a package that defines one subclass with that ``name``."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Collection
from typing import TypeVar

T = TypeVar("T")


def nearest(name: str, known: Collection[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known name that is nearest, empty for none."""
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def defined(module: str, base: type[T], name: str) -> type[T]:
    """Import a module and return its subclass of a base that has a name.

    Args:
        module: As ``sources.pubmed``.
        base: What it must be derived from; it declares ``name``.
        name: Its attribute ``name``.

    Raises:
        LookupError: The module defines none.
    """
    for _, member in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if issubclass(member, base) and member is not base and member.name == name:  # type: ignore[attr-defined]
            return member
    file = f"{module.replace('.', '/')}.py"
    raise LookupError(f"{file} defines no {base.__name__} with name = {name!r}")
