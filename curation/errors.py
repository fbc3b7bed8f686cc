"""Errors that are meant for the user, and the exit code of each.

::

    CurationError            5  could not finish (disk full, no memory, missing model)
    ├── RecipeError          2  wrong usage, recipe or id
    ├── UsageError           2
    ├── CheckError           3  a check found a fault and nothing was published
    └── LockedError          4  another build holds the corpus

The message is what people read: what failed, on which input, why, what to do next. No text of a
document is ever part of it.
"""

from __future__ import annotations

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of a system's errors that room on the disk mends."""


class CurationError(Exception):
    """A build or verb could not finish; ``exit_code`` is what the command line returns."""

    exit_code = 5


class UsageError(CurationError):
    """An argument, id or path that does not exist."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe that cannot be used; the message starts with ``file:line:``."""


class CheckError(CurationError):
    """A check found a fault and nothing was published."""

    exit_code = 3


class LockedError(CurationError):
    """Another build works on the same corpus."""

    exit_code = 4
