"""What a request raises, as one line."""

from __future__ import annotations

import ssl
from http.client import HTTPException

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from sources.fetch.addresses import shown
from sources.fetch.errors import FetchError

LINE_ERRORS = (HTTPError, HTTPException, ConnectionError, TimeoutError, ssl.SSLError)
"""What a request can raise; other system errors are of the disk."""


def explained(url: str, error: Exception) -> FetchError:
    """Return one line for what urllib3 raises."""
    rule, said, again = "cut_off", "the connection broke off", True
    if isinstance(error, NameResolutionError):
        rule, said = "no_such_host", "the host's name is unknown"
    elif isinstance(error, SSLError | ssl.SSLError):
        rule, said, again = "tls", "no trusted encrypted connection", False
    elif isinstance(error, ProxyError):
        rule, said = "proxy", "the proxy of the environment does not answer"
    elif isinstance(error, ConnectTimeoutError | NewConnectionError):
        rule, said = "unreachable", "no connection"
    elif isinstance(error, TimeoutError | ReadTimeoutError):
        rule, said = "timed_out", "nothing came in time"
    elif isinstance(error, LocationValueError):
        rule, said, again = "address_refused", "no address", False
    return FetchError(rule, f"{shown(url)}: {said}", retryable=again)
