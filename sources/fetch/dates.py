"""Dates of headers (RFC 9110, 5.6.7)."""

from __future__ import annotations

import datetime
import email.utils


def moment(header: str) -> float | None:
    """Return a date of a header as seconds since 1970; None for what is no date.

    One of an unknown zone (``-0000``) is in UTC, as all of HTTP are.
    """
    try:
        found = email.utils.parsedate_to_datetime(header.strip())
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
