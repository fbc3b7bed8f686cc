"""Which sources there are: the files of this package, and plug-ins by entry point.

A source of the package is the module ``sources/NAME.py`` that defines a `Source` with that
``name``; a plug-in registers its class under the entry-point group ``curation.sources``. Nothing
is imported before it is asked for.
"""

from __future__ import annotations

import functools
import inspect
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from sources.base import Source
from sources.lookup import defined, nearest

GROUP = "curation.sources"

INFRASTRUCTURE = frozenset(
    {
        "__init__", "base", "columns", "files", "items", "licences", "lookup", "policy", "registry",
        "remote", "streams",
    }
)  # fmt: skip
"""Modules of the package that are no sources."""


class UnknownSourceError(LookupError):
    """A recipe names a source that is not there; the message lists and suggests."""


def names() -> list[str]:
    """Return the names of all sources, sorted, without importing any."""
    own = {path.stem for path in Path(__file__).parent.glob("*.py")} - INFRASTRUCTURE
    return sorted(own | set(_plugins()))


def get(name: str) -> type[Source]:
    """Return the class of a source.

    Args:
        name: As `names` lists it.

    Returns:
        The class; its ``name`` is the name asked for.

    Raises:
        UnknownSourceError: No such source, or the module defines none of that name.
    """
    plugins = _plugins()
    if name in plugins:
        loaded = plugins[name].load()
        if not (inspect.isclass(loaded) and issubclass(loaded, Source)):
            raise UnknownSourceError(f"the plug-in {plugins[name].value} is not a Source class")
        return loaded
    if name not in names():
        known = ", ".join(names())
        raise UnknownSourceError(
            f"unknown source {name!r}{nearest(name, names())} (known: {known})"
        )
    try:
        return defined(f"sources.{name}", Source, name)  # type: ignore[type-abstract]
    except LookupError as error:
        raise UnknownSourceError(str(error)) from None


@functools.cache
def _plugins() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
