"""Checksums as sources state them: files beside the file, parts of an address, entity tags."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_OPENSSL = re.compile(r"(MD5|SHA1|SHA2?-?256)\s*\((.+)\)\s*=\s*([0-9a-fA-F]+)\s*", re.IGNORECASE)
_COREUTILS = re.compile(r"([0-9a-fA-F]{32}|[0-9a-fA-F]{64})(?:\s+[* ]?(\S.*?))?\s*")
_BY_DIGITS = {32: "md5", 64: "sha256"}
_ETAG = re.compile(r'"?([0-9a-f]{32})"?')


def sidecar(text: str, name: str) -> str:
    """Read a checksum file.

    Args:
        text: ``MD5(name)= hex`` as openssl writes it, or ``hex  name`` as md5sum does; of several
            lines, that of ``name``.
        name: Base name of the file it is about.

    Returns:
        ``md5:hex`` or ``sha256:hex``; empty where it says nothing of this file.
    """
    for line in text.splitlines():
        if found := _OPENSSL.fullmatch(line.strip()):
            named, digits = found[2], found[3]
        elif found := _COREUTILS.fullmatch(line.strip()):
            named, digits = found[2] or name, found[1]
        else:
            continue
        if named.rsplit("/", 1)[-1] == name and len(digits) in _BY_DIGITS:
            return f"{_BY_DIGITS[len(digits)]}:{digits.lower()}"
    return ""


def of_address(url: str) -> str:
    """Return the checksum in the query of an address (``?md5=…``), or an empty text."""
    values = parse_qs(urlsplit(url).query).get("md5", [""])
    return f"md5:{values[0].lower()}" if re.fullmatch(r"[0-9a-fA-F]{32}", values[0]) else ""


def of_etag(etag: str) -> str:
    """Return the MD5 that an entity tag of S3 is, or an empty text.

    An object uploaded in parts has a tag with a dash, which is no checksum of its bytes.
    """
    found = _ETAG.fullmatch(etag.strip())
    return f"md5:{found[1]}" if found else ""
