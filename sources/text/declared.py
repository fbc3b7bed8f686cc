"""What a page, a file or a record declares about itself: dates, languages, addresses."""

from __future__ import annotations

import re

_DATE = re.compile(r"\s*([12][0-9]{3})(?:[-/]([01]?[0-9])(?:[-/]([0-3]?[0-9]))?)?(?![0-9])")
_LANG = re.compile(r"[a-z]{2,3}")


def iso_date(value: str) -> str:
    """Return ``2019``, ``2019-08`` or ``2019-08-26`` from a date's start, or empty."""
    match = _DATE.match(value)
    if not match:
        return ""
    year, month, day = match.group(1), int(match.group(2) or 0), int(match.group(3) or 0)
    if not 1 <= month <= 12:
        return year
    return f"{year}-{month:02d}-{day:02d}" if 1 <= day <= 31 else f"{year}-{month:02d}"


def primary_language(tag: str) -> str:
    """Return the primary subtag of a language tag (``pt-BR`` gives ``pt``), or empty."""
    primary = re.split(r"[-_,;\s]", tag.strip().lower(), maxsplit=1)[0]
    return primary if _LANG.fullmatch(primary) else ""


def canonical_address(address: str) -> str:
    """Return an address without fragment and outer space, or empty where it names no page.

    The start page of a site is no address of a document: pages that call it canonical are
    mistaken, and would all get one id.
    """
    address = address.strip().split("#", 1)[0]
    match = re.match(r"(https?)://([^/?\s]+)(/[^?\s]*)?(\?\S*)?\Z", address, re.IGNORECASE)
    if not match or ((match.group(3) or "/") == "/" and not match.group(4)):
        return ""
    scheme, host, path, query = match.groups()
    return f"{scheme.lower()}://{host.lower()}{path or '/'}{query or ''}"
