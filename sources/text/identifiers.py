"""Normal forms of DOI, PMID and PMCID, so that ids of different sources can be compared whole."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_RESOLVER = re.compile(r"(?:https?://)?(?:www\.)?(?:dx\.)?doi\.org/", re.IGNORECASE)
_PREFIX = re.compile(r"\A(?:urn:|info:|doi[:/]|doi(?=10\.)|/)+", re.IGNORECASE)
# Zero-width characters, the soft hyphen and the byte order mark: what copying from a page leaves.
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])
_PMCID = re.compile(r"(?:PMC)?(\d{1,12})(?:\.(\d{1,3}))?", re.IGNORECASE)
_MAX = 2048


def doi(value: str) -> str:
    """Return a DOI in lower case without resolver, or an empty string.

    Strips blanks and characters without width, ``doi:``, ``info:doi/`` and the resolver's address,
    also one behind the other (``doi: http://dx.doi.org/…``); decodes percent signs only behind an
    address; resolves character references, also escaped ones; drops a trailing ``. , ; :`` and a
    closing bracket without partner. Old DOIs hold ``<``, ``>``, ``;`` and brackets: those stay.
    """
    text = html.unescape(html.unescape(value[:_MAX]))
    text = _PREFIX.sub("", "".join(text.translate(_INVISIBLE).split()))
    match = _RESOLVER.match(text)
    if match:
        text = _PREFIX.sub("", unquote(text[match.end() :]))
    lowered = text.lower().rstrip(".,;:")
    while lowered.endswith(")") and lowered.count(")") > lowered.count("("):
        lowered = lowered[:-1].rstrip(".,;:")
    return lowered if _DOI.fullmatch(lowered) else ""


def pmid(value: str) -> str:
    """Return a PMID as digits without leading zeros, or an empty string."""
    text = value.strip().lower().removeprefix("pmid:").strip()
    return text.lstrip("0") if text.isascii() and text.isdigit() and len(text) <= 12 else ""


def pmcid(value: str) -> tuple[str, int]:
    """Return a PMCID with ``PMC`` and its version.

    Returns:
        ``("PMC6716367", 2)`` for ``6716367.2``; version 0 where none is stated; ``("", 0)`` where
        the value is no PMCID.
    """
    match = _PMCID.fullmatch(value.strip())
    return (f"PMC{int(match[1])}", int(match[2] or 0)) if match else ("", 0)
