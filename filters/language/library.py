"""fastText's own library: loaded only where it is used, kept quiet, and its version known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

DISTRIBUTIONS: Final = ("fasttext-wheel", "fasttext-community")
"""Packages that bring the module ``fasttext``; one is installed, by the version of Python."""


@contextmanager
def fasttext() -> Iterator[Any]:
    """Give the module, its notices kept off standard error as long as it is used."""
    import fasttext as library  # loads a compiled library

    printer = library.FastText.eprint
    library.FastText.eprint = lambda *args, **kwargs: None
    try:
        yield library
    finally:
        library.FastText.eprint = printer


def library_version() -> str:
    """Return name and version of the distribution that is installed."""
    for name in DISTRIBUTIONS:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return "none"
