"""What can go wrong in a fetch, as one line each."""

from __future__ import annotations

from sources.fetch.addresses import shown
from sources.items import SourceError


class FetchError(SourceError):
    """Something could not be fetched as what it should be.

    Args:
        rule: Reason code, snake case: ``unreachable``, ``timed_out``, ``cut_off``, ``http_error``,
            ``not_found``, ``refused``, ``html_page``, ``wrong_checksum`` …
        message: One line: which address, what is wrong, what to do.
        retryable: Whether asking again may help.
        fresh: Whether what is there of the body is worthless: the next attempt starts over.
        status: HTTP status, 0 where there was no answer.
        restart: Whether the list that the file belongs to must be begun again: its next page
            cannot be had any more.
    """

    def __init__(
        self,
        rule: str,
        message: str,
        *,
        retryable: bool = False,
        fresh: bool = False,
        status: int = 0,
        restart: bool = False,
    ) -> None:
        super().__init__(rule, message)
        self.retryable = retryable
        self.fresh = fresh
        self.status = status
        self.restart = restart


class UnwantedError(FetchError):
    """A file is there and whole, and is left out: its rule says why."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(rule, message, fresh=True)


class VanishedError(FetchError):
    """A source shrank by more than it may: nothing of it is published."""


class BusyError(FetchError):
    """Another fetch works in the same folder."""


def unusable(url: str, problem: str, rule: str = "bad_answer") -> FetchError:
    """Return the error for an answer that is not what it should be, and worth another attempt."""
    return FetchError(rule, f"{shown(url)}: {problem}", retryable=True, fresh=True)
