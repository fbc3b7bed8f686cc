"""Further attempts after one that failed (tenacity): waits drawn at random, and an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from sources.fetch.clock import Clock
from sources.fetch.errors import FetchError
from sources.fetch.limits import Limits

T = TypeVar("T")

SILENT_ATTEMPTS = 2
"""Attempts where nothing has been heard of any server: this machine is likely offline."""

SILENT = frozenset({"no_such_host", "unreachable", "proxy"})
"""What says that nobody was reached at all."""


def again(
    attempt: Callable[[], T],
    first: FetchError,
    limits: Limits,
    clock: Clock,
    *,
    progress: Callable[[], int],
    heard: Callable[[], bool],
    waiting: Callable[[FetchError, float], None],
) -> T:
    """Go on after a first attempt that failed.

    Args:
        attempt: Does it.
        first: Why it failed.
        limits: How often, and how long is waited.
        clock: Waits.
        progress: Steps that were made: after an attempt that made a further one the count begins
            anew.
        heard: Tells whether any server has sent something.
        waiting: Hears of each failed attempt, and for how long is waited before the next.

    Raises:
        FetchError: It cannot be had, or not in so many attempts.
    """
    failed = [first]
    reached = idle = 0

    def tried() -> T:
        if failed:
            raise failed.pop()
        return attempt()

    def enough(state: RetryCallState) -> bool:
        nonlocal reached, idle
        now = progress()
        idle = 1 if now > reached else idle + 1
        reached = max(reached, now)
        offline = _failure(state).rule in SILENT and not heard()
        return idle >= (min(limits.attempts, SILENT_ATTEMPTS) if offline else limits.attempts)

    retrying = Retrying(
        retry=retry_if_exception(lambda e: isinstance(e, FetchError) and e.retryable),
        stop=enough,
        wait=wait_random_exponential(limits.backoff_s, limits.backoff_max_s),
        sleep=clock.sleep,
        before_sleep=lambda state: waiting(_failure(state), state.upcoming_sleep),
        reraise=True,
    )
    try:
        return retrying(tried)
    except FetchError as error:
        if not error.retryable:
            raise
        tries = retrying.statistics["attempt_number"]
        said = f"{error}; given up after {tries} attempts, run it again later"
        raise FetchError(error.rule, said, status=error.status) from None


def _failure(state: RetryCallState) -> FetchError:
    """Return why an attempt failed."""
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, FetchError)  # others end the attempts
    return error
