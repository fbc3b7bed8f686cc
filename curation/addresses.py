"""Addresses in what a user gives: where one may stand, and what its errors end as."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from curation.errors import CurationError, UsageError
from sources import remote


def on_this_machine(path: str | Path, what: str) -> Path:
    """Return a path that must not be an address.

    Args:
        path: As the user gave it.
        what: What it is, for the message.

    Raises:
        UsageError: It is an address.
    """
    if remote.is_address(str(path)):
        raise UsageError(
            f"{path}: {what} must be on this machine; only corpora and inputs need not"
        )
    return Path(path)


@contextlib.contextmanager
def remote_errors() -> Iterator[None]:
    """Raise what went wrong at an address with the exit code that fits."""
    try:
        yield
    except remote.RemoteError as error:
        raise (UsageError if error.usage else CurationError)(str(error)) from None
