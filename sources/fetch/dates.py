"""Dates: those of headers (RFC 9110, 5.6.7), and days of options."""

from __future__ import annotations

import datetime
import email.utils
from collections.abc import Mapping


def moment(header: str) -> float | None:
    """Return a date of a header as seconds since 1970; None for what is no date.

    One of an unknown zone (``-0000``) is in UTC, as all of HTTP are.
    """
    try:
        found = email.utils.parsedate_to_datetime(header.strip())
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def period(
    options: Mapping[str, object], first: str, last: str
) -> tuple[datetime.date, datetime.date]:
    """Return the days of two options; of one that is empty the first or last day of all.

    Raises:
        ValueError: One is no day, or they are the wrong way round; the message begins with its key.
    """
    found = []
    for key, default in ((first, datetime.date.min), (last, datetime.date.max)):
        value = str(options[key])
        try:
            found.append(datetime.date.fromisoformat(value) if value else default)
        except ValueError:
            said = f"{key} must be a day such as 2026-01-31, not {value!r:.100}"
            raise ValueError(said) from None
    begin, end = found
    if begin > end:
        raise ValueError(f"{last} must not be before {first}: {end} and {begin}")
    return begin, end
